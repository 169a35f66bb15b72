"""`jakstat validate --scale patient`: what is printed, written and refused."""

import csv
import json

import pytest
from typer.testing import CliRunner

from jakstat.cli.main import app
from jakstat.population import patient_validation
from jakstat.population.patient_validation import BehaviourRow, CohortValidation


def row(name, model, *, counts=True, origin="emerged"):
    ok = model is not None and 0.0 <= model <= 3.0
    return BehaviourRow(name, "what it is", origin, counts, 1.0, 0.0, 3.0, "%", "recalled", model, ok)


FOUND = CohortValidation(
    20,
    7,
    (row("good", 2.0, origin="fitted"), row("bad", 5.0), row("none", None), row("beside", 9.0, counts=False)),
    ({"option": "beta_low", "SHARP_OS_ratio": 0.7},),
)


@pytest.fixture
def asked(monkeypatch):
    seen = []

    def fake(patients, seed, *, on_step):
        seen.append((patients, seed))
        on_step(1, 1)
        return FOUND

    monkeypatch.setattr(patient_validation, "validate_patients", fake)
    return seen


def run(*arguments):
    return CliRunner().invoke(app, ["validate", *arguments])


def test_rows_that_must_hold_stand_apart_and_misses_are_told(asked):
    done = run("--scale", "patient", "--patients", "20", "--seed", "7")
    assert done.exit_code == 0, done.output
    assert asked == [(20, 7)]
    assert "1 of 3 behaviours hold in 20 patients of seed 7: fitted 1 of 1, emerged 0 of 2" in done.output
    assert "bad failed: what it is" in done.output
    assert "beside failed" not in done.output
    assert "outside" in done.output
    assert "beta_low" in done.output


def test_the_table_is_written_and_printed(asked, tmp_path):
    path = tmp_path / "rows.csv"
    done = run("--scale", "patient", "--csv", str(path), "--json")
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert document["passed"] == 1
    assert document["failed"] == 2
    assert document["rows"][2]["model"] is None
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[1].startswith("# published behaviours beside")
    rows = list(csv.DictReader(lines[2:]))
    assert [r["id"] for r in rows] == ["good", "bad", "none", "beside"]
    assert rows[0]["origin"] == "fitted"
    again = run("--scale", "patient", "--csv", str(path))
    assert again.exit_code == 2
    assert "file.exists" in again.output
    assert len(asked) == 1


def test_strict_fails_where_a_row_that_must_hold_does_not(asked):
    assert run("--scale", "patient", "--strict").exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--scale", "organ"), "option.value"),
        (("--seed", "3"), "option.alone"),
        (("--patients", "3"), "option.alone"),
        (("--scale", "patient", "--growth"), "option.alone"),
        (("--scale", "patient", "--context", "hepg2"), "option.alone"),
    ],
)
def test_options_of_the_other_scale_are_refused(asked, arguments, code):
    done = run(*arguments)
    assert done.exit_code == 2
    assert code in done.output
    assert asked == []
