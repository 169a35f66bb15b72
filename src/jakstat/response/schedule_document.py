"""A comparison of schedules as a JSON document; its shape is described in docs/json.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jakstat.arrays import Floats
from jakstat.store import NOTICE, attribute, json_ready

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["schedule_document"]

_NUMBERS = (
    "suppression", "deepest", "shallowest", "share_suppressed", "drift", "AUC_unbound", "AUC_total",
    "Cmax_unbound", "Cmax_total", "weekly_dose",
)  # fmt: skip
_HEAD = (
    "context", "question", "drug", "readout", "unit", "stimuli", "population", "days", "suppress",
    "unstimulated", "potency_grade", "exposure_grade", "fraction_unbound",
)  # fmt: skip


def schedule_document(found: xr.Dataset) -> dict[str, Any]:
    """The document of :func:`jakstat.response.schedules.compare_schedules`.

    Examples
    --------
    >>> from jakstat.response.schedules import compare_schedules
    >>> found = compare_schedules("hepg2", "ruxolitinib", ["20 mg PO BID"], days=7, parts="core")
    >>> document = schedule_document(found)
    >>> document["schedules"][0]["kind"], document["schedules"][0]["front"]
    ('continuous', True)
    """
    name = found.attrs["readout"]
    times = found["time"].values
    rows = []
    for k, text in enumerate(found["schedule"].values.tolist()):
        start, end = (float(found[f"window_{e}"].values[k]) for e in ("start", "end"))
        inside = (times >= start) & (times <= end)
        row: dict[str, Any] = {"regimen": text, "kind": str(found["kind"].values[k])}
        row |= {"outcome": str(found["outcome"].values[k]), "front": bool(found["front"].values[k])}
        row |= {n: json_ready(float(found[n].values[k])) for n in _NUMBERS}
        row["also"] = {n: json_ready(float(found[f"suppression_{n}"].values[k])) for n in found.attrs["also"]}
        row["window_h"] = [start, end]
        row["time_h"] = [float(t) for t in times[inside]]
        row["unbound_nM"] = _list(found["unbound"].values[k][inside])
        row["values"] = _list(found[name].values[k][inside])
        row["untreated"] = _list(found[f"untreated_{name}"].values[inside])
        rows.append(row)
    return {
        **{key: attribute(found.attrs, key) for key in _HEAD},
        "schedules": rows,
        "failed": found.attrs["failed"],
        "sentences": found.attrs["sentences"],
        "toxicities": attribute(found.attrs, "toxicities"),
        "notes": found.attrs["notes"],
        "sources": found.attrs["sources"],
        "manifest": attribute(found.attrs, "manifest"),
        "notice": NOTICE,
    }


def _list(values: Floats) -> list[float | None]:
    return [json_ready(float(v)) for v in values]
