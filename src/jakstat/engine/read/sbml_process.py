"""Reading a document in a child process with limits, so that hostile files hurt nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict
from typing import Any

from jakstat.engine.network.network import Network
from jakstat.engine.network.wire import from_wire
from jakstat.engine.read.guard import ReadLimits
from jakstat.engine.read.import_report import Assumptions, ImportReport
from jakstat.errors import InputError, Problem, problem

__all__ = ["read_in_child"]


def read_in_child(
    data: bytes, *, assume: Assumptions, file: str | None, limits: ReadLimits
) -> tuple[Network, ImportReport]:
    """Read a document that has passed the guard in a process of its own.

    Parameters
    ----------
    data : bytes
        The document, UTF-8.
    assume : Assumptions
        Passed on to the reader.
    file : str or None
        Name of the document, for messages.
    limits : ReadLimits
        Caps on processor time, waiting time and memory.

    Raises
    ------
    InputError
        With the reader's problems, or ``sbml.reader_stopped`` when the limits ended it.
    """
    cpu = limits.cpu_base + limits.cpu_per_megabyte * len(data) / 1e6
    request = {"assume": asdict(assume), "file": file, "cpu": cpu, "memory": limits.memory}
    environment = {k: v for k, v in os.environ.items() if k.upper() in _KEPT or sys.platform == "win32"}
    environment["PYTHONPATH"] = os.pathsep.join(p for p in sys.path if p)
    environment["PYTHONIOENCODING"] = "utf-8"
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "jakstat.engine.read.sbml_child"],
            input=json.dumps(request).encode() + b"\n" + data.lstrip(b"\xef\xbb\xbf"),
            capture_output=True,
            timeout=limits.wall_base + limits.wall_factor * cpu,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _stopped(file, "reading took too long") from None
    except OSError as error:
        raise _stopped(file, f"the reader cannot be started ({error.strerror})") from None
    if done.returncode != 0:
        raise _stopped(file, f"the reader ended with status {done.returncode}")
    return _understood(done.stdout, file)


_KEPT = frozenset(
    {"PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "COVERAGE_PROCESS_START"}
)


def _stopped(file: str | None, why: str) -> InputError:
    return problem(
        "sbml.reader_stopped",
        f"the document could not be read within the limits: {why}",
        file=file,
        hint="it may be damaged, hostile or too large",
    )


def _understood(output: bytes, file: str | None) -> tuple[Network, ImportReport]:
    try:
        said: dict[str, Any] = json.loads(output)
        if "problems" in said:
            raise InputError([Problem(**p) for p in said["problems"]])
        return from_wire(said["network"]), ImportReport.from_dict(said)
    except InputError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        raise _stopped(file, "the reader's answer is not understood") from None
