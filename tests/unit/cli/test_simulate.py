import json

import numpy as np
import pytest
from typer.testing import CliRunner

from jakstat.cli.main import app

RUN = CliRunner()
SHORT = ["--parts", "core", "--until", "30min", "--points", "4"]


def run(*words):
    return RUN.invoke(app, list(words))


def test_the_command_of_the_readme(tmp_path):
    plot = tmp_path / "out.png"
    words = "--stimulus IL6=10ng/ml --drug ruxolitinib=500nM --knockdown SOCS3=0 --until 6h"
    words += f" --observe pSTAT3_nuclear,SOCS3_mRNA --plot {plot} --json"
    done = run("simulate", "hepg2", "--parts", "core", *words.split())
    assert done.exit_code == 0
    d = json.loads(done.stdout)
    assert {"context", "time_h", "observables", "outcome", "manifest"} <= set(d)
    assert set(d["observables"]) == {"pSTAT3_nuclear", "SOCS3_mRNA"}
    assert d["time_h"][-1] == 6.0
    assert plot.read_bytes()[:4] == b"\x89PNG"


def test_a_summary_is_shown_without_json():
    done = run("simulate", "hepg2", "--stimulus", "IL6=10ng/ml", *SHORT)
    assert done.exit_code == 0
    assert "pSTAT3_nuclear" in done.stdout
    assert "peak at min" in done.stdout
    assert "For research" in done.stdout


def test_a_series_shows_its_ec50_and_draws_both_ways(tmp_path):
    words = ["simulate", "hepg2", "--stimulus", "IL6=0.1..500ng/ml:6", "--observe", "pSTAT3", *SHORT]
    done = run(*words, "--read-at", "20min", "--plot", str(tmp_path / "d.png"))
    assert "EC50" in done.stdout
    assert "wrote" in done.stdout
    assert run(*words, "--plot", str(tmp_path / "t.png"), "--plot-as", "time").exit_code == 0
    assert (tmp_path / "t.png").read_bytes() != (tmp_path / "d.png").read_bytes()


def test_two_series_and_no_response():
    done = run("simulate", "hepg2", "--stimulus", "IL6=0.1,1,10,100ng/ml", "--drug", "ruxolitinib=0,100nM",
               "--observe", "STAT3_total", *SHORT)  # fmt: skip
    assert done.exit_code == 0
    assert "STAT3_total, ruxolitinib 100: the response does not change" in done.stdout


def test_csv_and_overlay(tmp_path):
    mine = tmp_path / "my.csv"
    mine.write_text("time,time_unit,observable,value\n20,min,pSTAT3,3\n")
    table, plot = tmp_path / "o.csv", tmp_path / "o.svg"
    words = f"--stimulus IL6=10ng/ml --csv {table} --overlay {mine} --scale-overlay --plot {plot} --json"
    done = run("simulate", "hepg2", *SHORT, *words.split())
    d = json.loads(done.stdout)
    assert d["overlay"]["points"] == 1
    assert d["overlay"]["scales"]["pSTAT3"] > 1
    assert table.read_text().startswith("# For research")
    assert "<svg" in plot.read_text()


def test_a_note_is_shown():
    done = run("simulate", "hepg2", "--stimulus", "IL6(mouse)=10ng/ml", *SHORT)
    assert "note: mouse IL6 does not act on human cells" in done.stdout


def test_files_that_are_there_are_kept(tmp_path):
    table = tmp_path / "o.csv"
    table.write_text("mine")
    words = ["simulate", "hepg2", *SHORT, "--csv", str(table)]
    done = run(*words)
    assert done.exit_code == 2
    assert "[file.exists]" in done.stderr
    assert table.read_text() == "mine"
    assert run(*words, "--force").exit_code == 0
    assert table.read_text() != "mine"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--plot", "no/x.png"], "file.folder"),
        (["--csv", "no/x.csv"], "file.folder"),
        (["--plot", "x.gif"], "figure.format"),
        (["--plot", "x.svg", "--csv", "x.svg"], "file.exists"),
        (["--plot", "x.svg", "--plot-as", "pie"], "option.value"),
        (["--plot", "x.svg", "--plot-as", "dose"], "option.value"),
        (["--scale-overlay"], "option.alone"),
        (["--overlay", "no.csv", "--plot", "x.svg"], "file.missing"),
    ],
)
def test_targets_are_checked(tmp_path, monkeypatch, words, code):
    monkeypatch.chdir(tmp_path)
    done = run("simulate", "hepg2", *SHORT, *words)
    assert done.exit_code == 2
    assert f"[{code}]" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_failed_simulation_is_told(monkeypatch):
    from jakstat.errors import Outcome
    from jakstat.experiment import lanes
    from jakstat.experiment.resting import Resting, loaded_cell, resting_state

    moving = Resting(resting_state(loaded_cell("hepg2"), {}).amounts, np.array([int(Outcome.NOT_STEADY)]))
    monkeypatch.setattr(lanes, "resting_state", lambda *_, **__: moving)
    done = run("simulate", "hepg2", *SHORT)
    assert "1 of 1 simulations failed: no steady state" in done.stdout
    d = json.loads(run("simulate", "hepg2", *SHORT, "--json").stdout)
    assert d["outcome"] == "NOT_STEADY"
    assert set(d["observables"]["pSTAT3"]["values"]) == {None}
