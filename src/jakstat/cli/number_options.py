"""Numbers on the command line are read as everywhere else, not as Python reads its own source."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

import typer
from typer.models import ParameterInfo

from jakstat.numbers import read_number, read_whole

__all__ = ["with_plain_numbers"]

Command = TypeVar("Command", bound=Callable[..., Any])


def with_plain_numbers(command: Command) -> Command:
    """A command whose whole and real numbers are written in plain digits: no ``1_0``, no ``nan``.

    Examples
    --------
    >>> def f(n: Annotated[int | None, typer.Option()] = None) -> None: ...
    >>> hint = with_plain_numbers(f).__annotations__["n"]
    >>> hint.__metadata__[0].parser("12")
    12
    """
    hints = get_type_hints(command, include_extras=True)
    for hint in hints.values():
        if get_origin(hint) is not Annotated:
            continue
        kind, *more = get_args(hint)
        kinds = {kind, *get_args(kind)}
        for info in more:
            if isinstance(info, ParameterInfo) and info.parser is None and kinds & {int, float}:
                info.parser = _whole if int in kinds else _real
    command.__annotations__ = hints
    return command


def _whole(text: object) -> object:
    found = read_whole(text) if isinstance(text, str) else text
    if found is None:
        raise typer.BadParameter(f"{text!r} is not a whole number in plain digits")
    return found


def _real(text: object) -> object:
    found = read_number(text) if isinstance(text, str) else text
    if found is None:
        raise typer.BadParameter(f"{text!r} is not a finite number in plain digits")
    return found


_whole.__name__, _real.__name__ = "integer", "float"  # what the help shows
