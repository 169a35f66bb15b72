"""Ids of unit definitions: those that other programs keep."""

import libsbml
import pytest

from jakstat.biology.sbml_units import MODEL_UNITS, unit_id


@pytest.mark.parametrize("text", ["Mcells", "zmol/Mcells", "ng/mL/Mcells", *MODEL_UNITS.values()])
def test_no_id_is_a_plural(text):
    """Antimony takes cells for cell, and then refuses a number in cells."""
    document = libsbml.SBMLDocument(3, 2)  # owns the model
    model = document.createModel()
    found = unit_id(model, text)
    assert not found.endswith("s")
    assert unit_id(model, text) == found
    assert model.getUnitDefinition(found).getName() == text
    assert model.getNumUnitDefinitions() == 1
