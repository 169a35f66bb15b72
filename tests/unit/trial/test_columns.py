"""Columns of a trial's tables: one table of them, and the page made from it."""

from pathlib import Path

import pytest

from jakstat.report.trial_columns_page import trial_tables_page
from jakstat.trial.columns import arrow_table, trial_column, trial_columns

ROOT = Path(__file__).resolve().parents[3]


def test_page_is_up_to_date():
    assert (ROOT / "docs" / "trial-tables.md").read_text(encoding="utf-8") == trial_tables_page(), (
        "run `make docs`"
    )


def test_each_column_is_there_once_and_says_what_it_is():
    keys = [(c.table, c.name) for c in trial_columns()]
    assert len(set(keys)) == len(keys)
    assert all(c.kind in ("int", "number", "flag", "text") and len(c.what) > 8 for c in trial_columns())


def test_a_column_that_nobody_described_is_refused():
    with pytest.raises(KeyError, match="no column nonsense"):
        trial_column("options", "nonsense")


def test_types_and_units_stay_where_a_chunk_is_empty():
    """The schema of a chunk without rows is that of any other."""
    units = {"CRP": "mg/L"}
    full = arrow_table("visits", {"patient": [1], "response": ["SD"], "CRP": [2.0], "dead": [True]}, units)
    empty = arrow_table("visits", {"patient": [], "response": [], "CRP": [], "dead": []}, units)
    assert full.schema.equals(empty.schema, check_metadata=True)
    assert full.schema.field("CRP").metadata == {b"unit": b"mg/L"}
