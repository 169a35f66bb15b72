"""Partial derivatives of expressions, for the Jacobian matrix of the reference solver.

Steps (floor, ceiling, quotient, truth values) count as flat and ``rate_of`` as
fixed: the Jacobian steers Newton iterations and has no part in the result.
"""

from __future__ import annotations

from collections.abc import Callable

from jakstat.engine.network.expression import Apply, Expression, Number, Symbol, symbols

__all__ = ["partial"]

ZERO = Number(0.0)
ONE = Number(1.0)


def _mul(*factors: Expression) -> Expression:
    if any(f == ZERO for f in factors):
        return ZERO
    kept = tuple(f for f in factors if f != ONE)
    return kept[0] if len(kept) == 1 else Apply("mul", kept) if kept else ONE


def _add(*terms: Expression) -> Expression:
    kept = tuple(t for t in terms if t != ZERO)
    return kept[0] if len(kept) == 1 else Apply("add", kept) if kept else ZERO


def _neg(a: Expression) -> Expression:
    return ZERO if a == ZERO else Apply("neg", (a,))


def _sub(a: Expression, b: Expression) -> Expression:
    return a if b == ZERO else Apply("sub", (a, b))


def _div(a: Expression, b: Expression) -> Expression:
    return ZERO if a == ZERO else Apply("div", (a, b))


def _pow(a: Expression, b: Expression) -> Expression:
    return Apply("pow", (a, b))


def _f(op: str, a: Expression) -> Expression:
    return Apply(op, (a,))


def _root(inner: Expression) -> Expression:
    return _pow(inner, Number(0.5))


def _square(a: Expression) -> Expression:
    return _mul(a, a)


_OUTER: dict[str, Callable[[Expression], Expression]] = {
    "exp": lambda a: _f("exp", a),
    "ln": lambda a: _div(ONE, a),
    "sin": lambda a: _f("cos", a),
    "cos": lambda a: _neg(_f("sin", a)),
    "tan": lambda a: _add(ONE, _square(_f("tan", a))),
    "sec": lambda a: _mul(_f("sec", a), _f("tan", a)),
    "csc": lambda a: _neg(_mul(_f("csc", a), _f("cot", a))),
    "cot": lambda a: _neg(_add(ONE, _square(_f("cot", a)))),
    "sinh": lambda a: _f("cosh", a),
    "cosh": lambda a: _f("sinh", a),
    "tanh": lambda a: _square(_f("sech", a)),
    "sech": lambda a: _neg(_mul(_f("sech", a), _f("tanh", a))),
    "csch": lambda a: _neg(_mul(_f("csch", a), _f("coth", a))),
    "coth": lambda a: _neg(_square(_f("csch", a))),
    "asin": lambda a: _div(ONE, _root(_sub(ONE, _square(a)))),
    "acos": lambda a: _neg(_div(ONE, _root(_sub(ONE, _square(a))))),
    "atan": lambda a: _div(ONE, _add(ONE, _square(a))),
    "acot": lambda a: _neg(_div(ONE, _add(ONE, _square(a)))),
    "asec": lambda a: _div(ONE, _mul(_f("abs", a), _root(_sub(_square(a), ONE)))),
    "acsc": lambda a: _neg(_div(ONE, _mul(_f("abs", a), _root(_sub(_square(a), ONE))))),
    "asinh": lambda a: _div(ONE, _root(_add(_square(a), ONE))),
    "acosh": lambda a: _div(ONE, _root(_sub(_square(a), ONE))),
    "atanh": lambda a: _div(ONE, _sub(ONE, _square(a))),
    "acoth": lambda a: _div(ONE, _sub(ONE, _square(a))),
    "asech": lambda a: _neg(_div(ONE, _mul(a, _root(_sub(ONE, _square(a)))))),
    "acsch": lambda a: _neg(_div(ONE, _mul(_f("abs", a), _root(_add(ONE, _square(a)))))),
    "abs": lambda a: Apply("piecewise", (ONE, Apply("ge", (a, ZERO)), Number(-1.0))),
}


def partial(expression: Expression, name: str) -> Expression:
    """The derivative of an expression by one symbol, all others held fixed.

    Parameters
    ----------
    expression : Expression
        The formula.
    name : str
        Id of the symbol.

    Examples
    --------
    >>> partial(Apply("mul", (Symbol("k"), Symbol("A"))), "A")
    Symbol(id='k')
    """
    if isinstance(expression, Symbol):
        return ONE if expression.id == name else ZERO
    if not isinstance(expression, Apply) or expression.op == "rate_of":
        return ZERO
    if name not in symbols(expression):
        return ZERO
    op, args = expression.op, expression.args
    if op == "piecewise":
        return _piecewise(args, name)
    if op in ("max", "min"):
        return _extreme(op, args, name)
    inner = [partial(a, name) for a in args]
    if op in _OUTER:
        return _mul(_OUTER[op](args[0]), inner[0])
    rule = _RULES.get(op)
    return ZERO if rule is None else rule(args, inner)


def _product(args: tuple[Expression, ...], inner: list[Expression]) -> Expression:
    return _add(*(_mul(*args[:i], d, *args[i + 1 :]) for i, d in enumerate(inner)))


def _quotient(args: tuple[Expression, ...], inner: list[Expression]) -> Expression:
    (a, b), (da, db) = args, inner
    # (a' - (a/b) b') / b: nothing is squared, which could leave the range of doubles
    return _sub(_div(da, b), _div(_mul(_div(a, b), db), b) if db != ZERO else ZERO)


def _power(args: tuple[Expression, ...], inner: list[Expression]) -> Expression:
    (a, b), (da, db) = args, inner
    less = Number(b.value - 1.0) if isinstance(b, Number) else _sub(b, ONE)
    by_base = _mul(b, _pow(a, less), da)
    by_exponent = ZERO if db == ZERO else _mul(_pow(a, b), _f("ln", a), db)
    return _add(by_base, by_exponent)


_RULES: dict[str, Callable[[tuple[Expression, ...], list[Expression]], Expression]] = {
    "add": lambda _args, inner: _add(*inner),
    "sub": lambda _args, inner: _neg(inner[1]) if inner[0] == ZERO else _sub(inner[0], inner[1]),
    "neg": lambda _args, inner: _neg(inner[0]),
    "mul": _product,
    "div": _quotient,
    "pow": _power,
    "rem": lambda args, inner: _sub(inner[0], _mul(Apply("quotient", args), inner[1])),
}


def _piecewise(args: tuple[Expression, ...], name: str) -> Expression:
    # values stand at even places, conditions (kept as they are) at odd ones
    return Apply("piecewise", tuple(a if i % 2 else partial(a, name) for i, a in enumerate(args)))


def _extreme(op: str, args: tuple[Expression, ...], name: str) -> Expression:
    best = args[0]
    slope = partial(best, name)
    for other in args[1:]:
        wins = Apply("ge" if op == "max" else "le", (best, other))
        slope = Apply("piecewise", (slope, wins, partial(other, name)))
        best = Apply(op, (best, other))
    return slope
