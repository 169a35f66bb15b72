"""What numbers of a patient and outputs of his course are called on a page."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from jakstat.patients.answer import patient_outputs
from jakstat.population.patient_numbers import patient_numbers

__all__ = ["MAIN_NUMBERS", "number_title"]

MAIN_NUMBERS = (
    "aetiology", "age", "female", "ECOG", "Child_Pugh", "ALBI", "albumin", "bilirubin", "sum", "lesions",
    "vascular_invasion", "metastases", "AFP", "IL6", "CRP", "pSTAT3_bulk", "pSTAT3_stem",
)  # fmt: skip
"""What a table of the first visit shows at once, in this order; the others stand behind it."""


def number_title(name: str) -> str:
    """A number or output in words, with its name; the name alone where it is not known.

    Examples
    --------
    >>> number_title("IL6_serum"), number_title("AFP"), number_title("own")
    ('free IL-6 of serum', 'serum alpha-fetoprotein', 'own')
    """
    return _titles().get(name, name)


@lru_cache(maxsize=1)
def _titles() -> Mapping[str, str]:
    found = {output.id: output.title for output in patient_outputs()}
    return MappingProxyType(found | {name: number.about for name, number in patient_numbers().items()})
