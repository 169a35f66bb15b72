"""CSV: rows as in Parquet; the last line, a comment, holds the manifest, the pieces and their seals."""

from __future__ import annotations

import json
import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jakstat.errors import problem
from jakstat.experiment.lane_tally import Tally
from jakstat.experiment.lane_writers.held import HeldFile
from jakstat.experiment.lane_writers.layout import Block, Layout, Stored, foreign
from jakstat.experiment.lane_writers.row_record import Extent, checked, extents, record_text, write_seal
from jakstat.experiment.lane_writers.rows import schema, table
from jakstat.extras import needs
from jakstat.store import NOTICE

with needs("store"):
    from pyarrow import csv

__all__ = ["CsvWriter", "open_csv", "stored_csv"]

_TAIL = b"# run: "
_BLOCK = 1 << 16
_LONGEST_TAIL = 500_000_000


@dataclass
class CsvWriter:
    """A CSV file that is being filled; ``old`` is the one it replaces, with the pieces to keep of it."""

    layout: Layout
    held: HeldFile
    old: Path
    keep: dict[int, Extent]
    done: dict[int, Extent]

    def write(self, number: int, block: Block, tally: Tally) -> None:
        """Add a piece, after those to be kept that come before it."""
        self._catch_up(number)
        start = self.held.stream.tell()
        rows = table(block, self.layout, empty_nan=True)
        csv.write_csv(rows, self.held.stream, csv.WriteOptions(include_header=False))
        self.done[number] = self.held.extent(start, tally)

    def finish(self) -> None:
        """Write the last line and give the file its name."""
        self._catch_up(None)
        self.held.stream.write(_TAIL + record_text(self.layout, self.done).encode() + b"\n")
        self.held.stream.flush()
        write_seal(self.held.stream.fileno(), self.done)
        self.held.publish()

    def abort(self) -> None:
        """Forget the file."""
        self.held.drop()

    def _catch_up(self, number: int | None) -> None:
        for k in sorted(k for k in self.keep if number is None or k < number):
            kept = self.keep.pop(k)
            start = self.held.stream.tell()
            with self.old.open("rb") as old:
                old.seek(kept.start)
                left = kept.end - kept.start
                while left and (block := old.read(min(_BLOCK, left))):
                    self.held.stream.write(block)
                    left -= len(block)
            self.done[k] = self.held.extent(start, kept.tally)


def open_csv(path: Path, layout: Layout, *, replace: bool, keep: Collection[int]) -> CsvWriter:
    """Start a file that will hold the pieces in ``keep`` of the one that is there."""
    found = extents(_tail(path), file=path.name) if keep else {}
    held = HeldFile.open(path, replace=replace or bool(keep))
    try:
        held.stream.write(_head(layout))
    except BaseException:
        held.drop()
        raise
    return CsvWriter(layout, held, path, {k: found[k] for k in keep}, {})


def stored_csv(path: Path) -> Stored:
    """What the file says of itself, and what of it is whole.

    Raises
    ------
    InputError
        ``resume.foreign``.
    """
    return checked(path, _tail(path))


def _head(layout: Layout) -> bytes:
    units = {c.name: c.unit for c in layout.columns}
    comment = f"# {NOTICE}\n# time unit: {json.dumps(layout.time_unit)}\n# units: {json.dumps(units)}\n"
    return (comment + ",".join(schema(layout).names) + "\n").encode()


def _tail(path: Path) -> Any:
    """The fields of the last line, found from the end so that a long file costs nothing."""
    try:
        with path.open("rb") as stream:
            size = stream.seek(0, os.SEEK_END)
            data = b""
            while len(data) < min(size, _LONGEST_TAIL) and data.count(b"\n") < 2:
                step = min(_BLOCK, size - len(data))
                stream.seek(size - len(data) - step)
                data = stream.read(step) + data
    except OSError as error:
        message = f"'{path.name}' cannot be read: {error.strerror}"
        raise problem("file.unreadable", message, file=path.name) from None
    lines = data.splitlines()
    if not lines or not lines[-1].startswith(_TAIL):
        raise foreign(path.name)
    try:
        return json.loads(lines[-1][len(_TAIL) :])
    except (ValueError, RecursionError):
        raise foreign(path.name) from None
