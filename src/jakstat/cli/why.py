"""`jakstat why`: the records behind a reaction or a parameter."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from jakstat.cli.situation_options import Answer, framed

__all__ = ["why"]


@framed(without=("plot",))
def why(
    answer: Answer,
    name: Annotated[
        str,
        typer.Argument(help="A reaction, parameter, species or readout of the model, or a cell or state."),
    ],
    scale: Annotated[
        str, typer.Option(help="Where a name is looked for first: cell or patient (tumour, body, drugs).")
    ] = "cell",
) -> None:
    """Say on what a piece of the model rests: claims, numbers, sources, grade.

    JSON: {"name", "kind", "part", "formula", "records": n, "grades": [...], "claims": [{"id", "statement",
    "doubtful", "source"}], "quantities": [{"id", "name", "value", "unit", "used_range": [low, high] or null,
    "grade", "context", "near", "source"}], "settings": [{"context", "id", "acts", "value", "unit", "low",
    "high", "grade", "source", "note"}], "sources": [{"key", "title", "doi", "pmid"}],
    "uses": [...], "used_by": [...]}.
    """
    from jakstat.evidence.why_document import why_document

    document = why_document(name, scale)
    rows = [
        {"about": document["name"], "record": key.rstrip("s"), **row}
        for key in ("settings", "claims", "quantities", "sources")
        for row in document[key]
    ]
    answer.listing(
        f"what {document['name']} rests on", document=document, rows=rows, show=lambda: _show(document)
    )


def _show(d: dict[str, Any]) -> None:
    lines = [f"{d['name']} ({d['kind']}{', part ' + d['part'] if d['part'] else ''})"]
    if d["formula"]:
        lines.append(f"  {d['formula']}")
    for s in d["settings"]:
        where = " ".join(x for x in (s["context"] or "all cells", s["acts"]) if x)
        if d["kind"] in ("context", "state"):
            where = " ".join(x for x in (s["id"], s["acts"]) if x)
        lines.append(
            f"  {where}: {s['value']:.4g} {s['unit']} [{s['low']:.4g} .. {s['high']:.4g}], {s['grade']},"
        )
        lines.append(f"    {s['source']}{': ' + s['note'] if s['note'] else ''}")
    for c in d["claims"]:
        lines.append(f"  {c['id']} {c['statement']}")
        if c["doubtful"]:
            lines.append(f"       doubtful: {c['doubtful']}")
    for q in d["quantities"]:
        if q["used_range"] is None:
            continue
        low, high = q["used_range"]
        lines.append(f"  {q['id']} {q['value']:.4g} {q['unit']} ({q['context']}), {q['grade']},")
        lines.append(f"       used within {low:.3g} .. {high:.3g}")
    for s in d["sources"]:
        lines.append(f"  source {s['key']}: {s['title']}{' doi:' + s['doi'] if s['doi'] else ''}")
    enters = "drugs that act there" if d["kind"] == "domain" else "enters"
    for word, key in (("uses", "uses"), (enters, "used_by")):
        if d[key]:
            lines.append(f"  {word}: {', '.join(d[key])}")
    typer.echo("\n".join(lines))
