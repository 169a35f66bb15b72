"""Highest single agent: the better of the two drugs alone, Berenbaum 1989 (PMID 2692037)."""

from __future__ import annotations

import numpy as np

from jakstat.arrays import Floats

__all__ = ["hsa_excess"]


def hsa_excess(effect: Floats) -> Floats:
    """Effect beyond that of the better drug alone at its dose.

    Parameters
    ----------
    effect : array (..., a, b)
        Share of the full effect; row 0 and column 0 are dose 0.

    Returns
    -------
    array (..., a - 1, b - 1)

    Examples
    --------
    >>> hsa_excess(np.array([[0.0, 0.5], [0.4, 0.75]])).tolist()
    [[0.25]]
    """
    return np.asarray(effect[..., 1:, 1:] - np.maximum(effect[..., 1:, :1], effect[..., :1, 1:]))
