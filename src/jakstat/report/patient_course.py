"""The course of a patient: tumour, signalling, blood and drugs, treated beside untreated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import xarray as xr

from jakstat.arrays import Floats
from jakstat.extras import needs
from jakstat.patients.plan import cells_told
from jakstat.report.canvas import COLOURS, finish, headline, new_figure, tidy
from jakstat.store import attribute

with needs("plot"):
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

__all__ = ["patient_course"]

_DAY = 24.0
_MONTH = 730.5
_WEEK = 168.0
_GREY = "0.45"
_FEW_DECADES = 300.0
_FLOOR = 1e-6  # of the highest value: nothing below is shown on a logarithmic axis
_STYLES_OF_OPTIONS = ("-", ":", "-.")
_SHORT = {
    "pSTAT3_stem": "stem-like cell",
    "pSTAT3_bulk": "bulk cell",
    "pSTAT3_hepatocyte": "hepatocyte",
    "stem_like": "stem-like",
    "IL6_serum": "serum",
    "IL6_liver": "liver",
    "IL6_tumour": "tumour",
}


def patient_course(found: xr.Dataset) -> Figure:
    """A figure of :func:`jakstat.patients.answer.patient`: nothing that depends on an option stands alone."""
    names_of = [str(name) for name in found.data_vars]
    panels: list[tuple[Callable[[Axes, xr.Dataset, Sequence[str]], None], list[str]]] = [
        (_volume, ["volume"]),
        (_sums, ["sum_of_diameters"]),
        (_several, ["stem_like", "progenitors", "differentiated", "dead"]),
        (_signalling, [n for n in names_of if n.startswith("pSTAT3_")]),
        (_several, ["IL6_serum", "IL6_liver", "IL6_tumour"]),
        (_options, ["CRP"]),
        (_by_focus, ["AFP"]),
        (_one, ["albumin"]),
        (_options, ["hepcidin"]),
        (_several, ["TAM", "CAF", "MDSC", "CD8", "NK"]),
        (_one, ["bilirubin"]),
        (_drugs, [n for n in names_of if n.endswith("_unbound")]),
    ]
    shown = [(draw, there) for draw, names in panels if (there := [n for n in names if n in names_of])]
    rows = -(-len(shown) // 3)
    figure = new_figure(12.4, 1.2 + 2.5 * rows)
    grid = figure.subplots(rows, 3, squeeze=False).ravel()
    for axes, (draw, names) in zip(grid, shown, strict=False):
        draw(axes, found, names)
        _time_axis(axes, found)
    for axes in grid[len(shown) :]:
        axes.set_visible(False)
    headline(figure, str(found.attrs["title"]))
    return finish(figure, list(found.attrs["sources"]), _notes(found))


def _notes(found: xr.Dataset) -> list[str]:
    notes = ["bands: from the least to the most within a day"]
    notes += ["dashed: the same patient untreated"] if _lanes(found, treated=True) else []
    options = attribute(found.attrs, "options")
    ratios = ", ".join(f"{r:g}" for r in sorted(options["IL6_liver_ratio"]))
    notes.append(f"IL-6 of liver fluid over serum is not known: {ratios} are shown where it matters")
    if len(options["residual_cells"]) > 1:
        notes.append("the size of occult foci is not known: both are shown")
    failed = int(found.attrs["failed"])
    return [*notes, f"{failed} of {found.sizes['patient']} courses failed"] if failed else notes


def _lanes(found: xr.Dataset, *, treated: bool) -> list[int]:
    """Lanes by option, what is taken first."""
    return [i for i, t in enumerate(found["treated"].values) if bool(t) == treated]


def _first(found: xr.Dataset) -> int:
    treated = _lanes(found, treated=True)
    return treated[0] if treated else 0


def _unit_of_time(found: xr.Dataset) -> tuple[str, float]:
    span = float(found["time"].values[-1])
    return (
        ("months", _MONTH)
        if span > 3.0 * _MONTH
        else ("weeks", _WEEK)
        if span > 3 * _WEEK
        else ("days", _DAY)
    )


def _time_axis(axes: Axes, found: xr.Dataset) -> None:
    unit, size = _unit_of_time(found)
    axes.set_xlim(0.0, float(found["time"].values[-1]) / size)
    axes.set_xlabel(f"time ({unit})", fontsize=8.5)
    resected = attribute(found.attrs, "question")["resected_h"]
    if resected is not None:
        axes.axvline(resected / size, color="0.6", lw=0.8, ls=":")
    tidy(axes)


def _daily(found: xr.Dataset, values: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Time, least, mean and most of every day that was sampled as often as the others."""
    time = found["time"].values
    day, place, count = np.unique(np.floor(time / _DAY), return_inverse=True, return_counts=True)
    least, most = np.full(len(day), np.inf), np.full(len(day), -np.inf)
    np.minimum.at(least, place, values)
    np.maximum.at(most, place, values)
    mean = np.bincount(place, values) / count
    whole = count >= np.bincount(count).argmax()  # a visit alone says nothing of its day
    return (np.bincount(place, time) / count)[whole], least[whole], mean[whole], most[whole]


def _draw(
    axes: Axes, found: xr.Dataset, values: Floats, paint: str, label: str | None = None, style: Any = "-"
) -> None:
    time, least, mean, most = _daily(found, values)
    time = time / _unit_of_time(found)[1]
    if np.any(most > least * 1.02):
        axes.fill_between(time, least, most, color=paint, alpha=0.2, lw=0)
    axes.plot(time, mean, color=paint, lw=1.4, ls=style, label=label)


def _untreated(axes: Axes, found: xr.Dataset, name: str, scale: float = 1.0) -> None:
    treated, without = _lanes(found, treated=True), _lanes(found, treated=False)
    if treated and without:
        values = found[name].values[without[0]] * scale
        _draw(axes, found, values, _GREY, "untreated", "--")


def _title(axes: Axes, found: xr.Dataset, names: Sequence[str], text: str = "") -> None:
    unit = str(found[names[0]].attrs["units"])
    words = text or str(found[names[0]].attrs["long_name"])
    shown = "" if unit == "dimensionless" else f" ({unit})"
    axes.set_title(f"{words}{shown}", fontsize=9, loc="left")


def _one(axes: Axes, found: xr.Dataset, names: Sequence[str]) -> None:
    """One quantity, treated and untreated."""
    name = names[0]
    _draw(axes, found, found[name].values[_first(found)], COLOURS[0], "as prescribed")
    _untreated(axes, found, name)
    values = found[name].values
    if np.nanmax(values) > 10.0 * np.nanmin(values) > 0.0:
        _logarithmic(axes, values)
    else:
        axes.set_ylim(bottom=0.0)
    _title(axes, found, names)
    _legend(axes, found)


def _has_foci(found: xr.Dataset) -> bool:
    return len(attribute(found.attrs, "options")["residual_cells"]) > 1


def _volume(axes: Axes, found: xr.Dataset, names: Sequence[str]) -> None:
    """The tumour under every size of what an operation leaves; else under every ratio of IL-6."""
    _options(axes, found, names, "residual_cells" if _has_foci(found) else "IL6_liver_ratio")
    _logarithmic(axes, found[names[0]].values)


def _by_focus(axes: Axes, found: xr.Dataset, names: Sequence[str]) -> None:
    """One quantity under every size of what an operation leaves."""
    if _has_foci(found):
        _options(axes, found, names, "residual_cells")
    else:
        _one(axes, found, names)


def _options(axes: Axes, found: xr.Dataset, names: Sequence[str], option: str = "IL6_liver_ratio") -> None:
    """One quantity under every choice of a structural option, the other as it is taken."""
    name = names[0]
    lanes = _lanes(found, treated=True) or _lanes(found, treated=False)
    other = "residual_cells" if option == "IL6_liver_ratio" else "IL6_liver_ratio"
    taken = [i for i in lanes if found[other].values[i] == found[other].values[lanes[0]]]
    for k, lane in enumerate(taken):
        value = float(found[option].values[lane])
        label = (
            f"liver IL-6 x {value:g}" if option == "IL6_liver_ratio" else f"{cells_told(value / 1e6)} left"
        )
        style = _STYLES_OF_OPTIONS[k % len(_STYLES_OF_OPTIONS)]
        _draw(axes, found, found[name].values[lane], COLOURS[k % len(COLOURS)], label, style)
    _untreated(axes, found, name)
    axes.set_ylim(bottom=0.0)
    _title(axes, found, names)
    _legend(axes, found, always=True)


def _several(axes: Axes, found: xr.Dataset, names: Sequence[str]) -> None:
    """Quantities of one kind in the treated patient, those of the untreated one thin and dashed."""
    lane, without = _first(found), _lanes(found, treated=False)
    for k, name in enumerate(names):
        label = _SHORT.get(name, name)
        _draw(axes, found, found[name].values[lane], COLOURS[k], label)
        if without and found["treated"].values[lane]:
            time, _, mean, _ = _daily(found, found[name].values[without[0]])
            axes.plot(time / _unit_of_time(found)[1], mean, color=COLOURS[k], lw=0.8, ls="--", alpha=0.7)
    values = np.stack([found[name].values for name in names])
    unit = str(found[names[0]].attrs["units"])
    if unit == "dimensionless":
        axes.set_ylim(bottom=0.0)
    else:
        _logarithmic(axes, values)
    heads = {"stem_like": "cells (millions)", "IL6_serum": "free IL-6 (pg/ml)"}
    words = heads.get(names[0], "surroundings of the tumour, over the usual patient")
    axes.set_title(words, fontsize=9, loc="left")
    _legend(axes, found, always=True)


def _signalling(axes: Axes, found: xr.Dataset, names: Sequence[str]) -> None:
    """Phosphorylated STAT3 over that at the first visit."""
    lane = _first(found)
    for k, name in enumerate(names):
        values = found[name].values
        _draw(axes, found, 100.0 * values[lane] / values[lane, 0], COLOURS[k], _SHORT.get(name, name))
    axes.axhline(100.0, color=_GREY, lw=0.8, ls="--")
    axes.set_ylim(bottom=0.0)
    axes.set_title("phosphorylated STAT3 (% of the first visit)", fontsize=9, loc="left")
    _legend(axes, found, always=True)


def _drugs(axes: Axes, found: xr.Dataset, names: Sequence[str]) -> None:
    lane = _first(found)
    for k, name in enumerate(names):
        _draw(axes, found, found[name].values[lane], COLOURS[k], name.removesuffix("_unbound"))
    _logarithmic(axes, np.stack([found[name].values[lane] for name in names]))
    axes.set_title("unbound drug of plasma (nM)", fontsize=9, loc="left")
    _legend(axes, found, always=True)


def _sums(axes: Axes, found: xr.Dataset, names: Sequence[str]) -> None:
    """Sums of diameters as they are, and as they were read, with the response of each visit."""
    first, size = _first(found), _unit_of_time(found)[1]
    visits, treated = found["visit"].values / size, bool(found["treated"].values[first])
    shown = [(first, COLOURS[0], "-", "as prescribed" if treated else "untreated")]
    for i in _lanes(found, treated=treated):
        like = found["IL6_liver_ratio"].values[i] == found["IL6_liver_ratio"].values[first]
        if like and i != first:
            left = cells_told(float(found["residual_cells"][i]) / 1e6)
            shown.append((i, COLOURS[1], ":", f"{left} left"))
    if treated and (without := _lanes(found, treated=False)):
        shown.append((without[0], _GREY, "--", "untreated"))
    for i, paint, style, label in shown:
        axes.plot(visits, found[names[0]].values[i], color=paint, lw=1.2, ls=style, label=label)
        axes.plot(visits, found["sum_read"].values[i], "o", color=paint, ms=3.5, mfc="white")
    told = found["response"].values[first]
    for x, y, word in zip(visits, found["sum_read"].values[first], told, strict=True):
        if word != "NE" and np.isfinite(y):
            axes.annotate(str(word), (x, y), (0, 6), textcoords="offset points", fontsize=6.5, ha="center")
    axes.set_ylim(bottom=0.0)
    axes.set_title("sum of diameters (mm), read with noise", fontsize=9, loc="left")
    _legend(axes, found, always=True)


def _legend(axes: Axes, found: xr.Dataset, *, always: bool = False) -> None:
    if always or _lanes(found, treated=True):
        axes.legend(fontsize=6.5, frameon=False)


def _logarithmic(axes: Axes, values: Floats) -> None:
    most = float(np.nanmax(values))
    least = float(np.nanmin(np.where(values > 0.0, values, np.nan)))
    low, high = max(least, _FLOOR * most) * 0.7, most * 1.5
    axes.set_yscale("log")
    axes.set_ylim(low, high)
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if high < _FEW_DECADES * low else (1.0,)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
