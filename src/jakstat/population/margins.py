"""The tables of a population: the distribution of each number of a patient, and how they go together."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

import numpy as np
from scipy.special import ndtri

from jakstat.arrays import Floats
from jakstat.errors import InputError
from jakstat.knowledge.parameter_table import Row, read_table
from jakstat.pharmacology.nearest import unknown

__all__ = ["Margin", "disease_of", "mixing", "population_names", "population_rows"]

_ANY = "any"


@dataclass(frozen=True, slots=True)
class Margin:
    """The distribution of one number over the patients of a population.

    Parameters
    ----------
    name : str
    rows : mapping of str to Row
        ``share`` of a flag; ``mean`` and ``sd`` of a normal, ``median`` and ``log_sd`` of a log-normal
        distribution; ``least`` and ``most``, where it is cut; ``expected`` of a Poisson count.

    Examples
    --------
    >>> import numpy as np
    >>> doubling = Margin.of("sharp", "doubling_time")
    >>> share = doubling.values(ndtri(np.linspace(0.0005, 0.9995, 1000))) < 3 * 30.4375
    >>> float(share.mean())
    0.35
    """

    name: str
    rows: Mapping[str, Row]

    @classmethod
    def of(cls, population: str, name: str) -> Margin:
        """The margin of the tables."""
        head = f"{name}."
        found = {key.removeprefix(head): row for key, row in population_rows(population).items()
                 if key.startswith(head)}  # fmt: skip
        return cls(name, MappingProxyType(found))

    def number(self, name: str, default: float = 0.0) -> float:
        """One of its numbers."""
        return self.rows[name].value if name in self.rows else default

    @property
    def drawn(self) -> bool:
        """Whether a patient's value comes from this distribution alone."""
        return not {"share", "mean", "median", "expected"}.isdisjoint(self.rows)

    def values(self, normal: Floats) -> Floats:
        """Values at standard normal draws."""
        if "share" in self.rows:
            share = self.number("share")
            return (
                np.asarray(normal > ndtri(1.0 - share), dtype=float) if share > 0 else np.zeros_like(normal)
            )
        if "expected" in self.rows:
            from scipy.special import ndtr
            from scipy.stats import poisson

            return np.asarray(poisson.ppf(ndtr(normal), self.number("expected")), dtype=float)
        if "mean" in self.rows:
            found = self.number("mean") + self.number("sd") * normal
        else:
            found = self.number("median") * np.exp(self.number("log_sd") * normal)
        return np.asarray(np.clip(found, self.number("least", -np.inf), self.number("most", np.inf)))


@lru_cache(maxsize=2)
def _table(name: str) -> tuple[Row, ...]:
    text = files("jakstat.population").joinpath(f"{name}.csv").read_text(encoding="utf-8")
    return read_table(text, file=f"population/{name}.csv", leading=("population",))


@lru_cache(maxsize=1)
def _listed() -> Mapping[str, Mapping[str, str]]:
    text = files("jakstat.population").joinpath("populations.csv").read_text(encoding="utf-8")
    return MappingProxyType({row["population"]: row for row in csv.DictReader(text.splitlines())})


def population_names() -> tuple[str, ...]:
    """Populations that patients can be drawn from.

    Examples
    --------
    >>> population_names()[:3]
    ('sharp', 'asia_pacific', 'resected')
    """
    return tuple(_listed())


def disease_of(population: str) -> str:
    """Which tumour the patients of a population have: ``hcc`` or ``osteosarcoma``.

    Examples
    --------
    >>> disease_of("reflect")
    'hcc'
    """
    return _listed()[population]["disease"]


@lru_cache(maxsize=8)
def population_rows(population: str) -> Mapping[str, Row]:
    """The rows of a population; what it does not say itself is that of any.

    Raises
    ------
    InputError
        ``population.unknown``.

    Examples
    --------
    >>> population_rows("sharp")["ECOG.share"].value, population_rows("sharp")["CD8.log_sd"].source
    (0.46, 'li2014')
    """
    if population not in population_names():
        raise InputError([unknown("population", population, population_names(), field="--population")])
    found = {row.id: row for row in _table("margins") if row.key[0] == _ANY}
    found.update({row.id: row for row in _table("margins") if row.key[0] == population})
    return MappingProxyType(found)


@lru_cache(maxsize=8)
def mixing(population: str) -> tuple[tuple[str, ...], Floats]:
    """Names of the numbers that are drawn, in the order of the table, and what mixes independent draws.

    Returns
    -------
    names : tuple of str
    matrix : array (names, names)
        Lower triangular; times independent standard normal draws it gives draws with the correlations of
        the table (a Gaussian copula). A number added at the end of the table changes no other.

    Examples
    --------
    >>> names, matrix = mixing("sharp")
    >>> i, j = names.index("weight"), names.index("height")
    >>> round(float((matrix @ matrix.T)[i, j]), 9)
    0.45
    """
    heads = dict.fromkeys(key.split(".")[0] for key in population_rows(population))
    names = tuple(name for name in heads if Margin.of(population, name).drawn)
    matrix = np.eye(len(names))
    rows = {row.id: row for row in _table("correlations") if row.key[0] == _ANY}
    rows.update({row.id: row for row in _table("correlations") if row.key[0] == population})
    for key, row in rows.items():
        i, j = (names.index(name) for name in key.split("~"))
        matrix[i, j] = matrix[j, i] = row.value
    return names, np.asarray(np.linalg.cholesky(matrix))
