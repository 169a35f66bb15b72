"""What the rows of a user's table say together: rows twice, sds in some, and which are kept out of a fit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from jakstat.calibration.own_points import (
    CourseReading,
    CourseSituation,
    OwnPoint,
    OwnPoints,
    lines_in_words,
    loose_text,
)
from jakstat.errors import Problem
from jakstat.numbers import read_number

__all__ = ["check_sets", "held_out"]


def check_sets(found: OwnPoints, reading: CourseReading) -> None:
    """Note what the rows of a table do not agree on among themselves.

    Examples
    --------
    >>> found = OwnPoints("my.csv", "")
    >>> check_sets(found, CourseReading())
    >>> found.problems
    []
    """
    found.problems += _twice(found)
    found.problems += _conditions(found)
    by_readout: dict[str, list[OwnPoint]] = {}
    for point in found.points:
        by_readout.setdefault(point.readout, []).append(point)
    for name, points in by_readout.items():
        without = [p.line for p in points if p.sd is None]
        if without and len(without) < len(points):
            message = f"{name} has an sd in some rows and none in {lines_in_words(without)}"
            hint = "give it in all, or in none: then the fit finds the noise itself"
            found.problems.append(Problem("courses.sd", message, found.file, without[0], hint=hint))
        if reading.noise == "log" and (low := [p for p in points if p.value <= 0]):
            message = f"{name} has values at or below 0, which have no logarithm: "
            message += lines_in_words(p.line for p in low)
            hint = "take --noise additive, or do not subtract the background: the fit finds it"
            found.problems.append(Problem("courses.log", message, found.file, low[0].line, hint=hint))


def _twice(found: OwnPoints) -> Iterable[Problem]:
    seen: dict[tuple[object, ...], OwnPoint] = {}
    for p in found.points:
        labels = p.labels.get("condition", "")
        first = seen.setdefault((p.readout, p.time_h, p.situation, p.replicate, labels), p)
        if first is not p:
            same = f"line {p.line} is the same readout, time and treatment as line {first.line}"
            message = same + (f", replicate {p.replicate}" if p.replicate else "")
            hint = "leave one out, or tell them apart by a column replicate (1, 2, ...)"
            yield Problem("courses.twice", message, found.file, p.line, hint=hint)


def _conditions(found: OwnPoints) -> Iterable[Problem]:
    """Conditions that the table tells apart by their name only."""
    named: dict[CourseSituation, dict[str, int]] = {}
    for p in found.points:
        named.setdefault(p.situation, {}).setdefault(p.labels.get("condition", ""), p.line)
    for names in named.values():
        first, *more = names.items()
        for name, line in more:
            message = f"condition {name[:40]!r} is the same experiment as {first[0][:40]!r} (line {first[1]})"
            hint = "say what differs: stimulus, dose, drug or knockdown; or call it replicate"
            yield Problem("courses.condition", message, found.file, line, hint=hint)


def held_out(points: Sequence[OwnPoint], rules: Sequence[str]) -> tuple[set[int], list[Problem]]:
    """Places of the points that rules such as ``"dose=50"`` keep out of a fit, and rules that are wrong.

    Examples
    --------
    >>> held_out([], ["dose"])[1][0].code
    'courses.hold-out'
    """
    out: set[int] = set()
    problems = []
    for rule in rules:
        name, equals, value = (part.strip() for part in rule.partition("="))
        columns = sorted({c for p in points for c in p.labels})
        if not equals or (points and name not in columns):
            message = f"{rule[:60]!r} does not say which rows"
            hint = f"write column=value, e.g. readout=SOCS3_mRNA; columns: {', '.join(columns)}"
            problems.append(Problem("courses.hold-out", message, field="--hold-out", hint=hint))
            continue
        chosen = {i for i, p in enumerate(points) if _same(p.labels.get(name, ""), value)}
        if not chosen and points:
            values = ", ".join(dict.fromkeys(p.labels.get(name, "") for p in points))
            hint = f"there is {values[:200]}"
            message = f"no row has {name} {value[:40]!r}"
            problems.append(Problem("courses.hold-out", message, field="--hold-out", hint=hint))
        out |= chosen
    return out, problems


def _same(cell: str, wanted: str) -> bool:
    numbers = read_number(cell), read_number(wanted)
    return numbers[0] == numbers[1] if None not in numbers else loose_text(cell) == loose_text(wanted)
