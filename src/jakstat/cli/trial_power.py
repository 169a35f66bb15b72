"""`jakstat trial power`: how often a trial would find its effect, and how large it must be."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jakstat.cli.output import waiting
from jakstat.cli.situation_options import Answer, framed
from jakstat.errors import problem

if TYPE_CHECKING:
    from rich.console import Console

    from jakstat.trial.run_tables import RunTables

__all__ = ["power"]

_SUFFIXES = (".yaml", ".yml", ".json")


@framed(without=("plot",))
def power(
    answer: Answer,
    source: Annotated[str, typer.Argument(help="Folder or URL of a run, or a trial file to run first.")],
    wanted: Annotated[float, typer.Option(help="Power that is wanted.")] = 0.8,
    effect: Annotated[
        float | None,
        typer.Option(help="Ratio of hazards on the control's curve; the model's effect if not given."),
    ] = None,
    endpoint: Annotated[
        str | None, typer.Option(help="OS, PFS, TTP or RFS; the primary one if not given.")
    ] = None,
    arm: Annotated[str | None, typer.Option(help="Arm beside the control; the last if not given.")] = None,
    alpha: Annotated[float, typer.Option(help="Of the test of two sides.")] = 0.05,
    trials: Annotated[int, typer.Option(help="Trials drawn at each size.")] = 400,
    patients: Annotated[
        int | None, typer.Option(help="Virtual patients of a trial file; else as the file says.")
    ] = None,
) -> None:
    """Power of a trial, and the size for a wanted one, by trials drawn from its virtual patients."""
    from jakstat.trial.power import PowerQuestion, trial_power

    file = source.endswith(_SUFFIXES)
    answer.check(patients=(file, "a run has its patients"))
    run, asked = _ran(source, patients, quiet=answer.as_json) if file else _read(source)
    question = PowerQuestion(endpoint or asked["primary"], arm or run.arms[-1], wanted, alpha, effect, trials)
    with waiting("drawing trials", quiet=answer.as_json):
        found = trial_power(run, asked, question)
    answer.give(
        f"{asked['name']}: {question.endpoint} of {question.arm} against {run.arms[0]}",
        document=lambda: found,
        rows=lambda d: d["sizes"],
        show=lambda console: _show(console, found),
    )


def _read(folder: str) -> tuple[RunTables, dict[str, Any]]:
    from jakstat.places import place_of
    from jakstat.trial.reading import run_question
    from jakstat.trial.run_record import read_record
    from jakstat.trial.run_tables import read_run_tables

    place = place_of(folder)
    asked = run_question(read_record(place).made, str(place))
    return read_run_tables(place, [one["name"] for one in asked["arms"]], visits=()), asked


def _ran(file: str, patients: int | None, *, quiet: bool) -> tuple[RunTables, dict[str, Any]]:
    """A trial file's patients, run into a folder that is gone afterwards."""
    from jakstat.cli.trial_outputs import run_to_folder
    from jakstat.trial.trial_file import read_trial
    from jakstat.trial.trial_run import TrialWorkers

    if not Path(file).exists():
        raise problem("file.missing", "there is no such file", file=file)
    design = read_trial(Path(file), patients=patients)
    with tempfile.TemporaryDirectory() as held:
        out = str(Path(held, "run"))
        run_to_folder(design, out, workers=TrialWorkers(), resume=False, quiet=quiet)
        return _read(out)


def _show(console: Console, found: Mapping[str, Any]) -> None:
    from jakstat.cli.tables import number, plain_table, print_table

    effect = found["effect"]
    console.print(
        f"ratio of hazards {number(effect['hazard_ratio'])} ({effect['from']}), alpha {found['alpha']:g}"
    )
    table = plain_table("", "patients of the two arms", "events", "power, %", "95 % of Monte Carlo error", "")
    rows = [*((one, "") for one in found["sizes"]), (found["at_design"], "the design's size")]
    for one, word in sorted(rows, key=lambda row: row[0]["patients"]):
        limits = f"{100 * one['low']:.0f} to {100 * one['high']:.0f}"
        table.add_row(
            f"{one['patients']:,}", number(one["events"]), f"{100 * one['power']:.0f}", limits, word
        )
    print_table(console, table)
    needed, theory = found["needed"], found["schoenfeld"]
    if needed["patients"] is None:
        console.print(
            f"no size for a power of {100 * found['wanted']:.0f} %: {needed['why']}", soft_wrap=True
        )
    else:
        limits = f"{needed['low']:,.0f} to {needed['high']:,.0f} by Monte Carlo error"
        console.print(
            f"a power of {100 * found['wanted']:.0f} % needs {needed['patients']:,} patients ({limits}), "
            f"about {needed['events']:,.0f} events",
            soft_wrap=True,
        )
    if theory["patients"] is not None:
        console.print(
            f"Schoenfeld's formula, for hazards that are proportional: {theory['patients']:,.0f} patients, "
            f"{theory['events']:,.0f} events; {100 * theory['power_at_design']:.0f} % at the design's size",
            soft_wrap=True,
        )
