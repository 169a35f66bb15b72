"""Residuals of the macrophage against its measurements: points, half doses, peak times, one wall, the pull.

One scale and one background per readout, by least squares within. Half doses and peak times come from the
same means; they count once more, because a planned experiment asks for them first.
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
from jakstat.knowledge.parameter_table import Row
from jakstat.units import MOLECULES_PER_ZMOL
from scripts.fit_context.measurements import DATA_SET, DOSES, LIGANDS, READOUTS, Mean, half_dose, means

__all__ = ["CELL", "Feature", "agreement", "features", "free_rows", "peak_minute", "residuals"]

Array = npt.NDArray[np.float64]
Curves = Mapping[tuple[str, str], Array]
"""Per readout and ligand an array (vectors, doses, minutes), minute by minute."""

CELL = "macrophage"
LAST_MINUTE = 90
_PULL = 2.0
"""Residual at an end of a range: the range is two standard deviations of a log-normal prior."""
_CLOSE = math.log(1.1)
_CLEAR = 2.0
"""A peak is read where it stands this many standard deviations above rest."""
_WALL_MINUTE, _WALL_FOLD = 60, 2.0
_FAILED = 100.0


@dataclass(frozen=True)
class Feature:
    """A half dose (ng/ml) or a peak time (min), from the means and from the model; ``what`` names it."""

    what: str
    data: float
    model: float

    @property
    def ratio(self) -> float:
        """The model's over that of the data."""
        return self.model / self.data


def free_rows() -> tuple[Row, ...]:
    """The numbers of the cell that its table says are fitted to this data set."""
    return tuple(r for r in context(CELL).own if r.grade == "fitted" and r.source == DATA_SET)


@lru_cache
def _bench(ligand: str) -> Bench:
    doses = ",".join(f"{dose:g}" for dose in DOSES)
    stimulus = f"{ligand}={doses}ng/ml"
    return bench_for(
        make_protocol(
            CELL, stimuli=stimulus, observe=",".join(READOUTS), until="90min", points=LAST_MINUTE + 1
        )
    )


def _curves(x: Array) -> tuple[Curves, Array]:
    """Curves of vectors (V, K), log10 in the units of the table, and pSTAT3 (V, minutes) without SOCS3."""
    values = {
        row.id: 10 ** x[:, k] / (MOLECULES_PER_ZMOL if row.unit == "1/cell" else 1.0)
        for k, row in enumerate(free_rows())
    }
    runs = {ligand: run_vectors(_bench(ligand), values) for ligand in LIGANDS}
    curves = {(r, lig): run.values[r] for lig, run in runs.items() for r in READOUTS}
    unbraked = run_vectors(_bench("IL6"), {**values, "factor_SOCS3": np.zeros(len(x))})
    return curves, unbraked.values["pSTAT3"][:, -1]


def _at(curves: Curves, m: Mean, vector: int) -> float:
    return float(curves[m.readout, m.ligand][vector, DOSES.index(m.dose), m.minute])


def _points(curves: Curves, vector: int, *, of_mean: bool) -> dict[str, Array]:
    """Residuals of each readout with its best scale and background."""
    found = {}
    for readout in READOUTS:
        series = [m for m in means() if m.readout == readout]
        sd = np.array([m.sd / (math.sqrt(m.n) if of_mean else 1.0) for m in series])
        model = np.array([_at(curves, m, vector) for m in series])
        size = np.max(np.abs(model))
        design = np.stack([model / size, np.ones_like(model)], axis=1) / sd[:, None]
        measured = np.array([m.value for m in series]) / sd
        (scale, background), *_ = np.linalg.lstsq(design, measured, rcond=None)
        if scale < 0:
            scale, background = 0.0, np.sum(measured / sd) / np.sum(sd**-2)
        found[readout] = design @ np.array([scale, background]) - measured
    return found


def features(curves: Curves, vector: int = 0) -> tuple[Feature, ...]:
    """Half doses of each ligand and readout, and the times of clear peaks."""
    by_place = {(m.readout, m.ligand, m.dose, m.minute): m for m in means()}
    minutes = sorted({m.minute for m in means()})
    found = []
    for readout in READOUTS:
        for ligand in LIGANDS:
            rest = by_place[readout, ligand, DOSES[-1], 0].value
            course = {d: [by_place[readout, ligand, d, t] for t in minutes] for d in DOSES}
            top = {d: max(c, key=lambda m: m.value) for d, c in course.items()}
            at = top[DOSES[-1]].minute
            model = curves[readout, ligand][vector]
            seen = half_dose(rest, [by_place[readout, ligand, d, at].value for d in DOSES])
            ours = half_dose(model[-1, 0], [float(v) for v in model[:, at]])
            found.append(Feature(f"{readout} {ligand} half dose", seen, ours))
            found += [
                Feature(f"{readout} {ligand} {d:g} ng/ml peak", top[d].minute, peak_minute(model[i]))
                for i, d in enumerate(DOSES)
                if top[d].value - rest > _CLEAR * top[d].sd
            ]
    return tuple(found)


def peak_minute(course: Array) -> float:
    """Minute of the highest value, between minutes by the parabola through its neighbours."""
    top = int(np.argmax(course))
    if not 0 < top < len(course) - 1:
        return float(max(top, 1))
    left, middle, right = (float(v) for v in course[top - 1 : top + 2])
    bend = left - 2 * middle + right
    return top + (0.5 * (left - right) / bend if bend else 0.0)


def residuals(x: Array) -> Array:
    """Residuals (V, R) of vectors (V, K); points by the error of a mean."""
    curves, unbraked = _curves(x)
    return np.stack([_row(curves, unbraked[v], x[v], v) for v in range(len(x))])


def _row(curves: Curves, unbraked: Array, x: Array, v: int) -> Array:
    rows = free_rows()
    low, high = (np.log10([getattr(r, end) for r in rows]) for end in ("low", "high"))
    pull = _PULL * (2 * x - low - high) / (high - low)
    size = len(means()) + sum(1 for _ in features(curves, v)) + 1
    braked = curves["pSTAT3", "IL6"][v, -1]
    if not (np.isfinite(unbraked).all() and all(np.isfinite(c[v]).all() for c in curves.values())):
        return np.concatenate([np.full(size, _FAILED), pull])
    points = np.concatenate(list(_points(curves, v, of_mean=True).values()))
    told = np.array([math.log(f.ratio) / _CLOSE for f in features(curves, v)])
    fold = unbraked[_WALL_MINUTE] / braked[_WALL_MINUTE]
    wall = max(0.0, math.log(_WALL_FOLD / fold) / _CLOSE)
    return np.concatenate([points, told, [wall], pull])


@dataclass(frozen=True)
class Agreement:
    """How the cell of the tables agrees: chi2 per point, features, and the fold of the wall."""

    chi2: Mapping[str, float]
    chi2_of_means: Mapping[str, float]
    features: tuple[Feature, ...]
    fold_without_SOCS3: float


def agreement() -> Agreement:
    """Of the numbers in the table, with one scale and one background per readout."""
    curves, unbraked = _curves(np.log10([[r.value for r in free_rows()]]))
    wide, narrow = (_points(curves, 0, of_mean=of_mean) for of_mean in (False, True))
    return Agreement(
        {r: float(np.mean(wide[r] ** 2)) for r in READOUTS},
        {r: float(np.mean(narrow[r] ** 2)) for r in READOUTS},
        features(curves),
        float(unbraked[0, _WALL_MINUTE] / curves["pSTAT3", "IL6"][0, -1, _WALL_MINUTE]),
    )
