"""`jakstat simulate`: one protocol on one kind of cell, from the command line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from jakstat.cli.output import deliver, waiting
from jakstat.cli.situation_options import Answer, Cell, framed
from jakstat.errors import problem

__all__ = ["simulate"]


@framed()
def simulate(
    cell: Cell,
    answer: Answer,
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
    plot_as: Annotated[
        str | None, typer.Option(help="time or dose; a series is drawn over its dose.")
    ] = None,
    overlay: Annotated[
        Path | None,
        typer.Option(help="Draw own measurements over the curves: CSV with time,time_unit,observable,value."),
    ] = None,
    scale_overlay: Annotated[
        bool, typer.Option("--scale-overlay", help="Multiply each readout's measurements by its best factor.")
    ] = False,
) -> None:
    """Give cells a stimulus and drugs, and show what they do."""
    drawn = answer.plot is not None
    hint = "add --plot" if cells is None else "with --cells there are distributions, no single courses"
    answer.check(
        seed=(cells is not None or interval is not None, "add --cells or --interval"),
        plot_as=(drawn and cells is None, hint),
        overlay=((drawn or answer.as_json) and cells is None, hint),
        at=(cells is not None, "add --cells 2000"),
    )
    targets = replace(answer.targets, plot_as=plot_as, overlay=overlay, scale_overlay=scale_overlay)
    targets.check()
    if cells is not None and interval is not None:
        raise problem("option.alone", "--cells and --interval are two questions", hint="ask one at a time")
    protocol = cell.protocol(
        until=until, observe=observe, points=points, medium_changes=medium_change, depletion=depletion,
        read_at=read_at,
    )  # fmt: skip
    series = any(len(a.values) > 1 for a in protocol.additions)
    series |= any(len(p.factors) > 1 for p in protocol.perturbations)
    reads = series or cells is not None
    answer.check(read_at=(reads, "nothing has several doses; every time is in --csv, --xlsx and --json"))
    if cells is not None:
        from jakstat.cli.cells import show_cells

        show_cells(protocol, answer, cells=cells, seed=seed, at=at or ())
        return
    if interval is not None:
        from jakstat.cli.validate import progress
        from jakstat.experiment.interval import run_with_interval

        with progress("simulations", quiet=answer.as_json) as told:
            result = run_with_interval(protocol, vectors=interval, seed=seed, progress=told)
    else:
        with waiting("simulating", quiet=answer.as_json):
            from jakstat.experiment.run import run_labelled  # heavy, and not needed to refuse a dose

            result = run_labelled(protocol, control=True)
    deliver(result, targets)
