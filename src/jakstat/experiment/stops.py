"""Ctrl-C and SIGTERM in the middle of long work: noted, or held back until a piece is written.

Only signals that Python handles are touched: a program that leaves SIGTERM to the system, as
Python does by itself, is ended by it as before. The command line handles it as Ctrl-C.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

from jakstat.systems import stop_numbers

__all__ = ["finishing_stops", "held_stops", "noted_stops"]


Handler = Callable[[int, FrameType | None], Any]


@contextlib.contextmanager
def noted_stops() -> Iterator[Callable[[], None]]:
    """A stop during the block is remembered, for compiled code that calls back may drop the exception.

    Yields
    ------
    callable
        Raises it (again) when one came.

    Examples
    --------
    >>> with noted_stops() as check:
    ...     check()
    """
    came: list[tuple[int, Handler]] = []

    def check() -> None:
        if came:
            number, handler = came[0]
            handler(number, None)

    def noting(handler: Handler) -> Handler:
        def note(number: int, frame: FrameType | None) -> None:
            came.append((number, handler))
            handler(number, frame)

        return note

    with _handled(noting):
        yield check


@contextlib.contextmanager
def held_stops() -> Iterator[None]:
    """A stop during the block is delivered after it, so that no piece is half written.

    Examples
    --------
    >>> with held_stops():
    ...     done = True
    """
    came: list[tuple[int, Handler]] = []
    with _handled(lambda handler: lambda number, _: came.append((number, handler))):
        yield
    if came:
        number, handler = came[0]
        handler(number, None)


@contextlib.contextmanager
def finishing_stops() -> Iterator[Callable[[], bool]]:
    """The first stop is delivered after the block, so that work under way is finished; the second at once.

    Yields
    ------
    callable
        Whether a stop came.

    Examples
    --------
    >>> with finishing_stops() as stopping:
    ...     stopping()
    False
    """
    came: list[tuple[int, Handler]] = []

    def noting(handler: Handler) -> Handler:
        def note(number: int, frame: FrameType | None) -> None:
            came.append((number, handler))
            if len(came) > 1:
                handler(number, frame)

        return note

    with _handled(noting):
        yield lambda: bool(came)
    if came:
        number, handler = came[0]
        handler(number, None)


@contextlib.contextmanager
def _handled(wrapped: Callable[[Handler], Handler]) -> Iterator[None]:
    """The handlers of the stops replaced by wrapped ones; nothing happens outside the main thread."""
    old: dict[signal.Signals, Handler] = {}
    if threading.current_thread() is threading.main_thread():
        for number in stop_numbers():
            handler = signal.getsignal(number)
            if callable(handler) and not isinstance(handler, signal.Handlers):
                old[number] = handler
    for number, handler in old.items():
        signal.signal(number, wrapped(handler))
    try:
        yield
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)
