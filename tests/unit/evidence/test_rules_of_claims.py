"""Rules that act as claims say: found with their sign, and not without it."""

from __future__ import annotations

from jakstat.biology import chosen_parts
from jakstat.evidence.roles import edge_signs, encoded_by
from jakstat.experiment.resting import loaded_cell

CELL = loaded_cell("hepg2", chosen_parts(["core", "phenotype"]))


def test_rules_have_the_sign_of_their_derivative() -> None:
    signs = edge_signs(CELL.model, ["BCL2", "CCND1", "factor_BAX"], ["apoptosis_rate", "proliferation_rate"])
    assert signs["apoptosis_rate", "BCL2"] == -1
    assert signs["apoptosis_rate", "factor_BAX"] == 1
    assert signs["proliferation_rate", "CCND1"] == 1
    assert ("proliferation_rate", "BCL2") not in signs


def test_a_rule_encodes_a_claim_that_cites_it_and_has_its_sign() -> None:
    rules = CELL.assembly.rules
    assert "C213" in rules["apoptosis_rate"]
    found = encoded_by(CELL.model, {}, rules)
    assert found["C213"] == (("apoptosis_rate", -1),)
    assert "C213" not in encoded_by(CELL.model, {}, {"proliferation_rate": ("C213",)})
    assert "C213" not in encoded_by(CELL.model, {})
