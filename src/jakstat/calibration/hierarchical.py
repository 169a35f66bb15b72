"""Scales, offsets and noise solved for each curve, so that the optimiser need not search them.

For linear noise the best scales and offsets are those of weighted least squares, for noise on a
logarithm the best scale is a mean difference, and the best sd is the root mean square of the residuals
(doi:10.1093/bioinformatics/btz581, doi:10.1093/bioinformatics/bty514). An offset under logarithmic noise
has no closed form: its ratio to the scale is searched along a line.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from jakstat.calibration.noise import NoiseModel
from jakstat.calibration.problem import FitParameter
from jakstat.errors import problem
from jakstat.extras import needs

__all__ = ["Affine", "Component", "components", "solve_inner"]

Array = npt.NDArray[np.float64]
Whole = npt.NDArray[np.intp]
_ROUNDS = 200
_SETTLED = 1e-10
_GRID = np.concatenate([[0.0], np.logspace(-6, 3, 46)])
_GOLDEN = (math.sqrt(5.0) - 1) / 2


@dataclass(frozen=True)
class Affine:
    """Simulated values as ``rest + scale * per_scale + offset * per_offset``, noise as ``sigma * per_sigma``.

    All arrays have shape (V, N). Where noise has no inner sd, ``per_sigma`` is the noise itself.
    """

    rest: Array
    per_scale: Array
    per_offset: Array
    per_sigma: Array


@dataclass(frozen=True)
class Component:
    """Points that share inner parameters; numbers are places in the list of inner parameters.

    ``scale``, ``offset`` and ``sigma`` hold, for each point, the number of its parameter or -1.
    """

    points: Whole
    scale: Whole
    offset: Whole
    sigma: Whole
    logarithmic: bool

    @property
    def linear(self) -> tuple[int, ...]:
        """Scales and offsets."""
        return tuple(sorted({*map(int, self.scale), *map(int, self.offset)} - {-1}))

    @property
    def spreads(self) -> tuple[int, ...]:
        """Noise parameters."""
        return tuple(sorted(set(map(int, self.sigma)) - {-1}))


def components(scale: Whole, offset: Whole, sigma: Whole, noise: NoiseModel) -> tuple[Component, ...]:
    """Split the points into sets that share no inner parameter.

    Parameters
    ----------
    scale, offset, sigma : int array, shape (N,)
        Number of each point's inner parameter, or -1.
    noise : NoiseModel

    Raises
    ------
    InputError
        ``inner.laplace``, ``inner.mixed``, ``inner.offset`` for what has no solution here.

    Examples
    --------
    >>> none = np.array([-1, -1])
    >>> noise = NoiseModel(np.ones(2), np.zeros(2), np.zeros(2, dtype=bool))
    >>> [c.points.tolist() for c in components(np.array([0, 1]), none, none, noise)]
    [[0], [1]]
    """
    owner: dict[int, int] = {}

    def root(a: int) -> int:
        while owner.setdefault(a, a) != a:
            a = owner[a]
        return a

    table = np.column_stack([scale, offset, sigma])
    for row in table:
        ids = [int(i) for i in row if i >= 0]
        for other in ids[1:]:
            owner[root(other)] = root(ids[0])
    sets: dict[int, list[int]] = {}
    for point, row in enumerate(table):
        ids = [int(i) for i in row if i >= 0]
        if ids:
            sets.setdefault(root(ids[0]), []).append(point)
    return tuple(_component(np.array(p, dtype=np.intp), scale, offset, sigma, noise) for p in sets.values())


def _component(points: Whole, scale: Whole, offset: Whole, sigma: Whole, noise: NoiseModel) -> Component:
    found = Component(
        points, scale[points], offset[points], sigma[points], bool((noise.base[points] > 0).any())
    )
    if found.linear:
        if noise.laplace[points].any():
            raise problem("inner.laplace", "scale or offset under Laplace noise cannot be solved within")
        if len(set(noise.base[points])) > 1:
            raise problem("inner.mixed", "a scale or offset is shared by linear and logarithmic noise")
    if found.logarithmic and (found.offset >= 0).any():
        pairs = {(int(s), int(o)) for s, o in zip(found.scale, found.offset, strict=True)}
        if len(pairs) > 1 or (found.scale < 0).any():
            message = "an offset under logarithmic noise needs one scale of its own"
            raise problem("inner.offset", message)
    return found


def solve_inner(
    parts: Sequence[Component], inner: Sequence[FitParameter], affine: Affine, noise: NoiseModel
) -> Array:
    """The best inner parameters of every curve.

    Parameters
    ----------
    parts : sequence of Component
    inner : sequence of FitParameter
        Bounds hold.
    affine : Affine
    noise : NoiseModel

    Returns
    -------
    array, shape (V, I)
        Values; NaN where a curve is no number.

    Examples
    --------
    >>> noise = NoiseModel(np.array([2.0, 4.0]), np.zeros(2), np.zeros(2, dtype=bool))
    >>> none, first = np.array([-1, -1]), np.array([0, 0])
    >>> one = np.ones((1, 2))
    >>> curve = Affine(0 * one, np.array([[1.0, 2.0]]), 0 * one, one)
    >>> scale = FitParameter("s", role="scaling")
    >>> found = solve_inner(components(first, none, none, noise), [scale], curve, noise)
    >>> round(float(found[0, 0]), 12)
    2.0
    """
    found = np.ones((len(affine.rest), len(inner)))
    for part in parts:
        cut = Affine(*(a[:, part.points] for a in (
            affine.rest, affine.per_scale, affine.per_offset, affine.per_sigma)))  # fmt: skip
        side = NoiseModel(noise.measured[part.points], noise.base[part.points], noise.laplace[part.points])
        _solve_part(part, inner, cut, side, found)
    return found


def _solve_part(
    part: Component, inner: Sequence[FitParameter], cut: Affine, noise: NoiseModel, found: Array
) -> None:
    spread = np.ones_like(cut.rest)
    rounds = _ROUNDS if part.linear and len(part.spreads) > 1 else 1
    rounds = _ROUNDS if part.linear and part.spreads and (part.sigma < 0).any() else rounds
    for _ in range(rounds):
        before = found[:, list(part.spreads)].copy()
        if part.linear:
            with np.errstate(all="ignore"):
                weight = 1.0 / (spread * cut.per_sigma) ** 2
            if not part.logarithmic:
                _least_squares(part, inner, cut, noise, weight, found)
            elif (part.offset >= 0).any():
                _ratio_search(part, inner, cut, noise, weight, found)
            else:
                _mean_difference(part, inner, cut, noise, weight, found)
        _spreads(part, inner, cut, noise, found)
        for i in part.spreads:
            spread[:, part.sigma == i] = found[:, i : i + 1]
        with np.errstate(invalid="ignore"):
            change = np.abs(found[:, list(part.spreads)] / before - 1)
        if not np.any(change > _SETTLED):
            break


def _curve(part: Component, cut: Affine, found: Array) -> Array:
    """The simulated values with the inner parameters found so far, shape (V, n)."""
    value = cut.rest.copy()
    for numbers, slope in ((part.scale, cut.per_scale), (part.offset, cut.per_offset)):
        on = numbers >= 0
        value[:, on] += found[:, numbers[on]] * slope[:, on]
    return value


def _spreads(
    part: Component, inner: Sequence[FitParameter], cut: Affine, noise: NoiseModel, found: Array
) -> None:
    left = noise.residual(_curve(part, cut, found), cut.per_sigma)
    for i in part.spreads:
        own = left[:, part.sigma == i]
        laplace = bool(noise.laplace[part.sigma == i].any())
        best = np.abs(own).mean(axis=1) if laplace else np.sqrt((own**2).mean(axis=1))
        # a curve through every point has no noise; the density would be infinite
        floor = max(inner[i].low, 1e-10)
        found[:, i] = np.clip(best, floor, inner[i].high)


def _least_squares(
    part: Component,
    inner: Sequence[FitParameter],
    cut: Affine,
    noise: NoiseModel,
    weight: Array,
    found: Array,
) -> None:
    names = part.linear
    design = np.zeros((*cut.rest.shape, len(names)))
    for k, i in enumerate(names):
        slope = cut.per_scale if inner[i].role == "scaling" else cut.per_offset
        on = (part.scale == i) | (part.offset == i)
        design[:, on, k] = slope[:, on]
    target = noise.target - cut.rest
    good = (
        np.isfinite(design).all(axis=(1, 2))
        & np.isfinite(target).all(axis=1)
        & np.isfinite(weight).all(axis=1)
    )
    low = np.array([inner[i].low for i in names])
    high = np.array([inner[i].high for i in names])
    best = np.full((len(target), len(names)), math.nan)
    best[good] = _weighted(design[good], target[good], weight[good])
    outside = good & ((best < low) | (best > high)).any(axis=1)
    for v in np.flatnonzero(outside):
        best[v] = _bounded(design[v], target[v], weight[v], low, high)
    found[:, list(names)] = best


def _weighted(design: Array, target: Array, weight: Array) -> Array:
    """Weighted least squares for a stack of problems; the shortest solution where many are best."""
    root = np.sqrt(weight)[..., None]
    size = np.sqrt((design**2).sum(axis=1, keepdims=True))
    size[size == 0] = 1.0
    scaled = design / size
    best = np.linalg.pinv(scaled * root, rcond=1e-10) @ (target[..., None] * root)
    return np.asarray(best[..., 0] / size[:, 0, :])


def _bounded(design: Array, target: Array, weight: Array, low: Array, high: Array) -> Array:
    with needs("fit"):
        from scipy.optimize import lsq_linear

    root = np.sqrt(weight)
    return np.asarray(lsq_linear(design * root[:, None], target * root, (low, high), method="bvls").x)


def _log_bounds(parameter: FitParameter, base: float) -> tuple[float, float]:
    unit = math.log(base)
    low = math.log(parameter.low) / unit if parameter.low > 0 else -math.inf
    return low, math.log(parameter.high) / unit if parameter.high < math.inf else math.inf


def _base(noise: NoiseModel) -> float:
    return 10.0 if noise.base[0] == 10.0 else math.e


def _mean_difference(
    part: Component,
    inner: Sequence[FitParameter],
    cut: Affine,
    noise: NoiseModel,
    weight: Array,
    found: Array,
) -> None:
    """Scales under logarithmic noise."""
    base = _base(noise)
    gap = noise.target - noise.on_scale(cut.per_scale)
    for i in part.linear:
        on = part.scale == i
        mean = (weight[:, on] * gap[:, on]).sum(axis=1) / weight[:, on].sum(axis=1)
        found[:, i] = base ** np.clip(mean, *_log_bounds(inner[i], base))


def _ratio_search(
    part: Component,
    inner: Sequence[FitParameter],
    cut: Affine,
    noise: NoiseModel,
    weight: Array,
    found: Array,
) -> None:
    """One scale and one offset under logarithmic noise: their ratio on a grid, then by golden section."""
    scale, offset, base = int(part.scale[0]), int(part.offset[0]), _base(noise)
    with np.errstate(all="ignore"):
        unit = np.nanmax(np.abs(cut.per_scale), axis=1) / np.nanmax(np.abs(cut.per_offset), axis=1)
    unit = np.where(np.isfinite(unit) & (unit > 0), unit, 1.0)
    fixed = inner[offset].high <= 0
    bounds = _log_bounds(inner[scale], base)

    def tried(ratio: Array) -> tuple[Array, Array]:
        curve = cut.per_scale + (ratio * unit)[:, None] * cut.per_offset
        gap = noise.target - noise.on_scale(curve)
        level = np.clip((weight * gap).sum(axis=1) / weight.sum(axis=1), *bounds)
        cost = (weight * (gap - level[:, None]) ** 2).sum(axis=1)
        return np.where(np.isfinite(cost), cost, np.inf), level

    grid = _GRID[:1] if fixed else _GRID
    costs = np.column_stack([tried(np.full(len(unit), g))[0] for g in grid])
    place = costs.argmin(axis=1)
    best = grid[place]
    low, high = grid[np.maximum(place - 1, 0)], grid[np.minimum(place + 1, len(grid) - 1)]
    for _ in range(45 if not fixed else 0):
        left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        nearer = tried(left)[0] <= tried(right)[0]
        high, low = np.where(nearer, right, high), np.where(nearer, low, left)
    middle = (low + high) / 2
    best = np.where(tried(middle)[0] < tried(best)[0], middle, best)
    cost, level = tried(best)
    found[:, scale] = np.where(np.isfinite(cost), base**level, math.nan)
    found[:, offset] = np.clip(best * unit * found[:, scale], inner[offset].low, inner[offset].high)
