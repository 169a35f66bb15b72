"""What kind of cancer a primary liver cancer is; every population of the product is hepatocellular."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from jakstat.extras import needs
from jakstat.knowledge.parameter_table import Row, read_table
from jakstat.population.sampling import patient_draws

with needs("trial"):
    from scipy.special import ndtr

__all__ = ["HEPATOCELLULAR", "histology_rows", "liver_cancers"]

HEPATOCELLULAR = "hepatocellular"


@lru_cache(maxsize=1)
def histology_rows() -> Mapping[str, Row]:
    """The shares of ``histology.csv`` by kind.

    Examples
    --------
    >>> round(sum(row.value for row in histology_rows().values()), 9)
    1.0
    """
    text = files("jakstat.population").joinpath("histology.csv").read_text(encoding="utf-8")
    return MappingProxyType({row.id: row for row in read_table(text, file="population/histology.csv")})


def liver_cancers(seed: int, ids: Sequence[int], hepatocellular: float | None = None) -> NDArray[np.str_]:
    """The kind of cancer of each patient with a primary liver cancer.

    Parameters
    ----------
    seed : int
    ids : sequence of int
    hepatocellular : float, optional
        Another share of hepatocellular carcinoma; the others keep their proportion.

    Examples
    --------
    >>> liver_cancers(1, range(3), hepatocellular=1.0).tolist()
    ['hepatocellular', 'hepatocellular', 'hepatocellular']
    """
    shares = {name: row.value for name, row in histology_rows().items()}
    if hepatocellular is not None:
        rest = (1.0 - hepatocellular) / (1.0 - shares[HEPATOCELLULAR])
        shares = {k: hepatocellular if k == HEPATOCELLULAR else v * rest for k, v in shares.items()}
    upper = np.cumsum(list(shares.values()))
    uniform = ndtr(patient_draws(seed, ids, ["histology"])[:, 0])
    place = np.minimum(np.searchsorted(upper, uniform, side="right"), len(upper) - 1)
    return np.asarray(np.array(list(shares))[place])
