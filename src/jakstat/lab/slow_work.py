"""Questions of some seconds (bands, surfaces, many subjects) answered by a process beside the server.

What assembles and solves models takes one question at a time, so that in the server itself a band would make
every slider wait. The process begins with the first such question, keeps its models warm as the server does,
and ends with the server: it reads questions until there are no more. A line is a kind and a question; its
reply is a line too, an ``A`` and the answer, a ``P`` and problems, or an ``F`` and the kind of fault.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from typing import BinaryIO

from jakstat.errors import InputError, Problem
from jakstat.lab.job_process import child_environment
from jakstat.lab.lab_questions import LabQuestion
from jakstat.lab.question_kinds import QUESTIONS
from jakstat.lab.replies import json_bytes
from jakstat.lab.short_work import ShortWork

__all__ = ["SlowWork", "answered_lines"]

_COMMAND = (sys.executable, "-P", "-m", "jakstat.lab.slow_work")
_GRACE_S = 5.0


class SlowWork:
    """The process beside the server, and the questions to it, one at a time.

    Examples
    --------
    >>> from jakstat.lab.lab_questions import CellQuestion
    >>> work = SlowWork()
    >>> question = CellQuestion(parts="core", until="10min", points=2, observe="SOCS3")
    >>> sorted(json.loads(work.answer("cell", question))["observables"])
    ['SOCS3']
    >>> work.close()
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def answer(self, kind: str, question: LabQuestion) -> bytes:
        """The document of a question, as JSON.

        Raises
        ------
        InputError
            As the command does; ``lab.process`` when the process ended, as where memory is short.
        """
        asked = json_bytes({"kind": kind, "question": question.model_dump(mode="json")})
        with self._lock:
            said = self._said(asked + b"\n")
        if said.startswith(b"A"):
            return said[1:].rstrip(b"\n")
        if said.startswith(b"P"):
            raise InputError(Problem(**entry) for entry in json.loads(said[1:]))
        reason = said[1:].decode().strip() or "it ended"
        hint = "ask for less, or run it as a job"
        raise InputError([Problem("lab.process", f"the question could not be answered: {reason}", hint=hint)])

    def close(self) -> None:
        """End the process, also in the middle of a question."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError, ValueError):
                    stream.close()
        try:
            process.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(_GRACE_S)

    def _said(self, line: bytes) -> bytes:
        """What the process says to a line; nothing when it has ended. The next question begins another."""
        if self._process is None:
            self._process = subprocess.Popen(
                _COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                env=child_environment(), start_new_session=True,
            )  # fmt: skip
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        with contextlib.suppress(OSError, ValueError):
            process.stdin.write(line)
            process.stdin.flush()
            said = process.stdout.readline()
            if said:
                return said
        self.close()
        return b""


def answered_lines(questions: BinaryIO, answers: BinaryIO, work: ShortWork | None = None) -> None:
    """Answer every line, until there are no more.

    Examples
    --------
    >>> import io
    >>> out = io.BytesIO()
    >>> answered_lines(io.BytesIO(b'{"kind": "cell", "question": {"until": "1 mg", "parts": "core"}}'), out)
    >>> out.getvalue()[:1], b"unit.clash" in out.getvalue()
    (b'P', True)
    """
    made = work or ShortWork()
    for line in questions:
        try:
            asked = json.loads(line)
            question = QUESTIONS[asked["kind"]][1].model_validate(asked["question"])
            said = b"A" + json_bytes(made.answer(asked["kind"], question))
        except InputError as error:
            said = b"P" + json_bytes([p.to_dict() for p in error.problems])
        except Exception as error:  # told by its kind; the process goes on
            said = b"F" + type(error).__name__.encode()
        answers.write(said + b"\n")
        answers.flush()


def _main() -> None:
    """Answer standard input; what libraries print is no answer."""
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as answers:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        answered_lines(sys.stdin.buffer, answers)


if __name__ == "__main__":
    _main()
