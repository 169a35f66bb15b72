"""`jakstat claims`: what the texts say, by module or by what it is about."""

from __future__ import annotations

from typing import Annotated

import typer

from jakstat.cli.situation_options import Answer, framed

__all__ = ["claims"]


@framed(without=("plot",))
def claims(
    answer: Answer,
    module: Annotated[str | None, typer.Option(help="Only one module, e.g. feedback.")] = None,
    about: Annotated[str | None, typer.Option(help="Only what names an entity, e.g. STAT3.")] = None,
) -> None:
    """List claims of the literature.

    JSON: {"count": n, "claims": [{"id", "module", "subject", "relation", "object", "sign", "context",
    "statement", "expected", "scale", "test", "correction", "doubtful", "reference", "source"}],
    "by_scale": {...}, "doubtful": n}.
    """
    from jakstat.knowledge.claims_document import claims_document
    from jakstat.knowledge.queries import claims as find

    found = find(module=module, about=about)
    document = claims_document(module=module, about=about)

    def show() -> None:
        for claim in found:
            typer.echo(f"{claim.id}  {claim.statement}")
            if claim.doubtful:
                typer.echo(f"      doubtful: {claim.doubtful}")
        typer.echo(f"{len(found)} claims, {document['doubtful']} of them doubtful")

    answer.listing("claims of the literature", document=document, rows=document["claims"], show=show)
