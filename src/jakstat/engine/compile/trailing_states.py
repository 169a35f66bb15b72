"""States on which nothing else depends: counts, areas under curves, cells that only grow.

When all else comes back after a cycle of doses, such a state is multiplied by the same factor, or grows by
the same amount, in every further cycle: its equation is x' = a(t) x or x' = b(t).
"""

from __future__ import annotations

from collections.abc import Iterable

from jakstat.engine.compile.dag import TIME, Graph, Node, is_nothing
from jakstat.engine.compile.equations import Equations
from jakstat.engine.compile.layout import ADDED_TO, MULTIPLIED, RETURNING
from jakstat.engine.compile.turning_points import input_places

__all__ = ["autonomous", "trailing_states"]


def autonomous(system: Equations) -> bool:
    """Whether the rates know no time and nothing happens but doses."""
    return not system.events and not any(system.graph.depends[rate] & TIME for rate in system.rates)


def trailing_states(system: Equations, watched: Iterable[int]) -> list[int]:
    """For each state whether it has to return, is multiplied, or is added to in a cycle.

    ``watched`` are the states that conditions rest on.
    """
    needs = [input_places(system.graph, [rate], "y") for rate in system.rates]
    users: dict[int, set[int]] = {}
    for state, places in enumerate(needs):
        for place in places:
            users.setdefault(place, set()).add(state)
    asked = set(watched)
    found = []
    for state, rate in enumerate(system.rates):
        used = users.get(state, set())
        if state in asked or used - {state}:
            found.append(RETURNING)
        elif not used:
            found.append(ADDED_TO)
        else:
            found.append(MULTIPLIED if _proportional(system.graph, rate, state) else RETURNING)
    return found


def _proportional(graph: Graph, node: Node, state: int) -> bool:
    """Whether a node is a state times what does not depend on it, as it is written."""
    kind = graph.kind[node]
    if kind == "input":
        return graph.data[node] == ("y", state)
    if kind == "sum":
        constant, terms = graph.terms(node)
        return is_nothing(constant) and all(_proportional(graph, term, state) for term, _ in terms)
    if kind == "prod":
        holding = [(f, p) for f, p in graph.factors(node) if state in input_places(graph, [f], "y")]
        return len(holding) == 1 and holding[0][1] == 1 and _proportional(graph, holding[0][0], state)
    return False
