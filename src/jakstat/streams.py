"""Random streams with names.

A draw belongs to what it decides, not to when it happens: `stream(seed, "patient",
17, "weight")` gives the same numbers whatever else was drawn before, in any order
and on any number of workers. The generator is counter-based Philox 4x64
(doi:10.1145/2063384.2063405), keyed by the SHA-256 of seed and name.
"""

from __future__ import annotations

import hashlib

import numpy as np

from jakstat.errors import problem
from jakstat.identity import canonical_json
from jakstat.limits import LIMITS

__all__ = ["check_seed", "stream"]


def check_seed(seed: object) -> int:
    """`seed` itself when it is a whole number from 0 to 2**63 - 1.

    Raises
    ------
    InputError
        ``seed.range``.

    Examples
    --------
    >>> check_seed(7)
    7
    """
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or not 0 <= seed <= LIMITS.seed:
        raise problem("seed.range", f"{seed!r} is no seed", hint="give a whole number from 0 to 2**63 - 1")
    return int(seed)


def stream(seed: int, *name: str | int) -> np.random.Generator:
    """The generator that belongs to `seed` and `name`, at its start.

    Parameters
    ----------
    seed : int
        Seed of the whole run, 0 .. 2**63 - 1.
    *name : str or int
        What the draws decide, from the general to the particular.

    Raises
    ------
    InputError
        ``seed.range``.

    Examples
    --------
    >>> a = stream(1, "patient", 17, "weight").random()
    >>> _ = stream(1, "patient", 18, "weight").random()
    >>> a == stream(1, "patient", 17, "weight").random()
    True
    """
    text = canonical_json([check_seed(seed), list(name)])
    key = np.frombuffer(hashlib.sha256(text.encode("ascii")).digest()[:16], dtype="<u8")
    return np.random.Generator(np.random.Philox(key=key))
