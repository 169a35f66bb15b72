"""Published results of trials, and what a simulated trial gives for each: a comparison, never a target.

The fit of the tumour scale reads its own ``targets.csv`` and nothing of this.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

import numpy as np

from jakstat.arrays import Floats
from jakstat.knowledge.parameter_table import Row, read_table
from jakstat.population.survival import SurvivalCurve, censored_at
from jakstat.population.two_groups import two_group_ratio
from jakstat.trial.run_tables import RunTables
from jakstat.units import convert

__all__ = ["published_trials", "simulated_results"]

_MONTH = convert(1.0, "month", "h")
_RESPONDED = ("PR", "CR")


@lru_cache(maxsize=1)
def published_trials() -> tuple[Row, ...]:
    """The rows of ``published_trials.csv``; the key of each is its trial, by the name of its file, and arm.

    Examples
    --------
    >>> [(r.key, r.id, r.value) for r in published_trials()][2]
    (('sharp', 'sorafenib'), 'OS_ratio', 0.69)
    """
    text = files("jakstat.trial").joinpath("published_trials.csv").read_text(encoding="utf-8")
    return read_table(text, file="trial/published_trials.csv", leading=("trial", "arm"))


def simulated_results(run: RunTables) -> Mapping[tuple[str, str], Floats]:
    """Results of a simulated trial by arm and id, of all its patients in every arm.

    Parameters
    ----------
    run : RunTables

    Returns
    -------
    mapping of (arm, id) to array
        One number; of survival one under each pair of options, that of the main result first. Medians in
        months, infinite where half is not reached; ratios of hazards over the control; ORR in percent.
    """
    found: dict[tuple[str, str], Floats] = {}
    there = run.everywhere
    for number, arm in enumerate(run.arms):
        answers = np.isin(run["best"][number][there], _RESPONDED)
        found[arm, "ORR"] = np.array([100.0 * answers.mean()])
        for endpoint in ("OS", "TTP", "PFS"):
            own, control = (_events(run, k, endpoint) for k in (number, 0))
            found[arm, f"{endpoint}_median"] = np.array([SurvivalCurve.of(*own).median / _MONTH])
            if number:
                found[arm, f"{endpoint}_ratio"] = np.array([_ratio(own, control)])
    for combination in _combinations(run):
        deaths = [_deaths(run, k, combination) for k in range(len(run.arms))]
        for number, arm in enumerate(run.arms):
            more = {"OS_median": SurvivalCurve.of(*deaths[number]).median / _MONTH}
            if number:
                more["OS_ratio"] = _ratio(deaths[number], deaths[0])
            for name, value in more.items():
                found[arm, name] = np.append(found[arm, name], value)
    return found


Curve = tuple[Floats, Floats]


def _events(run: RunTables, arm: int, endpoint: str) -> Curve:
    there = run.everywhere
    time = np.maximum(run[f"{endpoint}_h"][arm][there], 1.0)
    return time, run[f"{endpoint}_event"][arm][there].astype(float)


def _ratio(own: Curve, control: Curve) -> float:
    treated = np.repeat([1.0, 0.0], [len(own[0]), len(control[0])])
    time, happened = (np.concatenate(pair) for pair in zip(own, control, strict=True))
    return float(np.exp(two_group_ratio(time, happened, treated).log))


def _combinations(run: RunTables) -> list[tuple[str, str]]:
    pairs = zip(run.options["burden"].tolist(), run.options["era"].tolist(), strict=True)
    return list(dict.fromkeys(pairs))


def _deaths(run: RunTables, arm: int, combination: tuple[str, str]) -> Curve:
    rows = (run.options["arm"] == arm) & (run.options["burden"] == combination[0])
    rows &= (run.options["era"] == combination[1]) & np.isfinite(run["alive_h"][arm])[run.options["patient"]]
    patient = run.options["patient"][rows]
    time, happened = censored_at(run.options["death_h"][rows], run["alive_h"][arm][patient])
    return np.maximum(time, 1.0), happened
