"""`jakstat steady-state`: where a cell rests, how stable that is, and whether it can rest elsewhere."""

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

__all__ = ["steady_state"]


def steady_state(
    context: Context,
    stimulus: Stimulus = None,
    drug: Drug = None,
    knockdown: Knockdown = None,
    treatment: Treatment = None,
    observe: Annotated[str | None, typer.Option(help="Readouts, separated by commas.")] = None,
    starts: Annotated[int, typer.Option(help="Random starts of the search for further steady states.")] = 32,
    seed: Seed = 1,
    parts: Parts = None,
    state: State = None,
    plot: Plot = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Find the steady states of a cell at rest and in a medium of constant ligand and drug."""
    Targets(plot=plot, force=force).check()
    from jakstat.experiment.describe import make_protocol

    protocol = make_protocol(
        "+".join([context, *(state or ())]),
        stimuli=stimulus,
        drugs=drug,
        perturb=knockdown,
        treatments=treatment,
        observe=observe,
        parts=parts,
    )
    from jakstat.equilibria.steady_states import steady_states

    with waiting("looking for steady states", quiet=as_json) as told:
        found = steady_states(protocol, starts=starts, seed=seed, progress=told)
    if plot is not None:
        from jakstat.report.canvas import save
        from jakstat.report.steady_state_chart import steady_state_chart

        save(steady_state_chart(found), plot, replace=force)
    if as_json:
        from jakstat.equilibria.documents import steady_document

        print_json(steady_document(found))
        return
    _show(found)
    if plot is not None:
        typer.echo(f"wrote {plot}")
    typer.echo(NOTICE)


def _show(found: xr.Dataset) -> None:
    from rich.console import Console

    from jakstat.cli.tables import number, plain_table, print_table

    console = Console(highlight=False)
    count = found.sizes["state"]
    heads = [f"{s} {k + 1}" for k, s in enumerate(found["situation"].values)]
    table = plain_table(str(found.attrs["title"]), "", "unit", *heads)
    for name in found.attrs["readouts"]:
        values = (number(float(v)) for v in found[name].values)
        table.add_row(name, found[name].attrs["units"], *values)
    for name, unit in (("residual", "1/h"), ("relaxation_h", "h")):
        label = {"residual": "largest relative rate", "relaxation_h": "relaxation time"}[name]
        table.add_row(label, unit, *(number(float(v)) for v in found[name].values))
    table.add_row("stability", "", *(str(s) for s in found["stability"].values))
    table.add_row("random starts that came here", "", *(str(int(v)) for v in found["reached"].values))
    print_table(console, table)
    for k in range(count):
        modes = [
            f"{number(-1.0 / float(r))} h ({s})"
            for r, s in zip(found["mode_rate"].values[k], found["mode_states"].values[k], strict=True)
            if r < 0
        ]
        console.print(f"{heads[k]}: slowest to relax: {', '.join(modes) or 'nothing'}")
    for situation, verdict in found.attrs["verdict"].items():
        console.print(f"{situation}: {verdict}")
    for note in found.attrs["notes"]:
        console.print(f"note: {note}")
