"""`jakstat assay`: limiting dilution, serial spheres or a xenograft of cells under a protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from jakstat.cli.output import waiting
from jakstat.cli.situation_options import Answer, Cell, Seed, framed

if TYPE_CHECKING:
    from rich.console import Console

    from jakstat.initiation.assay_run import FounderAssay
    from jakstat.report.canvas import Figure

__all__ = ["assay"]


@framed()
def assay(
    cell: Cell,
    answer: Answer,
    kind: Annotated[str, typer.Option(help="dilution, spheres or xenograft.")] = "dilution",
    dose: Annotated[
        list[int] | None, typer.Option(help="Cells per well or animal; repeat it (1000, 100, 10).")
    ] = None,
    replicates: Annotated[
        int | None,
        typer.Option(help="Wells (8), animals (10) of each dose, or cells seeded for spheres (2000)."),
    ] = None,
    passages: Annotated[int, typer.Option(help="Passages of spheres.")] = 4,
    stem_share: Annotated[
        float | None, typer.Option(help="Stem-like share of the cells given; that of a tumour if not given.")
    ] = None,
    exposure: Annotated[
        str | None, typer.Option(help="How long the drugs are there, e.g. 14d; always if not given.")
    ] = None,
    renew: Annotated[str | None, typer.Option(help="Renew the medium: 3d, or never.")] = None,
    seed: Seed = 1,
) -> None:
    """Count the cells that found a tumour in an assay in the computer, with and without the drugs."""
    import math

    from jakstat.initiation.assay_run import AssayPlan, founder_assay
    from jakstat.initiation.documents import assay_document
    from jakstat.units import parse_time

    spheres = kind == "spheres"
    treated = bool(cell.drug)
    answer.check(
        passages=(spheres, "add --kind spheres"),
        dose=(not spheres, "spheres are seeded one by one"),
        exposure=(treated and not spheres, "it needs a drug, and not spheres"),
    )
    many = {"spheres": 2000, "xenograft": 10}.get(kind, 8) if replicates is None else replicates
    plan = AssayPlan(
        kind, tuple(map(float, dose or (1000, 100, 10))), many, passages, stem_share,
        math.inf if exposure is None else parse_time(exposure, field="--exposure"), seed,
    )  # fmt: skip
    with waiting("growing cells", quiet=answer.as_json):
        found = founder_assay(cell.protocol(), plan, renew=renew)

    def figure() -> Figure:
        from jakstat.report.assay_figures import assay_figure

        return assay_figure(found)

    answer.give(
        found.cells.question,
        figure=figure,
        document=lambda: assay_document(found),
        rows=lambda d: d["rows"],
        show=lambda console: _show(console, found),
    )


def _show(console: Console, found: FounderAssay) -> None:
    from jakstat.cli.dilution import show_frequencies
    from jakstat.cli.tables import number, plain_table, print_table

    title = f"{found.cells.title}: ten days over the resting cell, and founders of a tumour by the formula"
    table = plain_table(title, "arm", "stemness", "division", "apoptosis", "one founder in")
    for arm, signal in found.cells.arms.items():
        cells = (float(signal.stemness), float(signal.division), float(signal.apoptosis))
        founders = found.expected[arm]
        one_in = number(1.0 / founders, digits=4) if founders > 0 else "none found"
        table.add_row(arm, *map(number, cells), one_in)
    print_table(console, table)
    if found.ratio == found.ratio:
        console.print(f"founders with the drugs over those without, by the formula: {found.ratio:.2f}")
    if found.dilution is not None:
        show_frequencies(console, found.dilution)
    elif found.spheres:
        _show_spheres(console, found)
    else:
        _show_animals(console, found)
    for note in found.cells.notes:
        console.print(f"note: {note}", soft_wrap=True)


def _show_spheres(console: Console, found: FounderAssay) -> None:
    from jakstat.cli.tables import plain_table, print_table

    table = plain_table(
        "spheres of single cells", "arm", "passage", "cells", "spheres", "stem-like of the cells, %"
    )
    for one in found.spheres:
        table.add_row(
            one.arm, str(one.passage), str(one.cells), str(one.spheres), f"{100 * one.stem_share:.1f}"
        )
    print_table(console, table)


def _show_animals(console: Console, found: FounderAssay) -> None:
    import numpy as np

    from jakstat.cli.tables import number, plain_table, print_table

    table = plain_table("tumours that can be felt", "arm", "cells", "took", "of", "expected, %", "median day")
    for one in found.xenograft:
        took, day = int(np.isfinite(one.day).sum()), float(np.median(one.day))
        cells = (f"{one.cells:,.0f}", str(took), str(one.animals), f"{100 * one.expected:.1f}", number(day))
        table.add_row(one.arm, *cells)
    print_table(console, table)
