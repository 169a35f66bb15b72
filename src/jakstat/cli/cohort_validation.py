"""What `jakstat validate --scale patient` prints: behaviours of a cohort, and SHARP under every option."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from jakstat.cli.output import Targets, print_json
from jakstat.store import NOTICE

if TYPE_CHECKING:
    from collections.abc import Callable

    from jakstat.population.patient_validation import CohortValidation

__all__ = ["validate_cohort"]


def validate_cohort(
    patients: int,
    seed: int,
    *,
    targets: Targets,
    on_step: Callable[[int, int], None],
) -> CohortValidation:
    """Run the cohort, and print or write what came out."""
    from jakstat.population.patient_validation import validate_patients

    found = validate_patients(patients, seed, on_step=on_step)
    asked = f"published behaviours beside {patients} virtual patients, seed {seed}"
    targets.write_tables([asdict(row) for row in found.rows], asked)
    if targets.as_json:
        print_json(found.to_document())
        return found
    _show(found)
    for path in targets.files:
        typer.echo(f"wrote {path}")
    typer.echo(NOTICE)
    return found


def _show(found: CohortValidation) -> None:
    from rich.console import Console

    from jakstat.cli.tables import number, plain_table, print_table

    console = Console(highlight=False)
    for counts, title in ((True, "must hold"), (False, "beside")):
        table = plain_table(title, "id", "", "published", "bracket", "model", "unit", "")
        for row in (r for r in found.rows if r.counts == counts):
            model = "-" if row.model is None else number(row.model)
            mark = "ok" if row.ok else ("FAILED" if counts else "outside")
            bracket = f"{number(row.low)} to {number(row.high)}"
            table.add_row(row.id, row.origin, number(row.wanted), bracket, model, row.unit, mark)
        print_table(console, table)
    shown = [k for k in found.options[0] if k != "option"] if found.options else []
    table = plain_table("SHARP under every option of how death follows the burden", "option", *shown)
    for option in found.options:
        cells = [option[k] for k in shown]
        table.add_row(str(option["option"]), *(number(float(c)) for c in cells))
    print_table(console, table)
    for row in found.counted:
        if not row.ok:
            typer.echo(f"{row.id} failed: {row.what}")
    typer.echo("")
    told = f"{found.passed} of {len(found.counted)} behaviours hold"
    origins = {o: [r for r in found.counted if r.origin == o] for o in ("fitted", "built in", "emerged")}
    parts = [f"{o} {sum(r.ok for r in rows)} of {len(rows)}" for o, rows in origins.items() if rows]
    typer.echo(f"{told} in {found.patients} patients of seed {found.seed}: {', '.join(parts)}")
