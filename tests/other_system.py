"""Another operating system, played on this one: what it lacks is taken away, what it refuses is refused.

``played("win32")`` in a process of its own: no ``fcntl`` and no ``resource``; no descriptors of folders; no
file that is open is renamed or removed; locks of bytes, handles for children, Ctrl-Break; and
``played("darwin")`` lacks what macOS lacks. The code under test asks ``sys.platform`` and finds that system.
"""

import errno
import os
import signal
import subprocess
import sys
import types
from multiprocessing import connection

_LACKS = {
    "win32": {
        os: "O_CLOEXEC O_DIRECTORY O_NOFOLLOW O_NONBLOCK geteuid getuid killpg pread pwrite "
        "sched_getaffinity setpriority",
        signal: "SIGHUP SIGPIPE ITIMER_PROF setitimer",
    },
    "darwin": {os: "sched_getaffinity", signal: ""},
}


def _opened():
    """Files that this process and its children have open, by what they really are."""
    with open(f"/proc/self/task/{os.getpid()}/children") as children:
        processes = [str(os.getpid()), *children.read().split()]
    found = set()
    for process in processes:
        for number in os.listdir(f"/proc/{process}/fd"):
            try:
                status = os.stat(f"/proc/{process}/fd/{number}")
            except OSError:
                continue
            found.add((status.st_dev, status.st_ino))
    return found


def _refusing(real, *places):
    """A call that fails as it does on Windows when a file that it names is open."""

    def call(*names, **how):
        if how.get("dir_fd") is not None or how.get("src_dir_fd") is not None:
            raise NotImplementedError("dir_fd unavailable on this platform")
        held = _opened()
        for k in places:
            try:
                status = os.lstat(names[k])
            except FileNotFoundError:
                continue
            if (status.st_dev, status.st_ino) in held:
                raise PermissionError(errno.EACCES, "The process cannot access the file", str(names[k]))
        if real is _RENAME and names[0] != names[1] and os.path.lexists(names[1]):
            raise FileExistsError(errno.EEXIST, "Cannot create a file when that file already exists")
        return real(*names, **how)

    return call


_RENAME = os.rename


class _Start:
    """What a child of Windows is started with."""

    def __init__(self, *, lpAttributeList):
        self.handles = lpAttributeList["handle_list"]


class _Child(subprocess.Popen):
    def __init__(self, *words, startupinfo=None, creationflags=0, pass_fds=(), **how):
        if pass_fds or how.get("start_new_session"):
            raise ValueError("pass_fds not supported on Windows.")
        handed = startupinfo.handles if startupinfo else ()
        if any(not os.get_inheritable(number) for number in handed):
            raise OSError("a handle in the list is not inheritable")
        super().__init__(*words, pass_fds=handed, start_new_session=bool(creationflags), **how)


def _windows(fcntl):
    def locking(number, mode, count):
        assert (mode, count) == (msvcrt.LK_NBLCK, 1)
        place = os.lseek(number, 0, os.SEEK_CUR)
        assert place >= os.fstat(number).st_size, "a locked byte of the file could not be read by others"
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PermissionError(errno.EACCES, "Permission denied") from None

    msvcrt = types.SimpleNamespace(LK_NBLCK=2, locking=locking, get_osfhandle=lambda number: number)
    sys.modules["msvcrt"] = msvcrt
    for name in ("fcntl", "resource"):
        sys.modules[name] = None
    os.O_BINARY = 0
    os.supports_dir_fd, os.supports_fd = set(), set()
    os.set_handle_inheritable = os.set_inheritable
    os.replace, os.rename = _refusing(os.replace, 0, 1), _refusing(_RENAME, 0)
    os.unlink = os.remove = _refusing(os.unlink, 0)
    signal.SIGBREAK, signal.CTRL_BREAK_EVENT = signal.SIGUSR1, signal.SIGINT
    subprocess.STARTUPINFO, subprocess.CREATE_NEW_PROCESS_GROUP = _Start, 512
    subprocess.Popen = _Child
    connection.PipeConnection = connection.Connection


def played(system):
    """From here on this process runs on another system; there is no way back."""
    import fcntl

    for module, names in _LACKS[system].items():
        for name in names.split():
            delattr(module, name)
    if hasattr(os, "process_cpu_count"):
        os.process_cpu_count = os.cpu_count  # which asks for the affinity here, and not there
    if system == "win32":
        _windows(fcntl)
    sys.platform = system
