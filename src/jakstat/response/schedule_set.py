"""Schedules of one drug: the set made of its recorded regimen, the kind of each, its last full cycle."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

from jakstat.errors import problem
from jakstat.knowledge.parameter_table import Row, read_table
from jakstat.pharmacology.pk_library import PkModel
from jakstat.pharmacology.regimen import Regimen, Segment
from jakstat.pharmacology.regimen_text import parse_regimen

__all__ = ["ComparedSchedule", "default_schedules", "kind_of_schedule", "last_cycle", "schedule_constants"]

_DAY, _WEEK = 24.0, 168.0
_NEAR = 1e-6


@dataclass(frozen=True, slots=True)
class ComparedSchedule:
    """One schedule to compare: what it is called, its kind, and the regimen.

    Parameters
    ----------
    text : str
        As a pharmacist writes it; reads back to the regimen.
    kind : str
        ``continuous``, ``intermittent`` or ``pulsed``.
    regimen : Regimen
    """

    text: str
    kind: str
    regimen: Regimen


@lru_cache(maxsize=1)
def schedule_constants() -> Mapping[str, Row]:
    """The numbers of this comparison by id, all set by the protocol.

    Examples
    --------
    >>> schedule_constants()["suppression"].value, schedule_constants()["IL6"].unit
    (80.0, 'pg/ml')
    """
    text = files("jakstat.response").joinpath("schedules.csv").read_text(encoding="utf-8")
    return MappingProxyType({row.id: row for row in read_table(text, file="response/schedules.csv")})


def _numbers(prefix: str) -> list[float]:
    return [row.value for key, row in schedule_constants().items() if key.startswith(f"{prefix}_")]


def kind_of_schedule(regimen: Regimen) -> str:
    """``continuous`` where doses of the last segment are evenly spaced, ``pulsed`` where they fall on so few
    days of a week as the table says, ``intermittent`` otherwise.

    Examples
    --------
    >>> [kind_of_schedule(parse_regimen(t)) for t in ("15 mg PO BID", "11 mg/kg IV q3w")]
    ['continuous', 'continuous']
    >>> kind_of_schedule(parse_regimen("15 mg PO BID 5 days on 2 off"))
    'intermittent'
    >>> kind_of_schedule(parse_regimen("105 mg PO BID 1 day on 6 off"))
    'pulsed'
    """
    last = regimen.segments[-1]
    if not last.cycle_h:
        return "pulsed"
    ends = (*last.offsets[1:], last.cycle_h + last.offsets[0])
    gaps = [b - a for a, b in zip(last.offsets, ends, strict=True)]
    if max(gaps) - min(gaps) < _NEAR:
        return "continuous"
    days = len({math.floor(o / _DAY) for o in last.offsets})
    return "pulsed" if days / last.cycle_h <= max(_numbers("pulse")) / _WEEK + _NEAR else "intermittent"


def last_cycle(schedule: ComparedSchedule, until_h: float) -> tuple[float, float]:
    """Start and end, in hours, of the last full cycles that make at least a week, not after ``until_h``.

    A regimen of single doses has no cycle: the whole run counts.

    Raises
    ------
    InputError
        ``time.range`` when no full cycle fits.

    Examples
    --------
    >>> regimen = parse_regimen("15 mg PO BID 5 days on 2 off")
    >>> last_cycle(ComparedSchedule(regimen.text, "intermittent", regimen), 30 * 24.0)
    (504.0, 672.0)
    """
    regimen = schedule.regimen
    last, start = regimen.segments[-1], regimen.starts[-1]
    if not last.cycle_h:
        return 0.0, until_h
    length = last.cycle_h * math.ceil(_WEEK / last.cycle_h - _NEAR)
    finish = min(until_h, regimen.end_h)
    end = start + last.cycle_h * math.floor((finish - start) / last.cycle_h + _NEAR)
    if end - length < start - _NEAR:
        message = (
            f"'{schedule.text}' has no full cycle of {length / _DAY:g} days within {finish / _DAY:g} days"
        )
        hint = f"--days {math.ceil((start + length) / _DAY)} or more, and doses enough"
        raise problem("time.range", message, field="--days", hint=hint)
    return end - length, end


def default_schedules(model: PkModel) -> tuple[ComparedSchedule, ...]:
    """The schedules that are compared where none is given, from the first recorded regimen with a cycle.

    Continuous at multiples of the dose; the same dose a day (or a cycle) in more and in fewer pieces; for
    a drug that is given every day also intermittent, and pulsed with the dose of a week on few days.

    Raises
    ------
    InputError
        ``schedule.none`` when the drug has no regimen that repeats.

    Examples
    --------
    >>> from jakstat.pharmacology.pk_library import pk_model
    >>> [s.text for s in default_schedules(pk_model("siltuximab"))][-2:]
    ['5.5 mg/kg IV over 1 h q252h', '22 mg/kg IV over 1 h q6w']
    """
    regimens = (parse_regimen(str(r["text"])) for r in model.regimens)
    own = next((r for r in regimens if r.segments[-1].cycle_h), None)
    if own is None:
        hint = "give --regimen, e.g. '15 mg PO BID'"
        raise problem(
            "schedule.none", f"{model.name} has no recorded regimen that repeats", field="--drug", hint=hint
        )
    found = [Regimen(tuple(_times(s, k) for s in own.segments)) for k in _numbers("dose")]
    last = own.segments[-1]
    if len(own.segments) == 1 and last.offsets == (0.0,):
        found += [Regimen((s,)) for s in (*_split(last), *_spread(last))]
    by_text = {r.text: r for r in found}
    return tuple(ComparedSchedule(text, kind_of_schedule(r), r) for text, r in by_text.items())


def _times(segment: Segment, factor: float) -> Segment:
    """The segment at a multiple of its dose; a cap moves with it, or it would be no multiple."""
    most = segment.maximum_mg
    return replace(
        segment, amount=segment.amount * factor, maximum_mg=None if most is None else most * factor
    )


def _split(segment: Segment) -> Iterator[Segment]:
    """The same dose over time in more and in fewer pieces; at most four and at least one a day."""
    for pieces in _numbers("split"):
        cycle = segment.cycle_h / pieces
        daily = segment.cycle_h <= _DAY
        if not daily or 0.25 * _DAY <= cycle <= _DAY:
            yield replace(_times(segment, 1.0 / pieces), cycle_h=cycle)


def _spread(segment: Segment) -> Iterator[Segment]:
    """Days on and off, and the dose of a week on few days, of a drug that is given every day."""
    if segment.cycle_h > _DAY:
        return
    a_day = round(_DAY / segment.cycle_h)

    def days(on: int, off: int, factor: float) -> Segment:
        offsets = tuple(_DAY * d + segment.cycle_h * k for d in range(on) for k in range(a_day))
        return replace(_times(segment, factor), offsets=offsets, cycle_h=_DAY * (on + off))

    for on, off in zip(_numbers("on"), _numbers("off"), strict=True):
        yield days(round(on), round(off), 1.0)
    for on in _numbers("pulse"):
        week = _WEEK / _DAY
        yield days(round(on), round(week - on), week / on)
