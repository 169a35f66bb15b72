"""A trial in words: the question as it was understood, a line for each part of it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

from jakstat.trial.design import Eligibility, Stratum, TreatmentLine, TrialDesign
from jakstat.trial.patient_numbers import is_flag, number_unit
from jakstat.trial.question import rule_text

__all__ = ["design_lines", "span_told"]

_MONTH_H = 730.5


def design_lines(design: TrialDesign) -> tuple[str, ...]:
    """The trial as it was understood.

    Examples
    --------
    >>> from jakstat.trial.trial_file import read_trial
    >>> arms = {"placebo": {}, "drug": {"regimen": ["Nexavar 400 mg PO BID"]}}
    >>> visits = {"every": "6w", "until": "2y"}
    >>> for line in design_lines(read_trial({"population": "sharp", "arms": arms, "visits": visits}))[1:4]:
    ...     print(line)
    arm placebo (1 of 2, the control): no treatment
    arm drug (1 of 2): sorafenib (Nexavar) 400 mg PO BID
    seen every 6 weeks, followed for 24 months
    """
    return tuple(_lines(design))


def _lines(design: TrialDesign) -> Iterator[str]:
    yield (
        f"{design.name}: {design.patients:,} patients of {design.population} in every arm; a trial enrols "
        f"{design.size:,}; seed {design.seed}"
    )
    total = sum(arm.allocation for arm in design.arms)
    for k, arm in enumerate(design.arms):
        place = f"{arm.allocation:g} of {total:g}" + (", the control" if k == 0 else "")
        yield from _treatment(f"arm {arm.name} ({place})", arm.line)
    for line in design.lines:
        yield from _treatment(f"then {line.name}", line)
    yield _seen(design)
    if design.resected_h is not None:
        yield f"resected at {span_told(design.resected_h)}, left behind: {' or '.join(design.residual)}"
    yield f"endpoints {', '.join(design.endpoints)}; primary {design.primary}"
    if design.strata:
        yield f"groups by {'; '.join(map(_stratum, design.strata))}"
    if design.eligible:
        yield f"eligible with {'; '.join(map(_range, design.eligible))}"
    yield _calendar(design)
    doses = "repeated doses at their mean rate" if design.mean_rate else "every dose"
    yield f"main result under {design.burden} and {design.era}, the others beside it; {doses}"


def _treatment(head: str, line: TreatmentLine) -> Iterator[str]:
    yield f"{head}: {'; '.join(p.told for p in line.prescriptions) or 'no treatment'}"
    for rule in line.rules:
        yield f"    {rule_text(rule)}"


def _seen(design: TrialDesign) -> str:
    visits = design.visits_h
    steps = {round(b - a, 6) for a, b in pairwise(visits)}
    if len(steps) == 1:
        seen = f"seen every {span_told(steps.pop())}"
    else:
        seen = f"seen at {', '.join(span_told(t) for t in visits[1:])}"
    return f"{seen}, followed for {span_told(design.until_h)}"


def _stratum(stratum: Stratum) -> str:
    if stratum.number == "aetiology" or is_flag(stratum.number):
        cut = ""
    elif math.isnan(stratum.cut):
        cut = " at its median"
    else:
        cut = f" above {_number(stratum.cut, stratum.number)}"
    return f"{stratum.number}{cut}{' (randomised)' if stratum.randomised else ''}"


def _range(one: Eligibility) -> str:
    if is_flag(one.number):
        return one.number if math.isinf(one.high) else f"no {one.number}"
    low, high = (_number(x, one.number) for x in (one.low, one.high))
    if math.isinf(one.high):
        return f"{one.number} above {low}"
    return f"{one.number} below {high}" if math.isinf(one.low) else f"{one.number} from {low} to {high}"


def _number(value: float, number: str) -> str:
    unit = number_unit(number)
    return f"{value:g}" if unit == "dimensionless" else f"{value:g} {unit}"


def _calendar(design: TrialDesign) -> str:
    parts = [
        f"patients enter over {span_told(design.accrual_h)}" if design.accrual_h else "all enter at once"
    ]
    if math.isfinite(design.closes_h):
        parts.append(f"read out at {span_told(design.closes_h)}")
    if design.dropout:
        parts.append(f"{100.0 * design.dropout * _MONTH_H:.3g} % lost from sight a month")
    if not math.isnan(design.enrolled):
        parts.append(f"enrolled in {design.enrolled:g}")
    return ", ".join(parts)


def span_told(hours: float) -> str:
    """A time in the largest unit that it is a whole number of.

    Examples
    --------
    >>> span_told(17532.0), span_told(1008.0), span_told(0.0)
    ('24 months', '6 weeks', 'the first day')
    """
    if hours == 0.0:
        return "the first day"
    for size, unit in ((_MONTH_H, "months"), (168.0, "weeks"), (24.0, "days")):
        count = hours / size
        if count >= 1.0 and abs(count - round(count)) < 1e-6:
            return f"{count:g} {unit if round(count) > 1 else unit[:-1]}"
    return f"{hours / 24.0:.4g} days"
