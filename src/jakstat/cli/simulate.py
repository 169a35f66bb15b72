"""`jakstat simulate`: one protocol on one kind of cell, from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jakstat.cli.idle_options import given_options, refuse_idle
from jakstat.cli.output import Targets, deliver, waiting
from jakstat.errors import problem

__all__ = ["simulate"]


def simulate(
    command_context: typer.Context,
    context: Annotated[str, typer.Argument(help="Kind of cell, e.g. hepg2.")],
    stimulus: Annotated[
        list[str] | None,
        typer.Option(
            help="Ligand: IL6=10ng/ml, IL6=10ng/ml@0min..20min, IL6=0.1..500ng/ml:12, IL6(mouse)=..."
        ),
    ] = None,
    drug: Annotated[
        list[str] | None,
        typer.Option(help="Drug in the medium: ruxolitinib=500nM@-60min (time 0 if not given)."),
    ] = None,
    knockdown: Annotated[
        list[str] | None,
        typer.Option("--knockdown", "--perturb", help="Factor: SOCS3=0, STAT3=2, or timed SOCS3=0@0h."),
    ] = None,
    treatment: Annotated[
        list[str] | None,
        typer.Option("--treatment", "--treat", help="On or off: actinomycin_D@0min.., cycloheximide@0h..2h."),
    ] = None,
    until: Annotated[str, typer.Option(help="Last time.")] = "6h",
    observe: Annotated[str | None, typer.Option(help="Readouts, separated by commas.")] = None,
    points: Annotated[int, typer.Option(help="Number of evenly spaced times.")] = 241,
    medium_change: Annotated[
        list[str] | None, typer.Option(help="Replace the whole medium by a plain one at this time.")
    ] = None,
    depletion: Annotated[
        bool, typer.Option("--depletion/--no-depletion", help="Whether the cells use up the ligand.")
    ] = True,
    read_at: Annotated[
        str | None, typer.Option(help="Time at which a dose series is read; its peak if not given.")
    ] = None,
    parts: Annotated[
        str | None,
        typer.Option(
            help="Parts of the model, separated by commas, or core (fast), cell, all or drugs; "
            "the whole cell if not given."
        ),
    ] = None,
    state: Annotated[
        list[str] | None, typer.Option(help="State of the cell, e.g. HBV; several combine.")
    ] = None,
    cells: Annotated[
        int | None, typer.Option(help="Simulate this many cells that differ, and show distributions.")
    ] = None,
    at: Annotated[
        list[str] | None,
        typer.Option(help="With --cells: when they are read; each cell's peak if not given."),
    ] = None,
    interval: Annotated[
        int | None,
        typer.Option(help="Add 90 % intervals over this many parameter vectors, e.g. 200."),
    ] = None,
    seed: Annotated[int, typer.Option(help="With --cells or --interval: seed of the draws.")] = 1,
    plot: Annotated[Path | None, typer.Option(help="Write a figure (.png, .pdf, .svg).")] = None,
    plot_as: Annotated[
        str | None, typer.Option(help="time or dose; a series is drawn over its dose.")
    ] = None,
    csv: Annotated[Path | None, typer.Option(help="Write the result as a table.")] = None,
    overlay: Annotated[
        Path | None,
        typer.Option(help="Draw own measurements over the curves: CSV with time,time_unit,observable,value."),
    ] = None,
    scale_overlay: Annotated[
        bool, typer.Option("--scale-overlay", help="Multiply each readout's measurements by its best factor.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Give cells a stimulus and drugs, and show what they do."""
    given = given_options(command_context)
    refuse_idle(
        given,
        {
            "seed": (cells is not None or interval is not None, "add --cells or --interval"),
            "plot_as": (plot is not None, "add --plot"),
            "overlay": (plot is not None or as_json, "add --plot"),
            "force": (plot is not None or csv is not None, "it replaces a file of --plot or --csv"),
        },
    )
    targets = Targets(plot, plot_as, csv, overlay, scale_overlay, force, as_json)
    targets.check()
    if cells is not None and (csv is not None or overlay is not None or plot_as is not None):
        hint = "with --cells there are --plot and --json"
        raise problem("option.alone", "--csv, --overlay and --plot-as show single courses", hint=hint)
    if cells is not None and interval is not None:
        raise problem("option.alone", "--cells and --interval are two questions", hint="ask one at a time")
    if at and cells is None:
        raise problem("option.alone", "--at reads a distribution", field="--at", hint="add --cells 2000")
    from jakstat.experiment.describe import make_protocol

    protocol = make_protocol(
        "+".join([context, *(state or ())]),
        stimuli=stimulus,
        drugs=drug,
        perturb=knockdown,
        treatments=treatment,
        until=until,
        observe=observe,
        points=points,
        medium_changes=medium_change,
        depletion=depletion,
        read_at=read_at,
        parts=parts,
    )
    series = any(len(a.values) > 1 for a in protocol.additions)
    series |= any(len(p.factors) > 1 for p in protocol.perturbations)
    reads = series or cells is not None
    refuse_idle(given, {"read_at": (reads, "nothing has several doses; every time is in --csv and --json")})
    if cells is not None:
        from jakstat.cli.cells import show_cells

        show_cells(protocol, cells=cells, seed=seed, at=at or (), plot=plot, force=force, as_json=as_json)
        return
    if interval is not None:
        from jakstat.cli.validate import progress
        from jakstat.experiment.interval import run_with_interval

        with progress("simulations", quiet=as_json) as told:
            result = run_with_interval(protocol, vectors=interval, seed=seed, progress=told)
        deliver(result, targets)
        return
    with waiting("simulating", quiet=as_json):
        from jakstat.experiment.run import run_protocol  # heavy, and not needed to refuse a dose

        result = run_protocol(protocol, control=True)
    deliver(result, targets)
