"""Starting points of a multi-start search: Latin hypercube draws within the bounds."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from jakstat.calibration.problem import FitProblem
from jakstat.errors import problem as fault
from jakstat.limits import check_count
from jakstat.streams import stream

__all__ = ["MOST_STARTS", "latin_starts", "redrawn"]

Array = npt.NDArray[np.float64]
MOST_STARTS = 10_000


def latin_starts(problem: FitProblem, *, starts: int, seed: int) -> Array:
    """A Latin hypercube on the scale of the search (doi:10.1080/00401706.1979.10489755).

    Parameters
    ----------
    problem : FitProblem
    starts, seed : int
        Draws are keyed by seed and parameter.

    Returns
    -------
    array, shape (starts, K)

    Raises
    ------
    InputError
        ``count.range``, ``seed.range``; ``fit.bounds`` when a searched parameter has an infinite bound.
    """
    check_count(starts, most=MOST_STARTS, field="--starts")
    low, high = problem.bounds
    endless = [n for n, a, b in zip(problem.names, low, high, strict=True) if not np.isfinite(b - a)]
    if endless:
        raise fault(
            "fit.bounds", f"'{endless[0]}' has no finite bounds to draw a start from", field=endless[0]
        )
    share = np.empty((starts, len(low)))
    for k, name in enumerate(problem.names):
        draws = stream(seed, "fit", "start", name)
        share[:, k] = (draws.permutation(starts) + draws.random(starts)) / starts
    return low + (high - low) * share


def redrawn(problem: FitProblem, *, start: int, seed: int, count: int) -> Array:
    """Other points for a start at which the model fails, shape (count, K)."""
    low, high = problem.bounds
    return low + (high - low) * stream(seed, "fit", "redraw", start).random((count, len(low)))
