"""An answer as a table for other programs: CSV or a workbook, with what was asked above or beside it.

Numbers read back exactly, and nothing is an empty cell. Text stays text: spreadsheet programs take a cell
that begins with ``=``, ``+``, ``-`` or ``@`` for a formula, so in a CSV an apostrophe stands before it (which
:mod:`jakstat.grids` takes away again); a workbook says of each cell that it is text.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jakstat.identity import VERSION
from jakstat.numbers import read_number
from jakstat.store import NOTICE
from jakstat.workbooks import workbook_bytes

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["AnswerTable", "TabledAnswer", "answer_table"]

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class AnswerTable:
    """Rows under headings, and the question they answer."""

    heads: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    asked: str

    def csv_text(self) -> str:
        """As CSV, under the notice and what was asked as comments.

        Examples
        --------
        >>> print(answer_table([{"drug": "=a", "dose_nM": 0.1}], "hepg2").csv_text())
        # For research; not for treating a patient.
        # hepg2
        drug,dose_nM
        '=a,0.1
        <BLANKLINE>
        """
        out = io.StringIO()
        for line in (NOTICE, *self.asked.splitlines()):
            out.write(f"# {line}\n")
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(map(_as_text, self.heads))
        writer.writerows([_as_text(cell) for cell in row] for row in self.rows)
        return out.getvalue()

    def workbook(self) -> bytes:
        """As .xlsx: the sheets ``answer`` and ``question``.

        Examples
        --------
        >>> from jakstat.workbooks import read_sheets
        >>> made = answer_table([{"drug": "a", "dose_nM": 0.1}], "hepg2").workbook()
        >>> [(sheet.name, len(sheet.rows)) for sheet in read_sheets(made, file="a.xlsx")]
        [('answer', 2), ('question', 3)]
        """
        said = (self.asked, NOTICE, f"jakstat {VERSION}")
        return workbook_bytes({"answer": [self.heads, *self.rows], "question": [[line] for line in said]})


class TabledAnswer:
    """An answer that is no xarray dataset and is shown, and handed on, as one is.

    A class that has :meth:`table_rows` gets ``to_dataframe()``, ``to_netcdf()`` and its table in a notebook.

    Examples
    --------
    >>> class Doses(TabledAnswer):
    ...     def table_rows(self):
    ...         return [{"drug": "a", "IC50": {"value": 0.1, "unit": "nM"}}]
    >>> Doses().to_dataframe()
      drug  IC50_value IC50_unit
    0    a         0.1        nM
    """

    __slots__ = ()

    def table_rows(self) -> Iterable[Mapping[str, Any]]:
        """Rows of its table, a unit beside each number or in its name."""
        raise NotImplementedError

    def to_dataframe(self) -> pd.DataFrame:
        """Its table as a pandas frame, a column for each number."""
        import pandas as pd

        table = answer_table(self.table_rows(), "")
        return pd.DataFrame([list(row) for row in table.rows], columns=list(table.heads))

    def to_netcdf(self, path: str | Path) -> None:
        """Write its table as netCDF: a variable for each column, over ``index``."""
        frame = self.to_dataframe()
        texts = {name: "" for name in frame.columns if frame[name].dtype == object}
        frame.fillna(texts).astype(dict.fromkeys(texts, str)).to_xarray().to_netcdf(path, engine="h5netcdf")

    def _repr_html_(self) -> str:
        return str(self.to_dataframe().to_html(index=False, na_rep="", max_rows=60))


def answer_table(rows: Iterable[Mapping[str, Any]], asked: str) -> AnswerTable:
    """The rows of a document as a table: a column for each number.

    What is nested gets names like ``IC50_value``; of a list only text is kept.

    Examples
    --------
    >>> row = {"drug": "a", "IC50": {"value": 0.1, "unit": "nM"}, "acts_on": ["JAK1", "JAK2"]}
    >>> table = answer_table([row], "hepg2")
    >>> table.heads, table.rows
    (('drug', 'IC50_value', 'IC50_unit', 'acts_on'), (('a', 0.1, 'nM', 'JAK1; JAK2'),))
    """
    flat = [dict(_flat(row)) for row in rows]
    heads = tuple(dict.fromkeys(name for row in flat for name in row))
    return AnswerTable(heads, tuple(tuple(_plain(row.get(head)) for head in heads) for row in flat), asked)


def _flat(row: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    for name, value in row.items():
        if isinstance(value, Mapping):
            yield from ((f"{name}_{inner}", v) for inner, v in _flat(value))
        elif not isinstance(value, list | tuple):
            yield name, value
        elif all(isinstance(v, str) for v in value):
            yield name, "; ".join(value)


def _plain(value: object) -> object:
    """What a cell holds: nothing, a number of Python, or text."""
    if value is None or isinstance(value, bool | str | int):
        return value
    if isinstance(value, float):
        number = float(value)
        return number if math.isfinite(number) else None if math.isnan(number) else f"{number}"
    return value.item() if hasattr(value, "item") else str(value)


def _as_text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float):
        return repr(cell)
    text = str(cell)
    formula = text.startswith(_FORMULA) and len(text) > 1 and read_number(text) is None
    return f"'{text}" if formula and isinstance(cell, str) and cell != "-inf" else text
