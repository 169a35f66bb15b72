"""Global sensitivity measures from evaluated designs: Sobol' indices and elementary effects.

The designs and estimators know nothing of models: they turn points of the unit cube into points to
evaluate, and evaluated numbers into indices. A design row that could not be evaluated everywhere is left
out of
all blocks at once, so that every block still refers to the same points.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.extras import needs
from jakstat.streams import stream

__all__ = ["Effects", "Sobol", "effects", "morris_design", "sobol_design", "sobol_indices"]

_LEVELS = 4


@dataclass(frozen=True)
class Sobol:
    """Sobol' indices of d inputs, each array of shape (d,); intervals are 95 % of the bootstrap.

    ``rows`` of the design were used and ``lost`` were left out; ``variance`` is that of the output.
    """

    first: Floats
    first_low: Floats
    first_high: Floats
    total: Floats
    total_low: Floats
    total_high: Floats
    variance: float
    rows: int
    lost: int


@dataclass(frozen=True)
class Effects:
    """Elementary effects of d inputs: mean size with its 95 % bootstrap interval, and standard deviation."""

    size: Floats
    size_low: Floats
    size_high: Floats
    spread: Floats
    rows: int
    lost: int


def sobol_design(inputs: int, rows: int, *, seed: int) -> Floats:
    """Points of a Saltelli design (doi:10.1016/j.cpc.2009.09.018), shape ((inputs + 2) * rows, inputs).

    Block A, block B, then for every input block A with that input's column from B; A and B are the
    halves of one scrambled Sobol' sequence. ``rows`` should be a power of 2.

    Examples
    --------
    >>> sobol_design(3, 4, seed=1).shape
    (20, 3)
    """
    scramble = int(stream(seed, "analysis", "sobol").integers(0, 2**63 - 1))
    with needs("analysis"):
        from scipy.stats import qmc  # slow to load, and only this design needs it

    sequence = qmc.Sobol(2 * inputs, scramble=True, rng=scramble)
    both = sequence.random(rows)
    a, b = both[:, :inputs], both[:, inputs:]
    blocks = [a, b]
    for i in range(inputs):
        mixed = a.copy()
        mixed[:, i] = b[:, i]
        blocks.append(mixed)
    return np.concatenate(blocks)


def sobol_indices(outputs: Floats, inputs: int, *, seed: int, resamples: int = 500) -> Sobol:
    """First- and total-order indices of the outputs (rows of :func:`sobol_design`, in order).

    Parameters
    ----------
    outputs : array, shape ((inputs + 2) * rows,)
        NaN where an evaluation failed.
    inputs : int
    seed : int
        Seed of the bootstrap over design rows.
    resamples : int

    Notes
    -----
    First order: doi:10.1016/j.cpc.2009.09.018 (b); total order: doi:10.1016/S0010-4655(98)00154-4.
    The same numbers as ``scipy.stats.sobol_indices``, which takes powers of 2 only: a design that has lost
    a row is none.
    """
    blocks = np.asarray(outputs, dtype=float).reshape(inputs + 2, -1)
    good = np.isfinite(blocks).all(axis=0)
    y = blocks[:, good]
    lost, rows = int((~good).sum()), int(good.sum())
    if rows < 2:
        nan = np.full(inputs, np.nan)
        return Sobol(nan, nan, nan, nan, nan, nan, float("nan"), rows, lost)
    y = y - y[:2].mean()  # the estimator of first order is far less noisy for centred outputs
    random = stream(seed, "analysis", "bootstrap")
    first, total = _sobol(y)
    drawn = [_sobol(y[:, random.integers(0, rows, rows)]) for _ in range(resamples)]
    firsts, totals = (np.stack([d[k] for d in drawn]) for k in (0, 1))
    (a, b), (c, d) = (np.percentile(x, [2.5, 97.5], axis=0) for x in (firsts, totals))
    return Sobol(first, a, b, total, c, d, float(y[:2].var()), rows, lost)


def _sobol(y: Floats) -> tuple[Floats, Floats]:
    a, b, mixed = y[0], y[1], y[2:]
    variance = y[:2].var()
    if not variance > 0:
        return np.zeros(len(mixed)), np.zeros(len(mixed))
    first = (b * (mixed - a)).mean(axis=1) / variance
    total = 0.5 * ((a - mixed) ** 2).mean(axis=1) / variance
    return first, total


def morris_design(inputs: int, rows: int, *, seed: int) -> tuple[Floats, NDArray[np.int64]]:
    """Random walks through a grid of four levels (doi:10.1080/00401706.1991.10484804).

    Returns
    -------
    points : array, shape (rows * (inputs + 1), inputs)
        Every walk changes each input once, by 2/3 of its range.
    order : int array, shape (rows, inputs)
        Which input is changed at each step.

    Examples
    --------
    >>> points, order = morris_design(3, 2, seed=1)
    >>> points.shape, sorted(order[0].tolist())
    ((8, 3), [0, 1, 2])
    """
    random = stream(seed, "analysis", "morris")
    step = _LEVELS / (2.0 * (_LEVELS - 1))
    walks, orders = [], []
    for _ in range(rows):
        low = random.integers(0, _LEVELS // 2, inputs) / (_LEVELS - 1)
        up = random.random(inputs) < 0.5
        here = np.where(up, low, low + step)
        order = random.permutation(inputs)
        walk = [here.copy()]
        for i in order:
            here[i] += step if up[i] else -step
            walk.append(here.copy())
        walks.append(np.stack(walk))
        orders.append(order)
    return np.concatenate(walks), np.stack(orders)


def effects(
    outputs: Floats, points: Floats, order: NDArray[np.int64], *, seed: int, resamples: int = 500
) -> Effects:
    """Elementary effects over each input's whole range; their size: doi:10.1016/j.envsoft.2006.10.004."""
    rows, inputs = order.shape
    y = np.asarray(outputs, dtype=float).reshape(rows, inputs + 1)
    x = points.reshape(rows, inputs + 1, inputs)
    good = np.isfinite(y).all(axis=1)
    found = np.full((rows, inputs), np.nan)
    for r in range(rows):
        for k, i in enumerate(order[r]):
            found[r, i] = (y[r, k + 1] - y[r, k]) / (x[r, k + 1, i] - x[r, k, i])
    kept = found[good]
    count = len(kept)
    if count < 2:
        nan = np.full(inputs, np.nan)
        return Effects(nan, nan, nan, nan, count, rows - count)
    random = stream(seed, "analysis", "bootstrap")
    size = np.abs(kept)
    drawn = np.stack([size[random.integers(0, count, count)].mean(axis=0) for _ in range(resamples)])
    low, high = np.percentile(drawn, [2.5, 97.5], axis=0)
    return Effects(size.mean(axis=0), low, high, kept.std(axis=0, ddof=1), count, rows - count)
