"""Equations for lanes that met a NaN: formulas reach a little beyond where they have a value.

A stage of a step may lie slightly outside: an amount that starts at 0 comes out a little negative, and a
broken power of that is no number however small the step. Here a base below 0 counts as 0 in powers and roots
(no solution that stays inside feels that), and a slope that is still not finite counts as 0, which
makes the step explicit there. Who runs with these equations looks at the bases afterwards: a solution that
goes outside by more than rounding has no value there.
"""

from __future__ import annotations

from dataclasses import replace

from jakstat.engine.compile.dag import Graph, Node
from jakstat.engine.compile.equations import Equations

__all__ = ["base_names", "eased"]

BASE, SIZE = "base {}", "size {}"
"""Names of the value of a base and of its largest part, by number; no id of a model has a blank."""


def base_names(count: int) -> list[str]:
    """What is to be asked for to see whether a solution stays where its formulas have a value.

    Examples
    --------
    >>> base_names(1)
    ['base 0', 'size 0']
    """
    return [form.format(k) for k in range(count) for form in (BASE, SIZE)]


def eased(system: Equations) -> Equations:
    """The equations with eased powers and roots; ``values`` also has every base and its size."""
    graph = system.graph
    changed: dict[Node, Node] = {}
    bases: dict[Node, None] = {}
    for node in _below(graph, system.rates):
        changed[node] = _rewritten(graph, node, changed, bases)
    more: dict[str, Node] = {}
    for number, base in enumerate(bases):
        more |= {BASE.format(number): base, SIZE.format(number): _size(graph, base)}
    rates = tuple(changed.get(rate, rate) for rate in system.rates)
    return replace(system, rates=rates, values={**system.values, **more}, eased=len(bases))


def _below(graph: Graph, roots: tuple[Node, ...]) -> list[Node]:
    """Nodes that change, what they are made of first."""
    seen: set[Node] = set()
    stack = list(roots)
    while stack:
        node = stack.pop()
        if node not in seen and graph.depends[node]:
            seen.add(node)
            stack.extend(graph.children(node))
    return sorted(seen)


def _rewritten(graph: Graph, node: Node, changed: dict[Node, Node], bases: dict[Node, None]) -> Node:
    def new(child: Node) -> Node:
        return changed.get(child, child)

    kind = graph.kind[node]
    if kind == "fn" and graph.call(node)[0] in ("pow", "sqrt"):
        name, (base, *exponent) = graph.call(node)
        if graph.depends[base]:
            bases[new(base)] = None
        return graph.function(name, _inside(graph, new(base), *map(new, exponent)), *map(new, exponent))
    if all(new(child) == child for child in graph.children(node)):
        return node
    if kind == "sum":
        constant, terms = graph.terms(node)
        return graph.sum([*((new(n), c) for n, c in terms), (graph.number(constant), 1.0)])
    if kind == "prod":
        return graph.product([(new(n), p) for n, p in graph.factors(node)])
    name, args = graph.call(node)
    return graph.function(name, *map(new, args))


def _inside(graph: Graph, base: Node, exponent: Node | None = None) -> Node:
    """The base, or 0 where it is negative and the exponent is no whole number."""
    zero = graph.number(0.0)
    outside = graph.function("lt", base, zero)
    if exponent is not None:
        broken = graph.function("neq", graph.function("floor", exponent), exponent)
        outside = graph.function("and", outside, broken)
    return graph.function("select", outside, zero, base)


def _size(graph: Graph, base: Node) -> Node:
    """What rounding in a base is measured by: its largest part."""
    parts = [(base, 1.0)]
    if graph.kind[base] == "sum":
        constant, terms = graph.terms(base)
        parts = [(graph.number(constant), 1.0), *terms]
    sizes = [graph.function("abs", graph.sum(((n, c),))) for n, c in parts]
    total = sizes[0]
    for size in sizes[1:]:
        total = graph.function("max", total, size)
    return total
