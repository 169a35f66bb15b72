"""Running patients in legs: from one decision to the next, with every dose at its own time.

A leg ends where something is decided: a visit, an operation. What is given within a leg is cut from the
timetable of the whole course, so no dose is lost or moved, and an infusion that a leg interrupts goes on in
the next. A model needs no events for visits, which would cost far more than a new start.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.engine.doses import Dose
from jakstat.engine.model import Model
from jakstat.errors import Outcome

__all__ = ["LegRun", "Stop", "Timetable", "doses_within", "dosing_ended", "dosing_later",
           "dosing_reduced", "run_legs"]  # fmt: skip

Timetable = Sequence[Dose]
"""What a lane is given over its whole course."""
_DAY = 24.0


@dataclass(frozen=True, slots=True)
class Stop:
    """Where a leg ends, and what is decided there.

    Parameters
    ----------
    time : float
        Hours.
    states : callable, optional
        From the state of all lanes to what replaces it, both by id with arrays of shape (lanes,).
    numbers : callable, optional
        From the parameters in force, by id with arrays of shape (lanes,), to those that change from here on.
    doses : callable, optional
        From the times so far and now, the values seen at them, by output with arrays (lanes, times), and the
        timetable of each lane to those in force from here on (:func:`dosing_ended`, :func:`dosing_reduced`,
        :func:`dosing_later`). A lane
        whose timetable is the same object goes on as it did.
    """

    time: float
    states: Callable[[Mapping[str, Floats]], Mapping[str, Floats]] | None = None
    numbers: Callable[[Mapping[str, Floats]], Mapping[str, Floats]] | None = None
    doses: Callable[[Floats, Mapping[str, Floats], Sequence[Timetable]], Sequence[Timetable]] | None = None


@dataclass(frozen=True, slots=True)
class LegRun:
    """What the legs gave.

    Parameters
    ----------
    times : array, shape (T,)
    values : mapping of str to array, shape (lanes, T)
        NaN in lanes that failed.
    outcomes : int array, shape (lanes,)
        An :class:`~jakstat.errors.Outcome` each.
    stopped : array, shape (lanes,)
        When a timetable was first changed by a decision; infinite for never.
    """

    times: Floats
    values: Mapping[str, Floats]
    outcomes: NDArray[np.int64]
    stopped: Floats


def dosing_ended(table: Timetable, prefix: str, time: float) -> Timetable:
    """A timetable without what a drug adds from a time on; an infusion under way is broken off.

    What a dose sets goes on for a day, so that a gallbladder that the last dose shut opens again.

    Parameters
    ----------
    table : sequence of Dose
    prefix : str
        What the drug's targets begin with; empty for all drugs.
    time : float

    Examples
    --------
    >>> dosing_ended([Dose(0.0, "a_Depot", 20.0, interval=12.0, count=4)], "a_", 24.0)
    [Dose(time=0.0, target='a_Depot', amount=20.0, action='add', duration=0.0, interval=12.0, count=2)]
    """
    found: list[Dose] = []
    for dose in table:
        if not dose.target.startswith(prefix):
            found.append(dose)
        elif count := _first_at(dose, time if dose.action == "add" else time + _DAY):
            found.append(replace(dose, count=count))
    return [d for dose in found for d in _broken_off(dose, prefix, time)]


def _broken_off(dose: Dose, prefix: str, time: float) -> list[Dose]:
    """A dose whose last infusion stops at a time."""
    last = dose.time + (dose.count - 1) * dose.interval
    if not dose.target.startswith(prefix) or dose.duration <= 0.0 or last + dose.duration <= time:
        return [dose]
    before = [replace(dose, count=dose.count - 1)] if dose.count > 1 else []
    given = dose.amount * (time - last) / dose.duration
    return [*before, Dose(last, dose.target, given, duration=time - last)]


def dosing_reduced(table: Timetable, prefix: str, factor: float, time: float) -> Timetable:
    """A timetable with a drug's amounts multiplied from a time on, those of an infusion under way too.

    Examples
    --------
    >>> table = [Dose(0.0, "a_Depot", 20.0, interval=12.0, count=4)]
    >>> [(d.time, d.amount, d.count) for d in dosing_reduced(table, "a_", 0.5, 24.0)]
    [(0.0, 20.0, 2), (24.0, 10.0, 2)]
    """
    mine = [dose for dose in table if dose.target.startswith(prefix) and dose.action == "add"]
    others = [dose for dose in table if not (dose.target.startswith(prefix) and dose.action == "add")]
    later_on = [replace(d, amount=d.amount * factor) for d in doses_within(mine, time, math.inf)]
    return [*others, *dosing_ended(mine, prefix, time), *later_on]


def dosing_later(table: Timetable, hours: float) -> list[Dose]:
    """A timetable that starts so many hours later.

    Examples
    --------
    >>> dosing_later([Dose(2.0, "Depot", 20.0)], 10.0)[0].time
    12.0
    """
    return [replace(dose, time=dose.time + hours) for dose in table]


def doses_within(doses: Iterable[Dose], start: float, end: float) -> list[Dose]:
    """What of a timetable falls into ``start <= time < end``, and the rest of infusions under way.

    Parameters
    ----------
    doses : iterable of Dose
    start, end : float

    Examples
    --------
    >>> table = [Dose(0.0, "Depot", 20.0, interval=12.0, count=4), Dose(23.0, "Drug", 6.0, duration=2.0)]
    >>> [(d.time, d.amount, d.count, d.duration) for d in doses_within(table, 24.0, 48.0)]
    [(24.0, 20.0, 2, 0.0), (24.0, 3.0, 1, 1.0)]
    """
    found = []
    for dose in doses:
        if dose.action == "add" and dose.amount == 0.0:
            continue
        first = _first_at(dose, start)
        count = _first_at(dose, end) - first
        if count > 0:
            time = dose.time + first * dose.interval
            found.append(replace(dose, time=time, count=count))
        for earlier in range(first):
            if dose.duration <= 0.0:
                break
            ends = dose.time + earlier * dose.interval + dose.duration
            if ends > start:
                rest = ends - start
                share = dose.amount * rest / dose.duration
                found.append(Dose(start, dose.target, share, duration=rest))
    return found


def _still_set(doses: Iterable[Dose], start: float, names: frozenset[str]) -> list[Dose]:
    """Values that doses before a leg have set and that no state carries on, as the leg begins."""
    latest: dict[str, tuple[float, float]] = {}
    for dose in doses:
        before = _first_at(dose, start) if dose.action == "set" and dose.target in names else 0
        when = dose.time + (before - 1) * dose.interval
        if before and when >= latest.get(dose.target, (-math.inf, 0.0))[0]:
            latest[dose.target] = when, dose.amount
    return [Dose(start, target, value, action="set") for target, (_, value) in latest.items()]


def _first_at(dose: Dose, time: float) -> int:
    """How many of the repeats lie before a time; the very times of the engine are compared."""
    if dose.count == 1 or dose.interval <= 0.0:
        return int(dose.time < time)
    if time == math.inf:
        return dose.count
    near = math.floor((time - dose.time) / dose.interval) - 1
    k = min(max(near, 0), dose.count)
    while k < dose.count and dose.time + k * dose.interval < time:
        k += 1
    return k


def run_legs(
    model: Model,
    times: Floats,
    parameters: Mapping[str, Floats],
    initial: Mapping[str, Floats],
    doses: Sequence[Sequence[Dose]],
    outputs: Iterable[str],
    stops: Sequence[Stop] = (),
    *,
    outcomes: NDArray[np.int64] | None = None,
    rtol: float,
    atol: float | None = None,
    threads: int = 1,
) -> LegRun:
    """Simulate lanes from decision to decision.

    Parameters
    ----------
    model : Model
    times : array, shape (T,)
        Output times; the first is the start. A value at a stop is the one after what is done there.
    parameters, initial : mapping of str to array, shape (lanes,)
    doses : sequence of sequence of Dose
        The timetable of each lane.
    outputs : iterable of str
    stops : sequence of Stop
        In order of time, within the times.
    outcomes : int array, shape (lanes,), optional
        Of what came before; a lane that failed does not start.
    rtol : float
    atol : float, optional
    threads : int

    Raises
    ------
    InputError
        As :meth:`jakstat.engine.model.Model.simulate`.

    Examples
    --------
    >>> from jakstat.biology.pk_assembly import assemble_pk
    >>> from jakstat.engine.load import load_sbml
    >>> model = load_sbml(assemble_pk("x", ["central"], {"V1": 5.0, "CL": 0.5}).sbml, trusted=True)
    >>> table = [[Dose(0.0, "Drug", 10.0)], [Dose(0.0, "Drug", 10.0, interval=24.0, count=2)]]
    >>> run = run_legs(model, np.array([0.0, 24.0, 48.0]), {}, {}, table, ["Drug"], [Stop(24.0)], rtol=1e-8)
    >>> run.values["Drug"].round(4).tolist()
    [[2.0, 0.1814, 0.0165], [2.0, 2.1814, 0.1979]]
    """
    lanes, names = len(doses), list(outputs)
    values = {name: np.full((lanes, len(times)), np.nan) for name in names}
    outcome = np.zeros(lanes, dtype=np.int64) if outcomes is None else outcomes.copy()
    tables, stopped = list(doses), np.full(lanes, np.inf)
    state, numbers = dict(initial), dict(parameters)
    parameter_names = frozenset(p.id for p in model.network.parameters)
    ends = [s for s in stops if times[0] < s.time < times[-1]]
    for number, begin in enumerate([None, *ends]):
        start = float(times[0]) if begin is None else begin.time
        end = ends[number].time if number < len(ends) else float(times[-1])
        running = np.flatnonzero(outcome == int(Outcome.OK))
        if not len(running):
            break
        if begin is not None:
            _decide(begin, times, values, state, tables, stopped)
            numbers.update({} if begin.numbers is None else begin.numbers(numbers))
        given = {
            id(table): [*_still_set(table, start, parameter_names), *doses_within(table, start, end)]
            for table in {id(table): table for table in tables}.values()  # lanes may share one
        }
        shown = times[(times >= start) & (times <= end)]
        grid = np.unique([start, *shown, end])
        run = model.simulate(
            grid,
            {k: v[running] for k, v in numbers.items()} or None,
            {k: v[running] for k, v in state.items()} or None,
            [given[id(tables[int(i)])] for i in running],
            names,
            rtol=rtol,
            atol=atol,
            threads=threads,
        )
        places, own = np.searchsorted(times, shown), np.searchsorted(grid, shown)
        for name in names:
            values[name][np.ix_(running, places)] = run.value(name)[:, own]
        outcome[running] = run.outcomes
        state = {k: _spread_over(lanes, running, v) for k, v in run.final().items()}
    bad = outcome != int(Outcome.OK)
    for array in values.values():
        array[bad] = np.nan
    return LegRun(times, values, outcome, stopped)


def _decide(
    stop: Stop,
    times: Floats,
    values: Mapping[str, Floats],
    state: dict[str, Floats],
    tables: list[Timetable],
    stopped: Floats,
) -> None:
    """Carry out what is decided at a stop; state and timetables are changed in place."""
    if stop.states is not None:
        state.update(stop.states(state))
    if stop.doses is not None:
        seen = times <= stop.time
        found = stop.doses(times[seen], {name: each[:, seen] for name, each in values.items()}, tuple(tables))
        changed = np.array([new is not old for new, old in zip(found, tables, strict=True)], dtype=bool)
        stopped[changed & ~np.isfinite(stopped)] = stop.time
        tables[:] = found


def _spread_over(lanes: int, running: NDArray[np.intp], found: Floats) -> Floats:
    whole = np.full(lanes, np.nan)
    whole[running] = found
    return whole
