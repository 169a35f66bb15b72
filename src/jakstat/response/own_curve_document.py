"""Fitted own curves as a JSON document (docs/json.md)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from jakstat.response.curve_tests import CurveComparison
from jakstat.response.fitted_curve import FittedCurve, GrowthReading
from jakstat.response.own_curve_rows import curve_row, dose_means
from jakstat.response.own_curves import OwnCurves
from jakstat.store import NOTICE, json_ready

__all__ = ["own_curves_document"]


def own_curves_document(found: OwnCurves) -> dict[str, Any]:
    """The document of :func:`jakstat.response.own_curves.fit_curves`.

    Examples
    --------
    >>> from jakstat.response.own_curves import fit_curves
    >>> dose = [0, 0, 3, 3, 10, 10, 30, 30, 100, 100]
    >>> rows = {"dose (nM)": dose, "response": [101, 98, 90, 91, 74, 76, 52, 49, 22, 24]}
    >>> own_curves_document(fit_curves(rows))["kind"]
    'own-curves'
    """
    document = {
        "kind": "own-curves",
        "question": found.question,
        "data_key": found.key,
        "response": found.response,
        "level": found.level,
        "curves": [_curve(one) for one in found.curves],
        "comparisons": [_comparison(found, one) for one in found.comparisons],
        "notes": list(found.notes),
        "manifest": found.manifest.to_dict(),
        "notice": NOTICE,
    }
    plain: dict[str, Any] = json_ready(document)
    return plain


def _curve(one: FittedCurve) -> dict[str, Any]:
    beside = one.beside
    return {
        **curve_row(one),
        "errors": dict(one.errors),
        "candidates": [asdict(c) for c in one.candidates],
        "doses": dose_means(one),
        "growth": None if one.growth is None else _growth(one.growth),
        "model_beside": None
        if beside is None
        else {
            "drug": beside.drug,
            "context": beside.curve.context,
            "question": dict(beside.curve.question),
            "readout": beside.curve.readout,
            "at": beside.curve.at,
            "doses": beside.doses,
            "simulated_share": beside.simulated,
            "measured_share": beside.measured,
            "rms_difference": beside.rms,
            "half_ratio": beside.ratio,
            "sentence": beside.sentence,
        },
        "notes": list(one.notes),
    }


def _growth(one: GrowthReading) -> dict[str, Any]:
    names = ("GR50", "GR50_low", "GR50_high", "GRmax", "GRinf", "h_GR", "GEC50", "GEC50_low", "GEC50_high",
             "GR_AOC", "p")  # fmt: skip
    return {
        **{name: getattr(one, name) for name in names},
        "doses": one.doses,
        "values": one.values,
        "scatter": one.scatter,
    }


def _comparison(found: OwnCurves, one: CurveComparison) -> dict[str, Any]:
    names = {"first": found.curves[one.first].wells.name, "second": found.curves[one.second].wells.name}
    return {**asdict(one), **names, "correction": "Holm"}
