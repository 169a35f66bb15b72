import numpy as np
import pytest

from jakstat.errors import InputError
from jakstat.pharmacology.exposure import exposure
from jakstat.pharmacology.nonmem import DoseRecord, engine_doses, read_dose_table, write_dose_table
from jakstat.pharmacology.pk_library import pk_model
from jakstat.pharmacology.subjects import draw_subjects
from jakstat.pharmacology.table_exposure import regimen_records, table_exposure


def read(text):
    return read_dose_table(text.encode(), file="d.csv")


@pytest.mark.parametrize(
    ("drug", "text"),
    [
        ("danvatirsen", "3 mg/kg IV day 1,3,5 then 3 mg/kg IV qw"),
        ("siltuximab", "11 mg/kg IV over 1 h q3w x 6"),
        ("lenvatinib", "12 mg PO QD x 14"),
        ("tocilizumab", "162 mg SC qw x 3"),
    ],
)
def test_round_trip(drug, text):
    people = draw_subjects("cancer", 5, seed=2)
    records = regimen_records(drug, text, people, until_h=2000.0)
    assert read(write_dose_table(records)).records == records
    assert {r.id for r in records} == {"1", "2", "3", "4", "5"}


def test_an_infusion_is_told_by_its_rate():
    """770 mg over 1 h: NONMEM reads RATE 0 as a bolus, and knows no DUR."""
    one = draw_subjects("cancer", 0, fixed={"weight": 70.0})
    records = regimen_records("siltuximab", "11 mg/kg IV over 90 min q3w x 2", one, until_h=2000.0)
    head, first = (line.split(",") for line in write_dose_table(records).splitlines())
    row = dict(zip(head, first, strict=True))
    assert "DUR" not in row
    assert float(row["RATE"]) == pytest.approx(770 / 1.5)
    assert (row["DV"], row["MDV"], row["EVID"], row["ADDL"], row["II"]) == (".", "1", "1", "1", "504.0")


def test_a_duration_of_another_program_is_read_as_a_rate():
    (record,) = read("ID,TIME,AMT,DUR\n1,0,100,4\n").records
    assert (record.rate, record.duration) == (25.0, 4.0)
    first, last = read("ID,TIME,AMT,DUR,RATE\n1,0,100,0.5,200\n1,87600,1e12,0.5,0\n").records
    assert (first.duration, last.duration, last.time, last.amt) == (0.5, 0.5, 87_600.0, 1e12)


def test_a_table_gives_what_its_regimen_gives():
    one = draw_subjects("myelofibrosis", 0)
    records = regimen_records("fedratinib", "400 mg PO QD", one, until_h=240.0)
    told = table_exposure("fedratinib", records, days=10.0)
    direct = exposure("fedratinib", "400 mg PO QD", subjects=0, times_h=told["time"].values)
    assert told["total"].values[0] == pytest.approx(direct["total"].values[0], rel=1e-4, abs=1e-6)
    assert float(told["peak"][0]) == pytest.approx(float(direct["peak"].max()), rel=1e-5)
    assert float(told["area"][0]) == pytest.approx(float(direct["AUC"][0, -1]), rel=1e-5)
    assert (int(told["doses"][0]), float(told["given"][0])) == (10, 4000.0)


@pytest.mark.parametrize("days", [1.0, 28.0, 40.0])
def test_the_peak_of_a_table_does_not_depend_on_what_is_shown(days):
    told = table_exposure("ruxolitinib", [DoseRecord("1", 0.0, 15.0)], days=days)
    assert float(told["peak"][0]) == pytest.approx(0.15533, abs=5e-6)
    assert float(told["peak_time"][0]) == pytest.approx(0.9562, abs=1e-4)


def test_each_ID_has_its_own_doses():
    rows = [DoseRecord("a", 0.0, 15.0), DoseRecord("a", 200.0, 30.0), DoseRecord("b", 5.0, 60.0)]
    told = table_exposure("ruxolitinib", rows, days=20.0)
    assert told["peak"].values == pytest.approx([2 * 0.15533, 4 * 0.15533], rel=1e-4)
    assert told["peak_time"].values == pytest.approx([200.9562, 5.9562], abs=1e-3)
    assert told["given"].values.tolist() == [45.0, 60.0]


def test_a_steady_state_is_where_doses_lead():
    steady = table_exposure("ruxolitinib", [DoseRecord("A", 0.0, 15.0, ii=12.0, ss=1)], days=0.5)
    led = exposure("ruxolitinib", "15 mg PO BID x 20", subjects=0)
    assert float(steady["peak"][0]) == pytest.approx(float(led["peak"][0, -1]), rel=1e-4)
    assert float(steady["total"][0, 0]) == pytest.approx(float(led["trough"][0, -1]), rel=1e-3)
    assert float(steady["area"][0]) == pytest.approx(float(led["area"][0, -1]), rel=1e-4)


def test_observations_and_other_columns_are_passed_over_and_named():
    table = read("ID,TIME,AMT,EVID,MDV\n1,0,100,1,1\n1,24,.,0,0\n2,0,50,1,1\n")
    assert [r.amt for r in table.records] == [100.0, 50.0]
    assert (table.observations, table.passed_over) == (1, "1 observation")
    table = read("ID,TIME,AMT,DV,MDV,EVID,WT\n1,0,15,.,1,1,70\n1,2,.,0.3,0,0,70\n1,3,0,0.2,0,0,70\n")
    assert table.records == (DoseRecord("1", 0.0, 15.0),)
    assert table.passed_over == "2 observations; columns DV, WT"
    assert read("ID,TIME,AMT\n1,0,15\n").passed_over == ""


def test_a_table_without_EVID_tells_doses_by_their_items():
    table = read("ID,TIME,AMT\n1,0,15\n1,2,.\n1,4,0\n1,6,5\n")
    assert [(r.time, r.amt) for r in table.records] == [(0.0, 15.0), (6.0, 5.0)]


def test_IDs_are_individuals():
    assert [r.id for r in read("ID,TIME,AMT\n7,0,15\n7.0,5,15\n07,9,1\n").records] == ["7", "7.0", "07"]
    with pytest.raises(InputError) as caught:
        read("ID,TIME,AMT\n7,0,15\n8,0,15\n7.0,0,15\n")
    (found,) = caught.value.problems
    assert (found.code, found.line, found.column) == ("dose-table.id", 4, 1)


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("ID,TIME\n1,0\n", "table.columns", 1, None),
        ("ID,TIME,AMT,AMT\n1,0,5,5\n", "table.columns", 1, 4),
        ("ID,DATE,TIME,AMT\n1,1/2/2020,0,5\n", "dose-table.column", 1, 2),
        ("C,ID,TIME,AMT\nC,1,0,5\n", "dose-table.column", 1, 1),
        ("ID,TIME,AMT\n1,0\n", "table.cells", 2, 3),
        ("ID,TIME,AMT\n1,0,x\n", "dose-table.number", 2, 3),
        ("ID,TIME,AMT\n1,0,1_0\n", "dose-table.number", 2, 3),
        ("ID,TIME,AMT\n1,nan,5\n", "dose-table.number", 2, 2),
        ("ID,TIME,AMT\n1,.,5\n", "dose-table.number", 2, 2),
        ("ID,TIME,AMT\n,0,5\n", "dose-table.number", 2, 1),
        (f"ID,TIME,AMT\n{'a' * 201},0,5\n", "dose-table.number", 2, 1),
        ("ID,TIME,AMT,ADDL,II\n1,0,5,2.5,24\n", "dose-table.number", 2, 4),
        ("ID,TIME,AMT,ADDL,II\n1,0,5,2,0\n", "dose-table.range", 2, 5),
        ("ID,TIME,AMT,ADDL,II\n1,0,5,-1,24\n", "dose-table.range", 2, 4),
        ("ID,TIME,AMT,ADDL,II\n1,0,5,10000,1\n", "dose-table.range", 2, 4),
        ("ID,TIME,AMT,EVID\n1,0,-5,1\n", "dose-table.range", 2, 3),
        ("ID,TIME,AMT\n1,0,-5\n", "dose-table.range", 2, 3),
        ("ID,TIME,AMT,RATE\n1,0,0,5\n", "dose-table.range", 2, 3),
        ("ID,TIME,AMT,EVID\n1,0,.,1\n", "dose-table.range", 2, 3),
        ("ID,TIME,AMT\n1,0,2e12\n", "dose-table.range", 2, 3),
        ("ID,TIME,AMT\n1,-1,5\n", "dose-table.range", 2, 2),
        ("ID,TIME,AMT\n1,87601,5\n", "dose-table.range", 2, 2),
        ("ID,TIME,AMT\n1,5,5\n1,2,5\n", "dose-table.order", 3, 2),
        ("ID,TIME,AMT,EVID\n1,0,5,1\n1,9,0,0\n1,2,5,1\n", "dose-table.order", 4, 2),
        ("ID,TIME,AMT,EVID\n1,0,5,4\n", "dose-table.event", 2, 4),
        ("ID,TIME,AMT,EVID\n1,0,5,0\n", "dose-table.event", 2, 3),
        ("ID,TIME,AMT,EVID\n1,0,5,.\n", "dose-table.event", 2, 3),
        ("ID,TIME,AMT,RATE,EVID\n1,0,0,3,0\n", "dose-table.event", 2, 4),
        ("ID,TIME,AMT,RATE\n1,0,5,-2\n", "dose-table.rate", 2, 4),
        ("ID,TIME,AMT,RATE,DUR\n1,0,5,5,3\n", "dose-table.rate", 2, 5),
        ("ID,TIME,AMT,DUR\n1,0,5,-3\n", "dose-table.rate", 2, 4),
        ("ID,TIME,AMT,RATE,DUR\n1,0,5,0.5,3\n", "dose-table.rate", 2, 5),
        ("ID,TIME,AMT,RATE,DUR\n1,0,5,5,0.5\n", "dose-table.rate", 2, 5),
        ("ID,TIME,AMT,II,SS\n1,0,5,24,2\n", "dose-table.steady-state", 2, 5),
        ("ID,TIME,AMT,RATE,II,SS\n1,0,50,2,24,1\n", "dose-table.steady-state", 2, 6),
        ("ID,TIME,AMT,II,SS\n1,0,5,24,0\n1,9,5,24,1\n", "dose-table.steady-state", 3, 5),
        ("ID,TIME,AMT,EVID\n1,0,0,0\n", "dose-table.empty", None, None),
        ("ID,TIME,AMT\n1,0,5\n2,0,5\n1,0,5\n", "dose-table.id", 4, 1),
    ],
)
def test_bad_tables(text, code, line, column):
    with pytest.raises(InputError) as caught:
        read(text)
    (found,) = caught.value.problems
    assert (found.code, found.file, found.line, found.column) == (code, "d.csv", line, column)


def test_every_problem_is_told_at_once():
    with pytest.raises(InputError) as caught:
        read("ID,TIME,AMT,RATE\n1,0,x,-1\n2,-1,5,0\n,0,5,y\n")
    assert [(p.code, p.line) for p in caught.value.problems] == [
        ("dose-table.number", 2), ("dose-table.range", 3), ("dose-table.number", 4), ("dose-table.number", 4),
    ]  # fmt: skip
    with pytest.raises(InputError) as caught:
        read("")
    assert {p.code for p in caught.value.problems} == {"table.columns"}


def test_text_that_is_not_utf_8_is_refused():
    with pytest.raises(InputError) as caught:
        read_dose_table(b"ID,TIME,AMT\nm\xfcller,0,5\nm\xf6ller,0,5\n", file="d.csv")
    assert (caught.value.problems[0].code, caught.value.problems[0].line) == ("file.encoding", 2)


def test_long_names_that_begin_alike_are_two_subjects():
    long = "x" * 199
    assert [r.id for r in read(f"ID,TIME,AMT\n{long}a,0,5\n{long}b,0,5\n").records] == [
        f"{long}a",
        f"{long}b",
    ]


def test_no_steady_state_where_clearance_falls():
    with pytest.raises(InputError) as caught:
        engine_doses(pk_model("nivolumab"), [DoseRecord("1", 0.0, 240.0, ii=336.0, ss=1)], half_life_h=480.0)
    assert caught.value.problems[0].code == "dose-table.steady-state"


def test_a_steady_state_of_too_many_doses():
    with pytest.raises(InputError) as caught:
        engine_doses(pk_model("siltuximab"), [DoseRecord("1", 0.0, 1.0, ii=0.5, ss=1)], half_life_h=570.0)
    assert caught.value.problems[0].code == "dose-table.steady-state"


def test_a_steady_state_takes_ten_half_lives_of_doses():
    """10 x 3 h in intervals of 12 h: three doses before, the first 36 h before the record."""
    rows = [DoseRecord("1", 5.0, 15.0, addl=2, ii=12.0, ss=1), DoseRecord("1", 50.0, 7.0)]
    doses, run_in = engine_doses(pk_model("ruxolitinib"), rows, half_life_h=3.0)
    assert run_in == {"1": 36.0}
    assert [(d.time, d.count, d.interval, d.amount) for d in doses["1"]] == [(5, 6, 12, 15), (86, 1, 0, 7)]


def test_a_lag_and_an_infusion_are_kept():
    lag = pk_model("tofacitinib").number("lag", "h")
    doses, _ = engine_doses(pk_model("tofacitinib"), [DoseRecord("1", 2.0, 10.0)], half_life_h=3.0)
    assert [(d.time, d.target) for d in doses["1"]] == [(2.0 + lag, "Depot")]
    infused = [DoseRecord("1", 2.0, 10.0, rate=4.0, cmt=2)]
    doses, _ = engine_doses(pk_model("tocilizumab"), infused, half_life_h=3.0)
    assert [(d.time, d.target, d.duration) for d in doses["1"]] == [(2.0, "Drug", 2.5)]


def test_unknown_compartment():
    with pytest.raises(InputError) as caught:
        engine_doses(pk_model("siltuximab"), [DoseRecord("1", 0.0, 240.0, cmt=2)], half_life_h=480.0)
    assert caught.value.problems[0].code == "dose-table.compartment"


def test_recycling_and_days_are_refused():
    for drug, days, code in (("sorafenib", 1.0, "dose-table.recycling"), ("ruxolitinib", 0.0, "time.range")):
        with pytest.raises(InputError) as caught:
            table_exposure(drug, [DoseRecord("1", 0.0, 400.0)], days=days)
        assert caught.value.problems[0].code == code


def test_what_is_given_behind_the_end_does_not_count():
    told = table_exposure("ruxolitinib", [DoseRecord("1", 0.0, 15.0, addl=9, ii=24.0)], days=3.0)
    assert (int(told["doses"][0]), float(told["given"][0])) == (3, 45.0)
    assert np.isfinite(told["total"].values).all()


def test_a_slow_infusion_and_one_without_a_lag():
    assert DoseRecord("1", 0.0, 3.0, rate=0.5).duration == 6.0
    assert DoseRecord("1", 0.0, 3.0).duration == 0.0
    one = draw_subjects("cancer", 0)
    assert [r.time for r in regimen_records("bazedoxifene", "20 mg PO QD x 2", one, until_h=48.0)] == [0.0]
    assert [r.time for r in regimen_records("tofacitinib", "5 mg PO BID x 2", one, until_h=48.0)] == [0.0]
