"""`jakstat domains`: the domains and sites of proteins, and which drugs act there."""

from __future__ import annotations

from typing import Annotated

import typer

from jakstat.cli.situation_options import Answer, framed

__all__ = ["domains"]


@framed(without=("plot",))
def domains(
    answer: Answer,
    name: Annotated[str | None, typer.Argument(help="Part of an id, name or protein, e.g. SH2.")] = None,
) -> None:
    """List domains with their residues, role and drugs; `jakstat why STAT3_SH2` says more of one.

    JSON: {"count": n, "domains": [{"id", "protein", "name", "first", "last", "uniprot", "role", "agents",
    "symbols", "grade", "source", "note", "residues"}]}.
    """
    from jakstat.knowledge.queries import domains as find

    found = find(like=name)
    rows = [d.model_dump(mode="json") | {"residues": d.residues} for d in found]

    def show() -> None:
        for domain in found:
            agents = f" [{', '.join(domain.agents)}]" if domain.agents else ""
            typer.echo(f"{domain.id:<16}{domain.residues:<9}{domain.name}: {domain.role}{agents}")
        typer.echo(f"{len(found)} domains")

    answer.listing(
        "domains and sites of proteins", document={"count": len(rows), "domains": rows}, rows=rows, show=show
    )
