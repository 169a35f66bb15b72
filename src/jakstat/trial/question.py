"""What a trial asks, as plain JSON: every field of its design, treatments and rules as texts."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from jakstat.store import json_ready
from jakstat.trial.design import Rule, RuleAct, TreatmentLine, TrialDesign
from jakstat.units import convert

__all__ = ["rule_text", "trial_question"]

_OWN = ("arms", "lines", "strata", "eligible")


def rule_text(rule: Rule) -> str:
    """A rule as a sentence.

    Examples
    --------
    >>> from jakstat.trial.design import Occasion
    >>> rule_text(Rule(Occasion.TOXICITY, RuleAct.REDUCE, ("sorafenib",), factor=0.5))
    'on toxicity: reduce sorafenib to 50 %'
    """
    when = f"at {convert(rule.at_h, 'h', 'month'):.3g} months" if rule.on == "time" else f"on {rule.on.value}"
    drugs = " and ".join(rule.drugs) or "treatment"
    what = {
        RuleAct.STOP: "stop" if not rule.drugs else f"stop {drugs}",
        RuleAct.REDUCE: f"reduce {drugs} to {100 * rule.factor:.3g} %",
        RuleAct.SWITCH: f"switch to {rule.to}",
    }[rule.do]
    share = f" in {100 * rule.share:.3g} % of patients" if rule.share < 1.0 else ""
    return f"{when}: {what}{share}"


def _line(line: TreatmentLine) -> dict[str, Any]:
    return {
        "name": line.name,
        "regimen": [p.told for p in line.prescriptions],
        "rules": [rule_text(rule) for rule in line.rules],
    }


def trial_question(design: TrialDesign) -> dict[str, Any]:
    """The design as it was understood; times in hours, infinity and NaN as null.

    Examples
    --------
    >>> from jakstat.trial.design import TreatmentLine, TrialArm, TrialDesign
    >>> arms = tuple(TrialArm(n, TreatmentLine(n)) for n in ("a", "b"))
    >>> asked = trial_question(TrialDesign("t", "hcc", "sharp", 9, 9, 1, arms, (), (0.0,), 1, ("OS",), "OS"))
    >>> asked["control"], asked["arms"][1], asked["closes_h"]
    ('a', {'name': 'b', 'regimen': [], 'rules': [], 'allocation': 1.0}, None)
    """
    plain = {f.name: getattr(design, f.name) for f in fields(design) if f.name not in _OWN}
    found = {
        **plain,
        "control": design.arms[0].name,
        "drugs": design.drugs,
        "arms": [{**_line(arm.line), "name": arm.name, "allocation": arm.allocation} for arm in design.arms],
        "lines": [_line(line) for line in design.lines],
        "strata": [{"number": s.number, "cut": s.cut, "randomised": s.randomised} for s in design.strata],
        "eligible": [{"number": e.number, "low": e.low, "high": e.high} for e in design.eligible],
    }
    return dict(json_ready(found))
