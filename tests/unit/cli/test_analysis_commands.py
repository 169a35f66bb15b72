import csv
import json

import pytest
from typer.testing import CliRunner

from jakstat.cli.main import app

RUN = CliRunner()


def run(*words):
    return RUN.invoke(app, [str(w) for w in words])


STEADY = (
    "steady-state",
    "hepg2",
    "--parts",
    "core",
    "--stimulus",
    "IL6=10ng/ml",
    "--observe",
    "pSTAT3,SOCS3",
    "--starts",
    "4",
)
SCAN = (
    "bistability",
    "hepg2",
    "--parts",
    "core",
    "--input",
    "IL6=0.1..100ng/ml:5",
    "--readout",
    "pSTAT3,SOCS3",
    "--starts",
    "2",
)
LOCAL = (
    "sensitivity",
    "hepg2",
    "--parts",
    "core",
    "--stimulus",
    "IL6=10ng/ml",
    "--at",
    "20min",
)
COMBINE = ("combine", "hepg2", "--parts", "core",
           "--drug", "ruxolitinib=60..6000nM:4", "--drug", "Stattic=5..500uM:4",
           "--stimulus", "IL6=10ng/ml", "--at", "20min", "--interval", "4")  # fmt: skip
SCREEN = ("combine", "hepg2", "--parts", "core",
          "--screen", "pairs.csv", "--stimulus", "IL6=10ng/ml", "--at", "20min",
          "--doses", "4")  # fmt: skip
CELLS = ("simulate", "hepg2", "--parts", "core",
         "--stimulus", "IL6=0.1,10ng/ml", "--cells", "40", "--at", "20min",
         "--until", "30min", "--points", "7", "--observe", "pSTAT3")  # fmt: skip


@pytest.mark.parametrize("words", [STEADY, SCAN, LOCAL, CELLS, COMBINE])
def test_a_figure_and_a_document_come_out(words, tmp_path):
    plot = tmp_path / "out.png"
    done = run(*words, "--plot", plot, "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert {"context", "notes", "manifest", "notice"} <= set(found)
    assert plot.read_bytes()[:4] == b"\x89PNG"
    again = run(*words, "--plot", plot, "--json")
    assert again.exit_code == 2
    assert json.loads(again.stdout)["problems"][0]["code"] == "file.exists"


@pytest.mark.parametrize(
    ("words", "column", "rows"),
    [
        (STEADY, "value", None),
        (SCAN, "level", None),
        (LOCAL, "elasticity", None),
        (COMBINE, "bliss_excess", 25),
        (SCREEN, "bliss_most", 1),
    ],
)
def test_the_table_holds_the_numbers_of_the_document(words, column, rows, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pairs.csv").write_text("drug_a,drug_b\nruxolitinib,Stattic\n", encoding="utf-8")
    done = run(*words, "--csv", "out.csv", "--json")
    assert done.exit_code == 0, done.output
    first, *lines = (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()
    assert first.startswith("# For research")
    table = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    assert rows is None or len(table) == rows
    numbers = set(every_number(json.loads(done.stdout)))
    said = [float(row[column]) for row in table if row[column]]
    assert said
    assert set(said) <= numbers


def every_number(document):
    if isinstance(document, dict):
        document = list(document.values())
    if isinstance(document, list):
        for inner in document:
            yield from every_number(inner)
    elif isinstance(document, float | int):
        yield float(document)


def test_what_the_documents_say():
    steady = json.loads(run(*STEADY, "--json").stdout)
    assert [s["situation"] for s in steady["states"]] == ["resting", "stimulated"]
    assert steady["states"][1]["readouts"]["pSTAT3"]["unit"] == "1/cell"
    assert steady["states"][0]["modes"][0]["rate_per_h"] < 0
    assert set(steady["verdict"]) == set(steady["starts"]) == {"resting", "stimulated"}
    scan = json.loads(run(*SCAN, "--json").stdout)
    assert scan["verdict"] == "monostable"
    assert scan["input"] == {"name": "IL6", "unit": "ng/ml"}
    assert len(scan["level"]) == len(scan["sweeps"]["up"]["pSTAT3"]) == 5
    assert all(scan["curves"][0]["stable"])
    local = json.loads(run(*LOCAL, "--json").stdout)
    first = local["parameters"][0]
    assert {
        "id",
        "value",
        "low",
        "high",
        "unit",
        "grade",
        "source",
        "elasticity",
        "elasticity_check",
        "reliable",
    } == set(first)
    assert abs(first["elasticity"]) >= abs(local["parameters"][1]["elasticity"])
    cells = json.loads(run(*CELLS, "--json").stdout)
    assert [d["dose"] for d in cells["distributions"]] == [{"IL6": 0.1}, {"IL6": 10.0}]
    assert cells["distributions"][1]["responders"] > cells["distributions"][0]["responders"]
    assert {s["id"] for s in cells["spreads"]} >= {"abundance", "size", "shared"}


def test_cells_stand_beside_the_untreated_control(tmp_path):
    table = tmp_path / "cells.csv"
    done = run(
        *CELLS, "--drug", "ruxolitinib=1uM", "--csv", str(table), "--plot", str(tmp_path / "cells.svg")
    )
    assert done.exit_code == 0, done.output
    assert "untreated: the median of the same cells without ruxolitinib" in done.stdout
    assert "untreated (no ruxolitinib)" in (tmp_path / "cells.svg").read_text()
    rows = list(csv.DictReader(table.read_text().splitlines()[2:]))
    assert [row["dose_IL6"] for row in rows] == ["0.1", "10.0"]
    for row in rows:
        assert float(row["percent"]) == pytest.approx(100 * float(row["median"]) / float(row["untreated"]))
        assert float(row["percent"]) < 95


@pytest.mark.long
def test_the_tables_name_units_grade_and_source():
    assert "1/cell" in run(*STEADY).stdout
    shown = run(*LOCAL).stdout
    assert "grade" in shown
    assert "zeilfelder2025" in shown
    cells = run(*CELLS).stdout
    assert "pSTAT3 (1/cell)" in cells
    assert "IL6 (ng/ml)" in cells
    scan = run(*SCAN, "--up-down").stdout
    assert "monostable between 0.1 and 100 ng/ml of IL6" in scan
    assert scan.count("\n") > run(*SCAN).stdout.count("\n")


def test_sobol_from_the_command_line():
    words = (
        "sensitivity",
        "hepg2",
        "--parts",
        "core",
        "--stimulus",
        "IL6=10ng/ml",
        "--method",
        "sobol",
        "--rows",
        "8",
        "--until",
        "30min",
    )
    found = json.loads(run(*words, "--json").stdout)
    assert found["method"] == "sobol"
    assert {"first", "first_low", "total", "total_high"} <= set(found["parameters"][0])
    assert (found["failed"], found["lost_rows"]) == (0, 0)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("simulate", "hepg2", "--at", "20min"), "option.alone"),
        ((*CELLS, "--overlay", "x.csv"), "option.alone"),
        (("simulate", "hepg2", "--cells", "3"), "count.range"),
        (("simulate", "hepg2", "--cells", "20", "--seed", "-1"), "seed.range"),
        (("bistability", "hepg2", "--input", "IL99=1..2nM"), "input.unknown"),
        (("steady-state", "atlantis"), "context.unknown"),
        (("sensitivity", "hepg2", "--method", "sobol", "--rows", "9"), "count.power"),
    ],
)
def test_bad_input_is_refused_with_exit_code_2(words, code):
    done = run(*words, "--json")
    assert done.exit_code == 2
    assert json.loads(done.stdout)["problems"][0]["code"] == code


def test_a_combination_is_told_in_words():
    done = run(*COMBINE)
    assert done.exit_code == 0, done.output
    for words in (
        "effect: share of pSTAT3 at 20min lost",
        "Bliss: no interaction",
        "MuSyC:",
        "upstream of pSTAT3",
    ):
        assert words in done.stdout
    found = json.loads(run(*COMBINE, "--json").stdout)
    assert set(found["models"]) == {"bliss", "hsa", "loewe", "zip"}
    assert found["interval"]["vectors"] == 4


def test_a_screen_is_kept_and_gone_on_with(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pairs.csv").write_text("drug_a,drug_b\nruxolitinib,Stattic\n", encoding="utf-8")
    done = run(*SCREEN, "--out", "kept", "--plot", "map.png")
    assert done.exit_code == 0, done.output
    assert "Bliss says" in done.stdout
    assert (tmp_path / "map.png").read_bytes()[:4] == b"\x89PNG"
    again = run(*SCREEN, "--out", "kept")
    assert again.exit_code == 2
    assert "file.exists" in again.stderr
    found = json.loads(run(*SCREEN, "--out", "kept", "--resume", "--json").stdout)
    assert found["complete"]
    assert found["pairs"][0]["word"] in done.stdout
    fresh = json.loads(run(*SCREEN, "--json").stdout)
    assert found["pairs"] == fresh["pairs"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--all-pairs", "--drug", "ruxolitinib"), "option.value"),
        (("--all-pairs", "--screen", "pairs.csv"), "option.value"),
        (("--all-pairs", "--resume"), "option.alone"),
        (("--all-pairs", "--out", "nowhere/kept"), "file.folder"),
        (("--all-pairs", "--out", "kept", "--resume"), "file.missing"),
        (("--drug", "ruxolitinib", "--drug", "Stattic", "--out", "kept"), "option.alone"),
        (("--screen", "nosuch.csv"), "file.missing"),
    ],
)
def test_options_of_combine_that_do_not_go_together(words, code, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run("combine", "hepg2", *words, "--json")
    assert done.exit_code == 2
    assert json.loads(done.stdout)["problems"][0]["code"] == code
