"""Times at which a formula is known to switch, so that a solver can stop exactly there."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from jakstat.engine.network.expression import Expression
from jakstat.engine.reference.closures import Closure, closure
from jakstat.engine.reference.conditions import turning_lines
from jakstat.engine.reference.reference_system import System

__all__ = ["Clock", "clocks"]


@dataclass(frozen=True, slots=True)
class Clock:
    """A quantity ``offset + slope * time``; something turns where it crosses zero or a whole number.

    ``slope`` and ``offset`` are closures because parameters may change between stretches.
    """

    offset: Closure
    slope: Closure
    whole: bool

    def next_turn(self, v: list[float], time: float) -> float:
        """The first turning time after ``time``, or infinity."""
        slope, offset = self.slope(v), self.offset(v)
        if not (math.isfinite(slope) and math.isfinite(offset)) or slope == 0.0:
            return math.inf
        target = 0.0
        if self.whole:
            now = offset + slope * time
            near = round(now)
            step = math.copysign(1.0, slope)
            target = near if (near - now) * step > 1e-9 else near + step
        turn = (target - offset) / slope
        return turn if turn > time else math.inf


def clocks(system: System, formulas: Iterable[Expression]) -> list[Clock]:
    """Clocks of every comparison or step in the formulas that depends on the time alone."""
    lines = turning_lines(system.roles, system.dynamic, formulas)
    return [
        Clock(closure(offset, system.slots), closure(slope, system.slots), whole)
        for (offset, slope), whole in lines
    ]
