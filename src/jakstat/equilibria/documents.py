"""Steady states and branches as JSON documents; the shapes are described in docs/json.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from jakstat.experiment.document_parts import foot, head
from jakstat.store import attribute, json_ready

if TYPE_CHECKING:
    from jakstat.experiment.labelled import AnyDataset

__all__ = ["branch_document", "steady_document"]


def steady_document(found: AnyDataset) -> dict[str, Any]:
    """The document of :func:`jakstat.equilibria.steady_states.steady_states`.

    Examples
    --------
    >>> from jakstat.equilibria.steady_states import steady_states
    >>> from jakstat.experiment.describe import make_protocol
    >>> d = steady_document(steady_states(make_protocol("hepg2", observe="pSTAT3", parts="core"), starts=0))
    >>> d["states"][0]["situation"], sorted(d["states"][0]["readouts"]["pSTAT3"])
    ('resting', ['unit', 'value'])
    """
    states = []
    for k in range(found.sizes["state"]):
        row = {
            name: json_ready(found[name].values[k])
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
            n: {"unit": found[n].attrs["units"], "value": json_ready(found[n].values[k])}
            for n in found.attrs["readouts"]
        }
        states.append(row)
    shared = {k: attribute(found.attrs, k) for k in ("verdict", "starts", "failed_starts", "held_zmol")}
    return {**head(found), "states": states, **shared, **foot(found)}


def branch_document(found: AnyDataset) -> dict[str, Any]:
    """The document of :func:`jakstat.equilibria.bistability.bistability`."""
    names = found.attrs["readouts"]
    keys = ("verdict", "sentence", "reasons", "windows", "oscillations", "folds", "disagreements")
    ways = {way: {n: json_ready(found[f"{n}_{way}"].values) for n in names} for way in ("up", "down")}
    curves = []
    for number in np.unique(found["curve"].values):
        own = found["curve"].values == number
        curve = {
            "level": json_ready(found["point_level"].values[own]),
            "stable": json_ready(found["stable"].values[own]),
            "oscillating": json_ready(found["oscillating"].values[own]),
            "fold": json_ready(found["fold"].values[own]),
        }
        curves.append({**curve, "readouts": {n: json_ready(found[n].values[own]) for n in names}})
    return {
        **head(found),
        "input": {"name": found.attrs["input"], "unit": found.attrs["unit"]},
        "level": json_ready(found["level"].values),
        "units": {n: found[n].attrs["units"] for n in names},
        "sweeps": ways,
        "curves": curves,
        **{k: attribute(found.attrs, k) for k in keys},
        **foot(found),
    }
