"""What the cells of a record table become: lists, numbers that may be missing, answers."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

__all__ = ["Identifier", "Name", "Names", "Number", "Prose", "SourceKeys", "blank", "split"]


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


def blank(value: object) -> object:
    """None for an empty cell.

    Examples
    --------
    >>> blank("") is None, blank("1.5")
    (True, '1.5')
    """
    return None if value == "" else value


Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
Names = Annotated[tuple[Name, ...], BeforeValidator(split)]
Identifier = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_.]*:[A-Za-z0-9_:.-]+$")]
Number = Annotated[Annotated[float, Field(allow_inf_nan=False)] | None, BeforeValidator(blank)]
Prose = Annotated[str, Field(max_length=1000)]
SourceKeys = Annotated[
    tuple[str, ...], BeforeValidator(split), Field(min_length=1, description="Keys of sources.")
]
