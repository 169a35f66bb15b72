import json

import pytest
from typer.testing import CliRunner

from jakstat.cli.main import app
from shared_data import SHARED

RUN = CliRunner()
CASES = SHARED / "cases" / "dose"
needs_cases = pytest.mark.skipif(not CASES.is_dir(), reason="the cases are not beside the checkout")


def run(*words):
    done = RUN.invoke(app, ["pk", *words])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_table_names_grade_and_population():
    out = run("siltuximab", "11 mg/kg IV q3w x 2", "--subjects", "20", "--population", "castleman")
    assert (
        "siltuximab 11 mg/kg IV q3w x 2: 20 virtual subjects of castleman, 42 days, seed 1; 0 failed" in out
    )
    assert "fitted" in out
    assert "left out: accumulation, steady_state: steady state is not reached" in out


def test_assumed_numbers_say_so():
    out = run("ipilimumab", "3 mg/kg IV q3w x 4", "--subjects", "0")
    assert "assumed" in out
    assert "fitted" not in out


def test_json_figure_and_dose_table(tmp_path):
    figure, table = tmp_path / "o.png", tmp_path / "o.csv"
    text = run(
        "tocilizumab", "8 mg/kg IV q4w x 2", "--subjects", "5", "--target", "--plot", str(figure),
        "--export", str(table), "--weight", "60", "--json",
    )  # fmt: skip
    document = json.loads(text)
    assert document["metrics"]["Cmax"]["unit"] == "mg/L"
    assert set(document["curves"]) == {"total", "total_molar", "unbound", "free_target", "total_target"}
    assert len(document["curves"]["total"]["low"]) == len(document["time_h"])
    assert figure.stat().st_size > 10_000
    assert table.read_text().splitlines()[1].startswith("1,0.0,.,480.0,480.0,1,672.0,")
    told = json.loads(run("tocilizumab", "--doses", str(table), "--days", "30", "--json"))
    assert told["subjects"] == ["1", "2", "3", "4", "5"]


def test_unbound_is_drawn(tmp_path):
    run(
        "ruxolitinib",
        "15 mg PO BID",
        "--days",
        "2",
        "--subjects",
        "0",
        "--unbound",
        "--plot",
        str(tmp_path / "o.svg"),
    )
    assert "unbound drug in plasma" in (tmp_path / "o.svg").read_text() or (tmp_path / "o.svg").stat().st_size


def test_a_drug_alone_is_described():
    document = json.loads(run("danvatirsen", "--json"))
    assert document["grade"] == "assumed"
    assert {r["grade"] for r in document["numbers"]} == {"assumed"}
    assert "loading" in run("danvatirsen")


def test_reported_numbers():
    document = json.loads(run("tofacitinib", "--reported", "--subjects", "10", "--json"))
    assert document["count"] == document["within"] == 1
    assert "1 of 1 within" in run("tofacitinib", "--reported", "--subjects", "10")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("siltuximb", "11 mg/kg IV q3w"), "drug.unknown"),
        (("Stattic", "5 mg PO QD"), "pk.none"),
        (("siltuximab", "11 mg/kg PO q3w"), "regimen.route"),
        (("siltuximab", "11 mg/kg/day/x"), "unit.clash"),
        (("ruxolitinib", "5 nM PO"), "unit.clash"),
        (("ruxolitinib", "5 mg PO BID", "--population", "cancr"), "population.unknown"),
        (("ruxolitinib", "5 mg PO BID", "--covariate", "albumin"), "covariate.text"),
        (("ruxolitinib", "5 mg PO BID", "--weight", "-4"), "covariate.range"),
        (
            ("ruxolitinib", "5 mg PO BID", "--covariate", "albumin=3", "--covariate", "albumin=4"),
            "covariate.twice",
        ),
        (("ruxolitinib", "5 mg PO BID", "--weight", "70", "--covariate", "weight=80"), "covariate.twice"),
        (("ruxolitinib", "5 mg PO q0h"), "regimen.clause"),
        (("siltuximab", "11 mg/kg IV q0w"), "regimen.clause"),
        (("siltuximab", "11 mg/kg IV q3w q4w"), "regimen.twice"),
        (("ruxolitinib", "5 mg PO BID", "--days", "-4"), "time.range"),
        (("ruxolitinib", "5 mg PO BID", "--target"), "pk.target"),
        (("ruxolitinib", "--doses", "none.csv"), "file.missing"),
        (("ruxolitinib", "5 mg PO QD", "--doses", "none.csv"), "option.alone"),
        (("danvatirsen", "--reported"), "pk.reported"),
        ((), "option.missing"),
    ],
)
def test_bad_input(words, code):
    done = RUN.invoke(app, ["pk", *words])
    assert done.exit_code == 2, done.output
    assert f"[{code}]" in done.stderr
    assert done.stdout == ""


@needs_cases
@pytest.mark.parametrize("days", [(), ("--days", "1"), ("--days", "40")])
@pytest.mark.parametrize("name", ["one", "full_dataset"])
def test_tables_of_doses(name, days):
    document = json.loads(run("ruxolitinib", "--doses", str(CASES / f"{name}.csv"), *days, "--json"))
    assert (document["subjects"], document["doses"], document["given"]) == (["1"], [1], [15.0])
    assert document["peak"] == pytest.approx([0.15533], abs=5e-6)
    assert document["passed_over"] == ("" if name == "one" else "1 observation; columns DV, WT")


@needs_cases
def test_an_ID_that_returns_is_another_individual():
    done = RUN.invoke(app, ["pk", "ruxolitinib", "--doses", str(CASES / "id_returns.csv")])
    assert done.exit_code == 2
    assert "id_returns.csv:4:1" in done.stderr
    assert "[dose-table.id]" in done.stderr


def test_a_table_in_words(tmp_path):
    table = tmp_path / "d.csv"
    table.write_text("ID,TIME,AMT,DV,WT\n7,0,15,.,70\n7,2,.,0.3,70\n")
    out = run("ruxolitinib", "--doses", str(table), "--days", "2")
    assert "each a typical subject of myelofibrosis, 2 days" in out
    assert "passed over: 1 observation; columns DV, WT" in out
    assert "7: doses 1, 15 mg in all; highest 0.155 mg/L at 0.956 h, area 0.679 mg*h/L" in out
