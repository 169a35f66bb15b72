"""A folder of numbered chunks that a long run fills, in any order, across restarts.

Chunks carry their own checksum and their own number, so that a cut, flipped or swapped one is
found when it is read.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

from jakstat.errors import InputError, problem
from jakstat.identity import canonical_json
from jakstat.limits import LIMITS, check_count
from jakstat.store import Manifest, clear_parts, seal, write_json, write_problem, written

__all__ = ["Chunks"]

_MAGIC = b"jakstat-chunk-1\n"
_DIGEST = 32


@dataclass(frozen=True, slots=True)
class Chunks:
    """A folder of numbered chunks that a run fills, in any order, across restarts.

    Parameters
    ----------
    folder : Path
        Where the chunks lie, beside ``manifest.json``.
    count : int
        How many chunks make the whole.

    Examples
    --------
    >>> import tempfile
    >>> from jakstat.store import manifest
    >>> with tempfile.TemporaryDirectory() as place:
    ...     chunks = Chunks.open(Path(place, "run"), manifest("trial", {"seed": 1}), count=2)
    ...     chunks.write(1, b"second")
    ...     Chunks.open(Path(place, "run"), manifest("trial", {"seed": 1}), count=2).missing()
    (0,)
    """

    folder: Path
    count: int

    @classmethod
    def open(cls, folder: str | os.PathLike[str], made: Manifest, *, count: int) -> Chunks:
        """Start a folder, or go on with one that was started with the same manifest.

        Raises
        ------
        InputError
            ``store.other`` when the folder belongs to something else, ``store.manifest`` when its
            manifest is unreadable, and the problems of :func:`writing`.
        """
        check_count(count, most=LIMITS.chunks, field="chunks")
        place = Path(folder)
        wanted = seal({"manifest": made.to_dict(), "count": count})
        target = place / "manifest.json"
        try:
            place.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise write_problem(place, error) from error
        for part in place.glob(".*.part"):
            clear_parts(part.with_name(part.name[1:].rsplit(".", 2)[0]))
        if not target.exists():
            if any(place.glob("chunk-*")):
                raise problem(
                    "store.other", "chunks without a manifest", file=str(place), hint="use a new folder"
                )
            write_json(target, wanted)
        else:
            _check_same(target, json.loads(canonical_json(wanted)))
        return cls(place, count)

    @classmethod
    def stored(cls, folder: str | os.PathLike[str]) -> Chunks:
        """The chunks of a folder as its manifest has them.

        Raises
        ------
        InputError
            ``store.manifest`` when there is none, or not as it was written.
        """
        place = Path(folder, "manifest.json")
        try:
            found = json.loads(place.read_text(encoding="utf-8"))
            if found == seal({name: found[name] for name in ("manifest", "count")}):
                return cls(Path(folder), int(found["count"]))
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            pass
        raise problem("store.manifest", "the manifest is unreadable or damaged", file=str(place))

    def write(self, index: int, data: bytes) -> None:
        """Store chunk `index` (0 .. count-1); one that is there is replaced."""
        with written(self._place(index), replace=True) as stream:
            stream.write(_MAGIC + _chunk_seal(index, data) + data)

    def read(self, index: int) -> bytes:
        """The bytes of chunk `index`.

        Raises
        ------
        InputError
            ``store.missing`` or ``store.damaged``.
        """
        place = self._place(index)
        try:
            raw = place.read_bytes()
        except FileNotFoundError:
            raise problem("store.missing", f"chunk {index} is not there", file=str(place)) from None
        head = len(_MAGIC)
        data = raw[head + _DIGEST :]
        if raw[:head] != _MAGIC or raw[head : head + _DIGEST] != _chunk_seal(index, data):
            raise problem(
                "store.damaged",
                f"chunk {index} is damaged",
                file=str(place),
                hint="run again to compute it anew",
            )
        return data

    def missing(self) -> tuple[int, ...]:
        """Numbers of the chunks still to be computed: those absent and those damaged."""
        return tuple(index for index in range(self.count) if not self._whole(index))

    def damaged(self) -> tuple[int, ...]:
        """Numbers of the chunks that are there but fail their checksum."""
        return tuple(i for i in range(self.count) if self._place(i).exists() and not self._whole(i))

    def _whole(self, index: int) -> bool:
        try:
            self.read(index)
        except InputError:
            return False
        return True

    def _place(self, index: int) -> Path:
        check_count(index, least=0, most=self.count - 1, field="chunk")
        return self.folder / f"chunk-{index:06d}"


def _chunk_seal(index: int, data: bytes) -> bytes:
    return hashlib.sha256(index.to_bytes(8, "little") + len(data).to_bytes(8, "little") + data).digest()


def _check_same(target: Path, wanted: dict[str, object]) -> None:
    try:
        found = json.loads(target.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise problem("store.manifest", "the manifest is unreadable", file=str(target)) from None
    if found == wanted:
        return
    now, then = wanted.get("manifest"), found.get("manifest") if isinstance(found, dict) else None
    names = [
        name
        for name, value in (now.items() if isinstance(now, dict) else ())
        if not isinstance(then, dict) or then.get(name) != value
    ]
    raise problem(
        "store.other",
        f"the folder holds another run; these differ: {', '.join(names) or 'count'}",
        file=str(target),
        hint="use a new folder",
    )
