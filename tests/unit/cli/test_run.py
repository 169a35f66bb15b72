import json
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import small_models as sm
from jakstat.cli import run as command
from jakstat.cli.main import app
from jakstat.engine.model import Model

pytestmark = pytest.mark.usefixtures("documents_read_once")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "decay.xml"
    path.write_text(sm.DECAY)
    return path


def call(*arguments: object):
    return CliRunner().invoke(app, ["run", *map(str, arguments)])


def table(path: Path) -> list[list[str]]:
    rows = [r for r in path.read_text().splitlines() if not r.startswith("#")]
    return [[cell.strip('"') for cell in row.split(",")] for row in rows]


def test_one_simulation_is_told(model: Path) -> None:
    result = call(model, "--until", 2, "--points", 3)
    assert result.exit_code == 0, result.output
    assert "3.68" in result.stdout
    assert "For research" in result.stdout
    document = json.loads(call(model, "--until", 2, "--json").stdout)
    assert set(document) == {
        "model", "complete", "lanes", "outcomes", "failures", "paths", "time", "statistics_of", "statistics",
        "trajectory", "out", "warnings", "assumed_zero", "assumed_one_stoichiometry",
        "tolerance", "manifest", "notice", "notes",
    }  # fmt: skip
    assert document["outcomes"] == {"OK": 1}
    assert document["trajectory"]["values"]["A"][-1] == pytest.approx(3.67879, rel=1e-5)
    assert len(document["trajectory"]["times"]) == 101


def test_lanes_into_a_table(model: Path, tmp_path: Path) -> None:
    lanes, out = tmp_path / "lanes.csv", tmp_path / "out.csv"
    lanes.write_text("k,A\n0.5,10\n1.0,10\n2.0,5\n")
    result = call(model, "--until", 1, "--points", 2, "--lanes", lanes, "--out", out, "--outputs", "A")
    assert result.exit_code == 0, result.output
    head, *rows = table(out)
    assert head == ["lane", "time", "A", "outcome", "failure_time", "failure_species"]
    assert [row[0] for row in rows] == ["0", "0", "1", "1", "2", "2"]
    ends = [float(row[2]) for row in rows if float(row[1]) == 1.0]
    assert np.allclose(ends, [10 * np.exp(-0.5), 10 * np.exp(-1), 5 * np.exp(-2)], rtol=1e-5)
    again = call(model, "--until", 1, "--out", out)
    assert again.exit_code == 2
    assert "[file.exists]" in again.stderr
    assert call(model, "--until", 1, "--out", out, "--force").exit_code == 0


def test_failed_lanes_are_listed(model: Path, tmp_path: Path) -> None:
    lanes = tmp_path / "lanes.csv"
    lanes.write_text("lane,k\n" + "".join(f"bad{i},-1e4\n" for i in range(12)) + "good,1\n")
    result = call(model, "--until", 1, "--lanes", lanes)
    assert result.exit_code == 0
    assert "12 of 13 lanes failed" in result.stdout
    assert "lane bad0:" in result.stdout
    assert "A changing fastest" in result.stdout
    assert "and 2 more" in result.stdout
    document = json.loads(call(model, "--until", 1, "--lanes", lanes, "--json").stdout)
    assert document["lanes"] == {"all": 13, "done": 13, "failed": 12, "eased": 0}
    assert len(document["failures"]) == 10
    assert set(document["failures"][0]) == {"lane", "time", "outcome", "species"}
    assert document["statistics"]["A"]["lanes"] == 1
    assert document["statistics"]["A"]["sd"] is None
    assert document["trajectory"] is None


def test_summaries(model: Path) -> None:
    words = ["--until", 1, "--reduce", "max,final", "--outputs", "A"]
    document = json.loads(call(model, *words, "--json").stdout)
    assert set(document["statistics"]) == {"max_A", "final_A"}
    assert document["statistics_of"] == "summary"
    assert document["trajectory"] is None
    assert "max_A" in call(model, *words).stdout


def test_an_interrupt_is_told_and_gone_on_with(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jakstat.engine.batched import summaries

    monkeypatch.setattr(summaries, "PIECE_LANES", 1)
    plain, calls = Model.simulate, []

    def simulate(self, *args, **more):
        calls.append(1)
        if len(calls) in (3, 4):
            raise KeyboardInterrupt
        return plain(self, *args, **more)

    monkeypatch.setattr(Model, "simulate", simulate)
    lanes, out = tmp_path / "lanes.csv", tmp_path / "out.csv"
    lanes.write_text("k\n0.5\n1.0\n2.0\n3.0\n")
    words = [model, "--until", 1, "--points", 2, "--lanes", lanes, "--out", out]
    result = call(*words)
    assert result.exit_code == 130
    assert "not complete: 2 of 4 lanes are done" in result.stdout
    assert [row[0] for row in table(out)[1:]] == ["0", "0", "1", "1"]
    done = call(*words, "--resume", "--json")
    assert done.exit_code == 130
    assert json.loads(done.stdout)["manifest"]["lanes_done"] == 2
    assert call(*words, "--resume").exit_code == 0
    assert len(table(out)) == 9
    other = call(*words, "--resume", "--rtol", "1e-4")
    assert other.exit_code == 2
    assert "these differ: rtol" in other.stderr


def test_import_warnings_are_told(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from jakstat.engine.read.import_report import ImportReport
    from jakstat.errors import Problem

    monkeypatch.setattr(Model, "report", ImportReport((Problem("x.y", "odd"),) * 5), raising=False)
    import jakstat.experiment.model_run as module

    plain = module.load_sbml

    def load(*args, **more):
        found = plain(*args, **more)
        return Model(found.network, ImportReport((Problem("x.y", "odd"),) * 5))

    monkeypatch.setattr(module, "load_sbml", load)
    shown = call(model, "--until", 1).stdout
    assert shown.count("import warning: odd") == 3
    assert "and 2 more import warnings" in shown


def test_a_bar_is_drawn_on_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with command._progress(10, quiet=False) as tell:
        tell(0)
        tell(10)
    assert capsys.readouterr().out == ""
    with command._progress(10, quiet=True) as tell:
        tell(3)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--until", 0], "time.span"),
        (["--until", -1], "time.span"),
        (["--until", 1, "--points", 1], "points.range"),
        (["--until", 1, "--out", "x.txt"], "out.format"),
        (["--until", 1, "--lanes", "no.csv"], "file.missing"),
        (["--until", 1, "--out", "nowhere/x.csv"], "file.folder"),
        (["--until", 1, "--method", "magic"], "method.unknown"),
        (["--until", 1, "--resume"], "option.alone"),
        (["--until", 1, "--out", "x.csv", "--resume", "--force"], "option.value"),
        (["--until", 1, "--outputs", "C"], "output.unknown"),
        (["--until", 1, "--reduce", ""], "reduce.kind"),
    ],
)
def test_wrong_options_are_refused(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[object], code: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = call(model, *options)
    assert result.exit_code == 2
    assert f"[{code}]" in result.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["decay.xml"]


def test_the_input_is_not_overwritten(tmp_path: Path, model: Path) -> None:
    lanes = tmp_path / "lanes.csv"
    lanes.write_text("k\n1\n")
    result = call(model, "--until", 1, "--lanes", lanes, "--out", lanes, "--force")
    assert result.exit_code == 2
    assert lanes.read_text() == "k\n1\n"


def test_lanes_of_a_second_run_are_told(tmp_path: Path) -> None:
    tank = tmp_path / "tank.xml"  # Torricelli: (1 - t/2)^2 until it is empty
    tank.write_text(
        sm.sbml(
            sm.listed("Parameters", [sm.parameter("x", 1.0, False)])
            + sm.listed("Rules", [sm.rule("rate", "x", "-x^0.5")])
        )
    )
    result = call(tank, "--until", 5)
    assert result.exit_code == 0
    assert "1 of 1 lanes met a NaN and were run again" in result.stdout
    assert json.loads(call(tank, "--until", 5, "--json").stdout)["lanes"]["eased"] == 1


def test_a_model_is_asked_how_long_it_runs(model: Path) -> None:
    result = call(model)
    assert result.exit_code == 2
    assert (
        "'decay.xml' does not say how long it runs. --until 24, in its time unit [option.missing]"
        in result.stderr
    )
