"""Branches of steady states over one input of a model: sweeps up and down, curves, folds, a verdict.

Two methods that know nothing of each other look at the same range. Quasi-static sweeps carry the
cell from rest to rest, upwards and downwards (what an experimenter would do); continuation follows
the curves of steady states, stable or not, around their folds. The verdict is given only where they agree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from jakstat.engine.batched.steady_state import polish
from jakstat.engine.batched.vector_field import VectorField
from jakstat.engine.model import Model
from jakstat.equilibria.continuation import FollowedCurve, follow
from jakstat.equilibria.newton import distinct, on_totals, reduced, scattered
from jakstat.equilibria.situation import SEARCH_STEPS, settled_lanes, settled_next
from jakstat.experiment.resting import HORIZON_HOURS

__all__ = ["BranchLine", "Branches", "Input", "Window", "branches"]

Reals = NDArray[np.float64]
Flags = NDArray[np.bool_]

_SAME = 1e-4
_LOWEST_SHARE = 1e-8
_MARGINAL = 1e-11
_ENOUGH = 4
"""After this many curves that could not be followed to their ends no further ones are begun."""


@dataclass(frozen=True)
class Input:
    """What is varied.

    Parameters
    ----------
    low, high : float
        Ends of the range, in ``unit``.
    logarithmic : bool
        Whether it is stepped through on a logarithmic scale.
    parameters, initial : callable
        From levels (lanes,) to values of parameters and first amounts, by id.
    """

    name: str
    unit: str
    low: float
    high: float
    logarithmic: bool
    parameters: Callable[[Reals], Mapping[str, Reals]] = field(default=lambda _x: {})
    initial: Callable[[Reals], Mapping[str, Reals]] = field(default=lambda _x: {})

    def level(self, share: Reals | float) -> Reals:
        """Levels at shares 0 .. 1 of the range."""
        s = np.asarray(share, dtype=float)
        if self.logarithmic:
            return np.asarray(self.low * (self.high / self.low) ** s)
        return np.asarray(self.low + (self.high - self.low) * s)


@dataclass(frozen=True)
class BranchLine:
    """One curve of steady states.

    Parameters
    ----------
    level : array, shape (points,)
    states : array, shape (points, states)
    stable : bool array, shape (points,)
    fold_points : tuple of int
        Numbers of the points that are folds.
    turns : bool array, shape (points,)
        Whether an even number of modes grows (an oscillation; where the number is odd it is a saddle).
    ended : str
        As in :class:`jakstat.equilibria.continuation.Curve`, at its last point.
    """

    level: Reals
    states: Reals
    stable: Flags
    fold_points: tuple[int, ...]
    turns: Flags
    ended: str

    @property
    def folds(self) -> Reals:
        """Levels of the folds, shape (folds,)."""
        return np.asarray(self.level[list(self.fold_points)])


@dataclass(frozen=True, slots=True)
class Window:
    """A range of levels with two or more stable steady states; open at an end that is the scan's own."""

    low: float
    high: float
    open_low: bool
    open_high: bool


@dataclass(frozen=True)
class Branches:
    """What a scan found.

    Parameters
    ----------
    levels : array, shape (levels,)
        Where the sweeps stopped.
    up, down : array, shape (levels, states)
        States of the sweeps, NaN where the cell did not come to rest.
    lines : tuple of BranchLine
    windows : tuple of Window
    disagreements : int
        Levels at which a sweep rests where no curve runs.
    unfinished : tuple of str
        How curves ended that did not reach the edge of the range.
    swinging : int
        Sweeps that did not come to rest at a level where a curve has lost its stability to an oscillation.
    """

    levels: Reals
    up: Reals
    down: Reals
    lines: tuple[BranchLine, ...]
    windows: tuple[Window, ...]
    disagreements: int
    unfinished: tuple[str, ...]
    swinging: int = 0

    @property
    def lost(self) -> int:
        """Sweeps that did not come to rest, level by level, and no oscillation explains it."""
        return sum(int(np.isnan(sweep).any(axis=1).sum()) for sweep in (self.up, self.down)) - self.swinging

    @property
    def oscillations(self) -> tuple[Window, ...]:
        """Ranges in which a steady state is unstable to an oscillation, from the points of the curves."""
        low, high = (min(self.levels), max(self.levels)) if len(self.levels) else (0.0, 0.0)
        found = []
        for line in self.lines:
            edges = np.flatnonzero(np.diff(np.concatenate([[False], line.turns, [False]]).astype(int)))
            for first, after in zip(edges[::2], edges[1::2], strict=True):
                part = line.level[first:after]
                a, b = float(part.min()), float(part.max())
                found.append(Window(a, b, _at(a, low), _at(b, high)))
        return tuple(found)

    @property
    def verdict(self) -> str:
        """``monostable``, ``bistable``, ``oscillating`` or ``not decided``."""
        if self.disagreements or self.unfinished or self.lost or not self.lines:
            return "not decided"
        if self.windows:
            return "bistable"
        if all(line.stable.all() for line in self.lines):
            return "monostable"
        alone = len(self.lines) == 1 and not self.lines[0].fold_points
        return "oscillating" if alone and self.swinging else "not decided"

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it is not decided; empty when it is."""
        if self.verdict != "not decided":
            return ()
        found = []
        if self.lost:
            found.append(f"{self.lost} of {2 * len(self.levels)} steps of the sweeps did not come to rest")
        if self.disagreements:
            found.append(f"sweeps and curves disagree at {self.disagreements} levels")
        if not self.lines:
            found.append("no curve of steady states could be followed")
        found += [f"a curve could not be followed to the end ({why})" for why in self.unfinished]
        if not found and any(line.turns.any() for line in self.lines):
            found.append("steady states lose their stability to an oscillation")
        return tuple(found or ["an unstable state without a stable partner"])


class _Scaled:
    """The steady-state equations of one input in scaled unknowns.

    A state y is written f sinh(r z): nearly linear below f, logarithmic above, and within 0 .. 1.
    """

    def __init__(self, model: Model, vary: Input, seen: Reals) -> None:
        self.model, self.vary = model, vary
        most = np.nanmax(np.abs(seen), axis=0)
        with np.errstate(invalid="ignore"):
            least = np.nanmin(np.where(np.abs(seen) > 0, np.abs(seen), np.nan), axis=0, initial=np.inf)
        # what is a hundred million times less than the largest amount is rounding
        most = np.maximum(most, _LOWEST_SHARE * float(most.max(initial=0.0)))
        most = np.where(most > 0, most, 1.0)
        least = np.where(np.isfinite(least), least, most)
        self.floor = np.clip(least, most * 1e-4, most)
        self.reach = np.arcsinh(most / self.floor)

    def field(self, shares: Reals) -> VectorField:
        levels = self.vary.level(shares)
        parameters, initial = self.vary.parameters(levels), self.vary.initial(levels)
        return self.model.vector_field(parameters or None, initial or None)

    def states(self, z: Reals) -> Reals:
        return np.asarray(self.floor * np.sinh(self.reach * z))

    def unknowns(self, state: Reals, share: float) -> Reals:
        return np.append(np.arcsinh(state / self.floor) / self.reach, share)

    def _equations(self, place: VectorField, states: Reals) -> Reals:
        rates, laws = place.rates(states), place.laws
        if laws.dependent:
            rates[:, list(laws.dependent)] = states @ laws.weights.T - place.totals
        return rates

    def values(self, x: Reals) -> Reals:
        return np.asarray(self._equations(self.field(x[-1:]), self.states(x[None, :-1]))[0])

    def slopes(self, x: Reals) -> Reals:
        step = 1e-5
        below = x[-1] - step if x[-1] > step else x[-1]  # a level must not fall below the low end
        place = self.field(np.array([x[-1], x[-1] + step, below]))
        states = np.repeat(self.states(x[None, :-1]), 3, axis=0)
        matrix, laws = place.jacobian(states)[0], place.laws
        if laws.dependent:
            matrix[list(laws.dependent)] = laws.weights
        by_level = self._equations(place, states)
        stretched = matrix * (self.floor * self.reach * np.cosh(self.reach * x[:-1]))
        return np.column_stack([stretched, (by_level[1] - by_level[2]) / (x[-1] + step - below)])


def branches(
    model: Model,
    vary: Input,
    *,
    count: int = 41,
    starts: int = 12,
    seed: int = 1,
    first: Mapping[str, float] | None = None,
    rank: Callable[[VectorField, Reals], Reals] | None = None,
    horizon: float = HORIZON_HOURS,
    progress: Callable[[str], None] | None = None,
) -> Branches:
    """Steady states of a model over the range of an input.

    Parameters
    ----------
    model : Model
        Without events or explicit time.
    vary : Input
    count : int
        Levels at which the sweeps stop.
    starts : int
        Random starts at each of three levels, for branches that the sweeps do not meet.
    seed : int
    first : mapping of species to amount, optional
        Amounts from which the cell comes to its first rest.
    rank : callable, optional
        From a field and states to numbers; the sweep up begins at the lowest one found, the sweep down
        at the highest one. The sum of squares of scaled states when not given.
    horizon : float
        Longest time to come to rest, in the model's unit.

    Returns
    -------
    Branches
    """
    told = progress or (lambda _text: None)
    shares = np.linspace(0.0, 1.0, count)
    told("steady states from random starts")
    found = _found(model, vary, first or {}, starts, seed, horizon)
    up, down = _sweeps(model, vary, shares, found, rank or _size, horizon, told)
    seen = np.concatenate([up, down, *[s for s in found.values() if len(s)]])
    if np.isnan(seen).all():
        return Branches(vary.level(shares), up, down, (), (), 0, ())
    problem = _Scaled(model, vary, seen[~np.isnan(seen).any(axis=1)])
    lines: list[BranchLine] = []
    unfinished: list[str] = []
    for share, state in _seeds(shares, up, down, found):
        if any(_on(problem, line, share, state) for line in lines):
            continue
        if len(unfinished) >= _ENOUGH:
            break
        told(f"following curve {len(lines) + 1}")
        line, ends = _line(problem, share, state)
        unfinished += [e for e in ends if e not in ("edge", "closed")]
        lines += [line] if len(line.level) > 1 else []
    missed = sum(
        not any(_on(problem, line, float(share), state) for line in lines)
        for sweep in (up, down)
        for share, state in zip(shares, sweep, strict=True)
        if not np.isnan(state).any()
    )
    return Branches(
        vary.level(shares),
        up,
        down,
        tuple(lines),
        _windows(lines, vary),
        missed,
        tuple(dict.fromkeys(unfinished)),
        _swinging(lines, vary.level(shares), up, down),
    )


def _swinging(lines: Sequence[BranchLine], levels: Reals, up: Reals, down: Reals) -> int:
    """How many steps of the sweeps did not come to rest where a curve turns into an oscillation."""
    turning = np.zeros(len(levels), dtype=bool)
    for line in lines:
        either = line.turns[:-1] | line.turns[1:]
        low, high = np.minimum(line.level[:-1], line.level[1:]), np.maximum(line.level[:-1], line.level[1:])
        turning |= ((low <= levels[:, None]) & (levels[:, None] <= high) & either).any(axis=1)
    return sum(int((np.isnan(sweep).any(axis=1) & turning).sum()) for sweep in (up, down))


def _size(_field: VectorField, states: Reals) -> Reals:
    top = np.abs(states).max(axis=0)
    return np.asarray(((states / np.where(top > 0, top, 1.0)) ** 2).sum(axis=1))


def _found(
    model: Model, vary: Input, first: Mapping[str, float], starts: int, seed: int, horizon: float
) -> dict[float, Reals]:
    """Distinct steady states at both ends and in the middle of the range, by share."""
    result: dict[float, Reals] = {}
    for share in (0.0, 0.5, 1.0):
        level = vary.level(np.array([share]))
        parameters = vary.parameters(level)
        initial: dict[str, Reals | float] = {**first, **vary.initial(level)}
        rest = settled_lanes(model, parameters=parameters, initial=initial, horizon=horizon)
        states = rest.states[rest.ok]
        if starts:
            centre = rest.states[0] if rest.ok[0] else rest.field.start[0]
            tried = scattered(rest.field, centre, count=starts, seed=seed, decades=3.0)
            if len(tried):
                more = settled_lanes(
                    model, parameters=parameters, initial=initial, states=tried, horizon=horizon,
                    max_steps=SEARCH_STEPS,
                )  # fmt: skip
                states = np.concatenate([states, more.states[more.ok]])
        result[share] = np.stack([states[g[0]] for g in distinct(states)]) if len(states) else states
    return result


def _sweeps(
    model: Model,
    vary: Input,
    shares: Reals,
    found: Mapping[float, Reals],
    rank: Callable[[VectorField, Reals], Reals],
    horizon: float,
    told: Callable[[str], None],
) -> tuple[Reals, Reals]:
    """Rest after rest, upwards and downwards side by side: two arrays of shape (levels, states)."""
    count = len(shares)
    width = len(model.vector_field(vary.parameters(vary.level(shares[:1])) or None).names)
    up, down = np.full((count, width), np.nan), np.full((count, width), np.nan)
    here = []
    for share, pick in ((0.0, np.argmin), (1.0, np.argmax)):
        level = vary.level(np.array([share]))
        place = model.vector_field(vary.parameters(level) or None, vary.initial(level) or None)
        # an end at which the cell does not rest is begun from a rest elsewhere, or from the first amounts
        states = next((s for s in (found[share], found[0.0], found[0.5], found[1.0]) if len(s)), place.start)
        here.append(states[int(pick(rank(place.lane(0, len(states)), states)))])
    current = np.stack(here)
    for k in range(count):
        told(f"sweeps, level {k + 1} of {count}")
        levels = vary.level(np.array([shares[k], shares[count - 1 - k]]))
        parameters, initial = vary.parameters(levels), vary.initial(levels)
        place = model.vector_field(parameters or None, initial or None)
        moved, met = on_totals(current, place.laws, place.totals)
        current = np.where(met[:, None], moved, place.start)
        rest = settled_next(model, parameters=parameters, initial=initial, states=current, horizon=horizon)
        current = np.where(np.isnan(rest.states), current, rest.states)
        up[k] = np.where(rest.ok[0], rest.states[0], np.nan)
        down[count - 1 - k] = np.where(rest.ok[1], rest.states[1], np.nan)
    return up, down


def _seeds(shares: Reals, up: Reals, down: Reals, found: Mapping[float, Reals]) -> list[tuple[float, Reals]]:
    """Known steady states to follow curves from: ends of the sweeps, random finds, then all of the sweeps."""
    ordered: list[tuple[float, Reals]] = [(0.0, up[0]), (1.0, down[-1])]
    ordered += [(share, state) for share, states in found.items() for state in states]
    ordered += [(float(s), state) for sweep in (up, down) for s, state in zip(shares, sweep, strict=True)]
    return [(share, state) for share, state in ordered if not np.isnan(state).any()]


def _line(problem: _Scaled, share: float, state: Reals) -> tuple[BranchLine, tuple[str, ...]]:
    """The whole curve through one steady state, and how its ends ended."""
    x = problem.unknowns(state, share)
    ahead = follow(problem, x, forward=True) if share < 1.0 else None
    back = None
    if share > 0.0 and (ahead is None or ahead.ended != "closed"):
        back = follow(problem, x, forward=False)
    parts: Sequence[FollowedCurve] = [c for c in (back, ahead) if c is not None]
    points: list[tuple[Reals, bool]] = []
    for curve in parts:
        own = [(v.x, False) for v in curve.vertices]
        for number, fold in reversed(curve.folds):
            own.insert(number + 1, (fold.x, True))
        points = [*reversed(own)] if curve is back else [*points[:-1], *own]
    ends = tuple(curve.ended for curve in parts)
    if not points:
        empty = np.empty((0, len(state)))
        none = np.empty(0, dtype=bool)
        return BranchLine(np.empty(0), empty, none, (), none, "stuck"), ends
    table = np.stack([x for x, _ in points])
    folds = tuple(k for k, (_, fold) in enumerate(points) if fold)
    stable, turns = _growth(problem, table)
    levels = problem.vary.level(table[:, -1])
    states = problem.states(table[:, :-1])
    return BranchLine(levels, states, stable, folds, turns, ends[-1]), ends


def _growth(problem: _Scaled, table: Reals) -> tuple[Flags, Flags]:
    """Which points are stable, and at which an oscillation grows."""
    place = problem.field(table[:, -1])
    if len(place.start) == 1 and len(table) > 1:
        place = place.lane(0, len(table))
    inner, _ = reduced(place, problem.states(table[:, :-1]))
    rates = np.linalg.eigvals(inner) if inner.shape[1] else np.full((len(table), 1), -1.0)
    limit = _MARGINAL * np.abs(rates).max(axis=1, keepdims=True)
    growing = rates.real > limit
    number = growing.sum(axis=1)
    return np.asarray(number == 0), np.asarray((number > 0) & (number % 2 == 0))


def _crossings(problem: _Scaled, line: BranchLine, share: float) -> list[Reals]:
    """The steady states of a curve at one share, each polished at fixed level."""
    level = float(problem.vary.level(share))
    offset = line.level - level
    guesses = [line.states[k] for k in np.flatnonzero(offset == 0)]
    for k in np.flatnonzero(offset[:-1] * offset[1:] < 0):
        part = offset[k] / (offset[k] - offset[k + 1])
        guesses.append(line.states[k] + part * (line.states[k + 1] - line.states[k]))
    if not guesses:
        return []
    place = problem.field(np.array([share])).lane(0, len(guesses))
    states, converged = polish(place, np.stack(guesses), rtol=1e-9)
    return [s for s, c in zip(states, converged, strict=True) if c]


def _on(problem: _Scaled, line: BranchLine, share: float, state: Reals) -> bool:
    """Whether a steady state lies on a curve."""
    scale = np.maximum(np.abs(state), _LOWEST_SHARE * np.abs(state).max(initial=0.0))
    near = (
        np.abs(c - state) <= _SAME * np.maximum(scale, np.abs(c)) for c in _crossings(problem, line, share)
    )
    return any(bool(n.all()) for n in near)


def _windows(lines: Sequence[BranchLine], vary: Input) -> tuple[Window, ...]:
    """Ranges in which two or more stable branches lie over each other."""
    spans: list[tuple[float, float]] = []
    for line in lines:
        edges = np.flatnonzero(np.diff(line.stable.astype(int)))
        cuts = sorted({*edges.tolist(), *line.fold_points})
        for first, last in zip([-1, *cuts], [*cuts, len(line.level) - 1], strict=True):
            inside = slice(first + 1, last + 1)
            if last - first > 1 and line.stable[inside].mean() > 0.5:
                # the fold itself belongs to both branches that meet in it
                end = last + 1 if last + 1 in line.fold_points else last
                begin = first - 1 if first - 1 in line.fold_points else max(0, first)
                reach = line.level[begin : end + 1]
                spans.append((float(reach.min()), float(reach.max())))
    ends = sorted({x for span in spans for x in span})
    found: list[Window] = []
    for low, high in pairwise(ends):
        over = sum(a <= low and b >= high for a, b in spans)
        if over < 2 or high - low <= 1e-9 * max(abs(low), abs(high)):
            continue
        if found and found[-1].high == low:
            found[-1] = Window(found[-1].low, high, found[-1].open_low, _at(high, vary.high))
        else:
            found.append(Window(low, high, _at(low, vary.low), _at(high, vary.high)))
    return tuple(found)


def _at(level: float, end: float) -> bool:
    return bool(np.isclose(level, end, rtol=1e-6, atol=1e-12))
