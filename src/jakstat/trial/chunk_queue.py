"""Which piece of which chunk is computed next, and what follows when its worker ends.

A chunk goes to a worker as a whole. One that ends its worker goes back to the queue; one that does so three
times is looked through: halves of it are tried, and halves of those that fail, down to single patients. A
patient who ends three workers by himself is withheld, and the chunk is computed once more without him, in one
batch. What such a search computes on the way is thrown away, so a chunk whose worker was killed from
outside comes out with the bits that it would have had anyway.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from jakstat.errors import problem
from jakstat.trial.trial_store import Withheld

__all__ = ["MOST_DEATHS", "ChunkPart", "ChunkQueue", "withheld_patients"]

MOST_DEATHS = 3
"""Workers that a chunk, and a patient, may end."""
_MOST_VAIN = 2
"""Searches of a chunk that find nobody, as when something else ends the workers."""


@dataclass(frozen=True, slots=True)
class ChunkPart:
    """Some patients of a chunk, by their places in it; ``probe`` when only their failing is asked for."""

    chunk: int
    places: tuple[int, ...]
    probe: bool = False


@dataclass
class _LookedThrough:
    """How far a chunk has been looked through."""

    size: int
    deaths: int = 0
    vain: int = 0
    found: int = 0
    open: int = 0
    single: dict[int, int] = field(default_factory=dict)
    withheld: dict[int, str] = field(default_factory=dict)
    last: str = ""


class ChunkQueue:
    """Pieces still to be computed.

    Parameters
    ----------
    chunks : iterable of (int, int)
        Number and size of each chunk that is missing, in the order they shall be computed in.

    Examples
    --------
    >>> queue = ChunkQueue([(0, 2)])
    >>> for _ in range(3):
    ...     queue.failed(queue.next(), "died")
    >>> queue.next()
    ChunkPart(chunk=0, places=(0,), probe=True)
    """

    def __init__(self, chunks: Iterable[tuple[int, int]]) -> None:
        found = dict(chunks)
        self._known = {number: _LookedThrough(size) for number, size in found.items()}
        self._fresh = iter(found)
        self._waiting: deque[ChunkPart] = deque()

    def next(self) -> ChunkPart | None:
        """The next piece; None while there is none."""
        if self._waiting:
            return self._waiting.popleft()
        number = next(self._fresh, None)
        return None if number is None else self._whole(number)

    @property
    def left(self) -> int:
        """Chunks that are not done."""
        return len(self._known)

    def back(self, piece: ChunkPart) -> None:
        """A piece that was not begun goes back."""
        self._waiting.appendleft(piece)

    def _whole(self, number: int) -> ChunkPart:
        search = self._known[number]
        return ChunkPart(number, tuple(k for k in range(search.size) if k not in search.withheld))

    def done(self, piece: ChunkPart) -> dict[int, str] | None:
        """A piece was computed: who of the chunk is withheld and why; None when it was but tried."""
        if not piece.probe:
            return self._known.pop(piece.chunk).withheld
        self._closed(piece)
        return None

    def failed(self, piece: ChunkPart, reason: str) -> None:
        """A worker ended, or gave up, on a piece.

        Raises
        ------
        InputError
            ``trial.chunk`` when no patient of a chunk can be computed, or all but not together.
        """
        search = self._known[piece.chunk]
        search.last = reason
        certain = reason.startswith("error")  # it would come again
        if not piece.probe:
            search.deaths += 1
            if search.deaths < MOST_DEATHS and not certain:
                self.back(piece)
            elif len(piece.places) == 1:
                self._withhold(piece.chunk, piece.places[0], reason)
                self._again(piece.chunk)
            else:
                self._halve(piece)
            return
        if len(piece.places) > 1:
            self._halve(piece)
            self._closed(piece)
            return
        place = piece.places[0]
        search.single[place] = search.single.get(place, 0) + 1
        if search.single[place] < MOST_DEATHS and not certain:
            self.back(piece)
            return
        self._withhold(piece.chunk, place, reason)
        self._closed(piece)

    def _halve(self, piece: ChunkPart) -> None:
        middle = len(piece.places) // 2
        for places in (piece.places[middle:], piece.places[:middle]):
            self._waiting.appendleft(ChunkPart(piece.chunk, places, probe=True))
            self._known[piece.chunk].open += 1

    def _withhold(self, number: int, place: int, reason: str) -> None:
        self._known[number].withheld[place] = reason.split(":", 1)[0]

    def _closed(self, piece: ChunkPart) -> None:
        search = self._known[piece.chunk]
        search.open -= 1
        if not search.open:
            self._again(piece.chunk)

    def _again(self, number: int) -> None:
        """Once a chunk was looked through, the rest of it is computed in one batch."""
        search = self._known[number]
        search.deaths, search.single = 0, {}
        search.vain = 0 if len(search.withheld) > search.found else search.vain + 1
        search.found = len(search.withheld)
        if len(search.withheld) == search.size > 1:
            message = f"no patient of chunk {number} can be computed ({search.last})"
            raise problem("trial.chunk", message, hint="try fewer patients, and report it")
        if search.vain > _MOST_VAIN:
            message = f"chunk {number} ends its workers though none of its patients does ({search.last})"
            raise problem("trial.chunk", message, hint="give fewer workers or more memory, then --resume")
        self._waiting.appendleft(self._whole(number))


def withheld_patients(places: dict[int, str], ids: Iterable[int]) -> tuple[Withheld, ...]:
    """Who is withheld, by number.

    Examples
    --------
    >>> withheld_patients({1: "died"}, [64, 65])
    (Withheld(patient=65, reason='died'),)
    """
    return tuple(Withheld(int(who), places[k]) for k, who in enumerate(ids) if k in places)
