"""`jakstat contexts --from`: a cell of your own from a table of abundances."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from jakstat.cli.situation_options import Answer
from jakstat.errors import problem

if TYPE_CHECKING:
    from rich.console import Console

    from jakstat.biology.own_cell import OwnCell

__all__ = ["make_own_cell"]


def make_own_cell(
    table: Path | None, name: str | None, answer: Answer, *, like: str | None, title: str | None, **given: Any
) -> None:
    """Make the cell that the options of ``jakstat contexts`` ask for, and tell what became of each gene.

    Raises
    ------
    InputError
        ``option.alone``, ``option.missing``, and those of :func:`jakstat.biology.own_cell.own_cell`.
    """
    from jakstat.biology.own_cell import own_cell

    hint = "write jakstat contexts --from my.csv --like hepg2 --save my_cell"
    if table is None:
        raise problem("option.alone", "there is no table to make a cell from", field="--from", hint=hint)
    if name is not None:
        raise problem("option.alone", f"{name} and --from are two questions", field="--from", hint=hint)
    if like is None:
        raise problem("option.missing", "nothing says which cell it is like", field="--like", hint=hint)
    answer.targets.check()
    cell = own_cell(table, like=like, title=title or "", replace=answer.force, **given)
    answer.give(
        cell.question,
        document=cell.to_document,
        rows=lambda _: cell.table_rows(),
        show=lambda console: _show(cell, console),
    )


def _show(cell: OwnCell, console: Console) -> None:
    from jakstat.biology.own_cell import told_genes
    from jakstat.cli.tables import number, plain_table, print_table

    rows = {row.id: row for row in cell.rows}
    table = plain_table("numbers of your own", "gene", "parameter", cell.like, "here", "range", "unit", "by")
    for g in cell.genes:
        if g.done in ("set", "capped"):
            row = rows[g.parameter]
            span = f"{number(row.low)} to {number(row.high)}"
            table.add_row(
                g.gene,
                row.id,
                number(math.nan if g.before is None else g.before),
                number(row.value),
                span,
                row.unit,
                f"{g.why}",
            )
    print_table(console, table)
    for line in told_genes(cell.genes):
        console.print(line, soft_wrap=True)
    said = f"{len(cell.kept)} genes are not in the table and keep the numbers of {cell.like}"
    console.print(
        f"{said}, in a wider range: {', '.join(cell.kept[:12])}{', ...' * (len(cell.kept) > 12)}",
        soft_wrap=True,
    )
    for note in cell.notes:
        console.print(note, soft_wrap=True)
    if cell.path is not None:
        typer.echo(f"kept as {cell.name}: write jakstat simulate {cell.name} --stimulus IL6=10ng/ml")
    else:
        typer.echo("not kept; add --save NAME")
