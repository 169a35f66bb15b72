"""Tables as people have them: a file of a spreadsheet program, a pandas frame, or rows of Python.

Headings are matched by what they say: case, blanks, ``-`` and ``_`` do not count, a unit may stand in
brackets or behind the name (``Dose (uM)``, ``time_h``), and a command lists the other names it takes. What
the cells mean is left to who asked for them; every fault has its file, line and column.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from jakstat.errors import Problem, problem
from jakstat.grids import Grid, grid_of, read_grids
from jakstat.identity import content_key
from jakstat.limits import LIMITS
from jakstat.tables import Table, TableLine
from jakstat.units import kind_of

__all__ = ["read_in_words", "read_spreadsheet", "table_of"]

_HEADER_WITHIN = 20
_BRACKET = re.compile(r"(.+?)\s*(?:\(([^()]*)\)|\[([^\[\]]*)\])\s*")
_BEHIND = re.compile(r"(.+?)(?:\s*[,/]\s*|[\s_.])([^\s_,]+)")
_PLAIN_UNITS = {"%", "a.u.", "au", "arb. u.", "rlu", "rfu", "counts", "cells", "fraction", "fold"}
_LOOSE = re.compile(r"[\s_.\-]+")
_PERCENT = re.compile(r"([+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?) ?%")


@dataclass(frozen=True, slots=True)
class _Heading:
    name: str
    unit: str = ""


def read_spreadsheet(
    path: str | Path,
    *,
    field: str,
    columns: Sequence[str],
    others: bool = True,
    sheet: str | None = None,
    names: Mapping[str, str] | None = None,
) -> Table:
    """A table that a spreadsheet program wrote: CSV of any dialect or .xlsx.

    Parameters
    ----------
    path : str or Path
    field : str
        The option that named it.
    columns : sequence of str
        Columns that it must have.
    others : bool
        Whether it may have columns that are neither of ``columns`` nor of ``names``.
    sheet : str, optional
        Of a workbook; the first with the columns if not given.
    names : mapping, optional
        Further headings and the column that each means, e.g. ``{"conc": "dose"}``; optional columns stand
        here under their own name.

    Returns
    -------
    Table
        Its cells hold plain digits (``0,5`` became ``0.5``), ``units`` the units of the headings, ``notes``
        how the file was read, ``key`` its SHA-256. What is wrong with the form is in its ``problems``:
        ``table.columns``, ``table.cells``, ``table.number``, ``table.formula``, ``table.rows``,
        ``table.field``.

    Raises
    ------
    InputError
        ``file.*``, ``table.form``, ``table.size``, ``table.sheet``: the file holds no table.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "curve.csv")
    >>> _ = path.write_text("Conc (uM);Viability\\n0,5;98\\n")
    >>> table = read_spreadsheet(path, field="--data", columns=["dose"], names={"conc": "dose"})
    >>> table.columns, dict(table.units), table.cell(table.lines[0], "dose").number()
    (('dose', 'Viability'), {'dose': 'uM'}, 0.5)
    """
    grids = read_grids(path, field=field, sheet=sheet)
    wanted = {_loose(name): name for name in [*columns]} | {
        _loose(name): column for name, column in (names or {}).items()
    }
    filled = [grid for grid in grids if grid.rows] or list(grids[:1])
    placed = [(_header_row(grid, wanted, columns), grid) for grid in filled]
    (at, grid) = next(((a, g) for a, g in placed if a is not None), (0, filled[0]))
    notes = [f"sheet {grid.sheet!r} of {len(filled)}"] if grid.sheet and len(filled) > 1 else []
    return _table(grid, at or 0, wanted, columns, others=others, notes=notes)


def table_of(
    rows_or_frame: object,
    *,
    name: str,
    columns: Sequence[str] = (),
    others: bool = True,
    names: Mapping[str, str] | None = None,
) -> Table:
    """The same table from what Python holds: a pandas frame, rows, columns by name, or the path of a file.

    Parameters
    ----------
    rows_or_frame : DataFrame, sequence of mappings, mapping of sequences, str or Path
    name : str
        Stands for the file in messages; lines count from 1 with the header as the first.
    columns, others, names
        As :func:`read_spreadsheet` takes them.

    Raises
    ------
    InputError
        ``table.form`` when it is none of these; of a file as :func:`read_spreadsheet`.

    Examples
    --------
    >>> table = table_of([{"Dose (nM)": 0.5, "response": 98}], name="data", columns=["dose"])
    >>> table.columns, dict(table.lines[0].cells)
    (('dose', 'response'), {'dose': '0.5', 'response': '98'})
    """
    if isinstance(rows_or_frame, str | Path):
        return read_spreadsheet(rows_or_frame, field=name, columns=columns, others=others, names=names)
    header, body = _rows_of(rows_or_frame, name)
    if len(body) > LIMITS.table_rows:
        raise problem("table.rows", f"more than {LIMITS.table_rows} rows", file=name)
    grid = grid_of(enumerate([header, *body], 1), file=name)
    key = content_key([list(cells) for _, cells in grid.rows])
    wanted = {_loose(one): one for one in columns} | {
        _loose(other): column for other, column in (names or {}).items()
    }
    made = replace(grid, key=key)
    return _table(made, 0, wanted, columns, others=others, notes=[])


def read_in_words(table: Table) -> str:
    """What was read, in one line: file, the first of its SHA-256, rows, and what was understood.

    Examples
    --------
    >>> read_in_words(table_of([{"dose": "0,5"}], name="data"))
    'data (SHA-256 ...): 1 row; 0,5 read as 0.5'
    """
    rows = len(table.lines)
    return "; ".join([f"{table.file} (SHA-256 {table.key[:8]}): {rows} row{'s' * (rows != 1)}", *table.notes])


def _rows_of(given: Any, name: str) -> tuple[list[object], list[list[object]]]:
    """The headings and the rows of a frame, of rows, or of columns."""
    if hasattr(given, "to_pandas") and not hasattr(given, "itertuples"):
        given = given.to_pandas()
    if hasattr(given, "itertuples"):
        frame = given.reset_index() if any(given.index.names) else given
        return list(map(str, frame.columns)), [list(row) for row in frame.itertuples(index=False, name=None)]
    if isinstance(given, Mapping):
        columns = {
            str(name): list(v) if isinstance(v, Iterable) and not isinstance(v, str) else [v]
            for name, v in given.items()
        }
        if len({len(v) for v in columns.values()}) > 1:
            raise problem("table.form", "the columns have different lengths", file=name)
        return list(columns), [list(row) for row in zip(*columns.values(), strict=True)]
    if isinstance(given, Sequence) and given and all(isinstance(row, Mapping) for row in given):
        heads = list(dict.fromkeys(str(key) for row in given for key in row))
        return list(heads), [
            [{str(k): v for k, v in row.items()}.get(head) for head in heads] for row in given
        ]
    hint = "give a path, a pandas DataFrame, a list of dicts, or a dict of columns"
    raise problem("table.form", f"a {type(given).__name__} is no table", file=name, hint=hint)


def _loose(text: str) -> str:
    """A heading without what does not count: case, blanks, - and _; any micro is a u."""
    plain = text.replace("\u00b5", "u").replace("\u03bc", "u")
    return _LOOSE.sub("", plain).casefold()


def _heading(text: str, wanted: Mapping[str, str]) -> _Heading:
    """The column that a heading means, and the unit that stands in it."""
    plain = " ".join(text.split())
    if _loose(plain) in wanted:
        return _Heading(wanted[_loose(plain)])
    bracket = _BRACKET.fullmatch(plain)
    if bracket:
        base, unit = bracket[1], (bracket[2] or bracket[3] or "").strip()
        if _loose(base) in wanted:
            return _Heading(wanted[_loose(base)], unit)
        if _is_unit(unit):
            return _Heading(base, unit)
    behind = _BEHIND.fullmatch(plain)
    if behind and _loose(behind[1]) in wanted and _is_unit(behind[2]):
        return _Heading(wanted[_loose(behind[1])], behind[2])
    return _Heading(plain)


def _is_unit(text: str) -> bool:
    return text.casefold() in _PLAIN_UNITS or (bool(text) and kind_of(text) is not None)


def _header_row(grid: Grid, wanted: Mapping[str, str], columns: Sequence[str]) -> int | None:
    """The first row that has every column needed; people write titles above."""
    for at, (_, cells) in enumerate(grid.rows[:_HEADER_WITHIN]):
        if set(columns) <= {_heading(cell, wanted).name for cell in cells}:
            return at
    return None


def _table(
    grid: Grid,
    at: int,
    wanted: Mapping[str, str],
    columns: Sequence[str],
    *,
    others: bool,
    notes: Sequence[str],
) -> Table:
    if not grid.rows:
        found = Problem(
            "table.empty", "the table is empty", grid.file, hint="the first row names the columns"
        )
        return Table(grid.file, problems=(found, *grid.problems), key=grid.key)
    said = [*notes, *grid.notes]
    if at:
        lines = [str(line) for line, _ in grid.rows[:at]]
        said.append(f"line{'s' * (at > 1)} {', '.join(lines)} above the header left out")
    line, cells = grid.rows[at]
    heads = [_heading(cell, wanted) for cell in cells]
    while heads and not heads[-1].name:
        heads.pop()
    problems = _header_faults(grid, at, heads, wanted, columns, others=others)
    if problems:
        return Table(
            grid.file, tuple(h.name for h in heads), problems=tuple(problems), head_line=line, key=grid.key
        )
    units = {head.name: head.unit for head in heads if head.unit}
    places = {head.name: place for place, head in enumerate(heads, 1) if head.name}
    body, wrong = [], []
    for number, row in grid.rows[at + 1 :]:
        if any(row[len(heads) :]):
            hint = "write decimals with a point, or save with semicolons between the cells" * grid.by_commas
            message = f"the row has {len(row)} cells, the header {len(heads)}"
            wrong.append(Problem("table.cells", message, grid.file, number, len(heads) + 1, hint=hint))
            continue
        bare = next((k for k, h in enumerate(heads, 1) if not h.name and k <= len(row) and row[k - 1]), 0)
        if bare:
            message = f"column {bare} has a cell and no heading"
            wrong.append(
                Problem("table.columns", message, grid.file, number, bare, hint="name it in the header")
            )
            continue
        full = [*row, *[""] * (len(heads) - len(row))]
        named = {h.name: _share(cell, h.unit) for h, cell in zip(heads, full, strict=False) if h.name}
        body.append(TableLine(number, named))
    kept = tuple(p for p in grid.problems if p.line is None or p.line >= line)
    return Table(
        grid.file, tuple(places), tuple(body), (*kept, *wrong)[:50], line, places, units, tuple(said),
        grid.key,
    )  # fmt: skip


def _share(cell: str, unit: str) -> str:
    """50 % is 0.5, but in a column that is in % already."""
    match = _PERCENT.fullmatch(cell)
    if match is None:
        return cell
    return match[1] if unit == "%" else repr(float(match[1]) / 100.0)


def _header_faults(
    grid: Grid,
    at: int,
    heads: Sequence[_Heading],
    wanted: Mapping[str, str],
    columns: Sequence[str],
    *,
    others: bool,
) -> list[Problem]:
    line, cells = grid.rows[at]
    found = []
    there = [head.name for head in heads]
    missing = [column for column in columns if column not in there]
    if missing:
        listed = ", ".join(repr(cell) for cell in cells if cell) or "nothing"
        also = {c: [n for n, means in wanted.items() if means == c and n != _loose(c)] for c in missing}
        other = "; ".join(f"{c} may also be called {', '.join(n)}" for c, n in also.items() if n)
        message = f"there is no column {', '.join(missing)}; the file has {listed[:300]}"
        found.append(Problem("table.columns", message, grid.file, line, hint=other))
    for place, head in enumerate(heads, 1):
        if head.name and there.index(head.name) < place - 1:
            first = cells[there.index(head.name)]
            message = f"the heading {cells[place - 1]!r} means {head.name}, as {first!r} does"
            found.append(
                Problem("table.columns", message, grid.file, line, place, hint="leave one of them out")
            )
        if head.name and not others and head.name not in wanted.values():
            hint = f"allowed: {', '.join(dict.fromkeys(wanted.values()))}"
            message = f"unknown column {head.name!r}"
            found.append(Problem("table.columns", message, grid.file, line, place, hint=hint))
    return found
