"""Highest single agent: the better of the two drugs alone, Berenbaum 1989 (PMID 2692037)."""

from __future__ import annotations

import numpy as np

from jakstat.arrays import Floats

__all__ = ["hsa_excess", "hsa_slopes"]


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


def hsa_slopes(effect: Floats) -> Floats:
    """How :func:`hsa_excess` moves with each effect, (n, a - 1, b - 1, a, b) for effects (n, a, b).

    Examples
    --------
    >>> hsa_slopes(np.array([[[0.0, 0.5], [0.4, 0.75]]]))[0, 0, 0].tolist()
    [[0.0, -1.0], [0.0, 1.0]]
    """
    n, a, b = effect.shape
    made = np.zeros((n, a - 1, b - 1, a, b))
    i, j = np.ogrid[: a - 1, : b - 1]
    first = effect[:, 1:, :1] >= effect[:, :1, 1:]
    made[:, i, j, i + 1, j + 1] = 1.0
    made[:, i, j, i + 1, 0] = np.where(first, -1.0, 0.0)
    made[:, i, j, 0, j + 1] = np.where(first, 0.0, -1.0)
    return made
