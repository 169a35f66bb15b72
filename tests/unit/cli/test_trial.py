"""`jakstat trial`: from a file to a folder with its report, and what it prints; courses are fakes."""

import json
import os

import pytest
from typer.testing import CliRunner

import trial_chunks
from jakstat.cli.main import app
from jakstat.trial.trial_file import read_trial

RUN = CliRunner()
TRIAL = """\
trial: a drug that is known
population: sharp
patients: 70
arms:
  placebo: {}
  drug: {regimen: [sorafenib 400 mg PO BID], rules: [{on: progression, do: stop}]}
visits: {every: 6w, until: 24mo}
endpoints: [OS, TTP, PFS, ORR, DCR, toxicity]
biomarkers: [CRP, AFP]
courses: 3
"""


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.yaml").write_text(TRIAL, encoding="utf-8")


def run(*words, code=0):
    done = RUN.invoke(app, ["trial", *words])
    assert done.exit_code == code, done.output
    assert "Traceback" not in done.output
    return done


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """A run with patients of a file: its folder, and what the command said."""
    place = tmp_path_factory.mktemp("trial")
    (place / "mine.yaml").write_text("like: sharp\n", encoding="utf-8")
    text = TRIAL.replace("population: sharp", "population: mine.yaml")
    (place / "t.yaml").write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("jakstat.trial.chunk.run_chunk", trial_chunks.quick_chunk)
        done = run(str(place / "t.yaml"), "--out", str(place / "answer"), "--workers", "1")
    return place, done.stdout


def test_a_trial_is_run_read_and_reported(ran):
    place, said = ran
    assert "a drug that is known: 70 patients of" in said
    assert "hazard ratios of drug against placebo" in said
    assert "sampling interval (90 %)" in said
    assert "model interval (90 %)" in said
    assert f"report: {place / 'answer' / 'report.html'}" in said
    document = json.loads((place / "answer/trial.json").read_text(encoding="utf-8"))
    assert document["question"]["patients"] == 70
    assert f"{document['endpoints']['OS']['compared']['drug']['hazard_ratio']:.3g}" in said
    assert sum(document["flow"][arm]["assigned"] for arm in ("placebo", "drug")) == 70
    assert "a drug that is known" in (place / "answer/report.html").read_text(encoding="utf-8")


def test_a_run_that_is_there_is_not_written_over(ran):
    place, _ = ran
    before = {f.name: f.read_bytes() for f in (place / "answer").iterdir() if f.is_file()}
    words = (str(place / "t.yaml"), "--out", str(place / "answer"))
    assert "[file.exists]" in run(*words, code=2).stderr
    assert "[store.other]" in run(*words, "--seed", "2", "--resume", code=2).stderr
    assert before == {f.name: f.read_bytes() for f in (place / "answer").iterdir() if f.is_file()}


def test_the_manifest_says_the_trial_again_without_paths(ran):
    place, _ = ran
    told = (place / "answer/manifest.json").read_text(encoding="utf-8")
    assert str(place) not in told
    trial = json.loads(told)["manifest"]["inputs"]["trial"]
    assert (place / "answer" / trial["population"]).read_text(encoding="utf-8") == "like: sharp\n"
    assert read_trial(trial, folder=place / "answer").arms == read_trial(place / "t.yaml").arms


@pytest.mark.long
def test_a_run_gone_on_with_gives_the_same_bytes(ran, monkeypatch):
    place, _ = ran
    monkeypatch.setattr("jakstat.trial.chunk.run_chunk", trial_chunks.quick_chunk)
    before = {f.name: f.read_bytes() for f in (place / "answer").iterdir() if f.is_file()}
    run("report", str(place / "answer"))
    said = run(str(place / "t.yaml"), "--out", str(place / "answer"), "--resume", "--json").stdout
    assert json.loads(said) == json.loads(before["trial.json"])
    assert before == {f.name: f.read_bytes() for f in (place / "answer").iterdir() if f.is_file()}


@pytest.mark.long
def test_a_trial_in_which_everybody_fails_is_refused(monkeypatch):
    monkeypatch.setattr("jakstat.trial.chunk.run_chunk", trial_chunks.failing_chunk)
    assert "[trial.nobody]" in run("t.yaml", "--out", "answer", "--patients", "8", code=2).stderr


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("t.yaml",), "trial.no-folder"),
        (("--out", "x"), "trial.no-file"),
        (("t.yaml", "--check", "--out", "x"), "option.alone"),
        (("t.yaml", "--out", "x", "--dask", "tcp://127.0.0.1:1", "--workers", "2"), "option.alone"),
        (("t.yaml", "--out", "x", "--patients", "10", "--size", "20"), "trial.size"),
        (("u.yaml", "--out", "x"), "file.missing"),
        (("compare.yaml", "--out", "x"), "file.missing"),
        (("--schema", "--check"), "option.alone"),
        (("report", "nowhere"), "trial"),
        (("report", "."), "trial"),
    ],
)
def test_slips(words, code):
    done = run(*words, code=2)
    assert f"[{code}" in done.stderr
    assert done.stdout == ""
    assert os.listdir() == ["t.yaml"]


def test_help_says_how_to_begin():
    told = run("--help").stdout
    assert "FILE --out DIR" in told
    assert "report" in told
