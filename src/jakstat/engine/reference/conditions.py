"""Conditions and steps in formulas: which can be solved for time, and which must be watched.

A formula switches where a comparison in it turns, or a step function jumps. Those
that depend on the time alone, linearly, have turning times that are known
beforehand; all others are watched while a solver goes on, and kept as they are
until one of them turns, so that the solver sees a smooth right-hand side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Set
from itertools import pairwise

from jakstat.engine.network.dependencies import Roles, names_in, uses_time
from jakstat.engine.network.expression import Apply, Expression, Number, Symbol, Time, boolean, walk

__all__ = ["Line", "turning_lines", "watched"]

_COMPARISONS = frozenset({"eq", "neq", "lt", "le", "gt", "ge"})
_STEPS = frozenset({"floor", "ceil", "quotient", "rem"})
_LOGIC = frozenset({"and", "or", "xor", "not", "implies"})
_LARGE = 200

Line = tuple[Expression, Expression]
"""Offset and slope of something linear in time."""


def _affine(expression: Expression, fixed: Callable[[Expression], bool]) -> Line | None:
    """Offset and slope of an expression that is linear in time, else None."""
    if isinstance(expression, Time):
        return Number(0.0), Number(1.0)
    if fixed(expression):
        return expression, Number(0.0)
    if not isinstance(expression, Apply):
        return None
    op, args = expression.op, expression.args
    if op in ("add", "sub", "neg"):
        parts = [_affine(a, fixed) for a in args]
        if any(p is None for p in parts):
            return None
        return (
            Apply(op, tuple(p[0] for p in parts if p is not None)),
            Apply(op, tuple(p[1] for p in parts if p is not None)),
        )
    if op == "mul":
        moving = [a for a in args if not fixed(a)]
        inner = _affine(moving[0], fixed) if len(moving) == 1 else None
        if inner is None:
            return None
        rest = tuple(a for a in args if a is not moving[0])
        return Apply("mul", (*rest, inner[0])), Apply("mul", (*rest, inner[1]))
    if op == "div" and fixed(args[1]):
        inner = _affine(args[0], fixed)
        if inner is not None:
            return Apply("div", (inner[0], args[1])), Apply("div", (inner[1], args[1]))
    return None


def _inlined(roles: Roles, dynamic: Set[str], expression: Expression, depth: int = 0) -> Expression:
    """The expression with rules that rest on the time alone written out."""
    if isinstance(expression, Symbol):
        rule = roles.assigned.get(expression.id)
        simple = rule is not None and depth < 20 and sum(1 for _ in walk(rule)) < 50
        if rule is not None and simple and expression.id in dynamic:
            return _inlined(roles, dynamic, rule, depth + 1)
        return expression
    if isinstance(expression, Apply) and expression.op != "rate_of":
        return Apply(expression.op, tuple(_inlined(roles, dynamic, a, depth) for a in expression.args))
    return expression


def _fixed(dynamic: Set[str]) -> Callable[[Expression], bool]:
    return lambda e: not uses_time(e) and not names_in(e) & dynamic


def _quantities(node: Apply) -> list[tuple[Expression, bool]]:
    """What turns at zero (or, where the flag says so, at every whole number) in a comparison or step."""
    if node.op in ("floor", "ceil"):
        return [(node.args[0], True)]
    if node.op in ("quotient", "rem"):
        return [(Apply("div", node.args), True)]
    return [(Apply("sub", pair), False) for pair in pairwise(node.args)]


def _lines(roles: Roles, dynamic: Set[str], node: Apply) -> list[tuple[Line, bool] | None]:
    """For every quantity of a comparison or step that changes: its line, or None when it has none."""
    fixed = _fixed(dynamic)
    found: list[tuple[Line, bool] | None] = []
    for quantity, whole in _quantities(node):
        if fixed(quantity):
            continue
        small = sum(1 for _ in walk(quantity)) <= _LARGE
        line = _affine(_inlined(roles, dynamic, quantity), fixed) if small else None
        found.append(None if line is None else (line, whole))
    return found


def turning_lines(
    roles: Roles, dynamic: Set[str], formulas: Iterable[Expression]
) -> Iterator[tuple[Line, bool]]:
    """Offset and slope of everything in the formulas that turns at known times.

    Yields
    ------
    Line
        Something linear in time.
    bool
        Whether it turns at every whole number rather than at zero.
    """
    for formula in formulas:
        for node in walk(formula):
            if isinstance(node, Apply) and node.op in _COMPARISONS | _STEPS:
                yield from (line for line in _lines(roles, dynamic, node) if line is not None)


def _known(roles: Roles, dynamic: Set[str], expression: Expression) -> bool:
    """Whether all turning times of a condition are known beforehand."""
    if _fixed(dynamic)(expression):
        return True
    if not isinstance(expression, Apply):
        return False
    if expression.op in _COMPARISONS | _STEPS:
        return all(line is not None for line in _lines(roles, dynamic, expression))
    return expression.op in _LOGIC and all(_known(roles, dynamic, a) for a in expression.args)


def watched(roles: Roles, dynamic: Set[str], formulas: Iterable[Expression]) -> list[Expression]:
    """Conditions and steps whose turning times are not known beforehand, each once."""
    found: dict[Expression, None] = {}
    for formula in formulas:
        for node in walk(formula):
            for candidate in _candidates(node):
                if candidate not in found and not _known(roles, dynamic, candidate):
                    found[candidate] = None
    return list(found)


def _candidates(node: Expression) -> tuple[Expression, ...]:
    if not isinstance(node, Apply):
        return ()
    if node.op == "piecewise":
        return node.args[1::2]
    if node.op == "rem":
        return (Apply("quotient", node.args),)
    return (node,) if node.op in _STEPS or boolean(node) else ()
