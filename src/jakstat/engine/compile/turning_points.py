"""Where rates may change abruptly: conditions to watch, and times known in advance.

A comparison that is linear in the time and rests on nothing else that moves gives the time at
which it turns (a clock); any other comparison or step is watched during integration.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from jakstat.engine.compile.dag import BOOLEAN_FUNCTIONS, STATE, TIME, Graph, Node
from jakstat.engine.compile.differentiate import derivatives

__all__ = ["Conditions", "find_conditions", "input_places"]

_COMPARISONS = frozenset({"lt", "le", "eq", "neq"})
_STEPS = frozenset({"floor", "ceil", "trunc"})


@dataclass(frozen=True, slots=True)
class Conditions:
    """What turns, sorted by how it is found.

    ``timed`` are truths of triggers that turn at known times only, ``watched`` those of the other triggers,
    ``triggers`` of them, then conditions of the rates; ``places`` says where in the two each trigger
    lies. ``turns`` are the times at which something turns once, ``wholes`` (offset, slope) of what
    turns at whole numbers. ``unforeseen`` says that something watched may turn with time alone.
    """

    timed: tuple[Node, ...]
    watched: tuple[Node, ...]
    triggers: int
    places: tuple[int, ...]
    turns: tuple[Node, ...]
    wholes: tuple[tuple[Node, Node], ...]
    unforeseen: bool


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
    """The value at time 0 of a node that rests on nothing else that moves, with steps in it as they are."""
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
    if name in _STEPS or name in BOOLEAN_FUNCTIONS:  # as it is now: where it turns, the clock is read anew
        return node
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


def _switches(
    graph: Graph, roots: Iterable[Node], time: Node
) -> Iterator[tuple[Node, tuple[Node, Node] | None, bool]]:
    """Every comparison or step below the roots, its line in time if it has one, and whether it is a step."""
    for node in [_jump(graph, n) for n in _reachable(graph, roots)]:
        name, args = graph.call(node) if graph.kind[node] == "fn" else ("", ())
        if name in _COMPARISONS or name in _STEPS:
            quantity = args[0] if name in _STEPS else graph.sub(args[0], args[1])
            yield node, _clock(graph, quantity, time), name in _STEPS


def find_conditions(graph: Graph, roots: Sequence[Node], triggers: Sequence[Node], time: Node) -> Conditions:
    """The conditions among the nodes below ``roots``, and the ``triggers`` one by one."""
    turns: dict[Node, None] = {}
    wholes: dict[tuple[Node, Node], None] = {}
    conditions: dict[Node, None] = {}
    unforeseen = False

    def sort(root: Sequence[Node]) -> list[Node]:
        nonlocal unforeseen
        rest = []
        for node, line, steps in _switches(graph, root, time):
            if line is None:
                rest.append(node)
                unforeseen = unforeseen or bool(graph.depends[node] & TIME)
            elif steps:
                wholes[line] = None
            else:  # q(0) + q' t is 0 at t = -q(0) / q'
                turns[graph.div(graph.sum([(line[0], -1.0)]), line[1])] = None
        return rest

    conditions.update(dict.fromkeys(sort(roots)))
    truths = [_truth(graph, trigger) for trigger in triggers]
    known = []
    for truth in truths:
        parts = sort([truth])
        known.append(not parts and not graph.depends[truth] & STATE)
        if parts != [truth]:  # the parts of a narrow window turn one by one, where the whole is stepped over
            conditions.update(dict.fromkeys(parts))
    timed = [i for i, foreseen in enumerate(known) if foreseen]
    others = [i for i, foreseen in enumerate(known) if not foreseen]
    place = {trigger: k for k, trigger in enumerate((*timed, *others))}
    return Conditions(
        tuple(truths[i] for i in timed), (*(truths[i] for i in others), *conditions), len(others),
        tuple(place[i] for i in range(len(truths))), tuple(turns), tuple(wholes), unforeseen,
    )  # fmt: skip


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
