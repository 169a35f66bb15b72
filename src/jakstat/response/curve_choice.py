"""Which of the models describes a curve: the least AICc, and the weights of all.

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
from jakstat.response.curve_models import MODELS, CurveModel, DoseMeans, Limbs, SigmoidFits, fit_model

__all__ = ["ChosenCurves", "choose_models", "corrected_criterion"]

_TINY = 1e-300


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
    named : bool
        Whether the model was named and not chosen.
    """

    fits: tuple[SigmoidFits, ...]
    criterion: Floats
    weights: Floats
    best: NDArray[np.int64]
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
        return ChosenCurves((found,), value, ones, np.zeros(len(levels), dtype=np.int64), True)
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
    criterion = np.array(values)
    best = criterion.argmin(axis=0)
    weights = np.exp(-0.5 * (criterion - criterion.min(axis=0)))
    return ChosenCurves(tuple(fits), criterion, weights / weights.sum(axis=0), best, False)
