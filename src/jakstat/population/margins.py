"""A population: the distribution of each number of a patient, and how they go together.

The shipped ones are rows of ``margins.csv`` and ``correlations.csv``.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

import numpy as np

from jakstat.arrays import Floats
from jakstat.errors import InputError, problem
from jakstat.extras import needs
from jakstat.knowledge.parameter_table import Row, read_table
from jakstat.pharmacology.nearest import unknown

with needs("trial"):
    from scipy.special import ndtri

__all__ = [
    "Margin",
    "Population",
    "disease_of",
    "population_names",
    "population_rows",
    "populations_listed",
    "shipped_population",
]

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
    >>> doubling = shipped_population("sharp").margin("doubling_time")
    >>> share = doubling.values(ndtri(np.linspace(0.0005, 0.9995, 1000))) < 3 * 30.4375
    >>> float(share.mean())
    0.35
    """

    name: str
    rows: Mapping[str, Row]

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
            with needs("trial"):
                from scipy.special import ndtr
                from scipy.stats import poisson

            return np.asarray(poisson.ppf(ndtr(normal), self.number("expected")), dtype=float)
        if "mean" in self.rows:
            found = self.number("mean") + self.number("sd") * normal
        else:
            found = self.number("median") * np.exp(self.number("log_sd") * normal)
        return np.asarray(np.clip(found, self.number("least", -np.inf), self.number("most", np.inf)))


@dataclass(frozen=True, slots=True)
class Population:
    """Whom patients are drawn from.

    Parameters
    ----------
    name : str
    like : str
        The shipped population that it starts from; its own name for a shipped one.
    rows : mapping of str to Row
        Numbers of the margins by id, ``IL6.median``.
    correlations : mapping of str to Row
        By the two numbers, ``IL6~AFP``.
    sampling : str
        How patients are drawn (:data:`jakstat.population.sampling.SAMPLINGS`).
    """

    name: str
    like: str
    rows: Mapping[str, Row]
    correlations: Mapping[str, Row]
    sampling: str = "independent"

    @property
    def disease(self) -> str:
        """``hcc`` or ``osteosarcoma``."""
        return disease_of(self.like)

    def margin(self, name: str) -> Margin:
        """The distribution of a number.

        Examples
        --------
        >>> shipped_population("resected").margin("IL6").number("median")
        4.0
        """
        head = f"{name}."
        found = {key.removeprefix(head): row for key, row in self.rows.items() if key.startswith(head)}
        return Margin(name, MappingProxyType(found))

    @property
    def drawn(self) -> tuple[str, ...]:
        """Names of the numbers that are drawn, in the order of the table."""
        heads = dict.fromkeys(key.split(".")[0] for key in self.rows)
        return tuple(name for name in heads if self.margin(name).drawn)

    def mixing(self) -> Floats:
        """What mixes independent draws, in the order of :attr:`drawn`.

        Returns
        -------
        array (names, names)
            Lower triangular; times independent standard normal draws it gives draws with the correlations
            (a Gaussian copula). A number added at the end of the table changes no other.

        Raises
        ------
        InputError
            ``population.correlations``: they cannot hold together.

        Examples
        --------
        >>> people = shipped_population("sharp")
        >>> matrix, (i, j) = people.mixing(), (people.drawn.index(name) for name in ("weight", "height"))
        >>> round(float((matrix @ matrix.T)[i, j]), 9)
        0.45
        """
        names = self.drawn
        matrix = np.eye(len(names))
        for key, row in self.correlations.items():
            i, j = (names.index(name) for name in key.split("~"))
            matrix[i, j] = matrix[j, i] = row.value
        try:
            return np.asarray(np.linalg.cholesky(matrix))
        except np.linalg.LinAlgError:
            message, hint = "the correlations cannot hold together", "make the largest of them smaller"
            raise problem("population.correlations", message, field="correlations", hint=hint) from None


@lru_cache(maxsize=2)
def _table(name: str) -> tuple[Row, ...]:
    text = files("jakstat.population").joinpath(f"{name}.csv").read_text(encoding="utf-8")
    return read_table(text, file=f"population/{name}.csv", leading=("population",))


@lru_cache(maxsize=1)
def populations_listed() -> Mapping[str, Mapping[str, str]]:
    """The shipped populations: disease, and who they are.

    Examples
    --------
    >>> populations_listed()["reflect"]["disease"]
    'hcc'
    """
    text = files("jakstat.population").joinpath("populations.csv").read_text(encoding="utf-8")
    return MappingProxyType({row["population"]: row for row in csv.DictReader(text.splitlines())})


def disease_of(population: str) -> str:
    """Which tumour the patients of a shipped population have: ``hcc`` or ``osteosarcoma``.

    Examples
    --------
    >>> disease_of("reflect")
    'hcc'
    """
    return populations_listed()[population]["disease"]


def population_names() -> tuple[str, ...]:
    """Populations that patients can be drawn from.

    Examples
    --------
    >>> population_names()[:3]
    ('sharp', 'asia_pacific', 'resected')
    """
    return tuple(populations_listed())


@lru_cache(maxsize=16)
def shipped_population(name: str) -> Population:
    """A population of the tables; what it does not say itself is that of any.

    Raises
    ------
    InputError
        ``population.unknown``.

    Examples
    --------
    >>> shipped_population("sharp").rows["ECOG.share"].value, shipped_population("sharp").like
    (0.46, 'sharp')
    """
    if name not in population_names():
        raise InputError([unknown("population", name, population_names(), field="--population")])
    rows, correlations = (
        {row.id: row for of in (_ANY, name) for row in _table(table) if row.key[0] == of}
        for table in ("margins", "correlations")
    )
    return Population(name, name, MappingProxyType(rows), MappingProxyType(correlations))


def population_rows(population: str) -> Mapping[str, Row]:
    """The rows of a shipped population.

    Examples
    --------
    >>> population_rows("sharp")["CD8.log_sd"].source
    'li2014'
    """
    return shipped_population(population).rows
