"""`jakstat recurrence`: when a resected liver cancer comes back, under each assumption about occult foci."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from jakstat.cli.output import waiting
from jakstat.cli.situation_options import Answer, Seed, framed

if TYPE_CHECKING:
    from rich.console import Console

    from jakstat.initiation.recurrence import Adjuvant, Recurrence
    from jakstat.report.canvas import Figure

__all__ = ["recurrence"]


@framed()
def recurrence(
    answer: Answer,
    foci: Annotated[
        list[str] | None, typer.Option(help="Assumption about foci: large, few_10, ...; all if not given.")
    ] = None,
    patients: Annotated[int, typer.Option(help="Patients under each assumption.")] = 2000,
    growth: Annotated[float, typer.Option(help="Adjuvant therapy: growth over that without it.")] = 1.0,
    founders: Annotated[
        float, typer.Option(help="Adjuvant therapy: share of founders that are left, for good.")
    ] = 1.0,
    stemness: Annotated[float, typer.Option(help="Adjuvant therapy: stemness over that without it.")] = 1.0,
    months: Annotated[float, typer.Option(help="How long the adjuvant therapy is given.")] = 12.0,
    seed: Seed = 1,
) -> None:
    """Time to recurrence after resection from occult foci, with and without an adjuvant therapy."""
    from jakstat.initiation.documents import recurrence_document
    from jakstat.initiation.foci import foci_options
    from jakstat.initiation.recurrence import Adjuvant
    from jakstat.initiation.recurrence import recurrence as follow

    therapy = Adjuvant(months=months, growth=growth, stemness=stemness, founders=founders)
    treated = therapy != Adjuvant(months=months)
    answer.check(months=(treated, "add --growth, --founders or --stemness"))
    arms = (None, therapy) if treated else (None,)
    names = tuple(dict.fromkeys(foci or foci_options()))
    with waiting("following foci", quiet=answer.as_json):
        found = [follow(name, patients=patients, seed=seed, adjuvant=arm) for name in names for arm in arms]

    asked = f"{patients} resected patients; {_told(therapy)}"

    def figure() -> Figure:
        from jakstat.report.recurrence_curves import recurrence_curves

        return recurrence_curves(found, asked)

    answer.give(
        asked,
        figure=figure,
        document=lambda: recurrence_document(found, seed=seed),
        rows=lambda d: d["curves"],
        show=lambda console: _show(console, found),
    )


def _told(therapy: Adjuvant) -> str:
    levers = {name: getattr(therapy, name) for name in ("growth", "founders", "stemness")}
    changed = ", ".join(f"{name} x {value:g}" for name, value in levers.items() if value != 1.0)
    return f"adjuvant therapy for {therapy.months:g} months: {changed}" if changed else "no adjuvant therapy"


def _show(console: Console, found: list[Recurrence]) -> None:
    from jakstat.cli.tables import plain_table, print_table
    from jakstat.initiation.recurrence import MONTHS

    heads = [f"{month:g} months" for month in MONTHS]
    table = plain_table("recurred, % of patients", "occult foci", "adjuvant", *heads)
    for one in found:
        shares = [f"{100 * share:.1f}" for share in one.share_by(MONTHS)]
        table.add_row(one.option.name, "none" if one.adjuvant is None else "given", *shares)
    print_table(console, table)
    console.print(
        "large: one focus of about 1e8 cells that grows as tumours do; few_N: about N stem-like cells that "
        "grow 4 to 8 times faster; the course of recurrence cannot tell them apart",
        soft_wrap=True,
    )
    if failed := sum(one.failed for one in found):
        console.print(f"{failed} foci reached the limit of events and were left out")
