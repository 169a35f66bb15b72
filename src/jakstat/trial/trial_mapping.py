"""A trial's design as the mapping that a trial file holds: reading it gives the same design again."""

from __future__ import annotations

import math
from typing import Any

from jakstat.trial.design import Eligibility, Occasion, Rule, RuleAct, TreatmentLine, TrialDesign
from jakstat.trial.patient_numbers import is_flag, number_unit

__all__ = ["trial_mapping"]

_PLAIN = 1e15  # whole numbers below it are written in full


def trial_mapping(design: TrialDesign) -> dict[str, Any]:
    """What a trial file would say, of texts and plain numbers alone, in whatever order keys are kept.

    Examples
    --------
    >>> from jakstat.trial.trial_file import read_trial
    >>> given = {"population": "sharp", "arms": {"none": {}}, "visits": {"every": "6w", "until": "1y"}}
    >>> design = read_trial(given)
    >>> trial_mapping(design)["arms"], trial_mapping(read_trial(trial_mapping(design)))["visits"]["until"]
    ([{'name': 'none', 'regimen': [], 'rules': [], 'allocation': 1.0}], '8766.0 h')
    """
    found: dict[str, Any] = {
        "trial": design.name,
        "population": design.population,
        "patients": design.patients,
        "size": design.size,
        "seed": design.seed,
        "arms": [{**_line(a.line), "allocation": a.allocation} for a in design.arms],
        "visits": {"at": [_hours(t) for t in design.visits_h[1:]], "until": _hours(design.until_h)},
        "endpoints": list(design.endpoints),
        "primary": design.primary,
        "strata": [
            {"number": s.number, "randomised": s.randomised, **_cut(s.number, s.cut)} for s in design.strata
        ],
        "eligible": [{"number": e.number, **_range(e)} for e in design.eligible],
        "accrual": _hours(design.accrual_h),
        "dropout": f"{design.dropout!r}/h" if design.dropout else 0,
        "options": {"burden": design.burden, "era": design.era},
        "dosing": "mean_rate" if design.mean_rate else "exact",
        "biomarkers": list(design.biomarkers),
        "courses": design.courses,
    }
    if design.lines:
        found["lines"] = [_line(line) for line in design.lines]
    if math.isfinite(design.closes_h):
        found["closes"] = _hours(design.closes_h)
    if math.isfinite(design.enrolled):
        found["enrolled"] = design.enrolled
    if design.resected_h is not None:
        found["resect"] = {"at": _hours(design.resected_h), "residual": list(design.residual)}
    return found


def _hours(hours: float) -> str:
    return f"{hours!r} h"


def _line(line: TreatmentLine) -> dict[str, Any]:
    return {
        "name": line.name,
        "regimen": [f"{p.said} {p.regimen.text}" for p in line.prescriptions],
        "rules": [_rule(rule) for rule in line.rules],
    }


def _rule(rule: Rule) -> dict[str, Any]:
    found: dict[str, Any] = {"on": rule.on.value, "do": rule.do.value, "share": rule.share}
    if rule.drugs:
        found["drug"] = list(rule.drugs)
    if rule.do is RuleAct.REDUCE:
        found["by"] = 1.0 - rule.factor
    if rule.do is RuleAct.SWITCH:
        found["to"] = rule.to
    if rule.on is Occasion.TIME:
        found["at"] = _hours(rule.at_h)
    return found


def _cut(number: str, cut: float) -> dict[str, str]:
    if number == "aetiology" or is_flag(number):
        return {}
    return {"cut": "median"} if math.isnan(cut) else _bound("cut", number, cut)


def _range(one: Eligibility) -> dict[str, str | bool]:
    if is_flag(one.number):
        return {"is": math.isinf(one.high)}
    return {**_bound("above", one.number, one.low), **_bound("below", one.number, one.high)}


def _bound(key: str, number: str, value: float) -> dict[str, str]:
    if math.isinf(value):
        return {}
    unit = number_unit(number)
    text = repr(int(value)) if value.is_integer() and abs(value) < _PLAIN else repr(value)
    return {key: text if unit == "dimensionless" else f"{text} {unit}"}
