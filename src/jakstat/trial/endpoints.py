"""Endpoints that are times to an event: each arm's curve, and each arm beside the control.

What is compared as a trial would uses every patient in the arm he was randomised to alone. Beside it stands
the counterfactual ratio: all patients in both arms, for which no interval of a trial is ever given.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.population.survival import (
    SurvivalCurve,
    at_risk,
    cumulative_incidence,
)
from jakstat.population.two_groups import log_rank, two_group_ratio
from jakstat.trial.intervals import LEVEL, Events, pooled, sampling_interval
from jakstat.trial.run_tables import RunTables
from jakstat.units import convert

__all__ = [
    "COUNTERFACTUAL",
    "MEDIAN_RULE",
    "arm_events",
    "counterfactual_ratio",
    "endpoint_document",
    "group_document",
    "limits_of_ratio",
]

_MONTH = convert(1.0, "month", "h")
_STEPS = 400
_RISK_STEPS = (1.0, 2.0, 3.0, 6.0, 12.0, 24.0)
_RISK_NUMBERS = 10
MEDIAN_RULE = "first time at or below 0.5"
COUNTERFACTUAL = (
    "the same patients in both arms, with the same draws: it says what the treatments do in the model; "
    "its spread is not that between trials, which have other patients in each arm"
)
_NORMAL = 1.959963984540054


def arm_events(run: RunTables, endpoint: str, arm: int, members: NDArray[np.bool_]) -> Events:
    """Times of some patients of an arm.

    Parameters
    ----------
    run : RunTables
    endpoint : str
    arm : int
    members : bool array (patients,)
    """
    time = run[f"{endpoint}_h"][arm]
    own = members & np.isfinite(time)
    return Events(time[own], run[f"{endpoint}_event"][arm][own].astype(bool), run.weights_of(own))


def endpoint_document(
    run: RunTables, endpoint: str, question: dict[str, Any], *, members: NDArray[np.bool_] | None = None
) -> dict[str, Any]:
    """An endpoint of all arms.

    Parameters
    ----------
    run : RunTables
    endpoint : str
        ``OS``, ``PFS``, ``TTP``, ``RFS`` or ``DoR``.
    question : dict
        As :func:`jakstat.trial.question.trial_question` has it.
    members : bool array (patients,), optional
        Whom to count; all when not given.

    Returns
    -------
    dict
        ``arms`` and ``compared`` by name of the arm.
    """
    inside = np.ones(len(run.ids), dtype=bool) if members is None else members
    own = [arm_events(run, endpoint, k, run.assigned[k] & inside) for k in range(len(run.arms))]
    end = min((float(e.time.max()) for e in own if e.count), default=0.0)
    curves = [SurvivalCurve.of(e.time, e.happened, e.weights) for e in own]
    last = max((float(e.time.max()) for e in own if e.count), default=0.0)
    arms = {name: group_document(own[k], curves[k], end, last) for k, name in enumerate(run.arms)}
    for k, name in enumerate(run.arms):
        if endpoint in ("OS", "TTP", "RFS"):
            arms[name]["cumulative_incidence"] = _incidence(run, endpoint, k, run.assigned[k] & inside)
    found: dict[str, Any] = {"arms": arms, "rmst_until_months": end / _MONTH, "median_rule": MEDIAN_RULE}
    if endpoint == "DoR":
        return found | {
            "compared": {},
            "why": "responders are chosen by what happened to them, not at random",
        }
    found["compared"] = {}
    for k, name in enumerate(run.arms[1:], start=1):
        one = _compared((own[0], own[k]), (curves[0], curves[k]), end)
        one["counterfactual_hazard_ratio"] = counterfactual_ratio(run, endpoint, k, members=inside)
        if members is None:
            one["sampling"] = _sampling(own[0], own[k], endpoint, k, question)
        found["compared"][name] = one
    return found


def group_document(events: Events, curve: SurvivalCurve, end: float, last: float) -> dict[str, Any]:
    """Curve, median and mean of a group.

    Parameters
    ----------
    events : Events
    curve : SurvivalCurve
        Of the same patients.
    end : float
        Up to when the mean goes, h.
    last : float
        Up to when numbers at risk go, h: the same in all arms, so that they stand under each other.

    Examples
    --------
    >>> month = _MONTH * np.arange(1.0, 7.0)
    >>> six = Events(month, np.ones(6, dtype=bool))
    >>> found = group_document(six, SurvivalCurve.of(six.time, six.happened), 6 * _MONTH, 6 * _MONTH)
    >>> found["median_months"], found["median_months_r"], round(found["rmst_months"], 9)
    (3.0, 3.5, 3.5)
    """
    mean = curve.mean_until(end)
    low, high = curve.median_limits
    found = {
        "n": events.count,
        "events": int(events.happened.sum()),
        "median_months": curve.median / _MONTH,
        "median_rule": MEDIAN_RULE,
        "low": low / _MONTH,
        "high": high / _MONTH,
        "curve": _curve(curve, events, last / _MONTH),
        "rmst_months": mean.value / _MONTH,
        "rmst_error_months": mean.error / _MONTH,
    }
    if curve.median_middle != curve.median:
        found["median_months_r"] = curve.median_middle / _MONTH
    return found


def _curve(curve: SurvivalCurve, events: Events, last: float) -> dict[str, Any]:
    place = np.arange(len(curve.times))
    if len(place) > _STEPS:
        at = np.linspace(0.0, curve.times[-1], _STEPS + 1)
        place = np.unique(np.searchsorted(curve.times, at, side="right") - 1)
    step = next((s for s in _RISK_STEPS if last / s < _RISK_NUMBERS), _RISK_STEPS[-1])
    months = np.arange(0.0, last + 1e-9, step)
    censored = np.sort(events.time[~events.happened]) / _MONTH
    thin = max(1, -(-len(censored) // _STEPS))
    return {
        "months": curve.times[place] / _MONTH,
        "share": curve.surviving[place],
        "low": curve.low[place],
        "high": curve.high[place],
        "censored_months": censored[::thin],
        "at_risk": {"months": months, "n": at_risk(events.time, months * _MONTH)},
    }


def _incidence(run: RunTables, endpoint: str, arm: int, members: NDArray[np.bool_]) -> dict[str, Any]:
    """Shares of each of two competing events by time."""
    of = "PFS" if endpoint == "TTP" else endpoint
    if not run.has(of):
        return {}
    own = members & np.isfinite(run[f"{of}_h"][arm])
    time, event = run[f"{of}_h"][arm][own], run[f"{of}_event"][arm][own].astype(bool)
    if endpoint == "OS":
        names, first = ("tumour", "liver"), run["cause"][arm][own] == "tumour"
    elif endpoint == "TTP":
        names, first = ("progression", "death before it"), run["TTP_event"][arm][own].astype(bool)
    else:
        died = run["OS_event"][arm][own].astype(bool) & (run["OS_h"][arm][own] <= time)
        names, first = ("recurrence", "death before it"), ~died
    weights = run.weights_of(own)
    at, shares = cumulative_incidence(time, np.where(event, np.where(first, 1, 2), 0), weights)
    place = np.unique(np.linspace(0, len(at) - 1, min(len(at), _STEPS)).astype(int))
    each = [shares[k][place] if k < len(shares) else np.zeros(len(place)) for k in range(2)]
    return {"months": at[place] / _MONTH, names[0]: each[0], names[1]: each[1]}


def _compared(
    own: tuple[Events, Events], curves: tuple[SurvivalCurve, SurvivalCurve], end: float
) -> dict[str, Any]:
    time, happened, group, weights = pooled(*own)
    found = limits_of_ratio(time, happened, group, weights)
    means = [curve.mean_until(end) for curve in curves]
    difference = (means[1].value - means[0].value) / _MONTH
    error = float(np.hypot(means[0].error, means[1].error)) / _MONTH
    return {
        **found,
        "log_rank_p": log_rank(time, happened, group, weights=weights).p if len(time) else 1.0,
        "rmst_difference": difference,
        "rmst_low": difference - _NORMAL * error,
        "rmst_high": difference + _NORMAL * error,
    }


def limits_of_ratio(
    time: Floats, happened: NDArray[np.bool_], group: Floats, weights: Floats | None = None
) -> dict[str, float]:
    """A ratio of hazards with Wald's limits of 95 %.

    Examples
    --------
    >>> found = limits_of_ratio(np.arange(1.0, 7.0), np.ones(6, dtype=bool), np.tile([1.0, 0.0], 3))
    >>> round(found["hazard_ratio"], 3), round(found["cox_low"], 3)
    (1.881, 0.309)
    """
    found = two_group_ratio(time, happened, group, weights=weights)
    low, high = found.log - _NORMAL * found.error, found.log + _NORMAL * found.error
    return {
        "hazard_ratio": float(np.exp(found.log)),
        "cox_low": float(np.exp(low)),
        "cox_high": float(np.exp(high)),
    }


def counterfactual_ratio(
    run: RunTables, endpoint: str, arm: int, *, members: NDArray[np.bool_] | None = None
) -> dict[str, Any]:
    """The ratio of hazards of an arm over the control, of all patients in both; without an interval.

    Parameters
    ----------
    run : RunTables
    endpoint : str
    arm : int
    members : bool array (patients,), optional
    """
    inside = run.ran[0] & run.ran[arm]
    inside = inside if members is None else inside & members
    both = [arm_events(run, endpoint, k, inside) for k in (0, arm)]
    time, happened, group, weights = pooled(both[0], both[1])
    value = float(np.exp(two_group_ratio(time, happened, group, weights=weights).log))
    return {"value": value, "patients": int(inside.sum()), "interval": None, "why": COUNTERFACTUAL}


def _sampling(
    control: Events, treated: Events, endpoint: str, arm: int, question: dict[str, Any]
) -> dict[str, Any]:
    parts = [one["allocation"] for one in question["arms"]]
    sizes = [round(question["size"] * parts[k] / sum(parts)) for k in (0, arm)]
    name = (endpoint, question["arms"][arm]["name"])
    found = sampling_interval(control, treated, sizes, seed=question["seed"], name=name)
    return {
        "low": found.low,
        "high": found.high,
        "level": LEVEL,
        "trials": found.trials,
        "patients": found.patients,
        "of": "trials with different patients in each arm",
    }
