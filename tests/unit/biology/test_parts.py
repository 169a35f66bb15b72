"""Parts and units: what the files must hold, and what happens when they do not."""

from __future__ import annotations

import libsbml
import pytest

from jakstat.biology import part
from jakstat.biology.sbml_units import unit_id
from jakstat.errors import InputError


def test_unknown_part_is_refused() -> None:
    with pytest.raises(InputError, match="no part 'heart'"):
        part("heart")


@pytest.mark.parametrize(
    ("text", "exponents"),
    [
        ("1/h", [("second", -1)]),
        ("um^2/zmol/h", [("metre", 2), ("mole", -1), ("second", -1)]),
        ("1/nM/h", [("mole", -1), ("litre", 1), ("second", -1)]),
    ],
)
def test_unit_text_becomes_a_definition(text: str, exponents: list[tuple[str, int]]) -> None:
    document = libsbml.SBMLDocument(3, 2)
    model = document.createModel()
    definition = model.getUnitDefinition(unit_id(model, text))
    found = [(libsbml.UnitKind_toString(u.getKind()), u.getExponent()) for u in definition.getListOfUnits()]
    assert found == exponents
    assert unit_id(model, text) == definition.getId()


def test_dimensionless_needs_no_definition() -> None:
    document = libsbml.SBMLDocument(3, 2)
    model = document.createModel()
    assert unit_id(model, "dimensionless") == "dimensionless"
    assert model.getNumUnitDefinitions() == 0


@pytest.mark.parametrize("text", ["furlong", "1/h/", "nM^x", ""])
def test_unknown_unit_is_refused(text: str) -> None:
    document = libsbml.SBMLDocument(3, 2)
    model = document.createModel()
    with pytest.raises(InputError, match="is not one of the model's"):
        unit_id(model, text)
