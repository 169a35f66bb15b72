"""`jakstat steady-state`: where a cell rests, how stable that is, and whether it can rest elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer

from jakstat.cli.ending import check_any_ran
from jakstat.cli.output import waiting
from jakstat.cli.situation_options import Answer, Cell, Seed, framed
from jakstat.store import attribute

if TYPE_CHECKING:
    from rich.console import Console

    from jakstat.experiment.labelled import Labelled
    from jakstat.report.canvas import Figure

__all__ = ["steady_state"]


@framed()
def steady_state(
    cell: Cell,
    answer: Answer,
    observe: Annotated[str | None, typer.Option(help="Readouts, separated by commas.")] = None,
    starts: Annotated[int, typer.Option(help="Random starts of the search for further steady states.")] = 32,
    seed: Seed = 1,
) -> None:
    """Find the steady states of a cell at rest and in a medium of constant ligand and drug."""
    answer.check(seed=(starts > 0, "without random starts nothing is drawn"))
    protocol = cell.protocol(observe=observe)
    from jakstat.equilibria.documents import steady_document
    from jakstat.equilibria.steady_states import find_steady_states

    with waiting("looking for steady states", quiet=answer.as_json) as told:
        found = find_steady_states(protocol, starts=starts, seed=seed, progress=told)

    def figure() -> Figure:
        from jakstat.report.steady_state_chart import steady_state_chart

        return steady_state_chart(found.to_dataset())

    answer.give(
        attribute(found.attrs, "question"),
        figure=figure,
        document=lambda: steady_document(found),
        rows=_rows,
        show=lambda console: _show(console, found),
    )
    ended = np.isin(
        found["outcome"].values, ("OK", "NOT_STEADY")
    )  # that a cell does not come to rest is an answer
    check_any_ran(int((~ended).sum()), ended.size)


def _rows(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every readout of every state."""
    names = {"residual": "residual_per_h"}
    for number, state in enumerate(document["states"], start=1):
        told = {names.get(k, k): v for k, v in state.items() if not isinstance(v, dict | list)}
        for readout, value in state["readouts"].items():
            yield {"state": number, **told, "readout": readout, **value}


def _show(console: Console, found: Labelled) -> None:
    from jakstat.cli.tables import number, plain_table, print_table

    count = found.sizes["state"]
    heads = [f"{s} {k + 1}" for k, s in enumerate(found["situation"].values)]
    table = plain_table(str(found.attrs["title"]), "", "unit", *heads)
    for name in found.attrs["readouts"]:
        values = (number(float(v)) for v in found[name].values)
        table.add_row(name, found[name].attrs["units"], *values)
    for name, unit in (("residual", "1/h"), ("relaxation_h", "h")):
        label = {"residual": "largest relative rate", "relaxation_h": "relaxation time"}[name]
        table.add_row(label, unit, *(number(float(v)) for v in found[name].values))
    table.add_row("stability", "", *(str(s) for s in found["stability"].values))
    table.add_row("random starts that came here", "", *(str(int(v)) for v in found["reached"].values))
    print_table(console, table)
    for k in range(count):
        modes = [
            f"{number(-1.0 / float(r))} h ({s})"
            for r, s in zip(found["mode_rate"].values[k], found["mode_states"].values[k], strict=True)
            if r < 0
        ]
        console.print(f"{heads[k]}: slowest to relax: {', '.join(modes) or 'nothing'}")
    for situation, verdict in attribute(found.attrs, "verdict").items():
        console.print(f"{situation}: {verdict}")
    for note in found.attrs["notes"]:
        console.print(f"note: {note}")
