"""A run is put in order from what it says of itself alone."""

import json
import shutil

import pytest
from typer.testing import CliRunner

import trial_fakes as tf
from jakstat.cli.main import app
from jakstat.errors import InputError
from jakstat.places import place_of
from jakstat.population.cohort_file import write_cohort
from jakstat.population.cohort_making import make_cohort, plan_of_shipped
from jakstat.trial.patient_source import DrawnPatients, patients_of_design
from jakstat.trial.run_record import add_outputs, check_run, read_record
from jakstat.trial.trial_file import read_trial
from jakstat.trial.trial_repair import repair_trial
from jakstat.trial.trial_run import TrialWorkers
from trial_fakes import content, ran

TRIAL = {
    "trial": "one against another",
    "population": "sharp",
    "patients": 130,
    "seed": 1,
    "arms": {"placebo": {}, "sorafenib": {"regimen": ["sorafenib 400 mg PO BID"]}},
    "visits": {"every": "6w", "until": "12w"},
    "endpoints": ["OS"],
    "primary": "OS",
    "courses": 1,
}


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(TrialWorkers, "started", lambda self, work: tf.AtOnce(work))


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TrialWorkers, "started", lambda self, work: tf.AtOnce(work))
        patients = DrawnPatients("sharp", 1, range(130))
        folder = tmp_path_factory.mktemp("trial") / "o"
        place = ran(folder, read_trial(TRIAL), patients=patients, about={"trial": TRIAL})
    add_outputs(str(place), {"trial.json": b"{}"})
    return place


@pytest.fixture
def out(whole, tmp_path):
    shutil.copytree(whole.local, tmp_path / "o")
    return tmp_path / "o"


def repaired(out):
    return repair_trial(str(out), run_chunk=tf.run_chunk)


@pytest.mark.parametrize(
    "name",
    [
        "chunks/chunk-000001",
        "chunks/manifest.json",
        "manifest.json",
        "visits.parquet",
        "courses.zarr/CRP/zarr.json",
    ],
)
@pytest.mark.parametrize("how", ["spoilt", "lost"])
def test_any_file_is_put_in_order(whole, out, name, how):
    (out / name).write_bytes(b"{") if how == "spoilt" else (out / name).unlink()
    assert not check_run(str(out)).complete
    assert repaired(out).complete
    if name == "manifest.json":  # what was added to the record is no longer known to it
        add_outputs(str(out), {"trial.json": b"{}"})
    assert content(place_of(out)) == content(whole)


def test_an_answer_that_was_spoilt_is_no_longer_listed(out):
    (out / "trial.json").write_bytes(b"[]")
    assert [d.file for d in check_run(str(out)).damage] == ["trial.json"]
    assert repaired(out).complete
    assert "trial.json" not in read_record(place_of(out)).outputs


def test_both_manifests_gone_is_a_refusal(out):
    for name in ("chunks/manifest.json", "manifest.json"):
        (out / name).write_text("{")
    with pytest.raises(InputError) as caught:
        repaired(out)
    assert caught.value.problems[0].code == "store.manifest"


def asked(*words):
    return CliRunner().invoke(app, ["trial", *map(str, words)])


def test_the_command_says_what_is_damaged(out):
    done = asked("verify", out)
    assert (done.exit_code, "whole and complete" in done.stdout) == (0, True)
    (out / "chunks" / "chunk-000002").write_bytes(b"")
    done = asked("verify", out, "--json")
    assert done.exit_code == 1
    document = json.loads(done.stdout)
    assert document["damaged"] == [{"piece": 2, "file": "chunks/chunk-000002", "what": "damaged"}]
    assert document["chunks"] == {"all": 3, "done": 2}
    assert "jakstat trial repair" in asked("verify", out).stdout


def test_a_folder_of_something_else_is_refused(tmp_path):
    done = asked("verify", tmp_path)
    assert done.exit_code == 2
    assert "no run of a trial" in done.stderr


def test_the_other_verify_points_here(out):
    done = CliRunner().invoke(app, ["verify", str(out)])
    assert done.exit_code == 2
    assert "jakstat trial verify" in done.stderr


def test_a_cohort_beside_is_read_again(tmp_path):
    made = make_cohort(plan_of_shipped("sharp"), 70, seed=3)
    file = write_cohort(made, tmp_path / "mine.parquet", asked=70)
    design = read_trial({**TRIAL, "population": str(file), "patients": 70})
    trial = {**TRIAL, "population": "cohort.parquet", "patients": 70}
    patients, beside = patients_of_design(design), {"cohort.parquet": file.read_bytes()}
    place = ran(tmp_path / "o", design, patients=patients, about={"trial": trial}, beside=beside)
    before = content(place)
    place.remove("chunks/chunk-000001")
    file.unlink()
    assert repaired(tmp_path / "o").complete
    assert content(place) == before
    assert str(tmp_path) not in (tmp_path / "o" / "manifest.json").read_text()
