"""Which of the model's sources drive the spread of a ratio of hazards: one group of numbers at a time.

Each group takes the values of several parameter vectors while the others stay as they are, in the same
patients; beside them stand the structural options of death, which need no run of their own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from jakstat.biology import part
from jakstat.patients.bodies import Body
from jakstat.population.cohort import Cohort
from jakstat.population.outcome_numbers import BURDENS, ERAS
from jakstat.population.parameter_vectors import parameter_vector
from jakstat.trial.arm_courses import trial_body
from jakstat.trial.design import TrialDesign
from jakstat.trial.model_interval import ArmRatios, rerun_ratios

__all__ = ["numbers_by_group", "spread_by_source"]

_SIGNALLING, _DRUGS, _SHARED = "signalling", "drugs", "shared"
_MOST_SOURCES = 8


def numbers_by_group(body: Body, drugs: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Numbers that parameter vectors change, by what they belong to.

    ``signalling`` of the cells, ``drugs``, the parts of the tumour by name, and ``shared`` for what none of
    them holds alone; what several parts read stands under the first of them.

    Examples
    --------
    >>> from jakstat.patients.bodies import body_of
    >>> groups = numbers_by_group(body_of("hepg2"), ())
    >>> "S_kcat_STAT3" in groups["signalling"], "gain_IL6_MDSC" in groups["immunity"]
    (True, True)
    """
    texts = {name: set(re.findall(r"\w+", part(name).text)) for name in body.assembly.parts}
    cells = tuple(body.assembly.instances)
    found: dict[str, list[str]] = {}
    for key in parameter_vector(body, 1):
        if key.startswith(cells):
            group = _SIGNALLING
        elif any(drug in key for drug in drugs):
            group = _DRUGS
        else:
            group = next((name for name, words in texts.items() if key in words), _SHARED)
        found.setdefault(group, []).append(key)
    return {group: tuple(keys) for group, keys in found.items()}


def spread_by_source(
    design: TrialDesign,
    patients: Cohort,
    base: ArmRatios,
    *,
    vectors: int,
    rerun: Callable[..., ArmRatios] = rerun_ratios,
    told: Callable[[], None] | None = None,
) -> dict[str, list[dict[str, Any]]]:
    """Range of the ratio of hazards of death over each group of numbers and each option, widest first.

    Parameters
    ----------
    design : TrialDesign
    patients : Cohort
    base : ArmRatios
        Of the same patients and the model as it is.
    vectors : int
        How many parameter vectors each group takes its values from.
    rerun, told : callable
        As for :func:`jakstat.trial.reaction_effects.reaction_effects`.

    Returns
    -------
    dict of str to list of dict
        By arm: ``group``, ``kind`` (numbers or option), ``low``, ``high`` (over the ratio of the model as it
        is), ``spread`` (standard deviation of the logarithm), ``share`` of the sum of their squares, and of
        what: ``numbers``, ``grades``, ``sources``.
    """
    body = trial_body(design.disease, design.drugs)
    drawn = [parameter_vector(body, k) for k in range(1, vectors + 1)]
    main = (design.burden, design.era)
    arms = [arm.name for arm in design.arms[1:]]
    logs: dict[str, dict[str, list[float]]] = {}
    about: dict[str, dict[str, Any]] = {}
    for group, keys in numbers_by_group(body, design.drugs).items():
        about[group] = {"kind": "numbers", **_rest_on(body, keys)}
        for vector in drawn:
            changed = rerun(design, patients, changes={k: vector[k] for k in keys if k in vector})
            for arm in arms:
                logs.setdefault(group, {}).setdefault(arm, []).append(changed.options[main][arm])
            if told is not None:
                told()
    for group, options in (
        ("burden", [(b, design.era) for b in BURDENS]),
        ("era", [(design.burden, e) for e in ERAS]),
    ):
        about[group] = {"kind": "option", "numbers": 0, "grades": {}, "sources": []}
        logs[group] = {arm: [base.options[o][arm] for o in options] for arm in arms}
    return {arm: _rows(logs, about, arm, base.options[main][arm]) for arm in arms}


def _rest_on(body: Body, keys: Sequence[str]) -> dict[str, Any]:
    """How many numbers there are, how they are graded, and the sources that most of them have."""
    rows = {row.id: row for row in body.assembly.parameters}
    own = [rows[key] for key in keys if key in rows]
    grades = Counter(row.grade for row in own)
    sources = Counter(row.source for row in own).most_common(_MOST_SOURCES)
    return {"numbers": len(keys), "grades": dict(sorted(grades.items())), "sources": [s for s, _ in sources]}


def _rows(
    logs: Mapping[str, Mapping[str, Sequence[float]]],
    about: Mapping[str, Mapping[str, Any]],
    arm: str,
    base: float,
) -> list[dict[str, Any]]:
    found = []
    for group, by_arm in logs.items():
        own = np.array([base, *by_arm[arm]])
        own = own[np.isfinite(own)] - base
        found.append({
            "group": group, "low": float(np.exp(own.min())), "high": float(np.exp(own.max())),
            "spread": float(own.std(ddof=1)) if len(own) > 1 else 0.0, **about[group],
        })  # fmt: skip
    total = sum(row["spread"] ** 2 for row in found) or 1.0
    rows = [{**row, "share": row["spread"] ** 2 / total} for row in found]
    return sorted(rows, key=lambda row: -row["spread"])
