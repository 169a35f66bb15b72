"""`jakstat population`: virtual patients as a file, and how well they show what was observed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jakstat.cli.idle_options import print_schema, refuse_idle
from jakstat.cli.output import waiting
from jakstat.cli.situation_options import Answer, Seed, framed
from jakstat.store import NOTICE, check_target

if TYPE_CHECKING:
    from rich.console import Console

    from jakstat.population.cohort_making import CohortPlan, MadeCohort
    from jakstat.report.canvas import Figure

__all__ = ["population"]

_PERCENT = 100.0
_TOLD = ("age", "weight", "albumin", "bilirubin", "ALBI", "IL6", "CRP", "AFP", "sum", "lesions",
         "doubling_60d", "CD8", "TAM", "pSTAT3_bulk")  # fmt: skip


@framed()
def population(
    answer: Answer,
    source: Annotated[
        str | None,
        typer.Argument(
            help="A population by name, a population file (YAML), or a cohort (.parquet); all if not given."
        ),
    ] = None,
    patients: Annotated[int, typer.Option(help="How many patients.")] = 1000,
    seed: Seed = 1,
    out: Annotated[
        Path | None, typer.Option(help="Write the patients (.parquet), for `jakstat trial`.")
    ] = None,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of a population file.")
    ] = False,
) -> None:
    """Draw virtual patients, leave out who is not plausible, and weight them by what was observed."""
    if schema:
        from jakstat.population.population_schema import population_schema_text

        return print_schema(answer.given, population_schema_text)
    if source is None:
        _refuse(answer, answer.given - {"as_json", "csv", "xlsx", "force"}, "name a population")
        _list(answer)
        return
    written = out is not None or bool(answer.targets.files)
    refuse_idle(answer.given, {"force": (written, "it replaces a file that is written")})
    _checked(answer, out)
    if source.lower().endswith(".parquet"):
        _describe(answer, source)
        return
    _make(answer, source, patients, seed, out)


def _refuse(answer: Answer, idle: frozenset[str], hint: str) -> None:
    refuse_idle(answer.given, dict.fromkeys(sorted(idle), (False, hint)))


def _checked(answer: Answer, out: Path | None) -> None:
    from jakstat.errors import problem

    answer.targets.check()
    if out is not None:
        if out.suffix.lower() != ".parquet":
            raise problem("out.format", f"'{out.name}' is no kind of cohort", field="--out", hint=".parquet")
        check_target(out, field="--out", replace=answer.force)
        if out.absolute() in {path.absolute() for path in answer.targets.files}:
            raise problem("file.exists", "--out names the file of another option", field="--out")


def _make(answer: Answer, source: str, patients: int, seed: int, out: Path | None) -> None:
    from jakstat.population.cohort_document import cohort_document, cohort_question, patient_rows
    from jakstat.population.cohort_file import write_cohort
    from jakstat.population.cohort_making import make_cohort

    plan = _plan(source)
    asked = cohort_question(plan, patients, seed)
    with waiting("drawing patients", quiet=answer.as_json) as say:
        made = make_cohort(plan, patients, seed=seed, progress=lambda n, of: say(f"{n} of {of} patients"))

    def figure() -> Figure:
        from jakstat.report.population_match import population_match

        return population_match(made, patients)

    if out is not None:
        write_cohort(made, out, asked=patients, replace=answer.force)
    answer.give(
        str(asked["asked"]),
        figure=figure,
        document=lambda: cohort_document(made, patients),
        rows=lambda _: patient_rows(made.patients),
        show=lambda console: _show(console, made, out),
    )


def _describe(answer: Answer, source: str) -> None:
    """A cohort that was made before."""
    from jakstat.population.cohort_document import patient_rows, stored_document
    from jakstat.population.cohort_file import read_cohort

    _refuse(answer, answer.given & {"patients", "seed", "out", "plot"}, "the cohort is made already")
    patients = read_cohort(source)
    found = stored_document(patients)

    def show(console: Console) -> None:
        size, weights = found["effective_sample_size"], found["weights"]
        words = f"effective sample size {size:.0f} (weights {weights['low']:.2g} to {weights['high']:.2g})"
        console.print(words, soft_wrap=True)
        _show_numbers(console, found["numbers"])

    answer.give(
        str(found["asked"]),
        document=lambda: found,
        rows=lambda _: patient_rows(patients),
        show=show,
    )


def _plan(source: str) -> CohortPlan:
    from jakstat.population.cohort_making import plan_of_shipped
    from jakstat.population.population_file import read_population

    if source.lower().endswith((".yaml", ".yml")):
        return read_population(source)
    return plan_of_shipped(source)


def _show(console: Console, made: MadeCohort, out: Path | None) -> None:
    from jakstat.cli.tables import number, plain_table, print_table
    from jakstat.population.cohort_document import cohort_document

    found = cohort_document(made, made.patients.count)
    console.print(_flow(found), soft_wrap=True)
    table = plain_table("what was observed", "", "observed", "as drawn", "weighted", "unit", "", "source")
    for one in found["match"]:
        share = one["reading"] == "share"
        values = [one["wanted"], one["unweighted"], one["weighted"]]
        told = [number(float("nan") if v is None else v * (_PERCENT if share else 1.0)) for v in values]
        unit = "%" if share else one["unit"]
        table.add_row(one["what"], *told, unit, "" if one["met"] else "not met", one["source"])
    print_table(console, table)
    _show_numbers(console, found["numbers"])
    if found["removed"]:
        console.print(f"removed: {_removed(found['removed'])}", soft_wrap=True)
    if out is not None:
        console.print(f"wrote {out}", soft_wrap=True)


def _show_numbers(console: Console, numbers: list[dict[str, Any]]) -> None:
    from jakstat.cli.tables import number, plain_table, print_table

    table = plain_table("patients, weighted; more in --json", "", "25 %", "median", "75 %", "unit")
    for one in numbers:
        if one["name"] in _TOLD:
            cells = [number(float("inf") if one[q] is None else one[q]) for q in ("q25", "median", "q75")]
            table.add_row(one["name"], *cells, "" if one["unit"] == "dimensionless" else one["unit"])
    print_table(console, table)


def _flow(found: dict[str, Any]) -> str:
    return (
        f"{found['drawn']} drawn, {len(found['removed'])} not plausible, {found['turned_away']} not let in, "
        f"{found['patients']} in the cohort; effective sample size {found['effective_sample_size']:.0f} "
        f"(weights {found['weights']['low']:.2g} to {found['weights']['high']:.2g})"
    )


def _removed(removed: list[dict[str, Any]]) -> str:
    """Who was left out, by rule."""
    by_rule: dict[str, list[int]] = {}
    for one in removed:
        by_rule.setdefault(one["rule"], []).append(one["patient"])
    parts = []
    for rule, who in sorted(by_rule.items(), key=lambda item: -len(item[1])):
        shown = ", ".join(str(patient) for patient in who[:8])
        parts.append(f"{rule} (patient {shown}{' ...' if len(who) > 8 else ''})")
    return "; ".join(parts)


def _list(answer: Answer) -> None:
    from jakstat.population.cohort_document import listed_document

    found = listed_document()

    def show() -> None:
        for one in found["populations"]:
            grades = ", ".join(f"{n} {grade}" for grade, n in sorted(one["grades"].items()))
            typer.echo(f"{one['population']:<14}{one['about']}; numbers: {grades}")
        typer.echo(NOTICE)

    answer.listing("populations of virtual patients", document=found, rows=found["populations"], show=show)
