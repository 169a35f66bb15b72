"""A measured matrix with its scores, and many of them as rows of tables."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from jakstat.answer_tables import TabledAnswer, answer_table
from jakstat.arrays import Floats
from jakstat.combination.measured_matrix import MeasuredMatrix
from jakstat.combination.model_beside import ModelBeside
from jakstat.combination.verdicts import MODELS, Verdict
from jakstat.store import Manifest

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ScoredMatrices", "ScoredMatrix", "matrix_rows", "mixture_rows"]

_SURFACE = ("alpha12", "alpha21", "beta")


@dataclass(frozen=True)
class ScoredMatrix:
    """One measured matrix with what the null models make of it.

    Parameters
    ----------
    matrix : MeasuredMatrix
    effect : array (a, b)
        Mean effect of the wells.
    excess, half_width : mapping of model to array (a - 1, b - 1)
        Excess over the model, and half of its 95 % interval for each mixture by itself.
    index : array (a - 1, b - 1)
        Combination index of Loewe.
    curves : tuple of mapping
        Plateau, half and slope of each drug alone.
    verdicts : mapping of model to Verdict
    musyc : mapping
        As :func:`jakstat.combination.musyc_words.musyc_summary` makes it.
    overall : str
        What Bliss, Loewe and ZIP agree on, or ``"the models disagree"``.
    disagreements : tuple of str
    well_sd, plate_sd : float
        Standard deviation of one well, and of the factor that the wells of a plate share; NaN: not known.
    notes : tuple of str
    beside : ModelBeside or None
    """

    matrix: MeasuredMatrix
    effect: Floats
    excess: Mapping[str, Floats]
    half_width: Mapping[str, Floats]
    index: Floats
    curves: tuple[Mapping[str, float], Mapping[str, float]]
    verdicts: Mapping[str, Verdict]
    musyc: Mapping[str, Any]
    overall: str
    disagreements: tuple[str, ...]
    well_sd: float
    plate_sd: float
    notes: tuple[str, ...]
    beside: ModelBeside | None = None


@dataclass(frozen=True)
class ScoredMatrices(TabledAnswer):
    """What :func:`jakstat.combination.own_matrices.score_matrix` gives.

    Parameters
    ----------
    question : str
        Files with their hashes, what was read, and the options.
    matrices : tuple of ScoredMatrix
    negligible : float
    notes : tuple of str
    manifest : Manifest
    """

    question: str
    matrices: tuple[ScoredMatrix, ...]
    negligible: float
    notes: tuple[str, ...]
    manifest: Manifest

    def __getitem__(self, name: str | int) -> ScoredMatrix:
        """A matrix by its place or its name."""
        if isinstance(name, int):
            return self.matrices[name]
        return next(m for m in self.matrices if m.matrix.name == name)

    def table_rows(self) -> list[dict[str, Any]]:
        """Every mixture of every matrix."""
        return mixture_rows(self)

    def summary(self) -> pd.DataFrame:
        """One row for each matrix."""
        import pandas as pd

        table = answer_table(matrix_rows(self), "")
        return pd.DataFrame([list(row) for row in table.rows], columns=list(table.heads))

    def _repr_html_(self) -> str:
        return f"<p>{self.question}</p>{self.summary().to_html(index=False)}"


def _head(one: ScoredMatrix) -> dict[str, Any]:
    a, b = one.matrix.drugs
    return {"matrix": one.matrix.name, **one.matrix.group, "drug_a": a.name, "drug_b": b.name} | {
        "unit_a": a.unit,
        "unit_b": b.unit,
    }


def mixture_rows(found: ScoredMatrices) -> list[dict[str, Any]]:
    """One row for each mixture: doses, wells, response, effect, excess over each model with its interval."""
    rows = []
    for one in found.matrices:
        head, count = _head(one), one.matrix.count
        a, b = one.matrix.drugs
        for i, x in enumerate(a.doses):
            for j, y in enumerate(b.doses):
                row = {**head, "dose_a": float(x), "dose_b": float(y), "wells": int(count[i, j])}
                row |= {"response": _none(one.matrix.responses[i, j]), "effect": _none(one.effect[i, j])}
                mixed = i > 0 and j > 0
                for name in MODELS:
                    value = one.excess[name][i - 1, j - 1] if mixed else math.nan
                    half = one.half_width[name][i - 1, j - 1] if mixed else math.nan
                    row |= {
                        f"{name}_excess": _none(value),
                        f"{name}_low": _none(value - half),
                        f"{name}_high": _none(value + half),
                    }
                row["loewe_index"] = _none(one.index[i - 1, j - 1]) if mixed else None
                if one.beside is not None:
                    row["model_effect"] = _none(one.beside.effect[i, j])
                    row["model_bliss_excess"] = _none(one.beside.bliss[i - 1, j - 1]) if mixed else None
                rows.append(row)
    return rows


def matrix_rows(found: ScoredMatrices) -> list[dict[str, Any]]:
    """One row for each matrix: verdicts, mean excess and MuSyC's numbers with their intervals."""
    rows = []
    for one in found.matrices:
        row = {**_head(one), "verdict": one.overall}
        for name in MODELS:
            v = one.verdicts[name]
            row |= {f"{name}_says": v.word, f"{name}_mean": _none(v.mean)}
            row |= {f"{name}_mean_low": _none(v.mean_low), f"{name}_mean_high": _none(v.mean_high)}
        for name in _SURFACE:
            entry = one.musyc["parameters"][name]
            row |= {name: _none(entry["value"])}
            row |= {f"{name}_{end}": _none(entry[end]) for end in ("low", "high")}
        rows.append({**row, "musyc_says": one.musyc["word"], "well_sd": _none(one.well_sd)})
    return rows


def _none(value: float | np.floating[Any]) -> float | None:
    return float(value) if math.isfinite(value) else None
