"""Who is let in: ranges of the numbers of virtual patients."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jakstat.population.cohort import Cohort
from jakstat.population.patient_numbers import AETIOLOGY

__all__ = ["NumberRange", "within"]


@dataclass(frozen=True, slots=True)
class NumberRange:
    """A number of a patient and the range it lies in, both ends included; or one of some words.

    Parameters
    ----------
    number : str
        A name of :func:`jakstat.population.patient_numbers.patient_numbers`, or ``aetiology``.
    low, high : float
        In the unit of the number.
    words : tuple of str
        Of the aetiology.
    """

    number: str
    low: float = float("-inf")
    high: float = float("inf")
    words: tuple[str, ...] = ()

    def holds(self, patients: Cohort) -> NDArray[np.bool_]:
        """Whether it holds of each patient; of nobody when they do not have the number.

        Examples
        --------
        >>> from jakstat.population.cohort import cohort
        >>> few = cohort("sharp", 4, seed=1)
        >>> few.numbers["IL6"].round(1).tolist(), NumberRange("IL6", low=5.0).holds(few).tolist()
        ([4.2, 6.9, 1.7, 6.4], [False, True, False, True])
        """
        values = patients.aetiology if self.number == AETIOLOGY else patients.number(self.number)
        return np.zeros(patients.count, dtype=bool) if values is None else self.among(values)

    def among(self, values: NDArray[Any]) -> NDArray[np.bool_]:
        """Which of some values of the number are meant; texts of the aetiology.

        Examples
        --------
        >>> NumberRange("IL6", low=5.0).among(np.array([4.2, 6.9, np.nan])).tolist()
        [False, True, False]
        """
        if self.number == AETIOLOGY:
            return np.isin(values, self.words)
        return np.asarray((values >= self.low) & (values <= self.high))

    def told(self, unit: str = "") -> str:
        """In words.

        Examples
        --------
        >>> NumberRange("IL6", low=18.49).told("pg/ml"), NumberRange("aetiology", words=("HBV",)).told()
        ('IL6 >= 18.49 pg/ml', 'aetiology HBV')
        """
        if self.words:
            return f"{self.number} {' or '.join(self.words)}"
        if (self.low, self.high) == (1.0, float("inf")):  # a flag
            return self.number.replace("_", " ")
        if self.low == self.high:
            return f"{self.number} {self.low:g}"
        unit = "" if unit == "dimensionless" else f" {unit}".rstrip()
        parts = [f">= {self.low:.4g}{unit}"] if np.isfinite(self.low) else []
        parts += [f"<= {self.high:.4g}{unit}"] if np.isfinite(self.high) else []
        return " ".join([self.number, " and ".join(parts)])


def within(patients: Cohort, ranges: Iterable[NumberRange]) -> NDArray[np.bool_]:
    """Which patients lie in all of the ranges.

    Examples
    --------
    >>> from jakstat.population.cohort import cohort
    >>> within(cohort("sharp", 2, seed=1), []).tolist()
    [True, True]
    """
    found = np.ones(patients.count, dtype=bool)
    for one in ranges:
        found &= one.holds(patients)
    return found
