"""Formulas of PEtab tables: read by libpetab's grammar, worked out on arrays by our own closures.

Nothing of a formula is ever executed as code: the tree that libpetab's parser builds is walked
once, and each node becomes a NumPy call from a fixed list.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt

from jakstat.calibration.dual import Dual, select
from jakstat.errors import InputError
from jakstat.extras import needs
from jakstat.limits import LIMITS
from jakstat.numbers import read_number
from jakstat.tables import TableCell

__all__ = ["TableFormula", "constant_formula", "in_shape", "read_formula", "symbol"]

Array = npt.NDArray[np.float64]
Values = Mapping[str, Array]
Closure = Callable[[Values], Any]

_ONE: dict[str, Callable[[Any], Any]] = {
    "exp": np.exp, "log": np.log, "sin": np.sin, "cos": np.cos, "tan": np.tan,
    "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan, "sinh": np.sinh, "cosh": np.cosh,
    "tanh": np.tanh, "asinh": np.arcsinh, "acosh": np.arccosh, "atanh": np.arctanh, "Abs": np.abs,
    "sign": np.sign, "floor": np.floor, "ceiling": np.ceil, "Not": np.logical_not,
    "sec": lambda x: 1 / np.cos(x), "csc": lambda x: 1 / np.sin(x), "cot": lambda x: 1 / np.tan(x),
}  # fmt: skip
_MANY: dict[str, Callable[[Any, Any], Any]] = {
    "Add": np.add, "Mul": np.multiply, "Min": np.minimum, "Max": np.maximum,
    "And": np.logical_and, "Or": np.logical_or, "Xor": np.logical_xor,
}  # fmt: skip
_TWO: dict[str, Callable[[Any, Any], Any]] = {
    "Pow": np.power, "StrictGreaterThan": np.greater, "GreaterThan": np.greater_equal,
    "StrictLessThan": np.less, "LessThan": np.less_equal, "Equality": np.equal, "Unequality": np.not_equal,
}  # fmt: skip
_DIGITS = 3
_RESERVED = ("time", "true", "false", "pi", "inf", "nan", "e")
_EXPONENT = re.compile(r"[0-9.][eE][+-]?([0-9]+)", re.ASCII)
_FIXED = {"Exp1": math.e, "Pi": math.pi, "Infinity": math.inf, "NegativeInfinity": -math.inf}


@dataclass(frozen=True)
class TableFormula:
    """A formula as it was written, the ids it needs, and how it is worked out.

    Parameters
    ----------
    text : str
        As in the table.
    symbols : frozenset of str
        Ids in it.
    value : callable
        Mapping of id to array -> array; shapes broadcast.
    """

    text: str
    symbols: frozenset[str]
    value: Closure

    def __call__(self, values: Values) -> Array:
        """The formula's values; NaN or infinity where it has none."""
        with np.errstate(all="ignore"):
            return np.asarray(self.value(values), dtype=np.float64)

    def partials(self, values: Values) -> tuple[Array, dict[str, Array]]:
        """The formula's values, and its derivative by each of its ids that it has one by.

        Examples
        --------
        >>> f = read_formula(TableCell("a * x", "o.tsv", 2, 3, "observableFormula"))
        >>> value, slope = f.partials({"a": np.array([2.0]), "x": np.array([3.0])})
        >>> float(value[0]), float(slope["a"][0]), float(slope["x"][0])
        (6.0, 3.0, 2.0)
        """
        if self.plain:
            value = np.asarray(values[self.text], dtype=np.float64)
            return value, {self.text: np.ones_like(value)}
        known: dict[str, Any] = {
            n: Dual(np.asarray(values[n], dtype=np.float64), {n: 1.0}) for n in sorted(self.symbols)
        }
        with np.errstate(all="ignore"):
            found = self.value(known)
        if not isinstance(found, Dual):
            return np.asarray(found, dtype=np.float64), {}
        value = np.asarray(found.value, dtype=np.float64)
        return value, {n: in_shape(np.asarray(s), value.shape) for n, s in found.slopes.items()}

    @property
    def number(self) -> float | None:
        """Its value if it holds no id."""
        return None if self.symbols else float(self({}))

    @property
    def plain(self) -> bool:
        """Whether it is one id and nothing else."""
        return self.symbols == {self.text}


def in_shape(array: Array, shape: tuple[int, ...]) -> Array:
    """An array in a shape that it can be broadcast to; the same array where it has it, which costs nothing.

    Examples
    --------
    >>> in_shape(np.array([2.0]), (3,)).tolist()
    [2.0, 2.0, 2.0]
    """
    return array if array.shape == shape else np.broadcast_to(array, shape)


def constant_formula(value: float) -> TableFormula:
    """A formula that is a number.

    Examples
    --------
    >>> constant_formula(2.0).number
    2.0
    """
    return TableFormula(repr(float(value)), frozenset(), lambda _: value)


def symbol(name: str) -> TableFormula:
    """A formula that is one id.

    Examples
    --------
    >>> symbol("k").plain
    True
    """
    return TableFormula(name, frozenset([name]), lambda values: values[name])


def read_formula(cell: TableCell) -> TableFormula:
    """Read a formula in PEtab's grammar (https://petab.readthedocs.io).

    Parameters
    ----------
    cell : TableCell
        Text with its place.

    Raises
    ------
    InputError
        ``petab.formula``.

    Examples
    --------
    >>> f = read_formula(TableCell("2 * x + log10(y)", "o.tsv", 2, 3, "observableFormula"))
    >>> sorted(f.symbols), float(f({"x": np.array(3.0), "y": np.array(100.0)}))
    (['x', 'y'], 8.0)
    """
    text = cell.text
    number = read_number(text)
    if number is not None:
        return constant_formula(number)
    if text.isidentifier() and text.isascii() and text not in _RESERVED:
        return symbol(text)
    if len(text) > LIMITS.text_length or _depth(text) > LIMITS.formula_depth:
        raise InputError([cell.fault("petab.formula", "the formula is too long or too deep")])
    if any(len(m[1]) > _DIGITS for m in _EXPONENT.finditer(text)):
        raise InputError([cell.fault("petab.formula", "a number of the formula is out of range")])
    with needs("fit"):
        from petab.v1.math import sympify_petab

    try:
        # worked out by SymPy, a power tower such as 9^9^9^9 would be exact digits without end
        tree = sympify_petab(text, evaluate=False)
    except Exception as error:
        reason = " ".join(str(error).split())[:160]
        raise InputError([cell.fault("petab.formula", f"the formula cannot be read: {reason}")]) from None
    if tree is None:
        raise InputError([cell.fault("petab.formula", "there is no formula")])
    names = frozenset(str(s.name) for s in tree.free_symbols)
    return TableFormula(text, names, _closure(tree, cell))


def _depth(text: str) -> int:
    deepest = depth = 0
    for c in text:
        depth += (c == "(") - (c == ")")
        deepest = max(deepest, depth)
    return deepest


def _closure(node: Any, cell: TableCell) -> Closure:
    kind = type(node).__name__
    if kind == "Symbol":
        name = str(node.name)
        return lambda values: values[name]
    if kind in ("BooleanTrue", "BooleanFalse"):
        truth = kind == "BooleanTrue"
        return lambda _: truth
    if kind in _FIXED or node.is_Number:
        number = _FIXED[kind] if kind in _FIXED else float(node)
        return lambda _: number
    if kind == "Piecewise":
        return _piecewise(node, cell)
    args = [_closure(a, cell) for a in node.args]
    if kind in _ONE and len(args) == 1:
        one, inner = _ONE[kind], args[0]
        return lambda values: one(inner(values))
    if kind == "log" and len(args) == 2:
        return lambda values: np.log(args[0](values)) / np.log(args[1](values))
    if kind in _TWO and len(args) == 2:
        two = _TWO[kind]
        return lambda values: two(_real(args[0](values)), args[1](values))
    if kind in _MANY and args:
        many = _MANY[kind]
        return lambda values: reduce(many, [a(values) for a in args])
    raise InputError([cell.fault("petab.formula", f"'{kind}' is not supported in a formula")])


def _real(x: Any) -> Any:
    """As reals, so that whole numbers have powers below zero."""
    return x if isinstance(x, Dual) else np.asarray(x, dtype=float)


def _piecewise(node: Any, cell: TableCell) -> Closure:
    pairs = [(_closure(p.args[0], cell), _closure(p.args[1], cell)) for p in node.args]

    def value(values: Values) -> Any:
        found: Any = np.nan
        for result, condition in reversed(pairs):
            found = select(condition(values), result(values), found)
        return found

    return value
