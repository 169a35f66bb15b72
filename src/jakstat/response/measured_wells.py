"""Files of measured dose-response curves, and frames of Python: one row for each well."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from jakstat.errors import InputError, Problem
from jakstat.spreadsheets import read_in_words, read_spreadsheet, table_of
from jakstat.tables import Table, TableLine
from jakstat.units import Kind, convert, kind_of, usual_unit

__all__ = ["MeasuredWell", "WellTable", "read_wells"]

_FIELD = "--data"
_MOST_PROBLEMS = 30
_COLUMNS = ("dose", "response")
_SECOND_DRUG = re.compile(r"'(drug|dose|conc)[ _]?(b|2)\b", re.IGNORECASE)
_REPLICATE = re.compile(
    r"(?i)(rep(licate)?|response|viability|value|signal|read|y|r|n|well)[ _.:-]?[0-9]{1,2}"
)
_NAMES = {
    "dose": ("conc", "concentration", "drug concentration", "drug dose"),
    "response": ("viability", "percent viability", "signal", "value", "rlu", "rfu", "od", "absorbance",
                 "luminescence", "fluorescence", "count", "counts", "cell count", "cell number"),
    "dose_unit": ("unit", "units", "dose units", "conc unit", "concentration unit", "concentration units"),
    "replicate": ("rep", "repeat", "technical replicate"),
    "drug": ("compound", "inhibitor", "agent", "drug name", "substance"),
    "cell": ("cell line", "cells", "line", "context"),
    "plate": ("plate id", "plate name", "batch", "run", "experiment"),
    "role": ("type", "well type", "sample type", "content", "control type"),
    "time0": ("t0", "time zero", "day 0", "count time0", "cell count time0", "time 0", "counts time0"),
    "control": ("cell count ctrl", "count control", "control count"),
    "exclude": ("excluded", "left out", "omit", "outlier"),
}  # fmt: skip
_ROLES = {
    "sample": ("", "sample", "treated", "drug", "test", "compound", "unknown"),
    "negative": ("negative", "negative control", "neg", "neg control", "vehicle", "vehicle control", "dmso",
                 "untreated", "control", "no drug", "100%", "high control"),
    "positive": ("positive", "positive control", "pos", "pos control", "blank", "background", "no cells",
                 "kill", "medium", "medium only", "dead", "0%", "low control"),
    "time0": ("time0", "t0", "time zero", "day 0"),
}  # fmt: skip
_YES, _NO = ("yes", "y", "true", "1", "x"), ("", "no", "n", "false", "0")


@dataclass(frozen=True, slots=True)
class MeasuredWell:
    """One well: what was in it and what was read; ``time0`` and ``control`` are counts that its row tells."""

    line: int
    drug: str
    cell: str
    plate: str
    role: str
    dose: float
    unit: str
    response: float
    time0: float = math.nan
    control: float = math.nan


@dataclass(frozen=True)
class WellTable:
    """What a file holds: its wells, and how it was read.

    ``left_out`` counts the wells that have no response or are marked to be left out.
    """

    file: str
    key: str
    wells: tuple[MeasuredWell, ...]
    response_unit: str
    left_out: int
    notes: tuple[str, ...]


def read_wells(
    data: object, *, name: str = "data", unit: str | None = None, drug: str = "", cell: str = "",
    sheet: str | None = None,
) -> WellTable:  # fmt: skip
    """Read a table of wells.

    Parameters
    ----------
    data : str, Path, DataFrame, or rows
        Columns dose, response, a unit; if there drug, cell, plate, replicate, role, time0, control, exclude.
    name : str
        Stands for the file of what is no file.
    unit, drug, cell : str
        Where the file does not say.
    sheet : str, optional
        Of a workbook.

    Raises
    ------
    InputError
        ``unit.missing``, ``unit.clash``, ``dose.negative``, ``wells.role``, ``table.number`` and what reading
        a table raises.

    Examples
    --------
    >>> found = read_wells([{"Conc (nM)": 10, "viability": 93.5, "Compound": "ruxolitinib"}])
    >>> found.wells[0].drug, found.wells[0].dose, found.wells[0].unit, found.wells[0].response
    ('ruxolitinib', 10.0, 'nM', 93.5)
    """
    tables = _tables(data, name, sheet)
    table = tables[0]
    problems: list[Problem] = []
    wells: list[MeasuredWell] = []
    left_out = 0
    for place, replicate in itertools.product(range(len(table.lines)), tables):
        try:
            well = _well(replicate, replicate.lines[place], unit, drug, cell)
        except InputError as error:
            problems += error.problems
            continue
        if well is None:
            left_out += 1
        else:
            wells.append(well)
    problems += _idle(table, unit, drug)
    if not problems:
        wells, problems = _in_one_unit(wells, table.file)
    if not problems and not wells:
        hint = "fill the column response with one number for each well"
        problems.append(Problem("table.empty", "no row has a response", table.file, hint=hint))
    if problems:
        raise InputError(_once(problems)[:_MOST_PROBLEMS])
    return WellTable(
        table.file, table.key, tuple(wells), table.units.get("response", ""), left_out,
        (read_in_words(table),),
    )  # fmt: skip


def _tables(data: object, name: str, sheet: str | None) -> list[Table]:
    """The table, once for each column of responses: replicates may stand beside each other."""
    table = _table(data, name, sheet, _COLUMNS)
    if not table.problems:
        return [table]
    lacking = [p.message.partition(";")[0] for p in table.problems if p.code == "table.columns"]
    if any("response" in said for said in lacking) and not any("dose" in said for said in lacking):
        wide = _table(data, name, sheet, _COLUMNS[:1])
        beside = [c for c in wide.columns if _REPLICATE.fullmatch(c)]
        if not wide.problems and len(beside) > 1:
            said = f"replicates in {len(beside)} columns, {beside[0]} to {beside[-1]}"
            return [_taken(replace(wide, notes=(*wide.notes, said)), column) for column in beside]
    pair = next((p for p in table.problems if _SECOND_DRUG.search(p.message)), None)
    if pair is not None:
        raise InputError([replace(pair, hint="a table of two drugs is for jakstat combine --data")])
    hint = _heading_hint(lacking, table.columns)
    raise InputError(
        replace(p, hint="; ".join(filter(None, [hint, p.hint])))
        if p.code == "table.columns" and p.message.startswith("there is no column")
        else p
        for p in table.problems
    )


def _heading_hint(lacking: Sequence[str], columns: Sequence[str]) -> str:
    """What to do about a column that is not there, by what the others are called."""
    heads = [c.casefold() for c in columns]
    if not any("dose" in said for said in lacking):
        return (
            "call the measured numbers response, one row for each well, or rep1, rep2, ... beside each other"
        )
    if any("log" in head for head in heads):
        return "give the doses themselves and not their logarithms, e.g. with the heading 'dose (nM)'"
    return "one row for each well, with headings such as drug, dose (nM), response"


def _table(data: object, name: str, sheet: str | None, columns: tuple[str, ...]) -> Table:
    names = {n: column for column, more in _NAMES.items() for n in (column, *more)}
    if isinstance(data, str | Path):
        return read_spreadsheet(data, field=_FIELD, columns=columns, names=names, sheet=sheet)
    return table_of(data, name=name, columns=columns, names=names)


def _taken(table: Table, column: str) -> Table:
    """The table with one of its columns as the response."""
    lines = tuple(TableLine(one.number, {**one.cells, "response": one.cells[column]}) for one in table.lines)
    place = table.head(column).column
    unit = {"response": table.units[column]} if column in table.units else {}
    return replace(
        table, lines=lines, units={**table.units, **unit}, _places={**table._places, "response": place}
    )


def _once(problems: list[Problem]) -> list[Problem]:
    """A fault that many rows share is told once."""
    met: dict[tuple[object, ...], list[Problem]] = {}
    for one in problems:
        met.setdefault((one.code, one.message, one.column, one.field), []).append(one)
    return [
        same[0] if len(same) == 1 else replace(same[0], message=f"{same[0].message} (so in {len(same)} rows)")
        for same in met.values()
    ]


def _well(table: Table, line: TableLine, unit: str | None, drug: str, cell: str) -> MeasuredWell | None:
    """One row; None when it has no response or is to be left out."""

    def text(column: str) -> str:
        found = table.cell(line, column)
        return "" if found.missing else " ".join(found.text.split())

    def number(column: str) -> float:
        found = table.cell(line, column)
        return math.nan if found.missing else found.number()

    role = _role(table, line)
    excluded = table.cell(line, "exclude").text.casefold()
    if excluded not in (*_YES, *_NO):
        hint = "write yes, or leave the cell empty"
        raise InputError(
            [table.cell(line, "exclude").fault("wells.exclude", f"{excluded[:40]!r} is no yes or no", hint)]
        )
    response = number("response")
    dose = number("dose")
    if math.isnan(response) or excluded in _YES:
        return None
    if role == "sample" and math.isnan(dose):
        hint = "give 0 for wells without drug, or name the well's role: negative, positive, time0"
        raise InputError([table.cell(line, "dose").fault("table.number", "the well has no dose", hint)])
    if dose < 0:
        hint = "give concentrations, not their logarithms: -7 is 1e-7 M or 100 nM; wells without drug have 0"
        raise InputError(
            [table.cell(line, "dose").fault("dose.negative", f"the dose {dose:g} is below 0", hint)]
        )
    told = usual_unit(text("dose_unit") or table.units.get("dose", "") or (unit or ""))
    if dose > 0 and role == "sample":
        _check_unit(table, line, told)
    for column in ("time0", "control"):
        if number(column) <= 0:
            hint = "give the cells counted (or a signal in proportion to them)"
            raise InputError([table.cell(line, column).fault("wells.count", "a count is not above 0", hint)])
    return MeasuredWell(
        line.number, text("drug") or drug, text("cell") or cell, text("plate"), role, dose,
        told, response, number("time0"), number("control"),
    )  # fmt: skip


def _idle(table: Table, unit: str | None, drug: str) -> list[Problem]:
    """Options that say what the file says itself."""
    found = []
    if unit and (table.units.get("dose") or all(table.cell(x, "dose_unit").text for x in table.lines)):
        message = "the file has units of its own, so --unit does nothing"
        found.append(Problem("option.alone", message, table.file, field="--unit", hint="leave it out"))
    if drug and table.lines and all(table.cell(x, "drug").text for x in table.lines):
        message = "the file names its drugs, so --drug does nothing"
        found.append(Problem("option.alone", message, table.file, field="--drug", hint="leave it out"))
    return found


def _role(table: Table, line: TableLine) -> str:
    found = table.cell(line, "role")
    said = " ".join(found.text.replace("_", " ").replace("-", " ").split()).casefold()
    for role, words in _ROLES.items():
        if said in words:
            return role
    hint = "roles: sample, negative (vehicle, 100 %), positive (blank or kill, 0 %), time0"
    raise InputError([found.fault("wells.role", f"{found.text[:40]!r} is no role of a well", hint)])


def _check_unit(table: Table, line: TableLine, unit: str) -> None:
    column = "dose_unit" if "dose_unit" in table.columns else "dose"
    if not unit:
        hint = "add a column dose_unit, write the heading as 'dose (nM)', or give --unit nM"
        raise InputError([table.cell(line, column).fault("unit.missing", "the dose has no unit", hint)])
    kind = kind_of(unit)
    if kind is None:
        hint = "e.g. nM, uM, ng/ml"
        raise InputError(
            [table.cell(line, column).fault("unit.unknown", f"unknown unit {unit[:40]!r}", hint)]
        )
    if kind not in (Kind.MOLAR, Kind.MASS_CONCENTRATION):
        hint = "allowed: pM, nM, uM, mM, M or pg/ml, ng/ml, ug/ml"
        raise InputError(
            [
                table.cell(line, column).fault(
                    "unit.clash", f"{unit} is {kind.value}, not a concentration", hint
                )
            ]
        )


def _in_one_unit(wells: Iterable[MeasuredWell], file: str) -> tuple[list[MeasuredWell], list[Problem]]:
    """The doses of each drug in the unit of its first well; molar and mass concentrations do not mix."""
    first: dict[str, str] = {}
    made: list[MeasuredWell] = []
    wrong: dict[str, Problem] = {}
    for well in wells:
        if not well.dose > 0 or not well.unit:
            made.append(well)
            continue
        wanted = first.setdefault(well.drug, well.unit)
        if kind_of(wanted) is not kind_of(well.unit):
            message = f"{well.drug or 'the drug'} has doses in {wanted} and in {well.unit}"
            hint = "give all of them as molar concentrations, or all as masses per volume"
            wrong.setdefault(well.drug, Problem("unit.clash", message, file, well.line, hint=hint))
            continue
        # 0.003 uM is 3 nM and no other dose than that
        dose = well.dose if wanted == well.unit else float(f"{convert(well.dose, well.unit, wanted):.12g}")
        made.append(replace(well, dose=dose, unit=wanted))
    return [replace(w, unit=first.get(w.drug, w.unit)) for w in made], list(wrong.values())
