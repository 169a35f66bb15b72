"""Files that are whole or absent: atomic writes, manifests, resumable chunks.

A file is written beside its place, flushed to the disk and then renamed, so that
nobody ever reads half of it. Nothing is overwritten unless asked. Chunks carry
their own checksum and their own number, so that a cut, flipped or swapped one is
found when it is read.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import platform
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import BinaryIO

from jakstat.errors import InputError, Problem, problem
from jakstat.identity import VERSION, canonical_json, content_key
from jakstat.limits import LIMITS, check_count

__all__ = ["NOTICE", "Chunks", "Manifest", "manifest", "write_bytes", "write_json", "write_text", "writing"]

NOTICE = "For research; not for treating a patient."
"""Stands on everything the product exports."""

_MAGIC = b"jakstat-chunk-1\n"
_DIGEST = 32
_NUMERICAL = ("numpy", "scipy", "python-libsbml", "antimony")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What made a result: enough to make it again, to the same bits.

    Parameters
    ----------
    kind : str
        What was made, e.g. ``"simulation"``.
    inputs : Mapping
        Everything that decides the numbers: model key, protocol, parameters, tolerances, seed.
    sources : tuple of str
        Keys of the records the result rests on; ``jakstat cite`` reads them.
    libraries : Mapping
        Name and version of what computed it.

    Notes
    -----
    No clock, host or path is in it, so equal inputs give equal manifests.
    """

    kind: str
    inputs: Mapping[str, object]
    sources: tuple[str, ...]
    libraries: Mapping[str, str]
    version: str = VERSION
    notice: str = NOTICE

    @property
    def key(self) -> str:
        """Content key of the manifest."""
        return content_key(self.to_dict(with_key=False))

    def to_dict(self, *, with_key: bool = True) -> dict[str, object]:
        """The manifest as JSON-ready fields."""
        fields: dict[str, object] = {
            "kind": self.kind,
            "software": "jakstat",
            "version": self.version,
            "inputs": json.loads(canonical_json(self.inputs)),
            "sources": list(self.sources),
            "libraries": dict(self.libraries),
            "notice": self.notice,
        }
        return {**fields, "key": self.key} if with_key else fields


def manifest(kind: str, inputs: Mapping[str, object], *, sources: Iterable[str] = ()) -> Manifest:
    """A :class:`Manifest` with the versions of this installation.

    Examples
    --------
    >>> made = manifest("simulation", {"context": "hepg2", "seed": 1}, sources=["b", "a", "b"])
    >>> made.sources, made.key == manifest("simulation", {"seed": 1, "context": "hepg2"}, sources="ab").key
    (('a', 'b'), True)
    """
    return Manifest(kind, dict(inputs), tuple(sorted(set(sources))), dict(_libraries()))


@lru_cache(maxsize=1)
def _libraries() -> Mapping[str, str]:
    """Versions of Python and of the libraries that numbers depend on; read once, as it takes milliseconds."""
    found = {"python": platform.python_version()}
    for name in _NUMERICAL:
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found


@contextlib.contextmanager
def writing(path: str | os.PathLike[str], *, replace: bool = False) -> Iterator[BinaryIO]:
    """A binary stream whose content appears at `path` only if the block ends well.

    Parameters
    ----------
    path : path
        Where the file shall be; its folder must exist.
    replace : bool
        Whether a file that is there may be replaced.

    Raises
    ------
    InputError
        ``file.exists``, ``file.folder``, ``file.write`` (no space, no permission, ...).

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with writing(Path(folder, "a.txt")) as stream:
    ...         _ = stream.write(b"whole")
    ...     Path(folder, "a.txt").read_text()
    'whole'
    """
    target = Path(path)
    _check_target(target, replace=replace)
    try:
        descriptor, temporary = tempfile.mkstemp(
            prefix=f".{target.name[:40]}.", suffix=".part", dir=target.parent
        )
    except OSError as error:
        raise _write_problem(target, error) from error
    try:
        with os.fdopen(descriptor, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        _publish(Path(temporary), target, replace=replace)
    except OSError as error:
        raise _write_problem(target, error) from error
    finally:
        with contextlib.suppress(OSError):
            os.unlink(temporary)


def write_bytes(path: str | os.PathLike[str], data: bytes, *, replace: bool = False) -> Path:
    """Write `data` to `path`, all of it or nothing; problems as :func:`writing`.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_bytes(Path(folder, "a"), b"12").read_bytes()
    b'12'
    """
    with writing(path, replace=replace) as stream:
        stream.write(data)
    return Path(path)


def write_text(path: str | os.PathLike[str], text: str, *, replace: bool = False) -> Path:
    """Write `text` as UTF-8 to `path`, all of it or nothing; problems as :func:`writing`.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_text(Path(folder, "a"), "1 µM").read_text(encoding="utf-8")
    '1 µM'
    """
    return write_bytes(path, text.encode("utf-8"), replace=replace)


def write_json(path: str | os.PathLike[str], value: Mapping[str, object], *, replace: bool = False) -> Path:
    """Write `value` as indented JSON; floats read back exactly, NaN becomes null before it comes here.

    Raises
    ------
    ValueError
        When a NaN or infinity is left in `value`.
    InputError
        As :func:`writing`.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     json.loads(write_json(Path(folder, "a"), {"x": 0.1}).read_text())
    {'x': 0.1}
    """
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    return write_text(path, text + "\n", replace=replace)


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
        wanted = {"manifest": made.to_dict(), "count": count}
        target = place / "manifest.json"
        try:
            place.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _write_problem(place, error) from error
        if not target.exists():
            if any(place.glob("chunk-*")):
                raise problem(
                    "store.other", "chunks without a manifest", file=str(place), hint="use a new folder"
                )
            write_json(target, wanted)
        else:
            _check_same(target, json.loads(canonical_json(wanted)))
        return cls(place, count)

    def write(self, index: int, data: bytes) -> None:
        """Store chunk `index` (0 .. count-1); one that is there is replaced."""
        write_bytes(self._place(index), _MAGIC + _seal(index, data) + data, replace=True)

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
        if raw[:head] != _MAGIC or raw[head : head + _DIGEST] != _seal(index, data):
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


def _seal(index: int, data: bytes) -> bytes:
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


def _check_target(target: Path, *, replace: bool) -> None:
    if target.is_dir():
        raise problem("file.exists", "there is a folder of this name", file=str(target))
    if not target.parent.is_dir():
        raise problem("file.folder", "the folder does not exist", file=str(target.parent))
    if target.exists() and not replace:
        raise problem("file.exists", "the file exists", file=str(target), hint="choose another name")


def _publish(temporary: Path, target: Path, *, replace: bool) -> None:
    """Give the finished file its name, and make the name last through a power cut."""
    mask = os.umask(0)
    os.umask(mask)
    os.chmod(temporary, 0o666 & ~mask)
    if replace:
        os.replace(temporary, target)
    else:
        # link() fails when someone else was faster; rename() would overwrite what they wrote.
        os.link(temporary, target)
    descriptor = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_problem(target: Path, error: OSError) -> InputError:
    if isinstance(error, FileExistsError):
        return problem("file.exists", "the file exists", file=str(target), hint="choose another name")
    hint = "free some space and run again" if error.errno in (errno.ENOSPC, errno.EDQUOT) else ""
    reason = error.strerror or type(error).__name__
    return InputError([Problem("file.write", f"cannot write: {reason}", file=str(target), hint=hint)])
