"""Claims about tumours and patients over draws of the tumour's numbers."""

import pytest

from jakstat.evidence.claim_experiment import reasons
from jakstat.population.claims.claim_verdicts import patient_claim_verdicts

CONTRADICTED = ["C314"]
"""Responses come from the tail of the patients, so a wider spread has more of them."""


@pytest.mark.long
def test_most_claims_are_supported_and_what_is_contradicted_is_explained() -> None:
    found = [v for v in patient_claim_verdicts(lanes=16).verdicts if not v.claim.doubtful]
    ran = [v for v in found if v.findings]
    assert [v.claim.id for v in ran if v.verdict == "contradicted"] == CONTRADICTED
    assert set(CONTRADICTED) <= set(reasons())
    assert sum(v.verdict == "supported" for v in ran) >= 0.85 * len(ran)
    assert all(v.reason for v in found if v.verdict != "supported")
