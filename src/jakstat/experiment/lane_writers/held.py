"""A file that appears under its name only once it can be read."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from jakstat.errors import InputError
from jakstat.experiment.lane_tally import Tally
from jakstat.experiment.lane_writers.row_record import Extent, digest
from jakstat.store import writing

__all__ = ["HeldFile"]


class _DroppedError(Exception):
    """Thrown into :func:`writing` to make it forget the file."""


@dataclass(frozen=True)
class HeldFile:
    """:func:`jakstat.store.writing` over many calls instead of one block."""

    stream: BinaryIO
    _stack: contextlib.ExitStack

    @classmethod
    def open(cls, path: str | os.PathLike[str], *, replace: bool) -> HeldFile:
        """Begin; problems as :func:`jakstat.store.writing`.

        Examples
        --------
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     held = HeldFile.open(Path(folder, "a"), replace=False)
        ...     _ = held.stream.write(b"12")
        ...     held.publish()
        ...     Path(folder, "a").read_bytes()
        b'12'
        """
        stack = contextlib.ExitStack()
        return cls(stack.enter_context(writing(Path(path), replace=replace)), stack)

    def extent(self, start: int, tally: Tally) -> Extent:
        """What was written since ``start``, as a piece of the file."""
        self.stream.flush()
        end = self.stream.tell()
        return Extent(start, end, digest(self.stream.fileno(), start, end), tally)

    def publish(self) -> None:
        """Give the file its name."""
        self._stack.close()

    def drop(self) -> None:
        """Forget the file, though what is left in the buffer may not fit on a full disk either."""
        error = _DroppedError()
        with contextlib.suppress(_DroppedError, InputError):
            self._stack.__exit__(_DroppedError, error, None)
