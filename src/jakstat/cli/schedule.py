"""`jakstat schedule`: schedules of one drug by suppression and exposure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from jakstat.cli.output import Targets, print_json
from jakstat.cli.situation_options import AsJson, Context, Force, Knockdown, Parts, Plot, State, Stimulus
from jakstat.store import NOTICE

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["schedule"]


def schedule(
    context: Context,
    drug: Annotated[str, typer.Option(help="Drug with pharmacokinetics, by any of its names.")],
    regimen: Annotated[
        list[str] | None,
        typer.Option(help="'15 mg PO BID'; repeat it. Without, a set made of the drug's own."),
    ] = None,
    days: Annotated[float | None, typer.Option(help="How long (28, or three cycles).")] = None,
    stimulus: Stimulus = None,
    knockdown: Knockdown = None,
    readout: Annotated[str, typer.Option(help="The readout; further ones behind commas.")] = "pSTAT3",
    population: Annotated[str | None, typer.Option(help="In whom, e.g. liver_cancer.")] = None,
    suppress: Annotated[
        float | None, typer.Option(help="Suppression in percent whose time counts (80).")
    ] = None,
    parts: Parts = None,
    state: State = None,
    plot: Plot = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Compare schedules of a drug: suppression of a readout against exposure, and the Pareto front."""
    Targets(plot=plot, force=force).check()
    from jakstat.response.schedules import compare_schedules

    found = compare_schedules(
        "+".join([context, *(state or ())]),
        drug,
        regimen or (),
        days=days,
        stimuli=stimulus,
        perturb=knockdown,
        readout=readout,
        population=population,
        parts=parts,
        suppress=suppress,
    )
    if plot is not None:
        from jakstat.report.canvas import save
        from jakstat.report.schedule_front import schedule_front

        save(schedule_front(found), plot, replace=force)
    if as_json:
        from jakstat.response.schedule_document import schedule_document

        print_json(schedule_document(found))
        return
    _show(found)
    if plot is not None:
        typer.echo(f"wrote {plot}")
    typer.echo(NOTICE)


_DECIMALS = 3  # below is the error of the solver
_COLUMNS = ("suppression", "deepest", "shallowest", "share_suppressed", "AUC_unbound", "AUC_total",
            "Cmax_unbound", "weekly_dose")  # fmt: skip


def _show(found: xr.Dataset) -> None:
    from rich.console import Console

    from jakstat.cli.tables import number, plain_table, print_table

    console, a = Console(highlight=False), found.attrs
    title = (
        f"{a['title']}, {', '.join(a['stimuli'])}: {a['drug']} on {a['readout']}, last cycle of "
        f"{a['days']:g} days, {a['population']}; potency {a['potency_grade']}, exposure {a['exposure_grade']}"
    )
    also = a["also"]
    table = plain_table(
        title, "schedule", "kind", "front", "mean %", "deepest %", "shallowest %",
        f"time >= {a['suppress']:g} %", "unbound nM*h/week", "total nM*h/week", "unbound Cmax nM", "mg/week",
        *(f"{name} %" for name in also),
    )  # fmt: skip
    for k, text in enumerate(found["schedule"].values.tolist()):
        names = (*_COLUMNS, *(f"suppression_{name}" for name in also))
        cells = [number(round(float(found[name].values[k]), _DECIMALS) + 0.0) for name in names]
        table.add_row(text, str(found["kind"].values[k]), "*" if found["front"].values[k] else "", *cells)
    print_table(console, table)
    console.print(
        "suppression against the untreated cell: mean, deepest and shallowest of the last full cycle"
    )
    for line in a["sentences"]:
        console.print(line, soft_wrap=True)
    for entry in a["toxicities"]:
        console.print(f"toxicity: {entry['text']} ({entry['source']})", soft_wrap=True)
    for note in a["notes"]:
        console.print(f"note: {note}", soft_wrap=True)
    if a["failed"]:
        console.print(f"{a['failed']} of {found.sizes['schedule']} simulations failed")
