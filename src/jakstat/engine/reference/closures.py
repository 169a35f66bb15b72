"""Expressions as plain Python functions, composed from small ones; nothing is evaluated as text.

Arithmetic follows IEEE 754 as SBML expects: a division by zero gives an infinity
or NaN, never an exception.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from jakstat.engine.network.arithmetic import divide, power
from jakstat.engine.network.dependencies import RATE
from jakstat.engine.network.expression import Apply, Expression, Number, Symbol, Time

__all__ = ["Closure", "closure"]

Closure = Callable[[list[float]], float]
"""A function of the list of all current values (place 0 holds the time)."""

NAN = math.nan
INF = math.inf


def _guarded(function: Callable[[float], float]) -> Callable[[float], float]:
    def guarded(x: float) -> float:
        try:
            return function(x)
        except ValueError:
            return NAN
        except OverflowError:
            return -INF if x < 0.0 and function is math.sinh else INF

    return guarded


def _ln(x: float) -> float:
    return math.log(x) if x > 0.0 else (-INF if x == 0.0 else NAN)


def _factorial(x: float) -> float:
    if not (x >= 0.0 and (x == INF or x == math.floor(x))):
        return NAN
    return INF if x > 170.0 else float(math.factorial(int(x)))


def _whole(function: Callable[[float], int]) -> Callable[[float], float]:
    return lambda x: math.copysign(float(function(x)), x) if math.isfinite(x) else x  # -0.0 stays negative


def _atanh(x: float) -> float:
    return math.copysign(INF, x) if abs(x) == 1.0 else _guarded(math.atanh)(x)


def _acot(x: float) -> float:
    return math.atan(divide(1.0, x))


# The reciprocal functions are what their names say: sec = 1/cos, arcsec x = arccos(1/x),
# arccot x = arctan(1/x), so arccot 0 = arctan(inf) = pi/2.
_cos, _sin, _tan = _guarded(math.cos), _guarded(math.sin), _guarded(math.tan)
_cosh, _sinh = _guarded(math.cosh), _guarded(math.sinh)
_acos, _asin, _acosh = _guarded(math.acos), _guarded(math.asin), _guarded(math.acosh)

_UNARY: dict[str, Callable[[float], float]] = {
    "exp": _guarded(math.exp),
    "ln": _ln,
    "abs": abs,
    "floor": _whole(math.floor),
    "ceil": _whole(math.ceil),
    "factorial": _factorial,
    "not": lambda x: 0.0 if x else 1.0,
    "sin": _sin,
    "cos": _cos,
    "tan": _tan,
    "sec": lambda x: divide(1.0, _cos(x)),
    "csc": lambda x: divide(1.0, _sin(x)),
    "cot": lambda x: divide(1.0, _tan(x)),
    "sinh": _sinh,
    "cosh": _cosh,
    "tanh": math.tanh,
    "sech": lambda x: divide(1.0, _cosh(x)),
    "csch": lambda x: divide(1.0, _sinh(x)),
    "coth": lambda x: divide(1.0, math.tanh(x)),
    "asin": _asin,
    "acos": _acos,
    "atan": math.atan,
    "asec": lambda x: _acos(divide(1.0, x)),
    "acsc": lambda x: _asin(divide(1.0, x)),
    "acot": _acot,
    "asinh": math.asinh,
    "acosh": _acosh,
    "atanh": _atanh,
    "asech": lambda x: _acosh(divide(1.0, x)),
    "acsch": lambda x: math.asinh(divide(1.0, x)),
    "acoth": lambda x: _atanh(divide(1.0, x)),
}


def _quotient(a: float, b: float) -> float:
    q = divide(a, b)
    return math.copysign(float(math.trunc(q)), q) if math.isfinite(q) else q


def _remainder(a: float, b: float) -> float:
    try:
        return math.fmod(a, b)
    except ValueError:
        return NAN


_BINARY: dict[str, Callable[[float, float], float]] = {
    "div": divide,
    "pow": power,
    "neq": lambda a, b: 1.0 if a != b else 0.0,
    "implies": lambda a, b: 1.0 if b or not a else 0.0,
    "quotient": _quotient,
    "rem": _remainder,
}

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "eq": lambda a, b: a == b,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
}


@dataclass(frozen=True, slots=True)
class Places:
    """Where names stand in the list of values, and conditions that are read there, not worked out.

    ``frozen`` goes by the identity of the nodes, which live as long as their network.
    """

    names: Mapping[str, int]
    frozen: Mapping[int, int]


def closure(
    expression: Expression, slots: Mapping[str, int], frozen: Mapping[int, int] | None = None
) -> Closure:
    """The function that evaluates an expression on a list of values.

    Parameters
    ----------
    expression : Expression
        The formula.
    slots : mapping of str to int
        Where each name stands in the list; place 0 is the time.
    frozen : mapping of int to int, optional
        Identity of nodes whose value is read from a place instead of being worked out.

    Examples
    --------
    >>> f = closure(Apply("mul", (Number(2.0), Symbol("x"))), {"x": 1})
    >>> f([0.0, 3.0])
    6.0
    """
    return _closure(expression, Places(slots, frozen or {}))


def _closure(expression: Expression, at: Places) -> Closure:
    if isinstance(expression, Number):
        value = expression.value
        return lambda _v: value
    if isinstance(expression, Time):
        return lambda v: v[0]
    if isinstance(expression, Symbol):
        place = at.names[expression.id]
        return lambda v: v[place]
    if id(expression) in at.frozen:
        kept = at.frozen[id(expression)]
        return lambda v: v[kept]
    if expression.op == "rate_of":
        (target,) = expression.args
        assert isinstance(target, Symbol)
        rate = at.names[RATE + target.id]
        return lambda v: v[rate]
    return _applied(expression, at)


def _applied(expression: Apply, at: Places) -> Closure:
    op = expression.op
    if op == "mul":
        return _product(_factors(expression, at), at)
    parts = [_closure(a, at) for a in expression.args]
    if op in _UNARY:
        return _unary(_UNARY[op], parts[0])
    if op == "neg":
        inner = parts[0]
        return lambda v: -inner(v)
    if op == "sub":
        left, right = parts
        return lambda v: left(v) - right(v)
    if op == "div":
        return _quotient_of(*parts)
    if op in _BINARY:
        function, (first, second) = _BINARY[op], parts
        return lambda v: function(first(v), second(v))
    if op in _COMPARE:
        return _comparison(_COMPARE[op], parts)
    return _NARY[op](parts)


def _quotient_of(top: Closure, bottom: Closure) -> Closure:
    def quotient(v: list[float]) -> float:
        a, b = top(v), bottom(v)
        return a / b if b else divide(a, b)

    return quotient


def _unary(function: Callable[[float], float], inner: Closure) -> Closure:
    return lambda v: function(inner(v))


def _factors(expression: Apply, at: Places) -> list[Expression]:
    """Factors of a product; only left nesting is opened, which keeps the order of rounding."""
    first = expression.args[0] if expression.args else None
    if isinstance(first, Apply) and first.op == "mul":
        return _factors(first, at) + list(expression.args[1:])
    return list(expression.args)


def _product(factors: list[Expression], at: Places) -> Closure:
    places = [at.names[f.id] for f in factors if isinstance(f, Symbol)]
    if len(places) == len(factors):
        if len(places) == 2:
            i, j = places
            return lambda v: v[i] * v[j]
        if len(places) == 3:
            i, j, k = places
            return lambda v: v[i] * v[j] * v[k]
        if len(places) == 4:
            i, j, k, m = places
            return lambda v: v[i] * v[j] * v[k] * v[m]
    parts = [_closure(f, at) for f in factors]
    if len(parts) == 2:
        a, b = parts
        return lambda v: a(v) * b(v)
    if len(parts) == 3:
        a, b, c = parts
        return lambda v: a(v) * b(v) * c(v)

    def product(v: list[float]) -> float:
        value = 1.0
        for part in parts:
            value *= part(v)
        return value

    return product


def _sum(parts: list[Closure]) -> Closure:
    if len(parts) == 2:
        a, b = parts
        return lambda v: a(v) + b(v)

    def total(v: list[float]) -> float:
        value = -0.0 if parts else 0.0
        for part in parts:
            value += part(v)
        return value

    return total


def _comparison(test: Callable[[float, float], bool], parts: list[Closure]) -> Closure:
    if len(parts) == 2:
        a, b = parts
        return lambda v: 1.0 if test(a(v), b(v)) else 0.0

    def chain(v: list[float]) -> float:
        values = [part(v) for part in parts]
        return 1.0 if all(test(x, y) for x, y in pairwise(values)) else 0.0

    return chain


def _piecewise(parts: list[Closure]) -> Closure:
    pairs = [(parts[i], parts[i + 1]) for i in range(0, len(parts) - 1, 2)]
    otherwise = parts[-1] if len(parts) % 2 else None

    def pieces(v: list[float]) -> float:
        for value, condition in pairs:
            if condition(v):
                return value(v)
        return NAN if otherwise is None else otherwise(v)

    return pieces


def _extreme(pick: Callable[[list[float]], float]) -> Callable[[list[Closure]], Closure]:
    def build(parts: list[Closure]) -> Closure:
        def extreme(v: list[float]) -> float:
            values = [part(v) for part in parts]
            return NAN if any(x != x for x in values) else pick(values)

        return extreme

    return build


def _all(parts: list[Closure]) -> Closure:
    return lambda v: 1.0 if all(part(v) for part in parts) else 0.0


def _any(parts: list[Closure]) -> Closure:
    return lambda v: 1.0 if any(part(v) for part in parts) else 0.0


def _odd(parts: list[Closure]) -> Closure:
    return lambda v: float(sum(1 for part in parts if part(v)) % 2)


_NARY: dict[str, Callable[[list[Closure]], Closure]] = {
    "add": _sum,
    "and": _all,
    "or": _any,
    "xor": _odd,
    "piecewise": _piecewise,
    "max": _extreme(max),
    "min": _extreme(min),
}
