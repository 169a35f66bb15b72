"""From what is known of patients to the numbers of their document, their covariates and what is to be met."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from jakstat.arrays import Floats
from jakstat.biology import parameters
from jakstat.initiation.lineage import Lineage
from jakstat.patients.patient_record import Patient
from jakstat.patients.recist import sphere_volume
from jakstat.pharmacology.subjects import Subjects, draw_subjects
from jakstat.units import convert, parse_quantity, to_molar

__all__ = [
    "SUBJECTS_OF",
    "BodyLanes",
    "il6_nanomolar",
    "lanes_of_patients",
    "usual_doubling_time",
    "usual_of_disease",
]

_SAME = {
    "stem_share": "stem_share_start",
    "TAM": "TAM_start",
    "CAF": "CAF_start",
    "CD8": "CD8_start",
    "albumin": "albumin_start",
    "bilirubin": "bilirubin_start",
    "female": "female",
    "HBx": "HBX_here",
    "other_injury": "other_injury",
}
"""Numbers of a patient that the document has in the same unit, by their name there."""
_USUAL_OF_DISEASE = ("tumour_volume_usual", "AFP_usual")
"""Numbers of the usual patient that are others in osteosarcoma, whose part has them by that name."""

_IU_PER_LOAD = 1e6
_STAGES = 4.0  # METAVIR
SUBJECTS_OF = {"hcc": "liver_cancer", "osteosarcoma": "osteosarcoma"}
"""Population of pharmacokinetics by disease."""
_MOST_LESIONS = 5


@dataclass(frozen=True, slots=True)
class BodyLanes:
    """Many patients of one structure, one lane each; every array has shape (lanes,).

    Parameters
    ----------
    names : tuple of str or int
        Who each is, for his random draws.
    numbers : mapping of str to array
        Parameters of the document.
    covariates : mapping of str to array
        What his pharmacokinetics follow, as :class:`~jakstat.pharmacology.subjects.Subjects` has it.
    population : str
    lesions : array, shape (lanes, lesions)
        Diameters in mm, NaN where there are fewer.
    met : mapping of str to array
        Levels at the first visit that the lane is adjusted to (CRP in mg/L, AFP in ng/ml, doubling time in
        days); NaN where it is not.
    """

    names: tuple[str | int, ...]
    numbers: Mapping[str, Floats]
    covariates: Mapping[str, Floats]
    population: str
    lesions: Floats
    met: Mapping[str, Floats]

    @property
    def count(self) -> int:
        """How many lanes."""
        return len(self.names)

    def take(self, places: Sequence[int], **numbers: Floats) -> BodyLanes:
        """Some lanes, in any order and as often as wanted, with other values of some parameters."""
        at = np.asarray(places, dtype=np.intp)
        return replace(
            self,
            names=tuple(self.names[i] for i in at),
            numbers={**{k: v[at] for k, v in self.numbers.items()}, **numbers},
            covariates={k: v[at] for k, v in self.covariates.items()},
            lesions=self.lesions[at],
            met={k: v[at] for k, v in self.met.items()},
        )

    def subjects(self) -> Subjects:
        """The patients as subjects of pharmacokinetics, each with the typical numbers of his covariates."""
        return Subjects(self.population, self.covariates, 0, typical=True, fixed=frozenset(self.covariates))


def il6_nanomolar(pg_per_ml: float) -> float:
    """IL-6 in nM of a mass concentration in pg/ml.

    Examples
    --------
    >>> il6_nanomolar(21.0)
    0.001
    """
    mass = next(row.value for row in parameters() if row.id == "molar_mass_IL6")
    return to_molar(parse_quantity(f"{pg_per_ml!r} pg/ml"), molar_mass=convert(mass, "kg/mol", "g/mol"))


def usual_doubling_time() -> float:
    """Doubling time in days of the lineage at pace 1, from its own rates.

    Examples
    --------
    >>> 100 < usual_doubling_time() < 130
    True
    """
    return math.log(2.0) / float(np.asarray(Lineage.of_table().growth)) / 24.0


def lanes_of_patients(patients: Sequence[Patient]) -> BodyLanes:
    """Patients of one disease as lanes, in their order.

    Examples
    --------
    >>> from jakstat.patients.patient_record import make_patient
    >>> lanes = lanes_of_patients([make_patient({"aetiology": "HBV"})])
    >>> float(lanes.numbers["HBV_load"][0]), float(lanes.covariates["albumin"][0])
    (1.0, 3.8)
    """
    each = [_body_numbers(one) for one in patients]
    numbers = {key: np.array([n[key] for n in each]) for key in each[0]}
    lesions = np.full((len(patients), _MOST_LESIONS), np.nan)
    for lane, one in enumerate(patients):
        lesions[lane, : len(one.lesions)] = one.lesions
    met = {
        "CRP": [one.numbers["CRP"] for one in patients],
        "AFP": [one.numbers["AFP"] for one in patients],
        "doubling_time": [one.numbers["doubling_time"] for one in patients],
    }
    population = SUBJECTS_OF[patients[0].disease]
    return BodyLanes(
        names=tuple(one.title or number for number, one in enumerate(patients)),
        numbers=numbers,
        covariates=_covariates(patients, population),
        population=population,
        lesions=lesions,
        met={key: np.array(value) for key, value in met.items()},
    )


def usual_of_disease(disease: str) -> dict[str, float]:
    """Numbers of the usual patient of a disease where they are not those of liver cancer.

    Examples
    --------
    >>> usual_of_disease("osteosarcoma")["tumour_volume_usual"], usual_of_disease("hcc")
    (400.0, {})
    """
    if disease != "osteosarcoma":
        return {}
    usual = {row.id: row.value for row in parameters("tumour")}
    return {name: usual[f"osteosarcoma_{name}"] for name in _USUAL_OF_DISEASE}


def _body_numbers(one: Patient) -> dict[str, float]:
    n = one.numbers
    found = {there: n[here] for here, there in _SAME.items()}
    return {
        **found,
        **usual_of_disease(one.disease),
        "pace": usual_doubling_time() / n["doubling_time"],
        "tumour_volume_start": float(sphere_volume(one.lesions).sum()),
        "IL6_serum_start": il6_nanomolar(n["IL6"]),
        "fibrosis_start": n["fibrosis"] / _STAGES,
        "HBV_load": n["HBV_DNA"] / _IU_PER_LOAD,
        "HCV_load": n["HCV_RNA"] / _IU_PER_LOAD,
        "antiviral_HBV": n["antiviral"] * (n["HBV_DNA"] > 0),
        "antiviral_HCV": n["antiviral"] * (n["HCV_RNA"] > 0),
        "p53_here": 1.0 - n["p53_lost"],
    }


def _covariates(patients: Sequence[Patient], population: str) -> dict[str, Floats]:
    """A typical subject of the population, with what is known of each patient."""
    size = len(patients)
    typical = draw_subjects(population, 0).covariates
    found = {key: np.repeat(value, size).astype(float) for key, value in typical.items()}
    known = {key: np.array([one.numbers[key] for one in patients]) for key in patients[0].numbers}
    found.update({key: known[key] for key in ("weight", "height", "female", "IL6", "CRP")})
    found["albumin"] = known["albumin"] / 10.0  # g/dL
    found["male"] = 1.0 - known["female"]
    found["BSA"] = np.sqrt(known["height"] * known["weight"] / 3600.0)
    found["ECOG_1"] = (known["ECOG"] > 0).astype(float)
    return found
