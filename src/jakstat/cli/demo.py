"""`jakstat demo`: a small trial of sorafenib and siltuximab with its report; `--cell`: one cell."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated, Any

import typer

from jakstat.cli.idle_options import given_options, refuse_idle
from jakstat.errors import InputError
from jakstat.extras import MissingExtraError, absent_packages, check_extra
from jakstat.limits import LIMITS, check_count
from jakstat.store import NOTICE

__all__ = ["demo"]

_FOLDER, _CELL_FIGURE = "jakstat-demo", "jakstat-demo.png"
_MOST = 99


def demo(
    command_context: typer.Context,
    cell: Annotated[
        bool, typer.Option("--cell", help="One cell instead: IL-6 on HepG2 with and without ruxolitinib.")
    ] = False,
    out: Annotated[
        str | None, typer.Option(help="Folder of the trial; jakstat-demo, or the next free name.")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(help="Where the figure goes; one that is there is replaced.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(help="Processes of the trial; all cores if not given.")
    ] = None,
) -> None:
    """Run a small trial of sorafenib with and without siltuximab, and show its report; or one cell."""
    given = given_options(command_context)
    one_cell = (not cell, "--cell runs no trial")
    refuse_idle(given, {"out": one_cell, "workers": one_cell})
    if cell:
        _show_one_cell(plot)
        return
    if plot is not None:
        from jakstat.report.canvas import check_figure

        check_figure(plot, replace=True)
    if workers is not None:
        check_count(workers, most=LIMITS.threads, field="--workers")
    try:
        check_extra("trial")
    except MissingExtraError as error:
        if given:
            raise
        typer.echo(f"one cell; for the small trial, {error.problems[0].hint}")
        _show_one_cell(None)
        return
    _show_trial(out, plot, workers or 0)


def _show_one_cell(plot: Path | None) -> None:
    """One cell, with a figure where figures can be made or one is asked for."""
    from jakstat.cli.cell_demo import show_cell

    lacking = absent_packages("plot")
    show_cell(plot or (None if lacking else Path(_CELL_FIGURE)))


def _show_trial(out: str | None, plot: Path | None, workers: int) -> None:
    from jakstat.cli.trial_summary import report_of, show_trial
    from jakstat.trial.design_words import design_lines
    from jakstat.trial.trial_file import read_trial

    with as_file(files("jakstat.trial").joinpath("demo_trial.yaml")) as file:
        design = read_trial(file)
    for line in design_lines(design):
        typer.echo(line)
    folder, document = _run(design, out, workers)
    show_trial(document)
    if plot is not None:
        from jakstat.report.canvas import save
        from jakstat.report.survival_curves import trial_survival

        typer.echo(f"figure: {save(trial_survival(document), plot, replace=True).absolute()}")
    typer.echo(f"report: {report_of(folder)}")
    typer.echo("more: jakstat trial --help, jakstat demo --cell")
    typer.echo(NOTICE)


def _run(design: Any, out: str | None, workers: int) -> tuple[str, dict[str, Any]]:
    """Run the trial, or read it where the same one lies already; the folder, and its answer."""
    from jakstat.cli.trial_outputs import run_to_folder
    from jakstat.trial.trial_run import TrialWorkers

    names = [out] if out else [_FOLDER, *(f"{_FOLDER}-{k}" for k in range(2, _MOST + 1))]
    for name in names:
        try:
            document = run_to_folder(design, name, workers=TrialWorkers(workers), resume=True, quiet=False)
        except InputError as error:
            taken = {"store.other", "file.exists"} & {p.code for p in error.problems}
            if not taken or name == names[-1]:
                raise
            continue
        return name, document
    raise AssertionError("the last name either runs or raises")
