"""`jakstat targets`: which node to hit, ranked by what a knockdown or a drug does to a readout."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

import typer

from jakstat.cli.ending import check_any_ran
from jakstat.cli.output import waiting
from jakstat.cli.situation_options import Answer, Cell, framed

if TYPE_CHECKING:
    from rich.console import Console

    from jakstat.report.canvas import Figure
    from jakstat.response.target_scan import TargetScan

__all__ = ["targets"]

_SHOWN = 25
_NAMED = 4


@framed()
def targets(
    cell: Cell,
    answer: Answer,
    readout: Annotated[str, typer.Option(help="The readout, or several; the first ranks.")] = "pSTAT3",
    at: Annotated[str, typer.Option(help="A time, peak or auc; one for all, or one each.")] = "20min",
    factor: Annotated[float | None, typer.Option(help="What a knockdown leaves (0.1).")] = None,
    multiple: Annotated[
        float | None,
        typer.Option(help="Dose of every drug over its potency, not what a patient could have."),
    ] = None,
    pre: Annotated[str, typer.Option(help="Give drugs so long before time 0.")] = "60min",
    until: Annotated[str, typer.Option(help="Last time of a peak or an area.")] = "2h",
) -> None:
    """Rank every gene (knocked down) and every drug of the library by its effect on a readout."""
    whole = {"peak", "auc"} & {word.strip() for word in at.split(",")}
    answer.check(until=(bool(whole), f"the readout is read at {at}"))
    protocol = cell.protocol(until=until)
    from jakstat.response.documents import targets_document
    from jakstat.response.target_scan import target_scan

    with waiting("scanning", quiet=answer.as_json):
        found = target_scan(protocol, readouts=readout, at=at, factor=factor, multiple=multiple, pre=pre)

    def figure() -> Figure:
        from jakstat.report.target_ranks import target_ranks

        return target_ranks(found)

    answer.give(
        found.question,
        figure=figure,
        document=lambda: targets_document(found),
        rows=lambda d: d["targets"],
        show=lambda console: _show(console, found),
    )
    check_any_ran(sum(not any(map(math.isfinite, t.values)) for t in found.targets), len(found.targets))


def _show(console: Console, found: TargetScan) -> None:
    from jakstat.cli.tables import number, plain_table, print_table

    given = f" under {', '.join(found.stimulus)}" if found.stimulus else ""
    heads = [f"{n} ({at})" for n, at in zip(found.readouts, found.ats, strict=True)]
    title = f"{found.title}{given}: fold of control"
    table = plain_table(title, "rank", "node", "dose", "why this dose", *heads, "drugs / acts on", "grade")
    active = [t for t in found.targets if not t.idle]
    shown = {k: [t.rank for t in active if t.kind == k][:_SHOWN] for k in ("gene", "drug")}
    for one in (t for t in active if t.rank in shown[t.kind]):
        folds = [number(f, digits=4) for f in one.folds]
        more = len(one.drugs) - _NAMED
        drugs = ", ".join(one.drugs[:_NAMED]) + (f" and {more} more" if more > 0 else "")
        table.add_row(str(one.rank), one.name, one.dose, one.why, *folds, drugs or "-", one.grade or "-")
    print_table(console, table)
    left = len(active) - sum(map(len, shown.values()))
    if left:
        console.print(f"{left} weaker ones are in --json")
    idle = [t.name for t in found.targets if t.idle]
    if idle:
        console.print(f"{len(idle)} change {found.readouts[0]} by less than 0.1 %: {', '.join(idle)}")
    if found.failed:
        console.print(f"{found.failed} simulations failed")
    for note in found.notes:
        console.print(f"note: {note}", soft_wrap=True)
    console.print(
        "gene: made at the given share from before rest; drug: "
        + ("what a patient could have" if found.multiple is None else "multiple of its potency")
        + "; grade: of the drug's potency",
        soft_wrap=True,
    )
