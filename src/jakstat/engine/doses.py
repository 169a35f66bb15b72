"""Doses: amounts given, or values set, at exact times."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from jakstat.errors import InputError, Problem
from jakstat.limits import LIMITS

__all__ = ["Dose", "Instant", "dose_instants", "schedules"]


@dataclass(frozen=True, slots=True)
class Dose:
    """Something given to, or set in, a model at a time.

    Parameters
    ----------
    time : float
        When, in the model's time unit.
    target : str
        Id of a species; for ``"set"`` also of a parameter or compartment that no rule governs.
    amount : float
        In amount units of the species (all of it, whether at once or over ``duration``), or the new value.
    action : {"add", "set"}
        Add to what is there, or replace it.
    duration : float
        Length of a constant-rate infusion; 0 gives all at once.
    interval : float
        Time between repeats.
    count : int
        How often it is given in all.

    Examples
    --------
    >>> Dose(0.0, "IL6", 2.0, interval=12.0, count=3).count
    3
    """

    time: float
    target: str
    amount: float
    action: Literal["add", "set"] = "add"
    duration: float = 0.0
    interval: float = 0.0
    count: int = 1


class Instant(NamedTuple):
    """One thing that happens at one time: ``kind`` is ``add``, ``set`` or ``rate`` (change of inflow)."""

    time: float
    kind: str
    target: str
    value: float


def _problems(dose: Dose, number: int, start: float) -> Iterable[Problem]:
    field = f"doses[{number}]"
    values = (dose.time, dose.amount, dose.duration, dose.interval)
    if not all(math.isfinite(x) for x in values):
        yield Problem("dose.value", "a dose holds a value that is not a finite number", field=field)
        return
    if dose.action not in ("add", "set"):
        yield Problem("dose.action", f"no action '{dose.action}'", field=field, hint="use 'add' or 'set'")
    if dose.action == "add" and dose.amount < 0:
        yield Problem("dose.negative", f"the dose is {dose.amount!r}", field=field, hint="give 0 or more")
    if dose.duration < 0 or dose.interval < 0 or dose.count < 1:
        hint = "duration and interval 0 or more, count 1 or more"
        yield Problem("dose.value", "duration, interval or count is out of range", field=field, hint=hint)
    if dose.count > 1 and dose.interval == 0:
        yield Problem("dose.interval", "a repeated dose needs an interval above 0", field=field)
    if dose.action == "set" and dose.duration > 0:
        yield Problem("dose.duration", "only 'add' can last for a time", field=field)
    if dose.time < start:
        message = f"the dose at {dose.time!r} lies before the start at {start!r}"
        yield Problem("dose.early", message, field=field, hint="start earlier or drop the dose")
    if dose.count > LIMITS.doses:
        yield Problem("dose.count", f"{dose.count} doses", field=field, hint=f"at most {LIMITS.doses}")


def dose_instants(doses: Sequence[Dose], *, start: float) -> list[Instant]:
    """Everything that the doses do, in order of time (doses at one time in the order given).

    Parameters
    ----------
    doses : sequence of Dose
        Doses of one lane.
    start : float
        Time at which the simulation begins.

    Raises
    ------
    InputError
        ``dose.value``, ``dose.negative``, ``dose.early`` and the like.

    Examples
    --------
    >>> [tuple(i) for i in dose_instants([Dose(1.0, "A", 3.0, duration=2.0)], start=0.0)]
    [(1.0, 'rate', 'A', 1.5), (3.0, 'rate', 'A', -1.5)]
    """
    problems = [p for number, dose in enumerate(doses) for p in _problems(dose, number, start)]
    if not problems and sum(d.count for d in doses) > LIMITS.doses:
        problems = [Problem("dose.count", "too many doses", field="doses", hint=f"at most {LIMITS.doses}")]
    if problems:
        raise InputError(problems)
    instants = []
    for dose in doses:
        for i in range(dose.count):
            time = dose.time + i * dose.interval
            if dose.duration > 0:
                rate = dose.amount / dose.duration
                instants.append(Instant(time, "rate", dose.target, rate))
                instants.append(Instant(time + dose.duration, "rate", dose.target, -rate))
            else:
                instants.append(Instant(time, dose.action, dose.target, dose.amount))
    return sorted(instants, key=lambda i: i.time)


def schedules(tables: Sequence[Sequence[Dose]], *, start: float) -> list[list[Instant]]:
    """The instants of every lane; a table that lanes share is worked out once.

    Raises
    ------
    InputError
        As :func:`dose_instants`.

    Examples
    --------
    >>> table = [Dose(1.0, "A", 3.0)]
    >>> first, second = schedules([table, table], start=0.0)
    >>> first is second
    True
    """
    made: dict[int, list[Instant]] = {}
    for table in tables:
        if id(table) not in made:
            made[id(table)] = dose_instants(table, start=start)
    return [made[id(table)] for table in tables]
