"""Derivatives of runs against closed-form solutions."""

import numpy as np
import pytest

import petab_problems
import small_models as sm
from jakstat.engine.directions import Directions
from jakstat.engine.doses import Dose
from jakstat.engine.load import load_sbml
from jakstat.errors import InputError

TIMES = np.linspace(0.0, 4.0, 9)
TIGHT = {"rtol": 1e-9, "atol": 1e-12}


def decay(**parts):
    """x decays at k from a * b (an initial assignment); ``seen`` is s * x."""
    given = {
        "parameters": [
            sm.parameter("x", 0.0, constant=False), sm.parameter("seen", 0.0, constant=False),
            *(sm.parameter(n, v) for n, v in zip("abksd", (2.0, 3.0, 0.5, 7.0, 5.0), strict=True)),
            sm.parameter("at", 2.0),
        ],
        "initials": [sm.initial("x", "a*b")],
        "rules": [sm.rule("rate", "x", "-k*x"), sm.rule("assignment", "seen", "s*x")],
    }  # fmt: skip
    return load_sbml(sm.model(**{**given, **parts}), trusted=True)


def test_rate_constants_amounts_and_sizes():
    model = load_sbml(petab_problems.SBML, trusted=True)
    names = ["k", "A", "make", "lose", "cell"]
    result = model.simulate(TIMES, {"k": [0.5, 0.7]}, sensitivities=names, **TIGHT)
    found = result.sensitivities
    assert found.exact
    assert found.names == tuple(names)
    t, left = TIMES, np.exp(-1.5 * TIMES)
    for lane, k in enumerate((0.5, 0.7)):
        expected = np.stack(
            [-10 * t * np.exp(-k * t), np.exp(-k * t) / 2, 0 * t, 0 * t, 0 * t], axis=1
        )  # A starts at 10 per litre of a cell of 2 litres; its concentration does not rest on the size
        assert found.values["A"][lane] == pytest.approx(expected, rel=1e-7, abs=1e-8)
        slope = [(1 - left) / 1.5, -3 / 1.5**2 * (1 - left) + 3 / 1.5 * t * left]
        assert found.values["C"][lane][:, 2:4] == pytest.approx(np.stack(slope, axis=1), rel=1e-6, abs=1e-8)
    assert found.last["A"][0] == pytest.approx(
        [-80 * np.exp(-2), np.exp(-2), 0, 0, 10 * np.exp(-2)], rel=1e-6
    )


def test_what_reaches_the_run_by_its_start_or_its_outputs_alone():
    found = decay().simulate(TIMES, sensitivities=["a", "b", "s", "k"], **TIGHT).sensitivities
    assert found.exact
    left = np.exp(-0.5 * TIMES)
    x = np.stack([3 * left, 2 * left, 0 * left, -6 * TIMES * left], axis=1)
    assert found.values["x"][0] == pytest.approx(x, rel=1e-6, abs=1e-9)
    seen = np.stack([21 * left, 14 * left, 6 * left, -42 * TIMES * left], axis=1)
    assert found.values["seen"][0] == pytest.approx(seen, rel=1e-6, abs=1e-9)
    # a start that is given leaves nothing of what the file says
    given = decay().simulate(TIMES, initial={"x": 6.0}, sensitivities=["a", "x"], **TIGHT).sensitivities
    assert given.values["x"][0] == pytest.approx(np.stack([0 * left, left], axis=1), rel=1e-6, abs=1e-9)


def test_powers_whose_exponents_move():
    # x' = -x^n from 1: x^(1 - n) = 1 + (n - 1) t
    model = decay(initials=[], rules=[sm.rule("rate", "x", "-x^k")])
    found = model.simulate(TIMES, {"k": 1.5}, {"x": 1.0}, sensitivities=["k"], **TIGHT).sensitivities
    n, u = 1.5, 1 + 0.5 * TIMES
    x = u ** (1 / (1 - n))
    slope = x * (np.log(u) / (1 - n) ** 2 + TIMES / (u * (1 - n)))
    assert found.values["x"][0, :, 0] == pytest.approx(slope, rel=1e-6, abs=1e-9)


def test_rates_that_depend_on_the_time():
    model = decay(initials=[], rules=[sm.rule("rate", "x", "a*cos(k*time)")])
    found = model.simulate(TIMES, sensitivities=["a", "k"], **TIGHT).sensitivities
    assert found.exact
    k, t = 0.5, TIMES
    slope = [np.sin(k * t) / k, 2 * (t * np.cos(k * t) / k - np.sin(k * t) / k**2)]
    assert found.values["x"][0] == pytest.approx(np.stack(slope, axis=1), rel=1e-6, abs=1e-8)


def test_values_keep_their_bits_and_lanes_their_independence():
    model = load_sbml(petab_problems.SBML, trusted=True)
    k = np.linspace(0.2, 2.0, 21)
    rates = {"k": np.tile([1.0, 0.0], (21, 1)), "make": np.tile([0.0, 1.0], (21, 1))}
    along = Directions(("k", "make"), rates, {}, np.ones((21, 2)), looser=0.0)
    plain = model.simulate(TIMES, {"k": k})
    assert np.array_equal(model.simulate(TIMES, {"k": k}, sensitivities=along).value("B"), plain.value("B"))
    together = model.simulate(TIMES, {"k": k}, sensitivities=["k", "make", "A"])
    for lane in (0, 7, 20):
        alone = model.simulate(TIMES, {"k": k[lane]}, sensitivities=["k", "make", "A"])
        for name in ("A", "C"):
            assert np.array_equal(alone.value(name)[0], together.value(name)[lane])
            one, all_of_them = alone.sensitivities.values[name][0], together.sensitivities.values[name][lane]
            assert np.array_equal(one, all_of_them)
    threads = model.simulate(TIMES, {"k": k}, sensitivities=["k", "make", "A"], threads=2)
    assert np.array_equal(threads.sensitivities.values["A"], together.sensitivities.values["A"])


@pytest.mark.parametrize("count", [1, 9, 19, 41])  # vectors of directions: one, some, whole blocks and more
def test_directions_of_any_number(count):
    names = [f"k{i}" for i in range(count)]
    rate = " + ".join(f"{i + 1}*{n}" for i, n in enumerate(names))
    parameters = [sm.parameter("x", 0.0, constant=False), sm.parameter("z", 0.0, constant=False),
                  *(sm.parameter(n, 1.0) for n in names)]  # fmt: skip
    rules = [sm.rule("rate", "x", f"{rate} - k0*x"), sm.rule("rate", "z", "x")]
    model = load_sbml(sm.model(parameters=parameters, rules=rules), trusted=True)
    k = np.array([0.5, 1.0, 2.0, 1.5, 0.7])
    found = model.simulate(TIMES, {"k0": k}, sensitivities=names, **TIGHT).sensitivities
    assert found.exact
    forced = sum(range(2, count + 1))
    for lane, loss in enumerate(k):
        left, given = np.exp(-loss * TIMES), forced + loss
        x = np.stack([(i + 1) * (1 - left) / loss for i in range(count)], axis=1)
        x[:, 0] += given * (TIMES * left / loss - (1 - left) / loss**2)  # x = given (1 - left) / loss
        assert found.values["x"][lane] == pytest.approx(x, rel=1e-6, abs=1e-7)
        z = np.stack([(i + 1) * (loss * TIMES - 1 + left) / loss**2 for i in range(count)], axis=1)
        slope = TIMES / loss**2 - TIMES * left / loss**2 - 2 * (loss * TIMES - 1 + left) / loss**3
        z[:, 0] += given * slope
        assert found.values["z"][lane] == pytest.approx(z, rel=1e-6, abs=1e-7)


def test_steps_look_at_derivatives_where_the_values_rest():
    model = load_sbml(petab_problems.SBML, trusted=True)
    # C is at rest (make / lose in 2 litres), its derivative is not
    found = model.simulate(TIMES, initial={"A": 0.0, "C": 4.0}, sensitivities=["make"]).sensitivities
    expected = (1 - np.exp(-1.5 * TIMES)) / 1.5
    assert found.values["C"][0, :, 0] == pytest.approx(expected, abs=1e-5)


def test_doses_and_infusions():
    model = load_sbml(petab_problems.SBML, trusted=True)
    doses = [Dose(1.0, "A", 4.0), Dose(2.0, "A", 3.0, duration=1.0), Dose(3.5, "lose", 1.0, action="set")]
    unit = np.eye(3)
    along = Directions(("k", "lose", "amount"), {"k": unit[:1], "lose": unit[1:2]}, {}, np.ones((1, 3)))
    found = model.simulate(TIMES, doses=doses, sensitivities=along, **TIGHT).sensitivities
    assert found.exact

    def given(t, k):  # amounts: what is given decays from when it is given
        start = 20 * np.exp(-k * t) + np.where(t >= 1, 4 * np.exp(-k * np.maximum(t - 1, 0)), 0)
        flow = 3 / k * (np.exp(-k * np.maximum(t - 3, 0)) - np.exp(-k * np.maximum(t - 2, 0)))
        return (start + flow) / 2

    step = 1e-5
    expected = (given(TIMES, 0.5 + step) - given(TIMES, 0.5 - step)) / (2 * step)
    assert found.values["A"][0, :, 0] == pytest.approx(expected, rel=1e-6, abs=1e-6)
    assert found.values["lose"][0, :, 1].tolist() == [1.0] * 7 + [0.0] * 2  # a value that is set has no past


def test_amounts_of_doses_that_move():
    model = load_sbml(petab_problems.SBML, trusted=True)
    doses = [Dose(1.0, "A", 4.0), Dose(2.0, "A", 9.0, action="set"), Dose(3.0, "make", 1.0, action="set")]
    rates = [np.array([1.0, 0.0]), np.array([0.0, 2.0]), np.array([3.0, 0.0])]
    along = Directions(("u", "v"), {}, {}, np.ones((1, 2)), doses=[rates])
    found = model.simulate(TIMES, doses=doses, sensitivities=along, **TIGHT).sensitivities
    assert found.exact
    t = TIMES
    first = np.where((t >= 1) & (t < 2), np.exp(-0.5 * (t - 1)) / 2, 0)
    second = np.where(t >= 2, 2 * np.exp(-0.5 * (t - 2)) / 2, 0)
    assert found.values["A"][0] == pytest.approx(np.stack([first, second], axis=1), rel=1e-6, abs=1e-9)
    made = np.where(t >= 3, 3 * (1 - np.exp(-1.5 * np.maximum(t - 3, 0))) / 1.5, 0)
    assert found.values["C"][0, :, 0] == pytest.approx(made, rel=1e-6, abs=1e-9)


def test_rest():
    model = load_sbml(petab_problems.SBML, trusted=True)
    found = model.equilibrate({"k": 0.5}, sensitivities=["make", "lose", "A"]).sensitivities
    assert found.exact
    assert found.values["C"][0, 0] == pytest.approx([1 / 1.5, -3 / 1.5**2, 0.0], rel=1e-6)
    assert found.last["B"][0] == pytest.approx([0.0, 0.0, 1.0], abs=1e-6)


def test_events_have_differences_and_say_so():
    model = decay(events=[sm.event("x <= 1", {"x": "x + d"})])
    found = model.simulate([0.0, 4.0], sensitivities=["d"], rtol=1e-8, atol=1e-11).sensitivities
    assert found.how == "central differences: a switch or an event depends on the state"
    hit = np.log(6.0) / 0.5  # from then on 1 + d decays
    assert found.values["x"][0, 1, 0] == pytest.approx(np.exp(-0.5 * (4 - hit)), rel=1e-5)


@pytest.mark.parametrize("trigger", ["time >= 2", "time > 2"])
def test_events_at_known_times_that_set_numbers(trigger):
    model = decay(events=[sm.event(trigger, {"x": "3", "k": "2"})], parameters=[
        sm.parameter("x", 0.0, constant=False), sm.parameter("seen", 0.0, constant=False),
        sm.parameter("k", 0.5, constant=False), sm.parameter("a", 2.0), sm.parameter("b", 3.0),
        sm.parameter("s", 7.0),
    ])  # fmt: skip
    found = model.simulate(TIMES, sensitivities=["a", "k"], **TIGHT).sensitivities
    assert found.exact
    t = TIMES
    before = t < 2 if trigger == "time >= 2" else t <= 2  # what is told of 2 itself is what was before
    x = np.stack([3 * np.exp(-0.5 * t), -6 * t * np.exp(-0.5 * t)], axis=1) * before[:, None]
    assert found.values["x"][0] == pytest.approx(x, rel=1e-6, abs=1e-9)
    assert found.values["k"][0, :, 1].tolist() == before.astype(float).tolist()


def test_what_an_event_sets_may_move():
    model = decay(events=[sm.event("time >= 2", {"x": "d"})])
    found = model.simulate([0.0, 4.0], sensitivities=["d"], rtol=1e-8, atol=1e-11).sensitivities
    assert found.how == "central differences: a switch or an event depends on d"
    assert found.values["x"][0, 1, 0] == pytest.approx(np.exp(-1.0), rel=1e-5)


def test_switches_whose_time_moves_have_differences_and_say_so():
    model = decay(initials=[], rules=[sm.rule("rate", "x", "piecewise(d, time < at, a)")])
    fixed = model.simulate([0.0, 4.0], sensitivities=["a", "d"], rtol=1e-8, atol=1e-11).sensitivities
    assert fixed.exact
    assert fixed.values["x"][0, 1] == pytest.approx([2.0, 2.0], rel=1e-6)
    moving = model.simulate([0.0, 4.0], sensitivities=["a", "at"], rtol=1e-8, atol=1e-11).sensitivities
    assert moving.how == "central differences: a switch or an event depends on at"
    assert moving.values["x"][0, 1] == pytest.approx([2.0, 5.0 - 2.0], rel=1e-5)


def test_other_solvers_have_differences_and_say_so():
    found = (
        decay().simulate([0.0, 4.0], sensitivities=["a"], method="LSODA", rtol=1e-9, atol=1e-12).sensitivities
    )
    assert found.how == "central differences: LSODA carries none"
    assert found.values["x"][0, 1, 0] == pytest.approx(3 * np.exp(-2), rel=1e-6)


def test_what_cannot_be_moved_is_named():
    with pytest.raises(InputError) as caught:
        decay().simulate(TIMES, sensitivities=["kk", "seen"])
    assert [p.code for p in caught.value.problems] == ["value.unknown", "value.unknown"]
    assert "'k'" in caught.value.problems[0].hint
    with pytest.raises(InputError, match="summaries"):
        decay().simulate(TIMES, sensitivities=["k"], reduce={"peak": ("max", "x")})
