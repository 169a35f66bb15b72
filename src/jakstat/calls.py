"""One shape of call: what an argument is called on the command line is taken in Python too.

``stimulus=`` is ``stimuli=``, ``drug=`` is ``drugs=``, ``knockdown=`` is ``perturb=``, whichever of them a
function has; a keyword that nothing takes is answered with the nearest that is taken.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from functools import wraps
from typing import Any, TypeVar

from jakstat.errors import InputError, Problem

__all__ = ["context_of", "keywords", "one_call", "read_keywords", "same_words"]

R = TypeVar("R")

_STATES = ("state", "states")
_TYPED = re.compile(r"Unpack\[(\w+)\]")
_SAME: tuple[tuple[str, ...], ...] = (
    ("stimuli", "stimulus", "ligand", "ligands"),
    ("drugs", "drug", "inhibitor", "inhibitors"),
    ("perturb", "knockdown", "knockdowns", "perturbation", "perturbations", "knockout", "knockouts"),
    ("treatments", "treatment", "treat"),
    ("medium_changes", "medium_change"),
    ("observe", "readouts", "observables"),
    ("regimen", "regimens"),
    ("context", "name", "cell"),
    ("vectors", "interval"),
    ("levels", "doses"),
)


def keywords(function: Callable[..., object]) -> tuple[str, ...]:
    """Names of the arguments of a function that may be given by name.

    Examples
    --------
    >>> keywords(read_keywords)
    ('name', 'given', 'known')
    """
    given = inspect.signature(function).parameters.values()
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    found = [p.name for p in given if p.kind in named]
    for p in given:
        if p.kind is inspect.Parameter.VAR_KEYWORD:  # **asked: Unpack[Asked], a typed dict
            typed = _TYPED.fullmatch(str(p.annotation))
            if typed:
                found += getattr(function, "__globals__")[typed[1]].__annotations__  # noqa: B009
    return tuple(found)


def same_words(name: str) -> tuple[str, ...]:
    """The words that mean an argument, itself among them.

    Examples
    --------
    >>> same_words("drug"), same_words("seed")
    (('drugs', 'drug', 'inhibitor', 'inhibitors'), ('seed',))
    """
    return next((group for group in _SAME if name in group), (name,))


def read_keywords(name: str, given: Mapping[str, Any], known: Iterable[str]) -> dict[str, Any]:
    """The arguments by the names that a function knows.

    Parameters
    ----------
    name : str
        Of the function.
    given : mapping
        Arguments by the name under which they were given.
    known : iterable of str
        Names that it takes; of two that mean the same the first is meant.

    Raises
    ------
    InputError
        ``argument.unknown``, ``argument.twice``, for every such keyword.

    Examples
    --------
    >>> read_keywords("simulate", {"stimulus": "IL6=10ng/ml"}, ["stimuli", "drugs"])
    {'stimuli': 'IL6=10ng/ml'}
    >>> read_keywords("simulate", {"stimulis": "IL6=10ng/ml"}, ["stimuli", "drugs"])
    Traceback (most recent call last):
    ...
    jakstat.errors.InputError: simulate() takes no argument 'stimulis'. did you mean 'stimuli'? it takes ...
    """
    names = tuple(known)
    words = {name: name for name in names}
    for group in _SAME:
        there = next((name for name in names if name in group), None)
        if there is not None:
            words |= {word: words.get(word, there) for word in group}
    found: dict[str, Any] = {}
    problems = []
    for word, value in given.items():
        meant = words.get(word)
        if meant is None:
            close = get_close_matches(word.casefold(), list(words), n=1, cutoff=0.5)
            near = f"did you mean {close[0]!r}? " if close else ""
            hint = f"{near}it takes {', '.join(names)}"
            problems.append(
                Problem("argument.unknown", f"{name}() takes no argument {word[:60]!r}", hint=hint)
            )
        elif meant in found:
            hint = f"{word} and another keyword mean {meant}"
            problems.append(Problem("argument.twice", f"{name}() got {meant} twice", hint=hint))
        else:
            found[meant] = value
    if problems:
        raise InputError(problems)
    return found


def context_of(context: str, states: Iterable[str] | str | None) -> str:
    """The kind of cell with its states.

    Examples
    --------
    >>> context_of("hepg2", "HBV"), context_of("hepg2", None)
    ('hepg2+HBV', 'hepg2')
    """
    named = [states] if isinstance(states, str) else list(states or ())
    return "+".join([context, *named])


def one_call(function: Callable[..., R]) -> Callable[..., R]:
    """The same function, with its arguments under any of the names that mean them.

    Examples
    --------
    >>> @one_call
    ... def given(stimuli=None, drugs=None):
    ...     return stimuli, drugs
    >>> given(drug="ruxolitinib", stimulus="IL6")
    ('IL6', 'ruxolitinib')
    >>> one_call(lambda context: context)("hepg2", state="HBV")
    'hepg2+HBV'
    """
    known: list[str] = []

    @wraps(function)
    def called(*args: Any, **given: Any) -> R:
        if not known:
            known.extend(keywords(function))
        states = [given.pop(word) for word in _STATES if word in given and "context" in known]
        if states and args:
            args = (context_of(str(args[0]), states[0]), *args[1:])
        told = read_keywords(function.__name__, given, known)
        if states and "context" in told:
            told["context"] = context_of(str(told["context"]), states[0])
        return function(*args, **told)

    return called
