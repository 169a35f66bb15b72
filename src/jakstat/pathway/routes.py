"""Arcs as horizontal and vertical lines; a channel between two columns has tracks for the vertical ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Crossing", "tracks"]


@dataclass(frozen=True, slots=True)
class Crossing:
    """A piece of an arc in a channel, from height ``left`` to height ``right``."""

    arc: int
    left: float
    right: float

    @property
    def flat(self) -> bool:
        """Whether it needs no track."""
        return abs(self.left - self.right) < 0.5


def tracks(found: Sequence[Crossing], *, clear: float = 4.0, apart: float = 12.0) -> list[int]:
    """The track of each piece, from the left; -1 for a flat one.

    Two pieces share a track only where they do not meet, and a piece that leaves at the
    height at which another arrives turns before it, so that no two lie upon each other.

    Examples
    --------
    >>> tracks([Crossing(0, 0.0, 10.0), Crossing(1, 10.0, 20.0), Crossing(2, 5.0, 5.0)])
    [1, 0, -1]
    """
    bent = [i for i, c in enumerate(found) if not c.flat]
    first: dict[int, set[int]] = {i: set() for i in bent}
    for i in bent:
        for j in bent:
            # i arrives on the right where j leaves on the left: j must turn first
            if i != j and abs(found[i].right - found[j].left) < clear:
                first[i].add(j)
    track = [-1] * len(found)
    done: list[int] = []
    waiting = sorted(bent, key=lambda i: (min(found[i].left, found[i].right), i))
    while waiting:
        ready = [i for i in waiting if not first[i] & set(waiting)]
        chosen = ready[0] if ready else waiting[0]
        waiting.remove(chosen)
        lowest = max((track[j] + 1 for j in first[chosen] if track[j] >= 0), default=0)
        while any(track[j] == lowest and _meet(found[chosen], found[j], apart) for j in done):
            lowest += 1
        track[chosen] = lowest
        done.append(chosen)
    return track


def _meet(one: Crossing, other: Crossing, apart: float) -> bool:
    low, high = sorted((one.left, one.right))
    bottom, top = sorted((other.left, other.right))
    return low < top + apart and bottom < high + apart
