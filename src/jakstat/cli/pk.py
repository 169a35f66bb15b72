"""`jakstat pk`: what a regimen makes of a drug in plasma."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jakstat.cli.ending import check_any_ran
from jakstat.cli.idle_options import refuse_idle
from jakstat.cli.output import Targets, print_json
from jakstat.cli.own_pk import OF_DATA, OwnConcentrations, own_pk
from jakstat.cli.situation_options import Answer, Seed, framed
from jakstat.store import NOTICE, check_target

if TYPE_CHECKING:
    import xarray as xr

    from jakstat.pharmacology.reported_exposure import Comparison

__all__ = ["pk"]

_DAY_H = 24.0
_GONE = 1e-9  # of the peak: below what the solver resolves


@framed()
def pk(
    own: OwnConcentrations,
    answer: Answer,
    drug: Annotated[str | None, typer.Argument(help="Drug, by any of its names.")] = None,
    regimen: Annotated[
        str | None, typer.Argument(help="e.g. '11 mg/kg IV q3w x 6'; without it the drug is described.")
    ] = None,
    days: Annotated[float | None, typer.Option(help="How long (to the end of the regimen, or 42).")] = None,
    subjects: Annotated[int, typer.Option(help="Virtual subjects; 0 for one typical subject.")] = 1000,
    population: Annotated[str | None, typer.Option(help="In whom, e.g. liver_cancer.")] = None,
    weight: Annotated[float | None, typer.Option(help="Weight of all subjects in kg.")] = None,
    covariate: Annotated[
        list[str] | None, typer.Option(help="Covariate of all subjects: albumin=3.0.")
    ] = None,
    unbound: Annotated[bool, typer.Option("--unbound", help="Draw the unbound drug, in nM.")] = False,
    target: Annotated[bool, typer.Option("--target", help="With free and total soluble target.")] = False,
    doses: Annotated[Path | None, typer.Option(help="A dose table (NONMEM columns) in its place.")] = None,
    export: Annotated[Path | None, typer.Option(help="Write the doses as a table.")] = None,
    reported: Annotated[bool, typer.Option("--reported", help="Ours beside every reported number.")] = False,
    seed: Seed = 1,
) -> None:
    """Exposure to a drug under a regimen, between virtual subjects; or own measured concentrations."""
    from jakstat.errors import problem
    from jakstat.pharmacology.covariate_texts import read_covariates

    if own.data is not None:
        fixed = read_covariates(covariate, weight)
        own_pk(drug, own, answer, regimen=regimen, population=population, covariates=fixed, seed=seed)
        return
    described = regimen is None and doses is None and not reported
    kind = "reported" if reported else "doses" if doses is not None else "one" if described else "regimen"
    targets = answer.targets
    refuse_idle(answer.given, _idle(kind, targets, export, subjects))
    targets.check()
    if export is not None:
        check_target(export, field="--export", replace=targets.force)
    if reported:
        _reported(drug, targets, subjects=subjects, seed=seed)
        return
    if drug is None:
        raise problem("option.missing", "no drug is named", field="DRUG", hint="or give --reported")
    if doses is not None:
        _table(drug, doses, targets, days=days, population=population)
        return
    if regimen is None:
        _describe(drug, targets)
        return
    fixed = read_covariates(covariate, weight)
    from jakstat.pharmacology.exposure import exposure

    found = exposure(
        drug, regimen, subjects=subjects, population=population, days=days, seed=seed, covariates=fixed,
        target=target,
    )  # fmt: skip
    _write(found, plot=targets.plot, export=export, force=targets.force, unbound=unbound, fixed=fixed)
    if targets.tabled:
        from jakstat.pharmacology.exposure_summary import exposure_question, readings, summary

        rows = [{"reading": name, **row} for name, row in summary(readings(found)).items()]
        targets.write_tables(rows, exposure_question(found))
    if targets.as_json:
        from jakstat.pharmacology.exposure_documents import exposure_document

        print_json(exposure_document(found))
    else:
        _show(found)
        for path in (*targets.files, export):
            if path is not None:
                typer.echo(f"wrote {path}")
        typer.echo(NOTICE)
    check_any_ran(found.attrs["failed"], found.sizes["subject"])


_TABLES = ("csv", "xlsx", "force")
_USED = {
    "reported": ("drug", "subjects", "seed", *_TABLES),
    "doses": ("drug", "doses", "days", "population", *_TABLES),
    "one": ("drug", *_TABLES),
}
"""What is asked for, and the options that each question but that of a regimen reads."""
_WITHOUT = {
    "reported": "--reported compares as it was reported",
    "doses": "--doses takes them from the table, in typical subjects",
    "one": "give a regimen",
}


def _idle(kind: str, targets: Targets, export: Path | None, subjects: int) -> dict[str, tuple[bool, str]]:
    """What the options would do, by the kind of question."""
    every = ("regimen", "days", "subjects", "population", "weight", "covariate", "unbound", "target", "doses",
             "export", "seed", "plot", *_TABLES)  # fmt: skip
    writes = (bool(targets.files) or export is not None, "it replaces a file that is written")
    data = dict.fromkeys(OF_DATA, (False, "it goes with --data"))
    if kind in _USED:
        return {name: (name in _USED[kind], _WITHOUT[kind]) for name in every} | data | {"force": writes}
    return data | {
        "unbound": (targets.plot is not None, "it is what --plot draws"),
        "seed": (subjects > 0, "a typical subject draws nothing"),
        "force": writes,
    }


def _write(
    found: xr.Dataset,
    *,
    plot: Path | None,
    export: Path | None,
    force: bool,
    unbound: bool,
    fixed: dict[str, float],
) -> None:
    if plot is not None:
        from jakstat.report.canvas import save
        from jakstat.report.exposure_curves import exposure_curves

        save(exposure_curves(found, unbound=unbound), plot, replace=force)
    if export is not None:
        from jakstat.pharmacology.nonmem import write_dose_table
        from jakstat.pharmacology.subjects import draw_subjects
        from jakstat.pharmacology.table_exposure import regimen_records
        from jakstat.store import write_text

        a = found.attrs
        people = draw_subjects(a["population"], a["subjects"], seed=a["seed"], fixed=fixed)
        until = float(found["time"].values[-1])
        records = regimen_records(a["drug_id"], a["regimen"], people, until_h=until)
        write_text(export, write_dose_table(records), replace=force)


def _show(found: xr.Dataset) -> None:
    from rich.console import Console

    from jakstat.cli.tables import number, plain_table, print_table
    from jakstat.pharmacology.exposure_summary import exposure_question, left_out, readings, summary

    console, a, told = Console(highlight=False), found.attrs, readings(found)
    title = f"{exposure_question(found)}; {a['failed']} failed"
    heads = ("mean", "median", "sd", "5 %", "95 %") if a["subjects"] else ("value",)
    table = plain_table(title, "reading", *heads, "unit", "grade")
    for name, row in summary(told).items():
        unit, scale = str(row["unit"]), 1.0
        if unit == "h" and float(row["median"]) >= 4 * _DAY_H:
            unit, scale = "day", 1.0 / _DAY_H
        keys = ("mean", "median", "sd", "low", "high") if a["subjects"] else ("median",)
        cells = [number(float(row[k]) * scale) for k in keys]
        table.add_row(name, *cells, unit, str(row["grade"]))
    print_table(console, table)
    for reason, names in _by_reason(left_out(told)).items():
        console.print(f"left out: {', '.join(names)}: {reason}", soft_wrap=True)
    share = f"unbound share {a['fraction_unbound']:g} (numbers of unbound drug: {a['unbound_grade']})"
    console.print(f"total drug in plasma; {share}")
    if "free_target" in found:
        _show_target(console, found)


def _by_reason(why: dict[str, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, reason in why.items():
        found.setdefault(reason, []).append(name)
    return found


def _show_target(console: object, found: xr.Dataset) -> None:
    import numpy as np
    from rich.console import Console

    assert isinstance(console, Console)
    for kind, words in (("free_target", "free"), ("total_target", "total")):
        curves, name = found[kind].values, found.attrs["target"]
        change = np.nanmedian(curves[:, -1] / curves[:, 0])
        console.print(f"{words} {name} at the end, relative to the start: {change:.3g} (median; assumed)")


def _wrote(targets: Targets) -> None:
    for path in targets.files:
        typer.echo(f"wrote {path}")


def _describe(drug: str, targets: Targets) -> None:
    from jakstat.pharmacology.pk_library import pk_model

    model = pk_model(drug)
    numbers = [
        {"id": k, "value": r.value, "unit": r.unit, "low": r.low, "high": r.high, "grade": r.grade,
         "source": r.source, "note": r.note}
        for k, r in model.numbers.items()
    ]  # fmt: skip
    targets.write_tables(numbers, f"numbers of {model.name}")
    if targets.as_json:
        head = {
            "drug": model.name,
            "kind": model.kind,
            "parts": list(model.parts),
            "routes": list(model.routes),
        }
        tail = {
            "regimens": [dict(r) for r in model.regimens],
            "toxicities": [dict(t) for t in model.toxicities],
        }
        print_json(
            {
                **head,
                "population": model.population,
                "grade": model.grade,
                "numbers": numbers,
                **tail,
                "notice": NOTICE,
            }
        )
        return
    parts, routes = ", ".join(model.parts), ", ".join(model.routes)
    typer.echo(f"{model.name} ({model.kind}): {parts}; given {routes}; {model.grade}")
    for row in numbers:
        span = f"({row['low']:g}..{row['high']:g})"
        told = f"{row['value']:>10g} {row['unit']:<14}{span:<22}{row['grade']:<9}{row['source']}"
        typer.echo(f"  {row['id']:<18}{told}")
    for entry in model.regimens:
        typer.echo(f"  regimen: {entry['text']} ({entry['note']}; {entry['source']})")
    for entry in model.toxicities:
        typer.echo(f"  toxicity: {entry['text']} ({entry['source']})")
    _wrote(targets)
    typer.echo(NOTICE)


def _table(drug: str, doses: Path, targets: Targets, *, days: float | None, population: str | None) -> None:
    from jakstat.limits import LIMITS
    from jakstat.pharmacology.nonmem import read_dose_table
    from jakstat.pharmacology.table_exposure import table_exposure
    from jakstat.tables import read_file

    data = read_file(doses, most=LIMITS.table_bytes, field="--doses")
    table = read_dose_table(data, file=doses.name)
    found = table_exposure(drug, table.records, days=days, population=population)
    targets.write_tables(_table_rows(found), f"{found.attrs['drug']}, doses of {doses.name}")
    if targets.as_json:
        from jakstat.pharmacology.exposure_documents import table_document

        print_json(table_document(found, passed_over=table.passed_over))
    else:
        _show_table(found, doses.name, table.passed_over)
        _wrote(targets)
        typer.echo(NOTICE)
    check_any_ran(found.attrs["failed"], found.sizes["subject"])


def _show_table(found: xr.Dataset, file: str, passed_over: object) -> None:
    a, people = found.attrs, str(found.attrs["population"]).replace("_", " ")
    each = f"IDs {found.sizes['subject']}, each a typical subject of {people}, {a['days']:g} days"
    typer.echo(f"{a['drug']}, doses of {file}: {each}; {a['failed']} failed; numbers {a['grade']}")
    if passed_over:
        typer.echo(f"passed over: {passed_over}")
    for name in found["subject"].values:
        one = {k: float(found[k].sel(subject=name)) for k in ("doses", "given", "peak", "peak_time", "area")}
        last = float(found["total"].sel(subject=name)[-1])
        last = last if last > _GONE * one["peak"] else 0.0
        told = f"doses {one['doses']:g}, {one['given']:g} mg in all; highest {one['peak']:.3g} mg/L at "
        told += f"{one['peak_time']:.3g} h, area {one['area']:.3g} mg*h/L, last {last:.3g} mg/L"
        typer.echo(f"  {name}: {told}")


def _table_rows(found: xr.Dataset) -> list[dict[str, Any]]:
    keys = {"doses": "doses", "given": "given_mg", "peak": "peak_mg_per_L", "peak_time": "peak_time_h",
            "area": "area_mg_h_per_L"}  # fmt: skip
    return [
        {"ID": str(name), **{head: float(found[key].sel(subject=name)) for key, head in keys.items()}}
        for name in found["subject"].values
    ]


def _reported(drug: str | None, targets: Targets, *, subjects: int, seed: int) -> None:
    from jakstat.errors import problem
    from jakstat.pharmacology.exposure_documents import reported_document
    from jakstat.pharmacology.pk_library import pk_model
    from jakstat.pharmacology.reported_exposure import compare_reported, reported

    rows = reported()
    if drug is not None:
        model = pk_model(drug)
        rows = tuple(r for r in rows if r.drug == model.id)
        if not rows:
            known = ", ".join(dict.fromkeys(r.drug for r in reported()))
            raise problem("pk.reported", f"nothing is reported for {model.name}", field="DRUG", hint=known)
    if subjects < 2:
        raise problem("count.range", f"{subjects} is out of range", field="--subjects", hint="2 or more")
    found = compare_reported(rows, subjects=subjects, seed=seed)
    document = reported_document(found, subjects=subjects, seed=seed)
    asked = f"reported exposure beside {subjects} virtual subjects, seed {seed}"
    targets.write_tables(document["rows"], asked)
    if targets.as_json:
        print_json(document)
    else:
        _show_reported(found, subjects=subjects, seed=seed)
        _wrote(targets)
        typer.echo(NOTICE)
    check_any_ran(sum(not math.isfinite(row.ours) for row in found), len(found))


def _show_reported(found: Sequence[Comparison], *, subjects: int, seed: int) -> None:
    from rich.console import Console

    from jakstat.cli.tables import number, plain_table, print_table

    console = Console(highlight=False)
    table = plain_table(
        f"reported and ours, {subjects} virtual subjects, seed {seed}",
        "drug", "regimen", "population", "reading", "reported", "ours", "unit", "deviation",
        "", "grade", "fact",
    )  # fmt: skip
    for row in found:
        r = row.reported
        table.add_row(
            r.drug, r.regimen, r.population, f"{r.statistic} {r.metric}", number(r.value), number(row.ours),
            r.unit, f"{100 * row.deviation:+.1f} %", "within" if row.passes else "OUTSIDE", row.grade, r.fact,
        )  # fmt: skip
    print_table(console, table)
    for row in found:
        if not row.passes:
            console.print(
                f"outside: {row.reported.id} {row.reported.drug}: {row.reported.note}", soft_wrap=True
            )
    console.print(f"{sum(r.passes for r in found)} of {len(found)} within")
