"""What the shell offers behind Tab for the names of cells, ligands, drugs, genes, readouts and parts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

from typer.models import ParameterInfo

from jakstat.cli.word_lists import LISTED

__all__ = ["completed", "with_completion"]

Command = TypeVar("Command", bound=Callable[..., Any])

_DOSED = ("stimulus", "drug", "knockdown")
"""Options whose name is followed by = and a level."""
_JOINED = {"context": "+", "observe": ",", "readout": ",", "parts": ","}
"""What stands between several names in one word."""


def with_completion(command: Command) -> Command:
    """A command whose names are completed by the shell.

    Examples
    --------
    >>> import typer
    >>> def f(context: Annotated[str, typer.Argument()]) -> None: ...
    >>> hint = with_completion(f).__annotations__["context"]
    >>> hint.__metadata__[0].autocompletion("huh")
    ['huh7']
    """
    hints = get_type_hints(command, include_extras=True)
    for name, hint in hints.items():
        if name not in LISTED or get_origin(hint) is not Annotated:
            continue
        for info in get_args(hint)[1:]:
            if isinstance(info, ParameterInfo) and info.autocompletion is None:
                dosed = name in _DOSED and bool({list} & {get_origin(kind) for kind in _kinds(hint)})
                info.autocompletion = _completer(name, dosed=dosed)
    command.__annotations__ = hints
    return command


def _kinds(hint: Any) -> tuple[Any, ...]:
    kind = get_args(hint)[0]
    return (kind, *get_args(kind))


def _completer(option: str, *, dosed: bool) -> Callable[[str], list[str]]:
    def complete(incomplete: str) -> list[str]:
        return completed(option, incomplete, dosed=dosed)

    return complete


def completed(option: str, begun: str, *, dosed: bool = False) -> list[str]:
    """What a word may become.

    Parameters
    ----------
    option : str
        Name of the parameter, e.g. ``"drug"``.
    begun : str
        What stands there.
    dosed : bool
        Whether a level follows the name.

    Examples
    --------
    >>> completed("drug", "Jak", dosed=True), completed("context", "hep3b+HC")
    (['Jakafi=', 'Jakavi='], ['hep3b+HCV', 'hep3b+HCV_exposed'])
    >>> completed("observe", "pSTAT3,SOCS3_m"), completed("drug", "ruxolitinib=1", dosed=True)
    (['pSTAT3,SOCS3_mRNA'], [])
    """
    sign = _JOINED.get(option, "")
    before, last = "", begun
    if sign and sign in begun:
        before, last = begun[: begun.rindex(sign) + 1], begun[begun.rindex(sign) + 1 :]
    end = "=" if dosed else ""
    if end and end in last:
        return []
    rows = LISTED["state" if option == "context" and before else option]()
    names = [row["name"] for row in rows]
    if option == "drug" and last:
        names += [word for row in rows for word in row["also"] if " " not in word]
    return [f"{before}{name}{end}" for name in names if name.casefold().startswith(last.casefold())]
