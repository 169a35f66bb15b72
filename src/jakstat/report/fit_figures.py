"""Figures of a fit: waterfall of starts, residuals by observable, and profile likelihoods."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from jakstat.extras import needs
from jakstat.report.canvas import colour, finish, headline, new_figure, tidy

if TYPE_CHECKING:
    from jakstat.calibration.multistart import Fit
    from jakstat.calibration.objective import Evaluation, Objective
    from jakstat.calibration.profile import Profile
    from jakstat.report.canvas import Figure

__all__ = ["profile_figure", "residual_figure", "waterfall_figure"]

_COLUMNS = 4
_FLOOR = 1e-4
_MOST_PANELS = 120


def waterfall_figure(fit: Fit, *, title: str, sources: Sequence[str] = ()) -> Figure:
    """Cost above the best against the rank of the start; a plateau says that searches agree."""
    with needs("plot"):
        from matplotlib.ticker import MaxNLocator

    figure = new_figure(6.0, 4.0)
    axes = figure.add_subplot()
    costs = np.array([s.found.cost for s in fit.ranked])
    rank = np.arange(1, len(costs) + 1)
    if len(costs):
        axes.semilogy(
            rank, np.maximum(costs - costs[0], _FLOOR), "o-", markersize=4, linewidth=0.8, color=colour(0)
        )
        begun = np.array([s.found.start_cost for s in fit.ranked]) - costs[0]
        axes.semilogy(
            rank, np.maximum(begun, _FLOOR), "x", markersize=4, color=colour(1), label="at the start"
        )
        axes.axhline(1.92, color="0.5", linewidth=0.8, linestyle="--", label="95 % threshold, one parameter")
        axes.legend(fontsize=7, frameon=False)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))  # there is no start number 1.5
    axes.set_xlabel("rank of the start", fontsize=8)
    axes.set_ylabel("cost above the best\n(minus log-likelihood, no unit)", fontsize=8)
    tidy(axes)
    best = f"best {costs[0]:.6g}" if len(costs) else "no search ended"
    headline(figure, f"{title}: {len(costs)} of {fit.wanted} searches, {best}, {fit.failed} failed")
    return finish(figure, sources)


def residual_figure(
    objective: Objective, found: Evaluation, *, title: str, sources: Sequence[str] = ()
) -> Figure:
    """Weighted residuals of one vector over time, a panel per observable.

    At most 120 panels are drawn; the title says how many observables there are.
    """
    measurements, observables = objective.problem.measurements, objective.problem.observables
    residual = objective.noise.residual(found.simulated, found.sigma)[0]
    time = np.array([m.time for m in measurements])
    which = np.array([m.observable for m in measurements])
    used = [i for i in range(len(observables)) if (which == i).any()]
    shown = used[:_MOST_PANELS]
    figure, panels = _grid(len(shown))
    unit = objective.problem.model.network.time_unit
    unit = "" if unit == "time" else unit  # SBML 2's name for a unit that the file does not set
    for place, i in enumerate(shown):
        axes = figure.add_subplot(*panels, place + 1)
        own = which == i
        _residuals(axes, time[own], residual[own])
        share = float(np.mean(residual[own] ** 2))
        axes.set_title(f"{observables[i].id}\nchi2/n {share:.3g}, n {own.sum()}", fontsize=6)
        axes.set_xlabel(f"time ({unit or 'unit not given'})", fontsize=6)
        axes.set_ylabel("residual (sd)", fontsize=6)
        tidy(axes)
        axes.tick_params(labelsize=6)
    more = f" (first {len(shown)} of {len(used)} observables)" if len(used) > len(shown) else ""
    total = float(np.mean(residual**2))
    headline(figure, f"{title}: weighted residuals, chi2/n {total:.3g} over {len(residual)} points{more}")
    return finish(figure, sources)


def _residuals(axes: object, time: npt.NDArray[np.float64], residual: npt.NDArray[np.float64]) -> None:
    with needs("plot"):
        from matplotlib.axes import Axes

    assert isinstance(axes, Axes)
    finite = np.isfinite(time)
    last = float(time[finite].max()) if finite.any() else 1.0
    axes.axhline(0.0, color="0.5", linewidth=0.8)
    axes.axhspan(-2.0, 2.0, color="0.92", zorder=0)
    # a steady state is drawn to the right of the last time
    axes.plot(np.where(finite, time, last * 1.1), residual, "o", markersize=2.5, color=colour(0))


def _grid(count: int) -> tuple[Figure, tuple[int, int]]:
    columns = min(_COLUMNS, max(count, 1))
    rows = max(1, math.ceil(count / columns))
    return new_figure(2.4 * columns + 0.6, 1.9 * rows + 1.0), (rows, columns)


def profile_figure(
    objective: Objective,
    profiles: Sequence[Profile],
    *,
    title: str,
    sources: Sequence[str] = (),
    rise: float | None = None,
) -> Figure:
    """Cost along each parameter, a panel each; the dashed line is the 95 % threshold."""
    from jakstat.calibration.profile import RISE

    level = RISE if rise is None else rise
    shown = profiles[:_MOST_PANELS]
    figure, panels = _grid(len(shown))
    least = min((float(np.nanmin(p.cost)) for p in shown if np.isfinite(p.cost).any()), default=0.0)
    for place, p in enumerate(shown):
        axes = figure.add_subplot(*panels, place + 1)
        row = objective.problem.outer[objective.names.index(p.name)]
        axes.plot(p.value, p.cost - least, "o-", markersize=2.5, linewidth=0.8, color=colour(0))
        axes.axvline(p.best, color="0.5", linewidth=0.8)
        axes.axhline(level, color=colour(1), linewidth=0.8, linestyle="--")
        axes.set_ylim(-0.2, 3 * level)
        unit = row.unit or "unit not given"
        axes.set_xlabel(f"{row.scale + ' of ' if row.scale != 'lin' else ''}{p.name} ({unit})", fontsize=6)
        axes.set_ylabel("cost above the best", fontsize=6)
        axes.set_title(p.verdict, fontsize=7)
        tidy(axes)
        axes.tick_params(labelsize=6)
    more = f" (first {len(shown)} of {len(profiles)})" if len(profiles) > len(shown) else ""
    headline(figure, f"{title}: profile likelihoods{more}")
    return finish(figure, sources)
