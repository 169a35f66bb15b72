"""The one reader of tables: bytes from outside become cells that know their line and column.

CSV and tab-separated text, strict UTF-8, with a header; what is wrong with the form is told with its
line, and what the cells mean is left to who asked for them.
"""

from __future__ import annotations

import csv
import io
import itertools
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from jakstat.errors import InputError, Problem, problem
from jakstat.limits import LIMITS
from jakstat.numbers import BLANKS, NUMBER, read_number
from jakstat.units import kind_of

__all__ = [
    "Table",
    "TableCell",
    "TableLine",
    "header_problems",
    "is_file",
    "read_cells",
    "read_file",
    "read_lines",
    "split_rows",
    "text_of",
]  # fmt: skip

_MOST_PROBLEMS = 50
_MOST_FILES = 2000
_MISSING = {"", ".", "-", "na", "n/a", "nan", "nd", "n.d.", "none", "null", "missing"}
_DATE, _STARTS = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"), re.compile(NUMBER)


@dataclass(frozen=True, slots=True)
class TableCell:
    """A text with its place: ``column`` counts the cells of a line from 1.

    Examples
    --------
    >>> TableCell("x", "t.tsv", 2, 1, "time").fault("value.type", "no number").line
    2
    """

    text: str
    file: str
    line: int
    column: int
    name: str

    def fault(self, code: str, message: str, hint: str = "") -> Problem:
        """A problem at this place."""
        return Problem(code, message, self.file, self.line, self.column, self.name, hint)

    @property
    def missing(self) -> bool:
        """Whether nothing stands there, or one of the words for it.

        Examples
        --------
        >>> [TableCell(t, "t.csv", 2, 1, "dv").missing for t in ("", "NA", "n.d.", "0", "<0.5")]
        [True, True, True, False, False]
        """
        return self.text.strip(BLANKS).casefold() in _MISSING

    def number(self, *, infinite: bool = False) -> float:
        """The cell as a number.

        Raises
        ------
        InputError
            ``table.number``.

        Examples
        --------
        >>> TableCell("1e-3", "t.tsv", 2, 1, "time").number()
        0.001
        """
        value = read_number(self.text, infinite=infinite)
        if value is None:
            hint = "give a number, or inf" if infinite else "write it in plain digits, e.g. 0.5 or 2e-3"
            if _DATE.match(self.text):
                hint = "a spreadsheet made a date of it: make the column one of numbers and type it again"
            elif (start := _STARTS.match(self.text)) and kind_of(self.text[start.end() :].strip(BLANKS)):
                hint = (
                    f"the unit belongs in the heading, e.g. {self.name} ({self.text[start.end() :].strip()})"
                )
            message = f"{self.text[:40]!r} is not a {'' if infinite else 'finite '}number"
            raise InputError([self.fault("table.number", message, hint)])
        return value


@dataclass(frozen=True, slots=True)
class TableLine:
    """One row of a table: the line it begins in (from 1) and its cells by column name."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """What a file holds.

    Parameters
    ----------
    file : str
        Its name in messages.
    columns : tuple of str
        The header, in the order of the file.
    lines : tuple of TableLine
        The rows that are well formed.
    problems : tuple of Problem
        Everything that is wrong with the form of the others.
    head_line : int
        Where the header stands.
    units : mapping
        Unit that stands in a column's heading, by column.
    notes : tuple of str
        How the file was read, where that is not self-evident.
    key : str
        SHA-256 of the file.
    """

    file: str
    columns: tuple[str, ...] = ()
    lines: tuple[TableLine, ...] = ()
    problems: tuple[Problem, ...] = ()
    head_line: int = 1
    _places: Mapping[str, int] = field(default_factory=dict, repr=False)
    units: Mapping[str, str] = field(default_factory=dict, repr=False)
    notes: tuple[str, ...] = ()
    key: str = ""

    def sound(self) -> Table:
        """The table itself.

        Raises
        ------
        InputError
            With the problems, if there are any.
        """
        if self.problems:
            raise InputError(self.problems)
        return self

    def cell(self, line: TableLine, name: str) -> TableCell:
        """A cell with its place; empty when there is no such column."""
        return TableCell(line.cells.get(name, ""), self.file, line.number, self._places.get(name, 1), name)

    def head(self, name: str) -> TableCell:
        """The header cell of a column."""
        return TableCell(name, self.file, self.head_line, self._places.get(name, 1), name)


def is_file(path: Path) -> bool:
    """Whether there is a file; False too for a path that no file can have.

    Examples
    --------
    >>> is_file(Path("a\\0b"))
    False
    """
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def read_file(path: str | Path, *, most: int, hint: str = "", field: str | None = None) -> bytes:
    """The bytes of a file that someone named.

    Parameters
    ----------
    path : path
    most : int
        Most bytes that are read.
    hint : str
        What to give instead when there is no such file.
    field : str, optional
        The option that named it.

    Raises
    ------
    InputError
        ``file.missing``, ``file.unreadable``, ``file.too-large``.

    Examples
    --------
    >>> read_file("nowhere.csv", most=100)
    Traceback (most recent call last):
    ...
    jakstat.errors.InputError: nowhere.csv: there is no such file. [file.missing]
    """
    place = Path(path)
    if not is_file(place):
        near = hint or _near_files(place)
        raise problem("file.missing", "there is no such file", file=place.name, field=field, hint=near)
    try:
        with place.open("rb") as stream:
            data = stream.read(most + 1)
    except OSError as error:
        message = f"it cannot be read: {error.strerror}"
        raise problem("file.unreadable", message, file=place.name, field=field) from None
    if len(data) > most:
        message, limit = "the file is too large", f"at most {most} bytes are read"
        raise problem("file.too-large", message, file=place.name, field=field, hint=limit)
    return data


def _near_files(place: Path) -> str:
    """Files beside a missing one that are called much like it."""
    try:
        there = [entry.name for entry in itertools.islice(os.scandir(place.parent), _MOST_FILES)]
    except (OSError, ValueError):
        return ""
    close = get_close_matches(place.name, there, n=2, cutoff=0.75)
    return f"did you mean {' or '.join(close)}?" if close else ""


def text_of(data: bytes, *, file: str) -> str:
    """UTF-8 text, with or without a byte order mark.

    Raises
    ------
    InputError
        ``file.encoding``, with the line.

    Examples
    --------
    >>> text_of("\\ufeffµ".encode(), file="t.csv")
    'µ'
    """
    hint = "save it as UTF-8"
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise problem("file.encoding", "the file is not UTF-8", file=file, line=line, hint=hint) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise problem("file.encoding", "the file has a NUL character", file=file, line=line, hint=hint)
    return text


def split_rows(lines: Iterable[str], *, file: str, delimiter: str = ",") -> Iterator[tuple[int, list[str]]]:
    """The line that each row begins in, and its cells; empty lines are passed over.

    Raises
    ------
    InputError
        ``table.form``, with the line.

    Examples
    --------
    >>> list(split_rows(["a,b\\n", "\\n", "1,2\\n"], file="t.csv"))
    [(1, ['a', 'b']), (3, ['1', '2'])]
    """
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    begun = 1
    try:
        for cells in reader:
            if len(cells) > 1 or any(map(str.strip, cells)):
                yield begun, cells
            begun = reader.line_num + 1
    except csv.Error as error:
        message = f"the table cannot be read: {error}"
        raise problem("table.form", message, file=file, line=max(begun, reader.line_num)) from None


def header_problems(
    header: Sequence[str],
    *,
    file: str,
    line: int,
    columns: Sequence[str],
    optional: Sequence[str] = (),
    others: bool = False,
) -> tuple[Problem, ...]:
    """Columns that are missing, not known, or there twice; the place of a second one is told.

    Examples
    --------
    >>> [str(p) for p in header_problems(["a", "a"], file="t.csv", line=1, columns=["a"])]
    ["t.csv:1:2: column 'a' stands there twice. the header must be a [table.columns]"]
    """
    hint = f"the header must {'have' if others else 'be'} {','.join(columns)}" if columns else ""
    hint += f"; it may have {','.join(optional)}" if optional else ""
    faults = [f"column {c!r} is missing" for c in columns if c not in header]
    if not others:
        known = {*columns, *optional}
        faults += [f"column {c[:40]!r} is not known" for c in dict.fromkeys(header) if c not in known]
    if len(header) > LIMITS.table_columns:
        return (Problem("table.columns", f"the header has {len(header)} columns", file, line),)
    found = [Problem("table.columns", fault, file, line, hint=hint) for fault in faults]
    first: dict[str, int] = {}
    for place, name in enumerate(header, start=1):
        if name and first.setdefault(name, place) != place:
            message = f"column {name[:40]!r} stands there twice"
            found.append(Problem("table.columns", message, file, line, place, hint=hint))
    return tuple(found[:_MOST_PROBLEMS])


def read_cells(
    data: bytes,
    *,
    file: str,
    columns: Sequence[str],
    optional: Sequence[str] = (),
    others: bool = False,
    delimiter: str = ",",
    ragged: bool = False,
    heading: Callable[[str], str] = str.strip,
) -> Table:
    """Read a table and check its form.

    Parameters
    ----------
    data : bytes
        The file: UTF-8, with or without a byte order mark.
    file : str
        Name used in messages.
    columns : sequence of str
        Columns that the header must have, in any order.
    optional : sequence of str
        Columns that it may have.
    others : bool
        Whether it may have any other too.
    delimiter : str
    ragged : bool
        Whether empty cells at the end of a row may be left out or be too many.
    heading : callable
        What a cell of the header says.

    Returns
    -------
    Table
        Its problems are ``table.size``, ``file.encoding``, ``table.columns``, ``table.cells``,
        ``table.field``, ``table.form`` and ``table.rows``.

    Examples
    --------
    >>> table = read_cells(b"key,year\\nward1994,1994\\n", file="s.csv", columns=["key"], others=True)
    >>> table.cell(table.lines[0], "year")
    TableCell(text='1994', file='s.csv', line=2, column=2, name='year')
    """
    if len(data) > LIMITS.table_bytes:
        hint = f"at most {LIMITS.table_bytes} bytes are read"
        found = Problem("table.size", f"the table has {len(data)} bytes", file, hint=hint)
        return Table(file, problems=(found,))
    try:
        text = io.StringIO(text_of(data, file=file), newline="")
        rows = split_rows(text, file=file, delimiter=delimiter)
        number, first = next(rows, (1, []))
        header = [heading(cell) for cell in first]
        wrong = header_problems(
            header, file=file, line=number, columns=columns, optional=optional, others=others
        )
        if not wrong and not header:
            wrong = (Problem("table.columns", "the table is empty", file, 1),)
    except InputError as error:
        return Table(file, problems=error.problems)
    if wrong:
        return Table(file, tuple(header), problems=wrong)
    lines, problems = _body(rows, header, file, ragged=ragged)
    places = {name: place for place, name in enumerate(header, start=1)}
    return Table(file, tuple(header), tuple(lines), tuple(problems), number, places)


def _body(
    rows: Iterator[tuple[int, list[str]]], header: list[str], file: str, *, ragged: bool
) -> tuple[list[TableLine], list[Problem]]:
    lines: list[TableLine] = []
    problems: list[Problem] = []
    try:
        for number, row in rows:
            if len(lines) >= LIMITS.table_rows:
                problems.append(Problem("table.rows", f"more than {LIMITS.table_rows} rows", file, number))
                break
            if ragged and not any(map(str.strip, row)):
                continue
            cells = _fitted(row, len(header)) if ragged else row
            if len(cells) != len(header):
                message = f"the row has {len(cells)} cells, the header {len(header)}"
                place = min(len(cells), len(header)) + 1
                problems.append(Problem("table.cells", message, file, number, place))
                continue
            long = [k for k, cell in enumerate(cells) if len(cell) > LIMITS.table_field_length]
            if long:
                hint = f"at most {LIMITS.table_field_length} characters"
                problems += [
                    Problem("table.field", "the cell is too long", file, number, k + 1, header[k], hint)
                    for k in long
                ]
                continue
            lines.append(
                TableLine(number, dict(zip(header, (cell.strip(BLANKS) for cell in cells), strict=True)))
            )
    except InputError as error:
        problems += error.problems
    return lines, problems


def _fitted(cells: list[str], count: int) -> list[str]:
    """A row with empty cells added or taken away at its end."""
    while len(cells) > count and not cells[-1].strip():
        cells = cells[:-1]
    return cells + [""] * (count - len(cells))


def read_lines(
    data: bytes, *, columns: Sequence[str], file: str
) -> tuple[tuple[TableLine, ...], tuple[Problem, ...]]:
    """The lines of a table with exactly these columns, and what is wrong with it; see :func:`read_cells`.

    Examples
    --------
    >>> lines, problems = read_lines(b"key,year\\nward1994,1994\\n", columns=["key", "year"], file="s.csv")
    >>> lines[0].number, dict(lines[0].cells), problems
    (2, {'key': 'ward1994', 'year': '1994'}, ())
    """
    table = read_cells(data, file=file, columns=columns)
    return table.lines, table.problems
