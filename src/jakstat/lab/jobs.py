"""Long work: jobs wait in a row, run as processes, and keep what comes of them by their content key."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

from jakstat.errors import InputError, Problem
from jakstat.lab.command_words import command_line
from jakstat.lab.job_process import FOLDERS, ended_with, is_alive, job_words, start_process, stop_process
from jakstat.lab.job_records import LIVING, JobRecord, JobStore, now_text
from jakstat.lab.lab_folder import LabFolder
from jakstat.lab.lab_questions import LabQuestion
from jakstat.lab.python_lines import python_lines
from jakstat.lab.question_kinds import QUESTIONS
from jakstat.lab.replies import json_bytes, refusal
from jakstat.lab.uploads import Uploads
from jakstat.limits import LIMITS
from jakstat.store import write_bytes

__all__ = ["Jobs"]

_LOOK_S = 0.2
_GRACE_S = 10.0
_AGAIN_S = 2.0
_ATTEMPTS = 3
_MINUTES = ("trial", "evidence", "own_fit")
_SHOWN = (".html", ".json", ".parquet", ".csv", ".svg", ".png", ".yaml")
_OWN = {"job.json", "progress.json", "answer.json", "upload.json"}


class Jobs:
    """The row of jobs, and the thread that runs them.

    Parameters
    ----------
    folder : LabFolder
    uploads : Uploads
    at_once : int
        How many run side by side of those that take minutes, and of the others, which need not wait for
        them; one for every four cores if not given.
    """

    def __init__(self, folder: LabFolder, uploads: Uploads, at_once: int = 0) -> None:
        self._store, self._uploads = JobStore(folder), uploads
        self._at_once = at_once or max((os.cpu_count() or 1) // 4, 1)
        self._running: dict[str, subprocess.Popen[bytes] | None] = {}
        self._stopping: dict[str, float] = {}
        self._lock, self._wake, self._closed = threading.RLock(), threading.Event(), False
        for job in self._store.all():
            if job.state in LIVING and is_alive(self._store.place(job.id)):
                started = job.started or now_text()  # by a server before; it may have had no time to say so
                self._store.write(job, state="running", started=started, attempts=max(job.attempts, 1))
                self._running[job.id] = None
            elif job.state == "running":
                self._ended(job, None)
        self._wake.set()  # for those that a server before left in the row
        self._thread = threading.Thread(target=self._serve, name="lab-jobs", daemon=True)
        self._thread.start()

    def add(self, key: str, kind: str, question: LabQuestion, title: str) -> tuple[dict[str, Any], bool]:
        """A job for a question; the one that is there when it was asked before.

        Returns
        -------
        (document, whether it is new)

        Raises
        ------
        LabRefusal
            ``lab.busy`` when there are too many.
        """
        with self._lock:
            there = self._store.get(key)
            if there is not None and there.state not in ("failed", "cancelled"):
                return self.told(there), False
            known = self._store.all()
            if there is None and len(known) >= LIMITS.lab_jobs:
                raise refusal("lab.busy", f"{len(known)} jobs are kept already", hint="remove some")
            order = 1 + max((job.order for job in known), default=0)
            job = JobRecord(key, kind, question.model_dump(mode="json"), title, order)
            made = self._store.write(job)
        self._wake.set()
        return self.told(made), True

    def listed(self) -> list[dict[str, Any]]:
        """Every job, the newest first."""
        with self._lock:
            return [self.told(job) for job in reversed(self._store.all())]

    def get(self, key: str) -> dict[str, Any]:
        """A job as it is told.

        Raises
        ------
        LabRefusal
            ``lab.none``.
        """
        with self._lock:
            return self.told(self._found(key))

    def told(self, job: JobRecord) -> dict[str, Any]:
        """What a page shows of a job."""
        waiting = [j.id for j in self._store.all() if j.state == "queued"]
        question = QUESTIONS[job.kind][1].model_validate(job.question)
        names = self._uploads.names_of(question)
        return {
            "id": job.id,
            "kind": job.kind,
            "question": job.question,
            "title": job.title,
            "state": job.state,
            "position": waiting.index(job.id) + 1 if job.id in waiting else 0,
            "progress": self._store.progress(job.id) if job.state == "running" else None,
            "created": job.created,
            "started": job.started,
            "ended": job.ended,
            "problems": job.problems,
            "files": self._files(job),
            "command": command_line(job.kind, question, names),
            "python": python_lines(job.kind, question, names),
        }

    def answer(self, key: str) -> bytes:
        """The document of a job that is done, as JSON.

        Raises
        ------
        LabRefusal
            ``lab.none``.
        """
        with self._lock:
            job = self._found(key)
            if job.state == "done":
                with contextlib.suppress(OSError):
                    return self._store.answer_path(key).read_bytes()
        raise refusal("lab.none", f"the job is {job.state}; it has no result")

    def file(self, key: str, name: str) -> Path:
        """One of the files that a job tells of.

        Raises
        ------
        LabRefusal
            ``lab.none``.
        """
        with self._lock:
            job = self._found(key)
            for place in self._kept(job):
                if place.name == name:
                    return place
        raise refusal("lab.none", "the job has no such file")

    def cancel(self, key: str) -> dict[str, Any]:
        """Stop a job that waits or runs; one that has ended stays as it is."""
        with self._lock:
            job = self._found(key)
            if job.state == "queued":
                return self.told(self._store.write(job, state="cancelled", ended=now_text()))
            if job.state == "running":
                self._stopping.setdefault(key, time.monotonic())
                stop_process(self._store.place(key))
        self._wake.set()
        return self.get(key)

    def again(self, key: str) -> dict[str, Any]:
        """Put a job that failed or was cancelled into the row once more; what it kept is gone on with."""
        with self._lock:
            job = self._found(key)
            if job.state in ("failed", "cancelled"):
                job = self._store.write(
                    job, state="queued", started=None, ended=None, problems=[], attempts=0
                )
        self._wake.set()
        return self.get(key)

    def places_of(self, question: LabQuestion) -> dict[str, str]:
        """Where the uploads lie that a question names.

        Raises
        ------
        LabRefusal
            ``lab.none``.
        """
        return {name: str(self._uploads.path(getattr(question, name))) for name in question.uploads}

    def remove(self, key: str) -> None:
        """Remove a job with all that it kept.

        Raises
        ------
        LabRefusal
            ``lab.state`` while it runs.
        """
        with self._lock:
            job = self._found(key)
            if job.state == "running":
                raise refusal("lab.state", "the job runs", hint="cancel it first")
            place = self._store.forget(key)
        shutil.rmtree(place, ignore_errors=True)

    def close(self) -> None:
        """Stop what runs, as far as it came; a server that starts later goes on with it."""
        with self._lock:
            self._closed = True
            for key in self._running:
                stop_process(self._store.place(key))
        self._wake.set()
        self._thread.join(_GRACE_S + 5.0)

    def _found(self, key: str) -> JobRecord:
        job = self._store.get(key)
        if job is None:
            raise refusal("lab.none", "there is no such job")
        return job

    def _serve(self) -> None:
        """Look after the jobs until the laboratory closes."""
        closing: float | None = None
        while True:
            self._wake.wait(_LOOK_S if self._running else None)
            self._wake.clear()
            try:
                with self._lock:
                    if self._closed and closing is None:
                        closing = time.monotonic()
                    self._look(closing)
                    if closing is not None and not self._running:
                        return
                    while not self._closed and self._next():
                        pass
            except (InputError, OSError):  # a full disk: look again until there is space
                if closing is not None:
                    return
                time.sleep(_AGAIN_S)
                self._wake.set()

    def _look(self, closing: float | None) -> None:
        """Note what has ended; end what does not stop."""
        for key, process in list(self._running.items()):
            job = self._found(key)
            place = self._store.place(key)
            code = None if process is None else process.poll()
            if (code is not None) if process is not None else not is_alive(place):
                del self._running[key]
                self._ended(job, code)
                continue
            asked = closing if closing is not None else self._stopping.get(key)
            if asked is not None and time.monotonic() - asked > _GRACE_S:
                stop_process(place, hard=True)

    def _next(self) -> bool:
        """Begin the first job of the row that there is room for; whether there was one."""
        busy = [self._found(key).kind in _MINUTES for key in self._running]
        free = {long for long in (False, True) if busy.count(long) < self._at_once}
        waiting = (j for j in self._store.all() if j.state == "queued" and (j.kind in _MINUTES) in free)
        job = next(waiting, None)
        if job is None:
            return False
        place = self._store.place(job.id)
        try:
            question = QUESTIONS[job.kind][1].model_validate(job.question)
            words = job_words(job.kind, question, place, self.places_of(question))
            process = start_process(words, place, self._store.progress_path(job.id))
        except Exception as error:  # a job that cannot begin fails; the row goes on
            told = Problem("lab.job", f"the job could not begin: {type(error).__name__}")
            problems = [p.to_dict() for p in getattr(error, "problems", [told])]
            self._store.write(job, state="failed", ended=now_text(), problems=problems)
            return True
        attempts = job.attempts + 1
        self._store.write(job, state="running", started=now_text(), attempts=attempts, ended=None)
        self._running[job.id] = process
        return True

    def _ended(self, job: JobRecord, code: int | None) -> None:
        """Keep what came of a process that is gone."""
        place, found = self._store.place(job.id), ended_with(self._store.place(job.id))
        asked = self._stopping.pop(job.id, None) is not None
        changes: dict[str, Any] = {"ended": now_text()}
        if found is not None and "problems" not in found:
            write_bytes(self._store.answer_path(job.id), json_bytes(found), replace=True)
            changes["state"] = "done"
        elif found is not None:
            changes |= {"state": "failed", "problems": found["problems"]}
        elif asked:
            changes["state"] = "cancelled"
        elif self._closed or (code in (None, -9, -15, 143) and job.attempts < _ATTEMPTS):
            changes |= {"state": "queued", "ended": None}
        else:
            told = Problem("lab.job", f"the command ended with code {code}", hint=_last_line(place))
            changes |= {"state": "failed", "problems": [told.to_dict()]}
        self._store.write(job, **changes)

    def _kept(self, job: JobRecord) -> list[Path]:
        """The files of a job that may be fetched."""
        if job.state in LIVING:
            return []
        place = self._store.place(job.id)
        inside = [place / name for name in FOLDERS.values() if (place / name).is_dir()]
        found = [file for folder in (place, *inside) for file in folder.iterdir()]
        shown = [p for p in found if p.suffix in _SHOWN and p.is_file() and not p.is_symlink()]
        return sorted((p for p in shown if p.name not in _OWN), key=lambda p: p.name)

    def _files(self, job: JobRecord) -> list[dict[str, Any]]:
        return [
            {"name": p.name, "bytes": p.stat().st_size, "type": p.suffix[1:]}
            for p in self._kept(job)
            if not p.name.startswith(".")
        ]


def _last_line(place: Path) -> str:
    """The last words of a command that failed without a document; a traceback ends in its kind of error."""
    with contextlib.suppress(OSError):
        lines = (place / "stderr.txt").read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return lines[-1][:200] if lines else ""
    return ""
