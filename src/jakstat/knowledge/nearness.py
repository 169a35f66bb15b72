"""How far a number may be trusted away from where it was found.

A number is near to its use in up to three respects (facets): same species, same kind of
cell or fluid, same kind of reading (assay). The rule:

1. Start from the published range. Where low or high is missing, it is value / s or
   value * s with s = 1.5 for a measured, 2 for a fitted and 10 for an assumed number; a user's own number
   comes with its range, and 10 bounds what that range may say.
2. An assumed number with a published range is widened twofold all the same.
3. Widen twofold for another species, 1.5-fold for another kind of cell, twofold for
   another kind of reading; the factors multiply.
4. Positive numbers are widened by division and multiplication; others about their value.
   Shares end at 0 and 1 (or 100 %).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

__all__ = ["FACETS", "FACTORS", "SPREADS", "Facet", "Range", "widened"]

Facet = Literal["species", "cell", "assay"]
FACETS: tuple[Facet, ...] = get_args(Facet)

FACTORS: Mapping[str, float] = {"species": 2.0, "cell": 1.5, "assay": 2.0}
"""By how much a range is widened when a facet is not shared."""

SPREADS: Mapping[str, float] = {"measured": 1.5, "fitted": 2.0, "assumed": 10.0, "user": 10.0}
"""Spread about a number that comes without a range, by its grade."""

_RECALLED = 2.0
"""What a recalled range is widened by, since nobody looked it up."""


@dataclass(frozen=True, slots=True)
class Range:
    """The lowest and the highest value that may be used."""

    low: float
    high: float


def widened(
    value: float,
    low: float | None,
    high: float | None,
    *,
    grade: str,
    near: Collection[str],
    at_most: float | None = None,
) -> Range:
    """The range of a number in its use, by the rule at the head of this module.

    Parameters
    ----------
    value : float
    low, high : float or None
        The published range.
    grade : str
        measured, fitted, assumed or user.
    near : collection of str
        The facets in which number and use agree.
    at_most : float, optional
        Largest value that makes sense, 1 for a share.

    Examples
    --------
    >>> widened(4.0, 2.0, 8.0, grade="measured", near=FACETS)
    Range(low=2.0, high=8.0)
    >>> widened(4.0, 2.0, 8.0, grade="measured", near=("cell", "assay"))
    Range(low=1.0, high=16.0)
    """
    spread = SPREADS[grade]
    factor = _RECALLED if grade == "assumed" and not (low is None and high is None) else 1.0
    for facet in FACETS:
        factor *= 1.0 if facet in near else FACTORS[facet]
    if value > 0 and (low is None or low >= 0):
        lowest = (value / spread if low is None else low) / factor
        highest = (value * spread if high is None else high) * factor
    else:
        reach = abs(value) * (spread - 1.0)
        lowest = value - (reach if low is None else value - low) * factor
        highest = value + (reach if high is None else high - value) * factor
    return Range(lowest, highest if at_most is None else min(highest, at_most))
