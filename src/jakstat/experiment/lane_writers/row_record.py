"""What a Parquet or CSV file says of its pieces, and the seals that tell whether all of it still holds.

Every piece is some bytes of the file, with their SHA-256. One more SHA-256, the seal, is over all
other bytes: over everything that is trusted, the record itself too. It is taken with zeros in its
own place and written there afterwards.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jakstat.experiment.lane_tally import Tally
from jakstat.experiment.lane_writers.layout import Damage, Layout, Stored, foreign, made_by
from jakstat.systems import read_at, write_at

__all__ = ["Extent", "checked", "digest", "extents", "record_text", "write_seal"]

_BLOCK = 1 << 20
_BLANK = "0" * 64


@dataclass(frozen=True, slots=True)
class Extent:
    """Where a piece lies in the file, the SHA-256 of its bytes, and how its lanes ended."""

    start: int
    end: int
    sha256: str
    tally: Tally


def digest(descriptor: int, start: int, end: int) -> str:
    """The SHA-256 of some bytes of an open file."""
    found = hashlib.sha256()
    _feed(found, descriptor, start, end)
    return found.hexdigest()


def _feed(found: Any, descriptor: int, start: int, end: int) -> None:
    place = start
    while place < end and (block := read_at(descriptor, min(_BLOCK, end - place), place)):
        found.update(block)
        place += len(block)


def record_text(layout: Layout, pieces: Mapping[int, Extent]) -> str:
    """The record as JSON, its seal still blank."""
    fields = {
        "manifest": made_by(layout, {k: e.tally for k, e in pieces.items()}),
        "pieces": [[k, e.start, e.end, e.sha256, e.tally.to_dict()] for k, e in sorted(pieces.items())],
        "seal": _BLANK,
    }
    return json.dumps(fields, allow_nan=False)


def _mark(seal: str) -> bytes:
    return f'"seal": "{seal}"'.encode()


def _outside(descriptor: int, pieces: Iterable[tuple[int, int]]) -> tuple[Any, int]:
    """The digest of what lies before and between the pieces, and where the last one ends."""
    found = hashlib.sha256()
    place = 0
    for start, end in sorted(pieces):
        _feed(found, descriptor, place, start)
        place = end
    return found, place


def _tail(descriptor: int, start: int) -> bytes:
    return read_at(descriptor, os.fstat(descriptor).st_size - start, start)


def write_seal(descriptor: int, pieces: Mapping[int, Extent]) -> None:
    """Work out the seal of a file whose record is written, and put it in its place."""
    found, last = _outside(descriptor, ((e.start, e.end) for e in pieces.values()))
    tail = _tail(descriptor, last)
    found.update(tail)
    write_at(descriptor, _mark(found.hexdigest()), last + tail.rindex(_mark(_BLANK)))


def extents(fields: Any, *, file: str) -> dict[int, Extent]:
    """The pieces of a record.

    Raises
    ------
    InputError
        ``resume.foreign`` when it is none.
    """
    try:
        return {
            int(k): Extent(int(start), int(end), str(sha), Tally.from_dict(tally))
            for k, start, end, sha, tally in fields["pieces"]
        }
    except (KeyError, TypeError, ValueError, AttributeError):
        raise foreign(file) from None


def checked(path: Path, fields: Any) -> Stored:
    """What of a file with this record is as it was written.

    Raises
    ------
    InputError
        ``resume.foreign``.
    """
    pieces = extents(fields, file=path.name)
    try:
        manifest, seal = fields["manifest"], str(fields["seal"])
        lanes = int(manifest["inputs"]["lanes"])
    except (KeyError, TypeError, ValueError):
        raise foreign(path.name) from None
    with path.open("rb") as stream:
        descriptor = stream.fileno()
        found, last = _outside(descriptor, ((e.start, e.end) for e in pieces.values()))
        tail = _tail(descriptor, last)
        found.update(tail.replace(_mark(seal), _mark(_BLANK)))
        if found.hexdigest() != seal or lanes < 1:
            return Stored(None, {}, (Damage(None, path.name, "what it says of itself is damaged"),))
        whole = {k: e for k, e in pieces.items() if digest(descriptor, e.start, e.end) == e.sha256}
    damage = tuple(Damage(k, path.name, "damaged") for k in pieces if k not in whole)
    return Stored(manifest, {k: e.tally for k, e in whole.items()}, damage)
