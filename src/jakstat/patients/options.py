"""What data cannot tell: structural options, of which an answer shows every result that depends on them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

from jakstat.initiation.foci import foci_option
from jakstat.initiation.lineage import Lineage
from jakstat.knowledge.parameter_table import Row, read_table

__all__ = ["liver_ratios", "occult_foci", "option_rows"]


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


def occult_foci() -> tuple[float, ...]:
    """Living cells that an operation leaves unseen, in millions: one large focus, or few stem-like cells.

    Both are assumptions of :mod:`jakstat.initiation.foci`; the cells that go with a hundred stem-like ones
    are those of the lineage that grows steadily.

    Examples
    --------
    >>> [f"{millions * 1e6:.1e}" for millions in occult_foci()]
    ['1.0e+08', '2.6e+03']
    """
    few = foci_option("few_100").size_median / float(Lineage.of_table().composition[0])
    return tuple(cells / 1e6 for cells in (foci_option("large").size_median, few))
