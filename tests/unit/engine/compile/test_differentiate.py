import pytest

from formulas import K, T, X, Z, apply, graph_of, value_of
from jakstat.engine.compile.dag import STATE, TIME, Graph
from jakstat.engine.compile.differentiate import derivatives
from jakstat.engine.network.expression import Apply

FORMULAS = [
    apply("mul", K, X, X, Z),
    apply("div", apply("mul", K, X), apply("add", K, X, Z)),
    apply("pow", X, 4),
    apply("pow", X, K),
    apply("pow", K, X),
    apply("pow", X, Z),
    apply("exp", apply("mul", X, Z)),
    apply("ln", X),
    apply("pow", apply("add", X, Z), 0.5),
    apply("sin", X),
    apply("cos", X),
    apply("tan", X),
    apply("sinh", X),
    apply("cosh", X),
    apply("tanh", X),
    apply("asin", X),
    apply("acos", X),
    apply("atan", X),
    apply("asinh", X),
    apply("acosh", apply("add", X, 1)),
    apply("atanh", X),
    apply("abs", apply("sub", X, Z)),
    apply("max", X, Z),
    apply("min", X, Z),
    apply("piecewise", apply("mul", X, X), apply("lt", X, Z), Z),
    apply("mul", T, X),
    apply("pow", apply("div", X, Z), apply("neg", K)),
    apply("rem", apply("mul", 7, X), Z),
    apply("mul", X, apply("floor", apply("div", apply("mul", 7, X), Z))),
]


@pytest.mark.parametrize("tree", FORMULAS, ids=lambda t: t.op)
def test_derivatives_are_those_of_differences(tree: Apply) -> None:
    graph = Graph()
    root = graph_of(tree, graph)
    inputs = [graph.input("y", 0, STATE), graph.input("y", 1, STATE), graph.input("t", 0, TIME)]
    found = derivatives(graph, [root], frozenset(inputs))[0]
    point = [0.6, 0.9, 1.3]
    for i, node in enumerate(inputs):
        ends = []
        for step in (-1e-6, 1e-6):
            moved = [v + (step if j == i else 0.0) for j, v in enumerate(point)]
            ends.append(value_of(graph, root, moved[:2], [2.5], moved[2]))
        expected = (ends[1] - ends[0]) / 2e-6
        got = value_of(graph, found[node], point[:2], [2.5], point[2]) if node in found else 0.0
        assert got == pytest.approx(expected, rel=1e-7, abs=1e-7)


def test_only_non_zero_derivatives_are_kept() -> None:
    graph = Graph()
    x, z = graph.input("y", 0, STATE), graph.input("y", 1, STATE)
    roots = [graph_of(apply("mul", K, K), graph), graph_of(apply("sub", apply("add", X, Z), Z), graph)]
    found = derivatives(graph, roots, frozenset({x, z}))
    assert found[0] == {}
    assert found[1] == {x: graph.number(1.0)}


def test_power_at_zero_has_the_right_slope() -> None:
    graph = Graph()
    x = graph.input("y", 0, STATE)
    found = derivatives(graph, [graph_of(apply("pow", X, K), graph)], frozenset({x}))[0]
    assert value_of(graph, found[x], [0.0, 0.0], [2.5]) == 0.0
