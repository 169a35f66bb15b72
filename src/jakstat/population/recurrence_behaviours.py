"""Recurrence after resection: by 5 years under both sizes of foci, and with more CD8 cells or macrophages."""

from __future__ import annotations

import numpy as np

from jakstat.arrays import Floats
from jakstat.extras import needs
from jakstat.initiation.foci import foci_option, initiation_rows
from jakstat.initiation.recurrence import Adjuvant, recurrence
from jakstat.patients.bodies import Body, at_first_visit, course
from jakstat.population.cohort import Cohort
from jakstat.population.cohort_lanes import cohort_lanes
from jakstat.population.margins import population_rows
from jakstat.population.sampling import patient_draws
from jakstat.population.survival import HazardRatio, censored_at, hazard_ratio
from jakstat.units import convert

with needs("trial"):
    from scipy.special import ndtr

__all__ = ["foci_behaviours", "infiltrate_behaviours", "recurrence_of_infiltrates"]

_FOCI = {"large": "large", "few": "few_100"}
_THERAPIES = {"growth": Adjuvant(growth=0.5), "founders": Adjuvant(founders=0.5)}
_PATIENTS = 2000
_FIVE_YEARS = 60.0
_MONTH = convert(1.0, "month", "h")
_YEARS = np.arange(0.0, 84.5, 0.5) * _MONTH
_MARKERS = {"CD8": "CD8", "CD68": "TAM"}


def foci_behaviours(seed: int) -> dict[str, float]:
    """Shares in percent that recurred by 5 years, and what adjuvant therapies of a year change."""
    found: dict[str, float] = {}
    for name, option in _FOCI.items():
        base = 100.0 * float(recurrence(option, patients=_PATIENTS, seed=seed).share_by((_FIVE_YEARS,))[0])
        found[f"recurrence_{name}"] = base
        for therapy, given in _THERAPIES.items():
            with_it = recurrence(option, patients=_PATIENTS, seed=seed, adjuvant=given)
            share = 100.0 * float(with_it.share_by((_FIVE_YEARS,))[0])
            found[f"adjuvant_{therapy}_{name}"] = share - base
    return found


def recurrence_of_infiltrates(
    patients: Cohort, body: Body, shifts: tuple[str, ...] = ("", "CD8", "CD68")
) -> dict[str, tuple[Floats, Floats]]:
    """Months to recurrence of resected patients from large foci by the model of the patient.

    Parameters
    ----------
    patients : Cohort
    body : Body
    shifts : tuple of str
        ``""`` for the patients as they are; a marker for the same patients with one standard deviation of
        its logarithm more.

    Returns
    -------
    mapping of shift to (months, happened)
        Followed for 84 months.
    """
    option = foci_option("large")
    base = cohort_lanes(patients, body)
    normal = patient_draws(patients.seed, patients.ids, ["focus", "focus_size"])
    there = ndtr(normal[:, 0]) < option.share
    cells = option.size_median * np.exp(option.size_spread * normal[:, 1])
    start = np.minimum(cells, option.largest) / 1e6 / body.value("cells_per_volume")
    seen = initiation_rows()["detection_cells"].value / 1e6 / body.value("cells_per_volume")
    found: dict[str, tuple[Floats, Floats]] = {}
    for shift in shifts:
        numbers = {"tumour_volume_start": start}
        if shift:
            name = _MARKERS[shift]
            spread = population_rows(patients.population)[f"{name}.log_sd"].value
            numbers[f"{name}_start"] = base.numbers[f"{name}_start"] * np.exp(spread)
        lanes = base.take(range(patients.count), **numbers)
        settled = at_first_visit(body, lanes)
        run = course(body, settled, [[] for _ in patients.ids], _YEARS, ["tumour_volume"])
        volume = run.values["tumour_volume"]
        log = np.log(np.maximum(volume, 1e-12))
        when = np.array([_first_above(row, np.log(seen)) for row in log])
        months = np.where(there, when, np.inf) / _MONTH
        found[shift] = censored_at(months, float(_YEARS[-1]) / _MONTH)
    return found


def _first_above(log: Floats, goal: float) -> float:
    above = np.flatnonzero(log >= goal)
    if not len(above):
        return float("inf")
    k = int(above[0])
    return float(_YEARS[0] if k == 0 else np.interp(goal, log[k - 1 : k + 1], _YEARS[k - 1 : k + 1]))


def infiltrate_behaviours(patients: Cohort, body: Body) -> tuple[dict[str, float], dict[str, HazardRatio]]:
    """Ratios of the hazard of recurrence for one standard deviation more of CD8 and CD68.

    The number of a row is that of the same patients with more of the marker: the model's direction without
    the noise of a draw of patients. Beside it stands the regression over the patients as they are.
    """
    found = recurrence_of_infiltrates(patients, body)
    time, happened = found[""]
    rows: dict[str, float] = {}
    seen: dict[str, HazardRatio] = {}
    for marker, name in _MARKERS.items():
        more, then = found[marker]
        ratio = hazard_ratio(
            np.concatenate([more, time]),
            np.concatenate([then, happened]),
            np.repeat([1.0, 0.0], [len(more), len(time)]),
        ).value
        rows[f"{marker}_sign"] = rows[f"{marker}_size"] = ratio
        log = np.log(patients.numbers[name])
        seen[marker] = hazard_ratio(time, happened, (log - log.mean()) / log.std())
    return rows, seen
