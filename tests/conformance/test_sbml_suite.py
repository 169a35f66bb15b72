"""The SBML Test Suite: every case passes within the suite's tolerances or is refused by name.

One setting for all cases. The suite is not part of this repository; see shared_data.py.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from jakstat.engine.load import load_sbml
from jakstat.engine.network.unsupported import UNSUPPORTED
from jakstat.engine.result import Result
from jakstat.errors import InputError, Outcome
from long_rows import rest_long
from shared_data import SHARED, needs_shared

SUITE = SHARED / "data" / "sbml-test-suite"
RTOL, ATOL = 1e-9, 1e-13
METHODS = ("rodas5p", "LSODA")
"""The batched solver and the reference solver."""
PARTS = 10
"""Of ten parts, each every tenth case, `make test` runs one."""
MINIMUM = frozenset(
    [
        "Compartment", "Species", "Reaction", "Parameter", "FunctionDefinition", "AssignmentRule",
        "RateRule", "InitialAssignment", "LocalParameters", "BoundaryCondition", "ConstantSpecies",
        "HasOnlySubstanceUnits", "CSymbolTime", "NonUnityStoichiometry", "NonUnityCompartment",
        "MultiCompartment", "NonConstantCompartment", "NonConstantParameter", "Amount", "Concentration",
        "InitialValueReassigned", "ReversibleReaction", "0D-Compartment", "UncommonMathML",
        "EventNoDelay", "EventWithDelay", "EventPriority", "EventIsPersistent", "EventIsNotPersistent",
        "EventT0Firing", "EventUsesTriggerTimeValues", "EventUsesAssignmentTimeValues",
        "AssignedConstantStoichiometry", "AssignedVariableStoichiometry", "SpeciesReferenceInMath",
        "StoichiometryMath", "ConversionFactors", "CSymbolAvogadro", "CSymbolRateOf", "L3v2MathML",
        "BoolNumericSwap", "AlgebraicRule", "DefaultValue", "NoMathML", "VolumeConcentrationRates",
        "RandomEventExecution",
    ]
)  # fmt: skip
"""Tags that must be computed; all others may be refused, but never computed wrong."""

LONG = frozenset({"00966"})
"""100,000 events in random order: too long for every run."""


def cases() -> list[dict[str, str]]:
    if not SUITE.is_dir():
        return []
    with (SUITE / "semantic-index.csv").open(newline="", encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


def tags(row: dict[str, str]) -> set[str]:
    text = row["component_tags"] + "," + row["test_tags"]
    return {tag.strip() for tag in text.split(",") if tag.strip() and ":  " not in tag}


def settings_of(folder: Path) -> dict[str, str]:
    lines = (folder / f"{folder.name}-settings.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.split(":", 1) for line in lines if ":" in line)
    return {key.strip(): value.strip() for key, value in pairs}


def expected(folder: Path) -> tuple[list[str], np.ndarray]:
    with (folder / f"{folder.name}-results.csv").open(newline="", encoding="utf-8") as handle:
        rows = [[cell.strip().strip('"') for cell in row] for row in csv.reader(handle) if row]
    return rows[0][1:], np.array([[float(cell) for cell in row] for row in rows[1:]])


def ours(result: Result, name: str, setting: dict[str, str]) -> np.ndarray:
    keys = ("amount", "concentration")
    listed = {key: {n.strip() for n in setting.get(key, "").split(",")} for key in keys}
    if name in result.amounts and name in listed["amount"]:
        return result.amount(name)[0]
    if name in result.amounts and name in listed["concentration"]:
        return result.concentration(name)[0]
    return result.value(name)[0]


def wrong(folder: Path, method: str) -> list[str]:
    """Variables of a case that are off, with the first time at which they are."""
    setting = settings_of(folder)
    names, table = expected(folder)
    model = load_sbml(next(folder.glob("*.xml")), trusted=True)
    result = model.simulate(table[:, 0], rtol=RTOL, atol=ATOL, method=method)
    if result.outcomes[0] != Outcome.OK:
        return [str(result.failures)]
    absolute, relative = float(setting["absolute"]), float(setting["relative"])
    off = []
    for column, name in enumerate(names, start=1):
        a, b = ours(result, name, setting), table[:, column]
        with np.errstate(invalid="ignore"):
            fine = (np.abs(a - b) <= absolute + relative * np.abs(b)) | (a == b) | (np.isnan(a) & np.isnan(b))
        if not fine.all():
            at = int(np.argmin(fine))
            off.append(f"{name} at {table[at, 0]}: {a[at]} instead of {b[at]}")
    return off


def judge(rows: list[dict[str, str]], method: str) -> tuple[Counter[str], list[str]]:
    """Counts of cases passed and refused, and what went wrong."""
    count: Counter[str] = Counter()
    trouble = []
    for row in rows:
        folder = SUITE / "semantic" / row["case"]
        try:
            off = wrong(folder, method)
        except InputError as error:
            features = {p.code.removeprefix("sbml.unsupported.") for p in error.problems}
            count["refused"] += 1
            if not features <= set(UNSUPPORTED) or tags(row) <= MINIMUM:
                trouble.append(f"{row['case']}: {error}")
            continue
        count["failed" if off else "passed"] += 1
        trouble += [f"{row['case']}: {text}" for text in off]
    return count, trouble


@pytest.fixture(scope="module")
def tally(request: pytest.FixtureRequest) -> Iterator[Counter[str]]:
    """Counts over all parts, printed at the end."""
    count: Counter[str] = Counter()
    yield count
    reporter = request.config.pluginmanager.getplugin("terminalreporter")
    capture = request.config.pluginmanager.getplugin("capturemanager")
    if reporter is not None and capture is not None:
        with capture.global_and_fixture_disabled():
            reporter.write_line("")
            reporter.write_line("SBML Test Suite: " + ", ".join(f"{n} {k}" for k, n in sorted(count.items())))


@needs_shared
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("part", rest_long(range(PARTS), (0,)))
def test_cases_pass_or_are_refused_by_name(part: int, method: str, tally: Counter[str]) -> None:
    rows = [row for row in cases()[part::PARTS] if row["case"] not in LONG]
    assert rows
    count, trouble = judge(rows, method)
    tally.update(count)
    assert not trouble, "\n".join(trouble)


@needs_shared
@pytest.mark.long
def test_long_cases() -> None:
    count, trouble = judge([row for row in cases() if row["case"] in LONG], "rodas5p")
    assert count["passed"] == len(LONG), trouble


@needs_shared
def test_what_is_refused_is_what_we_say_we_refuse() -> None:
    """The suite's own tags tell which cases must be refused."""
    must = {"CSymbolDelay", "FastReaction", "comp:ExternalModelDefinition"}
    refused = [r for r in cases() if tags(r) & must or any(t.startswith("fbc:") for t in tags(r))]
    computed = []
    for row in refused:
        try:
            load_sbml(next((SUITE / "semantic" / row["case"]).glob("*.xml")), trusted=True)
        except InputError:
            continue
        computed.append(row["case"])
    # features in a submodel that is not used change nothing
    assert len(computed) < 10
    assert not [c for c in computed if wrong(SUITE / "semantic" / c, METHODS[0])]
