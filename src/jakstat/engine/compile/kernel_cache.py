"""Compiled kernels on disk, so that a model is compiled once per machine.

An entry is one file: a JSON line (layout and checksum) and the object code. Entries are
written to a temporary name and renamed, so any number of processes may share the
folder; an entry that does not match its checksum is rebuilt. The folder belongs to
the user alone, because what lies in it is executed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from jakstat.engine.compile.machine import Machine

__all__ = ["Entry", "KernelCache", "default_folder", "engine_version"]

MAX_BYTES = 512 * 1024 * 1024
_SEEN_EACH_TIME = 64
"""With more entries than this, sizes are added up only once in so many writes."""
_SUFFIX = ".kernel"


@dataclass(frozen=True, slots=True)
class Entry:
    """Object code and the layout it was built with."""

    layout: Mapping[str, Any]
    code: bytes


@lru_cache(maxsize=1)
def engine_version() -> str:
    """A digest of the engine's own source: any change of it makes old entries void."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parents[1].rglob("*.py")):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:32]


def default_folder() -> Path:
    """Where kernels are kept: ``JAKSTAT_CACHE``, else the user's cache folder."""
    named = os.environ.get("JAKSTAT_CACHE")
    if named:
        return Path(named) / "kernels"
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "jakstat" / "kernels"


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
        """The entry of that key; built and kept if it is absent or damaged."""
        path = self.folder / (key + _SUFFIX)
        found = _read(path)
        if found is not None:
            with contextlib.suppress(OSError):
                os.utime(path)
            return found
        entry = build()
        with contextlib.suppress(OSError):  # a read-only or full disk costs time, not results
            self._write(path, entry)
            self._trim()
        return entry

    def _write(self, path: Path, entry: Entry) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        head = {"sha256": hashlib.sha256(entry.code).hexdigest(), "layout": dict(entry.layout)}
        handle, name = tempfile.mkstemp(dir=self.folder, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(json.dumps(head).encode() + b"\n" + entry.code)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def _trim(self) -> None:
        names = [name for name in os.listdir(self.folder) if name.endswith(_SUFFIX)]
        if len(names) > _SEEN_EACH_TIME and len(names) % _SEEN_EACH_TIME:
            return  # the sizes of thousands of files take longer to read than a kernel to compile
        files = []
        for path in (self.folder / name for name in names):
            with contextlib.suppress(OSError):
                status = path.stat()
                files.append((status.st_mtime, status.st_size, path))
        total = sum(size for _, size, _ in files)
        for _, size, path in sorted(files):
            if total <= self.max_bytes:
                break
            path.unlink(missing_ok=True)
            total -= size


def _read(path: Path) -> Entry | None:
    try:
        if path.stat().st_uid != os.getuid():
            return None
        first, _, code = path.read_bytes().partition(b"\n")
        head = json.loads(first)
        if head["sha256"] != hashlib.sha256(code).hexdigest():
            return None
        return Entry(head["layout"], code)
    except (OSError, ValueError, KeyError, TypeError):
        return None
