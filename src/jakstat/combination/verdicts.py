"""What the null models say in words: synergy, antagonism or neither, where, and why they differ."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from jakstat.arrays import Floats
from jakstat.combination.matrix_doses import DosedDrug
from jakstat.experiment.hill_fit import FEWEST_DOSES, FLAT, HillCurves

__all__ = [
    "MODELS",
    "NEGLIGIBLE",
    "Verdict",
    "disagreements",
    "extrapolated",
    "self_excess",
    "shared_targets",
    "verdict",
]

MODELS = {"bliss": "Bliss", "hsa": "HSA", "loewe": "Loewe", "zip": "ZIP"}
"""The null models by key."""
NEGLIGIBLE = 0.05
"""An excess of less than this share of the full effect counts as none."""
_NOWHERE = 0.005


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one null model says of a dose matrix.

    Parameters
    ----------
    model : str
        Key of :data:`MODELS`.
    word : {"synergy", "antagonism", "both", "none", "not defined"}
    sentence : str
    mean, mean_low, mean_high : float
        Mean excess over the matrix.
    largest, largest_low, largest_high : float
        Largest excess of the matrix, at doses ``at``.
    least, least_low, least_high : float
        Least excess of the matrix, at doses ``least_at``.
    at, least_at : tuple of float
    beyond : int
        Mixtures whose own interval lies beyond what counts as none.
    defined : float
        Share of the mixtures for which the model says anything.

    Notes
    -----
    ``_low`` and ``_high`` are 5 and 95 % of the same number over the parameter vectors, each vector
    having its largest excess where its own potencies put it; they equal the number itself without vectors.
    Of a measured matrix they are 95 % by its replicates, for the largest and the least with all mixtures
    taken together (:func:`jakstat.combination.measured_words.measured_verdict`).
    """

    model: str
    word: str
    sentence: str
    mean: float
    mean_low: float
    mean_high: float
    largest: float
    largest_low: float
    largest_high: float
    at: tuple[float, float]
    least: float
    least_low: float
    least_high: float
    least_at: tuple[float, float]
    beyond: int
    defined: float


def verdict(
    model: str,
    pair: tuple[DosedDrug, DosedDrug],
    excess: Floats,
    vectors: Floats | None = None,
    *,
    negligible: float = NEGLIGIBLE,
    misfit: float = 0.0,
) -> Verdict:
    """The verdict of one model: synergy when 95 % of the vectors have an excess that is not negligible.

    Parameters
    ----------
    model : str
        Key of :data:`MODELS`.
    pair : tuple of DosedDrug
    excess : array (a - 1, b - 1)
        NaN where the model is not defined.
    vectors : array (vectors, a - 1, b - 1), optional
        The same over parameter vectors.
    negligible : float
        An excess up to this counts as none.
    misfit : float
        Distance of the single drugs from the curves that the model rests on; added to ``negligible``.

    Examples
    --------
    >>> from jakstat.combination.matrix_doses import two_drugs
    >>> pair = two_drugs(["ruxolitinib=1,10nM", "Stattic=1,10uM"], before=0.0, levels=2)
    >>> verdict("bliss", pair, np.array([[0.0, 0.1], [0.0, 0.3]])).sentence
    'Bliss: synergy, up to +0.30 at ruxolitinib 10 nM + Stattic 1e+04 nM; 2 of 4 mixtures lie beyond 0.05'
    """
    name = MODELS[model]
    known = np.isfinite(excess)
    nan = float("nan")
    if not known.any():
        said = f"{name}: not defined at any mixture"
        return Verdict(
            model,
            "not defined",
            said,
            nan,
            nan,
            nan,
            nan,
            nan,
            nan,
            (nan, nan),
            nan,
            nan,
            nan,
            (nan, nan),
            0,
            0.0,
        )
    bar = negligible + misfit
    means, mosts, leasts = (_summary(how, excess, vectors) for how in (np.mean, np.max, np.min))
    low, high = _bounds(excess, vectors)
    with np.errstate(invalid="ignore"):
        beyond = int((known & ((low > bar) | (high < -bar))).sum())
    up, down = mosts[1] > bar and mosts[0] > bar, leasts[2] < -bar and leasts[0] < -bar
    word = "both" if up and down else "synergy" if up else "antagonism" if down else "none"
    where = [_doses_at(pair, np.where(known, sign * excess, -np.inf)) for sign in (1.0, -1.0)]
    said = _sentence(pair, name, word, (mosts, leasts), where, bar, banded=vectors is not None)
    if word != "none":
        each = " by their own interval" if vectors is not None else ""
        said += f"; {beyond} of {int(known.sum())} mixtures lie beyond {bar:.2g}{each}"
    return Verdict(
        model, word, said, *means, *mosts, where[0], *leasts, where[1], beyond, float(known.mean())
    )


def _summary(
    how: Callable[[Floats], Floats], excess: Floats, vectors: Floats | None
) -> tuple[float, float, float]:
    """A number of the matrix, and 5 and 95 % of it over the vectors; NaN are left out."""
    own = float(how(excess[np.isfinite(excess)]))
    if vectors is None:
        return own, own, own
    each = [float(how(v[np.isfinite(v)])) for v in vectors if np.isfinite(v).any()]
    if not each:
        return own, float("nan"), float("nan")
    low, high = np.quantile(each, [0.05, 0.95])
    return own, float(low), float(high)


def _bounds(excess: Floats, vectors: Floats | None) -> tuple[Floats, Floats]:
    if vectors is None:
        return excess, excess
    some = np.isfinite(vectors).any(axis=0)
    low, high = np.nanquantile(np.where(some, vectors, 0.0), [0.05, 0.95], axis=0)
    return np.where(some, low, np.nan), np.where(some, high, np.nan)


def _doses_at(pair: tuple[DosedDrug, DosedDrug], size: Floats) -> tuple[float, float]:
    i, j = np.unravel_index(int(np.argmax(size)), size.shape)
    return float(pair[0].doses[1 + i]), float(pair[1].doses[1 + j])


def _sentence(
    pair: tuple[DosedDrug, DosedDrug],
    name: str,
    word: str,
    ends: tuple[tuple[float, float, float], tuple[float, float, float]],
    where: list[tuple[float, float]],
    bar: float,
    *,
    banded: bool,
) -> str:
    told = []
    for (value, low, high), doses, sign in zip(ends, where, (1.0, -1.0), strict=True):
        place = " + ".join(f"{d.label} {x:.3g} {d.unit}" for d, x in zip(pair, doses, strict=True))
        band = f" ({low:+.2f} to {high:+.2f} over the vectors)" if banded else ""
        told.append((sign * value, f"{'up to' if sign > 0 else 'down to'} {value:+.2f}{band} at {place}"))
    if word == "both":
        return f"{name}: synergy, {told[0][1]}, and antagonism, {told[1][1]}"
    if word == "none":
        size, text = max(told)
        if size < _NOWHERE:
            return f"{name}: no interaction, nowhere more than {_NOWHERE}"
        within = " within the interval" if banded else ""
        return f"{name}: no interaction beyond {bar:.2g} of the full effect{within}; {text}"
    return f"{name}: {word}, {told[0 if word == 'synergy' else 1][1]}"


def extrapolated(drug: DosedDrug, curve: HillCurves) -> bool:
    """Whether the highest dose of a drug alone does not come near the plateau of its one curve.

    Loewe and ZIP rest on that plateau, which is then a guess of the fit.

    Examples
    --------
    >>> from jakstat.combination.matrix_doses import read_drug
    >>> from jakstat.experiment.hill_fit import fit_hill
    >>> drug = read_drug("ruxolitinib=1,3,10,30,100nM", before=0.0)
    >>> d = drug.doses[1:]
    >>> [extrapolated(drug, fit_hill(d, (d / (half + d))[None])) for half in (10.0, 100.0)]
    [False, True]
    """
    return bool(not curve.flat[0] and not curve.sees_plateau(float(drug.doses[-1]))[0])


def shared_targets(pair: tuple[DosedDrug, DosedDrug]) -> tuple[str, ...]:
    """What both drugs bind, by the library.

    Examples
    --------
    >>> from jakstat.combination.matrix_doses import two_drugs
    >>> shared_targets(two_drugs(["anti_IL6=1nM", "anti_IL6_site_III=1nM"], before=0.0, levels=2))
    ('IL6',)
    """
    return tuple(sorted(pair[0].targets & pair[1].targets))


def self_excess(dose: Floats, curves: HillCurves) -> float:
    """The Bliss excess of a drug combined with itself that is farthest from 0, from its Hill curve.

    Parameters
    ----------
    dose : array (a,)
        Doses above 0; all sums of two of them are looked at.
    curves : HillCurves
        One curve.

    Examples
    --------
    >>> from jakstat.experiment.hill_fit import fit_hill
    >>> d = np.geomspace(1.0, 100.0, 9)
    >>> steep = fit_hill(d, (d**3 / (10.0**3 + d**3))[None, :])
    >>> round(self_excess(d, steep), 2)
    0.31
    """
    alone = curves.effect(dose)[0]
    if not np.isfinite(alone).all():
        return float("nan")
    both = curves.effect((dose[:, None] + dose[None, :]).ravel())[0].reshape(len(dose), -1)
    excess = both - (alone[:, None] + alone[None, :] - alone[:, None] * alone[None, :])
    return float(excess.ravel()[int(np.argmax(np.abs(excess)))])


def disagreements(
    pair: tuple[DosedDrug, DosedDrug],
    verdicts: dict[str, Verdict],
    slopes: tuple[float, float],
    plateaus: tuple[float, float],
    selves: tuple[float, float],
) -> list[str]:
    """Sentences on where the null models differ, and why.

    Parameters
    ----------
    pair : tuple of DosedDrug
    verdicts : mapping of model to Verdict
    slopes, plateaus : tuple of float
        Hill slope and plateau of each drug alone.
    selves : tuple of float
        Bliss excess of each drug combined with itself, :func:`self_excess`.

    Returns
    -------
    list of str
        Empty when there is nothing to say.
    """
    said: list[str] = []
    a, b = (d.name for d in pair)
    shared = shared_targets(pair)
    words = {k: v.word for k, v in verdicts.items()}
    if shared:
        said.append(
            f"{a} and {b} both act on {', '.join(shared)}: adding one is like adding more of the other, so "
            "Loewe is the right null; Bliss and ZIP take them for independent"
        )
    if len({w for w in words.values() if w != "not defined"}) > 1:
        listed = ", ".join(f"{MODELS[k]} {w}" for k, w in words.items())
        said.append(f"the models differ ({listed})")
        said += _reasons(words, shared, slopes, (a, b))
    for name, slope, own in zip((a, b), slopes, selves, strict=True):
        if abs(own) > NEGLIGIBLE:
            kind = "synergistic" if own > 0 else "antagonistic"
            said.append(
                f"Bliss calls even {name} combined with itself {kind}, by up to {own:+.2f} over these doses "
                f"(slope {slope:.2g}); Loewe allows for the shape of a curve"
            )
    raising = [name for name, plateau in zip((a, b), plateaus, strict=True) if plateau < -FLAT]
    if raising:
        said.append(
            f"{' and '.join(raising)} raises the readout (effect below 0); Bliss, HSA and ZIP are meant for "
            "two drugs that lower it, so read their excess as a number, not as synergy"
        )
    flat = [d for d, plateau in zip(pair, plateaus, strict=True) if not abs(plateau) > FLAT]
    few = [d.name for d in flat if np.count_nonzero(d.doses) < FEWEST_DOSES]
    inert = [d.name for d in flat if d.name not in few]
    if few:
        said.append(
            f"{' and '.join(few)}: fewer than {FEWEST_DOSES} doses above 0 make no curve, so Loewe, ZIP and "
            "MuSyC are not defined"
        )
    if inert:
        said.append(
            f"{' and '.join(inert)} alone has no effect on this readout, so Loewe and MuSyC are not defined"
        )
    elif not few and verdicts["loewe"].defined < 1.0:
        weaker, share = a if plateaus[0] < plateaus[1] else b, 1.0 - verdicts["loewe"].defined
        said.append(
            f"Loewe says nothing on {share:.0%} of the mixtures: there the additive effect lies beyond the "
            f"plateau of {weaker} alone ({min(plateaus):.3g})"
        )
    return said


def _reasons(
    words: dict[str, str],
    shared: tuple[str, ...],
    slopes: tuple[float, float],
    names: tuple[str, str],
) -> list[str]:
    said = []
    if words["hsa"] == "synergy" and "none" in (words["bliss"], words["loewe"], words["zip"]):
        said.append(
            "HSA asks only for more than the better drug alone, which any second drug that acts gives"
        )
    if words["bliss"] != words["loewe"] and "not defined" not in (words["bliss"], words["loewe"]):
        told = f"slopes {slopes[0]:.2g} ({names[0]}) and {slopes[1]:.2g} ({names[1]})"
        right, count = ("Loewe", "one target") if shared else ("Bliss", "two targets")
        said.append(
            f"Bliss expects e1 + e2 - e1 e2, Loewe that doses add; with {told} these are two different "
            f"effects, and {right} is the usual null for drugs with {count}"
        )
    if words["bliss"] != words["zip"] and "not defined" not in (words["bliss"], words["zip"]):
        said.append(
            "ZIP looks at fitted curves, Bliss at the points: what a Hill curve smooths away is not in ZIP"
        )
    return said
