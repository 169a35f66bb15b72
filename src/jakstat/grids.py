"""The cells of a file as programs write tables: CSV of any dialect, a workbook, a SAS transport file.

Byte order marks, UTF-16, Windows-1252, commas, semicolons, tabs or blanks between the cells, decimal commas:
the file tells which, once for the whole of it, and what was understood is kept in words. What can be read in
two ways is refused with the sentence that mends it.
"""

from __future__ import annotations

import csv
import hashlib
import io
import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from numbers import Integral, Real
from pathlib import Path

from jakstat.errors import Problem, problem
from jakstat.limits import LIMITS
from jakstat.sas_transport import is_transport, read_transport
from jakstat.tables import read_file
from jakstat.workbooks import is_workbook, read_sheets

__all__ = ["Grid", "grid_of", "read_grid", "read_grids"]

_MOST_PROBLEMS = 50
_AROUND = " \t\r\n\u00a0\u202f\u2009\ufeff"
_SIGNS = str.maketrans({"\u2212": "-", "\u2013": "-"})
_DIGITS = re.compile(r"[-+\u2212\u2013]?[0-9.,eE+%-]+\s*%?")
_COMMA = re.compile(r"[+-]?([0-9]*),([0-9]+)([eE][+-]?[0-9]+)?( ?%)?")
_POINT = re.compile(r"[+-]?[0-9]*\.[0-9]+([eE][+-]?[0-9]+)?( ?%)?")
_GROUPED = re.compile(
    r"[+-]?[1-9][0-9]{0,2}(?:(?:,[0-9]{3}){2,}(?:\.[0-9]*)?|(?:,[0-9]{3})+\.[0-9]*"
    r"|(?:\.[0-9]{3}){2,}(?:,[0-9]*)?|(?:\.[0-9]{3})+,[0-9]*"
    r"|(?:[ \u00a0\u202f'\u2019][0-9]{3})+(?:[.,][0-9]*)?)"
)
_THREE = 3
_FAULT = re.compile(
    r"#(?:DIV/0!|N/A|NAME\?|NULL!|NUM!|REF!|VALUE!|SPILL!|CALC!|WERT!|BEZUG!|ZAHL!|NV|NOM\s?\?|VALEUR!|#+)"
)
_FORM = "save the table as CSV UTF-8 or .xlsx"
_OTHER_KINDS = {
    b"%PDF": "a PDF", b"\x89PNG": "a picture", b"<?xml": "an XML file (of GraphPad Prism, say)",
    b"<!DOC": "a web page", b"<html": "a web page", b"{\\rtf": "a text document", b"PAR1": "a Parquet file",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows of cells, numbers in plain digits, each row with its line.

    Parameters
    ----------
    file : str
        Name in messages.
    rows : tuple of (line, cells)
        Empty rows and empty cells at the end of all rows are left out.
    notes : tuple of str
        How it was read, where that is not self-evident.
    key : str
        SHA-256 of the file.
    sheet : str
        Of a workbook.
    by_commas : bool
        Whether commas stand between the cells.
    """

    file: str
    rows: tuple[tuple[int, tuple[str, ...]], ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    key: str = ""
    sheet: str = ""
    by_commas: bool = False


def read_grid(path: str | Path, *, field: str | None = None, sheet: str | None = None) -> Grid:
    """The cells of one table in a file; of a workbook its first sheet that holds any, or the one named.

    Raises
    ------
    InputError
        ``file.*`` when it cannot be read; ``table.form``, ``table.size``, ``file.encoding``; ``table.sheet``.
        What is wrong with single cells is kept in ``problems``.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "a.csv")
    >>> _ = path.write_bytes(b"dose;response\\r\\n0,5;98\\r\\n;\\r\\n")
    >>> grid = read_grid(path)
    >>> grid.rows, grid.notes
    (((1, ('dose', 'response')), (2, ('0.5', '98'))), ('cells between semicolons', '0,5 read as 0.5'))
    """
    grids = read_grids(path, field=field, sheet=sheet)
    return next((grid for grid in grids if grid.rows), grids[0])


def read_grids(path: str | Path, *, field: str | None = None, sheet: str | None = None) -> tuple[Grid, ...]:
    """Every table of a file, as :func:`read_grid` reads one: the sheets of a workbook, the one of a CSV.

    Examples
    --------
    >>> read_grids("nowhere.csv")
    Traceback (most recent call last):
    ...
    jakstat.errors.InputError: nowhere.csv: there is no such file. [file.missing]
    """
    file = Path(path).name
    data = read_file(path, most=LIMITS.table_bytes, field=field)
    key = hashlib.sha256(data).hexdigest()
    if is_transport(data):
        return _transported(data, file=file, field=field, sheet=sheet, key=key)
    if not is_workbook(data, file=file, field=field):
        if sheet is not None:
            hint = "leave it out: only .xlsx has sheets"
            raise problem("table.sheet", f"there is no sheet {sheet[:40]!r} in a CSV", file=file, hint=hint)
        return (_split(data, file=file, field=field, key=key),)
    found = read_sheets(data, file=file, field=field)
    if sheet is not None:
        listed = ", ".join(repr(one.name) for one in found)
        found = tuple(one for one in found if one.name.casefold() == sheet.strip().casefold())
        if not found:
            message = f"the workbook has no sheet {sheet[:40]!r}"
            raise problem("table.sheet", message, file=file, field=field, hint=f"it has {listed}")
    if not found:
        raise problem("table.empty", "the workbook has no sheet with cells", file=file, field=field)
    return tuple(
        replace(grid_of(one.rows, file=file, key=key, problems=one.problems), sheet=one.name) for one in found
    )


def _transported(
    data: bytes, *, file: str, field: str | None, sheet: str | None, key: str
) -> tuple[Grid, ...]:
    """The data sets of a SAS transport file; lines are counted with the names as the first."""
    sets = read_transport(data, file=file, field=field)
    kept = [one for one in sets if sheet is None or one.name.casefold() == sheet.strip().casefold()]
    if not kept:
        hint = f"it has {', '.join(one.name for one in sets)}"
        message = f"the file has no data set {str(sheet)[:40]!r}"
        raise problem("table.sheet", message, file=file, field=field, hint=hint)
    return tuple(
        replace(
            grid_of(enumerate([[c.name for c in one.columns], *one.rows], 1), file=file, key=key,
                    notes=[f"SAS transport file, data set {one.name}"]),
            sheet=one.name,
        )
        for one in kept
    )  # fmt: skip


def grid_of(
    rows: Iterable[tuple[int, Sequence[object]]],
    *,
    file: str,
    key: str = "",
    separator: str = "\t",
    notes: Sequence[str] = (),
    problems: Sequence[Problem] = (),
) -> Grid:
    """A grid of rows that are cells already: numbers, texts, nothing.

    Examples
    --------
    >>> grid_of([(1, ["dose", "response"]), (2, [0.5, None])], file="frame").rows
    ((1, ('dose', 'response')), (2, ('0.5', '')))
    """
    whole = [(line, tuple(map(_cell, cells))) for line, cells in rows]
    width = max((_used(cells) for _, cells in whole), default=0)
    kept = [(line, cells[:width]) for line, cells in whole if _used(cells)]
    found, said = list(problems), list(notes)
    for line, cells in kept:
        for place, cell in enumerate(cells, 1):
            if isinstance(cell, str) and _FAULT.fullmatch(cell):
                hint = "mend its formula, or clear the cell"
                message = f"the cell holds the spreadsheet's error {cell[:12]}"
                found.append(Problem("table.formula", message, file, line, place, hint=hint))
    change, wrong, told = _decimals(kept, file=file, separator=separator)
    plain = tuple(
        (line, tuple(change(cell) if isinstance(cell, str) else _digits(cell) for cell in cells))
        for line, cells in kept
    )
    wrong = [*found, *wrong][:_MOST_PROBLEMS]
    return Grid(file, plain, tuple(wrong), (*said, *told), key, by_commas=separator == ",")


def _used(cells: Sequence[object]) -> int:
    """Cells up to the last that holds something."""
    return max((place for place, cell in enumerate(cells, 1) if cell != ""), default=0)


def _cell(value: object) -> str | float | int:
    """A number as it is, everything else as its text; nothing, and what is not a number, is empty."""
    if value is None or value != value or str(value) in ("<NA>", "NaT"):
        return ""
    if isinstance(value, bytes):  # texts of pandas.read_sas
        value = value.decode("utf-8", errors="replace")
    if isinstance(value, bool) or str(value) in ("True", "False"):
        return str(value)
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return float(value)
    text = str(value).strip(_AROUND)
    return text.translate(_SIGNS) if _DIGITS.fullmatch(text) else text


def _digits(value: float | int) -> str:
    return "inf" if value == math.inf else "-inf" if value == -math.inf else repr(value)


def _decimals(
    rows: Sequence[tuple[int, tuple[object, ...]]], *, file: str, separator: str
) -> tuple[Callable[[str], str], list[Problem], list[str]]:
    """How the texts of a file write decimals: what makes plain digits of one, problems, and words."""
    texts = [
        (line, place, cell)
        for line, cells in rows
        for place, cell in enumerate(cells, 1)
        if isinstance(cell, str)
    ]

    def fault(at: tuple[int, int, str], message: str, hint: str) -> Problem:
        return Problem("table.number", message, file, at[0], at[1], hint=hint)

    grouped = [at for at in texts if _GROUPED.fullmatch(at[2]) and not _COMMA.fullmatch(at[2])]
    hint = "write numbers without a sign between thousands, e.g. 1000 or 1000.5"
    wrong = [fault(at, f"{at[2][:40]!r} has a sign between thousands", hint) for at in grouped]
    commas = [(at, match) for at in texts if (match := _COMMA.fullmatch(at[2]))]
    doubtful = [at for at, match in commas if _may_be_thousands(match)]
    clear = [at for at, match in commas if not _may_be_thousands(match)]
    points = [at for at in texts if _POINT.fullmatch(at[2])]
    if points and clear:
        message = f"{clear[0][2]!r} has a decimal comma, {points[0][2]!r} in line {points[0][0]} a point"
        hint = "write all numbers of the file with a point, or all with a comma"
        # read on as if they were meant, so that this is told once
        return _with_point, [*wrong, fault(clear[0], message, hint)], []
    elif doubtful and not clear and (points or separator != ";"):
        one = doubtful[0][2]
        message = f"{one!r} may be {one.replace(',', '')} or {one.replace(',', '.')}"
        hint = "write decimals with a point, and nothing between thousands"
        wrong.append(fault(doubtful[0], message, hint))
    elif commas:
        one = (clear or doubtful)[0][2]
        return _with_point, wrong, [f"{one} read as {one.replace(',', '.')}"]
    return str, wrong, []


def _with_point(text: str) -> str:
    return text.replace(",", ".") if _COMMA.fullmatch(text) else text


def _may_be_thousands(match: re.Match[str]) -> bool:
    whole, rest, power, _ = match.groups()
    return len(rest) == _THREE and 1 <= len(whole) <= _THREE and whole[0] != "0" and not power


def _split(data: bytes, *, file: str, field: str | None, key: str) -> Grid:
    text, notes = _decoded(data, file=file, field=field)
    first = text.split("\n", 1)[0].strip().lower()
    said = first[4:5] if re.fullmatch(r"sep=.", first) else ""
    if said or re.fullmatch(r"sep=\t?", first):
        text = "\n" + text.split("\n", 1)[-1]
        said = said or "\t"
    separator = said or _separator(text)
    names = {";": "semicolons", "\t": "tabs", " ": "blanks", ",": "commas"}
    told = [] if separator == "," else [f"cells between {names.get(separator, separator)}"]
    rows: list[tuple[int, Sequence[object]]] = []
    problems: list[Problem] = []
    try:
        for number, cells in _rows(text, separator):
            if len(rows) >= LIMITS.table_rows:
                problems.append(Problem("table.rows", f"more than {LIMITS.table_rows} rows", file, number))
                break
            long = next((k for k, c in enumerate(cells, 1) if len(c) > LIMITS.table_field_length), 0)
            if long or len(cells) > LIMITS.table_columns:
                hint = f"at most {LIMITS.table_columns} cells of {LIMITS.table_field_length} characters"
                message = "a cell is too long" if long else "the row has too many cells"
                problems.append(Problem("table.field", message, file, number, long or None, hint=hint))
                continue
            rows.append((number, cells))
    except csv.Error as error:
        message = f"the table cannot be read: {error}"
        raise problem(
            "table.form", message, file=file, line=rows[-1][0] + 1 if rows else 1, field=field, hint=_FORM
        ) from None
    return grid_of(rows, file=file, key=key, separator=separator, notes=[*notes, *told], problems=problems)


def _rows(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Line and cells of each row; lines that begin with # say something on the table and are none of it."""
    if separator == " ":
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip() and not line.startswith("#"):
                yield number, line.split()
        return
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    begun = 1
    for cells in reader:
        first = cells[0].lstrip(_AROUND) if cells else ""
        if any(map(str.strip, cells)) and not (first.startswith("#") and not _FAULT.fullmatch(first)):
            yield begun, [_unescaped(cell) for cell in cells]
        begun = reader.line_num + 1


def _unescaped(cell: str) -> str:
    """Without the apostrophe that :mod:`jakstat.answer_tables` puts before a text."""
    return cell[1:] if re.match(r"'[=+@\t\r-]", cell) else cell


def _separator(text: str) -> str:
    """What stands between the cells, by the first line that is none of words on the table."""
    lines = (line for line in text.splitlines() if line.strip() and not line.startswith("#"))
    few = [line for line, _ in zip(lines, range(5), strict=False)]
    plain = [re.sub(r'"[^"]*"', "", line) for line in few]
    counts = {sign: sum(sign in line for line in plain) for sign in ("\t", ";", ",")}
    most = max(counts, key=lambda sign: counts[sign])
    if counts[most]:
        return most
    widths = {len(line.split()) for line in plain}
    return " " if len(widths) == 1 and widths.pop() > 1 and len(plain) > 1 else ","


def _decoded(data: bytes, *, file: str, field: str | None) -> tuple[str, list[str]]:
    kind = next((said for head, said in _OTHER_KINDS.items() if data[:8].lstrip().startswith(head)), None)
    if kind is not None:
        raise problem("table.form", f"the file is {kind}, not a table", file=file, field=field, hint=_FORM)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text, notes = data.decode("utf-16", errors="replace"), ["text of UTF-16"]
    else:
        try:
            text, notes = data.decode("utf-8-sig"), []
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            try:
                text, notes = data.decode("cp1252"), ["text of Windows-1252 (not UTF-8)"]
            except UnicodeDecodeError:
                message = "the file is no text that can be read"
                raise problem(
                    "file.encoding", message, file=file, line=line, field=field, hint=_FORM
                ) from None
    bad = re.search("[\0-\x08\x0e-\x1f\ufffd]", text)
    if bad:
        line = text.count("\n", 0, bad.start()) + 1
        message = "the file is no text"
        raise problem("file.encoding", message, file=file, line=line, field=field, hint=_FORM)
    return text.replace("\r\n", "\n").replace("\r", "\n"), notes
