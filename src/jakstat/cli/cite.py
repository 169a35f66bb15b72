"""`jakstat cite`: BibTeX of the software and of what a result rests on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from jakstat.store import NOTICE

__all__ = ["cite"]


def cite(
    result: Annotated[
        Path | None, typer.Argument(help="A saved result (JSON) or its folder; without it, every source.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print BibTeX of jakstat and of every source that a result rests on."""
    from jakstat.knowledge.citation import citations

    entries = citations(result)
    if as_json:
        document = {
            "result": None if result is None else str(result),
            "entries": [{"key": e.key, "title": e.title, "doi": e.doi, "bibtex": e.bibtex} for e in entries],
            "notice": NOTICE,
        }
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        typer.echo("\n\n".join(e.bibtex for e in entries))
