"""What a treatment and what a response goes with, along the pathway: medians of outputs in two groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.population.weighting import weighted_quantiles
from jakstat.trial.run_tables import RunTables

__all__ = ["pathway_document"]

_WEEK = 168.0
_EARLY_WEEKS = 6.0
_RESPONSES = ("CR", "PR")
_FEW = 5
"""Patients that a group must have."""
_OUTPUT_OF: Mapping[str, str] = {"IL6": "IL6_serum"}
"""Numbers of a patient that are outputs of his course under another name."""


def pathway_document(
    run: RunTables, asked: Mapping[str, Any], units: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Pictures of the pathway: each arm over control early on, and responders over others before treatment.

    Parameters
    ----------
    run : RunTables
    asked : mapping
        The question; of it the names of biomarkers.
    units : mapping
        Unit by name.

    Returns
    -------
    list of dict
        ``title``, ``first`` and ``second`` (what is compared), and ``values``: by output ``unit``, ``first``,
        ``second`` (medians) and ``ratio``. Over control ``ratio`` is the median over patients of their own
        two courses; else that of the medians.
    """
    found = []
    early = _early_visit(run)
    for k, arm in enumerate(run.arms[1:], start=1):
        if early is not None:
            found.append(_over_control(run, asked, units, k, early))
        responded = run.assigned[k] & np.isin(run["best"][k], _RESPONSES)
        others = run.assigned[k] & ~responded
        if min(responded.sum(), others.sum()) >= _FEW:
            values = _at_first(run, units, others, responded)
            title = f"{arm}: responders over others, at the first visit"
            found.append({"title": title, "first": "others", "second": "responders", "values": values})
    return [one for one in found if one["values"]]


def _early_visit(run: RunTables) -> float | None:
    """The visit after the first that is nearest to six weeks."""
    times = np.unique(run.visits["visit_h"]) if "visit_h" in run.visits else np.array([])
    later = times[times > 0.0]
    return None if not later.size else float(later[np.abs(later - _EARLY_WEEKS * _WEEK).argmin()])


def _over_control(
    run: RunTables, asked: Mapping[str, Any], units: Mapping[str, str], arm: int, visit: float
) -> dict[str, Any]:
    """Biomarkers of the same patients in the arm and in the control."""
    values = {}
    for name in (n for n in asked["biomarkers"] if n in run.visits):
        one, other = (_seen_at(run, name, k, visit) for k in (0, arm))
        both = np.isfinite(one) & np.isfinite(other) & (one > 0.0)
        if both.sum() >= _FEW:
            weights = run.weights_of(both)
            first, second, ratio = (
                float(weighted_quantiles(v[both], weights, (0.5,))[0])
                for v in (one, other, np.divide(other, one, out=np.full(len(one), np.nan), where=both))
            )
            values[name] = {"unit": units.get(name, ""), "first": first, "second": second, "ratio": ratio}
    week = f"{visit / _WEEK:.3g}"
    title = f"{run.arms[arm]} over {run.arms[0]} at week {week}, the same patients in both"
    return {"title": title, "first": run.arms[0], "second": run.arms[arm], "values": values}


def _seen_at(run: RunTables, name: str, arm: int, visit: float) -> Floats:
    """A biomarker of every patient in an arm at a visit, NaN for who is not seen, (patients,)."""
    rows = (run.visits["arm"] == arm) & (run.visits["visit_h"] == visit)
    found = np.full(len(run.ids), np.nan)
    found[run.visits["patient"][rows]] = run.visits[name][rows]
    return found


def _at_first(
    run: RunTables, units: Mapping[str, str], others: NDArray[np.bool_], responded: NDArray[np.bool_]
) -> dict[str, Any]:
    """Numbers of the first visit, and biomarkers at it."""
    columns = {n.removeprefix("base_"): n for n in run.columns if n.startswith("base_")}
    columns |= {n.removesuffix("_first"): n for n in run.columns if n.endswith("_first")}
    values = {}
    for name, column in columns.items():
        numbers = run.first(column)
        if numbers.dtype.kind != "f" or name == "sum":
            continue
        first, second = (_median(run, numbers, group) for group in (others, responded))
        if np.isfinite(first) and np.isfinite(second) and first > 0.0:
            ratio = second / first
            output = _OUTPUT_OF.get(name, name)
            values[output] = {"unit": units.get(name, ""), "first": first, "second": second, "ratio": ratio}
    return values


def _median(run: RunTables, numbers: Floats, group: Sequence[bool] | NDArray[np.bool_]) -> float:
    members = np.asarray(group)
    return float(weighted_quantiles(numbers[members], run.weights_of(members), (0.5,))[0])
