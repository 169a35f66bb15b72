"""A child process with limits for one document from outside, and the limits as the child sets them.

Parsers in other languages overflow their stack or eat the memory; in a child that is a message.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from jakstat.engine.read.guard import ReadLimits
from jakstat.errors import InputError, problem
from jakstat.systems import on_windows

__all__ = ["ask_child", "limit_process", "stopped_reader"]

_KEPT = frozenset(
    {"PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "COVERAGE_PROCESS_START"}
)


def ask_child(
    module: str, request: Mapping[str, Any], data: bytes, *, file: str | None, limits: ReadLimits
) -> bytes:
    """What a module answers about a document, run as a process of its own.

    Parameters
    ----------
    module : str
        Run with ``python -m``; it reads one line of JSON, calls :func:`limit_process` with its ``cpu`` and
        ``memory``, and then reads the document.
    request : mapping
        What else stands in that line.
    data : bytes
        The document.
    file : str or None
        Its name, for messages.
    limits : ReadLimits
        Caps on processor time, waiting time and memory.

    Raises
    ------
    InputError
        ``sbml.reader_stopped`` when the limits ended it.
    """
    cpu = limits.cpu_base + limits.cpu_per_megabyte * len(data) / 1e6
    line = json.dumps({**request, "cpu": cpu, "memory": limits.memory}).encode()
    environment = {k: v for k, v in os.environ.items() if k.upper() in _KEPT or on_windows()}
    environment["PYTHONPATH"] = os.pathsep.join(p for p in sys.path if p)
    environment["PYTHONIOENCODING"] = "utf-8"
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", module],
            input=line + b"\n" + data,
            capture_output=True,
            timeout=limits.wall_base + limits.wall_factor * cpu,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise stopped_reader(file, "reading took too long") from None
    except OSError as error:
        raise stopped_reader(file, f"the reader cannot be started ({error.strerror})") from None
    if done.returncode != 0:
        raise stopped_reader(file, f"the reader ended with status {done.returncode}")
    return done.stdout


def stopped_reader(file: str | None, why: str) -> InputError:
    """The problem that says a document was not read within the limits.

    Examples
    --------
    >>> stopped_reader("a.xml", "reading took too long").problems[0].code
    'sbml.reader_stopped'
    """
    return problem(
        "sbml.reader_stopped",
        f"the document could not be read within the limits: {why}",
        file=file,
        hint="it may be damaged, hostile or too large",
    )


def limit_process(cpu: float, memory: int) -> None:
    """Cap processor time (seconds) and memory (bytes) of this process where the system knows how to.

    On Windows, which does not, the clock of the parent holds alone.
    """
    try:
        import resource
    except ModuleNotFoundError:
        return
    timer = getattr(signal, "ITIMER_PROF", None)
    if timer is not None:
        signal.setitimer(timer, cpu)  # its signal ends the process
    for kind, value in (("RLIMIT_AS", memory), ("RLIMIT_FSIZE", 0), ("RLIMIT_CORE", 0)):
        try:
            resource.setrlimit(getattr(resource, kind), (value, value))
        except (AttributeError, ValueError, OSError):
            continue  # a cap the system does not offer; the parent's time limit still holds
