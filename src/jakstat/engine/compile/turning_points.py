"""Where rates may change abruptly: conditions to watch, and times known in advance.

A comparison that is linear in the time and rests on nothing else that moves gives the time at
which it turns (a clock); any other comparison or step is watched during integration.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jakstat.engine.compile.dag import BOOLEAN_FUNCTIONS, TIME, Graph, Node
from jakstat.engine.compile.differentiate import derivatives

__all__ = ["Conditions", "find_conditions", "input_places", "turning_times"]

_COMPARISONS = frozenset({"lt", "le", "eq", "neq"})
_STEPS = frozenset({"floor", "ceil", "trunc"})
MAX_TURNS = 100_000


@dataclass(frozen=True, slots=True)
class Conditions:
    """``watched`` nodes, and clocks as (offset, slope) nodes; ``whole`` ones turn at whole numbers."""

    watched: tuple[Node, ...]
    clocks: tuple[tuple[Node, Node], ...]
    whole: tuple[bool, ...]


def _reachable(graph: Graph, roots: Iterable[Node]) -> list[Node]:
    """Nodes below the roots, children of hoisted parts left out."""
    seen: set[Node] = set()
    stack = list(roots)
    while stack:
        node = stack.pop()
        if node in seen or not graph.depends[node]:
            continue
        seen.add(node)
        stack.extend(graph.children(node))
    return sorted(seen)


def _clock(graph: Graph, quantity: Node, time: Node) -> tuple[Node, Node] | None:
    """Offset and slope of a quantity that is linear in time and else fixed."""
    if graph.depends[quantity] != TIME:
        return None
    # q(t) = q(0) + q' t exactly when q' does not change: it turns at t = (target - q(0)) / q'
    slope = derivatives(graph, [quantity], frozenset({time}))[0].get(time)
    if slope is None or graph.depends[slope]:
        return None
    return _at_zero(graph, quantity, time), slope


def _at_zero(graph: Graph, node: Node, time: Node) -> Node:
    """The value at time 0 of a node that rests on nothing else that moves."""
    if node == time:
        return graph.number(0.0)
    if not graph.depends[node]:
        return node
    kind = graph.kind[node]
    if kind == "sum":
        constant, terms = graph.terms(node)
        return graph.sum([(graph.number(constant), 1.0), *((_at_zero(graph, n, time), c) for n, c in terms)])
    if kind == "prod":
        return graph.product([(_at_zero(graph, n, time), e) for n, e in graph.factors(node)])
    name, args = graph.call(node)
    return graph.function(name, *(_at_zero(graph, a, time) for a in args))


def _truth(graph: Graph, node: Node) -> Node:
    """A number as a truth value."""
    if graph.kind[node] == "fn" and graph.call(node)[0] in BOOLEAN_FUNCTIONS:
        return node
    return graph.function("neq", node, graph.number(0.0))


def _jump(graph: Graph, node: Node) -> Node:
    """What a node jumps with: a remainder with the whole part of its ratio, others with themselves."""
    name, args = graph.call(node) if graph.kind[node] == "fn" else ("", ())
    return graph.function("trunc", graph.ratio(*args)) if name == "rem" else node


def find_conditions(graph: Graph, roots: Sequence[Node], triggers: Sequence[Node], time: Node) -> Conditions:
    """The conditions among the nodes below ``roots``; ``triggers`` are watched first, one by one."""
    watched: dict[Node, None] = {}
    clocks: dict[tuple[Node, Node, bool], None] = {}
    for node in [_jump(graph, n) for n in _reachable(graph, [*roots, *triggers])]:
        if graph.kind[node] != "fn":
            continue
        name, args = graph.call(node)
        if name not in _COMPARISONS and name not in _STEPS:
            continue
        quantity = args[0] if name in _STEPS else graph.sub(args[0], args[1])
        line = _clock(graph, quantity, time)
        if line is not None:
            clocks[(*line, name in _STEPS)] = None
        else:
            watched[node] = None
    lines = list(clocks)
    truths = [_truth(graph, trigger) for trigger in triggers]
    return Conditions((*truths, *watched), tuple((a, b) for a, b, _ in lines), tuple(w for _, _, w in lines))


def input_places(graph: Graph, nodes: Iterable[Node], array: str) -> frozenset[int]:
    """Which elements of an input array nodes rest on."""
    found = set()
    seen: set[Node] = set()
    stack = list(nodes)
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        if graph.kind[node] == "input" and graph.data[node][0] == array:
            index = graph.data[node][1]
            assert isinstance(index, int)
            found.add(index)
        stack.extend(graph.children(node))
    return frozenset(found)


def turning_times(lines: NDArray[np.float64], whole: Sequence[bool], start: float, end: float) -> list[float]:
    """Times in (start, end) at which clocks turn, in order.

    Parameters
    ----------
    lines : array, shape (clocks, 2)
        Offset and slope of each clock.
    whole : sequence of bool
        Whether it turns at every whole number rather than at zero.
    start, end : float
        The span.

    Examples
    --------
    >>> [float(t) for t in turning_times(np.array([[-3.0, 1.0]]), [False], 0.0, 10.0)]
    [3.0]
    """
    found: set[float] = set()
    for (offset, slope), every in zip(lines, whole, strict=True):
        if not (math.isfinite(offset) and math.isfinite(slope)) or slope == 0.0:
            continue
        targets: Iterable[float] = (0.0,)
        if every:
            ends = sorted((offset + slope * start, offset + slope * end))
            if ends[1] - ends[0] > MAX_TURNS:
                continue
            targets = (float(k) for k in range(math.ceil(ends[0]), math.floor(ends[1]) + 1))
        found.update((target - offset) / slope for target in targets)
    return sorted(t for t in found if start < t < end)
