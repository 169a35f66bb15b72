import csv
import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import small_models as sm
from jakstat.cli import run as command
from jakstat.cli.main import app


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "decay.xml"
    path.write_text(sm.DECAY)
    return path


def call(*arguments: object):
    return CliRunner().invoke(app, ["run", *map(str, arguments)])


def test_one_simulation_is_told(model: Path) -> None:
    result = call(model, "--until", 2, "--points", 3)
    assert result.exit_code == 0, result.output
    assert "A  3.67879" in result.output
    document = json.loads(call(model, "--until", 2, "--json").output)
    assert document["outcomes"] == {"OK": 1}
    assert document["last_of_first_lane"]["A"] == pytest.approx(3.67879, rel=1e-5)


def test_lanes_into_a_table(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "PIECE", 2)
    lanes, out = tmp_path / "lanes.csv", tmp_path / "out.csv"
    lanes.write_text("k,A\n0.5,10\n1.0,10\n2.0,5\n")
    result = call(model, "--until", 1, "--points", 2, "--lanes", lanes, "--out", out, "--observe", "A")
    assert result.exit_code == 0, result.output
    rows = list(csv.DictReader(out.read_text().splitlines()))
    assert [row["lane"] for row in rows] == ["0", "0", "1", "1", "2", "2"]
    ends = [float(row["A"]) for row in rows if row["time"] == "1.0"]
    assert np.allclose(ends, [10 * np.exp(-0.5), 10 * np.exp(-1), 5 * np.exp(-2)], rtol=1e-5)
    assert call(model, "--until", 1, "--out", out).exit_code == 2
    assert call(model, "--until", 1, "--out", out, "--force").exit_code == 0


def test_an_interrupt_leaves_what_is_done(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jakstat.engine import Model

    monkeypatch.setattr(command, "PIECE", 1)
    plain, calls = Model.simulate, []

    def simulate(self, *args, **more):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return plain(self, *args, **more)

    monkeypatch.setattr(Model, "simulate", simulate)
    lanes, out = tmp_path / "lanes.csv", tmp_path / "out.csv"
    lanes.write_text("k\n0.5\n1.0\n2.0\n3.0\n")
    result = call(model, "--until", 1, "--points", 2, "--lanes", lanes, "--out", out)
    assert result.exit_code == 130
    assert [row["lane"] for row in csv.DictReader(out.read_text().splitlines())] == ["0", "0", "1", "1"]


@pytest.mark.parametrize(
    ("table", "code"),
    [
        ("k,k\n1,2\n", "lanes.columns"),
        ("", "lanes.columns"),
        ("k\n", "lanes.count"),
        ("k\nx\n", "lanes.number"),
        ("k\n1,2\n", "lanes.row"),
        ("k\nnan\n", "lanes.number"),
        ("nothing\n1\n", "value.unknown"),
    ],
)
def test_wrong_tables_are_refused(model: Path, tmp_path: Path, table: str, code: str) -> None:
    lanes = tmp_path / "lanes.csv"
    lanes.write_text(table)
    result = call(model, "--until", 1, "--lanes", lanes, "--json")
    assert result.exit_code == 2
    assert code in result.output


@pytest.mark.parametrize(
    "options",
    [
        ["--until", 0],
        ["--until", 1, "--points", 1],
        ["--until", 1, "--out", "x.txt"],
        ["--until", 1, "--lanes", "no.csv"],
        ["--until", 1, "--out", "/nowhere/x.csv"],
        ["--until", 1, "--method", "magic"],
    ],
)
def test_wrong_options_are_refused(model: Path, options: list[object]) -> None:
    assert call(model, *options).exit_code == 2
