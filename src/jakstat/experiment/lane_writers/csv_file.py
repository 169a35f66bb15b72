"""CSV: rows as in Parquet; the last line, a comment, holds the manifest and how far the run came."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyarrow import csv

from jakstat.errors import problem
from jakstat.experiment.lane_tally import Tally
from jakstat.experiment.lane_writers.held import HeldFile
from jakstat.experiment.lane_writers.layout import Block, Layout, Stored, foreign, from_record, record
from jakstat.experiment.lane_writers.rows import schema, table
from jakstat.store import NOTICE

__all__ = ["CsvWriter", "open_csv", "stored_csv"]

_TAIL = b"# run: "
_BLOCK = 1 << 16
_LONGEST_TAIL = 50_000_000


@dataclass(frozen=True)
class CsvWriter:
    """A CSV file that is being filled."""

    layout: Layout
    held: HeldFile

    def write(self, block: Block, tally: Tally) -> None:
        """Add a piece."""
        del tally
        rows = table(block, self.layout, empty_nan=True)
        csv.write_csv(rows, self.held.stream, csv.WriteOptions(include_header=False))
        self.held.stream.flush()

    def finish(self, tally: Tally, *, complete: bool) -> None:
        """Write the last line and give the file its name."""
        stream = self.held.stream
        fields = {"rows_end": stream.tell(), **record(self.layout, tally, complete=complete)}
        stream.write(_TAIL + json.dumps(fields, ensure_ascii=True, allow_nan=False).encode() + b"\n")
        self.held.publish()

    def abort(self) -> None:
        """Forget the file."""
        self.held.drop()


def open_csv(path: Path, layout: Layout, *, replace: bool, resume: Tally | None) -> CsvWriter:
    """Start a file, or a copy of the rows of the one that is there."""
    fields = None if resume is None else _tail(path)
    held = HeldFile.open(path, replace=replace or resume is not None)
    if fields is None:
        held.stream.write(_head(layout))
        return CsvWriter(layout, held)
    with path.open("rb") as old:
        shutil.copyfileobj(old, held.stream, _BLOCK)
    held.stream.seek(int(fields["rows_end"]))
    held.stream.truncate()
    return CsvWriter(layout, held)


def stored_csv(path: Path) -> Stored:
    """What the file says of itself.

    Raises
    ------
    InputError
        ``resume.foreign``.
    """
    return from_record(_tail(path), file=path.name)


def _head(layout: Layout) -> bytes:
    units = {c.name: c.unit for c in layout.columns}
    comment = f"# {NOTICE}\n# time unit: {json.dumps(layout.time_unit)}\n# units: {json.dumps(units)}\n"
    return (comment + ",".join(schema(layout).names) + "\n").encode()


def _tail(path: Path) -> Mapping[str, Any]:
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
        fields = json.loads(lines[-1][len(_TAIL) :])
        if fields["rows_end"] != size - len(lines[-1]) - 1:
            raise ValueError
    except (ValueError, TypeError, KeyError, RecursionError):
        raise foreign(path.name) from None
    found: Mapping[str, Any] = fields
    return found
