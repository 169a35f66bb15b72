"""The fit of the tumour scale looks at the targets of one file and at no other published number."""

import ast
import csv
from pathlib import Path

from scripts.fit_patient.objective import TARGETS, growth_and_blood, targets, trial_numbers

ROOT = Path(__file__).resolve().parents[3]
FIT = ROOT / "scripts" / "fit_patient"
PUBLISHED = ("clinical_targets", "observations", "quantities", "growth.csv", "hcc_resection", "shared")


def modules():
    return {path.name: ast.parse(path.read_text(encoding="utf-8")) for path in FIT.glob("*.py")}


def test_the_one_file_of_targets_is_the_only_table_beside_the_code():
    assert [path.name for path in FIT.iterdir() if path.suffix not in ("", ".py")] == [TARGETS.name]


def test_no_module_names_another_table_of_published_numbers():
    for name, tree in modules().items():
        texts = {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
        docs = {
            ast.get_docstring(n)
            for n in ast.walk(tree)
            if isinstance(n, ast.Module | ast.FunctionDef | ast.ClassDef)
        }
        for text in texts - docs:
            assert not any(word in text for word in PUBLISHED), (name, text)


def test_no_module_imports_records_or_brackets():
    """Brackets of behaviours are for the page alone; knowledge, evidence and references never come in."""
    for name, tree in modules().items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith("jakstat"):
                continue
            assert not node.module.startswith("jakstat.evidence"), name
            assert node.module == "jakstat.knowledge.parameter_table" or "knowledge" not in node.module, name
            if node.module == "jakstat.population.patient_validation":
                assert name == "report.py"


def test_every_number_that_is_compared_is_a_target(monkeypatch):
    """What the objective returns has the ids of the file, no more and no less."""
    from types import SimpleNamespace

    import numpy as np

    arm = SimpleNamespace(survival=1.0, progressed=np.linspace(0.1, 0.9, 6), partial=0.0, alive_12=0.5)
    trial = SimpleNamespace(control=arm, treated=arm, deaths=SimpleNamespace(value=1.0))
    run = SimpleNamespace(doubling=np.array([1.0, 5.0]), CRP=np.array([1.0, 20.0]))
    assert set(trial_numbers(trial)) | set(growth_and_blood(run)) == set(targets())


def test_targets_are_those_of_the_facts_with_sources():
    with TARGETS.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    found = {r["id"]: float(r["value"]) for r in rows}
    assert found["SHARP_OS_placebo"] == 7.9
    assert found["SHARP_OS_sorafenib"] == 10.7
    assert found["doubling_below_3"] == 35
    assert all(r["source"] and float(r["weight"]) > 0 for r in rows)
