"""`jakstat bistability`: the branches of steady states over one input, and whether the cell switches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from jakstat.cli.ending import check_any_ran
from jakstat.cli.output import waiting
from jakstat.cli.situation_options import Answer, Cell, Seed, framed
from jakstat.store import attribute

if TYPE_CHECKING:
    import xarray as xr
    from rich.console import Console

    from jakstat.report.canvas import Figure

__all__ = ["bistability"]


@framed()
def bistability(
    cell: Cell,
    answer: Answer,
    vary: Annotated[
        str,
        typer.Option(
            "--input",
            help="What is scanned: IL6=0.01..100ng/ml (held constant), SOCS3=0..3 (factor), "
            "kcat_STAT3=1e3..1e5 (parameter); :41 for 41 levels.",
        ),
    ],
    readout: Annotated[
        str, typer.Option(help="Readouts, separated by commas; the first ranks the states.")
    ] = "pSTAT3",
    up_down: Annotated[bool, typer.Option("--up-down", help="Show both sweeps level by level.")] = False,
    starts: Annotated[int, typer.Option(help="Random starts at each of three levels.")] = 12,
    seed: Seed = 1,
) -> None:
    """Scan an input for two stable steady states: sweeps up and down, and curves followed through folds."""
    answer.check(seed=(starts > 0, "without random starts nothing is drawn"))
    protocol = cell.protocol(observe=readout)
    from jakstat.equilibria.bistability import bistability as scan
    from jakstat.equilibria.documents import branch_document

    with waiting("scanning", quiet=answer.as_json) as told:
        found = scan(protocol, vary, starts=starts, seed=seed, progress=told)

    def figure() -> Figure:
        from jakstat.report.branch_diagram import branch_diagram

        return branch_diagram(found)

    answer.give(
        attribute(found.attrs, "question"),
        figure=figure,
        document=lambda: branch_document(found),
        rows=_rows,
        show=lambda console: _show(console, found, up_down=up_down),
    )
    lead = found.attrs["readouts"][0]
    read = [found[f"{lead}{way}"] for way in ("_up", "_down", "")]
    check_any_ran(int(sum(r.isnull().sum() for r in read)), sum(r.size for r in read))


def _rows(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Every readout: the sweeps level by level, then the points of the curves."""
    given = {"input": document["input"]["name"], "level_unit": document["input"]["unit"]}
    rows = []

    def add(kind: str, k: int, level: float, readouts: dict[str, Any], **marks: Any) -> None:
        for name, values in readouts.items():
            told = {"readout": name, "value": values[k], "unit": document["units"][name]}
            rows.append({**given, "kind": kind, "level": level, **told, **marks})

    for way, readouts in document["sweeps"].items():
        for k, level in enumerate(document["level"]):
            add(f"sweep {way}", k, level, readouts)
    for number, curve in enumerate(document["curves"], start=1):
        for k, level in enumerate(curve["level"]):
            marks = {mark: curve[mark][k] for mark in ("stable", "oscillating", "fold")}
            add(f"curve {number}", k, level, curve["readouts"], **marks)
    return rows


def _show(console: Console, found: xr.Dataset, *, up_down: bool) -> None:
    from jakstat.cli.tables import number, plain_table, print_table

    unit = found.attrs["unit"]
    names = found.attrs["readouts"]
    every = range(found.sizes["level"])
    shown = every if up_down else sorted({0, found.sizes["level"] // 2, found.sizes["level"] - 1})
    for name in names:
        title = f"{found.attrs['title']}: {name} ({found[name].attrs['units']})"
        table = plain_table(title, f"{found.attrs['input']} ({unit})", "sweep up", "sweep down")
        for k in shown:
            cells = (number(float(found[f"{name}_{way}"].values[k])) for way in ("up", "down"))
            table.add_row(number(float(found["level"].values[k])), *cells)
        print_table(console, table)
    if found.attrs["folds"]:
        console.print("folds at " + ", ".join(number(x, digits=5) for x in found.attrs["folds"]) + f" {unit}")
    console.print(found.attrs["sentence"])
    for note in found.attrs["notes"]:
        console.print(f"note: {note}")
