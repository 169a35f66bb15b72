"""Bliss independence: drugs that act by independent chance, doi:10.1111/j.1744-7348.1939.tb06990.x."""

from __future__ import annotations

import numpy as np

from jakstat.arrays import Floats

__all__ = ["bliss_excess"]


def bliss_excess(effect: Floats) -> Floats:
    """Effect beyond that of independent drugs, e1 + e2 - e1 e2.

    Parameters
    ----------
    effect : array (..., a, b)
        Share of the full effect; row 0 and column 0 are dose 0.

    Returns
    -------
    array (..., a - 1, b - 1)
        Above 0: more effect than independence gives.

    Examples
    --------
    >>> bliss_excess(np.array([[0.0, 0.5], [0.5, 0.8]])).round(6).tolist()
    [[0.05]]
    """
    first, second = effect[..., 1:, :1], effect[..., :1, 1:]
    return np.asarray(effect[..., 1:, 1:] - (first + second - first * second))
