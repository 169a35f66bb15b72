"""Deaths under every structural option: survival as it would be in another era, and ratios of hazards."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from jakstat.population.survival import SurvivalCurve, censored_at
from jakstat.population.two_groups import two_group_ratio
from jakstat.trial.intervals import Events, pooled
from jakstat.trial.run_tables import RunTables
from jakstat.units import convert

__all__ = ["levels_document", "options_document"]

_MONTH = convert(1.0, "month", "h")
_OPTIONS = ("burden", "era", "residual")


def options_document(run: RunTables, arm: int, endpoint: str = "OS") -> list[dict[str, Any]]:
    """Ratio of hazards and medians under each option, of the same patients in both arms.

    Patients are followed as in the main result.

    Parameters
    ----------
    run : RunTables
    arm : int
        Place of the arm that is compared with the control.
    endpoint : str
        ``OS`` or ``RFS``; of other endpoints the options are not in the tables.
    """
    known = {"OS": "death_h", "RFS": "RFS_h"}.get(endpoint, "")
    if known not in run.options or not np.isfinite(run.options[known]).any():
        return []
    found = []
    codes, combinations = _combinations(run)
    for place, option in enumerate(combinations):
        rows = codes == place
        both = [_events(run, endpoint, k, rows & (run.options["arm"] == k)) for k in (0, arm)]
        time, happened, group, weights = pooled(both[0], both[1])
        ratio = two_group_ratio(time, happened, group, weights=weights)
        medians = {
            run.arms[k]: SurvivalCurve.of(e.time, e.happened, e.weights).median / _MONTH
            for k, e in zip((0, arm), both, strict=True)
        }
        found.append({**option, "hazard_ratio": float(np.exp(ratio.log)), "median_months": medians})
    return found


def _combinations(run: RunTables) -> tuple[NDArray[np.int64], list[dict[str, str]]]:
    """Which combination of options each row is of, and what they are, in the order of the table."""
    count = len(run.options["arm"])
    nothing = np.full(count, "", dtype=object)
    each = list(zip(*(run.options.get(name, nothing).tolist() for name in _OPTIONS), strict=True))
    known = {option: place for place, option in enumerate(dict.fromkeys(each))}
    codes = np.fromiter((known[option] for option in each), dtype=np.int64, count=count)
    return codes, [dict(zip(_OPTIONS, map(str, option), strict=True)) for option in known]


def _events(run: RunTables, endpoint: str, arm: int, rows: NDArray[np.bool_]) -> Events:
    patient = run.options["patient"][rows]
    if endpoint == "RFS":
        time, happened = run.options["RFS_h"][rows], run.options["RFS_event"][rows].astype(bool)
    else:
        death = run.options["death_h"][rows]
        time, seen = censored_at(death, run["alive_h"][arm][patient])
        time, happened = np.where(np.isnan(death), np.nan, time), seen.astype(bool)
    inside = run.everywhere[patient] & ~np.isnan(time)
    return Events(time[inside], happened[inside], run.weights_of(patient[inside]))


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
