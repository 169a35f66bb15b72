"""``python -m scripts.fit_patient``: growth, fit, write, report."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from jakstat.population import margins
from jakstat.population.margins import population_rows
from jakstat.population.outcome_numbers import outcome_numbers
from scripts.fit_patient.objective import SPREADS, courses, growth_and_blood
from scripts.fit_patient.report import page
from scripts.fit_patient.search import (
    DRUG,
    MIDDLE,
    NEW_LESION,
    SURVIVAL,
    crp_of,
    growth_of,
    measured,
    search,
)
from scripts.fit_patient.tables import SOURCES, write_number

FITS = Path(__file__).resolve().parents[2] / "docs" / "fits"
RESULT = FITS / "patient.json"
HOURS_PER_MONTH = 730.5
DRUG_TABLE, OUTCOMES, MARGINS = (
    "biology/parameters/tumour_drugs.csv",
    "population/outcomes.csv",
    "population/margins.csv",
)


def main(arguments: argparse.Namespace) -> int:
    """Run a command."""
    if arguments.command == "growth":
        return growth(arguments)
    if arguments.command == "fit":
        start = starting_values()
        found = search(
            arguments.patients, arguments.seed, start, evaluations=arguments.evaluations, tell=said
        )
        RESULT.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    if arguments.command == "measure":
        before = json.loads(RESULT.read_text(encoding="utf-8"))
        found = measured(before["patients"], before["seed"], own_values)
        RESULT.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    if arguments.command == "write":
        write(json.loads(RESULT.read_text(encoding="utf-8")))
    if arguments.command == "report":
        (FITS / "patient.md").write_text(
            page(json.loads(RESULT.read_text(encoding="utf-8"))), encoding="utf-8"
        )
    return 0


def said(text: str) -> None:
    """Tell how far the search is."""
    print(text, file=sys.stderr, flush=True)


def growth(arguments: argparse.Namespace) -> int:
    """Rounds of pace and CRP, each written into the tables before the next."""
    for _ in range(arguments.rounds):
        run, rows = courses("sharp", arguments.patients, arguments.seed, weeks=9), population_rows("sharp")
        said(str(growth_and_blood(run)))
        factor, power = growth_of(run, rows["pace.factor"].value, rows["pace.power"].value)
        median = crp_of(run, rows["CRP_reference.median"].value)
        write_number(MARGINS, ("any", "pace.factor"), factor, SOURCES["growth"])
        write_number(MARGINS, ("any", "pace.power"), power, SOURCES["growth"])
        write_number(MARGINS, ("any", "CRP_reference.median"), median, SOURCES["CRP"])
        for cached in (margins._table, margins.shipped_population):
            cached.cache_clear()
    return 0


def starting_values() -> dict[str, float]:
    """The tables' values of what is fitted to SHARP; hazards in 1/h."""
    from jakstat.patients.bodies import body_of

    constants, body = outcome_numbers(MIDDLE), body_of("hepg2", "hcc", ("sorafenib",))
    rows = population_rows("sharp")
    found = {name: body.value(name) for name in DRUG} | {name: rows[name].value for name in SPREADS}
    return found | {name: constants[name] for name in (NEW_LESION, *SURVIVAL)}


def own_values(burden: str) -> dict[str, float]:
    """The tables' values of what an option was fitted by."""
    constants, common = outcome_numbers(burden), starting_values() if burden == MIDDLE else {}
    return common | {name: constants[name] for name in SURVIVAL}


def write(result: dict[str, dict[str, dict[str, dict[str, float]]]]) -> None:
    """The fitted numbers into the tables."""
    middle = result["options"][MIDDLE]["values"]
    for name in DRUG:
        write_number(DRUG_TABLE, (name,), middle[name], SOURCES["SHARP"])
    for name in SPREADS:
        write_number(MARGINS, ("any", name), middle[name], SOURCES["SHARP"])
    hazard = middle[NEW_LESION] * HOURS_PER_MONTH
    write_number(OUTCOMES, ("any", NEW_LESION), hazard, SOURCES["SHARP"])
    for option, found in result["options"].items():
        values = found["values"]
        hazard = values["death_tumour"] * HOURS_PER_MONTH
        write_number(OUTCOMES, (option, "death_tumour"), hazard, SOURCES["SHARP"])
        write_number(OUTCOMES, (option, "death_progressed"), values["death_progressed"], SOURCES["SHARP"])


def parser() -> argparse.ArgumentParser:
    """The command line."""
    found = argparse.ArgumentParser(prog="python -m scripts.fit_patient", description=__doc__)
    commands = found.add_subparsers(dest="command", required=True)
    before = commands.add_parser("growth", help="pace and CRP of untreated patients, into the tables")
    before.add_argument("--rounds", type=int, default=3)
    trial = commands.add_parser("fit", help="sorafenib and survival on SHARP, into docs/fits/patient.json")
    trial.add_argument("--evaluations", type=int, default=120)
    for command, patients in ((before, 600), (trial, 160)):
        command.add_argument("--patients", type=int, default=patients)
        command.add_argument("--seed", type=int, default=101)
    commands.add_parser("measure", help="what the tables' numbers give now, in the cohort of the last fit")
    commands.add_parser("write", help="the result into the product's tables")
    commands.add_parser("report", help="docs/fits/patient.md from the result and the tables")
    return found


if __name__ == "__main__":
    sys.exit(main(parser().parse_args()))
