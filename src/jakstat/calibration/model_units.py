"""The units of a model's quantities, for comparing them with the units that tables declare."""

from __future__ import annotations

import math
from dataclasses import dataclass

from jakstat.engine.network.network import Network
from jakstat.errors import InputError, Problem
from jakstat.tables import TableCell
from jakstat.units import convert, kind_of, quotient

__all__ = ["ModelUnits"]


@dataclass(frozen=True)
class ModelUnits:
    """What each id of a model is measured in, where the file says so and it can be understood."""

    network: Network

    @property
    def time(self) -> str:
        """The unit of time; empty where the model leaves it open."""
        return self.network.time_unit

    def of(self, name: str) -> str:
        """The unit of an id, as its symbol is meant in formulas; empty where the model leaves it open."""
        sizes = {c.id: c.unit for c in self.network.compartments}
        for s in self.network.species:
            if s.id == name:
                return s.unit if s.substance_only else quotient(s.unit, sizes.get(s.compartment, ""))
        return {**sizes, **{p.id: p.unit for p in self.network.parameters}}.get(name, "")

    def faults(self, cell: TableCell, unit: str, what: str) -> list[Problem]:
        """A problem when the unit in a cell is not that of the model; nothing is ever converted.

        An empty cell, and a unit that the model leaves open, clash with nothing.
        """
        number, _, rest = unit.partition("*")
        factor, plain = (float(number), rest) if number[:1].isdigit() and rest else (1.0, unit)
        if not cell.text or not unit or kind_of(plain) is None:
            return []
        try:
            ratio = convert(1.0, cell.text, plain)
        except InputError:
            ratio = math.nan
        if math.isclose(ratio, factor, rel_tol=1e-9):
            return []
        message = f"the unit is {cell.text[:40]!r}, {what} has {unit!r}"
        return [cell.fault("unit.clash", message, "give the values in the unit of the model")]
