"""`jakstat demo --cell`: IL-6 on HepG2 cells with and without ruxolitinib, and the validation's count."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from jakstat.cli.output import waiting
from jakstat.extras import mend
from jakstat.store import NOTICE

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["show_cell"]

_READOUTS = ("pSTAT3_nuclear", "SOCS3_mRNA", "SOCS3", "HAMP_mRNA")
_CONTEXT, _UNTIL = "hepg2", "6 h"
_STIMULUS, _DRUG = "IL6=10ng/ml", "ruxolitinib=500nM@-60min"


def show_cell(plot: Path | None) -> None:
    """Show IL-6 with and without ruxolitinib in HepG2 cells, and how well the model agrees with data.

    Parameters
    ----------
    plot : Path or None
        Where the figure goes, one that is there is replaced; None for no figure.
    """
    from jakstat.cli.validate import progress, show_count

    if plot is not None:
        from jakstat.report.canvas import check_figure

        check_figure(plot, replace=True)
    with waiting("simulating", quiet=False):
        from jakstat.evidence import validate as run_all
        from jakstat.experiment.run import simulate

        # sampled alike, so that the two stand in one table
        with_drug = "core,jak_inhibitor_ruxolitinib"
        alone = simulate(_CONTEXT, _STIMULUS, until=_UNTIL, observe=_READOUTS, points=361, parts=with_drug)
        drugged = simulate(
            _CONTEXT, _STIMULUS, _DRUG, until=_UNTIL, observe=_READOUTS, points=421, parts=with_drug
        )
    _show(alone, drugged)
    with progress("published observations", quiet=False) as on_row:
        found = run_all(on_row=on_row)
    show_count(found)
    if plot is None:
        typer.echo(f"for a figure, {mend('plot')}")
    else:
        _draw(alone, drugged, plot)
    typer.echo("more: jakstat simulate --help, jakstat validate")
    typer.echo(NOTICE)


def _draw(alone: xr.Dataset, drugged: xr.Dataset, plot: Path) -> None:
    """Both courses in one figure."""
    from jakstat.report.canvas import save
    from jakstat.report.time_courses import Curve, compare_courses

    curves = [Curve("IL-6 10 ng/ml", alone), Curve("with ruxolitinib 500 nM from -60 min", drugged)]
    figure = compare_courses(curves, title="HepG2: IL-6 with and without ruxolitinib", marks={0.0: " IL-6"})
    typer.echo(f"figure: {save(figure, plot, replace=True).absolute()}")


def _show(alone: xr.Dataset, drugged: xr.Dataset) -> None:
    """A table of each readout's peak and end, in both experiments."""
    from rich.console import Console

    from jakstat.cli.tables import number, plain_table

    title = "HepG2, IL-6 10 ng/ml; in brackets with ruxolitinib 500 nM given an hour before"
    table = plain_table(title, "per cell", "start", "peak", "peak at min", "at 6 h")
    for name in _READOUTS:
        cells = []
        for read in (_start, _peak, _peak_minutes, _end):
            cells.append(f"{number(read(alone, name))} ({number(read(drugged, name))})")
        table.add_row(name, *cells)
    Console(highlight=False).print(table)


def _start(result: xr.Dataset, name: str) -> float:
    return float(result[name][0].sel(time=0.0, method="nearest"))


def _peak(result: xr.Dataset, name: str) -> float:
    return float(result[name][0].max())


def _peak_minutes(result: xr.Dataset, name: str) -> float:
    return float(result["time"].values[result[name].values[0].argmax()]) * 60.0


def _end(result: xr.Dataset, name: str) -> float:
    return float(result[name][0, -1])
