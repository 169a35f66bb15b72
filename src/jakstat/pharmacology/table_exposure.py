"""Exposure under a dose table, and a regimen as a dose table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.biology.pk_assembly import pk_numbers
from jakstat.engine.doses import Dose
from jakstat.engine.model import Model
from jakstat.errors import problem
from jakstat.limits import LIMITS
from jakstat.pharmacology.dose_intervals import interval_readings, interval_times, turns
from jakstat.pharmacology.dose_table import dose_tables
from jakstat.pharmacology.exposure import pk_engine
from jakstat.pharmacology.noncompartmental import disposition_half_life
from jakstat.pharmacology.nonmem import DoseRecord, compartments, engine_doses
from jakstat.pharmacology.pk_library import PkModel, pk_model
from jakstat.pharmacology.regimen import Regimen
from jakstat.pharmacology.regimen_text import check_route, parse_regimen
from jakstat.pharmacology.subjects import Subjects, draw_subjects, individual_numbers

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["regimen_records", "table_exposure"]

_POINTS = 600


def regimen_records(
    drug: str, regimen: str | Regimen, subjects: Subjects, *, until_h: float
) -> tuple[DoseRecord, ...]:
    """A regimen as dose records, one ID for each subject.

    The lag is left to the model; a release over a fixed time is an infusion into the depot.

    Parameters
    ----------
    drug : str
    regimen : str or Regimen
    subjects : Subjects
    until_h : float
        No dose from then on.

    Raises
    ------
    InputError
        As :func:`~jakstat.pharmacology.exposure.exposure`.

    Examples
    --------
    >>> one = draw_subjects("cancer", 0, fixed={"weight": 70.0})
    >>> record, = regimen_records("siltuximab", "11 mg/kg IV q3w x 6", one, until_h=4000.0)
    >>> record.amt, record.addl, record.ii, record.duration
    (770.0, 5, 504.0, 1.0)
    """
    model = pk_model(drug)
    course = parse_regimen(regimen) if isinstance(regimen, str) else regimen
    check_route(model, course)
    numbers = individual_numbers(model, subjects)
    tables = dose_tables(model, course, subjects, numbers, until_h)
    tables = tables if len(tables) > 1 else tables * subjects.count
    number = {place: k for k, place in compartments(model).items()}
    late = model.number("lag", "h") or 0.0
    return tuple(
        DoseRecord(
            id=str(lane + 1),
            time=dose.time - (late if dose.target == "Depot" else 0.0),
            amt=dose.amount,
            rate=dose.amount / dose.duration if dose.duration else 0.0,
            addl=dose.count - 1,
            ii=dose.interval if dose.count > 1 else 0.0,
            cmt=number[dose.target],
        )
        for lane, table in enumerate(tables)
        for dose in sorted((d for d in table if d.action == "add"), key=lambda d: d.time)
    )


def _typical_half_life(numbers: dict[str, Floats]) -> float:
    terminal = float(disposition_half_life(numbers)[0])
    return max(terminal, float(np.log(2.0) / numbers["ka"][0]) if "ka" in numbers else 0.0)


def table_exposure(
    drug: str, records: Sequence[DoseRecord], *, days: float | None = None, population: str | None = None
) -> xr.Dataset:
    """Concentrations in a typical subject for each ID of a dose table.

    Parameters
    ----------
    drug : str
    records : sequence of DoseRecord
    days : float, optional
        How long; to 28 days behind the last dose when not given.
    population : str, optional

    Returns
    -------
    xarray.Dataset
        Dims ``subject`` (the IDs), ``time`` (h): ``total`` (mg/L), ``unbound`` (nM); by subject ``peak``
        (mg/L), ``peak_time`` (h), ``area`` (mg*h/L), ``doses`` and ``given`` (mg) from time 0 to the end.

    Raises
    ------
    InputError
        As :func:`~jakstat.pharmacology.nonmem.engine_doses`; ``dose-table.recycling`` for a drug whose
        recycling follows its regimen.

    Examples
    --------
    >>> found = table_exposure("ruxolitinib", [DoseRecord("A", 0.0, 20.0, ii=12.0, ss=1)], days=1.0)
    >>> bool(found["total"].sel(subject="A", time=0.0) > 0)
    True
    """
    model = pk_model(drug)
    if "enterohepatic" in model.parts:
        message = f"the recycling of {model.name} follows its doses and needs a regimen in words"
        raise problem("dose-table.recycling", message, hint=f"e.g. '{model.regimens[0]['text']}'")
    one = draw_subjects(population or model.population, 0)
    numbers = individual_numbers(model, one)
    doses, run_in = engine_doses(model, records, half_life_h=_typical_half_life(numbers))
    last = max(r.time + r.addl * r.ii for r in records)
    end = days * 24.0 if days is not None else last + 28.0 * 24.0
    if not 0 < end <= LIMITS.until_hours:
        hint = f"up to {LIMITS.until_hours / 24.0:g}"
        raise problem("time.range", f"{end / 24.0:g} days", field="--days", hint=hint)
    shift = max(run_in.values())
    tables = {i: [_moved(d, shift - run_in[i]) for d in found] for i, found in doses.items()}
    marks = [turns([table], shift + end) for table in tables.values()]
    shown = np.unique([*np.concatenate(marks), *np.linspace(shift, shift + end, _POINTS)])
    shown = shown[shown >= shift]
    values = {key: float(numbers[key][0]) for key in pk_numbers(model.parts)}
    told = {name: np.full(len(tables), np.nan) for name in ("peak", "peak_time", "area")}
    total, ok = np.full((len(tables), len(shown)), np.nan), np.zeros(len(tables), dtype=bool)
    for lanes in _alike(tables):
        alike = [tables[i] for i in lanes.values()]
        course = _course(pk_engine(model.id, target=False), values, alike, shown, shift, end)
        places = list(lanes)
        total[places], ok[places] = course.total, course.ok
        for name, values_of in told.items():
            values_of[places] = getattr(course, name)
    return _labelled(model, one, records, total, told, shown - shift, ok, end)


@dataclass(frozen=True, slots=True)
class _TableCourse:
    """Of IDs with doses at the same times: the curve at the times shown, and what is read of it."""

    total: Floats
    peak: Floats
    peak_time: Floats
    area: Floats
    ok: NDArray[np.bool_]


def _alike(tables: Mapping[str, list[Dose]]) -> list[dict[int, str]]:
    """IDs with doses at the same times, by place."""
    found: dict[tuple[tuple[float | str, ...], ...], dict[int, str]] = {}
    for place, (i, table) in enumerate(tables.items()):
        key = tuple((d.time, d.target, d.duration, d.interval, float(d.count)) for d in table)
        found.setdefault(key, {})[place] = i
    return list(found.values())


def _course(
    solver: Model,
    values: Mapping[str, float],
    tables: list[list[Dose]],
    shown: Floats,
    shift: float,
    end: float,
) -> _TableCourse:
    until = shift + end
    changes = turns(tables[:1], until)
    given = np.array([d.time + k * d.interval for d in tables[0] for k in range(d.count)])
    starts = np.unique([shift, *given[(given >= shift) & (given < until)]])
    ends = np.append(starts[1:], until)
    edges = np.unique([*changes[changes >= shift], *starts, until])
    times = interval_times(edges[:-1], edges, until)
    times = times[times >= shift]
    grid = np.unique([0.0, *times, *shown])
    found = solver.simulate(grid, values, doses=tables, outputs=["Drug", "AUC"], rtol=1e-6)
    own = np.searchsorted(grid, times)
    curve, area = found.value("Drug"), found.value("AUC")
    each = interval_readings(times, curve[:, own], area[:, own], edges, starts, ends)
    best = np.argmax(np.where(np.isfinite(each.peak), each.peak, -np.inf), axis=1)
    lanes = np.arange(len(tables))
    return _TableCourse(
        total=curve[:, np.searchsorted(grid, shown)],
        peak=each.peak[lanes, best],
        peak_time=each.peak_time[lanes, best] + starts[best] - shift,
        area=each.area.sum(axis=1),
        ok=np.asarray(found.ok),
    )


def _labelled(
    model: PkModel,
    one: Subjects,
    records: Sequence[DoseRecord],
    total: Floats,
    told: Mapping[str, Floats],
    times: Floats,
    ok: NDArray[np.bool_],
    end: float,
) -> xr.Dataset:
    ids = list(dict.fromkeys(r.id for r in records))
    counts = {i: [0, 0.0] for i in ids}
    for r in records:
        within = sum(r.time + k * r.ii < end for k in range(r.count))
        counts[r.id][0] += within
        counts[r.id][1] += within * r.amt
    dims, each = ("subject", "time"), ("subject",)
    units = {"peak": "mg/L", "peak_time": "h", "area": "mg*h/L"}
    unbound = total * model.values()["nmol_per_mg"] * model.fraction_unbound
    import xarray as xr

    return xr.Dataset(
        {
            "total": (dims, total, {"units": "mg/L", "grade": model.grade}),
            "unbound": (dims, unbound, {"units": "nM", "grade": model.unbound_grade}),
            **{name: (each, told[name], {"units": unit}) for name, unit in units.items()},
            "doses": (each, [int(counts[i][0]) for i in ids], {}),
            "given": (each, [float(counts[i][1]) for i in ids], {"units": "mg"}),
        },
        coords={"subject": ids, "time": ("time", times, {"units": "h"})},
        attrs={
            "drug": model.name,
            "population": one.population,
            "days": end / 24.0,
            "grade": model.grade,
            "unbound_grade": model.unbound_grade,
            "sources": list(model.sources),
            "failed": int(np.count_nonzero(~ok)),
        },
    )


def _moved(dose: Dose, by: float) -> Dose:
    return replace(dose, time=dose.time + by)
