"""How much cells of one clone differ: coefficients of variation of amounts, activities and size."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

from jakstat.knowledge.parameter_table import Row, read_table

__all__ = ["KINDS", "spread_of", "variability"]

KINDS = ("abundance", "activity", "promoter")
"""Beginnings of the names of parameters that differ between cells."""


@lru_cache(maxsize=1)
def variability() -> Mapping[str, Row]:
    """The table of spreads by id; a kind (``abundance``) holds for all parameters that have no row of
    their own.

    Examples
    --------
    >>> variability()["abundance"].grade, variability()["abundance"].unit
    ('measured', 'dimensionless')
    """
    name = "variability.csv"
    text = files("jakstat.biology").joinpath(name).read_text(encoding="utf-8")
    return MappingProxyType({row.id: row for row in read_table(text, file=f"biology/{name}")})


def spread_of(parameter: str) -> Row | None:
    """The spread of a parameter between cells, or None for one that is the same in all.

    Examples
    --------
    >>> spread_of("abundance_STAT3").value, spread_of("kcat_STAT3")
    (0.25, None)
    """
    table = variability()
    kind = parameter.partition("_")[0]
    return table.get(parameter) or (table.get(kind) if kind in KINDS else None)
