"""What the pages work with: the desk of short questions, the row of jobs, uploads, kept answers."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from concurrent.futures import Future
from functools import lru_cache
from pathlib import Path
from typing import Any

from jakstat.biology.own_folder import own_bytes, own_names
from jakstat.identity import VERSION, canonical_json, content_key
from jakstat.lab.command_words import command_line
from jakstat.lab.desk import Desk
from jakstat.lab.jobs import Jobs
from jakstat.lab.lab_folder import LabFolder
from jakstat.lab.lab_questions import CellQuestion, LabQuestion, TrialQuestion, is_default
from jakstat.lab.python_lines import python_lines
from jakstat.lab.replies import json_bytes
from jakstat.lab.short_work import ShortWork
from jakstat.lab.slow_work import SlowWork
from jakstat.lab.trial_texts import check_trial_text
from jakstat.lab.uploads import Uploads
from jakstat.limits import LIMITS

__all__ = ["Laboratory", "question_key"]


@lru_cache(maxsize=1)
def _installed() -> str:
    """A digest of all that answers rest on: the files of the package as they are installed."""
    root = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256(VERSION.encode())
    for path in sorted(root.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts and "static" not in path.parts:
            digest.update(path.relative_to(root).as_posix().encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _own(said: str) -> list[str]:
    """Keys of the cells and drugs of the user's own that a question names: its answer rests on them too."""
    named = [(kind, name) for kind in ("contexts", "drugs") for name in own_names(kind) if name in said]
    return [hashlib.sha256(own_bytes(kind, name) or b"").hexdigest() for kind, name in named]


def question_key(kind: str, question: LabQuestion) -> str:
    """Content key of a question to this installation.

    Examples
    --------
    >>> question_key("cell", CellQuestion()) == question_key("cell", CellQuestion(context="hepg2"))
    True
    """
    fields = question.model_dump(mode="json")
    return content_key([kind, fields, _installed(), _own(canonical_json(fields))])


class Laboratory:
    """All that lives while the server runs.

    Parameters
    ----------
    folder : LabFolder
    jobs_at_once : int
        As :class:`~jakstat.lab.jobs.Jobs`.
    """

    def __init__(self, folder: LabFolder, *, jobs_at_once: int = 0) -> None:
        self.folder = folder
        self.uploads = Uploads(folder)
        self.jobs = Jobs(folder, self.uploads, jobs_at_once)
        self.desk, self.slow_desk = Desk(), Desk()
        self.work, self.slow_work = ShortWork(), SlowWork()
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def ask(self, view: str, number: int, kind: str, question: LabQuestion) -> Future[bytes]:
        """The reply to a short question, as JSON, when its turn has come.

        Raises
        ------
        InputError
            ``lab.long``, ``lab.busy``.
        """
        self.work.check(kind, question)
        slow = self.work.is_slow(question)
        desk = self.slow_desk if slow else self.desk
        return desk.put(view, lambda: self._reply(kind, question, number, slow=slow))

    def reply_of_job(self, key: str) -> bytes:
        """The reply that a job's question has, from what it kept."""
        job = self.jobs.get(key)
        fields = {"kind": job["kind"], "question": job["question"], "number": 0, "key": key}
        return _joined(fields, self.jobs.answer(key), job["command"], job["python"], 0.0)

    def add_job(self, kind: str, question: LabQuestion) -> tuple[dict[str, Any], bool]:
        """A job for a question, checked as far as that costs nothing.

        Raises
        ------
        InputError
            As the question's text has them; ``lab.busy``.
        """
        if isinstance(question, TrialQuestion):
            check_trial_text(question.text, self.folder.path)
        self.jobs.places_of(question)  # refuses a file that is not there
        title = job_title(kind, question, self.uploads.names_of(question))
        return self.jobs.add(question_key(kind, question), kind, question, title)

    def warm(self) -> None:
        """Make ready what the first page asks for."""
        from jakstat.lab.choices import choices

        def work() -> bytes:
            choices()
            _installed()
            self.work.answer("cell", CellQuestion(parts="core", points=11))
            return b""

        self.desk.put("warm", work)

    def close(self) -> None:
        """End all that runs; jobs are gone on with by the next server."""
        self.desk.close()
        self.slow_desk.close()
        self.slow_work.close()
        self.jobs.close()

    def _reply(self, kind: str, question: LabQuestion, number: int, *, slow: bool) -> bytes:
        begun, key = time.perf_counter(), question_key(kind, question)
        with self._lock:
            known = self._kept.get(key)
            if known is not None:
                self._kept.move_to_end(key)
        answer = known
        if answer is None:
            ask = self.slow_work.answer if slow else self._quick
            answer = ask(kind, question)
            self._keep(key, answer)
        fields = {"kind": kind, "question": question.model_dump(mode="json"), "number": number, "key": key}
        took = time.perf_counter() - begun
        names = self.uploads.names_of(question)
        command, python = command_line(kind, question, names), python_lines(kind, question, names)
        return _joined(fields, answer, command, python, took)

    def _quick(self, kind: str, question: LabQuestion) -> bytes:
        return json_bytes(self.work.answer(kind, question))

    def _keep(self, key: str, answer: bytes) -> None:
        with self._lock:
            self._kept[key] = answer
            while len(self._kept) > 1 and sum(map(len, self._kept.values())) > LIMITS.lab_kept_bytes:
                self._kept.popitem(last=False)


def _joined(fields: dict[str, Any], answer: bytes, command: str, python: str, seconds: float) -> bytes:
    """A reply around an answer that is JSON already."""
    head = json_bytes({**fields, "command": command, "python": python, "seconds": round(seconds, 4)})
    return head[:-1] + b', "answer": ' + answer + b"}"


def job_title(kind: str, question: LabQuestion, names: Mapping[str, str] | None = None) -> str:
    """A job in a few words.

    Examples
    --------
    >>> from jakstat.lab.lab_questions import PatientQuestion
    >>> job_title("patient", PatientQuestion(regimen=["sorafenib 400 mg PO BID"], until="12mo"))
    'patient: sorafenib 400 mg PO BID; until 12mo'
    """
    said = list((names or {}).values())
    for name in ("context", "drug", "regimen", "module", "claim", "patients", "until"):
        value = getattr(question, name, None)
        if value and (name == "context" or not is_default(question, name)):
            words = ", ".join(value) if isinstance(value, list) else str(value)
            said.append({"until": f"until {words}", "patients": f"{words} patients"}.get(name, words))
    return f"{kind.replace('_', ' ')}: {'; '.join(said)}".removesuffix(": ")[:200]
