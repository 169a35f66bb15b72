"""What was observed of a population and a cohort is to show: shares of patients and means of numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from jakstat.arrays import Floats
from jakstat.knowledge.parameter_table import Row, read_table
from jakstat.population.cohort import Cohort
from jakstat.population.eligibility import NumberRange
from jakstat.population.margins import Population, populations_listed
from jakstat.population.patient_numbers import AETIOLOGY, patient_numbers

__all__ = ["MEAN", "SHARE", "ObservedNumber", "observed_of"]

SHARE, MEAN = "share", "mean"
_OF_MARGINS = ("female", "ECOG", "vascular_invasion", "metastases")
_AETIOLOGY_SHARE = f"{AETIOLOGY}.share_"


@dataclass(frozen=True, slots=True)
class ObservedNumber:
    """One of them.

    Parameters
    ----------
    of : NumberRange
        Whose share it is; of a mean the number alone counts.
    reading : str
        ``share`` or ``mean``.
    row : Row
        The value with its range, grade and source.
    """

    of: NumberRange
    reading: str
    row: Row

    @property
    def key(self) -> tuple[object, ...]:
        """Two with one key say something of the same."""
        return (self.reading, self.of)

    def values(self, patients: Cohort) -> Floats | None:
        """What is averaged: 0 and 1 of a share; None when the patients do not have the number.

        Examples
        --------
        >>> from jakstat.population.cohort import cohort
        >>> from jakstat.population.margins import shipped_population
        >>> found = {o.of.number: o for o in observed_of(shipped_population("sharp"))}
        >>> found["IL6"].row.value, found["IL6"].values(cohort("sharp", 5, seed=1)).tolist()
        (0.152, [0.0, 0.0, 0.0, 0.0, 0.0])
        """
        if self.of.number != AETIOLOGY and patients.number(self.of.number) is None:
            return None
        if self.reading == MEAN:
            return patients.number(self.of.number)
        return self.of.holds(patients).astype(float)


@lru_cache(maxsize=1)
def _table() -> tuple[Row, ...]:
    text = files("jakstat.population").joinpath("observed.csv").read_text(encoding="utf-8")
    leading = ("population", "number", "reading", "at")
    return read_table(text, file="population/observed.csv", leading=leading)


def observed_of(people: Population) -> tuple[ObservedNumber, ...]:
    """What is known of the population that one starts from: the shares of its margins, and ``observed.csv``.

    A margin that the population says otherwise counts as it says; what was observed of the number, or of
    one that rests on it, does not hold any more.
    """
    own = {key.split(".")[0] for key, row in people.rows.items() if row.key[:1] == (people.name,)}
    changed = own if people.name != people.like else set()
    found = {one.key: one for one in _of_margins(people)}
    for population in (populations_listed()[people.like]["setting"], people.like):
        for row in _table():
            _, number, reading, at = row.key
            rests = {number, *patient_numbers()[number].rests_on}
            if row.key[0] == population and not rests & changed:
                above = reading == "above"
                of = NumberRange(number, low=float(at)) if above else NumberRange(number, high=float(at))
                one = ObservedNumber(of, SHARE, row)
                found[one.key] = one
    return tuple(found.values())


def _of_margins(people: Population) -> Iterator[ObservedNumber]:
    rows: Mapping[str, Row] = people.rows
    for key, row in rows.items():
        name, _, part = key.partition(".")
        if key.startswith(_AETIOLOGY_SHARE) and 0.0 < row.value < 1.0:
            word = key.removeprefix(_AETIOLOGY_SHARE)
            yield ObservedNumber(NumberRange(AETIOLOGY, words=(word,)), SHARE, row)
        elif part == SHARE and name in _OF_MARGINS and 0.0 < row.value < 1.0:
            yield ObservedNumber(NumberRange(name, low=1.0), SHARE, row)
