"""`jakstat simulate --cells`: distributions over cells that differ in their amounts of protein."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from jakstat.cli.ending import check_any_ran
from jakstat.cli.output import print_json
from jakstat.cli.validate import progress
from jakstat.store import NOTICE

if TYPE_CHECKING:
    import xarray as xr

    from jakstat.experiment.protocol import Protocol
    from jakstat.response.cell_statistics import Distribution

__all__ = ["show_cells"]


def show_cells(
    protocol: Protocol,
    *,
    cells: int,
    seed: int,
    at: Sequence[str],
    plot: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Simulate the cells, print what their distributions say and draw them."""
    from jakstat.experiment.cells import simulate_cells
    from jakstat.response.cell_statistics import distributions
    from jakstat.units import parse_time

    hours = [parse_time(t, field="--at") for t in at]
    with progress("cells", quiet=as_json) as told:
        result = simulate_cells(protocol, cells=cells, seed=seed, at=hours, progress=told)
    said = distributions(result)
    if plot is not None:
        from jakstat.report.canvas import save
        from jakstat.report.cell_histograms import cell_histograms

        save(cell_histograms(result, said), plot, replace=force)
    if as_json:
        from jakstat.response.documents import cells_document

        print_json(cells_document(result, said))
    else:
        _show(result, said)
        for note in result.attrs["notes"]:
            typer.echo(f"note: {note}")
        a = result.attrs
        typer.echo(f"{a['cells']} cells per dose, {a['failed_cells']} simulations failed, seed {a['seed']}")
        if plot is not None:
            typer.echo(f"wrote {plot}")
        typer.echo(NOTICE)
    check_any_ran(result.attrs["failed_cells"], result["outcome"].size)


_WIDTH = 100
_MODES = {"one mode": "one", "more than one mode": "more", "not decided": "?"}


def _show(result: xr.Dataset, said: Sequence[Distribution]) -> None:
    from rich.console import Console

    from jakstat.cli.tables import number, plain_table, print_table

    console = Console(highlight=False)
    console.width = max(console.width, _WIDTH)  # narrower than this the numbers would be cut off
    axes = list(said[0].dose)
    doses = [f"{a} ({result[f'dose_{a}'].attrs['units']})" for a in axes]
    for name in dict.fromkeys(d.readout for d in said):
        mine = [d for d in said if d.readout == name]
        heads = ("mean", "CV", "5 %", "median", "95 %", "respond", "dip p", "modes")
        table = plain_table(f"{result.attrs['title']}: {name} ({mine[0].unit})", *doses, "at", *heads)
        for d in mine:
            share = "-" if d.responders is None else f"{d.responders:.1%}"
            cells = (number(d.mean), number(d.cv, digits=2), number(d.p5), number(d.median), number(d.p95))
            tail = (share, number(d.p, digits=2), _MODES[d.verdict])
            table.add_row(*(number(d.dose[a]) for a in axes), d.reading, *cells, *tail)
        print_table(console, table)
