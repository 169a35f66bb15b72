"""The command `jakstat dilution`."""

import csv
import json

import pytest
from typer.testing import CliRunner

from jakstat.cli.main import app

RUN = CliRunner()
WELLS = """dose,tested,positive,group
1000,8,8,control
100,8,5,control
10,8,1,control
1000,8,6,drug
100,8,2,drug
10,8,0,drug
"""


@pytest.fixture
def wells(tmp_path):
    path = tmp_path / "wells.csv"
    path.write_text(WELLS, encoding="utf-8")
    return path


def test_table_document_and_csv_say_the_same(wells, tmp_path):
    shown = RUN.invoke(app, ["dilution", str(wells), "--csv", str(tmp_path / "out.csv")])
    assert shown.exit_code == 0, shown.output
    assert "97.08" in shown.stdout
    assert "chi2 10.06 on 1, p 0.0015" in shown.stdout
    found = json.loads(RUN.invoke(app, ["dilution", str(wells), "--json"]).stdout)
    assert [round(g["one_in"]["value"], 4) for g in found["frequencies"]] == [97.0775, 626.3853]
    assert round(found["difference"]["chi2"], 2) == 10.06
    lines = (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()
    rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    assert [float(r["one_in_value"]) for r in rows] == [g["one_in"]["value"] for g in found["frequencies"]]


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_figure(wells, tmp_path, kind):
    target = tmp_path / f"out.{kind}"
    done = RUN.invoke(app, ["dilution", str(wells), "--plot", str(target)])
    assert done.exit_code == 0, done.output
    assert target.stat().st_size > 5000


def test_none_and_all(tmp_path):
    path = tmp_path / "ends.csv"
    path.write_text(
        "dose,tested,positive,group\n1000,6,0,a\n100,6,0,a\n1000,6,6,b\n100,6,6,b\n", encoding="utf-8"
    )
    done = RUN.invoke(app, ["dilution", str(path), "--plot", str(tmp_path / "ends.png")])
    assert done.exit_code == 0, done.output
    assert "2,203" in done.stdout
    assert "107.1" in done.stdout
    assert "one-sided" in done.stdout
    document = json.loads(RUN.invoke(app, ["dilution", str(path), "--json"]).stdout)
    assert document["frequencies"][0]["one_in"]["value"] is None
    assert document["single_hit"] is None


def test_every_bad_row_is_told_with_its_line(tmp_path):
    path = tmp_path / "bad.csv"
    path.write_text("dose,tested,positive\n-1,8,8\nx,8,5\n10,8,9\n10,1.5,0\n10,8\n", encoding="utf-8")
    done = RUN.invoke(app, ["dilution", str(path), "--json"])
    assert done.exit_code == 2
    found = json.loads(done.stdout)["problems"]
    assert [(p["line"], p["code"]) for p in found] == [
        (2, "dilution.dose"), (3, "table.number"), (4, "dilution.count"), (5, "dilution.count"),
        (6, "table.cells"),
    ]  # fmt: skip
    assert {p["file"] for p in found} == {"bad.csv"}


@pytest.mark.parametrize(
    ("text", "code"),
    [("dose,tested\n1,8\n", "table.columns"), ("dose,tested,positive\n", "dilution.length"), ("", "table")],
)
def test_what_is_no_dilution(tmp_path, text, code):
    path = tmp_path / "bad.csv"
    path.write_text(text, encoding="utf-8")
    done = RUN.invoke(app, ["dilution", str(path)])
    assert done.exit_code == 2
    assert f"[{code}" in done.output


def test_options(wells, tmp_path):
    assert "[dilution.confidence]" in RUN.invoke(app, ["dilution", str(wells), "--confidence", "95"]).output
    assert "[option.alone]" in RUN.invoke(app, ["dilution", str(wells), "--force"]).output
    assert "[file.missing]" in RUN.invoke(app, ["dilution", str(tmp_path / "no.csv")]).output
