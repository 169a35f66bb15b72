"""`jakstat map`: the pathway as a diagram, coloured by an experiment if asked."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jakstat.cli.idle_options import refuse_idle
from jakstat.cli.output import print_json, waiting
from jakstat.cli.situation_options import AsJson, Cell, Force, framed
from jakstat.errors import problem
from jakstat.store import NOTICE, check_target, write_text

if TYPE_CHECKING:
    from jakstat.pathway.records import PathwayMap
    from jakstat.pathway.values import Levels

__all__ = ["draw_map"]

_FORMATS = ("svg", "png", "pdf", "sbgn")
_SCALES = ("cell", "patient")
_PARTS = "core,auto"


@dataclass(frozen=True, slots=True)
class _MappedCell(Cell):
    """A map shows a cell where none is named, and few parts."""

    context: Annotated[str, typer.Option(help="Kind of cell, e.g. hepg2.")] = "hepg2"
    parts: Annotated[
        str,
        typer.Option(
            help="Parts of the model, by comma, or core, cell, all or drugs; auto adds what is named. "
            "With --scale patient: parts of the tumour, all if not given."
        ),
    ] = _PARTS


@framed()
def draw_map(
    cell: _MappedCell,
    out: Annotated[Path, typer.Option(help="File to write: .svg, .png, .pdf, or .sbgn (SBGN-ML 0.3).")],
    at: Annotated[
        str | None, typer.Option(help="Colour each species by its level at this time, e.g. 20min.")
    ] = None,
    scale: Annotated[
        str, typer.Option(help="cell, or patient: the cells and signals of its tumour.")
    ] = "cell",
    source: Annotated[
        Path | None, typer.Option("--from", help="Draw this map (.sbgn) instead, matched with our entities.")
    ] = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Draw the pathway of a context, or the tumour of a patient, as an SBGN process description."""
    if source is not None:
        _draw_foreign(cell, source, out, {"at": at is not None, "scale": scale != "cell"}, force, as_json)
        return
    if scale not in _SCALES:
        raise problem("option.value", f"no scale {scale[:40]!r}", field="--scale", hint=" or ".join(_SCALES))
    if scale == "patient":
        _draw_tumour(cell, out, at, force=force, as_json=as_json)
        return
    done = [*(cell.stimulus or ()), *(cell.drug or ()), *(cell.knockdown or ()), *(cell.treatment or ())]
    _check(out, at, done, force=force)
    protocol = cell.protocol(until="1h" if at is None else at)
    with waiting("drawing", quiet=as_json):
        from jakstat.pathway.build import pathway_map
        from jakstat.pathway.values import assembly_of, levels

        assembly = assembly_of(protocol)
        title = f"{at} after {', '.join(done) or 'nothing given'}, beside the untreated cell at rest"
        found = None if at is None else levels(protocol, protocol.until, title)
        drawn = pathway_map(assembly)
        path = _write(drawn, out, found, force=force)
    made_from = {
        "context": protocol.context,
        "parts": list(assembly.parts),
        "model_key": assembly.model_key,
    }
    _tell(made_from | _document(drawn, path, found), drawn, path, as_json=as_json)


def _draw_tumour(cell: _MappedCell, out: Path, at: str | None, *, force: bool, as_json: bool) -> None:
    """The tumour in the patient without drugs; nothing that is done to a cell has a place there."""
    given = {f.name for f in fields(cell) if f.name != "parts" and getattr(cell, f.name) != f.default}
    idle = dict.fromkeys([*sorted(given), "at"], (False, "not with --scale patient"))
    refuse_idle(frozenset(given | ({"at"} if at is not None else set())), idle)
    _check(out, at, [], force=force)
    chosen = [] if cell.parts == _PARTS else [name.strip() for name in cell.parts.split(",")]
    with waiting("drawing", quiet=as_json):
        from jakstat.biology.patient_assembly import assemble_patient
        from jakstat.pathway.tumour import tumour_map

        patient = assemble_patient()
        drawn = tumour_map(patient, chosen)
        path = _write(drawn, out, None, force=force)
    made_from = {
        "context": "patient",
        "parts": chosen or list(patient.parts),
        "model_key": patient.model_key,
    }
    _tell(made_from | _document(drawn, path, None), drawn, path, as_json=as_json)


def _draw_foreign(
    cell: _MappedCell, source: Path, out: Path, other: dict[str, bool], force: bool, as_json: bool
) -> None:
    """Somebody's map; nothing that is said of a cell has a place there."""
    given = {f.name for f in fields(cell) if getattr(cell, f.name) != f.default}
    given |= {name for name, is_given in other.items() if is_given}
    refuse_idle(frozenset(given), dict.fromkeys(sorted(given), (False, "not with --from")))
    _check(out, None, [], force=force)
    if not source.is_file():
        hint = "give an SBGN-ML file"
        raise problem("file.missing", f"no file '{source.name}'", field="--from", hint=hint)
    if source.suffix.lower() == ".gpml":
        message, hint = "GPML is not read", "export it from PathVisio as SBGN-ML"
        raise problem("map.format", message, file=source.name, hint=hint)
    with waiting("drawing", quiet=as_json):
        from jakstat.exchange.foreign_map import foreign_map

        drawn, matches = foreign_map(source)
        path = _write(drawn, out, None, force=force)
    matched = {"from": source.name, "matched": [asdict(m) for m in matches]}
    if not as_json:
        for match in matches:
            by = "" if match.by == "name" else f" ({match.by})"
            known = f"{match.entity}: {match.name}{by}" if match.entity else "nothing known of this name"
            typer.echo(f"  {match.label}  {known}")
    _tell(matched | _document(drawn, path, None), drawn, path, as_json=as_json)


def _tell(document: dict[str, Any], drawn: PathwayMap, path: Path, *, as_json: bool) -> None:
    if as_json:
        print_json(document)
        return
    counts = document["glyphs"]
    typer.echo(
        f"wrote {path}: {counts['species']} species, {counts['processes']} processes, {document['arcs']} arcs"
    )
    if drawn.unconnected:
        typer.echo(f"not drawn, because no reaction involves it: {', '.join(drawn.unconnected)}")
    if drawn.left_out:
        typer.echo(drawn.left_out)
    typer.echo(NOTICE)


def _check(out: Path, at: str | None, given: list[str], *, force: bool) -> None:
    if out.suffix.lower().lstrip(".") not in _FORMATS:
        hint = f"end its name in {', '.join('.' + f for f in _FORMATS)}"
        raise problem("figure.format", f"'{out.name}' is no known kind of map", field="--out", hint=hint)
    check_target(out, field="--out", replace=force)
    if given and at is None:
        hint = "add e.g. --at 20min"
        raise problem("option.alone", "there is no time to colour the map at", field="--at", hint=hint)


def _write(drawn: PathwayMap, out: Path, found: Levels | None, *, force: bool) -> Path:
    from jakstat.report.pathway_map import fills, save_map

    if out.suffix.lower() != ".sbgn":
        return save_map(drawn, out, found, replace=force)
    from jakstat.exchange.sbgn import to_sbgn

    text = to_sbgn(drawn, None if found is None else fills(drawn, found))
    return write_text(out, text, replace=force)


def _document(drawn: PathwayMap, path: Path, found: Levels | None) -> dict[str, Any]:
    pools = [g.stands_for for g in drawn.pools() if g.stands_for]
    kinds: dict[str, int] = {}
    for arc in drawn.arcs:
        kinds[arc.kind] = kinds.get(arc.kind, 0) + 1
    return {
        "file": str(path),
        "width": drawn.width,
        "height": drawn.height,
        "compartments": [c.stands_for for c in drawn.compartments],
        "glyphs": {
            "species": len(set(pools)),
            "clones": len(pools) - len(set(pools)),
            "processes": sum(1 for _ in drawn.processes()),
        },
        "arcs": len(drawn.arcs),
        "arc_kinds": kinds,
        "unconnected": list(drawn.unconnected),
        "values": None if found is None else _values(found),
        "sources": list(drawn.sources),
        "notice": NOTICE,
    }


def _values(found: Levels) -> dict[str, Any]:
    by_species = {
        name: {"rest": v.rest, "now": v.now, "unit": v.unit, "molecules": v.molecules, "fold": v.fold}
        for name, v in found.by_species.items()
    }
    return {"title": found.title, "time_h": found.time_h, "species": by_species}
