"""What the null models say in words: synergy, antagonism or neither, where, and why they differ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jakstat.analysis.combination.matrix_doses import DrugDoses

__all__ = ["MODELS", "NEGLIGIBLE", "Verdict", "disagreements", "shared_targets", "verdict"]

Floats = NDArray[np.float64]

MODELS = {"bliss": "Bliss", "hsa": "HSA", "loewe": "Loewe", "zip": "ZIP"}
"""The null models by key."""
NEGLIGIBLE = 0.05
"""An excess of less than this share of the full effect counts as none."""
_STEEP, _SHALLOW = 1.3, 0.77


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one null model says of a dose matrix.

    Parameters
    ----------
    model : str
        Key of :data:`MODELS`.
    word : {"synergy", "antagonism", "both", "none", "not defined"}
    sentence : str
    mean : float
        Mean excess over the matrix, with its interval ``mean_low`` .. ``mean_high``.
    largest : float
        The excess that is farthest from 0, at doses ``at``, with its interval ``low`` .. ``high``.
    defined : float
        Share of the mixtures for which the model says anything.
    """

    model: str
    word: str
    sentence: str
    mean: float
    mean_low: float
    mean_high: float
    largest: float
    low: float
    high: float
    at: tuple[float, float]
    defined: float


def verdict(
    model: str,
    pair: tuple[DrugDoses, DrugDoses],
    excess: Floats,
    vectors: Floats | None = None,
    *,
    negligible: float = NEGLIGIBLE,
    misfit: float = 0.0,
) -> Verdict:
    """The verdict of one model.

    Parameters
    ----------
    model : str
        Key of :data:`MODELS`.
    pair : tuple of DrugDoses
    excess : array (a - 1, b - 1)
        NaN where the model is not defined.
    vectors : array (vectors, a - 1, b - 1), optional
        The same over parameter vectors; a mixture counts only where 90 % of them lie on one side.
    negligible : float
        An excess up to this counts as none.
    misfit : float
        Distance of the single drugs from the curves that the model rests on; added to ``negligible``.

    Examples
    --------
    >>> from jakstat.analysis.combination.matrix_doses import two_drugs
    >>> pair = two_drugs(["ruxolitinib=1,10nM", "Stattic=1,10uM"], before=0.0, levels=2)
    >>> verdict("bliss", pair, np.array([[0.0, 0.1], [0.0, 0.3]])).sentence[:60]
    'Bliss: synergy at 2 of 4 mixtures, most (+0.30) at ruxolitin'
    """
    name = MODELS[model]
    known = np.isfinite(excess)
    nan = float("nan")
    if not known.any():
        said = f"{name}: not defined at any mixture"
        return Verdict(model, "not defined", said, nan, nan, nan, nan, nan, nan, (nan, nan), 0.0)
    low, high = _bounds(excess, vectors)
    mean_low, mean_high = _mean_bounds(excess, vectors, known)
    bar = negligible + misfit
    up, down = known & (low > bar), known & (high < -bar)
    word = "both" if up.any() and down.any() else "synergy" if up.any() else "antagonism" if down.any() else "none"
    shown = up | down if word != "none" else known
    size = np.where(shown, np.abs(excess), -1.0)
    i, j = np.unravel_index(int(np.argmax(size)), excess.shape)
    at = (float(pair[0].doses[1 + i]), float(pair[1].doses[1 + j]))
    sentence = _sentence(name, word, (up, down, known), float(excess[i, j]), _place(pair, at), bar, vectors is not None)
    return Verdict(
        model, word, sentence, float(np.mean(excess[known])), mean_low, mean_high, float(excess[i, j]),
        float(low[i, j]), float(high[i, j]), at, float(known.mean()),
    )  # fmt: skip


def _bounds(excess: Floats, vectors: Floats | None) -> tuple[Floats, Floats]:
    if vectors is None:
        return excess, excess
    some = np.isfinite(vectors).any(axis=0)
    filled = np.where(some, vectors, 0.0)
    low, high = np.nanquantile(filled, [0.05, 0.95], axis=0)
    return np.where(some, low, np.nan), np.where(some, high, np.nan)


def _mean_bounds(excess: Floats, vectors: Floats | None, known: NDArray[np.bool_]) -> tuple[float, float]:
    if vectors is None:
        mean = float(np.mean(excess[known]))
        return mean, mean
    rows = np.where(np.isfinite(vectors), vectors, 0.0).sum(axis=(1, 2))
    counts = np.isfinite(vectors).sum(axis=(1, 2))
    means = rows[counts > 0] / counts[counts > 0]
    if not means.size:
        return float("nan"), float("nan")
    low, high = np.quantile(means, [0.05, 0.95])
    return float(low), float(high)


def _place(pair: tuple[DrugDoses, DrugDoses], at: tuple[float, float]) -> str:
    return " + ".join(f"{d.label} {x:.3g} {d.unit}" for d, x in zip(pair, at, strict=True))


def _sentence(
    name: str,
    word: str,
    places: tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]],
    largest: float,
    where: str,
    bar: float,
    banded: bool,
) -> str:
    up, down, known = places
    count = int(known.sum())
    within = "within the interval or " if banded else ""
    if word == "none":
        return f"{name}: no interaction, {within}less than {bar:.2g} of the full effect (most {largest:+.2f} at {where})"
    if word == "both":
        text = f"synergy at {int(up.sum())} and antagonism at {int(down.sum())} of {count} mixtures"
    else:
        text = f"{word} at {int((up | down).sum())} of {count} mixtures"
    return f"{name}: {text}, most ({largest:+.2f}) at {where}"


def shared_targets(pair: tuple[DrugDoses, DrugDoses]) -> tuple[str, ...]:
    """What both drugs bind, by the library.

    Examples
    --------
    >>> from jakstat.analysis.combination.matrix_doses import two_drugs
    >>> shared_targets(two_drugs(["anti_IL6=1nM", "anti_IL6_site_III=1nM"], before=0.0, levels=2))
    ('IL6',)
    """
    one, other = (set(d.agent.target.split(";")) for d in pair)
    return tuple(sorted((one & other) - {""}))


def disagreements(
    pair: tuple[DrugDoses, DrugDoses],
    verdicts: dict[str, Verdict],
    slopes: tuple[float, float],
    plateaus: tuple[float, float],
) -> list[str]:
    """Sentences on where the null models differ, and why.

    Parameters
    ----------
    pair : tuple of DrugDoses
    verdicts : mapping of model to Verdict
    slopes, plateaus : tuple of float
        Hill slope and plateau of each drug alone.

    Returns
    -------
    list of str
        Empty when they agree and the drugs share no target.
    """
    said: list[str] = []
    a, b = (d.name for d in pair)
    shared = shared_targets(pair)
    words = {k: v.word for k, v in verdicts.items()}
    if shared:
        said.append(
            f"{a} and {b} both act on {', '.join(shared)}: adding one is like adding more of the other, so Loewe is "
            "the right null; Bliss and ZIP take them for independent"
        )
    if len({w for w in words.values() if w != "not defined"}) > 1:
        listed = ", ".join(f"{MODELS[k]} {w}" for k, w in words.items())
        said.append(f"the models differ ({listed})")
        said += _reasons(words, shared, slopes, plateaus, (a, b))
    if words["loewe"] == "not defined" or verdicts["loewe"].defined < 1.0:
        weaker = a if not plateaus[0] >= plateaus[1] else b
        share = 1.0 - verdicts["loewe"].defined
        said.append(
            f"Loewe says nothing on {share:.0%} of the mixtures: there the additive effect lies beyond the plateau of "
            f"{weaker} alone ({min(plateaus):.2f}), or a drug has no effect of its own"
        )
    return said


def _reasons(
    words: dict[str, str],
    shared: tuple[str, ...],
    slopes: tuple[float, float],
    plateaus: tuple[float, float],
    names: tuple[str, str],
) -> list[str]:
    said = []
    if words["hsa"] == "synergy" and "none" in (words["bliss"], words["loewe"], words["zip"]):
        said.append("HSA asks only for more than the better drug alone, which any second drug that acts gives")
    if words["bliss"] != words["loewe"] and "not defined" not in (words["bliss"], words["loewe"]):
        told = f"slopes {slopes[0]:.2g} ({names[0]}) and {slopes[1]:.2g} ({names[1]})"
        if max(slopes) > _STEEP:
            said.append(
                f"steep curves ({told}) make Bliss call even a drug combined with itself synergistic; Loewe does not"
            )
        elif min(slopes) < _SHALLOW:
            said.append(
                f"shallow curves ({told}) make Bliss call even a drug combined with itself antagonistic; Loewe does not"
            )
        elif not shared:
            said.append(
                f"Bliss expects e1 + e2 - e1 e2, Loewe that doses add; with {told} and plateaus "
                f"{plateaus[0]:.2f} and {plateaus[1]:.2f} these are two different effects, and the drugs act on "
                "different targets, for which Bliss is the usual null"
            )
    if words["bliss"] != words["zip"] and "not defined" not in (words["bliss"], words["zip"]):
        said.append("ZIP looks at fitted curves, Bliss at the points: what a Hill curve smooths away is not in ZIP")
    return said
