"""Who came into a trial, what became of them, and who they were at their first visit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.population.cohort_document import unit_of_number
from jakstat.population.margins import population_names, shipped_population
from jakstat.population.observed import MEAN, observed_of
from jakstat.population.patient_numbers import AETIOLOGY
from jakstat.population.weighting import weighted_quantiles
from jakstat.trial.run_tables import SCREENED_OUT, RunTables

__all__ = ["failed_document", "flow_document", "population_document"]

_QUARANTINED = "QUARANTINED"
_INSTANT = 1e-6
_MOST_FAILED = 1000


def flow_document(run: RunTables, question: Mapping[str, Any]) -> dict[str, Any]:
    """Counts of patients by arm; of those randomised to it but for the first two and the last.

    A patient who was given up has no arm, and stands under all.

    Parameters
    ----------
    run : RunTables
    question : mapping
    """
    found = {}
    for k, name in enumerate(run.arms):
        own, failed = run["assigned"][k].astype(bool) & run.eligible, run["failed"][k]
        went = run.assigned[k]
        dead = run["OS_event"][k].astype(bool) & went if run.has("OS") else np.zeros_like(went)
        seen = run["TTP_event"][k].astype(bool) & went if run.has("TTP") else np.zeros_like(went)
        with np.errstate(invalid="ignore"):
            stopped = went & np.isfinite(run["stopped_h"][k]) & (run["stopped_h"][k] < run["alive_h"][k])
        found[name] = {
            "screened": len(run.ids),
            "simulated": int(run.ran[k].sum()),
            "assigned": int(own.sum()),
            "treated": int(went.sum()) if question["arms"][k]["regimen"] else 0,
            "progressed": int(seen.sum()),
            "died": int(dead.sum()),
            "lost": int((went & ~dead & _lost(run, k, question)).sum()),
            "stopped": int(stopped.sum()),
            "switched": int((went & (run["switched_to"][k] != "")).sum()),
            "failed": int((own & (failed != "") & (failed != _QUARANTINED)).sum()),
            "quarantined": int((failed == _QUARANTINED).sum()),
        }
    return found


def _lost(run: RunTables, arm: int, question: Mapping[str, Any]) -> NDArray[np.bool_]:
    """Who is followed neither to the end nor to the readout."""
    closes = float("inf") if question["closes_h"] is None else question["closes_h"]
    end = np.minimum(question["until_h"], closes - run["entry_h"][arm])
    with np.errstate(invalid="ignore"):
        return np.asarray(run["alive_h"][arm] < end - _INSTANT)


def failed_document(run: RunTables) -> list[dict[str, Any]]:
    """Patients whose simulation failed or was given up, by arm; a thousand at most."""
    bad = (run["failed"] != "") & (run["failed"] != SCREENED_OUT)
    return [
        {"patient": int(run.ids[i]), "arm": run.arms[k], "outcome": str(run["failed"][k, i])}
        for k, i in np.argwhere(bad)[:_MOST_FAILED]
    ]


def population_document(run: RunTables, units: dict[str, str], population: object = "") -> dict[str, Any]:
    """Weights, the match with what was observed, and the first visit of those randomised to each arm.

    Parameters
    ----------
    run : RunTables
    units : dict
        Unit by the name of a number; flags have none.
    population : object
        Its name; with that of a file nothing is matched here (`jakstat population FILE` does).
    """
    weights = run.weights
    inside = run.eligible
    count = int(inside.sum())
    found: dict[str, Any] = {
        "n": count,
        "screened_out": int((~inside).sum()),
        "effective_sample_size": float(count),
    }
    if weights is not None:
        own = weights[inside]
        found["effective_sample_size"] = float(own.sum() ** 2 / (own**2).sum())
        low, middle, high = np.quantile(own, [0.05, 0.5, 0.95])
        found["weights"] = {"low": low, "median": middle, "high": high}
    found["match"] = list(_match(run, str(population), weights)) if population in population_names() else []
    found["baseline"] = [_aetiology(run)] if "aetiology" in run.columns else []
    for column in (c for c in run.columns if c.startswith("base_")):
        name = column.removeprefix("base_")
        found["baseline"].append(_number(run, column, name, units.get(name, "")))
    return found


def _match(run: RunTables, population: str, weights: Floats | None) -> Iterator[dict[str, Any]]:
    """What was observed of a population beside its patients, before the design left anybody out."""
    counted = np.ones(len(run.ids)) if weights is None else weights
    for one in observed_of(shipped_population(population)):
        number = one.of.number
        column = number if number == AETIOLOGY else f"base_{number}"
        if column not in run.columns:
            continue
        values = run.first(column)
        read = values if one.reading == MEAN else one.of.among(values).astype(float)
        known = run.eligible if number == AETIOLOGY else run.eligible & np.isfinite(values)
        if not known.any():
            continue
        told = float((read[known] * counted[known]).sum() / counted[known].sum())
        yield {
            "number": number, "what": one.of.told(unit_of_number(number)), "reading": one.reading,
            "unit": one.row.unit, "wanted": one.row.value, "got": told, "grade": one.row.grade,
            "source": one.row.source,
        }  # fmt: skip


def _number(run: RunTables, column: str, name: str, unit: str) -> dict[str, Any]:
    values = run.first(column)
    known = values[np.isfinite(values)]
    flag = bool(len(known)) and bool(np.isin(known, (0.0, 1.0)).all())
    arms: dict[str, Any] = {}
    for k, arm in enumerate(run.arms):
        own = run.assigned[k]
        if flag:
            weight = np.ones(len(run.ids)) if run.weights is None else run.weights
            good = own & np.isfinite(values)
            arms[arm] = {"share": float((values * weight)[good].sum() / max(weight[good].sum(), 1e-300))}
        else:
            middle, low, high = weighted_quantiles(values[own], run.weights_of(own), (0.5, 0.25, 0.75))
            arms[arm] = {"median": middle, "q25": low, "q75": high}
    return {"name": name, "unit": "" if flag else unit, "arms": arms}


def _aetiology(run: RunTables) -> dict[str, Any]:
    """What the liver suffers from, as a text of shares."""
    names = run["aetiology"]
    arms = {}
    for k, arm in enumerate(run.arms):
        own: NDArray[Any] = names[k][run.assigned[k]]
        kinds, counts = np.unique(own, return_counts=True)
        told = [f"{n} {100 * c / len(own):.0f} %" for n, c in zip(kinds, counts, strict=True) if n]
        arms[arm] = ", ".join(told)
    return {"name": "aetiology", "unit": "", "arms": arms}
