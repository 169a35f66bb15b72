"""Survival of patients of one's own, read like that of a trial, and a trial that was run beside it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

from jakstat.errors import problem
from jakstat.population.survival import SurvivalCurve
from jakstat.population.two_groups import log_rank
from jakstat.store import NOTICE, json_ready
from jakstat.trial.endpoints import MEDIAN_RULE, group_document, limits_of_ratio
from jakstat.trial.intervals import pooled
from jakstat.trial.reading import TIMES, read_trial_run
from jakstat.trial.survival_table import SurvivalReading, SurvivalTable, read_survival
from jakstat.units import convert

__all__ = ["observed_survival", "survival_rows"]

_MONTH = convert(1.0, "month", "h")


def observed_survival(
    data: object,
    reading: SurvivalReading | None = None,
    *,
    control: str = "",
    run: str | os.PathLike[str] | None = None,
) -> dict[str, Any]:
    """Curves, medians and means of the groups of a table, and each group beside the control.

    Medians are the first time at or below one half (R's middle of a flat stretch beside them), ratios of
    hazards Cox's with Efron's ties, as in the report of a trial.

    Parameters
    ----------
    data : path, DataFrame, rows or columns
    reading : SurvivalReading, optional
    control : str
        The group that others are compared with; if empty the control of the run, or the first of the file.
    run : path, optional
        A trial that was run: its arms stand beside the groups, for the same endpoint.

    Returns
    -------
    dict
        ``kind``, ``file``, ``data`` (SHA-256), ``endpoint``, ``notes``, ``arms``, ``compared``, ``model``.

    Raises
    ------
    InputError
        The problems of :func:`jakstat.trial.survival_table.read_survival`; ``survival.group`` for a control
        that is not there; ``survival.endpoint`` where the run has not counted it.

    Examples
    --------
    >>> rows = {"arm": ["a"] * 3 + ["b"] * 3, "months": [1, 2, 3, 4, 5, 6], "death": [1, 1, 1, 1, 1, 0]}
    >>> found = observed_survival(rows)
    >>> [(name, one["median_months"]) for name, one in found["arms"].items()]
    [('a', 2.0), ('b', 5.0)]
    """
    table = read_survival(data, reading)
    model = None if run is None else _model(run, table.endpoint)
    same = next((name for name in (model or {}).get("arms", {}) if name in table.groups), "")
    first = _control(table, control or same)
    names = [first, *(name for name in table.groups if name != first)]
    each = {name: table.groups[name] for name in names}
    end = min(float(e.time.max()) for e in each.values())
    last = max(float(e.time.max()) for e in each.values())
    curves = {name: SurvivalCurve.of(e.time, e.happened) for name, e in each.items()}
    arms = {name: group_document(each[name], curves[name], end, last) for name in names}
    compared = {}
    for name in names[1:]:
        time, happened, group, _ = pooled(each[first], each[name])
        compared[name] = {
            "control": first,
            **limits_of_ratio(time, happened, group),
            "log_rank_p": log_rank(time, happened, group).p,
        }
    made: dict[str, Any] = json_ready(
        {
            "kind": "own-survival",
            "file": table.file,
            "data": table.key,
            "endpoint": table.endpoint,
            "median_rule": MEDIAN_RULE,
            "rmst_until_months": end / _MONTH,
            "notes": [note.to_dict() for note in table.notes],
            "arms": arms,
            "compared": compared,
        }
    )
    return made | {"model": model, "notice": NOTICE}


def _control(table: SurvivalTable, control: str) -> str:
    if not control:
        return next(iter(table.groups))
    found = next((name for name in table.groups if name.casefold() == control.strip().casefold()), None)
    if found is None:
        hint = f"the groups are {', '.join(table.groups)[:300]}"
        said = f"there is no group {control[:40]!r}"
        raise problem("survival.group", said, file=table.file, field="--control", hint=hint)
    return found


def _model(run: str | os.PathLike[str], endpoint: str) -> dict[str, Any]:
    """The arms of a run, for an endpoint under its name there."""
    document = read_trial_run(run)
    there = [name for name in TIMES if name in (document.get("endpoints") or {})]
    found = next((name for name in there if name.casefold() == endpoint.casefold()), None)
    if found is None:
        said = f"the run has no endpoint {endpoint[:20]!r}" if endpoint else "the endpoint is not told"
        hint = f"--endpoint {' or '.join(there)}"
        raise problem("survival.endpoint", said, field="--endpoint", hint=hint)
    one = document["endpoints"][found]
    return {"run": os.fspath(run), "endpoint": found, "arms": one["arms"], "compared": one["compared"]}


def survival_rows(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """One row for each group, of the data and of the run.

    Examples
    --------
    >>> rows = {"months": [1, 2, 3, 4, 5, 6], "death": [1] * 6}
    >>> row = next(survival_rows(observed_survival(rows)))
    >>> row["of"], row["median_months"], row["median_months_r"]
    ('data', 3.0, 3.5)
    """
    model = document.get("model") or {"arms": {}, "compared": {}}
    for of, part in (("data", document), ("model", model)):
        for name, arm in part["arms"].items():
            ratio = part["compared"].get(name, {})
            keys = ("n", "events", "median_months", "low", "high", "median_months_r", "rmst_months")
            compared = ("hazard_ratio", "cox_low", "cox_high", "log_rank_p")
            yield {
                "of": of,
                "group": name,
                **{key: arm.get(key) for key in keys},
                **{key: ratio.get(key) for key in compared},
            }
