"""A user's measured values beside the curves that were fitted to them, with the band of each curve."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jakstat.report.canvas import colour, finish, headline, tidy
from jakstat.report.time_courses import axis_label, from_zero, make_panels

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from jakstat.calibration.own_findings import FitFindings, FittedPoint
    from jakstat.calibration.own_problem import CurveKind
    from jakstat.report.canvas import Figure

__all__ = ["own_fit_figure"]

_TOGETHER = 6
_BAND = 0.18
_MOST_PANELS = 40


@dataclass(frozen=True)
class _Panel:
    title: str
    unit: str
    kind: CurveKind | None
    readout: str
    situations: Sequence[int]


def own_fit_figure(found: FitFindings, *, title: str) -> Figure:
    """A panel for each readout: values as points, kept-out ones hollow, curves with their bands.

    Parameters
    ----------
    found : FitFindings
    title : str

    Returns
    -------
    matplotlib.figure.Figure
        At most 40 panels; six treatments in one.
    """
    panels = list(_panels(found))[:_MOST_PANELS]
    figure, axes = make_panels([p.title for p in panels])
    last = float(found.bands.times[-1])
    unit, factor = ("min", 60.0) if last <= 4 else ("h", 1.0)
    for one, panel in zip(axes, panels, strict=True):
        _draw(one, found, panel, factor)
        one.set_xlabel(f"time ({unit})", fontsize=9)
        one.set_ylabel(axis_label(panel.title, panel.unit).replace(" (", "\n("), fontsize=8.5)
        from_zero(one)
        tidy(one)
        one.legend(fontsize=6.5, frameon=False)
    headline(figure, title)
    notes = ["bands: all curves that the data allow (95 %)", "hollow: kept out of the fit"]
    held = any(p.held_out for p in found.points)
    return finish(figure, found.fit.objective.problem.sources, notes if held else notes[:1])


def _panels(found: FitFindings) -> Iterator[_Panel]:
    prepared = found.fit.prepared
    kinds: dict[CurveKind, dict[int, None]] = {}
    for p in found.points:
        kinds.setdefault(found.kind(p.point), {})[p.situation] = None
    for kind, situations in kinds.items():
        unit = next(p.point.unit for p in found.points if found.kind(p.point) == kind) or "a.u."
        told = kind.readout + (f", replicate {kind.replicate}" if kind.replicate else "")
        every = list(situations)
        for first in range(0, len(every), _TOGETHER):
            yield _Panel(told, unit, kind, kind.readout, every[first : first + _TOGETHER])
    measured = {p.point.readout for p in found.points}
    for name in prepared.laid.readouts:
        if name not in measured:
            every = list(range(len(prepared.laid.words)))
            for first in range(0, len(every), _TOGETHER):
                unit = prepared.laid.readouts[name].unit
                yield _Panel(f"{name}, predicted", unit, None, name, every[first : first + _TOGETHER])


def _draw(axes: Axes, found: FitFindings, panel: _Panel, factor: float) -> None:
    laid, bands = found.fit.prepared.laid, found.bands
    time = bands.times * factor
    for n, situation in enumerate(panel.situations):
        paint = colour(n)
        values = None if panel.kind is None else found.course(panel.kind, situation)
        if panel.kind is None:
            values = bands.values[laid.readouts[panel.readout].name][:, situation]
        if values is not None:
            axes.fill_between(
                time, np.nanmin(values, axis=0), np.nanmax(values, axis=0), color=paint, alpha=_BAND, lw=0
            )
            axes.plot(time, values[0], "-", color=paint, lw=1.3, label=laid.words[situation])
        own = [p for p in found.points if p.situation == situation and found.kind(p.point) == panel.kind]
        for held in (False, True):
            chosen = [p for p in own if p.held_out == held]
            if chosen:
                label = laid.words[situation] if values is None else None
                _points(axes, chosen, paint, factor, hollow=held, label=label)


def _points(
    axes: Axes, points: Sequence[FittedPoint], paint: str, factor: float, *, hollow: bool, label: str | None
) -> None:
    sds = [p.point.sd or 0.0 for p in points]
    axes.errorbar(
        [p.point.time_h * factor for p in points], [p.point.value for p in points],
        yerr=sds if any(sds) else None, fmt="o", markersize=3.5, color=paint, lw=0.8, label=label,
        markerfacecolor="none" if hollow else paint,
    )  # fmt: skip
