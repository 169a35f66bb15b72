"""Shares of patients: those who respond, those whose disease is controlled, those with toxicity; and each
patient's tumour over time.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.trial.intervals import binomial_limits, difference_limits
from jakstat.trial.run_tables import RunTables

__all__ = ["RESPONSES", "best_shares", "share_document", "spider", "toxicity_document", "waterfall"]

RESPONSES = {"ORR": ("CR", "PR"), "DCR": ("CR", "PR", "SD")}
"""Best responses that an endpoint counts."""
_WEEK = 168.0
_MOST_BARS = 600
_MOST_LINES = 60
_BEST = ("CR", "PR", "SD", "PD")


def share_document(run: RunTables, endpoint: str, members: NDArray[np.bool_] | None = None) -> dict[str, Any]:
    """Patients with a response in each arm, and the difference to the control.

    One whose response could not be judged counts as without.

    Parameters
    ----------
    run : RunTables
    endpoint : str
        ``ORR`` or ``DCR``.
    members : bool array (patients,), optional
    """
    inside = run.eligible if members is None else members & run.eligible
    found = [np.isin(run["best"][k], RESPONSES[endpoint]) for k in range(len(run.arms))]
    own = [run.assigned[k] & inside for k in range(len(run.arms))]
    counts = [_counted(run, f[o], o) for f, o in zip(found, own, strict=True)]
    arms = {n: _share(*c, int(o.sum())) for n, c, o in zip(run.arms, counts, own, strict=True)}
    compared = {}
    for k, name in enumerate(run.arms[1:], start=1):
        both = run.ran[0] & run.ran[k] & inside
        weight = _weights(run, both)
        pair = [float((found[j][both] * weight).sum() / max(weight.sum(), 1e-300)) for j in (0, k)]
        compared[name] = {**_difference(counts[0], counts[k]), "counterfactual_difference": pair[1] - pair[0]}
    return {"arms": arms, "compared": compared}


def _weights(run: RunTables, members: NDArray[np.bool_]) -> Floats:
    return np.ones(int(members.sum())) if run.weights is None else run.weights[members]


def _counted(run: RunTables, happened: NDArray[np.bool_], members: NDArray[np.bool_]) -> tuple[float, float]:
    """Events and patients; of weighted patients, those of the effective number (Kish 1965)."""
    weight = _weights(run, members)
    if not len(weight):
        return 0.0, 0.0
    scale = float(weight.sum() / (weight**2).sum())
    return float((weight * happened).sum()) * scale, float(weight.sum()) * scale


def _share(events: float, count: float, patients: int) -> dict[str, Any]:
    if not count:
        return {"n": patients, "responders": 0.0, "share": float("nan"), "low": 0.0, "high": 1.0}
    low, high = binomial_limits(events, count)
    return {"n": patients, "responders": events, "share": events / count, "low": low, "high": high}


def _difference(control: tuple[float, float], treated: tuple[float, float]) -> dict[str, float]:
    if not control[1] or not treated[1]:
        return {"risk_difference": float("nan"), "low": -1.0, "high": 1.0}
    low, high = difference_limits(control, treated)
    return {"risk_difference": treated[0] / treated[1] - control[0] / control[1], "low": low, "high": high}


def toxicity_document(run: RunTables) -> dict[str, Any]:
    """Patients with a toxicity that limits the dose, of all assigned to an arm, by drug too."""
    arms = {}
    for k, name in enumerate(run.arms):
        own = run.assigned[k]
        when = run["toxicity_h"][k][own]
        with np.errstate(invalid="ignore"):
            seen = np.isfinite(when) & (when <= run["alive_h"][k][own])
        drugs, counts = np.unique(run["toxicity_drug"][k][own][seen], return_counts=True)
        one = _share(*_counted(run, seen, own), int(own.sum()))
        one["events"] = one.pop("responders")
        one["by_drug"] = {str(d): int(c) for d, c in zip(drugs, counts, strict=True)}
        one["reduced"] = int((run["reduced"][k][own] < 1.0).sum())
        arms[name] = one
    return {"arms": arms, "of": "first toxicity that limits the dose, while in the trial"}


def _read_sums(run: RunTables) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats, Floats]:
    """Arm, patient, week and sum of diameters of the visits that were read, of those assigned."""
    arm, patient = run.visits["arm"], run.visits["patient"]
    own = np.isfinite(run.visits["sum_read"]) & run.assigned[arm, patient]
    order = np.lexsort((run.visits["visit_h"][own], patient[own], arm[own]))
    week, read = run.visits["visit_h"][own] / _WEEK, run.visits["sum_read"][own]
    return arm[own][order], patient[own][order], week[order], read[order]


def _starts(arm: NDArray[np.int64], patient: NDArray[np.int64]) -> NDArray[np.int64]:
    new = np.append(True, (np.diff(arm) != 0) | (np.diff(patient) != 0)) if len(arm) else np.zeros(0, bool)
    return np.flatnonzero(new)


def waterfall(run: RunTables) -> list[dict[str, Any]]:
    """Best change of the sum of diameters of each patient in the arm of his own, largest rise first.

    One without a visit after the first is left out; of more than 600 in an arm every so many-th is told.
    """
    arm, patient, week, read = _read_sums(run)
    starts = _starts(arm, patient)
    if not len(starts):
        return []
    later = np.where(week > 0.0, read, np.inf)
    change = 100.0 * (np.minimum.reduceat(later, starts) / read[starts] - 1.0)
    found = []
    for k in range(len(run.arms)):
        own = np.flatnonzero((arm[starts] == k) & np.isfinite(change) & (week[starts] == 0.0))
        own = own[np.argsort(-change[own], kind="stable")]
        for j in own[:: max(1, -(-len(own) // _MOST_BARS))]:
            who = patient[starts[j]]
            one = {"patient": int(run.ids[who]), "arm": run.arms[k], "change_percent": float(change[j])}
            found.append({**one, "best": str(run["best"][k][who])})
    return found


def spider(run: RunTables) -> list[dict[str, Any]]:
    """Change of the sum of diameters over time of the first patients of each arm, 60 in all at most."""
    arm, patient, week, read = _read_sums(run)
    starts = _starts(arm, patient)
    ends = np.append(starts[1:], len(arm))
    found = []
    for k in range(len(run.arms)):
        own = [j for j in range(len(starts)) if arm[starts[j]] == k and week[starts[j]] == 0.0]
        for j in own[: _MOST_LINES // len(run.arms)]:
            a, b, who = starts[j], ends[j], patient[starts[j]]
            found.append({"patient": int(run.ids[who]), "arm": run.arms[k], "weeks": week[a:b],
                          "change_percent": 100.0 * (read[a:b] / read[a] - 1.0),
                          "best": str(run["best"][k][who])})  # fmt: skip
    return found


def best_shares(run: RunTables) -> dict[str, dict[str, float]]:
    """Share of each best response by arm, of those assigned."""
    found = {}
    for k, name in enumerate(run.arms):
        best = run["best"][k][run.assigned[k]]
        found[name] = {r: float((best == r).mean()) if len(best) else 0.0 for r in (*_BEST, "NE")}
    return found
