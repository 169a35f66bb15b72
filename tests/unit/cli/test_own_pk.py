"""`jakstat pk --data` as people type it: what it prints and writes, and what mends a slip."""

import csv
import json
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from jakstat.cli.main import app

OWN = Path(__file__).resolve().parents[3] / "examples" / "own"
SHEET, NONMEM = str(OWN / "concentrations.csv"), str(OWN / "siltuximab_nonmem.csv")


def run(*words):
    return CliRunner().invoke(app, ["pk", *map(str, words)])


def told(*words):
    done = run(*words)
    assert done.exit_code == 0, done.output
    return " ".join(done.output.split())


def refused(*words):
    done = run(*words)
    assert done.exit_code == 2, done.output
    assert "Traceback" not in done.output
    return " ".join(done.output.split())


def test_readings_of_a_spreadsheet(tmp_path):
    said = told("--data", SHEET, "--lloq", 2, "--csv", tmp_path / "a.csv", "--xlsx", tmp_path / "a.xlsx")
    assert "concentrations.csv (SHA-256 " in said
    assert "48 rows, 6 subjects, 48 samples" in said
    assert "taken as extravascular (--route IV for a bolus" in said
    assert "over 6 profiles" in said
    lines = (tmp_path / "a.csv").read_text(encoding="utf-8").splitlines()
    rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    half = [r for r in rows if r["reading"] == "half_life" and r["statistic"] == "profile"]
    assert {r["unit"] for r in half} == {"h"}
    assert len(half) == 6
    assert openpyxl.load_workbook(tmp_path / "a.xlsx").sheetnames == ["answer", "question"]


@pytest.mark.long
def test_a_model_beside_a_NONMEM_data_set(tmp_path):
    done = run(
        "siltuximab",
        "--data",
        NONMEM,
        "--check",
        "--sets",
        40,
        "--fit",
        "--plot",
        tmp_path / "a.svg",
        "--json",
    )
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert document["kind"] == "own-exposure"
    assert document["model"]["covariates"]["weight"] == "the data"
    assert document["model"]["proportional_error"] == 0.224
    assert document["check"]["sets"] == 40
    assert len(document["fits"]["subjects"]) == 6
    one = document["fits"]["subjects"][0]
    assert one["low"]["CL"] < one["numbers"]["CL"] < one["high"]["CL"]
    assert (tmp_path / "a.svg").stat().st_size > 10_000


@pytest.mark.long
def test_the_same_question_gives_the_same_answer():
    words = ("siltuximab", "--data", NONMEM, "--check", "--sets", 20, "--fit", "--seed", 5, "--json")
    assert run(*words).stdout == run(*words).stdout


def test_a_pipe_of_text_says_what_was_asked():
    said = told("siltuximab", "--data", NONMEM, "--check", "--sets", 20, "--corrected", "--since-last")
    assert "prediction-corrected check, 20 simulated sets, seed 1" in said
    assert "hours from the last dose" in said
    assert "residual error 22.4 % + 0.0217 mg/L (fitted; nikanjam2019)" in said


SLIPS = [
    (("--data", "nowhere.csv"), "there is no such file"),
    (("--data", SHEET, "--check"), "name the drug"),
    (("--data", SHEET, "--fit"), "name the drug"),
    (("--data", SHEET, "--error", "20 %"), "it goes with --check or --fit"),
    (("ruxolitinib", "--data", SHEET, "--corrected"), "it goes with --check"),
    (("ruxolitinib", "--data", SHEET, "--bins", "4"), "it goes with --check"),
    (("ruxolitinib", "--data", SHEET, "--check", "--bins", "4,2"), "0,2,6,24 or a number of bins"),
    (("ruxolitinib", "--data", SHEET, "--check", "--sets", "3"), "allowed: 20 to 10000"),
    (("ruxolitinib", "20 mg PO QD", "--data", SHEET), "the doses are those of --data"),
    (("ruxolitinib", "--data", SHEET, "--days", "3"), "it does not go with --data"),
    (("ruxolitinib", "--data", SHEET, "--doses", SHEET), "it does not go with --data"),
    (("--data", SHEET, "--population", "cancer"), "name a drug of the library"),
    (("--data", SHEET, "--rule", "trapezoid"), "linear-up log-down or linear"),
    (("--data", SHEET, "--blq", "drop"), "pknca, M1, M3"),
    (("--data", SHEET, "--blq", "M5"), "--lloq"),
    (("--data", SHEET, "--dose", "20 mg"), "leave --dose out"),
    (("--data", SHEET, "--route", "mouth"), "PO, SC, IV"),
    (("--data", SHEET, "--unit", "mg"), "mg/L, ng/mL"),
    (("--data", SHEET, "--time-unit", "weeks of"), "h, min or day"),
    (("--data", SHEET, "--dose-unit", "mg/l"), "mg, ug, g, mg/kg"),
    (("--data", SHEET, "--sheet", "two"), "only .xlsx has sheets"),
    (("--data", SHEET, "--ignore", "conc>5"), ""),
    (("--data", SHEET, "--columns", "ID,TIME"), "DROP"),
    (("--data", SHEET, "--lloq", "0"), "a number above 0"),
    (("ruxo", "--data", SHEET), "did you mean 'ruxolitinib'"),
    (("siltuximab", "--data", SHEET, "--route", "PO"), "not given so"),
    (("tocilizumab", "--data", SHEET), "--route IV or SC"),
    (("ruxolitinib", "--data", SHEET, "--fit", "--error", "lots"), "20 %"),
    (("ruxolitinib", "--lloq", "5"), "it goes with --data"),
    (("ruxolitinib", "20 mg PO QD", "--fit"), "it goes with --data"),
]


@pytest.mark.parametrize(
    ("words", "mends"), SLIPS, ids=lambda x: " ".join(map(str, x))[-60:] if isinstance(x, tuple) else ""
)
def test_slips_are_answered_by_the_sentence_that_mends_them(words, mends):
    done = run(*words)
    if not mends:  # a condition on a heading's other name is understood
        assert done.exit_code == 0, done.output
        return
    assert mends in refused(*words)


def test_nothing_is_written_when_a_file_is_wrong(tmp_path):
    bad = tmp_path / "bad.csv"
    bad.write_text("subject,time,conc\na,0,1\na,zwei,3\nb,1,x\n", encoding="utf-8")
    said = refused("--data", bad, "--csv", tmp_path / "out.csv")
    assert "bad.csv:3:2 TIME: 'zwei' is no time" in said
    assert "bad.csv:4:3 DV: 'x' is no concentration" in said
    assert not (tmp_path / "out.csv").exists()
