"""The numbers of progression: hazards, IL-6 by stage, what treatments leave; from ``hazards.csv``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

from jakstat.arrays import Floats
from jakstat.biology.draws import draw_vectors
from jakstat.knowledge.parameter_table import Row, read_table

__all__ = ["hazard_draws", "hazard_rows"]


@lru_cache(maxsize=1)
def hazard_rows() -> Mapping[str, Row]:
    """Every number with unit, range, grade and source.

    Examples
    --------
    >>> hazard_rows()["death_cancer"].unit
    '1/year'
    """
    text = files("jakstat.progression").joinpath("hazards.csv").read_text(encoding="utf-8")
    return MappingProxyType({row.id: row for row in read_table(text, file="progression/hazards.csv")})


def hazard_draws(count: int, seed: int, given: Mapping[str, float] | None = None) -> Mapping[str, Floats]:
    """The numbers, each of shape (count,): the first is the table, the others are drawn in their ranges.

    Parameters
    ----------
    count : int
        1 for the table alone.
    seed : int
    given : mapping of str to float, optional
        Numbers that replace those of the table in every draw.

    Notes
    -----
    Drawn as every interval of the product is (:mod:`jakstat.biology.draws`).

    Examples
    --------
    >>> drawn = hazard_draws(20, 1)["male"]
    >>> float(drawn[0]), bool((drawn >= 1.1).all())
    (2.8, True)
    """
    import numpy as np

    rows = hazard_rows()
    drawn = draw_vectors(rows.values(), lanes=count, seed=seed)
    found = {name: drawn.get(name, np.full(count, row.value)) for name, row in rows.items()}
    found |= {name: np.full(count, value) for name, value in (given or {}).items()}
    return MappingProxyType(found)
