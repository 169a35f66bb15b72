"""Which reactions a treatment works through: the same patients with one of them held down in every arm."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np

from jakstat.population.cohort import Cohort
from jakstat.trial.arm_courses import trial_body
from jakstat.trial.design import TrialDesign
from jakstat.trial.model_interval import ArmRatios, rerun_ratios

__all__ = ["ReactionKnockdown", "knockdown_rows", "reaction_effects"]

_OF = "the same patients, the reaction held down in every arm from before the first visit; expected deaths"


@dataclass(frozen=True, slots=True)
class ReactionKnockdown:
    """Numbers of the document of patients that are multiplied by a factor together."""

    id: str
    numbers: tuple[str, ...]
    factor: float
    title: str


@lru_cache(maxsize=1)
def knockdown_rows() -> tuple[ReactionKnockdown, ...]:
    """What can be held down.

    Examples
    --------
    >>> knockdown_rows()[0].id, knockdown_rows()[0].factor
    ('STAT3_cancer', 0.1)
    """
    text = files("jakstat.trial").joinpath("knockdowns.csv").read_text(encoding="utf-8")
    return tuple(
        ReactionKnockdown(row["id"], tuple(row["numbers"].split(";")), float(row["factor"]), row["title"])
        for row in csv.DictReader(text.splitlines())
    )


def reaction_effects(
    design: TrialDesign,
    patients: Cohort,
    base: ArmRatios,
    *,
    rerun: Callable[..., ArmRatios] = rerun_ratios,
    told: Callable[[], None] | None = None,
) -> list[dict[str, Any]]:
    """Ratios of the hazards of death with each reaction held down, what changes them most first.

    Parameters
    ----------
    design : TrialDesign
    patients : Cohort
    base : ArmRatios
        Of the same patients and the model as it is.
    rerun : callable
        Gives the ratios with changed numbers.
    told : callable, optional
        Called after each.

    Returns
    -------
    list of dict
        ``id``, ``title``, ``numbers``, ``factor``, ``control`` (the control arm over itself as it is) and by
        arm ``hazard_ratio``, ``base`` and ``change`` (their quotient).
    """
    body = trial_body(design.disease, design.drugs)
    main = (design.burden, design.era)
    found = []
    for one in knockdown_rows():
        numbers = {key: body.value(key) * one.factor for key in one.numbers if key in body.ids}
        if not numbers:
            continue
        held = rerun(design, patients, changes=numbers)
        arms = {}
        for arm in design.arms[1:]:
            before, after = base.options[main][arm.name], held.options[main][arm.name]
            arms[arm.name] = {
                "hazard_ratio": float(np.exp(after)),
                "base": float(np.exp(before)),
                "change": float(np.exp(after - before)),
            }
        found.append({
            "id": one.id, "title": one.title, "numbers": list(numbers), "factor": one.factor, "arms": arms,
            "control": float(np.exp(held.alone(base, design.arms[0].name))), "failed": held.failed, "of": _OF,
        })  # fmt: skip
        if told is not None:
            told()
    return sorted(found, key=lambda row: -_largest(row["arms"]))


def _largest(arms: dict[str, dict[str, float]]) -> float:
    return max((abs(float(np.log(a["change"]))) for a in arms.values()), default=0.0)
