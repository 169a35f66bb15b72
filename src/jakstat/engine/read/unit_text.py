"""Unit definitions of SBML as text that pint reads: ``zmol/pL``, ``1/h``, ``um^2``.

An id such as ``u_zmol_per_pL`` means nothing outside its document. Kinds, exponents, scales and
multipliers: SBML Level 3 Version 2 Core, section 4.4 (doi:10.1515/jib-2017-0081).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import libsbml

from jakstat.engine.network.network import Network

__all__ = ["in_unit_texts", "unit_text", "unit_texts"]

# kind of SBML -> symbol; a kind of no dimension is left out of products.
_SYMBOLS = {
    "ampere": "A", "becquerel": "Bq", "candela": "cd", "coulomb": "C", "farad": "F", "gram": "g",
    "gray": "Gy", "henry": "H", "hertz": "Hz", "item": "count", "joule": "J", "katal": "kat", "kelvin": "K",
    "litre": "L", "lumen": "lm", "lux": "lx", "metre": "m", "mole": "mol", "newton": "N", "ohm": "ohm",
    "pascal": "Pa", "radian": "rad", "second": "s", "siemens": "S", "sievert": "Sv", "steradian": "sr",
    "tesla": "T", "volt": "V", "watt": "W", "weber": "Wb",
}  # fmt: skip
_PREFIXES = {-24: "y", -21: "z", -18: "a", -15: "f", -12: "p", -9: "n", -6: "u", -3: "m", -2: "c", -1: "d",
             0: "", 3: "k", 6: "M", 9: "G"}  # fmt: skip
_NAMED = {("second", 60.0): "min", ("second", 3600.0): "h", ("second", 86400.0): "d"}
_NAMED[("pascal", 133.322)] = "mmHg"
_OPEN = ("substance", "volume", "area", "length", "time")
_AVOGADRO = 6.02214076e23


def unit_texts(model: Any) -> dict[str, str]:
    """The text of every unit that a libSBML model may name: its own definitions and the kinds of SBML.

    Names that SBML 2 leaves to be redefined mean nothing where the model does not define them.
    """
    plain = {kind: unit_text([(kind, 1.0, 1.0)]) for kind in (*_SYMBOLS, "kilogram", "dimensionless")}
    plain |= {"liter": "L", "meter": "m", "avogadro": f"{_AVOGADRO!r}", **dict.fromkeys(_OPEN, "")}
    for definition in (model.getUnitDefinition(i) for i in range(model.getNumUnitDefinitions())):
        units = [definition.getUnit(i) for i in range(definition.getNumUnits())]
        plain[str(definition.getId())] = unit_text(
            (
                str(libsbml.UnitKind_toString(u.getKind())),
                float(u.getExponentAsDouble()),
                float(u.getMultiplier()) * 10.0 ** int(u.getScale()),
            )
            for u in units
        )
    return plain


def unit_text(units: Iterable[tuple[str, float, float]]) -> str:
    """A product of (kind, exponent, size of one in the kind), with a number in front where no prefix fits.

    Examples
    --------
    >>> unit_text([("mole", 1, 1e-21), ("litre", -1, 1e-12)]), unit_text([("second", -1, 3600.0)])
    ('zmol/pL', '1/h')
    >>> unit_text([("gram", 1, 453.6)]), unit_text([])
    ('453.6*g', 'dimensionless')
    """
    number, above, below = 1.0, list[str](), list[str]()
    for kind, exponent, size in units:
        symbol, rest = _symbol(kind, size)
        number *= rest**exponent
        if symbol and exponent:
            power = "" if abs(exponent) == 1 else f"^{abs(exponent):g}"
            (above if exponent > 0 else below).append(symbol + power)
    if not math.isclose(number, 1.0, rel_tol=1e-12):
        short = f"{number:.12g}"
        above.insert(0, short if math.isclose(float(short), number, rel_tol=1e-15) else repr(number))
    elif not above:
        above = ["1"] if below else ["dimensionless"]
    return "/".join(["*".join(above), *below])


def _symbol(kind: str, size: float) -> tuple[str, float]:
    """The symbol with its prefix, and the factor that is left over."""
    if kind == "kilogram":
        kind, size = "gram", size * 1000.0
    if kind in ("dimensionless", "avogadro"):
        return "", size * (_AVOGADRO if kind == "avogadro" else 1.0)
    named = _NAMED.get((kind, size))
    if named is not None:
        return named, 1.0
    power = round(math.log10(size)) if size > 0 else 0
    if kind != "item" and power in _PREFIXES and math.isclose(size, 10.0**power, rel_tol=1e-12):
        return _PREFIXES[power] + _SYMBOLS.get(kind, kind), 1.0
    return _SYMBOLS.get(kind, kind), size


def in_unit_texts(network: Network, texts: Mapping[str, str]) -> Network:
    """The network with every unit as text instead of the document's id."""
    return replace(
        network,
        compartments=tuple(replace(c, unit=texts.get(c.unit, "")) for c in network.compartments),
        species=tuple(replace(s, unit=texts.get(s.unit, "")) for s in network.species),
        parameters=tuple(replace(p, unit=texts.get(p.unit, "")) for p in network.parameters),
        time_unit=texts.get(network.time_unit, ""),
        substance_unit=texts.get(network.substance_unit, ""),
        extent_unit=texts.get(network.extent_unit, ""),
    )
