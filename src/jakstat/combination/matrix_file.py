"""Files of measured matrices, in long form or as matrices, and frames of Python: to wells."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jakstat.combination.matrix_blocks import block_wells, is_blocks
from jakstat.combination.matrix_wells import LONG_NAMES, RESPONSE_COLUMNS, Well, long_wells
from jakstat.combination.response_scales import ResponseScale, response_scale
from jakstat.errors import InputError, Problem, problem
from jakstat.grids import Grid, grid_of, read_grids
from jakstat.identity import content_key
from jakstat.numbers import read_number
from jakstat.spreadsheets import read_spreadsheet, table_of
from jakstat.tables import Table
from jakstat.units import usual_unit

__all__ = ["MatrixFile", "read_matrix_file"]

_FIELD = "--data"
_DOSES = ("dose_a", "dose_b")
_BY = ("matrix", "cell")
_PERCENT = {"%", "percent"}


@dataclass(frozen=True)
class MatrixFile:
    """What a file of measured matrices holds.

    Parameters
    ----------
    name, key : str
        Its name, and the SHA-256 of its bytes.
    form : {"long", "matrix"}
    wells : tuple of Well
    by : tuple of str
        What tells its matrices apart.
    scale : ResponseScale
    notes : tuple of str
    """

    name: str
    key: str
    form: str
    wells: tuple[Well, ...]
    by: tuple[str, ...]
    scale: ResponseScale
    notes: tuple[str, ...]

    def in_words(self) -> str:
        """Name, hash, rows read and left out, units, and how it was understood."""
        blank = sum(math.isnan(w.response) for w in self.wells)
        said = [f"{self.name} (SHA-256 {self.key[:8]}): {len(self.wells)} wells read"]
        if blank:
            said.append(f"{blank} of them empty and left out")
        units = sorted({u for w in self.wells for u in w.units if u})
        said.append(f"doses in {', '.join(units)}" if units else "doses without a unit")
        return "; ".join([*said, *self.notes])


def read_matrix_file(
    data: object,
    response: str | None,
    *,
    name: str = "data",
    drugs: Sequence[str] = (),
    units: Sequence[str] = (),
    by: Sequence[str] = (),
    sheet: str | None = None,
) -> MatrixFile:
    """Read one file, or a frame, of measured matrices.

    Parameters
    ----------
    data : str, Path, DataFrame, or rows
        A long table with the columns drug_a, dose_a, drug_b, dose_b, a unit, and response (replicate, plate,
        cell, matrix), or a matrix with doses in its first row and column (a frame: its index and columns).
    response : str
        A name of :data:`jakstat.combination.response_scales.RESPONSE_SCALES`.
    name : str
        Stands for the file of what is no file.
    drugs, units : sequence of str
        Of the rows and of the columns, where the file does not say.
    by : sequence of str
        Columns that tell matrices apart; ``matrix`` and ``cell`` if not given.
    sheet : str, optional
        Of a workbook.

    Raises
    ------
    InputError
        ``matrix.form``, ``matrix.response`` and what reading wells raises.

    Examples
    --------
    >>> rows = [{"drug_a": "A", "dose_a": 0, "drug_b": "B", "dose_b": 2, "unit": "nM", "response": 0.9}]
    >>> read_matrix_file(rows, "viability").in_words()[-25:]
    '1 wells read; doses in nM'
    """
    table, grid = _table_or_grid(data, name, sheet)
    if table is None:
        assert grid is not None
        _check_no_by(by, grid.file)
        scale = response_scale(response, file=grid.file)
        wells = block_wells(grid, drugs=drugs, units=units)
        return MatrixFile(grid.file, grid.key, "matrix", tuple(wells), (), scale, grid.notes)
    column = _response_column(table)
    scale = response_scale(response, file=table.file, said=column)
    _check_heading(table, column, scale)
    chosen = tuple(by) if by else tuple(c for c in _BY if c in table.columns)
    wanted = [c for c in chosen if c not in table.columns]
    if wanted:
        listed = ", ".join(c for c in table.columns if c not in (*_DOSES, column))
        message = f"there is no column {', '.join(wanted)} to tell matrices apart by"
        raise problem("table.columns", message, file=table.file, field="--by", hint=f"the file has {listed}")
    wells = long_wells(table, column, by=chosen, drugs=drugs)
    _check_given(table, wells, drugs, units)
    if units:
        both = (usual_unit(units[0]), usual_unit(units[-1]))
        wells = [
            Well(w.group, w.drugs, both, w.doses, w.response, w.replicate, w.file, w.line) for w in wells
        ]
    notes = [*table.notes]
    if "plate" in table.columns and "plate" not in chosen:
        notes.append("plates taken as replicates (--by plate scores each by itself)")
    return MatrixFile(table.file, table.key, "long", tuple(wells), chosen, scale, tuple(notes))


def _table_or_grid(data: object, name: str, sheet: str | None) -> tuple[Table | None, Grid | None]:
    """A long table, or the cells of a matrix."""
    names = LONG_NAMES
    if not isinstance(data, str | Path):
        framed = _frame_grid(data, name)
        if framed is not None:
            return None, framed
        return table_of(data, name=name, columns=_DOSES, names=names), None
    table = read_spreadsheet(data, field=_FIELD, columns=_DOSES, names=names, sheet=sheet)
    if all(c in table.columns for c in _DOSES):
        return table, None
    blocks = [g for g in read_grids(data, field=_FIELD, sheet=sheet) if is_blocks(g)]
    if len(blocks) > 1:
        listed = ", ".join(repr(g.sheet) for g in blocks)
        hint = f"choose one with --sheet, or put replicates under each other on one sheet; there are {listed}"
        message = f"{len(blocks)} sheets hold matrices"
        raise problem("table.sheet", message, file=blocks[0].file, field="--sheet", hint=hint)
    if blocks:
        return None, blocks[0]
    found = [*table.problems] or [Problem("matrix.form", "there is no matrix", table.file)]
    hint = (
        "give a long table with the columns drug_a, dose_a, unit, drug_b, dose_b, response (replicate), or a "
        "matrix with the doses of one drug in the first row and those of the other in the first column"
    )
    first = found[0]
    raise InputError([Problem("matrix.form", first.message, first.file, first.line, first.column, hint=hint)])


def _frame_grid(data: Any, name: str) -> Grid | None:
    """The cells of a frame whose index and columns are doses."""
    if not hasattr(data, "itertuples") or data.index.nlevels != 1 or data.columns.nlevels != 1:
        return None
    if any(read_number(str(c)) is None for c in [*data.index, *data.columns]):
        return None
    corner = f"{data.index.name} / {data.columns.name}" if data.index.name and data.columns.name else ""
    rows = [[corner, *data.columns]]
    rows += [[dose, *row] for dose, row in zip(data.index, data.itertuples(index=False), strict=True)]
    made = grid_of(enumerate(rows, 1), file=name, key=content_key([list(map(str, row)) for row in rows]))
    return made


def _response_column(table: Table) -> str:
    there = [c for c in RESPONSE_COLUMNS if c in table.columns]
    if len(there) == 1:
        return there[0]
    listed = ", ".join(table.columns)
    if there:
        message = f"the columns {', '.join(there)} may all be the response"
        hint = "call the one to score response, and leave the others out or call them otherwise"
    else:
        message, hint = f"there is no column response; the file has {listed}", "name the responses response"
    raise problem("table.columns", message, file=table.file, line=table.head_line, hint=hint)


def _check_heading(table: Table, column: str, scale: ResponseScale) -> None:
    """A heading that says something else than the scale."""
    kind = RESPONSE_COLUMNS[column]
    asked = scale.name.removeprefix("percent-")
    if kind and asked != kind and not (kind == "signal" and asked == "viability"):
        message = f"the column is called {column!r}, and --response says {scale.name}"
        hint = f"say --response {scale.name.replace(asked, kind)}, or call the column response"
        raise InputError([table.head(column).fault("matrix.response", message, hint)])
    if table.units.get(column, "") in _PERCENT and scale.full == 1.0:
        message = f"the column is in %, and --response says {scale.name}"
        raise InputError(
            [table.head(column).fault("matrix.response", message, f"say --response percent-{scale.name}")]
        )


def _check_given(table: Table, wells: Sequence[Well], drugs: Sequence[str], units: Sequence[str]) -> None:
    """What the file says already is not said again."""
    hint = "leave the option out"
    if drugs and "drug_a" in table.columns:
        raise problem("option.alone", "the file names its drugs", file=table.file, field="--drug", hint=hint)
    if units and any(u for w in wells for u in w.units):
        raise problem("option.alone", "the file has units", file=table.file, field="--unit", hint=hint)


def _check_no_by(by: Sequence[str], file: str) -> None:
    if by:
        hint = "give a long table, or one file for each matrix"
        raise problem("option.alone", "a file of matrices has no columns to tell them apart by", file=file,
                      field="--by", hint=hint)  # fmt: skip
