"""Exposure that was reported, beside ours: half-lives, peaks, troughs, areas and clearances."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from jakstat.errors import InputError
from jakstat.numbers import read_number
from jakstat.pharmacology.exposure import exposure
from jakstat.pharmacology.exposure_summary import METRICS, readings
from jakstat.pharmacology.pk_library import pk_model
from jakstat.tables import read_lines
from jakstat.units import convert

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Comparison", "Reported", "compare_reported", "reported"]

_COLUMNS = (
    "id", "drug", "regimen", "population", "covariates", "days", "statistic", "metric", "value", "sd", "unit",
    "low", "high", "accept", "tolerance", "fact", "source", "note",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reported:
    """One reported number: of whom, under which regimen, which statistic, and how near ours should be.

    ``accept`` is ``fraction`` (within ``tolerance`` of the value) or ``range`` (between low and high).
    ``fact`` is the id of the therapy fact it was taken from.
    """

    id: str
    drug: str
    regimen: str
    population: str
    covariates: Mapping[str, float]
    days: float
    statistic: str
    metric: str
    value: float
    sd: float
    unit: str
    low: float
    high: float
    accept: str
    tolerance: float
    fact: str
    source: str
    note: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """A reported number and ours, in its unit; ``passes`` when it is as near as it should be."""

    reported: Reported
    ours: float
    ours_sd: float
    passes: bool
    grade: str
    subjects: int

    @property
    def deviation(self) -> float:
        """Ours over the reported, less 1."""
        return self.ours / self.reported.value - 1.0


def _number(text: str) -> float:
    value = read_number(text) if text else math.nan
    assert value is not None, text
    return value


@lru_cache(maxsize=1)
def reported() -> tuple[Reported, ...]:
    """Every reported number of the table.

    Examples
    --------
    >>> reported()[0].drug, reported()[0].metric, reported()[0].value
    ('siltuximab', 'half_life', 22.2)
    """
    data = files("jakstat.pharmacology").joinpath("reported_exposure.csv").read_bytes()
    lines, problems = read_lines(data, columns=_COLUMNS, file="pharmacology/reported_exposure.csv")
    if problems:
        raise InputError(problems)
    found = []
    for line in lines:
        cells: dict[str, object] = dict(line.cells)
        for key in ("days", "value", "sd", "low", "high", "tolerance"):
            cells[key] = _number(line.cells[key])
        pairs = (pair.split("=") for pair in line.cells["covariates"].split(";") if pair)
        cells["covariates"] = {name: _number(value) for name, value in pairs}
        found.append(Reported(**cells))  # type: ignore[arg-type]
    return tuple(found)


def _values(row: Reported, found: xr.Dataset, told: xr.Dataset) -> NDArray[np.float64]:
    """The reading of every subject in the unit of the report."""
    if row.metric == "clearance":
        values, unit = found["number_CL"].values, "L/h"
    elif row.metric == "clearance_per_kg":
        dose = _milligrams(row, found)
        values = dose / told["AUC_inf"].values / found["covariate_weight"].values
        return np.asarray(values * convert(1.0, "L/h/kg", row.unit))
    else:
        values, unit = told[row.metric].values, METRICS[row.metric][0]
    if unit in (row.unit, "ratio"):
        return np.asarray(values)
    if row.unit in ("nM", "uM"):
        per_litre = values / found.attrs["molar_mass"]  # mg/L over g/mol is mmol/L
        return np.asarray(per_litre * convert(1.0, "mmol/L", row.unit))
    return np.asarray(values * convert(1.0, unit, row.unit))


def _milligrams(row: Reported, found: xr.Dataset) -> NDArray[np.float64]:
    from jakstat.pharmacology.regimen_text import parse_regimen

    first = parse_regimen(row.regimen).segments[0]
    return first.milligrams(found["covariate_weight"].values, found["covariate_BSA"].values)


def compare_reported(
    rows: Sequence[Reported] | None = None, *, subjects: int = 1000, seed: int = 1
) -> tuple[Comparison, ...]:
    """Ours beside each reported number.

    Parameters
    ----------
    rows : sequence of Reported, optional
        All of the table when not given.
    subjects : int
        Virtual subjects for means and medians; a ``typical`` one is always one.
    seed : int

    Examples
    --------
    >>> (found,) = compare_reported([r for r in reported() if r.drug == "tofacitinib"], subjects=10)
    >>> found.passes, round(found.ours, 2)
    (True, 3.05)
    """
    groups: dict[tuple[object, ...], list[Reported]] = {}
    chosen = reported() if rows is None else rows
    for row in chosen:
        count = 0 if row.statistic == "typical" else subjects
        key = (row.drug, row.regimen, row.population, tuple(row.covariates.items()), row.days, count)
        groups.setdefault(key, []).append(row)
    made: dict[str, Comparison] = {}
    for group in groups.values():
        first = group[0]
        count = 0 if first.statistic == "typical" else subjects
        found = exposure(
            first.drug, first.regimen, subjects=count, population=first.population, days=first.days,
            seed=seed, covariates=first.covariates,
        )  # fmt: skip
        told = readings(found)
        made.update({row.id: _compared(row, _values(row, found, told)) for row in group})
    return tuple(made[row.id] for row in chosen)


def _compared(row: Reported, values: NDArray[np.float64]) -> Comparison:
    values = values[np.isfinite(values)]
    ours = float(np.median(values) if row.statistic == "median" else values.mean())
    sd = float(values.std(ddof=1)) if len(values) > 1 else math.nan
    if row.accept == "range":
        passes = row.low <= ours <= row.high
    else:
        passes = abs(ours / row.value - 1.0) <= row.tolerance
    return Comparison(row, ours, sd, bool(passes), pk_model(row.drug).grade, len(values))
