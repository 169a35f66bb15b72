"""Numbers of patients that a trial file names: in strata, to let them in, and as biomarkers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Any

from jakstat.errors import InputError, problem
from jakstat.knowledge.file_entries import FileEntry, FileProblems
from jakstat.patients.answer import patient_outputs
from jakstat.patients.fields import PatientField, patient_fields
from jakstat.patients.values import read_field
from jakstat.pharmacology import unknown
from jakstat.population.margins import shipped_population
from jakstat.trial.design import Eligibility, Stratum
from jakstat.units import kind_of, parse_quantity

__all__ = ["is_flag", "number_unit", "read_biomarkers", "read_eligible", "read_strata"]

_AETIOLOGY = "aetiology"
_USUAL = "sharp"
_NOT_TOLD = frozenset({"extra_lesions"})
_HALF = 0.5


@cache
def _fields() -> Mapping[str, PatientField | None]:
    """Numbers of a cohort, with the field of a patient file that has their unit, where there is one."""
    by_key = {f.key: f for f in patient_fields().values() if f.kind in ("number", "whole", "flag")}
    names = [n for n in shipped_population(_USUAL).drawn if n not in _NOT_TOLD]
    return MappingProxyType({name: by_key.get(name) for name in names})


@cache
def _outputs() -> Mapping[str, str]:
    """Outputs of a course with their units."""
    return MappingProxyType({o.id: o.unit for o in patient_outputs()})


def number_unit(name: str) -> str:
    """Unit of a patient's number, or of an output of his course, as :class:`Stratum` counts it.

    Examples
    --------
    >>> number_unit("IL6"), number_unit("pSTAT3_bulk"), number_unit("ECOG")
    ('pg/ml', 'zmol', 'dimensionless')
    """
    if name in _fields():
        field = _fields()[name]
        return field.unit or "dimensionless" if field is not None else "dimensionless"
    return _outputs().get(name, "dimensionless")


def read_strata(
    given: Sequence[Mapping[str, Any]], at: FileEntry | None, problems: FileProblems
) -> tuple[Stratum, ...]:
    """Strata, each number once.

    Examples
    --------
    >>> read_strata([{"number": "AFP", "cut": "400 ng/ml"}], None, FileProblems(None))
    (Stratum(number='AFP', cut=400.0, randomised=False),)
    """
    found: list[Stratum] = []
    known = (_AETIOLOGY, *_fields(), *_outputs())
    for k, said in enumerate(given):
        entry = _item(at, k)
        number = said.get("number")
        if number is None or not _is_known(number, known, entry, problems):
            continue
        if number in [s.number for s in found]:
            problems.say("trial.clash", f"{number} makes two strata", entry, "leave one out")
        cut = said.get("cut", "median")
        if "cut" in said and (number == _AETIOLOGY or is_flag(number)):
            message = f"{number} has no cut: each of its values is a group"
            problems.say("trial.clash", message, entry, "leave 'cut' out")
            cut = "median"
        value = float("nan") if cut.casefold() == "median" else _read(number, cut, entry, problems)
        if is_flag(number):
            value = _HALF
        found.append(Stratum(number, value, said.get("randomised", False)))
    return tuple(found)


def read_eligible(
    given: Sequence[Mapping[str, Any]], at: FileEntry | None, problems: FileProblems
) -> tuple[Eligibility, ...]:
    """Ranges that let patients in, each number once.

    Examples
    --------
    >>> read_eligible([{"number": "IL6", "above": "10 pg/ml"}], None, FileProblems(None))
    (Eligibility(number='IL6', low=10.0, high=inf),)
    """
    found: list[Eligibility] = []
    for k, said in enumerate(given):
        entry = _item(at, k)
        number = said.get("number")
        if number is None or not _is_known(number, tuple(_fields()), entry, problems):
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
    given: Sequence[str | None] | None, default: tuple[str, ...], at: FileEntry | None, problems: FileProblems
) -> tuple[str, ...]:
    """Outputs of the course, each once."""
    if given is None:
        return default
    found = [name for name in given if name is not None and _is_known(name, tuple(_outputs()), at, problems)]
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


def is_flag(number: str) -> bool:
    """Whether a number of a patient is either so or not.

    Examples
    --------
    >>> is_flag("HBx"), is_flag("female"), is_flag("AFP")
    (True, True, False)
    """
    field = _fields().get(number)
    return number == "female" or (field is not None and field.kind == "flag")


def _read(number: str, text: str, at: FileEntry | None, problems: FileProblems) -> float:
    """A value in the unit of its number; NaN, with a problem told, when it has none."""
    try:
        field = _fields().get(number)
        if field is not None:
            return float(read_field(field, text))
        return _plain(text, number_unit(number))
    except InputError as error:
        if at is None:
            problems.found += error.problems
        else:
            problems.take(error, at)
        return float("nan")


def _plain(text: str, unit: str) -> float:
    """A number in a unit of the model."""
    has_unit = unit != "dimensionless" and kind_of(unit) is not None
    hint = f"e.g. 10 {unit}" if has_unit else "a plain number"
    given = parse_quantity(text, hint=hint)
    if not has_unit:
        if given.unit:
            raise problem("unit.clash", f"{text.strip()[:40]!r} has a unit", hint=hint)
        return given.value
    if not given.unit:
        raise problem("unit.missing", f"{text.strip()[:40]!r} has no unit", hint=hint)
    if given.kind is not kind_of(unit):
        raise problem("unit.clash", f"{text.strip()[:40]!r} is {given.kind.value}", hint=hint)
    return given.to(unit)
