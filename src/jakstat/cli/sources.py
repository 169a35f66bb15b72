"""`jakstat sources`: what the records rest on, and what rests on each."""

from __future__ import annotations

from typing import Annotated

import typer

from jakstat.cli.situation_options import Answer, framed

__all__ = ["sources"]


@framed(without=("plot",))
def sources(
    answer: Answer,
    key: Annotated[str | None, typer.Argument(help="One source; without it, all of them.")] = None,
) -> None:
    """List sources with the records that rest on them.

    JSON: {"count": n, "sources": [{"key", "kind", "title", "authors", "year", "container", "doi", "pmid",
    "accession", "note", "dependents"}]}.
    """
    from jakstat.evidence.dependence import resting_on
    from jakstat.knowledge import knowledge

    known = knowledge().sources
    resting = {name: resting_on(name) for name in (known if key is None else [key])}
    found = [known[name] for name in resting]
    rows = [s.model_dump(mode="json") | {"dependents": list(resting[s.key])} for s in found]

    def show() -> None:
        for source in found:
            year = "" if source.year is None else f" ({source.year})"
            link = f" doi:{source.doi}" if source.doi else f" {source.accession}" if source.accession else ""
            typer.echo(f"{source.key:<26}{source.title}{year}{link}  [{len(resting[source.key])} records]")
            if key is not None:
                typer.echo("  " + " ".join(resting[source.key]))
        typer.echo(f"{len(found)} sources")

    answer.listing(
        "sources of the records", document={"count": len(rows), "sources": rows}, rows=rows, show=show
    )
