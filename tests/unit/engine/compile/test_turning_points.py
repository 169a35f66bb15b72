import pytest

import small_models as sm
from formulas import K, T, X, Z, apply, graph_of, value_of
from jakstat.engine.compile.dag import TIME, Graph
from jakstat.engine.compile.turning_points import find_conditions, input_places
from jakstat.engine.load import load_sbml


def found(tree):
    graph = Graph()
    node = graph_of(tree, graph)
    return graph, find_conditions(graph, [node], [], graph.input("t", 0, TIME))


def test_a_switch_in_time_is_a_clock() -> None:
    graph, conditions = found(apply("piecewise", X, apply("lt", apply("mul", 2, T), apply("add", K, T)), Z))
    [turn] = conditions.turns
    assert value_of(graph, turn, [0, 0], [3.0]) == 3.0
    assert conditions.watched == ()
    assert not conditions.unforeseen
    assert input_places(graph, [turn], "p") == {0}


def test_other_switches_are_watched() -> None:
    for condition in (
        apply("lt", X, K),
        apply("lt", apply("sin", T), 0.5),
        apply("lt", apply("mul", T, T), K),
    ):
        _, conditions = found(apply("piecewise", X, condition, Z))
        assert len(conditions.watched) == 1
        assert not conditions.turns


def course(rate: str, until: float, **more: object) -> float:
    model = load_sbml(
        sm.model(parameters=[sm.parameter("x", 0.0, False)], rules=[sm.rule("rate", "x", rate)]), trusted=True
    )
    return float(model.simulate([0.0, until], rtol=1e-9, atol=1e-12, **more).value("x")[0, -1])


def test_steps_turn_at_whole_numbers() -> None:
    graph, conditions = found(apply("mul", X, apply("floor", apply("div", T, 24))))
    [(offset, slope)] = conditions.wholes
    assert (value_of(graph, offset, [0, 0], [0]), value_of(graph, slope, [0, 0], [0])) == (0.0, 1 / 24)
    assert course("floor(time/24)", 80.0) == pytest.approx(24 + 48 + 3 * 8, rel=1e-9)
    assert len(found(apply("floor", X))[1].watched) == 1


def test_triggers_that_turn_with_the_time_alone_are_apart() -> None:
    graph = Graph()
    states = graph_of(apply("lt", X, K), graph)
    number = graph_of(apply("add", X, 1), graph)
    late = graph_of(apply("and", apply("le", K, T), apply("lt", T, 9)), graph)
    conditions = find_conditions(graph, [], [states, late, states, number], graph.input("t", 0, TIME))
    assert conditions.timed == (late,)
    assert conditions.watched[:2] == (states, states)
    assert value_of(graph, conditions.watched[2], [0.5, 0], [0]) == 1.0
    assert (conditions.triggers, conditions.places) == (3, (1, 0, 2, 3))


def test_the_parts_of_a_window_are_watched_one_by_one() -> None:
    graph = Graph()
    above, below = (graph_of(apply(*tree), graph) for tree in (("lt", K, X), ("lt", X, 1)))
    window = graph_of(apply("and", apply("lt", K, X), apply("lt", X, 1)), graph)
    conditions = find_conditions(graph, [], [window], graph.input("t", 0, TIME))
    assert conditions.watched[0] == window
    assert set(conditions.watched[1:]) == {above, below}


@pytest.mark.parametrize("clock", ["0*time < 1", "1/0 + time < 1", "sqrt(-1) + time < 1"])
def test_clocks_that_never_turn(clock: str) -> None:
    rate = f"1 + piecewise(0, {clock}, 0)"
    assert course(rate, 2.0) == pytest.approx(2.0, rel=1e-9)


def test_a_clock_that_turns_too_often_is_left_to_the_error_control() -> None:
    assert course("1 + 0*floor(1e9*time)", 1.0, max_steps=5000) == pytest.approx(1.0, rel=1e-9)
