"""Units in records: those of :mod:`jakstat.units`, and the words people count and compare with."""

from __future__ import annotations

from jakstat.units import Kind, kind_of

__all__ = ["COUNTED", "dimension"]

COUNTED = frozenset(
    {"%", "1/cell", "cells", "correlation", "fold", "fraction", "patients", "probability", "ratio"}
)
"""Words that stand for plain numbers."""


def dimension(unit: str) -> Kind | None:
    """The kind of a record's unit, or None when there is no such unit.

    Examples
    --------
    >>> dimension("1/cell"), dimension("ng/ml"), dimension("spoonful")
    (<Kind.NUMBER: 'a plain number'>, <Kind.MASS_CONCENTRATION: 'a mass concentration'>, None)
    """
    return Kind.NUMBER if unit in COUNTED else kind_of(unit)
