"""`jakstat progression` and `jakstat carcinogen`."""

import csv
import json

import pytest
from typer.testing import CliRunner

from jakstat.cli.main import app


def run(*words):
    return CliRunner().invoke(app, list(words))


def test_a_liver_in_words_json_table_and_figure(tmp_path):
    words = ("progression", "--aetiology", "HCV", "--until", "4y", "--treat", "DAA@1y", "--draws", "4")
    shown = run(*words)
    assert shown.exit_code == 0, shown.output
    assert "HCV, man of 45, from hepatitis, 4 years, course of the clinic" in shown.output
    assert "DAA from year 1" in shown.output
    table, figure = tmp_path / "t.csv", tmp_path / "f.png"
    written = run(*words, "--json", "--csv", str(table), "--plot", str(figure))
    document = json.loads(written.output)
    assert [arm["arm"] for arm in document["arms"]] == ["untreated", "DAA from year 1"]
    rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()[2:]))
    assert float(rows[-1]["cancer_percent"]) == document["arms"][1]["cancer"][-1]
    assert figure.stat().st_size > 10_000


def test_mice_in_words_json_and_figure(tmp_path):
    figure = tmp_path / "f.png"
    shown = run("carcinogen", "--draws", "4", "--plot", str(figure))
    assert shown.exit_code == 0, shown.output
    assert "tumours, changed over unchanged" in shown.output
    assert figure.stat().st_size > 10_000
    document = json.loads(run("carcinogen", "--sex", "female", "--draws", "4", "--json").output)
    assert document["ratio"]["value"] > 1.0
    assert [g["group"] for g in document["groups"]] == ["unchanged", "SOCS3=0"]


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        (["progression", "--sex", "x", "--age", "130"], ["person.sex", "person.age"]),
        (["progression", "--published", "--age", "40", "--plot", "x.png"], ["option.alone", "option.alone"]),
        (["progression", "--aetiology", "none", "--load", "10"], ["option.alone"]),
        (["progression", "--draws", "1", "--seed", "3"], ["option.alone"]),
        (["progression", "--force"], ["option.alone"]),
        (["carcinogen", "--sex", "x", "--until", "20y"], ["person.sex", "time.range"]),
        (["carcinogen", "--knockdown", "NOGENE=0", "--draws", "2"], ["gene.unknown"]),
    ],
)
def test_what_cannot_be_used_ends_with_2(words, codes):
    done = run(*words, "--json")
    assert done.exit_code == 2, done.output
    assert [p["code"] for p in json.loads(done.output)["problems"]] == codes
