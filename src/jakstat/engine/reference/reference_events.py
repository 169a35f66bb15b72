"""Events: triggers, the queue of those waiting, and their order at one instant.

Follows SBML Level 3 Version 2, section 4.12: an event is triggered when its
condition turns from false to true; it is carried out after its delay, unless it
is not persistent and its condition has turned false again meanwhile; among
those due at one instant the highest priority goes first, priorities are worked
out anew after each, and a tie is broken by a seeded draw.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from jakstat.engine.network.network import Event
from jakstat.engine.reference.closures import Closure, closure
from jakstat.engine.reference.reference_lane import LaneState
from jakstat.engine.reference.reference_system import System
from jakstat.errors import Outcome
from jakstat.limits import LIMITS

__all__ = ["CompiledEvent", "EventQueue", "LaneFailure", "compile_events"]


class LaneFailure(Exception):
    """Ends a lane with an outcome."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.sentence)
        self.outcome = outcome


@dataclass(frozen=True, slots=True)
class CompiledEvent:
    """An event with closures in place of formulas."""

    event: Event
    trigger: Closure
    delay: Closure | None
    priority: Closure | None
    assignments: tuple[tuple[str, Closure], ...]


def compile_events(system: System) -> list[CompiledEvent]:
    """Closures of all events of a network."""
    slots = system.slots
    return [
        CompiledEvent(
            e,
            closure(e.trigger, slots),
            None if e.delay is None else closure(e.delay, slots),
            None if e.priority is None else closure(e.priority, slots),
            tuple((a.variable, closure(a.expression, slots)) for a in e.assignments),
        )
        for e in system.network.events
    ]


@dataclass(slots=True)
class _DueEvent:
    number: int
    due: float
    values: dict[str, float] | None


class EventQueue:
    """The events of one lane.

    Parameters
    ----------
    events : list of CompiledEvent
        All events of the model.
    lane : LaneState
        The values they read and set.
    """

    def __init__(self, events: list[CompiledEvent], lane: LaneState) -> None:
        self.events = events
        self.lane = lane
        self.before = [e.event.initial_value for e in events]
        self.carried_out = [-math.inf] * len(events)
        self.waiting: list[_DueEvent] = []
        # every lane draws the same ties whatever its neighbours do
        self.draw = random.Random(0)

    def next_due(self) -> float:
        """When the next delayed event is to be carried out."""
        return min((w.due for w in self.waiting), default=math.inf)

    def firing(self, time: float) -> list[bool]:
        """Which triggers have turned true; all if an event that waits is due."""
        v = self.lane.v
        due = self.next_due() <= time + 8 * math.ulp(time)
        return [due or (bool(e.trigger(v)) and not b) for e, b in zip(self.events, self.before, strict=True)]

    def settle(self, time: float, moment: float | None = None) -> bool:
        """Trigger and carry out everything that happens at an instant; whether anything was carried out.

        With ``moment``, a time so short that it counts as none, the instant was found by a trigger
        that turned: events carried out just before do not count as triggered anew.

        Raises
        ------
        LaneFailure
            When events keep triggering each other, or a delay is negative or not a number.
        """
        acted = False
        slack = 8 * math.ulp(time)
        if moment is not None:
            for number, compiled in enumerate(self.events):
                again = time - self.carried_out[number] <= 1e-9 * abs(time) + moment
                self.before[number] |= again and bool(compiled.trigger(self.lane.v))
        for _ in range(LIMITS.event_chain + len(self.events)):
            self._trigger(time)
            due = [w for w in self.waiting if w.due <= time + slack]
            if not due:
                return acted
            chosen = self._choose(due)
            self.waiting.remove(chosen)
            values = chosen.values if chosen.values is not None else self._values(chosen.number)
            self.lane.assign(values)
            self.lane.refresh(time)
            self.carried_out[chosen.number] = time
            acted = True
        raise LaneFailure(Outcome.EVENT_STORM)

    def _values(self, number: int) -> dict[str, float]:
        v = self.lane.v
        return {name: value(v) for name, value in self.events[number].assignments}

    def _trigger(self, time: float) -> None:
        v = self.lane.v
        for number, compiled in enumerate(self.events):
            now = bool(compiled.trigger(v))
            if now and not self.before[number]:
                delay = 0.0 if compiled.delay is None else compiled.delay(v)
                if not delay >= 0.0:
                    raise LaneFailure(Outcome.NOT_A_NUMBER if delay != delay else Outcome.BAD_PARAMETER)
                values = self._values(number) if compiled.event.use_trigger_time_values else None
                self.waiting.append(_DueEvent(number, time + delay, values))
            elif not now and self.before[number] and not compiled.event.persistent:
                self.waiting = [w for w in self.waiting if w.number != number]
            self.before[number] = now

    def _choose(self, due: list[_DueEvent]) -> _DueEvent:
        if len(due) == 1:
            return due[0]
        v = self.lane.v
        ranks = []
        for w in due:
            priority = self.events[w.number].priority
            rank = -math.inf if priority is None else priority(v)
            ranks.append(-math.inf if rank != rank else rank)
        best = max(ranks)
        first = [w for w, rank in zip(due, ranks, strict=True) if rank == best]
        return first[0] if best == -math.inf else self.draw.choice(first)
