"""The way from an enzyme's constant to the half-maximal dose on cells."""

import pytest

from jakstat.errors import InputError
from jakstat.response.potency import potency_chain


@pytest.fixture(scope="module")
def chain():
    return potency_chain("mouse_hepatocyte", "ruxolitinib", parts="auto")


def test_the_steps_are_those_of_cheng_and_prusoff(chain):
    """Km of JAK1 for ATP 40 uM, 2.5 mM ATP in the cell and 1 mM in the assay, nothing bound, shift 1.163."""
    assert chain.enzyme == 3.3
    atp, bound, shift, signal = chain.steps
    assert atp.fold == pytest.approx((40 + 2500) / (40 + 1000))
    assert (bound.fold, shift.fold) == (1.0, 1.163)
    assert [s.reached for s in chain.steps[:3]] == pytest.approx([8.0596154, 8.0596154, 9.3733327])
    assert signal.fold == pytest.approx(chain.IC50.value / 9.3733327)
    assert signal.reached == chain.IC50.value
    assert chain.fold == pytest.approx(chain.IC50.value / 3.3)


def test_the_assay_of_a_drug_at_the_constant_of_the_enzyme():
    """Fedratinib's is recalled at 40 uM ATP: (40 + 2500) / 80."""
    chain = potency_chain("mouse_hepatocyte", "fedratinib")
    assert chain.steps[0].fold == pytest.approx(31.75)


def test_the_remainder_is_fitted_to_the_published_dose_series(chain):
    """379 nM at IL-6 40 ng/ml and 20 min; the shift is named and graded, the rest is not fitted to it."""
    shift = next(s for s in chain.steps if s.name == "potency shift")
    assert shift.grade == "fitted"
    assert chain.IC50.value == pytest.approx(379, rel=0.02)
    assert next(s for s in chain.steps if s.name == "ATP competition").grade == "assumed"


def test_more_ligand_needs_more_drug(chain):
    more = potency_chain("mouse_hepatocyte", "ruxolitinib", stimuli="IL6=200ng/ml", parts="auto")
    assert more.IC50.value > 1.2 * chain.IC50.value
    assert more.steps[2] == chain.steps[2]


def test_other_groups_are_refused_with_the_names_that_can_be_used():
    with pytest.raises(InputError) as caught:
        potency_chain("hepg2", "siltuximab", parts="auto")
    (found,) = caught.value.problems
    assert found.code == "potency.group"
    assert "ruxolitinib" in found.hint
