"""What a worker does, wherever it is: compute the tables of some patients and say how that ended."""

from __future__ import annotations

import copyreg
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

import jakstat.errors
from jakstat.errors import InputError, Problem, problem
from jakstat.identity import file_key
from jakstat.population.cohort import Cohort
from jakstat.trial.chunk_queue import ChunkPart
from jakstat.trial.design import TrialDesign
from jakstat.trial.patient_source import PatientSource
from jakstat.trial.trial_store import TrialTables, table_bytes

__all__ = ["ChunkWork", "Ended", "RunChunk", "TrialExecutor", "computed", "deciding_source"]

RunChunk = Callable[[TrialDesign, Cohort], TrialTables]
"""Computes the tables of some patients; a pure function that a worker can import by name."""

_ELSEWHERE = ("cli", "lab", "report", "exchange")
_DATA = {".py", ".csv", ".yaml", ".json", ".ant", ".npz", ".txt"}


def _read_only(fields: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(fields)


# what is read-only in a design or a cohort crosses to a worker as the mapping that it shows
copyreg.pickle(MappingProxyType, lambda shown: (_read_only, (dict(shown),)))


@dataclass(frozen=True, slots=True)
class ChunkWork:
    """What stays the same for all pieces of a run."""

    run_chunk: RunChunk
    design: TrialDesign


@dataclass(frozen=True, slots=True)
class Ended:
    """How the work on a piece ended.

    Parameters
    ----------
    piece : ChunkPart
    data : bytes or None
        The tables, as :func:`~jakstat.trial.trial_store.table_bytes` has them.
    failure : str
        Why there are none: ``died``, ``memory``, ``timeout``, or ``error`` with the kind of it; empty, with
        no data either, when it was never begun.
    problems : tuple of Problem
        When the input is at fault, or the worker cannot do this work.
    """

    piece: ChunkPart
    data: bytes | None = None
    failure: str = ""
    problems: tuple[Problem, ...] = ()


class TrialExecutor(Protocol):
    """Workers, on this machine or elsewhere."""

    def room(self) -> int:
        """How many pieces more may be given out now."""
        ...

    def submit(self, piece: ChunkPart, patients: PatientSource) -> None:
        """Give out a piece."""
        ...

    def ended(self, seconds: float) -> list[Ended]:
        """Pieces that ended, waiting at most so long for the first."""
        ...

    @property
    def busy(self) -> int:
        """Pieces given out that have not ended."""
        ...

    def close(self) -> None:
        """Stop every worker at once."""
        ...


@lru_cache(maxsize=1)
def deciding_source() -> str:
    """A digest of every installed file of the product that numbers rest on; read once in a process.

    Examples
    --------
    >>> len(deciding_source())
    64
    """
    import hashlib

    root = Path(jakstat.errors.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.suffix in _DATA and name.split("/")[0] not in _ELSEWHERE and path.is_file():
            digest.update(f"{name} {file_key(path)}\n".encode())
    return digest.hexdigest()


def computed(work: ChunkWork, piece: ChunkPart, patients: PatientSource, source: str) -> Ended:
    """The tables of a piece, or why there are none; nothing is raised but what must end the worker.

    Parameters
    ----------
    source : str
        Digest of the code that the run was begun with.
    """
    if source != deciding_source():
        message = "a worker has another version of the code than the run"
        hint = "install the same version everywhere, and start the workers anew"
        return Ended(piece, problems=problem("trial.code", message, hint=hint).problems)
    try:
        return Ended(piece, table_bytes(work.run_chunk(work.design, patients.cohort())))
    except MemoryError:
        return Ended(piece, failure="memory")
    except InputError as error:
        return Ended(piece, problems=error.problems)
    except Exception as error:
        return Ended(piece, failure=f"error {type(error).__name__}: {str(error)[:200]}")
