"""`jakstat trial`: a trial file as a question, and the words that ask more of what was run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from jakstat.cli import (
    trial_compare,
    trial_explain,
    trial_power,
    trial_repair,
    trial_report,
    trial_survival,
    trial_verify,
)
from jakstat.cli.idle_options import given_options, print_schema, refuse_idle
from jakstat.cli.output import Targets, print_json
from jakstat.cli.situation_options import AsJson, Csv, Xlsx
from jakstat.cli.trial_summary import show_answer
from jakstat.errors import problem
from jakstat.limits import LIMITS, check_count
from jakstat.store import NOTICE

if TYPE_CHECKING:
    from jakstat.trial.design import TrialDesign

__all__ = ["WORDS", "TrialWords", "trial"]

_RUN = "run"


def trial(
    command_context: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="Trial file (YAML).")] = None,
    patients: Annotated[
        int | None, typer.Option(help="Virtual patients, each simulated in every arm; else as the file says.")
    ] = None,
    size: Annotated[
        int | None, typer.Option(help="Patients that one real trial enrols; else as the file says.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of every draw; else as the file says.")] = None,
    out: Annotated[
        str | None, typer.Option(help="New folder, or URL, for report, answer (trial.json) and tables.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(help="Processes on this machine; all its cores if not given.")
    ] = None,
    dask: Annotated[
        str | None, typer.Option(help="Dask scheduler whose workers compute, e.g. tcp://10.0.0.1:8786.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a run that was stopped.")] = False,
    vectors: Annotated[
        int | None,
        typer.Option(
            help="Parameter vectors for the model interval; else as the population's file says, or none."
        ),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Say how the file is understood, and run nothing.")
    ] = False,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of a trial file.")] = False,
    csv: Csv = None,
    xlsx: Xlsx = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file of --csv or --xlsx.")] = False,
    as_json: AsJson = False,
) -> None:
    """Run a trial on virtual patients, and report it."""
    given = given_options(command_context)
    if schema:
        from jakstat.trial.trial_schema import trial_schema_text

        return print_schema(given, trial_schema_text)
    if file is None:
        raise problem("trial.no-file", "no trial file is given", hint="jakstat trial FILE --out DIR")
    running = ("out", "workers", "dask", "resume", "vectors", "csv", "xlsx")
    refuse_idle(given, dict.fromkeys(running, (not check, "--check runs nothing")))
    refuse_idle(given, {"workers": (dask is None, "the workers are those of the cluster")})
    refuse_idle(given, {"force": (any((csv, xlsx)), "add --csv or --xlsx")})
    targets = Targets(csv=csv, xlsx=xlsx, force=force, as_json=as_json)
    targets.check()
    from jakstat.trial.trial_file import read_trial

    design = read_trial(file, patients=patients, size=size, seed=seed)
    if check:
        _show_question(design, as_json=as_json)
        return
    if out is None:
        hint = "add --out DIR, or --check to see how the file is understood"
        raise problem("trial.no-folder", "no folder is given for the results", field="--out", hint=hint)
    from jakstat.cli.trial_outputs import run_to_folder
    from jakstat.trial.trial_run import TrialWorkers

    if workers is not None:
        check_count(workers, most=LIMITS.threads, field="--workers")
    if vectors is None:
        from jakstat.population.cohort_file import vectors_of_source

        vectors = vectors_of_source(design.population)
    elif vectors:
        from jakstat.trial.model_interval import MOST_VECTORS

        check_count(vectors, most=MOST_VECTORS, field="--vectors")
    if not as_json:
        _show_lines(design)
    crew = TrialWorkers(workers or 0, dask or "")
    document = run_to_folder(design, out, workers=crew, resume=resume, vectors=vectors, quiet=as_json)
    show_answer(document, out, targets)


def _show_question(design: TrialDesign, *, as_json: bool) -> None:
    if as_json:
        from jakstat.trial.question import trial_question

        print_json({"question": trial_question(design)})
        return
    _show_lines(design)
    typer.echo(NOTICE)


def _show_lines(design: TrialDesign) -> None:
    from jakstat.trial.design_words import design_lines

    for line in design_lines(design):
        typer.echo(line)


WORDS: tuple[tuple[str, Callable[..., None]], ...] = (
    (_RUN, trial),
    ("report", trial_report.report),
    ("compare", trial_compare.compare),
    ("survival", trial_survival.survival),
    ("power", trial_power.power),
    ("explain", trial_explain.explain),
    ("verify", trial_verify.verify_trial),
    ("repair", trial_repair.repair),
)
"""What may stand behind `jakstat trial`, with its function; a file stands for the first."""


class TrialWords(TyperGroup):
    """Takes a file where a word is expected: `jakstat trial FILE` is `jakstat trial run FILE`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """A word, or what stands for the first one."""
        if args and args[0] not in self.commands and args[0] != "--help":
            args = [_RUN, *args]
        return super().parse_args(ctx, args)

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        """Both ways to use it."""
        formatter.write_usage(ctx.command_path, "FILE --out DIR [OPTIONS]")
        others = ",".join(name for name in self.commands if name != _RUN)
        if others:
            formatter.write_usage(ctx.command_path, f"{{{others}}} ...", prefix="       ")

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """The options of a run, and the other words."""
        self.commands[_RUN].format_options(ctx, formatter)
        self.format_commands(ctx, formatter)
