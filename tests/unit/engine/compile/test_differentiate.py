import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from formulas import K, T, X, Z, apply, graph_of, value_of
from jakstat.engine.compile.dag import STATE, TIME, Graph
from jakstat.engine.compile.differentiate import derivatives
from jakstat.engine.network.expression import Apply, Number

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


HILL = {
    "with powers": apply("div", apply("pow", X, Z), apply("add", apply("pow", K, Z), apply("pow", X, Z))),
    "as a ratio": apply("div", 1, apply("add", 1, apply("pow", apply("div", K, X), Z))),
    "of shares": apply(
        "div",
        apply("pow", apply("div", X, K), Z),
        apply("add", 1, apply("pow", apply("div", X, K), Z)),
    ),
    "of logarithms": apply(
        "div",
        1,
        apply("add", 1, apply("exp", apply("mul", Z, apply("sub", apply("ln", K), apply("ln", X))))),
    ),
    "as a product": apply(
        "mul",
        apply("pow", X, Z),
        apply("pow", apply("add", apply("pow", K, Z), apply("pow", X, Z)), -1),
    ),
    "by tanh": apply(
        "mul",
        0.5,
        apply(
            "add",
            1,
            apply("tanh", apply("mul", 0.5, Z, apply("sub", apply("ln", X), apply("ln", K)))),
        ),
    ),
}


@pytest.mark.parametrize("u", [-350.0, -13.24, -1.0, 0.0, 2.0, 18.0, 350.0, 800.0])
def test_slope_of_tanh_keeps_its_digits_where_tanh_is_flat(u: float) -> None:
    graph = Graph()
    variable = graph.input("y", 0, STATE)
    root = graph.function("tanh", variable)
    node = derivatives(graph, [root], frozenset({variable}))[0][variable]
    # 4 e / (1 + e)^2 with e = exp(-2 |u|)
    e = math.exp(-2.0 * abs(u))
    assert value_of(graph, node, [u], []) == pytest.approx(4.0 * e / (1.0 + e) ** 2, rel=1e-13)


def with_number(tree: object, exponent: float) -> object:
    """The formula with its exponent written as a number, which makes products of whole powers."""
    if tree == Z:
        return Number(exponent)
    return (
        Apply(tree.op, tuple(with_number(a, exponent) for a in tree.args))
        if isinstance(tree, Apply)
        else tree
    )


def slope_of(tree: object, x: float, k: float, n: float) -> tuple[float, float]:
    """Value and slope by x."""
    graph = Graph()
    root = graph_of(tree, graph)
    variable = graph.input("y", 0, STATE)
    node = derivatives(graph, [root], frozenset({variable}))[0][variable]
    return value_of(graph, root, [x, n], [k]), value_of(graph, node, [x, n], [k])


@settings(deadline=None, max_examples=400)
@example(form="by tanh", x=-11.5, k=0.0, n=1.0, whole=False)
@given(
    form=st.sampled_from(sorted(HILL)),
    x=st.floats(-30.0, 30.0),
    k=st.floats(-30.0, 30.0),
    n=st.sampled_from([1.0, 1.5, 2.0, 4.0, 8.0, 10.0, 12.0]),
    whole=st.booleans(),
)
def test_slope_of_every_hill_term_is_finite_and_right(
    form: str, x: float, k: float, n: float, whole: bool
) -> None:
    tree = with_number(HILL[form], n) if whole else HILL[form]
    value, slope = slope_of(tree, 10.0**x, 10.0**k, n)
    # of h = 1 / (1 + (K / x)^n): h' = n h (1 - h) / x, without a quotient that could leave the range
    away = n * (x - k) * math.log(10.0)
    shares = [1.0 / (1.0 + math.exp(min(s * away, 700.0))) for s in (-1.0, 1.0)]
    exact = n * shares[0] * shares[1] / 10.0**x
    assert math.isfinite(slope) or not math.isfinite(value)
    if math.isfinite(value) and 1e-12 < shares[0] < 1.0 - 1e-6:
        assert slope == pytest.approx(exact, rel=1e-6)


@settings(deadline=None, max_examples=200)
@given(
    sign=st.sampled_from([-1.0, 1.0]),
    size=st.floats(-3.0, 6.0),
    form=st.sampled_from(["quotient", "product", "tanh"]),
)
def test_slope_of_every_sigmoid_is_finite_and_right(sign: float, size: float, form: str) -> None:
    z = sign * 10.0**size
    bottom = apply("add", 1, apply("exp", apply("neg", X)))
    trees = {
        "quotient": apply("div", 1, bottom),
        "product": apply("pow", bottom, -1),
        "tanh": apply("mul", 0.5, apply("add", 1, apply("tanh", apply("mul", 0.5, X)))),
    }
    _, slope = slope_of(trees[form], z, 1.0, 1.0)
    half = math.exp(-min(abs(z), 1400.0) / 2)
    assert slope == pytest.approx((half / (1.0 + half * half)) ** 2, rel=1e-9, abs=1e-15)


@pytest.mark.parametrize("exponent", [1.0, 1.5, 2.0, 3.0])
def test_slope_at_zero_is_that_of_the_limit(exponent: float) -> None:
    # x^n / (K^n + x^n) starts with slope 1 / K for n = 1 and flat for more, however it is written
    expected = 0.25 if exponent == 1.0 else 0.0
    for form in ("with powers", "of shares", "as a product"):
        for tree in (HILL[form], with_number(HILL[form], exponent)):
            assert slope_of(tree, 0.0, 4.0, exponent)[1] == expected
    if exponent > 1.0:
        assert slope_of(HILL["as a ratio"], 0.0, 4.0, exponent) == (0.0, 0.0)


def test_slope_of_zero_to_a_moving_power() -> None:
    graph = Graph()
    root = graph_of(apply("pow", K, apply("add", 1, X)), graph)
    x = graph.input("y", 0, STATE)
    node = derivatives(graph, [root], frozenset({x}))[0][x]
    # 0^(1 + x) is 0 for every x > -1; 2^(1 + x) has the slope 2^(1 + x) log 2
    assert value_of(graph, node, [0.5, 0.0], [0.0]) == 0.0
    assert value_of(graph, node, [0.5, 0.0], [2.0]) == pytest.approx(2.0**1.5 * math.log(2.0))
