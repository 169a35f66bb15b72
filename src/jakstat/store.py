"""Files that are whole or absent: atomic writes, locks, and manifests that say what made them.

A file is written beside its place, flushed to the disk and then renamed, so that
nobody ever reads half of it. Nothing is overwritten unless asked. One process at a
time fills an output; what a dead one left beside it (its lock, files ending in
``.part``) is found and removed by the next.
"""

from __future__ import annotations

import contextlib
import errno
import glob
import json
import math
import os
import platform
import secrets
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from importlib import metadata
from io import FileIO
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from jakstat.errors import InputError, problem
from jakstat.identity import VERSION, canonical_json, content_key
from jakstat.systems import OPEN_FLAGS, lock_at_once, on_windows, publish, remove_held

__all__ = [
    "NOTICE",
    "Manifest",
    "attribute",
    "attributes",
    "check_target",
    "check_writable",
    "clear_parts",
    "json_ready",
    "locked",
    "manifest",
    "part_name",
    "seal",
    "space_hint",
    "write_bytes",
    "write_json",
    "write_problem",
    "write_text",
    "writing",
    "written",
]

NOTICE = "For research; not for treating a patient."
"""Stands on everything the product exports."""

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
    _check_free(target, replace=replace)
    clear_parts(target)
    with written(target, replace=replace) as stream:
        yield stream


@contextlib.contextmanager
def written(target: Path, *, replace: bool) -> Iterator[BinaryIO]:
    """:func:`writing` for many files in a folder that was cleared once, when it was opened."""
    temporary = part_name(target)
    try:
        stream = _own(temporary)
    except OSError as error:
        raise write_problem(target, error) from error
    try:
        with stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
            publish(stream, temporary, target, replace=replace)
    except OSError as error:
        raise write_problem(target, error) from error
    finally:
        with contextlib.suppress(OSError):
            os.unlink(temporary)


def part_name(target: Path) -> Path:
    """A name beside `target` for what is not whole yet; :func:`clear_parts` knows it.

    Examples
    --------
    >>> part_name(Path("out.csv")).match(".out.csv.*.part")
    True
    """
    return target.parent / f".{target.name[:40]}.{secrets.token_hex(6)}.part"


def _own(temporary: Path) -> BinaryIO:
    """A new file that is locked for as long as this process has it open."""
    stream = os.fdopen(os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL | OPEN_FLAGS, 0o666), "w+b")
    with contextlib.suppress(OSError):  # where there are no locks, nothing is cleared either
        lock_at_once(stream)
    if not temporary.exists():  # it was cleared before it was locked
        stream.close()
        return _own(temporary)
    return stream


def clear_parts(target: Path) -> None:
    """Remove what a process that died left beside `target`; files a living one writes are locked.

    Folders are removed too: the caller has the lock of :func:`locked` when `target` may be one.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     left = part_name(Path(folder, "a"))
    ...     _ = left.write_bytes(b"half")
    ...     clear_parts(Path(folder, "a"))
    ...     left.exists()
    False
    """
    for name in target.parent.glob(f".{glob.escape(target.name[:40])}.*.part"):
        with contextlib.suppress(OSError):
            if name.is_dir() and not name.is_symlink():
                shutil.rmtree(name)
                continue
            if on_windows():  # which removes no file that is open
                name.unlink()
                continue
            with open(name, "r+b") as stream:
                lock_at_once(stream)
                name.unlink()


@contextlib.contextmanager
def locked(output: str | os.PathLike[str]) -> Iterator[None]:
    """Only one process at a time may fill `output`, a file or a folder.

    The lock is a hidden file beside it that says which process has it and since when. The
    kernel frees it when that process ends, however it ends: a stale one is taken over.

    Raises
    ------
    InputError
        ``file.busy`` when another process, or another call of this one, has it.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder, locked(Path(folder, "out")):
    ...     Path(folder, ".out.lock").exists()
    True
    """
    target = Path(os.path.abspath(output))
    place = target.with_name(f".{target.name}.lock")
    try:
        stream = _held(place, target)
    except OSError as error:
        raise write_problem(place, error) from error
    try:
        yield
    finally:
        remove_held(place, stream)


def _held(place: Path, target: Path) -> FileIO:
    """The lock's file, ours alone from here on."""
    while True:
        stream = os.fdopen(os.open(place, os.O_RDWR | os.O_CREAT | OPEN_FLAGS, 0o666), "r+b", buffering=0)
        try:
            lock_at_once(stream)
        except BlockingIOError:
            stream.seek(0)
            who = stream.read(200).decode("utf-8", "replace").strip()
            stream.close()
            message = f"another run is writing it ({who or 'starting now'})"
            hint = "wait for it, stop it, or use another name"
            raise problem("file.busy", message, file=target.name, hint=hint) from None
        except OSError as error:  # a file system without locks: two runs are not told apart there
            if error.errno not in (errno.ENOSYS, errno.ENOTSUP, errno.ENOLCK):
                raise
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(stream.fileno()), os.stat(place)):
                stream.truncate(0)
                stream.write(
                    f"process {os.getpid()}, since {datetime.now().isoformat(' ', 'seconds')}".encode()
                )
                return stream
        stream.close()  # its owner removed it between our opening and our locking


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


def json_ready(value: object) -> Any:
    """The value in JSON's terms: neither NaN nor infinity, both become null, and no types of NumPy.

    Examples
    --------
    >>> json_ready({"x": np.array([1.0, np.nan]), "n": (np.int64(3),)})
    {'x': [1.0, None], 'n': [3]}
    """
    if isinstance(value, Mapping):
        return {str(k): json_ready(v) for k, v in value.items()}
    if isinstance(value, np.ndarray):
        return json_ready(value.tolist())
    if isinstance(value, list | tuple):
        return [json_ready(v) for v in value]
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    return value.item() if isinstance(value, np.generic) else value


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


def attributes(fields: Mapping[str, object]) -> dict[str, object]:
    """`fields` as attributes that a netCDF file can hold: what has structure as JSON text, None left out.

    Examples
    --------
    >>> attributes({"unit": "nM", "at": None, "made": {"seed": 1}, "axes": ["IL6"]})
    {'unit': 'nM', 'made': '{"seed": 1}', 'axes': ['IL6']}
    """
    return {
        name: json.dumps(value, ensure_ascii=False, default=_plain) if _structured(value) else _text(value)
        for name, value in fields.items()
        if value is not None
    }


def _text(value: object) -> object:
    """Text as plain text: a netCDF file takes no name that remembers more."""
    if isinstance(value, list | tuple):
        return [_text(one) for one in value]
    return str(value) if isinstance(value, str) and type(value) is not str else value


def _structured(value: object) -> bool:
    inner = value if isinstance(value, list | tuple) else ()
    return isinstance(value, Mapping | bool) or any(not isinstance(v, str | int | float) for v in inner)


def _plain(value: Any) -> Any:
    """Arrays, numbers of NumPy and mappings as JSON has them."""
    return dict(value) if isinstance(value, Mapping) else value.tolist()


def attribute(attrs: Mapping[Any, object], name: str) -> Any:
    """An attribute that :func:`attributes` wrote, as it was given; None when there is none.

    Examples
    --------
    >>> attribute(attributes({"made": {"seed": 1}}), "made")["seed"]
    1
    """
    value = attrs.get(name)
    told = isinstance(value, str) and (value.startswith(("{", "[")) or value in ("true", "false"))
    return json.loads(str(value)) if told else value


def seal(fields: Mapping[str, object]) -> dict[str, object]:
    """`fields` with one more, ``seal``: the content key of all the others.

    Examples
    --------
    >>> seal({"a": 1}) == seal(json.loads(json.dumps({"a": 1})))
    True
    """
    return {**fields, "seal": content_key(fields)}


def check_target(path: str | os.PathLike[str], *, replace: bool, field: str | None = None) -> None:
    """Refuse, before anything is computed, a file that could not be written afterwards.

    Raises
    ------
    InputError
        ``file.folder``, ``file.exists``, ``file.write`` (its folder cannot be written).

    Examples
    --------
    >>> check_target("no/such/folder.csv", replace=False, field="--csv")
    Traceback (most recent call last):
    ...
    jakstat.errors.InputError: --csv: there is no folder 'no/such'. [file.folder]
    """
    target = Path(path)
    _check_free(target, replace=replace, field=field)
    check_writable(target, field=field)


def check_writable(target: Path, *, field: str | None = None) -> None:
    """Refuse a file or folder in a folder that cannot be written: it is tried, permissions say too little.

    Raises
    ------
    InputError
        ``file.write``.

    Examples
    --------
    >>> check_writable(Path("/proc/out.csv"), field="--csv")
    Traceback (most recent call last):
    ...
    jakstat.errors.InputError: /proc/out.csv --csv: cannot write: ... [file.write]
    """
    try:
        tempfile.TemporaryFile(dir=target.absolute().parent).close()
    except OSError as error:
        raise write_problem(target, error, field=field) from error


def _check_free(target: Path, *, replace: bool, field: str | None = None) -> None:
    if not target.absolute().parent.is_dir():
        raise problem("file.folder", f"there is no folder '{target.parent}'", field=field)
    if target.is_dir():
        raise problem("file.exists", f"'{target.name}' is a folder", field=field)
    if target.is_symlink() or (target.exists() and not target.is_file()):
        hint = "name the file itself" if target.is_symlink() else ""
        raise problem("file.exists", f"'{target.name}' is no plain file", field=field, hint=hint)
    if target.exists() and not replace:
        hint = "add --force" if field else "choose another name"
        raise problem("file.exists", f"'{target.name}' is there already", field=field, hint=hint)


def space_hint(error: OSError) -> str:
    """What helps where a disk or a quota is full; empty for every other error."""
    return "free some space and run again" if error.errno in (errno.ENOSPC, errno.EDQUOT) else ""


def write_problem(target: Path, error: OSError, *, field: str | None = None) -> InputError:
    """What `error` means to somebody who wanted `target` written."""
    if isinstance(error, FileExistsError):
        hint = "choose another name"
        return problem("file.exists", "the file exists", file=str(target), field=field, hint=hint)
    hint = space_hint(error)
    reason = error.strerror or type(error).__name__
    return problem("file.write", f"cannot write: {reason}", file=str(target), field=field, hint=hint)
