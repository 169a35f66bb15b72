"""Unit text of the parameter tables as SBML unit definitions.

The model counts amounts in zmol (1e-21 mol), volumes in pL, areas in um^2 and
time in hours, so that zmol/pL is nM and every state lies between about 1e-4 and 1e4. In a body drugs are
counted in mg, cytokines in nmol, cells in millions.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import libsbml

from jakstat.errors import problem

__all__ = ["MODEL_UNITS", "amount_unit", "set_model_units", "unit_id"]

# base kind, exponent, scale, multiplier of each symbol that the tables may use
_SYMBOLS: dict[str, tuple[tuple[int, int, int, float], ...]] = {
    "dimensionless": ((libsbml.UNIT_KIND_DIMENSIONLESS, 1, 0, 1.0),),
    "item": ((libsbml.UNIT_KIND_ITEM, 1, 0, 1.0),),
    "zmol": ((libsbml.UNIT_KIND_MOLE, 1, -21, 1.0),),
    "pL": ((libsbml.UNIT_KIND_LITRE, 1, -12, 1.0),),
    "mg": ((libsbml.UNIT_KIND_GRAM, 1, -3, 1.0),),
    "g": ((libsbml.UNIT_KIND_GRAM, 1, 0, 1.0),),
    "ug": ((libsbml.UNIT_KIND_GRAM, 1, -6, 1.0),),
    "ng": ((libsbml.UNIT_KIND_GRAM, 1, -9, 1.0),),
    "nmol": ((libsbml.UNIT_KIND_MOLE, 1, -9, 1.0),),
    "umol": ((libsbml.UNIT_KIND_MOLE, 1, -6, 1.0),),
    "mL": ((libsbml.UNIT_KIND_LITRE, 1, -3, 1.0),),
    "Mcells": ((libsbml.UNIT_KIND_ITEM, 1, 6, 1.0),),
    "L": ((libsbml.UNIT_KIND_LITRE, 1, 0, 1.0),),
    "m": ((libsbml.UNIT_KIND_METRE, 1, 0, 1.0),),
    "um": ((libsbml.UNIT_KIND_METRE, 1, -6, 1.0),),
    "h": ((libsbml.UNIT_KIND_SECOND, 1, 0, 3600.0),),
    "nM": ((libsbml.UNIT_KIND_MOLE, 1, -21, 1.0), (libsbml.UNIT_KIND_LITRE, -1, -12, 1.0)),
    "mmHg": ((libsbml.UNIT_KIND_PASCAL, 1, 0, 133.322),),
    "kDa": ((libsbml.UNIT_KIND_KILOGRAM, 1, 0, 1.0), (libsbml.UNIT_KIND_MOLE, -1, 0, 1.0)),
}

MODEL_UNITS = {"substance": "zmol", "extent": "zmol", "volume": "pL", "area": "um^2", "time": "h"}
"""The unit of each of SBML's model-wide quantities."""

_FACTOR = re.compile(r"(?P<symbol>[A-Za-z]+|1)(?:\^(?P<power>\d+))?")


def _factors(text: str) -> list[tuple[str, int]]:
    """``um^2/zmol/h`` as [(um, 2), (zmol, -1), (h, -1)]."""
    found: list[tuple[str, int]] = []
    for position, piece in enumerate(text.split("/")):
        sign = 1 if position == 0 else -1
        for factor in piece.split("*"):
            match = _FACTOR.fullmatch(factor.strip())
            if match is None or (match["symbol"] != "1" and match["symbol"] not in _SYMBOLS):
                hint = f"use products and quotients of {', '.join(_SYMBOLS)}"
                raise problem("unit.unknown", f"unit {text!r} is not one of the model's", hint=hint)
            if match["symbol"] != "1":
                found.append((match["symbol"], sign * int(match["power"] or 1)))
    return found


def unit_id(model: Any, text: str) -> str:
    """The id of the unit definition for ``text`` in a libSBML model, made when missing.

    Raises
    ------
    InputError
        The text holds a symbol that the model does not use.
    """
    if text == "dimensionless":
        return "dimensionless"
    identifier = "u_" + re.sub(r"[^A-Za-z0-9]+", "_", text.replace("1/", "per_").replace("/", "_per_"))
    if identifier.endswith("s"):  # Antimony takes a plural for its singular, and refuses the document
        identifier += "_"
    if model.getUnitDefinition(identifier) is not None:
        return identifier
    definition = model.createUnitDefinition()
    definition.setId(identifier)
    definition.setName(text)
    for symbol, power in _factors(text):
        for kind, exponent, scale, multiplier in _SYMBOLS[symbol]:
            unit = definition.createUnit()
            unit.setKind(kind)
            unit.setExponent(exponent * power)
            unit.setScale(scale)
            unit.setMultiplier(multiplier)
    return identifier


def amount_unit(concentration: str, size: str) -> str:
    """The unit of an amount whose concentration in a compartment has a unit.

    Examples
    --------
    >>> amount_unit("nM", "L"), amount_unit("mg/L", "L"), amount_unit("ng/mL", "L")
    ('nmol', 'mg', 'ug')
    """
    if size == "dimensionless":
        return concentration
    known = {("nM", "L"): "nmol", ("ng/mL", "L"): "ug"}
    if (concentration, size) in known:
        return known[concentration, size]
    return concentration.removesuffix(f"/{size}")


def set_model_units(model: Any, units: Mapping[str, str]) -> None:
    """Units of a whole model by quantity: substance, extent, volume, area, time.

    Examples
    --------
    >>> document = libsbml.SBMLDocument(3, 1)
    >>> model = document.createModel()
    >>> set_model_units(model, {"time": "h"})
    >>> model.getTimeUnits()
    'u_h'
    """
    setters = {
        "substance": model.setSubstanceUnits,
        "extent": model.setExtentUnits,
        "volume": model.setVolumeUnits,
        "area": model.setAreaUnits,
        "time": model.setTimeUnits,
    }
    for quantity, unit in units.items():
        setters[quantity](unit_id(model, unit))
