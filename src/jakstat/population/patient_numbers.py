"""Numbers of a virtual patient: drawn, worked out from what is drawn, or read at his first visit."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

import numpy as np

from jakstat.arrays import Floats
from jakstat.patients.fields import PatientField
from jakstat.patients.scores import albi, albi_grade, child_pugh

__all__ = ["AETIOLOGY", "PatientNumber", "derived_numbers", "patient_numbers"]

AETIOLOGY = "aetiology"
"""What a liver suffers from: a word beside the numbers."""
_POINTS = ("albumin", "bilirubin", "INR", "ascites", "encephalopathy")


@dataclass(frozen=True, slots=True)
class PatientNumber:
    """One number.

    Parameters
    ----------
    name : str
    stage : str
        drawn, derived or first_visit.
    kind : str
        number, flag or count.
    unit : str
    low, high : float
        What is taken for possible.
    rests_on : tuple of str
        The drawn numbers that mostly decide it, of one that is not drawn.
    about : str
    """

    name: str
    stage: str
    kind: str
    unit: str
    low: float
    high: float
    rests_on: tuple[str, ...]
    about: str

    @property
    def field(self) -> PatientField:
        """As the reader of patient files knows it, for text with a unit."""
        return PatientField(self.name, "", "number", self.unit, self.low, self.high, (), self.about)


@lru_cache(maxsize=1)
def patient_numbers() -> Mapping[str, PatientNumber]:
    """Every number of a virtual patient by name.

    Examples
    --------
    >>> patient_numbers()["pSTAT3_bulk"].unit, patient_numbers()["ALBI_grade"].kind
    ('zmol', 'count')
    """
    text = files("jakstat.population").joinpath("patient_numbers.csv").read_text(encoding="utf-8")
    found: dict[str, PatientNumber] = {}
    for row in csv.DictReader(text.splitlines()):
        words = tuple(filter(None, row["rests_on"].split(";")))
        low, high = float(row["low"]), float(row["high"])
        one = PatientNumber(
            row["name"], row["stage"], row["kind"], row["unit"], low, high, words, row["about"]
        )
        found[one.name] = one
    return MappingProxyType(found)


def derived_numbers(drawn: Mapping[str, Floats], lesions: Floats, disease: str) -> dict[str, Floats]:
    """What follows from what was drawn; the scores of the liver only where it is what is ill.

    Parameters
    ----------
    drawn : mapping of str to array (patients,)
    lesions : array (patients, lesions)
        Diameters in mm, NaN where there is none.
    disease : str

    Examples
    --------
    >>> body = {"weight": np.array([81.0]), "height": np.array([180.0])}
    >>> found = derived_numbers(body, np.array([[50.0, 30.0, np.nan]]), "osteosarcoma")
    >>> {key: values.tolist() for key, values in found.items()}
    {'sum': [80.0], 'lesions': [2.0], 'BMI': [25.0]}
    """
    found = {
        "sum": np.nansum(lesions, axis=1),
        "lesions": np.isfinite(lesions).sum(axis=1).astype(float),
        "BMI": drawn["weight"] / (drawn["height"] / 100.0) ** 2,
    }
    if disease == "hcc":
        scores = [albi(a, b) for a, b in zip(drawn["albumin"], drawn["bilirubin"], strict=True)]
        found["ALBI"] = np.array(scores)
        found["ALBI_grade"] = np.array([float(albi_grade(score)) for score in scores])
        points = zip(*(drawn[key] for key in _POINTS), strict=True)
        found["Child_Pugh"] = np.array([float(child_pugh(*each)) for each in points])
    return found
