"""`jakstat potency`: why a cell needs more of a JAK inhibitor than the enzyme."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from jakstat.cli.situation_options import Answer, Cell, framed
from jakstat.store import NOTICE

if TYPE_CHECKING:
    from rich.console import Console

    from jakstat.response.potency import PotencyChain

__all__ = ["potency"]


@framed(without=["knockdown", "treatment", "plot"])
def potency(
    cell: Cell,
    answer: Answer,
    drug: Annotated[str, typer.Option(help="A JAK inhibitor.")] = "ruxolitinib",
    stimulus: Annotated[str, typer.Option(help="Ligand: IL6=40ng/ml.")] = "IL6=40ng/ml",
    readout: Annotated[str, typer.Option(help="The readout.")] = "pSTAT3",
    at: Annotated[str, typer.Option(help="When it is read.")] = "20min",
    pre: Annotated[str, typer.Option(help="How long before the ligand the drug is given.")] = "60min",
) -> None:
    """Take the shift from the enzyme's constant to the half-maximal dose on cells apart.

    The JSON document is described in docs/json.md.
    """
    answer.check()
    from jakstat.response.potency import potency_chain

    chain = potency_chain(
        cell.name, drug, stimuli=stimulus, readout=readout, at=at, before=pre, parts=cell.parts
    )
    half = chain.IC50
    document = {
        "context": chain.context,
        "question": dict(chain.question),
        "drug": chain.drug,
        "readout": chain.readout,
        "enzyme_nM": chain.enzyme,
        "steps": [asdict(step) for step in chain.steps],
        "IC50_nM": half.value,
        "fold": chain.fold,
        "notice": NOTICE,
    }
    own = {"drug": chain.drug, "readout": chain.readout, "enzyme_nM": chain.enzyme, "IC50_nM": half.value}
    answer.give(
        chain.question,
        document=lambda: document,
        rows=lambda d: [{**own, **step, "reached_nM": step["reached"]} for step in d["steps"]],
        show=lambda console: _show(console, chain),
    )


def _show(console: Console, chain: PotencyChain) -> None:
    from jakstat.cli.tables import number, plain_table, print_table

    half = chain.IC50
    title = f"{chain.drug} on {chain.readout} of {chain.context}: from the enzyme to the cell"
    table = plain_table(title, "step", "fold", "nM", "grade")
    table.add_row("JAK1 in the enzyme assay", "", number(chain.enzyme), "")
    for step in chain.steps:
        table.add_row(step.name, number(step.fold), number(step.reached), step.grade)
    print_table(console, table)
    for step in chain.steps:
        typer.echo(f"{step.name}: {step.note}")
    typer.echo(f"in all {number(chain.fold)}-fold; {half.note or f'IC50 {number(half.value)} nM'}")
