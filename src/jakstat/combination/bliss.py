"""Bliss independence: drugs that act by independent chance, doi:10.1111/j.1744-7348.1939.tb06990.x."""

from __future__ import annotations

import numpy as np

from jakstat.arrays import Floats

__all__ = ["bliss_excess", "bliss_slopes"]


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


def bliss_slopes(effect: Floats) -> Floats:
    """How :func:`bliss_excess` moves with each effect, (n, a - 1, b - 1, a, b) for effects (n, a, b).

    Examples
    --------
    >>> bliss_slopes(np.array([[[0.0, 0.5], [0.4, 0.8]]]))[0, 0, 0].tolist()
    [[0.0, -0.6], [-0.5, 1.0]]
    """
    n, a, b = effect.shape
    made = np.zeros((n, a - 1, b - 1, a, b))
    i, j = np.ogrid[: a - 1, : b - 1]
    made[:, i, j, i + 1, j + 1] = 1.0
    made[:, i, j, i + 1, 0] = effect[:, :1, 1:] - 1.0
    made[:, i, j, 0, j + 1] = effect[:, 1:, :1] - 1.0
    return made
