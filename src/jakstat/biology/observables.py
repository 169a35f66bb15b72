"""What can be observed: named formulas over the model's species, with units; one table per part."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from jakstat.biology.own_drugs import is_own_part
from jakstat.biology.parts import filled, own_drug_of, own_entries, part_names, templates
from jakstat.tables import read_cells

__all__ = ["Observable", "observables", "part_observables"]

_COLUMNS = ("id", "formula", "unit", "title")


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


def _table(name: str) -> Iterator[Mapping[str, str]]:
    file = files("jakstat.biology").joinpath("readouts", f"{name}.csv")
    if file.is_file():
        table = read_cells(file.read_bytes(), file=f"biology/readouts/{name}.csv", columns=_COLUMNS)
        yield from (line.cells for line in table.sound().lines)


@cache
def _by_part(scale: str) -> dict[str, tuple[Observable, ...]]:
    found: dict[str, tuple[Observable, ...]] = {}
    for name in part_names(instances=False, scale=scale):
        found[name] = tuple(Observable(*(row[column] for column in _COLUMNS)) for row in _table(name))
    for name, instances in templates(scale).items():
        rows = list(_table(name))
        for instance, entries in instances.items():
            slots = {"id": instance, **entries}
            found[f"{name}_{instance}"] = tuple(
                Observable(*(filled(row[column], slots) for column in _COLUMNS)) for row in rows
            )
    return found


def part_observables(names: Iterable[str]) -> tuple[Observable, ...]:
    """The observables of the parts called ``names``.

    Examples
    --------
    >>> [o.name for o in part_observables(["feedback"])]
    ['SOCS3_mRNA', 'SOCS3', 'SOCS3_promoter_occupancy']
    """
    found = {**_by_part("tumour"), **_by_part("cell")}
    return tuple(o for name in names for o in (_own(name) if is_own_part(name) else found[name]))


def _own(name: str) -> tuple[Observable, ...]:
    """The observables of a user's own drug: those of its template."""
    drug = own_drug_of(name)
    slots = own_entries(drug)
    rows = _table(drug.acts.template)
    return tuple(Observable(*(filled(row[column], slots) for column in _COLUMNS)) for row in rows)


@lru_cache(maxsize=1)
def observables() -> tuple[Observable, ...]:
    """Every observable of every part of the cell, in the order of the parts.

    Examples
    --------
    >>> "pSTAT3" in [o.name for o in observables()]
    True
    """
    return part_observables(_by_part("cell"))
