"""PEtab problems (https://petab.readthedocs.io/en/latest/v2/) read into :class:`FitProblem`.

There is one reader, of version 2; the tables of version 1 are given its shapes first
(:mod:`jakstat.calibration.petab_v1`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from jakstat.calibration.formula import TableFormula, read_formula
from jakstat.calibration.model_units import ModelUnits
from jakstat.calibration.petab_cells import (
    Faults,
    Words,
    bounded,
    check_noise,
    check_noise_values,
    each,
    known_id,
    new_id,
    override_list,
    role_of,
)
from jakstat.calibration.petab_files import PetabFiles
from jakstat.calibration.petab_tables import PetabRow, PetabTables, read_rows
from jakstat.calibration.petab_v1 import tables_of_version_1
from jakstat.calibration.priors import FAMILIES, Prior
from jakstat.calibration.problem import (
    ConditionChange,
    FitExperiment,
    FitObservable,
    FitParameter,
    FitProblem,
    Measurement,
    Period,
    Scale,
)
from jakstat.engine.model import Model
from jakstat.engine.network.expression import symbols
from jakstat.engine.network.network import Network
from jakstat.errors import InputError, Problem
from jakstat.numbers import read_number

__all__ = ["read_problem"]

_TRUTH = {"true": True, "false": False, "1": True, "0": False}
_SCALES: Mapping[str, Scale] = {"lin": "lin", "log": "log", "log10": "log10"}
_NOISE: Mapping[str, Scale] = {"": "lin", "log-": "log", "log10-": "log10"}
# name -> family, and whether it is a density on the scale of the search
_PRIORS_1 = {
    "uniform": ("uniform", False), "normal": ("normal", False), "laplace": ("laplace", False),
    "logNormal": ("log-normal", False), "logLaplace": ("log-laplace", False),
    "parameterScaleUniform": ("uniform", True), "parameterScaleNormal": ("normal", True),
    "parameterScaleLaplace": ("laplace", True),
}  # fmt: skip
_PRIORS_2 = {family: (family, False) for family in FAMILIES}
_REQUIRED = {
    "mapping_files": ["petabEntityId", "modelEntityId"],
    "parameter_files": ["parameterId", "lowerBound", "upperBound", "nominalValue", "estimate"],
    "condition_files": ["conditionId", "targetId", "targetValue"],
    "experiment_files": ["experimentId", "time", "conditionId"],
    "observable_files": ["observableId", "observableFormula", "noiseFormula"],
    "measurement_files": ["observableId", "experimentId", "measurement", "time"],
}


def read_problem(files: PetabFiles, model: Model) -> FitProblem:
    """Read the tables of a problem.

    PEtab 2 has no scale of the search: it is log10 where the lower bound is above zero, else linear;
    a column ``parameterScale`` says otherwise.

    Parameters
    ----------
    files : PetabFiles
    model : Model
        The problem's model.

    Raises
    ------
    InputError
        Everything wrong in the tables, each with file, line and column.
    """
    faults = Faults()
    if files.version == 1:
        tables = tables_of_version_1(files, faults)
    else:
        tables = {kind: read_rows(files.tables[kind], columns) for kind, columns in _REQUIRED.items()}
    units = ModelUnits(model.network)
    reading = _PetabReading(files, tables, faults, Words(units, _parameters(files, tables, units, faults)))
    reading.mapping()
    conditions = reading.conditions()
    experiments = reading.experiments(conditions)
    observables = reading.observables()
    faults.stop()
    measurements = reading.measurements(experiments, observables)
    formulas = [c.formula for changes in conditions.values() for c in changes]
    formulas += [f for o in observables.values() for f in (o.formula, o.noise)]
    formulas += [f for m in measurements for f in (*m.overrides, *m.noise_overrides)]
    reading.unused(formulas)
    faults.stop()
    return FitProblem(
        files.path.stem, model, tuple(reading.words.parameters.values()), tuple(observables.values()),
        tuple(experiments.values()), measurements,
        inputs={"petab": files.version, "files": files.key(), "model_key": model.key},
        model_file=files.models[0],
    )  # fmt: skip


def _parameters(
    files: PetabFiles, tables: PetabTables, units: ModelUnits, faults: Faults
) -> dict[str, FitParameter]:
    found: dict[str, FitParameter] = {}

    def read(row: PetabRow) -> None:
        name = new_id(row["parameterId"], found)
        estimate = row.text("estimate").lower()
        if estimate not in _TRUTH:
            wanted = "0 or 1" if files.version == 1 else "true or false"
            raise InputError([row["estimate"].fault("petab.estimate", f"{wanted} is wanted")])
        free, role = _TRUTH[estimate], role_of(row)
        low, high = bounded(row, estimated=free)
        scale = row.text("parameterScale") or ("log10" if low > 0 else "lin")
        if scale not in _SCALES:
            cell = row["parameterScale"]
            raise InputError([cell.fault("petab.scale", f"no scale {scale[:20]!r}", "lin, log or log10")])
        if free and scale != "lin" and low <= 0 and not role:
            cell = row["lowerBound"]
            raise InputError([cell.fault("petab.bounds", "the bound must be above 0 on this scale")])
        nominal = row["nominalValue"].number() if row.text("nominalValue") else math.nan
        if not free and math.isnan(nominal):
            raise InputError([row["nominalValue"].fault("petab.number", "a fixed parameter needs a value")])
        faults.found += units.faults(row["parameterUnit"], units.of(name), f"'{name}'")
        prior = _prior(row, files.version) if free else None
        found[name] = FitParameter(
            name, _SCALES[scale], low, high, nominal, free, role, prior, row.text("parameterUnit")
        )

    each(tables["parameter_files"], faults, read)
    return found


def _prior(row: PetabRow, version: int) -> Prior | None:
    """The prior of a row; None for one that is flat within the bounds."""
    known = _PRIORS_1 if version == 1 else _PRIORS_2
    kind, numbers = row.text("priorDistribution"), row.text("priorParameters")
    if not kind or (version == 1 and kind in ("parameterScaleUniform", "uniform") and not numbers):
        return None
    if kind not in known:
        cell, hint = row["priorDistribution"], "one of " + ", ".join(known)
        raise InputError([cell.fault("petab.prior", f"no prior {kind[:40]!r}", hint)])
    family, on_scale = known[kind]
    cell = row["priorParameters"]
    values = [v for part in numbers.split(";") if (v := read_number(part)) is not None]
    if len(values) != FAMILIES[family] or numbers.count(";") != len(values) - 1:
        raise InputError([cell.fault("petab.prior", f"{kind} needs {FAMILIES[family]} numbers")])
    spread = values[1] - values[0] if "uniform" in family else values[-1]
    if spread <= 0 or (family == "log-uniform" and values[0] <= 0):
        raise InputError([cell.fault("petab.prior", "the width of the prior is not above 0")])
    return Prior(family, tuple(values), on_scale)


@dataclass(frozen=True)
class _PetabReading:
    """One reading of the tables: rows in, what they say out, faults noted on the way."""

    files: PetabFiles
    tables: PetabTables
    faults: Faults
    words: Words

    def mapping(self) -> None:
        for row in self.tables.get("mapping_files", ()):
            if row.text("modelEntityId") not in ("", row.text("petabEntityId")):
                message = "other names for entities of the model are not supported"
                self.faults.found.append(row["petabEntityId"].fault("petab.unsupported", message))

    def conditions(self) -> dict[str, tuple[ConditionChange, ...]]:
        words, found = self.words, dict[str, tuple[ConditionChange, ...]]()

        def read(row: PetabRow) -> None:
            name = row["conditionId"].text
            already = found.setdefault(name, ())
            if "targetId" not in row.cells:  # of version 1, where a condition may change nothing
                return
            target = known_id(row["targetId"], words.settable, "quantity of the model")
            if target in words.parameters:
                message = f"'{target}' is set by a condition and stands in the parameter table"
                raise InputError([row["targetId"].fault("petab.id", message, "leave it out of one of them")])
            formula = read_formula(row["targetValue"])
            words.check(row["targetValue"], formula)
            moving = sorted(formula.symbols & (words.model - set(words.parameters)))
            if moving or "time" in formula.symbols:
                told = ", ".join(moving) or "time"
                message = f"a value that depends on the model ({told}) is not supported"
                raise InputError([row["targetValue"].fault("petab.unsupported", message)])
            if target in {c.target for c in already}:
                raise InputError([row["targetId"].fault("petab.id", f"'{target}' is set twice in '{name}'")])
            found[name] = (*already, ConditionChange(target, formula))

        each(self.tables["condition_files"], self.faults, read)
        return found

    def experiments(self, conditions: Mapping[str, tuple[ConditionChange, ...]]) -> dict[str, FitExperiment]:
        periods: dict[str, dict[float, tuple[ConditionChange, ...]]] = {}

        def read(row: PetabRow) -> None:
            name = row["experimentId"].text
            time = row["time"].number(infinite=True)
            if time == math.inf:
                raise InputError([row["time"].fault("time.value", "a period cannot start at inf")])
            changes: tuple[ConditionChange, ...] = ()
            if row.text("conditionId"):
                changes = conditions[known_id(row["conditionId"], conditions, "condition")]
            own = periods.setdefault(name, {})
            if own and time < max(own):
                message = f"the period at {time:g} comes after one at {max(own):g}"
                raise InputError([row["time"].fault("time.order", message, "sort the periods by time")])
            twice = sorted({c.target for c in own.get(time, ())} & {c.target for c in changes})
            if twice:
                message = f"'{twice[0]}' is set by two conditions of '{name}' at {time:g}"
                raise InputError([row["conditionId"].fault("petab.twice", message, "one value at a time")])
            own[time] = (*own.get(time, ()), *changes)

        each(self.tables["experiment_files"], self.faults, read)
        found = {}
        for name, own in periods.items():
            times = sorted(own)
            if times == [-math.inf]:
                message = f"experiment '{name}' only pre-equilibrates"
                self.faults.found.append(Problem("petab.unsupported", message, self.files.path.name))
                continue
            if times[0] == -math.inf and self.files.version > 1:
                own[times[1]] = _lasting(own[times[0]], own[times[1]], self.words.network)
            found[name] = FitExperiment(name, tuple(Period(t, own[t]) for t in times))
        return found

    def observables(self) -> dict[str, FitObservable]:
        words, found = self.words, dict[str, FitObservable]()
        scales = [s for s in _NOISE if s != "log10-" or self.files.version == 1]
        kinds = {f"{scale}{kind}": (scale, kind) for scale in scales for kind in ("normal", "laplace")}

        def read(row: PetabRow) -> None:
            name = new_id(row["observableId"], found)
            formula, noise = read_formula(row["observableFormula"]), read_formula(row["noiseFormula"])
            places, noise_places = _names(row, "observablePlaceholders"), _names(row, "noisePlaceholders")
            words.check(row["observableFormula"], formula, places)
            words.check(row["noiseFormula"], noise, (*noise_places, *places, name))
            kind = row.text("noiseDistribution") or "normal"
            if kind not in kinds:
                cell = row["noiseDistribution"]
                raise InputError([cell.fault("petab.noise", f"no noise {kind[:20]!r}", ", ".join(kinds))])
            if formula.plain:
                unit = words.units.of(formula.text)
                of_model = f"'{formula.text}' of the model"
                self.faults.found += words.units.faults(row["observableUnit"], unit, of_model)
            scale, shape = kinds[kind]
            observable = FitObservable(
                name, formula, noise, _NOISE[scale], "laplace" if shape == "laplace" else "normal",
                places, noise_places, row.text("observableName"), row.text("observableUnit"),
            )  # fmt: skip
            check_noise(observable, row["noiseFormula"])
            found[name] = observable

        each(self.tables["observable_files"], self.faults, read)
        return found

    def measurements(
        self, experiments: dict[str, FitExperiment], observables: Mapping[str, FitObservable]
    ) -> tuple[Measurement, ...]:
        words = self.words
        order = {name: i for i, name in enumerate(observables)}
        places: dict[str, int] = {name: i for i, name in enumerate(experiments)}
        found: list[Measurement] = []
        used: list[PetabRow] = []

        def read(row: PetabRow) -> None:
            name = known_id(row["observableId"], order, "observable")
            o, which = observables[name], row.text("experimentId")
            if which:
                known_id(row["experimentId"], experiments, "experiment")
            elif "" not in experiments:
                experiments[""] = FitExperiment("")
            self.faults.found += words.units.faults(row["timeUnit"], words.units.time, "the model's time")
            self.faults.found += words.units.faults(
                row["measurementUnit"], o.unit, f"the observable '{name}'"
            )
            filled = override_list(row, "observableParameters", o.placeholders, words, positive=False)
            noise = override_list(row, "noiseParameters", o.noise_placeholders, words, positive=True)
            check_noise(o, row["noiseParameters"], noise)
            time, value = _time(row, experiments[which].main[0].time), _value(row, o)
            place = places.setdefault(which, len(places))
            found.append(Measurement(order[name], place, time, value, filled, noise, row.text("datasetId")))
            used.append(row)

        rows = self.tables["measurement_files"]
        each(rows, self.faults, read)
        if not rows:
            message = "there is no measurement"
            self.faults.found.append(Problem("petab.empty", message, self.files.path.name))
        check_noise_values(used, tuple(observables.values()), words, self.faults, found)
        return tuple(found)

    def unused(self, formulas: Iterable[TableFormula]) -> None:
        """Note estimated parameters that no formula and no part of the model asks for."""
        asked = frozenset[str]().union(*(f.symbols for f in formulas)) | _asked_by(self.words.network)
        ruled = {r.variable for r in self.words.network.assignment_rules}
        for row in self.tables["parameter_files"]:
            p = self.words.parameters.get(row["parameterId"].text)
            if p is None or not p.estimated:
                continue
            if p.id in ruled or p.id not in asked:
                why = "is set by a rule of the model" if p.id in ruled else "is used nowhere"
                hint = "fix it (estimate 0) or leave it out"
                self.faults.found.append(row["parameterId"].fault("petab.unused", f"'{p.id}' {why}", hint))


def _asked_by(network: Network) -> set[str]:
    """Ids of the model that decide something in it: all but parameters that stand in no formula."""
    formulas = [r.rate for r in network.reactions]
    assigned = [*network.assignment_rules, *network.rate_rules, *network.initial_assignments]
    for event in network.events:
        formulas += [event.trigger, event.delay, event.priority]
        assigned += event.assignments
    found = {s.id for s in network.species} | {c.id for c in network.compartments}
    found |= {r.variable for r in network.rate_rules}
    found |= {s.conversion_factor for s in network.species if s.conversion_factor is not None}
    found |= {network.conversion_factor or ""}
    return found.union(*(symbols(f) for f in (*formulas, *(a.expression for a in assigned)) if f is not None))


def _lasting(
    before: tuple[ConditionChange, ...], now: tuple[ConditionChange, ...], network: Network
) -> tuple[ConditionChange, ...]:
    """What pre-equilibration set stays set, unless it is a state, which moves on by itself."""
    moving = {s.id for s in network.species} | {r.variable for r in network.rate_rules}
    again = {c.target for c in now}
    return (*(c for c in before if c.target not in moving | again), *now)


def _names(row: PetabRow, column: str) -> tuple[str, ...]:
    return tuple(p.strip() for p in row.text(column).split(";")) if row.text(column) else ()


def _time(row: PetabRow, start: float) -> float:
    """The time of a measurement; infinity is the steady state."""
    time = row["time"].number(infinite=True)
    if time < start:
        message = f"the time {time:g} lies before the start at {start:g}"
        raise InputError([row["time"].fault("time.order", message)])
    return time


def _value(row: PetabRow, observable: FitObservable) -> float:
    """The measured number; one that is above zero where the noise is on a logarithm."""
    value = row["measurement"].number()
    if observable.transform != "lin" and value <= 0:
        message = f"the measurement is {value:g}, its noise is on a logarithm"
        raise InputError([row["measurement"].fault("petab.log", message)])
    return value
