"""`jakstat verify`: whether stored results are still as they were written, and their repair."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jakstat.cli.idle_options import given_options, refuse_idle
from jakstat.cli.output import print_json
from jakstat.store import NOTICE

if TYPE_CHECKING:
    from jakstat.experiment.lane_writers.layout import Damage, Stored

__all__ = ["verify"]

_DAMAGED = 1
_SHOWN = 20


def verify(
    command_context: typer.Context,
    out: Annotated[
        Path, typer.Argument(metavar="OUT", help="What `run --out`, `fit` or `combine --folder` wrote.")
    ],
    repair: Annotated[
        Path | None,
        typer.Option(metavar="MODEL.xml", help="Compute what is damaged or missing anew, from this model."),
    ] = None,
    lanes: Annotated[Path | None, typer.Option(help="With --repair: the table of lanes of the run.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compare stored results with their seals; exit code 1 when something is damaged.

    JSON: {"file", "complete", "lanes": {"all", "done"}, "damaged": [{"piece", "file", "what"}], "notice"}.
    """
    from jakstat.errors import problem

    refuse_idle(given_options(command_context), {"lanes": (repair is not None, "add --repair MODEL.xml")})
    if not out.exists():
        raise problem("file.missing", f"no file or folder '{out.name}'", file=out.name)
    if (out / "chunks" / "manifest.json").is_file():
        hint = f"jakstat trial verify {out}, and jakstat trial repair {out}"
        raise problem("option.value", f"'{out.name}' is a run of a trial", file=out.name, hint=hint)
    folders = [f for f in (out, out / "starts", out / "profiles") if (f / "manifest.json").is_file()]
    if folders:
        if repair is not None:
            hint = "run its command again with --force"
            raise problem("option.value", f"'{out.name}' is no run of lanes", field="--repair", hint=hint)
        document = _chunks(out, folders)
    else:
        from jakstat.experiment.lane_writers.target import stored_run

        stored = stored_run(out)
        if repair is not None:
            _repair(out, stored, repair, lanes)
            stored = stored_run(out)
        document = _lanes(out, stored)
    if as_json:
        print_json(document)
    else:
        _show(document)
    if document["damaged"]:
        raise typer.Exit(_DAMAGED)


def _repair(out: Path, stored: Stored, model: Path, lanes: Path | None) -> None:
    """Go on with the run that the file says it is, from its first piece on that is not whole."""
    from jakstat.engine.tolerance import BY_SPECIES
    from jakstat.errors import problem
    from jakstat.experiment.model_run import RunOptions, plan_run, run_table
    from jakstat.experiment.path_lanes import PathOptions

    made = stored.manifest
    if made is None:
        hint = "run its command again with --force"
        raise problem("resume.foreign", "what it says of itself is damaged", file=out.name, hint=hint)
    inputs: dict[str, Any] = made["inputs"]
    asked = {f.name: inputs[f.name] for f in fields(RunOptions) if f.name in inputs}
    given: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in asked.items()}
    given["atol"] = None if given["atol"] == BY_SPECIES else given["atol"]
    paths = inputs.get("paths")
    options = RunOptions(**{**given, "paths": None if paths is None else PathOptions(**paths)})
    run_table(plan_run(model, options, lanes=lanes, piece=int(inputs["piece"])), out, resume=True)


def _lanes(out: Path, stored: Stored) -> dict[str, Any]:
    made = stored.manifest
    return {
        "file": str(out),
        "complete": stored.complete,
        "lanes": {"all": None if made is None else made["inputs"]["lanes"], "done": stored.lanes_done},
        "damaged": [_entry(d) for d in stored.damage],
        "notice": NOTICE,
    }


def _entry(damage: Damage) -> dict[str, Any]:
    return {"piece": damage.piece, "file": damage.file, "what": damage.what}


def _chunks(out: Path, folders: list[Path]) -> dict[str, Any]:
    from jakstat.chunks import Chunks

    damaged: list[dict[str, Any]] = []
    missing = 0
    for folder in folders:
        chunks = Chunks.stored(folder)
        bad = chunks.damaged()
        missing += len(chunks.missing()) - len(bad)
        damaged += [{"piece": k, "file": str(folder.name), "what": "damaged"} for k in bad]
    done = not damaged and not missing
    return {"file": str(out), "complete": done, "lanes": None, "damaged": damaged, "notice": NOTICE}


def _show(document: dict[str, Any]) -> None:
    damaged, lanes = document["damaged"], document["lanes"]
    for entry in damaged[:_SHOWN]:
        place = "" if entry["piece"] is None else f"piece {entry['piece']}: "
        typer.echo(f"{place}{entry['file']}: {entry['what']}")
    if len(damaged) > _SHOWN:
        typer.echo(f"and {len(damaged) - _SHOWN} more (--json shows all)")
    if damaged:
        typer.echo("damaged; --repair MODEL.xml or the same command with --resume computes it anew")
    elif document["complete"]:
        typer.echo("whole and complete")
    else:
        typer.echo("whole, but not complete")
    if lanes is not None and not document["complete"]:
        typer.echo(f"{lanes['done']} of {lanes['all'] or 'unknown'} lanes are there and whole")
    typer.echo(NOTICE)
