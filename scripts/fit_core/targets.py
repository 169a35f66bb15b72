"""Constants of target genes, fitted one gene at a time to its mRNA while the core stays as it is.

HAMP in HepG2 (zeilfelder2025, IL-6 alone, up to 4 h) and FGG in mouse hepatocytes (sobotta2017,
IL-6 alone). All points of these series are used: the split is of the core's experiments.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import roadrunner
from scipy.optimize import least_squares

from jakstat.biology import assemble
from scripts.fit_core.places import HERE, read_csv, shared_data

__all__ = ["GENES", "TargetFit", "fit_target"]

Array = npt.NDArray[np.float64]

GENES: Mapping[str, str] = {"HAMP": "hepg2", "FGG": "mouse_hepatocyte"}
_SD = 0.15  # log10, of qPCR
_PULL = 0.3  # per natural logarithm away from the start
_REST_H = 600.0


@dataclass(frozen=True)
class _Sample:
    il6_ng_ml: float
    time_h: float
    log10_value: float
    series: str


@dataclass(frozen=True)
class TargetFit:
    """The gene's constants by id, the rms of log10 residuals, and how many points there were."""

    values: Mapping[str, float]
    rms_log10: float
    points: int


def _zero(row: Mapping[str, str], *columns: str) -> bool:
    return all(not row[c] or float(row[c]) == 0 for c in columns)


def _samples(gene: str) -> list[_Sample]:
    found = []
    if gene == "HAMP":
        others = ("bmp2_ng_ml", "dcf_uM", "apap_mM", "noggin_ng_ml", "dorsomorphin_uM", "cycloheximide")
        for row in read_csv(shared_data() / "zeilfelder2025" / "zeilfelder2025_hepg2_tidy.csv"):
            alone = (
                _zero(row, *others) and not row["actd_from_min"] and row["observable"] == "HAMP_qpcr_scaled"
            )
            if alone and row["value"] and float(row["value"]) > 0 and float(row["time_min"]) <= 240:
                found.append(_sample(row, row["dataset"] + row["exp_id"]))
        return found
    for row in read_csv(shared_data() / "sobotta2017" / "sobotta2017_tidy.csv"):
        alone = row["group"] == "app_calibration" and _zero(row, "rux_nM", "stattic_uM")
        if alone and row["observable"] in ("FGG_mrna", "FGG_qpcr") and float(row["value"] or 0) > 0:
            found.append(_sample(row, row["experiment"] + row["observable"]))
    return found


def _sample(row: Mapping[str, str], series: str) -> _Sample:
    value = math.log10(float(row["value"]))
    return _Sample(float(row["il6_ng_ml"]), float(row["time_min"]) / 60, value, series)


class _Gene:
    """mRNA of one gene in the product's full model, for any values of its constants."""

    def __init__(self, gene: str, samples: list[_Sample], ids: list[str]) -> None:
        context = GENES[gene]
        model = assemble(context, parts="core")
        roadrunner.Logger.setLevel(roadrunner.Logger.LOG_ERROR)
        runner: Any = roadrunner.RoadRunner(model.sbml)
        runner.integrator.relative_tolerance = 1e-6
        runner.integrator.absolute_tolerance = 1e-9
        self._runner, self._samples, self._ids = runner, samples, ids
        self._symbol = f"observable_{gene}_mRNA"
        self._molar_mass = next(row.value for row in model.parameters if row.id == "molar_mass_IL6")

    def curve(self, x: Array) -> Array:
        """Model value at each sample (P,), in zmol."""
        runner = self._runner
        for identifier, value in zip(self._ids, np.exp(x), strict=True):
            runner.setValue(identifier, float(value))
        runner.reset()
        runner.timeCourseSelections = ["time", self._symbol]
        runner.simulate(0, _REST_H, 2)
        resting = runner.model.getFloatingSpeciesAmounts().copy()
        found = np.full(len(self._samples), runner.getValue(self._symbol))
        for dose in dict.fromkeys(s.il6_ng_ml for s in self._samples):
            chosen = [i for i, s in enumerate(self._samples) if s.il6_ng_ml == dose and s.time_h > 0]
            if dose == 0 or not chosen:
                continue
            runner.model.setFloatingSpeciesAmounts(resting)
            runner.setValue("[IL6]", dose / self._molar_mass)
            grid = [0.0, *sorted({self._samples[i].time_h for i in chosen})]
            table = np.array(
                runner.simulate(0, grid[1], 2) if len(grid) == 2 else runner.simulate(times=grid)
            )
            by_time = dict(zip(grid, table[:, 1].tolist(), strict=True))
            found[chosen] = [by_time[self._samples[i].time_h] for i in chosen]
        return found


def fit_target(gene: str) -> TargetFit:
    """Fit the constants of ``gene`` (``HAMP`` or ``FGG``) from ``targets_start.csv``."""
    rows = [r for r in read_csv(HERE / "targets_start.csv") if f"_{gene}" in r["id"]]
    start, low, high = (np.log([float(r[c]) for r in rows]) for c in ("value", "low", "high"))
    samples = _samples(gene)
    ids = [r["id"] for r in rows]
    model = _Gene(gene, samples, ids)
    names = {s: i for i, s in enumerate(dict.fromkeys(s.series for s in samples))}
    group = np.array([names[s.series] for s in samples])
    counts = np.bincount(group)
    measured = np.array([s.log10_value for s in samples])

    def residuals(x: Array) -> Array:
        raw = measured - np.log10(np.maximum(model.curve(x), 1e-12))
        left = raw - (np.bincount(group, raw) / counts)[group]
        return np.concatenate([left / _SD, _PULL * (x - start)])

    found: Any = least_squares(residuals, start, bounds=(low, high), diff_step=np.array(1e-3), max_nfev=40)
    rms = _SD * math.sqrt(float(np.mean(found.fun[: len(samples)] ** 2)))
    return TargetFit(dict(zip(ids, np.exp(found.x).tolist(), strict=True)), rms, len(samples))
