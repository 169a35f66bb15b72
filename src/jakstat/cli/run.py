"""`jakstat run`: anyone's model over a table of lanes."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jakstat.cli.ending import check_any_ran, stopped
from jakstat.cli.idle_options import given_options, refuse_idle
from jakstat.cli.output import Targets, print_json
from jakstat.cli.run_experiments import run_document
from jakstat.errors import Note, problem
from jakstat.store import NOTICE, json_ready

if TYPE_CHECKING:
    from jakstat.exchange.foreign_model import ForeignModel
    from jakstat.experiment.model_run import RunOptions, RunReport

__all__ = ["run"]

_OF_DOCUMENTS = {
    "task", "output", "plot", "csv", "xlsx", "force", "as_json", "assume_zero", "assume_one_stoichiometry",
}  # fmt: skip

_UNITS_OPEN = frozenset(
    {"unit.missing", *(f"sbml.rule_{n}" for n in (20513, 20518, 20616, 20702, 99506, 99507))}
)


def run(
    command_context: typer.Context,
    model: Annotated[
        Path, typer.Argument(metavar="FILE", help="A model, in SBML or what docs/sbml.md lists.")
    ],
    until: Annotated[float | None, typer.Option(help="Last time, in the model's time unit.")] = None,
    points: Annotated[int, typer.Option(help="Number of evenly spaced times.")] = 101,
    start: Annotated[float, typer.Option(help="First time.")] = 0.0,
    lanes: Annotated[
        Path | None,
        typer.Option(help="CSV: a row per lane; the header names parameters, compartments or species."),
    ] = None,
    outputs: Annotated[
        str | None, typer.Option("--outputs", "--observe", help="Ids to keep, separated by commas.")
    ] = None,
    reduce: Annotated[
        str | None,
        typer.Option(help="Keep summaries: max, min, time_of_max, time_of_min, auc, mean, final."),
    ] = None,
    method: Annotated[
        str | None, typer.Option(help="rodas5p (default), rodas4, radau9, LSODA, BDF, Radau; or ssa, tau.")
    ] = None,
    rtol: Annotated[float, typer.Option(help="Relative tolerance.")] = 1e-6,
    atol: Annotated[
        float | None, typer.Option(help="Absolute tolerance in the model's units; by species when not given.")
    ] = None,
    paths: Annotated[int | None, typer.Option(help="Draw this many stochastic paths instead.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the paths.")] = 1,
    per_amount: Annotated[
        float | None, typer.Option(help="Particles in 1 of the model's unit of amount.")
    ] = None,
    threads: Annotated[int, typer.Option(help="Threads; they change no number.")] = 1,
    assume_zero: Annotated[
        bool, typer.Option("--assume-zero", help="Values that are used and never set count as 0.")
    ] = False,
    assume_one_stoichiometry: Annotated[
        bool, typer.Option("--assume-one-stoichiometry", help="A stoichiometry that is not set counts as 1.")
    ] = False,
    task: Annotated[str | None, typer.Option(help="Of an archive or SED-ML: this task alone.")] = None,
    output: Annotated[
        str | None,
        typer.Option(help="Of an archive or SED-ML: the report or plot for --csv, --xlsx, --plot."),
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(help="Of an archive or SED-ML: draw its plots (.png, .pdf, .svg).")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write .zarr, .parquet or .csv.")] = None,
    csv: Annotated[Path | None, typer.Option(help="Write what is printed as a table (CSV).")] = None,
    xlsx: Annotated[Path | None, typer.Option(help="Write what is printed as a workbook (.xlsx).")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a file that is incomplete.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Run a model: once, for every row of a table, or as stochastic paths; or an archive of experiments."""
    from jakstat.exchange.elsewhere import elsewhere
    from jakstat.exchange.formats import ARCHIVE, SED_ML, file_format, read_model
    from jakstat.experiment.lane_writers.target import check_out

    given = given_options(command_context)
    targets = Targets(plot=plot, csv=csv, xlsx=xlsx, force=force, as_json=as_json)
    kind = file_format(model) if model.is_file() else None  # the options are looked at first
    lone = _lone_model(model) if kind == ARCHIVE else None
    if kind == SED_ML or (kind == ARCHIVE and lone is None):
        refuse_idle(given, {n: (n in _OF_DOCUMENTS, "the file says what is run") for n in given - {"model"}})
        targets.check()
        return run_document(
            model, kind, targets, task=task, output=output, assume_zero=assume_zero,
            assume_one_stoichiometry=assume_one_stoichiometry,
        )  # fmt: skip
    _check_idle(given, paths is not None, out is not None, any((out, csv, xlsx)))
    targets.check()
    if out is not None:
        check_out(out, force=force, resume=resume, inputs=[p for p in (model, lanes) if p is not None])
    kind = kind or file_format(model)
    from jakstat.experiment.model_run import plan_run, run_table

    if until is None:
        message, hint = f"'{model.name}' does not say how long it runs", "--until 24, in its time unit"
        raise problem("option.missing", message, field="--until", hint=hint)
    foreign = lone or read_model(model, kind)
    _tell(foreign.notes, quiet=as_json)
    solving = _solving(method, rtol, atol, paths, seed, per_amount)
    options = replace(
        solving, until=until, points=points, start=start, outputs=_words(outputs), reduce=_words(reduce),
        threads=threads, assume_zero=assume_zero, assume_one_stoichiometry=assume_one_stoichiometry,
    )  # fmt: skip
    plan = plan_run(foreign.sbml, options, lanes=lanes)
    others = elsewhere(plan.model.network, plan.model.report, plan.table.columns)
    _tell(others, quiet=as_json)
    began = time.perf_counter()
    with _progress(plan.table.lanes, quiet=as_json) as tell:
        report = run_table(plan, out, force=force, resume=resume, progress=tell)
    targets.write_tables(_rows(report), _asked(report))
    if as_json:
        print_json({**_document(report), "notes": [n.to_dict() for n in (*foreign.notes, *others)]})
    else:
        made = lone is None and isinstance(foreign.sbml, bytes)
        _show(report, time.perf_counter() - began, targets.files, made=made)
    if report.interrupted:
        raise stopped()
    check_any_ran(report.tally.failed, report.tally.lanes_done)


def _tell(notes: Sequence[Note], *, quiet: bool) -> None:
    """Notes on stderr, unless they stand in the JSON document."""
    for note in () if quiet else notes:
        typer.echo(f"note: {note}", err=True)


def _check_idle(given: frozenset[str], drawn: bool, written: bool, anything: bool) -> None:
    """Refuse options that do nothing for a model."""
    paths, solved = (drawn, "add --paths"), (not drawn, "stochastic paths have no tolerances")
    document = (False, "it is for a SED-ML file or a COMBINE archive")
    rules = {"seed": paths, "per_amount": paths, "rtol": solved, "atol": solved}
    rules |= {"task": document, "output": document, "plot": document}
    rules |= {"resume": (written, "add --out"), "force": (anything, "add --out, --csv or --xlsx")}
    refuse_idle(given, rules)


def _lone_model(path: Path) -> ForeignModel | None:
    """The one model of an archive that describes no experiment."""
    from jakstat.exchange.experiment_files import lone_model

    return lone_model(path)


def _solving(
    method: str | None, rtol: float, atol: float | None,
    paths: int | None, seed: int, per_amount: float | None,
) -> RunOptions:  # fmt: skip
    """What the options say of the solver."""
    from jakstat.experiment.model_run import RunOptions
    from jakstat.experiment.path_lanes import PathOptions

    if paths is None:
        return RunOptions(0.0, 2, method=method or "rodas5p", rtol=rtol, atol=atol)
    return RunOptions(0.0, 2, paths=PathOptions(paths, seed, per_amount, method or "ssa"))


def _words(text: str | None) -> tuple[str, ...]:
    from jakstat.limits import check_text

    words = check_text(text or "", field="--outputs", longest=1_000_000).split(",")
    return tuple(dict.fromkeys(w.strip() for w in words)) if text is not None else ()


@contextmanager
def _progress(lanes: int, *, quiet: bool) -> Iterator[Callable[[int], None]]:
    """A bar on stderr with lanes per second; silent without a terminal."""
    if quiet or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("lanes", total=lanes, rate="")
        first: list[int] = []
        began = time.perf_counter()

        def tell(done: int) -> None:
            first.append(done) if not first else None
            rate = (done - first[0]) / max(time.perf_counter() - began, 1e-9)
            bar.update(task, completed=done, rate=f"{rate:,.0f} lanes/s" if done > first[0] else "")

        yield tell


def _document(report: RunReport) -> dict[str, Any]:
    """The JSON document; its shape is described in docs/json.md."""
    plan, tally, options = report.run, report.tally, report.run.options
    spreads = tally.spreads
    statistics = {
        c.name: {
            "unit": c.unit,
            "lanes": spreads[c.name].count,
            **{k: json_ready(getattr(spreads[c.name], k)) for k in ("mean", "sd", "low", "high")},
        }
        for c in plan.layout.columns
        if c.name in spreads
    }
    return {
        "model": plan.model.network.id,
        "complete": report.complete,
        "lanes": {
            "all": plan.table.lanes,
            "done": tally.lanes_done,
            "failed": tally.failed,
            "eased": tally.eased,
        },
        "outcomes": dict(tally.outcomes),
        "failures": [asdict(f) for f in tally.failures],
        "paths": None if options.paths is None else asdict(options.paths),
        "time": {
            "start": options.start,
            "until": options.until,
            "points": options.points,
            "unit": plan.layout.time_unit,
        },
        "statistics_of": "summary" if options.reduce else "value at the last time",
        "statistics": statistics,
        "trajectory": _trajectory(report),
        "out": None if report.out is None else str(report.out),
        "warnings": [p.to_dict() for p in plan.model.report.warnings],
        "assumed_zero": list(plan.model.report.assumed_zero),
        "assumed_one_stoichiometry": list(plan.model.report.assumed_one),
        "tolerance": None if report.tolerance is None else report.tolerance.document(),
        "manifest": {
            **plan.layout.manifest.to_dict(),
            "complete": report.complete,
            "lanes_done": tally.lanes_done,
        },
        "notice": NOTICE,
    }


def _asked(report: RunReport) -> str:
    options, unit = report.run.options, report.run.layout.time_unit
    what = "summaries" if options.reduce else f"values at {options.until:g} {unit}".strip()
    return f"{report.run.model.network.id}: {what}, {report.run.table.lanes} lanes"


def _rows(report: RunReport) -> Iterator[dict[str, Any]]:
    for name, row in _document(report)["statistics"].items():
        yield {"output": name, **row}


def _trajectory(report: RunReport) -> dict[str, Any] | None:
    block, times = report.single, report.run.layout.times
    if block is None or times is None:
        return None
    values = {name: [json_ready(float(x)) for x in array[0]] for name, array in block.values.items()}
    return {"times": [float(t) for t in times], "values": values}


def _show(report: RunReport, seconds: float, files: Sequence[Path], *, made: bool) -> None:
    from rich.console import Console
    from rich.text import Text

    from jakstat.cli.tables import number, plain_table, print_table

    plan, tally = report.run, report.tally
    console = Console(highlight=False, markup=False)
    many = tally.lanes_done > 1
    rows = "paths" if plan.options.paths else "lanes"
    what = "summaries" if plan.options.reduce else f"values at {plan.options.until:g} {plan.layout.time_unit}"
    heads = (rows, "mean", "sd", "least", "most") if many else ("value",)
    table = plain_table(f"{what.strip()}", "output", "unit", *heads)
    for column in plan.layout.columns:
        spread = tally.spreads.get(column.name)
        if spread is None:
            continue
        cells = (spread.mean, spread.sd, spread.low, spread.high) if many else (spread.mean,)
        counts = [str(spread.count)] if many else []
        table.add_row(Text(column.name), Text(column.unit), *counts, *(number(c) for c in cells))
    if tally.lanes_done:
        print_table(console, table)
    for line in _lines(report, seconds, made=made):
        typer.echo(line)
    for path in files:
        typer.echo(f"wrote {path}")
    typer.echo(NOTICE)


def _lines(report: RunReport, seconds: float, *, made: bool) -> Iterator[str]:
    from jakstat.errors import Outcome

    plan, tally = report.run, report.tally
    # a document made here of a language that need not say units says nothing by having none
    warnings = [w for w in plan.model.report.warnings if not (made and w.code in _UNITS_OPEN)]
    for warning in warnings[:3]:
        yield f"import warning: {warning}"
    if len(warnings) > 3:
        yield f"and {len(warnings) - 3} more import warnings (--json shows all)"
    if tally.failed:
        yield f"{tally.failed} of {tally.lanes_done} lanes failed:"
        for f in tally.failures:
            when = "" if f.time is None else f" at {f.time:.6g}"
            where = f", {f.species} changing fastest" if f.species else ""
            yield f"  lane {f.lane}: {f.outcome}{when}{where}: {Outcome[f.outcome].sentence}"
        if tally.failed > len(tally.failures):
            yield f"  and {tally.failed - len(tally.failures)} more"
    if tally.eased:
        yield (
            f"{tally.eased} of {tally.lanes_done} lanes met a NaN and were run again: "
            "broken powers of numbers just below 0 as those of 0, infinite slopes as 0"
        )
    if report.tolerance is not None:
        yield from report.tolerance.warnings()
    rate = report.lanes_now / max(seconds, 1e-9)
    drawn = plan.options.paths
    rows = "lanes" if drawn is None else "paths"
    yield f"{report.lanes_now} {rows} in {seconds:.3g} s ({rate:,.0f} {rows}/s)"
    if drawn is not None:
        yield f"{drawn.method}, seed {drawn.seed}, {drawn.per_amount:.10g} particles in 1 of amount"
    if not report.complete:
        yield f"not complete: {tally.lanes_done} of {plan.table.lanes} lanes are done"
    if report.out is not None:
        more = "" if report.complete else "; --resume goes on with it"
        yield f"wrote {report.out}{more}"
