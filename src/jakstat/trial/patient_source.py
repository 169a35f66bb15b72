"""The patients of a trial, a part at a time: drawn when they are wanted, or given as a whole cohort."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from jakstat.identity import content_key
from jakstat.limits import LIMITS, check_count
from jakstat.population.cohort import Cohort, cohort
from jakstat.population.cohort_file import patients_of
from jakstat.population.margins import population_names
from jakstat.trial.design import TrialDesign

__all__ = ["DrawnPatients", "GivenPatients", "PatientSource", "patients_of_design"]

_BLOCK = 64


class PatientSource(Protocol):
    """Patients that can be had in parts; what goes to a worker is small."""

    @property
    def count(self) -> int:
        """How many they are."""
        ...

    @property
    def key(self) -> str:
        """Content key: sources with one key hold the same patients."""
        ...

    @property
    def ids(self) -> Sequence[int]:
        """Which patient each place is."""
        ...

    @property
    def drawn(self) -> bool:
        """Whether they are those of a population by name."""
        ...

    def take(self, places: Sequence[int]) -> PatientSource:
        """Those at some places, in that order."""
        ...

    def cohort(self) -> Cohort:
        """All of them as a cohort."""
        ...


@dataclass(frozen=True, slots=True)
class DrawnPatients:
    """Patients of a population by name; only their numbers are kept, and they are drawn where they are used.

    Examples
    --------
    >>> few = DrawnPatients("sharp", 1, range(0, 1_000_000)).take([999_999])
    >>> few.count, few.cohort().ids
    (1, (999999,))
    """

    population: str
    seed: int
    ids: Sequence[int]

    @property
    def count(self) -> int:
        """How many they are."""
        return len(self.ids)

    @property
    def key(self) -> str:
        """Content key; a run of numbers is told by its ends."""
        ids: object = tuple(self.ids)
        if isinstance(self.ids, range):
            ids = [self.ids.start, self.ids.stop, self.ids.step]
        return content_key({"population": self.population, "seed": self.seed, "ids": ids})

    @property
    def drawn(self) -> bool:
        """They are."""
        return True

    def take(self, places: Sequence[int]) -> DrawnPatients:
        """Those at some places."""
        if isinstance(self.ids, range) and isinstance(places, range):
            return replace(self, ids=self.ids[places.start : places.stop : places.step])
        return replace(self, ids=tuple(self.ids[k] for k in places))

    def cohort(self) -> Cohort:
        """All of them; drawn in whole blocks, as in another batch a number may differ in its last bit."""
        first = min(self.ids) // _BLOCK * _BLOCK
        count = (max(self.ids) - first) // _BLOCK * _BLOCK + _BLOCK
        drawn = cohort(self.population, count, seed=self.seed, first=first)
        return drawn.take([who - first for who in self.ids])


@dataclass(frozen=True, slots=True)
class GivenPatients:
    """Patients of a cohort that is at hand.

    Examples
    --------
    >>> GivenPatients(cohort("sharp", 5)).take(range(2, 4)).ids
    (2, 3)
    """

    whole: Cohort

    @property
    def count(self) -> int:
        """How many they are."""
        return self.whole.count

    @property
    def key(self) -> str:
        """Content key of the cohort."""
        return content_key(self.whole)

    @property
    def ids(self) -> Sequence[int]:
        """Which patient each place is."""
        return self.whole.ids

    @property
    def drawn(self) -> bool:
        """They may be of any file."""
        return False

    def take(self, places: Sequence[int]) -> GivenPatients:
        """Those at some places."""
        return GivenPatients(self.whole.take(places))

    def cohort(self) -> Cohort:
        """All of them."""
        return self.whole


def patients_of_design(design: TrialDesign) -> PatientSource:
    """The patients of a trial: those of a shipped population are drawn part by part, wherever they are used.

    Raises
    ------
    InputError
        As :func:`jakstat.population.cohort_file.patients_of`.

    Examples
    --------
    >>> from importlib.resources import files
    >>> from jakstat.trial.trial_file import read_trial
    >>> design = read_trial(str(files("jakstat.trial") / "demo_trial.yaml"))
    >>> patients_of_design(design).count == design.patients
    True
    """
    if design.population in population_names():
        check_count(design.patients, most=LIMITS.chunks * _BLOCK, field="patients")
        return DrawnPatients(design.population, design.seed, range(design.patients))
    return GivenPatients(patients_of(design.population, design.patients, seed=design.seed))
