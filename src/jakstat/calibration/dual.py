"""Values with their derivatives, so that a formula worked out on them gives its own (forward mode).

Rules of the elementary functions, e.g. doi:10.1137/1.9780898717761.
"""

# ruff: noqa: ARG005 - all rules have one signature

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib.mixins import NDArrayOperatorsMixin

__all__ = ["Dual", "plain", "select"]

Array = npt.NDArray[Any]


class Dual(NDArrayOperatorsMixin):
    """An array with its derivatives by named quantities, which NumPy's functions carry along.

    What has no derivative by a quantity does not name it.

    Examples
    --------
    >>> x = Dual(np.array([2.0]), {"x": 1.0})
    >>> (np.log(x) * x).slopes["x"].round(6).tolist()  # 1 + log(2)
    [1.693147]
    """

    def __init__(self, value: Array, slopes: Mapping[str, Any]) -> None:
        self.value, self.slopes = value, slopes

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **_: Any) -> Any:
        values = [plain(x) for x in inputs]
        found = getattr(ufunc, method)(*values)
        if ufunc.__name__ in _CONSTANT:
            return found
        total: dict[str, Any] = {}
        for x, weight in zip(inputs, _RULES[ufunc.__name__](found, *values), strict=True):
            if not isinstance(x, Dual):
                continue
            rate = weight()
            for name, slope in x.slopes.items():
                part = rate * slope
                if ufunc is np.power:  # where nothing moves an infinite weight means nothing: 0**n, n fixed
                    part = np.where(slope == 0, 0.0, part)
                total[name] = total[name] + part if name in total else part
        return Dual(found, total)


def plain(x: Any) -> Any:
    """The value without derivatives."""
    return x.value if isinstance(x, Dual) else x


def select(condition: Array, yes: Any, no: Any) -> Any:
    """``np.where`` for values with derivatives."""
    found = np.where(condition, plain(yes), plain(no))
    one, other = (x.slopes if isinstance(x, Dual) else {} for x in (yes, no))
    if not any(isinstance(x, Dual) for x in (yes, no)):
        return found
    return Dual(found, {n: np.where(condition, one.get(n, 0.0), other.get(n, 0.0)) for n in {**one, **other}})


_CONSTANT = frozenset(
    {"greater", "greater_equal", "less", "less_equal", "equal", "not_equal", "logical_and", "logical_or",
     "logical_xor", "logical_not", "floor", "ceil", "sign", "isfinite"}
)  # fmt: skip

Weights = tuple[Callable[[], Any], ...]
_RULES: Mapping[str, Callable[..., Weights]] = {
    "add": lambda f, a, b: (lambda: 1.0, lambda: 1.0),
    "subtract": lambda f, a, b: (lambda: 1.0, lambda: -1.0),
    "multiply": lambda f, a, b: (lambda: b, lambda: a),
    "divide": lambda f, a, b: (lambda: 1 / b, lambda: -f / b),
    "negative": lambda f, a: (lambda: -1.0,),
    "power": lambda f, a, b: (
        lambda: b * np.power(np.asarray(a, float), b - 1),
        lambda: f * np.log(a),
    ),
    "minimum": lambda f, a, b: (lambda: np.less_equal(a, b), lambda: np.greater(a, b)),
    "maximum": lambda f, a, b: (lambda: np.greater_equal(a, b), lambda: np.less(a, b)),
    "exp": lambda f, a: (lambda: f,),
    "log": lambda f, a: (lambda: 1 / a,),
    "absolute": lambda f, a: (lambda: np.sign(a),),
    "sin": lambda f, a: (lambda: np.cos(a),),
    "cos": lambda f, a: (lambda: -np.sin(a),),
    "tan": lambda f, a: (lambda: 1 + f * f,),
    "arcsin": lambda f, a: (lambda: 1 / np.sqrt(1 - a * a),),
    "arccos": lambda f, a: (lambda: -1 / np.sqrt(1 - a * a),),
    "arctan": lambda f, a: (lambda: 1 / (1 + a * a),),
    "sinh": lambda f, a: (lambda: np.cosh(a),),
    "cosh": lambda f, a: (lambda: np.sinh(a),),
    "tanh": lambda f, a: (lambda: 1 / np.cosh(a) ** 2,),
    "arcsinh": lambda f, a: (lambda: 1 / np.sqrt(a * a + 1),),
    "arccosh": lambda f, a: (lambda: 1 / np.sqrt(a * a - 1),),
    "arctanh": lambda f, a: (lambda: 1 / (1 - a * a),),
}
