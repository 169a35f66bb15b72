"""The course of a liver, and the tumours of mice given a carcinogen, as curves."""

from __future__ import annotations

import numpy as np
import xarray as xr

from jakstat.arrays import Floats
from jakstat.extras import needs
from jakstat.progression.carcinogen import CarcinogenMice
from jakstat.report.canvas import COLOURS, Figure, colour, finish, headline, new_figure, tidy

with needs("plot"):
    from matplotlib.axes import Axes

__all__ = ["liver_curves", "mouse_curves"]

_PANELS = {
    "cirrhosis": "cirrhosis, cumulative (%)",
    "cancer": "liver cancer, cumulative (%)",
    "cancer_hazard": "liver cancer per 100 person-years",
    "death_of_liver": "death of liver or its cancer (%)",
}
_WORDS = {"dead_of_liver": "dead: liver", "dead_of_cancer": "dead: cancer", "dead_of_other": "dead: other"}


def liver_curves(found: xr.Dataset) -> Figure:
    """Incidences, and the stages of each arm, of :func:`jakstat.progression.liver_course.liver_course`."""
    arms = found["arm"].values.tolist()
    figure = new_figure(10.5, 5.8)
    grid = figure.add_gridspec(2, 6)
    for k, (name, label) in enumerate(_PANELS.items()):
        axes = figure.add_subplot(grid[k // 2, 2 * (k % 2) : 2 * (k % 2) + 2])
        _curve(axes, found, name, label)
    for k, arm in enumerate(arms):
        rows = slice(None) if len(arms) == 1 else k
        _stages(figure.add_subplot(grid[rows, 4:6]), found, k, arm)
    headline(figure, f"{found.attrs['title']}; bands: 5 to 95 % of {found.attrs['draws']} draws")
    return finish(figure, [str(s) for s in found.attrs["sources"]])


def _curve(axes: Axes, found: xr.Dataset, name: str, label: str) -> None:
    years = found["time"].values
    for k, arm in enumerate(found["arm"].values.tolist()):
        axes.plot(years, found[name].values[k], color=colour(k), lw=1.6, label=arm)
        if f"{name}_low" in found:
            low, high = (found[f"{name}_{end}"].values[k] for end in ("low", "high"))
            axes.fill_between(years, low, high, color=colour(k), alpha=0.16, lw=0)
        if f"drawn_{name}" in found:
            drawn = found[f"drawn_{name}"].values[k][::4]
            axes.plot(years[::4], drawn, "o", ms=3, mfc="white", color=colour(k), label=f"{arm}, lives drawn")
    axes.set_xlabel("years", fontsize=9)
    axes.set_ylabel(label, fontsize=9)
    axes.set_ylim(bottom=0.0)
    axes.set_xlim(0.0, years[-1])
    if name == "cirrhosis":
        axes.legend(fontsize=7.5, frameon=False, loc="upper left")
    tidy(axes)


def _stages(axes: Axes, found: xr.Dataset, k: int, arm: str) -> None:
    years, shares = found["time"].values, 100.0 * found["probability"].values[k]
    stages = found["stage"].values.tolist()
    paints = ("#bfd9ec", *COLOURS[4:6], COLOURS[1], COLOURS[6], "0.55", "0.7", "0.85")
    there = [s for s in range(len(stages)) if shares[s].max() > 0.0]
    axes.stackplot(
        years, *(shares[s] for s in there), colors=[paints[s] for s in there],
        labels=[_WORDS.get(stages[s], stages[s]) for s in there], lw=0,
    )  # fmt: skip
    axes.set_ylim(0.0, 100.0)
    axes.set_xlim(0.0, years[-1])
    axes.set_xlabel("years", fontsize=9)
    axes.set_ylabel(f"{arm}: % of people", fontsize=9)
    if k == 0:
        axes.legend(fontsize=7, framealpha=0.85, edgecolor="none", loc="lower left")
    tidy(axes)


def mouse_curves(mice: CarcinogenMice) -> Figure:
    """The figure of :func:`jakstat.progression.carcinogen.carcinogen_mice`: tumours and incidence by age."""
    figure = new_figure(9.4, 4.2)
    left, right = figure.subplots(1, 2)
    months = 12.0 * mice.ages
    names = ("unchanged", ", ".join(mice.knockdown))
    for k, tumours in enumerate((mice.tumours, mice.tumours_changed)):
        share = 100.0 * mice.incidence(changed=bool(k))
        for axes, values in ((left, np.maximum(tumours, _FEWEST)), (right, share)):
            _banded(axes, months, values, k, names[k])
    left.set_yscale("log")
    left.set_ylim(bottom=_FEWEST)
    left.set_ylabel("visible tumours of a mouse (mean)", fontsize=9)
    right.set_ylabel("mice with a visible tumour (%)", fontsize=9)
    for axes in (left, right):
        axes.axvline(12.0 * mice.counted[0], color="0.5", lw=0.8, ls="--")
        axes.set_xlabel("age (months); dashed: tumours are counted", fontsize=9)
        axes.set_xlim(0.0, months[-1])
        tidy(axes)
    left.legend(fontsize=8, frameon=False, loc="upper left")
    sex = "male" if mice.male else "female"
    headline(figure, f"{sex} mice given diethylnitrosamine; hepatocytes unchanged and with {names[1]}")
    return finish(figure, ["niehs2007"])


_FEWEST = 0.01


def _banded(axes: Axes, x: Floats, values: Floats, k: int, name: str) -> None:
    axes.plot(x, values[:, 0], color=colour(k), lw=1.6, label=name)
    if values.shape[1] > 1:
        low, high = np.percentile(values[:, 1:], [5.0, 95.0], axis=1)
        axes.fill_between(x, low, high, color=colour(k), alpha=0.16, lw=0)
