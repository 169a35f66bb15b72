"""Two trials that were run, side by side: their designs, their results, and the same patients in both."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jakstat.places import Place, place_of
from jakstat.population.survival import SurvivalCurve
from jakstat.population.two_groups import two_group_ratio
from jakstat.store import NOTICE, json_ready
from jakstat.trial.endpoints import COUNTERFACTUAL, arm_events
from jakstat.trial.intervals import Events, pooled
from jakstat.trial.reading import read_trial_run, run_question
from jakstat.trial.run_record import read_record
from jakstat.trial.run_tables import RunTables, read_run_tables
from jakstat.units import convert

__all__ = ["compare_trials", "comparison_rows"]

_MONTH = convert(1.0, "month", "h")
_ENDS = ("OS", "PFS", "TTP", "RFS")
_SHARES = ("ORR", "DCR")
_ARM_KEYS = (("n", "events", "median_months", "rmst_months"), ("n", "share", "low", "high"))
_RATIO_KEYS = (("hazard_ratio", "cox_low", "cox_high"), ("risk_difference", "low", "high"))
_BASE = "base_"
_DOCUMENT = "trial.json"
_NOT_COMPARED = ("name",)


def compare_trials(first: str | os.PathLike[str], second: str | os.PathLike[str]) -> dict[str, Any]:
    """Two runs side by side.

    Parameters
    ----------
    first, second : path or URL
        Folders of runs.

    Returns
    -------
    dict
        ``a``, ``b`` (which runs), ``design`` (fields that differ), ``endpoints``, ``same_patients`` and,
        where they are the same, ``counterfactual``: the second over the first in the same patients.

    Raises
    ------
    InputError
        The problems of :func:`jakstat.trial.reading.read_trial_run`.
    """
    places = [place_of(first), place_of(second)]
    made = [read_record(p).made for p in places]
    asked = [run_question(m, str(p)) for m, p in zip(made, places, strict=True)]
    documents = [_document(p) for p in places]
    runs = [
        read_run_tables(p, [arm["name"] for arm in q["arms"]], visits=())
        for p, q in zip(places, asked, strict=True)
    ]
    shared, why = _shared(runs[0], runs[1])
    found: dict[str, Any] = {
        "a": _named(places[0], asked[0], made[0]),
        "b": _named(places[1], asked[1], made[1]),
        "design": _differences(asked[0], asked[1]),
        "endpoints": _side_by_side(documents[0], documents[1]),
        "same_patients": {"shared": int(shared[0].sum()), "same": bool(shared[0].any()), "why": why},
    }
    if shared[0].any():
        found["counterfactual"] = _counterfactual(runs[0], runs[1], shared)
    return dict(json_ready(found | {"notice": NOTICE}))


def _document(place: Place) -> dict[str, Any]:
    if place.exists(_DOCUMENT):
        return dict(json.loads(place.read(_DOCUMENT).decode()))
    return read_trial_run(str(place))


def _named(place: Place, asked: Mapping[str, Any], made: Mapping[str, Any]) -> dict[str, Any]:
    name = place.local.name if place.local else str(place).rstrip("/").rsplit("/", 1)[-1]
    return {"run": name, "name": asked["name"], "patients": asked["patients"], "key": made.get("key")}


def _differences(one: Mapping[str, Any], two: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Fields of the designs that differ; arms and the like by their names.

    Examples
    --------
    >>> _differences({"seed": 1, "arms": [{"name": "a"}]}, {"seed": 2, "arms": [{"name": "a"}]})
    [{'field': 'seed', 'a': 1, 'b': 2}]
    """
    found = []
    for key in dict.fromkeys([*one, *two]):
        a, b = one.get(key), two.get(key)
        if a == b or key in _NOT_COMPARED:
            continue
        one_by, two_by = _by_name(a), _by_name(b)
        if one_by is None or two_by is None:
            found.append({"field": key, "a": a, "b": b})
            continue
        for name in dict.fromkeys([*one_by, *two_by]):
            if one_by.get(name) != two_by.get(name):
                found.append({"field": f"{key}.{name}", "a": one_by.get(name), "b": two_by.get(name)})
    return found


def _by_name(value: Any) -> dict[str, Any] | None:
    listed = isinstance(value, list) and value and all(isinstance(v, dict) for v in value)
    return {str(v.get("name", v.get("number"))): v for v in value} if listed else None


def _side_by_side(one: Mapping[str, Any], two: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for end in dict.fromkeys([*one["endpoints"], *two["endpoints"]]):
        both = [d["endpoints"].get(end, {"arms": {}, "compared": {}}) for d in (one, two)]
        keys, ratio = _ARM_KEYS[end in _SHARES], _RATIO_KEYS[end in _SHARES]
        found[end] = {
            part: {
                arm: {run: _some(b[part].get(arm), of) for run, b in zip("ab", both, strict=True)}
                for arm in dict.fromkeys([*both[0][part], *both[1][part]])
            }
            for part, of in (("arms", keys), ("compared", ratio))
        }
    return found


def _some(values: Mapping[str, Any] | None, keys: tuple[str, ...]) -> dict[str, Any] | None:
    return None if values is None else {key: values.get(key) for key in keys}


def _shared(one: RunTables, two: RunTables) -> tuple[tuple[NDArray[np.bool_], NDArray[np.bool_]], str]:
    """Patients that are the same in both runs, and were simulated in every arm of both."""
    none = np.zeros(len(one.ids), dtype=bool), np.zeros(len(two.ids), dtype=bool)
    ids = np.intersect1d(one.ids, two.ids)
    columns = [c for c in one.columns if c.startswith(_BASE) and c in two.columns]
    if not len(ids) or not columns:
        return none, "no patient has the same number in both"
    a, b = np.isin(one.ids, ids), np.isin(two.ids, ids)
    same = np.all([_alike(one.first(c)[a], two.first(c)[b]) for c in columns], axis=0)
    same &= one.everywhere[a] & two.everywhere[b]
    none[0][np.flatnonzero(a)[same]] = True
    none[1][np.flatnonzero(b)[same]] = True
    if not same.any():
        return none, "patients of the same numbers differ at their first visit: other populations or seeds"
    return none, "the same numbers and the same first visit"


def _alike(one: NDArray[np.float64], two: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.asarray((one == two) | (np.isnan(one) & np.isnan(two)))


def _counterfactual(
    one: RunTables, two: RunTables, shared: tuple[NDArray[np.bool_], NDArray[np.bool_]]
) -> dict[str, Any]:
    """Arms of one name, and the last arms: the second run over the first, in the same patients."""
    pairs = [(name, name) for name in one.arms if name in two.arms]
    last = (one.arms[-1], two.arms[-1])
    found = []
    for a, b in dict.fromkeys([*pairs, last]):
        each: dict[str, Any] = {}
        for end in (e for e in _ENDS if one.has(e) and two.has(e)):
            first = arm_events(one, end, one.arms.index(a), shared[0])
            second = arm_events(two, end, two.arms.index(b), shared[1])
            each[end] = _ratio(first, second)
        found.append({"a": a, "b": b, "endpoints": each})
    return {"arms": found, "interval": None, "why": COUNTERFACTUAL}


def _ratio(first: Events, second: Events) -> dict[str, float]:
    time, happened, group, weights = pooled(first, second)
    ratio = two_group_ratio(time, happened, group, weights=weights)
    end = min(float(first.time.max(initial=0.0)), float(second.time.max(initial=0.0)))
    means = [SurvivalCurve.of(e.time, e.happened, e.weights).mean_until(end).value for e in (first, second)]
    return {
        "patients": first.count,
        "hazard_ratio": 1.0 if _equal(first, second) else float(np.exp(ratio.log)),
        "rmst_difference": (means[1] - means[0]) / _MONTH,
    }


def _equal(first: Events, second: Events) -> bool:
    return bool(np.array_equal(first.time, second.time) and np.array_equal(first.happened, second.happened))


def comparison_rows(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The comparison as rows of a table, one for each number.

    Parameters
    ----------
    document : mapping
        Of :func:`compare_trials`.

    Examples
    --------
    >>> one = {"arms": {"x": {"a": {"n": 3}, "b": None}}, "compared": {}}
    >>> comparison_rows({"endpoints": {"OS": one}})
    [{'endpoint': 'OS', 'arm': 'x', 'number': 'n', 'a': 3, 'b': None}]
    """
    found = []
    for end, parts in document["endpoints"].items():
        for part in ("arms", "compared"):
            for arm, both in parts[part].items():
                keys = dict.fromkeys([*(both["a"] or {}), *(both["b"] or {})])
                for key in keys:
                    own = {run: (both[run] or {}).get(key) for run in "ab"}
                    found.append({"endpoint": end, "arm": arm, "number": key, **own})
    return found
