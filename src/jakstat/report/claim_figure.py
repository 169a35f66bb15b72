"""A claim's experiments as curves: control against what was changed, with the spread of the vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jakstat.evidence.claim_traces import ClaimTrace, claim_traces
from jakstat.knowledge import knowledge
from jakstat.report.canvas import colour, finish, new_figure, tidy
from jakstat.report.time_courses import axis_label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from jakstat.evidence.batch import JobCurves
    from jakstat.report.canvas import Figure

__all__ = ["claim_figure"]

_BAND = (5.0, 95.0)


def claim_figure(claim: str, *, lanes: int = 50, seed: int = 1) -> Figure:
    """A panel for each experiment of a claim and unit of its readouts; the band holds 90 % of the vectors.

    Raises
    ------
    InputError
        ``claim.not-run``.

    Examples
    --------
    >>> len(claim_figure("C024", lanes=3).axes)
    1
    """
    traces = claim_traces(claim, lanes=lanes, seed=seed)
    panels = [(trace, names) for trace in traces for names in _by_unit(trace)]
    figure = new_figure(4.2 * len(panels), 3.8)
    for i, (trace, names) in enumerate(panels, start=1):
        _panel(figure.add_subplot(1, len(panels), i), trace, names)
    figure.suptitle(f"{claim.upper()}: {knowledge().claims[claim.upper()].statement}", fontsize=9)
    return finish(figure, [*knowledge().claims[claim.upper()].source, *traces[0].sources])


def _by_unit(trace: ClaimTrace) -> list[list[str]]:
    """The readouts that may share an axis."""
    found: dict[str, list[str]] = {}
    for name in trace.experiment.readouts:
        found.setdefault(trace.perturbed.units[name], []).append(name)
    return list(found.values())


def _panel(axes: Axes, trace: ClaimTrace, names: list[str]) -> None:
    e = trace.experiment
    runs = [("control", trace.control), ("perturbed", trace.perturbed)]
    drawn = 0
    for label, curves in runs:
        if curves is None:
            continue
        for name in names:
            said = str(e.control if label == "control" else e.perturbed)
            _curve(axes, curves, name, drawn, f"{name}: {said}" if len(names) > 1 else said)
            drawn += 1
    tidy(axes)
    axes.set_xlabel("time (h); band: 90 % of the parameter vectors", fontsize=8)
    units = trace.perturbed.units
    axes.set_ylabel("\n".join(axis_label(name, units[name]) for name in names), fontsize=8)
    axes.set_xlim(left=min(0.0, float(trace.perturbed.time[0])))
    axes.legend(fontsize=6, frameon=False)


def _curve(axes: Axes, curves: JobCurves, name: str, index: int, label: str) -> None:
    """The table's own vector as a line; of a dose series the highest dose."""
    values = curves.values[name][:, -1, :]
    good = values[np.isfinite(values).all(axis=1)]
    axes.plot(curves.time, values[0], color=colour(index), linewidth=1.4, label=label)
    if len(good) > 1:
        low, high = np.percentile(good, _BAND, axis=0)
        axes.fill_between(curves.time, low, high, color=colour(index), alpha=0.15, linewidth=0)
