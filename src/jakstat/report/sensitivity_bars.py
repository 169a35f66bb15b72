"""What a readout depends on, as bars with intervals, grade and source."""

from __future__ import annotations

import numpy as np
import xarray as xr

from jakstat.arrays import Floats
from jakstat.extras import needs
from jakstat.report.canvas import COLOURS, finish, headline, new_figure, tidy
from jakstat.report.time_courses import axis_label
from jakstat.store import attribute

with needs("plot"):
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

__all__ = ["sensitivity_bars"]

_SHOWN = 20
_NAMES = {"local": "local", "sobol": "Sobol'", "morris": "Morris"}
_GRADES = {"measured": COLOURS[0], "fitted": COLOURS[2], "assumed": COLOURS[1], "user": COLOURS[3]}


def sensitivity_bars(found: xr.Dataset) -> Figure:
    """The most influential parameters of :func:`jakstat.influence.sensitivity.sensitivity`, at most 20."""
    method = str(found.attrs["method"])
    top = found.isel(parameter=slice(0, _SHOWN))
    count = top.sizes["parameter"]
    figure = new_figure(9.2, 1.6 + 0.27 * count)
    axes = figure.subplots()
    where = np.arange(count)
    paints = [_GRADES[str(g)] for g in top["grade"].values]
    if method == "local":
        values = top["elasticity"].values
        axes.barh(where, values, color=paints, height=0.7)
        odd = top["reliable"].values < 1
        axes.plot(top["elasticity_check"].values[odd], where[odd], "kx", ms=5)
        axes.axvline(0.0, color="0.3", lw=0.8)
        axes.set_xlabel(
            "change of the readout per change of the parameter (d ln / d ln, no unit)", fontsize=9
        )
    elif method == "sobol":
        _with_interval(axes, top, "total", where, paints)
        axes.errorbar(
            top["first"].values,
            where,
            xerr=_reach(top, "first"),
            fmt="D",
            ms=3.5,
            mfc="white",
            color="0.25",
            lw=0.8,
        )
        axes.set_xlabel(
            "share of variance (no unit): bar total order, diamond first order, 95 % intervals", fontsize=9
        )
        axes.set_xlim(left=min(0.0, float(np.nanmin(top["first_low"].values))))
    else:
        _with_interval(axes, top, "size", where, paints)
        decades = attribute(found.attrs, "logarithmic")
        scale = "decades of the readout" if decades else str(found.attrs["unit"])
        told = f"mean size of the elementary effect over the range ({scale}), 95 % interval"
        axes.set_xlabel(told, fontsize=9)
    names = [f"{p}  [{s}]" for p, s in zip(top["parameter"].values, top["source"].values, strict=True)]
    axes.set_yticks(where, names)
    axes.invert_yaxis()
    tidy(axes)
    axes.tick_params(axis="y", labelsize=7.5)
    used = {str(g) for g in top["grade"].values}
    axes.legend(
        handles=[Patch(color=c, label=g) for g, c in _GRADES.items() if g in used],
        title="grade", fontsize=8, title_fontsize=8, loc="lower right", framealpha=0.85, edgecolor="none",
    )  # fmt: skip
    at = str(found.attrs["at"])
    when = {"peak": "peak of ", "auc": "area under "}.get(at, "")
    read = axis_label(str(found.attrs["readout"]), str(found.attrs["unit"]))
    runs, failed = found.attrs["simulations"], found.attrs["failed"]
    doubt = "" if attribute(found.attrs, "reliable") else "; not reliable"
    headline(
        figure,
        f"{found.attrs['title']}: {_NAMES[method]} sensitivity of {when}{read}{'' if when else f' at {at}'}"
        f" ({runs} simulations, {failed} failed{doubt})",
        attribute(found.attrs, "question"),
    )
    return finish(figure, sorted({str(s) for s in top["source"].values}), found.attrs["notes"])


def _reach(top: xr.Dataset, name: str) -> Floats:
    value = top[name].values
    sides = np.stack([value - top[f"{name}_low"].values, top[f"{name}_high"].values - value])
    return np.asarray(np.maximum(sides, 0.0))


def _with_interval(axes: object, top: xr.Dataset, name: str, where: object, paints: list[str]) -> None:
    with needs("plot"):
        from matplotlib.axes import Axes

    assert isinstance(axes, Axes)
    axes.barh(where, top[name].values, color=paints, height=0.7, alpha=0.85)  # type: ignore[arg-type]
    axes.errorbar(top[name].values, where, xerr=_reach(top, name), fmt="none", color="0.1", lw=1.0, capsize=2)  # type: ignore[arg-type]
