"""`jakstat trial compare`, `power` and `explain`, of runs that nobody ran."""

import csv
import json

import pytest
from typer.testing import CliRunner

from jakstat.cli.main import app
from trial_tables import fake_arrow, fake_question, written_run

RUN = CliRunner()


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    top = tmp_path_factory.mktemp("runs")
    question = fake_question(patients=200, endpoints=("OS", "ORR"))
    one = written_run(top / "one", question, fake_arrow(patients=200))
    two = written_run(top / "two", {**question, "size": 120}, fake_arrow(patients=200, ratio=0.5))
    return str(one), str(two)


def test_two_runs_stand_side_by_side(folders, tmp_path):
    table = tmp_path / "both.csv"
    shown = RUN.invoke(app, ["trial", "compare", *folders, "--csv", str(table)])
    assert shown.exit_code == 0, shown.output
    assert "the same 200 patients, b over a (no interval" in shown.stdout
    found = json.loads(RUN.invoke(app, ["trial", "compare", *folders, "--json"]).stdout)
    assert found["design"] == [{"field": "size", "a": 200, "b": 120}]
    assert found["notice"]
    rows = list(csv.DictReader(x for x in table.read_text().splitlines() if not x.startswith("#")))
    ratio = next(r for r in rows if r["number"] == "hazard_ratio")
    assert float(ratio["b"]) == found["endpoints"]["OS"]["compared"]["drug"]["b"]["hazard_ratio"]


def test_power_of_a_run(folders, tmp_path):
    table = tmp_path / "power.csv"
    few = ["trial", "power", folders[0], "--trials", "100"]
    shown = RUN.invoke(app, [*few, "--csv", str(table)])
    assert shown.exit_code == 0, shown.output
    assert "a power of 80 % needs" in shown.stdout
    assert "Schoenfeld's formula" in shown.stdout
    found = json.loads(RUN.invoke(app, [*few, "--wanted", "0.9", "--effect", "0.6", "--json"]).stdout)
    assert (found["wanted"], found["effect"]["hazard_ratio"]) == (0.9, 0.6)
    assert found["needed"]["low"] < found["needed"]["patients"] < found["needed"]["high"]
    assert len(table.read_text().splitlines()) == 3 + 5


def test_no_size_is_said_where_there_is_no_effect(folders):
    shown = RUN.invoke(app, ["trial", "power", folders[0], "--effect", "1", "--trials", "50"])
    assert "no size for a power of 80 %" in shown.stdout


def test_a_run_is_explained_by_its_tables(folders, tmp_path):
    table = tmp_path / "why.csv"
    few = ["trial", "explain", folders[1], "--patients", "0"]
    shown = RUN.invoke(app, [*few, "--csv", str(table)])
    assert shown.exit_code == 0, shown.output
    assert "who gains months of life" in shown.stdout
    assert "not compared from the first day" in shown.stdout
    found = json.loads(RUN.invoke(app, [*few, "--json"]).stdout)
    assert found["responders"]["naive"] is None
    assert found["modifiers"]["drug"]["survival"]["mean"] > 0
    rows = list(csv.DictReader(x for x in table.read_text().splitlines() if not x.startswith("#")))
    assert {r["part"] for r in rows} >= {"modifiers, survival"}


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (["power", "ONE", "--arm", "placebo"], "power.arm"),
        (["power", "ONE", "--endpoint", "ORR"], "power.endpoint"),
        (["power", "ONE", "--wanted", "2"], "power.range"),
        (["power", "ONE", "--patients", "5"], "option.alone"),
        (["power", "nowhere.yaml"], "file.missing"),
        (["power", "nowhere"], "trial.none"),
        (["compare", "ONE", "nowhere"], "trial.none"),
        (["explain", "nowhere"], "trial.none"),
        (["explain", "ONE"], "trial.manifest"),
        (["explain", "ONE", "--patients", "0", "--vectors", "2"], "option.alone"),
        (["compare", "ONE", "ONE", "--force"], "option.alone"),
    ],
)
def test_what_cannot_be_answered_is_refused(folders, more, code):
    done = RUN.invoke(app, ["trial", *(folders[0] if m == "ONE" else m for m in more), "--json"])
    assert done.exit_code == 2
    assert [p["code"] for p in json.loads(done.stdout)["problems"]] == [code]
