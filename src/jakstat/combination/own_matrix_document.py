"""Scored own matrices as a JSON document (docs/json.md)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from jakstat.combination.scored_matrix import ScoredMatrices, ScoredMatrix
from jakstat.combination.verdicts import MODELS
from jakstat.store import NOTICE, json_ready

__all__ = ["own_matrix_document"]


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
