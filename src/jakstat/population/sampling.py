"""How virtual patients are drawn: standard normal numbers, before they go together and are read off margins.

``independent``: one stream for each patient and number. ``sobol``: points of a Sobol sequence, scrambled by
the seed (Owen 1998, doi:10.1006/jcom.1998.0487); patient k is point k, in a cohort of any length.
``latin_hypercube``: each number in as many strata as there are patients, one in each (McKay 1979,
doi:10.1080/00401706.1979.10489755); so every patient depends on how many there are.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from jakstat.arrays import Floats
from jakstat.extras import needs
from jakstat.streams import stream

with needs("trial"):
    from scipy.special import ndtri
    from scipy.stats import qmc

__all__ = ["SAMPLINGS", "normal_draws", "patient_draws"]

SAMPLINGS = ("independent", "sobol", "latin_hypercube")
_SMALLEST = 1e-12


def normal_draws(method: str, seed: int, ids: Sequence[int], names: Sequence[str]) -> Floats:
    """Standard normal draws of every number of every patient.

    Parameters
    ----------
    method : str
        One of :data:`SAMPLINGS`.
    seed : int
    ids : sequence of int
        Consecutive; with ``latin_hypercube`` the last is the last of all.
    names : sequence of str

    Returns
    -------
    array (patients, names)

    Examples
    --------
    >>> one = normal_draws("sobol", 1, range(3, 5), ["IL6", "AFP"])
    >>> bool((one == normal_draws("sobol", 1, range(9), ["IL6", "AFP"])[3:5]).all())
    True
    """
    if method == "sobol":
        return _normal(_sobol(seed, ids, len(names)))
    if method == "latin_hypercube":
        return _normal(_latin(seed, ids, names))
    return patient_draws(seed, ids, names)


def patient_draws(seed: int, ids: Sequence[int], names: Sequence[str]) -> Floats:
    """Independent standard normal draws, one stream for each patient and name.

    Returns
    -------
    array (patients, names)

    Examples
    --------
    >>> bool(patient_draws(1, [4], ["IL6"])[0, 0] == patient_draws(1, [2, 4], ["age", "IL6"])[1, 1])
    True
    """
    return _normal(_uniform(seed, ids, names))


def _uniform(seed: int, ids: Sequence[int], names: Sequence[str]) -> Floats:
    found = np.array([[stream(seed, "patient", who, name).random() for name in names] for who in ids])
    return found.reshape(len(ids), len(names))


def _normal(uniform: Floats) -> Floats:
    return np.asarray(ndtri(np.clip(uniform, _SMALLEST, 1.0 - _SMALLEST)))


def _sobol(seed: int, ids: Sequence[int], dimensions: int) -> Floats:
    generator = np.random.default_rng(int(stream(seed, "sobol").integers(2**63)))  # one that can spawn
    points = qmc.Sobol(dimensions, scramble=True, rng=generator)
    first, count = ids[0], len(ids)
    if first == 0:  # the library warns when the first points are not a power of two
        return np.asarray(points.random(1 << (count - 1).bit_length())[:count])
    points.fast_forward(first)
    return np.asarray(points.random(count))


def _latin(seed: int, ids: Sequence[int], names: Sequence[str]) -> Floats:
    count, at = ids[-1] + 1, np.asarray(ids)
    strata = [stream(seed, "latin_hypercube", name).permutation(count)[at] for name in names]
    return np.asarray((np.array(strata).T + _uniform(seed, ids, names)) / count)
