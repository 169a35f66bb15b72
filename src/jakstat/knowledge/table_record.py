"""What every record is: frozen, with its declared columns and no others."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

__all__ = ["TableRecord", "check_bracket"]


class TableRecord(BaseModel):
    """A row of a table, or a part of one; its fields are its columns, in their order."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def check_bracket(value: float | None, low: float | None, high: float | None) -> None:
    """Refuse a value outside its bracket; a missing bound is the value itself.

    Raises
    ------
    ValueError
        In words, with the three numbers.

    Examples
    --------
    >>> check_bracket(5.0, None, 4.0)
    Traceback (most recent call last):
    ...
    ValueError: value 5 lies outside 5 .. 4
    """
    if value is None:
        return
    low, high = value if low is None else low, value if high is None else high
    if not low <= value <= high:
        raise ValueError(f"value {value:g} lies outside {low:g} .. {high:g}")
