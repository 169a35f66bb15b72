"""Which of the models describes a curve: the least AICc, and the weights of all; and whether there is one.

AICc = n (ln(2 pi RSS / n) + 1) + 2 k + 2 k (k + 1) / (n - k - 1), where k counts the spread of the wells too
(doi:10.1093/biomet/76.2.297); a weight is exp(-difference / 2) over the sum of these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.errors import problem
from jakstat.extras import needs
from jakstat.response.curve_models import MODELS, CurveModel, DoseMeans, Limbs, SigmoidFits, fit_model

with needs("analysis"):
    from scipy.stats import f as f_distribution

__all__ = ["ChosenCurves", "choose_models", "corrected_criterion"]

_TINY = 1e-300
_TELLING = 0.05
"""Below this p the curve is better than one mean."""


@dataclass(frozen=True)
class ChosenCurves:
    """All candidates fitted to n curves.

    Parameters
    ----------
    fits : tuple of SigmoidFits
        One for each candidate.
    criterion, weights : array (candidates, n)
        AICc, infinite where a candidate cannot be fitted, and its weight.
    best : array (n,)
        Number of the chosen one.
    p : array (n,)
        Of the F test of the chosen curve against one mean; NaN where the model was named.
    named : bool
        Whether the model was named and not chosen.
    """

    fits: tuple[SigmoidFits, ...]
    criterion: Floats
    weights: Floats
    best: NDArray[np.int64]
    p: Floats
    named: bool

    def model(self, row: int) -> CurveModel:
        """The model of a curve."""
        return self.fits[int(self.best[row])].model

    def of_doses(self) -> tuple[Sequence[SigmoidFits], Floats]:
        """The candidates with an EC50, and their weights among themselves."""
        some = [k for k, one in enumerate(self.fits) if one.model.name != "flat"]
        weights = self.weights[some]
        return [self.fits[k] for k in some], weights / np.maximum(weights.sum(axis=0), _TINY)


def corrected_criterion(rss: Floats, wells: Floats, fitted: int) -> Floats:
    """AICc of least-squares fits with ``fitted`` parameters; infinite where there are too few wells.

    Examples
    --------
    >>> found = corrected_criterion(np.array([5.400214628]), np.array([24.0]), 4)
    >>> round(float(found[0] - 2 * 5 * 6 / 18), 5)  # AIC of nls of R 4.2.2: 42.31029
    42.31029
    """
    k = fitted + 1
    left = wells - k - 1.0
    with np.errstate(divide="ignore", invalid="ignore"):
        plain = wells * (np.log(2.0 * np.pi * np.maximum(rss, _TINY) / wells) + 1.0) + 2.0 * k
        return np.asarray(np.where(left > 0, plain + 2.0 * k * (k + 1.0) / left, np.inf))


def choose_models(points: DoseMeans, limbs: Limbs, name: str = "auto") -> ChosenCurves:
    """Fit the candidates to every curve.

    Parameters
    ----------
    points : DoseMeans
    limbs : Limbs
        Known start and end; NaN where there is none, and then models that fix it are no candidates.
    name : str
        ``auto``, or the one model.

    Raises
    ------
    InputError
        ``curve.model``: a curve has too few doses for the named model.

    Examples
    --------
    >>> from jakstat.response.curve_models import sigmoid
    >>> d = np.repeat(np.geomspace(1.0, 1000.0, 8), 3)
    >>> y = sigmoid(d, 100.0, 20.0, 30.0, 2.0) + np.tile([2.0, 0.0, -2.0], 8)
    >>> found = choose_models(DoseMeans.of([(d, y)]), Limbs(np.array([100.0]), np.array([0.0])))
    >>> found.model(0).name
    'hill3u'
    """
    levels = points.used.sum(axis=1)
    known = np.isfinite(limbs.start), np.isfinite(limbs.end)
    if name != "auto":
        found = fit_model(points, limbs, MODELS[name])
        few = np.flatnonzero((levels < MODELS[name].count) | (points.count <= MODELS[name].count))
        if few.size:
            message = (
                f"{name} has {MODELS[name].count} parameters, a curve only {levels[few[0]]} levels of dose"
            )
            hint = "leave out --model, or name one with fewer parameters"
            raise problem("curve.model", message, field="--model", hint=hint)
        value = corrected_criterion(found.rss, points.count, found.model.count)[None]
        ones = np.ones((1, len(levels)))
        nothing = np.full(len(levels), np.nan)
        return ChosenCurves((found,), value, ones, np.zeros(len(levels), dtype=np.int64), nothing, True)
    fits, values = [], []
    for model in MODELS.values():
        able = (
            (levels > model.count) & (known[0] | (not model.known_start)) & (known[1] | (not model.known_end))
        )
        if not able.any():
            continue
        one = fit_model(points, limbs, model)
        fits.append(one)
        values.append(np.where(able, corrected_criterion(one.rss, points.count, model.count), np.inf))
    return _chosen(points, fits, np.array(values))


def _chosen(points: DoseMeans, fits: Sequence[SigmoidFits], criterion: Floats) -> ChosenCurves:
    """The curve with the least AICc, or the mean where no curve is better than chance would make it.

    AICc does not choose between the two: of six wells it prefers a mean to a curve through all of them.
    """
    n = len(points.mean)
    curved = [k for k, one in enumerate(fits) if one.model.name != "flat"]
    flat = next(k for k, one in enumerate(fits) if one.model.name == "flat")
    # too few wells for AICc: the curve with the fewest parameters, if a well is left to tell the spread
    few = ~np.isfinite(criterion[curved]).any(axis=0)
    least = min(curved, key=lambda k: fits[k].model.count, default=flat)
    ranked = criterion[curved].argmin(axis=0) if curved else np.zeros(n, dtype=np.int64)
    best = np.where(few, least, np.array(curved or [flat])[ranked])
    rss = np.array([one.rss for one in fits])
    count = np.array([one.model.count for one in fits])[best]
    left = np.where(points.count > count, points.count - count, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        mine = rss[best, np.arange(n)]
        F = (rss[flat] - mine) / np.maximum(count - 1, 1) / (mine / left)
    p = f_distribution.sf(np.where(mine > 0, F, np.inf), np.maximum(count - 1, 1), left)
    best = np.where((p < _TELLING) | ((rss[flat] > 0) & (mine <= 0)), best, flat)
    weights = np.exp(
        -0.5 * (criterion - np.where(few, 0.0, criterion[curved].min(axis=0) if curved else 0.0))
    )
    weights[flat] = 0.0
    weights[:, few] = 0.0
    weights[least, few] = 1.0
    total = np.maximum(weights.sum(axis=0), _TINY)
    return ChosenCurves(tuple(fits), criterion, weights / total, best, np.asarray(p), False)
