"""`jakstat entities`: the molecules, cells, processes and diseases that records speak about."""

from __future__ import annotations

from typing import Annotated

import typer

from jakstat.cli.output import print_json

__all__ = ["entities"]


def entities(
    name: Annotated[str | None, typer.Argument(help="Part of an id, name, symbol or synonym.")] = None,
    kind: Annotated[str | None, typer.Option(help="Only one kind, e.g. protein.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List entities with their identifiers.

    JSON: {"count": n, "entities": [{"id", "kind", "name", "hgnc", "uniprot", "identifiers", "synonyms",
    "members", "role", "checked", "source", "note", "identifiers_org"}]}.
    """
    from jakstat.knowledge.queries import entities as find

    found = find(kind=kind, like=name)
    if as_json:
        rows = [e.model_dump(mode="json") | {"identifiers_org": list(e.identifiers_org)} for e in found]
        print_json({"count": len(rows), "entities": rows})
        return
    for entity in found:
        typer.echo(
            f"{entity.id:<34}{entity.kind:<16}{entity.name}  {' '.join(entity.identifiers_org)}".rstrip()
        )
    typer.echo(f"{len(found)} entities")
