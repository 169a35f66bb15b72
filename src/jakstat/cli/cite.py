"""`jakstat cite`: BibTeX of the software and of what a result rests on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jakstat.cli.situation_options import Answer, framed
from jakstat.store import NOTICE

__all__ = ["cite"]


@framed(without=("plot",))
def cite(
    answer: Answer,
    result: Annotated[
        Path | None, typer.Argument(help="A saved result (JSON) or its folder; without it, every source.")
    ] = None,
) -> None:
    """Print BibTeX of jakstat and of every source that a result rests on."""
    from jakstat.knowledge.citation import citations

    entries = citations(result)
    rows = [{"key": e.key, "title": e.title, "doi": e.doi, "bibtex": e.bibtex} for e in entries]
    answer.listing(
        "what an answer rests on",
        document={
            "result": None if result is None else str(result),
            "entries": rows,
            "notice": NOTICE,
        },
        rows=rows,
        show=lambda: typer.echo("\n\n".join(e.bibtex for e in entries)),
    )
