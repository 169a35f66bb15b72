from dataclasses import replace

import numpy as np
import pytest

import small_models as sm
from jakstat.biology import assemble, chosen_parts
from jakstat.engine.load import load_sbml
from jakstat.engine.model import Model
from jakstat.engine.network.conservation import conservation_laws
from jakstat.errors import InputError, Outcome

BINDING = sm.model(
    species=[sm.species("L", 5.0), sm.species("R", 10.0), sm.species("C", 0.0), sm.species("P", 0.0)],
    parameters=[sm.parameter("on", 1.0), sm.parameter("off", 0.1), sm.parameter("k", 0.3)],
    reactions=[
        sm.reaction("bind", "L R", "C", "c*on*L*R"), sm.reaction("free", "C", "L R", "c*off*C"),
        sm.reaction("make", "", "P", "c*k"), sm.reaction("lose", "P", "", "c*k*P"),
    ],
)  # fmt: skip


def test_laws_are_found_once_and_exactly() -> None:
    network = load_sbml(BINDING, trusted=True).network
    laws = conservation_laws(network, ["L", "R", "C", "P"])
    assert laws.weights.shape == (2, 4)
    assert np.linalg.matrix_rank(laws.weights) == 2
    changes = np.array([[-1, -1, 1, 0], [1, 1, -1, 0], [0, 0, 0, 1], [0, 0, 0, -1]])
    assert (laws.weights @ changes.T == 0).all()


def test_steady_state_holds_its_totals_and_is_not_negative() -> None:
    model = load_sbml(BINDING, trusted=True)
    on = 10.0 ** np.linspace(-3, 6, 10)
    run = model.steady_state({"on": on}, horizon=1e6)
    assert run.ok.all()
    free, receptor, bound = (run.value(s) for s in "LRC")
    kd = 0.1 / on
    b = 5 + 10 + kd
    exact = 2 * 5 * 10 / (b + np.sqrt(b * b - 4 * 5 * 10))
    assert np.allclose(bound, exact, rtol=1e-9)
    assert np.allclose(free + bound, 5.0, rtol=1e-12)
    assert np.allclose(receptor + bound, 10.0, rtol=1e-12)
    assert (free >= 0).all()
    assert np.allclose(run.value("P"), 1.0, rtol=1e-9)


def test_the_steady_state_is_the_one_the_lane_runs_into() -> None:
    model = load_sbml(
        sm.model(
            parameters=[sm.parameter("x", 1.0, False)],
            rules=[sm.rule("rate", "x", "x*(1 - x)*(x - 3)*(x - 5)*(-1)")],
        ),
        trusted=True,
    )
    run = model.steady_state(initial={"x": [0.5, 0.9, 1.5, 3.2, 6.0]}, horizon=1e3)
    slow = model.simulate([0.0, 1e3], initial={"x": [0.5, 0.9, 1.5, 3.2, 6.0]}, rtol=1e-10, atol=1e-13)
    assert run.ok.sum() >= 3
    assert np.allclose(run.value("x")[run.ok], slow.value("x")[run.ok, -1], rtol=1e-7, atol=1e-10)


def test_lanes_that_never_rest_are_told_so() -> None:
    model = load_sbml(
        sm.model(
            parameters=[sm.parameter("x", 1.0, False), sm.parameter("v", 0.0, False), sm.parameter("d", 0.0)],
            rules=[sm.rule("rate", "x", "v"), sm.rule("rate", "v", "-x - d*v")],
        ),
        trusted=True,
    )
    run = model.steady_state({"d": [0.0, 1.0, np.nan]}, horizon=200.0)
    assert list(run.outcomes) == [Outcome.NOT_STEADY, Outcome.OK, Outcome.BAD_PARAMETER]
    assert abs(run.value("x")[1]) < 1e-9


def test_growth_without_bound_is_no_steady_state() -> None:
    model = load_sbml(
        sm.model(parameters=[sm.parameter("x", 1.0, False)], rules=[sm.rule("rate", "x", "x*x")]),
        trusted=True,
    )
    assert model.steady_state(horizon=100.0).outcomes[0] not in (Outcome.OK, Outcome.NOT_STEADY)


def test_what_stands_still_without_a_law_is_no_unrest() -> None:
    """A soluble receptor without its ligand: its column of the Jacobian is zero, and nothing conserves it."""
    network = sm.model(
        species=[sm.species("L", 0.0), sm.species("S", 2.0), sm.species("C", 0.0), sm.species("P", 0.0)],
        parameters=[sm.parameter("k", 0.3)],
        reactions=[
            sm.reaction("bind", "L S", "C", "c*L*S"), sm.reaction("take_up", "C", "", "c*k*C"),
            sm.reaction("make", "", "P", "c*k"), sm.reaction("lose", "P", "", "c*0.1*P"),
        ],
    )  # fmt: skip
    run = load_sbml(network, trusted=True).steady_state(initial={"S": [2.0, 5.0]}, horizon=1e3)
    assert run.ok.all()
    assert run.value("S").tolist() == [2.0, 5.0]
    assert run.value("P") == pytest.approx([3.0, 3.0], rel=1e-12)


def test_a_pair_that_stands_still_together_is_no_unrest() -> None:
    """Two free amounts that only matter as their sum: singular but for rounding, in no single column."""
    network = sm.model(
        species=[sm.species("A", 1.0), sm.species("B", 0.7), sm.species("P", 0.1)],
        parameters=[sm.parameter("k", 1 / 3), sm.parameter("off", 0.0)],
        reactions=[
            sm.reaction("use", "A B", "", "c*off*A*B"), sm.reaction("lose", "P", "", "c*k*P"),
            sm.reaction("make", "A B", "A B P", "c*(0.1*A + 0.3*B)"),
        ],
    )  # fmt: skip
    run = load_sbml(network, trusted=True).steady_state(horizon=1e3)
    assert run.ok.all()
    assert [run.value(s)[0] for s in "AB"] == pytest.approx([1.0, 0.7], rel=1e-9)
    assert run.value("P")[0] == pytest.approx(0.93, rel=1e-9)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (
            sm.model(parameters=[sm.parameter("x", 1.0, False)], rules=[sm.rule("rate", "x", "sin(time)")]),
            "steady.time",
        ),
        (
            sm.model(parameters=[sm.parameter("x", 1.0, False)], events=[sm.event("time > 1", {"x": "2"})]),
            "steady.events",
        ),
    ],
)
def test_models_that_cannot_rest_are_refused(text: str, code: str) -> None:
    with pytest.raises(InputError) as caught:
        load_sbml(text, trusted=True).steady_state()
    assert caught.value.problems[0].code == code


def test_a_slope_without_a_value_is_a_difference() -> None:
    # |x - 1|^2 by way of its logarithm: flat at 1, where the chain rule has 0 times infinity times 0
    model = load_sbml(
        sm.model(
            parameters=[sm.parameter("x", 1.0, False), sm.parameter("y", 0.0, False)],
            rules=[sm.rule("rate", "x", "1 - x"), sm.rule("rate", "y", "exp(ln(abs(x - 1)) * 2) + 2 - y")],
        ),
        trusted=True,
    )
    field = model.vector_field()
    found = field.jacobian(field.start)[0]
    assert found == pytest.approx(np.array([[-1.0, 0.0], [0.0, -1.0]]), abs=1e-7)
    run = model.steady_state()
    assert run.ok.all()
    assert run.states[0] == pytest.approx([1.0, 2.0])


@pytest.mark.parametrize("parts", ["core", "cell"])
def test_our_own_cell_comes_to_rest_in_every_lane(parts: str) -> None:
    """Without IL-6 nothing says how much soluble receptor there is: a singular matrix at rest."""
    network = load_sbml(assemble("hepg2", parts=chosen_parts([parts])).sbml, trusted=True).network
    rules = tuple(r for r in network.rate_rules if r.variable != "cell_number")  # grows for ever
    model = Model(replace(network, rate_rules=rules))
    fixed = [p for p in network.parameters if p.constant and p.value and "share" not in p.id]
    random = np.random.default_rng(3)
    values = {p.id: p.value * np.exp(0.1 * random.standard_normal(8)) for p in fixed[::10] if p.value}
    run = model.steady_state(values, {"IL6": 0.0})
    assert run.ok.all()
    names = list(run.field.names)
    ends = np.stack([run.states[:, i] for i in range(len(names))], axis=1)
    later = model.simulate(
        [0.0, 10.0], values, dict(zip(names, ends.T, strict=True)), outputs=names, rtol=1e-9, atol=1e-12
    )
    for i, name in enumerate(names):
        assert later.final()[name] == pytest.approx(ends[:, i], rel=1e-7, abs=1e-9), name


def test_an_emptied_tank_is_at_rest() -> None:
    # Torricelli: x' = -sqrt(x) is empty from t = 2 on, and its last stage lies just below 0
    model = load_sbml(
        sm.model(parameters=[sm.parameter("x", 1.0, False)], rules=[sm.rule("rate", "x", "-x^0.5")]),
        trusted=True,
    )
    run = model.steady_state()
    assert run.ok.all()
    assert run.states.tolist() == [[0.0]]
