"""Options that would change nothing are refused: who gives one expects that it does something."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import typer

from jakstat.errors import InputError, Problem

__all__ = ["given_options", "print_schema", "refuse_idle"]

_ARGUMENTS = {"regimen": "REGIMEN", "source": "SOURCE", "table": "--csv"}
"""Those that are given by their place, or by another name."""


def given_options(context: typer.Context) -> frozenset[str]:
    """Names of the parameters that stand on the command line, and not at their defaults."""
    sources = {name: context.get_parameter_source(name) for name in context.params}
    return frozenset(name for name, source in sources.items() if source and source.name == "COMMANDLINE")


def refuse_idle(given: frozenset[str], rules: Mapping[str, tuple[bool, str]]) -> None:
    """Refuse each given option that is not used.

    Parameters
    ----------
    given : frozenset of str
    rules : mapping of parameter to (whether it is used, hint)

    Raises
    ------
    InputError
        ``option.alone``, for every idle option.

    Examples
    --------
    >>> refuse_idle(frozenset({"seed"}), {"seed": (True, "")})
    """
    found = []
    for name, (used, hint) in rules.items():
        if name in given and not used:
            option = _ARGUMENTS.get(name, "--" + name.replace("_", "-"))
            found.append(Problem("option.alone", f"{option} does nothing here", field=option, hint=hint))
    if found:
        raise InputError(found)


def print_schema(given: frozenset[str], text: Callable[[], str]) -> None:
    """Print a schema; ``--schema`` stands alone."""
    hint = "--schema prints the schema and stops"
    refuse_idle(given, dict.fromkeys(sorted(given - {"schema"}), (False, hint)))
    typer.echo(text(), nl=False)
