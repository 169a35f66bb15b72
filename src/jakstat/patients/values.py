"""One value of a patient file: text becomes a checked number in the unit of its field."""

from __future__ import annotations

import math
import re

from jakstat.errors import InputError, Problem, problem
from jakstat.limits import LIMITS, check_text
from jakstat.numbers import read_number, read_whole
from jakstat.patients.fields import PatientField
from jakstat.patients.scores import score_rows
from jakstat.pharmacology import nearest_names
from jakstat.units import Kind, convert, kind_of, parse_quantity

__all__ = ["parse_span", "read_field"]

_SPAN = re.compile(r"\s*([^a-zA-Z]+?)\s*(mo|w|wk|weeks?|y|yr)\s*")
_WORDS = {"mo": "month", "w": "week", "wk": "week", "weeks": "week", "y": "year", "yr": "year"}
_SPAN_HINT = "allowed: h, d, w, mo, y, e.g. 6w or 24mo"
_FLAGS = {"true": 1.0, "false": 0.0, "yes": 1.0, "no": 0.0}


def parse_span(text: str, *, field: str) -> float:
    """A span of time in hours: as :func:`jakstat.units.parse_time`, and weeks, months and years.

    A month is a twelfth of a Julian year, 730.5 h.

    Raises
    ------
    InputError
        ``number.text``, ``unit.missing``, ``unit.clash``, ``unit.unknown``, ``time.range``.

    Examples
    --------
    >>> parse_span("6w", field="--visits"), parse_span("24mo", field="--until"), parse_span("2 d", field="x")
    (1008.0, 17532.0, 48.0)
    """
    plain = check_text(text, field=field, longest=LIMITS.name_length)
    short = _SPAN.fullmatch(plain)
    given = parse_quantity(
        f"{short[1]} {_WORDS.get(short[2], short[2])}" if short else plain, field=field, hint=_SPAN_HINT
    )
    if not given.unit and given.value:
        raise problem("unit.missing", f"the time {text.strip()!r} has no unit", field=field, hint=_SPAN_HINT)
    if given.unit and given.kind is not Kind.TIME:
        said = f"{text.strip()!r} is {given.kind.value}, not a time"
        raise problem("unit.clash", said, field=field, hint=_SPAN_HINT)
    hours = given.to("h") if given.unit else 0.0
    if not 0.0 <= hours <= LIMITS.until_hours:
        hint = f"from 0 to {LIMITS.until_hours:g} h"
        raise problem("time.range", f"{text.strip()} is out of range", field=field, hint=hint)
    return hours


def read_field(field: PatientField, text: str) -> float | str:
    """The value of a field as it is written: a number in the field's unit, or one of its choices.

    Raises
    ------
    InputError
        ``patient.choice``, ``patient.range``, ``number.text``, ``unit.missing``, ``unit.clash`` and the like.

    Examples
    --------
    >>> from jakstat.patients.fields import patient_fields
    >>> read_field(patient_fields()["liver.albumin"], "3.5 g/dL")
    35.0
    >>> round(float(read_field(patient_fields()["liver.bilirubin"], "2 mg/dL")), 1)
    34.2
    """
    check_text(text, field=field.place, longest=LIMITS.name_length)
    if field.kind == "text":
        return text
    if field.kind == "choice":
        return _choice(field, text)
    if field.kind == "flag":
        if text.strip().lower() not in _FLAGS:
            raise problem(
                "yaml.type", f"{text[:40]!r} is neither yes nor no", field=field.place, hint="true or false"
            )
        return _FLAGS[text.strip().lower()]
    value = _number(field, text)
    if not field.low <= value <= field.high:
        unit = f" {field.unit}" if field.has_unit else ""
        hint = f"from {field.low:g} to {field.high:g}{unit}"
        raise problem("patient.range", f"{text.strip()} is out of range", field=field.place, hint=hint)
    return value


def _choice(field: PatientField, text: str) -> str:
    known = {c.casefold(): c for c in field.choices}
    found = known.get(text.strip().casefold())
    if found is None:
        near = nearest_names(text, field.choices, shown=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        hint += f"allowed: {', '.join(field.choices)}"
        raise problem("patient.choice", f"{text[:40]!r} is no {field.key}", field=field.place, hint=hint)
    return found


def _number(field: PatientField, text: str) -> float:
    if field.kind == "whole" or not field.has_unit:
        value = read_whole(text) if field.kind == "whole" else read_number(text)
        if value is None:
            what = "whole number" if field.kind == "whole" else "plain number"
            raise problem(
                "number.text", f"{text[:40]!r} is no {what}", field=field.place, hint="in plain digits"
            )
        return float(value)
    middle = math.sqrt(max(field.low, field.high * 1e-3) * field.high)
    example = f"e.g. {field.key}: {middle:.0g} {field.unit}"
    if field.unit in ("IU/mL", "year"):
        return _counted(field, text, example)
    given = parse_quantity(text, field=field.place, hint=example)
    if not given.unit:
        raise problem("unit.missing", f"{text.strip()!r} has no unit", field=field.place, hint=example)
    try:
        return _converted(given.value, given.unit, field.unit)
    except InputError:
        said = f"{text.strip()!r} is {given.kind.value} and not in {field.unit}"
        raise InputError([Problem("unit.clash", said, field=field.place, hint=example)]) from None


def _counted(field: PatientField, text: str, example: str) -> float:
    """Units that no table of units has, and years of age, which everybody writes bare."""
    match = re.fullmatch(r"\s*([^a-zA-Z]*?(?:[eE][+-]?\d+)?)\s*([a-zA-Z][a-zA-Z/]*)?\s*", text)
    value = None if match is None else read_number(match[1])
    if match is None or value is None:
        raise problem(
            "number.text", f"{text[:40]!r} does not start with a number", field=field.place, hint=example
        )
    unit, age = (match[2] or "").casefold(), field.unit == "year"
    if unit not in ({"", "y", "year", "years"} if age else {"iu/ml"}):
        code = "unit.clash" if unit else "unit.missing"
        raise problem(code, f"{text.strip()!r} is not in {field.unit}", field=field.place, hint=example)
    return value


def _converted(value: float, unit: str, target: str) -> float:
    if target == "umol/L" and kind_of(unit) is Kind.MASS_CONCENTRATION:
        return convert(value, unit, "g/L") / score_rows()["bilirubin_molar_mass"].value * 1e6
    return convert(value, unit, target)
