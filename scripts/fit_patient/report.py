"""The page of the fit: what was fitted to what, under every option, and what is predicted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jakstat.knowledge.parameter_table import Row
from jakstat.population.margins import population_rows
from jakstat.population.outcome_numbers import BURDENS, outcome_rows
from jakstat.population.patient_validation import behaviour_rows
from scripts.fit_patient.objective import SPREADS, targets

HEAD = """# The fit of the tumour scale

Written by `python -m scripts.fit_patient report`. The targets are the rows of
`scripts/fit_patient/targets.csv`; a test sees that the fit reads no other published number. The cohort is
drawn from the population `sharp` ({patients} patients, seed {seed}); every course is one of the full model
of the patient, sorafenib at the mean rate of 400 mg twice a day, stopped at the visit that shows progression.

## What was fitted to what

| number | value | to |
| --- | --- | --- |
"""
"""What stands before the tables."""

TOLD = """
The ratio of hazards is that of arms of many patients; the interval of a trial of 602 was 0.55 to 0.87. A
median time to progression is the visit that shows it, so the model's is where the share crosses one half
between visits, half an interval later.

What these targets cannot tell apart: how strongly death follows the burden against what follows progression.
The three options above differ in that alone; each has its own two numbers, and every answer that rests on
survival shows all three. Nor do they say how survival drifts with the year of a trial (`era_*` in
`population/outcomes.csv`), how large occult foci are (`initiation/foci.csv`) or what the ratio of IL-6 of the
liver to that of serum is (3 to 20).

## Predicted

Not looked at by the fit; `jakstat validate --scale patient` runs them.

"""
"""What stands behind them."""


def page(result: Mapping[str, Any]) -> str:
    """The page as Markdown."""
    found = [HEAD.format(**result), *_fitted(result), "\n## Targets, and the model under each option\n\n"]
    found += _targets(result)
    found.append(TOLD)
    found += [f"- {row.note}\n" for row in behaviour_rows() if row.key[0] == "emerged"]
    return "".join(found)


def _fitted(result: Mapping[str, Any]) -> list[str]:
    rows = population_rows("sharp")
    growth = "doubling_below_3, doubling_above_9"
    told = [
        _line("pace.factor", rows["pace.factor"], growth),
        _line("pace.power", rows["pace.power"], growth),
    ]
    told.append(_line("CRP_reference.median", rows["CRP_reference.median"], "CRP_10"))
    middle = result["options"]["beta_middle"]["values"]
    trial = "the eight numbers of SHARP"
    units = {"EC50_sorafenib_kill_TKI": "nM", "EC50_sorafenib_vessel_growth_left": "nM"}
    told += [f"| {name} | {middle[name]:.4g} {unit} | {trial} |\n" for name, unit in units.items()]
    told += [_line(name, rows[name], trial) for name in SPREADS]
    outcomes = outcome_rows()
    told.append(_line("new_lesion", outcomes["any", "new_lesion"], trial))
    for option in BURDENS:
        for name in ("death_tumour", "death_progressed"):
            told.append(_line(f"{name} ({option})", outcomes[option, name], trial))
    return told


def _line(name: str, row: Row, to: str) -> str:
    unit = "" if row.unit == "dimensionless" else f" {row.unit}"
    return f"| {name} | {row.value:.4g}{unit} | {to} |\n"


def _targets(result: Mapping[str, Any]) -> list[str]:
    heads = [b.replace("beta_", "burden ") for b in BURDENS]
    told = [f"| target | published | {' | '.join(heads)} | source |\n", "| --- | --- |" + " --- |" * 4 + "\n"]
    for key, row in targets().items():
        before = result["before_treatment"].get(key)
        cells = [before if before is not None else result["options"][b]["model"][key] for b in BURDENS]
        model = " | ".join(f"{c:.3g}" for c in cells)
        told.append(f"| {row.what} ({key}) | {row.value:g} {row.unit} | {model} | {row.source} |\n")
    costs = " | ".join(f"{result['options'][b]['cost']:.2f}" for b in BURDENS)
    told.append(f"| misfit | | {costs} | |\n")
    return told
