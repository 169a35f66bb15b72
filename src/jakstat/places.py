"""Where the files of a long run lie: a folder of this machine, or any URL that fsspec knows.

On this machine a file is written beside its place, flushed to the disk and renamed. An object store has
no rename and needs none: an object is there whole or not at all, so each is put there in one call.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from jakstat.errors import InputError, problem
from jakstat.extras import needs
from jakstat.store import clear_parts, part_name, write_problem, written

__all__ = ["Place", "place_of"]


@dataclass(frozen=True, slots=True)
class Place:
    """A folder that is filled with whole files.

    Parameters
    ----------
    path : str
        Of the folder, on this machine or within the store.
    protocol : str
        As fsspec has it (``s3``, ``gs``, ``memory``); empty for this machine.
    options : tuple of (str, object)
        What else the URL said to fsspec.

    Examples
    --------
    >>> place = place_of("memory://trials/one")
    >>> place.write("a", b"12")
    >>> place.names(), place.read("a"), place.exists("b")
    (('a',), b'12', False)
    >>> place.remove("a")
    """

    path: str
    protocol: str = ""
    options: tuple[tuple[str, object], ...] = ()

    @property
    def local(self) -> Path | None:
        """The folder, when it is one of this machine."""
        return None if self.protocol else Path(self.path)

    @property
    def _store(self) -> Any:
        with needs("store"):
            import fsspec

        return fsspec.filesystem(self.protocol, **dict(self.options))

    def __str__(self) -> str:
        return f"{self.protocol}://{self.path.lstrip('/')}" if self.protocol else self.path

    def __truediv__(self, name: str) -> Place:
        return Place(f"{self.path.rstrip('/')}/{name}", self.protocol, self.options)

    def told(self, name: str) -> str:
        """Where a file is, for messages."""
        return str(self / name)

    def make(self) -> None:
        """Make the folder, and remove what a process that died left half written in it.

        Raises
        ------
        InputError
            ``file.write``, ``file.exists``.
        """
        if self.local is None:  # object stores have no folders
            return
        try:
            self.local.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise write_problem(self.local, error) from error
        for part in self.local.glob(".*.part"):
            clear_parts(part.with_name(part.name[1:].rsplit(".", 2)[0]))

    def write(self, name: str, data: bytes) -> None:
        """Write a file, all of it or nothing; one that is there is replaced.

        Raises
        ------
        InputError
            ``file.write``.
        """
        if self.local is not None:
            with written(self.local / name, replace=True) as stream:
                stream.write(data)
            return
        with self._sending(name):
            self._store.pipe_file((self / name).path, data)

    @contextlib.contextmanager
    def stream(self, name: str) -> Iterator[BinaryIO]:
        """A stream whose content is the file once the block ends well; for what is too large to hold.

        Raises
        ------
        InputError
            ``file.write``.
        """
        if self.local is not None:
            with written(self.local / name, replace=True) as stream:
                yield stream
            return
        with tempfile.TemporaryDirectory() as held:
            with open(Path(held, "whole"), "wb") as stream:
                yield stream
            with self._sending(name):
                self._store.put_file(stream.name, (self / name).path)

    def write_folder(self, name: str, files: Mapping[str, bytes]) -> None:
        """Write a folder of files, all of them or none; one that is there is replaced.

        Raises
        ------
        InputError
            ``file.write``.
        """
        if self.local is None:
            inner = self / name
            with self._sending(name):
                if self._store.exists(inner.path):
                    self._store.rm(inner.path, recursive=True)
                self._store.pipe({(inner / file).path: data for file, data in files.items()})
            return
        target, fresh, old = self.local / name, part_name(self.local / name), part_name(self.local / name)
        try:
            for file, data in files.items():
                (fresh / file).parent.mkdir(parents=True, exist_ok=True)
                with written(fresh / file, replace=True) as stream:
                    stream.write(data)
            if target.exists():
                os.rename(target, old)
            os.rename(fresh, target)
        except OSError as error:
            raise write_problem(target, error) from error
        finally:
            if old.exists() and not target.exists():
                os.rename(old, target)
            shutil.rmtree(fresh, ignore_errors=True)
            shutil.rmtree(old, ignore_errors=True)

    @contextlib.contextmanager
    def _sending(self, name: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            reason = error.strerror or str(error) or type(error).__name__
            raise problem("file.write", f"cannot write: {reason}", file=self.told(name)) from error

    def read(self, name: str) -> bytes:
        """The bytes of a file; FileNotFoundError when there is none."""
        if self.local is not None:
            return (self.local / name).read_bytes()
        return bytes(self._store.cat_file((self / name).path))

    def exists(self, name: str) -> bool:
        """Whether there is such a file or folder."""
        if self.local is not None:
            return (self.local / name).exists()
        return bool(self._store.exists((self / name).path))

    def names(self) -> tuple[str, ...]:
        """Names of the files and folders in it, sorted; none when it is not there."""
        if self.local is not None:
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                return tuple(sorted(os.listdir(self.local)))
            return ()
        with contextlib.suppress(FileNotFoundError):
            found = self._store.ls(self.path, detail=False, refresh=True)
            return tuple(sorted(str(name).rstrip("/").rsplit("/", 1)[-1] for name in found))
        return ()

    def files(self, name: str) -> tuple[str, ...]:
        """Every file below folder `name`, relative to this place, sorted."""
        inner = self / name
        if self.local is not None:
            root = self.local
            return tuple(
                sorted(f.relative_to(root).as_posix() for f in (root / name).rglob("*") if f.is_file())
            )
        found = self._store.find(inner.path)
        cut = len(self.path.strip("/")) + 1
        return tuple(sorted(str(f).strip("/")[cut:] for f in found))

    def remove(self, name: str) -> None:
        """Remove a file if it is there."""
        with contextlib.suppress(FileNotFoundError):
            if self.local is not None:
                (self.local / name).unlink()
            else:
                self._store.rm_file((self / name).path)


def place_of(where: str | os.PathLike[str]) -> Place:
    """A folder by its path or URL.

    Raises
    ------
    InputError
        ``place.unknown`` for a URL that cannot be used here.

    Examples
    --------
    >>> place_of("runs/one"), str(place_of("memory://runs/one"))
    (Place(path='runs/one', protocol='', options=()), 'memory://runs/one')
    >>> place_of("nowhere://runs")
    Traceback (most recent call last):
    ...
    jakstat.errors.InputError: nowhere://runs: the address cannot be used: ... [place.unknown]
    """
    text = os.fspath(where)
    if "://" not in text:
        return Place(text)
    with needs("store"):
        from fsspec.core import url_to_fs
        from fsspec.utils import get_protocol

    protocol = get_protocol(text)
    try:
        store, path = url_to_fs(text)
    except (ImportError, ValueError, OSError) as error:
        raise _unknown(text, error) from error
    if protocol in ("file", "local"):
        return Place(path)
    return Place(path, protocol, tuple(sorted(store.storage_options.items())))


def _unknown(text: str, error: Exception) -> InputError:
    reason = str(error).split("\n")[0][:120].rstrip(".")
    hint = "give a folder, or a URL whose package is installed (s3fs for s3://)"
    return problem("place.unknown", f"the address cannot be used: {reason}", file=text[:100], hint=hint)
