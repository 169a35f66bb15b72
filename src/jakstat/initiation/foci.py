"""Occult foci after a resection: how many patients have one, how large it is, how fast it grows.

What the course of recurrence cannot tell apart is an option: one large focus that grows as tumours do, or few
stem-like cells that grow much faster. Each option is a set of rows of ``foci.csv``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.errors import problem
from jakstat.extras import needs
from jakstat.initiation.branching import dies_out
from jakstat.initiation.lineage import Lineage
from jakstat.knowledge.parameter_table import Row, read_table
from jakstat.limits import LIMITS, check_count
from jakstat.streams import stream

__all__ = [
    "DAYS_PER_MONTH",
    "Foci",
    "FociOption",
    "draw_foci",
    "foci_option",
    "foci_options",
    "initiation_rows",
    "recurred_by",
]

DAYS_PER_MONTH = 30.4375
"""A twelfth of a Julian year."""
_NODES = 400


@lru_cache(maxsize=1)
def initiation_rows() -> Mapping[str, Row]:
    """The table ``initiation/parameters.csv`` by id.

    Examples
    --------
    >>> initiation_rows()["detection_cells"].value
    500000000.0
    """
    text = files("jakstat.initiation").joinpath("parameters.csv").read_text(encoding="utf-8")
    return MappingProxyType({row.id: row for row in read_table(text, file="initiation/parameters.csv")})


@dataclass(frozen=True, slots=True)
class FociOption:
    """One assumption about occult foci.

    Parameters
    ----------
    name : str
    share : float
        Of patients that have one.
    size_median, size_spread : float
        Cells at surgery: median, and standard deviation of the logarithm, cut at the detection size.
    stem_share : float
        Of these cells; 1 where only stem-like cells are counted.
    doubling_median, doubling_spread : float
        Days, and standard deviation of the logarithm.
    """

    name: str
    share: float
    size_median: float
    size_spread: float
    stem_share: float
    doubling_median: float
    doubling_spread: float

    @property
    def largest(self) -> float:
        """Cells of the largest focus that surgery leaves unseen, counted as the sizes are."""
        mature = float(Lineage.of_table().composition[0])
        scale = mature if self.stem_share == 1.0 else 1.0
        return initiation_rows()["detection_cells"].value * scale


@lru_cache(maxsize=1)
def foci_rows() -> tuple[Row, ...]:
    """The table ``initiation/foci.csv``; the key of a row is its option.

    Examples
    --------
    >>> foci_rows()[0].key
    ('large',)
    """
    text = files("jakstat.initiation").joinpath("foci.csv").read_text(encoding="utf-8")
    return read_table(text, file="initiation/foci.csv", leading=("option",))


def foci_options() -> tuple[str, ...]:
    """The names of the options.

    Examples
    --------
    >>> foci_options()
    ('large', 'few_10', 'few_100', 'few_1000')
    """
    return tuple(dict.fromkeys(row.key[0] for row in foci_rows()))


def foci_option(name: str) -> FociOption:
    """An option by name.

    Raises
    ------
    InputError
        ``foci.unknown``.

    Examples
    --------
    >>> foci_option("few_100").size_median
    100.0
    """
    if name not in foci_options():
        hint = ", ".join(foci_options())
        raise problem("foci.unknown", f"there are no foci {name[:40]!r}", field="--foci", hint=hint)
    return FociOption(name, **{row.id: row.value for row in foci_rows() if row.key == (name,)})


@dataclass(frozen=True, slots=True)
class Foci:
    """The focus of every patient.

    Parameters
    ----------
    numbers : array (patients, 3)
        S, P and D at surgery; zero without a focus.
    doubling : array (patients,)
        Doubling time in days.
    """

    numbers: Floats
    doubling: Floats


def draw_foci(option: FociOption, *, patients: int, seed: int, first: int = 0) -> Foci:
    """Draw foci, one stream for each patient.

    Parameters
    ----------
    option : FociOption
    patients, seed : int
    first : int
        Number of the first patient.

    Examples
    --------
    >>> foci = draw_foci(foci_option("large"), patients=4, seed=1)
    >>> foci.numbers.shape, bool((foci.numbers.sum(axis=1) < 5e8).all())
    ((4, 3), True)
    """
    with needs("analysis"):
        from scipy.special import ndtr, ndtri

    check_count(patients, most=LIMITS.lanes, field="--patients")
    draws = np.array([stream(seed, "focus", first + i).random(3) for i in range(patients)])
    top = ndtr((np.log(option.largest) - np.log(option.size_median)) / option.size_spread)
    size = option.size_median * np.exp(option.size_spread * ndtri(draws[:, 1] * top))
    size = np.where(draws[:, 0] < option.share, size, 0.0)
    doubling = option.doubling_median * np.exp(option.doubling_spread * ndtri(draws[:, 2]))
    if option.stem_share == 1.0:
        shares = np.array([1.0, 0.0, 0.0])
    else:
        mature = Lineage.of_table().composition
        rest = (1.0 - option.stem_share) * mature[1:] / mature[1:].sum()
        shares = np.array([option.stem_share, *rest])
    return Foci(np.round(size[:, np.newaxis] * shares), doubling)


def recurred_by(option: FociOption, months: Floats | NDArray[np.float64]) -> Floats:
    """Share of patients whose recurrence is seen by a month, from expected growth: what the fit compares.

    A focus of n stem-like cells is one with 1 - q^n, and then as large as n / (1 - q^n) cells would be on
    average. Simulated foci, which start by chance, lie within 0.02 of it.

    Parameters
    ----------
    option : FociOption
    months : array (T,)
        Since surgery, 30.4375 days each.

    Returns
    -------
    array (T,)

    Examples
    --------
    >>> bool(0.6 < recurred_by(foci_option("large"), np.array([60.0]))[0] < 0.7)
    True
    """
    with needs("analysis"):
        from scipy.special import ndtr, ndtri

    lineage = Lineage.of_table()
    top = ndtr((np.log(option.largest) - np.log(option.size_median)) / option.size_spread)
    size = option.size_median * np.exp(option.size_spread * ndtri((np.arange(_NODES) + 0.5) / _NODES * top))
    stem = size * option.stem_share
    found = -np.expm1(stem * np.log(dies_out(lineage)[0]))
    total = size * (float(lineage.worth[0]) if option.stem_share == 1.0 else 1.0) / found
    detection = initiation_rows()["detection_cells"].value
    doublings = np.log2(detection / np.minimum(total, detection * (1.0 - 1e-9)))
    days = np.maximum(np.asarray(months, dtype=float), 1e-9)[:, np.newaxis] * DAYS_PER_MONTH
    share = ndtr(np.log(days / (option.doubling_median * doublings)) / option.doubling_spread)
    return np.asarray(option.share * (found * share).mean(axis=1))
