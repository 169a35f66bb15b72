"""Unit definitions become text that pint reads as what libSBML says they are."""

import libsbml
import pint
import pytest

from jakstat.engine.load import load_sbml
from jakstat.engine.read.unit_text import unit_texts
from jakstat.units import quotient

REGISTRY = pint.UnitRegistry()


def _model(*definitions):
    document = libsbml.SBMLDocument(3, 2)
    model = document.createModel()
    for i, units in enumerate(definitions):
        definition = model.createUnitDefinition()
        definition.setId(f"u{i}")
        for kind, exponent, scale, multiplier in units:
            unit = definition.createUnit()
            unit.setKind(libsbml.UnitKind_forName(kind))
            unit.setExponent(exponent)
            unit.setScale(scale)
            unit.setMultiplier(multiplier)
    return document, model


DEFINITIONS = [
    [("mole", 1, -21, 1.0), ("litre", -1, -12, 1.0)],
    [("second", -1, 0, 3600.0)],
    [("second", 1, 0, 60.0)],
    [("second", 1, 0, 86400.0)],
    [("second", -1, 0, 7.5)],
    [("metre", 2, -6, 1.0), ("mole", -1, -21, 1.0), ("second", -1, 0, 3600.0)],
    [("metre", 3, -1, 1.0)],
    [("litre", 1, 0, 1e-12)],
    [("kilogram", 1, 0, 1.0), ("mole", -1, 0, 1.0)],
    [("kilogram", -2, -3, 1.0)],
    [("gram", 1, -9, 1.0), ("litre", -1, -3, 1.0)],
    [("gram", 2, 0, 453.6)],
    [("mole", 1, -13, 1.0)],
    [("dimensionless", 1, -2, 1.0)],
    [("newton", 1, 0, 1.0), ("metre", 1, -2, 1.0), ("kelvin", -1, 0, 1.0)],
]


@pytest.mark.parametrize("units", DEFINITIONS)
def test_pint_reads_what_libsbml_means(units):
    _document, model = _model(units)
    text = unit_texts(model)["u0"]
    meant = REGISTRY.Quantity(1.0)
    si = libsbml.UnitDefinition.convertToSI(model.getUnitDefinition("u0"))
    for unit in (si.getUnit(i) for i in range(si.getNumUnits())):
        kind = libsbml.UnitKind_toString(unit.getKind())
        one = REGISTRY.Quantity(unit.getMultiplier() * 10.0 ** unit.getScale(), kind)
        meant = meant * one ** unit.getExponentAsDouble()
    read = REGISTRY.Quantity(text)
    assert (read / meant).to("dimensionless").magnitude == pytest.approx(1.0, rel=1e-12), text


def test_units_without_an_odd_factor_are_units_to_pint():
    _document, model = _model(*DEFINITIONS[:4], *DEFINITIONS[5:11])
    texts = unit_texts(model)
    for i in range(10):
        REGISTRY.parse_units(texts[f"u{i}"])
    assert texts["u0"] == "zmol/pL"
    assert texts["u4"] == "um^2/zmol/h"


def test_a_unit_that_sbml_2_leaves_open_is_open():
    _document, model = _model()
    assert {unit_texts(model)[name] for name in ("substance", "volume", "time")} == {""}


@pytest.mark.parametrize(
    ("unit", "by", "meant"),
    [
        ("zmol", "pL", "zmol * pL**-1"),
        ("zmol", "um^2/h", "zmol * um**-2 * hour"),
        ("zmol", "1/h", "zmol * hour"),
        ("zmol/h", "m*m*m", "zmol / hour / (m**3)"),
        ("1/h", "dimensionless", "hour**-1"),
    ],
)
def test_quotients_hold_for_products(unit, by, meant):
    assert REGISTRY.Quantity(quotient(unit, by)) == REGISTRY.Quantity(meant)


def test_a_model_has_texts_in_place_of_ids():
    text = """<?xml version="1.0" encoding="UTF-8"?>
<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2">
  <model id="m" timeUnits="u_h" substanceUnits="u_z" extentUnits="u_z">
    <listOfUnitDefinitions>
      <unitDefinition id="u_h"><listOfUnits>
        <unit kind="second" exponent="1" scale="0" multiplier="3600"/></listOfUnits></unitDefinition>
      <unitDefinition id="u_z"><listOfUnits>
        <unit kind="mole" exponent="1" scale="-21" multiplier="1"/></listOfUnits></unitDefinition>
      <unitDefinition id="u_v"><listOfUnits>
        <unit kind="litre" exponent="1" scale="-12" multiplier="1"/></listOfUnits></unitDefinition>
    </listOfUnitDefinitions>
    <listOfCompartments><compartment id="c" size="1" units="u_v" constant="true" spatialDimensions="3"/>
    </listOfCompartments>
    <listOfSpecies><species id="S" compartment="c" initialAmount="1" substanceUnits="u_z"
      hasOnlySubstanceUnits="false" boundaryCondition="false" constant="false"/></listOfSpecies>
  </model>
</sbml>"""
    network = load_sbml(text).network
    assert (network.time_unit, network.extent_unit) == ("h", "zmol")
    assert (network.compartments[0].unit, network.species[0].unit) == ("pL", "zmol")
