"""`jakstat validate`: the model against published measurements."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jakstat.cli.ending import check_any_ran
from jakstat.cli.idle_options import given_options, refuse_idle
from jakstat.cli.output import Targets, print_json
from jakstat.cli.progress_file import progress_to_file
from jakstat.cli.situation_options import Csv, Xlsx
from jakstat.errors import problem
from jakstat.store import NOTICE

if TYPE_CHECKING:
    from collections.abc import Callable

    from jakstat.evidence import Validation

__all__ = ["progress", "show_count", "show_failed", "show_validation", "validate"]


_SCALES = ("cell", "patient")


def validate(
    command_context: typer.Context,
    context: Annotated[str | None, typer.Option(help="Only this kind of cell.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Write a figure: curves over published values.")] = None,
    growth: Annotated[
        bool, typer.Option("--growth", help="Numbers of cells instead: half-maximal doses and effects.")
    ] = False,
    scale: Annotated[str, typer.Option(help="cell, or patient: behaviours of a virtual cohort.")] = "cell",
    patients: Annotated[int, typer.Option(help="With --scale patient: size of the cohort.")] = 200,
    seed: Annotated[int, typer.Option(help="With --scale patient: seed of the cohort.")] = 1,
    csv: Csv = None,
    xlsx: Xlsx = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 when a row fails.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Run every published observation, or a virtual cohort, and say what the model reproduces."""
    if scale not in _SCALES:
        raise problem("option.value", f"no scale {scale[:40]!r}", field="--scale", hint=" or ".join(_SCALES))
    of_cohort = scale == "patient"
    rules = dict.fromkeys(("patients", "seed"), (of_cohort, "add --scale patient"))
    rules |= dict.fromkeys(("context", "plot", "growth"), (not of_cohort, "leave out --scale patient"))
    rules["force"] = (any((plot, csv, xlsx)), "add --plot, --csv or --xlsx")
    refuse_idle(given_options(command_context), rules)
    targets = Targets(plot=plot, csv=csv, xlsx=xlsx, force=force, as_json=as_json)
    targets.check()
    if of_cohort:
        from jakstat.cli.cohort_validation import validate_cohort

        with progress("the cohort", quiet=as_json) as on_step:
            cohort = validate_cohort(patients, seed, targets=targets, on_step=on_step)
        if strict and cohort.failed:
            raise typer.Exit(1)
        return
    from jakstat.evidence import validate as run_all
    from jakstat.knowledge import observations

    with progress("published observations", quiet=as_json) as on_row:
        found = run_all(context, rows=observations(growth=True) if growth else None, on_row=on_row)
    targets.write_tables(found.table_rows(), f"published observations beside the model{_of(context)}")
    if plot is not None:
        from jakstat.report.canvas import save
        from jakstat.report.validation import validation_figure

        save(validation_figure(found), plot, replace=force)
    if as_json:
        print_json(found.to_document())
    else:
        show_validation(found)
        for path in targets.files:
            typer.echo(f"wrote {path}")
        typer.echo(NOTICE)
    check_any_ran(sum(row.model is None for row in found.counted), len(found.counted))
    if strict and found.failed:
        raise typer.Exit(1)


def _of(context: str | None) -> str:
    return "" if context is None else f" of {context}"


@contextmanager
def progress(text: str, *, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr; silent with ``quiet`` or without a terminal, but for a file that is named for it."""
    to_file = progress_to_file(text)
    if quiet or not sys.stderr.isatty():
        yield to_file
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(text)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def show_validation(found: Validation) -> None:
    """Print the rows by kind of cell, what failed and why, then the count."""
    from rich.console import Console

    from jakstat.cli.tables import number, plain_table, print_table

    console = Console(highlight=False)
    for context in dict.fromkeys(row.context for row in found.rows):
        table = plain_table(context, "id", "role", "published", "bracket", "model", "unit", "")
        for row in (r for r in found.rows if r.context == context):
            model = "-" if row.model is None else number(row.model)
            bracket = f"{number(row.low)} to {number(row.high)}"
            mark = "input" if row.role == "input" else ("ok" if row.ok else "FAILED")
            table.add_row(row.id, row.role, number(row.published), bracket, model, row.unit, mark)
        print_table(console, table)
    show_failed(found)
    show_count(found)


def show_failed(found: Validation) -> None:
    """Print what each failed row is about and why it failed."""
    failed = [row for row in found.counted if not row.ok]
    for row in failed:
        typer.echo(f"{row.id} failed: {row.what}: {row.reason}")
    if failed:
        typer.echo("")


def show_count(found: Validation) -> None:
    """Print how many of the counted rows agree."""
    inputs = len(found.rows) - len(found.counted)
    more = f" ({inputs} more are inputs and do not count)" if inputs else ""
    roles = ", ".join(f"{role} {n} of {of}" for role, (n, of) in found.by_role.items())
    told = f"{found.passed} of {len(found.counted)} published observations within their bracket{more}"
    typer.echo(f"{told}: {roles}")
