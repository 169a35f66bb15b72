"""The range within which a number of a table is varied, by its grade."""

from __future__ import annotations

from jakstat.knowledge.nearness import SPREADS, Range
from jakstat.knowledge.parameter_table import Row

__all__ = ["PROTOCOL", "graded_range"]

PROTOCOL = "protocol"
"""Source of what a protocol sets; such a number is not varied."""


def graded_range(row: Row) -> Range | None:
    """From value / s to value * s, cut to the row's own range; s is that of its grade.

    Returns
    -------
    Range or None
        None for what a protocol sets, and for numbers that are not positive.

    Examples
    --------
    >>> graded_range(Row("k", 2.0, "1/h", 1.5, 100.0, "measured", "someone2001", ""))
    Range(low=1.5, high=3.0)
    """
    if row.source == PROTOCOL or row.value <= 0 or row.low < 0:
        return None
    spread = SPREADS[row.grade]
    return Range(max(row.low, row.value / spread), min(row.high, row.value * spread))
