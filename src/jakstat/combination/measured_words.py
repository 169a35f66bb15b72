"""What the null models say of a measured matrix, in words that hold with the noise of its wells."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from jakstat.arrays import Floats
from jakstat.combination.matrix_doses import DosedDrug
from jakstat.combination.measured_excess import MeasuredExcess
from jakstat.combination.verdicts import MODELS, Verdict

__all__ = ["MEASURED_FIT", "measured_verdict", "overall_sentence", "overall_word"]

MEASURED_FIT = 0.9
"""Share of the variance of measured means that MuSyC's surface explains where its numbers are a guide."""
DISAGREE = "the models disagree"
_WORDS = ("synergy", "antagonism", "both", "none")


def measured_verdict(
    model: str, pair: tuple[DosedDrug, DosedDrug], found: MeasuredExcess, k: int, *, negligible: float
) -> Verdict:
    """The verdict of one model on measured matrix ``k``.

    Synergy is said when the mean excess, or that of some mixture with all mixtures taken together
    (Bonferroni), lies above ``negligible`` with 95 %; antagonism likewise.

    Parameters
    ----------
    model : str
        Key of :data:`jakstat.combination.verdicts.MODELS`.
    pair : tuple of DosedDrug
    found : MeasuredExcess
    k : int
    negligible : float

    Examples
    --------
    >>> from jakstat.combination.matrix_doses import two_drugs
    >>> from jakstat.combination.measured_excess import measured_excess
    >>> pair = two_drugs(["ruxolitinib=1,10nM", "Stattic=1,10nM"], before=0.0, levels=2)
    >>> e = np.array([[0.0, 0.1, 0.2], [0.1, 0.5, 0.6], [0.2, 0.6, 0.7]])
    >>> d = np.array([[0.0, 1.0, 10.0]])
    >>> found = measured_excess(d, d, np.stack([e - 0.01, e, e + 0.01])[None])
    >>> measured_verdict("bliss", pair, found, 0, negligible=0.05).sentence[:41]
    'Bliss: synergy, mean +0.32 (+0.31 to +0.3'
    """
    name, band = MODELS[model], found.bands[model]
    excess = found.found.by_model(model)[k]
    known = np.isfinite(excess)
    nan = float("nan")
    if not known.any():
        said = f"{name}: not defined at any mixture"
        none = (nan, nan, nan)
        return Verdict(model, "not defined", said, *none, *none, (nan, nan), *none, (nan, nan), 0, 0.0)
    together = np.where(np.isfinite(band.together[k]), band.together[k], 0.0)
    certain = bool(np.isfinite(band.of_mean[k]))
    width = float(band.of_mean[k]) if certain else 0.0
    mean = float(band.mean[k])
    above = known & (excess - together > negligible)
    below = known & (excess + together < -negligible)
    up = bool(above.any()) or mean - width > negligible
    down = bool(below.any()) or mean + width < -negligible
    word = "both" if up and down else "synergy" if up else "antagonism" if down else "none"
    most = _place(np.where(known, excess, -np.inf))
    least = _place(np.where(known, -excess, -np.inf))
    ends = [(float(excess[at]), float(excess[at] - together[at]), float(excess[at] + together[at]))
            for at in (most, least)]  # fmt: skip
    doses = [(float(pair[0].doses[1 + i]), float(pair[1].doses[1 + j])) for i, j in (most, least)]
    count = int((above | below).sum())
    said = _sentence(name, word, pair, (mean, width), ends, doses, negligible, certain=certain)
    if word != "none":
        said += f"; {count} of {int(known.sum())} mixtures lie beyond {negligible:.2g}"
    if not certain:
        said += " (without an interval: the spread of the wells is not known)"
    return Verdict(
        model, word, said, mean, mean - width, mean + width, *ends[0], doses[0], *ends[1], doses[1], count,
        float(known.mean()),
    )  # fmt: skip


def _place(size: Floats) -> tuple[int, int]:
    i, j = np.unravel_index(int(np.argmax(size)), size.shape)
    return int(i), int(j)


def _sentence(
    name: str,
    word: str,
    pair: tuple[DosedDrug, DosedDrug],
    mean: tuple[float, float],
    ends: list[tuple[float, float, float]],
    doses: list[tuple[float, float]],
    bar: float,
    *,
    certain: bool,
) -> str:
    def band(value: float, low: float, high: float) -> str:
        return f"{value:+.2f} ({low:+.2f} to {high:+.2f})" if certain else f"{value:+.2f}"

    told = f"mean {band(mean[0], mean[0] - mean[1], mean[0] + mean[1])}"
    places = [
        f"{way} {band(*end)} at " + " + ".join(
            f"{d.label} {x:.3g} {d.unit}".strip() for d, x in zip(pair, at, strict=True)
        )
        for way, end, at in zip(("up to", "down to"), ends, doses, strict=True)
    ]  # fmt: skip
    if word == "both":
        return f"{name}: synergy, {places[0]}, and antagonism, {places[1]}; {told}"
    if word == "none":
        return f"{name}: no interaction beyond {bar:.2g} of the full effect is shown; {told}"
    return f"{name}: {word}, {told}, {places[0 if word == 'synergy' else 1]}"


def overall_word(verdicts: Mapping[str, Verdict]) -> str:
    """What Bliss, Loewe and ZIP agree on where they say anything, or that they disagree.

    HSA asks only for more than the better drug, which any second drug that acts gives; it is not counted.

    Examples
    --------
    >>> overall_word({})
    'not defined'
    """
    words = {v.word for name, v in verdicts.items() if name != "hsa" and v.word in _WORDS}
    if not words:
        return "not defined"
    return words.pop() if len(words) == 1 else DISAGREE


def overall_sentence(verdicts: Mapping[str, Verdict]) -> str:
    """What Bliss, Loewe and ZIP agree on, or what each of them says.

    Examples
    --------
    >>> overall_sentence({})
    'not defined'
    """
    word = overall_word(verdicts)
    if word != DISAGREE:
        return word
    told = [f"{MODELS[name]} {v.word}" for name, v in verdicts.items() if name != "hsa" and v.word in _WORDS]
    return f"{word} ({', '.join(told)})"
