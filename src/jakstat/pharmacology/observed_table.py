"""A table of measured concentrations before its rows have a meaning: headings, lines left out, no header.

A NONMEM data set and a plain spreadsheet (subject, time, concentration, dose) are read alike, by
:mod:`jakstat.spreadsheets`; a heading is any of the names that people use. IGNORE works as in NONMEM's
``$DATA``: a character marks lines, ``@`` those that begin with a letter, and a list drops records by what
they hold. ``columns`` names the columns of a file without header, as ``$INPUT`` does.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from jakstat.errors import Problem, problem
from jakstat.grids import read_grid
from jakstat.numbers import read_number
from jakstat.spreadsheets import read_spreadsheet, table_of
from jakstat.tables import Table, TableLine

__all__ = ["COVARIATE_NAMES", "is_event_table", "observed_table"]

_NAMES: dict[str, tuple[str, ...]] = {
    "ID": ("id", "#id", "subject", "subject id", "subj", "patient", "patient id", "animal", "animal id",
           "usubjid", "nmid"),
    "TIME": ("time", "t", "hours", "time after dose", "tad", "time since dose", "actual time",
             "sampling time"),
    "DV": ("dv", "conc", "concentration", "cp", "cobs", "plasma concentration", "plasma conc",
           "drug concentration",
           "pcstresn", "aval"),
    "DOSE": ("dose", "dose amount"),
    "AMT": ("amt", "amount"),
    "RATE": ("rate",),
    "DUR": ("dur", "duration", "infusion duration", "infusion time", "tinf"),
    "ADDL": ("addl",),
    "II": ("ii", "tau", "interval", "dosing interval"),
    "SS": ("ss", "steady state"),
    "CMT": ("cmt", "compartment"),
    "EVID": ("evid",),
    "MDV": ("mdv",),
    "DVID": ("dvid",),
    "BLQ": ("blq", "bql", "bloq", "cens", "censored", "below", "blqfl", "blq flag"),
    "LLOQ": ("lloq", "loq", "lower limit of quantification"),
    "ROUTE": ("route", "adm", "route of administration"),
    "OCC": ("occ", "occasion", "period"),
    "DATE": ("date",), "DAT1": ("dat1",), "DAT2": ("dat2",), "DAT3": ("dat3",),
}  # fmt: skip
COVARIATE_NAMES: Mapping[str, tuple[str, ...]] = {
    "weight": ("weight", "wt", "bw", "body weight", "bwt", "wgt"),
    "height": ("height", "ht", "hgt"),
    "BSA": ("bsa", "body surface area"),
    "albumin": ("albumin", "alb"),
    "IL6": ("il6", "il-6"),
    "CRP": ("crp",),
    "female": ("female",),
}
"""Covariates that models know, and the headings that mean them."""

_EVENTS = ("AMT", "EVID", "MDV")
_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "EQ": operator.eq, "EQN": operator.eq, "==": operator.eq, "=": operator.eq,
    "NE": operator.ne, "NEN": operator.ne, "/=": operator.ne, "!=": operator.ne,
    "GT": operator.gt, ">": operator.gt, "GE": operator.ge, ">=": operator.ge,
    "LT": operator.lt, "<": operator.lt, "LE": operator.le, "<=": operator.le,
}  # fmt: skip
_CONDITION = re.compile(
    r"\s*([A-Za-z_]\w*)\s*(?:\.(EQN|NEN|EQ|NE|GT|GE|LT|LE)\.|(==|/=|!=|>=|<=|=|>|<))\s*([^\s=<>!/]+)\s*",
    re.IGNORECASE,
)
_HINT = "a character (@, #, C) or a condition: DV.EQ.0, or (ID.GT.10,WT.LT.50)"


@dataclass(frozen=True, slots=True)
class _RecordCondition:
    """Records to drop: those whose column compares so with a value."""

    column: str
    sign: str
    value: str

    def holds(self, text: str) -> bool:
        """Whether a cell meets it; texts can be equal or not, numbers are compared as numbers."""
        compare = _OPERATORS[self.sign]
        left, right = read_number(text), read_number(self.value)
        if left is not None and right is not None:
            return compare(left, right)
        equal = text.strip().casefold() == self.value.casefold()
        return equal if compare is operator.eq else (not equal if compare is operator.ne else False)


def _headings() -> dict[str, str]:
    pairs = {**_NAMES, **COVARIATE_NAMES}
    return {name: column for column, names in pairs.items() for name in names}


def is_event_table(table: Table) -> bool:
    """Whether a table has NONMEM's columns of events, and is no plain list of concentrations.

    Examples
    --------
    >>> is_event_table(table_of({"ID": [1], "TIME": [0], "AMT": [5], "DV": [0]}, name="d", names=_headings()))
    True
    """
    return any(name in table.columns for name in _EVENTS)


def observed_table(
    data: object,
    *,
    ignore: Sequence[str] = (),
    columns: Sequence[str] = (),
    sheet: str | None = None,
    field: str = "--data",
) -> Table:
    """The table with its columns under one name each; lines left out are counted in its notes.

    Parameters
    ----------
    data : path, or what :func:`jakstat.spreadsheets.table_of` takes
    ignore : sequence of str
        As NONMEM's IGNORE; lines that begin with ``#`` are always left out.
    columns : sequence of str
        Names for a file without header; DROP or SKIP for one that is not needed.
    sheet : str, optional
        Of a workbook.
    field : str
        Name in messages.

    Raises
    ------
    InputError
        As :func:`jakstat.spreadsheets.read_spreadsheet`; ``observed.ignore``, ``observed.columns``,
        ``observed.empty``.

    Examples
    --------
    >>> rows = {"subject": ["a", "a"], "time (min)": [0, 30], "conc": ["BLQ", 0.5]}
    >>> table = observed_table(rows)
    >>> table.columns, dict(table.units)
    (('ID', 'TIME', 'DV'), {'TIME': 'min'})
    """
    marks, conditions = _ignored(ignore)
    if isinstance(data, str | Path):
        table = _of_file(Path(data), marks, columns, sheet=sheet, field=field)
    else:
        table = table_of(data, name="data", columns=("TIME", "DV"), names=_headings())
    table = _named(table).sound()
    for condition in conditions:
        if condition.column not in table.columns:
            message, hint = (
                f"there is no column {condition.column}",
                f"the file has {', '.join(table.columns)}",
            )
            raise problem("observed.ignore", message, field="--ignore", hint=hint)
    kept = [
        line for line in table.lines if not any(c.holds(line.cells.get(c.column, "")) for c in conditions)
    ]
    if not kept:
        hint = (
            "look at --ignore"
            if table.lines or marks
            else "the header is followed by one row for each sample"
        )
        raise problem("observed.empty", "no row is left", file=table.file, hint=hint)
    left = len(table.lines) - len(kept)
    notes = (*table.notes, *([f"{left} row{'s' * (left != 1)} left out by --ignore"] if left else []))
    return replace(table, lines=tuple(kept), notes=notes)


def _named(table: Table) -> Table:
    """The same, its missing columns called by what they hold."""
    words = {"TIME": "the time", "DV": "the concentration"}
    missing = [word for name, word in words.items() if name not in table.columns]
    if not missing or table.lines:
        return table
    said = f"there is no column for {' and '.join(missing)}; the file has "
    hint = "one row for each sample, with headings such as subject, time, conc, dose, or ID, TIME, DV, AMT;"
    hint += " --columns names those of a file without"
    told = [
        replace(one, message=said + one.message.partition("; the file has ")[2], hint=hint)
        if one.message.startswith("there is no column")
        else one
        for one in table.problems
    ]
    return replace(table, problems=tuple(told))


def _ignored(ignore: Sequence[str]) -> tuple[str, list[_RecordCondition]]:
    """Characters that mark lines, and conditions on records."""
    marks, conditions = "#", []
    for text in ignore:
        plain = text.strip().strip("'\"")
        if len(plain) == 1:
            marks += plain
            continue
        inside = plain[1:-1] if plain.startswith("(") and plain.endswith(")") else plain
        for one in inside.split(","):
            match = _CONDITION.fullmatch(one)
            if match is None:
                message = f"{one.strip()[:40]!r} is neither a character nor a condition"
                raise problem("observed.ignore", message, field="--ignore", hint=_HINT)
            name = match[1]
            column = _headings().get(name.casefold(), name)
            conditions.append(_RecordCondition(column, (match[2] or match[3]).upper(), match[4].strip("'\"")))
    return marks, conditions


def _marked(first: str, marks: str) -> bool:
    """Whether a line is left out for how it begins."""
    begin = first.strip()[:1]
    return bool(begin) and (
        begin in marks.replace("@", "") or ("@" in marks and (begin == "@" or begin.isalpha()))
    )


def _of_file(path: Path, marks: str, columns: Sequence[str], *, sheet: str | None, field: str) -> Table:
    grid = read_grid(path, field=field, sheet=sheet)
    firsts = {line: cells[0] if cells else "" for line, cells in grid.rows}
    if columns:
        rows = [(line, cells) for line, cells in grid.rows if not _marked(firsts[line], marks)]
        table = _without_header(path.name, rows, columns)
        return replace(table, notes=(*grid.notes, *table.notes), key=grid.key)
    table = read_spreadsheet(path, field=field, columns=("TIME", "DV"), names=_headings(), sheet=sheet)
    out = {n for n, first in firsts.items() if n > table.head_line and _marked(first, marks)}
    told = [p for p in table.problems if p.line not in out]
    kept = [line for line in table.lines if line.number not in out]
    notes = [note for note in table.notes if "above the header" not in note]
    notes += [f"{len(out)} marked line{'s' * (len(out) != 1)} left out"] if out else []
    return replace(table, problems=tuple(told), lines=tuple(kept), notes=tuple(notes))


def _without_header(file: str, rows: Sequence[tuple[int, Sequence[str]]], columns: Sequence[str]) -> Table:
    """The table of a file whose columns are named by the caller."""
    names = [name.strip() for name in columns]
    kept = [(k, n) for k, n in enumerate(names) if n.upper() not in ("DROP", "SKIP")]
    wide = next(
        ((line, cells) for line, cells in rows if len(cells) > len(names) and any(cells[len(names) :])), None
    )
    if wide is not None:
        message = f"line {wide[0]} has {len(wide[1])} cells and --columns names {len(names)}"
        raise problem("observed.columns", message, file=file, line=wide[0], field="--columns",
                      hint="name them all, DROP for those that are not needed")  # fmt: skip
    if len({n.casefold() for _, n in kept}) < len(kept):
        raise problem(
            "observed.columns", "a name stands there twice", field="--columns", hint="one name each"
        )
    made = [{name: cells[k] if k < len(cells) else "" for k, name in kept} for _, cells in rows]
    if not made:
        raise problem("observed.empty", "no row is left", file=file, hint="look at --ignore")
    table = table_of(made, name=file, columns=("TIME", "DV"), names=_headings())
    lines = tuple(TableLine(rows[k][0], line.cells) for k, line in enumerate(table.lines))
    moved = [
        replace(p, line=rows[p.line - 2][0]) if p.line and p.line > 1 else _no_header(p)
        for p in table.problems
    ]
    return replace(table, lines=lines, problems=tuple(moved), head_line=1, notes=())


def _no_header(found: Problem) -> Problem:
    return replace(found, line=None, column=None, field="--columns")
