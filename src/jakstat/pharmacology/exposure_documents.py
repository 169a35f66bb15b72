"""Exposure as JSON documents; the shapes are described in docs/json.md."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from jakstat.pharmacology.exposure_summary import left_out, readings, summary
from jakstat.pharmacology.pk_library import pk_model
from jakstat.pharmacology.reported_exposure import Comparison
from jakstat.store import NOTICE, json_ready

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["exposure_document", "reported_document", "table_document"]


def _bands(values: Any) -> dict[str, Any]:
    alive = values[np.isfinite(values).all(axis=1)]
    if not len(alive):
        return {}
    low, median, high = np.percentile(alive, [5, 50, 95], axis=0)
    return {
        "mean": json_ready(alive.mean(axis=0)),
        "low": json_ready(low),
        "median": json_ready(median),
        "high": json_ready(high),
    }


def exposure_document(found: xr.Dataset) -> dict[str, Any]:
    """The document of an :func:`~jakstat.pharmacology.exposure.exposure`.

    Examples
    --------
    >>> from jakstat.pharmacology.exposure import exposure
    >>> document = exposure_document(exposure("siltuximab", "11 mg/kg IV q3w x 2", subjects=0))
    >>> document["metrics"]["Cmax"]["unit"], document["curves"]["unbound"]["unit"]
    ('mg/L', 'nM')
    """
    names = [n for n in ("total", "total_molar", "unbound", "free_target", "total_target") if n in found]
    a, model, told = found.attrs, pk_model(str(found.attrs["drug_id"])), readings(found)
    return {
        "drug": a["drug"],
        "regimen": a["regimen"],
        "population": a["population"],
        "covariates": {name: float(found[f"covariate_{name}"][0]) for name in a["fixed"]},
        "days": a["until_h"] / 24.0,
        "subjects": a["subjects"],
        "seed": a["seed"],
        "failed": a["failed"],
        "grade": a["grade"],
        "unbound_grade": a["unbound_grade"],
        "fraction_unbound": a["fraction_unbound"],
        "time_h": json_ready(found["time"].values),
        "curves": {
            n: {"unit": found[n].attrs["units"], "grade": found[n].attrs["grade"], **_bands(found[n].values)}
            for n in names
        },
        "dose_times_h": json_ready(found["dose"].values),
        "metrics": json_ready(summary(told)),
        "left_out": left_out(told),
        "toxicities": [dict(t) for t in model.toxicities],
        "sources": a["sources"],
        "notice": NOTICE,
    }


def reported_document(rows: Sequence[Comparison], *, subjects: int, seed: int) -> dict[str, Any]:
    """The document of :func:`~jakstat.pharmacology.reported_exposure.compare`.

    Examples
    --------
    >>> from jakstat.pharmacology.reported_exposure import compare_reported, reported
    >>> rows = compare_reported([r for r in reported() if r.drug == "tofacitinib"], subjects=5)
    >>> reported_document(rows, subjects=5, seed=1)["within"]
    1
    """
    keys: tuple[str, ...] = (
        "id",
        "drug",
        "regimen",
        "population",
        "covariates",
        "days",
        "statistic",
        "metric",
        "value",
        "sd",
    )
    keys += ("unit", "low", "high", "accept", "tolerance", "fact", "source", "note")
    told = [
        {
            **{k: json_ready(getattr(row.reported, k)) for k in keys},
            "ours": json_ready(row.ours),
            "ours_sd": json_ready(row.ours_sd),
            "deviation": json_ready(row.deviation),
            "passes": row.passes,
            "grade": row.grade,
            "subjects": row.subjects,
        }
        for row in rows
    ]
    within = sum(row.passes for row in rows)
    return {
        "rows": told,
        "count": len(told),
        "within": within,
        "subjects": subjects,
        "seed": seed,
        "notice": NOTICE,
    }


def table_document(found: xr.Dataset, *, passed_over: str = "") -> dict[str, Any]:
    """The document of a :func:`~jakstat.pharmacology.table_exposure.table_exposure`.

    Parameters
    ----------
    found : xarray.Dataset
    passed_over : str
        What of the table was not used.

    Examples
    --------
    >>> from jakstat.pharmacology.nonmem import DoseRecord
    >>> from jakstat.pharmacology.table_exposure import table_exposure
    >>> table_document(table_exposure("ruxolitinib", [DoseRecord("A", 0.0, 20.0)], days=1.0))["subjects"]
    ['A']
    """
    a = found.attrs
    return {
        "drug": a["drug"],
        "population": a["population"],
        "grade": a["grade"],
        "unbound_grade": a["unbound_grade"],
        "failed": a["failed"],
        "days": a["days"],
        "passed_over": passed_over,
        "subjects": [str(name) for name in found["subject"].values],
        **{name: json_ready(found[name].values) for name in ("doses", "given", "peak", "peak_time", "area")},
        "time_h": json_ready(found["time"].values),
        "total": {"unit": "mg/L", "values": json_ready(found["total"].values)},
        "unbound": {"unit": "nM", "values": json_ready(found["unbound"].values)},
        "sources": a["sources"],
        "notice": NOTICE,
    }
