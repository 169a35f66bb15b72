"""A question put to a patient: who he is, what he is given and when he is seen; read and checked at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from jakstat.biology import context, parameters
from jakstat.errors import InputError, Problem
from jakstat.patients.options import LeftBehind, occult_foci
from jakstat.patients.patient_file import patient_of
from jakstat.patients.patient_record import Patient
from jakstat.patients.recist import visit_conventions
from jakstat.patients.treatment import Prescription, parse_prescriptions, parse_residual
from jakstat.patients.values import parse_span
from jakstat.patients.visits import visit_times
from jakstat.streams import check_seed

__all__ = ["PatientPlan", "cells_told", "patient_plan"]

T = TypeVar("T")
_LEAST_H = 24.0
_MILLION = 1e6


@dataclass(frozen=True, slots=True)
class PatientPlan:
    """A question put to a patient.

    Parameters
    ----------
    patient : Patient
    prescriptions : tuple of Prescription
    until_h, visits_h : float
        End, and time between visits.
    resected_h : float or None
        When the tumour is taken out.
    residual : tuple of LeftBehind
        One for each structural option.
    stop_at_progression : bool
        Whether treatment ends at the visit that shows progression.
    cv : float
        Spread of one reading of the sum of diameters.
    seed : int
    """

    patient: Patient
    prescriptions: tuple[Prescription, ...]
    until_h: float
    visits_h: float
    resected_h: float | None
    residual: tuple[LeftBehind, ...]
    stop_at_progression: bool
    cv: float
    seed: int

    @property
    def question(self) -> dict[str, Any]:
        """What was asked, as it was understood."""
        one = self.patient
        assumed = {k: f"{r.value:g} {r.unit} ({r.grade}, {r.source})" for k, r in one.rows.items()}
        return {
            "patient": one.told(),
            **_own_cell(one),
            "default_patient": f"{one.aetiology}, stage {one.stage}" if one.disease == "hcc" else one.disease,
            "from_default": assumed,
            "regimens": [p.told for p in self.prescriptions],
            "until_h": self.until_h,
            "visits_h": self.visits_h,
            "resected_h": self.resected_h,
            "residual_cells": [r.cells * _MILLION for r in self.residual],
            "residual_speed": [r.speed for r in self.residual],
            "stop_at_progression": self.stop_at_progression,
            "reading_cv": self.cv,
            "seed": self.seed,
        }

    @property
    def told(self) -> str:
        """The question in one line."""
        given = "; ".join(p.told for p in self.prescriptions) or "no treatment"
        own = _own_cell(self.patient)
        parts = [self.patient.told(), *([f"tumour of {own['cell']}"] if own else []), given]
        if self.stop_at_progression:
            parts.append("stopped at progression")
        if self.resected_h is not None:
            left = " or ".join(cells_told(r.cells) for r in self.residual)
            parts.append(f"resected at {_span(self.resected_h)}, {left} left")
        parts.append(f"{_span(self.until_h)}, seen every {_span(self.visits_h)}")
        return "; ".join(parts)


def _own_cell(one: Patient) -> dict[str, str]:
    """The cell of the tumour, where it is the user's own."""
    cell = context(one.cell)
    return {"cell": cell.told, "context_data": cell.data_key} if cell.origin == "user" else {}


def cells_told(millions: float) -> str:
    """A number of cells in words.

    Examples
    --------
    >>> cells_told(104.3), cells_told(0.00265)
    ('1e+08 cells', '2,650 cells')
    """
    cells = millions * _MILLION
    return f"{cells:,.0f} cells" if cells < 1e5 else f"{cells:.2g} cells"


def _span(hours: float) -> str:
    for size, unit in ((730.5, "months"), (168.0, "weeks"), (24.0, "days")):
        if hours >= size and abs(hours / size - round(hours / size)) < 1e-9:
            return f"{hours / size:g} {unit if hours > 1.5 * size else unit[:-1]}"
    return f"{hours / 24.0:.4g} days"


def patient_plan(
    given: Mapping[str, Any] | str | Path | Patient | None,
    regimens: Iterable[str] | str | None = None,
    until: str = "24mo",
    visits: str = "6w",
    *,
    resect: str | None = None,
    residual: str | None = None,
    stop_at_progression: bool = False,
    noise: float | None = None,
    seed: int = 1,
) -> PatientPlan:
    """A plan from what a user gives; :func:`jakstat.patients.answer.patient` says what each is.

    Raises
    ------
    InputError
        With every problem of all of it.

    Examples
    --------
    >>> plan = patient_plan({"stage": "C"}, "Nexavar 400 mg PO BID", "12mo")
    >>> plan.question["regimens"], plan.until_h
    (['sorafenib (Nexavar) 400 mg PO BID'], 8766.0)
    """
    problems: list[Problem] = []

    def read(make: Callable[[], T], other: T) -> T:
        try:
            return make()
        except InputError as error:
            problems.extend(error.problems)
            return other

    texts = [regimens] if isinstance(regimens, str) else list(regimens or ())
    none = read(lambda: patient_of(None), None)
    one = read(lambda: patient_of(given), none)
    nothing: tuple[Prescription, ...] = ()
    prescriptions = read(lambda: parse_prescriptions(texts), nothing)
    until_h = read(lambda: parse_span(until, field="--until"), 0.0)
    visits_h = read(lambda: parse_span(visits, field="--visits"), 1.0)
    resected_h = None if resect is None else read(lambda: parse_span(resect, field="--resect"), None)
    left = _residual(residual, read)
    read(lambda: check_seed(seed), 1)
    cv = visit_conventions()["reading_cv"].value if noise is None else noise
    if not problems:
        problems += _plan_problems(until_h, resected_h, cv)
        read(lambda: visit_times(visits_h, until_h), None)
    if problems or one is None:
        raise InputError(problems)
    return PatientPlan(
        patient=one,
        prescriptions=prescriptions,
        until_h=until_h,
        visits_h=visits_h,
        resected_h=resected_h,
        residual=left if resected_h is not None else (),
        stop_at_progression=stop_at_progression,
        cv=cv,
        seed=seed,
    )


def _residual(text: str | None, read: Callable[..., Any]) -> tuple[LeftBehind, ...]:
    """What is told, or both sizes of foci that data leave open."""
    if text is None:
        return occult_foci()
    dense = next(row.value for row in parameters("tumour") if row.id == "cells_per_volume")
    return (LeftBehind(read(lambda: parse_residual(text, cells_per_ml=dense), 0.0)),)


def _plan_problems(until_h: float, resected_h: float | None, cv: float) -> Iterable[Problem]:
    if until_h < _LEAST_H:
        yield Problem("time.span", f"the course lasts {until_h:g} h", field="--until", hint="a day or more")
    if resected_h is not None and not 0.0 < resected_h < until_h:
        message = f"the operation at {resected_h:g} h lies outside the course"
        yield Problem("time.late", message, field="--resect", hint=f"between 0 and {until_h:g} h")
    if not 0.0 <= cv <= 1.0:
        yield Problem(
            "count.range", f"noise {cv:g} is out of range", field="--noise", hint="0 to 1; usually 0.04"
        )
