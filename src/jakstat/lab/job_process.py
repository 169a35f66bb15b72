"""The process of a job: the command line itself, with ``--json``, in a session of its own.

It holds the lock of its folder for as long as it lives, whatever becomes of the server: a server that starts
anew sees by it which jobs still run.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jakstat.lab.command_words import command_words
from jakstat.lab.job_session import hold_for_child, in_session, is_held, stop_session, yield_to_others
from jakstat.lab.lab_questions import LabQuestion

__all__ = [
    "COMMAND",
    "FOLDERS",
    "child_environment",
    "ended_with",
    "is_alive",
    "job_words",
    "start_process",
    "stop_process",
]

COMMAND = (sys.executable, "-P", "-m", "jakstat")
"""The command line of this very Python; the folder that it runs in is no place of modules."""
_LOCK, _STDOUT, _STDERR = "lock", "answer.part", "stderr.txt"
_PACKAGES = Path(__file__).resolve().parents[2]
"""Where this very jakstat lies."""
FOLDERS = {"trial": "trial", "own_fit": "fit"}
"""Where the commands of these kinds keep what they have done, within a job's folder."""


def job_words(kind: str, question: LabQuestion, place: Path, files: Mapping[str, str]) -> list[str]:
    """The words of the command that answers a question within a job's folder, which holds its texts."""
    where = dict(files)
    for name, file in question.files.items():
        text = getattr(question, name)
        if text is not None and name not in where:
            (place / file).write_text(text, encoding="utf-8")
            where[name] = file
    more = ["--json"]
    if kind == "trial":
        cores = os.cpu_count() or 1
        more += ["--workers", str(max(cores - 1, 1))]
    if kind in FOLDERS:
        out = FOLDERS[kind]
        more += ["--out", out, *(["--resume"] if (place / out).is_dir() else [])]
    return command_words(kind, question, places=where, more=more)


def child_environment() -> dict[str, str]:
    """What a command is told by its environment: this very jakstat, and one thread for linear algebra."""
    found = [str(_PACKAGES), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(found), "OMP_NUM_THREADS": "1"}


def start_process(words: list[str], place: Path, progress: Path) -> subprocess.Popen[bytes]:
    """Start a command in a job's folder; what it prints goes to files there."""
    progress.unlink(missing_ok=True)
    environment = {**child_environment(), "JAKSTAT_PROGRESS": str(progress.absolute())}
    with contextlib.ExitStack() as held:
        lock = held.enter_context(open(place / _LOCK, "ab"))
        hold_for_child(lock)
        lock.truncate(0)
        out = held.enter_context(open(place / _STDOUT, "wb"))
        err = held.enter_context(open(place / _STDERR, "wb"))
        process = subprocess.Popen(
            [*COMMAND, *words],
            cwd=place,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            env=environment,
            **in_session(lock),
        )
        lock.write(str(process.pid).encode())
        lock.flush()
        yield_to_others(process.pid)  # pages answer first: a job takes what is left of the machine
        return process


def is_alive(place: Path) -> bool:
    """Whether the process of a job, ours or that of a server before, still runs."""
    return is_held(place / _LOCK)


def stop_process(place: Path, *, hard: bool = False) -> None:
    """Stop the processes of a job as Ctrl-C would; its lock holds their number while it is theirs."""
    with contextlib.suppress(OSError, ValueError):
        number = int((place / _LOCK).read_bytes())
        if is_alive(place):
            stop_session(number, hard=hard)


def ended_with(place: Path) -> dict[str, Any] | None:
    """The document that a command printed, whole; None when it did not come so far."""
    with contextlib.suppress(OSError, ValueError):
        found = json.loads((place / _STDOUT).read_bytes())
        if isinstance(found, dict):
            return found
    return None
