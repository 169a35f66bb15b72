"""A chunk of a trial: some virtual patients through every arm, as four tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.errors import Outcome, problem
from jakstat.patients.answer import Output, body_outputs
from jakstat.population.cohort import Cohort
from jakstat.population.cohort_lanes import settled_cohort
from jakstat.population.parameter_vectors import parameter_vector
from jakstat.trial.arm_courses import ArmCourse, arm_course, trial_body
from jakstat.trial.arm_rows import (
    ArmFate,
    Columns,
    arm_failures,
    arm_fate,
    arm_patient_rows,
    arm_visit_rows,
    recurrence_free,
)
from jakstat.trial.assignment import Enrolment, eligible_patients, enrolment
from jakstat.trial.columns import arrow_table, trial_column
from jakstat.trial.deaths import ArmDeaths, deaths_by_option, trial_constants
from jakstat.trial.design import TrialArm, TrialDesign
from jakstat.trial.run_tables import SCREENED_OUT

__all__ = ["TrialChunk", "run_chunk"]

_FILL = {"number": np.nan, "flag": False, "text": ""}


@dataclass(frozen=True, slots=True)
class TrialChunk:
    """Tables of Arrow; their columns are those of :func:`jakstat.trial.columns.trial_columns`.

    Parameters
    ----------
    patients : pyarrow.Table
        A row for each patient and arm.
    options : pyarrow.Table
        Deaths under every structural option.
    visits : pyarrow.Table
    courses : pyarrow.Table
        Of the first patients of the trial.
    """

    patients: Any
    options: Any
    visits: Any
    courses: Any


def run_chunk(
    design: TrialDesign,
    patients: Cohort,
    *,
    vector: int | None = None,
    changes: Mapping[str, float] | None = None,
) -> TrialChunk:
    """Follow patients through every arm of a trial.

    A patient's rows rest on the design, the seed of the cohort and his number alone: neither on who else is
    in the chunk nor on other arms.

    Parameters
    ----------
    design : TrialDesign
    patients : Cohort
    vector : int, optional
        Number of one (:func:`jakstat.population.parameter_vectors.parameter_vector`); the model
        as it is when not given.
    changes : mapping of str to float, optional
        Numbers of the document on top of it, the same in every patient and arm.

    Raises
    ------
    InputError
        ``trial.number``: a biomarker or stratum that the model of the disease does not have.
    """
    let_in = eligible_patients(design, patients)
    places = np.flatnonzero(let_in)
    some = patients.take(places if len(places) else [0])  # the engine wants a lane; its rows are dropped
    everyone = enrolment(design, patients)
    outputs = _outputs(design)
    follow = partial(arm_course, design, vector=vector, changes=changes)
    plain = parameter_vector(trial_body(design.disease), vector or 0) | dict(changes or {})
    base = _baseline(design, patients, let_in, outputs, plain)
    followed = everyone.followed[places] if len(places) else everyone.followed[:1]
    parts = [_arm_tables(design, arm, some, followed, outputs, follow) for arm in design.arms]
    if not len(places):
        parts = [tuple({k: v[:0] for k, v in table.items()} for table in part) for part in parts]
    rows = [
        _with_everyone(design, number, patients, let_in, everyone, base, part[0])
        for number, part in enumerate(parts)
    ]
    units = {name: output.unit for name, output in outputs.items()}
    units |= {f"{drug}_total": "mg/L" for drug in design.drugs}
    units |= {f"{name}_first": outputs[name].unit for name in design.biomarkers}
    return TrialChunk(
        _table("patients", rows, units),
        _table("options", [part[1] for part in parts], units),
        _table("visits", [part[2] for part in parts], units),
        _table("courses", [part[3] for part in parts], units),
    )


def _table(name: str, arms: Sequence[Columns], units: Mapping[str, str]) -> Any:
    """Rows of all arms, patient by patient, each in the order of the arms."""
    joined = {key: np.concatenate([np.asarray(arm[key]) for arm in arms]) for key in arms[0]}
    order = np.argsort(joined["place"], kind="stable")
    return arrow_table(name, {k: v[order] for k, v in joined.items() if k != "place"}, units)


def _outputs(design: TrialDesign) -> dict[str, Output]:
    """Outputs of the course by id, as the patients of the disease have them."""
    return {o.id: o for o in body_outputs(trial_body(design.disease))}


def _baseline(
    design: TrialDesign,
    patients: Cohort,
    let_in: NDArray[np.bool_],
    outputs: Mapping[str, Output],
    changes: Mapping[str, float],
) -> Columns:
    """What is known of patients before any arm, from a document without drugs: the same in every arm."""
    found: Columns = {"aetiology": patients.aetiology.astype(object)}
    known = {**patients.numbers, **patients.first_visit}
    found |= {f"base_{name}": values for name, values in known.items()}
    read = [s.number for s in design.strata if s.number != "aetiology" and s.number not in known]
    for name in read:
        if name not in outputs:
            raise problem("trial.number", f"patients have no {name[:60]!r}", field="strata")
    found |= {f"base_{name}": np.full(patients.count, np.nan) for name in read}
    if read and let_in.any():
        body = trial_body(design.disease)
        some = patients.take(np.flatnonzero(let_in))
        settled = settled_cohort(some, body, changes=changes)
        symbols = [outputs[name].symbol for name in read]
        run = body.model.simulate([0.0, 1.0], settled.numbers, settled.states, outputs=symbols, rtol=1e-4)
        for name in read:
            found[f"base_{name}"][let_in] = outputs[name].told(run.value(outputs[name].symbol)[:, 0])
    return found


def _arm_tables(
    design: TrialDesign,
    arm: TrialArm,
    patients: Cohort,
    followed: Floats,
    outputs: Mapping[str, Output],
    follow: Callable[..., ArmCourse],
) -> tuple[Columns, ...]:
    """Rows of patients, options, visits and courses of one arm."""
    missing = [name for name in design.biomarkers if name not in outputs]
    if missing:
        raise problem("trial.number", f"patients have no {missing[0][:60]!r}", field="biomarkers")
    biomarkers = {name: outputs[name] for name in design.biomarkers}
    kept = np.flatnonzero([who < design.courses for who in patients.ids])
    told = dict(outputs) if len(kept) else biomarkers
    drugs = [p.drug.id for p in arm.line.prescriptions] if len(kept) else []
    symbols = sorted({o.symbol for o in told.values()} | {f"{drug}_Drug" for drug in drugs})
    constants = trial_constants(design, design.burden, design.era)
    options: list[Columns] = []
    main: tuple[ArmCourse, ArmFate] | None = None
    for residual in design.residual if design.resected_h is not None else ("",):
        course = follow(arm, patients, constants, symbols, residual=residual)
        for deaths in deaths_by_option(design, patients, course):
            fate = arm_fate(deaths, followed)
            options.append(_option_rows(design, patients, course, deaths, fate, residual))
            if main is None and (deaths.burden, deaths.era) == (design.burden, design.era):
                main = course, fate
    assert main is not None
    rows = {"failed": arm_failures(main[0]), **arm_patient_rows(design, patients, *main, biomarkers)}
    visits = arm_visit_rows(*main, biomarkers)
    return (
        rows,
        _keyed(arm, patients, {k: np.concatenate([o[k] for o in options]) for k in options[0]}),
        _keyed(arm, patients, visits),
        _course_rows(design, arm, patients, main, kept, outputs),
    )


def _option_rows(
    design: TrialDesign, patients: Cohort, course: ArmCourse, deaths: ArmDeaths, fate: ArmFate, residual: str
) -> Columns:
    count = patients.count
    recurred = recurrence_free(design, course, fate)
    well = course.run.outcomes == int(Outcome.OK)
    return {
        "place": np.arange(count),
        "burden": np.full(count, deaths.burden, dtype=object),
        "era": np.full(count, deaths.era, dtype=object),
        "residual": np.full(count, residual, dtype=object),
        "death_h": np.where(well, deaths.time, np.nan),
        "RFS_h": np.full(count, np.nan) if recurred is None else np.where(well, recurred.time, np.nan),
        "RFS_event": np.zeros(count, dtype=bool) if recurred is None else well & recurred.happened,
    }


def _keyed(arm: TrialArm, patients: Cohort, columns: Columns) -> Columns:
    """Columns with the patient and the arm in front; ``place`` says which patient a row is of."""
    place = columns["place"]
    ids = np.asarray(patients.ids, dtype=np.int64)
    return {"patient": ids[place], "arm": np.full(len(place), arm.name, dtype=object), **columns}


def _course_rows(
    design: TrialDesign,
    arm: TrialArm,
    patients: Cohort,
    main: tuple[ArmCourse, ArmFate],
    kept: NDArray[np.intp],
    outputs: Mapping[str, Output],
) -> Columns:
    """Courses of the first patients; a drug that the arm starts without is NaN."""
    run, fate = main[0].run, main[1]
    shape = (len(kept), len(run.times))
    gone = run.times[None, :] >= fate.dies[kept][:, None]
    values = {
        name: output.told(run.values[output.symbol][kept]) for name, output in outputs.items() if len(kept)
    }
    for drug in design.drugs:
        values[f"{drug}_total"] = run.values.get(f"{drug}_Drug", np.full((patients.count, shape[1]), np.nan))[
            kept
        ]
    columns: Columns = {
        "place": np.repeat(kept, shape[1]),
        "time_h": np.ravel(np.broadcast_to(run.times, shape)),
    }
    names = [*outputs, *(f"{drug}_total" for drug in design.drugs)]
    nothing = np.full(shape, np.nan)
    columns |= {name: np.ravel(np.where(gone, np.nan, values.get(name, nothing))) for name in names}
    return _keyed(arm, patients, columns)


def _with_everyone(
    design: TrialDesign,
    number: int,
    patients: Cohort,
    let_in: NDArray[np.bool_],
    enrolled: Enrolment,
    base: Columns,
    own: Columns,
) -> Columns:
    """Rows of an arm with those of patients who are not let in, and with what is known of all."""
    rows: Columns = {
        "place": np.arange(patients.count),
        "assigned": let_in & (enrolled.arm == number),
        "weight": patients.weights,
        "entry_h": enrolled.entry,
        **base,
    }
    well = let_in.copy()
    well[let_in] = own["failed"] == ""
    for name, values in own.items():
        kind = trial_column("patients", name).kind
        whole = np.full(patients.count, _FILL[kind], dtype=object if kind == "text" else None)
        whole[let_in] = values
        if name != "failed":
            whole[~well] = _FILL[kind]
        rows[name] = whole
    rows["failed"] = np.where(let_in, rows["failed"], SCREENED_OUT)
    return _keyed(design.arms[number], patients, rows)
