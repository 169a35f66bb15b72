"""`jakstat carcinogen`: mice given diethylnitrosamine, with a gene of their hepatocytes changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from jakstat.cli.output import waiting
from jakstat.cli.situation_options import Answer, Seed, framed

if TYPE_CHECKING:
    from rich.console import Console

    from jakstat.report.canvas import Figure

__all__ = ["carcinogen"]


@framed()
def carcinogen(
    answer: Answer,
    knockdown: Annotated[
        list[str] | None,
        typer.Option(
            "--knockdown", "--perturb", help="Factor in hepatocytes: SOCS3=0 (the default), STAT3=0.5."
        ),
    ] = None,
    sex: Annotated[str, typer.Option(help="male or female.")] = "male",
    until: Annotated[str, typer.Option(help="Age up to which they are followed, e.g. 1y.")] = "1y",
    draws: Annotated[int, typer.Option(help="Vectors of numbers for the intervals.")] = 200,
    seed: Seed = 1,
) -> None:
    """Tumours of mice given diethylnitrosamine, without SOCS3 in hepatocytes and with it."""
    answer.check(seed=(draws > 1, "nothing is drawn"))
    from jakstat.progression.carcinogen import carcinogen_mice
    from jakstat.progression.liver_documents import mouse_document, mouse_rows
    from jakstat.progression.treatments import parse_years

    with waiting("following the mice", quiet=answer.as_json):
        mice = carcinogen_mice(
            tuple(knockdown or ("SOCS3=0",)), sex=sex, until=parse_years(until, field="--until"), draws=draws,
            seed=seed,
        )  # fmt: skip
    document = mouse_document(mice, draws=draws, seed=seed)

    def figure() -> Figure:
        from jakstat.report.liver_curves import mouse_curves

        return mouse_curves(mice)

    answer.give(
        f"{sex} mice given diethylnitrosamine; hepatocytes: {', '.join(mice.knockdown)}",
        figure=figure,
        document=lambda: document,
        rows=mouse_rows,
        show=lambda console: _show(console, document),
    )


def _show(console: Console, document: dict[str, Any]) -> None:
    from jakstat.cli.tables import number, plain_table, print_table

    def told(found: dict[str, Any], scale: float = 1.0) -> str:
        value, low, high = (
            number(float("nan") if found[k] is None else scale * found[k]) for k in ("value", "low", "high")
        )
        return f"{value} ({low} to {high})"

    table = plain_table(
        f"at {document['counted_at_years']:g} years", "hepatocytes", "pSTAT3 over rest", "visible tumours",
        "mice with one %", "half have one at months",
    )  # fmt: skip
    for group in document["groups"]:
        cells = (told(group["exposure"]), told(group["tumours"]), told(group["incidence"], 100.0))
        table.add_row(group["group"], *cells, told(group["half_age_years"], 12.0))
    print_table(console, table)
    console.print(f"tumours, changed over unchanged: {told(document['ratio'])}")
    console.print(
        "note: the unchanged male and the share without IL-6 are what it is fitted to", soft_wrap=True
    )
