"""Doses of all lanes as rows, and the cycles in them: doses that are given again and again alike."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.engine.compile.layout import DOSE_ADD, DOSE_INPUT_ADD, DOSE_RATE, DOSE_SET, RETURNING

__all__ = ["DoseTable"]

Integers = NDArray[np.int64]
LONGEST = 28
"""Doses in a cycle at most: two a day for two weeks."""
FEWEST = 4
"""Cycles that are worth being looked for."""
SAME = 1e-12
"""Share of the last time by which equal distances of doses may differ: times are rounded sums."""


@dataclass(frozen=True, slots=True)
class DoseTable:
    """Doses of all lanes: lane i has rows ``first[i] .. last[i]-1``, in order of time."""

    first: Integers
    last: Integers
    time: Floats
    kind: Integers
    index: Integers
    value: Floats
    infusions: bool

    def of(self, rows: NDArray[np.intp]) -> DoseTable:
        """The doses of some of the lanes."""
        return replace(self, first=self.first[rows], last=self.last[rows])

    @staticmethod
    def empty(lanes: int) -> DoseTable:
        """No doses at all."""
        none = np.zeros(lanes, np.int64)
        return DoseTable(
            none, none, np.zeros(1), np.zeros(1, np.int64), np.zeros(1, np.int64), np.zeros(1), False
        )

    def cycles(self, trailing: tuple[int, ...]) -> tuple[Integers, Integers]:
        """By row: how many rows a cycle has, and how many like cycles follow the one that begins there.

        The first is 0 in rows that are not the last of a dose that begins a cycle, and negative where no
        like cycle came before. ``trailing`` tells of every state whether it has to return in a cycle; what
        is given into one that need not makes no cycle, and neither does what is added to an input.
        """
        rows, left = np.zeros((2, len(self.time)), np.int64)
        if len(self.time) <= FEWEST:
            return rows, left
        numbers = self._numbers(trailing)
        for first, last in {(int(a), int(b)) for a, b in zip(self.first, self.last, strict=True)}:
            if last - first > FEWEST:
                part = slice(first, last)
                _mark(self.time[part], numbers[part], rows[part], left[part])
        return rows, left

    def _numbers(self, trailing: tuple[int, ...]) -> Integers:
        """A number for what each row does: equal for equal rows, one of its own for a row of no cycle."""
        into_state = np.isin(self.kind, (DOSE_ADD, DOSE_SET, DOSE_RATE))
        apart = np.array([kind != RETURNING for kind in (*trailing, RETURNING)])
        state = np.where(into_state, self.index, len(trailing))
        once = (self.kind == DOSE_INPUT_ADD) | apart[state]
        values, value = np.unique(self.value, return_inverse=True)
        number = (8 * self.index + self.kind) * len(values) + value
        return np.where(once, -2 - np.arange(len(number)), number).astype(np.int64)


def _mark(time: Floats, numbers: Integers, rows: Integers, left: Integers) -> None:
    """Mark the cycles in the rows of one lane."""
    ends = np.flatnonzero(np.append(time[1:] != time[:-1], True))  # the last row of each dose
    sizes = np.diff(ends, prepend=-1)
    content = np.full((len(ends), sizes.max()), -1, np.int64)
    dose = np.repeat(np.arange(len(ends)), sizes)
    content[dose, np.arange(len(time)) - (ends - sizes + 1)[dose]] = numbers
    close, begin = SAME * float(np.abs(time).max()), 0
    while begin + FEWEST <= len(ends):
        size, count = _cycle(content[begin:], time[ends[begin:]], close)
        if not size:
            begin += 1
            continue
        places = ends[begin : begin + size * (count - 1) + 1 : size]
        rows[places] = places[1] - places[0]
        rows[places[0]] *= -1
        left[places] = np.arange(count - 1, -1, -1)
        begin += size * (count - 1) + 1


def _cycle(content: Integers, when: Floats, close: float) -> tuple[int, int]:
    """The shortest cycle of doses that starts here and how often it starts; 0 if it is not worth it."""
    for size in range(1, min(LONGEST, (len(content) - 1) // (FEWEST - 1)) + 1):
        if (content[size] != content[0]).any():
            continue
        gaps = when[size:] - when[:-size]
        same = (content[size:] == content[:-size]).all(axis=1) & (np.abs(gaps - gaps[0]) <= close)
        length = len(same) if same.all() else int(np.argmin(same))
        count = 1 + length // size
        if count >= FEWEST:
            return size, count
    return 0, 0
