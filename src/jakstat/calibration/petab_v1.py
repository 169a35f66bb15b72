"""PEtab 1 problems (doi:10.1371/journal.pcbi.1008646) read into :class:`FitProblem`."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from jakstat.calibration.formula import Formula, read_formula
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
from jakstat.calibration.priors import FAMILIES, Prior
from jakstat.calibration.problem import (
    Change,
    Experiment,
    FitProblem,
    Measurement,
    Observable,
    Parameter,
    Period,
    Scale,
)
from jakstat.calibration.text_table import Row, Table, read_table
from jakstat.engine.model import Model
from jakstat.errors import InputError

__all__ = ["measured_time", "measured_value", "read_version_1"]

_SCALES: Mapping[str, Scale] = {"": "lin", "lin": "lin", "log": "log", "log10": "log10"}
_PRIORS = {
    "uniform": ("uniform", False), "normal": ("normal", False), "laplace": ("laplace", False),
    "logNormal": ("log-normal", False), "logLaplace": ("log-laplace", False),
    "parameterScaleUniform": ("uniform", True), "parameterScaleNormal": ("normal", True),
    "parameterScaleLaplace": ("laplace", True),
}  # fmt: skip
_OVERRIDE = re.compile(r"(observable|noise)Parameter(\d+)_(\w+)")


def read_version_1(files: PetabFiles, model: Model) -> FitProblem:
    """Read the tables of a PEtab 1 problem.

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
    units = ModelUnits(model.network)
    words = Words(units, _parameters(files, units, faults))
    conditions = _conditions(files, words, faults)
    observables = _observables(files, words, faults)
    faults.stop()
    experiments, measurements = _measurements(files, words, conditions, observables, faults)
    faults.stop()
    return FitProblem(
        files.path.stem, model, tuple(words.parameters.values()), tuple(observables.values()),
        experiments, measurements, inputs={"petab": 1, "files": files.key(), "model_key": model.key},
        model_file=files.models[0],
    )  # fmt: skip


def _tables(files: PetabFiles, kind: str, required: list[str]) -> list[Table]:
    return [read_table(p, required=required) for p in files.tables[kind]]


def _parameters(files: PetabFiles, units: ModelUnits, faults: Faults) -> dict[str, Parameter]:
    found: dict[str, Parameter] = {}

    def read(row: Row) -> None:
        name = new_id(row["parameterId"], found)
        scale = row.text("parameterScale")
        if scale not in _SCALES:
            cell = row["parameterScale"]
            raise InputError([cell.fault("petab.scale", f"no scale {scale[:20]!r}", "lin, log or log10")])
        estimated = row.text("estimate")
        if estimated not in ("0", "1", "0.0", "1.0"):
            raise InputError([row["estimate"].fault("petab.estimate", "0 or 1 is wanted")])
        free = estimated.startswith("1")
        low, high = bounded(row, estimated=free)
        role = role_of(row)
        if free and _SCALES[scale] != "lin" and low <= 0 and not role:
            raise InputError(
                [row["lowerBound"].fault("petab.bounds", "the bound must be above 0 on this scale")]
            )
        nominal = row["nominalValue"].number() if row.text("nominalValue") else math.nan
        if not free and math.isnan(nominal):
            raise InputError([row["nominalValue"].fault("petab.number", "a fixed parameter needs a value")])
        faults.found += units.faults(row["parameterUnit"], units.of(name), f"'{name}'")
        found[name] = Parameter(
            name, _SCALES[scale], low, high, nominal, free, role, _prior(row), row.text("parameterUnit")
        )

    required = ["parameterId", "parameterScale", "lowerBound", "upperBound", "nominalValue", "estimate"]
    for table in _tables(files, "parameter_files", required):
        each(table.rows, faults, read)
    return found


def _prior(row: Row) -> Prior | None:
    kind = row.text("objectivePriorType")
    numbers = row.text("objectivePriorParameters")
    if not kind or (kind == "parameterScaleUniform" and not numbers):
        return None
    if kind not in _PRIORS:
        cell = row["objectivePriorType"]
        raise InputError(
            [cell.fault("petab.prior", f"no prior {kind[:40]!r}", "one of " + ", ".join(_PRIORS))]
        )
    family, on_scale = _PRIORS[kind]
    cell = row["objectivePriorParameters"]
    try:
        values = tuple(float(n) for n in numbers.split(";"))
    except ValueError:
        values = ()
    if len(values) != FAMILIES[family] or not all(math.isfinite(v) for v in values):
        raise InputError([cell.fault("petab.prior", f"{kind} needs {FAMILIES[family]} numbers")])
    spread = values[1] - values[0] if family == "uniform" else values[1]
    if spread <= 0:
        raise InputError([cell.fault("petab.prior", "the width of the prior is not above 0")])
    return Prior(family, values, on_scale)


def _conditions(files: PetabFiles, words: Words, faults: Faults) -> dict[str, tuple[Change, ...]]:
    found: dict[str, tuple[Change, ...]] = {}
    for table in _tables(files, "condition_files", ["conditionId"]):
        targets = [c for c in table.columns if c and c not in ("conditionId", "conditionName")]
        for name in targets:
            with faults.noting():
                known_id(table.head(name), words.settable, "quantity of the model")

        def read(row: Row, targets: list[str] = targets) -> None:
            name = new_id(row["conditionId"], found)
            changes = []
            for target in targets:
                if row.text(target):
                    formula = read_formula(row[target])
                    words.check(row[target], formula)
                    changes.append(Change(target, formula))
            found[name] = tuple(changes)

        each(table.rows, faults, read)
    return found


def _observables(files: PetabFiles, words: Words, faults: Faults) -> dict[str, Observable]:
    found: dict[str, Observable] = {}

    def read(row: Row) -> None:
        name = new_id(row["observableId"], found)
        formula, noise = read_formula(row["observableFormula"]), read_formula(row["noiseFormula"])
        places = _placeholders("observable", name, formula)
        noise_places = _placeholders("noise", name, noise)
        words.check(row["observableFormula"], formula, places)
        words.check(row["noiseFormula"], noise, (*noise_places, *places, name))
        transform, kind = row.text("observableTransformation"), row.text("noiseDistribution") or "normal"
        if transform not in _SCALES:
            cell = row["observableTransformation"]
            raise InputError([cell.fault("petab.scale", f"no transformation {transform[:20]!r}")])
        if kind not in ("normal", "laplace"):
            cell = row["noiseDistribution"]
            raise InputError([cell.fault("petab.noise", f"no noise {kind[:20]!r}", "normal or laplace")])
        if formula.plain:
            unit = words.units.of(formula.text)
            faults.found += words.units.faults(row["observableUnit"], unit, f"'{formula.text}' of the model")
        observable = Observable(
            name, formula, noise, _SCALES[transform], "laplace" if kind == "laplace" else "normal",
            places, noise_places, row.text("observableName"), row.text("observableUnit"),
        )  # fmt: skip
        check_noise(observable, row["noiseFormula"])
        found[name] = observable

    for table in _tables(files, "observable_files", ["observableId", "observableFormula", "noiseFormula"]):
        each(table.rows, faults, read)
    return found


def _placeholders(kind: str, name: str, formula: Formula) -> tuple[str, ...]:
    numbers = [
        int(m[2]) for s in formula.symbols if (m := _OVERRIDE.fullmatch(s)) and m[1] == kind and m[3] == name
    ]
    return tuple(f"{kind}Parameter{n}_{name}" for n in range(1, max(numbers, default=0) + 1))


def _measurements(
    files: PetabFiles,
    words: Words,
    conditions: Mapping[str, tuple[Change, ...]],
    observables: Mapping[str, Observable],
    faults: Faults,
) -> tuple[tuple[Experiment, ...], tuple[Measurement, ...]]:
    order = {name: i for i, name in enumerate(observables)}
    experiments: dict[tuple[str, str], int] = {}
    found: list[Measurement] = []
    used: list[Row] = []

    def read(row: Row) -> None:
        name = known_id(row["observableId"], order, "observable")
        o = observables[name]
        before = row.text("preequilibrationConditionId")
        if before:
            known_id(row["preequilibrationConditionId"], conditions, "condition")
        now = known_id(row["simulationConditionId"], conditions, "condition")
        faults.found += words.units.faults(row["timeUnit"], words.units.time, "the model's time")
        faults.found += words.units.faults(row["measurementUnit"], o.unit, f"the observable '{name}'")
        found.append(
            Measurement(
                order[name],
                experiments.setdefault((before, now), len(experiments)),
                measured_time(row),
                measured_value(row, o),
                override_list(row, "observableParameters", o.placeholders, words, positive=False),
                override_list(row, "noiseParameters", o.noise_placeholders, words, positive=True),
                row.text("datasetId"),
            )
        )
        used.append(row)

    required = ["observableId", "simulationConditionId", "measurement", "time"]
    for table in _tables(files, "measurement_files", required):
        each(table.rows, faults, read)
        check_noise_values(table, used, tuple(observables.values()), words, faults, found)
    made = []
    for before, now in experiments:
        start = (Period(-math.inf, conditions[before]),) if before else ()
        made.append(Experiment(f"{before}__{now}" if before else now, (*start, Period(0.0, conditions[now]))))
    return tuple(made), tuple(found)


def measured_time(row: Row, start: float = 0.0) -> float:
    """The time of a measurement; infinity is the steady state.

    Raises
    ------
    InputError
        ``time.order`` when it lies before the start.
    """
    time = row["time"].number(finite=False)
    if time < start:
        message = f"the time {time:g} lies before the start at {start:g}"
        raise InputError([row["time"].fault("time.order", message)])
    return time


def measured_value(row: Row, observable: Observable) -> float:
    """The measured number.

    Raises
    ------
    InputError
        ``petab.number``; ``petab.log`` when it has no logarithm and needs one.
    """
    value = row["measurement"].number()
    if observable.transform != "lin" and value <= 0:
        message = f"the measurement is {value:g}, its noise is on a logarithm"
        raise InputError([row["measurement"].fault("petab.log", message)])
    return value
