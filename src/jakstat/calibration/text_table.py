"""Tab-separated tables at the edge: every cell knows its file, line and column."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jakstat.errors import InputError, Problem
from jakstat.limits import LIMITS
from jakstat.numbers import read_number

__all__ = ["Cell", "Row", "Table", "read_table"]


@dataclass(frozen=True, slots=True)
class Cell:
    """A text with its place: ``column`` counts the cells of a row from 1.

    Examples
    --------
    >>> Cell("x", "t.tsv", 2, 1, "time").fault("value.type", "no number").line
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

    def number(self, *, finite: bool = True) -> float:
        """The cell as a number.

        Raises
        ------
        InputError
            ``petab.number``.

        Examples
        --------
        >>> Cell("1e-3", "t.tsv", 2, 1, "time").number()
        0.001
        """
        value = read_number(self.text, infinite=not finite)
        if value is None:
            hint = "give a finite number" if finite else "give a number, or inf"
            raise InputError([self.fault("petab.number", f"{self.text[:40]!r} is no such number", hint)])
        return value


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: its cells by column name; a column that is not there gives an empty cell."""

    file: str
    line: int
    cells: Mapping[str, Cell]

    def __getitem__(self, name: str) -> Cell:
        found = self.cells.get(name)
        return Cell("", self.file, self.line, 1, name) if found is None else found

    def text(self, name: str) -> str:
        """The cell's text; ``""`` when it is empty, missing, or says NaN."""
        found = self[name].text
        return "" if found.lower() == "nan" else found


@dataclass(frozen=True, slots=True)
class Table:
    """The columns of a file in their order, and its rows."""

    file: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    def head(self, name: str) -> Cell:
        """The header cell of a column."""
        place = self.columns.index(name) + 1 if name in self.columns else 1
        return Cell(name, self.file, 1, place, name)


def read_table(path: Path, *, required: Sequence[str], name: str | None = None) -> Table:
    """Read a tab-separated file.

    Parameters
    ----------
    path : Path
        UTF-8, with a header.
    required : sequence of str
        Columns it must have; others are kept too.
    name : str, optional
        What messages call the file.

    Raises
    ------
    InputError
        ``table.missing``, ``table.size``, ``file.encoding``, ``table.form``, ``table.columns``,
        ``table.cells``, ``table.rows``, each with file and line.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     place = Path(folder, "m.tsv")
    ...     _ = place.write_text("time\\tvalue\\n1\\t2\\n")
    ...     table = read_table(place, required=["time"])
    >>> table.rows[0]["value"].number()
    2.0
    """
    file = name or path.name
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError([Problem("table.missing", f"cannot read: {error.strerror}", file)]) from None
    if len(data) > LIMITS.table_bytes:
        hint = f"at most {LIMITS.table_bytes} bytes are read"
        raise InputError([Problem("table.size", f"the table has {len(data)} bytes", file, hint=hint)])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError([Problem("file.encoding", "the table is not UTF-8", file, line)]) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise InputError([Problem("file.encoding", "the table has a NUL character", file, line)])
    return _split(text, required, file)


def _split(text: str, required: Sequence[str], file: str) -> Table:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter="\t", strict=True)
    problems: list[Problem] = []
    rows: list[Row] = []
    header: list[str] | None = None
    try:
        for cells in reader:
            if not any(c.strip() for c in cells):
                continue
            line = reader.line_num
            if header is None:
                header = [c.strip() for c in cells]
                problems += _header_problems(header, required, file, line)
                if problems:
                    break
                continue
            if len(rows) >= LIMITS.table_rows:
                problems.append(Problem("table.rows", f"more than {LIMITS.table_rows} rows", file, line))
                break
            found = _row(header, cells, file, line)
            if isinstance(found, Problem):
                problems.append(found)
            else:
                rows.append(found)
    except csv.Error as error:
        raise InputError([Problem("table.form", f"not readable: {error}", file, reader.line_num)]) from None
    if header is None:
        problems.append(Problem("table.columns", "the table is empty", file, 1))
    if problems:
        raise InputError(problems[:20])
    return Table(file, tuple(header or ()), tuple(rows))


def _row(header: list[str], cells: list[str], file: str, line: int) -> Row | Problem:
    cells = cells + [""] * (len(header) - len(cells))  # trailing empty cells may be left out
    if len(cells) > len(header):
        if any(c.strip() for c in cells[len(header) :]):
            message = f"the row has {len(cells)} cells, the header {len(header)}"
            return Problem("table.cells", message, file, line, len(header) + 1)
        cells = cells[: len(header)]
    for place, cell in enumerate(cells, start=1):
        if len(cell) > LIMITS.table_field_length:
            hint = f"at most {LIMITS.table_field_length} characters"
            return Problem("table.field", "the cell is too long", file, line, place, header[place - 1], hint)
    named = zip(header, cells, strict=True)
    return Row(file, line, {n: Cell(c.strip(), file, line, i, n) for i, (n, c) in enumerate(named, start=1)})


def _header_problems(header: list[str], required: Sequence[str], file: str, line: int) -> list[Problem]:
    found = []
    hint = f"the header must have {', '.join(required)}"
    for name in required:
        if name not in header:
            message = f"the column '{name}' is missing"
            found.append(Problem("table.columns", message, file, line, len(header) + 1, name, hint))
    for place, name in enumerate(header, start=1):
        if name and name in header[: place - 1]:
            found.append(
                Problem("table.columns", f"the column '{name}' stands there twice", file, line, place)
            )
    return found
