"""The search: doubling times and CRP first, then sorafenib and survival on SHARP, then each other option."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from scipy import optimize

from jakstat.patients.body_numbers import usual_doubling_time
from jakstat.population.outcome_numbers import BURDENS, outcome_numbers
from jakstat.population.trial_behaviours import two_arms
from scripts.fit_patient.objective import (
    SPREADS,
    Courses,
    courses,
    growth_and_blood,
    misfit,
    trial_numbers,
)

DRUG = ("EC50_sorafenib_kill_TKI", "EC50_sorafenib_vessel_growth_left")
SURVIVAL = ("death_tumour", "death_progressed")
NEW_LESION = "new_lesion"
MIDDLE = "beta_middle"
_LEAST, _MOST = 0.5, 1.5  # of a spread
_STEP = {
    **dict.fromkeys(SPREADS, -0.3),
    DRUG[0]: 0.3,
    DRUG[1]: -0.5,
    NEW_LESION: 0.4,
    "death_tumour": -0.4,
    "death_progressed": 0.3,
}


def growth_of(run: Courses, factor: float, power: float) -> tuple[float, float]:
    """The factor and power of the pace that bring 35 % below 3 and 62.4 % below 9 months."""
    low, high = np.quantile(run.doubling, [0.35, 1.0 - 0.376])
    steeper = power * math.log(9.0 / 3.0) / math.log(high / low)
    middle = math.sqrt(low * high)  # where the power turns about, the pace moves with the factor alone
    drawn = float(np.exp(np.mean(np.log(run.patients.numbers["doubling_time"]))))
    turned = (usual_doubling_time() / drawn) ** (power - steeper)
    return factor * turned * middle / math.sqrt(27.0), steeper


def crp_of(run: Courses, median: float) -> float:
    """The median of CRP_reference at which 28.3 % have 10 mg/L or more."""
    return median * 10.0 / float(np.quantile(run.CRP, 1.0 - 0.283))


def fit_trial(
    run: Courses,
    start: Mapping[str, float],
    names: Sequence[str],
    burden: str,
    *,
    evaluations: int,
    replicates: int,
    tell: Callable[[str], None],
) -> dict[str, Any]:
    """Nelder-Mead (doi:10.1093/comjnl/7.4.308) over the logarithms of ``names``; the rest as in ``start``."""
    base = outcome_numbers(burden)
    count = 0

    def numbers(x: np.ndarray) -> tuple[dict[str, float], dict[str, float]]:
        values = {**start, **dict(zip(names, np.exp(x).tolist(), strict=True))}
        values |= {k: min(max(values[k], _LEAST), _MOST) for k in SPREADS}
        drug = run.treated({k: values[k] for k in (*DRUG, *SPREADS)})
        constants = base.changed(**{k: values[k] for k in (*SURVIVAL, NEW_LESION)})
        return trial_numbers(
            two_arms(run.patients, run.untreated, drug, constants, replicates=replicates)
        ), values

    def cost(x: np.ndarray) -> float:
        nonlocal count
        model, _ = numbers(x)
        count += 1
        if count % 10 == 0:
            tell(f"{burden} {count} {misfit(model):.3f}")
        return misfit(model)

    first = np.log([start[k] for k in names])
    simplex = np.vstack([first, *(first + np.eye(len(names))[i] * _STEP[k] for i, k in enumerate(names))])
    options: dict[str, Any] = {
        "maxfev": evaluations,
        "initial_simplex": simplex,
        "xatol": 2e-3,
        "fatol": 5e-3,
    }
    minimize: Any = optimize.minimize  # its types know one-dimensional arrays only
    found = minimize(cost, first, method="Nelder-Mead", options=options)
    model, values = numbers(found.x)
    return {"cost": float(found.fun), "model": model, "values": {k: values[k] for k in names}}


def measured(count: int, seed: int, values: Callable[[str], dict[str, float]]) -> dict[str, Any]:
    """What the product's own numbers give in the cohort of a fit, under each option; nothing is changed."""
    run = courses("sharp", count, seed)
    drug, options = run.treated({}), {}
    for burden in BURDENS:
        arms = two_arms(run.patients, run.untreated, drug, outcome_numbers(burden), replicates=2)
        model = trial_numbers(arms)
        options[burden] = {"cost": misfit(model), "model": model, "values": values(burden)}
    return {"patients": count, "seed": seed, "before_treatment": growth_and_blood(run), "options": options}


def search(
    count: int, seed: int, start: Mapping[str, float], *, evaluations: int, tell: Callable[[str], None]
) -> dict[str, Any]:
    """The whole fit on a cohort that stays the same; the result as JSON-ready fields."""
    run = courses("sharp", count, seed)
    tell(f"before treatment {growth_and_blood(run)}")
    middle = fit_trial(
        run,
        start,
        (*DRUG, *SPREADS, NEW_LESION, *SURVIVAL),
        MIDDLE,
        evaluations=evaluations,
        replicates=2,
        tell=tell,
    )
    at = {**start, **middle["values"]}
    options = {MIDDLE: middle}
    for burden in (b for b in BURDENS if b != MIDDLE):
        begin = {**at, "death_progressed": outcome_numbers(burden)["death_progressed"]}
        options[burden] = fit_trial(
            run, begin, SURVIVAL, burden, evaluations=evaluations // 3, replicates=2, tell=tell
        )
    return {
        "patients": count,
        "seed": seed,
        "before_treatment": growth_and_blood(run),
        "options": options,
    }
