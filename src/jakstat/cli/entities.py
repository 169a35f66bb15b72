"""`jakstat entities`: the molecules, cells, processes and diseases that records speak about."""

from __future__ import annotations

from typing import Annotated

import typer

from jakstat.cli.situation_options import Answer, framed

__all__ = ["entities"]


@framed(without=("plot",))
def entities(
    answer: Answer,
    name: Annotated[str | None, typer.Argument(help="Part of an id, name, symbol or synonym.")] = None,
    kind: Annotated[str | None, typer.Option(help="Only one kind, e.g. protein.")] = None,
) -> None:
    """List entities with their identifiers.

    JSON: {"count": n, "entities": [{"id", "kind", "name", "hgnc", "uniprot", "identifiers", "synonyms",
    "members", "role", "checked", "source", "note", "identifiers_org"}]}.
    """
    from jakstat.knowledge.queries import entities as find

    found = find(kind=kind, like=name)
    rows = [e.model_dump(mode="json") | {"identifiers_org": list(e.identifiers_org)} for e in found]

    def show() -> None:
        for entity in found:
            links = " ".join(entity.identifiers_org)
            typer.echo(f"{entity.id:<34}{entity.kind:<16}{entity.name}  {links}".rstrip())
        typer.echo(f"{len(found)} entities")

    answer.listing(
        "entities of the records", document={"count": len(rows), "entities": rows}, rows=rows, show=show
    )
