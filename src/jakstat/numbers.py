"""The one reader of numbers: what a text says in plain digits, or nothing.

Python's ``float`` takes ``1_0``, digits of any script, ``nan`` and ``infinity``; no format that is read
here means them, so none of them is a number anywhere: on the command line, in YAML, or in a table.
"""

from __future__ import annotations

import math
import re

__all__ = ["BLANKS", "NUMBER", "read_number", "read_share", "read_whole"]

NUMBER = r"[+-]?(?:[0-9]+(?:\.(?!\.)[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
"""A decimal number as a pattern; in ``20..30`` the first one is 20."""

_NUMBER = re.compile(NUMBER)
_SHARE = re.compile(rf"\s*({NUMBER})\s*(%?)\s*")
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
_INFINITE = {"inf": math.inf, "+inf": math.inf, "-inf": -math.inf}
BLANKS = " \t"
"""What may stand around a number, or a cell; no-break spaces and the like may not."""


def read_number(text: str, *, infinite: bool = False) -> float | None:
    """The finite number that a text holds and nothing else, or None.

    Parameters
    ----------
    text : str
        Blanks around the number are passed over.
    infinite : bool
        Whether ``inf`` and ``-inf``, in any case, count too.

    Examples
    --------
    >>> read_number("1e-3"), read_number("20."), read_number(" .5 ")
    (0.001, 20.0, 0.5)
    >>> [read_number(t) for t in ("1_0", "１０", "0x10", "nan", "1,5", "5 nM", "1e999")]
    [None, None, None, None, None, None, None]
    >>> read_number("-inf"), read_number("-inf", infinite=True)
    (None, -inf)
    """
    plain = text.strip(BLANKS)
    if _NUMBER.fullmatch(plain):
        value = float(plain)
        return value if math.isfinite(value) else None
    return _INFINITE.get(plain.lower()) if infinite else None


def read_whole(text: str) -> int | None:
    """The whole number that a text holds and nothing else, or None; at most 18 digits.

    Examples
    --------
    >>> read_whole("-12"), read_whole("1_0"), read_whole("1.0")
    (-12, None, None)
    """
    plain = text.strip(BLANKS)
    return int(plain) if _WHOLE.fullmatch(plain) else None


def read_share(text: str) -> float | None:
    """The number behind ``30 %`` or ``0.3``, or None; whether it lies from 0 to 1 is for the caller to say.

    Examples
    --------
    >>> read_share("30 %"), read_share("0.25"), read_share("a third")
    (0.3, 0.25, None)
    """
    match = _SHARE.fullmatch(text)
    value = None if match is None else read_number(match[1])
    if match is None or value is None:
        return None
    return value / 100.0 if match[2] else value
