"""Formulas over two states ``x`` and ``z``, a parameter ``k`` and the time, as graphs and as values."""

from __future__ import annotations

from jakstat.engine.compile.dag import STATE, TIME, Graph, from_expression
from jakstat.engine.compile.program import Builder, Lowering
from jakstat.engine.network.expression import Apply, Number, Symbol, Time
from program_values import run


def value_of(graph: Graph, node: int, y: list[float], p: list[float], t: float = 0.0) -> float:
    low = Lowering(graph, Builder(), lambda array, index: (array, index), None)
    low.count([node])
    low.builder.store("out", 0, low.value(node))
    return run(low.builder.operations, {"y": y, "p": p, "t": [t]})["out", 0]


def graph_of(tree: object, graph: Graph) -> int:
    inputs = {"x": graph.input("y", 0, STATE), "z": graph.input("y", 1, STATE), "k": graph.input("p", 0)}
    return from_expression(
        graph, tree, inputs.__getitem__, graph.input("t", 0, TIME), lambda _: graph.number(7.0)
    )


X, Z, K, T = Symbol("x"), Symbol("z"), Symbol("k"), Time()


def apply(op: str, *args: object) -> Apply:
    return Apply(op, tuple(Number(float(a)) if isinstance(a, int | float) else a for a in args))
