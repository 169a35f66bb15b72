import math

import pytest

from formulas import K, T, X, Z, apply, graph_of, value_of
from jakstat.engine.compile.dag import STATE, TIME, Graph
from jakstat.engine.network.expression import ARITY, Apply, Number


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        (apply("add", X, Z, K, 1), 0.7 + 1.9 + 3.0 + 1),
        (apply("sub", X, apply("mul", K, Z)), 0.7 - 3.0 * 1.9),
        (apply("div", apply("mul", K, X), apply("add", K, X)), 3.0 * 0.7 / 3.7),
        (apply("pow", X, 3), 0.7**3),
        (apply("pow", X, -2), 0.7**-2),
        (apply("pow", X, 0.5), math.sqrt(0.7)),
        (apply("pow", X, -0.5), 1 / math.sqrt(0.7)),
        (apply("pow", X, K), 0.7**3.0),
        (apply("pow", X, 0), 1.0),
        (apply("neg", apply("exp", X)), -math.exp(0.7)),
        (apply("ln", Z), math.log(1.9)),
        (apply("piecewise", 1, apply("lt", X, Z), 2), 1.0),
        (apply("piecewise", 1, apply("gt", X, Z), 2), 2.0),
        (apply("lt", X, Z, K), 1.0),
        (apply("ge", K, Z, X), 1.0),
        (apply("eq", X, X, Z), 0.0),
        (apply("neq", X, Z), 1.0),
        (apply("and", apply("lt", X, Z), apply("not", apply("lt", Z, X))), 1.0),
        (apply("or"), 0.0),
        (apply("and"), 1.0),
        (apply("xor", 1, 1, 1), 1.0),
        (apply("implies", 1, 0), 0.0),
        (apply("max", X, Z, K), 3.0),
        (apply("min", X, Z), 0.7),
        (apply("rem", 7.5, 2), 1.5),
        (apply("quotient", -7.5, 2), -3.0),
        (apply("floor", Z), 1.0),
        (apply("ceil", Z), 2.0),
        (apply("abs", -4), 4.0),
        (apply("factorial", 5), 120.0),
        (apply("rate_of", X), 7.0),
        (apply("add", T, 1), 3.5),
        (apply("sec", X), 1 / math.cos(0.7)),
        (apply("acoth", Z), math.atanh(1 / 1.9)),
        (apply("mul"), 1.0),
        (apply("add"), 0.0),
    ],
)
def test_value_of_a_formula(tree: Apply, expected: float) -> None:
    graph = Graph()
    assert value_of(graph, graph_of(tree, graph), [0.7, 1.9], [3.0], 2.5) == pytest.approx(
        expected, rel=1e-14
    )


def test_every_operator_of_the_language_has_a_node() -> None:
    for op, (least, _) in ARITY.items():
        if op != "rate_of":
            count = max(least, 2 if op in ("lt", "le", "gt", "ge", "eq") else least)
            graph_of(apply(op, *[X] * count), Graph())


def test_equal_formulas_are_one_node_and_constants_gather() -> None:
    graph = Graph()
    a = graph_of(apply("mul", K, apply("mul", X, 2)), graph)
    b = graph_of(apply("mul", apply("mul", 2, K), X), graph)
    assert a == b
    x = graph_of(X, graph)
    assert graph.net([(x, 1.0), (x, -1.0)]) == graph.number(0.0)
    assert graph_of(apply("sub", X, X), graph) != graph.number(0.0), "inf - inf must stay what it is"
    assert graph_of(apply("div", apply("mul", K, X), K), graph) != x, "k may be 0"
    assert graph_of(apply("div", X, X), graph) != graph.number(1.0), "0/0 must stay what it is"
    assert graph.number(0.0) != graph.number(-0.0)


def test_what_a_node_depends_on() -> None:
    graph = Graph()
    assert graph.depends[graph_of(apply("exp", K), graph)] == 0
    assert graph.depends[graph_of(apply("mul", K, T), graph)] == TIME
    assert graph.depends[graph_of(apply("mul", X, T), graph)] == STATE | TIME


def test_deep_formulas_do_not_exhaust_the_stack() -> None:
    tree: object = X
    for _ in range(5000):
        tree = Apply("exp", (Apply("mul", (Number(-0.5), tree)),))
    graph = Graph()
    assert 0 < value_of(graph, graph_of(tree, graph), [0.1, 0.0], [0.0]) < 10


def test_a_bracket_under_a_high_power_stays() -> None:
    graph = Graph()
    node = graph_of(apply("pow", apply("div", K, X), 12), graph)
    # (1e-30 / 1e-30)^12 is 1, K^12 is nothing and x^-12 infinite
    assert value_of(graph, node, [1e-30, 0.0], [1e-30]) == 1.0
    small = graph_of(apply("pow", apply("mul", 1e-200, X), 2), graph)
    assert value_of(graph, small, [1e200, 0.0], [0.0]) == pytest.approx(1.0)
