"""The numbers of the growth assays and scans, from the table of this room."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

from jakstat.knowledge.parameter_table import Row, read_table

__all__ = ["assay_number", "assay_rows"]


@lru_cache(maxsize=1)
def assay_rows() -> Mapping[str, Row]:
    """The table ``experiment/parameters.csv`` by id, in the house schema.

    Examples
    --------
    >>> assay_rows()["colony_threshold"].value, assay_rows()["colony_threshold"].grade
    (50.0, 'assumed')
    """
    text = files("jakstat.experiment").joinpath("parameters.csv").read_text(encoding="utf-8")
    return MappingProxyType({row.id: row for row in read_table(text, file="experiment/parameters.csv")})


def assay_number(name: str) -> float:
    """The value of a row, in the unit of the table.

    Examples
    --------
    >>> assay_number("growth_hours")
    72.0
    """
    return assay_rows()[name].value
