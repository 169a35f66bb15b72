"""The model against every published observation: at least 85 % within a bracket that nobody widened."""

import csv

import pytest

from jakstat.evidence import validate
from jakstat.knowledge import observations
from shared_data import SHARED

LEAST = 0.85
TARGETS = SHARED / "facts" / "cell-targets.csv"


@pytest.fixture(scope="module")
def found():
    return validate()


def test_at_least_85_percent_of_fit_and_predict_rows_agree(found):
    failed = [f"{r.id}: {r.reason}" for r in found.counted if not r.ok]
    assert found.passed >= LEAST * len(found.counted), "\n".join(failed)


def test_predictions_alone_agree_as_well(found):
    predicted = [r for r in found.counted if r.role == "predict"]
    assert sum(r.ok for r in predicted) >= 0.6 * len(predicted)


def test_every_failed_row_says_why(found):
    assert all(r.reason for r in found.rows if not r.ok)


def test_no_simulation_failed(found):
    assert [r.id for r in found.rows if r.model is None] == []


def test_every_observation_is_a_row(found):
    assert [r.id for r in found.rows] == [o.id for o in observations()]


@pytest.mark.skipif(
    not TARGETS.is_file(), reason="the published targets are not beside the checkout (../shared)"
)
def test_no_bracket_is_widened_and_no_row_dropped(found):
    with TARGETS.open(newline="", encoding="utf-8") as stream:
        targets = {row["id"]: row for row in csv.DictReader(stream)}
    rows = {row.id: row for row in found.rows}
    assert {key for key in rows if key.startswith("CT")} == set(targets)  # others are the product's own
    for key, target in targets.items():
        row = rows[key]
        assert (row.low, row.high) == (float(target["low"]), float(target["high"])), key
        assert row.published == float(target["published"]), key
        assert (row.role, row.unit, row.context) == (target["role"], target["unit"], target["context"]), key
