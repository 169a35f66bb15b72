"""`jakstat model`: what a context's model contains, and its SBML document."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer

from jakstat.cli.idle_options import given_options, refuse_idle
from jakstat.cli.output import print_json
from jakstat.errors import Note, problem
from jakstat.store import NOTICE, check_target, write_text

__all__ = ["model"]

_LEVELS = ("3.2", "2.4")


def model(
    command_context: typer.Context,
    context: Annotated[str, typer.Argument(help="Kind of cell, e.g. hepg2 or hepg2+HBV.")],
    parts: Annotated[
        str | None,
        typer.Option(help="Parts, by comma, or core, cell, all or drugs; the whole cell if not given."),
    ] = None,
    export: Annotated[Path | None, typer.Option(help="Write the model as SBML.")] = None,
    level: Annotated[str, typer.Option(help="Level and version of the SBML: 3.2 or 2.4.")] = "3.2",
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Summarise the model of a context, or export it."""
    written = (export is not None, "add --export")
    refuse_idle(given_options(command_context), {"force": written, "level": written})
    if level not in _LEVELS:
        message, hint = f"no level {level[:20]!r} of SBML is written", " or ".join(_LEVELS)
        raise problem("level.unknown", message, field="--level", hint=hint)
    if export is not None:
        check_target(export, field="--export", replace=force)
    from jakstat.biology import chosen_parts
    from jakstat.biology import context as known
    from jakstat.biology.sbml_writing import with_initial_values
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
    notes: tuple[Note, ...] = ()
    if export is not None:
        sbml, notes = _at_level(with_initial_values(cell.assembly.sbml), level, export.name)
        document["export"] = str(write_text(export, _with_notice(sbml), replace=force))
        document["notes"] = [n.to_dict() for n in notes]
    if as_json:
        print_json(document)
        return
    for note in notes:
        typer.echo(f"note: {note}", err=True)
    _show(document)


def _at_level(sbml: str, level: str, name: str) -> tuple[str, tuple[Note, ...]]:
    """The document in the level that was asked for, and what is lost by it."""
    if level == "3.2":
        return sbml, ()
    from jakstat.exchange.sbml_level2 import to_level_2

    return to_level_2(sbml, file=name)


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
