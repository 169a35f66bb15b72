"""Where the right-hand side or a trigger may change abruptly.

Conditions that depend on the time alone are solved for the time at which they
turn, so that a solver can stop exactly there; the others are watched during the
integration.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from jakstat.engine.closures import Closure, closure
from jakstat.engine.dependencies import names_in
from jakstat.engine.expression import Apply, Expression, Number, Symbol, Time, boolean, walk
from jakstat.engine.reference_system import System, uses_time

__all__ = ["Clock", "clocks", "watched"]

_COMPARISONS = frozenset({"eq", "neq", "lt", "le", "gt", "ge"})
_STEPS = frozenset({"floor", "ceil", "quotient", "rem"})


@dataclass(frozen=True, slots=True)
class Clock:
    """A quantity ``offset + slope * time``; something turns where it crosses zero or a whole number.

    ``slope`` and ``offset`` are closures because parameters may change between stretches.
    """

    offset: Closure
    slope: Closure
    whole: bool

    def next_turn(self, v: list[float], time: float) -> float:
        """The first turning time after ``time``, or infinity."""
        slope, offset = self.slope(v), self.offset(v)
        if not (math.isfinite(slope) and math.isfinite(offset)) or slope == 0.0:
            return math.inf
        target = 0.0
        if self.whole:
            now = offset + slope * time
            near = round(now)
            step = math.copysign(1.0, slope)
            target = near if (near - now) * step > 1e-9 else near + step
        turn = (target - offset) / slope
        return turn if turn > time else math.inf


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


def _inlined(system: System, expression: Expression, depth: int = 0) -> Expression:
    """The expression with rules that rest on the time alone written out."""
    if isinstance(expression, Symbol):
        rule = system.roles.assigned.get(expression.id)
        simple = rule is not None and depth < 20 and sum(1 for _ in walk(rule)) < 50
        if rule is not None and simple and expression.id in system.dynamic:
            return _inlined(system, rule, depth + 1)
        return expression
    if isinstance(expression, Apply) and expression.op != "rate_of":
        return Apply(expression.op, tuple(_inlined(system, a, depth) for a in expression.args))
    return expression


def clocks(system: System, formulas: Iterable[Expression]) -> list[Clock]:
    """Clocks of every comparison or step in the formulas that depends on the time alone."""

    def fixed(e: Expression) -> bool:
        return not uses_time(e) and not names_in(e) & system.dynamic

    found = []
    for formula in formulas:
        for node in walk(formula):
            if isinstance(node, Apply) and node.op in _COMPARISONS | _STEPS:
                for quantity, whole in _quantities(node):
                    if sum(1 for _ in walk(quantity)) > 200:
                        continue
                    line = _affine(_inlined(system, quantity), fixed)
                    if line is not None and not fixed(quantity):
                        offset, slope = (closure(e, system.slots) for e in line)
                        found.append(Clock(offset, slope, whole))
    return found


def _quantities(node: Apply) -> list[tuple[Expression, bool]]:
    if node.op in ("floor", "ceil"):
        return [(node.args[0], True)]
    if node.op in ("quotient", "rem"):
        return [(Apply("div", node.args), True)]
    pairs = zip(node.args, node.args[1:], strict=False)
    return [(Apply("sub", pair), False) for pair in pairs]


def watched(system: System, formulas: Iterable[Expression]) -> list[Expression]:
    """Conditions and steps whose value is worth watching: those that rest on the states."""
    found: list[Expression] = []
    for formula in formulas:
        for node in walk(formula):
            if not isinstance(node, Apply):
                continue
            if node.op == "piecewise":
                candidates = list(node.args[1::2])
            elif node.op in ("floor", "ceil", "quotient"):
                candidates = [node]
            elif node.op == "rem":
                candidates = [Apply("quotient", node.args)]
            elif boolean(node):
                candidates = [node]
            else:
                continue
            for candidate in candidates:
                if candidate not in found and names_in(candidate) & system.dynamic:
                    found.append(candidate)
    return found
