"""What the cells of a record table become: lists, numbers that may be missing, answers."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from jakstat.numbers import read_number, read_whole

__all__ = ["Identifier", "Name", "Names", "Number", "Prose", "SourceKeys", "plain_number", "split"]


def split(value: object) -> object:
    """A cell of words joined by ``;`` as a tuple; anything else as it is.

    Examples
    --------
    >>> split("jak1; jak2")
    ('jak1', 'jak2')
    """
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(";") if part.strip())
    return value


def plain_number(value: object) -> object:
    """The number that a cell says in plain digits, None for an empty one; anything but text as it is.

    Examples
    --------
    >>> plain_number("") is None, plain_number("1.5"), plain_number("12"), plain_number(3)
    (True, 1.5, 12, 3)
    >>> plain_number("1_5")
    Traceback (most recent call last):
    ...
    ValueError: it is not a finite number in plain digits
    """
    if not isinstance(value, str) or not value:
        return None if value == "" else value
    whole = read_whole(value)
    found = read_number(value) if whole is None else whole
    if found is None:
        raise ValueError("it is not a finite number in plain digits")
    return found


Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
Names = Annotated[tuple[Name, ...], BeforeValidator(split)]
Identifier = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_.]*:[A-Za-z0-9_:.-]+$")]
Number = Annotated[Annotated[float, Field(allow_inf_nan=False)] | None, BeforeValidator(plain_number)]
Prose = Annotated[str, Field(max_length=1000)]
SourceKeys = Annotated[
    tuple[str, ...], BeforeValidator(split), Field(min_length=1, description="Keys of sources.")
]
