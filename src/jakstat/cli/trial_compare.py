"""`jakstat trial compare`: two runs side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jakstat.cli.output import waiting
from jakstat.cli.situation_options import Answer, framed

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["compare"]

_NUMBERS = ("median_months", "share", "hazard_ratio", "risk_difference")
_WORDS = {
    "median_months": "median, months", "share": "share", "hazard_ratio": "hazard ratio",
    "risk_difference": "difference of shares",
}  # fmt: skip
_LONGEST = 60


@framed(without=("plot",))
def compare(
    answer: Answer,
    first: Annotated[str, typer.Argument(help="Folder or URL of a run.")],
    second: Annotated[str, typer.Argument(help="Folder or URL of another one.")],
) -> None:
    """Two trials that were run: where their designs differ, their results, and the same patients in both."""
    from jakstat.trial.compare import compare_trials, comparison_rows

    answer.check()
    with waiting("reading both runs", quiet=answer.as_json):
        found = compare_trials(first, second)
    answer.give(
        f"a: {found['a']['run']} ({found['a']['name']}); b: {found['b']['run']} ({found['b']['name']})",
        document=lambda: found,
        rows=comparison_rows,
        show=lambda console: _show(console, found),
    )


def _show(console: Console, found: Mapping[str, Any]) -> None:
    from jakstat.cli.tables import plain_table, print_table
    from jakstat.trial.compare import comparison_rows

    if found["design"]:
        table = plain_table("where the designs differ", "field", "a", "b")
        for one in found["design"]:
            table.add_row(one["field"], *(_told(one[run]) for run in "ab"))
        print_table(console, table)
    else:
        console.print("the designs are the same")
    table = plain_table("results", "endpoint", "arm", "", "a", "b")
    for row in comparison_rows(found):
        if row["number"] in _NUMBERS:
            table.add_row(row["endpoint"], row["arm"], _WORDS[row["number"]], *(_value(row[k]) for k in "ab"))
    print_table(console, table)
    same = found["same_patients"]
    if not same["same"]:
        console.print(f"no comparison of the same patients: {same['why']}", soft_wrap=True)
        return
    title = f"the same {same['shared']} patients, b over a (no interval: the same patients in both)"
    table = plain_table(title, "arm of a", "arm of b", "endpoint", "hazard ratio", "mean time gained, months")
    for pair in found["counterfactual"]["arms"]:
        for end, one in pair["endpoints"].items():
            numbers = (_value(one["hazard_ratio"]), _value(one["rmst_difference"]))
            table.add_row(pair["a"], pair["b"], end, *numbers)
    print_table(console, table)


def _value(value: float | None) -> str:
    from jakstat.cli.tables import number

    return "-" if value is None else number(value)


def _told(value: object) -> str:
    """A field of a design in few words."""
    if isinstance(value, dict):
        text = "; ".join([*map(str, value.get("regimen", [])), *map(str, value.get("rules", []))])
        return (text or "no treatment" if "regimen" in value else str(value))[:_LONGEST]
    return "-" if value is None else str(value)[:_LONGEST]
