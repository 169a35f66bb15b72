"""`jakstat dose-response`: IC50 or EC50 of drugs on any reading of the cell, growth assays among them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from jakstat.cli.ending import check_any_ran
from jakstat.cli.own_curves import OwnCurveFile, own_curves
from jakstat.cli.situation_options import Answer, Cell, Seed, framed
from jakstat.cli.validate import progress
from jakstat.errors import problem

if TYPE_CHECKING:
    from rich.console import Console

    from jakstat.report.canvas import Figure
    from jakstat.response.dose_curve import DoseResponse

__all__ = ["dose_response"]

_OF_DATA = ("response", "normalise", "model", "compare", "level", "unit", "sheet")


@framed(may_lack=["context"])
def dose_response(
    cell: Cell,
    own: OwnCurveFile,
    answer: Answer,
    drug: Annotated[
        list[str] | None,
        typer.Option(help="Drug: ruxolitinib, ruxolitinib=1..1000nM:9; with one dose it is in every well."),
    ] = None,
    readout: Annotated[str, typer.Option(help="The readout; growth assays have their own.")] = "pSTAT3",
    at: Annotated[
        str, typer.Option(help="20min, peak, auc, 72h:growth, 14d:colony or 10d:sphere.")
    ] = "20min",
    pre: Annotated[str | None, typer.Option(help="Give the drugs so long before time 0: 60min.")] = None,
    renew: Annotated[
        str | None, typer.Option(help="Renew the medium and what it holds: 3d, or never.")
    ] = None,
    until: Annotated[str, typer.Option(help="Last time of a peak or an area.")] = "2h",
    interval: Annotated[int, typer.Option(help="Draw so many parameter vectors, for an interval.")] = 0,
    seed: Seed = 1,
) -> None:
    """Dose-response curves of drugs, in the model or of own data: half-maximal dose, slope, effect."""
    if own.data is not None:
        read = {"readout": readout, "at": at, "pre": pre, "renew": renew, "until": until}
        own_curves(cell, own, answer, drugs=drug or [], read={**read, "interval": interval, "seed": seed})
        return
    if not cell.context:
        hint = "e.g. jakstat dose-response hepg2 --drug ruxolitinib, or --data FILE for own curves"
        raise problem("option.missing", "no kind of cell is named", field="CONTEXT", hint=hint)
    from jakstat.experiment.reading import parse_reading

    reading = parse_reading(at, readout=readout)
    answer.check(
        readout=(not reading.assay, "a growth assay has its own readout"),
        until=(reading.hour is None, f"the readout is read at {at}"),
        seed=(interval != 0, "without --interval nothing is drawn"),
        **dict.fromkeys(_OF_DATA, (False, "it goes with --data")),
    )
    protocol = cell.protocol(until=until)
    from jakstat.response.documents import dose_response_document
    from jakstat.response.dose_curve import asked_together
    from jakstat.response.dose_response import dose_responses

    with progress("simulations", quiet=answer.as_json) as told:
        found = dose_responses(
            protocol, drug, readout=readout, at=at, pre=pre, renew=renew, interval=interval, seed=seed,
            progress=told,
        )  # fmt: skip

    def figure() -> Figure:
        from jakstat.report.dose_response import drug_curves

        return drug_curves(found)

    answer.give(
        asked_together(found),
        figure=figure,
        document=lambda: dose_response_document(found),
        rows=lambda _: [row for one in found for row in one.table_rows()],
        show=lambda console: _show(console, found),
    )
    vectors = [1 if one.interval is None else 1 + one.interval.vectors for one in found]
    asked = sum(n * len(one.doses) for n, one in zip(vectors, found, strict=True))
    check_any_ran(sum(one.failed for one in found), asked)


def _show(console: Console, found: Sequence[DoseResponse]) -> None:
    from jakstat.cli.tables import number, plain_table, print_table

    first = found[0]
    unit = "" if first.unit == "1" else f" {first.unit}"
    given = f" under {', '.join(first.stimulus)}" if first.stimulus else ""
    title = f"{first.title}{given}: {first.readout} ({first.at}), {number(first.baseline)}{unit} without drug"
    heads = ("drug", "", "value", "5..95 %", "unit", "hill", "largest effect", "half of control at")
    table = plain_table(title, *heads, "method", "grade")
    for one in found:
        low, high = one.bounds
        none = one.half.method == "none"
        sign = "-" if one.half.kind == "IC50" else "+"
        effect = "-" if none else f"{sign}{number(100 * one.emax)} %"
        bounds = f"{number(low)}..{number(high)}" if math.isfinite(low) else "not drawn"
        kind, bounds = ("-", "-") if none else (one.half.kind, bounds)
        table.add_row(
            one.drug, kind, number(one.half.value), bounds, one.dose_unit, number(one.half.hill), effect,
            number(one.absolute), one.half.method, one.grade,
        )  # fmt: skip
    print_table(console, table)
    for one in found:
        for note in one.notes:
            said = note if note.startswith((f"{one.drug}:", f"{one.drug} ")) else f"{one.drug}: {note}"
            console.print(said, soft_wrap=True)
    if first.interval is None:
        console.print("no interval: no parameter vectors were drawn (--interval 200)", soft_wrap=True)
