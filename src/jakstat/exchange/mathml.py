"""MathML formulas of SED-ML, worked out over numbers and arrays.

Operators as in the subset of SBML (MathML 2.0, which SED-ML L1V4 2.1.3 takes over): the logarithm is to base
10 without ``logbase``, a root is square without ``degree``; and SED-ML's functions over a whole array.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jakstat.errors import problem
from jakstat.exchange.plain_xml import attribute_of, elements
from jakstat.limits import LIMITS
from jakstat.numbers import read_number

__all__ = ["evaluated"]

Array = NDArray[np.float64]

_CONSTANTS = {
    "pi": math.pi, "exponentiale": math.e, "true": 1.0, "false": 0.0, "infinity": math.inf,
    "notanumber": math.nan,
}  # fmt: skip
_ONE: Mapping[str, Callable[..., Any]] = {
    "exp": np.exp, "ln": np.log, "abs": np.abs, "floor": np.floor, "ceiling": np.ceil,
    "factorial": np.vectorize(lambda x: math.gamma(x + 1.0), otypes=[float]),
    "not": lambda x: np.where(x != 0, 0.0, 1.0),
    "sin": np.sin, "cos": np.cos, "tan": np.tan, "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh,
    "sec": lambda x: 1 / np.cos(x), "csc": lambda x: 1 / np.sin(x), "cot": lambda x: 1 / np.tan(x),
    "arcsin": np.arcsin, "arccos": np.arccos, "arctan": np.arctan, "arcsinh": np.arcsinh,
    "arccosh": np.arccosh, "arctanh": np.arctanh,
}  # fmt: skip
_TWO: Mapping[str, Callable[..., Any]] = {
    "divide": np.divide, "power": np.power, "rem": np.fmod, "quotient": lambda a, b: np.trunc(a / b),
}  # fmt: skip
_MANY: Mapping[str, Callable[..., Any]] = {
    "plus": lambda *x: sum(x[1:], start=x[0]) if x else 0.0,
    "times": lambda *x: math.prod(x[1:], start=x[0]) if x else 1.0,
    "max": lambda *x: _folded(np.maximum, x), "min": lambda *x: _folded(np.minimum, x),
    "and": lambda *x: _truth(np.all([np.asarray(v) != 0 for v in np.broadcast_arrays(*x)], axis=0)),
    "or": lambda *x: _truth(np.any([np.asarray(v) != 0 for v in np.broadcast_arrays(*x)], axis=0)),
    "xor": lambda *x: _truth(np.sum([np.asarray(v) != 0 for v in np.broadcast_arrays(*x)], axis=0) % 2 == 1),
}  # fmt: skip
_RELATIONS: Mapping[str, Callable[..., Any]] = {
    "eq": np.equal, "neq": np.not_equal, "gt": np.greater, "lt": np.less, "geq": np.greater_equal,
    "leq": np.less_equal,
}  # fmt: skip
_OVER_ALL: Mapping[str, Callable[[Array], float]] = {
    "min": lambda x: float(np.nanmin(x)), "max": lambda x: float(np.nanmax(x)),
    "sum": lambda x: float(np.nansum(x)), "product": lambda x: float(np.nanprod(x)),
    "count": lambda x: float(np.sum(~np.isnan(x))), "mean": lambda x: float(np.nanmean(x)),
    "stdev": lambda x: float(np.nanstd(x, ddof=1)), "variance": lambda x: float(np.nanvar(x, ddof=1)),
}  # fmt: skip
_FUNCTION = "urn:sedml:function:"


def _folded(join: Callable[..., Any], values: Sequence[Any]) -> Any:
    found = values[0]
    for value in values[1:]:
        found = join(found, value)
    return found


def _truth(value: Any) -> Any:
    return np.where(value, 1.0, 0.0)


def evaluated(math_element: Any, values: Mapping[str, Any], *, file: str, where: str) -> Any:
    """The value of a formula.

    Parameters
    ----------
    math_element : DOM element
        ``math`` or what stands in it.
    values : mapping of str to float or array
        By identifier; arrays are taken element by element.
    file, where : str
        For messages.

    Raises
    ------
    InputError
        ``sedml.math``: an operator that is not known, an identifier without a value, too deep.

    Examples
    --------
    >>> from jakstat.exchange.plain_xml import parsed_xml
    >>> text = b"<math><apply><log/><ci>a</ci></apply></math>"
    >>> float(evaluated(parsed_xml(text, file=""), {"a": 100.0}, file="", where=""))
    2.0
    """
    with np.errstate(all="ignore"):
        return _MathmlValue(values, file, where).value(math_element, 0)


class _MathmlValue:
    """One evaluation."""

    def __init__(self, values: Mapping[str, Any], file: str, where: str) -> None:
        self.values, self.file, self.where = values, file, where

    def wrong(self, message: str) -> Exception:
        return problem("sedml.math", message, file=self.file, field=self.where)

    def value(self, node: Any, depth: int) -> Any:
        if depth > LIMITS.formula_depth:
            raise self.wrong("the formula is nested too deeply")
        name = node.localName
        if name in ("math", "semantics"):
            inner = list(elements(node))
            if not inner:
                raise self.wrong("the formula is empty")
            return self.value(inner[0], depth + 1)
        if name == "cn":
            return self.number(node)
        if name == "ci":
            if _text(node) not in self.values:
                raise self.wrong(f"the formula uses '{_text(node)[:60]}', which has no value")
            return self.values[_text(node)]
        if name in _CONSTANTS:
            return _CONSTANTS[name]
        if name == "csymbol" and attribute_of(node, "definitionURL").endswith("avogadro"):
            return 6.02214076e23
        if name == "piecewise":
            return self.pieces(node, depth)
        if name == "apply":
            return self.applied(node, depth)
        raise self.wrong(f"<{str(name)[:40]}> is not known in a formula")

    def number(self, node: Any) -> float:
        kind = attribute_of(node, "type") or "real"
        parts = [t.strip() for t in _texts(node)]
        numbers = [read_number(p) for p in parts]
        if kind == "e-notation" and len(parts) == 2 and None not in numbers:
            return float(f"{parts[0]}e{parts[1]}")
        if kind == "rational" and len(parts) == 2 and None not in numbers:
            return float(numbers[0] or 0.0) / float(numbers[1] or math.nan)
        if len(parts) != 1 or numbers[0] is None:
            raise self.wrong(f"'{' '.join(parts)[:40]}' is no number")
        return float(numbers[0])

    def pieces(self, node: Any, depth: int) -> Any:
        found: Any = math.nan
        for otherwise in elements(node, "otherwise"):
            found = self.value(next(elements(otherwise)), depth + 1)
        for piece in reversed(list(elements(node, "piece"))):
            value, condition = (self.value(e, depth + 1) for e in elements(piece))
            found = np.where(np.asarray(condition) != 0, value, found)
        return found

    def applied(self, node: Any, depth: int) -> Any:
        operator, *rest = elements(node)
        name = operator.localName
        given = {
            e.localName: self.value(next(elements(e)), depth + 1)
            for e in rest
            if e.localName in ("logbase", "degree")
        }
        values = [self.value(e, depth + 1) for e in rest if e.localName not in ("logbase", "degree")]
        url = attribute_of(operator, "definitionURL")
        if name == "csymbol" and url.startswith(_FUNCTION) and url.removeprefix(_FUNCTION) in _OVER_ALL:
            return _OVER_ALL[url.removeprefix(_FUNCTION)](np.asarray(values[0], dtype=float))
        known = [
            name in _ONE and len(values) == 1, name in _TWO and len(values) == 2,
            name in _MANY and (values or name in ("plus", "times")), name in _RELATIONS and len(values) > 1,
            name in ("log", "root") and len(values) == 1, name == "minus" and len(values) in (1, 2),
        ]  # fmt: skip
        if not any(known):
            raise self.wrong(f"<{str(name)[:40]}> with {len(values)} arguments is not known in a formula")
        if name == "minus":
            return -values[0] if len(values) == 1 else values[0] - values[1]
        if name == "log":
            return np.log(values[0]) / np.log(given.get("logbase", 10.0))
        if name == "root":
            return np.power(values[0], 1.0 / given.get("degree", 2.0))
        if name in _RELATIONS:
            pairs = itertools.pairwise(values)
            return _truth(np.all([_RELATIONS[name](a, b) for a, b in pairs], axis=0))
        work = _ONE.get(name) or _TWO.get(name) or _MANY[name]
        arrays = values if name in _MANY else [np.asarray(v, dtype=float) for v in values]
        return work(*arrays)


def _texts(node: Any) -> list[str]:
    return [c.data for c in node.childNodes if c.nodeType == c.TEXT_NODE and c.data.strip()]


def _text(node: Any) -> str:
    return "".join(_texts(node)).strip()
