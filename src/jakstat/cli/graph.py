"""`jakstat graph`: the claims as a network for other tools."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jakstat.cli.output import print_json
from jakstat.store import check_target, write_text

__all__ = ["graph"]


def graph(
    out: Annotated[Path, typer.Option(help="File to write.")],
    kind: Annotated[str, typer.Option("--format", help="sif, graphml, cx2, indra or tsv.")] = "graphml",
    module: Annotated[str | None, typer.Option(help="Only the claims of one module.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Write the knowledge graph as SIF, GraphML, CX2, INDRA JSON or a table.

    JSON: {"file", "format", "nodes": n, "edges": n}.
    """
    from jakstat.exchange.knowledge_graph import check_format, export
    from jakstat.exchange.knowledge_graph import graph as build

    check_format(kind)
    check_target(out, field="--out", replace=force)
    found = build(module=module)
    path = write_text(out, export(found, kind), replace=force)
    if as_json:
        document = {"file": str(path), "format": kind, "nodes": len(found.nodes), "edges": len(found.edges)}
        print_json(document)
    else:
        typer.echo(f"wrote {path}: {len(found.nodes)} nodes, {len(found.edges)} edges")
