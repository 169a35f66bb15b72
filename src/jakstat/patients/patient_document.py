"""The answer about a patient as a JSON document and as the rows of a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from jakstat.patients.answer import EARLY_H
from jakstat.store import NOTICE, attribute, json_ready

if TYPE_CHECKING:
    from jakstat.experiment.labelled import AnyDataset

__all__ = ["lane_summaries", "patient_document", "visit_rows"]

_BY_PATIENT = ("time_to_progression", "last_visit_without_progression", "time_to_recurrence")
_AT_VISITS = (
    "volume",
    "necrosis",
    "CRP",
    "AFP",
    "albumin",
    "bilirubin",
    "hepcidin",
    "IL6_serum",
    "IL6_liver",
    "IL6_tumour",
)


def lane_summaries(found: AnyDataset) -> list[dict[str, Any]]:
    """One entry for each course: its options, its responses, and what CRP did in a week."""
    rows = []
    early = int(np.searchsorted(found["time"].values, EARLY_H))
    for i in range(found.sizes["patient"]):
        row: dict[str, Any] = {
            "course": str(found["patient"].values[i]),
            "treated": bool(found["treated"].values[i]),
            "IL6_liver_ratio": float(found["IL6_liver_ratio"].values[i]),
            "residual_cells": float(found["residual_cells"].values[i]),
            "outcome": str(found["outcome"].values[i]),
            "best_response": str(found["best_response"].values[i]),
            "progressed": bool(found["progressed"].values[i]),
        }
        if "recurred" in found:
            row["recurred"] = bool(found["recurred"].values[i])
        if "regrowth_chance" in found:
            row["regrowth_chance"] = float(found["regrowth_chance"].values[i])
        row.update({f"{k}_h": float(found[k].values[i]) for k in _BY_PATIENT if k in found})
        if "CRP" in found and early < found.sizes["time"]:
            crp = found["CRP"].values[i]
            row["CRP_change_in_a_week"] = float(crp[early] / crp[0] - 1.0)
        if row["treated"]:
            row["treatment_stopped_h"] = float(found["treatment_stopped"].values[i])
        rows.append(row)
    return rows


def visit_rows(found: AnyDataset) -> Iterator[dict[str, Any]]:
    """One row for each course and visit."""
    at = np.searchsorted(found["time"].values, found["visit"].values)
    there = [name for name in _AT_VISITS if name in found]
    drugs = [n for n, v in found.data_vars.items() if v.attrs.get("panel") == "drugs"]
    for i in range(found.sizes["patient"]):
        for k, hour in enumerate(found["visit"].values):
            row: dict[str, Any] = {
                "course": str(found["patient"].values[i]),
                "visit_days": float(hour) / 24.0,
                "sum_of_diameters_mm": float(found["sum_of_diameters"].values[i, k]),
                "sum_read_mm": float(found["sum_read"].values[i, k]),
                "response": str(found["response"].values[i, k]),
            }
            for name in (*there, *map(str, drugs)):
                unit = str(found[name].attrs["units"]).replace("/", "_per_")
                row[f"{name}_{unit}"] = float(found[name].values[i, at[k]])
            yield row


def patient_document(found: AnyDataset) -> dict[str, Any]:
    """The JSON document; its shape is described in docs/json.md."""
    series = {
        str(name): {
            "unit": v.attrs["units"],
            "title": v.attrs["long_name"],
            "panel": v.attrs["panel"],
            "values": v.values,
        }
        for name, v in found.data_vars.items()
        if "panel" in v.attrs
    }
    document: dict[str, Any] = json_ready(
        {
            "question": attribute(found.attrs, "question"),
            "asked": found.attrs["title"],
            "options": attribute(found.attrs, "options"),
            "outcome": found.attrs["outcome"],
            "failed": int(found.attrs["failed"]),
            "courses": lane_summaries(found),
            "visits": list(visit_rows(found)),
            "time_h": found["time"].values,
            "series": series,
            "sources": list(found.attrs["sources"]),
            "manifest": attribute(found.attrs, "manifest"),
            "notice": NOTICE,
        }
    )
    return document
