"""A limiting dilution as a table: dose, tested, positive and, if there are several, group."""

from __future__ import annotations

from pathlib import Path

from jakstat.errors import InputError, Problem, problem
from jakstat.initiation.limiting_dilution import Dilution, row_problems
from jakstat.limits import LIMITS
from jakstat.tables import Table, TableLine, read_cells, read_file

__all__ = ["read_dilution"]

_COLUMNS = ("dose", "tested", "positive")


def read_dilution(path: str | Path) -> Dilution:
    """The rows of a CSV file with the columns dose, tested, positive and perhaps group.

    Parameters
    ----------
    path : path
        ``dose`` in cells per well, ``tested`` and ``positive`` in wells.

    Raises
    ------
    InputError
        With every problem and its line: as :func:`jakstat.tables.read_file` and
        :func:`jakstat.tables.read_cells`; ``dilution.dose``, ``dilution.count``, ``dilution.length``.

    Examples
    --------
    >>> read_dilution("nowhere.csv")
    Traceback (most recent call last):
    ...
    jakstat.errors.InputError: nowhere.csv: there is no such file. [file.missing]
    """
    data = read_file(path, most=LIMITS.table_bytes)
    table = read_cells(data, file=Path(path).name, columns=_COLUMNS, optional=("group",))
    found = list(table.problems)
    rows: list[tuple[float, float, float, str]] = []
    for line in table.lines:
        numbers, faults = _numbers(table, line)
        found += faults or row_problems(*numbers, row=line.number, file=table.file)
        rows.append((*numbers, table.cell(line, "group").text.strip()))
    if found:
        raise InputError(sorted(found, key=lambda p: p.line or 0))
    if not rows:
        raise problem(
            "dilution.length", "the table has no row", file=table.file, hint="give a row for each dose"
        )
    dose, tested, positive, group = zip(*rows, strict=True)
    return Dilution.of(dose, tested, positive, group)


def _numbers(table: Table, line: TableLine) -> tuple[tuple[float, float, float], list[Problem]]:
    values: list[float] = []
    faults: list[Problem] = []
    for name in _COLUMNS:
        try:
            values.append(table.cell(line, name).number())
        except InputError as error:
            faults += error.problems
            values.append(float("nan"))
    dose, tested, positive = values
    return (dose, tested, positive), faults
