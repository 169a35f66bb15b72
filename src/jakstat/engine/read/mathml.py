"""From libSBML's formula trees to :mod:`jakstat.engine.network.expression`.

Function definitions are written out in place, local parameters take their long
names. Sizes are counted before anything is copied, so that nested functions
cannot be used to fill the memory.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import libsbml

from jakstat.engine.network.arithmetic import divide
from jakstat.engine.network.expression import ARITY, Apply, Expression, Number, Symbol, Time, substitute, walk
from jakstat.engine.read.guard import ReadLimits

__all__ = ["AVOGADRO", "Formula", "FormulaError", "Function", "Scope", "to_expression"]

AVOGADRO = 6.02214179e23
"""The value SBML Level 3 fixes for its avogadro symbol (older than the SI of 2019)."""


class FormulaError(Exception):
    """A formula that cannot be used: a code, the reason and, for refusals, the feature."""

    def __init__(self, code: str, message: str, feature: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.feature = feature


class Formula(NamedTuple):
    """An expression with the number of its nodes and its depth."""

    expression: Expression
    size: int
    depth: int


@dataclass(frozen=True, slots=True)
class Function:
    """A function definition: its bound variables and its body (None when it has no maths)."""

    arguments: tuple[str, ...]
    body: Formula | None
    uses: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scope:
    """What names mean where a formula stands."""

    functions: Mapping[str, Function]
    rename: Mapping[str, str] = field(default_factory=dict)
    limits: ReadLimits = field(default_factory=ReadLimits)


def _operators() -> dict[int, str]:
    names = {
        "AST_PLUS": "add", "AST_TIMES": "mul", "AST_DIVIDE": "div", "AST_POWER": "pow",
        "AST_FUNCTION_POWER": "pow", "AST_FUNCTION_ABS": "abs", "AST_FUNCTION_CEILING": "ceil",
        "AST_FUNCTION_EXP": "exp", "AST_FUNCTION_FACTORIAL": "factorial", "AST_FUNCTION_FLOOR": "floor",
        "AST_FUNCTION_LN": "ln", "AST_FUNCTION_MAX": "max", "AST_FUNCTION_MIN": "min",
        "AST_FUNCTION_QUOTIENT": "quotient",
        "AST_FUNCTION_PIECEWISE": "piecewise", "AST_FUNCTION_REM": "rem", "AST_FUNCTION_RATE_OF": "rate_of",
        "AST_LOGICAL_AND": "and", "AST_LOGICAL_OR": "or", "AST_LOGICAL_XOR": "xor",
        "AST_LOGICAL_NOT": "not", "AST_LOGICAL_IMPLIES": "implies",
        "AST_RELATIONAL_EQ": "eq", "AST_RELATIONAL_NEQ": "neq", "AST_RELATIONAL_LT": "lt",
        "AST_RELATIONAL_LEQ": "le", "AST_RELATIONAL_GT": "gt", "AST_RELATIONAL_GEQ": "ge",
    }  # fmt: skip
    for stem in ("sin", "cos", "tan", "sec", "csc", "cot"):
        for tail in ("", "h"):
            names[f"AST_FUNCTION_{(stem + tail).upper()}"] = stem + tail
            names[f"AST_FUNCTION_ARC{(stem + tail).upper()}"] = "a" + stem + tail
    return {getattr(libsbml, key): op for key, op in names.items()}


_OPERATOR = _operators()
_CONSTANT = {
    libsbml.AST_CONSTANT_E: math.e,
    libsbml.AST_CONSTANT_PI: math.pi,
    libsbml.AST_CONSTANT_TRUE: 1.0,
    libsbml.AST_CONSTANT_FALSE: 0.0,
    libsbml.AST_NAME_AVOGADRO: AVOGADRO,
}


def to_expression(node: Any, scope: Scope) -> Formula:
    """The expression of a libSBML formula tree.

    Parameters
    ----------
    node : libsbml.ASTNode
        The root of the formula.
    scope : Scope
        Function definitions and names of local parameters.

    Raises
    ------
    FormulaError
        For operators SBML does not have, a wrong number of arguments, unknown
        functions, ``delay`` and formulas beyond the caps.
    """
    kind = node.getType()
    if kind in _CONSTANT:
        return Formula(Number(_CONSTANT[kind]), 1, 1)
    if kind == libsbml.AST_NAME_TIME:
        return Formula(Time(), 1, 1)
    if kind == libsbml.AST_NAME:
        name = str(node.getName())
        return Formula(Symbol(scope.rename.get(name, name)), 1, 1)
    if node.isNumber():
        return Formula(Number(_literal(node, kind)), 1, 1)
    if kind == libsbml.AST_FUNCTION_DELAY:
        raise FormulaError("math.delay", "delay()", "delay")
    arguments = tuple(to_expression(node.getChild(i), scope) for i in range(node.getNumChildren()))
    if kind == libsbml.AST_FUNCTION:
        return _call(str(node.getName()), arguments, scope)
    special = _SPECIAL.get(kind)
    if special is not None:
        return special(arguments, scope)
    op = _OPERATOR.get(kind)
    if op is None:
        name = str(node.getName() or node.getOperatorName() or "unknown")
        if kind in _RANDOM:
            raise FormulaError("math.random", name, "distribution")
        raise FormulaError("math.operator", name, "operator")
    return _apply(op, arguments, scope)


_RANDOM = frozenset(
    getattr(libsbml, name) for name in dir(libsbml) if name.startswith("AST_DISTRIB_FUNCTION_")
)


def _literal(node: Any, kind: int) -> float:
    if kind == libsbml.AST_REAL_E:
        # the mantissa and exponent as written; libSBML's product of the two may be off by a bit
        return float(f"{node.getMantissa()!r}e{node.getExponent()}")
    if kind == libsbml.AST_RATIONAL:
        return divide(float(node.getNumerator()), float(node.getDenominator()))
    if kind == libsbml.AST_INTEGER:
        return float(node.getInteger())
    return float(node.getReal())


def _apply(op: str, arguments: tuple[Formula, ...], scope: Scope) -> Formula:
    least, most = ARITY[op]
    if len(arguments) < least or (most is not None and len(arguments) > most):
        raise FormulaError("math.arguments", f"'{op}' cannot take {len(arguments)} arguments")
    if op == "rate_of" and not isinstance(arguments[0].expression, Symbol):
        raise FormulaError("math.arguments", "'rateOf' takes the name of a quantity")
    size = 1 + sum(a.size for a in arguments)
    depth = 1 + max((a.depth for a in arguments), default=0)
    _check_caps(size, depth, scope)
    return Formula(Apply(op, tuple(a.expression for a in arguments)), size, depth)


def _check_caps(size: int, depth: int, scope: Scope) -> None:
    if size > scope.limits.formula_nodes:
        raise FormulaError("math.size", f"the formula has more than {scope.limits.formula_nodes} terms")
    if depth > scope.limits.formula_depth:
        raise FormulaError("math.depth", f"the formula is nested deeper than {scope.limits.formula_depth}")


def _call(name: str, arguments: tuple[Formula, ...], scope: Scope) -> Formula:
    function = scope.functions.get(name)
    if function is None:
        raise FormulaError("math.function", f"there is no function '{name}'")
    if function.body is None:
        raise FormulaError("math.function", f"the function '{name}' has no formula")
    if len(arguments) != len(function.arguments):
        raise FormulaError(
            "math.arguments", f"'{name}' takes {len(function.arguments)} arguments, not {len(arguments)}"
        )
    size = function.body.size + sum(
        function.uses.get(n, 0) * (a.size - 1) for n, a in zip(function.arguments, arguments, strict=True)
    )
    depth = function.body.depth + max((a.depth for a in arguments), default=1) - 1
    _check_caps(size, depth, scope)
    given = {n: a.expression for n, a in zip(function.arguments, arguments, strict=True)}
    body = substitute(function.body.expression, lambda s: given.get(s.id, s))
    for node in walk(body):
        if isinstance(node, Apply) and node.op == "rate_of" and not isinstance(node.args[0], Symbol):
            raise FormulaError("math.arguments", "'rateOf' takes the name of a quantity")
    return Formula(body, size, depth)


def _minus(arguments: tuple[Formula, ...], scope: Scope) -> Formula:
    return _apply("neg" if len(arguments) == 1 else "sub", arguments, scope)


def _ln(argument: Formula, scope: Scope) -> Formula:
    return _apply("ln", (argument,), scope)


def _log(arguments: tuple[Formula, ...], scope: Scope) -> Formula:
    if len(arguments) == 1:
        arguments = (Formula(Number(10.0), 1, 1), *arguments)
    if len(arguments) != 2:
        raise FormulaError("math.arguments", f"'log' cannot take {len(arguments)} arguments")
    base, value = arguments
    return _apply("div", (_ln(value, scope), _ln(base, scope)), scope)


def _root(arguments: tuple[Formula, ...], scope: Scope) -> Formula:
    if len(arguments) == 1:
        arguments = (Formula(Number(2.0), 1, 1), *arguments)
    if len(arguments) != 2:
        raise FormulaError("math.arguments", f"'root' cannot take {len(arguments)} arguments")
    degree, value = arguments
    one = Formula(Number(1.0), 1, 1)
    return _apply("pow", (value, _apply("div", (one, degree), scope)), scope)


_SPECIAL: dict[int, Callable[[tuple[Formula, ...], Scope], Formula]] = {
    libsbml.AST_MINUS: _minus,
    libsbml.AST_FUNCTION_LOG: _log,
    libsbml.AST_FUNCTION_ROOT: _root,
}
