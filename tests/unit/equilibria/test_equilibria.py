import numpy as np
import pytest

from jakstat.engine.batched.steady_state import polish
from jakstat.engine.load import load_sbml
from jakstat.equilibria.newton import distinct, modes, on_totals, reduced, residual, scattered
from jakstat.equilibria.situation import SEARCH_STEPS, settled_lanes, settled_next
from jakstat.errors import Outcome
from small_models import compartment, listed, reaction, sbml, species


def network(amounts, *reactions):
    text = listed("Compartments", [compartment()])
    text += listed("Species", [species(name, a) for name, a in amounts.items()])
    text += listed("Reactions", [reaction(f"r{i}", *r) for i, r in enumerate(reactions)])
    return load_sbml(sbml(text), trusted=True)


PAIR = network({"a": 3.0, "b": 1.0}, ("a", "b", "2*a"), ("b", "a", "6*b"))
BINDING = network({"a": 3.0, "b": 2.0, "ab": 0.5}, ("a b", "ab", "a*b"), ("ab", "a b", "0.4*ab"))


def test_a_conserved_pair_relaxes_with_the_sum_of_its_constants():
    field = PAIR.vector_field()
    point, good = polish(field, field.start)
    assert good.all()
    assert point[0] == pytest.approx([3.0, 1.0])
    inner, free = reduced(field, point)
    assert inner.shape == (1, 1, 1)
    assert len(free) == 1
    [mode] = modes(field, point[0])
    assert mode.rate == pytest.approx(-8.0)
    assert residual(field, point)[0] < 1e-12


def test_newton_holds_the_totals_and_finds_the_point_of_mass_action():
    field = BINDING.vector_field()
    point, good = polish(field, field.start)
    a, b, c = point[0]
    assert good.all()
    assert (a + c, b + c) == pytest.approx((3.5, 2.5))
    assert a * b == pytest.approx(0.4 * c)


def test_random_starts_have_the_same_totals_and_come_to_the_same_point():
    field = BINDING.vector_field()
    tried = scattered(field, field.start[0], count=20, seed=4)
    assert len(tried) == 20
    assert np.ptp(tried[:, 0]) > 0.5
    assert tried @ field.laws.weights.T == pytest.approx(np.repeat(field.totals, 20, axis=0))
    assert (tried >= 0).all()
    found = settled_lanes(BINDING, parameters={}, initial={}, states=tried)
    assert found.ok.all()
    assert len(distinct(found.states)) == 1


def test_totals_that_cannot_be_met_are_reported():
    field = PAIR.vector_field()
    _, met = on_totals(np.array([[1.0, 1.0]]), field.laws, np.array([[-1.0]]))
    assert not met.any()


def test_a_growing_amount_is_not_steady():
    source = network({"a": 1.0}, ("", "a", "1"))
    assert settled_lanes(source, parameters={}, initial={}).outcomes[0] is not Outcome.OK


def brusselator(b, *, speed):
    """Its one steady state is (1, b); small swings grow at half the trace there, speed * (b - 2) / 2."""
    steps = (("", "x", "1"), ("x", "", "x"), ("x", "y", f"{b}*x"), ("y", "x", "x*x*y"))
    return network({"x": 1.0, "y": b}, *((*ends, f"{speed}*{rate}") for *ends, rate in steps))


@pytest.mark.parametrize(("b", "outcome"), [(2.2, Outcome.STEP_LIMIT), (1.9995, Outcome.OK)])
def test_many_swings_are_followed_where_they_die_out(b, outcome):
    """Growing ones end in a cycle; of the others a search gives up before the neighbour's rest is reached."""
    model, start = brusselator(b, speed=20.0), {"x": 1.02, "y": b}
    lanes = {"parameters": {}, "initial": start, "horizon": 2000.0}
    assert settled_lanes(model, **lanes, max_steps=SEARCH_STEPS).outcomes[0] is Outcome.STEP_LIMIT
    found = settled_next(model, **lanes, states=model.vector_field(None, start).start)
    assert found.outcomes[0] is outcome
    if outcome is Outcome.OK:
        assert found.states[0] == pytest.approx([1.0, b])
