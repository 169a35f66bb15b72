"""Claims about the way from hepatitis to cancer: what is read for them, and their roles."""

import pytest

from jakstat.knowledge.record_set import knowledge
from jakstat.progression.liver_claims import liver_claims


@pytest.fixture(scope="module")
def found():
    return liver_claims(draws=6)


def test_every_claim_is_known_and_the_table_of_numbers_goes_its_way(found):
    assert {claim.claim for claim in found} <= set(knowledge().claims)
    assert len(found) == 11
    for claim in found:
        change = claim.values[0] / claim.against[0] - 1.0
        assert (change if claim.expected == "up" else -change) > 0.05, claim.id


def test_the_emergent_ones_are_those_of_the_cell_model(found):
    """Without IL-6 in the hazard, a carrier and an active hepatitis differ by cirrhosis alone: still up."""
    roles = {claim.id: claim.role for claim in found}
    assert {name for name, role in roles.items() if role == "emergent"} == {"C170", "C127a", "C127b"}
    assert set(roles.values()) == {"emergent", "encoded"}
