"""The units of a model's quantities, for comparing them with the units that tables declare."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from jakstat.calibration.text_table import Cell
from jakstat.engine.network.network import Network
from jakstat.errors import InputError, Problem
from jakstat.units import convert, kind_of

__all__ = ["ModelUnits", "Scaled"]

Powers = tuple[tuple[str, int], ...]
Scaled = tuple[float, Powers]
"""A factor and a product of plain units with their powers: ``(3600.0, (("second", 1),))``."""

_OPEN = {"time", "substance", "volume", "area", "length", ""}
"""SBML 2's names for units that a file may leave open, and none at all."""


@dataclass(frozen=True)
class ModelUnits:
    """What each id of a model is measured in, where the file says so and it can be understood.

    Parameters
    ----------
    network : Network
    defined : mapping of str to Scaled
        The file's own unit definitions.
    """

    network: Network
    defined: Mapping[str, Scaled]

    @classmethod
    def read(cls, network: Network, path: Path) -> ModelUnits:
        """Units of a file that the engine has read already, so that its form is known to be sound."""
        found: dict[str, Scaled] = {}
        for element in ElementTree.parse(path).getroot().iter():
            if element.tag.rpartition("}")[2] == "unitDefinition":
                name = element.get("id")
                scaled = _definition(element)
                if name and scaled is not None:
                    found[name] = scaled
        return cls(network, found)

    @property
    def time(self) -> Scaled | None:
        """The unit of time."""
        return self._scaled(self.network.time_unit)

    def of(self, name: str) -> Scaled | None:
        """The unit of an id, as its symbol is meant in formulas."""
        sizes = {c.id: c.unit for c in self.network.compartments}
        for s in self.network.species:
            if s.id == name:
                amount = self._scaled(s.unit)
                if s.substance_only or amount is None:
                    return amount
                size = self._scaled(sizes.get(s.compartment, ""))
                inverse = () if size is None else tuple((unit, -power) for unit, power in size[1])
                return None if size is None else (amount[0] / size[0], amount[1] + inverse)
        units = {**sizes, **{p.id: p.unit for p in self.network.parameters}}
        return self._scaled(units.get(name, ""))

    def _scaled(self, unit: str) -> Scaled | None:
        if unit in self.defined:
            return self.defined[unit]
        return None if unit in _OPEN or kind_of(unit) is None else (1.0, ((unit, 1),))

    def faults(self, cell: Cell, unit: Scaled | None, what: str) -> list[Problem]:
        """A problem when the unit in a cell is not that of the model; nothing is ever converted.

        An empty cell, and a unit that the model leaves open, clash with nothing.
        """
        if not cell.text or unit is None:
            return []
        factor, plain = unit[0], _text(unit[1])
        try:
            ratio = convert(1.0, cell.text, plain)
        except InputError:
            ratio = math.nan
        if math.isclose(ratio, factor, rel_tol=1e-9):
            return []
        shown = plain if factor == 1 else f"{factor:g} {plain}"
        message = f"the unit is {cell.text[:40]!r}, {what} has {shown!r}"
        return [cell.fault("unit.clash", message, "give the values in the unit of the model")]


def _definition(element: ElementTree.Element) -> Scaled | None:
    """A unit definition as a factor and a product; None when it is not understood."""
    factor, parts = 1.0, list[tuple[str, int]]()
    for unit in element.iter():
        if unit.tag.rpartition("}")[2] != "unit":
            continue
        try:
            power = int(float(unit.get("exponent", "1")))
            one = float(unit.get("multiplier", "1")) * 10.0 ** float(unit.get("scale", "0"))
        except ValueError:
            return None
        kind = unit.get("kind", "")
        factor *= one**power
        if kind not in ("dimensionless", "item"):
            parts.append((kind, power))
    return None if kind_of(_text(tuple(parts))) is None else (factor, tuple(parts))


def _text(powers: Powers) -> str:
    """A product as the unit reader takes it."""
    return "*".join(unit if power == 1 else f"{unit}**{power}" for unit, power in powers) or "dimensionless"
