"""Pages about trials hold what the tables and the results say."""

import json
from pathlib import Path

from scripts.example_trials.page import trials_page

from jakstat.report.trial_file_page import with_key_tables

ROOT = Path(__file__).resolve().parents[3]


def test_keys_of_a_trial_file_are_up_to_date():
    page = (ROOT / "docs/trial.md").read_text(encoding="utf-8")
    assert "| `regimen` |" in page
    assert page == with_key_tables(page), "run `make docs`"


def test_results_of_examples_are_up_to_date():
    results = json.loads((ROOT / "docs/trials.json").read_text(encoding="utf-8"))
    page = (ROOT / "docs/trials.md").read_text(encoding="utf-8")
    assert page == trials_page(results), "run `make docs`"
    for name, found in results.items():
        ratio = next(iter(found["endpoints"].values()))["compared"]
        assert f"examples/trials/{name}.yaml" in page
        assert all(f"{c['hazard_ratio']:.3g}" in page for c in ratio.values() if c)
