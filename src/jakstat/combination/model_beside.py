"""What the model says of the pair of a measured matrix, at the same doses, beside what was measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from jakstat.arrays import Floats
from jakstat.combination.dose_lanes import Asked
from jakstat.combination.measured_matrix import MeasuredMatrix
from jakstat.combination.surface import combine
from jakstat.combination.verdicts import MODELS
from jakstat.errors import problem
from jakstat.experiment.question import told
from jakstat.store import attribute
from jakstat.units import Kind, kind_of

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["ModelBeside", "model_beside", "why_not_beside"]


@dataclass(frozen=True)
class ModelBeside:
    """The model's effect at the doses of a measured matrix.

    Parameters
    ----------
    title : str
    question : mapping
    effect_words : str
        What its effect is a share of.
    effect, bliss : array (a, b), (a - 1, b - 1)
    words : mapping of model to word
    rms, mean_gap, correlation : float
        Of the measured effect less the model's, over the mixtures with both drugs.
    sentences : tuple of str
    """

    title: str
    question: Mapping[str, Any]
    effect_words: str
    effect: Floats
    bliss: Floats
    words: Mapping[str, str]
    rms: float
    mean_gap: float
    correlation: float
    sentences: tuple[str, ...]


def why_not_beside(matrix: MeasuredMatrix) -> str:
    """Why the model has nothing to say of a pair; empty where it has.

    Examples
    --------
    >>> from jakstat.combination.measured_matrix import MeasuredDrug
    >>> one = MeasuredDrug("A", "nM", np.array([0.0, 1.0]), None)
    >>> seen = np.zeros((1, 2, 2))
    >>> why_not_beside(MeasuredMatrix("", {}, (one, one), seen, seen[0], (), False, 0, ()))
    'the model does not know A, so nothing stands beside the data; `jakstat drugs` lists what it knows'
    """
    unknown = list(dict.fromkeys(d.name for d in matrix.drugs if d.agent is None or d.agent.kind != "drug"))
    if unknown:
        return (
            f"the model does not know {' and '.join(unknown)}, so nothing stands beside the data; "
            "`jakstat drugs` lists what it knows"
        )
    bare = [d.name for d in matrix.drugs if not d.unit or kind_of(d.unit) not in _DOSES]
    if bare:
        return f"the doses of {' and '.join(bare)} have no unit, so the model cannot be put beside them"
    return ""


_DOSES = (Kind.MOLAR, Kind.MASS_CONCENTRATION)


def model_beside(
    matrix: MeasuredMatrix,
    effect: Floats,
    measured_words: Mapping[str, str],
    context: str,
    *,
    vectors: int = 0,
    seed: int = 1,
    threads: int = 1,
    progress: Callable[[int, int], None] | None = None,
    **asked: Unpack[Asked],
) -> ModelBeside:
    """Run the model at the doses of a matrix.

    Parameters
    ----------
    matrix : MeasuredMatrix
        Of two drugs that the library knows (:func:`why_not_beside`).
    effect : array (a, b)
        Its mean effect.
    measured_words : mapping of model to word
    context : str
    vectors, seed, threads, progress, asked
        As :func:`jakstat.combination.surface.combine` takes them.

    Raises
    ------
    InputError
        As :func:`jakstat.combination.surface.combine`.
    """
    texts = [f"{d.name}={','.join(map(repr, d.doses[1:].tolist()))}{d.unit}" for d in matrix.drugs]
    found = combine(context, texts, vectors=vectors, seed=seed, threads=threads, progress=progress, **asked)
    model = found["effect"].values
    if model.shape != effect.shape:
        message = "two doses of a drug lie so near to each other that the model takes them for one"
        raise problem("matrix.dose", message, hint="give doses that differ by more than rounding")
    gap = (effect - model)[1:, 1:]
    known = np.isfinite(gap)
    rms = float(np.sqrt(np.mean(gap[known] ** 2))) if known.any() else float("nan")
    mean = float(np.mean(gap[known])) if known.any() else float("nan")
    words = {name: attribute(found.attrs, "verdicts")[name]["word"] for name in MODELS}
    return ModelBeside(
        found.attrs["title"], attribute(found.attrs, "question"), found.attrs["effect"], model,
        found["bliss"].values, words, rms, mean, _correlation(effect, model),
        _sentences(found, rms, mean, words, measured_words),
    )  # fmt: skip


def _correlation(one: Floats, other: Floats) -> float:
    known = np.isfinite(one) & np.isfinite(other)
    x, y = one[known], other[known]
    if x.size < 3 or not x.std() > 0 or not y.std() > 0:
        return float("nan")
    return float(np.corrcoef(x, y)[0, 1])


def _sentences(
    found: xr.Dataset, rms: float, mean: float, words: Mapping[str, str], measured: Mapping[str, str]
) -> tuple[str, ...]:
    way = "more" if mean > 0 else "less"
    said = [
        f"the model ({told(attribute(found.attrs, 'question'))}; {found.attrs['effect']}): the measured "
        f"effect of mixtures differs from the model's by {rms:.2f} (root mean square), and is "
        f"{abs(mean):.2f} {way} in the mean"
    ]
    defined = [m for m in MODELS if words[m] != "not defined"]
    same = [MODELS[m] for m in defined if words[m] == measured.get(m)]
    other = [
        f"{MODELS[m]} {words[m]} (measured: {measured[m]})" for m in MODELS if words[m] != measured.get(m)
    ]
    if same:
        said.append(f"model and data agree by {', '.join(same)}")
    if other:
        said.append(f"they differ: the model says {', '.join(other)}")
    return tuple(said)
