"""Two drugs over a dose matrix: effect, excess over the null models, isobole, and each drug alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from jakstat.arrays import Floats
from jakstat.extras import needs
from jakstat.report.canvas import colour, finish, headline, new_figure, tidy
from jakstat.report.dose_map import dose_map, mark_mixtures
from jakstat.store import attribute

with needs("plot"):
    from matplotlib.axes import Axes
    from matplotlib.colors import TwoSlopeNorm
    from matplotlib.figure import Figure

__all__ = ["combination_surface"]

_PANELS = (("bliss", "Bliss"), ("hsa", "HSA"), ("loewe", "Loewe"), ("zip", "ZIP"))
_FINE = 200
_FLAT = 0.01


def combination_surface(found: xr.Dataset) -> Figure:
    """The figure of :func:`jakstat.combination.surface.combine`.

    Effect, excess over four null models, isobole, each drug over its dose. In the maps
    of excess a dot marks a mixture whose 90 % interval lies beyond what counts as none, a cross one for which
    the model is not defined.
    """
    figure = new_figure(13.6, 7.4)
    grid = figure.subplots(2, 4)
    shares = grid[0, 0]
    picture = _map(shares, found, found["effect"].values, cmap="viridis", vmin=0.0, vmax=1.0, zero=True)
    shares.set_title(f"effect: share of {found.attrs['readout']} lost", fontsize=9)
    figure.colorbar(picture, ax=shares, shrink=0.85).ax.tick_params(labelsize=7)
    largest = max(
        [float(np.nanmax(np.abs(found[n].values))) for n, _ in _PANELS if np.isfinite(found[n].values).any()],
        default=0.0,
    )
    reach = max(largest, 0.1)
    norm = TwoSlopeNorm(0.0, -reach, reach)
    for axes, (name, title) in zip([*grid[0, 1:], grid[1, 0]], _PANELS, strict=True):
        picture = _map(axes, found, found[name].values, cmap="RdBu_r", norm=norm)
        _marked(axes, found, name)
        verdict = attribute(found.attrs, "verdicts")[name]
        axes.set_title(f"excess over {title}: {verdict['word']}", fontsize=9)
        figure.colorbar(picture, ax=axes, shrink=0.85).ax.tick_params(labelsize=7)
    _isobole(grid[1, 1], found)
    for axes, k in ((grid[1, 2], 0), (grid[1, 3], 1)):
        _alone(axes, found, k)
    effect = found.attrs["effect"]
    headline(figure, f"{_title(found)}. {effect[0].upper()}{effect[1:]}", attribute(found.attrs, "question"))
    return finish(figure, _sources(found), found.attrs["notes"])


def _title(found: xr.Dataset) -> str:
    first, second = (d["label"] for d in attribute(found.attrs, "drugs"))
    return f"{found.attrs['title']}: {first} with {second}"


def _sources(found: xr.Dataset) -> list[str]:
    """Those of the drugs first: they are what the figure is about."""
    own = dict.fromkeys(key for d in attribute(found.attrs, "drugs") for key in d["sources"])
    return [*own, *(s for s in found.attrs["sources"] if s not in own)]


def _scaled(drug: dict[str, Any]) -> tuple[Floats, str]:
    """Doses in the unit that reads best."""
    doses, unit = np.array(drug["doses"], dtype=float), str(drug["unit"])
    steps = {"nM": ("nM", "µM", "mM"), "ng/ml": ("ng/ml", "µg/ml", "mg/ml")}[unit]
    middle = float(np.median(doses[1:])) if len(doses) > 1 else 1.0
    k = 0 if middle < 1e3 else 1 if middle < 1e6 else 2
    return doses / 1e3**k, steps[k]


def _dose_label(drug: dict[str, Any], unit: str) -> str:
    return f"{drug['label']} ({unit})"


def _map(axes: Axes, found: xr.Dataset, values: Floats, *, zero: bool = False, **how: Any) -> Any:
    drugs = attribute(found.attrs, "drugs")
    sides = [
        (doses if zero else doses[1:], _dose_label(d, unit)) for d in drugs for doses, unit in [_scaled(d)]
    ]
    return dose_map(axes, values, sides[0], sides[1], **how)


def _marked(axes: Axes, found: xr.Dataset, name: str) -> None:
    if f"{name}_low" not in found:
        return
    bar = float(found.attrs["negligible"])
    with np.errstate(invalid="ignore"):
        beyond = (found[f"{name}_low"].values > bar) | (found[f"{name}_high"].values < -bar)
    mark_mixtures(axes, beyond & np.isfinite(found[name].values))


def _isobole(axes: Axes, found: xr.Dataset) -> None:
    line = attribute(found.attrs, "isobole")
    first, second = attribute(found.attrs, "drugs")
    (da, unit_a), (db, unit_b) = _scaled(first), _scaled(second)
    factor_a, factor_b = (_factor(d, scaled) for d, scaled in ((first, da), (second, db)))
    axes.set_xlabel(_dose_label(first, unit_a), fontsize=8.5)
    axes.set_ylabel(_dose_label(second, unit_b), fontsize=8.5)
    tidy(axes)
    if line is None or not len(line["dose_a"]):
        axes.set_title("no isobole: next to no effect", fontsize=9)
        return
    a, b = np.asarray(line["dose_a"]) * factor_a, np.asarray(line["dose_b"]) * factor_b
    axes.plot(a, b, "o-", ms=4, color=colour(0), lw=1.5, label="mixtures of the model")
    ends = (line["alone_a"] * factor_a, line["alone_b"] * factor_b)
    if np.isfinite(ends).all():
        axes.plot([0.0, ends[0]], [ends[1], 0.0], "--", color="0.35", lw=1.2, label="additive (Loewe)")
    elif np.isfinite(ends[0]):
        axes.axvline(ends[0], ls="--", color="0.35", lw=1.2, label=f"{first['name']} alone")
    elif np.isfinite(ends[1]):
        axes.axhline(ends[1], ls="--", color="0.35", lw=1.2, label=f"{second['name']} alone")
    for limit, values, end in ((axes.set_xlim, a, ends[0]), (axes.set_ylim, b, ends[1])):
        limit(0.0, 1.08 * max(float(values.max()), end if np.isfinite(end) else 0.0))
    axes.set_title(f"isobole of {line['level']:.2g} of the full effect", fontsize=9)
    axes.legend(fontsize=7, framealpha=0.85, edgecolor="none", loc="best")


def _factor(drug: dict[str, Any], scaled: Floats) -> float:
    return float(scaled[-1] / drug["doses"][-1])


def _alone(axes: Axes, found: xr.Dataset, k: int) -> None:
    """One drug alone, and beside the middle dose of the other."""
    drugs, curve = attribute(found.attrs, "drugs"), attribute(found.attrs, "curves")[k]
    doses, unit = _scaled(drugs[k])
    other, other_unit = _scaled(drugs[1 - k])
    effect = found["effect"].values if k == 0 else found["effect"].values.T
    middle = len(other) // 2
    axes.plot(doses[1:], effect[1:, 0], "o", ms=4, mfc="white", color=colour(0))
    if np.isfinite(curve["half"]) and abs(curve["plateau"]) > _FLAT:
        fine = np.geomspace(doses[1], doses[-1], _FINE)
        half = curve["half"] * _factor(drugs[k], doses)
        share = 1.0 / (1.0 + (half / fine) ** curve["slope"])
        text = f"alone: half at {half:.3g} {unit}, slope {curve['slope']:.2g}"
        axes.plot(fine, curve["plateau"] * share, color=colour(0), lw=1.5, label=text)
    beside = f"with {drugs[1 - k]['name']} {other[middle]:.3g} {other_unit}"
    axes.plot(doses[1:], effect[1:, middle], "s-", ms=3.5, mfc="white", color=colour(1), lw=1.0, label=beside)
    axes.axhline(float(effect[0, middle]), color=colour(1), lw=0.8, ls=":")
    if len(doses) > 2:
        axes.set_xscale("log")
    bottom, top = min(0.0, float(np.nanmin(effect))), max(1.0, float(np.nanmax(effect)))
    axes.set_ylim(bottom - 0.03, bottom + 1.32 * (top - bottom))
    axes.set_xlabel(_dose_label(drugs[k], unit), fontsize=8.5)
    axes.set_ylabel("effect (share of the full one)", fontsize=8.5)
    axes.set_title(f"{drugs[k]['name']} over its dose", fontsize=9)
    tidy(axes)
    axes.legend(fontsize=7, framealpha=0.85, edgecolor="none", loc="upper left")
