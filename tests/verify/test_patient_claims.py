"""Claims about tumours and patients over draws of the tumour's numbers."""

import pytest

from jakstat.population.claims.claim_verdicts import patient_claim_verdicts


@pytest.mark.long
def test_no_claim_is_contradicted_and_most_that_run_are_supported() -> None:
    found = [v for v in patient_claim_verdicts(lanes=16).verdicts if not v.claim.doubtful]
    ran = [v for v in found if v.findings]
    assert [v.claim.id for v in ran if v.verdict == "contradicted"] == []
    assert sum(v.verdict == "supported" for v in ran) >= 0.7 * len(ran)
    assert all(v.reason for v in found if v.verdict != "supported")
