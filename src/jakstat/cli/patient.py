"""`jakstat patient`: a patient under treatment, beside himself untreated."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jakstat.cli.ending import check_any_ran
from jakstat.cli.idle_options import given_options, print_schema, refuse_idle
from jakstat.cli.output import Targets, print_json, waiting
from jakstat.cli.situation_options import AsJson, Csv, Force, Plot, Seed, Xlsx
from jakstat.store import NOTICE, check_target, write_text

if TYPE_CHECKING:
    from rich.console import Console

    from jakstat.experiment.labelled import Labelled

__all__ = ["patient"]

_MONTH = 730.5
_GONE = 1e-9  # of the highest level: below what the solver resolves
_COLUMNS = (
    "volume_mL",
    "necrosis_dimensionless",
    "sum_read_mm",
    "CRP_mg_per_L",
    "AFP_ng_per_ml",
    "albumin_g_per_L",
    "IL6_serum_pg_per_ml",
)


def patient(
    command_context: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="Patient file (YAML).")] = None,
    regimen: Annotated[
        list[str] | None, typer.Option(help="'sorafenib 400 mg PO BID'; repeat it for further drugs.")
    ] = None,
    until: Annotated[str, typer.Option(help="How long the patient is followed, e.g. 24mo.")] = "24mo",
    visits: Annotated[str, typer.Option(help="How often the tumour is measured, e.g. 6w.")] = "6w",
    resect: Annotated[str | None, typer.Option(help="When the tumour is taken out, e.g. 3mo.")] = None,
    residual: Annotated[
        str | None,
        typer.Option(help="What stays behind: '1e8 cells', '0.1 mL', '5 mm'; both open sizes if not given."),
    ] = None,
    stop_at_progression: Annotated[
        bool, typer.Option("--stop-at-progression", help="End treatment at the visit that shows progression.")
    ] = False,
    noise: Annotated[
        float | None, typer.Option(help="Spread of a reading of the sum of diameters (0.04).")
    ] = None,
    aetiology: Annotated[
        str | None, typer.Option(help="Default patient: HBV, HCV, alcohol, MASH or none.")
    ] = None,
    stage: Annotated[str | None, typer.Option(help="Default patient: BCLC stage A, B or C.")] = None,
    disease: Annotated[str | None, typer.Option(help="Default patient: hcc or osteosarcoma.")] = None,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of a patient file.")
    ] = False,
    seed: Seed = 1,
    plot: Plot = None,
    csv: Csv = None,
    xlsx: Xlsx = None,
    export: Annotated[
        Path | None, typer.Option(help="Write him as SBML: his numbers, at his first visit, no dose given.")
    ] = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Follow a patient under treatment, and beside him the same patient untreated."""
    given = given_options(command_context)
    if schema:
        from jakstat.patients.patient_schema import patient_schema_text

        return print_schema(given, patient_schema_text)
    default = {"aetiology": aetiology, "stage": stage, "disease": disease}
    hint = "the file says it"
    refuse_idle(
        given,
        {
            **dict.fromkeys(default, (file is None, hint)),
            "residual": (resect is not None, "add --resect"),
            "stop_at_progression": (bool(regimen), "add --regimen"),
            "force": (
                any(target is not None for target in (plot, csv, xlsx, export)),
                "it replaces a file that is written",
            ),
        },
    )
    targets = Targets(plot=plot, csv=csv, xlsx=xlsx, force=force, as_json=as_json)
    targets.check()
    if export is not None:
        check_target(export, field="--export", replace=force)
    from jakstat.patients.answer import follow_patient, patient_sbml
    from jakstat.patients.plan import patient_plan

    who = file if file is not None else {key: value for key, value in default.items() if value is not None}
    plan = patient_plan(
        who, regimen, until, visits, resect=resect, residual=residual,
        stop_at_progression=stop_at_progression, noise=noise, seed=seed,
    )  # fmt: skip
    with waiting("following the patient", quiet=as_json):
        found = follow_patient(plan)
        if export is not None:
            write_text(export, patient_sbml(plan), replace=force)
    _deliver(found, targets)


def _deliver(found: Labelled, targets: Targets) -> None:
    from jakstat.patients.patient_document import patient_document, visit_rows

    drawn = None
    if targets.plot is not None:
        from jakstat.report.patient_course import patient_course

        drawn = patient_course(found.to_dataset())
    if targets.tabled:
        targets.write_tables(visit_rows(found), str(found.attrs["title"]))
    if targets.plot is not None and drawn is not None:
        from jakstat.report.canvas import save

        save(drawn, targets.plot, replace=targets.force)
    if targets.as_json:
        print_json(patient_document(found))
    else:
        _show(found)
        for path in targets.files:
            typer.echo(f"wrote {path}")
        typer.echo(NOTICE)
    check_any_ran(int(found.attrs["failed"]), found.sizes["patient"], str(found.attrs["outcome"]))


def _show(found: Labelled) -> None:
    from rich.console import Console

    from jakstat.patients.patient_document import lane_summaries, visit_rows
    from jakstat.store import attribute

    console = Console(highlight=False)
    console.print(str(found.attrs["title"]), soft_wrap=True)
    asked = attribute(found.attrs, "question")
    filled = ", ".join(asked["from_default"])
    console.print(f"from the default patient ({asked['default_patient']}): {filled}", soft_wrap=True)
    rows, courses = list(visit_rows(found)), lane_summaries(found)
    shown = [next((c for c in courses if c["treated"] == t), None) for t in (True, False)]
    for course in filter(None, shown):
        _show_visits(console, course, [r for r in rows if r["course"] == course["course"]])
    _show_courses(console, courses, resected=asked["resected_h"] is not None)
    failed = int(found.attrs["failed"])
    if failed:
        console.print(f"{failed} of {len(courses)} courses failed: {found.attrs['outcome']}")


def _show_visits(console: Console, course: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    from jakstat.cli.tables import number, plain_table, print_table

    drugs = [key for key in rows[0] if key.endswith("_unbound_nM")] if course["treated"] else []
    columns = [key for key in (*_COLUMNS, *drugs) if key in rows[0]]
    heads = [_head(key) for key in columns]
    table = plain_table(course["course"], "week", "response", *heads)
    gone = {key: _GONE * max(row[key] for row in rows) for key in drugs}
    for row in rows:
        cells = [number(0.0 if row[key] <= gone.get(key, -math.inf) else row[key]) for key in columns]
        response = row["response"] if row["response"] != "NE" else ""
        table.add_row(f"{row['visit_days'] / 7:.4g}", response, *cells)
    print_table(console, table)


def _head(key: str) -> str:
    """A column's name with its unit, as ``CRP mg/L``."""
    name, _, unit = key.removesuffix("_dimensionless").replace("_per_", "/").rpartition("_")
    return f"{name.replace('_', ' ')} {unit}".strip()


def _show_courses(console: Console, courses: list[dict[str, Any]], *, resected: bool) -> None:
    from jakstat.cli.tables import number, plain_table, print_table

    console.print("what data leave open, with every result that depends on it:")
    heads = ["best", "progression", "CRP in a week %"]
    heads += ["recurrence", "chance to regrow"] if resected else []
    table = plain_table("", "course", *heads)
    for c in courses:
        cells = [
            c["best_response"],
            _when(c["time_to_progression_h"], happened=c["progressed"]),
            number(100.0 * c.get("CRP_change_in_a_week", float("nan"))),
        ]
        if resected:
            cells += [_when(c["time_to_recurrence_h"], happened=c["recurred"])]
            cells += [number(c.get("regrowth_chance", float("nan")))]
        table.add_row(c["course"], *cells)
    print_table(console, table)


def _when(hours: float, *, happened: bool) -> str:
    if not happened and hours == 0.0:
        return "-"
    return f"{'' if happened else '> '}{hours / _MONTH:.1f} mo"
