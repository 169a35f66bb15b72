"""Formulas as one shared, normalised graph: the input of every compiled kernel.

Equal subexpressions are one node (hash consing). Sums and products are kept in
normal form (terms with number coefficients, factors with whole exponents), so that
constants gather in one place and can be computed once per lane instead of once
per step.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from jakstat.engine.network.arithmetic import divide, power
from jakstat.engine.network.expression import Apply, Expression, Number, Symbol, Time

__all__ = ["BOOLEAN_FUNCTIONS", "Graph", "Node", "from_expression", "is_nothing"]

Node = int
MAX_POWER = 64
"""Whole exponents up to this size become multiplications."""

OPENED = 3
"""Brackets are opened under whole exponents up to this size."""

STATE, TIME = 1, 2
NOTHING = -0.0
"""The constant of a sum without one: adding it changes no number, while ``-0.0 + 0.0`` is 0.0."""
BOOLEAN_FUNCTIONS = frozenset({"lt", "le", "eq", "neq", "and", "or", "xor", "not"})
_TAME = BOOLEAN_FUNCTIONS | {"sin", "cos", "atan", "tanh", "abs", "sign", "select", "max", "min", "sqrt"}
"""Functions that are finite where their arguments are."""
_Key = tuple[object, ...]


def is_nothing(constant: float) -> bool:
    """Whether a sum has no constant (a written 0 is one: it turns -0.0 into 0.0).

    Examples
    --------
    >>> is_nothing(-0.0), is_nothing(0.0)
    (True, False)
    """
    return constant == 0.0 and math.copysign(1.0, constant) < 0.0


def _side(coefficient: float) -> str:
    """What coefficients may be gathered: of one sign, neither zero nor NaN."""
    return repr(coefficient) if coefficient == 0.0 or coefficient != coefficient else "-+"[coefficient > 0.0]


@dataclass(slots=True)
class Graph:
    """A growing set of nodes; a node is the index of its entry.

    ``kind`` is ``num`` (data: value), ``input`` (data: array name and index),
    ``sum`` (data: constant and ``(node, coefficient)`` terms), ``prod`` (data:
    ``(node, whole exponent)`` factors) or ``fn`` (data: name and arguments).
    ``depends`` holds bit 1 if the node changes with the state, bit 2 if with time; ``bounded`` is whether it
    is infinite only where something it is made of nearly is: it divides by nothing that changes, and so on.
    """

    kind: list[str] = field(default_factory=list)
    data: list[tuple[object, ...]] = field(default_factory=list)
    depends: list[int] = field(default_factory=list)
    bounded: list[bool] = field(default_factory=list)
    _index: dict[_Key, Node] = field(default_factory=dict)

    def _node(self, kind: str, data: tuple[object, ...], depends: int, bits: _Key | None = None) -> Node:
        key: _Key = (kind, *(bits or data))
        found = self._index.get(key)
        if found is None:
            found = len(self.kind)
            self._index[key] = found
            self.kind.append(kind)
            self.data.append(data)
            self.depends.append(depends)
            self.bounded.append(self._bounded(found))
        return found

    def _bounded(self, node: Node) -> bool:
        kind = self.kind[node]
        if not self.depends[node]:
            return True
        if kind == "prod" and any(power < 0 and self.depends[base] for base, power in self.factors(node)):
            return False
        known = kind != "fn" or self.call(node)[0] in _TAME
        return known and all(self.bounded[child] for child in self.children(node))

    def number(self, value: float) -> Node:
        """The constant ``value``; NaN and signed zeros are told apart by their bits."""
        return self._node("num", (float(value).hex(), float(value)) if value == value else ("nan", value), 0)

    def input(self, array: str, index: int, depends: int = 0) -> Node:
        """Element ``index`` of a kernel's input ``array``."""
        return self._node("input", (array, index), depends)

    def is_number(self, node: Node) -> bool:
        """Whether the node is a literal."""
        return self.kind[node] == "num"

    def value(self, node: Node) -> float:
        """The value of a literal."""
        value = self.data[node][1]
        assert isinstance(value, float)
        return value

    def terms(self, node: Node) -> tuple[float, tuple[tuple[Node, float], ...]]:
        """The constant and the terms of a sum."""
        constant, terms = self.data[node]
        return constant, terms  # type: ignore[return-value]

    def factors(self, node: Node) -> tuple[tuple[Node, int], ...]:
        """The factors of a product with their exponents."""
        return self.data[node][0]  # type: ignore[return-value]

    def call(self, node: Node) -> tuple[str, tuple[Node, ...]]:
        """The name and the arguments of a function node."""
        name, args = self.data[node]
        return name, args  # type: ignore[return-value]

    def children(self, node: Node) -> tuple[Node, ...]:
        """The nodes a node is made of."""
        kind = self.kind[node]
        if kind == "sum":
            return tuple(n for n, _ in self.terms(node)[1])
        if kind == "prod":
            return tuple(n for n, _ in self.factors(node))
        return self.call(node)[1] if kind == "fn" else ()

    def scaled(self, node: Node) -> tuple[float, Node | None]:
        """The node as coefficient times node (None: the node is a number)."""
        if self.kind[node] == "num":
            return self.value(node), None
        if self.kind[node] == "sum":
            constant, terms = self.terms(node)
            if is_nothing(constant) and len(terms) == 1:
                return terms[0][1], terms[0][0]
        return 1.0, node

    def sum(self, terms: Iterable[tuple[Node, float]]) -> Node:
        """The sum of ``coefficient * node``, with the infinities and NaN that adding term by term gives.

        Terms of one node are gathered when their coefficients have one sign: ``x - x`` is NaN where x is
        infinite, and ``0 * x`` as well, so these stay (:meth:`net` cancels them).
        """
        constant = NOTHING
        gathered: dict[tuple[Node, str], float] = {}
        for node, coefficient in self._opened(terms):
            factor, rest = self.scaled(node)
            if rest is None:
                constant += coefficient * factor
                continue
            key = (rest, _side(coefficient * factor))
            gathered[key] = gathered.get(key, NOTHING) + coefficient * factor
        return self._sum(constant, ((n, c) for (n, _), c in gathered.items()))

    def _opened(self, terms: Iterable[tuple[Node, float]]) -> list[tuple[Node, float]]:
        """The terms, with ``1 + x`` among them written as two, if that makes no two constants meet."""
        given = list(terms)
        fixed = [k for k, (n, _) in enumerate(given) if self.kind[n] == "num" or self._shifted(n)]
        if len(fixed) != 1 or self.kind[given[fixed[0]][0]] == "num":
            return given
        node, coefficient = given.pop(fixed[0])
        constant, inner = self.terms(node)
        return [*given, (self.number(constant), coefficient), (inner[0][0], coefficient * inner[0][1])]

    def _shifted(self, node: Node) -> bool:
        """Whether a node is one term and a constant."""
        if self.kind[node] != "sum":
            return False
        constant, terms = self.terms(node)
        return not is_nothing(constant) and len(terms) == 1

    def net(self, terms: Iterable[tuple[Node, float]]) -> Node:
        """The sum of ``coefficient * node`` with equal and opposite terms cancelled.

        For what a reaction takes and gives back, and for derivatives: they are zero by definition,
        whatever the value of the node.
        """
        constant = 0.0
        gathered: dict[Node, float] = {}
        for node, coefficient in terms:
            factor, rest = self.scaled(node)
            if rest is None:
                constant += coefficient * factor
            else:
                gathered[rest] = gathered.get(rest, 0.0) + coefficient * factor
        kept = [(n, c) for n, c in gathered.items() if c != 0.0]
        return self._sum(constant if constant or not kept else NOTHING, kept)

    def _sum(self, constant: float, terms: Iterable[tuple[Node, float]]) -> Node:
        kept = tuple(sorted(terms))
        if not kept:
            return self.number(constant)
        if is_nothing(constant) and len(kept) == 1 and kept[0][1] == 1.0:
            return kept[0][0]
        depends = 0
        for node, _ in kept:
            depends |= self.depends[node]
        bits = (constant.hex(), *((n, c.hex()) for n, c in kept))  # tells 0.0 from -0.0
        return self._node("sum", (constant, kept), depends, bits)

    def product(self, factors: Iterable[tuple[Node, int]], *, cancel: bool = False) -> Node:
        """The product of ``node ** exponent``, with the infinities and NaN that IEEE 754 gives.

        Positive and negative exponents of one node stay apart, because ``x / x`` is NaN at 0. Taking
        factors out of brackets and changing their order keeps every infinity, zero and NaN, as long as
        nothing between overflows, so a bracket under a higher power stays. ``cancel`` lets opposite
        exponents of constants meet, for derivatives.
        """
        coefficient = 1.0
        gathered: dict[tuple[Node, bool], int] = {}
        for node, exponent in factors:
            number, rest = self.scaled(node)
            size = power(number, float(abs(exponent)))
            if rest is not None and math.isfinite(number) and not math.isfinite(size + divide(1.0, size)):
                number, rest, size = 1.0, node, 1.0  # 1e-200 x squared is no 0 x^2
            if number != 1.0:
                coefficient *= divide(1.0, size) if exponent < 0 else size
            if rest is None:
                continue
            for base, inside in self._bases(rest, exponent):
                total = inside * exponent
                below = total < 0 and (not cancel or bool(self.depends[base]))
                gathered[base, below] = gathered.get((base, below), 0) + total
        kept = tuple(sorted((base, total) for (base, _), total in gathered.items() if total != 0))
        if not kept:
            return self.number(coefficient)
        if len(kept) == 1 and kept[0][1] == 1:
            node = kept[0][0]
        else:
            depends = 0
            for base, _ in kept:
                depends |= self.depends[base]
            node = self._node("prod", (kept,), depends)
        return node if coefficient == 1.0 else self.sum(((node, coefficient),))

    def _bases(self, node: Node, exponent: int) -> tuple[tuple[Node, int], ...]:
        """The factors to raise to a power: (K/x)^8 is not written K^8/x^8, which are further from 1."""
        inner = self.factors(node) if self.kind[node] == "prod" else ()
        return inner if len(inner) == 1 or (inner and abs(exponent) <= OPENED) else ((node, 1),)

    def function(self, name: str, *args: Node) -> Node:
        """A named function of nodes, simplified where its meaning is plain."""
        if name == "select":
            condition, yes, no = args
            if yes == no:
                return yes
            if self.is_number(condition):
                return yes if self.value(condition) != 0.0 else no
        if name == "not" and self.is_number(args[0]):
            return self.number(float(self.value(args[0]) == 0.0))
        depends = 0
        for arg in args:
            depends |= self.depends[arg]
        return self._node("fn", (name, args), depends)

    def add(self, *nodes: Node) -> Node:
        """The sum of nodes."""
        return self.sum((n, 1.0) for n in nodes)

    def sub(self, a: Node, b: Node) -> Node:
        """``a - b``."""
        return self.sum(((a, 1.0), (b, -1.0)))

    def mul(self, *nodes: Node) -> Node:
        """The product of nodes."""
        return self.product((n, 1) for n in nodes)

    def div(self, a: Node, b: Node) -> Node:
        """``a / b``."""
        if self.is_number(a) and self.is_number(b):
            return self.ratio(a, b)
        return self.product(((a, 1), (b, -1)))

    def ratio(self, a: Node, b: Node) -> Node:
        """``a / b`` in one rounding, for what a step follows: 49 * (1 / 49) is less than 1."""
        if self.is_number(a) and self.is_number(b):
            return self.number(divide(self.value(a), self.value(b)))
        return self.function("div", a, b)

    def power(self, base: Node, exponent: Node) -> Node:
        """``base ** exponent``; whole exponents become products."""
        if self.is_number(exponent):
            value = self.value(exponent)
            if value.is_integer() and abs(value) <= MAX_POWER:
                return self.product(((base, int(value)),)) if value != 0.0 else self.number(1.0)
            if value in (0.5, -0.5):
                root = self.function("sqrt", base)
                return root if value > 0 else self.div(self.number(1.0), root)
        return self.function("pow", base, exponent)


_RECIPROCAL = {"sec": "cos", "csc": "sin", "cot": "tan", "sech": "cosh", "csch": "sinh", "coth": "tanh"}
_OF_RECIPROCAL = {
    "asec": "acos", "acsc": "asin", "acot": "atan", "asech": "acosh", "acsch": "asinh", "acoth": "atanh",
}  # fmt: skip
_PLAIN = frozenset(
    {"exp", "abs", "floor", "ceil", "sin", "cos", "tan", "sinh", "cosh", "tanh", "asin", "acos", "atan",
     "asinh", "acosh", "atanh", "factorial"}
)  # fmt: skip


_RATIO = "ratio"


def _chain(graph: Graph, op: str, args: Sequence[Node]) -> Node:
    """An n-ary comparison: every neighbouring pair holds (``eq`` compares with the first)."""
    pairs = []
    for left, right in pairwise(args):
        if op in ("gt", "ge"):
            pairs.append(graph.function("lt" if op == "gt" else "le", right, left))
        else:
            pairs.append(graph.function(op, left, right))
    return _fold(graph, "and", pairs, 1.0)


def _fold(graph: Graph, op: str, args: Sequence[Node], neutral: float) -> Node:
    if not args:
        return graph.number(neutral)
    node = args[0]
    for arg in args[1:]:
        node = graph.function(op, node, arg)
    return node


def _piecewise(graph: Graph, args: Sequence[Node]) -> Node:
    pairs = len(args) // 2
    result = args[-1] if len(args) % 2 else graph.number(float("nan"))
    for i in reversed(range(pairs)):
        result = graph.function("select", args[2 * i + 1], args[2 * i], result)
    return result


def _quotient(graph: Graph, args: Sequence[Node]) -> Node:
    return graph.function("trunc", graph.ratio(args[0], args[1]))


def _log(graph: Graph, args: Sequence[Node]) -> Node:
    return graph.function("log", args[0])


_RULES: Mapping[str, Callable[[Graph, Sequence[Node]], Node]] = {
    "add": lambda g, a: g.add(*a) if a else g.number(0.0),
    "mul": lambda g, a: g.mul(*a),
    "sub": lambda g, a: g.sub(a[0], a[1]),
    "div": lambda g, a: g.div(a[0], a[1]),
    _RATIO: lambda g, a: g.ratio(a[0], a[1]),
    "neg": lambda g, a: g.sum(((a[0], -1.0),)),
    "pow": lambda g, a: g.power(a[0], a[1]),
    "ln": _log,
    "and": lambda g, a: _fold(g, "and", a, 1.0),
    "or": lambda g, a: _fold(g, "or", a, 0.0),
    "xor": lambda g, a: _fold(g, "xor", a, 0.0),
    "not": lambda g, a: g.function("not", a[0]),
    "implies": lambda g, a: g.function("or", g.function("not", a[0]), a[1]),
    "max": lambda g, a: _fold(g, "max", a, 0.0),
    "min": lambda g, a: _fold(g, "min", a, 0.0),
    "piecewise": _piecewise,
    "neq": lambda g, a: g.function("neq", a[0], a[1]),
    "quotient": _quotient,
    "rem": lambda g, a: g.function("rem", a[0], a[1]),
}


def _unrounded(tree: Expression) -> Expression:
    return Apply(_RATIO, tree.args) if isinstance(tree, Apply) and tree.op == "div" else tree


def _apply(graph: Graph, op: str, args: Sequence[Node]) -> Node:
    rule = _RULES.get(op)
    if rule is not None:
        return rule(graph, args)
    if op in _PLAIN:
        return graph.function(op, args[0])
    if op in _RECIPROCAL:
        return graph.div(graph.number(1.0), graph.function(_RECIPROCAL[op], args[0]))
    if op in _OF_RECIPROCAL:
        return graph.function(_OF_RECIPROCAL[op], graph.div(graph.number(1.0), args[0]))
    return _chain(graph, op, args)


def from_expression(
    graph: Graph,
    expression: Expression,
    symbol: Callable[[str], Node],
    time: Node,
    rate_of: Callable[[str], Node],
) -> Node:
    """The node of a formula; ``symbol`` and ``rate_of`` say what an id stands for.

    Examples
    --------
    from jakstat.engine.network.expression import Apply, Symbol
        >>> g = Graph()
        >>> x, t = g.input("y", 0, 1), g.input("t", 0, 2)
        >>> tree = Apply("mul", (Symbol("x"), Symbol("x")))
        >>> from_expression(g, tree, lambda s: x, t, lambda s: x) == g.product(((x, 2),))
        True
    """
    done: list[Node] = []
    stack: list[tuple[Expression, bool]] = [(expression, False)]
    while stack:
        tree, visited = stack.pop()
        if isinstance(tree, Number):
            done.append(graph.number(tree.value))
        elif isinstance(tree, Symbol):
            done.append(symbol(tree.id))
        elif isinstance(tree, Time):
            done.append(time)
        elif tree.op == "rate_of":
            target = tree.args[0]
            assert isinstance(target, Symbol)
            done.append(rate_of(target.id))
        elif visited:
            count = len(tree.args)
            args = done[len(done) - count :]
            del done[len(done) - count :]
            done.append(_apply(graph, tree.op, args))
        else:
            stack.append((tree, True))
            inner = map(_unrounded, tree.args) if tree.op in ("floor", "ceil") else tree.args
            stack.extend((a, False) for a in reversed(tuple(inner)))
    return done[0]
