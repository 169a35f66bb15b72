"""Numbers of patients that a trial file names: in strata, to let them in, and as biomarkers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Any

from jakstat.errors import InputError
from jakstat.knowledge.file_entries import FileEntry, FileProblems
from jakstat.patients.answer import patient_outputs
from jakstat.patients.fields import PatientField
from jakstat.patients.values import read_field
from jakstat.pharmacology import unknown
from jakstat.population.patient_numbers import AETIOLOGY, patient_numbers
from jakstat.trial.design import Eligibility, Stratum
from jakstat.units import kind_of

__all__ = ["is_flag", "number_unit", "read_biomarkers", "read_eligible", "read_strata", "trial_outputs"]

_HALF = 0.5
_MOST = 1e12
_OF_BONE = frozenset({"necrosis"})  # what only the part of osteosarcoma says


@cache
def _outputs() -> Mapping[str, str]:
    """Outputs of a course with their units."""
    return MappingProxyType({o.id: o.unit for o in patient_outputs()})


def trial_outputs(disease: str) -> tuple[str, ...]:
    """Outputs of a course that patients of a disease have.

    Examples
    --------
    >>> "necrosis" in trial_outputs("hcc"), "necrosis" in trial_outputs("osteosarcoma")
    (False, True)
    """
    return tuple(name for name in _outputs() if disease == "osteosarcoma" or name not in _OF_BONE)


def number_unit(name: str) -> str:
    """Unit of a patient's number, or of an output of his course, as :class:`Stratum` counts it.

    Examples
    --------
    >>> number_unit("IL6"), number_unit("pSTAT3_bulk"), number_unit("ECOG")
    ('pg/ml', 'zmol', 'dimensionless')
    """
    return _field(name).unit


def is_flag(number: str) -> bool:
    """Whether a number of a patient is either so or not.

    Examples
    --------
    >>> is_flag("HBx"), is_flag("female"), is_flag("AFP")
    (True, True, False)
    """
    return number in patient_numbers() and patient_numbers()[number].kind == "flag"


def _field(name: str) -> PatientField:
    """How a value is written; a unit that texts cannot have is left out."""
    if name in patient_numbers():
        return patient_numbers()[name].field
    unit = _outputs().get(name, "dimensionless")
    unit = unit if kind_of(unit) is not None else "dimensionless"
    return PatientField(name, "", "number", unit, 0.0, _MOST, (), name)


def read_strata(
    given: Sequence[Mapping[str, Any]], known: Sequence[str], at: FileEntry | None, problems: FileProblems
) -> tuple[Stratum, ...]:
    """Strata, each number once.

    Parameters
    ----------
    given : sequence of mapping
    known : sequence of str
        What is known of a patient, and outputs of his course.
    at : FileEntry or None
    problems : FileProblems

    Examples
    --------
    >>> read_strata([{"number": "AFP", "cut": "400 ng/ml"}], ["AFP"], None, FileProblems(None))
    (Stratum(number='AFP', cut=400.0, randomised=False),)
    """
    found: list[Stratum] = []
    for k, said in enumerate(given):
        entry = _item(at, k)
        number = said.get("number")
        if number is None or not _is_known(number, (AETIOLOGY, *known), entry, problems):
            continue
        if number in [s.number for s in found]:
            problems.say("trial.clash", f"{number} makes two strata", entry, "leave one out")
        cut = said.get("cut", "median")
        if "cut" in said and (number == AETIOLOGY or is_flag(number)):
            message = f"{number} has no cut: each of its values is a group"
            problems.say("trial.clash", message, entry, "leave 'cut' out")
            cut = "median"
        value = float("nan") if cut.casefold() == "median" else _read(number, cut, entry, problems)
        if is_flag(number):
            value = _HALF
        found.append(Stratum(number, value, said.get("randomised", False)))
    return tuple(found)


def read_eligible(
    given: Sequence[Mapping[str, Any]], numbers: Sequence[str], at: FileEntry | None, problems: FileProblems
) -> tuple[Eligibility, ...]:
    """Ranges that let patients in, each number once.

    Examples
    --------
    >>> read_eligible([{"number": "IL6", "above": "10 pg/ml"}], ["IL6"], None, FileProblems(None))
    (Eligibility(number='IL6', low=10.0, high=inf),)
    """
    found: list[Eligibility] = []
    for k, said in enumerate(given):
        entry = _item(at, k)
        number = said.get("number")
        if number is None or not _is_known(number, numbers, entry, problems):
            continue
        if number in [e.number for e in found]:
            problems.say("trial.clash", f"{number} has two ranges", entry, "give one, with above and below")
        wanted = {"is"} if is_flag(number) else {"above", "below"}
        told = entry.value if entry is not None and isinstance(entry.value, Mapping) else said
        if not wanted & set(told) or ({"is", "above", "below"} - wanted) & set(told):
            hint = "is: true or is: false" if is_flag(number) else "give above, below or both"
            problems.say("key.missing", f"{number} has no range", entry, hint)
            continue
        low, high = float("-inf"), float("inf")
        if "is" in said:
            low, high = (_HALF, high) if said["is"] else (low, _HALF)
        if "above" in said:
            low = _read(number, said["above"], entry, problems)
        if "below" in said:
            high = _read(number, said["below"], entry, problems)
        if low >= high:
            message = f"no {number} is above {low:g} and below {high:g}"
            problems.say("trial.range", message, entry, "above less than below")
        found.append(Eligibility(number, low, high))
    return tuple(found)


def read_biomarkers(
    given: Sequence[str | None], known: Sequence[str], at: FileEntry | None, problems: FileProblems
) -> tuple[str, ...]:
    """Outputs of the course, each once."""
    found = [name for name in given if name is not None and _is_known(name, known, at, problems)]
    if len(set(found)) < len(found):
        problems.say("trial.clash", "a biomarker stands there twice", at, "each once")
    return tuple(dict.fromkeys(found))


def _item(at: FileEntry | None, k: int) -> FileEntry | None:
    return at.value[k] if at is not None and isinstance(at.value, tuple) else at


def _is_known(name: str, known: Sequence[str], at: FileEntry | None, problems: FileProblems) -> bool:
    if name in known:
        return True
    told = unknown("number", name, known)
    problems.say(told.code, f"{told.message} of a patient", at, told.hint)
    return False


def _read(number: str, text: str, at: FileEntry | None, problems: FileProblems) -> float:
    """A value in the unit of its number; NaN, with a problem told, when it has none."""
    try:
        return float(read_field(_field(number), text))
    except InputError as error:
        if at is None:
            problems.found += error.problems
        else:
            problems.take(error, at)
        return float("nan")
