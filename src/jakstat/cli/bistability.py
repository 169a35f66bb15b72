"""`jakstat bistability`: the branches of steady states over one input, and whether the cell switches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from jakstat.cli.output import Targets, print_json, waiting
from jakstat.cli.situation_options import (
    AsJson,
    Context,
    Drug,
    Force,
    Knockdown,
    Parts,
    Plot,
    Seed,
    State,
    Stimulus,
    Treatment,
)
from jakstat.store import NOTICE

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["bistability"]


def bistability(
    context: Context,
    vary: Annotated[
        str,
        typer.Option(
            "--input",
            help="What is scanned: IL6=0.01..100ng/ml (held constant), SOCS3=0..3 (factor), "
            "kcat_STAT3=1e3..1e5 (parameter); :41 for 41 levels.",
        ),
    ],
    readout: Annotated[
        str, typer.Option(help="Readouts, separated by commas; the first ranks the states.")
    ] = "pSTAT3",
    stimulus: Stimulus = None,
    drug: Drug = None,
    knockdown: Knockdown = None,
    treatment: Treatment = None,
    up_down: Annotated[bool, typer.Option("--up-down", help="Show both sweeps level by level.")] = False,
    starts: Annotated[int, typer.Option(help="Random starts at each of three levels.")] = 12,
    seed: Seed = 1,
    parts: Parts = None,
    state: State = None,
    plot: Plot = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Scan an input for two stable steady states: sweeps up and down, and curves followed through folds."""
    Targets(plot=plot, force=force).check()
    from jakstat.experiment.describe import make_protocol

    protocol = make_protocol(
        "+".join([context, *(state or ())]),
        stimuli=stimulus,
        drugs=drug,
        perturb=knockdown,
        treatments=treatment,
        observe=readout,
        parts=parts,
    )
    from jakstat.equilibria.bistability import bistability as scan

    with waiting("scanning", quiet=as_json) as told:
        found = scan(protocol, vary, starts=starts, seed=seed, progress=told)
    if plot is not None:
        from jakstat.report.branch_diagram import branch_diagram
        from jakstat.report.canvas import save

        save(branch_diagram(found), plot, replace=force)
    if as_json:
        from jakstat.equilibria.documents import branch_document

        print_json(branch_document(found))
        return
    _show(found, up_down=up_down)
    if plot is not None:
        typer.echo(f"wrote {plot}")
    typer.echo(NOTICE)


def _show(found: xr.Dataset, *, up_down: bool) -> None:
    from rich.console import Console

    from jakstat.cli.tables import number, plain_table, print_table

    console = Console(highlight=False)
    unit = found.attrs["unit"]
    names = found.attrs["readouts"]
    every = range(found.sizes["level"])
    shown = every if up_down else sorted({0, found.sizes["level"] // 2, found.sizes["level"] - 1})
    for name in names:
        title = f"{found.attrs['title']}: {name} ({found[name].attrs['units']})"
        table = plain_table(title, f"{found.attrs['input']} ({unit})", "sweep up", "sweep down")
        for k in shown:
            cells = (number(float(found[f"{name}_{way}"].values[k])) for way in ("up", "down"))
            table.add_row(number(float(found["level"].values[k])), *cells)
        print_table(console, table)
    if found.attrs["folds"]:
        console.print("folds at " + ", ".join(number(x, digits=5) for x in found.attrs["folds"]) + f" {unit}")
    console.print(found.attrs["sentence"])
    for note in found.attrs["notes"]:
        console.print(f"note: {note}")
