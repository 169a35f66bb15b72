"""ZIP, zero interaction potency: no drug shifts the curve of the other, doi:10.1016/j.csbj.2015.09.001."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from jakstat.arrays import Floats
from jakstat.experiment.hill_fit import HillCurves, fit_hill, hill_slopes

__all__ = ["ZipCurves", "zip_curves", "zip_delta", "zip_slopes"]


def zip_delta(
    dose_a: Floats, dose_b: Floats, effect: Floats, first: HillCurves, second: HillCurves
) -> Floats:
    """ZIP's delta: fitted effect of the combination minus that of drugs that do not change each other.

    At each dose of one drug a Hill curve is fitted over the other, from the effect of the first alone; the
    two ways are averaged. The null is y1 + y2 - y1 y2 with the fitted curves y of the single drugs.

    Parameters
    ----------
    dose_a, dose_b : array (a,), (b,) or (n, a), (n, b)
        Doses; the first of each is 0.
    effect : array (n, a, b)
    first, second : HillCurves
        The single drugs, n curves each.

    Returns
    -------
    array (n, a - 1, b - 1)
        NaN with fewer than four doses above 0.

    Examples
    --------
    >>> d = np.concatenate([[0.0], np.geomspace(1.0, 1000.0, 8)])
    >>> y = d / (30.0 + d)
    >>> e = (y[:, None] + y[None, :] - y[:, None] * y[None, :])[None]
    >>> one = fit_hill(d[1:], e[:, 1:, 0])
    >>> bool(np.abs(zip_delta(d, d, e, one, one)).max() < 1e-6)
    True
    """
    return zip_curves(dose_a, dose_b, effect, first, second).delta()


@dataclass(frozen=True)
class ZipCurves:
    """The curves of ZIP: ``over_a`` at each dose of drug 2, ``over_b`` at each dose of drug 1.

    ``dose_a`` (n b, a) and ``dose_b`` (n a, b) are the doses of their rows; ``alone_a`` (n, a) and
    ``alone_b`` (n, b) the fitted effects of the drugs alone, from which the curves begin.
    """

    over_a: HillCurves
    over_b: HillCurves
    dose_a: Floats
    dose_b: Floats
    alone_a: Floats
    alone_b: Floats

    def fitted(self) -> Floats:
        """The fitted effects over drug 1 and over drug 2, (2, n, a, b)."""
        (n, a), b = self.alone_a.shape, self.alone_b.shape[1]
        along_a = self.over_a.effect(self.dose_a).reshape(n, b, a).transpose(0, 2, 1)
        return np.stack([along_a, self.over_b.effect(self.dose_b).reshape(n, a, b)])

    def delta(self) -> Floats:
        """The mean of both fitted effects less that of drugs that do not change each other, (n, a, b)."""
        y1, y2 = self.alone_a[:, :, None], self.alone_b[:, None, :]
        return np.asarray(self.fitted().mean(axis=0) - (y1 + y2 - y1 * y2))


def zip_curves(
    dose_a: Floats, dose_b: Floats, effect: Floats, first: HillCurves, second: HillCurves
) -> ZipCurves:
    """Fit the curves that :func:`zip_delta` rests on; parameters as there.

    Examples
    --------
    >>> d = np.concatenate([[0.0], np.geomspace(1.0, 1000.0, 8)])
    >>> y = d / (30.0 + d)
    >>> e = (y[:, None] + y[None, :] - y[:, None] * y[None, :])[None]
    >>> one = fit_hill(d[1:], e[:, 1:, 0])
    >>> zip_curves(d, d, e, one, one).over_a.half.round(3).tolist()
    [30.0, 30.0, 30.0, 30.0, 30.0, 30.0, 30.0, 30.0]
    """
    n, a, b = len(effect), effect.shape[1] - 1, effect.shape[2] - 1
    given_a = np.broadcast_to(dose_a, (n, a + 1))[:, 1:]
    given_b = np.broadcast_to(dose_b, (n, b + 1))[:, 1:]
    alone_a, alone_b = first.effect(given_a), second.effect(given_b)
    # one row for each dose of the other drug
    many_a, many_b = np.repeat(given_a, b, axis=0), np.repeat(given_b, a, axis=0)
    inner = effect[:, 1:, 1:]
    over_a = fit_hill(many_a, inner.transpose(0, 2, 1).reshape(n * b, a), alone_b.reshape(-1))
    over_b = fit_hill(many_b, inner.reshape(n * a, b), alone_a.reshape(-1))
    return ZipCurves(over_a, over_b, many_a, many_b, alone_a, alone_b)


def zip_slopes(curves: ZipCurves, effect: Floats, first: Floats, second: Floats) -> Floats:
    """How :func:`zip_delta` moves with each effect, (n, a - 1, b - 1, a, b) for effects (n, a, b).

    Parameters
    ----------
    curves : ZipCurves
    effect : array (n, a, b)
    first, second : array (n, a - 1, a - 1), (n, b - 1, b - 1)
        How the curve of each drug alone moves with its points (:func:`hill_slopes`).

    Examples
    --------
    >>> d = np.concatenate([[0.0], np.geomspace(1.0, 1000.0, 8)])
    >>> y = d / (30.0 + d)
    >>> e = (y[:, None] + y[None, :] - 0.9 * y[:, None] * y[None, :])[None]
    >>> one = fit_hill(d[1:], e[:, 1:, 0])
    >>> alone = hill_slopes(one, d[1:], e[:, 1:, 0]).curve
    >>> found = zip_slopes(zip_curves(d, d, e, one, one), e, alone, alone)
    >>> up = e.copy()
    >>> up[0, 4, 5] += 1e-4
    >>> step = (zip_delta(d, d, up, one, one) - zip_delta(d, d, e, one, one)) / 1e-4
    >>> bool(np.abs(step[0] - found[0, :, :, 4, 5]).max() < 1e-3)
    True
    """
    n, a, b = len(effect), effect.shape[1] - 1, effect.shape[2] - 1
    inner = effect[:, 1:, 1:]
    along_a = hill_slopes(curves.over_a, curves.dose_a, inner.transpose(0, 2, 1).reshape(n * b, a))
    along_b = hill_slopes(curves.over_b, curves.dose_b, inner.reshape(n * a, b))
    made = np.zeros((n, a, b, a + 1, b + 1))
    over_a, over_b = along_a.curve.reshape(n, b, a, a), along_b.curve.reshape(n, a, b, b)
    for j in range(b):
        made[:, :, j, 1:, j + 1] += 0.5 * over_a[:, j]
    for i in range(a):
        made[:, i, :, i + 1, 1:] += 0.5 * over_b[:, i]
    # the curves over one drug begin at the fitted effect of the other
    from_b = along_a.with_bottom.reshape(n, b, a).transpose(0, 2, 1)
    from_a = along_b.with_bottom.reshape(n, a, b)
    y1, y2 = curves.alone_a[:, :, None], curves.alone_b[:, None, :]
    made[:, :, :, 1:, 0] += (0.5 * from_a - (1.0 - y2))[..., None] * first[:, :, None, :]
    made[:, :, :, 0, 1:] += (0.5 * from_b - (1.0 - y1))[..., None] * second[:, None, :, :]
    return made
