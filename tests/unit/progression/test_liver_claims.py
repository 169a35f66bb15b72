"""Claims about the way from hepatitis to cancer: their verdicts, and that they can fail."""

import numpy as np

from jakstat.knowledge.record_set import knowledge
from jakstat.progression.liver_claims import LiverClaim, liver_claims


def test_every_claim_is_known_and_supported():
    found = liver_claims(draws=30)
    assert {claim.claim for claim in found} <= set(knowledge().claims)
    assert {claim.id: claim.verdict for claim in found if claim.verdict != "supported"} == {}
    assert len(found) == 11


def test_a_verdict_follows_the_votes():
    made = [LiverClaim("x", "C042", "", "up", 1.0, 0.0, share, "encoded", "") for share in (0.95, 0.5, 0.05)]
    assert [claim.verdict for claim in made] == ["supported", "inconclusive", "contradicted"]


def test_the_emergent_ones_are_those_of_the_cell_model():
    """Without IL-6 in the hazard, a carrier and an active hepatitis differ by cirrhosis alone: still up."""
    roles = {claim.id: claim.role for claim in liver_claims(draws=4)}
    assert {name for name, role in roles.items() if role == "emergent"} == {"C170", "C127a", "C127b"}
    assert np.all([role in ("emergent", "encoded") for role in roles.values()])
