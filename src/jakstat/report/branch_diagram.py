"""Branches of steady states over an input: stable solid, unstable dashed, with the sweeps up and down."""

from __future__ import annotations

import numpy as np
import xarray as xr

from jakstat.extras import needs
from jakstat.report.canvas import COLOURS, finish, headline, tidy
from jakstat.report.time_courses import axis_label, from_zero, make_panels
from jakstat.store import attribute

with needs("plot"):
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["branch_diagram"]

_DECADES = 30.0
"""From this ratio of largest to smallest value on, the readout is drawn on a logarithmic axis."""


def branch_diagram(found: xr.Dataset) -> Figure:
    """Every readout of :func:`jakstat.equilibria.bistability.bistability` over the input."""
    names = [str(n) for n in found.attrs["readouts"]]
    figure, panels = make_panels(names)
    unit = str(found.attrs["unit"])
    for panel, name in zip(panels, names, strict=True):
        _branches(panel, found, name)
        level = found["level"].values
        panel.plot(
            level, found[f"{name}_up"].values, ">", ms=3.5, color=COLOURS[0], mfc="none", label="sweep up"
        )
        panel.plot(
            level, found[f"{name}_down"].values, "<", ms=3.5, color=COLOURS[1], mfc="none", label="sweep down"
        )
        for window in attribute(found.attrs, "windows"):
            panel.axvspan(window["low"], window["high"], color="0.85", lw=0, zorder=0)
        if attribute(found.attrs, "logarithmic"):
            panel.set_xscale("log")
        panel.set_xlabel(
            axis_label(str(found.attrs["input"]), "ratio to normal" if unit == "1" else unit), fontsize=9
        )
        panel.set_ylabel(axis_label(name, str(found[name].attrs["units"])).replace(" (", "\n("), fontsize=8.5)
        drawn = np.concatenate([found[f"{name}{s}"].values for s in ("_up", "_down", "")])
        drawn = drawn[np.isfinite(drawn)]
        if drawn.size and drawn.min() > 0 and drawn.max() > _DECADES * drawn.min():
            panel.set_yscale("log")
        else:
            from_zero(panel)
        tidy(panel)
        panel.legend(fontsize=7, framealpha=0.85, edgecolor="none")
    headline(figure, f"{found.attrs['title']}: {found.attrs['sentence']}", attribute(found.attrs, "question"))
    return finish(figure, found.attrs["sources"], found.attrs["notes"])


def _branches(panel: Axes, found: xr.Dataset, name: str) -> None:
    level, value = found["point_level"].values, found[name].values
    stable, curve = found["stable"].values.astype(bool), found["curve"].values
    fold = found["fold"].values.astype(bool)
    said: set[bool] = set()
    for number in np.unique(curve):
        own = np.flatnonzero(curve == number)
        cuts = np.flatnonzero(np.diff(stable[own].astype(int)) != 0)
        for first, last in zip([0, *(cuts + 1)], [*cuts, len(own) - 1], strict=True):
            part = own[max(0, first - 1) : last + 1] if first else own[: last + 1]
            solid = bool(stable[own[last]])
            label = None if solid in said else ("stable" if solid else "unstable")
            said.add(solid)
            panel.plot(level[part], value[part], "-" if solid else "--", color="0.15", lw=1.3, label=label)
    if fold.any():
        panel.plot(level[fold], value[fold], "o", ms=5, color=COLOURS[2], label="fold (saddle-node)")
