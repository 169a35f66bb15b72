"""Every operator against its definition, and its derivative against finite differences."""

from __future__ import annotations

import math

import mpmath
import pytest

from jakstat.engine.network.arithmetic import divide, power
from jakstat.engine.network.expression import ARITY, Apply, Expression, Number, Symbol, Time
from jakstat.engine.reference.closures import closure
from jakstat.engine.reference.partials import partial

X, Y, Z = Symbol("x"), Symbol("y"), Symbol("z")
SLOTS = {"x": 1, "y": 2, "z": 3, "rate_of:x": 4}


def value(expression: Expression, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> float:
    return closure(expression, SLOTS)([7.0, x, y, z, 9.0])


def f(op: str, *args: Expression) -> Apply:
    return Apply(op, args)


SMOOTH = {
    "exp": (mpmath.exp, 0.7), "ln": (mpmath.log, 0.7), "abs": (abs, -0.7), "neg": (lambda x: -x, 0.7),
    "sin": (mpmath.sin, 0.7), "cos": (mpmath.cos, 0.7), "tan": (mpmath.tan, 0.7), "sec": (mpmath.sec, 0.7),
    "csc": (mpmath.csc, 0.7), "cot": (mpmath.cot, 0.7), "sinh": (mpmath.sinh, 0.7),
    "cosh": (mpmath.cosh, 0.7), "tanh": (mpmath.tanh, 0.7), "sech": (mpmath.sech, 0.7),
    "csch": (mpmath.csch, 0.7), "coth": (mpmath.coth, 0.7), "asin": (mpmath.asin, 0.7),
    "acos": (mpmath.acos, 0.7), "atan": (mpmath.atan, 0.7), "asec": (mpmath.asec, 1.7),
    "acsc": (mpmath.acsc, 1.7), "acot": (mpmath.acot, 0.7), "asinh": (mpmath.asinh, 0.7),
    "acosh": (mpmath.acosh, 1.7), "atanh": (mpmath.atanh, 0.7), "asech": (mpmath.asech, 0.7),
    "acsch": (mpmath.acsch, 0.7), "acoth": (mpmath.acoth, 1.7), "factorial": (mpmath.factorial, 4.0),
}  # fmt: skip


@pytest.mark.parametrize("op", SMOOTH)
def test_functions_of_one_argument(op: str) -> None:
    exact, x = SMOOTH[op]
    assert value(f(op, X), x) == pytest.approx(float(exact(x)), rel=1e-14)


@pytest.mark.parametrize("op", [op for op in SMOOTH if op != "factorial"])
def test_derivatives_of_functions_of_one_argument(op: str) -> None:
    _, x = SMOOTH[op]
    check_partial(f(op, f("mul", X, X)), math.sqrt(abs(x)), 0.0)


def check_partial(expression: Expression, x: float, y: float, name: str = "x") -> None:
    slope = value(partial(expression, name), x, y)
    step = 1e-6
    dx, dy = (step, 0.0) if name == "x" else (0.0, step)
    numeric = (value(expression, x + dx, y + dy) - value(expression, x - dx, y - dy)) / (2 * step)
    assert slope == pytest.approx(numeric, rel=1e-7, abs=1e-8)


@pytest.mark.parametrize("name", ["x", "y"])
@pytest.mark.parametrize(
    "expression",
    [
        f("add", X, Y, Number(2.0), X),
        f("sub", X, f("mul", Y, Y)),
        f("mul", X, Y, X, Number(3.0)),
        f("mul", X, X, X, X),
        f("div", X, f("add", Y, X)),
        f("pow", X, Number(3.0)),
        f("pow", X, Y),
        f("pow", Number(2.0), f("mul", X, Y)),
        f("div", f("pow", X, Number(2.5)), f("add", f("pow", Y, Number(2.5)), f("pow", X, Number(2.5)))),
        f("piecewise", f("mul", X, Y), f("lt", X, Number(5.0)), Y),
        f("piecewise", f("mul", X, Y), f("gt", X, Number(5.0)), f("exp", f("sub", X, Y))),
        f("max", X, f("mul", X, Y), Y),
        f("min", X, f("mul", X, Y), Y),
        f("rem", f("mul", X, Number(3.0)), Y),
        f("quotient", X, Y),
        f("floor", X),
        f("rate_of", X),
        Time(),
        Number(1.0),
    ],
)
def test_partial_derivatives(expression: Expression, name: str) -> None:
    check_partial(expression, 1.3, 0.9, name)


def test_arithmetic_with_many_and_no_arguments() -> None:
    assert value(f("add")) == 0.0
    assert value(f("mul")) == 1.0
    assert value(f("and")) == 1.0
    assert value(f("or")) == 0.0
    assert value(f("xor")) == 0.0
    assert value(f("add", X, Y, Z, Time()), 1, 2, 3) == 13.0
    assert value(f("mul", f("mul", X, Y), Z, Number(2.0), X), 1, 2, 3) == 12.0
    assert value(f("mul", X, Y, Z), 1, 2, 3) == 6.0
    assert value(f("mul", X, f("neg", Y), Z), 1, 2, 3) == -6.0
    assert value(f("sub", X, Y), 1, 2) == -1.0
    assert value(f("rate_of", X)) == 9.0


def test_truth_values_and_comparisons() -> None:
    chain = [Number(1.0), X, Number(3.0)]
    assert [value(f("lt", *chain), x) for x in (1, 2, 3)] == [0.0, 1.0, 0.0]
    assert [value(f("le", *chain), x) for x in (1, 2, 3)] == [1.0, 1.0, 1.0]
    assert [value(f("gt", *reversed(chain)), x) for x in (1, 2, 3)] == [0.0, 1.0, 0.0]
    assert value(f("ge", X, Y), 2, 2) == 1.0
    assert value(f("eq", X, Y, Z), 2, 2, 2) == 1.0
    assert value(f("eq", X, Y, Z), 2, 2, 1) == 0.0
    assert value(f("neq", X, Y), 2, 2) == 0.0
    table = [(value(f("and", X, Y), x, y), value(f("or", X, Y), x, y), value(f("xor", X, Y), x, y),
              value(f("implies", X, Y), x, y)) for x in (0, 1) for y in (0, 1)]  # fmt: skip
    assert table == [(0, 0, 0, 1), (0, 1, 1, 1), (0, 1, 1, 0), (1, 1, 0, 1)]
    assert value(f("not", X), 0) == 1.0
    assert value(f("lt", X, Y), math.nan, 1.0) == 0.0


def test_steps_and_remainders() -> None:
    assert value(f("floor", X), -1.5) == -2.0
    assert value(f("ceil", X), -1.5) == -1.0
    assert value(f("floor", X), math.inf) == math.inf
    assert value(f("quotient", X, Y), -7, 2) == -3.0
    assert value(f("rem", X, Y), -7, 2) == -1.0
    assert math.isnan(value(f("rem", X, Y), 1, 0))
    assert value(f("quotient", X, Y), 1, 0) == math.inf
    assert value(f("max", X, Y, Z), 1, 5, 3) == 5.0
    assert value(f("min", X, Y, Z), 1, 5, 3) == 1.0
    assert math.isnan(value(f("max", X, Y), math.nan, 1.0))
    assert value(f("factorial", X), 5) == 120.0
    assert value(f("factorial", X), 200) == math.inf
    assert math.isnan(value(f("factorial", X), 3.5))
    assert math.isnan(value(f("factorial", X), -1))


def test_piecewise_without_otherwise_has_no_value() -> None:
    assert math.isnan(value(f("piecewise", X, f("gt", X, Number(0.0))), -1.0))
    assert value(f("piecewise", X), 4.0) == 4.0


@pytest.mark.parametrize(
    ("op", "x", "result"),
    [
        ("exp", 1e4, math.inf), ("exp", -1e4, 0.0), ("ln", 0.0, -math.inf), ("ln", -1.0, math.nan),
        ("sinh", 1e4, math.inf), ("sinh", -1e4, -math.inf), ("cosh", -1e4, math.inf),
        ("sin", math.inf, math.nan), ("asin", 2.0, math.nan), ("acosh", 0.5, math.nan),
        ("atanh", 1.0, math.inf), ("atanh", -1.0, -math.inf), ("atanh", 2.0, math.nan),
        ("acot", 0.0, math.pi / 2), ("csc", 0.0, math.inf), ("coth", 0.0, math.inf),
    ],
)  # fmt: skip
def test_ends_of_the_range(op: str, x: float, result: float) -> None:
    assert value(f(op, X), x) == pytest.approx(result, nan_ok=True)


def test_division_and_powers_follow_ieee() -> None:
    assert divide(1.0, -0.0) == -math.inf
    assert math.isnan(divide(0.0, 0.0))
    assert math.isnan(divide(math.nan, 0.0))
    assert power(10.0, 400.0) == math.inf
    assert power(-10.0, 401.0) == -math.inf
    assert power(0.0, 0.0) == 1.0
    assert math.isnan(power(-2.0, 0.5))
    assert value(f("div", X, Y), 1.0, 0.0) == math.inf
    assert value(f("mul", X, Y), 1e300, 1e300) == math.inf


def test_every_operator_can_be_evaluated() -> None:
    for op, (least, _) in ARITY.items():
        count = max(least, 2) if op not in ("rate_of",) else 1
        count = 1 if ARITY[op][1] == 1 else count
        assert isinstance(value(Apply(op, (X, Y)[:count]), 0.5, 0.5), float)


def test_kept_conditions_are_read_and_not_worked_out() -> None:
    condition = f("lt", X, Number(1.0))
    choice = f("piecewise", Number(10.0), condition, Number(20.0))
    kept = closure(choice, SLOTS, {id(condition): 2})
    assert kept([0.0, 0.5, 0.0, 0.0, 0.0]) == 20.0
    assert kept([0.0, 0.5, 1.0, 0.0, 0.0]) == 10.0


def test_the_derivative_of_a_steep_quotient_squares_nothing() -> None:
    # of x^8 / (K^8 + x^8): 8 h (1 - h) / x with h = 256/257 at x = 2 K; x^16 is beyond the range of doubles
    steep = f("div", f("pow", X, Number(8.0)), f("add", f("pow", Y, Number(8.0)), f("pow", X, Number(8.0))))
    assert value(partial(steep, "x"), 2e21, 1e21) == pytest.approx(8.0 * 256.0 / 257.0**2 / 2e21, rel=1e-9)
