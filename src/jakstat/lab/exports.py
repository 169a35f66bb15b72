"""A question's answer as a file, which the command itself writes: ``--plot``, ``--csv``, ``--xlsx``."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from jakstat.errors import InputError, Problem, problem
from jakstat.lab.command_words import command_words
from jakstat.lab.job_process import COMMAND, child_environment
from jakstat.lab.lab_questions import LabQuestion

__all__ = ["FILE_TYPES", "exported"]

FILE_TYPES = {
    "png": "image/png",
    "svg": "image/svg+xml",
    "pdf": "application/pdf",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}
_FIGURES = ("png", "svg", "pdf")
_LONGEST_S = 600.0


def exported(
    kind: str, question: LabQuestion, file_format: str, folder: Path, places: Mapping[str, str]
) -> bytes:
    """The bytes of the file that the command writes.

    Parameters
    ----------
    kind : str
    question : LabQuestion
    file_format : str
        One of :data:`FILE_TYPES`.
    folder : Path
        In which the file lies for a moment.
    places : mapping of field to path
        Of uploads that the question names.

    Raises
    ------
    InputError
        As the command does; ``option.unknown`` where it writes no such file.
    """
    with tempfile.TemporaryDirectory(dir=folder) as held:
        out, where = f"answer.{file_format}", dict(places)
        for name, file in question.files.items():
            if getattr(question, name) is not None:
                Path(held, file).write_text(getattr(question, name), encoding="utf-8")
                where[name] = file
        words = command_words(kind, question, places=where, more=_writing(kind, file_format, out))
        done = subprocess.run(
            [*COMMAND, *words],
            cwd=held,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=child_environment(),
            timeout=_LONGEST_S,
            check=False,
        )
        if file_format == "json" and done.returncode in (0, 1):
            return done.stdout
        if Path(held, out).is_file():
            return Path(held, out).read_bytes()
        raise InputError(_told(done.stdout, done.stderr))


def _writing(kind: str, file_format: str, out: str) -> list[str]:
    """The options that make a command write a file; refusals come as JSON."""
    if file_format == "json":
        return ["--json", *(["--out", "map.svg"] if kind == "map" else [])]
    if kind == "map":
        if file_format not in _FIGURES:
            hint = f"one of {', '.join(_FIGURES)}"
            raise problem("option.value", f"a map is no {file_format}", field="format", hint=hint)
        return ["--json", "--out", out]
    if kind in ("trial", "evidence", "own_fit", "own_drug"):
        hint = "its result and files are kept with the job"
        raise problem("option.value", f"there is no {file_format} of it", field="format", hint=hint)
    option = "--plot" if file_format in _FIGURES else f"--{file_format}"
    return ["--json", option, out]


def _told(out: bytes, err: bytes) -> list[Problem]:
    """The problems that a command told, as a document or as a usage line."""
    try:
        found = json.loads(out)["problems"]
        return [Problem(**entry) for entry in found]
    except (ValueError, KeyError, TypeError):
        lines = err.decode(errors="replace").strip().splitlines()
        return [Problem("lab.export", "the file could not be written", hint=lines[-1][:200] if lines else "")]
