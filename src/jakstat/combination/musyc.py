"""MuSyC: synergy of potency apart from that of efficacy.

doi:10.1016/j.cels.2019.01.003; the equation is that of doi:10.1038/s41467-021-24789-z without gamma.

A cell is untreated, hit by one drug, by the other, or by both. Drug 1 takes it over at the rate
(d1 / C1)^h1 and leaves at the rate 1; once drug 2 has acted, the dose of drug 1 counts ``alpha21`` times, and
that of drug 2 counts ``alpha12`` times once drug 1 has acted. The effect is the mean over the four states, of
effect 0, E1, E2 and E3. ``beta`` is how far E3 exceeds the better of E1 and E2, as a share of that.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.combination.well_noise import WellNoise
from jakstat.experiment.batched_fit import ManyFits, fit_many
from jakstat.experiment.hill_fit import FEWEST_DOSES, HillCurves
from jakstat.extras import needs

with needs("analysis"):
    from scipy.stats import t as student_t

__all__ = ["MUSYC_NAMES", "MuSyC", "fit_musyc", "musyc_effect"]

MUSYC_NAMES = ("E1", "E2", "E3", "C1", "C2", "h1", "h2", "alpha12", "alpha21")
"""Order of the fitted parameters; from C1 on they are fitted as logarithms."""
_LOGARITHMIC = slice(3, 9)
_ALPHA_REACH = float(np.log(1e3))
_STARTS = ((1.0, 1.0), (4.0, 1.0), (1.0, 4.0), (4.0, 4.0), (0.25, 0.25))
_POINTS = 12
"""At least so many points above dose 0 for nine parameters."""


@dataclass(frozen=True)
class MuSyC:
    """Fitted surfaces.

    Parameters
    ----------
    values : array (n, 9)
        In the order of :data:`MUSYC_NAMES`, on their natural scales.
    low, high : array (n, 9)
        95 % of the fit. They say how well the equation describes the points, no more.
    beta, beta_low, beta_high : array (n,)
    explained : array (n,)
        Share of the variance that the surface explains.
    """

    values: Floats
    low: Floats
    high: Floats
    beta: Floats
    beta_low: Floats
    beta_high: Floats
    explained: Floats

    def row(self, k: int) -> MuSyC:
        """Number ``k`` alone."""
        return MuSyC(*(getattr(self, f.name)[k : k + 1] for f in fields(self)))

    def column(self, name: str) -> Floats:
        """The values (n,) of a parameter, or of ``beta``."""
        return self.beta if name == "beta" else self.values[:, MUSYC_NAMES.index(name)]


def musyc_effect(dose_a: Floats, dose_b: Floats, values: Floats) -> Floats:
    """The effect (n, a, b) of MuSyC's equation at doses (a,) and (b,), or (n, a) and (n, b).

    Parameters
    ----------
    values : array (n, 9)
        In the order of :data:`MUSYC_NAMES`.

    Examples
    --------
    >>> p = np.array([[0.8, 0.6, 0.95, 10.0, 20.0, 1.0, 1.0, 1.0, 1.0]])
    >>> musyc_effect(np.array([0.0, 10.0]), np.array([0.0, 20.0]), p)[0].round(4).tolist()
    [[0.0, 0.3], [0.4, 0.5875]]
    """
    e1, e2, e3, c1, c2, h1, h2, a12, a21 = (values[:, k, None, None] for k in range(9))
    x = (np.atleast_2d(dose_a)[:, :, None] / c1) ** h1
    y = (np.atleast_2d(dose_b)[:, None, :] / c2) ** h2
    p, q = x * a21**h1, y * a12**h2
    # weights of the four states: trees of the cycle untreated - 1 - both - 2 that lead to each
    none = 2.0 + p + q
    one = 2.0 * x + p * (x + y)
    two = 2.0 * y + q * (x + y)
    both = p * q * (x + y) + p * y + q * x
    return np.asarray((one * e1 + two * e2 + both * e3) / (none + one + two + both))


def fit_musyc(
    dose_a: Floats,
    dose_b: Floats,
    effect: Floats,
    first: HillCurves,
    second: HillCurves,
    *,
    start: Floats | None = None,
    noise: WellNoise | None = None,
) -> MuSyC:
    """Fit MuSyC's surface to dose matrices.

    Parameters
    ----------
    dose_a, dose_b : array (a,), (b,) or (n, a), (n, b)
        Doses; the first of each is 0.
    effect : array (n, a, b)
        Share of the full effect, 0 without drugs.
    first, second : HillCurves
        The single drugs, n curves each; where the search begins.
    start : array (9,), optional
        A surface that these resemble; the search then begins there and at the single drugs only.
    noise : WellNoise, optional
        That of measured effects; intervals then come from it, wider by as much as the surface fits worse.

    Returns
    -------
    MuSyC
        NaN where the matrix is too small, or a drug has no effect of its own.

    Examples
    --------
    >>> from jakstat.experiment.hill_fit import fit_hill
    >>> d = np.concatenate([[0.0], np.geomspace(1.0, 1000.0, 8)])
    >>> e = musyc_effect(d, d, np.array([[0.7, 0.6, 0.9, 30.0, 50.0, 1.2, 1.0, 3.0, 0.5]]))
    >>> found = fit_musyc(d, d, e, fit_hill(d[1:], e[:, 1:, 0]), fit_hill(d[1:], e[:, 0, 1:]))
    >>> found.column("alpha12").round(3).tolist(), found.beta.round(3).tolist()
    ([3.0], [0.286])
    """
    n = len(effect)
    usable = np.isfinite(effect[:, 1:, 1:]).sum(axis=(1, 2)) >= _POINTS
    usable &= ~first.flat & ~second.flat
    wide = min(effect.shape[1:]) > FEWEST_DOSES
    empty = MuSyC(*(np.full((n, 9), np.nan) for _ in range(3)), *(np.full(n, np.nan) for _ in range(4)))
    if not wide or not usable.any():
        return empty
    rows = np.flatnonzero(usable)
    flat = effect[rows].reshape(len(rows), -1)
    given_a = np.broadcast_to(dose_a, (n, effect.shape[1]))[rows]
    given_b = np.broadcast_to(dose_b, (n, effect.shape[2]))[rows]
    low, high = _bounds(given_a, given_b, flat)

    def model(p: Floats, which: NDArray[np.int64]) -> Floats:
        return musyc_effect(given_a[which], given_b[which], _natural(p)).reshape(len(p), -1)

    best: ManyFits | None = None
    for guess in _guesses(flat, first, second, rows, start):
        found = fit_many(model, flat, guess, low, high)
        best = found if best is None else _better(best, found)
    assert best is not None
    own = None if noise is None else noise.row(rows)
    apart = flat - model(best.values, np.arange(len(rows)))
    return _with_intervals(best, flat, apart, rows, empty, own)


def _natural(p: Floats) -> Floats:
    made = p.copy()
    made[:, _LOGARITHMIC] = np.exp(p[:, _LOGARITHMIC])
    return made


def _bounds(dose_a: Floats, dose_b: Floats, flat: Floats) -> tuple[Floats, Floats]:
    largest = np.maximum(1.0, 1.05 * np.nanmax(np.abs(flat), axis=1))
    low, high = np.empty((len(flat), 9)), np.empty((len(flat), 9))
    low[:, :3], high[:, :3] = -largest[:, None], largest[:, None]
    for k, dose in ((3, dose_a), (4, dose_b)):
        low[:, k] = np.log(dose[:, 1:].min(axis=1)) - np.log(1e3)
        high[:, k] = np.log(dose[:, 1:].max(axis=1)) + np.log(1e3)
    low[:, 5:7], high[:, 5:7] = np.log(0.2), np.log(10.0)
    low[:, 7:], high[:, 7:] = -_ALPHA_REACH, _ALPHA_REACH
    return low, high


def _guesses(
    flat: Floats, first: HillCurves, second: HillCurves, rows: NDArray[np.int64], start: Floats | None
) -> list[Floats]:
    largest = np.nanmax(np.abs(flat), axis=1) * np.sign(first.top[rows] + second.top[rows])
    alone = [first.top[rows], second.top[rows], largest]
    shapes = [first.half[rows], second.half[rows], first.slope[rows], second.slope[rows]]
    base = np.stack([*alone, *(np.log(s) for s in shapes)], axis=1)
    known = start is not None and bool(np.isfinite(start).all())
    made = [
        np.hstack([base, np.broadcast_to(np.log(np.array(alphas)), (len(rows), 2))])
        for alphas in (_STARTS[:1] if known else _STARTS)
    ]
    if start is not None and known:
        given = start.copy()
        given[_LOGARITHMIC] = np.log(start[_LOGARITHMIC])
        made.append(np.broadcast_to(given, (len(rows), 9)).copy())
    return made


def _better(one: ManyFits, other: ManyFits) -> ManyFits:
    wins = other.cost < one.cost
    return ManyFits(
        np.where(wins[:, None], other.values, one.values),
        np.where(wins, other.cost, one.cost),
        np.where(wins[:, None, None], other.jacobian, one.jacobian),
    )


def _with_intervals(
    best: ManyFits,
    flat: Floats,
    apart: Floats,
    rows: NDArray[np.int64],
    empty: MuSyC,
    noise: WellNoise | None,
) -> MuSyC:
    points = np.isfinite(flat).sum(axis=1)
    freedom = np.maximum(points - 9, 1)
    square = np.einsum("nmk,nml->nkl", best.jacobian, best.jacobian)
    covariance = np.linalg.pinv(square, hermitian=True) * (best.cost / freedom)[:, None, None]
    spread = np.sqrt(np.maximum(np.einsum("nkk->nk", covariance), 0.0))
    # a direction that no point feels has no variance in the pseudo-inverse: it is not known at all
    blind = np.einsum("nkk->nk", square) <= 1e-12 * square.max(axis=(1, 2))[:, None]
    width = spread * student_t.ppf(0.975, freedom)[:, None]
    beta, gradient = _beta(best.values)
    reach = np.sqrt(np.maximum(np.einsum("nk,nkl,nl->n", gradient, covariance[:, :3, :3], gradient), 0.0))
    reach = reach * student_t.ppf(0.975, freedom)
    if noise is not None:
        shape = (len(flat), -1, *noise.variance.shape[1:])
        moves = np.linalg.pinv(square, hermitian=True) @ best.jacobian.transpose(0, 2, 1)
        of_beta = np.einsum("nk,nkm->nm", gradient, moves[:, :3])
        # a surface that fits worse than the wells allow is less sure by as much
        variance = noise.variance.reshape(len(flat), -1)
        with np.errstate(divide="ignore", invalid="ignore"):
            misfit = np.sqrt(np.maximum(np.nansum(apart**2 / variance, axis=1) / freedom, 1.0))
            own = noise.half_width(moves.reshape(shape)) * misfit[:, None]
            own_beta = noise.half_width(of_beta.reshape(shape))[:, 0] * misfit
        width = np.where(np.isfinite(own), own, width)
        reach = np.where(np.isfinite(own_beta), own_beta, reach)
    width = np.where(blind, np.inf, width)
    low, high = best.values - width, best.values + width
    with np.errstate(over="ignore"):
        ends = [_natural(x) for x in (best.values, low, high)]
    total = np.nansum((flat - np.nanmean(flat, axis=1, keepdims=True)) ** 2, axis=1)
    explained = 1.0 - best.cost / np.where(total > 0, total, np.nan)
    made = [*ends, beta, beta - reach, beta + reach, explained]
    fields = (
        empty.values,
        empty.low,
        empty.high,
        empty.beta,
        empty.beta_low,
        empty.beta_high,
        empty.explained,
    )
    for place, values in zip(fields, made, strict=True):
        place[rows] = values
    return empty


def _beta(p: Floats) -> tuple[Floats, Floats]:
    """Beta (n,) and its slopes with E1, E2 and E3 (n, 3)."""
    e1, e2, e3 = p[:, 0], p[:, 1], p[:, 2]
    stronger = np.where(np.abs(e1) >= np.abs(e2), e1, e2)
    with np.errstate(divide="ignore", invalid="ignore"):
        beta = (e3 - stronger) / stronger
        inner = -e3 / stronger**2
        last = 1.0 / stronger
    first = np.abs(e1) >= np.abs(e2)
    return beta, np.stack([np.where(first, inner, 0.0), np.where(first, 0.0, inner), last], axis=1)
