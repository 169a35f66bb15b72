"""The user's own measurements, to be laid over the curves of a result.

The table is CSV with the columns ``time``, ``time_unit``, ``observable`` and
``value``; ``unit``, ``sd`` and ``dose`` (in the unit of the series) may be added.
``unit`` must be that of the readout, or ``a.u.`` for a relative measurement.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from jakstat.curves import value_at
from jakstat.errors import InputError, Problem, problem
from jakstat.experiment.records import axis_names, readout_names
from jakstat.limits import LIMITS
from jakstat.numbers import read_number
from jakstat.pharmacology import unknown
from jakstat.tables import TableLine, read_cells, read_file
from jakstat.units import convert

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["OPTIONAL", "REQUIRED", "Overlay", "OverlayPoint", "nearest_lane", "read_overlay", "scaled"]

REQUIRED = ("time", "time_unit", "observable", "value")
OPTIONAL = ("unit", "sd", "dose")
_RELATIVE = ("a.u.", "au", "relative")


@dataclass(frozen=True, slots=True)
class OverlayPoint:
    """One measurement: when (hours), of what, how much, its standard deviation and its dose."""

    time_h: float
    observable: str
    value: float
    sd: float | None
    dose: float | None


@dataclass(frozen=True)
class Overlay:
    """Measurements, and the factor by which each readout's values were multiplied (1 when not scaled)."""

    points: tuple[OverlayPoint, ...]
    scales: Mapping[str, float]


def read_overlay(path: str | Path, result: xr.Dataset) -> Overlay:
    """The measurements of a table, checked against the result that they are laid over.

    Raises
    ------
    InputError
        For a missing file or column, text in a number, an unknown readout or unit, a
        negative sd, a dose without a series; each problem names its line.
    """
    place = Path(path)
    name = place.name
    data = read_file(place, most=LIMITS.table_bytes, hint="give the path of a CSV table")
    table = read_cells(data, file=name, columns=REQUIRED, optional=OPTIONAL)
    lines, problems = table.lines, list(table.problems)
    if len(lines) > LIMITS.overlay_points:
        message, hint = f"{len(lines)} points are too many", f"at most {LIMITS.overlay_points}"
        raise problem("overlay.too-many", message, file=name, hint=hint)
    points = [point for line in lines if (point := _point(line, result, name, problems)) is not None]
    if problems:
        raise InputError(problems)
    if not points:
        raise problem("overlay.empty", "the table has no measurement", file=name)
    return Overlay(tuple(points), dict.fromkeys(readout_names(result), 1.0))


def _point(line: TableLine, result: xr.Dataset, file: str, problems: list[Problem]) -> OverlayPoint | None:
    """The measurement of one line, or None after adding what is wrong with it."""
    before = len(problems)
    cells = line.cells

    def wrong(code: str, message: str, field: str, hint: str = "") -> None:
        problems.append(Problem(code, message, file, line.number, None, field, hint))

    numbers: dict[str, float] = {}
    for field in ("time", "value", "sd", "dose"):
        text = cells.get(field, "")
        if not text and field in OPTIONAL:
            continue
        number = read_number(text)
        if number is None:
            wrong("table.number", f"{text[:40]!r} is not a finite number", field)
        elif field in OPTIONAL and number < 0:
            wrong("overlay.negative", f"{field} is {number:g}", field, "give 0 or more")
        else:
            numbers[field] = number
    observable = cells["observable"]
    if observable not in readout_names(result):
        found = unknown("observable", observable, readout_names(result))
        hint = f"{found.hint}; --observe decides which are drawn"
        wrong(found.code, found.message, "observable", hint)
    else:
        unit, wanted = cells.get("unit", ""), str(result[observable].attrs["units"])
        if unit and unit != wanted and unit not in _RELATIVE:
            wrong("unit.clash", f"{observable} is in {wanted}, not {unit[:40]!r}", "unit", "or write a.u.")
    if "dose" in numbers and not axis_names(result):
        wrong("overlay.dose", "a dose is given, but the result is no dose series", "dose")
    try:
        hours = convert(1.0, cells["time_unit"], "h")
    except InputError:
        wrong("unit.clash", f"{cells['time_unit'][:40]!r} is no unit of time", "time_unit", "e.g. min or h")
    if len(problems) > before:
        return None
    return OverlayPoint(
        numbers["time"] * hours, observable, numbers["value"], numbers.get("sd"), numbers.get("dose")
    )


def scaled(overlay: Overlay, result: xr.Dataset) -> Overlay:
    """The overlay with each readout multiplied by the factor that fits the curves best.

    Least squares with one factor per readout and no offset, as for relative
    measurements such as blots. Points outside the simulated time do not count.

    Raises
    ------
    InputError
        When a readout's measurements give no positive factor.
    """
    scales = dict(overlay.scales)
    for name in dict.fromkeys(p.observable for p in overlay.points):
        mine = [p for p in overlay.points if p.observable == name]
        model = np.array([_curve_value(p, result) for p in mine])
        data = np.array([p.value for p in mine])
        use = np.isfinite(model)
        below = float(data[use] @ data[use])
        factor = float(model[use] @ data[use]) / below if below > 0 else math.nan
        if not (math.isfinite(factor) and factor > 0):
            raise problem("overlay.scale", f"the measurements of {name} cannot be scaled to its curve")
        scales[name] = factor
    points = tuple(_times(p, scales[p.observable]) for p in overlay.points)
    return Overlay(points, scales)


def _times(point: OverlayPoint, factor: float) -> OverlayPoint:
    sd = None if point.sd is None else point.sd * factor
    return replace(point, value=point.value * factor, sd=sd)


def _curve_value(point: OverlayPoint, result: xr.Dataset) -> float:
    """The model's value at a measurement: interpolated in time, at the nearest dose."""
    time = result["time"].values
    if not time[0] <= point.time_h <= time[-1]:
        return math.nan
    lane = nearest_lane(result, point.dose)
    return float(value_at(time, result[point.observable].values[lane], point.time_h))


def nearest_lane(result: xr.Dataset, dose: float | None) -> int:
    """The lane whose first series' dose is nearest to ``dose``; the first lane without one."""
    axes: Sequence[str] = axis_names(result)
    if dose is None or not axes:
        return 0
    return int(np.abs(result[f"dose_{axes[0]}"].values - dose).argmin())
