"""`jakstat schedule`: schedules of one drug by suppression and exposure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from jakstat.cli.ending import check_any_ran
from jakstat.cli.output import waiting
from jakstat.cli.situation_options import Answer, Cell, framed
from jakstat.store import attribute

if TYPE_CHECKING:
    import xarray as xr
    from rich.console import Console

    from jakstat.report.canvas import Figure

__all__ = ["schedule"]


@framed(without=["treatment"])
def schedule(
    cell: Cell,
    answer: Answer,
    drug: Annotated[str, typer.Option(help="Drug with pharmacokinetics, by any of its names.")],
    regimen: Annotated[
        list[str] | None,
        typer.Option(help="'15 mg PO BID'; repeat it. Without, a set made of the drug's own."),
    ] = None,
    days: Annotated[float | None, typer.Option(help="How long (28, or three cycles).")] = None,
    readout: Annotated[str, typer.Option(help="The readout; further ones behind commas.")] = "pSTAT3",
    population: Annotated[str | None, typer.Option(help="In whom, e.g. liver_cancer.")] = None,
    suppress: Annotated[
        float | None, typer.Option(help="Suppression in percent whose time counts (80).")
    ] = None,
) -> None:
    """Compare schedules of a drug: suppression of a readout against exposure, and the Pareto front."""
    answer.check()
    from jakstat.response.schedule_document import schedule_document
    from jakstat.response.schedules import compare_schedules

    with waiting("comparing schedules", quiet=answer.as_json):
        found = compare_schedules(
            cell.name, drug, regimen or (), days=days, stimuli=cell.stimulus, perturb=cell.knockdown,
            readout=readout, population=population, parts=cell.parts, suppress=suppress,
        )  # fmt: skip

    def figure() -> Figure:
        from jakstat.report.schedule_front import schedule_front

        return schedule_front(found)

    answer.give(
        attribute(found.attrs, "question"),
        figure=figure,
        document=lambda: schedule_document(found),
        rows=lambda d: d["schedules"],
        show=lambda console: _show(console, found),
    )
    check_any_ran(found.attrs["failed"], found.sizes["schedule"])


_DECIMALS = 3  # below is the error of the solver
_COLUMNS = ("suppression", "deepest", "shallowest", "share_suppressed", "AUC_unbound", "AUC_total",
            "Cmax_unbound", "weekly_dose")  # fmt: skip


def _show(console: Console, found: xr.Dataset) -> None:
    from jakstat.cli.tables import number, plain_table, print_table

    a = found.attrs
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
    for entry in attribute(a, "toxicities"):
        console.print(f"toxicity: {entry['text']} ({entry['source']})", soft_wrap=True)
    for note in a["notes"]:
        console.print(f"note: {note}", soft_wrap=True)
    if a["failed"]:
        console.print(f"{a['failed']} of {found.sizes['schedule']} simulations failed")
