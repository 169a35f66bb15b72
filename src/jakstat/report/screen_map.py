"""A screen of pairs as a map: excess over Bliss above the diagonal, over Loewe below it."""

from __future__ import annotations

import numpy as np
import xarray as xr

from jakstat.arrays import Floats
from jakstat.extras import needs
from jakstat.report.canvas import finish, headline, new_figure
from jakstat.store import attribute

with needs("plot"):
    from matplotlib.colors import TwoSlopeNorm
    from matplotlib.figure import Figure

__all__ = ["screen_map"]

_NUMBERED = 16
"""Up to so many drugs every field has its number."""


def screen_map(found: xr.Dataset) -> Figure:
    """The map of :func:`jakstat.combination.screen.screen`: each pair's excess farthest from 0."""
    labels = {d["name"]: d["label"] for d in attribute(found.attrs, "drugs")}
    names = list(labels)
    place = {name: k for k, name in enumerate(names)}
    grid = np.full((len(names), len(names)), np.nan)
    for one, other, bliss, loewe in zip(
        found["drug_a"].values,
        found["drug_b"].values,
        _farthest(found, "bliss"),
        _farthest(found, "loewe"),
        strict=True,
    ):
        i, j = sorted((place[str(one)], place[str(other)]))
        grid[i, j], grid[j, i] = bliss, loewe
    size = 2.6 + 0.42 * len(names)
    figure = new_figure(size + 1.4, size + 0.6)
    axes = figure.subplots()
    axes.set_facecolor("0.9")
    reach = max(float(np.nanmax(np.abs(grid))) if np.isfinite(grid).any() else 0.0, 0.1)
    picture = axes.imshow(np.ma.masked_invalid(grid), cmap="RdBu_r", norm=TwoSlopeNorm(0.0, -reach, reach))
    if len(names) <= _NUMBERED:
        for (i, j), value in np.ndenumerate(grid):
            if np.isfinite(value):
                paint = "white" if abs(value) > 0.6 * reach else "0.15"
                axes.text(j, i, f"{value:+.2f}", ha="center", va="center", fontsize=6.5, color=paint)
    shown = [labels[n] for n in names]
    axes.set_xticks(range(len(names)), shown, rotation=90, fontsize=8)
    axes.set_yticks(range(len(names)), shown, fontsize=8)
    axes.set_xlabel("drug b (above the diagonal: Bliss)", fontsize=9)
    axes.set_ylabel("drug a (below the diagonal: Loewe)", fontsize=9)
    bar = figure.colorbar(picture, ax=axes, shrink=0.8)
    bar.set_label("excess farthest from 0 (share of the full effect)", fontsize=9)
    bar.ax.tick_params(labelsize=7)
    effect = str(found.attrs["effect"])
    headline(
        figure,
        f"{found.attrs['title']}: {found.sizes['pair']} pairs of drugs. {effect[0].upper()}{effect[1:]}",
        attribute(found.attrs, "question"),
    )
    own = dict.fromkeys(key for d in attribute(found.attrs, "drugs") for key in d["sources"])
    sources = [*own, *(s for s in found.attrs["sources"] if s not in own)]
    return finish(figure, sources, found.attrs["notes"])


def _farthest(found: xr.Dataset, name: str) -> Floats:
    most, least = found[f"{name}_most"].values, found[f"{name}_least"].values
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(np.abs(most) >= np.abs(least), most, least))
