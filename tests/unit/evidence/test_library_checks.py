"""Claims about the drugs as a whole are counted in the library, and a missing class shows."""

import pytest
from pydantic import ValidationError

from jakstat.evidence.library_checks import LibraryCheck, library_checks
from jakstat.evidence.verdicts import claim_verdict
from jakstat.knowledge import knowledge
from jakstat.pharmacology import library_agents


@pytest.mark.parametrize("claim", ["C269", "C299", "C300"])
def test_every_class_that_a_claim_names_has_a_drug(claim):
    check = library_checks()[claim]
    assert len(check.classes) == check.claimed == check.present()
    (verdict,) = claim_verdict(claim=claim, lanes=1).verdicts
    assert (verdict.verdict, verdict.role) == ("supported", "encoded")
    assert verdict.findings[0].perturbed == check.claimed


def test_checks_are_of_claims_of_the_records():
    assert all(knowledge().claims[c].scale == "record" for c in library_checks())


def test_stat3_inhibitors_are_of_the_four_structures_and_no_other():
    found = {a.structure for a in library_agents() if a.group.startswith("STAT3")}
    assert found == {"small molecule", "oligonucleotide", "peptide", "natural product"}


def test_a_class_without_a_drug_is_not_counted():
    check = LibraryCheck.model_validate(
        {"id": "C269", "classes": "group=IL-6;group=IL-60;group=STAT3 S*", "claimed": 3}
    )
    assert check.present() == 2
    assert check.members()[1] == ()


def test_an_unknown_property_is_refused():
    with pytest.raises(ValidationError, match="'colour' is no property; allowed: group, structure"):
        LibraryCheck.model_validate({"id": "C269", "classes": "colour=red", "claimed": 1})
