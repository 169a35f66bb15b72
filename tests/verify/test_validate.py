"""The model against every published observation: at least 85 % within a bracket that nobody widened."""

import csv

import pytest
from scripts.docs_site.findings import marked_pages, validation_sentence, written_anew

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


def test_what_was_not_fitted_agrees_less_well_and_in_three_of_four_rows(found):
    (fit, of_fit), (met, predicted) = found.by_role["fit"], found.by_role["predict"]
    assert met >= 0.75 * predicted
    assert fit / of_fit > met / predicted
    assert of_fit + predicted == len(found.counted)


def test_the_pages_say_how_many_agree(found):
    texts = [page.read_text(encoding="utf-8") for page in marked_pages()]
    saying = [text for text in texts if "<!-- found: validation -->" in text]
    assert len(saying) >= 2
    for text in saying:
        assert text == written_anew(text, {"validation": lambda: validation_sentence(found)})


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
