"""CSV at the edge: bytes become named cells with their line, or problems."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jakstat.errors import Problem
from jakstat.limits import LIMITS

__all__ = ["Line", "read_lines"]


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table: the line it stands in (from 1) and its cells by column name."""

    number: int
    cells: Mapping[str, str]


def read_lines(
    data: bytes, *, columns: Sequence[str], file: str
) -> tuple[tuple[Line, ...], tuple[Problem, ...]]:
    """Split a CSV file into lines and check its form, not its meaning.

    Parameters
    ----------
    data : bytes
        The file: UTF-8, with or without a byte order mark.
    columns : sequence of str
        The header it must have, in any order.
    file : str
        Name used in messages.

    Returns
    -------
    lines, problems : tuple of Line, tuple of Problem
        The rows that are well formed, and everything that is wrong with the others
        (``table.size``, ``table.encoding``, ``table.columns``, ``table.cells``, ``table.field``,
        ``table.form``, ``table.rows``).

    Examples
    --------
    >>> lines, problems = read_lines(b"key,year\\nward1994,1994\\n", columns=["key", "year"], file="s.csv")
    >>> lines[0].number, dict(lines[0].cells), problems
    (2, {'key': 'ward1994', 'year': '1994'}, ())
    """
    if len(data) > LIMITS.table_bytes:
        hint = f"at most {LIMITS.table_bytes} bytes are read"
        return (), (Problem("table.size", f"the table has {len(data)} bytes", file, hint=hint),)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return (), (Problem("table.encoding", "the table is not UTF-8", file, line, hint="save it as UTF-8"),)
    if "\0" in text:
        return (), (
            Problem("table.encoding", "the table has a NUL character", file, hint="save it as UTF-8"),
        )
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(reader, [])
        wrong = _header_problems(header, columns, file)
        return ((), wrong) if wrong else _body(reader, header, file)
    except csv.Error as error:
        return (), (Problem("table.form", f"the table cannot be read: {error}", file, reader.line_num),)


def _header_problems(header: list[str], columns: Sequence[str], file: str) -> tuple[Problem, ...]:
    hint = f"the header must be {','.join(columns)}"
    faults = [f"column {c!r} is missing" for c in columns if c not in header]
    faults += [f"column {c[:40]!r} is not known" for c in dict.fromkeys(header) if c not in columns]
    faults += [f"column {c!r} stands there twice" for c in columns if header.count(c) > 1]
    return tuple(Problem("table.columns", fault, file, 1, hint=hint) for fault in faults[:20])


def _body(reader: Any, header: list[str], file: str) -> tuple[tuple[Line, ...], tuple[Problem, ...]]:
    lines: list[Line] = []
    problems: list[Problem] = []
    for cells in reader:
        number = reader.line_num
        if not cells:
            continue
        if len(lines) >= LIMITS.table_rows:
            problems.append(Problem("table.rows", f"more than {LIMITS.table_rows} rows", file, number))
            break
        if len(cells) != len(header):
            message = f"the row has {len(cells)} cells, the header {len(header)}"
            problems.append(Problem("table.cells", message, file, number))
            continue
        long = [c for c, cell in zip(header, cells, strict=True) if len(cell) > LIMITS.table_field_length]
        if long:
            hint = f"at most {LIMITS.table_field_length} characters"
            problems += [
                Problem("table.field", "the cell is too long", file, number, None, c, hint) for c in long
            ]
            continue
        lines.append(Line(number, dict(zip(header, (cell.strip() for cell in cells), strict=True))))
    return tuple(lines), tuple(problems)
