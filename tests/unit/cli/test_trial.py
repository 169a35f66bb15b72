"""`jakstat trial`: from a file to a folder with its report, and what it prints; courses are fakes."""

import json
import os

import pytest
from typer.testing import CliRunner

import trial_chunks
from jakstat.cli.main import app

RUN = CliRunner()
TRIAL = """\
trial: a drug that is known
population: sharp
patients: 130
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
    monkeypatch.setattr("jakstat.trial.chunk.run_chunk", trial_chunks.quick_chunk)


def run(*words, code=0):
    done = RUN.invoke(app, ["trial", *words])
    assert done.exit_code == code, done.output
    assert "Traceback" not in done.output
    return done


def test_a_trial_is_run_read_and_reported(tmp_path):
    said = run("t.yaml", "--out", "answer", "--workers", "1").stdout
    assert "a drug that is known: 130 patients of sharp in every arm" in said
    assert "hazard ratios of drug against placebo" in said
    assert "sampling interval (90 %)" in said
    assert "model interval (90 %)" in said
    assert f"report: {tmp_path / 'answer' / 'report.html'}" in said
    document = json.loads((tmp_path / "answer/trial.json").read_text(encoding="utf-8"))
    assert document["question"]["patients"] == 130
    assert f"{document['endpoints']['OS']['compared']['drug']['hazard_ratio']:.3g}" in said
    assert sum(document["flow"][arm]["assigned"] for arm in ("placebo", "drug")) == 130
    page = (tmp_path / "answer/report.html").read_text(encoding="utf-8")
    assert "a drug that is known" in page
    before = {f.name: f.read_bytes() for f in (tmp_path / "answer").iterdir() if f.is_file()}
    # read again, and gone on with: the same bytes
    run("report", "answer")
    as_json = run("t.yaml", "--out", "answer", "--resume", "--json").stdout
    assert json.loads(as_json) == document
    assert before == {f.name: f.read_bytes() for f in (tmp_path / "answer").iterdir() if f.is_file()}


def test_a_run_that_is_there_is_not_written_over(tmp_path):
    run("t.yaml", "--out", "answer", "--patients", "10")
    before = sorted(p.name for p in (tmp_path / "answer").iterdir())
    assert "[file.exists]" in run("t.yaml", "--out", "answer", "--patients", "10", code=2).stderr
    assert "[store.other]" in run("t.yaml", "--out", "answer", "--patients", "11", "--resume", code=2).stderr
    assert sorted(p.name for p in (tmp_path / "answer").iterdir()) == before


def test_the_manifest_says_the_trial_again_without_paths(tmp_path):
    (tmp_path / "mine.yaml").write_text("like: sharp\n", encoding="utf-8")
    text = TRIAL.replace("population: sharp", "population: mine.yaml")
    (tmp_path / "t.yaml").write_text(text, encoding="utf-8")
    run(str(tmp_path / "t.yaml"), "--out", "answer", "--patients", "20")
    told = (tmp_path / "answer/manifest.json").read_text(encoding="utf-8")
    assert str(tmp_path) not in told
    trial = json.loads(told)["manifest"]["inputs"]["trial"]
    assert (tmp_path / "answer" / trial["population"]).read_text(encoding="utf-8") == "like: sharp\n"


def test_a_trial_in_which_everybody_fails_ends_with_code_1(monkeypatch):
    monkeypatch.setattr("jakstat.trial.chunk.run_chunk", trial_chunks.failing_chunk)
    done = RUN.invoke(app, ["trial", "t.yaml", "--out", "answer", "--patients", "8"])
    assert done.exit_code in (1, 2), done.output
    assert "failed" in done.output or "trial.nobody" in done.output


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
