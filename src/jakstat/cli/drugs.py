"""`jakstat drugs`: what is recorded about each drug, and which of them a protocol may use."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from jakstat.cli.output import print_json

__all__ = ["drugs"]


def drugs(
    name: Annotated[str | None, typer.Argument(help="One drug, by any of its names.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List drugs and regimens with their recorded facts.

    JSON: {"count": n, "drugs": [{"id", "name", "kind", "synonyms", "usable", "facts": [{"id", "property",
    "value", "low", "high", "unit", "schedule", "text", "context", "grade", "doubtful", "source"}],
    "claims": [ids]}]}; ``usable`` is the name a protocol takes, or null.
    """
    from jakstat.errors import problem
    from jakstat.knowledge.queries import agents, named
    from jakstat.pharmacology import agents as library

    usable = {a.id: a.name for a in library()}
    found = agents()
    if name is not None:
        wanted = {entity.id for entity in named(name)}
        found = tuple(a for a in found if a.entity.id in wanted)
        if not found:
            raise problem("drug.facts", f"no facts are recorded about {name[:60]!r}", field="NAME")
    if as_json:
        rows: list[dict[str, Any]] = [
            {
                "id": a.entity.id,
                "name": a.entity.name,
                "kind": a.entity.kind,
                "synonyms": list(a.entity.synonyms),
                "usable": usable.get(a.entity.id),
                "facts": [f.model_dump(mode="json", exclude={"agent"}) for f in a.facts],
                "claims": list(a.claims),
            }
            for a in found
        ]
        print_json({"count": len(rows), "drugs": rows})
        return
    for a in found:
        mark = "usable in protocols" if a.entity.id in usable else "not in the model yet"
        typer.echo(f"{a.entity.id:<22}{a.entity.name}: {len(a.facts)} facts; {mark}")
        for fact in a.facts if name is not None else ():
            said = fact.text or f"{fact.value:g} {fact.unit} {fact.schedule}".rstrip()
            typer.echo(f"  {fact.id} {fact.property}: {said} ({fact.grade}; {', '.join(fact.source)})")
    typer.echo(f"{len(found)} agents")
