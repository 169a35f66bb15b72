"""Measured concentrations of subjects: what a data set says once it is read, in mg/L, hours and mg."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.pharmacology.nonmem import DoseRecord

__all__ = ["BLQ_RULES", "ConcentrationProfile", "ObservedConcentrations", "ObservedSubject"]

BLQ_RULES: Mapping[str, str] = {
    "pknca": "below the limit: 0 up to the first measured value and behind the last, left out between them",
    "M1": "below the limit: left out",
    "M3": "below the limit: its probability, in fits (readings without a model: as pknca)",
    "M5": "below the limit: half of it",
    "M6": "below the limit: half of it for the value next to measured ones, the others left out",
    "M7": "below the limit: 0",
}
"""Rules on values below the limit of quantification; M1 to M7 after Beal (doi:10.1023/A:1012299115260)."""


@dataclass(frozen=True, slots=True)
class ConcentrationProfile:
    """The samples of a subject between two resets, and its doses.

    Parameters
    ----------
    label : str
        Subject, and occasion where it has several.
    times : array, shape (T,)
        Hours, not falling.
    values : array, shape (T,)
        Concentrations; NaN below the limit.
    below : array of bool, shape (T,)
        Whether it is below the limit of quantification.
    limits : array, shape (T,)
        That limit; NaN where none is told.
    before : array of bool, shape (T,)
        Whether the sample was taken before a dose of the same time.
    lines : array of int, shape (T,)
        Lines of the file.
    doses : tuple of DoseRecord
    route : str
        extravascular, bolus or infusion.
    """

    label: str
    times: Floats
    values: Floats
    below: NDArray[np.bool_]
    limits: Floats
    before: NDArray[np.bool_]
    lines: NDArray[np.int_]
    doses: tuple[DoseRecord, ...]
    route: str

    @property
    def dose_times(self) -> Floats:
        """Times of all doses, those of ADDL among them."""
        found = [d.time + k * d.ii for d in self.doses for k in range(d.count)]
        return np.unique(np.array(found, dtype=float))

    def dose_at(self, time: float) -> tuple[float, float]:
        """Milligrams given at a time, and the length of the longest infusion among them."""
        given = [d for d in self.doses if np.any(np.abs(d.time + np.arange(d.count) * d.ii - time) < 1e-9)]
        return sum(d.amt for d in given), max((d.duration for d in given), default=0.0)


@dataclass(frozen=True, slots=True)
class ObservedSubject:
    """One individual: its profiles and its covariates."""

    id: str
    profiles: tuple[ConcentrationProfile, ...]
    covariates: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ObservedConcentrations:
    """A data set.

    Parameters
    ----------
    file, key : str
        Name, and SHA-256.
    subjects : tuple of ObservedSubject
    unit : str
        Of the concentrations: mg/L, or nM where no molar mass is known.
    rows : int
        That were read.
    notes : tuple of str
        What was left out and why, units, and how doses and routes were understood.
    """

    file: str
    key: str
    subjects: tuple[ObservedSubject, ...]
    unit: str
    rows: int
    notes: tuple[str, ...] = ()

    @property
    def profiles(self) -> tuple[ConcentrationProfile, ...]:
        """Of all subjects."""
        return tuple(p for s in self.subjects for p in s.profiles)

    @property
    def samples(self) -> int:
        """Concentrations in all, those below the limit among them."""
        return sum(len(p.times) for p in self.profiles)
