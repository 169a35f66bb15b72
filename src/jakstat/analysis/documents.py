"""Results of analyses as JSON documents; the shapes are described in docs/json.md."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from jakstat.analysis.dose_curve import SHARES, DoseResponse
from jakstat.analysis.target_ranking import TargetScan
from jakstat.store import NOTICE

if TYPE_CHECKING:
    import xarray as xr

    from jakstat.analysis.cell_statistics import Distribution

__all__ = [
    "branch_document",
    "cells_document",
    "dose_response_document",
    "sensitivity_document",
    "steady_document",
    "targets_document",
]


def _plain(value: object) -> Any:
    """JSON has neither NaN nor NumPy's types."""
    if isinstance(value, np.ndarray):
        return [_plain(v) for v in value.tolist()]
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, float | np.floating):
        return float(value) if np.isfinite(value) else None
    return value.item() if isinstance(value, np.generic) else value


def _head(found: xr.Dataset) -> dict[str, Any]:
    return {"context": found.attrs["context"]}


def _foot(found: xr.Dataset) -> dict[str, Any]:
    return {"notes": found.attrs["notes"], "manifest": found.attrs["manifest"], "notice": NOTICE}


def steady_document(found: xr.Dataset) -> dict[str, Any]:
    """The document of :func:`jakstat.analysis.rest.steady_states`.

    Examples
    --------
    >>> from jakstat.analysis.rest import steady_states
    >>> from jakstat.experiment import make_protocol
    >>> d = steady_document(steady_states(make_protocol("hepg2", observe="pSTAT3"), starts=0))
    >>> d["states"][0]["situation"], sorted(d["states"][0]["readouts"]["pSTAT3"])
    ('resting', ['unit', 'value'])
    """
    states = []
    for k in range(found.sizes["state"]):
        row = {
            name: _plain(found[name].values[k])
            for name in ("situation", "outcome", "stability", "residual", "relaxation_h", "reached")
        }
        modes = zip(
            found["mode_rate"].values[k],
            found["mode_frequency"].values[k],
            found["mode_states"].values[k],
            strict=True,
        )
        row["modes"] = [
            {"rate_per_h": float(r), "frequency_per_h": float(f), "states": str(s).split()}
            for r, f, s in modes
            if np.isfinite(r)
        ]
        row["readouts"] = {
            n: {"unit": found[n].attrs["units"], "value": _plain(found[n].values[k])}
            for n in found.attrs["readouts"]
        }
        states.append(row)
    shared = {k: found.attrs[k] for k in ("verdict", "starts", "failed_starts", "held_zmol")}
    return {**_head(found), "states": states, **shared, **_foot(found)}


def branch_document(found: xr.Dataset) -> dict[str, Any]:
    """The document of :func:`jakstat.analysis.input_scan.bistability`."""
    names = found.attrs["readouts"]
    keys = ("verdict", "sentence", "reasons", "windows", "oscillations", "folds", "disagreements")
    ways = {way: {n: _plain(found[f"{n}_{way}"].values) for n in names} for way in ("up", "down")}
    curves = []
    for number in np.unique(found["curve"].values):
        own = found["curve"].values == number
        curve = {
            "level": _plain(found["point_level"].values[own]),
            "stable": _plain(found["stable"].values[own]),
            "oscillating": _plain(found["oscillating"].values[own]),
            "fold": _plain(found["fold"].values[own]),
        }
        curves.append({**curve, "readouts": {n: _plain(found[n].values[own]) for n in names}})
    return {
        **_head(found),
        "input": {"name": found.attrs["input"], "unit": found.attrs["unit"]},
        "level": _plain(found["level"].values),
        "units": {n: found[n].attrs["units"] for n in names},
        "sweeps": ways,
        "curves": curves,
        **{k: found.attrs[k] for k in keys},
        **_foot(found),
    }


def sensitivity_document(found: xr.Dataset) -> dict[str, Any]:
    """The document of :func:`jakstat.analysis.influence.sensitivity`."""
    columns = [str(n) for n in found.data_vars]
    rows = []
    for k, name in enumerate(found["parameter"].values.tolist()):
        row = {"id": name}
        row |= {c: _plain(found[c].values[k]) for c in ("value", "low", "high", "unit", "grade", "source")}
        rows.append(row | {c: _plain(found[c].values[k]) for c in columns})
    keys = ("readout", "unit", "at", "method", "baseline", "rows", "seed", "simulations", "failed")
    more = ("lost_rows", "reliable", "logarithmic", "variance", "range_of_readout", "not_varied")
    return {
        **_head(found),
        **{k: _plain(found.attrs[k]) for k in (*keys, *more) if k in found.attrs},
        "parameters": rows,
        **_foot(found),
    }


def cells_document(result: xr.Dataset, said: Iterable[Distribution]) -> dict[str, Any]:
    """The document of :func:`jakstat.experiment.cells.simulate_cells` with its statistics."""
    return {
        **_head(result),
        "cells": result.attrs["cells"],
        "seed": result.attrs["seed"],
        "failed_cells": result.attrs["failed_cells"],
        "spreads": result.attrs["spreads"],
        "distributions": [d.to_dict() for d in said],
        **_foot(result),
    }


def _half_document(value: float, low: float, high: float, unit: str) -> dict[str, Any]:
    return {"value": _plain(value), "low": _plain(low), "high": _plain(high), "unit": unit}


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
    return [{k: _plain(v[i]) for k, v in columns.items()} for i in range(len(found.doses))]


def _curve_document(found: DoseResponse) -> dict[str, Any]:
    half = _half_document(found.half.value, *found.bounds, found.dose_unit)
    none = _half_document(np.nan, np.nan, np.nan, found.dose_unit)
    falls = found.half.kind == "IC50"
    said = found.interval
    interval: dict[str, Any] = {"of": "fit", "level": 0.95}
    if said is not None:
        keys = ("vectors", "failed", "without", "extrapolated", "seed", "ranges_key")
        interval = {"of": "vectors", "shares": list(SHARES), **{k: getattr(said, k) for k in keys}}
    return {
        "IC50": half if falls else none,
        "hill": _plain(found.half.hill),
        "emax": _plain(found.emax),
        "curve": _curve_rows(found),
        "grade": found.grade,
        "EC50": none if falls else half,
        "absolute_IC50": _plain(found.absolute),
        "GR50": _plain(found.gr50),
        "baseline": _plain(found.baseline),
        "floor": _plain(found.floor),
        "method": found.half.method,
        "bracketed": found.half.bracketed,
        "interval": interval,
        "failed": found.failed,
        "context": found.context,
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
    """The document of :func:`jakstat.analysis.drug_curves.dose_responses`: of one curve, or a list of them.

    Examples
    --------
    >>> from jakstat.analysis.drug_curves import dose_responses
    >>> from jakstat.experiment import make_protocol
    >>> p = make_protocol("hepg2", stimuli="IL6=10ng/ml")
    >>> list(dose_response_document(dose_responses(p, "ruxolitinib=1..100000nM:6")))[:5]
    ['IC50', 'hill', 'emax', 'curve', 'grade']
    """
    documents = [_curve_document(one) for one in found]
    if len(documents) == 1:
        return documents[0]
    return {"context": found[0].context, "curves": documents, "notice": NOTICE}


def targets_document(found: TargetScan) -> dict[str, Any]:
    """The document of :func:`jakstat.analysis.target_ranking.target_scan`."""
    readings = [
        {"readout": name, "at": at, "unit": unit, "control": _plain(control)}
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
            "effect": {n: _plain(f) for n, f in zip(found.readouts, one.folds, strict=True)},
            "value": {n: _plain(v) for n, v in zip(found.readouts, one.values, strict=True)},
            "strength": _plain(one.strength),
            "changes_nothing": one.idle,
            "drugs" if one.kind == "gene" else "acts_on": list(one.drugs),
            "grade": one.grade or None,
        }
        for one in found.targets
    ]
    return {
        "context": found.context,
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
