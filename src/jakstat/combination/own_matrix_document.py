"""Scored own matrices as rows of tables and as a JSON document (docs/json.md)."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

import numpy as np

from jakstat.combination.own_matrices import ScoredMatrices, ScoredMatrix
from jakstat.combination.verdicts import MODELS
from jakstat.store import NOTICE, json_ready

__all__ = ["matrix_rows", "mixture_rows", "own_matrix_document"]

_SURFACE = ("alpha12", "alpha21", "beta")


def own_matrix_document(found: ScoredMatrices) -> dict[str, Any]:
    """The document of :func:`jakstat.combination.own_matrices.score_matrix`.

    Examples
    --------
    >>> from jakstat.combination.own_matrices import score_matrix
    >>> rows = [{"dose_a": a, "dose_b": b, "response": 1.0 - 0.01 * (a + b)} for a in (0, 5) for b in (0, 5)]
    >>> own_matrix_document(score_matrix(rows, "viability"))["kind"]
    'own-matrices'
    """
    document = {
        "kind": "own-matrices",
        "question": found.question,
        "negligible": found.negligible,
        "matrices": [_matrix(one) for one in found.matrices],
        "notes": list(found.notes),
        "manifest": found.manifest.to_dict(),
        "notice": NOTICE,
    }
    plain: dict[str, Any] = json_ready(document)
    return plain


def _matrix(one: ScoredMatrix) -> dict[str, Any]:
    m, beside = one.matrix, one.beside
    return {
        "name": m.name,
        **dict(m.group),
        "drugs": [{"name": d.name, "unit": d.unit, "doses": d.doses} for d in m.drugs],
        "replicates": len(m.wells),
        "plates": m.plates,
        "empty_wells": m.blanks,
        "wells": m.count,
        "response": m.responses,
        "share": one.effect,
        "well_sd": one.well_sd,
        "plate_sd": one.plate_sd,
        "overall": one.overall,
        "models": {
            name: {
                **{k: v for k, v in asdict(one.verdicts[name]).items() if k != "model"},
                "excess": one.excess[name],
                "excess_low": one.excess[name] - one.half_width[name],
                "excess_high": one.excess[name] + one.half_width[name],
                **({"index": one.index} if name == "loewe" else {}),
            }
            for name in MODELS
        },
        "musyc": one.musyc,
        "curves": list(one.curves),
        "disagreements": list(one.disagreements),
        "model": None if beside is None else asdict(beside),
        "notes": list(one.notes),
    }


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
