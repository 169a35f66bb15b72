"""`jakstat parts`: the pieces that a cell's model is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from jakstat.cli.situation_options import Answer, framed

if TYPE_CHECKING:
    from jakstat.biology import Part

__all__ = ["parts"]


@framed(without=("plot",))
def parts(
    answer: Answer,
    name: Annotated[str | None, typer.Argument(help="A part, e.g. stat3.")] = None,
) -> None:
    """List the parts of the model, or say what one states, needs and gives.

    JSON: {"count": n, "parts": [{"name", "scale", "title", "core", "template", "summary", "limits",
    "requires", "species": [ids], "reactions": [ids], "readouts": [{"name", "unit", "title"}],
    "ports": [{"name", "combine", "base", "unit", "means"}], "gives": [{"port", "formula"}]}]}.
    """
    from jakstat.biology import part, part_names

    names = (*part_names(), *part_names(scale="tumour")) if name is None else (name,)
    found = [part(n) for n in names]
    entries = [_entry(p) for p in found]

    def show() -> None:
        for p, entry in zip(found, entries, strict=True):
            if name is not None:
                _show(entry)
                continue
            with_ = f"; with {', '.join(p.requires)}" if p.requires else ""
            mark = " (core)" if entry["core"] else " (tumour)" if entry["scale"] == "tumour" else ""
            typer.echo(f"{p.name:<30} {p.title}{mark}{with_}")
        if name is None:
            typer.echo(f"{len(found)} parts; --parts takes names of the cell's, or core, cell, all, drugs")

    answer.listing(
        "parts of the model",
        document={"count": len(found), "parts": entries},
        rows=({**e, "readouts": [o["name"] for o in e["readouts"]]} for e in entries),
        show=show,
    )


def _entry(p: Part) -> dict[str, Any]:
    from jakstat.biology import CORE_PARTS, part_names
    from jakstat.biology.observables import part_observables

    return {
        "name": p.name,
        "scale": "tumour" if p.name in part_names(scale="tumour") else "cell",
        "title": p.title,
        "core": p.name in CORE_PARTS,
        "template": p.pattern or None,
        "summary": " ".join(p.summary.split()),
        "limits": list(p.limits),
        "requires": list(p.requires),
        "species": [s.id for s in p.species],
        "reactions": [r.id for r in p.reactions],
        "readouts": [{"name": o.name, "unit": o.unit, "title": o.title} for o in part_observables([p.name])],
        "ports": [
            {
                "name": port.name,
                "combine": port.combine,
                "base": port.base,
                "unit": port.unit,
                "means": port.means,
            }
            for port in p.ports
        ],
        "gives": [{"port": port, "formula": formula} for port, formula in p.gives],
    }


def _show(d: dict[str, Any]) -> None:
    lines = [f"{d['name']}: {d['title']}", f"  {d['summary']}"]
    if d["requires"]:
        lines.append(f"  comes with: {', '.join(d['requires'])}")
    lines.append(f"  {len(d['species'])} species, {len(d['reactions'])} reactions")
    lines += [f"  readout {o['name']} ({o['unit']}): {o['title']}" for o in d["readouts"]]
    lines += [f"  port {p['name']} ({p['combine']}, from {p['base']}): {p['means']}" for p in d["ports"]]
    lines += [f"  gives {g['port']}: {g['formula']}" for g in d["gives"]]
    lines += [f"  limit: {limit}" for limit in d["limits"]]
    typer.echo("\n".join(lines))
