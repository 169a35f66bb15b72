"""Workbooks of spreadsheet programs (.xlsx): the cells of a sheet, and tables written as sheets.

A workbook is a zip of XML. What it unpacks to is capped before it is opened; formulas are never worked out,
the value that the spreadsheet program kept is taken. Text is written as text, whatever it begins with.
"""

from __future__ import annotations

import datetime
import io
import math
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jakstat.errors import InputError, Problem, problem
from jakstat.extras import needs
from jakstat.limits import LIMITS

__all__ = ["Sheet", "is_workbook", "read_sheets", "workbook_bytes"]

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_MADE = datetime.datetime(1980, 1, 1, tzinfo=datetime.UTC)
_LONGEST_NAME, _LONGEST_CELL, _MOST_ROWS = 31, 32_767, 1_048_575
_NO_NAME = dict.fromkeys(map(ord, "[]:*?/\\"), "_")
_HOUR, _DAY = 3600, 86400


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its name and its rows, each with the number that the spreadsheet program shows.

    A number stays a number; a date or a clock time is text as ISO 8601 has it; what is shown as a percentage
    is text with its sign, as in the same table saved as CSV.
    """

    name: str
    rows: tuple[tuple[int, tuple[object, ...]], ...]
    problems: tuple[Problem, ...] = ()


def is_workbook(data: bytes, *, file: str, field: str | None = None) -> bool:
    """Whether the bytes are a workbook.

    Raises
    ------
    InputError
        ``table.form``: the older format, or one under a password.

    Examples
    --------
    >>> is_workbook(b"dose,response", file="a.csv")
    False
    """
    if data.startswith(_OLE):
        message = "the workbook is of the old format (.xls) or under a password"
        raise problem(
            "table.form", message, file=file, field=field, hint="save it as .xlsx or CSV without one"
        )
    return data.startswith(_ZIP)


def read_sheets(data: bytes, *, file: str, field: str | None = None) -> tuple[Sheet, ...]:
    """The sheets of a workbook, in their order; charts and the like are none.

    Raises
    ------
    InputError
        ``table.form``, ``table.size``.

    Examples
    --------
    >>> made = workbook_bytes({"dose": [["dose (nM)", "response"], [0.5, 98]]})
    >>> read_sheets(made, file="a.xlsx")[0].rows
    ((1, ('dose (nM)', 'response')), (2, (0.5, 98)))
    """
    _check_size(data, file, field)
    with needs("store"):
        import openpyxl

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            kept, formulas = (
                openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=only, keep_links=False)
                for only in (True, False)
            )
            return tuple(
                _sheet(kept[name], formulas[name], file)
                for name in kept.sheetnames
                if hasattr(kept[name], "iter_rows")
            )
    except InputError:
        raise
    except Exception as error:  # a stranger's zip: whatever openpyxl says of it
        message = f"the workbook cannot be read: {str(error)[:80]}"
        hint = "open it in the spreadsheet program and save it again as .xlsx or CSV"
        raise problem("table.form", message, file=file, field=field, hint=hint) from None


def _check_size(data: bytes, file: str, field: str | None) -> None:
    hint = "export the table from its program as .xlsx or CSV"
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise problem("table.form", "the workbook is damaged", file=file, field=field, hint=hint) from None
    if "xl/workbook.xml" not in {info.filename for info in infos}:
        raise problem("table.form", "the file is no .xlsx workbook", file=file, field=field, hint=hint)
    if sum(info.file_size for info in infos) > LIMITS.workbook_bytes:
        hint = f"at most {LIMITS.workbook_bytes} bytes are read"
        raise problem("table.size", "the workbook unpacks to too much", file=file, field=field, hint=hint)


def _sheet(kept: Any, formulas: Any, file: str) -> Sheet:
    for half in (kept, formulas):
        half.reset_dimensions()  # what the file says of its size need not be so
    rows: list[tuple[int, tuple[object, ...]]] = []
    problems: list[Problem] = []
    for number, (values, said) in enumerate(zip(kept.iter_rows(), formulas.iter_rows(), strict=False), 1):
        if len(rows) > LIMITS.table_rows:
            problems.append(Problem("table.rows", f"more than {LIMITS.table_rows} rows", file, number))
            break
        cells = []
        for place, (cell, formula) in enumerate(zip(values, said, strict=False), 1):
            if cell.value is None and getattr(formula, "data_type", "") == "f":
                hint = "open it in the spreadsheet program and save it, or paste the values"
                message = "the formula of the cell was never worked out"
                problems.append(Problem("table.formula", message, file, number, place, hint=hint))
            cells.append(_plain(cell.value, str(getattr(cell, "number_format", ""))))
        if any(cell not in (None, "") for cell in cells):
            rows.append((number, tuple(cells)))
    return Sheet(kept.title, tuple(rows), tuple(problems[:50]))


def _plain(value: Any, shape: str) -> object:
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return f"{float(f'{100.0 * value:.15g}'):.15g}%" if "%" in shape else value
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ").removesuffix(" 00:00:00")
    if isinstance(value, datetime.timedelta):
        seconds = round(value.total_seconds())
        return f"{seconds // _HOUR}:{seconds % _HOUR // 60:02d}" + (
            f":{seconds % 60:02d}" if seconds % 60 else ""
        )
    if isinstance(value, datetime.time):
        return value.isoformat("auto").removesuffix(":00")
    return value if value is None else str(value)


def workbook_bytes(sheets: Mapping[str, Iterable[Sequence[object]]]) -> bytes:
    """A workbook with these sheets; the same rows give the same bytes.

    Parameters
    ----------
    sheets : mapping
        Rows by name; a cell is a text, a number or nothing. The first row is shown bold and stays in view.

    Raises
    ------
    InputError
        ``table.rows``: more rows than a sheet has.

    Examples
    --------
    >>> made = workbook_bytes({"a": [["name"], ["=1+1"]]})
    >>> read_sheets(made, file="a.xlsx")[0].rows[1]
    (2, ('=1+1',))
    """
    with needs("store"):
        import openpyxl

    book = openpyxl.Workbook(write_only=True)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name.translate(_NO_NAME)[:_LONGEST_NAME])
        sheet.freeze_panes = "A2"
        for cells in _written(sheet, rows):
            sheet.append(cells)
    made = io.BytesIO()
    book.save(made)
    return _without_clock(made.getvalue())


def _written(sheet: Any, rows: Iterable[Sequence[object]]) -> Iterator[list[Any]]:
    with needs("store"):
        from openpyxl.cell import WriteOnlyCell
        from openpyxl.styles import Font

    for number, row in enumerate(rows):
        if number > _MOST_ROWS:
            raise problem("table.rows", f"a sheet holds {_MOST_ROWS} rows", field="--xlsx", hint="use --csv")
        cells = []
        for value in row:
            exact = repr(float(value)) if isinstance(value, float) and math.isfinite(value) else None
            cell = WriteOnlyCell(sheet, value=_told(value) if exact is None else exact)
            if isinstance(value, str):
                cell.data_type = "s"  # else a text with = in front becomes a formula
            elif exact is not None:
                cell.data_type = "n"  # openpyxl writes 16 digits of a number, and 17 read back exactly
            if number == 0:
                cell.font = Font(bold=True)
            cells.append(cell)
        yield cells


def _told(value: object) -> object:
    """What openpyxl can write: text without control characters, cut where a cell ends."""
    if isinstance(value, str):
        plain = "".join(c if c.isprintable() or c in "\n\t" else " " for c in value)
        return plain[:_LONGEST_CELL]
    return value


def _without_clock(data: bytes) -> bytes:
    """The same archive, all of it made at one moment."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as made,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as plain,
    ):
        for info in made.infolist():
            content = made.read(info)
            if info.filename == "docProps/core.xml":
                content = _dated(content)
            plain.writestr(zipfile.ZipInfo(info.filename, (1980, 1, 1, 0, 0, 0)), content)
    return out.getvalue()


def _dated(content: bytes) -> bytes:
    import re

    return re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", _MADE.strftime("%Y-%m-%dT%H:%M:%SZ").encode(), content)
