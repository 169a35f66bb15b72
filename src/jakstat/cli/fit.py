"""`jakstat fit`: fit a PEtab problem from many starts."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jakstat.cli.ending import EXIT_FAILED, stopped
from jakstat.cli.idle_options import refuse_idle
from jakstat.cli.output import Targets, print_json
from jakstat.cli.own_fit import OwnCourses, fit_own
from jakstat.cli.progress_file import progress_to_file
from jakstat.cli.situation_options import Answer, framed
from jakstat.errors import Outcome
from jakstat.errors import problem as fault
from jakstat.store import NOTICE, json_ready

if TYPE_CHECKING:
    from jakstat.calibration.fit_run import FitOptions, FitReport
    from jakstat.calibration.lanes import Solving
    from jakstat.calibration.objective import Objective
    from jakstat.calibration.optimise import Search

__all__ = ["fit"]

_KINDS = ("png", "svg", "pdf")
_STARTS, _OWN_STARTS = 50, 8


@framed(without=["plot"])
def fit(
    own: OwnCourses,
    answer: Answer,
    problem: Annotated[
        Path | None,
        typer.Argument(metavar="[PROBLEM.yaml]", help="A PEtab problem, version 1 or 2; or --data."),
    ] = None,
    starts: Annotated[
        int | None,
        typer.Option(help="Searches, 50 (8 with --data) if not given; 0 only evaluates the nominal values."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the starts and of the sampling.")] = 1,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the results; PROBLEM-fit or FILE-fit if not given.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a fit that was stopped.")] = False,
    profiles: Annotated[
        bool | None,
        typer.Option(
            "--profiles/--no-profiles", help="Profile likelihood of each parameter; with --data drawn."
        ),
    ] = None,
    sample: Annotated[int, typer.Option(help="Posterior vectors to sample, e.g. 500.")] = 0,
    sweeps: Annotated[int, typer.Option(help="Moves of every walker of the sampling.")] = 4_000,
    iterations: Annotated[int, typer.Option(help="Most steps of a search.")] = 200,
    rtol: Annotated[float, typer.Option(help="Relative tolerance of the integration.")] = 1e-7,
    atol: Annotated[
        float | None, typer.Option(help="Absolute tolerance of the integration; by species when not given.")
    ] = None,
    threads: Annotated[int, typer.Option(help="Threads; they change no number.")] = 1,
    figures: Annotated[str, typer.Option(help="Kind of the figures in the folder: png, svg or pdf.")] = "png",
) -> None:
    """Fit a PEtab problem, or own time courses: multi-start search, profiles, predictions, samples."""
    from jakstat.calibration.fit_run import FitOptions
    from jakstat.calibration.lanes import Solving
    from jakstat.calibration.optimise import Search
    from jakstat.engine.request import read_settings
    from jakstat.limits import LIMITS, check_count
    from jakstat.streams import check_seed

    if figures not in _KINDS:
        hint = ", ".join(_KINDS)
        raise fault("option.value", f"no kind of figure {figures[:40]!r}", field="--figures", hint=hint)
    targets = replace(answer.targets, figures=figures)
    _check_way(own, problem, answer)
    starts = starts if starts is not None else (_STARTS if own.data is None else _OWN_STARTS)
    check_count(starts, least=0, most=10_000, field="--starts")
    check_count(iterations, most=100_000, field="--iterations")
    check_count(sample, least=0, most=LIMITS.lanes, field="--sample")
    check_count(threads, most=LIMITS.threads, field="--threads")
    check_count(sweeps, least=4, most=10_000_000, field="--sweeps")
    check_seed(seed)
    read_settings(rtol, atol, "rodas5p", 1)
    solving, limits = Solving(rtol=rtol, atol=atol, threads=threads), Search(iterations=iterations)
    if own.data is not None:
        _fit_own(own, targets, out, resume, (starts, seed, profiles is not False, limits, solving))
        return
    assert problem is not None
    options = FitOptions(starts, seed, bool(profiles), sample, sweeps, limits)
    _fit_problem(
        problem, out or Path(f"{problem.stem}-fit"), options, solving, answer, targets, resume=resume
    )


def _check_way(own: OwnCourses, problem: Path | None, answer: Answer) -> None:
    """Refuse both ways at once, none, and options of the other one."""
    if (own.data is None) == (problem is None):
        code, message = ("option.missing", "there is nothing to fit") if problem is None else (
            "option.clash", "a PEtab problem and --data are two fits")  # fmt: skip
        raise fault(code, message, field="--data", hint="give PROBLEM.yaml, or --data FILE.csv")
    ours = {f.name for f in fields(own)} - {"data"}
    if own.data is None:
        refuse_idle(answer.given, dict.fromkeys(ours, (False, "it goes with --data")))
        return
    hint = "it goes with a PEtab problem: fit the one that --data writes"
    refuse_idle(answer.given, dict.fromkeys(("sample", "sweeps"), (False, hint)))
    used = bool(answer.targets.files) or own.save is not None
    refuse_idle(answer.given, {"force": (used, "it replaces a file that is written, or a cell of --save")})
    answer.targets.check()


def _fit_own(
    own: OwnCourses, targets: Targets, out: Path | None, resume: bool,
    how: tuple[int, int, bool, Search, Solving],
) -> None:  # fmt: skip
    from jakstat.limits import check_count

    own.needed()
    check_count(how[0], most=10_000, field="--starts")
    assert own.data is not None
    with _progress(quiet=targets.as_json) as tell:
        fit_own(own, own.asked(*how), targets, out or Path(f"{own.data.stem}-fit"), resume=resume,
                tell=tell)  # fmt: skip


def _fit_problem(
    place: Path, folder: Path, options: FitOptions, solving: Solving, answer: Answer, targets: Targets,
    *, resume: bool,
) -> None:  # fmt: skip
    """A PEtab problem that is there."""
    from jakstat.calibration.fit_run import check_folder, run_fit
    from jakstat.calibration.load import load_problem
    from jakstat.calibration.objective import Objective
    from jakstat.store import write_json

    starts = options.starts
    searched = (starts > 0, "leave it out, or give --starts above 0")
    searching = ("seed", "out", "resume", "profiles", "sample", "iterations", "csv", "xlsx", "figures")
    idle = dict.fromkeys(searching, searched)
    answer.check(**idle, sweeps=(starts > 0 and options.vectors > 0, "add --sample"))
    if starts:
        check_folder(folder, resume=resume)
    objective = Objective(load_problem(place), solving=solving)
    if not starts:
        _nominal(objective, as_json=answer.as_json)
        return
    with _progress(quiet=answer.as_json) as tell:
        report = run_fit(objective, folder, options, tell=tell)
    figures = _figures(objective, report, targets.figures)
    document = _document(objective, report, figures)
    write_json(folder / "fit.json", document, replace=True)
    targets.write_tables(_rows(objective, report), f"best of {starts} searches for {document['problem']}")
    if answer.as_json:
        print_json(document)
    else:
        _show(objective, report, [*figures, *targets.files])
    if report.fit.best is None and not report.interrupted:
        raise typer.Exit(EXIT_FAILED)
    if report.interrupted:
        raise stopped()


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Callable[[str, int, int], None]]:
    """A bar on stderr; silent without a terminal, but for a file that is named for it."""
    to_file = progress_to_file("fit")
    if quiet or not sys.stderr.isatty():
        yield lambda what, done, total: to_file(done, total, what)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda what, done, total: bar.update(task, description=what, completed=done, total=total)


def _nominal(objective: Objective, *, as_json: bool) -> None:
    p = objective.problem
    missing = [n for n, v in zip(p.names, p.nominal, strict=True) if not math.isfinite(v)]
    if missing:
        raise fault("petab.number", f"'{missing[0]}' has no nominal value", field=missing[0])
    e = objective.evaluate(p.nominal)
    document = {
        "problem": p.name, "points": len(p.measurements), "parameters": len(p.names),
        "log_likelihood": json_ready(-float(e.nllh[0])), "chi2": json_ready(float(e.chi2[0])),
        "outcomes": e.outcomes, "notice": NOTICE,
    }  # fmt: skip
    if as_json:
        print_json(document)
    else:
        typer.echo(
            f"{p.name}: {len(p.measurements)} points, {len(p.names)} parameters at their nominal values"
        )
        typer.echo(f"log-likelihood {-float(e.nllh[0]):.10g}, chi2 {float(e.chi2[0]):.6g}")
        for name, count in e.outcomes.items():
            if name != "OK":
                typer.echo(f"{count} lanes ended with {name}: {Outcome[name].sentence}")
        typer.echo(NOTICE)
    if not math.isfinite(float(e.nllh[0])):
        raise typer.Exit(EXIT_FAILED)


def _figures(objective: Objective, report: FitReport, kind: str) -> list[Path]:
    from jakstat.report.canvas import save
    from jakstat.report.fit_figures import profile_figure, residual_figure, waterfall_figure

    name, sources = (
        objective.problem.name,
        (*objective.problem.sources, f"PEtab problem {objective.problem.name}"),
    )
    made = {"waterfall": waterfall_figure(report.fit, title=name, sources=sources)}
    if report.found is not None:
        made["residuals"] = residual_figure(objective, report.found, title=name, sources=sources)
    if report.profiles:
        made["profiles"] = profile_figure(objective, report.profiles, title=name, sources=sources)
    return [save(drawn, report.folder / f"{file}.{kind}", replace=True) for file, drawn in made.items()]


def _document(objective: Objective, report: FitReport, figures: list[Path]) -> dict[str, Any]:
    """The JSON document; its shape is described in docs/json.md."""
    fit, problem = report.fit, objective.problem
    best = fit.best
    return {
        "problem": problem.name,
        "complete": len(fit.starts) == fit.wanted and not report.interrupted,
        "starts": {"all": fit.wanted, "done": len(fit.starts), "failed": fit.failed,
                   "agreeing": fit.agreeing()},
        "costs": [json_ready(s.found.cost) for s in fit.ranked],
        "best": None if best is None or report.found is None else _best(objective, report),
        "profiles": [
            {"parameter": p.name, "verdict": p.verdict, "interval": [json_ready(v) for v in p.interval],
             "sentence": p.sentence}
            for p in report.profiles
        ],
        "sample": _sample(report),
        "files": [*(str(f) for f in figures), *(str(f) for f in (report.petab, report.ensemble) if f)],
        "manifest": report.manifest.to_dict(),
        "notice": NOTICE,
    }  # fmt: skip


def _best(objective: Objective, report: FitReport) -> dict[str, Any]:
    best, found, problem = report.fit.best, report.found, objective.problem
    assert best is not None
    assert found is not None
    outer = dict(zip(problem.names, map(float, problem.values(best.found.x)), strict=True))
    inner = {p.id: json_ready(float(v)) for p, v in zip(problem.inner, found.inner[0], strict=True)}
    return {
        "cost": best.found.cost, "log_likelihood": json_ready(-float(found.nllh[0])),
        "chi2": json_ready(float(found.chi2[0])), "points": len(problem.measurements), "start": best.number,
        "iterations": best.found.iterations, "reason": best.found.reason, "parameters": outer,
        "solved_within": inner, "chi2_by_observable": _by_observable(objective, report),
    }  # fmt: skip


def _rows(objective: Objective, report: FitReport) -> Iterator[dict[str, Any]]:
    """The parameters of the best fit within their bounds; those solved within a search have a role."""
    best, found, problem = report.fit.best, report.found, objective.problem
    if best is None or found is None:
        return
    for p, v in zip(problem.outer, problem.values(best.found.x), strict=True):
        yield {"parameter": p.id, "role": "", "unit": p.unit, "value": float(v), "low": p.low, "high": p.high}
    for q, v in zip(problem.inner, found.inner[0], strict=True):
        yield {"parameter": q.id, "role": str(q.role), "unit": q.unit, "value": float(v), "low": q.low,
               "high": q.high}  # fmt: skip


def _by_observable(objective: Objective, report: FitReport) -> dict[str, Any]:
    assert report.found is not None
    residual = objective.noise.residual(report.found.simulated, report.found.sigma)[0]
    table: dict[str, list[float]] = {}
    for m, r in zip(objective.problem.measurements, residual, strict=True):
        table.setdefault(objective.problem.observables[m.observable].id, []).append(float(r) ** 2)
    return {name: {"points": len(v), "chi2": json_ready(sum(v))} for name, v in table.items()}


def _sample(report: FitReport) -> dict[str, Any] | None:
    s = report.sample
    if s is None:
        return None
    figures = zip(s.names, s.r_hat, s.effective, strict=True)
    return {
        "vectors": len(s.vectors), "walkers": s.walkers, "sweeps": s.sweeps, "thinning": s.thinning,
        "acceptance": s.acceptance, "converged": s.converged,
        "parameters": {n: json_ready({"r_hat": r, "effective": e}) for n, r, e in figures},
    }  # fmt: skip


def _show(objective: Objective, report: FitReport, figures: list[Path]) -> None:
    from rich.console import Console
    from rich.text import Text

    from jakstat.cli.tables import number, plain_table

    fit, problem = report.fit, objective.problem
    typer.echo(f"{len(fit.starts)} of {fit.wanted} searches done, {fit.failed} failed at their start")
    if fit.best is not None and report.found is not None:
        e = report.found
        typer.echo(
            f"best: log-likelihood {-float(e.nllh[0]):.8g}, "
            f"chi2/n {float(e.chi2[0]) / len(problem.measurements):.4g} "
            f"over {len(problem.measurements)} points; {fit.agreeing()} searches within 1 of it"
        )
        table = plain_table("best fit", "parameter", "unit", "value", "low", "high")
        for row in _rows(objective, report):
            name = f"{row['parameter']} ({row['role']})" if row["role"] else row["parameter"]
            table.add_row(Text(name), Text(row["unit"]), *(number(row[k]) for k in ("value", "low", "high")))
        Console(highlight=False, markup=False).print(table)
    for drawn in report.profiles:
        typer.echo(drawn.sentence)
    if report.sample is not None:
        s = report.sample
        worst = (
            f"largest R-hat {float(max(s.r_hat)):.3f}, smallest effective size {float(min(s.effective)):.0f}"
        )
        mixed = "mixed" if s.converged else "NOT mixed; give more --sweeps"
        typer.echo(f"{len(s.vectors)} posterior vectors: {worst}: {mixed}")
    for path in [*figures, report.petab, report.ensemble]:
        if path is not None:
            typer.echo(f"wrote {path}")
    if report.fit.best is None and not report.interrupted:
        raise typer.Exit(EXIT_FAILED)
    if report.interrupted:
        typer.echo("stopped early; --resume goes on with it")
    typer.echo(NOTICE)
