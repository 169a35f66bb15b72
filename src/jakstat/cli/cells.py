"""`jakstat simulate --cells`: distributions over cells that differ in their amounts of protein."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from jakstat.cli.ending import check_any_ran
from jakstat.cli.situation_options import Answer
from jakstat.cli.validate import progress
from jakstat.store import attribute

if TYPE_CHECKING:
    from rich.console import Console

    from jakstat.experiment.labelled import Labelled
    from jakstat.experiment.protocol import Protocol
    from jakstat.report.canvas import Figure
    from jakstat.response.cell_statistics import Distribution

__all__ = ["show_cells"]


def show_cells(protocol: Protocol, answer: Answer, *, cells: int, seed: int, at: Sequence[str]) -> None:
    """Simulate the cells, tell what their distributions say and draw them."""
    from jakstat.experiment.cells import simulate_cells
    from jakstat.response.cell_statistics import distributions
    from jakstat.response.documents import cells_document
    from jakstat.units import parse_time

    hours = [parse_time(t, field="--at") for t in at]
    with progress("cells", quiet=answer.as_json) as told:
        result = simulate_cells(protocol, cells=cells, seed=seed, at=hours, progress=told)
    said = distributions(result)

    def figure() -> Figure:
        from jakstat.report.cell_histograms import cell_histograms

        return cell_histograms(result.to_dataset(), said)

    answer.give(
        attribute(result.attrs, "question"),
        figure=figure,
        document=lambda: cells_document(result, said),
        rows=lambda d: d["distributions"],
        show=lambda console: _show(console, result, said),
    )
    check_any_ran(result.attrs["failed_cells"], result.attrs["simulations"])


_WIDTH = 100
_MODES = {"one mode": "one", "more than one mode": "more", "not decided": "?"}


def _show(console: Console, result: Labelled, said: Sequence[Distribution]) -> None:
    from jakstat.cli.tables import number, plain_table, print_table

    console.width = max(console.width, _WIDTH)  # narrower than this the numbers would be cut off
    axes = list(said[0].dose)
    doses = [f"{a} ({result[f'dose_{a}'].attrs['units']})" for a in axes]
    for name in dict.fromkeys(d.readout for d in said):
        mine = [d for d in said if d.readout == name]
        beside = () if mine[0].untreated is None else ("untreated", "% of it")
        heads = ("mean", "CV", "5 %", "median", *beside, "95 %", "respond", "dip p", "modes")
        table = plain_table(f"{result.attrs['title']}: {name} ({mine[0].unit})", *doses, "at", *heads)
        for d in mine:
            share = "-" if d.responders is None else f"{d.responders:.1%}"
            cells = [number(d.mean), number(d.cv, digits=2), number(d.p5), number(d.median)]
            cells += [number(v) for v in (d.untreated, d.percent) if v is not None]
            tail = (number(d.p95), share, number(d.p_corrected, digits=2), _MODES[d.verdict])
            table.add_row(*(number(d.dose[a]) for a in axes), d.reading, *cells, *tail)
        print_table(console, table)
    tests = sum(math.isfinite(d.p) for d in said)
    if tests > 1:
        console.print(f"dip p: corrected for {tests} tests (Holm); --json and --csv have both")
    for note in result.attrs["notes"]:
        console.print(f"note: {note}")
    if "control" in result.attrs:
        console.print(
            f"untreated: the median of the same cells without {' and '.join(result.attrs['control'])}"
        )
    a = result.attrs
    console.print(f"{a['cells']} cells per dose, {a['failed_cells']} simulations failed, seed {a['seed']}")
