"""Formulas as immutable trees: the only form in which the engine keeps mathematics.

The operators are those of SBML Level 3 Version 2 Core (doi:10.1515/jib-2019-0021)
after function definitions have been written out in place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

__all__ = [
    "ARITY",
    "Apply",
    "Expression",
    "Number",
    "Symbol",
    "Time",
    "boolean",
    "substitute",
    "symbols",
    "walk",
]


@dataclass(frozen=True, slots=True)
class Number:
    """A literal value."""

    value: float


@dataclass(frozen=True, slots=True)
class Symbol:
    """The value of a species, compartment, parameter, species reference or reaction.

    A species' symbol stands for its concentration, or for its amount when the
    species has only substance units, as SBML defines it.
    """

    id: str


@dataclass(frozen=True, slots=True)
class Time:
    """The simulation time, in the model's time unit."""


@dataclass(frozen=True, slots=True)
class Apply:
    """An operator of :data:`ARITY` applied to arguments.

    ``piecewise`` takes value, condition, value, condition, ..., and an optional
    last value for "otherwise". ``rate_of`` takes one :class:`Symbol`.
    """

    op: str
    args: tuple[Expression, ...]


Expression = Number | Symbol | Time | Apply

_ANY = (0, None)
_ONE = (1, 1)
_TWO = (2, 2)
ARITY: dict[str, tuple[int, int | None]] = {
    # n-ary; neutral element when empty (add 0, mul 1, and true, or false, xor false)
    "add": _ANY, "mul": _ANY, "and": _ANY, "or": _ANY, "xor": _ANY,
    "max": (1, None), "min": (1, None), "piecewise": (1, None),
    "eq": (1, None), "lt": (1, None), "le": (1, None), "gt": (1, None), "ge": (1, None),
    "sub": _TWO, "div": _TWO, "pow": _TWO, "neq": _TWO, "implies": _TWO,
    "quotient": _TWO, "rem": _TWO,
    "neg": _ONE, "not": _ONE, "exp": _ONE, "ln": _ONE, "abs": _ONE, "floor": _ONE,
    "ceil": _ONE, "factorial": _ONE, "rate_of": _ONE,
    "sin": _ONE, "cos": _ONE, "tan": _ONE, "sec": _ONE, "csc": _ONE, "cot": _ONE,
    "sinh": _ONE, "cosh": _ONE, "tanh": _ONE, "sech": _ONE, "csch": _ONE, "coth": _ONE,
    "asin": _ONE, "acos": _ONE, "atan": _ONE, "asec": _ONE, "acsc": _ONE, "acot": _ONE,
    "asinh": _ONE, "acosh": _ONE, "atanh": _ONE, "asech": _ONE, "acsch": _ONE, "acoth": _ONE,
}  # fmt: skip
"""Operators with the least and greatest number of arguments they take (None: no limit).

Logarithms to another base are written ``div(ln(x), ln(b))`` and roots
``pow(x, div(1, n))`` when a file is read; truth values are the numbers 1 and 0.
"""

_BOOLEAN = frozenset({"and", "or", "xor", "not", "implies", "eq", "neq", "lt", "le", "gt", "ge"})


def boolean(expression: Expression) -> bool:
    """Whether the expression is a truth value (a comparison or a logical operator).

    Examples
    --------
    >>> boolean(Apply("lt", (Time(), Number(3.0))))
    True
    """
    return isinstance(expression, Apply) and expression.op in _BOOLEAN


def walk(expression: Expression) -> Iterator[Expression]:
    """Every node of the tree, parents before children (iterative: depth is no limit)."""
    stack: list[Expression] = [expression]
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, Apply):
            stack.extend(reversed(node.args))


def symbols(expression: Expression) -> frozenset[str]:
    """The ids the expression refers to.

    Examples
    --------
    >>> sorted(symbols(Apply("mul", (Symbol("k"), Symbol("A")))))
    ['A', 'k']
    """
    return frozenset(node.id for node in walk(expression) if isinstance(node, Symbol))


def substitute(expression: Expression, replace: Callable[[Symbol], Expression]) -> Expression:
    """The expression with every symbol replaced by ``replace(symbol)``.

    Examples
    --------
    >>> substitute(Symbol("x"), lambda s: Number(2.0))
    Number(value=2.0)
    """
    if isinstance(expression, Symbol):
        return replace(expression)
    if isinstance(expression, Apply):
        return Apply(expression.op, tuple(substitute(a, replace) for a in expression.args))
    return expression
