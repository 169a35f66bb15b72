"""Tables of time courses as people make them: a row for each value, or a column for each readout."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from jakstat.biology import observables
from jakstat.calibration.own_points import COURSE_NAMES, loose_text
from jakstat.errors import Problem
from jakstat.experiment.readouts import read_readout
from jakstat.spreadsheets import read_spreadsheet, table_of
from jakstat.tables import Table, TableLine

__all__ = ["course_table"]

_LONG = ("readout", "value")
_KNOWN = {"time", "readout", "value", *COURSE_NAMES.values()}


def course_table(data: object, *, field: str = "data") -> Table:
    """The table of a file, of a pandas frame or of rows of Python, as one row for each value.

    Parameters
    ----------
    data : path, DataFrame, list of dicts, dict of columns
    field : str
        The option that named it.

    Returns
    -------
    Table
        With the columns ``time``, ``readout`` and ``value``. A table with a column for each readout becomes
        one with a row for each value; a column ``pSTAT3 sd`` beside ``pSTAT3`` becomes ``sd``.

    Examples
    --------
    >>> row = {"Time (min)": 30, "Readout": "pSTAT3", "Value": 12.5}
    >>> course_table([row]).columns
    ('time', 'readout', 'value')
    >>> wide = course_table([{"Time (min)": 30, "p-STAT3": 12.5, "SOCS3 mRNA": 3}])
    >>> [(line.cells["readout"], line.cells["value"]) for line in wide.lines]
    [('p-STAT3', '12.5'), ('SOCS3 mRNA', '3')]
    """
    names = {**COURSE_NAMES, **{name: name for name in _LONG}}
    if isinstance(data, str | Path):
        table = read_spreadsheet(data, field=field, columns=["time"], names=names)
    else:
        table = table_of(data, name=field, columns=["time"], names=names)
    if not table.columns or "time" not in table.columns:
        return table
    there = [name for name in _LONG if name in table.columns]
    if len(there) == len(_LONG):
        return _told_what_is_left_out(table, ())
    measured = () if there else _measured(table)
    if not measured:
        return _without_readouts(table)
    return _told_what_is_left_out(_one_row_each(table, measured), measured)


def _measured(table: Table) -> tuple[str, ...]:
    """Columns that are readouts."""
    known = {o.name for o in observables()}
    return tuple(c for c in table.columns if c not in _KNOWN and str(read_readout(c)) in known)


def _sd_columns(table: Table, measured: tuple[str, ...]) -> dict[str, str]:
    loose = {loose_text(c): c for c in table.columns}
    found = {c: loose.get(f"{loose_text(c)}sd") or loose.get(f"sd{loose_text(c)}") for c in measured}
    return {c: sd for c, sd in found.items() if sd is not None}


def _one_row_each(table: Table, measured: tuple[str, ...]) -> Table:
    sds = _sd_columns(table, measured)
    gone = {*measured, *sds.values()}
    lines = []
    for line in table.lines:
        shared = {k: v for k, v in line.cells.items() if k not in gone}
        for column in measured:
            cells = {**shared, "readout": column, "value": line.cells[column]}
            if column in sds:
                cells["sd"] = line.cells[sds[column]]
            if column in table.units:
                cells["unit"] = table.units[column]
            lines.append(TableLine(line.number, cells))
    more = [*_LONG, *(["sd"] if sds else []), *(["unit"] if gone & set(table.units) else [])]
    columns = dict.fromkeys([*(c for c in table.columns if c not in gone), *more])
    said = f"a column for each readout: {', '.join(measured)}"
    return replace(table, columns=tuple(columns), lines=tuple(lines), notes=(*table.notes, said))


def _without_readouts(table: Table) -> Table:
    """The table with the fault that it says nothing of what was measured."""
    missing = [name for name in _LONG if name not in table.columns]
    message = f"there is no column {', '.join(missing)}; the table has {', '.join(table.columns)[:300]}"
    hint = "a row for each value with readout (pSTAT3) and value, or a column for each readout"
    fault = Problem("table.columns", message, table.file, table.head_line, hint=hint)
    return replace(table, lines=(), problems=(*table.problems, fault))


def _told_what_is_left_out(table: Table, measured: tuple[str, ...]) -> Table:
    used = {*_KNOWN, *measured}
    others = [c for c in table.columns if c not in used]
    if not others:
        return table
    return replace(table, notes=(*table.notes, f"columns left out: {', '.join(others)[:200]}"))
