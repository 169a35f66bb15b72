"""Whether random chains have mixed: split R-hat and effective sample size.

Both as in doi:10.1214/20-BA1221 (rank-normalised), to the last digits of ArviZ, which the tests compare with.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from jakstat.extras import needs

__all__ = ["effective_size", "split_r_hat"]

Array = npt.NDArray[np.float64]


def _split(chains: Array) -> Array:
    half = chains.shape[1] // 2
    return np.concatenate([chains[:, :half], chains[:, chains.shape[1] - half :]])


def _ranked(chains: Array) -> Array:
    with needs("fit"):
        from scipy.stats import norm, rankdata

    ranks = rankdata(chains, method="average").reshape(chains.shape)
    return np.asarray(norm.ppf((ranks - 0.375) / (chains.size + 0.25)))


def split_r_hat(chains: Array) -> float:
    """Rank-normalised split R-hat of one quantity.

    Parameters
    ----------
    chains : array, shape (chains, draws)

    Returns
    -------
    float
        Near 1 (below 1.01) when the chains agree; NaN for chains that do not move.

    Examples
    --------
    >>> draws = np.random.default_rng(1).normal(size=(4, 500))
    >>> split_r_hat(draws) < 1.01, split_r_hat(draws + np.arange(4)[:, None]) > 1.5
    (True, True)
    """
    parts = _split(chains)
    folded = np.abs(parts - np.median(parts))
    return max(_r_hat(_ranked(parts)), _r_hat(_ranked(folded)))


def _r_hat(parts: Array) -> float:
    count = parts.shape[1]
    within = parts.var(axis=1, ddof=1).mean()
    between = count * parts.mean(axis=1).var(ddof=1)
    if not within > 0:
        return float("nan")
    return float(np.sqrt(((count - 1) / count * within + between / count) / within))


def effective_size(chains: Array) -> float:
    """Effective number of independent draws of one quantity (bulk).

    Parameters
    ----------
    chains : array, shape (chains, draws)

    Examples
    --------
    >>> draws = np.random.default_rng(1).normal(size=(4, 500))
    >>> 1500 < effective_size(draws) < 2500
    True
    """
    parts = _ranked(_split(chains))
    count, draws = parts.shape
    if draws < 4 or not parts.var() > 0:
        return float("nan")
    centred = parts - parts.mean(axis=1, keepdims=True)
    spectrum = np.fft.rfft(centred, n=2 * draws, axis=1)
    lagged = np.fft.irfft(np.abs(spectrum) ** 2, axis=1)[:, :draws] / draws
    within = parts.var(axis=1, ddof=1).mean()
    total = (draws - 1) / draws * within + parts.mean(axis=1).var(ddof=1)
    rho = 1 - (within - lagged.mean(axis=0)) / total  # equation 10
    rho[0] = 1.0
    pairs = rho[: draws // 2 * 2].reshape(-1, 2).sum(axis=1)
    # Geyer's initial monotone sequence: pairs up to the first that is not positive, none above the one before
    most = max(0, (draws - 3) // 2)
    stop = int(np.argmin(pairs[:most] > 0)) if (pairs[:most] <= 0).any() else most
    rest = max(rho[2 * stop], 0.0) if pairs[stop] < 0 else rho[2 * stop]
    length = -1 + 2 * np.minimum.accumulate(pairs[:stop]).sum() + rest
    size = count * draws
    return float(size / max(length, 1 / np.log10(size)))
