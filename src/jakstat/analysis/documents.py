"""Results of analyses as JSON documents; the shapes are described in docs/json.md."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from jakstat.store import NOTICE

if TYPE_CHECKING:
    import xarray as xr

    from jakstat.analysis.cell_statistics import Distribution

__all__ = ["branch_document", "cells_document", "sensitivity_document", "steady_document"]


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
