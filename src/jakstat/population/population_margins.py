"""Margins that a population file changes: a distribution keeps its kind, and its numbers become others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from jakstat.knowledge.file_entries import FileEntry, FileProblems
from jakstat.knowledge.parameter_table import RECORD_GRADES, Grade, Row
from jakstat.pharmacology.nearest import nearest_names
from jakstat.population.margins import Population
from jakstat.population.patient_numbers import AETIOLOGY
from jakstat.population.population_values import (
    choice_of,
    keyed,
    number_of,
    plain_number_of,
    share_of,
    text_of_entry,
)

__all__ = ["AETIOLOGIES", "MARGIN_KEYS", "changed_margins"]

MARGIN_KEYS = ("median", "mean", "spread", "share", "expected", "least", "most", "source", "grade")
AETIOLOGIES = ("HBV", "HCV", "alcohol", "MASH")
_KINDS = {"share": "share", "expected": "expected", "mean": "sd", "median": "log_sd"}
"""By the number that places a distribution, the one that says its spread."""
_WORDS = {
    "share": "has a share",
    "expected": "is counted: it has an expected number",
    "mean": "is normal: it has a mean, and its spread has its unit",
    "median": "is log-normal: it has a median, and its spread is that of its natural logarithm",
}
_WIDEST = 6.0


def changed_margins(
    at: FileEntry | None, base: Population, name: str, problems: FileProblems
) -> dict[str, Row]:
    """Rows that a file says otherwise.

    Parameters
    ----------
    at : FileEntry or None
        Margins by the name of their number.
    base : Population
        That it starts from.
    name : str
        Of the new one.
    problems : FileProblems

    Examples
    --------
    >>> from jakstat.population.margins import shipped_population
    >>> at = FileEntry({"ECOG": FileEntry({"share": FileEntry("60 %", "s", 3)}, "m", 2)}, "margins", 1)
    >>> rows = changed_margins(at, shipped_population("sharp"), "mine", FileProblems(None))
    >>> rows["ECOG.share"].value
    0.6
    """
    found: dict[str, Row] = {}
    if at is None:
        return found
    if not isinstance(at.value, Mapping):
        problems.say("yaml.type", "'margins' must be keys and values", at, "e.g. IL6: {median: 12 pg/ml}")
        return found
    for number, entry in at.value.items():
        if number == AETIOLOGY:
            rows = list(_aetiologies(entry, base, problems))
        elif number in base.drawn:
            rows = list(_margin(number, entry, base, problems))
        else:
            known = (AETIOLOGY, *base.drawn)
            near = nearest_names(number, known, shown=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
            problems.say("population.number", f"{number[:60]!r} is not drawn", entry, hint)
            continue
        found |= {row.id: _named(row, name) for row in rows}
    return found


def _named(row: Row, population: str) -> Row:
    return Row(row.id, row.value, row.unit, row.low, row.high, row.grade, row.source, row.note, (population,))


def _margin(number: str, at: FileEntry, base: Population, problems: FileProblems) -> Iterator[Row]:
    rows = base.margin(number).rows
    kind = next(word for word in _KINDS if word in rows)
    allowed = {kind, "least", "most", "source", "grade"} | ({"spread"} if _KINDS[kind] != kind else set())
    said = keyed(at, MARGIN_KEYS, problems)
    for key in said:
        if key not in allowed:
            message = f"{number} {_WORDS[kind]}"
            problems.say("population.margin", message, said[key], f"allowed: {', '.join(sorted(allowed))}")
    source = text_of_entry(said.get("source"), problems) or "protocol"
    grade = choice_of(said.get("grade"), RECORD_GRADES, problems) or "assumed"
    ends: dict[str, float] = {}
    for key in (kind, "spread", "least", "most"):
        if key not in said or key not in allowed:
            continue
        value = _value(key, kind, number, said[key], problems)
        part = _KINDS[kind] if key == "spread" else key
        if value is None:
            continue
        if key == "median" and value <= 0.0:
            message = f"{number} {_WORDS[kind]}"
            problems.say("population.margin", message, said[key], "a median above 0")
            continue
        ends[key] = value
        before = rows.get(part)
        unit = before.unit if before is not None else rows[kind].unit
        yield Row(
            f"{number}.{part}", value, unit, value, value, cast("Grade", grade), source, "said by the file"
        )
    low = ends.get("least", base.margin(number).number("least", float("-inf")))
    high = ends.get("most", base.margin(number).number("most", float("inf")))
    if low >= high or not low <= ends.get(kind, max(low, min(high, rows[kind].value))) <= high:
        problems.say("population.margin", f"{number} lies outside its own least and most", at)


def _value(key: str, kind: str, number: str, at: FileEntry, problems: FileProblems) -> float | None:
    if key == "share":
        return share_of(at, problems)
    if key == "expected":
        return plain_number_of(at, 0.0, 20.0, problems)
    if key == "spread" and kind == "median":
        return plain_number_of(at, 0.0, _WIDEST, problems)
    return number_of(at, number, problems, spread=key == "spread")


def _aetiologies(at: FileEntry, base: Population, problems: FileProblems) -> Iterator[Row]:
    said = keyed(at, (*AETIOLOGIES, "source", "grade"), problems)
    source = text_of_entry(said.get("source"), problems) or "protocol"
    grade = choice_of(said.get("grade"), RECORD_GRADES, problems) or "assumed"
    shares = {name: base.rows[f"{AETIOLOGY}.share_{name}"].value for name in AETIOLOGIES}
    for name in AETIOLOGIES:
        value = share_of(said[name], problems) if name in said else None
        if value is not None:
            shares[name] = value
            key = f"{AETIOLOGY}.share_{name}"
            yield Row(
                key, value, "dimensionless", value, value, cast("Grade", grade), source, "said by the file"
            )
    if sum(shares.values()) > 1.0 + 1e-9:
        hint = ", ".join(f"{name} {100 * share:g} %" for name, share in shares.items())
        problems.say("population.margin", "the aetiologies add up to more than all patients", at, hint)
