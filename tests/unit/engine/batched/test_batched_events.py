"""Events in the compiled step loop: their order, their instants, and lanes that keep apart."""

import math

import numpy as np
import pytest

import small_models as sm
from jakstat.engine.batched import ensemble
from jakstat.engine.doses import Dose
from jakstat.engine.load import load_sbml
from jakstat.engine.model import Model
from jakstat.errors import Outcome

TIGHT = {"rtol": 1e-10, "atol": 1e-13}
METHODS = ("rodas5p", "LSODA")


def made(rules: dict[str, str], events: list[str], **values: float) -> Model:
    """Changing parameters with rate rules and start values, and events."""
    return load_sbml(
        sm.model(
            parameters=[sm.parameter(k, v, False) for k, v in values.items()],
            rules=[sm.rule("rate", k, f) for k, f in rules.items()],
            events=events,
        ),
        trusted=True,
    )


def written(order: str, trigger: str, digit: int, **more: object) -> str:
    """An event that appends a digit to a number: the number tells in which order events were carried out."""
    return sm.event(trigger, {order: f"10*{order} + {digit}"}, name=f"e{digit}", at_trigger=False, **more)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("first", "second"), [(1, 2), (2, 1)])
@pytest.mark.parametrize("rtol", [1e-4, 1e-6, 1e-9])
@pytest.mark.parametrize(
    ("rate", "start", "timed"),
    [("1", 0.0, "time >= 1"), ("-x", 2.0, f"time >= {math.log(2)!r}")],
)
def test_priority_rules_where_an_event_on_a_state_meets_one_in_time(
    method: str, first: int, second: int, rtol: float, rate: str, start: float, timed: str
) -> None:
    states = timed.replace("time", "x") if rate == "1" else "x <= 1"
    events = [written("n", timed, 1, priority=str(first)), written("n", states, 2, priority=str(second))]
    run = made({"x": rate}, events, x=start, n=0.0).simulate([0.0, 2.0], method=method, rtol=rtol, atol=1e-9)
    assert run.value("n")[0, -1] == (12 if first > second else 21)


@pytest.mark.parametrize("method", METHODS)
def test_an_event_that_stops_another_at_the_same_instant(method: str) -> None:
    events = [
        sm.event("time >= 1", {"x": "0", "n": "n + 1"}, name="a", priority="10"),
        sm.event("x >= 1", {"n": "n + 100"}, name="b", priority="1", persistent=False),
    ]
    run = made({"x": "1"}, events, x=0.0, n=0.0).simulate([0.0, 1.0, 1.9], method=method, **TIGHT)
    assert run.value("n")[0].tolist() == [0.0, 1.0, 1.0]
    assert run.value("x")[0] == pytest.approx([0.0, 0.0, 0.9], abs=1e-9)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("trigger", ["x > 1", "x >= 1"])
def test_an_event_that_returns_to_its_threshold_is_carried_out_once(method: str, trigger: str) -> None:
    events = [sm.event(trigger, {"x": "1", "n": "n + 1"})]
    run = made({"x": "1"}, events, x=0.0, n=0.0).simulate([0.0, 0.5, 3.0], method=method, **TIGHT)
    assert run.value("n")[0].tolist() == [0.0, 0.0, 1.0]
    assert run.value("x")[0] == pytest.approx([0.0, 0.5, 3.0], abs=1e-9)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("rtol", [1e-5, 1e-8])
def test_assignments_that_cross_their_own_triggers_again(method: str, rtol: float) -> None:
    text = sm.model(
        species=[sm.species("S1", 1.0), sm.species("S2", 1.2), sm.species("S3", 2.0), sm.species("S4", 1.0)],
        reactions=[
            sm.reaction("r1", "S1 S2", "S3 S4", "c*0.75*S1*S2"),
            sm.reaction("r2", "S3 S4", "S1 S2", "c*0.25*S3*S4"),
        ],
        events=[sm.event("S4 > S2", {"S1": "2", "S4": "S2"}), sm.event("S3 > 2.1", {"S3": "2.1"}, name="f")],
    )
    times = np.linspace(0.0, 2.0, 5)
    run = load_sbml(text, trusted=True).simulate(times, method=method, rtol=rtol, atol=1e-10)
    assert run.outcomes[0] == Outcome.OK
    # by libRoadRunner 2.10.0 at 1e-8; by hand: S4 and S2 meet at 1.1 as S3 does 2.1, S1 is then set to 2
    wanted = {
        "S1": [1.0, 1.890960, 1.697636, 1.651034, 1.639435],
        "S2": [1.2, 0.990960, 0.797636, 0.751034, 0.739435],
        "S3": [2.0, 2.209040, 2.402364, 2.448966, 2.460565],
        "S4": [1.0, 1.209040, 1.402364, 1.448966, 1.460565],
    }
    for name, values in wanted.items():
        assert run.amount(name)[0] == pytest.approx(values, rel=max(10 * rtol, 1e-6))


@pytest.mark.parametrize("method", METHODS)
def test_what_is_told_of_the_instant_itself(method: str) -> None:
    events = [
        sm.event("time >= 1", {"a": "a + 1"}, name="reached"),
        sm.event("time > 1", {"b": "b + 1"}, name="passed"),
        sm.event("time < 0.5", {"d": "d + 1"}, name="before", initial_value=False, at_trigger=False),
        sm.event("time >= 0", {"d": "d + 10"}, name="never"),
        sm.event("time > 0", {"d": "d + 100"}, name="behind"),
        sm.event("time == 2", {"d": "d + 1000"}, name="there"),
    ]
    model = made({"x": "1"}, events, x=0.0, a=0.0, b=0.0, d=0.0)
    run = model.simulate([0.0, 0.75, 1.0, 1.5, 2.0, 2.5], method=method)
    assert run.value("a")[0].tolist() == [0, 0, 1, 1, 1, 1]
    assert run.value("b")[0].tolist() == [0, 0, 0, 1, 1, 1]
    assert run.value("d")[0].tolist() == [1, 101, 101, 101, 1101, 1101]


def test_clocks_that_events_move() -> None:
    events = [sm.event("time >= due", {"n": "n + 1", "due": "due + 0.5 + n/8"})]
    model = made({"x": "piecewise(1, time < due, 0)"}, events, x=0.0, n=0.0, due=1.0)
    run = model.simulate([0.0, 4.0], initial={"due": [1.0, 1.5]}, **TIGHT)
    # due at 1, 1.5, 2.125, 2.875, 3.75, and at 1.5, 2, 2.625, 3.375: always moved on in time
    assert run.value("n")[:, -1].tolist() == [5.0, 4.0]
    assert run.value("x")[:, -1] == pytest.approx([4.0, 4.0], abs=1e-8)


def test_waiting_events_find_room(monkeypatch: pytest.MonkeyPatch) -> None:
    events = [
        sm.event("sin(40*time) > 0", {"m": "m + time"}, delay="5", at_trigger=True, name="late"),
        sm.event("sin(40*time) > 0", {"n": "n + 1"}, delay="5", at_trigger=False, name="later"),
    ]
    model = made({"x": "1"}, events, x=0.0, m=0.0, n=0.0)
    whole = model.simulate([0.0, 10.0])
    monkeypatch.setattr(ensemble, "ROOM", 0)
    small = model.simulate([0.0, 10.0])
    assert whole.value("n")[0, -1] == math.floor(5 * 40 / (2 * math.pi)) + 1
    assert (small.value("n") == whole.value("n")).all()
    monkeypatch.setattr(ensemble, "MOST_ROOM", 30)
    assert model.simulate([0.0, 10.0]).outcomes[0] == Outcome.EVENT_STORM


def test_ties_are_drawn_as_the_reference_solver_draws_them() -> None:
    events = [written("n", "floor(time) > k", digit, priority="3") for digit in range(1, 8)]
    events.append(sm.event("floor(time) > k", {"k": "k + 1"}, name="next", priority="1"))
    model = made({"x": "1"}, events, x=0.0, n=0.0, k=0.0)
    runs = [model.simulate([0.0, 1.5, 2.5], method=m) for m in METHODS]
    assert (runs[0].value("n") == runs[1].value("n")).all()
    assert sorted(f"{int(runs[0].value('n')[0, -1]):014d}") == sorted("12345671234567")


def test_lanes_with_events_and_doses_keep_apart() -> None:
    events = [
        sm.event("x < 0.5", {"x": "1 + k/10", "n": "n + 1"}, name="low"),
        sm.event("time >= 3*k", {"x": "x + 1"}, delay="k/2", name="timed", persistent=False),
        sm.event("n >= 4", {"k": "k*1.5"}, name="many", priority="2"),
    ]
    text = sm.model(
        species=[sm.species("x", 1.0)],
        parameters=[sm.parameter("n", 0.0, False), sm.parameter("k", 1.0, False)],
        rules=[sm.rule("rate", "x", "-k*x + piecewise(0.1, time > k, 0)")],
        events=events,
    )
    model = load_sbml(text, trusted=True)
    times, k = np.linspace(0.0, 9.0, 19), np.linspace(0.3, 3.0, 29)
    tables = [[Dose(0.1 * lane, "x", 0.3, interval=1.7, count=4)] for lane in range(29)]
    tables[5].append(Dose(2.0, "k", 0.2, action="set"))
    whole = model.simulate(times, {"k": k}, doses=tables)
    assert (whole.outcomes == Outcome.OK).all()
    order = np.random.default_rng(1).permutation(29)
    mixed = model.simulate(times, {"k": k[order]}, doses=[tables[i] for i in order], threads=2)
    alone = [model.simulate(times, {"k": k[i : i + 1]}, doses=[tables[i]]) for i in (0, 5, 28)]
    for name in ("x", "n", "k"):
        assert (mixed.value(name) == whole.value(name)[order]).all()
        for one, i in zip(alone, (0, 5, 28), strict=True):
            assert (one.value(name)[0] == whole.value(name)[i]).all()
    slow = model.simulate(times, {"k": k[:6]}, doses=tables[:6], method="LSODA", rtol=1e-9, atol=1e-12)
    fast = model.simulate(times, {"k": k[:6]}, doses=tables[:6], rtol=1e-9, atol=1e-12)
    assert np.allclose(fast.value("x"), slow.value("x"), rtol=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_a_thousand_events_at_one_instant(method: str) -> None:
    events = [sm.event("time >= 1", {"n": "n + 1"}, name=f"e{i}", at_trigger=False) for i in range(1200)]
    run = made({"x": "1"}, events, x=0.0, n=0.0).simulate([0.0, 2.0], method=method)
    assert run.value("n")[0, -1] == 1200


def test_a_day_of_every_cycle() -> None:
    day = "time - 28*floor(time/28)"
    events = [
        sm.event(f"{day} == 27 && time > 54 && time < 200", {"n": "n + 1"}, name="last"),
        sm.event(f"{day} >= 3", {"m": "m + 1"}, name="third"),
    ]
    model = made({"x": f"piecewise(1, {day} < 12, 0)"}, events, x=0.0, n=0.0, m=0.0)
    run = model.simulate([0.0, 27.0, 55.0, 83.0, 100.0, 300.0], **TIGHT)
    assert run.value("n")[0].tolist() == [0, 0, 1, 2, 2, 6]  # on days 55, 83, 111, 139, 167 and 195
    assert run.value("m")[0].tolist() == [0, 1, 2, 3, 4, 11]
    assert run.value("x")[0] == pytest.approx([0, 12, 24, 36, 48, 132], rel=1e-9)


def test_lanes_with_many_waiting_events_are_run_again_whatever_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # p = sin(w t); in lane 1 some 48 events wait at once
    monkeypatch.setattr(ensemble, "ROOM", 8)
    text = sm.model(
        parameters=[
            sm.parameter("p", 0.0, False), sm.parameter("q", 1.0, False),
            sm.parameter("n", 0.0, False), sm.parameter("w", 1.0),
        ],
        rules=[sm.rule("rate", "p", "w * q"), sm.rule("rate", "q", "-w * p")],
        events=[sm.event("p > 0", {"n": "n + 1"}, delay="30", at_trigger=False)],
    )  # fmt: skip
    model, times, rates = load_sbml(text, trusted=True), [0.0, 20.0, 45.0], [0.1, 10.0]
    both = model.simulate(times, {"w": rates}, outputs=["p", "n"])  # as many outputs as lanes
    for lane, rate in enumerate(rates):
        alone = model.simulate(times, {"w": rate}, outputs=["p", "n"])
        assert np.array_equal(alone.value("n")[0], both.value("n")[lane])
        # p turns positive at every 2 pi / w, the first time just after 0; told 30 later
        assert both.value("n")[lane, -1] == math.floor(15.0 * rate / (2.0 * math.pi)) + 1
