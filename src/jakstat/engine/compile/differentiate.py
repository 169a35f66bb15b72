"""Sparse derivatives of graph nodes, by the chain rule from the leaves up.

A node's derivative is a mapping from input to node that holds non-zero entries
only, so the Jacobian of a reaction network comes out sparse without a search.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from jakstat.engine.compile.dag import Graph, Node

__all__ = ["derivatives"]

Derivative = Mapping[Node, Node]
_EMPTY: Derivative = {}


def _combine(graph: Graph, parts: Iterable[tuple[Derivative, Node]]) -> Derivative:
    """Sum over parts of (outer derivative) x (inner derivatives)."""
    gathered: dict[Node, list[tuple[Node, float]]] = {}
    for inner, outer in parts:
        for variable, node in inner.items():
            if not (_is_zero(graph, outer) or _is_zero(graph, node)):
                gathered.setdefault(variable, []).append((_times(graph, outer, node), 1.0))
    return _nonzero(graph, gathered)


def _times(graph: Graph, outer: Node, inner: Node) -> Node:
    """The product of two derivatives: kept apart where one of them may pass every bound.

    Gathered, powers of numbers far from 1 leave the range of doubles although their product is in it. And
    where something has grown beyond all bounds, what rests on it through 1 / (1 + exp z) or
    1 / (1 + (K / x)^n) has come to rest: an outer derivative of 0 times an infinite inner one is 0.
    """
    plain = graph.bounded[outer] and graph.bounded[inner]
    if plain or not (graph.depends[outer] and graph.depends[inner]):
        return graph.product(((outer, 1), (inner, 1)), cancel=True)
    (factor, moving), (more, rest) = graph.scaled(outer), graph.scaled(inner)
    assert moving is not None
    assert rest is not None
    kept = graph.function("mul" if graph.bounded[rest] else "times", moving, rest)
    return graph.sum(((kept, factor * more),))


def _nonzero(graph: Graph, gathered: Mapping[Node, list[tuple[Node, float]]]) -> Derivative:
    """The sums by variable, without those that cancel: a derivative of zero is no entry of the Jacobian."""
    summed = ((v, graph.net(terms)) for v, terms in gathered.items())
    return {v: d for v, d in summed if not _is_zero(graph, d)}


def _of_product(graph: Graph, node: Node, known: Mapping[Node, Derivative]) -> Derivative:
    # d(prod f_i^p_i) = sum_i p_i f_i^(p_i - 1) (prod of the others) df_i; below a fraction line as
    # p_i (product / f_i) df_i, so that nothing is squared that may leave the range of doubles
    factors = graph.factors(node)
    parts: list[tuple[Derivative, Node]] = []
    for i, (base, power) in enumerate(factors):
        if not known.get(base):
            continue
        rest = [f for j, f in enumerate(factors) if j != i]
        if power < 0:
            outer = graph.function("mul", node, graph.product(((base, -1),)))
        else:
            outer = graph.product([*rest, (base, power - 1)] if power != 1 else rest, cancel=True)
        parts.append((known[base], graph.sum(((outer, float(power)),))))
    return _combine(graph, parts)


def _of_power(graph: Graph, node: Node, args: tuple[Node, ...]) -> tuple[Node, ...]:
    base, exponent = args
    # d(x^y) = y x^y / x dx + x^y log(x) dy: the power is there already, and is dearer than a quotient. At 0
    # the slope of x^1 is 1 and that of higher powers 0; that of x^0.8 is infinite, and 0 makes the step
    # explicit there, with infinity there is none
    at_zero = graph.function("eq", exponent, graph.number(1.0))
    by_base = graph.function(
        "select",
        graph.function("eq", base, graph.number(0.0)),
        at_zero,
        graph.mul(exponent, graph.function("div", node, base)),
    )
    return by_base, graph.function("times", node, graph.function("log", base))


def _of_ratio(graph: Graph, node: Node, args: tuple[Node, ...]) -> tuple[Node, ...]:
    bottom = args[1]  # d(a/b) = da / b - (a/b) / b db
    return graph.div(graph.number(1.0), bottom), graph.div(node, graph.sum(((bottom, -1.0),)))


def _of_remainder(graph: Graph, _node: Node, args: tuple[Node, ...]) -> tuple[Node, ...]:
    whole = graph.function("trunc", graph.ratio(*args))  # a rem b = a - b trunc(a/b) between its jumps
    return graph.number(1.0), graph.sum(((whole, -1.0),))


def _of_factors(_graph: Graph, _node: Node, args: tuple[Node, ...]) -> tuple[Node, ...]:
    return args[1], args[0]


_OF_TWO: Mapping[str, Callable[[Graph, Node, tuple[Node, ...]], tuple[Node, ...]]] = {
    "pow": _of_power, "div": _of_ratio, "rem": _of_remainder, "mul": _of_factors, "times": _of_factors
}  # fmt: skip


def _one_plus(graph: Graph, x: Node, square: float, one: float) -> Node:
    return graph.sum(((graph.product(((x, 2),)), square), (graph.number(one), 1.0)))


def _inverse(graph: Graph, node: Node, coefficient: float = 1.0) -> Node:
    return graph.sum(((graph.product(((node, -1),)), coefficient),))


def _of_root(graph: Graph, root: Node) -> Node:
    """The slope of a square root; 0 instead of infinity at 0, as for powers."""
    zero = graph.number(0.0)
    return graph.function("select", graph.function("eq", root, zero), zero, _inverse(graph, root, 0.5))


_UNARY: Mapping[str, Callable[[Graph, Node, Node], Node]] = {
    "exp": lambda _g, n, _x: n,
    # the elementary ones, from their value n where that is cheaper: tan' = 1 + n^2; but
    # tanh' = 1 / cosh^2 x, as 1 - n^2 has no digits left where n is near 1 or -1
    "log": lambda g, _n, x: _inverse(g, x),
    "sqrt": lambda g, n, _x: _of_root(g, n),
    "abs": lambda g, _n, x: g.function("sign", x),
    "sin": lambda g, _n, x: g.function("cos", x),
    "cos": lambda g, _n, x: g.sum(((g.function("sin", x), -1.0),)),
    "tan": lambda g, n, _x: _one_plus(g, n, 1.0, 1.0),
    "sinh": lambda g, _n, x: g.function("cosh", x),
    "cosh": lambda g, _n, x: g.function("sinh", x),
    "tanh": lambda g, _n, x: g.product(((g.function("cosh", x), -2),)),
    "asin": lambda g, _n, x: _inverse(g, g.function("sqrt", _one_plus(g, x, -1.0, 1.0))),
    "acos": lambda g, _n, x: _inverse(g, g.function("sqrt", _one_plus(g, x, -1.0, 1.0)), -1.0),
    "atan": lambda g, _n, x: _inverse(g, _one_plus(g, x, 1.0, 1.0)),
    "asinh": lambda g, _n, x: _inverse(g, g.function("sqrt", _one_plus(g, x, 1.0, 1.0))),
    "acosh": lambda g, _n, x: _inverse(g, g.function("sqrt", _one_plus(g, x, 1.0, -1.0))),
    "atanh": lambda g, _n, x: _inverse(g, _one_plus(g, x, -1.0, 1.0)),
}


def _of_function(graph: Graph, node: Node, known: Mapping[Node, Derivative]) -> Derivative:
    name, args = graph.call(node)
    if name == "select":
        condition, yes, no = args
        zero = graph.number(0.0)
        variables = sorted({*known.get(yes, _EMPTY), *known.get(no, _EMPTY)})
        pairs = (
            (
                v,
                graph.function(
                    "select",
                    condition,
                    known.get(yes, _EMPTY).get(v, zero),
                    known.get(no, _EMPTY).get(v, zero),
                ),
            )
            for v in variables
        )
        return {v: d for v, d in pairs if not _is_zero(graph, d)}
    if name in ("max", "min"):
        a, b = args
        # the slope of the one that is taken; at a tie of the first
        first = graph.function("le", b, a) if name == "max" else graph.function("le", a, b)
        second = graph.function("not", first)
        return _combine(graph, ((known.get(a, _EMPTY), first), (known.get(b, _EMPTY), second)))
    if name in _OF_TWO:
        outer = _OF_TWO[name](graph, node, args)
        return _combine(graph, ((known.get(a, _EMPTY), o) for a, o in zip(args, outer, strict=True)))
    rule = _UNARY.get(name)
    if rule is None:  # steps (floor, comparisons, ...) have derivative zero where they have one
        return _EMPTY
    inner = known.get(args[0], _EMPTY)
    return _combine(graph, ((inner, rule(graph, node, args[0])),)) if inner else _EMPTY


def derivatives(graph: Graph, roots: Iterable[Node], variables: frozenset[Node]) -> list[Derivative]:
    """For each root, its non-zero derivatives with respect to the input nodes in ``variables``.

    Parts that change with neither state nor time are passed over unless a variable is one of them.

    Examples
    --------
    >>> g = Graph()
    >>> x = g.input("y", 0, 1)
    >>> [d] = derivatives(g, [g.product(((x, 2),))], frozenset({x}))
    >>> d == {x: g.sum(((x, 2.0),))}
    True
    """
    roots = list(roots)
    one = graph.number(1.0)
    known: dict[Node, Derivative] = {}
    moving = all(graph.depends[v] for v in variables)
    stack = [(root, False) for root in reversed(roots)]
    while stack:
        node, visited = stack.pop()
        if node in known:
            continue
        if node in variables:
            known[node] = {node: one}
            continue
        if moving and not graph.depends[node]:
            known[node] = _EMPTY
            continue
        if not visited:
            stack.append((node, True))
            stack.extend((c, False) for c in graph.children(node) if c not in known)
            continue
        known[node] = _of_node(graph, node, known)
    return [known[root] for root in roots]


def _of_node(graph: Graph, node: Node, known: Mapping[Node, Derivative]) -> Derivative:
    kind = graph.kind[node]
    if kind == "sum":
        gathered: dict[Node, list[tuple[Node, float]]] = {}
        for term, coefficient in graph.terms(node)[1]:
            for variable, inner in known.get(term, _EMPTY).items():
                gathered.setdefault(variable, []).append((inner, coefficient))
        return _nonzero(graph, gathered)
    if kind == "prod":
        return _of_product(graph, node, known)
    return _of_function(graph, node, known) if kind == "fn" else _EMPTY


def _is_zero(graph: Graph, node: Node) -> bool:
    return graph.is_number(node) and graph.value(node) == 0.0
