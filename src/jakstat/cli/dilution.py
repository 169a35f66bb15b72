"""`jakstat dilution`: the frequency of founders in a limiting dilution."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jakstat.cli.situation_options import Answer, framed

if TYPE_CHECKING:
    from rich.console import Console

    from jakstat.initiation.limiting_dilution import DilutionAnswer, Frequency
    from jakstat.report.canvas import Figure

__all__ = ["dilution", "show_frequencies"]


@framed()
def dilution(
    answer: Answer,
    table: Annotated[
        Path, typer.Argument(metavar="FILE.csv", help="Columns dose, tested, positive and perhaps group.")
    ],
    confidence: Annotated[float, typer.Option(help="Of the intervals.")] = 0.95,
) -> None:
    """Share of cells that found a colony or tumour, from the wells or animals of each dose that grew."""
    answer.check()
    from jakstat.initiation.dilution_table import read_dilution
    from jakstat.initiation.documents import dilution_document
    from jakstat.initiation.limiting_dilution import analyse_dilution

    found = analyse_dilution(read_dilution(table), confidence=confidence)

    def figure() -> Figure:
        from jakstat.report.dilution_plot import dilution_plot

        return dilution_plot(found, table.name)

    answer.give(
        f"limiting dilution {table.name}: {sum(f.wells for f in found.frequencies)} wells",
        figure=figure,
        document=lambda: dilution_document(found, table.name),
        rows=lambda d: d["frequencies"],
        show=lambda console: show_frequencies(console, found),
    )


def show_frequencies(console: Console, found: DilutionAnswer) -> None:
    """The frequencies as a table, and the tests."""
    from jakstat.cli.tables import plain_table, print_table

    percent = f"{100 * found.confidence:g} %"
    table = plain_table(
        "founders: one in so many cells", "group", "estimate", f"{percent} from", "to", "grew", "of"
    )
    for one in found.frequencies:
        ends = (_one_in(one.value), _one_in(one.high), _one_in(one.low))
        table.add_row(one.group or "all", *ends, str(one.positive), str(one.wells))
    print_table(console, table)
    for line in _sentences(found):
        console.print(line, soft_wrap=True)


def _one_in(frequency: float) -> str:
    from jakstat.cli.tables import number

    return "none found" if frequency == 0 else number(1.0 / frequency, digits=4)


def _sentences(found: DilutionAnswer) -> list[str]:
    said = [f"{one.group or 'all'}: {_bound(one)}" for one in found.frequencies if one.value in (0.0, 1.0)]
    if found.difference is not None:
        d = found.difference
        said.append(f"one frequency in all groups: chi2 {d.chi2:.4g} on {d.df}, p {d.p:.2g}")
    if found.single_hit is None:
        said.append("one cell is enough: not tested; that needs two doses of which one grew in part")
    else:
        s = found.single_hit
        slope = (
            f"slope {s.slope:.3g} (se {s.error:.2g})"
            if s.error == s.error
            else "the doses part the wells, no slope"
        )
        said.append(f"one cell is enough (slope 1): {slope}, chi2 {s.chi2:.3g} on 1, p {s.p:.2g}")
    return said


def _bound(one: Frequency) -> str:
    return (
        "nothing grew, the interval is one-sided" if one.value == 0 else "all grew, the interval is one-sided"
    )
