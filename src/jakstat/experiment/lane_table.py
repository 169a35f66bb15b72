"""The table of lanes of `jakstat run`: CSV from outside, checked once, then read piece by piece.

The header holds ids of parameters, compartments and species; a column ``lane`` with a name for
each row may be added. The table is never held as a whole, however many rows it has.
"""

from __future__ import annotations

import hashlib
import io
import itertools
from collections.abc import Container, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from jakstat.errors import InputError, Problem, problem
from jakstat.identity import file_key
from jakstat.limits import LIMITS
from jakstat.numbers import read_number
from jakstat.tables import header_problems, is_file, split_rows

__all__ = ["LANE", "LaneTable", "Piece", "check_lane_table"]

LANE = "lane"
_LINE = 1_000_000
_MOST_PROBLEMS = 20


@dataclass(frozen=True)
class Piece:
    """Some consecutive lanes: the number of the first, their names (if they have any), values by column."""

    first: int
    lanes: int
    names: tuple[str, ...] | None
    values: dict[str, NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class LaneTable:
    """A checked table: where it is, what it holds, and the SHA-256 of its bytes.

    Parameters
    ----------
    path : Path or None
        The file; None stands for lanes that all have the values of the model.
    columns : tuple of str
        Ids, in the order of the file, without ``lane``.
    named : bool
        Whether there is a column ``lane``.
    lanes : int
        Number of rows.
    key : str or None
        SHA-256 of the file.
    """

    path: Path | None
    columns: tuple[str, ...] = ()
    named: bool = False
    lanes: int = 1
    key: str | None = None

    def pieces(self, size: int, *, without: Container[int] = ()) -> Iterator[Piece]:
        """The lanes, `size` at a time, but for the pieces whose numbers are in `without`.

        Raises
        ------
        InputError
            ``table.changed`` when the file is no longer the one that was checked.

        Examples
        --------
        >>> [piece.lanes for piece in LaneTable(None).pieces(10)]
        [1]
        """
        if self.path is None:
            for number, first in enumerate(range(0, self.lanes, size)):
                if number not in without:
                    yield Piece(first, min(size, self.lanes - first), None, {})
            return
        place = _header(self.path).index(LANE) if self.named else None
        rows: list[list[str]] = []
        done = 0
        for _, row in _rows(self.path):
            if done // size not in without:
                rows.append(row)
            done += 1
            if rows and (done % size == 0 or done == self.lanes):
                yield self._piece(done - len(rows), rows, place)
                rows = []
        if done != self.lanes:
            raise _changed(self.path)

    def _piece(self, first: int, rows: list[list[str]], place: int | None) -> Piece:
        assert self.path is not None
        try:
            numbers = [[float(c) for i, c in enumerate(row) if i != place] for row in rows]
            values = np.array(numbers, dtype=float).reshape(len(rows), len(self.columns))
        except ValueError:
            raise _changed(self.path) from None
        names = None if place is None else tuple(row[place].strip() for row in rows)
        return Piece(first, len(rows), names, {c: values[:, i].copy() for i, c in enumerate(self.columns)})


def check_lane_table(path: str | Path) -> LaneTable:
    """Read a table once, cell by cell, and say everything that is wrong with it.

    Parameters
    ----------
    path : path
        CSV, UTF-8, with a header.

    Raises
    ------
    InputError
        ``file.missing``, ``table.size``, ``file.encoding``, ``table.form``, ``table.columns``,
        ``table.cells``, ``table.number``, ``table.lane``, ``table.rows``, ``table.empty``.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "p.csv").write_text("lane,k\\na,1\\nb,2.5\\n")
    ...     table = check_lane_table(Path(folder, "p.csv"))
    >>> table.columns, table.named, table.lanes
    (('k',), True, 2)
    """
    place = Path(path)
    if not is_file(place):
        raise problem("file.missing", f"no file '{place.name}'", file=place.name, hint="give a CSV table")
    size = place.stat().st_size
    if size > LIMITS.lane_table_bytes:
        hint = f"at most {LIMITS.lane_table_bytes} bytes are read"
        raise problem("table.size", f"the table has {size} bytes", file=place.name, hint=hint)
    header = _header(place)
    problems: list[Problem] = []
    digests = bytearray()
    lanes = 0
    for line, row in _rows(place):
        lanes += 1
        if lanes > LIMITS.run_lanes:
            message = f"more than {LIMITS.run_lanes} lanes"
            raise problem("table.rows", message, file=place.name, line=line, hint="split the table")
        _check_row(row, header, place.name, line, problems)
        if LANE in header and len(row) == len(header):
            digests += hashlib.blake2b(row[header.index(LANE)].strip().encode(), digest_size=8).digest()
        if len(problems) >= _MOST_PROBLEMS:
            break
    if not problems and lanes == 0:
        problems.append(Problem("table.empty", "the table has no rows", place.name))
    if not problems and LANE in header:
        problems += _doubles(digests, place.name)
    if problems:
        raise InputError(problems)
    columns = tuple(c for c in header if c != LANE)
    return LaneTable(place, columns, LANE in header, lanes, file_key(place))


def _check_row(row: list[str], header: list[str], file: str, line: int, problems: list[Problem]) -> None:
    if len(row) != len(header):
        message = f"the row has {len(row)} cells, the header {len(header)}"
        problems.append(Problem("table.cells", message, file, line))
        return
    for column, cell in zip(header, row, strict=True):
        if column == LANE:
            name = cell.strip()
            if not name or len(name) > LIMITS.name_length or not (name[0].isalnum() or name[0] == "_"):
                hint = "begin with a letter or a digit"
            elif not name.isprintable():
                hint = "use printable characters"
            else:
                continue
            problems.append(
                Problem("table.lane", f"{name[:40]!r} is no name", file, line, None, column, hint)
            )
        elif read_number(cell) is None:
            message = f"{cell[:40]!r} is not a finite number"
            problems.append(Problem("table.number", message, file, line, None, column))


def _doubles(digests: bytearray, file: str) -> list[Problem]:
    keys = np.frombuffer(bytes(digests), dtype=np.uint64)
    order = np.argsort(keys, kind="stable")
    same = np.flatnonzero(np.diff(keys[order]) == 0)
    if not len(same):
        return []
    row = int(order[same + 1].min()) + 1
    hint = "give each lane its own"
    return [Problem("table.lane", f"the name of row {row} stands there twice", file, None, None, LANE, hint)]


def _header(path: Path) -> list[str]:
    lines = _lines(path)
    try:
        header = [cell.strip() for cell in next(split_rows(lines, file=path.name), (1, []))[1]]
    finally:
        lines.close()
    problems = header_problems(header, file=path.name, line=1, columns=(), others=True)
    faults = [f"column {i + 1} has no name" for i, c in enumerate(header) if not c]
    if not header or header == [LANE]:
        faults.append("the header names no parameter, compartment or species")
    problems += tuple(Problem("table.columns", fault, path.name, 1) for fault in faults)
    if problems:
        raise InputError(problems[:_MOST_PROBLEMS])
    return header


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of every row below the header."""
    return itertools.islice(split_rows(_lines(path), file=path.name), 1, None)


def _lines(path: Path) -> Generator[str, None, None]:
    try:
        with path.open("rb") as raw, io.TextIOWrapper(raw, "utf-8-sig", newline="") as stream:
            number = 0
            while line := stream.readline(_LINE):
                number += 1
                if len(line) == _LINE:
                    raise problem("table.form", "the line is too long", file=path.name, line=number)
                if "\0" in line:
                    raise problem("file.encoding", "there is a NUL character", file=path.name, line=number)
                yield line
    except UnicodeDecodeError:
        raise problem(
            "file.encoding", "the table is not UTF-8", file=path.name, hint="save it as UTF-8"
        ) from None
    except OSError as error:
        message = f"'{path.name}' cannot be read: {error.strerror}"
        raise problem("file.unreadable", message, file=path.name) from None


def _changed(path: Path) -> InputError:
    message = "the table was changed while it was being read"
    return problem("table.changed", message, file=path.name, hint="run again")
