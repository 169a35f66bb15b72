"""The human hepatocyte: courses under IL-6 10 ng/ml, means over donors, and two readings of the same cells.

Residuals are those of the points, of the readings, and of the pull; one scale and one background per readout.
The noise of a mean is its standard deviation between experiments, and not less than the pooled one of its
readout; a readout of one experiment has that of phosphorylated STAT3. The figures of merit use it as it is;
the search divides it by the root of the number of experiments.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from jakstat.biology import context
from jakstat.experiment.describe import make_protocol
from jakstat.experiment.lanes import Bench, bench_for, run_vectors
from jakstat.knowledge import observations
from jakstat.knowledge.parameter_table import Row
from jakstat.units import MOLECULES_PER_ZMOL
from scripts.fit_context.objective import peak_minute
from scripts.fit_core.places import read_csv, shared_data

__all__ = ["HUMAN_CELL", "HumanMean", "human_agreement", "human_means", "human_residuals", "human_rows"]

Array = npt.NDArray[np.float64]

HUMAN_CELL = "human_hepatocyte"
DATA_SET, FILE = "zeilfelder2025", "human_hepatocyte_summary.csv"
OBSERVED = {
    "tpSTAT3_wb_scaled": "pSTAT3",
    "cpSTAT3_wb_scaled": "pSTAT3_cytoplasmic",
    "npSTAT3_wb_scaled": "pSTAT3_nuclear",
    "SOCS3_qpcr_scaled": "SOCS3_mRNA",
    "cSOCS3_wb": "SOCS3",
}
_LAST_MINUTE = 240
_PULL = 2.0
"""Residual at an end of a range: the range is two standard deviations of a log-normal prior."""
_RISE, _COUNT, _PEAK = "PR13", "BR14", "PR17"
_LEFT = {"PR10": 120, "PR11": 240}
"""Walls, with the brackets of these rows: the rise of SOCS3 mRNA within an hour, SOCS3 per cell at 90 min and
the minute of its peak, and what is left of phosphorylated STAT3 (minute)."""
_MARGIN, _WIDTH = 0.12, 0.05
_FAILED = 100.0


@dataclass(frozen=True)
class HumanMean:
    """A mean over ``n`` experiments of values over the largest of their series; treated cells or not."""

    readout: str
    treated: bool
    minute: int
    value: float
    sd: float
    n: int


def human_rows() -> tuple[Row, ...]:
    """The numbers of the cell that its table says are fitted to this data set."""
    return tuple(r for r in context(HUMAN_CELL).own if r.grade == "fitted" and r.source == DATA_SET)


@lru_cache
def human_means() -> tuple[HumanMean, ...]:
    """Every mean of the core's readouts, its noise raised to the pooled one of its readout."""
    rows = [r for r in read_csv(shared_data() / DATA_SET / FILE) if r["observable"] in OBSERVED]
    pooled: dict[tuple[str, bool], float] = {}
    for name in OBSERVED:
        for treated in (False, True):
            sds = [float(r["rel_sd"]) for r in rows if _kind(r) == (name, treated) and r["rel_sd"]]
            if sds:
                pooled[name, treated] = math.sqrt(sum(sd * sd for sd in sds) / len(sds))
    found = []
    for r in rows:
        name, treated = _kind(r)
        floor = pooled.get((name, treated), pooled["tpSTAT3_wb_scaled", True])
        sd = max(float(r["rel_sd"] or 0.0), floor)
        minute = int(r["time_min"])
        found.append(HumanMean(OBSERVED[name], treated, minute, float(r["rel_mean"]), sd, int(r["n"])))
    return tuple(found)


def _kind(row: Mapping[str, str]) -> tuple[str, bool]:
    return row["observable"], float(row["il6_ng_ml"]) > 0


@lru_cache
def _bench() -> Bench:
    observe = ",".join(dict.fromkeys(OBSERVED.values()))
    minutes = f"{_LAST_MINUTE}min"
    return bench_for(
        make_protocol(
            HUMAN_CELL, stimuli="IL6=10ng/ml", observe=observe, until=minutes, points=_LAST_MINUTE + 1
        )
    )


def _curves(x: Array) -> dict[str, Array]:
    """Courses (V, minutes) of vectors (V, K), log10 in the units of the table."""
    values = {
        row.id: 10 ** x[:, k] / (MOLECULES_PER_ZMOL if row.unit == "1/cell" else 1.0)
        for k, row in enumerate(human_rows())
    }
    run = run_vectors(_bench(), values)
    return {name: np.asarray(run.values[name]).reshape(len(x), -1) for name in OBSERVED.values()}


def _points(curves: Mapping[str, Array], vector: int, *, of_mean: bool) -> dict[str, Array]:
    """Residuals of each readout with its best scale and background, neither below zero."""
    found = {}
    for readout in OBSERVED.values():
        series = [m for m in human_means() if m.readout == readout]
        sd = np.array([m.sd / (math.sqrt(m.n) if of_mean else 1.0) for m in series])
        course = curves[readout][vector]
        model = np.array([course[m.minute if m.treated else 0] for m in series])
        size = np.max(np.abs(model))
        design = np.stack([model / size, np.ones_like(model)], axis=1) / sd[:, None]
        measured = np.array([m.value for m in series]) / sd
        (scale, background), *_ = np.linalg.lstsq(design, measured, rcond=None)
        if background < 0:
            scale, background = design[:, 0] @ measured / (design[:, 0] @ design[:, 0]), 0.0
        found[readout] = design @ np.array([scale, background]) - measured
    return found


def _readings(curves: Mapping[str, Array], vector: int) -> dict[str, float]:
    """What the rows read off the same courses, in the rows' units."""
    active, mrna = curves["pSTAT3"][vector], curves["SOCS3_mRNA"][vector]
    found = {row: 100 * active[minute] / active.max() for row, minute in _LEFT.items()}
    found[_RISE] = mrna[:61].max() / mrna[0]
    found[_COUNT] = curves["SOCS3"][vector][90]
    found[_PEAK] = peak_minute(curves["SOCS3"][vector])
    return {row: float(value) for row, value in found.items()}


@lru_cache
def _brackets() -> dict[str, tuple[float, float]]:
    return {o.id: (o.low, o.high) for o in observations() if o.id in (_RISE, _COUNT, _PEAK, *_LEFT)}


def human_residuals(x: Array) -> Array:
    """Residuals (V, R) of vectors (V, K); points by the error of a mean."""
    curves = _curves(x)
    return np.stack([_row(curves, x[v], v) for v in range(len(x))])


def _row(curves: Mapping[str, Array], x: Array, v: int) -> Array:
    rows = human_rows()
    low, high = (np.log10([getattr(r, end) for r in rows]) for end in ("low", "high"))
    pull = _PULL * (2 * x - low - high) / (high - low)
    if not all(np.isfinite(c[v]).all() for c in curves.values()):
        return np.concatenate([np.full(len(human_means()) + len(_brackets()), _FAILED), pull])
    points = np.concatenate(list(_points(curves, v, of_mean=True).values()))
    told = []
    for name, reading in _readings(curves, v).items():
        least, most = (math.log(end) for end in _brackets()[name])
        inside, at = _MARGIN * (most - least), math.log(max(reading, 1e-9))
        told.append((max(0.0, least + inside - at) + max(0.0, at - most + inside)) / _WIDTH)
    return np.concatenate([points, told, pull])


@dataclass(frozen=True)
class HumanAgreement:
    """Points and chi2 per point of each readout, and the readings, of the numbers in the table."""

    points: Mapping[str, int]
    chi2: Mapping[str, float]
    chi2_of_means: Mapping[str, float]
    readings: Mapping[str, float]

    @property
    def whole(self) -> float:
        """Mean squared residual over all points."""
        count = sum(self.points.values())
        return sum(self.chi2[r] * n for r, n in self.points.items()) / count


def human_agreement() -> HumanAgreement:
    """Of the numbers in the table, with one scale and one background per readout."""
    curves = _curves(np.log10([[r.value for r in human_rows()]]))
    wide, narrow = (_points(curves, 0, of_mean=of_mean) for of_mean in (False, True))
    return HumanAgreement(
        {r: len(z) for r, z in wide.items()},
        {r: float(np.mean(z**2)) for r, z in wide.items()},
        {r: float(np.mean(z**2)) for r, z in narrow.items()},
        _readings(curves, 0),
    )
