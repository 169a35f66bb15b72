"""What Linux, macOS and Windows do differently, in one place.

Windows has no ``fcntl``, no descriptors of folders and no SIGHUP, renames and removes no file that is open,
and hands a child process handles in place of descriptors. Where a system lacks something, the least that
still holds is said beside it. Tests run on Linux; the others are played (``tests/other_system.py``).
"""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, BinaryIO

__all__ = [
    "OPEN_FLAGS",
    "PIPE_STATUS",
    "flush_folder",
    "handed_down",
    "lock_at_once",
    "of_user",
    "on_windows",
    "publish",
    "read_at",
    "remove_held",
    "stop_numbers",
    "usable_cores",
    "user_folder",
    "write_at",
]

OPEN_FLAGS = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
"""For every ``os.open``: no child inherits it, and no byte is changed on its way."""

PIPE_STATUS = 141
"""Exit status of a command whose reader left: 128 + SIGPIPE, also where there is no such signal."""

_LOCK_PLACE = 1 << 30  # behind every byte of the file, for locked bytes cannot be read by others on Windows
_FOLDERS = {
    "win32": {"cache": ("LOCALAPPDATA", "AppData/Local"), "data": ("LOCALAPPDATA", "AppData/Local")},
    "darwin": {"cache": ("", "Library/Caches"), "data": ("", "Library/Application Support")},
}
_XDG = {"cache": ("XDG_CACHE_HOME", ".cache"), "data": ("XDG_DATA_HOME", ".local/share")}


def on_windows() -> bool:
    """Whether this is Windows.

    Examples
    --------
    >>> on_windows() is (sys.platform == "win32")
    True
    """
    return sys.platform == "win32"


def user_folder(kind: str) -> Path:
    """The user's folder for ``"cache"`` or ``"data"``, by the custom of the system.

    ``XDG_CACHE_HOME`` and ``XDG_DATA_HOME`` (https://specifications.freedesktop.org/basedir-spec/),
    ``~/Library`` on macOS, ``%LOCALAPPDATA%`` on Windows.

    Examples
    --------
    >>> user_folder("cache").name
    'jakstat'
    """
    variable, beside = _FOLDERS.get(sys.platform, _XDG)[kind]
    named = os.environ.get(variable) if variable else None
    return (Path(named) if named else Path.home() / beside) / "jakstat"


def lock_at_once(stream: Any) -> None:
    """Lock an open file for as long as it is open, or say at once that another process has it.

    Raises
    ------
    BlockingIOError
        Another process, or another opening in this one, has it.
    OSError
        The file system knows no locks.
    """
    if not on_windows():
        fcntl: Any = importlib.import_module("fcntl")
        fcntl.flock(stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        return
    msvcrt: Any = importlib.import_module("msvcrt")
    number = stream.fileno()
    place = os.lseek(number, 0, os.SEEK_CUR)
    os.lseek(number, _LOCK_PLACE, os.SEEK_SET)
    try:
        msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
    except OSError as error:
        raise BlockingIOError(*error.args) from error
    finally:
        os.lseek(number, place, os.SEEK_SET)


def remove_held(path: Path, stream: Any) -> None:
    """Remove a file that we have open and locked, and close it.

    First removed, then closed, so that nobody takes the name in between; where an open file cannot be removed
    it is closed first, and stays if somebody else has opened it meanwhile.
    """
    if on_windows():
        stream.close()
    with contextlib.suppress(OSError):
        path.unlink()
    stream.close()


def publish(stream: BinaryIO, temporary: Path, target: Path, *, replace: bool) -> None:
    """Give a finished file its name, and make the name last through a power cut.

    Raises
    ------
    FileExistsError
        It is there, and is not to be replaced; also when somebody else was faster.
    """
    if on_windows():
        stream.close()
    if replace:
        os.replace(temporary, target)
    elif on_windows():
        os.rename(temporary, target)  # which refuses a name that is taken, there
    else:
        os.link(temporary, target)  # which refuses a name that is taken; rename() would overwrite it
    flush_folder(target.parent)


def flush_folder(folder: Path) -> None:
    """Write the names in a folder to the disk; Windows does so by itself, and opens no folder."""
    if on_windows():
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def of_user(status: os.stat_result, forbidden: int) -> bool:
    """Whether a file or folder is the user's, with no bit of ``forbidden`` in its mode.

    Windows tells neither: there the folder of the user is closed to others by the system.
    """
    owner = getattr(os, "geteuid", None)
    return owner is None or (status.st_uid == owner() and not status.st_mode & forbidden)


def read_at(descriptor: int, count: int, place: int) -> bytes:
    """Bytes of an open file from a place on; where the file stands does not change."""
    if hasattr(os, "pread"):
        return os.pread(descriptor, count, place)
    stands = os.lseek(descriptor, 0, os.SEEK_CUR)
    try:
        os.lseek(descriptor, place, os.SEEK_SET)
        return os.read(descriptor, count)
    finally:
        os.lseek(descriptor, stands, os.SEEK_SET)


def write_at(descriptor: int, data: bytes, place: int) -> None:
    """Write bytes at a place of an open file; where the file stands does not change."""
    if hasattr(os, "pwrite"):
        os.pwrite(descriptor, data, place)
        return
    stands = os.lseek(descriptor, 0, os.SEEK_CUR)
    try:
        os.lseek(descriptor, place, os.SEEK_SET)
        os.write(descriptor, data)
    finally:
        os.lseek(descriptor, stands, os.SEEK_SET)


def stop_numbers() -> tuple[signal.Signals, ...]:
    """The signals that ask a program to stop, as far as the system has them; Ctrl-C first.

    Examples
    --------
    >>> stop_numbers()[0].name
    'SIGINT'
    """
    names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    return tuple(getattr(signal, name) for name in names if hasattr(signal, name))


def usable_cores() -> int:
    """Cores that this process may use; all of the machine where the system does not say.

    Examples
    --------
    >>> usable_cores() >= 1
    True
    """
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def handed_down(number: int) -> dict[str, Any]:
    """What ``subprocess.Popen`` is told so that a child has a descriptor (Windows: a handle) of ours.

    The child knows it by the same number.
    """
    if not on_windows():
        return {"pass_fds": [number]}
    windows: Any = os
    windows.set_handle_inheritable(number, True)
    start: Any = subprocess
    return {"startupinfo": start.STARTUPINFO(lpAttributeList={"handle_list": [number]})}
