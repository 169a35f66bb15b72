"""What data cannot tell: structural options, of which an answer shows every result that depends on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

from jakstat.initiation.foci import foci_option
from jakstat.initiation.lineage import Lineage
from jakstat.knowledge.parameter_table import Row, read_table

__all__ = ["LeftBehind", "liver_ratios", "occult_foci", "option_rows"]

_MILLION = 1e6


@lru_cache(maxsize=1)
def option_rows() -> Mapping[str, Row]:
    """The rows of ``options.csv``.

    Examples
    --------
    >>> option_rows()["growth_read"].unit
    'h'
    """
    text = files("jakstat.patients").joinpath("options.csv").read_text(encoding="utf-8")
    return MappingProxyType({row.id: row for row in read_table(text, file="patients/options.csv")})


def liver_ratios() -> tuple[float, ...]:
    """IL-6 of the fluid of the liver over serum: what is taken, the least and the most thought possible.

    Examples
    --------
    >>> liver_ratios()
    (5.0, 3.0, 20.0)
    """
    rows = option_rows()
    return tuple(rows[f"IL6_liver_{key}"].value for key in ("middle", "low", "high"))


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """What an operation leaves: living cells in millions, and how much faster they grow than before."""

    cells: float
    speed: float = 1.0


def occult_foci() -> tuple[LeftBehind, ...]:
    """What an operation leaves unseen: one large focus, or few stem-like cells that grow much faster.

    Both are assumptions of :mod:`jakstat.initiation.foci`, which recurrence cannot tell apart; few cells
    that grow as tumours do are ruled out. The cells beside a hundred stem-like ones are those of the lineage.

    Examples
    --------
    >>> [(f"{one.cells * 1e6:.1e}", round(one.speed, 1)) for one in occult_foci()]
    [('1.0e+08', 1.0), ('2.6e+03', 5.6)]
    """
    large, few = foci_option("large"), foci_option("few_100")
    stem = float(Lineage.of_table().composition[0])
    return (
        LeftBehind(large.size_median / _MILLION),
        LeftBehind(few.size_median / stem / _MILLION, large.doubling_median / few.doubling_median),
    )
