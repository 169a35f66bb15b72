"""The plain solver against closed forms: reactions, rules, volumes, events, doses, failures."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm

import small_models as sm
from jakstat.engine.doses import Dose
from jakstat.engine.load import load_sbml
from jakstat.engine.model import Model
from jakstat.engine.request import METHODS
from jakstat.errors import InputError, Outcome

TIGHT = {"rtol": 1e-10, "atol": 1e-13}


def model(**parts: list[str]) -> Model:
    return load_sbml(sm.model(**parts), trusted=True)


def variable(start: float, rate: str, **more: list[str]) -> Model:
    """One parameter ``x`` with a rate rule."""
    parameters = [sm.parameter("x", start, False), *more.pop("parameters", [])]
    rules = [sm.rule("rate", "x", rate), *more.pop("rules", [])]
    return model(parameters=parameters, rules=rules, **more)


@pytest.mark.parametrize("method", METHODS)
def test_decay_has_its_closed_form(method: str) -> None:
    times = np.linspace(0.0, 6.0, 13)
    result = load_sbml(sm.DECAY).simulate(times, method=method, **TIGHT)
    assert np.allclose(result.amount("A")[0], 10 * np.exp(-0.5 * times), rtol=1e-8, atol=0)
    assert np.allclose(result.amount("B")[0], 10 - 10 * np.exp(-0.5 * times), rtol=1e-8, atol=1e-12)
    assert np.allclose(result.value("r")[0], 5 * np.exp(-0.5 * times), rtol=1e-8, atol=0)


def test_lanes_share_or_split_what_is_given() -> None:
    result = load_sbml(sm.DECAY).simulate(
        [0.0, 2.0], parameters={"k": [0.1, 1.0]}, initial={"A": 4.0}, **TIGHT
    )
    assert result.lanes == 2
    assert result.amount("A")[:, 1] == pytest.approx([4 * math.exp(-0.2), 4 * math.exp(-2.0)], rel=1e-9)


def test_a_lane_has_the_same_bits_alone_and_among_others() -> None:
    decay = load_sbml(sm.DECAY)
    alone = decay.simulate([0.0, 1.0, 2.0], parameters={"k": 0.7}).amount("A")
    among = decay.simulate([0.0, 1.0, 2.0], parameters={"k": [0.1, 0.7, 3.0]}).amount("A")
    assert np.array_equal(alone[0], among[1])


def test_only_wanted_outputs_are_kept() -> None:
    result = load_sbml(sm.DECAY).simulate([0.0, 1.0], outputs=["B"])
    assert set(result.values) == {"B"}
    assert result.concentration("B").shape == (1, 2)
    with pytest.raises(InputError, match=r"output\.unknown"):
        result.value("A")
    with pytest.raises(InputError, match=r"did you mean 'A'"):
        load_sbml(sm.DECAY).simulate([0.0], outputs=["Aa"])


# ------------------------------------------------------------------ volumes and substance units


def test_concentration_follows_a_growing_volume() -> None:
    grown = model(
        compartments=[sm.compartment("c", 1.0, False)],
        species=[sm.species("A", 6.0), sm.species("F", 1.0, boundaryCondition=True)],
        rules=[sm.rule("rate", "c", "2")],
        parameters=[sm.parameter("x", None, False)],
        initials=[sm.initial("x", "A")],
    )
    result = grown.simulate([0.0, 1.0], **TIGHT)
    assert result.amount("A")[0] == pytest.approx([6.0, 6.0])
    assert result.concentration("A")[0] == pytest.approx([6.0, 2.0])
    assert result.value("F")[0] == pytest.approx([1.0, 1 / 3])


def test_size_override_changes_what_a_concentration_means() -> None:
    text = sm.model(
        compartments=[sm.compartment("c", 2.0)],
        species=[sm.species("A", None, initialConcentration=3.0), sm.species("B", 3.0)],
    )
    result = load_sbml(text, trusted=True).simulate([0.0], parameters={"c": 4.0})
    assert result.amount("A")[0, 0] == 12.0
    assert result.concentration("B")[0, 0] == 0.75


def test_substance_units_concentration_rules_and_conversion_factors() -> None:
    mixed = model(
        compartments=[sm.compartment("c", 2.0)],
        species=[
            sm.species("A", None, hasOnlySubstanceUnits=True, initialConcentration=5.0),
            sm.species("B", 4.0, boundaryCondition=True),
            sm.species("D", 0.0, conversionFactor="f"),
        ],
        parameters=[sm.parameter("f", 3.0)],
        rules=[sm.rule("rate", "B", "1")],
        reactions=[sm.reaction("r", "A", "2D", "1")],
    )
    result = mixed.simulate([0.0, 2.0], **TIGHT)
    assert result.value("A")[0] == pytest.approx([10.0, 8.0])
    assert result.concentration("A")[0] == pytest.approx([5.0, 4.0])
    assert result.value("B")[0] == pytest.approx([2.0, 4.0])
    assert result.amount("B")[0] == pytest.approx([4.0, 8.0])
    assert result.amount("D")[0] == pytest.approx([0.0, 12.0])


def test_initial_assignments_and_their_override() -> None:
    chained = model(
        species=[sm.species("A", None)],
        parameters=[sm.parameter("p", 2.0), sm.parameter("q", None), sm.parameter("s", None, False)],
        initials=[sm.initial("A", "q + s"), sm.initial("q", "2 * p")],
        rules=[sm.rule("assignment", "s", "q + 1")],
    )
    assert chained.simulate([0.0]).amount("A")[0, 0] == 9.0
    assert chained.simulate([0.0], parameters={"p": 3.0}).amount("A")[0, 0] == 13.0
    assert chained.simulate([0.0], parameters={"q": 1.0}).amount("A")[0, 0] == 3.0
    assert chained.simulate([0.0], initial={"A": 7.0}).amount("A")[0, 0] == 7.0


def test_local_parameters_hide_global_ones() -> None:
    hidden = model(
        species=[sm.species("A", 1.0)],
        parameters=[sm.parameter("k", 5.0)],
        reactions=[sm.reaction("r", "A", "", "k * c", {"k": 0.25})],
    )
    assert hidden.simulate([0.0, 2.0]).amount("A")[0, 1] == pytest.approx(0.5)
    assert [w.code for w in hidden.report.warnings if w.code == "id.shadowed"] == ["id.shadowed"]
    assert hidden.simulate([0.0, 2.0], parameters={"r__k": 0.5}).amount("A")[0, 1] == pytest.approx(
        0.0, abs=1e-12
    )


# ------------------------------------------------------------------ switches in time


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("rate", "end"),
    [
        ("piecewise(1, time < 1.3, 0)", 1.3),
        ("piecewise(0, time >= p / 2, 2)", 1.4),
        ("piecewise(1, (time - 0.5) * 2 < 1.6, 0)", 1.3),
        ("floor(time)", 1.0),
        ("piecewise(1, and(time >= 0.5, time < 0.500001), 0)", 1e-6),
        ("piecewise(1, rem(time, 1) < 0.25, 0)", 0.5),
        ("piecewise(1, x < 0.5, 0.5)", 1.25),
    ],
)
def test_no_order_is_lost_at_a_switch(rate: str, end: float, method: str) -> None:
    switched = variable(0.0, rate, parameters=[sm.parameter("p", 1.4)])
    result = switched.simulate([0.0, 2.0], rtol=1e-10, atol=1e-12, method=method)
    assert result.value("x")[0, 1] == pytest.approx(end, rel=1e-8)


def test_a_switch_that_chatters_slides() -> None:
    sliding = variable(0.0, "piecewise(1, x < 0.5, -1)")
    result = sliding.simulate([0.0, 0.25, 1.0], max_steps=20_000)
    if result.ok.all():
        assert result.value("x")[0] == pytest.approx([0.0, 0.25, 0.5], abs=1e-3)


def test_conditions_are_worked_out_anew_where_keeping_them_leads_nowhere() -> None:
    """Kept as it is, the square root would have no value below zero."""
    drained = variable(1.0, "piecewise(-sqrt(x), x > 0, 0)")
    result = drained.simulate([0.0, 1.0, 3.0])
    assert result.ok.all()
    assert result.value("x")[0] == pytest.approx([1.0, 0.25, 0.0], abs=1e-4)


def test_pulses_whose_times_are_not_linear_are_not_stepped_over() -> None:
    pulsed = variable(0.0, "piecewise(1, sin(time) > 0.9, 0)")
    width = 2 * math.acos(0.9)
    result = pulsed.simulate([0.0, 2 * math.pi, 20 * math.pi], **TIGHT)
    assert result.value("x")[0] == pytest.approx([0.0, width, 10 * width], rel=1e-8)


def test_switches_without_any_state() -> None:
    clock = model(
        parameters=[sm.parameter("x", None, False), sm.parameter("n", 0.0, False)],
        rules=[sm.rule("assignment", "x", "piecewise(1, time < 0.7, 2)")],
        events=[sm.event("sin(time) > 0.5", {"n": "n + 1"})],
    )
    result = clock.simulate(np.linspace(0.0, 10.0, 101))
    assert result.value("x")[0, 6] == 1.0
    assert result.value("x")[0, 7] == 2.0
    assert result.value("n")[0, -1] == 2.0


# ------------------------------------------------------------------ events


def test_event_is_located_by_its_root_and_output_at_it_is_the_value_after() -> None:
    falling = variable(1.0, "-x", events=[sm.event("x < 0.5", {"x": "x + 1"})])
    time = math.log(2.0)
    result = falling.simulate([0.0, time - 1e-9, time + 1e-9, 1.0], **TIGHT)
    assert result.value("x")[0] == pytest.approx([1.0, 0.5, 1.5, 1.5 * math.exp(time - 1.0)], rel=1e-7)
    at_two = variable(0.0, "1", events=[sm.event("time >= 2", {"x": "10"})]).simulate(
        [0.0, 2.0, 3.0], **TIGHT
    )
    assert at_two.value("x")[0] == pytest.approx([0.0, 10.0, 11.0])


def test_delay_trigger_values_and_assignment_values() -> None:
    def delayed(at_trigger: bool) -> float:
        waiting = variable(
            0.0, "1",
            parameters=[sm.parameter("y", 0.0, False)],
            events=[sm.event("time > 1", {"y": "x"}, delay="2", at_trigger=at_trigger)],
        )  # fmt: skip
        return float(waiting.simulate([0.0, 2.9, 3.1], **TIGHT).value("y")[0, 2])

    assert delayed(True) == pytest.approx(1.0)
    assert delayed(False) == pytest.approx(3.0)


@pytest.mark.parametrize(("persistent", "value"), [(True, 1.0), (False, 0.0)])
def test_an_event_that_is_not_persistent_is_called_off(persistent: bool, value: float) -> None:
    window = variable(
        0.0, "1",
        parameters=[sm.parameter("y", 0.0, False)],
        events=[sm.event("and(x > 1, x < 2)", {"y": "1"}, delay="1.5", persistent=persistent)],
    )  # fmt: skip
    assert window.simulate([0.0, 4.0]).value("y")[0, 1] == value


@pytest.mark.parametrize(("initial_value", "value"), [(True, 0.0), (False, 1.0)])
def test_events_at_the_first_instant(initial_value: bool, value: float) -> None:
    first = variable(
        0.0, "1",
        parameters=[sm.parameter("y", 0.0, False)],
        events=[sm.event("time >= 0", {"y": "1"}, initial_value=initial_value)],
    )  # fmt: skip
    assert first.simulate([0.0, 1.0]).value("y")[0, 0] == value


def test_priorities_decide_the_order_and_ties_are_drawn_alike_in_every_lane() -> None:
    def order(first: str, second: str) -> Model:
        return variable(
            0.0, "1",
            parameters=[sm.parameter("y", 0.0, False)],
            events=[
                sm.event("time >= 1", {"y": "10 * y + 1"}, priority=first, name="a", at_trigger=False),
                sm.event("time >= 1", {"y": "10 * y + 2"}, priority=second, name="b", at_trigger=False),
            ],
        )  # fmt: skip

    assert order("2", "1").simulate([0.0, 1.0]).value("y")[0, 1] == 12.0
    assert order("1", "2").simulate([0.0, 1.0]).value("y")[0, 1] == 21.0
    tied = order("1", "1").simulate([0.0, 1.0], parameters={"y": [0.0, 0.0, 0.0]}).value("y")[:, 1]
    assert len(set(tied)) == 1


def test_event_storm_ends_its_lane_only() -> None:
    storm = variable(
        0.0, "1",
        parameters=[sm.parameter("y", 0.0, False), sm.parameter("on", 0.0)],
        events=[
            sm.event("and(on > 0, time >= 1, y < 1)", {"y": "2"}, name="a"),
            sm.event("and(on > 0, y > 1)", {"y": "0"}, name="b"),
        ],
    )  # fmt: skip
    result = storm.simulate([0.0, 2.0], parameters={"on": [0.0, 1.0]})
    assert list(result.outcomes) == [Outcome.OK, Outcome.EVENT_STORM]
    assert np.isnan(result.value("x")[1]).all()
    assert result.failures[0].time == 1.0


@pytest.mark.parametrize(
    ("delay", "outcome"), [("-1", Outcome.BAD_PARAMETER), ("0 / 0", Outcome.NOT_A_NUMBER)]
)
def test_impossible_delays_end_the_lane(delay: str, outcome: Outcome) -> None:
    odd = variable(0.0, "1", events=[sm.event("time > 1", {"x": "0"}, delay=delay)])
    assert odd.simulate([0.0, 2.0]).outcomes[0] == outcome


def test_event_on_a_volume_keeps_amounts() -> None:
    shrunk = model(
        compartments=[sm.compartment("c", 4.0, False)],
        species=[sm.species("A", 8.0), sm.species("R", 8.0)],
        rules=[sm.rule("rate", "R", "0")],
        events=[sm.event("time >= 1", {"c": "1"})],
    )
    result = shrunk.simulate([0.0, 1.0])
    assert result.amount("A")[0, 1] == 8.0
    assert result.concentration("A")[0, 1] == 8.0
    assert result.amount("R")[0, 1] == pytest.approx(8.0)


# ------------------------------------------------------------------ doses


def test_doses_land_exactly() -> None:
    decay = load_sbml(sm.DECAY)
    doses = [Dose(1.0, "A", 2.0, interval=1.5, count=2), Dose(3.0, "B", 0.0, action="set")]
    result = decay.simulate([0.0, 1.0, 2.5, 3.0], doses=doses, **TIGHT)
    a1 = 10 * math.exp(-0.5) + 2
    a2 = a1 * math.exp(-0.75) + 2
    assert result.amount("A")[0] == pytest.approx([10.0, a1, a2, a2 * math.exp(-0.25)], rel=1e-8)
    assert result.amount("B")[0, 3] == 0.0


def test_infusion_gives_its_whole_amount() -> None:
    result = load_sbml(sm.DECAY).simulate(
        [0.0, 1.0, 2.0, 4.0],
        parameters={"k": 0.0},
        doses=[Dose(0.5, "A", 3.0, duration=1.5), Dose(0.5, "A", 3.0, duration=1.5)],
        **TIGHT,
    )
    assert result.amount("A")[0] == pytest.approx([10.0, 12.0, 16.0, 16.0], rel=1e-10)


def test_infusion_into_a_species_nothing_else_changes() -> None:
    pool = model(species=[sm.species("A", 1.0, boundaryCondition=True), sm.species("B", 0.0)])
    doses = [Dose(0.0, "A", 2.0, duration=2.0), Dose(1.0, "B", 5.0)]
    result = pool.simulate([0.0, 1.0, 3.0], doses=doses, **TIGHT)
    assert result.amount("A")[0] == pytest.approx([1.0, 2.0, 3.0])
    assert result.amount("B")[0] == pytest.approx([0.0, 5.0, 5.0])


def test_doses_per_lane_and_setting_a_parameter() -> None:
    tables = [[], [Dose(1.0, "k", 0.0, action="set")], [Dose(0.0, "A", 0.0, action="set")]]
    result = load_sbml(sm.DECAY).simulate([0.0, 1.0, 2.0], doses=tables, **TIGHT)
    half = math.exp(-0.5)
    assert result.amount("A")[:, 2] == pytest.approx([10 * half * half, 10 * half, 0.0], rel=1e-8, abs=1e-12)


def test_many_doses_conserve_mass() -> None:
    doses = [Dose(0.0, "A", 0.1, interval=0.01, count=700)]
    result = load_sbml(sm.DECAY).simulate([0.0, 8.0], doses=doses)
    total = result.amount("A")[0, 1] + result.amount("B")[0, 1]
    assert total == pytest.approx(80.0, rel=1e-11)


@pytest.mark.parametrize(
    ("dose", "code"),
    [
        (Dose(0.0, "A", -1.0), "dose.negative"),
        (Dose(0.0, "A", -1.0, action="set"), "dose.negative"),
        (Dose(-1.0, "A", 1.0), "dose.early"),
        (Dose(0.0, "nobody", 1.0), "dose.target"),
        (Dose(0.0, "r", 1.0, action="set"), "dose.target"),
        (Dose(0.0, "k", 1.0), "dose.target"),
        (Dose(math.nan, "A", 1.0), "dose.value"),
        (Dose(0.0, "A", 1.0, duration=-1.0), "dose.value"),
        (Dose(0.0, "A", 1.0, count=2), "dose.interval"),
        (Dose(0.0, "A", 1.0, count=10**9, interval=1.0), "dose.count"),
        (Dose(0.0, "A", 1.0, action="set", duration=1.0), "dose.duration"),
        (Dose(0.0, "A", 1.0, action="remove"), "dose.action"),  # type: ignore[arg-type]
    ],
)
def test_impossible_doses_are_refused(dose: Dose, code: str) -> None:
    with pytest.raises(InputError) as caught:
        load_sbml(sm.DECAY, trusted=True).simulate([0.0, 1.0], doses=[dose])
    assert code in [p.code for p in caught.value.problems]


# ------------------------------------------------------------------ failures and refusals


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("rate", "outcomes"),
    [
        ("x * x", {Outcome.INFINITE, Outcome.STEP_SIZE_UNDERFLOW, Outcome.STEP_LIMIT}),
        ("exp(x)", {Outcome.INFINITE, Outcome.STEP_SIZE_UNDERFLOW, Outcome.STEP_LIMIT}),
        ("ln(-x)", {Outcome.NOT_A_NUMBER}),
        ("1 / (x - 1)", {Outcome.INFINITE}),
        ("-sqrt(x) - 0.1", {Outcome.NOT_A_NUMBER, Outcome.STEP_SIZE_UNDERFLOW}),
        ("1 / (2 - x)", {Outcome.STEP_LIMIT, Outcome.STEP_SIZE_UNDERFLOW}),
        ("1e300 * x * x", {Outcome.STEP_LIMIT, Outcome.STEP_SIZE_UNDERFLOW, Outcome.INFINITE}),
    ],
)
def test_a_lane_that_fails_is_masked_and_counted(rate: str, outcomes: set[Outcome], method: str) -> None:
    """All of these have no solution up to the last time; none may come back as if it had one."""
    result = variable(1.0, rate).simulate([0.0, 0.25, 3.0], method=method, max_steps=2000)
    assert result.outcomes[0] in outcomes
    assert np.isnan(result.value("x")).all()
    assert np.isnan(result.final()["x"]).all()
    assert result.failures[0].species == "x"
    assert 0.0 <= result.failures[0].time <= 3.0


def test_step_limit_and_bad_parameters() -> None:
    decay = load_sbml(sm.DECAY)
    assert decay.simulate([0.0, 100.0], max_steps=3).outcomes[0] == Outcome.STEP_LIMIT
    result = decay.simulate([0.0, 1.0], parameters={"k": [math.nan, 0.5, math.inf]})
    assert list(result.outcomes) == [Outcome.BAD_PARAMETER, Outcome.OK, Outcome.BAD_PARAMETER]
    assert np.isfinite(result.amount("A")[1]).all()


def test_negative_amounts_are_reported_and_not_clipped() -> None:
    drain = model(
        species=[sm.species("A", 1.0)],
        parameters=[sm.parameter("k", 1.0)],
        reactions=[sm.reaction("r", "A", "", "k * c")],
    )
    result = drain.simulate([0.0, 3.0])
    assert result.amount("A")[0, 1] == pytest.approx(-2.0)
    (violation,) = result.violations
    assert (violation.species, violation.time) == ("A", 3.0)
    assert violation.amount == pytest.approx(-2.0)
    # ten times rtol (1e-3 + 1e-6) of the largest size, which is 2 at the end
    assert violation.limit == pytest.approx(-10 * 1e-6 * (1e-3 + 1e-6) * 2.0)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"times": [1.0, 0.0]}, "time.order"),
        ({"times": [0.0, 0.0]}, "time.order"),
        ({"times": [0.0, math.inf]}, "time.value"),
        ({"times": []}, "time.value"),
        ({"rtol": 0.0}, "tolerance.range"),
        ({"atol": 2.0}, "tolerance.range"),
        ({"method": "Euler"}, "method.unknown"),
        ({"max_steps": 0}, "count.range"),
        ({"parameters": {"kk": 1.0}}, "value.unknown"),
        ({"parameters": {"A": 1.0}}, "value.ruled"),
        ({"parameters": {"r": 1.0}}, "value.ruled"),
        ({"parameters": {"k": "fast"}}, "value.type"),
        ({"parameters": {"k": [[1.0]]}}, "value.type"),
        ({"parameters": {"k": [1.0, 2.0]}, "initial": {"A": [1.0, 2.0, 3.0]}}, "lanes.length"),
        ({"doses": [Dose(0.0, "A", 1.0), []]}, "dose.type"),
        ({"outputs": ["Z"]}, "output.unknown"),
    ],
)
def test_impossible_requests_are_refused(arguments: dict[str, object], code: str) -> None:
    with pytest.raises(InputError) as caught:
        load_sbml(sm.DECAY, trusted=True).simulate(**{"times": [0.0, 1.0], **arguments})  # type: ignore[arg-type]
    assert code in [p.code for p in caught.value.problems]


# ------------------------------------------------------------------ steady states and going on


def test_equilibrate_and_go_on() -> None:
    turnover = model(
        species=[sm.species("A", 0.0)],
        parameters=[sm.parameter("k", 2.0)],
        reactions=[sm.reaction("in", "", "A", "k * c"), sm.reaction("out", "A", "", "A * c")],
    )
    steady = turnover.equilibrate({"k": [2.0, 5.0]}, horizon=100.0)
    assert steady.amount("A")[:, 0] == pytest.approx([2.0, 5.0], rel=1e-6)
    assert steady.amount("A").shape == (2, 1)
    onward = turnover.simulate([0.0, 1.0], {"k": [2.0, 5.0]}, initial=steady.final())
    assert onward.amount("A")[:, 1] == pytest.approx([2.0, 5.0], rel=1e-6)


def test_what_never_settles_is_said_so() -> None:
    result = variable(1.0, "0.01 * x").equilibrate(horizon=10.0)
    assert result.outcomes[0] == Outcome.NOT_STEADY
    assert np.isnan(result.value("x")).all()
    assert result.failures[0].outcome == Outcome.NOT_STEADY
    with pytest.raises(InputError, match=r"time\.span"):
        variable(1.0, "-x").equilibrate(horizon=0.0)


# ------------------------------------------------------------------ invariants


@settings(max_examples=30, deadline=None)
@given(
    constants=st.lists(st.floats(1e-3, 1e3), min_size=3, max_size=7),
    amounts=st.lists(st.floats(0.0, 1e3, allow_subnormal=False), min_size=7, max_size=7),
)
def test_closed_cycles_conserve_their_total(constants: list[float], amounts: list[float]) -> None:
    n = len(constants)
    names = [f"S{i}" for i in range(n)]
    cycle = model(
        species=[sm.species(name, amount) for name, amount in zip(names, amounts, strict=False)],
        parameters=[sm.parameter(f"k{i}", k) for i, k in enumerate(constants)],
        reactions=[
            sm.reaction(f"r{i}", names[i], names[(i + 1) % n], f"k{i}*c*{names[i]}") for i in range(n)
        ],
    )
    times = np.array([0.0, 0.1, 1.0, 10.0])
    result = cycle.simulate(times)
    assert result.ok.all()
    assert not result.violations
    track = np.array([result.amount(name)[0] for name in names])
    total = sum(amounts[:n])
    assert np.all(np.abs(track.sum(axis=0) - total) <= 1e-9 * max(total, 1e-9))
    matrix = np.zeros((n, n))
    for i, k in enumerate(constants):
        matrix[i, i] -= k
        matrix[(i + 1) % n, i] += k
    for at, time in enumerate(times):
        assert np.allclose(track[:, at], expm(matrix * time) @ amounts[:n], atol=1e-4 * max(total, 1e-6))


@pytest.mark.long
@settings(max_examples=25, deadline=None)
@given(
    pairs=st.lists(
        st.tuples(
            st.integers(0, 4),
            st.integers(0, 4),
            st.integers(0, 4),
            st.floats(1e-2, 1e2),
            st.floats(1e-2, 1e2),
        ),
        min_size=1,
        max_size=6,
    ),
    amounts=st.lists(st.floats(0.0, 100.0, allow_subnormal=False), min_size=5, max_size=5),
)
def test_random_binding_networks_conserve_and_stay_positive(
    pairs: list[tuple[int, int, int, float, float]], amounts: list[float]
) -> None:
    """A + B <-> AB on five monomers: every monomer's total is conserved."""
    names = [f"M{i}" for i in range(5)]
    made = [sm.species(name, amount) for name, amount in zip(names, amounts, strict=True)]
    reactions, bound = [], []
    for number, (a, b, _, on, off) in enumerate(pairs):
        made.append(sm.species(f"X{number}", 0.0))
        sides = f"{names[a]} {names[b]}"
        reactions.append(sm.reaction(f"on{number}", sides, f"X{number}", f"{on!r}*c*{names[a]}*{names[b]}"))
        reactions.append(sm.reaction(f"off{number}", f"X{number}", sides, f"{off!r}*c*X{number}"))
        bound.append((a, b))
    result = model(species=made, reactions=reactions).simulate([0.0, 0.01, 1.0, 5.0])
    assert result.ok.all()
    assert not result.violations
    for i, name in enumerate(names):
        total = result.amount(name)[0].copy()
        for number, (a, b) in enumerate(bound):
            total += ((a == i) + (b == i)) * result.amount(f"X{number}")[0]
        assert np.all(np.abs(total - amounts[i]) <= 1e-9 * max(sum(amounts), 1.0))
    low = min(float(result.amount(s.id).min()) for s in model(species=made).network.species)
    assert low >= -1e-8


def test_growth_beyond_all_bounds_behind_a_switch_is_an_outcome() -> None:
    # x' = 100 x^2 is infinite at t = 1/30; the kept condition must not lead to a step of 0
    text = sm.model(
        parameters=[sm.parameter("x", 0.3, False)],
        rules=[sm.rule("rate", "x", "100*piecewise(x^2, x > 0.1, 0) - x^1.2")],
    )
    run = load_sbml(text, trusted=True).simulate([0.0, 10.0], method="LSODA", max_steps=2000)
    assert not run.ok.any()
    assert run.failures[0].time == pytest.approx(1 / 30, rel=0.03)
