"""`jakstat trial survival`: the survival of patients of one's own, beside a trial that was run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jakstat.cli.output import waiting
from jakstat.cli.situation_options import Answer, framed

if TYPE_CHECKING:
    from rich.console import Console

    from jakstat.report.canvas import Figure

__all__ = ["survival"]


@framed()
def survival(
    answer: Answer,
    file: Annotated[
        Path, typer.Argument(help="ADTTE (.xpt, .csv), patients of cBioPortal or GDC, or a table.")
    ],
    endpoint: Annotated[
        str, typer.Option(help="PARAMCD of an ADTTE, or OS, PFS, ... of cBioPortal; if there are several.")
    ] = "",
    group: Annotated[
        str, typer.Option(help="Column of the groups (TRTP, ARM, group, ... if not given).")
    ] = "",
    control: Annotated[
        str, typer.Option(help="Group that the others are compared with; the first of the file if not given.")
    ] = "",
    time: Annotated[str, typer.Option(help="Column of the times, where their name does not tell.")] = "",
    time_unit: Annotated[
        str, typer.Option(help="days, weeks, months or years, where the file is silent.")
    ] = "",
    status: Annotated[str, typer.Option(help="Column of what happened, where its name does not tell.")] = "",
    event: Annotated[
        list[str] | None,
        typer.Option(help="Value of that column that is the event, e.g. 2; several by several."),
    ] = None,
    sheet: Annotated[str, typer.Option(help="Sheet of a workbook, or data set of a transport file.")] = "",
    run: Annotated[
        Path | None, typer.Option(help="Folder of a trial that was run, to stand beside it.")
    ] = None,
) -> None:
    """Curves, medians and hazard ratios of a survival table of your own, beside a trial that was run."""
    answer.check()
    with waiting("reading the table", quiet=answer.as_json):
        from jakstat.trial.observed_survival import observed_survival, survival_rows
        from jakstat.trial.survival_table import SurvivalReading

        reading = SurvivalReading(endpoint, time, status, group, tuple(event or ()), time_unit, sheet)
        found = observed_survival(file, reading, control=control, run=run)

    def figure() -> Figure:
        from jakstat.report.survival_curves import observed_survival_figure

        return observed_survival_figure(found)

    answer.give(
        f"{found['endpoint'] or 'time to event'} of {found['file']}, data {found['data'][:8]}",
        figure=figure,
        document=lambda: found,
        rows=survival_rows,
        show=lambda console: _show(console, found),
    )


def _show(console: Console, found: Mapping[str, Any]) -> None:
    from jakstat.cli.tables import number, plain_table, print_table
    from jakstat.trial.observed_survival import survival_rows

    for note in found["notes"]:
        console.print(f"{note['text']} [{note['code']}]", soft_wrap=True, markup=False)
    title = f"median: {found['median_rule']}; rmst until {number(found['rmst_until_months'])} months"
    table = plain_table(
        title, "group", "n", "events", "median, months", "95 %", "R's median", "rmst", "hazard ratio", "95 %",
        "log-rank p",
    )  # fmt: skip
    for row in survival_rows(found):
        name = row["group"] if row["of"] == "data" else f"{row['group']} (model)"
        table.add_row(
            name, str(row["n"]), str(row["events"]), _median(row["median_months"]),
            _pair(row["low"], row["high"]),
            _told(row["median_months_r"]), _told(row["rmst_months"]), _told(row["hazard_ratio"]),
            _pair(row["cox_low"], row["cox_high"]), _told(row["log_rank_p"]),
        )  # fmt: skip
    print_table(console, table)


def _told(value: float | None) -> str:
    from jakstat.cli.tables import number

    return "-" if value is None else number(float(value))


def _median(value: float | None) -> str:
    return "not reached" if value is None else _told(value)


def _pair(low: float | None, high: float | None) -> str:
    return "-" if low is None else f"{_told(low)} to {_told(high)}"
