"""MuSyC's numbers in words, with the interval of the fit and that of the parameter vectors."""

from __future__ import annotations

from typing import Any

import numpy as np

from jakstat.arrays import Floats
from jakstat.combination.matrix_doses import DosedDrug
from jakstat.combination.musyc import MUSYC_NAMES, MuSyC

__all__ = ["GOOD_FIT", "musyc_summary"]

GOOD_FIT = 0.98
"""Share of the variance that a surface of the model, which has no noise, is to explain."""
_FACTOR = 1.25
"""A change of potency by less than this factor counts as none."""
_VAGUE = 10.0
"""An interval of the fit that spans more than this factor says that the points do not determine alpha."""


def musyc_summary(
    pair: tuple[DosedDrug, DosedDrug],
    nominal: MuSyC,
    vectors: MuSyC | None,
    *,
    negligible: float,
    good_fit: float = GOOD_FIT,
) -> dict[str, Any]:
    """MuSyC's parameters with their intervals, a word and sentences.

    Parameters
    ----------
    pair : tuple of DosedDrug
    nominal : MuSyC
        One surface.
    vectors : MuSyC or None
        One for each parameter vector.
    negligible : float
        A ``beta`` up to this counts as none.
    good_fit : float
        Below this share of explained variance the surface is no guide; measured wells have noise too.

    Returns
    -------
    dict
        ``explained``; ``parameters`` by name: ``value``, ``low``, ``high`` (95 % of the fit), ``vector_low``,
        ``vector_high`` (5 and 95 % of the vectors); ``word``; ``sentences``.

    Examples
    --------
    >>> from jakstat.combination.matrix_doses import two_drugs
    >>> pair = two_drugs(["ruxolitinib=1,10nM", "Stattic=1,10uM"], before=0.0, levels=2)
    >>> nothing = MuSyC(*(np.full((1, 9), np.nan) for _ in range(3)), *(np.full(1, np.nan) for _ in range(4)))
    >>> musyc_summary(pair, nothing, None, negligible=0.05)["word"]
    'not defined'
    """
    explained = float(nominal.explained[0])
    parameters: dict[str, dict[str, float]] = {}
    for k, name in enumerate(MUSYC_NAMES):
        own = (nominal.values[0, k], nominal.low[0, k], nominal.high[0, k])
        parameters[name] = _entry(own, None if vectors is None else vectors.values[:, k])
    own = (nominal.beta[0], nominal.beta_low[0], nominal.beta_high[0])
    parameters["beta"] = _entry(own, None if vectors is None else vectors.beta)
    found: dict[str, Any] = {"explained": explained, "parameters": parameters}
    if not np.isfinite(explained):
        said = "MuSyC: not defined; it needs four doses of each drug and an effect of each alone"
        return {**found, "word": "not defined", "sentences": [said]}
    if explained < good_fit:
        said = (
            f"MuSyC: its surface explains only {explained:.0%} of the variance, so its numbers are no guide"
        )
        return {**found, "word": "not defined", "sentences": [said]}
    a, b = (d.label for d in pair)
    words, said_of = [], []
    for name, helper, helped in (("alpha12", a, b), ("alpha21", b, a)):
        word, sentence = _potency(name, parameters[name], helper, helped)
        words.append(word)
        said_of.append(sentence)
    word, sentence = _efficacy(parameters["beta"], negligible)
    words.append(word)
    said_of.append(sentence)
    kinds = {w for w in words if w in ("synergy", "antagonism")}
    whole = "both" if len(kinds) == 2 else kinds.pop() if kinds else "none"
    return {**found, "word": whole, "sentences": [f"MuSyC: {s}" for s in said_of]}


def _entry(own: tuple[float, float, float], vectors: Floats | None) -> dict[str, float]:
    entry = {"value": float(own[0]), "low": float(own[1]), "high": float(own[2])}
    known = None if vectors is None else vectors[np.isfinite(vectors)]
    if known is not None and known.size:
        low, high = np.quantile(known, [0.05, 0.95])
        return entry | {"vector_low": float(low), "vector_high": float(high)}
    return entry if vectors is None else entry | {"vector_low": float("nan"), "vector_high": float("nan")}


def _ends(entry: dict[str, float]) -> tuple[float, float]:
    """The wider of the two intervals at each end."""
    low = np.fmin(entry["low"], entry.get("vector_low", np.inf))
    high = np.fmax(entry["high"], entry.get("vector_high", -np.inf))
    return float(low), float(high)


def _potency(name: str, entry: dict[str, float], helper: str, helped: str) -> tuple[str, str]:
    low, high = _ends(entry)
    told = f"({name} {entry['value']:.3g}, {low:.2g} to {high:.2g})"
    if not entry["high"] < _VAGUE * entry["low"]:
        return "not determined", f"the points do not say what {helper} does to the potency of {helped} {told}"
    if low > 1.0 and entry["value"] > _FACTOR:
        return "synergy", f"{helper} makes {helped} {entry['value']:.2g} times more potent {told}"
    if high < 1.0 and entry["value"] < 1.0 / _FACTOR:
        return "antagonism", f"{helper} makes {helped} {1.0 / entry['value']:.2g} times less potent {told}"
    return "none", f"{helper} does not change the potency of {helped} within the interval {told}"


def _efficacy(entry: dict[str, float], negligible: float) -> tuple[str, str]:
    low, high = _ends(entry)
    told = f"(beta {entry['value']:.2g}, {low:.2g} to {high:.2g})"
    if low > negligible:
        return "synergy", f"together they reach further than the better drug alone {told}"
    if high < -negligible:
        return "antagonism", f"together they reach less far than the better drug alone {told}"
    return "none", f"together they reach no further than the better drug alone {told}"
