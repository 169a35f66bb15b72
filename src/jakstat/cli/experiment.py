"""`jakstat experiment`: the protocol of a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jakstat.cli.idle_options import given_options, print_schema, refuse_idle
from jakstat.cli.output import Targets, deliver, waiting
from jakstat.cli.situation_options import Csv, Xlsx

__all__ = ["experiment"]


def experiment(
    command_context: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="Experiment file (YAML).")] = None,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of such a file.")] = False,
    plot: Annotated[Path | None, typer.Option(help="Write a figure (.png, .pdf, .svg).")] = None,
    plot_as: Annotated[
        str | None, typer.Option(help="time or dose; a series is drawn over its dose.")
    ] = None,
    csv: Csv = None,
    xlsx: Xlsx = None,
    overlay: Annotated[Path | None, typer.Option(help="Draw own measurements over the curves.")] = None,
    scale_overlay: Annotated[
        bool, typer.Option("--scale-overlay", help="Multiply each readout's measurements by its best factor.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Run the experiment that a YAML file describes; --schema prints what such a file may say."""
    from jakstat.experiment.protocol_file import protocol_schema_text, run_file

    given = given_options(command_context)
    if schema:
        return print_schema(given, protocol_schema_text)
    if file is None:
        from jakstat.errors import problem

        raise problem(
            "file.missing", "no file is named", field="FILE", hint="e.g. jakstat experiment my.yaml"
        )
    refuse_idle(
        given,
        {
            "plot_as": (plot is not None, "add --plot"),
            "overlay": (plot is not None or as_json, "add --plot"),
            "force": (any((plot, csv, xlsx)), "it replaces a file that is written"),
        },
    )
    targets = Targets(plot, plot_as, csv, xlsx, overlay, scale_overlay, force, as_json)
    targets.check()
    with waiting("simulating", quiet=as_json):
        result = run_file(file)
    deliver(result, targets)
