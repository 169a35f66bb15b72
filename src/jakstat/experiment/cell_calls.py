"""Questions put to cells take a protocol, or what one is made of, as :func:`simulate` takes it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, TypeVar

from jakstat.calls import context_of, keywords, read_keywords, same_words
from jakstat.experiment.describe import make_protocol
from jakstat.experiment.protocol import Protocol

__all__ = ["asks_cells"]

R = TypeVar("R")

_INNER = ("context", "at", "fields")  # of make_protocol: given by place, or of other meaning to a question


def asks_cells(function: Callable[..., R]) -> Callable[..., R]:
    """A question whose first argument is a protocol, put to a kind of cell as well.

    Parameters
    ----------
    function : callable
        Its first parameter is ``protocol``.

    Returns
    -------
    callable
        Takes a :class:`Protocol`, or the name of a kind of cell with ``stimuli``, ``drugs``, ``perturb`` and
        what else :func:`~jakstat.experiment.describe.make_protocol` takes; an argument of the function itself
        goes first.

    Raises
    ------
    InputError
        ``argument.unknown``, ``argument.twice``; as :func:`~jakstat.experiment.describe.make_protocol`.

    Examples
    --------
    >>> @asks_cells
    ... def told(protocol, drug=""):
    ...     return protocol.context, [a.name for a in protocol.stimuli], drug
    >>> told("hepg2", stimulus="IL6=10ng/ml", state="HBV", drugs="ruxolitinib")
    ('hepg2+HBV', ['IL6'], 'ruxolitinib')
    """
    own = keywords(function)[1:]
    taken = {word for name in (*own, *_INNER) for word in same_words(name)}
    asked = tuple(name for name in keywords(make_protocol) if name not in taken)

    @wraps(function)
    def called(*args: Any, **given: Any) -> R:
        first = args[0] if args else given.get("protocol", given.get("context"))
        name = function.__name__
        if isinstance(first, Protocol):
            return function(*args, **read_keywords(name, given, ("protocol", *own)))
        states = given.pop("states", given.pop("state", None))
        told = read_keywords(name, given, (*own, *asked, "context"))
        context = str(args[0] if args else told.pop("context", ""))
        made = {key: told.pop(key) for key in asked if key in told}
        protocol = make_protocol(context_of(context, states), **made)
        return function(protocol, *args[1:], **told)

    vars(called)["__signature__"] = _shown(function, asked)
    return called


def _shown(function: Callable[..., object], asked: Iterable[str]) -> inspect.Signature:
    """The signature that people see: the kind of cell or a protocol, what is asked, what the cells get."""
    own = inspect.signature(function)
    made = inspect.signature(make_protocol).parameters
    more = [made[name] for name in asked]
    first, *others = own.parameters.values()
    return own.replace(parameters=[first.replace(annotation="Protocol | str"), *others, *more])
