"""`jakstat readouts`: what can be observed."""

from __future__ import annotations

from typing import Annotated

import typer

from jakstat.cli.situation_options import Answer, framed
from jakstat.cli.word_lists import readout_rows, show_rows

__all__ = ["readouts"]


@framed(without=("plot",))
def readouts(
    answer: Answer,
    part: Annotated[str | None, typer.Argument(help="Only those of one part, e.g. stat3.")] = None,
) -> None:
    """List what --observe and --readout take, with units and meaning.

    JSON: {"count": n, "readouts": [{"name", "unit", "title", "part", "also": [other words]}]}.
    """
    rows = readout_rows(part)

    def show() -> None:
        show_rows(rows)
        typer.echo(f"{len(rows)} readouts; any species of the model may be named too (jakstat model)")

    answer.listing("readouts", document={"count": len(rows), "readouts": rows}, rows=rows, show=show)
