"""A regimen: what is given, how much of it, by which route and when; frozen and checked."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from jakstat.errors import problem
from jakstat.limits import LIMITS

__all__ = ["Given", "Regimen", "Segment"]

Basis = Literal["flat", "kg", "m2"]
_DAY = 24.0
_WEEK = 168.0
_NEAR = 1e-9


@dataclass(frozen=True, slots=True)
class Segment:
    """One stretch of a regimen with one dose.

    Parameters
    ----------
    amount : float
        mg, mg/kg or mg/m^2 by ``basis``.
    basis : {"flat", "kg", "m2"}
    route : str
        IV, PO or SC.
    offsets : tuple of float
        Hours after the start of a cycle at which a dose is given.
    cycle_h : float
        Length of a cycle; 0 when there is one only.
    cycles : int or None
        How many; None without end.
    duration_h : float or None
        Of an infusion; 0 for a bolus, None for the drug's own.
    start_h : float or None
        When it starts; None right after the segment before it.
    maximum_mg : float or None
        The dose is never more than that.
    """

    amount: float
    basis: Basis
    route: str
    offsets: tuple[float, ...] = (0.0,)
    cycle_h: float = 0.0
    cycles: int | None = None
    duration_h: float | None = None
    start_h: float | None = None
    maximum_mg: float | None = None

    @property
    def interval_h(self) -> float:
        """Smallest time between doses; infinite for a single one."""
        steps = [b - a for a, b in zip(self.offsets, self.offsets[1:], strict=False)]
        if self.cycle_h and self.cycles != 1:
            steps.append(self.cycle_h - self.offsets[-1] + self.offsets[0])
        return min(steps, default=math.inf)

    @property
    def last_cycle(self) -> int | None:
        """Number of cycles; None without end."""
        return 1 if not self.cycle_h else self.cycles

    def milligrams(self, weight: NDArray[np.float64], bsa: NDArray[np.float64]) -> NDArray[np.float64]:
        """The dose of subjects in mg, shape (subjects,)."""
        by = {"flat": np.ones_like(weight), "kg": weight, "m2": bsa}[self.basis]
        dose = self.amount * by
        return np.asarray(dose if self.maximum_mg is None else np.minimum(dose, self.maximum_mg))


@dataclass(frozen=True, slots=True)
class Given:
    """One dose of a regimen: when, and by which of its segments."""

    time_h: float
    segment: int


@dataclass(frozen=True, slots=True)
class Regimen:
    """Segments, one after another.

    Examples
    --------
    >>> weekly = Regimen((Segment(162.0, "flat", "SC", cycle_h=168.0, cycles=3),))
    >>> [dose.time_h for dose in weekly.given(1000.0)]
    [0.0, 168.0, 336.0]
    """

    segments: tuple[Segment, ...]

    @property
    def starts(self) -> tuple[float, ...]:
        """When each segment starts, in hours.

        Behind a segment with a cycle the next one starts when the next cycle would. Behind single doses
        it starts as many of its own intervals after the first of them as it takes to come after the last.
        """
        found: list[float] = []
        for k, segment in enumerate(self.segments):
            if segment.start_h is not None:
                found.append(segment.start_h)
            elif k == 0:
                found.append(0.0)
            else:
                before, start = self.segments[k - 1], found[-1]
                if before.cycle_h:
                    found.append(start + before.cycle_h * (before.cycles or 0))
                else:
                    step = segment.cycle_h or segment.interval_h
                    step = step if math.isfinite(step) and step > 0 else _DAY
                    found.append(start + step * (math.floor(before.offsets[-1] / step) + 1))
        return tuple(found)

    @property
    def end_h(self) -> float:
        """The end of the last interval, in hours; infinite for a regimen without end."""
        last, start = self.segments[-1], self.starts[-1]
        if last.cycle_h and last.cycles is None:
            return math.inf
        return start + (last.cycle_h * (last.cycles or 0) if last.cycle_h else last.offsets[-1])

    @property
    def last_interval_h(self) -> float:
        """From one dose of the last segment to the next, in hours; infinite for a single one."""
        last = self.segments[-1]
        return (last.cycle_h or math.inf) if len(last.offsets) == 1 else last.interval_h

    def is_even(self, until_h: float) -> bool:
        """Whether every dose before ``until_h`` is the same, and as long after the one before.

        Examples
        --------
        >>> one = Segment(5.0, "flat", "PO", cycle_h=24.0, cycles=3)
        >>> Regimen((one,)).is_even(72.0), Regimen((one, replace(one, amount=2.0))).is_even(96.0)
        (True, False)
        """
        given = self.given(until_h)
        kinds = {replace(self.segments[g.segment], offsets=(0.0,), cycle_h=0.0, cycles=None, start_h=None)
                 for g in given}  # fmt: skip
        steps = np.diff([g.time_h for g in given])
        return len(kinds) <= 1 and bool(np.allclose(steps, self.last_interval_h, rtol=_NEAR))

    def given(self, until_h: float) -> tuple[Given, ...]:
        """Every dose before ``until_h``, in order.

        Raises
        ------
        InputError
            ``dose.count``: more than the product simulates.
        """
        found = []
        for k, (segment, start) in enumerate(zip(self.segments, self.starts, strict=True)):
            span = min(until_h, self._ends(k)) - start
            if span <= 0:
                continue
            most = 1 if not segment.cycle_h else math.ceil(span / segment.cycle_h)
            count = most if segment.last_cycle is None else min(most, segment.last_cycle)
            if count * len(segment.offsets) > LIMITS.doses:
                raise problem(
                    "dose.count",
                    f"{count * len(segment.offsets)} doses",
                    field="REGIMEN",
                    hint=f"at most {LIMITS.doses}; ask for fewer days",
                )
            times = (start + c * segment.cycle_h + o for c in range(count) for o in segment.offsets)
            found += [Given(time, k) for time in times if time < until_h]
        return tuple(sorted(found, key=lambda dose: dose.time_h))

    def _ends(self, k: int) -> float:
        """When segment ``k`` gives way to the next; infinite when it ends by itself."""
        endless = self.segments[k].cycle_h and self.segments[k].cycles is None
        return self.starts[k + 1] if endless and k + 1 < len(self.segments) else math.inf

    @property
    def text(self) -> str:
        """The regimen as it is written; reads back to the same regimen."""
        return " then ".join(_written(segment) for segment in self.segments)


_RHYTHMS = {24.0: "QD", 12.0: "BID", 8.0: "TID", 6.0: "QID", _WEEK: "qw"}


def _span(hours: float) -> str:
    if hours in _RHYTHMS:
        return _RHYTHMS[hours]
    for size, unit in ((_WEEK, "w"), (_DAY, "d")):
        if hours >= size and hours % size == 0:
            return f"q{hours / size:g}{unit}"
    return f"q{hours:.15g}h"


def _listed(days: list[int]) -> str:
    """Days from 1, neighbours joined: ``1-4`` or ``1,3,5``."""
    if len(days) > 1 and days[-1] - days[0] == len(days) - 1:
        return f"{days[0] + 1}-{days[-1] + 1}"
    return ",".join(str(day + 1) for day in days)


def _written(segment: Segment) -> str:
    per = {"flat": "", "kg": "/kg", "m2": "/m2"}[segment.basis]
    words = [f"{segment.amount:.15g} mg{per} {segment.route}"]
    if segment.duration_h is not None:
        words.append(f"over {segment.duration_h:.15g} h" if segment.duration_h else "bolus")
    days = sorted({math.floor(o / _DAY) for o in segment.offsets})
    each = len(segment.offsets) // len(days)
    simple = segment.offsets == (0.0,)
    if not simple:
        words.append(_span(_DAY / each))
        words.append(f"day {_listed(days)}")
    if segment.cycle_h:
        words.append(_span(segment.cycle_h))
    elif simple:
        words.append("once")
    if segment.cycle_h and segment.cycles is not None:
        words.append(f"x {segment.cycles}")
    if segment.maximum_mg is not None:
        words.append(f"max {segment.maximum_mg:.15g} mg")
    if segment.start_h is not None:
        words.append(f"from day {segment.start_h / _DAY + 1:.15g}")
    return " ".join(words)
