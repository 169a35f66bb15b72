"""Compiled kernels on disk, so that a model is compiled once per machine.

An entry is one file: a digest, then the layout and the object code. The digest is over the
entry's key, its layout and its code, so that no byte of what is trusted lies outside it. Entries
are written to a temporary name and renamed, so any number of processes may share the folder.

What lies there is executed. So the folder has to be a folder (no link) that only its owner, who
is the user, can write, and the entry a plain file of the user's with one name; both are looked at
through the descriptor that is then read. An entry that fails is rebuilt; a folder that fails is not used.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from jakstat.engine.compile.machine import Machine
from jakstat.systems import OPEN_FLAGS, of_user, user_folder

__all__ = ["Entry", "KernelCache", "default_folder", "engine_version", "source_digest"]

MAX_BYTES = 512 * 1024 * 1024
_SEEN_EACH_TIME = 64
"""With more entries than this, sizes are added up only once in so many writes."""
_SUFFIX = ".kernel"
_PART = ".part"
_MAGIC = b"jakstat-kernel-2\n"
_DIGEST = hashlib.sha256().digest_size
_LENGTH = 8
_DEAD_AFTER = 3600.0
"""Seconds after which a temporary file counts as left by a process that died."""


_NO_LINK = getattr(os, "O_NOFOLLOW", 0)


@dataclass(frozen=True, slots=True)
class _Folder:
    """The folder that is looked into: by a descriptor, or by its path where there is none for folders."""

    path: str
    descriptor: int | None

    def __truediv__(self, name: str) -> str:
        return os.path.join(self.path, name)


@dataclass(frozen=True, slots=True)
class Entry:
    """Object code and the layout it was built with."""

    layout: Mapping[str, Any]
    code: bytes


def engine_version() -> str:
    """A digest of the engine's own source: any change of it makes old entries void."""
    return source_digest(Path(__file__).parents[1])


@lru_cache(maxsize=8)
def source_digest(root: Path) -> str:
    """A digest of the Python source below a folder."""
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()[:32]


def default_folder() -> Path:
    """Where kernels are kept: ``JAKSTAT_CACHE``, else the user's cache folder."""
    named = os.environ.get("JAKSTAT_CACHE")
    if named:
        return Path(named) / "kernels"
    return user_folder("cache") / "kernels"


@dataclass(frozen=True, slots=True)
class KernelCache:
    """A folder of entries with a cap on its size (oldest use goes first)."""

    folder: Path
    max_bytes: int = MAX_BYTES

    def key(self, machine: Machine, *parts: str) -> str:
        """The name of an entry: engine version, machine, and what was compiled."""
        content = json.dumps([engine_version(), machine.key, parts])
        return hashlib.sha256(content.encode()).hexdigest()

    def fetch(self, key: str, build: Callable[[], Entry]) -> Entry:
        """The entry of that key; built and kept if it is absent, damaged or not the user's own."""
        found = self.kept(key)
        if found is not None:
            return found
        entry = build()
        # a disk that is full or cannot be written costs time, not results
        with contextlib.suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with self._opened() as folder:
                _write(folder, key, entry)
                self._trim(folder)
        return entry

    def kept(self, key: str) -> Entry | None:
        """The entry of that key, if it is there, whole and the user's own."""
        with contextlib.suppress(OSError), self._opened() as folder:
            return _read(folder, key)
        return None

    @contextlib.contextmanager
    def _opened(self) -> Iterator[_Folder]:
        """The folder, opened where folders can be; PermissionError unless it is the user's alone."""
        if os.open not in os.supports_dir_fd:  # Windows
            if self.folder.is_symlink() or not self.folder.is_dir():
                raise PermissionError("it is no folder")
            yield _Folder(str(self.folder), None)
            return
        descriptor = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | _NO_LINK | OPEN_FLAGS)
        try:
            _check_own(os.fstat(descriptor))
            yield _Folder("", descriptor)
        finally:
            os.close(descriptor)

    def _trim(self, folder: _Folder) -> None:
        names = os.listdir(folder.path if folder.descriptor is None else folder.descriptor)
        if len(names) > _SEEN_EACH_TIME and len(names) % _SEEN_EACH_TIME:
            return  # the sizes of thousands of files take longer to read than a kernel to compile
        files = []
        for name in names:
            with contextlib.suppress(OSError):
                status = os.stat(folder / name, dir_fd=folder.descriptor, follow_symlinks=False)
                if name.endswith(_SUFFIX):
                    files.append((status.st_mtime, status.st_size, name))
                elif name.endswith(_PART) and time.time() - status.st_mtime > _DEAD_AFTER:
                    os.unlink(folder / name, dir_fd=folder.descriptor)
        total = sum(size for _, size, _ in files)
        for _, size, name in sorted(files):
            if total <= self.max_bytes:
                break
            with contextlib.suppress(FileNotFoundError):
                os.unlink(folder / name, dir_fd=folder.descriptor)
            total -= size


def _check_own(status: os.stat_result) -> None:
    """PermissionError unless the user owns it and nobody else can write it."""
    if not of_user(status, stat.S_IWGRP | stat.S_IWOTH):
        raise PermissionError("others can write it")


def _seal(key: str, body: bytes) -> bytes:
    name = key.encode()
    return hashlib.sha256(len(name).to_bytes(_LENGTH, "little") + name + body).digest()


def _write(folder: _Folder, key: str, entry: Entry) -> None:
    layout = json.dumps(dict(entry.layout)).encode()
    body = len(layout).to_bytes(_LENGTH, "little") + layout + entry.code
    name = secrets.token_hex(8) + _PART
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINK | OPEN_FLAGS
    held = folder.descriptor
    try:
        with open(os.open(folder / name, flags, 0o600, dir_fd=held), "wb") as stream:
            stream.write(_MAGIC + _seal(key, body) + body)
        os.replace(folder / name, folder / (key + _SUFFIX), src_dir_fd=held, dst_dir_fd=held)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(folder / name, dir_fd=held)
        raise


def _read(folder: _Folder, key: str) -> Entry | None:
    """The entry, if it is the user's own and whole; None otherwise."""
    # a pipe in its place does not wait
    flags = os.O_RDONLY | _NO_LINK | getattr(os, "O_NONBLOCK", 0) | OPEN_FLAGS
    place = folder / (key + _SUFFIX)
    try:
        with open(os.open(place, flags, dir_fd=folder.descriptor), "rb") as stream:
            status = os.fstat(stream.fileno())
            _check_own(status)
            if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
                return None
            raw = stream.read()
            with contextlib.suppress(OSError):
                os.utime(stream.fileno() if os.utime in os.supports_fd else place)
    except OSError:
        return None
    start = len(_MAGIC) + _DIGEST
    body = raw[start:]
    if raw[:start] != _MAGIC + _seal(key, body):
        return None
    end = _LENGTH + int.from_bytes(body[:_LENGTH], "little")
    return Entry(json.loads(body[_LENGTH:end]), body[end:])
