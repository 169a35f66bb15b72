"""Exposure under a dose table, and a regimen as a dose table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from jakstat.biology.pk_assembly import pk_numbers
from jakstat.engine.doses import Dose
from jakstat.errors import problem
from jakstat.limits import LIMITS
from jakstat.pharmacology.dose_table import dose_tables
from jakstat.pharmacology.exposure import pk_engine
from jakstat.pharmacology.noncompartmental import disposition_half_life
from jakstat.pharmacology.nonmem import DoseRecord, compartments, engine_doses
from jakstat.pharmacology.pk_library import pk_model
from jakstat.pharmacology.regimen import Regimen
from jakstat.pharmacology.regimen_text import check_route, parse_regimen
from jakstat.pharmacology.subjects import Subjects, draw_subjects, individual_numbers

__all__ = ["regimen_records", "table_exposure"]

Reals = NDArray[np.float64]
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
            dur=dose.duration,
            addl=dose.count - 1,
            ii=dose.interval if dose.count > 1 else 0.0,
            cmt=number[dose.target],
        )
        for lane, table in enumerate(tables)
        for dose in sorted((d for d in table if d.action == "add"), key=lambda d: d.time)
    )


def _typical_half_life(numbers: dict[str, Reals]) -> float:
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
        Dims ``subject`` (the IDs), ``time`` (h): ``total`` (mg/L), ``unbound`` (nM).

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
    shift = max(run_in.values())
    last = max(r.time + r.addl * r.ii for r in records)
    end = days * 24.0 if days is not None else last + 28.0 * 24.0
    if not 0 < end <= LIMITS.until_hours:
        hint = f"up to {LIMITS.until_hours / 24.0:g}"
        raise problem("time.range", f"{end / 24.0:g} days", field="--days", hint=hint)
    tables = [[_moved(d, shift - run_in[i]) for d in found] for i, found in doses.items()]
    instants = {
        d.time + k * d.interval + e
        for t in tables
        for d in t
        for k in range(d.count)
        for e in (0.0, d.duration)
    }
    marks = [t for t in instants if shift <= t <= shift + end]
    times = np.unique(np.round([shift, *marks, *np.linspace(shift, shift + end, _POINTS)], 9))
    grid = times if shift == 0 else np.concatenate([[0.0], times])
    solver = pk_engine(model.id, target=False)
    values = {key: float(numbers[key][0]) for key in pk_numbers(model.parts)}
    result = solver.simulate(grid, values, doses=tables, outputs=["Drug"], rtol=1e-6, atol=1e-9)
    total = result.value("Drug")[:, len(grid) - len(times) :]
    unbound = total * model.values()["nmol_per_mg"] * model.fraction_unbound
    dims = ("subject", "time")
    return xr.Dataset(
        {
            "total": (dims, total, {"units": "mg/L", "grade": model.grade}),
            "unbound": (dims, unbound, {"units": "nM", "grade": model.unbound_grade}),
        },
        coords={"subject": list(doses), "time": ("time", times - shift, {"units": "h"})},
        attrs={
            "drug": model.name,
            "population": one.population,
            "grade": model.grade,
            "unbound_grade": model.unbound_grade,
            "sources": list(model.sources),
            "failed": int(np.count_nonzero(~result.ok)),
        },
    )


def _moved(dose: Dose, by: float) -> Dose:
    return Dose(
        dose.time + by, dose.target, dose.amount, dose.action, dose.duration, dose.interval, dose.count
    )
