"""Parquet: one row per lane and time, one row group per piece; manifest and units in the metadata."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from jakstat.experiment.lane_tally import Tally
from jakstat.experiment.lane_writers.held import HeldFile
from jakstat.experiment.lane_writers.layout import Block, Layout, Stored, foreign, from_record, record
from jakstat.experiment.lane_writers.rows import schema, table
from jakstat.store import NOTICE

__all__ = ["ParquetLanes", "open_parquet", "stored_parquet"]

_KEY = b"jakstat"


@dataclass(frozen=True)
class ParquetLanes:
    """A Parquet file that is being filled."""

    layout: Layout
    held: HeldFile
    writer: parquet.ParquetWriter

    def write(self, block: Block, tally: Tally) -> None:
        """Add a piece as one row group."""
        del tally
        rows = table(block, self.layout)
        self.writer.write_table(rows, row_group_size=max(1, rows.num_rows))
        self.held.stream.flush()

    def finish(self, tally: Tally, *, complete: bool) -> None:
        """Write the footer and give the file its name."""
        fields = json.dumps(record(self.layout, tally, complete=complete), allow_nan=False)
        self.writer.add_key_value_metadata({"jakstat": fields, "notice": NOTICE})
        self.writer.close()
        self.held.publish()

    def abort(self) -> None:
        """Forget the file."""
        with contextlib.suppress(OSError, pa.ArrowException):
            self.writer.close()
        self.held.drop()


def open_parquet(path: Path, layout: Layout, *, replace: bool, resume: Tally | None) -> ParquetLanes:
    """Start a file, or a copy of the row groups of the one that is there."""
    held = HeldFile.open(path, replace=replace or resume is not None)
    lanes = ParquetLanes(layout, held, parquet.ParquetWriter(held.stream, schema(layout)))
    if resume is not None:
        with parquet.ParquetFile(path) as old:
            for group in range(old.num_row_groups):
                rows = old.read_row_group(group).cast(schema(layout))
                lanes.writer.write_table(rows, row_group_size=max(1, rows.num_rows))
    return lanes


def stored_parquet(path: Path) -> Stored:
    """What the file says of itself.

    Raises
    ------
    InputError
        ``resume.foreign``.
    """
    try:
        with parquet.ParquetFile(path) as old:
            fields = json.loads((old.metadata.metadata or {})[_KEY])
    except (OSError, pa.ArrowException, KeyError, ValueError, RecursionError):
        raise foreign(path.name) from None
    return from_record(fields, file=path.name)
