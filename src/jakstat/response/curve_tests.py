"""Extra-sum-of-squares F tests between fitted curves, corrected for their number after Holm.

Two curves are fitted with something shared and with nothing shared; F compares how much worse the first is
with what chance makes of the wells (Motulsky and Christopoulos 2004, ISBN 978-0195171808). Holm's correction:
Scand. J. Stat. 6:65 (1979).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.extras import needs
from jakstat.response.curve_models import (
    MODELS,
    REACH,
    CurveModel,
    DoseMeans,
    Limbs,
    SigmoidFits,
    fit_model,
)
from jakstat.significance import holm

with needs("analysis"):
    from scipy.stats import f as f_distribution

__all__ = ["CurveComparison", "compare_curves", "joined_points"]

_GRID = 41
_ROUNDS = 4


@dataclass(frozen=True)
class CurveComparison:
    """Two curves: whether one EC50, and whether one curve would do for both.

    ``p`` and ``p_holm`` are before and after the correction; ``ratio`` is the EC50 of the second over that of
    the first.
    """

    first: int
    second: int
    model: str
    ratio: float
    F_half: float
    freedom_half: tuple[int, int]
    p_half: float
    p_half_holm: float
    F_curve: float
    freedom_curve: tuple[int, int]
    p_curve: float
    p_curve_holm: float


def compare_curves(
    points: DoseMeans, limbs: Limbs, pairs: Sequence[tuple[int, int]], models: Sequence[CurveModel]
) -> tuple[CurveComparison, ...]:
    """Test pairs of curves, each pair with one model for both.

    Parameters
    ----------
    points, limbs
        Of all curves; doses of a pair are in one unit.
    pairs : sequence of (int, int)
    models : sequence of CurveModel
        For each pair; ``flat`` has no EC50 to compare.

    Returns
    -------
    tuple of CurveComparison
    """
    told: dict[int, CurveComparison] = {}
    for name in dict.fromkeys(m.name for m in models):
        chosen = [k for k, m in enumerate(models) if m.name == name]
        found = _tested(points, limbs, [pairs[k] for k in chosen], MODELS[name])
        told |= dict(zip(chosen, found, strict=True))
    ordered = [told[k] for k in sorted(told)]
    half, curve = holm([one.p_half for one in ordered]), holm([one.p_curve for one in ordered])
    return tuple(
        replace(one, p_half_holm=float(a), p_curve_holm=float(b))
        for one, a, b in zip(ordered, half, curve, strict=True)
    )


def joined_points(points: DoseMeans, first: NDArray[np.int64], second: NDArray[np.int64]) -> DoseMeans:
    """The wells of two curves as those of one; both spreads within doses stay as they are."""

    def both(values: Floats) -> Floats:
        return np.concatenate([values[first], values[second]], axis=1)

    return DoseMeans(
        both(points.dose), both(points.mean), both(points.wells),
        points.within[first] + points.within[second], both(points.scatter),
    )  # fmt: skip


def _tested(
    points: DoseMeans, limbs: Limbs, pairs: Sequence[tuple[int, int]], model: CurveModel
) -> list[CurveComparison]:
    first, second = np.array(pairs, dtype=np.int64).T
    one, other = (fit_model(points.rows(k), limbs.rows(k), model) for k in (first, second))
    apart = one.rss + other.rss
    left = points.count[first] + points.count[second] - 2 * model.count
    same = fit_model(joined_points(points, first, second), limbs.rows(first), model).rss
    F_curve, p_curve = _f_test(same, apart, float(model.count), left)
    F_half, p_half = np.full(len(pairs), np.nan), np.full(len(pairs), np.nan)
    if "EC50" in model.free:
        together = _one_half(points, limbs, first, second, model, one, other)
        F_half, p_half = _f_test(together, apart, 1.0, left)
    nan = float("nan")
    return [
        CurveComparison(
            *pair, model.name, float(other.half[i] / one.half[i]),
            float(F_half[i]), (1, int(left[i])), float(p_half[i]), nan,
            float(F_curve[i]), (model.count, int(left[i])), float(p_curve[i]), nan,
        )
        for i, pair in enumerate(pairs)
    ]  # fmt: skip


def _f_test(shared: Floats, apart: Floats, more: float, left: Floats) -> tuple[Floats, Floats]:
    """F and p of a fit that shares ``more`` parameters; NaN where no well is left to tell the spread."""
    left = np.where(left > 0, left, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.maximum(shared - apart, 0.0) / more / (apart / left)
        return found, np.asarray(f_distribution.sf(found, more, left))


def _one_half(
    points: DoseMeans,
    limbs: Limbs,
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    model: CurveModel,
    one: SigmoidFits,
    other: SigmoidFits,
) -> Floats:
    """Least sums of squares of pairs that share their EC50 and nothing else."""
    least = np.minimum(points.ends[0][first], points.ends[0][second])
    most = np.maximum(points.ends[1][first], points.ends[1][second])
    a, b = np.log(least) - REACH, np.log(most) + REACH
    # between the two EC50s the sum has its least value, unless a profile has several
    inner = np.sort(np.stack([np.log(one.half), np.log(other.half)]), axis=0)
    rows = np.arange(len(first))
    best = np.full(len(first), np.inf)
    for turn in range(_ROUNDS):
        at = a[:, None] + np.linspace(0.0, 1.0, _GRID) * (b - a)[:, None]
        if turn == 0:
            between = inner[0][:, None] + np.linspace(0.0, 1.0, _GRID) * (inner[1] - inner[0])[:, None]
            at = np.sort(np.concatenate([at, between], axis=1), axis=1)
        tall = np.repeat(rows, at.shape[1])
        read = sum(
            fit_model(points.rows(k[tall]), limbs.rows(k[tall]), model, at.ravel()).rss
            for k in (first, second)
        )
        cost = np.reshape(read, at.shape)
        place = cost.argmin(axis=1)
        best = np.minimum(best, cost[rows, place])
        a = at[rows, np.maximum(place - 1, 0)]
        b = at[rows, np.minimum(place + 1, at.shape[1] - 1)]
    return best
