"""`--drug-file`: drugs of one's own on every command that takes drugs, by the names in their files."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from jakstat.errors import InputError, Problem, problem

__all__ = ["named_anew", "with_drug_files"]

_TAKEN = ("drug", "regimen", "vary")
"""Parameters of commands whose text begins with a drug."""
_OF: Mapping[str, tuple[str, ...]] = {"why": ("name",)}
"""Of single commands."""
_OPTION = "drug_file"


def with_drug_files(command: Callable[..., Any]) -> Callable[..., Any]:
    """A command that takes drugs, with the option ``--drug-file``; others are left as they are.

    Examples
    --------
    >>> def potency(drug: str = "ruxolitinib") -> None: ...
    >>> list(inspect.signature(with_drug_files(potency)).parameters)
    ['drug', 'drug_file']
    """
    signature = inspect.signature(command)
    taken = [name for name in signature.parameters if name in (*_TAKEN, *_OF.get(command.__name__, ()))]
    if not taken:
        return command
    option = inspect.Parameter(
        _OPTION,
        inspect.Parameter.KEYWORD_ONLY,
        annotation=Annotated[
            list[Path] | None,
            typer.Option("--drug-file", help="A drug of your own: a YAML file; its name is then a drug."),
        ],
        default=None,
    )

    @wraps(command)
    def run(*args: Any, **given: Any) -> Any:
        files = given.pop(_OPTION, None)
        refs = _refs(files or ())
        texts = [given.get(name) for name in taken]
        if refs and not any(_has(text, refs) for text in texts):
            names, hint = ", ".join(refs), f"write e.g. --drug {next(iter(refs))}=100nM"
            raise problem("option.alone", f"{names} is given to nothing", field="--drug-file", hint=hint)
        return command(*args, **{**given, **{name: named_anew(given.get(name), refs) for name in taken}})

    hints = {**command.__annotations__, _OPTION: option.annotation}
    last = [p for p in signature.parameters.values() if p.kind is inspect.Parameter.VAR_KEYWORD]
    own = [p for p in signature.parameters.values() if p not in last]
    vars(run)["__signature__"] = signature.replace(parameters=[*own, option, *last])
    run.__annotations__ = hints
    return run


def _refs(paths: list[Path] | tuple[()]) -> dict[str, str]:
    """The names of the files' drugs, and the names that say which numbers are meant."""
    if not paths:
        return {}
    from jakstat.response.own_drugs import own_drug

    found: dict[str, str] = {}
    problems: list[Problem] = []
    for path in paths:
        try:
            drug = own_drug(path)
        except InputError as error:
            problems += error.problems
            continue
        if drug.name.casefold() in map(str.casefold, found):
            message = f"two files have a drug {drug.name!r}"
            problems.append(Problem("name.twice", message, field="--drug-file"))
        found[drug.name] = drug.ref
    if problems:
        raise InputError(problems)
    return found


def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(rf"\s*{re.escape(name)}(?=\s*(?:[=@:,]|$)|\s)", re.IGNORECASE)


def _has(value: Any, refs: Mapping[str, str]) -> bool:
    texts = value if isinstance(value, list | tuple) else [value]
    return any(_pattern(name).match(text) for text in texts if isinstance(text, str) for name in refs)


def named_anew(value: Any, refs: Mapping[str, str]) -> Any:
    """A text, or texts, with the name of an own drug at the beginning replaced.

    Examples
    --------
    >>> named_anew(["mine=1nM@0h", "ruxolitinib=5nM", "mine2=1nM"], {"mine": "mine#0123abcd"})
    ['mine#0123abcd=1nM@0h', 'ruxolitinib=5nM', 'mine2=1nM']
    """
    if isinstance(value, list | tuple):
        return [named_anew(text, refs) for text in value]
    if not isinstance(value, str):
        return value
    for name, ref in refs.items():
        if (found := _pattern(name).match(value)) is not None:
            return ref + value[found.end() :]
    return value
