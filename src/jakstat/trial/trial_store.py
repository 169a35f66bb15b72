"""The chunks of a trial: the tables of 64 patients as bytes, and the folder or URL where they lie.

A chunk is a line of JSON and one stream of Arrow for each table, so that nothing in it is executed when it is
read. Its name, checksum, number and run are those of :class:`jakstat.chunks.Chunks`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from jakstat.chunks import Chunks
from jakstat.errors import problem
from jakstat.extras import needs
from jakstat.identity import canonical_json

with needs("trial"):
    import pyarrow as pa

__all__ = [
    "CHUNK_PATIENTS",
    "TABLES",
    "StoredChunk",
    "TrialTables",
    "Withheld",
    "chunk_bytes",
    "chunk_of",
    "stored_chunks",
    "table_bytes",
]

CHUNK_PATIENTS = 64
"""Patients of a chunk: the same for any number of workers, so that every number is computed in one batch."""

TABLES = ("patients", "options", "visits", "courses")
"""The tables of a chunk."""

_LENGTH = 8


class TrialTables(Protocol):
    """What a chunk of patients gives: four Arrow tables."""

    @property
    def patients(self) -> Any:
        """One row for each patient and arm."""
        ...

    @property
    def options(self) -> Any:
        """One row for each patient, arm and structural option."""
        ...

    @property
    def visits(self) -> Any:
        """One row for each patient, arm and visit."""
        ...

    @property
    def courses(self) -> Any:
        """Whole courses of the first patients of the trial."""
        ...


@dataclass(frozen=True, slots=True)
class Withheld:
    """A patient who is left out: whatever worker computed him ended.

    Parameters
    ----------
    patient : int
        His number.
    reason : str
        ``died``, ``memory``, ``timeout``, or ``error`` with the kind of it.
    """

    patient: int
    reason: str


@dataclass(frozen=True, slots=True)
class StoredChunk:
    """The tables of a chunk, and who of its patients is in none of them."""

    tables: Mapping[str, Any]
    withheld: tuple[Withheld, ...] = ()


def table_bytes(tables: TrialTables) -> bytes:
    """The tables of some patients as bytes; equal tables give equal bytes.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> one = SimpleNamespace(**{name: pa.table({"patient": [7]}) for name in TABLES})
    >>> chunk_of(chunk_bytes(table_bytes(one))).tables["visits"]["patient"].to_pylist()
    [7]
    """
    parts = [(name, _arrow_bytes(getattr(tables, name))) for name in TABLES]
    return _headed({"tables": [[name, len(data)] for name, data in parts]}) + b"".join(d for _, d in parts)


def chunk_bytes(tables: bytes, withheld: tuple[Withheld, ...] = ()) -> bytes:
    """A chunk as it is stored.

    Parameters
    ----------
    tables : bytes
        From :func:`table_bytes`; empty when every patient is withheld.
    withheld : tuple of Withheld

    Examples
    --------
    >>> chunk_of(chunk_bytes(b"", (Withheld(17, "died"),))).withheld
    (Withheld(patient=17, reason='died'),)
    """
    return _headed({"withheld": [asdict(w) for w in withheld]}) + (tables or _headed({"tables": []}))


def _headed(fields: Mapping[str, object]) -> bytes:
    head = canonical_json(fields).encode()
    return len(head).to_bytes(_LENGTH, "little") + head


def _head(data: bytes, start: int) -> tuple[Any, int]:
    end = start + _LENGTH + int.from_bytes(data[start : start + _LENGTH], "little")
    return json.loads(data[start + _LENGTH : end]), end


def _arrow_bytes(table: Any) -> bytes:
    sink = pa.BufferOutputStream()
    how = pa.ipc.IpcWriteOptions(compression="zstd", use_threads=False)
    with pa.ipc.new_stream(sink, table.schema, options=how) as writer:
        writer.write_table(table.combine_chunks())
    return bytes(sink.getvalue())


def chunk_of(data: bytes) -> StoredChunk:
    """A chunk from its bytes, which its checksum has vouched for.

    Raises
    ------
    InputError
        ``store.damaged``.
    """
    try:
        about, end = _head(data, 0)
        fields, end = _head(data, end)
        tables = {}
        for name, length in fields["tables"]:
            tables[name] = pa.ipc.open_stream(pa.py_buffer(data[end : end + length])).read_all()
            end += length
        return StoredChunk(tables, tuple(Withheld(**entry) for entry in about["withheld"]))
    except (ValueError, KeyError, TypeError, OSError, pa.ArrowException) as error:
        raise problem("store.damaged", "a chunk holds no tables of a trial") from error


def stored_chunks(chunks: Chunks) -> Iterator[StoredChunk]:
    """Every chunk in order, one held at a time.

    Raises
    ------
    InputError
        ``store.missing``, ``store.damaged``.
    """
    for number in range(chunks.count):
        yield chunk_of(chunks.read(number))
