"""`jakstat stimuli`: the ligands that cells may be given."""

from __future__ import annotations

import typer

from jakstat.cli.situation_options import Answer, framed
from jakstat.cli.word_lists import show_rows, stimulus_rows

__all__ = ["stimuli"]


@framed(without=("plot",))
def stimuli(answer: Answer) -> None:
    """List the ligands that --stimulus takes, and in which units.

    JSON: {"count": n, "stimuli": [{"name", "units", "part", "also": [other words]}]}.
    """
    rows = stimulus_rows()

    def show() -> None:
        show_rows(rows)
        typer.echo(f"{len(rows)} stimuli; drugs are in jakstat drugs, and given with --drug")

    answer.listing("stimuli", document={"count": len(rows), "stimuli": rows}, rows=rows, show=show)
