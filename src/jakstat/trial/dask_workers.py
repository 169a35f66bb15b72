"""Workers of a Dask cluster: the same pieces, given out through a scheduler that somebody else has started.

What a piece gives comes back to this process, which alone writes; so workers need neither the folder nor a
common disk. Dask gives a piece of a worker that died to another one, as often as its scheduler allows
(``distributed.scheduler.allowed-failures``), and then says so; from there on it is looked through as on one
machine.
"""

from __future__ import annotations

import contextlib
import queue
import time
from typing import Any

from jakstat.errors import InputError, problem
from jakstat.extras import needs
from jakstat.trial.chunk_queue import ChunkPart
from jakstat.trial.chunk_work import ChunkWork, Ended, computed, deciding_source
from jakstat.trial.patient_source import PatientSource

__all__ = ["DaskWorkers"]

_EACH = 2  # pieces for each thread, so that it has the next one when it is done
_LOOK_AGAIN = 5.0
_ANSWERS = 15.0
_ALONE = 600.0
"""Seconds that a cluster which had workers may be without one; those of a queue may come late, so the first
are waited for without end."""


class DaskWorkers:
    """The workers of a scheduler; an executor of :mod:`jakstat.trial.chunk_work`.

    Parameters
    ----------
    work : ChunkWork
        What they do.
    address : str
        Of the scheduler, such as ``tcp://10.0.0.1:8786``.

    Raises
    ------
    InputError
        ``trial.dask`` when nobody answers there; ``extra.missing``.
    """

    def __init__(self, work: ChunkWork, address: str) -> None:
        with needs("dask"):
            import distributed
        self._dask = distributed
        try:
            self._client = distributed.Client(address, timeout=_ANSWERS, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            hint = "start one with `dask scheduler`, and give its address"
            message = f"no scheduler answers at {address[:80]!r}"
            raise problem("trial.dask", message, field="--dask", hint=hint) from error
        self._work = work  # goes with each piece: what is scattered is lost with the workers that have it
        self._given: dict[Any, ChunkPart] = {}
        self._over: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._room, self._looked = 0, 0.0
        self._manned: float | None = None  # when it last had a worker

    @property
    def busy(self) -> int:
        """Pieces given out that have not ended."""
        return len(self._given)

    def room(self) -> int:
        """How many pieces more may be given out now; at least one, for workers may come later."""
        self._look()
        return self._room - self.busy

    def _look(self) -> None:
        """Count the workers, now and then."""
        now = time.monotonic()
        if now - self._looked <= _LOOK_AGAIN:
            return
        with self._answering():
            threads = sum(self._client.nthreads().values())
        self._room, self._looked = max(1, _EACH * threads), now
        if threads:
            self._manned = now
        elif self._manned is not None and now - self._manned > _ALONE:
            raise self._gone(f"all its workers ended, and for {_ALONE:g} s none came")

    def submit(self, piece: ChunkPart, patients: PatientSource) -> None:
        """Give out a piece."""
        with self._answering():
            given = self._client.submit(
                computed, self._work, piece, patients, deciding_source(), pure=False, priority=-piece.chunk
            )
        self._given[given] = piece
        given.add_done_callback(self._over.put)

    def ended(self, seconds: float) -> list[Ended]:
        """Pieces that ended, waiting at most so long for the first."""
        over = []
        with contextlib.suppress(queue.Empty):
            over.append(self._over.get(timeout=seconds))
            while True:
                over.append(self._over.get_nowait())
        lost = [given for given in self._given if given.status in ("lost", "cancelled")]
        if lost or self._client.status not in ("running", "connecting"):
            raise self._gone("its scheduler does not answer")
        self._look()
        return [self._answer(given, self._given.pop(given)) for given in over]

    def _answer(self, given: Any, piece: ChunkPart) -> Ended:
        try:
            found: Ended = given.result()
        except self._dask.scheduler.KilledWorker:
            return Ended(piece, failure="died")
        except Exception as error:
            raise self._gone(f"{type(error).__name__}: {str(error)[:120]}") from error
        finally:
            given.release()
        return found

    @contextlib.contextmanager
    def _answering(self) -> Any:
        try:
            yield
        except (OSError, RuntimeError, TimeoutError) as error:
            raise self._gone(f"{type(error).__name__}: {str(error)[:120]}") from error

    def _gone(self, reason: str) -> InputError:
        message = f"the Dask cluster was lost ({reason})"
        return problem("trial.dask", message, field="--dask", hint="start it again, then --resume")

    def close(self) -> None:
        """Cancel what is under way and leave the cluster as it was."""
        with contextlib.suppress(Exception):
            self._client.cancel(list(self._given), force=True)
        with contextlib.suppress(Exception):
            self._client.close()
