"""Measured dose matrices: data, excess over the null models, each drug alone, MuSyC, and the model beside."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np

from jakstat.arrays import Floats
from jakstat.combination.measured_words import overall_sentence
from jakstat.combination.scored_matrix import ScoredMatrices, ScoredMatrix
from jakstat.combination.verdicts import MODELS
from jakstat.extras import needs
from jakstat.report.canvas import colour, finish, headline, new_figure, tidy
from jakstat.report.dose_map import DoseAxis, dose_map, mark_mixtures

with needs("plot"):
    from matplotlib.axes import Axes
    from matplotlib.colors import TwoSlopeNorm
    from matplotlib.figure import Figure

__all__ = ["measured_surface"]

_FINE = 200
_LEAST_REACH = 0.1
_MOST_ROWS = 40
_FLAT = 0.01


def measured_surface(found: ScoredMatrices) -> Figure:
    """The figure of :func:`jakstat.combination.own_matrices.score_matrix`.

    Of one matrix its maps and curves; of several the mean excess of each with its interval. In the maps a dot
    marks a mixture whose own 95 % interval lies beyond what counts as none, a cross one without a number.
    """
    return _one(found, found.matrices[0]) if len(found.matrices) == 1 else _several(found)


def _one(found: ScoredMatrices, one: ScoredMatrix) -> Figure:
    columns = 4 if one.beside is None else 5
    figure = new_figure(3.4 * columns, 7.6)
    grid = figure.subplots(2, columns)
    a, b = one.matrix.drugs
    rows, across = ((d.doses, f"{d.name} ({d.unit})" if d.unit else d.name) for d in (a, b))
    inner_rows, inner_across = (rows[0][1:], rows[1]), (across[0][1:], across[1])
    _with_bar(figure, grid[0, 0], one.effect, rows, across, "measured effect (mean of wells)", shares=True)
    reach = max([_LEAST_REACH, *(_largest(one.excess[m]) for m in MODELS)])
    places = [grid[0, 1], grid[0, 2], grid[0, 3], grid[1, 0]]
    for axes, (name, title) in zip(places, MODELS.items(), strict=True):
        head = f"excess over {title}: {one.verdicts[name].word}"
        _with_bar(figure, axes, one.excess[name], inner_rows, inner_across, head, reach=reach)
        with np.errstate(invalid="ignore"):
            beyond = np.abs(one.excess[name]) - one.half_width[name] > found.negligible
        mark_mixtures(axes, beyond)
    _musyc(grid[1, 1], one)
    for k in (0, 1):
        _alone(grid[1, 2 + k], one, k)
    if one.beside is not None:
        _with_bar(figure, grid[0, 4], one.beside.effect, rows, across, "effect of the model", shares=True)
        gap = one.effect - one.beside.effect
        title = f"measured less model: {one.beside.rms:.2f} rms"
        _with_bar(figure, grid[1, 4], gap, rows, across, title, reach=max(_LEAST_REACH, _largest(gap)))
    said = f"{one.matrix.name}: {overall_sentence(one.verdicts)}. {found.question}"
    beside = [] if one.beside is None else list(one.beside.sentences)
    headline(figure, said)
    dots = (
        f"a dot: the mixture's own 95 % interval lies beyond {found.negligible:g}; the words take all "
        "mixtures together; a cross: not defined"
    )
    return finish(figure, [], [dots, *one.notes, *found.notes, *beside])


def _largest(values: Floats) -> float:
    return float(np.nanmax(np.abs(values))) if np.isfinite(values).any() else 0.0


def _with_bar(
    figure: Figure,
    axes: Axes,
    values: Floats,
    rows: DoseAxis,
    columns: DoseAxis,
    title: str,
    *,
    shares: bool = False,
    reach: float = 1.0,
) -> None:
    if shares:
        picture = dose_map(axes, values, rows, columns, cmap="viridis", vmin=0.0, vmax=1.0)
    else:
        norm = TwoSlopeNorm(0.0, -reach, reach)
        picture = dose_map(axes, values, rows, columns, cmap="RdBu_r", norm=norm)
    axes.set_title("\n".join(textwrap.wrap(title, 36)), fontsize=9)
    figure.colorbar(picture, ax=axes, shrink=0.85).ax.tick_params(labelsize=7)


def _musyc(axes: Axes, one: ScoredMatrix) -> None:
    """Alpha and beta with their intervals, on an axis on which no interaction is 0."""
    a, b = (d.name for d in one.matrix.drugs)
    entries = one.musyc["parameters"]
    told = ((f"alpha12: {a} on {b}", "alpha12"), (f"alpha21: {b} on {a}", "alpha21"), ("beta", "beta"))
    axes.set_title(f"MuSyC: {one.musyc['word']}", fontsize=9)
    axes.axvline(0.0, color="0.6", lw=0.8)
    for y, (label, name) in enumerate(reversed(told)):
        value, low, high = (entries[name][key] for key in ("value", "low", "high"))
        if not np.isfinite(value):
            continue
        if name != "beta":
            with np.errstate(divide="ignore"):
                value, low, high = (
                    float(np.clip(np.log10(max(x, 1e-300)), -3, 3)) for x in (value, low, high)
                )
        axes.plot([low, high], [y, y], color=colour(0), lw=1.6)
        axes.plot([value], [y], "o", color=colour(0), ms=5)
        axes.text(0.02, y + 0.18, label, transform=axes.get_yaxis_transform(), fontsize=8)
    axes.set_ylim(-0.5, 2.6)
    axes.set_yticks([])
    axes.set_xlabel("log10 of alpha (fold change of potency); beta", fontsize=8.5)
    tidy(axes)


def _alone(axes: Axes, one: ScoredMatrix, k: int) -> None:
    """One drug alone, every well, and beside the middle dose of the other."""
    drug, other = one.matrix.drugs[k], one.matrix.drugs[1 - k]
    wells = one.matrix.wells if k == 0 else one.matrix.wells.transpose(0, 2, 1)
    effect = one.effect if k == 0 else one.effect.T
    count = one.matrix.count if k == 0 else one.matrix.count.T
    doses, middle = drug.doses, len(other.doses) // 2
    beside = f"with {other.name} {other.doses[middle]:.3g} {other.unit}".strip()
    for place, index, label in ((0, 0, "alone"), (middle, 1, beside)):
        for run in wells:
            axes.plot(doses[1:], run[1:, place], ".", ms=2.5, color=colour(index), alpha=0.5)
        with np.errstate(divide="ignore", invalid="ignore"):
            bars = one.well_sd / np.sqrt(count[1:, place])
        shown = bars if np.isfinite(bars).all() else None
        style: dict[str, Any] = {"fmt": "o", "ms": 4, "mfc": "white", "lw": 1.0, "color": colour(index)}
        axes.errorbar(doses[1:], effect[1:, place], shown, label=label, **style)
    curve = one.curves[k]
    if np.isfinite(curve["half"]) and abs(curve["plateau"]) > _FLAT:
        fine = np.geomspace(doses[1], doses[-1], _FINE)
        share = 1.0 / (1.0 + (curve["half"] / fine) ** curve["slope"])
        text = f"half at {curve['half']:.3g} {drug.unit}, slope {curve['slope']:.2g}"
        axes.plot(fine, curve["plateau"] * share, color=colour(0), lw=1.4, label=text)
    if one.beside is not None:
        model = one.beside.effect if k == 0 else one.beside.effect.T
        axes.plot(doses[1:], model[1:, 0], "--", color="0.3", lw=1.2, label="model, alone")
    if len(doses) > 2:
        axes.set_xscale("log")
    bottom, top = min(0.0, float(np.nanmin(effect))), max(1.0, float(np.nanmax(effect)))
    axes.set_ylim(bottom - 0.05, bottom + 1.4 * (top - bottom))
    axes.set_xlabel(f"{drug.name} ({drug.unit})" if drug.unit else drug.name, fontsize=8.5)
    axes.set_ylabel("effect", fontsize=8.5)
    axes.set_title(f"{drug.name} over its dose (bars: standard error)", fontsize=9)
    tidy(axes)
    axes.legend(fontsize=7, framealpha=0.85, edgecolor="none", loc="upper left")


def _several(found: ScoredMatrices) -> Figure:
    """Mean excess of each matrix over each model, those farthest from 0 by Bliss first."""
    order = sorted(found.matrices, key=lambda m: -abs(np.nan_to_num(m.verdicts["bliss"].mean)))
    shown = order[:_MOST_ROWS]
    figure = new_figure(13.6, 2.2 + 0.24 * len(shown))
    grid = figure.subplots(1, 4, sharey=True)
    for axes, (name, title) in zip(grid, MODELS.items(), strict=True):
        for y, one in enumerate(reversed(shown)):
            v = one.verdicts[name]
            tone = {"synergy": colour(1), "antagonism": colour(0)}.get(v.word, "0.45")
            axes.plot([v.mean_low, v.mean_high], [y, y], color=tone, lw=1.4)
            axes.plot([v.mean], [y], "o", color=tone, ms=4)
        axes.axvspan(-found.negligible, found.negligible, color="0.92", zorder=0)
        axes.axvline(0.0, color="0.6", lw=0.8)
        axes.set_xlabel("mean excess (95 %)", fontsize=8.5)
        axes.set_title(title, fontsize=9)
        axes.tick_params(labelsize=7)
        axes.set_ylim(-0.7, len(shown) - 0.3)
        tidy(axes)
    grid[0].set_yticks(range(len(shown)), [m.matrix.name for m in reversed(shown)], fontsize=7)
    more = len(order) - len(shown)
    notes = [f"{more} more matrices with less Bliss excess are in --csv"] if more else []
    tones = "orange: synergy, blue: antagonism, of the mean or of some mixture"
    headline(figure, f"own matrices; {tones}. {found.question}")
    return finish(figure, [], [*notes, *found.notes])
