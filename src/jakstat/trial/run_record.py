"""What a folder says of a trial's run: what made it, how far it came, who is left out, SHA-256 of outputs.

It holds neither clock nor host nor path: two runs of one trial have the same record, byte for byte.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from jakstat.chunks import Chunks, stored_manifest
from jakstat.errors import InputError, problem
from jakstat.places import Place, place_of
from jakstat.store import seal
from jakstat.trial.trial_store import Withheld, chunk_of

__all__ = [
    "CHUNKS",
    "RECORD",
    "RunDamage",
    "RunRecord",
    "RunState",
    "add_outputs",
    "check_run",
    "read_record",
    "write_record",
]

CHUNKS, RECORD = "chunks", "manifest.json"


@dataclass(frozen=True, slots=True)
class RunRecord:
    """The record of a run.

    Parameters
    ----------
    made : mapping
        The manifest: code, design, cohort, model, libraries, seed, patients of a chunk.
    chunks, done : int
        How many chunks there are, and are computed.
    withheld : tuple of Withheld
        Patients who ended every worker that computed them.
    outputs : mapping of str to str
        SHA-256 of each file of the result; none until the run is complete.
    """

    made: Mapping[str, Any]
    chunks: int
    done: int
    withheld: tuple[Withheld, ...] = ()
    outputs: Mapping[str, str] | None = None

    @property
    def complete(self) -> bool:
        """Whether the outputs are written."""
        return self.outputs is not None

    def to_dict(self) -> dict[str, Any]:
        """The record as JSON-ready fields."""
        return {
            "manifest": dict(self.made),
            "chunks": {"count": self.chunks, "done": self.done},
            "complete": self.complete,
            "quarantined": [asdict(w) for w in self.withheld],
            "outputs": dict(sorted((self.outputs or {}).items())),
        }


@dataclass(frozen=True, slots=True)
class RunDamage:
    """A file of a run that is not as it was written; ``chunk`` is its number if it is one."""

    file: str
    what: str
    chunk: int | None = None


@dataclass(frozen=True, slots=True)
class RunState:
    """How a run is found: its record, if it can be read, and what is damaged or missing."""

    record: RunRecord | None
    chunks: int
    done: int
    damage: tuple[RunDamage, ...]

    @property
    def complete(self) -> bool:
        """Whether everything is there and whole."""
        return self.record is not None and self.record.complete and not self.damage


def write_record(place: Place, record: RunRecord) -> None:
    """Write ``manifest.json``, sealed; the problems of writing."""
    text = json.dumps(seal(record.to_dict()), indent=2, ensure_ascii=False, allow_nan=False)
    place.write(RECORD, text.encode() + b"\n")


def read_record(place: Place) -> RunRecord:
    """The record of a run.

    Raises
    ------
    InputError
        ``trial.none`` when there is none, ``store.manifest`` when it is not as it was written.

    Examples
    --------
    >>> place = place_of("memory://record")
    >>> write_record(place, RunRecord({"key": "k"}, chunks=3, done=1))
    >>> read_record(place).done, read_record(place).complete
    (1, False)
    """
    try:
        found = json.loads(place.read(RECORD).decode())
        sealed = found.pop("seal")
        if seal(found)["seal"] != sealed:
            raise ValueError
        return RunRecord(
            found["manifest"],
            found["chunks"]["count"],
            found["chunks"]["done"],
            tuple(Withheld(**entry) for entry in found["quarantined"]),
            found["outputs"] if found["complete"] else None,
        )
    except (FileNotFoundError, NotADirectoryError):
        if place.exists(f"{CHUNKS}/{RECORD}"):
            raise problem("store.manifest", "the record is missing", file=place.told(RECORD)) from None
        raise problem("trial.none", "here is no run of a trial", file=str(place)) from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise problem(
            "store.manifest", "the record is unreadable or damaged", file=place.told(RECORD)
        ) from None


def digest_of(place: Place, name: str) -> str:
    """SHA-256 of a file of a run; empty when it is not there."""
    local = place.local
    try:
        if local is None:
            return hashlib.sha256(place.read(name)).hexdigest()
        with open(local / name, "rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except (FileNotFoundError, NotADirectoryError):
        return ""


def add_outputs(out: str, files: Mapping[str, bytes]) -> None:
    """Write files beside the tables of a complete run, and list them in its record.

    Raises
    ------
    InputError
        ``trial.unfinished``; the problems of reading the record and of writing.

    Examples
    --------
    >>> place = place_of("memory://answered")
    >>> write_record(place, RunRecord({"key": "k"}, chunks=1, done=1, outputs={}))
    >>> add_outputs(str(place), {"trial.json": b"{}"})
    >>> read_record(place).outputs["trial.json"][:8]
    '44136fa3'
    """
    place = place_of(out)
    record = read_record(place)
    if record.outputs is None:
        raise problem("trial.unfinished", "the run is not complete", file=str(place), hint="add --resume")
    for name, data in files.items():
        place.write(name, data)
    new = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    write_record(place, replace(record, outputs={**record.outputs, **new}))


def check_run(out: str) -> RunState:
    """Compare every chunk and every output of a run with its checksum.

    Raises
    ------
    InputError
        ``trial.none``.

    Examples
    --------
    >>> check_run("memory://nothing")
    Traceback (most recent call last):
    ...
    jakstat.errors.InputError: memory://nothing: here is no run of a trial. [trial.none]
    """
    place = place_of(out)
    damage: list[RunDamage] = []
    record: RunRecord | None = None
    try:
        record = read_record(place)
    except InputError as error:
        if error.problems[0].code == "trial.none":
            raise
        begun = not place.exists(RECORD)  # one that was killed has none yet
        damage += [] if begun else [RunDamage(RECORD, "damaged")]
    key, count = "" if record is None else str(record.made["key"]), 0 if record is None else record.chunks
    try:
        made, count = stored_manifest(place / CHUNKS)
        key = str(made["key"])
    except InputError:
        damage.append(RunDamage(f"{CHUNKS}/{RECORD}", "damaged"))
    bad = _damaged_chunks(Chunks(place / CHUNKS, count, key), whole=record is not None and record.complete)
    damage += bad
    outputs = (record.outputs or {}) if record else {}
    for name, sha in outputs.items():
        found = digest_of(place, name)
        if found != sha:
            damage.append(RunDamage(name, "damaged" if found else "missing"))
    there = len([n for n in (place / CHUNKS).names() if n.startswith("chunk-")])
    return RunState(record, count, there - sum(d.what == "damaged" for d in bad), tuple(damage))


def _damaged_chunks(chunks: Chunks, *, whole: bool) -> list[RunDamage]:
    there = set(chunks.place.names())
    found = []
    for number in range(chunks.count):
        name = f"chunk-{number:06d}"
        if name not in there:
            found += [RunDamage(f"{CHUNKS}/{name}", "missing", number)] if whole else []
            continue
        try:
            chunk_of(chunks.read(number))
        except InputError:
            found.append(RunDamage(f"{CHUNKS}/{name}", "damaged", number))
    return found
