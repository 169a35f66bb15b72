"""Worker processes on this machine, each fresh and with a pipe of its own.

A pool that breaks as a whole when one of its processes dies is no use here: a worker that dies, that is out
of memory or that takes longer than its limit is replaced, and the piece it had is told as failed. Workers
leave Ctrl-C and SIGTERM to the process that started them, and end when that does.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from multiprocessing import connection
from multiprocessing.connection import Pipe, wait
from typing import Any

from jakstat.errors import problem
from jakstat.systems import handed_down, on_windows, stop_numbers
from jakstat.trial.chunk_queue import ChunkPart
from jakstat.trial.chunk_work import ChunkWork, Ended, computed, deciding_source
from jakstat.trial.patient_source import PatientSource

__all__ = ["WALL_LIMIT", "LocalWorkers", "serve"]

WALL_LIMIT = 3600.0
"""Seconds after which a worker counts as hanging; a piece takes some."""

_MOST_STARTS = 10
_START_LIMIT = 600.0
_READY = "ready"
_START = "from jakstat.trial.workers import serve; import sys; serve(int(sys.argv[1]))"
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


@dataclass
class _Worker:
    process: subprocess.Popen[bytes]
    pipe: Any
    ready: bool = False
    piece: ChunkPart | None = None
    since: float = 0.0

    def late(self, limit: float) -> bool:
        """Whether it has had its piece for longer than the limit; before it is ready it may take longer."""
        return time.monotonic() - self.since > (limit if self.ready else max(limit, _START_LIMIT))


class LocalWorkers:
    """A number of worker processes; an executor of :mod:`jakstat.trial.chunk_work`.

    Parameters
    ----------
    work : ChunkWork
        What they do.
    count : int
        How many there are at most; they are started when there is work.
    wall_limit : float
        Seconds after which a piece's worker is ended.
    """

    def __init__(self, work: ChunkWork, count: int, *, wall_limit: float = WALL_LIMIT) -> None:
        self._work, self._count, self._limit = work, count, wall_limit
        self._workers: list[_Worker] = []
        self._lost: list[Ended] = []
        self._starts = 0

    @property
    def busy(self) -> int:
        """Pieces given out that have not ended."""
        return sum(w.piece is not None for w in self._workers) + len(self._lost)

    @property
    def processes(self) -> tuple[int, ...]:
        """Their process ids."""
        return tuple(w.process.pid for w in self._workers)

    def room(self) -> int:
        """How many pieces more may be given out now."""
        return self._count - self.busy

    def submit(self, piece: ChunkPart, patients: PatientSource) -> None:
        """Give a piece to a worker that has none."""
        worker = next((w for w in self._workers if w.piece is None), None) or self._started()
        worker.piece, worker.since = piece, time.monotonic()
        try:
            worker.pipe.send((piece, patients, deciding_source()))
        except OSError:  # it died while it had nothing to do
            self._lose(worker, "died")

    def ended(self, seconds: float) -> list[Ended]:
        """Pieces that ended, waiting at most so long for the first."""
        found, self._lost = self._lost, []
        pipes = {w.pipe: w for w in self._workers}
        for pipe in wait(list(pipes), timeout=0.0 if found else seconds):
            worker = pipes[pipe]
            try:
                answer = worker.pipe.recv()
            except (EOFError, OSError):
                self._lose(worker, "died")
                continue
            if answer == _READY:
                worker.ready, worker.since, self._starts = True, time.monotonic(), 0
                continue
            worker.piece = None
            found.append(answer)
            if answer.failure == "memory":
                self._stop(worker)
        for worker in [w for w in self._workers if w.piece and w.late(self._limit)]:
            self._lose(worker, "timeout")
        found += self._lost
        self._lost = []
        return found

    def close(self) -> None:
        """End every worker at once."""
        for worker in list(self._workers):
            self._stop(worker)

    def _started(self) -> _Worker:
        if self._starts >= _MOST_STARTS:
            self.close()
            hint = "its message stands above; try --workers 1"
            raise problem("trial.worker", "worker processes end as soon as they start", hint=hint)
        self._starts += 1
        ours, theirs = Pipe()
        path = os.pathsep.join(p or os.getcwd() for p in sys.path)
        process = subprocess.Popen(
            [sys.executable, "-c", _START, str(theirs.fileno())],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            env={**os.environ, **_ONE_THREAD, "PYTHONPATH": path}, **handed_down(theirs.fileno()),
        )  # fmt: skip
        theirs.close()
        worker = _Worker(process, ours)
        self._workers.append(worker)
        with contextlib.suppress(OSError):  # it is found dead when it is waited for
            ours.send(self._work)
        return worker

    def _lose(self, worker: _Worker, failure: str) -> None:
        """A worker is gone, or goes; a piece that it never began is given back without blame."""
        self._stop(worker)
        if worker.piece is not None:
            self._lost.append(Ended(worker.piece, failure=failure if worker.ready else ""))

    def _stop(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        worker.process.kill()
        worker.process.wait()
        worker.pipe.close()


def serve(descriptor: int) -> None:
    """Do the work that comes through a pipe until its other end is closed; a worker's whole life."""
    for number in stop_numbers():
        signal.signal(number, signal.SIG_IGN)
    kind = "PipeConnection" if on_windows() else "Connection"
    pipe: Any = getattr(connection, kind)(descriptor)
    tasks: queue.SimpleQueue[Any] = queue.SimpleQueue()
    work = pipe.recv()
    pipe.send(_READY)

    def listen() -> None:
        try:
            while True:
                tasks.put(pipe.recv())
        except (EOFError, OSError):
            os._exit(0)  # whoever wants the answer is gone: so is the rest of the work

    threading.Thread(target=listen, daemon=True).start()
    while True:
        piece, patients, source = tasks.get()
        pipe.send(computed(work, piece, patients, source))
