"""A virtual trial as ADaM data sets, and read back as the survival table of somebody else."""

import pytest
from typer.testing import CliRunner

from jakstat.cli.main import app
from jakstat.grids import read_grids
from jakstat.trial.observed_survival import observed_survival
from jakstat.trial.survival_table import SurvivalReading
from trial_tables import fake_arrow, fake_question, written_run

RUN = CliRunner()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    asked = fake_question(patients=120, endpoints=("OS", "PFS"))
    return written_run(tmp_path_factory.mktemp("run"), asked, fake_arrow(patients=120), document=False)


@pytest.fixture(scope="module")
def adam(folder, tmp_path_factory):
    where = tmp_path_factory.mktemp("out")
    done = RUN.invoke(
        app, ["trial", "report", str(folder), "--out", str(where / "r.html"), "--adam", str(where / "adam")]
    )
    assert done.exit_code == 0, done.output
    assert f"wrote {where / 'adam' / 'adtte.xpt'}" in done.stdout
    return where / "adam"


def test_each_patient_stands_in_his_own_arm_once(adam):
    (subjects,) = read_grids(adam / "adsl.xpt")
    assert subjects.sheet == "ADSL"
    assert len(subjects.rows) == 1 + 120
    names = [row[1] for _, row in subjects.rows[1:]]
    assert len(set(names)) == 120
    (times,) = read_grids(adam / "adtte.xpt")
    heads = times.rows[0][1]
    per = [(row[heads.index("USUBJID")], row[heads.index("PARAMCD")]) for _, row in times.rows[1:]]
    assert len(per) == len(set(per))


def test_the_survival_of_the_data_set_is_that_of_the_trial(folder, adam):
    for endpoint in ("OS", "PFS"):
        found = observed_survival(adam / "adtte.xpt", SurvivalReading(endpoint=endpoint), run=folder)
        model = found["model"]["arms"]
        assert set(found["arms"]) == set(model) == {"placebo", "drug"}
        for name, arm in found["arms"].items():
            assert (arm["n"], arm["events"]) == (model[name]["n"], model[name]["events"])
            assert arm["median_months"] == pytest.approx(model[name]["median_months"], rel=1e-12)
        ours, theirs = (one["compared"]["drug"]["hazard_ratio"] for one in (found, found["model"]))
        assert ours == pytest.approx(theirs, rel=1e-9)


def test_data_sets_that_are_there_are_kept(folder, adam):
    before = (adam / "adtte.xpt").read_bytes()
    done = RUN.invoke(
        app,
        ["trial", "report", str(folder), "--out", str(adam / "again.html"), "--adam", str(adam), "--json"],
    )
    assert done.exit_code == 2
    assert "file.exists" in done.stdout
    assert (adam / "adtte.xpt").read_bytes() == before
    assert not (adam / "again.html").exists()


def test_the_command_shows_both(folder, adam, tmp_path):
    done = RUN.invoke(
        app,
        ["trial", "survival", str(adam / "adtte.xpt"), "--endpoint", "OS", "--run", str(folder),
         "--plot", str(tmp_path / "s.png"), "--csv", str(tmp_path / "s.csv")],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "CNSR 0 is an event" in done.stdout
    assert "placebo (model)" in done.stdout
    assert (tmp_path / "s.png").read_bytes().startswith(b"\x89PNG")
    body = [x for x in (tmp_path / "s.csv").read_text().splitlines() if x.startswith(("data", "model"))]
    assert [line.split(",")[:2] for line in body] == [
        ["data", "placebo"], ["data", "drug"], ["model", "placebo"], ["model", "drug"],
    ]  # fmt: skip


def test_an_endpoint_that_the_run_has_not_is_refused(folder, tmp_path):
    (tmp_path / "t.csv").write_text("USUBJID,PARAMCD,AVAL,AVALU,CNSR\n1,RFS,2,MONTHS,0\n")
    done = RUN.invoke(app, ["trial", "survival", str(tmp_path / "t.csv"), "--run", str(folder), "--json"])
    assert done.exit_code == 2
    assert "survival.endpoint" in done.stdout
