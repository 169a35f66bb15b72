"""`jakstat claims`: what the texts say, by module or by what it is about."""

from __future__ import annotations

from collections import Counter
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
    from jakstat.knowledge.queries import claims as find

    found = find(module=module, about=about)
    doubtful = sum(bool(c.doubtful) for c in found)
    rows = [c.model_dump(mode="json") | {"sign": c.sign} for c in found]
    by_scale = dict(Counter(str(c.scale) for c in found))

    def show() -> None:
        for claim in found:
            typer.echo(f"{claim.id}  {claim.statement}")
            if claim.doubtful:
                typer.echo(f"      doubtful: {claim.doubtful}")
        typer.echo(f"{len(found)} claims, {doubtful} of them doubtful")

    answer.listing(
        "claims of the literature",
        document={"count": len(rows), "claims": rows, "by_scale": by_scale, "doubtful": doubtful},
        rows=rows,
        show=show,
    )
