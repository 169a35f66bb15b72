"""Soft walls: published aggregated observations of role ``fit`` that the curves must respect.

Which they are stands in ``walls.csv``, with a bracket of its own only where it differs from the
published one. Inside its bracket, less a margin of 12 % of its width on a log scale, an observation costs
nothing; outside, the distance in units of 5 % is one more residual. Observations of role
``predict`` are never read here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from jakstat.units import MOLECULES_PER_ZMOL
from scripts.fit_core.measurements import Condition
from scripts.fit_core.places import HERE, ROOT, read_csv
from scripts.fit_core.simulator import OBSERVED, Protocol

__all__ = ["Wall", "readings", "wall_protocols", "wall_residuals", "walls"]

Array = npt.NDArray[np.float64]

_MARGIN, _WIDTH = 0.12, 0.05
_GRID_MIN = np.r_[np.arange(0, 60, 2.0), np.arange(60, 361, 10.0)]
_GRID = _GRID_MIN / 60
_TWO_HOURS = 36  # points of the grid up to 120 min
_DOSES = np.geomspace(0.1, 40.0, 12)


@dataclass(frozen=True, slots=True)
class Wall:
    """An aggregated observation (minutes, %, fold or molecules per cell) and where it must lie."""

    observation: str
    low: float
    high: float
    weight: float


@lru_cache(maxsize=2)
def walls(context: str) -> tuple[Wall, ...]:
    """The walls of a context, in the order of :func:`readings`.

    Raises
    ------
    ValueError
        An observation that is of another context or not of role ``fit``, or a bracket wider than
        the published one.
    """
    published = {r["id"]: r for r in read_csv(ROOT / "src/jakstat/knowledge/data/observations.csv")}
    found = []
    for row in read_csv(HERE / "walls.csv"):
        if row["context"] != context:
            continue
        name, weight = row["observation"], float(row["weight"])
        low, high = (float(row[k]) if row[k] else math.nan for k in ("low", "high"))
        if name in published:
            source = published[name]
            if source["role"] != "fit" or source["context"] != context:
                raise ValueError(f"{name} is no observation of {context} to fit")
            widest = float(source["low"]), float(source["high"])
            low, high = (w if math.isnan(v) else v for v, w in zip((low, high), widest, strict=True))
            if low < widest[0] or high > widest[1]:
                raise ValueError(f"{name}: the bracket is wider than the published one")
        found.append(Wall(name, low, high, weight))
    return tuple(found)


def wall_protocols(context: str) -> tuple[Protocol, ...]:
    """What must be simulated for the readings of a context."""
    if context == "hepg2":
        series = (Protocol(Condition(dose), np.array([20 / 60])) for dose in _DOSES.tolist())
        blocked = Condition(10.0, actinomycin_D=(40 / 60, None))
        return (Protocol(Condition(10.0), _GRID), Protocol(blocked, _GRID), *series)
    return (
        Protocol(Condition(40.0), _GRID),
        Protocol(Condition(7.5), _GRID),
        Protocol(Condition(500.0), np.array([25 / 60])),
    )


def _peak_time(curve: Array) -> float:
    """Minute of the highest value, refined by a parabola so that its derivative exists."""
    i = int(np.argmax(curve))
    if 0 < i < len(curve) - 1:
        c = np.polyfit(_GRID_MIN[i - 1 : i + 2] - _GRID_MIN[i], curve[i - 1 : i + 2], 2)
        if c[0] < 0:
            return float(_GRID_MIN[i] - c[1] / 2 / c[0])
    return float(max(_GRID_MIN[i], 0.5))


def _late_share(curve: Array, low: float, high: float) -> float:
    window = (low <= _GRID_MIN) & (high >= _GRID_MIN)
    return float(100 * np.median(curve[window]) / curve.max())


def _half_dose(series: Array) -> float:
    """Dose between the two whose responses enclose half of the rise over the series."""
    half = (series.min() + series.max()) / 2
    above = int(np.argmax(series > half))
    below = max(above - 1, 0)
    return float(np.exp(np.interp(half, series[[below, above]], np.log(_DOSES[[below, above]]))))


def _at(curve: Array, minute: float) -> float:
    return float(np.interp(minute / 60, _GRID, curve))


def _column(curve: Array, name: str) -> Array:
    column: Array = curve[:, OBSERVED.index(name)]
    return column


def readings(context: str, rest: Array, curves: list[Array]) -> Array:
    """The walls' observations (W,) read off the curves of :func:`wall_protocols`."""
    main = curves[0]
    mrna = _column(main, "SOCS3_mRNA")
    if context == "hepg2":
        total = rest[OBSERVED.index("STAT3_cytoplasmic")] + rest[OBSERVED.index("STAT3_nuclear")]
        blocked = _column(curves[1], "SOCS3_mRNA")
        nuclear, active = _column(main, "pSTAT3_nuclear"), _column(main, "pSTAT3")
        found = [
            _peak_time(nuclear),
            _peak_time(_column(main, "pSTAT3_cytoplasmic")),
            _late_share(nuclear, 90, 200),
            _peak_time(mrna),
            _late_share(mrna, 180, 360),
            float(active.max() / total),
            _at(nuclear, 20) / _at(active, 20),
            _at(nuclear, 8) / _at(nuclear, 20),
            _half_dose(np.array([_column(curve, "pSTAT3_nuclear")[0] for curve in curves[2:]])),
            100 * _at(nuclear, 60) / nuclear.max(),
            _at(blocked, 90) / _at(mrna, 90),
            _at(blocked, 120) / _at(mrna, 120),
            100 * _at(blocked, 120) / blocked.max(),
        ]
        return np.array(found)
    active, socs3 = _column(main, "pSTAT3"), _column(main, "SOCS3") * MOLECULES_PER_ZMOL
    share = _column(main, "pSTAT3_share_cytoplasmic") * 100
    ratio = "STAT3_nuclear_cytoplasmic_ratio"
    found = [
        _peak_time(active),
        _peak_time(_column(curves[1], "pSTAT3")[:_TWO_HOURS]),
        _at(share, 18),
        share[0],
        _peak_time(mrna),
        _late_share(mrna, 100, 120),
        mrna.max() / mrna[0],
        _peak_time(socs3),
        _at(socs3, 40),
        rest[OBSERVED.index(ratio)],
        _column(curves[2], ratio)[0],
        _late_share(active, 60, 120),
    ]
    return np.array(found)


def wall_residuals(context: str, values: Array) -> Array:
    """Residuals (W,) of the readings: zero well inside the bracket."""
    known = walls(context)
    bounds = np.log(np.array([(w.low, w.high) for w in known]))
    margin = (bounds[:, 1] - bounds[:, 0]) * _MARGIN
    logged = np.log(np.maximum(values, 1e-9))
    below = np.maximum(0, bounds[:, 0] + margin - logged)
    above = np.maximum(0, logged - (bounds[:, 1] - margin))
    return np.asarray((below + above) / _WIDTH * np.array([w.weight for w in known]))
