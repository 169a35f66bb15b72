"""Deaths and recurrences under every structural option: levels of another era, and ratios of hazards."""

from __future__ import annotations

from typing import Any

import numpy as np

from jakstat.population.survival import SurvivalCurve, censored_at
from jakstat.population.two_groups import two_group_ratio
from jakstat.trial.intervals import Events, pooled
from jakstat.trial.run_tables import RunTables
from jakstat.units import convert

__all__ = ["levels_document", "options_document"]

_MONTH = convert(1.0, "month", "h")
_OPTIONS = ("burden", "era", "residual")
_COLUMNS = {"OS": ("death_h",), "RFS": ("RFS_h", "RFS_event")}


def options_document(run: RunTables, arm: int, endpoint: str = "OS") -> list[dict[str, Any]]:
    """Ratio of the hazards and medians under each option, of the same patients in both arms.

    Patients are followed as in the main result.

    Parameters
    ----------
    run : RunTables
    arm : int
        Place of the arm that is compared with the control.
    endpoint : str
        OS, or RFS behind an operation; others are the same under every option.
    """
    columns = _COLUMNS.get(endpoint, ())
    if not columns or not set(columns) <= set(run.options):
        return []
    found = []
    for option in _combinations(run):
        both = [_events(run, k, option, columns) for k in (0, arm)]
        time, happened, group, weights = pooled(both[0], both[1])
        ratio = two_group_ratio(time, happened, group, weights=weights)
        medians = {
            run.arms[k]: SurvivalCurve.of(e.time, e.happened, e.weights).median / _MONTH
            for k, e in zip((0, arm), both, strict=True)
        }
        found.append({**option, "hazard_ratio": float(np.exp(ratio.log)), "median_months": medians})
    return found


def _combinations(run: RunTables) -> list[dict[str, str]]:
    """Options in the order of the table."""
    names = [name for name in _OPTIONS if name in run.options]
    if not len(run.options["arm"]):
        return []
    joined = np.stack([run.options[name].astype("<U24") for name in names], axis=1)
    first = np.sort(np.unique(joined, axis=0, return_index=True)[1])
    return [{"residual": "", **dict(zip(names, map(str, joined[i]), strict=True))} for i in first]


def _events(run: RunTables, arm: int, option: dict[str, str], columns: tuple[str, ...]) -> Events:
    """Times under an option; the second column, where there is one, says whether it happened at all."""
    rows = run.options["arm"] == arm
    for name, value in option.items():
        if name in run.options:
            rows = rows & (run.options[name] == value)
    patient, when = run.options["patient"][rows], run.options[columns[0]][rows]
    inside = run.everywhere[patient] & ~np.isnan(when)
    patient, when = patient[inside], when[inside]
    followed = run["alive_h"][arm][patient]
    if len(columns) > 1:
        seen = run.options[columns[1]][rows][inside].astype(bool)
        followed = np.where(seen, followed, np.minimum(followed, when))
        when = np.where(seen, when, np.inf)
    time, happened = censored_at(when, followed)
    return Events(time, happened.astype(bool), run.weights_of(patient))


def levels_document(compared: dict[str, Any]) -> dict[str, Any]:
    """Range of each arm's median survival over the options.

    Parameters
    ----------
    compared : dict
        Of an endpoint, with the options of each arm under ``model``.

    Examples
    --------
    >>> options = [{"era": e, "median_months": {"a": m}} for e, m in (("x", 8.0), ("y", 11.0))]
    >>> levels_document({"b": {"model": {"options": options}}})["a"]
    {'low_months': 8.0, 'high_months': 11.0}
    """
    seen: dict[str, list[float]] = {}
    for one in compared.values():
        for option in one["model"]["options"]:
            for arm, median in option["median_months"].items():
                seen.setdefault(arm, []).append(median)
    return {a: {"low_months": min(v), "high_months": max(v)} for a, v in seen.items()}
