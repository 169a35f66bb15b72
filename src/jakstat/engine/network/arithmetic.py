"""Division and powers of two numbers as IEEE 754 has them: infinities and NaN, never an exception.

What is worked out before a run (literals) and what the reference solver works out in it both come from
here, so that a literal behaves as a parameter of its value.
"""

from __future__ import annotations

import math

__all__ = ["divide", "power"]


def divide(a: float, b: float) -> float:
    """``a / b`` with the infinities and NaN of IEEE 754.

    Examples
    --------
    >>> divide(1.0, 0.0), divide(-1.0, 0.0)
    (inf, -inf)
    """
    try:
        return a / b
    except ZeroDivisionError:
        return math.nan if a == 0.0 or a != a else math.copysign(math.inf, a) * math.copysign(1.0, b)


def power(a: float, b: float) -> float:
    """``a ** b`` with the infinities and NaN of IEEE 754.

    Examples
    --------
    >>> power(2.0, 3.0), power(0.0, -1.0), power(-8.0, 1 / 3)
    (8.0, inf, nan)
    """
    try:
        return math.pow(a, b)
    except OverflowError:
        return -math.inf if a < 0.0 and b % 2.0 == 1.0 else math.inf
    except ValueError:
        if a == 0.0:  # to a negative power
            return math.copysign(math.inf, a) if b % 2.0 == 1.0 else math.inf
        return math.nan
