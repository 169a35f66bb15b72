"""`jakstat map` as users run it."""

import json

import pytest
from typer.testing import CliRunner

from jakstat.biology.parts import part
from jakstat.cli.main import app
from jakstat.exchange.sbgn import read_sbgn
from jakstat.experiment.resting import loaded_cell

RUNNER = CliRunner()


def run(*args):
    return RUNNER.invoke(app, ["map", *map(str, args)])


def test_svg(tmp_path):
    done = run("--out", tmp_path / "map.svg")
    assert done.exit_code == 0
    assert "48 species, 75 processes" in done.stdout
    assert (tmp_path / "map.svg").read_text(encoding="utf-8").startswith("<svg")


def test_coloured_sbgn(tmp_path):
    path = tmp_path / "map.sbgn"
    done = run("--at", "20min", "--stimulus", "IL6=10ng/ml", "--out", path, "--json")
    assert done.exit_code == 0
    document = json.loads(done.stdout)
    values = document["values"]["species"]
    assert document["values"]["time_h"] == pytest.approx(1 / 3)
    assert values["pSTAT3_dimer_nuc"]["fold"] > 10
    assert values["IL6"]["fold"] is None
    assert document["unconnected"] == ["IL17A"]
    assert sum(document["arc_kinds"].values()) == document["arcs"] == len(read_sbgn(path).arcs)
    assert "renderInformation" in path.read_text(encoding="utf-8")


def test_context(tmp_path):
    done = run("--context", "mouse_hepatocyte", "--out", tmp_path / "map.svg", "--json")
    assert json.loads(done.stdout)["context"] == "mouse_hepatocyte"


def test_parts(tmp_path):
    done = run("--parts", "stat3", "--out", tmp_path / "map.svg", "--json")
    document = json.loads(done.stdout)
    assert document["parts"] == ["receptor", "jak", "stat3"]
    reactions = loaded_cell("hepg2", ("receptor", "jak", "stat3")).model.network.reactions
    assert document["glyphs"]["processes"] == len(reactions)


def test_the_tumour_of_a_patient(tmp_path):
    """What NK cells come by is that of the part: JAKs and STAT3 under IL-6 keep them away."""
    path = tmp_path / "tumour.sbgn"
    done = run("--scale", "patient", "--parts", "immunity", "--out", path, "--json")
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert (document["context"], document["parts"]) == ("patient", ["immunity"])
    reactions = {a.id for a in part("immunity").reactions}
    assert document["glyphs"]["processes"] == len(reactions) == 8
    assert sum(document["arc_kinds"].values()) == len(read_sbgn(path).arcs) > 2 * len(reactions)
    said = run("--scale", "patient", "--parts", "immunity", "--out", tmp_path / "tumour.svg")
    assert f"wrote {tmp_path / 'tumour.svg'}" in said.stdout
    assert "Left out" in said.stdout


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["--scale", "dish", "--out", "map.svg"], "option.value"),
        (["--scale", "patient", "--out", "map.svg", "--at", "20min"], "option.alone"),
        (["--scale", "patient", "--out", "map.svg", "--drug", "ruxolitinib=1uM"], "option.alone"),
        (["--out", "map.gif"], "figure.format"),
        (["--out", "nowhere/map.svg"], "file.folder"),
        (["--out", "map.svg", "--context", "hepg3"], "context.unknown"),
        (["--out", "map.svg", "--parts", "stat33"], "part.unknown"),
        (["--out", "map.svg", "--stimulus", "IL6=10ng/ml"], "option.alone"),
        (["--out", "map.svg", "--at", "20min", "--stimulus", "IL6=1..10ng/ml:3"], "map.series"),
        (["--out", "there.svg"], "file.exists"),
    ],
)
def test_bad_input(args, code, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.svg").write_text("mine", encoding="utf-8")
    done = run(*args, "--json")
    assert done.exit_code == 2
    assert code in [p["code"] for p in json.loads(done.stdout)["problems"]]
    assert (tmp_path / "there.svg").read_text(encoding="utf-8") == "mine"
