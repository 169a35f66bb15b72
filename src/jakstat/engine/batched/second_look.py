"""Lanes in which a state was not followed are run again, now that its size is known.

The rule is that of :mod:`jakstat.engine.tolerance`; which lanes, and how, depends on each lane alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from jakstat.engine.batched.ensemble import LaneResults
from jakstat.engine.tolerance import LOOKS
from jakstat.errors import Outcome

__all__ = ["look_again"]

Again = Callable[[NDArray[np.intp], NDArray[np.float64]], LaneResults]
"""From numbers of lanes, and the sizes of their states, to a run of those lanes."""


def look_again(run: LaneResults, again: Again) -> LaneResults:
    """The run with its doubtful lanes as a second, more careful run gives them.

    A lane that does not get through then keeps its first answer.
    """
    doubtful = np.flatnonzero((run.doubt != 0) & (run.outcomes == int(Outcome.OK)))
    replaced = np.zeros(len(run.doubt), dtype=bool)
    for _ in range(1, LOOKS):
        if not len(doubtful):
            break
        better = again(doubtful, run.largest[doubtful])
        good = better.outcomes == int(Outcome.OK)
        rows = doubtful[good]
        run.put(rows, better, np.flatnonzero(good))
        replaced[rows] = True
        doubtful = rows[better.doubt[good] != 0]
    return replace(run, repeated=int(replaced.sum()))
