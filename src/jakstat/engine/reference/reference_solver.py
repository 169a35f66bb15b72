"""The plain reference solver: NumPy and SciPy, one lane after the other, clear before fast.

It is the oracle of every faster engine. Amounts are integrated with SciPy's
LSODA (doi:10.1137/0904010), BDF or Radau (doi:10.1007/978-3-642-05221-7); the
integration stops exactly at doses, at times at which a formula switches, and at
events, and starts afresh behind them.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jakstat.engine.doses import Instant
from jakstat.engine.network.dependencies import AMOUNT, names_in, uses_time
from jakstat.engine.reference.closures import Closure, closure
from jakstat.engine.reference.reference_events import (
    CompiledEvent,
    EventQueue,
    LaneFailure,
    compile_events,
)
from jakstat.engine.reference.reference_lane import LaneState
from jakstat.engine.reference.reference_system import System
from jakstat.engine.reference.switches import Clock, clocks
from jakstat.engine.tolerance import Tolerance
from jakstat.errors import Outcome
from jakstat.extras import needs

__all__ = ["LaneResult", "LaneRun", "ReferenceSolver", "Settings"]

Vector = NDArray[np.float64]
_LOOKS = (0.25, 0.5, 0.75, 1.0)
_CHATTER = 30
_SHARES = 100
_CAREFUL = 20


@dataclass(frozen=True, slots=True)
class Settings:
    """How exactly, and how long, a lane is integrated; :mod:`jakstat.engine.tolerance` has the rule."""

    rtol: float = 1e-6
    atol: float | None = None
    method: str = "LSODA"
    max_steps: int = 200_000

    @property
    def tolerance(self) -> Tolerance:
        """The tolerances alone."""
        return Tolerance(self.rtol, self.atol)


@dataclass(frozen=True, slots=True)
class LaneResult:
    """One lane: recorded places by time, how it ended, and its last state."""

    outcome: Outcome
    record: NDArray[np.float64]
    time: float
    fastest: str
    lowest: tuple[tuple[str, float, float, float], ...]
    last: Mapping[str, float]
    largest: Vector = field(default_factory=lambda: np.zeros(0))
    repeated: bool = False


class ReferenceSolver:
    """Integrates lanes of one network.

    Parameters
    ----------
    system : System
        The layout of the network.
    """

    def __init__(self, system: System) -> None:
        self.system = system
        self.events: list[CompiledEvent] = compile_events(system)
        triggers = [e.trigger for e in system.network.events]
        self.clocks: list[Clock] = clocks(system, [*system.formulas, *triggers])
        watched = [*triggers, *system.conditions]
        self.watched: list[Closure] = [closure(c, system.slots) for c in watched]
        names = set[str]().union(*(names_in(c) for c in watched))
        self.watch_plan = system.plan_for(names)
        self.timed = any(uses_time(c) for c in system.conditions)

    def run(
        self,
        times: Vector,
        places: Sequence[int],
        settings: Settings,
        *,
        parameters: Mapping[str, float],
        initial: Mapping[str, float],
        instants: Sequence[Instant],
    ) -> LaneResult:
        """Integrate one lane from ``times[0]`` on and record the values at ``places``.

        Parameters
        ----------
        times : array, shape (T,)
            Output times, increasing.
        places : sequence of int
            Which places of the list of values to record.
        settings : Settings
            Tolerances and method.
        parameters, initial : mapping of str to float
            See :class:`~jakstat.engine.reference.reference_lane.LaneState`.
        instants : sequence of Instant
            Doses in order of time.
        """

        def once(typical: Vector | None = None) -> LaneResult:
            lane = LaneState(self.system, parameters, initial, float(times[0]))
            return LaneRun(self, lane, times, places, settings, instants, typical).result()

        found = once()
        if found.outcome == Outcome.OK and not settings.tolerance.followed(found.largest):
            again = once(found.largest)
            return replace(again, repeated=True) if again.outcome == Outcome.OK else found
        return found


class LaneRun:
    """One lane on its way."""

    def __init__(
        self,
        solver: ReferenceSolver,
        lane: LaneState,
        times: Vector,
        places: Sequence[int],
        settings: Settings,
        instants: Sequence[Instant],
        typical: Vector | None = None,
    ) -> None:
        self.solver, self.lane, self.settings = solver, lane, settings
        self.typical = typical
        self.largest = np.zeros(lane.n)
        self.times = [float(t) for t in times]
        self.places = list(places)
        self.instants = list(instants)
        self.record = np.full((len(self.times), len(self.places)), math.nan)
        self.time = self.times[0]
        self.next_output = 0
        self.next_instant = 0
        self.steps = 0
        self.chatter = 0
        self.live = False
        self.met = False
        self.longest = math.inf
        self.good: Vector = lane.y
        self.queue = EventQueue(solver.events, lane)
        self.exact = lane.prepare_jacobian()
        roles = lane.system.roles
        self.kept = [
            (i, name.removeprefix(AMOUNT))
            for i, name in enumerate(lane.system.states)
            if roles.terms.get(name.removeprefix(AMOUNT)) and name not in roles.rated
        ]
        self.kept_places = np.array([i for i, _ in self.kept], dtype=int)
        self.lowest = np.full(len(self.kept), math.inf)
        self.lowest_at = np.zeros(len(self.kept))

    def result(self) -> LaneResult:
        """Run to the end, or to the failure."""
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                self._run()
            outcome = Outcome.OK
        except LaneFailure as failure:
            outcome = failure.outcome
        return self._ended(outcome)

    def _ended(self, outcome: Outcome) -> LaneResult:
        """What is to be told of the lane, once it has ended."""
        limits = -10.0 * self._absolute()
        lowest = tuple(
            (name, float(self.lowest_at[k]), float(self.lowest[k]), float(limits[i]))
            for k, (i, name) in enumerate(self.kept)
            if self.lowest[k] < limits[i]
        )
        last = {name: self.lane.amount_of(name) for name in self.lane.system.roles.lasting()}
        fastest = "" if outcome == Outcome.OK else self._fastest()
        return LaneResult(outcome, self.record, self.time, fastest, lowest, last, self.largest)

    def _fastest(self) -> str:
        if not self.lane.n:
            return ""
        y = self.lane.y
        with np.errstate(all="ignore"):
            pace = np.abs(self.lane.rhs(self.time, y)) / (np.abs(y) + self._absolute())
        pace[~np.isfinite(pace)] = math.inf
        return self.lane.system.states[int(np.argmax(pace))].removeprefix(AMOUNT)

    # -------------------------------------------------------------- the way through time

    def _run(self) -> None:
        end = self.times[-1]
        self._arrive()
        while self.time < end:
            stop = self._next_stop(end)
            self.met = False
            self._stretch(stop)
            if self.met and stop - self.time <= self._reach()[0]:
                self.time = stop  # errors of the states part what belongs to one instant
            self._arrive()

    def _reach(self) -> tuple[float, Vector]:
        """How long the states move by no more than ten times their tolerance, and their rates."""
        lane, y = self.lane, self.lane.y
        rates = lane.rhs(self.time, y)
        with np.errstate(all="ignore"):
            longest = (self.settings.rtol * np.abs(y) + self._absolute()) / np.abs(rates)
        moving = longest[rates != 0.0]
        if not np.isfinite(rates).all():
            return 0.0, rates
        return 10.0 * min([self.settings.rtol * abs(self.time), *moving.tolist()]), rates

    def _pull_along(self) -> None:
        """What turns within the tolerance of the states belongs to an instant at which anything happens."""
        lane, time = self.lane, self.time
        if not lane.n or not any(self.queue.firing(time)):
            return
        reach, rates = self._reach()
        start = lane.y

        def firing(share: float) -> list[bool]:
            lane.v[1 : lane.n + 1] = (start + share * reach * rates).tolist()
            lane.refresh(time)
            return self.queue.firing(time)

        wanted, now = firing(1.0), firing(0.0)
        if all(n or not w for w, n in zip(wanted, now, strict=True)):
            return
        low, high = 0.0, 1.0
        while high - low > 2.0**-50:
            middle = 0.5 * (low + high)
            turned = all(t or not w for w, t in zip(wanted, firing(middle), strict=True))
            low, high = (low, middle) if turned else (middle, high)
        firing(high)

    def _arrive(self) -> None:
        """At the end of a stretch: doses, then events, then the output of this instant."""
        lane, time = self.lane, self.time
        lane.refresh(time)
        while self.next_instant < len(self.instants) and self.instants[self.next_instant].time <= time:
            self._give(self.instants[self.next_instant])
            self.next_instant += 1
        if self.queue.events:
            self._pull_along()
            span = self.times[-1] - self.times[0]
            self.queue.settle(time, 1e-12 * span if self.met else None)
        while self.next_output < len(self.times) and self.times[self.next_output] <= time:
            self._write(lane.v)

    def _give(self, instant: Instant) -> None:
        lane = self.lane
        if instant.kind == "rate":
            lane.flow(instant.target, instant.value)
        elif instant.kind == "add":
            lane.set_amount(instant.target, lane.amount_of(instant.target) + instant.value)
        else:
            lane.set_amount(instant.target, instant.value)
        lane.refresh(self.time)

    def _write(self, v: list[float]) -> None:
        self.record[self.next_output] = [v[p] for p in self.places]
        self.next_output += 1

    def _next_stop(self, end: float) -> float:
        """The next instant at which something happens, or ``end``."""
        stop = min(end, self.queue.next_due())
        if self.next_instant < len(self.instants):
            stop = min(stop, self.instants[self.next_instant].time)
        for clock in self.solver.clocks:
            stop = min(stop, clock.next_turn(self.lane.v, self.time))
        return max(stop, math.nextafter(self.time, math.inf))

    def _stretch(self, stop: float) -> None:
        """Integrate to ``stop`` or to the first event or switch before it."""
        lane = self.lane
        self.steps += 1
        if self.steps > self.settings.max_steps:
            raise LaneFailure(Outcome.STEP_LIMIT)
        slack = 8 * math.ulp(max(abs(self.time), abs(stop)))
        lane.low, lane.high = self.time + slack, stop - slack
        if lane.low >= lane.high:
            lane.low = lane.high = 0.5 * (self.time + stop)
        y = lane.y
        if not lane.n:
            self._without_states(stop)
            return
        before = self._watch(self.time, y)
        lane.freeze(self.time, y)
        lane.frozen = lane.frozen and not self.live and self.chatter <= _CHATTER
        self.good = y
        try:
            if self._steps(y, stop, before):
                self.live = False
        except LaneFailure:
            # kept conditions may lead where a formula has no value; then work them out at every call
            if not lane.frozen:
                raise
            self.live = True
        finally:
            lane.frozen = False
            lane.v[1 : lane.n + 1] = self.good.tolist()

    def _steps(self, y: Vector, stop: float, before: list[float]) -> bool:
        """Step on; whether the stretch went well (else it is to be taken up again more carefully)."""
        lane, first = self.lane, self.steps
        self._check(lane.rhs(self.time, y), y)
        lane.forget_lost()
        self._note_largest(y)
        atol = self._absolute()
        solver = self._solver(y, stop, atol)
        while solver.status == "running":
            self._step(solver)
            self.steps += 1
            if lane.lost is not None and self.settings.method == "LSODA":
                self._creep(solver)
                return False
            if solver.status == "failed":
                raise LaneFailure(Outcome.STEP_SIZE_UNDERFLOW)
            self._check(solver.y, solver.y)
            hit = self._first_change(solver, before) if before else None
            until = solver.t if hit is None else hit
            self._outputs(solver, until)
            state = solver.y if hit is None else solver.dense_output()(hit)
            self._note_lowest(until, state)
            self._note_largest(state)
            atol[:] = self._absolute()  # SciPy's solvers look at this array at every step
            self.time, self.good = float(until), state
            if hit is not None:
                self.met = True
                return True
            if self.steps > self.settings.max_steps:
                raise LaneFailure(Outcome.STEP_LIMIT)
            if self.longest < math.inf and self.steps > first + _CAREFUL:
                self.longest = 8 * self.longest if 8 * self.longest < stop - self.time else math.inf
                return False
        return True

    def _creep(self, solver: Any) -> None:
        """LSODA does not mind rates that are no numbers, so take that step again in smaller ones.

        The next stretch starts at the last good state with a step of at most a quarter;
        where that comes to nothing, the rate has no value there.
        """
        longest = 0.25 * abs(solver.t - self.time)
        if self.lane.frozen or longest <= 16 * math.ulp(max(abs(self.time), abs(solver.t))):
            raise LaneFailure(self.lane.lost or Outcome.NOT_A_NUMBER)
        self.longest = longest

    def _step(self, solver: Any) -> None:
        try:
            solver.step()
        except (ValueError, ArithmeticError, np.linalg.LinAlgError):
            # SciPy's implicit methods raise when their matrix overflows
            raise LaneFailure(Outcome.INFINITE) from None

    def _solver(self, y: Vector, stop: float, atol: Vector) -> Any:
        settings = self.settings
        more: dict[str, Any] = {"jac": self.lane.jacobian} if self.exact else {}
        longest = self.longest
        if self.solver.timed:
            # a switch whose times are not known beforehand must not be stepped over
            longest = min(longest, (self.times[-1] - self.times[0]) / _SHARES)
        if longest < math.inf:
            more["max_step"] = longest
            more["first_step"] = min(longest, abs(stop - self.time))
        with needs("analysis"):
            import scipy.integrate  # takes longer to load than a run of the batched solver, which needs none

        return getattr(scipy.integrate, settings.method)(
            self.lane.rhs, self.time, y, stop, rtol=settings.rtol, atol=atol, **more
        )

    def _note_largest(self, y: Vector) -> None:
        self.largest = np.fmax(self.largest, np.abs(y))

    def _absolute(self) -> Vector:
        """Absolute tolerance of every state."""
        if self.settings.atol is None:
            return self._fitting()
        system, v = self.lane.system, self.lane.v
        scale = np.ones(self.lane.n)
        for i, name in enumerate(system.states):
            species = system.roles.species.get(name.removeprefix(AMOUNT))
            if species is not None and name.startswith(AMOUNT):
                size = abs(v[system.slots[species.compartment]])
                scale[i] = size if 0.0 < size < 1.0 else 1.0
        return np.asarray(self.settings.atol * scale)

    def _fitting(self) -> Vector:
        """The absolute tolerance that fits the sizes of the states, as far as they are known."""
        known = self.largest if self.typical is None else np.fmax(self.typical, self.largest)
        if not known.any():  # all is nothing yet: take what it would become in the time left
            rates = np.nan_to_num(np.abs(self.lane.rhs(self.time, self.lane.y)), posinf=0.0)
            known = rates * (self.times[-1] - self.time)
        return self.settings.tolerance.absolute(known)

    def _check(self, values: Vector, y: Vector) -> None:
        if not np.all(np.isfinite(values)):
            bad = np.isnan(values).any() or np.isnan(y).any()
            raise LaneFailure(Outcome.NOT_A_NUMBER if bad else Outcome.INFINITE)

    def _note_lowest(self, time: float, y: Vector) -> None:
        if len(self.kept):
            amounts = y[self.kept_places]
            lower = amounts < self.lowest
            self.lowest[lower] = amounts[lower]
            self.lowest_at[lower] = time

    def _outputs(self, solver: Any, until: float) -> None:
        """Record outputs strictly before ``until``; that instant itself waits for its events."""
        if self.next_output >= len(self.times) or self.times[self.next_output] >= until:
            return
        dense = solver.dense_output()
        while self.next_output < len(self.times) and self.times[self.next_output] < until:
            time = self.times[self.next_output]
            self._write(self.lane.look(time, dense(time), self.lane.system.dynamic_plan))

    # -------------------------------------------------------------- events and switches on the way

    def _watch(self, time: float, y: Vector) -> list[float]:
        if not self.solver.watched:
            return []
        v = self.lane.look(time, y, self.solver.watch_plan)
        return [watch(v) for watch in self.solver.watched]

    def _changed(self, now: list[float], before: list[float]) -> bool:
        """Whether a trigger, or (unless they chatter) any watched condition, has changed."""
        count = len(self.solver.events) if self.chatter > _CHATTER else len(now)
        return now[:count] != before[:count]

    def _first_change(self, solver: Any, before: list[float]) -> float | None:
        """The first instant of the last step at which something watched differs, else None."""
        dense = solver.dense_output()
        low = solver.t_old
        for share in _LOOKS:
            high = solver.t if share == 1.0 else solver.t_old + share * (solver.t - solver.t_old)
            y = solver.y if share == 1.0 else dense(high)
            if self._changed(self._watch(high, y), before):
                break
            low = high
        else:
            return None
        high = self._bisect(low, high, before, dense)
        close = high - self.time <= 1e-9 * max(abs(high), 1e-300)
        self.chatter = self.chatter + 1 if close else 0
        return float(high)

    def _bisect(
        self, low: float, high: float, before: list[float], state: Callable[[float], Vector]
    ) -> float:
        """The first time after ``low``, to the last bit, at which something watched has changed."""
        # a switch that a clock has met is at most rounding errors away, so look there first
        middle = min(low + 32 * math.ulp(max(abs(low), abs(high))), 0.5 * (low + high))
        while high - low > 2 * math.ulp(max(abs(low), abs(high))):
            if self._changed(self._watch(middle, state(middle)), before):
                high = middle
            else:
                low = middle
            middle = 0.5 * (low + high)
        return high

    def _without_states(self, stop: float) -> None:
        """Nothing to integrate: only the time moves, so look at every output on the way."""
        y = self.lane.y
        before = self._watch(self.time, y)
        grid = [t for t in self.times[self.next_output :] if t < stop] + [stop]
        low = self.time
        for high in grid:
            if before and self._changed(self._watch(high, y), before):
                self.time, self.met = self._bisect(low, high, before, lambda _: y), True
                return
            if high < stop:
                self._write(self.lane.look(high, y, self.lane.system.dynamic_plan))
            low = high
        self.time = stop
