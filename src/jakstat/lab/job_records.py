"""A job as it lies on disk: what is asked, how far it is, what came of it; its key names its folder."""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jakstat.lab.lab_folder import LabFolder
from jakstat.lab.uploads import KEY
from jakstat.store import write_text

__all__ = ["LIVING", "STATES", "JobRecord", "JobStore", "now_text"]

STATES = ("queued", "running", "done", "failed", "cancelled")
LIVING = ("queued", "running")
"""States that go on by themselves."""
_RECORD, _PROGRESS, _ANSWER = "job.json", "progress.json", "answer.json"


def now_text() -> str:
    """The time now, as a job tells it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


@dataclass(frozen=True, slots=True)
class JobRecord:
    """What is kept of a job.

    Parameters
    ----------
    id : str
        Content key of the question, and of what answers it.
    kind : str
    question : mapping
        Its fields, as they were sent.
    title : str
    state : str
        One of :data:`STATES`.
    created, started, ended : str or None
        ISO 8601, UTC.
    order : int
        Its place among all that were asked; a smaller one runs first.
    attempts : int
        How often it was begun.
    problems : list of dict
        Why it failed.
    """

    id: str
    kind: str
    question: dict[str, Any]
    title: str
    order: int
    state: str = "queued"
    created: str = field(default_factory=now_text)
    started: str | None = None
    ended: str | None = None
    attempts: int = 0
    problems: list[dict[str, Any]] = field(default_factory=list)


class JobStore:
    """The jobs of a laboratory's folder; every change is on disk before it counts.

    Examples
    --------
    >>> import tempfile
    >>> from jakstat.lab.lab_folder import opened_folder
    >>> with tempfile.TemporaryDirectory() as held:
    ...     store = JobStore(opened_folder(Path(held)))
    ...     _ = store.write(JobRecord("a" * 64, "cell", {}, "a cell", 1))
    ...     [job.title for job in JobStore(opened_folder(Path(held))).all()]
    ['a cell']
    """

    def __init__(self, folder: LabFolder) -> None:
        self._folder = folder
        self._jobs: dict[str, JobRecord] = {}
        for place in sorted(folder.jobs.iterdir()):
            found = _read(place)
            if found is not None:
                self._jobs[found.id] = found

    def place(self, key: str) -> Path:
        """The folder of a job that is known."""
        return self._folder.jobs / self._jobs[key].id

    def all(self) -> tuple[JobRecord, ...]:
        """Every job, in the order they were asked."""
        return tuple(sorted(self._jobs.values(), key=lambda job: job.order))

    def get(self, key: str) -> JobRecord | None:
        """A job by its key."""
        return self._jobs.get(key)

    def write(self, job: JobRecord, **changes: Any) -> JobRecord:
        """Keep a job with some changes, on disk first."""
        changed = replace(job, **changes)
        place = self._folder.jobs / changed.id
        place.mkdir(mode=0o700, exist_ok=True)
        write_text(place / _RECORD, json.dumps(asdict(changed)), replace=True)
        self._jobs[changed.id] = changed
        return changed

    def forget(self, key: str) -> Path:
        """Leave a job out from now on; its folder is to be removed."""
        place = self.place(key)
        del self._jobs[key]
        (place / _RECORD).unlink(missing_ok=True)
        return place

    def answer_path(self, key: str) -> Path:
        """Where the answer of a job is, or will be."""
        return self.place(key) / _ANSWER

    def progress_path(self, key: str) -> Path:
        """Where the process of a job tells how far it is."""
        return self.place(key) / _PROGRESS

    def progress(self, key: str) -> dict[str, Any] | None:
        """How far a job is, with the time that remains if it goes on so; None when nothing is told."""
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            told = json.loads(self.progress_path(key).read_text(encoding="utf-8"))
            done, total, first = int(told["done"]), int(told["total"]), int(told["first"])
            gone = float(told["now"]) - float(told["since"])
            fresh = done - first
            left = gone / fresh * (total - done) if fresh > 0 and total > 0 else None
            share = done / total if total > 0 else None
            return {"done": done, "total": total, "text": str(told["text"])[:200], "share": share,
                    "remaining_s": left}  # fmt: skip
        return None


def _read(place: Path) -> JobRecord | None:
    """A job of its folder; None for what is no job of ours."""
    if not KEY.fullmatch(place.name):
        return None
    with contextlib.suppress(OSError, ValueError, TypeError, AttributeError):
        told = json.loads((place / _RECORD).read_text(encoding="utf-8"))
        known = {f.name for f in fields(JobRecord)}  # of an older or a newer laboratory
        found = JobRecord(**{name: value for name, value in told.items() if name in known})
        if found.id == place.name and found.state in STATES:
            return found
    return None
