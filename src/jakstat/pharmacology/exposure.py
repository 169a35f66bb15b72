"""Exposure: what a regimen makes of a drug in plasma, in one typical or many virtual subjects."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from jakstat.arrays import Floats
from jakstat.biology.pk_assembly import assemble_pk, pk_numbers
from jakstat.calls import one_call
from jakstat.engine.load import load_sbml
from jakstat.engine.model import Model
from jakstat.engine.request import read_times
from jakstat.errors import problem
from jakstat.limits import LIMITS
from jakstat.pharmacology.dose_intervals import IntervalReadings, interval_readings, interval_times, turns
from jakstat.pharmacology.dose_table import dose_tables
from jakstat.pharmacology.pk_library import PkModel, pk_model
from jakstat.pharmacology.regimen import Regimen
from jakstat.pharmacology.regimen_text import check_route, parse_regimen
from jakstat.pharmacology.subjects import Subjects, draw_subjects, individual_numbers

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["exposure", "pk_engine", "unbound_nanomolar"]

_USUAL_H = 42.0 * 24.0  # shown where a regimen has no end


@lru_cache(maxsize=64)
def pk_engine(drug: str, *, target: bool) -> Model:
    """The compiled model of a drug, with its soluble target or without; amounts in mg, hours.

    Examples
    --------
    >>> sorted(s.id for s in pk_engine("tofacitinib", target=False).network.species)
    ['Depot', 'Drug']
    """
    model = pk_model(drug)
    document = assemble_pk(model.id, model.all_parts(target=target), model.values(target=target))
    return load_sbml(document.sbml, trusted=True)


@dataclass(frozen=True, slots=True)
class _Solved:
    """Curves by symbol at ``times``, readings of every interval, and which lanes ended well."""

    times: Floats
    curves: Mapping[str, Floats]
    starts: Floats
    each: IntervalReadings
    numbers: Mapping[str, Floats]
    ok: Floats


def _solved(
    model: PkModel,
    regimen: Regimen,
    subjects: Subjects,
    until: float,
    shown: Floats | None,
    *,
    target: bool,
    rtol: float,
    threads: int,
) -> _Solved:
    """The course at the times that are shown (those of the readings where none are)."""
    numbers = individual_numbers(model, subjects, target=target)
    doses = dose_tables(model, regimen, subjects, numbers, until)
    needed = pk_numbers(model.all_parts(target=target))
    starts, ends = _intervals(regimen, until)
    changes = turns(doses[:1], until)
    marks = np.unique([*starts, *ends])
    times = interval_times(changes, marks, until)
    asked = times if shown is None else np.unique(np.concatenate([times, shown]))
    names = ["Drug", "AUC"]
    if target:
        names += [f"Free_{model.target}", f"total_{model.target}"]
    found = pk_engine(model.id, target=target).simulate(
        asked,
        parameters={key: value for key, value in numbers.items() if key in needed},
        doses=doses if len(doses) > 1 else doses[0],
        outputs=names,
        rtol=rtol,
        threads=threads,
    )
    curves = {name: found.value(name) for name in names}
    own = np.searchsorted(asked, times)
    each = interval_readings(
        times, curves["Drug"][:, own], curves["AUC"][:, own], np.unique([*changes, *marks]), starts, ends
    )
    kept = slice(None) if shown is None else np.searchsorted(asked, shown)
    curves = {name: curve[:, kept] for name, curve in curves.items()}
    return _Solved(asked[kept], curves, starts, each, numbers, np.asarray(found.ok))


def _intervals(regimen: Regimen, until: float) -> tuple[Floats, Floats]:
    """Start and end of every dosing interval; the last one ends with its length, if it has one."""
    starts = np.unique([dose.time_h for dose in regimen.given(until)])
    ends = np.append(starts[1:], until)[: len(starts)]
    if len(starts) and math.isfinite(regimen.last_interval_h):
        ends[-1] = min(until, starts[-1] + regimen.last_interval_h)
    return starts, ends


@one_call
def exposure(
    drug: str,
    regimen: str | Regimen,
    *,
    subjects: int = 1000,
    population: str | None = None,
    days: float | None = None,
    seed: int = 1,
    covariates: Mapping[str, float] | None = None,
    times_h: ArrayLike | None = None,
    target: bool = False,
    rtol: float = 1e-6,
    threads: int = 1,
) -> xr.Dataset:
    """Concentrations of a drug in plasma under a regimen.

    Parameters
    ----------
    drug : str
        Id, name or alias.
    regimen : str or Regimen
        e.g. ``"11 mg/kg IV q3w x 6"``.
    subjects : int
        Virtual subjects; 0 for one typical subject without draws.
    population : str, optional
        In whom; the drug's usual population when not given.
    days : float, optional
        How long; to the end of the last interval when not given (42 days without end).
    seed : int
    covariates : mapping of str to float, optional
        Covariates that all subjects share, e.g. ``{"weight": 80}``.
    times_h : array_like, shape (T,), optional
        Output times, from 0 on; chosen when not given.
    target : bool
        With free and total soluble target, for antibodies that bind one.
    rtol : float
        Relative tolerance of the solver.
    threads : int

    Returns
    -------
    xarray.Dataset
        Dims ``subject``, ``time`` (h): ``total`` (mg/L), ``unbound`` (nM), ``total_molar`` (nM), ``AUC``
        (mg*h/L) and, with ``target``, ``free_target`` and ``total_target`` (nM); by subject each covariate
        (``covariate_weight``) and number (``number_CL``, in L and h). By ``dose`` (its time, h): ``peak``,
        ``trough`` (mg/L), ``peak_time`` (h behind the dose) and ``area`` (mg*h/L) of its interval, which do
        not depend on the times shown. A failed lane is NaN and counted in ``attrs["failed"]``.

    Raises
    ------
    InputError
        Unknown drug, impossible regimen, population, covariate, ``time.range``.

    Notes
    -----
    The parts are those of Gibaldi and Perrier, Pharmacokinetics (1982); target-mediated disposition after
    Mager and Jusko (doi:10.1023/A:1014414520282).

    Examples
    --------
    >>> one = exposure("siltuximab", "11 mg/kg IV q3w x 2", subjects=0)
    >>> one["total"].dims, one.attrs["grade"]
    (('subject', 'time'), 'fitted')
    """
    model = pk_model(drug)
    course = parse_regimen(regimen) if isinstance(regimen, str) else regimen
    check_route(model, course)
    shown = None if times_h is None else read_times(times_h)
    until = _horizon(course, days) if shown is None else float(shown[-1])
    if shown is not None and not 0 <= shown[0] <= until <= LIMITS.until_hours:
        raise problem("time.range", f"times from {shown[0]:g} to {until:g} h", field="times_h")
    if shown is None and until <= course.starts[0]:
        message = f"nothing is given within {until / 24.0:g} days"
        raise problem("time.range", message, field="--days", hint="ask for more days")
    people = draw_subjects(population or model.population, subjects, seed=seed, fixed=covariates)
    found = _solved(model, course, people, until, shown, target=target, rtol=rtol, threads=threads)
    return _labelled(model, course, people, until, found)


def _horizon(course: Regimen, days: float | None) -> float:
    longest = LIMITS.until_hours
    if days is not None:
        until = days * 24.0
    elif np.isfinite(course.end_h):
        until = course.end_h if course.segments[-1].cycle_h else max(course.end_h + 24.0, _USUAL_H)
    else:
        cycle = course.segments[-1].cycle_h
        until = course.starts[-1] + cycle * np.ceil(_USUAL_H / cycle)
    if not 0 < until <= longest:
        raise problem("time.range", f"{until / 24.0:g} days", field="--days", hint=f"up to {longest / 24:g}")
    return until


def _labelled(model: PkModel, course: Regimen, people: Subjects, until: float, solved: _Solved) -> xr.Dataset:
    per = model.values()["nmol_per_mg"]
    dims, each = ("subject", "time"), ("subject", "dose")
    curves, read = solved.curves, solved.each
    molar = curves["Drug"] * per
    found: dict[str, tuple[tuple[str, ...], Floats, dict[str, str]]] = {
        "total": (dims, curves["Drug"], {"units": "mg/L", "grade": model.grade}),
        "total_molar": (dims, molar, {"units": "nM", "grade": model.grade}),
        "unbound": (dims, molar * model.fraction_unbound, {"units": "nM", "grade": model.unbound_grade}),
        "AUC": (dims, curves["AUC"], {"units": "mg*h/L", "grade": model.grade}),
        "peak": (each, read.peak, {"units": "mg/L", "grade": model.grade}),
        "peak_time": (each, read.peak_time, {"units": "h", "grade": model.grade}),
        "trough": (each, read.trough, {"units": "mg/L", "grade": model.grade}),
        "area": (each, read.area, {"units": "mg*h/L", "grade": model.grade}),
        "rises": (each, read.rises.astype(float), {}),
    }
    for name, curve in curves.items():
        for begin, kind in (("Free_", "free_target"), ("total_", "total_target")):
            if name.startswith(begin):
                found[kind] = (dims, curve, {"units": "nM", "grade": "assumed"})
    for name, value in people.covariates.items():
        found[f"covariate_{name}"] = (("subject",), value, {})
    for name, value in solved.numbers.items():
        found[f"number_{name}"] = (("subject",), value, {})
    import xarray as xr

    return xr.Dataset(
        found,
        coords={
            "time": ("time", solved.times, {"units": "h"}),
            "dose": ("dose", solved.starts, {"units": "h"}),
            "subject": np.arange(people.count),
        },
        attrs={
            "drug": model.name,
            "drug_id": model.id,
            "target": model.target,
            "regimen": course.text,
            "until_h": until,
            "interval_h": course.last_interval_h,
            "evenly": int(course.is_even(until)),
            "route": course.segments[-1].route,
            "population": people.population,
            "subjects": 0 if people.typical else people.count,
            "seed": people.seed,
            "fixed": sorted(people.fixed),
            "grade": model.grade,
            "unbound_grade": model.unbound_grade,
            "fraction_unbound": model.fraction_unbound,
            "molar_mass": model.molar_mass,
            "sources": list(model.sources),
            "failed": int(np.count_nonzero(~solved.ok.astype(bool))),
        },
    )


def unbound_nanomolar(
    drug: str,
    regimen: str | Regimen,
    times_h: ArrayLike,
    *,
    population: str | None = None,
    covariates: Mapping[str, float] | None = None,
) -> Floats:
    """Unbound concentration of a drug in the plasma of a typical subject, in nM, shape (T,).

    Parameters
    ----------
    drug : str
    regimen : str or Regimen
    times_h : array_like, shape (T,)
        Hours from the first dose on, increasing; may start later than 0.
    population, covariates
        As :func:`exposure`.

    Raises
    ------
    InputError
        As :func:`exposure`.

    Examples
    --------
    >>> nanomolar = unbound_nanomolar("ruxolitinib", "20 mg PO BID", [1.0, 6.0])
    >>> bool(15 < nanomolar[0] < 30)
    True
    """
    found = exposure(drug, regimen, subjects=0, population=population, covariates=covariates, times_h=times_h)
    return np.asarray(found["unbound"].values[0])
