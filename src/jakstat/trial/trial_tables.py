"""The tables of a trial out of its chunks: streamed, so that memory does not grow with the patients.

Rows stand in the order of the chunks, 64 chunks to a row group, written with fixed settings: the same chunks
give the same bytes.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from jakstat.errors import problem
from jakstat.extras import needs
from jakstat.places import Place
from jakstat.store import NOTICE
from jakstat.trial.trial_store import StoredChunk, Withheld

with needs("trial"):
    import pyarrow as pa
    from pyarrow import parquet

__all__ = ["PARQUET_TABLES", "WITHHELD", "collect_tables"]

PARQUET_TABLES = ("patients", "options", "visits")
"""Tables that become Parquet files; courses become arrays."""

WITHHELD = "QUARANTINED"
"""In the column ``failed``: the patient ended every worker that computed him."""

_GROUP = 64


@dataclass
class _Growing:
    """A Parquet file that is being written, and the chunks that wait for its next row group."""

    stream: Any
    key: str
    writer: Any = None
    held: list[Any] = field(default_factory=list)

    def add(self, table: Any) -> None:
        if self.writer is None:
            about = {**(table.schema.metadata or {}), b"jakstat.run": self.key, b"notice": NOTICE}
            self.writer = parquet.ParquetWriter(
                self.stream, table.schema.with_metadata(about), compression="zstd", compression_level=3,
                use_dictionary=[f.name for f in table.schema if pa.types.is_string(f.type)],
                write_page_checksum=True,
            )  # fmt: skip
        self.held.append(table.replace_schema_metadata(None).cast(self.schema))
        if len(self.held) == _GROUP:
            self.flush()

    @property
    def schema(self) -> Any:
        return self.writer.schema.remove_metadata()

    def flush(self) -> None:
        if self.held:
            rows = (
                pa.concat_tables(self.held)
                .combine_chunks()
                .replace_schema_metadata(self.writer.schema.metadata)
            )
            self.writer.write_table(rows, row_group_size=max(1, rows.num_rows))
            self.held = []

    def close(self) -> None:
        if self.writer is not None:
            self.writer.close()


def collect_tables(
    place: Place, chunks: Iterable[StoredChunk], arms: Sequence[str], key: str
) -> tuple[list[Any], list[Withheld]]:
    """Write ``patients.parquet``, ``options.parquet`` and ``visits.parquet``.

    Parameters
    ----------
    place : Place
        Where they shall be.
    chunks : iterable of StoredChunk
        All of them, in order; each is held until its row group is full.
    arms : sequence of str
        For each of which a withheld patient has a row in ``patients``.
    key : str
        Of the run; it is kept in the files.

    Returns
    -------
    list of Table, list of Withheld
        Tables of courses, which a few patients have, and who is withheld.

    Raises
    ------
    InputError
        ``trial.chunk`` when nobody was computed; the problems of writing.
    """
    courses: list[Any] = []
    withheld: list[Withheld] = []
    early: list[Withheld] = []
    with contextlib.ExitStack() as stack:
        files = {
            name: _Growing(stack.enter_context(place.stream(f"{name}.parquet")), key)
            for name in PARQUET_TABLES
        }
        for file in files.values():
            stack.callback(file.close)  # before its stream is published
        for chunk in chunks:
            withheld += chunk.withheld
            if not chunk.tables:
                early += chunk.withheld
                continue
            for name, file in files.items():
                table = chunk.tables[name]
                left, early = ([*early, *chunk.withheld], []) if name == "patients" else ([], early)
                file.add(_with_rows(table, left, arms))
            if chunk.tables["courses"].num_rows:
                courses.append(chunk.tables["courses"])
        if files["patients"].writer is None:
            raise problem("trial.chunk", "no patient of the trial could be computed")
        if early:
            files["patients"].add(_with_rows(files["patients"].schema.empty_table(), early, arms))
        for file in files.values():
            file.flush()
    return courses, withheld


def _with_rows(table: Any, withheld: Sequence[Withheld], arms: Sequence[str]) -> Any:
    """A table of patients and a row for each withheld one in each arm, which holds no number."""
    if not withheld:
        return table
    count = len(withheld) * len(arms)
    said = {
        "patient": pa.array([w.patient for w in withheld for _ in arms], pa.int64()),
        "arm": pa.array([arm for _ in withheld for arm in arms], pa.string()),
        "failed": pa.array([WITHHELD] * count, pa.string()),
    }
    columns = [said[f.name] if f.name in said else _nothing(f.type, count) for f in table.schema]
    rows = pa.Table.from_arrays(columns, schema=table.schema)
    return pa.concat_tables([table, rows])


def _nothing(kind: Any, count: int) -> Any:
    if pa.types.is_floating(kind):
        return pa.array([float("nan")] * count, kind)
    if pa.types.is_string(kind):
        return pa.array([""] * count, kind)
    if pa.types.is_boolean(kind):
        return pa.array([False] * count, kind)
    return pa.nulls(count, kind)
