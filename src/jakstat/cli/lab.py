"""`jakstat lab`: the laboratory in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jakstat.errors import problem
from jakstat.extras import check_extra
from jakstat.store import NOTICE

__all__ = ["lab"]

_PORTS = 65_535


def lab(
    port: Annotated[
        int | None, typer.Option(help="Port (8642, or a free one where that is taken); 0 for a free one.")
    ] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Open no browser.")] = False,
    folder: Annotated[
        Path | None, typer.Option(help="Where uploads, jobs and results are kept; your own if not given.")
    ] = None,
    share: Annotated[bool, typer.Option("--share", hidden=True, help="Refused.")] = False,
) -> None:
    """Open the laboratory: cells, map, drugs, patients, trials, evidence and own data in a browser."""
    if share:
        message = "the laboratory serves its own machine only and cannot be shared"
        hint = "send the permanent link: whoever has jakstat opens it in a laboratory of his own"
        raise problem("lab.share", message, field="--share", hint=hint)
    if port is not None and not 0 <= port <= _PORTS:
        raise problem("count.range", f"{port} is out of range", field="--port", hint=f"0 to {_PORTS}")
    check_extra("lab")
    from jakstat.lab.serve import serve_lab

    typer.echo(NOTICE)
    serve_lab(port, folder=folder, browser=not no_browser, tell=_say)


def _say(line: str) -> None:
    """At once, also where the output goes to a file."""
    typer.echo(line)
