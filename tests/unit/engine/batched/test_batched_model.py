"""The batched solver as users meet it: lanes, doses, switches, events, failures."""

import math

import numpy as np
import pytest

import small_models as sm
from jakstat.engine.doses import Dose
from jakstat.engine.load import load_sbml
from jakstat.engine.model import Model
from jakstat.errors import Outcome

TIGHT = {"rtol": 1e-10, "atol": 1e-13}

CHAIN = sm.model(
    species=[sm.species("A", 10.0), sm.species("B", 0.0), sm.species("C", 1.0), sm.species("D", 0.3)],
    parameters=[
        sm.parameter("k1", 0.7),
        sm.parameter("k2", 3.0),
        sm.parameter("h", 2.3),
        sm.parameter("f", 1e4),
    ],
    reactions=[
        sm.reaction("r1", "A", "B", "c*k1*A"),
        sm.reaction("r2", "B", "C", "c*k2*B^h/(1 + B^h)"),
        sm.reaction("r3", "C D", "A D", "c*0.1*C*exp(-D)"),
        sm.reaction("fast", "2D", "D", "c*f*D*(D - 0.2)"),
    ],
)
TIMES = np.linspace(0.0, 5.0, 11)


@pytest.fixture(scope="module")
def chain() -> Model:
    return load_sbml(CHAIN, trusted=True)


def lanes(count: int, seed: int = 0) -> dict[str, np.ndarray]:
    draw = np.random.default_rng(seed)
    return {
        name: value * 3 ** draw.uniform(-1, 1, count)
        for name, value in (("k1", 0.7), ("k2", 3.0), ("f", 1e4))
    }


def block(model: Model, parameters: dict[str, np.ndarray], **more: object) -> np.ndarray:
    run = model.simulate(TIMES, parameters, **more)
    return np.stack([run.amount(s) for s in "ABCD"], axis=-1)


@pytest.mark.parametrize("method", ["rodas5p", "rodas4"])
def test_agrees_with_the_reference_solver(chain: Model, method: str) -> None:
    values = lanes(5)
    ours = block(chain, values, method=method, **TIGHT)
    reference = block(chain, values, method="LSODA", rtol=1e-11, atol=1e-14)
    assert np.abs(ours - reference).max() <= 1e-8 * np.abs(reference).max()


def test_a_lane_has_the_same_bits_alone_in_any_place_batch_and_number_of_threads(chain: Model) -> None:
    values = lanes(37)
    whole = block(chain, values)
    order = np.random.default_rng(1).permutation(37)
    assert (block(chain, {k: v[order] for k, v in values.items()}) == whole[order]).all()
    for lane in (0, 5, 36):
        assert (block(chain, {k: v[lane : lane + 1] for k, v in values.items()}) == whole[lane]).all()
    assert (block(chain, {k: v[3:20] for k, v in values.items()}) == whole[3:20]).all()
    assert (block(chain, values, threads=2) == whole).all()


def test_many_outputs_change_no_bit_of_a_lane_or_of_its_neighbours() -> None:
    """More outputs than a group of lanes has room for otherwise, several due in one step, between doses."""
    names = [f"x{i}" for i in range(60)]
    model = load_sbml(
        sm.model(
            species=[sm.species(name, 0.0) for name in names],
            parameters=[sm.parameter("k", 1.0)],
            reactions=[
                sm.reaction(f"r{i}", f"x{i}", f"x{i + 1}", f"c*k*x{i}*(1 + x{i + 1})") for i in range(59)
            ],
        ),
        trusted=True,
    )
    k, times = np.array([0.5, 3.0, 1.0, 7.0, 0.1, 2.0, 1.3, 0.9, 4.4]), np.linspace(0.0, 50.0, 201)
    table = [Dose(0.0, "x0", 5.0, interval=2.5, count=20)]
    whole = model.simulate(times, {"k": k}, None, [table] * 9, names)
    few = model.simulate(times, {"k": k}, None, [table] * 9, names[:3])
    for name in names[:3]:
        assert (few.value(name) == whole.value(name)).all()
    for lane in (0, 3, 8):
        alone = model.simulate(times, {"k": k[lane : lane + 1]}, None, [table], names)
        for name in names:
            assert (alone.value(name)[0] == whole.value(name)[lane]).all()


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, 1e308, -1e308, 5e-324, 0.0])
def test_an_extreme_lane_leaves_its_neighbours_alone(chain: Model, bad: float) -> None:
    values = lanes(24)
    whole = block(chain, values)
    spoilt = {k: v.copy() for k, v in values.items()}
    spoilt["k1"][[3, 11, 17]] = bad
    spoilt["f"][[3, 12]] = bad
    run = chain.simulate(TIMES, spoilt, max_steps=3000)
    others = np.setdiff1d(np.arange(24), [3, 11, 12, 17])
    assert (run.amount("B")[others] == whole[others, :, 1]).all()
    assert (run.outcomes[others] == Outcome.OK).all()
    failed = run.outcomes != Outcome.OK
    assert np.isnan(run.amount("B")[failed]).all()
    assert sorted(f.lane for f in run.failures) == list(np.flatnonzero(failed))
    if not math.isfinite(bad):
        assert set(run.outcomes[[3, 11, 12, 17]]) == {Outcome.BAD_PARAMETER}


def test_a_failing_lane_in_the_middle_does_not_stop_the_queue(chain: Model) -> None:
    model = load_sbml(
        sm.model(
            parameters=[sm.parameter("x", 1.0, False), sm.parameter("p", 0.0)],
            rules=[sm.rule("rate", "x", "p*x*x")],
        ),
        trusted=True,
    )
    p = np.where(np.arange(50) % 7 == 3, 1.0, -1.0)
    run = model.simulate([0.0, 0.5, 2.0], {"p": p})
    assert (np.asarray(run.outcomes != Outcome.OK) == (p > 0)).all()
    assert np.allclose(run.value("x")[p < 0, -1], 1 / 3, rtol=1e-5)
    assert all(f.time == pytest.approx(1.0, abs=0.01) for f in run.failures)


def test_doses_per_lane_land_exactly() -> None:
    model = load_sbml(sm.DECAY, trusted=True)
    tables = [
        [Dose(1.0, "A", 5.0)],
        [Dose(1.0, "A", 5.0, action="set"), Dose(2.0, "k", 0.0, action="set")],
        [],
    ]
    run = model.simulate([0.0, 1.0, 2.0, 3.0], doses=tables, **TIGHT)
    fall = np.exp(-0.5)
    assert np.allclose(
        run.amount("A")[0], [10, 10 * fall + 5, (10 * fall + 5) * fall, (10 * fall + 5) * fall**2], rtol=1e-9
    )
    assert np.allclose(run.amount("A")[1], [10, 5, 5 * fall, 5 * fall], rtol=1e-9)
    assert np.allclose(run.amount("A")[2], 10 * fall ** np.arange(4.0), rtol=1e-9)
    assert run.final()["A"][2] == pytest.approx(10 * fall**3)


def test_infusions_and_repeats() -> None:
    model = load_sbml(sm.DECAY, trusted=True)
    doses = [Dose(0.5, "A", 3.0, duration=1.5), Dose(1.0, "B", 1.0, duration=2.0, interval=0.5, count=3)]
    times = np.linspace(0.0, 6.0, 25)
    fast = model.simulate(times, doses=doses, **TIGHT)
    slow = model.simulate(times, doses=doses, method="LSODA", rtol=1e-12, atol=1e-13)
    for name in "AB":
        assert np.allclose(fast.amount(name), slow.amount(name), rtol=1e-9, atol=1e-10)
    total = fast.amount("A")[0, -1] + fast.amount("B")[0, -1]
    assert total == pytest.approx(10 + 3 + 3, rel=1e-9)


def test_seven_hundred_doses() -> None:
    model = load_sbml(sm.DECAY, trusted=True)
    doses = [Dose(0.25, "A", 1.0, interval=0.25, count=700)]
    run = model.simulate([0.0, 175.0], {"k": [0.5, 1.0]}, doses=doses, **TIGHT)
    for lane, k in enumerate((0.5, 1.0)):
        q = math.exp(-k * 0.25)
        assert run.amount("A")[lane, -1] == pytest.approx((1 - q**700) / (1 - q) + 10 * q**700, rel=1e-8)


def test_switches_in_time_are_stopped_at() -> None:
    model = load_sbml(
        sm.model(
            parameters=[sm.parameter("x", 0.0, False), sm.parameter("on", 1.3)],
            rules=[
                sm.rule("rate", "x", "piecewise(0, time < on, piecewise(2, time < 2.7, 0)) + floor(time)")
            ],
        ),
        trusted=True,
    )
    run = model.simulate([0.0, 1.3, 2.0, 4.0], {"on": [1.3, 2.0]}, **TIGHT)
    assert np.allclose(run.value("x"), [[0, 0.3, 1 + 1.4, 6 + 2.8], [0, 0.3, 1, 6 + 1.4]], rtol=0, atol=1e-9)


def test_a_dose_that_moves_a_switch_in_time() -> None:
    model = load_sbml(
        sm.model(
            parameters=[sm.parameter("x", 0.0, False), sm.parameter("on", 1.0, False)],
            rules=[sm.rule("rate", "x", "piecewise(0, time < on, 1)")],
        ),
        trusted=True,
    )
    run = model.simulate([0.0, 3.0], doses=[Dose(0.5, "on", 2.2, action="set")], **TIGHT)
    assert run.value("x")[0, -1] == pytest.approx(0.8, abs=1e-9)


def test_switches_on_states_are_located() -> None:
    model = load_sbml(
        sm.model(
            parameters=[sm.parameter("x", 1.0, False), sm.parameter("y", 0.0, False)],
            rules=[sm.rule("rate", "x", "-x"), sm.rule("rate", "y", "piecewise(5, x < 0.3, 1)")],
        ),
        trusted=True,
    )
    run = model.simulate([0.0, 3.0], **TIGHT)
    at = -math.log(0.3)
    assert run.value("y")[0, -1] == pytest.approx(at + 5 * (3 - at), abs=1e-8)


def test_events_by_lane() -> None:
    model = load_sbml(
        sm.model(
            parameters=[sm.parameter("x", 1.0, False), sm.parameter("k", 1.0), sm.parameter("n", 0.0, False)],
            rules=[sm.rule("rate", "x", "-k*x")],
            events=[sm.event("x < 0.5", {"x": "1", "n": "n + 1"})],
        ),
        trusted=True,
    )
    k = np.array([0.1, 1.0, 2.0, 5.0])
    run = model.simulate([0.0, 1.0, 10.0], {"k": k}, **TIGHT)
    cycles = np.floor(k * 10 / math.log(2))
    assert (run.value("n")[:, -1] == cycles).all()
    assert np.allclose(run.value("x")[:, -1], np.exp(-(k * 10 - cycles * math.log(2))), rtol=1e-7)
    alone = model.simulate([0.0, 1.0, 10.0], {"k": k[2:3]}, **TIGHT)
    assert (alone.value("x")[0] == run.value("x")[2]).all()


def test_volumes_and_initial_values_by_lane() -> None:
    model = load_sbml(
        sm.model(
            compartments=[sm.compartment("c", 2.0)],
            species=[sm.species("A", 4.0), sm.species("B", None, initialConcentration=3.0)],
            parameters=[sm.parameter("k", 0.5), sm.parameter("k0", 2.0)],
            initials=[sm.initial("k", "k0/4")],
            reactions=[sm.reaction("r", "A", "B", "c*k*A")],
        ),
        trusted=True,
    )
    fast = model.simulate([0.0, 1.0], {"c": [2.0, 5.0], "k": [0.5, 0.1]}, {"A": [4.0, 7.0]}, **TIGHT)
    slow = model.simulate(
        [0.0, 1.0], {"c": [2.0, 5.0], "k": [0.5, 0.1]}, {"A": [4.0, 7.0]}, method="LSODA", **TIGHT
    )
    for name in "AB":
        assert np.allclose(fast.concentration(name), slow.concentration(name), rtol=1e-9)
        assert np.allclose(fast.final()[name], slow.final()[name], rtol=1e-9)


def test_a_run_can_be_taken_up_again(chain: Model) -> None:
    whole = chain.simulate([0.0, 2.0, 5.0], lanes(9), **TIGHT)
    first = chain.simulate([0.0, 2.0], lanes(9), **TIGHT)
    second = chain.simulate([2.0, 5.0], lanes(9), first.final(), **TIGHT)
    assert np.allclose(second.amount("A")[:, -1], whole.amount("A")[:, -1], rtol=1e-8)


def test_outputs_cost_only_what_is_asked(chain: Model) -> None:
    run = chain.simulate(TIMES, lanes(3), outputs=["B", "r1", "k1"])
    assert set(run.values) == {"B", "r1", "k1"}
    assert np.allclose(run.value("r1"), run.value("k1") * chain.simulate(TIMES, lanes(3)).value("A"))
    assert run.value("k1").shape == (3, len(TIMES))


def test_models_without_states() -> None:
    model = load_sbml(
        sm.model(
            parameters=[sm.parameter("p", 2.0), sm.parameter("q", None, False)],
            rules=[sm.rule("assignment", "q", "p*time")],
        ),
        trusted=True,
    )
    run = model.simulate([0.0, 1.0, 3.0], {"p": [1.0, 2.0]})
    assert np.allclose(run.value("q"), [[0, 1, 3], [0, 2, 6]])


def test_hill_exponents_below_one_at_zero() -> None:
    model = load_sbml(
        sm.model(
            parameters=[
                sm.parameter("x", 0.0, False), sm.parameter("y", 0.0, False), sm.parameter("h", 0.8),
            ],
            rules=[sm.rule("rate", "x", "1 - x"), sm.rule("rate", "y", "x^h/(0.5 + x^h) + sqrt(x)")],
        ),
        trusted=True,
    )  # fmt: skip
    times, h = [0.0, 1.0, 1.9], {"h": [0.5, 0.8, 1.0, 1.3]}
    run = model.simulate(times, h, rtol=1e-8, atol=1e-10)
    assert (run.outcomes == Outcome.OK).all()
    slow = model.simulate(times, h, method="LSODA", rtol=1e-9, atol=1e-12)
    assert np.allclose(run.value("y"), slow.value("y"), rtol=1e-5)


@pytest.mark.parametrize("rate", ["piecewise(-x^0.5, x > 0, 0)", "-x^0.5"])
def test_a_switch_that_lies_within_the_rounding_of_the_time_is_passed(rate: str) -> None:
    # Torricelli: x = (1 - t/2)^2 until t = 2; close to it a step to the switch would not change the time
    text = sm.model(parameters=[sm.parameter("x", 1.0, False)], rules=[sm.rule("rate", "x", rate)])
    for atol in (None, 1e-9):
        run = load_sbml(text, trusted=True).simulate([0.0, 1.0, 3.0], atol=atol, method="rodas5p")
        assert run.outcomes.tolist() == [Outcome.OK]
        assert run.value("x")[0] == pytest.approx([1.0, 0.25, 0.0], rel=1e-5, abs=1e-9)


def test_negative_amounts_are_those_beyond_ten_tolerances_of_their_own_lane() -> None:
    drain = sm.model(
        species=[sm.species("A", 0.0), sm.species("B", 1.0)],
        parameters=[sm.parameter("k", 0.0), sm.parameter("b", 0.0)],
        reactions=[sm.reaction("r", "A", "", "k * c"), sm.reaction("s", "B", "", "b * c * B")],
    )
    lost = [1e-9, 1e-7, 0.0, 1e-7]
    run = load_sbml(drain).simulate([0.0, 1.0], {"k": lost}, {"B": [1.0, 1.0, 1.0, 1e3]}, rtol=1e-3)
    # by species: rtol (1e-3 |A| + 1e-6 B), ten times that is 1e-8 beside a B of 1 and 1e-5 beside 1,000
    (found,) = run.violations
    assert (found.lane, found.species, found.time) == (1, "A", 1.0)
    assert found.amount == pytest.approx(-1e-7, rel=1e-6)
    assert found.limit == pytest.approx(-10 * 1e-3 * (1e-3 * 1e-7 + 1e-6 * 1.0), rel=1e-9)
