"""A plain evaluator of straight-line programs, against which compiled kernels are compared."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from jakstat.engine.compile.program import Operation
from jakstat.engine.network.arithmetic import divide, power

_TWO = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "times": lambda a, b: a * b if a else 0.0,
    "div": lambda a, b: divide(a, b),
    "rem": math.fmod,
    "pow": power,
    "max": max,
    "min": min,
    "lt": lambda a, b: float(a < b),
    "le": lambda a, b: float(a <= b),
    "eq": lambda a, b: float(a == b),
    "neq": lambda a, b: float(a != b),
    "and": lambda a, b: float(a != 0 and b != 0),
    "or": lambda a, b: float(a != 0 or b != 0),
    "xor": lambda a, b: float((a != 0) != (b != 0)),
}
_ONE = {
    "neg": lambda a: -a, "inv": lambda a: divide(1.0, a), "abs": abs, "not": lambda a: float(a == 0),
    "trunc": lambda a: float(math.trunc(a)), "sign": lambda a: float((a > 0) - (a < 0)),
    "floor": lambda a: float(math.floor(a)), "ceil": lambda a: float(math.ceil(a)),
    "factorial": lambda a: float(math.factorial(int(a))),
}  # fmt: skip


def _plain(name: str, x: float) -> float:
    if name == "log" and x == 0.0:
        return -math.inf
    try:
        return getattr(math, name)(x)
    except OverflowError:
        return math.inf


def run(program: Sequence[Operation], arrays: Mapping[str, Sequence[float]]) -> dict[tuple[str, int], float]:
    """What a program stores, by array and place; loads see earlier stores."""
    values: list[float] = []
    stored: dict[tuple[str, int], float] = {}
    for op in program:
        a = [values[i] for i in op.args]
        if op.name == "load":
            place = (op.array, op.index)
            values.append(stored[place] if place in stored else float(arrays[op.array][op.index]))
        elif op.name == "const":
            values.append(op.number)
        elif op.name == "store":
            stored[op.array, op.index] = a[0]
            values.append(a[0])
        elif op.name in ("fma", "fnma"):
            values.append(a[2] + (a[0] if op.name == "fma" else -a[0]) * a[1])
        elif op.name == "select":
            values.append(a[1] if a[0] != 0 else a[2])
        elif op.name in _TWO:
            values.append(_TWO[op.name](*a))
        elif op.name in _ONE:
            values.append(_ONE[op.name](*a))
        else:
            values.append(_plain(op.name, a[0]))
    return stored
