"""A result as a JSON document and as a table; the shapes are described in docs/json.md."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from jakstat.arrays import Floats
from jakstat.curves import peak, value_at, window
from jakstat.experiment.control import beside_control, control_name
from jakstat.experiment.dose_series import HalfMaximum, half_maximum
from jakstat.store import NOTICE, attribute, json_ready

if TYPE_CHECKING:
    from jakstat.experiment.labelled import AnyDataset

__all__ = ["axis_names", "half_maxima", "readout_names", "responses", "result_rows", "to_document"]


def axis_names(result: AnyDataset) -> list[str]:
    """Names of what was varied, e.g. ``["IL6"]``; empty for a single simulation.

    Examples
    --------
    >>> from jakstat.experiment.labelled import Labelled
    >>> axis_names(Labelled({}, {}, {"axes": ["IL6"]}))
    ['IL6']
    """
    return [str(name) for name in result.attrs["axes"]]


def readout_names(result: AnyDataset) -> list[str]:
    """Names of the readouts, without the bounds of their intervals and the untreated controls.

    Examples
    --------
    >>> from jakstat.experiment.labelled import Labelled
    >>> bounds = ("lane", [0.0], {"interval_of": "pSTAT3"})
    >>> readout_names(Labelled({"pSTAT3": ("lane", [1.0]), "pSTAT3_low": bounds}, {}))
    ['pSTAT3']
    """
    beside = {"interval_of", "control_of"}
    return [str(name) for name, variable in result.data_vars.items() if not beside & set(variable.attrs)]


def responses(result: AnyDataset, name: str) -> Floats:
    """One number per lane (lanes,): the readout at the reading time, or its peak from time 0 on."""
    values, time = result[name].values, result["time"].values
    read = result.attrs.get("read_at_h")
    return peak(*window(time, values, 0.0)) if read is None else value_at(time, values, read)


def half_maxima(result: AnyDataset) -> list[tuple[dict[str, float], dict[str, HalfMaximum]]]:
    """EC50 or IC50 of every readout along the first series.

    Returns
    -------
    list of (levels of the other series, half-maximum by readout)
        One entry for each combination of the other series' levels; empty without a series.
    """
    axes = axis_names(result)
    if not axes:
        return []
    levels = {axis: result[f"dose_{axis}"].values for axis in axes}
    first, others = axes[0], axes[1:]
    unit = str(result[f"dose_{first}"].attrs["units"])
    found = []
    for combination in itertools.product(*(np.unique(levels[axis]) for axis in others)):
        chosen = np.ones(result.sizes["lane"], dtype=bool)
        for axis, level in zip(others, combination, strict=True):
            chosen &= levels[axis] == level
        at = {axis: float(level) for axis, level in zip(others, combination, strict=True)}
        by_name = {
            str(name): half_maximum(levels[first][chosen], responses(result, str(name))[chosen], unit=unit)
            for name in readout_names(result)
        }
        found.append((at, by_name))
    return found


def _of_lanes(result: AnyDataset, name: str, axes: list[str]) -> list[Any]:
    values = np.asarray(result[name].values, dtype=float)
    told: list[Any] = json_ready(values if axes else values[0])
    return told


def _half(found: HalfMaximum) -> dict[str, object]:
    fields: dict[str, object] = json_ready(asdict(found))
    return fields


def to_document(result: AnyDataset) -> dict[str, Any]:
    """The JSON document of a result.

    ``values`` is a list over time for one simulation, and a list of such lists, one
    per lane, for a series.

    Examples
    --------
    >>> from jakstat.experiment.run import simulate
    >>> d = to_document(simulate("hepg2", until="10 min", points=2, observe="SOCS3", parts="core"))
    >>> sorted(d), len(d["observables"]["SOCS3"]["values"])
    (['context', 'manifest', 'notes', 'notice', 'observables', 'outcome', 'question', 'time_h'], 2)
    """
    axes = axis_names(result)
    observables: dict[str, dict[str, Any]] = {}
    for name in readout_names(result):
        observables[name] = {"unit": result[name].attrs["units"], "values": _of_lanes(result, name, axes)}
        if "control" in result.attrs:
            observables[name]["control"] = _of_lanes(result, control_name(name), axes)
        if "interval" in result.attrs:
            observables[name]["interval"] = {
                level: _of_lanes(result, f"{name}_{level}", axes) for level in ("low", "median", "high")
            }
    document: dict[str, Any] = {
        "context": result.attrs["context"],
        "question": attribute(result.attrs, "question"),
        "time_h": json_ready(np.asarray(result["time"].values, dtype=float)),
        "observables": observables,
        "outcome": result.attrs["outcome"],
        "manifest": attribute(result.attrs, "manifest"),
        "notes": result.attrs["notes"],
        "notice": NOTICE,
    }
    if "control" in result.attrs:
        document["control"] = {
            "without": list(result.attrs["control"]),
            "compared": {name: json_ready(found) for name, found in beside_control(result).items()},
        }
    if "interval" in result.attrs:
        document["interval"] = attribute(result.attrs, "interval")
    if axes:
        document["series"] = _series(result, axes)
    return document


def _series(result: AnyDataset, axes: list[str]) -> dict[str, Any]:
    read = result.attrs.get("read_at_h")
    found = half_maxima(result)
    entries: list[Mapping[str, Any]] = [
        {"at": at, "observables": {n: _half(h) for n, h in by_name.items()}} for at, by_name in found
    ]
    axis_fields = [
        {
            "name": axis,
            "kind": result[f"dose_{axis}"].attrs["kind"],
            "unit": result[f"dose_{axis}"].attrs["units"],
            "doses": json_ready(np.asarray(result[f"dose_{axis}"].values, dtype=float)),
        }
        for axis in axes
    ]
    return {
        **axis_fields[0],
        "also_varied": axis_fields[1:],
        "read": "peak" if read is None else {"time_h": read},
        "outcomes": [str(o) for o in result["outcome"].values],
        "EC50": entries[0]["observables"] if len(axes) == 1 else entries,
    }


def result_rows(result: AnyDataset) -> Iterator[dict[str, Any]]:
    """The result as a long table: lane, doses, time_h, observable, value, unit, outcome.

    A failed lane has no values.

    Examples
    --------
    >>> from jakstat.experiment.run import simulate
    >>> r = simulate("hepg2", "IL6=1ng/ml", until="10 min", points=2, observe="SOCS3", parts="core")
    >>> [list(row) for row in result_rows(r)][0], len(list(result_rows(r)))
    (['lane', 'time_h', 'observable', 'value', 'unit', 'outcome'], 2)
    """
    axes = axis_names(result)
    heads = {a: f"{a}_{result[f'dose_{a}'].attrs['units']}" for a in axes}
    times = [float(t) for t in result["time"].values]
    for lane in range(result.sizes["lane"]):
        doses = {heads[a]: float(result[f"dose_{a}"].values[lane]) for a in axes}
        outcome = str(result["outcome"].values[lane])
        for name, variable in result.data_vars.items():
            unit = variable.attrs["units"]
            for time, value in zip(times, variable.values[lane], strict=True):
                told = float(value) if math.isfinite(value) else None
                yield {
                    "lane": lane, **doses, "time_h": time, "observable": name, "value": told, "unit": unit,
                    "outcome": outcome,
                }  # fmt: skip
