"""Whom a trial takes its patients from: a name, a population file or a cohort file, and their numbers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jakstat.errors import InputError
from jakstat.knowledge.file_entries import FileEntry, FileProblems
from jakstat.pharmacology import nearest_names
from jakstat.population.cohort import Cohort, cohort
from jakstat.population.cohort_file import read_cohort
from jakstat.population.margins import population_names
from jakstat.population.population_file import read_population

__all__ = ["TrialPopulation", "read_trial_population"]

_PLANS, _COHORT = (".yaml", ".yml"), ".parquet"
_USUAL = "sharp"


@dataclass(frozen=True, slots=True)
class TrialPopulation:
    """Where patients come from.

    Parameters
    ----------
    source : str
        A name, or a path from the folder of work.
    disease : str
    numbers : tuple of str
        What is known of each patient.
    count : int or None
        How many there are, in a cohort file.
    """

    source: str
    disease: str
    numbers: tuple[str, ...]
    count: int | None = None


def read_trial_population(
    said: str | None, at: FileEntry | None, folder: Path, problems: FileProblems
) -> TrialPopulation:
    """The population that a trial file names; the usual one, with a problem told, where there is none.

    Parameters
    ----------
    said : str or None
    at : FileEntry or None
    folder : Path
        Where files lie.
    problems : FileProblems
        Takes problems, those inside a population file too.

    Examples
    --------
    >>> found = read_trial_population("osteosarcoma", None, Path(), FileProblems(None))
    >>> found.disease
    'osteosarcoma'
    """
    if said is None:
        return _usual()
    if said in population_names():
        return _shipped(said)
    place = folder / said
    if not said.lower().endswith((*_PLANS, _COHORT)):
        near = nearest_names(said, population_names(), shown=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        hint += f"known: {', '.join(population_names())}; or a file that ends in .yaml or .parquet"
        problems.say("population.unknown", f"there is no population {said[:60]!r}", at, hint)
        return _usual()
    if not place.is_file():
        hint = "files lie beside the trial file"
        problems.say("file.missing", f"there is no file {said[:60]!r}", at, hint)
        return _usual()
    try:
        if place.suffix.lower() == _COHORT:
            whole = read_cohort(place)
            return _described(str(place), whole, whole.count)
        return _described(str(place), cohort(read_population(place).people, 1))
    except InputError as error:
        problems.found += error.problems
        return _usual()


@cache
def _shipped(name: str) -> TrialPopulation:
    return _described(name, cohort(name, 1))


def _usual() -> TrialPopulation:
    """What goes on with a file whose population cannot be read, to find what else is wrong."""
    return _shipped(_USUAL)


def _described(source: str, patients: Cohort, count: int | None = None) -> TrialPopulation:
    return TrialPopulation(source, patients.disease, tuple(patients.numbers), count)
