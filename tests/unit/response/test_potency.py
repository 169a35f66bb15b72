"""The way from an enzyme's constant to the half-maximal dose on cells."""

import numpy as np
import pytest

from jakstat.errors import InputError
from jakstat.response.potency import potency_chain


@pytest.fixture(scope="module")
def chain():
    return potency_chain("mouse_hepatocyte", "ruxolitinib")


def test_the_steps_multiply_to_the_dose_on_cells(chain):
    assert chain.enzyme == 3.3
    assert chain.enzyme * np.prod([s.fold for s in chain.steps]) == pytest.approx(chain.IC50.value)
    reached = chain.enzyme
    for step in chain.steps:
        reached *= step.fold
        assert step.reached == pytest.approx(reached)
    assert chain.fold == pytest.approx(chain.IC50.value / 3.3)


def test_the_remainder_is_fitted_to_the_published_dose_series(chain):
    """379 nM at IL-6 40 ng/ml and 20 min; the shift is named and graded, the rest is not fitted to it."""
    shift = next(s for s in chain.steps if s.name == "potency shift")
    assert shift.grade == "fitted"
    assert chain.IC50.value == pytest.approx(379, rel=0.02)
    assert next(s for s in chain.steps if s.name == "ATP competition").grade == "assumed"


def test_more_ligand_needs_more_drug(chain):
    more = potency_chain("mouse_hepatocyte", "ruxolitinib", stimuli="IL6=200ng/ml")
    assert more.IC50.value > 1.2 * chain.IC50.value
    assert more.steps[2] == chain.steps[2]


def test_other_groups_are_refused_with_the_names_that_can_be_used():
    with pytest.raises(InputError) as caught:
        potency_chain("hepg2", "siltuximab")
    (found,) = caught.value.problems
    assert found.code == "potency.group"
    assert "ruxolitinib" in found.hint
