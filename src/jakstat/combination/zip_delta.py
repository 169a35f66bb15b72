"""ZIP, zero interaction potency: no drug shifts the curve of the other, doi:10.1016/j.csbj.2015.09.001."""

from __future__ import annotations

import numpy as np

from jakstat.arrays import Floats
from jakstat.experiment.hill_fit import HillCurves, fit_hill

__all__ = ["zip_delta"]


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
    n, a, b = len(effect), effect.shape[1] - 1, effect.shape[2] - 1
    given_a = np.broadcast_to(dose_a, (n, a + 1))[:, 1:]
    given_b = np.broadcast_to(dose_b, (n, b + 1))[:, 1:]
    alone_a, alone_b = first.effect(given_a), second.effect(given_b)
    # one row for each dose of the other drug
    many_a, many_b = np.repeat(given_a, b, axis=0), np.repeat(given_b, a, axis=0)
    inner = effect[:, 1:, 1:]
    over_a = fit_hill(many_a, inner.transpose(0, 2, 1).reshape(n * b, a), alone_b.reshape(-1))
    over_b = fit_hill(many_b, inner.reshape(n * a, b), alone_a.reshape(-1))
    fitted_a = over_a.effect(many_a).reshape(n, b, a).transpose(0, 2, 1)
    fitted_b = over_b.effect(many_b).reshape(n, a, b)
    y1, y2 = alone_a[:, :, None], alone_b[:, None, :]
    return np.asarray(0.5 * (fitted_a + fitted_b) - (y1 + y2 - y1 * y2))
