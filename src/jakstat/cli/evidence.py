"""`jakstat evidence`: which claims of the literature the model reproduces, and which it contradicts."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jakstat.cli.ending import check_any_ran
from jakstat.cli.idle_options import given_options, refuse_idle
from jakstat.cli.output import Targets, print_json, waiting
from jakstat.cli.situation_options import Csv, Xlsx
from jakstat.store import NOTICE

if TYPE_CHECKING:
    from jakstat.evidence.verdicts import ClaimVerdict, Finding, Report

__all__ = ["Scale", "document", "evidence"]


class Scale(StrEnum):
    """What claims are about."""

    cell = "cell"
    patient = "patient"


_LANES = {Scale.cell: 200, Scale.patient: 64}


def evidence(
    command_context: typer.Context,
    module: Annotated[str | None, typer.Option(help="Only one module, e.g. feedback.")] = None,
    claim: Annotated[str | None, typer.Option(help="Only one claim, e.g. C117.")] = None,
    scale: Annotated[Scale, typer.Option(help="Claims on cells, or on tumours and patients.")] = Scale.cell,
    lanes: Annotated[
        int | None,
        typer.Option(help="Parameter vectors drawn within their graded ranges: 200, for patients 64."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the draws.")] = 1,
    plot: Annotated[Path | None, typer.Option(help="With --claim: draw control against perturbed.")] = None,
    csv: Csv = None,
    xlsx: Xlsx = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Put claims to the test over an ensemble of parameter vectors.

    JSON: {"claims": [{"id", "verdict", "role", "expected", "scale", "control", "perturbed", "effect",
    "readout", "agree", "doubtful", "reason", "experiments": [...]}], "counts": {"verdict", "role",
    "scale_cell", ...}, "lanes", "seed", "simulations", "notice"}.
    """
    written = (any((plot, csv, xlsx)), "add --plot, --csv or --xlsx")
    refuse_idle(given_options(command_context), {"force": written})
    from jakstat.errors import problem
    from jakstat.evidence.verdicts import claim_verdict
    from jakstat.population.claims.claim_verdicts import patient_claim_verdicts

    of_patients = scale is Scale.patient
    lanes = lanes if lanes is not None else _LANES[scale]
    if of_patients and plot is not None:
        raise problem("option.alone", "--plot draws claims on cells", field="--plot", hint="leave it out")
    if plot is not None:
        from jakstat.report.canvas import check_figure

        if claim is None:
            raise problem("option.alone", "--plot draws one claim", field="--plot", hint="add --claim C117")
        check_figure(plot, replace=force)
    targets = Targets(plot=plot, csv=csv, xlsx=xlsx, force=force, as_json=as_json)
    targets.check()
    with waiting("reading the claims", quiet=as_json) as progress:
        ask = patient_claim_verdicts if of_patients else claim_verdict
        report = ask(module=module, claim=claim, lanes=lanes, seed=seed, progress=progress)
    asked = f"claims of the literature, {report.lanes} parameter vectors, seed {report.seed}"
    targets.write_tables(_rows(report), asked)
    if plot is not None and claim is not None:
        from jakstat.report.canvas import save
        from jakstat.report.claim_figure import claim_figure

        save(claim_figure(claim, lanes=min(lanes, 50), seed=seed), plot, replace=force)
    if as_json:
        print_json(document(report))
    else:
        _show(report)
        for path in targets.files:
            typer.echo(f"wrote {path}")
    found = [f for v in report.verdicts for f in v.findings]
    check_any_ran(sum(f.failed for f in found), report.lanes * len(found))


def _first(verdict: ClaimVerdict) -> Finding | None:
    """The experiment that made the verdict."""
    deciding = [f for f in verdict.findings if f.verdict == verdict.verdict]
    return deciding[0] if deciding else None


def _experiment(f: Finding) -> dict[str, Any]:
    return {
        "id": f.id,
        "readout": f.readout,
        "reading": f.reading,
        "expect": f.expect,
        "control": f.control,
        "perturbed": f.perturbed,
        "effect": f.effect,
        "low": f.low,
        "high": f.high,
        "unit": f.unit,
        "agree": f.agree,
        "opposite": f.opposite,
        "failed": f.failed,
        "verdict": f.verdict,
    }


def document(report: Report) -> dict[str, Any]:
    """The JSON document of a report."""
    rows = []
    for v in report.verdicts:
        f = _first(v)
        rows.append(
            {
                "id": v.claim.id,
                "verdict": v.verdict,
                "role": v.role,
                "expected": v.claim.expected,
                "scale": v.claim.scale,
                "control": None if f is None else f.control,
                "perturbed": None if f is None else f.perturbed,
                "effect": None if f is None else f.effect,
                "readout": None if f is None else f.readout,
                "agree": None if f is None else f.agree,
                "doubtful": v.claim.doubtful,
                "reason": v.reason,
                "experiments": [_experiment(x) for x in v.findings],
            }
        )
    return {
        "claims": rows,
        "counts": report.counts(),
        "lanes": report.lanes,
        "seed": report.seed,
        "simulations": report.simulations,
        "notice": NOTICE,
    }


def _rows(report: Report) -> Iterator[dict[str, Any]]:
    """A row for each experiment of each claim, and one for a claim without."""
    for entry in document(report)["claims"]:
        own = {key: entry[key] for key in ("id", "verdict", "role", "scale", "doubtful", "reason")}
        for one in entry["experiments"] or [{}]:
            yield {**own, **{f"experiment_{key}": value for key, value in one.items()}}


def _show(report: Report) -> None:
    from jakstat.cli.tables import number

    for v in report.verdicts:
        f = _first(v)
        line = f"{v.claim.id}  {v.verdict:<13}{v.role or '':<10}{v.claim.statement}"
        typer.echo(line)
        if f is not None and f.perturbed is not None:
            was = "" if f.control is None else f"{number(f.control)} -> "
            typer.echo(f"      {f.readout} {f.reading}: {was}{number(f.perturbed)} {f.unit}".rstrip())
        if v.verdict != "supported" and v.reason:
            typer.echo(f"      {v.reason}")
        if v.claim.doubtful:
            typer.echo(f"      doubtful: {v.claim.doubtful}")
    for name, counts in report.counts().items():
        said = ", ".join(f"{n} {what}" for what, n in sorted(counts.items()))
        typer.echo(f"{name.replace('_', ' ')}: {said or 'none'}")
    typer.echo(f"{report.simulations} simulations, {report.lanes} parameter vectors, seed {report.seed}")
    typer.echo(NOTICE)
