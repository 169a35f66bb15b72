"""What can be said of a patient: the keys of a patient file, with unit, range and choices."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

__all__ = ["GROUPS", "PatientField", "patient_fields"]

GROUPS = ("liver", "virus", "blood", "tumour")
"""The mappings inside a patient file."""


@dataclass(frozen=True, slots=True)
class PatientField:
    """One key.

    Parameters
    ----------
    key, group : str
        ``group`` is empty at the top of the file.
    kind : str
        text, choice, flag, number, whole or numbers.
    unit : str
        That the value has inside; ``dimensionless`` is written without one.
    low, high : float
        What is taken for possible.
    choices : tuple of str
    about : str
    """

    key: str
    group: str
    kind: str
    unit: str
    low: float
    high: float
    choices: tuple[str, ...]
    about: str

    @property
    def place(self) -> str:
        """Where it stands in a file, e.g. ``liver.albumin``."""
        return f"{self.group}.{self.key}" if self.group else self.key

    @property
    def has_unit(self) -> bool:
        """Whether a value is written with a unit."""
        return self.kind in ("number", "numbers") and self.unit != "dimensionless"


@lru_cache(maxsize=1)
def patient_fields() -> Mapping[str, PatientField]:
    """Every field by its place.

    Examples
    --------
    >>> patient_fields()["liver.albumin"].unit, patient_fields()["aetiology"].choices[:2]
    ('g/L', ('HBV', 'HCV'))
    """
    text = files("jakstat.patients").joinpath("fields.csv").read_text(encoding="utf-8")
    found = [
        PatientField(
            key=row["key"],
            group=row["group"],
            kind=row["kind"],
            unit=row["unit"],
            low=float(row["low"] or 0.0),
            high=float(row["high"] or 0.0),
            choices=tuple(filter(None, row["choices"].split(";"))),
            about=row["about"],
        )
        for row in csv.DictReader(text.splitlines())
    ]
    return MappingProxyType({f.place: f for f in found})
