"""Published trials beside simulated ones: a comparison that the fit never sees."""

import ast
import csv
from pathlib import Path

import numpy as np
import pytest

from jakstat.trial.published_trials import published_trials, simulated_results
from jakstat.trial.trial_file import read_trial
from trial_tables import fake_tables

ROOT = Path(__file__).resolve().parents[3]
TRIALS = ROOT / "examples" / "trials"


def test_every_row_is_of_an_arm_of_its_trial_file():
    for row in published_trials():
        trial, arm = row.key
        assert arm in [a.name for a in read_trial(TRIALS / f"{trial}.yaml").arms], row


def test_rows_are_those_of_the_records_of_knowledge():
    """Each names its record, whose number and interval it bears; recalled ones have none."""
    path = ROOT / "src" / "jakstat" / "knowledge" / "data" / "clinical_targets.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        records = {r["id"]: r for r in csv.DictReader(stream)}
    checked = 0
    for row in published_trials():
        named = [w.strip("();,") for w in row.note.split() if w.strip("();,") in records]
        assert named or row.source == "recalled", row
        if len(named) == 1 and row.id == "OS_median":
            record = records[named[0]]
            assert float(record["value"]) == row.value
            assert float(record["low"] or record["value"]) == row.low
            assert row.source in record["source"]
            checked += 1
    assert checked >= 8


def test_the_fit_of_the_tumour_scale_reads_nothing_of_trials():
    for path in (ROOT / "scripts" / "fit_patient").glob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "published_trials" not in text
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ImportFrom):
                assert not (node.module or "").startswith("jakstat.trial"), path.name


def test_results_of_tables_with_a_known_ratio():
    """Exponential deaths at half the hazard: the ratio is 0.5, the control's median ln 2 over its hazard."""
    run = fake_tables(patients=2000, ratio=0.5)
    found = simulated_results(run)
    control, treated = run.arms[:2]
    assert found[treated, "OS_ratio"][0] == pytest.approx(0.5, rel=0.1)
    assert (control, "OS_ratio") not in found
    assert np.isfinite(found[control, "OS_median"][0])
    assert 0.0 <= found[control, "ORR"][0] <= 100.0
