"""A cohort of virtual patients: each number of each patient is a draw with a name of its own.

Numbers are drawn from the margins of a population and go together by a Gaussian copula (Nelsen 2006,
doi:10.1007/0-387-28678-0): standard normal draws, mixed, then read off each distribution.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.extras import needs
from jakstat.limits import LIMITS, check_count
from jakstat.patients.body_numbers import SUBJECTS_OF
from jakstat.pharmacology.subjects import Subjects
from jakstat.population.margins import Margin, Population, disease_of, shipped_population
from jakstat.population.patient_numbers import derived_numbers
from jakstat.population.sampling import normal_draws
from jakstat.streams import check_seed

with needs("trial"):
    from scipy.special import ndtr

__all__ = ["Cohort", "cohort"]

_AETIOLOGIES = ("HBV", "HCV", "alcohol", "MASH")
_MOST_LESIONS = 5  # RECIST 1.1
_G_PER_DL = 0.1
_CM2_KG_PER_M4 = 3600.0  # of Mosteller's formula


@dataclass(frozen=True, slots=True)
class Cohort:
    """Virtual patients.

    Parameters
    ----------
    population : str
        The shipped population that they are drawn from, or that theirs starts from.
    seed : int
    ids : tuple of int
        Which patient each place is; a patient's draws rest on seed and number alone.
    aetiology : array of str (patients,)
    numbers : mapping of str to array (patients,)
        In the units of ``patient_numbers.csv``, flags and sex (``female``) as 0 or 1.
    lesions : array (patients, 5)
        Diameters of the target lesions in mm, NaN where there is none.
    weights : array (patients,)
        How many patients of the population each stands for, on average 1 over a cohort; all 1 when not given.
    first_visit : mapping of str to array (patients,)
        What the model says of each at his first visit, when it was asked.
    vectors : int
        With how many parameter vectors intervals are to be told; 0 when that is left open.
    name : str
        What their population is called where it is not a shipped one.
    """

    population: str
    seed: int
    ids: tuple[int, ...]
    aetiology: NDArray[np.str_]
    numbers: Mapping[str, Floats]
    lesions: Floats
    weights: Floats = field(default_factory=lambda: np.empty(0))
    first_visit: Mapping[str, Floats] = field(default_factory=lambda: MappingProxyType({}))
    vectors: int = 0
    name: str = ""

    def __post_init__(self) -> None:
        if not len(self.weights):
            object.__setattr__(self, "weights", np.ones(len(self.ids)))

    @property
    def count(self) -> int:
        """Number of patients."""
        return len(self.ids)

    @property
    def disease(self) -> str:
        """``hcc`` or ``osteosarcoma``."""
        return disease_of(self.population)

    def number(self, name: str) -> Floats | None:
        """A number of every patient, drawn or of the first visit; None where they have none of that name.

        Examples
        --------
        >>> few = cohort("sharp", 2, seed=1)
        >>> few.number("Child_Pugh").tolist(), few.number("pSTAT3_bulk")
        ([5.0, 5.0], None)
        """
        return self.numbers.get(name, self.first_visit.get(name))

    def take(self, places: Sequence[int] | NDArray[np.intp]) -> Cohort:
        """Some of the patients by their place, in any order; each keeps his number and his weight.

        Examples
        --------
        >>> cohort("sharp", 5, seed=1).take([4, 0]).ids
        (4, 0)
        """
        at = np.asarray(places, dtype=np.intp)
        return replace(
            self,
            ids=tuple(self.ids[place] for place in at),
            aetiology=self.aetiology[at],
            numbers=MappingProxyType({key: values[at] for key, values in self.numbers.items()}),
            lesions=self.lesions[at],
            weights=self.weights[at],
            first_visit=MappingProxyType({key: values[at] for key, values in self.first_visit.items()}),
        )

    def subjects(self) -> Subjects:
        """The same patients as pharmacokinetics sees them.

        Examples
        --------
        >>> few = cohort("sharp", 3, seed=1).subjects()
        >>> few.count, few.covariates["BSA"].shape
        (3, (3,))
        """
        n = self.numbers
        bsa = np.sqrt(n["height"] * n["weight"] / _CM2_KG_PER_M4)  # doi:10.1056/NEJM198710223171717
        found = {
            "weight": n["weight"], "height": n["height"], "BSA": bsa, "female": n["female"],
            "male": 1.0 - n["female"], "albumin": n["albumin"] * _G_PER_DL, "IL6": n["IL6"],
            "ECOG_1": n["ECOG"], "ALP_high": np.zeros(self.count), "CRP": np.full(self.count, np.nan),
        }  # fmt: skip
        population = SUBJECTS_OF[self.disease]
        return Subjects(population, MappingProxyType(found), self.seed, False, frozenset(), self.ids)


def cohort(
    population: str | Population = "sharp", count: int = 200, *, seed: int = 1, first: int = 0
) -> Cohort:
    """Draw patients.

    Parameters
    ----------
    population : str or Population
        A name stands for one of :func:`jakstat.population.margins.population_names`.
    count : int
    seed : int
    first : int
        Number of the first patient.

    Raises
    ------
    InputError
        ``population.unknown``, ``count.range``, ``seed.range``.

    Examples
    --------
    >>> many, one = cohort("sharp", 40, seed=2), cohort("sharp", 1, seed=2, first=39)
    >>> bool(many.numbers["AFP"][39] == one.numbers["AFP"][0])
    True
    """
    check_seed(seed)
    check_count(count, most=LIMITS.lanes, field="--patients")
    people = shipped_population(population) if isinstance(population, str) else population
    names, mixed = people.drawn, people.mixing()
    ids = tuple(range(first, first + count))
    draws = normal_draws(people.sampling, seed, ids, (*names, "aetiology"))
    each = (mixed[:, None, :] * draws[None, :, :-1]).sum(axis=2)  # BLAS would round by how many there are
    normal = dict(zip(names, each, strict=True))
    shares = {name: people.rows[f"aetiology.share_{name}"].value for name in _AETIOLOGIES}
    aetiology = _aetiologies(shares, ndtr(draws[:, -1]))
    found: dict[str, Floats] = {}
    for name in names:
        found[name] = _explained(people, people.margin(name), normal[name], aetiology, found)
    extra, sums = found.pop("extra_lesions"), found.pop("sum")
    lesions = _lesions(sums, extra, people.rows["next_lesion.ratio"].value)
    _only(found, aetiology, {"HBV_DNA": ("HBV",), "HBx": ("HBV",), "HCV_RNA": ("HCV",),
                             "antiviral": ("HBV", "HCV")})  # fmt: skip
    found["encephalopathy"] = np.zeros(count)
    found |= derived_numbers(found, lesions, people.disease)
    name = "" if people.name == people.like else people.name
    return Cohort(people.like, seed, ids, aetiology, MappingProxyType(found), lesions, name=name)


def _aetiologies(shares: Mapping[str, float], uniform: Floats) -> NDArray[np.str_]:
    edges = np.cumsum(list(shares.values()))
    return np.array([*shares, "none"])[np.searchsorted(edges, uniform, side="right")]


def _explained(
    people: Population,
    margin: Margin,
    normal: Floats,
    aetiology: NDArray[np.str_],
    found: Mapping[str, Floats],
) -> Floats:
    """Values of a margin, a part of whose spread is explained by sex or by what the liver suffers from.

    The factors of the groups are centred and their variance is taken off what is left, so that median and
    spread of the whole are those of the table.
    """
    groups: list[tuple[Floats, float, float]] = []
    if "factor_female" in margin.rows:
        share = people.margin("female").number("share")
        groups.append((found["female"], share, margin.number("factor_female")))
    for name in _AETIOLOGIES:
        if f"factor_{name}" in margin.rows:
            member, share = (aetiology == name).astype(float), people.rows[f"aetiology.share_{name}"].value
            groups.append((member, share, margin.number(f"factor_{name}")))
    shift, explained = np.zeros_like(normal), 0.0
    for member, share, factor in groups:
        shift = shift + (member - share) * np.log(factor)
        explained += share * (1.0 - share) * np.log(factor) ** 2
    total = margin.number("log_sd")
    if not groups or total == 0.0:
        return margin.values(normal)
    left = np.sqrt(max(total**2 - explained, 0.0))
    return margin.values((left * normal + shift) / total)


def _only(found: dict[str, Floats], aetiology: NDArray[np.str_], of: Mapping[str, tuple[str, ...]]) -> None:
    """Numbers of a virus are 0 where it is not."""
    for name, groups in of.items():
        found[name] = np.where(np.isin(aetiology, groups), found[name], 0.0)


def _lesions(sums: Floats, extra: Floats, ratio: float) -> Floats:
    """Diameters that fall by a ratio from one lesion to the next and add up to the sum."""
    place = np.arange(_MOST_LESIONS)
    there = place[None, :] <= np.minimum(extra, _MOST_LESIONS - 1)[:, None]
    parts = np.where(there, ratio**place, 0.0)
    each = sums[:, None] * parts / parts.sum(axis=1, keepdims=True)
    return np.where(there, each, np.nan)
