"""`jakstat sensitivity`: which parameters a readout depends on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from jakstat.cli.ending import check_any_ran
from jakstat.cli.situation_options import Answer, Cell, Seed, framed
from jakstat.cli.validate import progress
from jakstat.store import attribute

if TYPE_CHECKING:
    from rich.console import Console

    from jakstat.experiment.labelled import Labelled
    from jakstat.report.canvas import Figure

__all__ = ["sensitivity"]

_SHOWN = 20


@framed()
def sensitivity(
    cell: Cell,
    answer: Answer,
    readout: Annotated[str, typer.Option(help="The readout.")] = "pSTAT3",
    at: Annotated[str, typer.Option(help="peak, auc (area from time 0 on) or a time: 20min.")] = "peak",
    method: Annotated[str, typer.Option(help="local, sobol or morris.")] = "local",
    rows: Annotated[
        int | None, typer.Option(help="Rows of the design; for sobol a power of 2 (256), for morris 40.")
    ] = None,
    until: Annotated[str, typer.Option(help="Last time.")] = "2h",
    seed: Seed = 1,
) -> None:
    """Rank the parameters by their influence on one readout, with grade and source of each."""
    answer.check(
        rows=(method != "local", "method local has no design"),
        seed=(method != "local", "method local draws nothing"),
        until=(at in ("peak", "auc"), f"the readout is read at {at}"),
    )
    protocol = cell.protocol(until=until, observe=readout)
    from jakstat.influence.documents import sensitivity_document
    from jakstat.influence.sensitivity import find_sensitivity

    with progress("simulations", quiet=answer.as_json) as told:
        found = find_sensitivity(
            protocol, readout=readout, at=at, method=method, rows=rows, seed=seed, progress=told
        )

    def figure() -> Figure:
        from jakstat.report.sensitivity_bars import sensitivity_bars

        return sensitivity_bars(found.to_dataset())

    answer.give(
        attribute(found.attrs, "question"),
        figure=figure,
        document=lambda: sensitivity_document(found),
        rows=lambda d: d["parameters"],
        show=lambda console: _show(console, found),
    )
    check_any_ran(found.attrs["failed"], found.attrs["simulations"])


_COLUMNS = {
    "local": (("elasticity", "d ln / d ln"),),
    "sobol": (("total", "total"), ("first", "first")),
    "morris": (("size", "effect"), ("spread", "spread")),
}


def _show(console: Console, found: Labelled) -> None:
    from jakstat.cli.tables import number, plain_table, print_table

    a = found.attrs
    columns = _COLUMNS[a["method"]]
    lead = columns[0][0]
    interval = ["95 %"] if f"{lead}_low" in found else []
    heads = [columns[0][1], *interval, *(head for _, head in columns[1:])]
    title = f"{a['title']}: {a['readout']} ({a['at']}), {number(a['baseline'])} {a['unit']}"
    # global: the range that was drawn from; local: the value
    own = "range" if interval else "value"
    table = plain_table(title, "parameter", *heads, own, "grade", "source")
    for k in range(min(_SHOWN, found.sizes["parameter"])):
        row = {str(c): found[c].values[k] for c in (*found.data_vars, *found.coords)}
        cells = [number(float(row[lead]))]
        if interval:
            cells.append(f"{number(row[f'{lead}_low'], digits=2)}..{number(row[f'{lead}_high'], digits=2)}")
        cells += [number(float(row[name])) for name, _ in columns[1:]]
        unit = "" if row["unit"] == "dimensionless" else f" {row['unit']}"
        ends = (row["low"], row["high"]) if interval else (row["value"],)
        cells.append("..".join(number(float(v)) for v in ends) + unit)
        table.add_row(str(row["parameter"]), *cells, str(row["grade"]), str(row["source"]))
    print_table(console, table)
    doubted = int((found["reliable"].values < 1).sum()) if "reliable" in found else 0
    if doubted:
        console.print(f"{doubted} parameters: the difference depends on its step by more than 5 %")
    elif not attribute(a, "reliable"):
        console.print(f"not reliable: {a['lost_rows']} of {a['rows']} design rows were lost")
    console.print(
        f"{a['simulations']} simulations, {a['failed']} failed, {a['lost_rows']} design rows left out, "
        f"seed {a['seed']}"
    )
