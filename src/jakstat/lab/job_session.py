"""The session of a job: a lock that lives as long as its process, a stop for it and what it has started.

On Linux and macOS a child inherits the lock of a file, and a signal reaches all of its session. On Windows it
inherits the open file, which nobody can rename while it is open; Ctrl-Break reaches its group, and what a
process has started ends by itself when its pipe closes.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import subprocess
from pathlib import Path
from typing import Any, BinaryIO

from jakstat.systems import handed_down, lock_at_once, on_windows

__all__ = ["hold_for_child", "in_session", "is_held", "stop_session", "yield_to_others"]

_NICE = 5


def hold_for_child(lock: BinaryIO) -> None:
    """Take the lock that a child is going to hold.

    Raises
    ------
    BlockingIOError
        Another process has it.
    """
    if not on_windows():
        lock_at_once(lock)


def in_session(lock: BinaryIO) -> dict[str, Any]:
    """What ``subprocess.Popen`` is told: a session of its own, which holds the lock."""
    if not on_windows():
        return {"start_new_session": True, **handed_down(lock.fileno())}
    msvcrt: Any = importlib.import_module("msvcrt")
    windows: Any = subprocess
    flags = windows.CREATE_NEW_PROCESS_GROUP
    return {"creationflags": flags, **handed_down(msvcrt.get_osfhandle(lock.fileno()))}


def is_held(place: Path) -> bool:
    """Whether a process holds the lock of that file."""
    try:
        if on_windows():
            os.rename(place, place)  # refused while it is open
            return False
        with open(place, "rb") as lock:
            lock_at_once(lock)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def stop_session(number: int, *, hard: bool) -> None:
    """Ask a session to stop as Ctrl-C would, or end it."""
    system: Any = os
    numbers: Any = signal
    if on_windows():
        system.kill(number, numbers.SIGTERM if hard else numbers.CTRL_BREAK_EVENT)
    else:
        system.killpg(number, numbers.SIGKILL if hard else numbers.SIGTERM)


def yield_to_others(number: int) -> None:
    """Let a process have what others leave of the machine, where the system knows how to."""
    if hasattr(os, "setpriority"):
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, number, _NICE)
