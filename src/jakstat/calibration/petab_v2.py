"""PEtab 2 problems (https://petab.readthedocs.io/en/latest/v2/) read into :class:`FitProblem`."""

from __future__ import annotations

import math
from collections.abc import Mapping

from jakstat.calibration.formula import read_formula
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
from jakstat.calibration.petab_v1 import measured_time, measured_value
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
from jakstat.errors import InputError, Problem

__all__ = ["read_version_2"]

_TRUTH = {"true": True, "false": False, "1": True, "0": False}
_SCALES: Mapping[str, Scale] = {"lin": "lin", "log": "log", "log10": "log10"}


def read_version_2(files: PetabFiles, model: Model) -> FitProblem:
    """Read the tables of a PEtab 2 problem.

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
    for table in _tables(files, "mapping_files", ["petabEntityId", "modelEntityId"]):
        for row in table.rows:
            if row.text("modelEntityId") not in ("", row.text("petabEntityId")):
                message = "other names for entities of the model are not supported"
                faults.found.append(row["petabEntityId"].fault("petab.unsupported", message))
    units = ModelUnits(model.network)
    words = Words(units, _parameters(files, units, faults))
    conditions = _conditions(files, words, faults)
    experiments = _experiments(files, conditions, words, faults)
    observables = _observables(files, words, faults)
    faults.stop()
    measurements = _measurements(files, words, experiments, observables, faults)
    faults.stop()
    return FitProblem(
        files.path.stem, model, tuple(words.parameters.values()), tuple(observables.values()),
        tuple(experiments.values()), measurements,
        inputs={"petab": 2, "files": files.key(), "model_key": model.key},
        model_file=files.models[0],
    )  # fmt: skip


def _tables(files: PetabFiles, kind: str, required: list[str]) -> list[Table]:
    return [read_table(p, required=required) for p in files.tables[kind]]


def _parameters(files: PetabFiles, units: ModelUnits, faults: Faults) -> dict[str, Parameter]:
    found: dict[str, Parameter] = {}

    def read(row: Row) -> None:
        name = new_id(row["parameterId"], found)
        estimate = row.text("estimate").lower()
        if estimate not in _TRUTH:
            raise InputError([row["estimate"].fault("petab.estimate", "true or false is wanted")])
        free = _TRUTH[estimate]
        low, high = bounded(row, estimated=free)
        scale = row.text("parameterScale") or ("log10" if low > 0 else "lin")
        if scale not in _SCALES or (scale != "lin" and low <= 0 and free):
            raise InputError(
                [row["parameterScale"].fault("petab.scale", f"the scale {scale!r} does not fit")]
            )
        nominal = row["nominalValue"].number() if row.text("nominalValue") else math.nan
        if not free and math.isnan(nominal):
            raise InputError([row["nominalValue"].fault("petab.number", "a fixed parameter needs a value")])
        faults.found += units.faults(row["parameterUnit"], units.of(name), f"'{name}'")
        found[name] = Parameter(
            name, _SCALES[scale], low, high, nominal, free, role_of(row), _prior(row, free),
            row.text("parameterUnit"),
        )  # fmt: skip

    required = ["parameterId", "lowerBound", "upperBound", "nominalValue", "estimate"]
    for table in _tables(files, "parameter_files", required):
        each(table.rows, faults, read)
    return found


def _prior(row: Row, free: bool) -> Prior | None:
    kind = row.text("priorDistribution")
    if not kind or not free:
        return None
    if kind not in FAMILIES:
        cell = row["priorDistribution"]
        raise InputError(
            [cell.fault("petab.prior", f"no prior {kind[:40]!r}", "one of " + ", ".join(FAMILIES))]
        )
    cell = row["priorParameters"]
    try:
        values = tuple(float(n) for n in row.text("priorParameters").split(";"))
    except ValueError:
        values = ()
    if len(values) != FAMILIES[kind] or not all(math.isfinite(v) for v in values):
        raise InputError([cell.fault("petab.prior", f"{kind} needs {FAMILIES[kind]} numbers")])
    spread = values[1] - values[0] if "uniform" in kind else values[-1]
    if spread <= 0 or (kind == "log-uniform" and values[0] <= 0):
        raise InputError([cell.fault("petab.prior", "the width of the prior is not above 0")])
    return Prior(kind, values)


def _conditions(files: PetabFiles, words: Words, faults: Faults) -> dict[str, tuple[Change, ...]]:
    found: dict[str, tuple[Change, ...]] = {}

    def read(row: Row) -> None:
        name = row["conditionId"].text
        target = known_id(row["targetId"], words.settable, "quantity of the model")
        formula = read_formula(row["targetValue"])
        words.check(row["targetValue"], formula)
        moving = sorted(formula.symbols & (words.model - set(words.parameters)))
        if moving or "time" in formula.symbols:
            message = f"a value that depends on the model ({', '.join(moving) or 'time'}) is not supported"
            raise InputError([row["targetValue"].fault("petab.unsupported", message)])
        if target in {c.target for c in found.get(name, ())}:
            raise InputError([row["targetId"].fault("petab.id", f"'{target}' is set twice in '{name}'")])
        found[name] = (*found.get(name, ()), Change(target, formula))

    for table in _tables(files, "condition_files", ["conditionId", "targetId", "targetValue"]):
        each(table.rows, faults, read)
    return found


def _experiments(
    files: PetabFiles, conditions: Mapping[str, tuple[Change, ...]], words: Words, faults: Faults
) -> dict[str, Experiment]:
    periods: dict[str, dict[float, tuple[Change, ...]]] = {}

    def read(row: Row) -> None:
        name = row["experimentId"].text
        time = row["time"].number(finite=False)
        if time == math.inf:
            raise InputError([row["time"].fault("time.value", "a period cannot start at inf")])
        changes: tuple[Change, ...] = ()
        if row.text("conditionId"):
            changes = conditions[known_id(row["conditionId"], conditions, "condition")]
        own = periods.setdefault(name, {})
        if own and time < max(own):
            message = f"the period at {time:g} comes after one at {max(own):g}"
            raise InputError([row["time"].fault("time.order", message, "sort the periods by time")])
        own[time] = (*own.get(time, ()), *changes)

    for table in _tables(files, "experiment_files", ["experimentId", "time", "conditionId"]):
        each(table.rows, faults, read)
    found = {}
    for name, own in periods.items():
        times = sorted(own)
        if times == [-math.inf]:
            faults.found.append(
                Problem("petab.unsupported", f"experiment '{name}' only pre-equilibrates", files.path.name)
            )
            continue
        if times[0] == -math.inf:
            own[times[1]] = _lasting(own[times[0]], own[times[1]], words)
        found[name] = Experiment(name, tuple(Period(t, own[t]) for t in times))
    return found


def _lasting(before: tuple[Change, ...], now: tuple[Change, ...], words: Words) -> tuple[Change, ...]:
    """What pre-equilibration set stays set, unless it is a state, which moves on by itself."""
    network = words.network
    moving = {s.id for s in network.species} | {r.variable for r in network.rate_rules}
    again = {c.target for c in now}
    return (*(c for c in before if c.target not in moving | again), *now)


def _observables(files: PetabFiles, words: Words, faults: Faults) -> dict[str, Observable]:
    found: dict[str, Observable] = {}

    def read(row: Row) -> None:
        name = new_id(row["observableId"], found)
        formula, noise = read_formula(row["observableFormula"]), read_formula(row["noiseFormula"])
        places, noise_places = _names(row, "observablePlaceholders"), _names(row, "noisePlaceholders")
        words.check(row["observableFormula"], formula, places)
        words.check(row["noiseFormula"], noise, (*noise_places, *places, name))
        kind = row.text("noiseDistribution") or "normal"
        if kind not in ("normal", "laplace", "log-normal", "log-laplace"):
            cell, hint = row["noiseDistribution"], "normal, laplace, log-normal or log-laplace"
            raise InputError([cell.fault("petab.noise", f"no noise {kind[:20]!r}", hint)])
        if formula.plain:
            unit = words.units.of(formula.text)
            faults.found += words.units.faults(row["observableUnit"], unit, f"'{formula.text}' of the model")
        observable = Observable(
            name, formula, noise, "log" if kind.startswith("log-") else "lin",
            "laplace" if kind.endswith("laplace") else "normal", places, noise_places,
            row.text("observableName"), row.text("observableUnit"),
        )  # fmt: skip
        check_noise(observable, row["noiseFormula"])
        found[name] = observable

    for table in _tables(files, "observable_files", ["observableId", "observableFormula", "noiseFormula"]):
        each(table.rows, faults, read)
    return found


def _names(row: Row, column: str) -> tuple[str, ...]:
    return tuple(p.strip() for p in row.text(column).split(";")) if row.text(column) else ()


def _measurements(
    files: PetabFiles,
    words: Words,
    experiments: dict[str, Experiment],
    observables: Mapping[str, Observable],
    faults: Faults,
) -> tuple[Measurement, ...]:
    order = {name: i for i, name in enumerate(observables)}
    found: list[Measurement] = []
    used: list[Row] = []

    def read(row: Row) -> None:
        name = known_id(row["observableId"], order, "observable")
        o = observables[name]
        if row.text("experimentId"):
            known_id(row["experimentId"], experiments, "experiment")
        elif "" not in experiments:
            experiments[""] = Experiment("")
        which = row.text("experimentId")
        faults.found += words.units.faults(row["timeUnit"], words.units.time, "the model's time")
        faults.found += words.units.faults(row["measurementUnit"], o.unit, f"the observable '{name}'")
        found.append(
            Measurement(
                order[name],
                list(experiments).index(which),
                measured_time(row, experiments[which].main[0].time),
                measured_value(row, o),
                override_list(row, "observableParameters", o.placeholders, words, positive=False),
                override_list(row, "noiseParameters", o.noise_placeholders, words, positive=True),
                row.text("datasetId"),
            )
        )
        used.append(row)

    required = ["observableId", "experimentId", "measurement", "time"]
    for table in _tables(files, "measurement_files", required):
        each(table.rows, faults, read)
        check_noise_values(table, used, tuple(observables.values()), words, faults, found)
    return tuple(found)
