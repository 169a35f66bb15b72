"""Exposure: what a regimen makes of a drug in plasma, in one typical or many virtual subjects."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from jakstat.biology.pk_assembly import assemble_pk, pk_numbers
from jakstat.engine.load import load_sbml
from jakstat.engine.model import Model
from jakstat.errors import problem
from jakstat.limits import LIMITS
from jakstat.pharmacology.dose_table import dose_ends, dose_tables
from jakstat.pharmacology.pk_library import PkModel, pk_model
from jakstat.pharmacology.regimen import Regimen
from jakstat.pharmacology.regimen_text import check_route, parse_regimen
from jakstat.pharmacology.subjects import Subjects, draw_subjects, individual_numbers

__all__ = ["exposure", "pk_engine", "unbound_nanomolar"]

Reals = NDArray[np.float64]
_BEFORE_H = 1e-4  # a trough is read so long before the next dose
_POINTS = 2400  # about so many output times in all
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


def _times(model: PkModel, regimen: Regimen, until_h: float) -> Reals:
    """Output times: dense behind the first and the last doses, each end of giving, each trough."""
    doses = dose_ends(model, regimen, until_h)
    starts = [start for start, _ in doses]
    edges = np.array([*starts, until_h])
    each = int(np.clip(_POINTS // max(len(starts), 1), 6, 60))
    shape = np.linspace(0.0, 1.0, each) ** 2
    full = np.linspace(0.0, 1.0, 60) ** 2
    pieces = [np.array([0.0, until_h]), np.linspace(0.0, until_h, 50)]
    for k, (start, ready) in enumerate(doses):
        length = edges[k + 1] - start
        fine = full if k in (0, len(doses) - 1) else shape
        pieces.append(start + length * fine)
        pieces.append(np.array([min(ready, until_h)]))
        if ready < edges[k + 1]:
            pieces.append(ready + (edges[k + 1] - ready) * fine)
        if length > 2 * _BEFORE_H:
            pieces.append(np.array([edges[k + 1] - _BEFORE_H]))
    return np.asarray(np.unique(np.round(np.concatenate(pieces), 9)))


def _run(
    model: PkModel,
    regimen: Regimen,
    subjects: Subjects,
    times: Reals,
    *,
    target: bool,
    rtol: float,
    threads: int,
) -> tuple[Mapping[str, Reals], Mapping[str, Reals], Reals]:
    """Curves by symbol, numbers of the subjects, and which lanes ended well."""
    numbers = individual_numbers(model, subjects, target=target)
    doses = dose_tables(model, regimen, subjects, numbers, float(times[-1]))
    needed = pk_numbers(model.all_parts(target=target))
    lanes = {key: value for key, value in numbers.items() if key in needed}
    solver = pk_engine(model.id, target=target)
    shown = ["Drug", "AUC"]
    if target:
        shown += [f"Free_{model.target}", f"total_{model.target}"]
    found = solver.simulate(
        times,
        parameters=lanes,
        doses=doses if len(doses) > 1 else doses[0],
        outputs=shown,
        rtol=rtol,
        atol=1e-9,
        threads=threads,
    )
    return {name: found.value(name) for name in shown}, numbers, np.asarray(found.ok)


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
        (``covariate_weight``) and number (``number_CL``, in L and h). A failed lane is NaN and counted in
        ``attrs["failed"]``.

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
    until = _horizon(course, days)
    times = _times(model, course, until) if times_h is None else np.asarray(times_h, dtype=float)
    people = draw_subjects(population or model.population, subjects, seed=seed, fixed=covariates)
    curves, numbers, ok = _run(model, course, people, times, target=target, rtol=rtol, threads=threads)
    return _labelled(model, course, people, times, curves, numbers, ok)


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


def _labelled(
    model: PkModel,
    course: Regimen,
    people: Subjects,
    times: Reals,
    curves: Mapping[str, Reals],
    numbers: Mapping[str, Reals],
    ok: Reals,
) -> xr.Dataset:
    per = model.values()["nmol_per_mg"]
    dims = ("subject", "time")
    molar = curves["Drug"] * per
    found: dict[str, tuple[tuple[str, ...], Reals, dict[str, str]]] = {
        "total": (dims, curves["Drug"], {"units": "mg/L", "grade": model.grade}),
        "total_molar": (dims, molar, {"units": "nM", "grade": model.grade}),
        "unbound": (dims, molar * model.fraction_unbound, {"units": "nM", "grade": model.unbound_grade}),
        "AUC": (dims, curves["AUC"], {"units": "mg*h/L", "grade": model.grade}),
    }
    for name, curve in curves.items():
        for begin, kind in (("Free_", "free_target"), ("total_", "total_target")):
            if name.startswith(begin):
                found[kind] = (dims, curve, {"units": "nM", "grade": "assumed"})
    for name, value in people.covariates.items():
        found[f"covariate_{name}"] = (("subject",), value, {})
    for name, value in numbers.items():
        found[f"number_{name}"] = (("subject",), value, {})
    return xr.Dataset(
        found,
        coords={"time": ("time", times, {"units": "h"}), "subject": np.arange(people.count)},
        attrs={
            "drug": model.name,
            "drug_id": model.id,
            "target": model.target,
            "regimen": course.text,
            "population": people.population,
            "subjects": 0 if people.typical else people.count,
            "seed": people.seed,
            "fixed": sorted(people.fixed),
            "grade": model.grade,
            "unbound_grade": model.unbound_grade,
            "fraction_unbound": model.fraction_unbound,
            "molar_mass": model.molar_mass,
            "sources": list(model.sources),
            "failed": int(np.count_nonzero(~ok.astype(bool))),
        },
    )


def unbound_nanomolar(
    drug: str,
    regimen: str | Regimen,
    times_h: ArrayLike,
    *,
    population: str | None = None,
    covariates: Mapping[str, float] | None = None,
) -> Reals:
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
    times = np.asarray(times_h, dtype=float)
    late = bool(times.size and times[0] > 0)
    grid = np.concatenate([[0.0], times]) if late else times
    found = exposure(
        drug, regimen, subjects=0, population=population, covariates=covariates,
        days=float(grid[-1]) / 24.0 if grid.size else None, times_h=grid,
    )  # fmt: skip
    values = found["unbound"].values[0]
    return np.asarray(values[1:] if late else values)
