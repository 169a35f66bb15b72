"""`jakstat model`: what a context's model contains, and its SBML document."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer

from jakstat.cli.idle_options import given_options, refuse_idle
from jakstat.cli.output import print_json
from jakstat.store import NOTICE, check_target, write_text

__all__ = ["model"]


def model(
    command_context: typer.Context,
    context: Annotated[str, typer.Argument(help="Kind of cell, e.g. hepg2 or hepg2+HBV.")],
    parts: Annotated[
        str | None,
        typer.Option(help="Parts, by comma, or core, cell, all or drugs; the whole cell if not given."),
    ] = None,
    export: Annotated[Path | None, typer.Option(help="Write the model as SBML (Level 3 Version 2).")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Summarise the model of a context, or export it."""
    refuse_idle(given_options(command_context), {"force": (export is not None, "add --export")})
    if export is not None:
        check_target(export, field="--export", replace=force)
    from jakstat.biology import chosen_parts
    from jakstat.biology import context as known
    from jakstat.experiment.resting import loaded_cell

    known(context)  # refuses an unknown cell before anything is built
    cell = loaded_cell(context, chosen_parts(parts.split(",") if parts else ()))
    network, rows = cell.model.network, cell.assembly.parameters
    document: dict[str, Any] = {
        "context": context,
        "title": cell.assembly.context.title,
        "parts": list(cell.assembly.parts),
        "model_key": cell.assembly.model_key,
        "compartments": {c.id: {"size": c.size, "unit": c.unit} for c in network.compartments},
        "species": [s.id for s in network.species],
        "reactions": {r.id: list(cell.assembly.evidence.get(r.id, ())) for r in network.reactions},
        "observables": {n: {"unit": o.unit, "title": o.title} for n, o in cell.assembly.observables.items()},
        "parameters": len(rows),
        "grades": dict(Counter(str(row.grade) for row in rows)),
        "warnings": [p.to_dict() for p in cell.model.report.warnings],
        "sources": list(cell.assembly.sources),
        "notice": NOTICE,
    }
    if export is not None:
        document["export"] = str(write_text(export, _with_notice(cell.assembly.sbml), replace=force))
    if as_json:
        print_json(document)
        return
    _show(document)


def _with_notice(sbml: str) -> str:
    """The document with the notice as an XML comment after its declaration."""
    head, separator, rest = sbml.partition("?>")
    comment = f"\n<!-- {NOTICE} -->"
    return f"{head}{separator}{comment}{rest}" if separator else f"<!-- {NOTICE} -->\n{sbml}"


def _show(document: dict[str, Any]) -> None:
    grades = ", ".join(f"{count} {grade}" for grade, count in sorted(document["grades"].items()))
    lines = [
        f"{document['context']}: {document['title']}",
        f"  {len(document['species'])} species, {len(document['reactions'])} reactions,"
        f" {document['parameters']} parameters ({grades})",
        f"  parts: {', '.join(document['parts'])}",
        f"  compartments: {', '.join(document['compartments'])}",
        f"  readouts: {', '.join(document['observables'])}",
        f"  sources: {', '.join(document['sources'])}",
        f"  import warnings: {len(document['warnings'])}",
    ]
    if "export" in document:
        lines.append(f"wrote {document['export']}")
    typer.echo("\n".join([*lines, NOTICE]))
