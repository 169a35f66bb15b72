"""A drug's model at the samples of measured subjects: their own doses, covariates and times, any draws.

Time counts from the first dose of each profile. A sample taken at the time of a later dose, and before it, is
predicted just before it; what was sampled before the first dose has no prediction (NaN).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.biology.pk_assembly import pk_numbers
from jakstat.engine.doses import Dose
from jakstat.errors import InputError, Problem, problem
from jakstat.knowledge.parameter_table import Grade, Row, read_table
from jakstat.limits import LIMITS
from jakstat.pharmacology.dose_table import valve_doses
from jakstat.pharmacology.exposure import pk_engine
from jakstat.pharmacology.noncompartmental import disposition_half_life
from jakstat.pharmacology.nonmem import DoseRecord, compartments, engine_doses
from jakstat.pharmacology.observed_data import ConcentrationProfile, ObservedConcentrations
from jakstat.pharmacology.observed_table import COVARIATE_NAMES
from jakstat.pharmacology.pk_library import PkModel
from jakstat.pharmacology.posterior_modes import ErrorModel
from jakstat.pharmacology.subjects import (
    Subjects,
    draw_factor,
    draw_names,
    draw_subjects,
    individual_numbers,
)

__all__ = ["ObservedDesign", "observed_design", "residual_error"]

_JUST = 1e-6  # h: before a dose
_CELLS = 2_000_000  # lanes times times that one run holds
_RTOL = 1e-8
_ALIKE = 16  # profiles whose times are joined into one run


@lru_cache(maxsize=1)
def _residuals() -> Mapping[str, Row]:
    text = files("jakstat.pharmacology").joinpath("pk_residuals.csv").read_text(encoding="utf-8")
    return MappingProxyType({row.id: row for row in read_table(text, file="pharmacology/pk_residuals.csv")})


def residual_error(drug: str) -> tuple[ErrorModel, Grade, str]:
    """The residual error of a drug's model, with the grade and the source of its proportional part.

    Examples
    --------
    >>> residual_error("tocilizumab")
    (ErrorModel(proportional=0.22, additive=2.4), 'fitted', 'frey2010')
    >>> residual_error("ruxolitinib")[1]
    'assumed'
    """
    rows = _residuals()
    main = next(rows[f"{name}.proportional"] for name in (drug, "any") if f"{name}.proportional" in rows)
    more = rows.get(f"{drug}.additive")
    return ErrorModel(main.value, 0.0 if more is None else more.value), main.grade, main.source


@dataclass(frozen=True, slots=True)
class _Lane:
    """One profile: its doses behind its first one, and the hours of its samples from then on."""

    subject: int
    doses: tuple[Dose, ...]
    run_in: float
    hours: Floats
    places: NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class ObservedDesign:
    """What was measured, as arrays, and the model that predicts it.

    Parameters
    ----------
    model : PkModel
    people : Subjects
        Typical subjects with the covariates of the data.
    lanes : tuple
        One for each profile.
    ids : tuple of str
    values, limits : array, shape (subjects, samples)
    below, counts : array of bool, shape (subjects, samples)
        Which lie below the limit; which can be compared with a prediction.
    hours, since : array, shape (subjects, samples)
        Hours behind the first and behind the last dose.
    covariates : mapping of str to str
        Where each covariate of the model comes from.
    """

    model: PkModel
    people: Subjects
    lanes: tuple[_Lane, ...]
    ids: tuple[str, ...]
    values: Floats
    limits: Floats
    below: NDArray[np.bool_]
    counts: NDArray[np.bool_]
    hours: Floats
    since: Floats
    covariates: Mapping[str, str]

    @property
    def draws(self) -> tuple[str, ...]:
        """Names of the draws in which subjects differ."""
        return draw_names(self.model)

    def numbers(self, z: Floats, rows: NDArray[np.intp]) -> dict[str, Floats]:
        """Numbers of the model for independent draws, shape (rows, draws), of the subjects of the rows."""
        mixed = z @ draw_factor(self.model).T
        draws = {name: mixed[:, k] for k, name in enumerate(self.draws)}
        own = {name: values[rows] for name, values in self.people.covariates.items()}
        people = replace(self.people, covariates=MappingProxyType(own))
        return individual_numbers(self.model, people, draws=draws)

    def predict(self, z: Floats, rows: NDArray[np.intp]) -> Floats:
        """Concentrations in mg/L at the samples of each row's subject, shape (rows, samples)."""
        found = np.full((len(rows), self.values.shape[1]), np.nan)
        numbers = self.numbers(z, rows)
        for lanes in _batches(self.lanes):
            times = np.unique(np.concatenate([lane.hours for lane in lanes]))
            for values, lane, members in self._runs(lanes, rows, numbers, times):
                at = np.searchsorted(times, lane.hours)
                found[members[:, None], lane.places[None, :]] = values[:, at]
        return found

    def curves(self, z: Floats, rows: NDArray[np.intp], hours: Floats) -> list[tuple[int, Floats]]:
        """Concentrations at hours behind the first dose, by place of the profile: (rows of it, hours)."""
        numbers = self.numbers(z, rows)
        place = {id(lane): k for k, lane in enumerate(self.lanes)}
        found: list[tuple[int, Floats]] = []
        for lanes in _batches(self.lanes):
            found += [
                (place[id(lane)], values) for values, lane, _ in self._runs(lanes, rows, numbers, hours)
            ]
        return found

    def _runs(
        self, lanes: Sequence[_Lane], rows: NDArray[np.intp], numbers: Mapping[str, Floats], times: Floats
    ) -> list[tuple[Floats, _Lane, NDArray[np.intp]]]:
        """Runs of some profiles at times behind their first doses: values, profile, and their rows."""
        jobs = [(lane, np.flatnonzero(rows == lane.subject)) for lane in lanes]
        jobs = [(lane, members) for lane, members in jobs if len(members)]
        if not jobs or not len(times):
            return []
        shift = max(lane.run_in for lane, _ in jobs)
        grid = np.unique(np.append(0.0, times + shift))
        every = np.concatenate([members for _, members in jobs])
        tables = [self._table(lane, shift, numbers, int(k)) for lane, members in jobs for k in members]
        needed = pk_numbers(self.model.parts)
        engine = pk_engine(self.model.id, target=False)
        most = max(1, _CELLS // len(grid))
        parts = []
        for start in range(0, len(every), most):
            some = slice(start, start + most)
            values = {key: value[every[some]] for key, value in numbers.items() if key in needed}
            run = engine.simulate(grid, values, doses=tables[some], outputs=["Drug"], rtol=_RTOL)
            parts.append(run.value("Drug")[:, np.searchsorted(grid, times + shift)])
        whole = np.concatenate(parts)
        edges = np.cumsum([0, *(len(members) for _, members in jobs)])
        return [(whole[edges[k] : edges[k + 1]], lane, members) for k, (lane, members) in enumerate(jobs)]

    def _table(self, lane: _Lane, shift: float, numbers: Mapping[str, Floats], row: int) -> list[Dose]:
        """The doses of one lane; release over a time that differs between subjects makes them its own."""
        late = shift - lane.run_in
        release = float(numbers["release"][row]) if "release" in numbers else 0.0
        found = [
            replace(d, time=d.time + late, duration=d.duration or (release if d.target == "Depot" else 0.0))
            for d in lane.doses
        ]
        lag = self.model.number("lag", "h") or 0.0
        given = sorted(
            d.time - (lag if d.target == "Depot" else 0.0) + k * d.interval
            for d in found
            for k in range(d.count)
        )
        return [*valve_doses(self.model, given), *found]


def _batches(lanes: Sequence[_Lane]) -> list[list[_Lane]]:
    """Profiles in groups; those with the same times stand together."""
    alike: dict[bytes, list[_Lane]] = {}
    for lane in lanes:
        alike.setdefault(lane.hours.tobytes(), []).append(lane)
    groups = list(alike.values())
    joined: list[list[_Lane]] = []
    for k in range(0, len(groups), _ALIKE):
        joined.append([lane for group in groups[k : k + _ALIKE] for lane in group])
    return joined


def observed_design(
    data: ObservedConcentrations,
    model: PkModel,
    *,
    population: str | None = None,
    covariates: Mapping[str, float] | None = None,
    zeros: bool = True,
) -> ObservedDesign:
    """The design of a data set for a drug's model.

    Parameters
    ----------
    data : ObservedConcentrations
    model : PkModel
    population : str, optional
        Whose medians stand for covariates that the data do not have.
    covariates : mapping, optional
        Covariates that all subjects share.
    zeros : bool
        Whether a measured 0 without a limit can be compared; it never can where the error is proportional.

    Raises
    ------
    InputError
        ``observed.unit`` (molar data), ``observed.dose`` (no dose), ``observed.route``,
        ``dose-table.compartment``, ``dose-table.steady-state``.

    Examples
    --------
    >>> from jakstat.pharmacology.observed_file import read_observed
    >>> from jakstat.pharmacology.pk_library import pk_model
    >>> rows = {"ID": [1, 1], "TIME": [1, 4], "DV": [0.1, 0.05], "DOSE": [15, 15]}
    >>> design = observed_design(read_observed(rows, drug="ruxolitinib"), pk_model("ruxolitinib"))
    >>> design.predict(np.zeros((1, 2)), np.array([0])).round(3).tolist()
    [[0.155, 0.07]]
    """
    people, sources = _people(data, model, population, covariates or {})
    typical = individual_numbers(model, people)
    half_life = float(disposition_half_life(typical).max())
    if "ka" in typical:
        half_life = max(half_life, float(np.log(2.0) / typical["ka"].min()))
    widest = max(sum(len(p.times) for p in s.profiles) for s in data.subjects)
    shape = (len(data.subjects), widest)
    values, limits, hours, since = (np.full(shape, np.nan) for _ in range(4))
    below, counts = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
    lanes: list[_Lane] = []
    faults: list[Problem] = []
    for k, subject in enumerate(data.subjects):
        place = 0
        for profile in subject.profiles:
            own = np.arange(place, place + len(profile.times))
            place += len(own)
            values[k, own], limits[k, own], below[k, own] = profile.values, profile.limits, profile.below
            lane, behind, fault = _lane(profile, model, k, own, half_life)
            faults += fault
            if lane is None:
                continue
            lanes.append(lane)
            hours[k, lane.places] = profile.times[lane.places - own[0]] - profile.dose_times[0]
            since[k, lane.places] = behind
            counts[k, lane.places] = True
    if faults:
        raise InputError(faults[:50])
    if not lanes:
        message, hint = "no profile has a dose", "a column dose or AMT, or --dose '320 mg'"
        raise problem("observed.dose", message, file=data.file, hint=hint)
    counts &= ~(np.isnan(values) & ~(below & np.isfinite(limits)))
    if not zeros:
        counts &= ~(~below & (values == 0))
    ids = tuple(s.id for s in data.subjects)
    return ObservedDesign(
        model, people, tuple(lanes), ids, values, limits, below, counts, hours, since, sources
    )


def _people(
    data: ObservedConcentrations, model: PkModel, population: str | None, shared: Mapping[str, float]
) -> tuple[Subjects, dict[str, str]]:
    """Typical subjects with the covariates of the data; medians of the population where there are none."""
    if data.unit != "mg/L":
        raise problem("observed.unit", "the molar mass of the drug is not known", hint="give mg/L or ng/mL")
    one = draw_subjects(population or model.population, 0, fixed=shared)
    size = len(data.subjects)
    found = {name: np.full(size, float(v[0])) for name, v in one.covariates.items()}
    sources: dict[str, str] = {}
    used = {effect.covariate for effect in model.covariates}
    for name in COVARIATE_NAMES:
        told = np.array([s.covariates.get(name, np.nan) for s in data.subjects])
        if name in shared or not np.any(np.isfinite(told)):
            continue
        found[name] = np.where(np.isfinite(told), told, found[name])
        sources[name] = "the data"
    if "BSA" not in sources and "BSA" not in shared and {"weight", "height"} & set(sources):
        found["BSA"] = np.sqrt(found["height"] * found["weight"] / 3600.0)
        sources["BSA"] = "weight and height"
    if "female" in sources:
        found["male"] = 1.0 - found["female"]
    for name in sorted(used - set(sources)):
        if name in shared:
            sources[name] = "as given"
        elif name in found:
            sources[name] = f"the median of {one.population.replace('_', ' ')}"
    fixed = frozenset(shared) | frozenset(sources)
    kept = frozenset(n for n in fixed if n != "IL6" or "IL6" in shared or sources.get("IL6") == "the data")
    return Subjects(one.population, MappingProxyType(found), one.seed, True, kept), sources


def _lane(
    profile: ConcentrationProfile, model: PkModel, subject: int, own: NDArray[np.intp], half_life: float
) -> tuple[_Lane | None, Floats, list[Problem]]:
    """The lane of a profile, hours behind the last dose of its samples, and what is wrong."""
    if not profile.doses:
        return None, np.zeros(0), []
    records = [replace(d, id="1") for d in _placed(profile, model)]
    try:
        doses, run_in = engine_doses(model, records, half_life_h=half_life)
    except InputError as error:
        line = int(profile.lines[0])
        return (
            None,
            np.zeros(0),
            [replace(p, message=f"{profile.label}: {p.message}", line=line) for p in error.problems],
        )
    given = profile.dose_times
    start = float(given[0])
    moved = tuple(sorted((replace(d, time=d.time - start) for d in doses["1"]), key=lambda d: d.time))
    times = profile.times - start
    early = (times < 0) | ((times == 0) & profile.before)
    hours = np.where(profile.before & ~early, times - _JUST, times)[~early]
    if len(hours) and hours[-1] + run_in["1"] > LIMITS.until_hours:
        said = f"{profile.label} lasts {hours[-1]:.6g} h behind its first dose"
        hint = f"at most {LIMITS.until_hours:g} h; is the unit of time right? (--time-unit)"
        return None, np.zeros(0), [Problem("observed.time", said, hint=hint)]
    last = given[np.maximum(np.searchsorted(given - start, hours, side="right") - 1, 0)] - start
    return _Lane(subject, moved, run_in["1"], hours, own[~early]), hours - last, []


def _placed(profile: ConcentrationProfile, model: PkModel) -> Sequence[DoseRecord]:
    """Doses with the compartment that the route of a spreadsheet asks for."""
    places = dict(compartments(model))
    wanted = "Depot" if profile.route == "extravascular" else "Drug"
    if wanted not in places.values() or (wanted == "Drug" and "IV" not in model.routes):
        routes = ", ".join(model.routes)
        raise problem(
            "observed.route", f"{model.name} is not given so ({profile.route})", field="--route", hint=routes
        )
    return profile.doses
