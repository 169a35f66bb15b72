"""What can be observed: named formulas over the model's species, with units."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

__all__ = ["Observable", "observables"]


@dataclass(frozen=True, slots=True)
class Observable:
    """A quantity that users name; in the document it is the parameter ``symbol``."""

    name: str
    formula: str
    unit: str
    title: str

    @property
    def symbol(self) -> str:
        """Id of the assignment rule that holds it in the SBML document."""
        return f"observable_{self.name}"


@lru_cache(maxsize=1)
def observables() -> tuple[Observable, ...]:
    """Every observable, in table order.

    Examples
    --------
    >>> observables()[0].name
    'pSTAT3'
    """
    text = files("jakstat.biology").joinpath("observables.csv").read_text(encoding="utf-8")
    return tuple(
        Observable(row["id"], row["formula"], row["unit"], row["title"])
        for row in csv.DictReader(text.splitlines())
    )
