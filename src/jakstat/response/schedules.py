"""Schedules of one drug compared: suppression of a readout in cells against exposure, and the Pareto front.

The unbound concentration in plasma of a typical subject is the concentration in a medium too large for the
cells to change; all schedules and the untreated cell are lanes of one batch.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.curves import time_mean, window
from jakstat.engine.doses import Dose
from jakstat.errors import InputError, Outcome, Problem, problem
from jakstat.experiment.describe import Entries, make_protocol
from jakstat.experiment.lanes import Bench, bench_for, run_vectors
from jakstat.experiment.question import question
from jakstat.identity import content_key
from jakstat.limits import LIMITS, check_count
from jakstat.pharmacology import Agent, agent
from jakstat.pharmacology.pk_library import PkModel, pk_model
from jakstat.pharmacology.regimen_text import check_route, parse_regimen
from jakstat.pharmacology.subjects import populations
from jakstat.response.drug_course import Course, drug_course, pieces
from jakstat.response.pareto import pareto_front
from jakstat.response.schedule_set import (
    ComparedSchedule,
    default_schedules,
    kind_of_schedule,
    schedule_constants,
)
from jakstat.response.schedule_words import schedule_notes, schedule_sentences
from jakstat.store import attributes, manifest

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["compare_schedules"]

_POINTS = 4000  # about so many output times
_STEP_H = 0.25  # and none closer
_DAY = 24.0


@dataclass(frozen=True)
class _CheckedSchedules:
    """What is compared, checked."""

    drug: Agent
    model: PkModel
    schedules: tuple[ComparedSchedule, ...]
    hours: float
    level: float
    change: float
    population: str


def compare_schedules(
    context: str,
    drug: str,
    regimens: Sequence[str] = (),
    *,
    days: float | None = None,
    stimuli: Entries = None,
    perturb: Entries = None,
    readout: str = "pSTAT3",
    population: str | None = None,
    parts: Iterable[str] | str | None = None,
    suppress: float | None = None,
    change: float | None = None,
) -> xr.Dataset:
    """Compare schedules of a drug by how far they suppress a readout and at what exposure.

    Parameters
    ----------
    context : str
        Kind of cell, with states: ``"hepg2"``.
    drug : str
        Id, name or alias; it needs pharmacokinetics.
    regimens : sequence of str
        ``"15 mg PO BID"``; a set made of the drug's recorded regimen when empty.
    days : float, optional
        Length of the run; 28 days or three cycles of the longest schedule when not given.
    stimuli, perturb : mapping or like
        As in :func:`jakstat.experiment.simulate`; IL-6 at 50 pg/ml when no stimulus is given.
    readout : str
        What is suppressed; further readouts behind commas are told as well.
    population : str, optional
        In whom; the drug's usual population when not given.
    parts : text or sequence of text, optional
    suppress : float, optional
        Suppression in percent whose share of time is told; 80 when not given.
    change : float, optional
        Largest relative change of concentration within a piece; 0.1 when not given.

    Returns
    -------
    xarray.Dataset
        Dims ``schedule`` and ``time`` (h): the readouts, ``unbound`` (nM); ``untreated_<readout>`` (time).
        By schedule: ``suppression``, ``deepest``, ``shallowest``, ``share_suppressed`` (%), ``drift`` (%),
        ``AUC_unbound``, ``AUC_total`` (nM*h a week), ``Cmax_unbound``, ``Cmax_total`` (nM), ``weekly_dose``
        (mg), ``front``, ``window_start``, ``window_end`` (h). A failed lane is NaN and counted.

    Raises
    ------
    InputError
        Unknown names; ``pk.none``; an impossible regimen; ``time.range``; ``readout.silent``;
        ``schedule.series``.

    Notes
    -----
    Mean over the last full cycle of at least a week. The front holds the schedules that no other surpasses
    in suppression at no more exposure (Miettinen, Nonlinear Multiobjective Optimization, 1998,
    doi:10.1007/978-1-4615-5563-6). That unbound drug acts: doi:10.1038/nrd3287.

    Examples
    --------
    >>> two = ["20 mg PO BID", "40 mg PO QD"]
    >>> found = compare_schedules("hepg2", "ruxolitinib", two, days=14, parts="core")
    >>> found["weekly_dose"].values.tolist(), found["pSTAT3"].dims
    ([280.0, 280.0], ('schedule', 'time'))
    """
    asked = _asked(drug, regimens, days=days, population=population, suppress=suppress, change=change)
    constants = schedule_constants()
    usual = not stimuli
    given: Entries = f"IL6={constants['IL6'].value:g}{constants['IL6'].unit}" if usual else stimuli
    bench = bench_for(
        make_protocol(
            context, stimuli=given, drugs=f"{asked.drug.name}=1nM", perturb=perturb, parts=parts,
            until=f"{asked.hours!r}h", observe=readout, points=2, depletion=False,
            fields={"observe": "--readout"},
        )
    )  # fmt: skip
    if bench.plan.lanes > 1:
        hint = "one level of each stimulus and factor"
        raise problem("schedule.series", "schedules are compared at one level", field="--stimulus", hint=hint)
    floor = _floor(asked.drug, bench)
    courses = [
        drug_course(asked.model, s, asked.hours, population=population, change=asked.change, floor=floor)
        for s in asked.schedules
    ]
    held = [pieces(course, change=asked.change, floor=floor) for course in courses]
    times, values, outcomes = _run(bench, asked, held)
    return _labelled(bench, asked, courses, times, values, outcomes, usual=usual)


def _asked(
    drug: str,
    regimens: Sequence[str],
    *,
    days: float | None,
    population: str | None,
    suppress: float | None,
    change: float | None,
) -> _CheckedSchedules:
    constants = schedule_constants()
    found = agent(drug, field="--drug")
    try:
        model = pk_model(found.id)
    except InputError as error:
        raise InputError([replace(p, field="--drug") for p in error.problems]) from None
    check_count(len(regimens), most=LIMITS.series_points, field="--regimen", least=0)
    schedules = tuple(_schedule(text, model) for text in regimens) or default_schedules(model)
    problems = _twice(schedules)
    level = constants["suppression"].value if suppress is None else suppress
    if not 0.0 < level < 100.0:
        hint = "between 0 and 100 (percent)"
        problems.append(
            Problem("option.value", f"{level:g} % is no suppression", field="--suppress", hint=hint)
        )
    known = [name for name in populations() if name != "shared"]
    if population is not None and population not in known:
        from jakstat.pharmacology import unknown

        problems.append(unknown("population", population, known, field="--population"))
    longest = max(s.regimen.segments[-1].cycle_h for s in schedules)
    usual = max(constants["days"].value * _DAY, constants["cycles"].value * longest)
    hours = usual if days is None else days * _DAY
    if not 0.0 < hours <= LIMITS.until_hours:
        hint = f"up to {LIMITS.until_hours / _DAY:g}"
        problems.append(Problem("time.range", f"{hours / _DAY:g} days", field="--days", hint=hint))
    if problems:
        raise InputError(problems)
    piece = constants["piece"].value if change is None else change
    return _CheckedSchedules(found, model, schedules, hours, level, piece, population or model.population)


def _schedule(text: str, model: PkModel) -> ComparedSchedule:
    regimen = check_route(model, parse_regimen(text, field="--regimen"), field="--regimen")
    return ComparedSchedule(" ".join(text.split()), kind_of_schedule(regimen), regimen)


def _twice(schedules: Sequence[ComparedSchedule]) -> list[Problem]:
    texts = [s.regimen.text for s in schedules]
    again = dict.fromkeys(t for t in texts if texts.count(t) > 1)
    return [
        Problem("name.twice", f"'{t}' is given twice", field="--regimen", hint="give it once") for t in again
    ]


def _floor(drug: Agent, bench: Bench) -> float:
    """A concentration (nM) far below the smallest constant of the drug; changes below do not matter."""
    rows = {r.id: r for r in bench.cell.assembly.parameters}
    known = [rows[p].value for p in drug.potency if p in rows and rows[p].unit == "nM" and rows[p].value > 0]
    share = schedule_constants()["floor"].value
    return share * min(known, default=share)


def _run(
    bench: Bench, asked: _CheckedSchedules, held: Sequence[tuple[Floats, Floats]]
) -> tuple[Floats, Mapping[str, Floats], NDArray[np.int64]]:
    """Hours, readouts (lanes, T) and outcomes; lane 0 has no drug."""
    symbol = asked.drug.model_symbol
    (table,) = bench.plan.doses
    others = [dose for dose in table if dose.target != symbol]
    # the plan says what 1 nM in the medium is in the model, and whether the drug knows these cells
    nominal = sum(dose.amount for dose in table if dose.target == symbol)
    per_unbound = nominal / asked.drug.fraction_unbound_medium
    doses = [tuple(others)]
    for starts, levels in held:
        sets = [
            Dose(float(t), symbol, float(c) * per_unbound, action="set")
            for t, c in zip(starts, levels, strict=True)
        ]
        doses.append(tuple(sorted([*others, *sets], key=lambda d: (d.time, d.action != "set"))))
    begin = float(bench.plan.times[0])
    step = max(_STEP_H, asked.hours / _POINTS)
    times = np.unique(np.concatenate([[begin, asked.hours], np.arange(0.0, asked.hours, step)]))
    parameters = dict(bench.plan.parameters)
    loss = f"kloss_{symbol}"
    if any(p.id == loss for p in bench.cell.model.network.parameters):
        parameters[loss] = np.zeros(1)  # plasma says how much there is
    plan = replace(bench.plan, doses=tuple(doses), times=times, parameters=parameters)
    run = run_vectors(replace(bench, plan=plan), {}, lambda _, curves: curves)
    return times, {name: v[0] for name, v in run.values.items()}, run.outcomes[0]


def _mean(times: Floats, values: Floats, start: float, end: float) -> float:
    chosen = window(times, values, start, end)
    return float(time_mean(*chosen)) if len(chosen[0]) > 1 else float("nan")


def _readings(
    times: Floats, treated: Floats, untreated: Floats, window: tuple[float, float], level: float
) -> dict[str, float]:
    """Suppression in percent over the window: mean, deepest, shallowest, share of time, drift."""
    start, end = window
    inside = (times >= start) & (times <= end)
    plain = _mean(times, untreated, start, end)
    mean = _mean(times, treated, start, end)
    low = 100.0 * (1.0 - treated[inside] / untreated[inside])
    before = _mean(times, treated, 2 * start - end, start) if 2 * start >= end else float("nan")
    share = _mean(times, np.where(treated <= untreated * (1.0 - level / 100.0), 1.0, 0.0), start, end)
    failed = not np.isfinite(mean)
    return {
        "suppression": 100.0 * (1.0 - mean / plain),
        "deepest": float(low.max()),
        "shallowest": float(low.min()),
        "share_suppressed": float("nan") if failed else 100.0 * share,
        "drift": 100.0 * (mean / before - 1.0),
    }


_UNITS = {
    "suppression": "%", "deepest": "%", "shallowest": "%", "share_suppressed": "%", "drift": "%",
    "AUC_unbound": "nM*h a week", "AUC_total": "nM*h a week", "Cmax_unbound": "nM", "Cmax_total": "nM",
    "weekly_dose": "mg", "window_start": "h", "window_end": "h",
}  # fmt: skip


def _row(course: Course) -> dict[str, float]:
    ok = course.outcome is Outcome.OK
    return {
        "AUC_unbound": course.AUC_total * course.fraction_unbound if ok else float("nan"),
        "AUC_total": course.AUC_total if ok else float("nan"),
        "Cmax_unbound": course.Cmax_total * course.fraction_unbound if ok else float("nan"),
        "Cmax_total": course.Cmax_total if ok else float("nan"),
        "weekly_dose": course.weekly_mg,
        "window_start": course.window[0],
        "window_end": course.window[1],
    }


def _table(
    bench: Bench,
    asked: _CheckedSchedules,
    courses: Sequence[Course],
    times: Floats,
    values: Mapping[str, Floats],
) -> dict[str, Floats]:
    main, *also = (r.name for r in bench.read)
    if not np.isfinite(values[main][0]).all():
        raise problem("lane.failed", "the untreated cell could not be simulated", field="CONTEXT")
    if not values[main][0][times > 0].min() > 0:
        hint = "give a --stimulus under which it is there"
        raise problem("readout.silent", f"{main} is 0 without the drug", field="--readout", hint=hint)
    rows = []
    for lane, course in enumerate(courses, start=1):
        row = _readings(times, values[main][lane], values[main][0], course.window, asked.level) | _row(course)
        for name in also:
            plain = _mean(times, values[name][0], *course.window)
            mean = _mean(times, values[name][lane], *course.window)
            row[f"suppression_{name}"] = 100.0 * (1.0 - mean / plain) if plain > 0 else float("nan")
        rows.append(row)
    return {key: np.array([row[key] for row in rows]) for key in rows[0]}


def _labelled(
    bench: Bench,
    asked: _CheckedSchedules,
    courses: Sequence[Course],
    times: Floats,
    values: Mapping[str, Floats],
    outcomes: NDArray[np.int64],
    *,
    usual: bool,
) -> xr.Dataset:
    import xarray as xr

    ended = [
        c.outcome if c.outcome is not Outcome.OK else Outcome(int(o))
        for c, o in zip(courses, outcomes[1:], strict=True)
    ]
    lost = np.array([o is not Outcome.OK for o in ended])
    curves = {name: np.where(np.append(False, lost)[:, None], np.nan, v) for name, v in values.items()}
    table = _table(bench, asked, courses, times, curves)
    front = pareto_front(table["AUC_unbound"], table["suppression"])
    dims = ("schedule", "time")
    found: dict[str, tuple[object, object, dict[str, object]]] = {
        key: ("schedule", column, {"units": _UNITS.get(key, "%")}) for key, column in table.items()
    }
    found["front"] = ("schedule", front, {})
    found["unbound"] = (
        dims,
        np.stack([np.interp(times, c.times, c.unbound) for c in courses]),
        {"units": "nM"},
    )
    for r in bench.read:
        found[r.name] = (dims, curves[r.name][1:], {"units": r.unit, "long_name": r.title})
        found[f"untreated_{r.name}"] = ("time", curves[r.name][0], {"units": r.unit})
    coords = {
        "time": ("time", times, {"units": "h"}),
        "schedule": [s.text for s in asked.schedules],
        "kind": ("schedule", [s.kind for s in asked.schedules]),
        "outcome": ("schedule", [o.name for o in ended]),
    }
    data = xr.Dataset(found, coords=coords, attrs=attributes(_attributes(bench, asked)))
    plain = curves[bench.read[0].name][0]
    # the first time is that of rest: what is given then has not acted yet
    data.attrs["unstimulated"] = 100.0 * (1.0 - float(plain[0] / plain[-1]))
    data.attrs["failed"] = int(lost.sum())
    data.attrs["notes"] = [*bench.plan.notes, *schedule_notes(data, asked.drug, asked.model, usual=usual)]
    data.attrs["sentences"] = schedule_sentences(data)
    return data


def _attributes(bench: Bench, asked: _CheckedSchedules) -> dict[str, object]:
    assembly, main = bench.cell.assembly, bench.read[0]
    sources = {*assembly.sources, *asked.drug.sources, *asked.model.sources, "protocol"}
    made = manifest(
        "schedules",
        {
            "protocol": bench.protocol,
            "parts": list(assembly.parts),
            "model_key": assembly.model_key,
            "parameters_key": content_key([(r.id, r.value, r.unit) for r in assembly.parameters]),
            "regimens": [s.regimen.text for s in asked.schedules],
            "population": asked.population,
            "change": asked.change,
            "suppress": asked.level,
        },
        sources=sources,
    )
    return {
        "context": bench.protocol.context,
        "title": assembly.context.title,
        "question": question(bench.protocol, assembly.parts)
        | {"drugs": [f"{asked.drug.name} by schedule ({asked.population})"]},
        "drug": asked.drug.name,
        "readout": main.name,
        "also": [r.name for r in itertools.islice(bench.read, 1, None)],
        "unit": main.unit,
        "population": asked.population,
        "days": asked.hours / _DAY,
        "suppress": asked.level,
        "stimuli": [f"{s.name} {v:g} {s.unit}" for s in bench.protocol.stimuli for v in s.values],
        "potency_grade": asked.drug.grade,
        "exposure_grade": asked.model.unbound_grade,
        "fraction_unbound": asked.model.fraction_unbound,
        "toxicities": [dict(t) for t in asked.model.toxicities],
        "sources": sorted(sources),
        "pk_sources": sorted({*asked.drug.sources, *asked.model.sources}),
        "manifest": made.to_dict(),
    }
