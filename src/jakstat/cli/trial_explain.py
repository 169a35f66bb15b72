"""`jakstat trial explain`: why a trial came out as it did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jakstat.cli.situation_options import Answer, framed
from jakstat.cli.validate import progress

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["explain"]

_SHOWN = 8
_WITHOUT_EFFECT = 0.005


@framed(without=("plot",))
def explain(
    answer: Answer,
    run: Annotated[str, typer.Argument(help="Folder or URL of a trial that was run.")],
    patients: Annotated[
        int,
        typer.Option(help="Patients run again with reactions held down; 0 reads the tables only."),
    ] = 24,
    vectors: Annotated[
        int, typer.Option(help="Parameter vectors for each source of spread; 0 leaves the tornado out.")
    ] = 4,
) -> None:
    """Who responds and who gains, through which reactions, and what drives the spread of the ratio."""
    from jakstat.trial.explain import explain_run, explanation_rows

    answer.check(vectors=(patients > 0, "no patient is run again"))
    with progress("reruns", quiet=answer.as_json or not patients) as told:
        found = explain_run(run, patients=patients, vectors=vectors, told=told)
    answer.give(
        f"{found['question']['name']}: why it came out as it did",
        document=lambda: found,
        rows=explanation_rows,
        show=lambda console: _show(console, found),
    )


def _show(console: Console, found: Mapping[str, Any]) -> None:
    for arm, one in found["separating"].items():
        if one["features"]:
            _show_features(console, f"{arm}: who responds ({one['patients']} patients)", one)
        else:
            console.print(f"{arm}: who responds cannot be told: {one['why']}")
    for arm, one in found["modifiers"].items():
        gain = one["survival"]
        if gain["features"]:
            _show_features(console, f"{arm}: who gains months of life (mean {gain['mean']:.2f})", gain)
    _show_responders(console, found["responders"])
    if "reactions" in found:
        _show_reactions(console, found)
    for arm, rows in found.get("tornado", {}).items():
        _show_tornado(console, arm, rows, found["rerun"])


def _show_features(console: Console, title: str, one: Mapping[str, Any]) -> None:
    from jakstat.cli.tables import number, plain_table, print_table

    heads = ("number", one["alone"], "95 %", "coefficient beside the others", "importance")
    table = plain_table(title, *heads)
    for row in one["features"][:_SHOWN]:
        limits = f"{number(row['low'])} to {number(row['high'])}"
        cells = number(row["alone"]), limits, number(row["coefficient"]), number(row["importance"])
        table.add_row(row["name"], *cells)
    print_table(console, table)
    if one["explained"] is not None:
        share = max(100 * one["explained"], 0.0)
        console.print(f"together they explain {share:.0f} % of the variance in other patients")


def _show_responders(console: Console, found: Mapping[str, Any]) -> None:
    from jakstat.cli.tables import number, plain_table, print_table

    title = "survival after a response (not an effect of treatment)"
    table = plain_table(title, "arm", "reading", "hazard ratio", "95 %")
    for arm, one in found["arms"].items():
        readings = [(f"alive at {m['weeks']:g} weeks", m) for m in one["landmarks"]]
        for word, told in [*readings, ("time-dependent", one["time_dependent"])]:
            if told["hazard_ratio"] is None:
                table.add_row(arm, word, "-", "too few")
            else:
                limits = f"{number(told['low'])} to {number(told['high'])}"
                table.add_row(arm, word, number(told["hazard_ratio"]), limits)
    print_table(console, table)
    console.print(found["why"], soft_wrap=True)


def _show_reactions(console: Console, found: Mapping[str, Any]) -> None:
    from jakstat.cli.tables import plain_table, print_table

    arms = list(next(iter(found["reactions"]), {"arms": {}})["arms"])
    count = found["rerun"]["patients"]
    title = f"hazard ratio of death with a reaction held down in all arms ({count} patients, expected)"
    heads = [h for a in arms for h in (a, "over as it is")]
    table = plain_table(title, "reaction", *heads, "control over as it is")
    idle = []
    for row in found["reactions"]:
        changes = [row["arms"][a]["change"] for a in arms]
        if max(abs(c - 1.0) for c in [*changes, row["control"]]) < _WITHOUT_EFFECT:
            idle.append(row["title"])
            continue
        told = [f"{row['arms'][a][key]:.2f}" for a in arms for key in ("hazard_ratio", "change")]
        table.add_row(row["title"], *told, f"{row['control']:.2f}")
    print_table(console, table)
    if idle:
        console.print(f"without effect: {'; '.join(idle)}", soft_wrap=True)


def _show_tornado(console: Console, arm: str, rows: Any, rerun: Mapping[str, Any]) -> None:
    from jakstat.cli.tables import plain_table, print_table

    title = f"{arm}: what drives the spread of the hazard ratio ({rerun['vectors']} vectors for each source)"
    table = plain_table(title, "source", "ratio over the model's", "share of spread, %", "numbers", "grades")
    for row in rows:
        grades = ", ".join(f"{n} {grade}" for grade, n in row["grades"].items())
        limits = f"{row['low']:.2f} to {row['high']:.2f}"
        count = str(row["numbers"]) if row["kind"] == "numbers" else "option"
        table.add_row(row["group"], limits, f"{100 * row['share']:.0f}", count, grades)
    print_table(console, table)
