"""Answers about drugs and cells as JSON documents; the shapes are described in docs/json.md."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from jakstat.experiment.document_parts import foot, head
from jakstat.response.dose_curve import SHARES, DoseResponse
from jakstat.response.target_scan import TargetScan
from jakstat.store import NOTICE, attribute, json_ready

if TYPE_CHECKING:
    from jakstat.experiment.labelled import AnyDataset
    from jakstat.response.cell_statistics import Distribution

__all__ = [
    "cells_document",
    "dose_response_document",
    "targets_document",
]


def cells_document(result: AnyDataset, said: Iterable[Distribution]) -> dict[str, Any]:
    """The document of :func:`jakstat.experiment.cells.simulate_cells` with its statistics."""
    return {
        **head(result),
        "cells": result.attrs["cells"],
        "seed": result.attrs["seed"],
        "failed_cells": result.attrs["failed_cells"],
        "without": list(result.attrs.get("control", ())),
        "spreads": attribute(result.attrs, "spreads"),
        "distributions": [d.to_dict() for d in said],
        **foot(result),
    }


def _half_document(value: float, low: float, high: float, unit: str) -> dict[str, Any]:
    return {"value": json_ready(value), "low": json_ready(low), "high": json_ready(high), "unit": unit}


def _curve_rows(found: DoseResponse) -> list[dict[str, Any]]:
    columns = {
        "dose": found.doses,
        "response": found.responses,
        "effect": found.effects,
        "low": found.low,
        "high": found.high,
    }
    if found.kind == "growth":
        columns["GR"] = found.gr
    return [{k: json_ready(v[i]) for k, v in columns.items()} for i in range(len(found.doses))]


def _curve_document(found: DoseResponse) -> dict[str, Any]:
    half = _half_document(found.half.value, *found.bounds, found.dose_unit)
    none = _half_document(np.nan, np.nan, np.nan, found.dose_unit)
    falls = found.half.kind == "IC50"
    said = found.interval
    interval: dict[str, Any] | None = None
    if said is not None:
        keys = ("vectors", "failed", "without", "seed", "ranges_key")
        interval = {"of": "vectors", "shares": list(SHARES), **{k: getattr(said, k) for k in keys}}
    return {
        "IC50": half if falls else none,
        "hill": json_ready(found.half.hill),
        "emax": json_ready(found.emax),
        "curve": _curve_rows(found),
        "grade": found.grade,
        "EC50": none if falls else half,
        "absolute_IC50": json_ready(found.absolute),
        "GR50": json_ready(found.gr50),
        "baseline": json_ready(found.baseline),
        "floor": json_ready(found.floor),
        "method": found.half.method,
        "interval": interval,
        "failed": found.failed,
        "context": found.context,
        "question": dict(found.question),
        "drug": found.drug,
        "readout": found.readout,
        "unit": found.unit,
        "at": found.at,
        "stimulus": list(found.stimulus),
        "notes": list(found.notes),
        "manifest": dict(found.manifest),
        "notice": NOTICE,
    }


def dose_response_document(found: Sequence[DoseResponse]) -> dict[str, Any]:
    """The document of :func:`jakstat.response.dose_response.dose_responses`: of one curve, or a list of them.

    Examples
    --------
    >>> from jakstat.response.dose_response import dose_responses
    >>> from jakstat.experiment.describe import make_protocol
    >>> p = make_protocol("hepg2", stimuli="IL6=10ng/ml", parts="core")
    >>> list(dose_response_document(dose_responses(p, "ruxolitinib=1..100000nM:6")))[:5]
    ['IC50', 'hill', 'emax', 'curve', 'grade']
    """
    documents = [_curve_document(one) for one in found]
    if len(documents) == 1:
        return documents[0]
    return {"context": found[0].context, "curves": documents, "notice": NOTICE}


def targets_document(found: TargetScan) -> dict[str, Any]:
    """The document of :func:`jakstat.response.target_scan.target_scan`."""
    readings = [
        {"readout": name, "at": at, "unit": unit, "control": json_ready(control)}
        for name, at, unit, control in zip(
            found.readouts, found.ats, found.units, found.controls, strict=True
        )
    ]
    targets = [
        {
            "rank": one.rank,
            "name": one.name,
            "kind": one.kind,
            "dose": one.dose,
            "why": one.why,
            "effect": {n: json_ready(f) for n, f in zip(found.readouts, one.folds, strict=True)},
            "value": {n: json_ready(v) for n, v in zip(found.readouts, one.values, strict=True)},
            "strength": json_ready(one.strength),
            "changes_nothing": one.idle,
            "drugs" if one.kind == "gene" else "acts_on": list(one.drugs),
            "grade": one.grade or None,
        }
        for one in found.targets
    ]
    return {
        "context": found.context,
        "question": dict(found.question),
        "readings": readings,
        "stimulus": list(found.stimulus),
        "factor": found.factor,
        "multiple": found.multiple,
        "targets": targets,
        "failed": found.failed,
        "notes": list(found.notes),
        "manifest": dict(found.manifest),
        "notice": NOTICE,
    }
