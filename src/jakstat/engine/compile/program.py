"""Straight-line programs: graph nodes written out as a list of elementary operations.

A program is what the LLVM emitter and the NumPy evaluator both run. Operation ``i``
defines value ``i``; ``load``, ``const`` and ``store`` reach the arrays of a kernel,
everything else works on values. Equal operations are written once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from jakstat.engine.compile.dag import Graph, Node, is_nothing

__all__ = ["Builder", "Hoist", "Lowering", "Operation"]

Value = int


@dataclass(frozen=True, slots=True)
class Operation:
    """One step: ``name`` with the values it reads, or the array place it touches."""

    name: str
    args: tuple[Value, ...] = ()
    array: str = ""
    index: int = 0
    number: float = 0.0


@dataclass(slots=True)
class Builder:
    """A program under construction."""

    operations: list[Operation] = field(default_factory=list)
    _known: dict[Operation | tuple[str, str], Value] = field(default_factory=dict)

    def _emit(self, operation: Operation, key: Operation | tuple[str, str]) -> Value:
        value = self._known.get(key)
        if value is None:
            value = len(self.operations)
            self.operations.append(operation)
            self._known[key] = value
        return value

    def load(self, array: str, index: int) -> Value:
        """The element of an input array."""
        operation = Operation("load", array=array, index=index)
        return self._emit(operation, operation)

    def const(self, number: float) -> Value:
        """A literal."""
        return self._emit(Operation("const", number=number), ("const", number.hex()))

    def do(self, name: str, *args: Value) -> Value:
        """An operation on values."""
        operation = Operation(name, args)
        return self._emit(operation, operation)

    def store(self, array: str, index: int, value: Value) -> None:
        """Write a value to an output array."""
        self.operations.append(Operation("store", (value,), array, index))


@dataclass(slots=True)
class Hoist:
    """Subexpressions of parameters alone: computed once per lane, then read from array ``c``."""

    slots: dict[Node, int] = field(default_factory=dict)

    def slot(self, node: Node) -> int:
        """The place of a node in array ``c`` (a new one if it has none yet)."""
        return self.slots.setdefault(node, len(self.slots))


@dataclass(slots=True)
class Lowering:
    """Writes nodes of a graph into a program.

    ``place`` says where a kernel finds an element of the graph's input arrays; with ``hoist`` given,
    nodes that do not change during a simulation are read from array ``c``.
    """

    graph: Graph
    builder: Builder
    place: Callable[[str, int], tuple[str, int]]
    hoist: Hoist | None
    uses: dict[Node, int] = field(default_factory=dict)
    values: dict[Node, Value] = field(default_factory=dict)
    signed: set[Node] = field(default_factory=set)
    """Nodes whose sign may matter when they are zero: below a denominator or in a function."""

    def count(self, roots: Iterable[Node]) -> None:
        """Count how often each node is used, to know which products may fold into a sum."""
        stack = []
        for root in roots:
            self.uses[root] = self.uses.get(root, 0) + 2  # a root must exist on its own
            stack.append(root)
        seen: set[Node] = set()
        while stack:
            node = stack.pop()
            if node in seen:
                continue
            seen.add(node)
            for child in self._inner(node):
                self.uses[child] = self.uses.get(child, 0) + 1
                stack.append(child)
        for node in sorted(seen, reverse=True):  # users before what they use
            self._mark(node)

    def _mark(self, node: Node) -> None:
        kind = self.graph.kind[node]
        if kind == "fn" or node in self.signed:
            self.signed.update(self.graph.children(node))
        elif kind == "prod":
            self.signed.update(base for base, power in self.graph.factors(node) if power < 0)

    def _exact(self, node: Node) -> bool:
        """Whether a written 0 in a sum is added: it costs nothing in what is worked out once."""
        return node in self.signed or not self.graph.depends[node]

    def _constant(self, node: Node) -> bool:
        return self.hoist is not None and not self.graph.depends[node]

    def _inner(self, node: Node) -> tuple[Node, ...]:
        """The children that are computed in this program (not hoisted)."""
        graph = self.graph
        if self._constant(node):
            return ()
        return tuple(c for c in graph.children(node) if not self._constant(c))

    def value(self, root: Node) -> Value:
        """The value of a node, written out on first use."""
        stack = [root]
        while stack:
            node = stack[-1]
            if node in self.values:
                stack.pop()
                continue
            waiting = [c for c in self._inner(node) if c not in self.values and not self._folds(c)]
            for child in self._inner(node):
                if self._folds(child):
                    waiting.extend(c for c in self._inner(child) if c not in self.values)
            if waiting:
                stack.extend(reversed(waiting))
                continue
            stack.pop()
            self.values[node] = self._write(node)
        return self.values[root]

    def _folds(self, node: Node) -> bool:
        """Whether a product is used once only, so that it may become part of a fused multiply-add."""
        return self.graph.kind[node] == "prod" and self.uses.get(node, 2) == 1 and node not in self.values

    def _get(self, node: Node) -> Value:
        if node not in self.values:
            self.values[node] = self._write(node)
        return self.values[node]

    def _write(self, node: Node) -> Value:
        graph, builder = self.graph, self.builder
        kind = graph.kind[node]
        if kind == "num":
            value = graph.data[node][-1]
            return builder.const(float(value) if isinstance(value, float) else float("nan"))
        if self._constant(node):
            assert self.hoist is not None
            return builder.load("c", self.hoist.slot(node))
        if kind == "input":
            array, index = graph.data[node]
            assert isinstance(index, int)
            return builder.load(*self.place(str(array), index))
        if kind == "sum":
            return self._sum(node)
        if kind == "prod":
            first, second = self._product(node)
            return first if second is None else builder.do("mul", first, second)
        name, args = graph.call(node)
        return builder.do(name, *(self._get(a) for a in args))

    def _split(self, node: Node) -> tuple[Value | None, list[tuple[Node, int]]]:
        """The hoisted part of a product and its other factors."""
        graph = self.graph
        fixed = [f for f in graph.factors(node) if not graph.depends[f[0]]]
        moving = [f for f in graph.factors(node) if graph.depends[f[0]]]
        return (self._get(graph.product(fixed)) if fixed else None), moving

    def _power(self, base: Value, exponent: int) -> Value:
        result: Value | None = None
        square = base
        while exponent:
            if exponent & 1:
                result = square if result is None else self.builder.do("mul", result, square)
            exponent >>= 1
            if exponent:
                square = self.builder.do("mul", square, square)
        assert result is not None
        return result

    def _product(self, node: Node) -> tuple[Value, Value | None]:
        """A product as its last two factors (the second is None when there is only one)."""
        builder = self.builder
        if not self.graph.depends[node]:
            return self._constant_product(node)
        fixed, moving = self._split(node)
        parts = [] if fixed is None else [fixed]
        parts += [self._power(self._get(base), power) for base, power in moving if power > 0]
        parts += [builder.do("inv", self._power(self._get(b), -power)) for b, power in moving if power < 0]
        product = parts[0]
        for part in parts[1:-1]:
            product = builder.do("mul", product, part)
        return (product, parts[-1]) if len(parts) > 1 else (product, None)

    def _constant_product(self, node: Node) -> tuple[Value, Value | None]:
        """A product worked out once: divided by its denominators one by one, as it is written."""
        builder, factors = self.builder, self.graph.factors(node)
        top = [self._power(self._get(base), power) for base, power in factors if power > 0]
        below = [self._power(self._get(base), -power) for base, power in factors if power < 0]
        value = top[0] if top else builder.do("inv", below.pop(0))
        for part in top[1:] if below else top[1:-1]:
            value = builder.do("mul", value, part)
        if not below:
            return (value, top[-1]) if len(top) > 1 else (value, None)
        for part in below:
            value = builder.do("div", value, part)
        return value, None

    def _sum(self, node: Node) -> Value:
        graph, builder = self.graph, self.builder
        constant, terms = graph.terms(node)
        fixed = [(n, c) for n, c in terms if self._constant(n)]
        moving = sorted(((n, c) for n, c in terms if not self._constant(n)), key=lambda term: term[1] < 0)
        total: Value | None = None
        if fixed:
            rest = graph.sum([*fixed, (graph.number(constant), 1.0)])
            total = self._get(rest)
        elif constant != 0.0 or (self._exact(node) and not is_nothing(constant)):
            total = builder.const(constant)
        for term, coefficient in moving:
            total = self._add(total, term, coefficient)
        assert total is not None
        return total

    def _add(self, total: Value | None, term: Node, coefficient: float) -> Value:
        builder = self.builder
        if total is not None and abs(coefficient) == 1.0 and self._folds(term):
            first, second = self._product(term)
            if second is not None:
                return builder.do("fma" if coefficient > 0 else "fnma", first, second, total)
            return builder.do("add" if coefficient > 0 else "sub", total, first)
        value = self._get(term)
        if total is None:
            if coefficient == 1.0:
                return value
            if coefficient == -1.0:
                return builder.do("neg", value)
            return builder.do("mul", builder.const(coefficient), value)
        if abs(coefficient) == 1.0:
            return builder.do("add" if coefficient > 0 else "sub", total, value)
        return builder.do("fma", builder.const(coefficient), value, total)
