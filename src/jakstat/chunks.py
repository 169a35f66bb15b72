"""A folder of numbered chunks that a long run fills, in any order, across restarts.

Chunks carry a checksum over their bytes, their own number and the key of their run, so that one that was
cut, flipped, swapped or taken from another run is found when it is read.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jakstat.errors import InputError, problem
from jakstat.identity import canonical_json
from jakstat.limits import LIMITS, check_count
from jakstat.places import Place, place_of
from jakstat.store import Manifest, seal

__all__ = ["Chunks", "stored_manifest"]

_MAGIC = b"jakstat-chunk-2\n"
_DIGEST = 32
_MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Chunks:
    """A folder of numbered chunks that a run fills, in any order, across restarts.

    Parameters
    ----------
    folder : Path or Place
        Where the chunks lie, beside ``manifest.json``.
    count : int
        How many chunks make the whole.
    key : str
        Of the manifest of the run, which is in each checksum.

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

    folder: Path | Place
    count: int
    key: str = ""

    @property
    def place(self) -> Place:
        """Where the chunks lie."""
        return self.folder if isinstance(self.folder, Place) else place_of(self.folder)

    @classmethod
    def open(cls, folder: str | os.PathLike[str] | Place, made: Manifest, *, count: int) -> Chunks:
        """Start a folder, or go on with one that was started with the same manifest.

        Raises
        ------
        InputError
            ``store.other`` when the folder belongs to something else, ``store.manifest`` when its
            manifest is unreadable, and the problems of :func:`jakstat.store.writing`.
        """
        check_count(count, most=LIMITS.chunks, field="chunks")
        place = folder if isinstance(folder, Place) else place_of(folder)
        wanted = seal({"manifest": made.to_dict(), "count": count})
        place.make()
        if place.exists(_MANIFEST):
            _check_same(place, json.loads(canonical_json(wanted)))
        elif any(name.startswith("chunk-") for name in place.names()):
            message = "chunks without a manifest"
            raise problem("store.other", message, file=str(place), hint="use a new folder")
        else:
            place.write(_MANIFEST, _manifest_text(made, count))
        return cls(place if place.local is None else place.local, count, made.key)

    @classmethod
    def adopted(cls, folder: Place, made: Manifest, *, count: int) -> Chunks:
        """As :meth:`open`; a manifest that is lost or unreadable is written anew when a chunk vouches for it.

        Raises
        ------
        InputError
            As :meth:`open`.
        """
        try:
            return cls.open(folder, made, count=count)
        except InputError as error:
            lost = error.problems[0].code == "store.manifest" or not folder.exists(_MANIFEST)
            if not lost or not cls(folder, count, made.key).any_whole():
                raise
        folder.remove(_MANIFEST)
        folder.write(_MANIFEST, _manifest_text(made, count))
        return cls.open(folder, made, count=count)

    @classmethod
    def stored(cls, folder: str | os.PathLike[str] | Place) -> Chunks:
        """The chunks of a folder as its manifest has them.

        Raises
        ------
        InputError
            ``store.manifest`` when there is none, or not as it was written.
        """
        made, count = stored_manifest(folder)
        return cls(folder if isinstance(folder, Place) else Path(folder), count, str(made["key"]))

    def write(self, index: int, data: bytes) -> None:
        """Store chunk `index` (0 .. count-1); one that is there is replaced."""
        self.place.write(self._name(index), _MAGIC + self._seal(index, data) + data)

    def read(self, index: int) -> bytes:
        """The bytes of chunk `index`.

        Raises
        ------
        InputError
            ``store.missing`` or ``store.damaged``.
        """
        name = self._name(index)
        try:
            raw = self.place.read(name)
        except FileNotFoundError:
            raise problem(
                "store.missing", f"chunk {index} is not there", file=self.place.told(name)
            ) from None
        head = len(_MAGIC)
        data = raw[head + _DIGEST :]
        if raw[:head] != _MAGIC or raw[head : head + _DIGEST] != self._seal(index, data):
            raise problem(
                "store.damaged",
                f"chunk {index} is damaged",
                file=self.place.told(name),
                hint="run again to compute it anew",
            )
        return data

    def missing(self) -> tuple[int, ...]:
        """Numbers of the chunks still to be computed: those absent and those damaged."""
        there = self._there()
        return tuple(i for i in range(self.count) if i not in there or not self._whole(i))

    def damaged(self) -> tuple[int, ...]:
        """Numbers of the chunks that are there but fail their checksum."""
        return tuple(i for i in sorted(self._there()) if not self._whole(i))

    def any_whole(self) -> bool:
        """Whether a chunk is there that was written for this run."""
        return any(self._whole(i) for i in sorted(self._there()))

    def _there(self) -> set[int]:
        numbers = {f"chunk-{i:06d}": i for i in range(self.count)}
        return {numbers[name] for name in self.place.names() if name in numbers}

    def _whole(self, index: int) -> bool:
        try:
            self.read(index)
        except InputError:
            return False
        return True

    def _name(self, index: int) -> str:
        check_count(index, least=0, most=self.count - 1, field="chunk")
        return f"chunk-{index:06d}"

    def _seal(self, index: int, data: bytes) -> bytes:
        found = hashlib.sha256(f"{self.key} {index} {len(data)}\n".encode())
        found.update(data)
        return found.digest()


def _manifest_text(made: Manifest, count: int) -> bytes:
    fields = seal({"manifest": made.to_dict(), "count": count})
    return json.dumps(fields, indent=2, ensure_ascii=False, allow_nan=False).encode() + b"\n"


def stored_manifest(folder: str | os.PathLike[str] | Place) -> tuple[Mapping[str, Any], int]:
    """What made the chunks of a folder, and how many they are.

    Raises
    ------
    InputError
        ``store.manifest`` when there is none, or not as it was written.
    """
    place = folder if isinstance(folder, Place) else place_of(folder)
    try:
        found = json.loads(place.read(_MANIFEST).decode())
        if found == seal({name: found[name] for name in ("manifest", "count")}):
            return found["manifest"], int(found["count"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        pass
    message = "the manifest is unreadable or damaged"
    raise problem("store.manifest", message, file=place.told(_MANIFEST))


def _check_same(place: Place, wanted: dict[str, Any]) -> None:
    name = place.told(_MANIFEST)
    try:
        found = json.loads(place.read(_MANIFEST).decode())
    except (OSError, ValueError, RecursionError):
        raise problem("store.manifest", "the manifest is unreadable", file=name) from None
    if found == wanted:
        return
    differ = _differing(wanted, found if isinstance(found, dict) else {})
    message = f"the folder holds another run; these differ: {', '.join(differ)}"
    raise problem("store.other", message, file=name, hint="use a new folder")


def _differing(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """Names of what differs, those of the inputs by themselves."""
    now, then = wanted["manifest"], found.get("manifest")
    then = then if isinstance(then, dict) else {}
    inputs, before = _flat(now["inputs"]), _flat(then.get("inputs"))
    names = [k for k in sorted({*inputs, *before}) if k not in inputs or inputs[k] != before.get(k)]
    names += [k for k in now if k not in ("inputs", "key") and now[k] != then.get(k)]
    names += ["count"] if wanted["count"] != found.get("count") else []
    return names or ["seal"]


def _flat(fields: object) -> dict[str, Any]:
    """Fields of a mapping, those of mappings in it under ``outer.inner``."""
    found: dict[str, Any] = {}
    for name, value in fields.items() if isinstance(fields, dict) else ():
        inner = {f"{name}.{k}": v for k, v in value.items()} if isinstance(value, dict) else {name: value}
        found |= inner
    return found
