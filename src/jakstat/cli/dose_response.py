"""`jakstat dose-response`: IC50 or EC50 of drugs on any reading of the cell, growth assays among them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from jakstat.cli.output import Targets, print_json
from jakstat.cli.situation_options import (
    AsJson,
    Context,
    Force,
    Knockdown,
    Parts,
    Plot,
    Seed,
    State,
    Stimulus,
    Treatment,
)
from jakstat.cli.validate import progress
from jakstat.store import NOTICE

if TYPE_CHECKING:
    from jakstat.response.dose_curve import DoseResponse

__all__ = ["dose_response"]


def dose_response(
    context: Context,
    drug: Annotated[
        list[str] | None,
        typer.Option(help="Drug: ruxolitinib, ruxolitinib=1..1000nM:9; with one dose it is in every well."),
    ] = None,
    stimulus: Stimulus = None,
    knockdown: Knockdown = None,
    treatment: Treatment = None,
    readout: Annotated[str, typer.Option(help="The readout; growth assays have their own.")] = "pSTAT3",
    at: Annotated[
        str, typer.Option(help="20min, peak, auc, 72h:growth, 14d:colony or 10d:sphere.")
    ] = "20min",
    pre: Annotated[str | None, typer.Option(help="Give the drugs so long before time 0: 60min.")] = None,
    renew: Annotated[
        str | None, typer.Option(help="Renew the medium and what it holds: 3d, or never.")
    ] = None,
    until: Annotated[str, typer.Option(help="Last time of a peak or an area.")] = "2h",
    interval: Annotated[
        int, typer.Option(help="Parameter vectors for the interval; 0 gives that of the fit.")
    ] = 0,
    seed: Seed = 1,
    parts: Parts = None,
    state: State = None,
    plot: Plot = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Dose-response curves of drugs: half-maximal dose, slope, largest effect, and the curve itself."""
    Targets(plot=plot, force=force).check()
    from jakstat.experiment.describe import make_protocol

    protocol = make_protocol(
        "+".join([context, *(state or ())]),
        stimuli=stimulus,
        perturb=knockdown,
        treatments=treatment,
        until=until,
        parts=parts,
    )
    from jakstat.response.dose_response import dose_responses

    with progress("simulations", quiet=as_json) as told:
        found = dose_responses(
            protocol, drug, readout=readout, at=at, pre=pre, renew=renew, interval=interval, seed=seed,
            progress=told,
        )  # fmt: skip
    if plot is not None:
        from jakstat.report.canvas import save
        from jakstat.report.dose_response import drug_curves

        save(drug_curves(found), plot, replace=force)
    if as_json:
        from jakstat.response.documents import dose_response_document

        print_json(dose_response_document(found))
        return
    _show(found)
    if plot is not None:
        typer.echo(f"wrote {plot}")
    typer.echo(NOTICE)


def _show(found: Sequence[DoseResponse]) -> None:
    from rich.console import Console

    from jakstat.cli.tables import number, plain_table, print_table

    console = Console(highlight=False)
    first = found[0]
    unit = "" if first.unit == "1" else f" {first.unit}"
    given = f" under {', '.join(first.stimulus)}" if first.stimulus else ""
    title = f"{first.title}{given}: {first.readout} ({first.at}), {number(first.baseline)}{unit} without drug"
    interval = "95 % (fit)" if first.interval is None else "5..95 % (vectors)"
    heads = ("drug", "", "value", interval, "unit", "hill", "largest effect", "half of control at")
    table = plain_table(title, *heads, "method", "grade")
    for one in found:
        low, high = one.bounds
        none = one.half.method == "none"
        sign = "-" if one.half.kind == "IC50" else "+"
        effect = "-" if none else f"{sign}{number(100 * one.emax)} %"
        kind, bounds = ("-", "-") if none else (one.half.kind, f"{number(low)}..{number(high)}")
        table.add_row(
            one.drug, kind, number(one.half.value), bounds, one.dose_unit, number(one.half.hill), effect,
            number(one.absolute), one.half.method, one.grade,
        )  # fmt: skip
    print_table(console, table)
    for one in found:
        for note in one.notes:
            console.print(f"{one.drug}: {note}", soft_wrap=True)
