import numpy as np
import pytest

from formulas import K, T, X, Z, apply, graph_of, value_of
from jakstat.engine.compile.dag import TIME, Graph
from jakstat.engine.compile.turning_points import find_conditions, input_places, turning_times


def found(tree):
    graph = Graph()
    node = graph_of(tree, graph)
    return graph, find_conditions(graph, [node], [], graph.input("t", 0, TIME))


def test_a_switch_in_time_is_a_clock() -> None:
    graph, conditions = found(apply("piecewise", X, apply("lt", apply("mul", 2, T), apply("add", K, T)), Z))
    [(offset, slope)] = conditions.clocks
    assert (value_of(graph, offset, [0, 0], [3.0]), value_of(graph, slope, [0, 0], [3.0])) == (-3.0, 1.0)
    assert conditions.watched == ()
    assert input_places(graph, [offset], "p") == {0}


def test_other_switches_are_watched() -> None:
    for condition in (
        apply("lt", X, K),
        apply("lt", apply("sin", T), 0.5),
        apply("lt", apply("mul", T, T), K),
    ):
        _, conditions = found(apply("piecewise", X, condition, Z))
        assert len(conditions.watched) == 1
        assert not conditions.clocks


def test_steps_turn_at_whole_numbers() -> None:
    _, conditions = found(apply("mul", X, apply("floor", apply("div", T, 24))))
    assert conditions.whole == (True,)
    assert turning_times(np.array([[0.0, 1 / 24]]), [True], 0.0, 72.0) == [24.0, 48.0]
    assert len(found(apply("floor", X))[1].watched) == 1


def test_triggers_come_first_one_by_one() -> None:
    graph = Graph()
    trigger = graph_of(apply("lt", X, K), graph)
    number = graph_of(apply("add", X, 1), graph)
    conditions = find_conditions(graph, [], [trigger, trigger, number], graph.input("t", 0, TIME))
    assert conditions.watched[:2] == (trigger, trigger)
    assert value_of(graph, conditions.watched[2], [0.5, 0], [0]) == 1.0


@pytest.mark.parametrize("line", [(np.nan, 1.0), (1.0, 0.0), (np.inf, 1.0)])
def test_clocks_that_never_turn(line: tuple[float, float]) -> None:
    assert turning_times(np.array([line]), [False], 0.0, 10.0) == []


def test_a_clock_that_turns_too_often_is_left_to_the_error_control() -> None:
    assert turning_times(np.array([[0.0, 1e9]]), [True], 0.0, 1.0) == []
