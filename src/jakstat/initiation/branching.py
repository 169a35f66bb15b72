"""Whether a lineage dies out: the multi-type branching process of stem-like cells and progenitors.

Every cell lives on its own (Harris 1963, The theory of branching processes; Kimmel and Axelrod 2015,
doi:10.1007/978-1-4939-1559-0), so that n cells die out with the n-th power of the chance of one. With the
shares (SS, SP, PP) = (p2, b, p0) the chances q_S and q_P are the smallest root of

    q_S = (d + l (p2 q_S^2 + b q_S q_P + p0 q_P^2)) / (l + d)
    q_P = (dP + m + lP q_P^2 + nu q_S) / (lP + dP + m + nu)

Differentiated cells found nothing.
"""

from __future__ import annotations

from typing import cast

import numpy as np

from jakstat.arrays import Floats
from jakstat.errors import problem
from jakstat.extras import needs
from jakstat.initiation.lineage import Lineage

__all__ = ["dies_out", "dies_out_after", "founding_share", "takes", "worst_chances"]

_ROUNDS = 200
_RTOL, _ATOL = 1e-11, 1e-15


def _outcomes(x: Lineage, q: Floats) -> Floats:
    """Rates at which the chances (..., 2) change going back in time."""
    s, p = q[..., 0], q[..., 1]
    pair = x.share_SS * s**2 + x.share_SP * s * p + x.share_PP * p**2
    stem = x.kdeath_S + x.kdiv_S * pair - (x.kdiv_S + x.kdeath_S) * s
    lost = x.kdeath_P + x.kmature_P
    progenitor = lost + x.kdiv_P * p**2 + x.kreturn_P * s - (x.kdiv_P + lost + x.kreturn_P) * p
    return np.stack(np.broadcast_arrays(stem, progenitor), axis=-1)


def _slopes(x: Lineage, q: Floats) -> tuple[Floats, ...]:
    """Derivatives of :func:`_outcomes`: S by S, S by P, P by S, P by P."""
    s, p = q[..., 0], q[..., 1]
    lost = x.kdeath_P + x.kmature_P
    entries = (
        x.kdiv_S * (2 * x.share_SS * s + x.share_SP * p) - (x.kdiv_S + x.kdeath_S),
        x.kdiv_S * (x.share_SP * s + 2 * x.share_PP * p),
        x.kreturn_P,
        2 * x.kdiv_P * p - (x.kdiv_P + lost + x.kreturn_P),
    )
    return tuple(np.broadcast_arrays(*entries))


def dies_out(lineage: Lineage) -> Floats:
    """Chances that the descendants of one stem-like cell, and of one progenitor, die out.

    Parameters
    ----------
    lineage : Lineage
        Rates as numbers or arrays (...).

    Returns
    -------
    array (..., 2)

    Notes
    -----
    The smallest root by Newton's method from 0. Its steps rise to the root without passing it, because what
    a cell leaves behind is a polynomial whose coefficients are not negative and add up to 1 (Esparza, Gaiser
    and Kiefer, arXiv:0912.4226).

    Examples
    --------
    >>> x = Lineage.of_table(kreturn_P=0.0)
    >>> q = dies_out(x)
    >>> dead = float((x.kdiv_S * x.share_PP + x.kdeath_S) / (x.kdiv_S * x.share_SS))
    >>> bool(abs(q[0] - dead) < 1e-12), float(q[1])
    (True, 1.0)
    """
    shape = np.broadcast_shapes(*(np.shape(getattr(lineage, f)) for f in lineage.__slots__))
    if np.any(np.asarray(lineage.kdiv_S) + lineage.kdeath_S <= 0):
        raise problem("lineage.rate", "stem-like cells neither divide nor die", hint="give a rate above 0")
    q = np.zeros((*shape, 2))
    for _ in range(_ROUNDS):
        f = _outcomes(lineage, q)
        a, b, c, d = _slopes(lineage, q)
        with np.errstate(divide="ignore", invalid="ignore"):
            inverse = 1.0 / (a * d - b * c)
            step = np.stack([(-d * f[..., 0] + b * f[..., 1]), (c * f[..., 0] - a * f[..., 1])], axis=-1)
            step = step * inverse[..., np.newaxis]
        # at the root rounding makes steps of either sign, or of no size where it is a double one
        new = np.where(np.isfinite(step), np.clip(q + step, q, 1.0), q)
        if np.all(new - q <= 1e-15):
            return new
        q = new
    return q


def dies_out_after(drug: Lineage, without: Lineage, hours: float) -> Floats:
    """Chances of dying out for cells that live under a drug for a time, and without it from then on.

    Parameters
    ----------
    drug, without : Lineage
    hours : float
        How long the drug is there.

    Returns
    -------
    array (..., 2)
        At the start, for a stem-like cell and a progenitor.

    Notes
    -----
    Kolmogorov's backward equation, from the root without the drug back over the time with it (DOP853,
    doi:10.1007/978-3-540-78862-1); relative tolerance 1e-11.

    Examples
    --------
    >>> x, none = Lineage.of_table(), Lineage.of_table(kdiv_S=0.0)
    >>> q = dies_out_after(none, x, 24.0 * 365)
    >>> bool(dies_out(x)[0] < q[0] < 1.0)
    True
    """
    return worst_chances(drug, without, hours)[0]


def worst_chances(drug: Lineage, without: Lineage, hours: float) -> tuple[Floats, Floats]:
    """:func:`dies_out_after`, and the largest that the chances are at any time until the drug is gone.

    Examples
    --------
    >>> from jakstat.initiation.lineage import Signal
    >>> x = Lineage.of_table()
    >>> start, worst = worst_chances(x.under(Signal(stemness=0.9)), x, 1000.0)
    >>> bool((worst >= start).all())
    True
    """
    if not hours >= 0:
        raise problem("time.span", f"a drug for {hours!r} h", hint="give 0 or more")
    start = dies_out(without)
    shape = np.broadcast_shapes(start.shape, dies_out(drug).shape)
    start = np.broadcast_to(start, shape)
    if hours == 0:
        return np.array(start), np.array(start)
    with needs("analysis"):
        from scipy.integrate import solve_ivp

    def back(_: float, q: Floats) -> Floats:
        return _outcomes(drug, q.reshape(shape)).ravel()

    run = solve_ivp(back, (0.0, hours), start.ravel(), method="DOP853", rtol=_RTOL, atol=_ATOL)
    y = np.clip(cast("Floats", run.y), 0.0, 1.0)
    return y[:, -1].reshape(shape), y.max(axis=1).reshape(shape)


def founding_share(chances: Floats, composition: Floats) -> Floats:
    """Share of cells whose descendants do not die out, in cells of a composition (S, P, D).

    Examples
    --------
    >>> x = Lineage.of_table(kreturn_P=0.0)
    >>> round(float(founding_share(dies_out(x), x.composition)), 4)  # 0.37 of the 3.8 % that are stem-like
    0.014
    """
    return np.asarray(((1.0 - chances) * composition[..., :2]).sum(axis=-1))


def takes(cells: Floats | float, frequency: Floats | float) -> Floats:
    """Chance that a tumour grows from a dose of cells of which a frequency found one.

    Parameters
    ----------
    cells : float or array
    frequency : float or array
        Of founders, 0 to 1.

    Notes
    -----
    The single-hit Poisson law of limiting dilution (doi:10.1016/j.jim.2009.06.008).

    Examples
    --------
    >>> round(float(takes(100.0, 0.01)), 4)  # 1 - 1/e
    0.6321
    """
    return np.asarray(-np.expm1(-np.asarray(cells) * frequency))
