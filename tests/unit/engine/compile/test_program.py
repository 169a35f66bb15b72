import pytest

from formulas import K, X, Z, apply, graph_of
from jakstat.engine.compile.dag import Graph
from jakstat.engine.compile.program import Builder, Hoist, Lowering
from program_values import run


def lowered(tree: object, hoist: Hoist | None) -> tuple[Graph, Builder]:
    graph = Graph()
    node = graph_of(tree, graph)
    low = Lowering(graph, Builder(), lambda array, index: (array, index), hoist)
    low.count([node])
    low.builder.store("out", 0, low.value(node))
    return graph, low.builder


def test_what_rests_on_parameters_alone_is_hoisted() -> None:
    hoist = Hoist()
    _, builder = lowered(apply("mul", apply("exp", K), K, X, Z), hoist)
    assert len(hoist.slots) == 1
    assert [op.name for op in builder.operations].count("mul") == 2
    assert not any(op.name == "exp" for op in builder.operations)


def test_sums_of_products_become_fused_multiply_adds() -> None:
    _, builder = lowered(apply("sub", apply("mul", K, X), apply("mul", X, Z)), Hoist())
    assert [op.name for op in builder.operations if op.name not in ("load", "store")] in (
        ["mul", "fnma"], ["mul", "fma"],
    )  # fmt: skip


def test_powers_are_repeated_squares_and_quotients_one_reciprocal() -> None:
    _, builder = lowered(apply("pow", X, 8), None)
    assert [op.name for op in builder.operations].count("mul") == 3
    _, builder = lowered(apply("div", Z, apply("add", K, X)), None)
    assert [op.name for op in builder.operations].count("inv") == 1


@pytest.mark.parametrize("hoisted", [False, True])
def test_hoisting_changes_no_value(hoisted: bool) -> None:
    tree = apply(
        "add", apply("mul", 3, X), apply("mul", -1, K, Z), K, apply("neg", apply("mul", 2, K, X, Z)), 1.5
    )
    hoist = Hoist() if hoisted else None
    graph, builder = lowered(tree, hoist)
    c = []
    if hoist is not None:
        for node in hoist.slots:
            low = Lowering(graph, Builder(), lambda array, index: (array, index), None)
            low.count([node])
            low.builder.store("out", 0, low.value(node))
            c.append(run(low.builder.operations, {"p": [3.0]})["out", 0])
    got = run(builder.operations, {"y": [0.7, 1.9], "p": [3.0], "c": c})["out", 0]
    assert got == pytest.approx(3 * 0.7 - 3.0 * 1.9 + 3.0 - 2 * 3.0 * 0.7 * 1.9 + 1.5)


def test_equal_operations_are_written_once() -> None:
    builder = Builder()
    a, b = builder.load("y", 0), builder.load("y", 1)
    assert builder.do("add", a, b) == builder.do("add", a, b)
    assert builder.const(0.0) != builder.const(-0.0)
