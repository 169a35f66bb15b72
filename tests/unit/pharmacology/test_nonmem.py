import pytest

from jakstat.errors import InputError
from jakstat.pharmacology.exposure import exposure
from jakstat.pharmacology.nonmem import DoseRecord, engine_doses, read_dose_table, write_dose_table
from jakstat.pharmacology.pk_library import pk_model
from jakstat.pharmacology.subjects import draw_subjects
from jakstat.pharmacology.table_exposure import regimen_records, table_exposure


def test_round_trip():
    people = draw_subjects("cancer", 5, seed=2)
    text = "3 mg/kg IV day 1,3,5 then 3 mg/kg IV qw"
    records = regimen_records("danvatirsen", text, people, until_h=2000.0)
    assert read_dose_table(write_dose_table(records), file="d.csv") == records
    assert {r.id for r in records} == {"1", "2", "3", "4", "5"}


def test_a_table_gives_what_its_regimen_gives():
    one = draw_subjects("myelofibrosis", 0)
    records = regimen_records("fedratinib", "400 mg PO QD", one, until_h=240.0)
    told = table_exposure("fedratinib", records, days=10.0)
    direct = exposure("fedratinib", "400 mg PO QD", subjects=0, times_h=told["time"].values, days=10.0)
    assert told["total"].values[0] == pytest.approx(direct["total"].values[0], rel=1e-4, abs=1e-6)


def test_a_steady_state_is_where_doses_lead():
    steady = table_exposure("ruxolitinib", [DoseRecord("A", 0.0, 15.0, ii=12.0, ss=1)], days=0.5)
    led = exposure("ruxolitinib", "15 mg PO BID x 20", subjects=0, times_h=[0.0, 19 * 12.0 + 1.0, 240.0])
    nearest = steady["total"].sel(time=1.0, method="nearest")
    assert float(nearest[0]) == pytest.approx(float(led["total"][0, 1]), rel=0.02)


def test_observations_are_passed_over():
    text = "ID,TIME,AMT,EVID,MDV\n1,0,100,1,1\n1,24,.,0,0\n2,0,50,1,1\n"
    assert [r.amt for r in read_dose_table(text, file="d.csv")] == [100.0, 50.0]


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("", "dose-table.empty", 1, None),
        ("ID,TIME\n1,0\n", "dose-table.column", 1, None),
        ("ID,TIME,AMT,DOSE\n1,0,5,5\n", "dose-table.column", 1, None),
        ("ID,TIME,AMT\n1,0\n", "dose-table.column", 2, None),
        ("ID,TIME,AMT\n1,0,x\n", "dose-table.number", 2, 3),
        ("ID,TIME,AMT\n1,nan,5\n", "dose-table.number", 2, 2),
        ("ID,TIME,AMT,ADDL,II\n1,0,5,2.5,24\n", "dose-table.number", 2, 4),
        ("ID,TIME,AMT,ADDL,II\n1,0,5,2,0\n", "dose-table.range", 2, 5),
        ("ID,TIME,AMT,EVID\n1,0,-5,1\n", "dose-table.range", 2, 3),
        ("ID,TIME,AMT\n1,-1,5\n", "dose-table.range", 2, 2),
        ("ID,TIME,AMT\n1,5,5\n1,2,5\n", "dose-table.order", 3, 2),
        ("ID,TIME,AMT,EVID\n1,0,5,4\n", "dose-table.event", 2, 4),
        ("ID,TIME,AMT,RATE\n1,0,5,-2\n", "dose-table.rate", 2, 4),
        ("ID,TIME,AMT,RATE,DUR\n1,0,5,5,3\n", "dose-table.rate", 2, 5),
        ("ID,TIME,AMT,II,SS\n1,0,5,24,2\n", "dose-table.steady-state", 2, 5),
        ("ID,TIME,AMT,II,SS\n1,0,5,24,0\n1,9,5,24,1\n", "dose-table.steady-state", 3, 5),
        ("ID,TIME,AMT,EVID\n1,0,0,0\n", "dose-table.empty", None, None),
    ],
)
def test_bad_tables(text, code, line, column):
    with pytest.raises(InputError) as caught:
        read_dose_table(text, file="d.csv")
    (found,) = caught.value.problems
    assert (found.code, found.file, found.line, found.column) == (code, "d.csv", line, column)


def test_no_steady_state_where_clearance_falls():
    with pytest.raises(InputError) as caught:
        engine_doses(pk_model("nivolumab"), [DoseRecord("1", 0.0, 240.0, ii=336.0, ss=1)], half_life_h=480.0)
    assert caught.value.problems[0].code == "dose-table.steady-state"


def test_unknown_compartment():
    with pytest.raises(InputError) as caught:
        engine_doses(pk_model("siltuximab"), [DoseRecord("1", 0.0, 240.0, cmt=2)], half_life_h=480.0)
    assert caught.value.problems[0].code == "dose-table.compartment"
