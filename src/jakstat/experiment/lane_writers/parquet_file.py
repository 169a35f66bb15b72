"""Parquet: one row per lane and time, one row group per piece; manifest, seals and units in the metadata."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jakstat.errors import InputError
from jakstat.experiment.lane_tally import Tally
from jakstat.experiment.lane_writers.held import HeldFile
from jakstat.experiment.lane_writers.layout import Block, Layout, Stored, foreign
from jakstat.experiment.lane_writers.row_record import Extent, checked, extents, record_text, write_seal
from jakstat.experiment.lane_writers.rows import schema, table
from jakstat.extras import needs
from jakstat.store import NOTICE

with needs("store"):
    import pyarrow as pa
    from pyarrow import parquet

__all__ = ["ParquetLanes", "open_parquet", "stored_parquet"]

_KEY = b"jakstat"


@dataclass
class ParquetLanes:
    """A Parquet file that is being filled; ``old`` is the one it replaces, with the pieces to keep of it."""

    layout: Layout
    held: HeldFile
    writer: parquet.ParquetWriter
    old: Path
    keep: dict[int, tuple[int, Tally]]
    done: dict[int, Extent]

    def write(self, number: int, block: Block, tally: Tally) -> None:
        """Add a piece as one row group, after those to be kept that come before it."""
        self._catch_up(number)
        self._put(number, table(block, self.layout), tally)

    def finish(self) -> None:
        """Write the footer and give the file its name."""
        self._catch_up(None)
        text = record_text(self.layout, self.done)
        self.writer.add_key_value_metadata({"jakstat": text, "notice": NOTICE})
        self.writer.close()
        self.held.stream.flush()
        write_seal(self.held.stream.fileno(), self.done)
        self.held.publish()

    def abort(self) -> None:
        """Forget the file."""
        with contextlib.suppress(OSError, pa.ArrowException, InputError):
            self.writer.close()
        self.writer.is_open = False  # or it would try again, and say so, when it is collected
        self.held.drop()

    def _put(self, number: int, rows: pa.Table, tally: Tally) -> None:
        start = self.held.stream.tell()
        self.writer.write_table(rows, row_group_size=max(1, rows.num_rows))
        self.done[number] = self.held.extent(start, tally)

    def _catch_up(self, number: int | None) -> None:
        for k in sorted(k for k in self.keep if number is None or k < number):
            group, tally = self.keep.pop(k)
            with parquet.ParquetFile(self.old, page_checksum_verification=True) as old:
                self._put(k, old.read_row_group(group).cast(schema(self.layout)), tally)


def open_parquet(path: Path, layout: Layout, *, replace: bool, keep: Collection[int]) -> ParquetLanes:
    """Start a file that will hold the pieces in ``keep`` of the one that is there."""
    found = extents(_record(path), file=path.name) if keep else {}
    groups = {k: (group, found[k].tally) for group, k in enumerate(sorted(found)) if k in keep}
    held = HeldFile.open(path, replace=replace or bool(keep))
    writer = parquet.ParquetWriter(held.stream, schema(layout), write_page_checksum=True)
    made = ParquetLanes(layout, held, writer, path, groups, {})
    try:
        held.stream.flush()
    except BaseException:
        made.abort()
        raise
    return made


def stored_parquet(path: Path) -> Stored:
    """What the file says of itself, and what of it is whole.

    Raises
    ------
    InputError
        ``resume.foreign``.
    """
    return checked(path, _record(path))


def _record(path: Path) -> Any:
    try:
        with parquet.ParquetFile(path) as old:
            return json.loads((old.metadata.metadata or {})[_KEY])
    except (OSError, pa.ArrowException, KeyError, ValueError, RecursionError):
        raise foreign(path.name) from None
