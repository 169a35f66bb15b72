"""How well a cohort shows what was observed, and its distributions beside the margins it was drawn from."""

from __future__ import annotations

import numpy as np

from jakstat.arrays import Floats
from jakstat.extras import needs
from jakstat.population.cohort_document import cohort_question, unit_of_number
from jakstat.population.cohort_making import MadeCohort
from jakstat.population.observed import SHARE
from jakstat.population.patient_numbers import patient_numbers
from jakstat.population.weighting import MatchedNumber
from jakstat.report.canvas import COLOURS, Figure, finish, headline, new_figure, tidy

with needs("plot"):
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
with needs("trial"):
    from scipy.special import ndtri

__all__ = ["population_match"]

_SHOWN = ("age", "albumin", "IL6", "AFP", "sum", "doubling_60d", "CRP", "pSTAT3_bulk")
_DECADES = 8.0
_BINS = 24
_FEW = 8  # shares: with fewer the rows do not spread any more
_DECADE_MARKS = 300.0  # widest span with a mark between the decades
_GREY = "0.55"


def population_match(made: MadeCohort, count: int) -> Figure:
    """A figure of a cohort."""
    shares = [one for one in made.match if one.observed.reading == SHARE]
    names = [name for name in _SHOWN if made.patients.number(name) is not None]
    figure = new_figure(12.4, max(6.4, 1.9 + 0.3 * len(shares)))
    grid = figure.add_gridspec(4, 5)
    _targets(figure.add_subplot(grid[:, 0:3]), shares)
    for k, name in enumerate(names):
        axes = figure.add_subplot(grid[k // 2, 3 + k % 2])
        _distribution(axes, made, name)
        if k == 0:
            _legend(axes)
    asked = cohort_question(made.plan, count, made.patients.seed)["asked"]
    headline(figure, f"{asked}. Effective sample size {made.effective_sample_size:.0f}")
    sources = sorted({one.observed.row.source for one in made.match})
    notes = [f"{made.drawn} drawn, {len(made.removed)} not plausible, {made.turned_away} not let in"]
    missed = [one.observed.of.told() for one in made.match if not one.met]
    notes += [f"not met: {', '.join(missed)}"] if missed else []
    return finish(figure, sources, notes)


def _targets(axes: Axes, shares: list[MatchedNumber]) -> None:
    """Each share: wanted with its range, and the cohort without and with weights."""
    for row, one in enumerate(shares):
        at, wanted = len(shares) - 1 - row, one.observed.row
        if wanted.high > wanted.low:
            axes.plot([100 * wanted.low, 100 * wanted.high], [at, at], color=_GREY, lw=5, alpha=0.35,
                      solid_capstyle="butt")  # fmt: skip
        axes.plot(100 * wanted.value, at, "|", color="black", ms=13, mew=1.8)
        axes.plot(100 * one.unweighted, at, "o", mfc="white", color=COLOURS[1], ms=6)
        axes.plot(100 * one.weighted, at, "o", color=COLOURS[0], ms=4.5)
    labels = [one.observed.of.told(unit_of_number(one.observed.of.number)) for one in shares]
    axes.set_yticks(range(len(shares)), [f"{text}  " for text in reversed(labels)])
    axes.set_ylim(min(len(shares) - _FEW, 0) - 0.7, len(shares) - 0.3)
    axes.set_xlim(0.0, 100.0)
    axes.set_xlabel("share of patients (%)", fontsize=9)
    marks = [
        Line2D([], [], marker="|", color="black", ls="", ms=12, mew=1.8, label="observed"),
        Line2D([], [], color=_GREY, lw=5, alpha=0.35, label="its range"),
        Line2D([], [], marker="o", mfc="white", color=COLOURS[1], ls="", ms=6, label="as drawn"),
        Line2D([], [], marker="o", color=COLOURS[0], ls="", ms=4.5, label="weighted"),
    ]
    axes.legend(
        handles=marks, fontsize=8, frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=4
    )
    tidy(axes)


def _distribution(axes: Axes, made: MadeCohort, name: str) -> None:
    """A number of the patients with weights, and the margin that it was drawn from."""
    values, one = made.patients.number(name), patient_numbers()[name]
    assert values is not None
    inside = np.isfinite(values)
    values, weights = values[inside], made.patients.weights[inside]
    logs = bool((values > 0).all() and values.max() / max(values.min(), 1e-300) > _DECADES)
    edges = _edges(values, logs=logs)
    whole = made.patients.weights.sum()
    axes.hist(values, edges.tolist(), weights=100 * weights / whole, color=COLOURS[0], alpha=0.75)
    if name in made.plan.people.drawn and one.stage == "drawn":
        steps = ndtri((np.arange(4000) + 0.5) / 4000)
        heights = np.histogram(made.plan.people.margin(name).values(steps), edges)[0] / 40.0
        axes.stairs(heights, edges, color="black", lw=1.1)
    if logs:
        axes.set_xscale("log")
        subs = (1.0,) if edges[-1] > _DECADE_MARKS * edges[0] else (1.0, 3.0)
        axes.xaxis.set_major_locator(LogLocator(subs=subs))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
        axes.xaxis.set_minor_formatter(NullFormatter())
    unit = "" if one.unit == "dimensionless" else f" ({one.unit})"
    axes.set_xlabel(f"{name.replace('_', ' ')}{unit}", fontsize=8)
    axes.set_ylabel("% of patients", fontsize=7)
    tidy(axes)


def _legend(axes: Axes) -> None:
    marks = [
        Patch(color=COLOURS[0], alpha=0.75, label="weighted"),
        Line2D([], [], color="black", lw=1.1, label="margin that is drawn from"),
    ]
    legend = axes.legend(
        handles=marks, fontsize=8, frameon=False, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2
    )
    legend.set_in_layout(False)  # it may reach over the next panel


def _edges(values: Floats, *, logs: bool) -> Floats:
    low, high = (float(x) for x in np.quantile(values, (0.002, 0.998)))
    high = high if high > low else low + 1.0
    return np.geomspace(low, high, _BINS + 1) if logs else np.linspace(low, high, _BINS + 1)
