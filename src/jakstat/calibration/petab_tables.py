"""Tables of a PEtab problem in the shapes of version 2, whichever version the files have.

Every cell keeps the file, line and column that it was read from, so a problem of version 1 is refused at
the place where its author wrote it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from jakstat.limits import LIMITS
from jakstat.tables import Table, TableCell, TableLine, read_cells, read_file

__all__ = ["PetabRow", "PetabTables", "read_rows"]


@dataclass(frozen=True, slots=True)
class PetabRow:
    """Cells by column name; a column that is not there gives an empty cell."""

    file: str
    line: int
    cells: Mapping[str, TableCell]
    head_line: int = 1

    def __getitem__(self, name: str) -> TableCell:
        found = self.cells.get(name)
        return TableCell("", self.file, self.line, 1, name) if found is None else found

    def text(self, name: str) -> str:
        """The cell's text; ``""`` when it is empty, missing, or says NaN, as libpetab writes it."""
        found = self[name].text
        return "" if found.lower() == "nan" else found

    def changed(self, **cells: TableCell) -> PetabRow:
        """The row with other cells."""
        return replace(self, cells={**self.cells, **cells})


PetabTables = Mapping[str, tuple[PetabRow, ...]]
"""Rows of all files of a kind, by kind (``"parameter_files"``, ``"condition_files"``, ...)."""


def read_rows(paths: Sequence[Path], required: Sequence[str]) -> tuple[PetabRow, ...]:
    """The rows of some files, one behind the other.

    Raises
    ------
    InputError
        ``file.missing``, ``table.columns`` and what else is wrong with the form of a table.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "m.tsv").write_text("time\\tvalue\\n1\\t2\\n")
    ...     rows = read_rows([Path(folder, "m.tsv")], ["time"])
    >>> rows[0]["value"].number()
    2.0
    """
    tables = [
        read_cells(
            read_file(path, most=LIMITS.table_bytes), file=path.name, columns=required, others=True,
            delimiter="\t", ragged=True,
        ).sound()
        for path in paths
    ]  # fmt: skip
    return tuple(
        PetabRow(table.file, line.number, _cells(table, line), table.head_line)
        for table in tables
        for line in table.lines
    )


def _cells(table: Table, line: TableLine) -> dict[str, TableCell]:
    return {name: table.cell(line, name) for name in table.columns if name}
