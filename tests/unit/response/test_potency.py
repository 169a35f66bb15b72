"""The way from an enzyme's constant to the half-maximal dose on cells."""

import pytest

from jakstat.errors import InputError
from jakstat.response.potency import potency_chain


@pytest.fixture(scope="module")
def chain():
    return potency_chain("mouse_hepatocyte", "ruxolitinib", parts="auto")


def test_the_steps_multiply_to_the_dose_on_cells(chain):
    assert chain.enzyme == 3.3
    bound, shift, signal = chain.steps
    assert bound.fold == 1.0
    assert shift.reached == pytest.approx(3.3 * shift.fold)
    assert signal.fold == pytest.approx(chain.IC50.value / shift.reached)
    assert signal.reached == chain.IC50.value
    assert chain.fold == pytest.approx(chain.IC50.value / 3.3)


@pytest.mark.long
@pytest.mark.parametrize("drug", ["fedratinib", "tofacitinib"])
def test_one_shift_holds_for_every_inhibitor_of_a_cell(chain, drug):
    other = potency_chain("mouse_hepatocyte", drug).steps[1]
    assert (other.fold, other.note) == (chain.steps[1].fold, chain.steps[1].note)


def test_the_remainder_is_fitted_to_the_published_dose_series(chain):
    """379 nM at IL-6 40 ng/ml and 20 min; the shift is named and graded, the rest is not fitted to it."""
    shift = next(s for s in chain.steps if s.name == "potency shift")
    assert shift.grade == "fitted"
    assert chain.IC50.value == pytest.approx(379, rel=0.02)


def test_more_ligand_needs_more_drug(chain):
    more = potency_chain("mouse_hepatocyte", "ruxolitinib", stimuli="IL6=200ng/ml", parts="auto")
    assert more.IC50.value > 1.2 * chain.IC50.value
    assert more.steps[1] == chain.steps[1]


def test_other_groups_are_refused_with_the_names_that_can_be_used():
    with pytest.raises(InputError) as caught:
        potency_chain("hepg2", "siltuximab", parts="auto")
    (found,) = caught.value.problems
    assert found.code == "potency.group"
    assert "ruxolitinib" in found.hint
