"""How a command ends: its exit code, Ctrl-C and SIGTERM, an output that is full or that nobody reads."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import io
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from types import FrameType
from typing import Any, TextIO

import typer

from jakstat.errors import EXIT_BAD_INPUT
from jakstat.systems import PIPE_STATUS, on_windows, stop_numbers

__all__ = [
    "EXIT_FAILED",
    "check_any_ran",
    "guarded_output",
    "stop_asked",
    "stopped",
    "stops_as_interrupts",
]

EXIT_FAILED = 1
"""Exit code when the input is right and yet there is nothing to show, or a check failed."""
_SIGNALLED = 128
_STOP: ContextVar[list[int]] = ContextVar("stop")
"""The signals that asked the command to stop, so far; a list, as a handler may run in a copied context."""


def check_any_ran(failed: int, of: int, reason: str = "") -> None:
    """End with code 1 when every simulation failed; what is known of them is shown by then.

    Examples
    --------
    >>> check_any_ran(1, 2)
    """
    if of and failed >= of:
        typer.echo(f"jakstat: every simulation failed{': ' + reason if reason else ''}", err=True)
        raise typer.Exit(EXIT_FAILED)


def stop_asked() -> bool:
    """Whether a signal asked the command under way to stop.

    Compiled code of others may swallow the KeyboardInterrupt, or go on with half of what it was making; what
    the command says after that, above all of errors, is not to be believed.
    """
    return bool(_STOP.get([]))


def stopped() -> typer.Exit:
    """The end of a command that was stopped early and has said so: 130 after Ctrl-C, 143 after SIGTERM."""
    # CPython notes that an exec of text was interrupted (a dataclass being made, say) and ends `python -m` by
    # SIGINT for it, though the interrupt was handled; any later run of text takes the note back
    ctypes.pythonapi.PyRun_SimpleString(b"")
    return typer.Exit(_SIGNALLED + (_STOP.get([]) or [signal.SIGINT])[-1])


@contextlib.contextmanager
def stops_as_interrupts() -> Iterator[None]:
    """SIGTERM and SIGHUP raise KeyboardInterrupt, as Ctrl-C does; :func:`stopped` knows which it was."""
    asked: list[int] = []

    def stop(number: int, _: FrameType | None) -> None:
        asked.append(number)
        raise KeyboardInterrupt

    old: dict[signal.Signals, Any] = {}
    if threading.current_thread() is threading.main_thread():
        for number in stop_numbers():
            # what nohup ignores stays ignored
            if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
                old[number] = signal.signal(number, stop)
    token = _STOP.set(asked)
    try:
        yield
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)
        _STOP.reset(token)


class _LostOutputError(Exception):
    """Standard output cannot be written; no OSError, so that nobody on the way takes it for a file."""


class _Guarded:
    """A standard stream whose failure to write ends the command (stdout) or is passed over (stderr)."""

    def __init__(self, stream: TextIO, *, must: bool) -> None:
        self._stream, self._must = stream, must
        self._lost: OSError | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        self._do(lambda: self._stream.write(text))
        return len(text)

    def flush(self) -> None:
        self._do(self._stream.flush)

    def _do(self, act: Callable[[], object]) -> None:
        """Do it; once it failed it fails for good, whoever swallowed the first failure."""
        try:
            if self._lost is None:
                act()
        except OSError as error:
            self._lost = error
            # what is still in the buffer goes nowhere, or the interpreter would fail on it at its end
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)
        if self._lost is not None and self._must:
            raise _LostOutputError(self._lost.errno, self._lost.strerror)


def _set_encoding(stream: TextIO | None) -> None:
    """No character is too strange to be written.

    Files and pipes of Windows get UTF-8, as elsewhere, and not the code page of the country; where another
    encoding is asked for, what it lacks is written as ``\\u03b2``.
    """
    if not isinstance(stream, io.TextIOWrapper):
        return
    if on_windows() and not stream.isatty() and not os.environ.get("PYTHONIOENCODING"):
        stream.reconfigure(encoding="utf-8")
    if stream.encoding.lower().replace("-", "") != "utf8":
        stream.reconfigure(errors="backslashreplace")


@contextlib.contextmanager
def guarded_output() -> Iterator[None]:
    """A reader that leaves (`| head`) ends the command quietly with code 141, a full device with code 2."""
    plain = sys.stdout, sys.stderr
    for stream in plain:
        _set_encoding(stream)
    # a stream that was closed from the start is None: what is written goes nowhere
    given = [stream or open(os.devnull, "w", encoding="utf-8") for stream in plain]  # noqa: SIM115
    sys.stdout, sys.stderr = _Guarded(given[0], must=True), _Guarded(given[1], must=False)
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except _LostOutputError as lost:
        number, reason = lost.args
        if number == errno.EPIPE or (on_windows() and number == errno.EINVAL):
            sys.exit(PIPE_STATUS)
        sys.stderr.write(f"jakstat: stdout: cannot write: {reason}. [file.write]\n")
        sys.exit(EXIT_BAD_INPUT)
    finally:
        sys.stdout, sys.stderr = plain
