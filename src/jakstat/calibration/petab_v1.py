"""A PEtab 1 problem (doi:10.1371/journal.pcbi.1008646) in the shapes of PEtab 2.

Conditions become one row for each change, pairs of conditions become experiments, numbered placeholders
are named, and the transformation of an observable becomes its distribution. What PEtab 2 has no word for
keeps its own: ``log10-normal`` and ``log10-laplace`` noise, and priors on the scale of the search.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Literal

from jakstat.calibration.petab_cells import Faults, new_id
from jakstat.calibration.petab_files import PetabFiles
from jakstat.calibration.petab_tables import PetabRow, PetabTables, read_rows
from jakstat.errors import InputError
from jakstat.tables import TableCell

__all__ = ["tables_of_version_1"]

_TRANSFORMS = {"": "", "lin": "", "log": "log-", "log10": "log10-"}
_REQUIRED = {
    "parameter_files": [
        "parameterId", "parameterScale", "lowerBound", "upperBound", "nominalValue", "estimate",
    ],
    "condition_files": ["conditionId"],
    "observable_files": ["observableId", "observableFormula", "noiseFormula"],
    "measurement_files": ["observableId", "simulationConditionId", "measurement", "time"],
}  # fmt: skip


def tables_of_version_1(files: PetabFiles, faults: Faults) -> PetabTables:
    """The tables of a problem of version 1 as those of version 2.

    Raises
    ------
    InputError
        What is wrong with the form of a table.
    """
    read = {kind: read_rows(files.tables[kind], required) for kind, required in _REQUIRED.items()}
    experiments, measured = _experiments(read["measurement_files"], faults)
    return {
        "parameter_files": tuple(_parameter(row) for row in read["parameter_files"]),
        "condition_files": tuple(_conditions(read["condition_files"], faults)),
        "observable_files": tuple(_observables(read["observable_files"], faults)),
        "experiment_files": tuple(experiments),
        "measurement_files": tuple(measured),
    }


def _parameter(row: PetabRow) -> PetabRow:
    scale, estimate = row["parameterScale"], row["estimate"]
    return row.changed(
        parameterScale=replace(scale, text=row.text("parameterScale") or "lin"),
        estimate=replace(estimate, text=estimate.text.removesuffix(".0")),
        priorDistribution=row["objectivePriorType"],
        priorParameters=row["objectivePriorParameters"],
    )


def _conditions(rows: tuple[PetabRow, ...], faults: Faults) -> list[PetabRow]:
    """One row for each change; a condition that changes nothing has a row without a target."""
    found: list[PetabRow] = []
    names: set[str] = set()
    for row in rows:
        with faults.noting():
            names.add(new_id(row["conditionId"], names))
        targets = [n for n in row.cells if n not in ("conditionId", "conditionName") and row.text(n)]
        for name in targets:
            target = replace(row[name], text=name, line=row.head_line)
            cells = {"conditionId": row["conditionId"], "targetId": target, "targetValue": row[name]}
            found.append(PetabRow(row.file, row.line, cells))
        if not targets:
            found.append(PetabRow(row.file, row.line, {"conditionId": row["conditionId"]}))
    return found


def _observables(rows: tuple[PetabRow, ...], faults: Faults) -> list[PetabRow]:
    found = []
    for row in rows:
        with faults.noting():
            transform = row.text("observableTransformation")
            if transform not in _TRANSFORMS:
                cell = row["observableTransformation"]
                raise InputError([cell.fault("petab.scale", f"no transformation {transform[:20]!r}")])
            cell = row["noiseDistribution"]
            kind = _TRANSFORMS[transform] + (row.text("noiseDistribution") or "normal")
            found.append(
                row.changed(
                    noiseDistribution=replace(cell, text=kind),
                    observablePlaceholders=_placeholders("observable", row),
                    noisePlaceholders=_placeholders("noise", row),
                )
            )
    return found


def _placeholders(kind: Literal["observable", "noise"], row: PetabRow) -> TableCell:
    """The numbered placeholders of a formula, from the first one on."""
    cell, name = row[f"{kind}Formula"], row["observableId"].text
    pattern = rf"(?<!\w){kind}Parameter([0-9]{{1,6}})_{re.escape(name)}(?!\w)"
    last = max((int(n) for n in re.findall(pattern, cell.text)), default=0)
    # a gap up to the last number is found when the measurements are read; it makes no list without end
    numbers = range(1, min(last, len(cell.text)) + 1)
    return replace(cell, text=";".join(f"{kind}Parameter{n}_{name}" for n in numbers))


def _experiments(rows: tuple[PetabRow, ...], faults: Faults) -> tuple[list[PetabRow], list[PetabRow]]:
    """Rows of an experiment for each pair of conditions, and the measurements that name them."""
    names: dict[tuple[str, str], str] = {}
    periods: list[PetabRow] = []
    measured: list[PetabRow] = []
    for row in rows:
        before, now = row["preequilibrationConditionId"], row["simulationConditionId"]
        pair = (row.text("preequilibrationConditionId"), row.text("simulationConditionId"))
        if not pair[1]:
            faults.found.append(now.fault("petab.id", "there is no condition"))
            continue
        if pair not in names:
            name = "__".join(part for part in pair if part)
            while name in names.values():
                name += "_"
            names[pair] = name
            experiment = replace(now, text=name)
            for condition, time in ((before, "-inf"), (now, "0")):
                if condition is now or pair[0]:
                    cells = {"experimentId": experiment, "time": replace(now, text=time)}
                    periods.append(PetabRow(row.file, row.line, {**cells, "conditionId": condition}))
        measured.append(row.changed(experimentId=replace(now, text=names[pair])))
    return periods, measured
