"""Measured concentrations as people have them: NONMEM data sets, spreadsheets, and what goes wrong."""

import numpy as np
import pytest

from jakstat.errors import InputError
from jakstat.pharmacology.observed_file import ObservedReading, read_observed


@pytest.fixture
def read(tmp_path):
    def reader(text, *, drug=None, **asked):
        path = tmp_path / "d.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_observed(path, ObservedReading(**asked), drug=drug)

    return reader


def samples(found):
    """Times, values and flags of every profile, by label."""
    return {
        p.label: [
            (t, None if b else v)
            for t, v, b in zip(p.times.tolist(), p.values.tolist(), p.below, strict=True)
        ]
        for p in found.profiles
    }


NONMEM = """\
ID,TIME,AMT,RATE,DV,MDV,EVID,CMT,WT
1,0,100,50,.,1,1,1,70
1,2,.,.,8,0,0,1,70
1,4,.,.,.,1,0,1,70
1,8,.,.,2,0,0,1,70
2,0,100,0,.,1,1,1,60
2,1,.,.,9,0,0,1,60
"""


def test_a_NONMEM_data_set(read):
    found = read(NONMEM)
    assert samples(found) == {"1": [(2.0, 8.0), (8.0, 2.0)], "2": [(1.0, 9.0)]}
    first, second = (s.profiles[0] for s in found.subjects)
    assert (first.route, first.doses[0].duration, first.doses[0].amt) == ("infusion", 2.0, 100.0)
    assert second.route == "extravascular"
    assert found.subjects[1].covariates == {"WT": 60.0} or found.subjects[1].covariates == {"weight": 60.0}
    assert "left out: 1 sample without a value" in found.notes


@pytest.mark.parametrize("separator", [";", "\t", "  ", " "])
def test_separators(read, separator):
    found = read(NONMEM.replace(",", separator))
    assert samples(found) == samples(read(NONMEM))


def test_decimal_commas(read):
    assert samples(read("ID;TIME;AMT;DV\n1;0;10,5;.\n1;0,5;.;1,25\n")) == {"1": [(0.5, 1.25)]}


def test_an_ID_that_returns_is_another_individual(read):
    found = read("ID,TIME,AMT,DV\n1,0,5,.\n1,1,.,3\n2,0,5,.\n2,1,.,4\n1,0,5,.\n1,1,.,5\n")
    assert [s.id for s in found.subjects] == ["1", "2", "1 (2)"]
    assert any("ID 1 returns in line 6: another individual" in note for note in found.notes)


def test_resets_begin_another_profile(read):
    text = "ID,TIME,AMT,EVID,DV\n1,0,5,1,.\n1,1,.,0,3\n1,0,7,4,.\n1,2,.,0,4\n"
    text += "1,0,.,3,.\n1,0,9,1,.\n1,3,.,0,6\n1,4,.,2,.\n"
    (one,) = read(text).subjects
    assert [p.label for p in one.profiles] == ["1, occasion 1", "1, occasion 2", "1, occasion 3"]
    assert [p.doses[0].amt for p in one.profiles] == [5, 7, 9]
    assert [p.times.tolist() for p in one.profiles] == [[1.0], [2.0], [3.0]]


def test_clock_times_of_NONMEMs_help(read):
    """help, TIME: 8:00, 14:45 and 14.75 become 0, 6.75 and 6.75."""
    found = read(
        "ID,TIME,DV,CMT,EVID,AMT\n1,8:00,1,1,0,.\n1,14:45,2,1,0,.\n2,0:00,1,1,0,.\n2,14.75,2,1,0,.\n"
    )
    assert [p.times.tolist() for p in found.profiles] == [[0.0, 6.75], [0.0, 14.75]]


def test_dates_of_NONMEMs_help(read):
    """help, DATE: 10-1-86 9:15 and 14:40, 10-2-86 8:30 are 0, 5.42, 23.25; 10-12 8, 10-14 10 are 0, 50."""
    text = "ID,DATE,TIME,DV,MDV\n1,10-1-86,9:15,1,0\n1,10-1-86,14:40,2,0\n1,10-2-86,8:30,3,0\n"
    text += "2,10-12,8,1,0\n2,10-14,10,2,0\n"
    found = read(text)
    assert found.profiles[0].times == pytest.approx([0, 5 + 25 / 60, 23.25])
    assert found.profiles[1].times.tolist() == [0.0, 50.0]
    turned = text.replace("DATE", "DAT1").replace("10-1-86", "1-10-86").replace("10-2-86", "2-10-86")
    turned = turned.replace("10-12", "12-10").replace("10-14", "14-10")
    assert read(turned).profiles[0].times == pytest.approx(found.profiles[0].times)
    iso = text.replace("10-1-86", "1986-10-01").replace("10-2-86", "1986/10/02")
    assert read(iso).profiles[0].times == pytest.approx(found.profiles[0].times)


def test_a_date_before_the_clock_time(read):
    found = read("subject,time,conc\na,2024-02-28 22:00,1\na,2024-02-29T01:30,2\na,2024-03-01 00:00,3\n")
    assert found.profiles[0].times.tolist() == [0.0, 3.5, 26.0]


def test_what_is_ignored(read):
    text = "C,ID,TIME,DV\n.,1,0,1\nC,1,1,99\n.,1,2,3\n.,2,0,0\n# a remark, with commas\n.,2,5,7\n"
    assert samples(read(text, ignore=("C", "(DV.EQ.0)"))) == {
        "1": [(0.0, 1.0), (2.0, 3.0)],
        "2": [(5.0, 7.0)],
    }
    assert samples(read(text, ignore=("C", "DV=0,ID.GT.1"))) == {"1": [(0.0, 1.0), (2.0, 3.0)]}
    assert list(samples(read(text, ignore=("C", "DV==0", "TIME>4")))) == ["1"]


def test_columns_named_as_in_INPUT(read):
    text = "1 70 0 1\n1 70 2 0.5\n\n2 60 1 0.7\n"
    found = read(text, columns=("ID", "DROP", "TIME", "DV"))
    assert samples(found) == {"1": [(0.0, 1.0), (2.0, 0.5)], "2": [(1.0, 0.7)]}
    headed = "ID TIME DV\n1 0 1\n1 2 0.5\n"
    assert samples(read(headed, columns=("ID", "TIME", "DV"), ignore=("@",))) == {
        "1": [(0.0, 1.0), (2.0, 0.5)]
    }


def test_values_below_the_limit(read):
    text = (
        "subject,time,conc,LLOQ\na,0,BLQ,0.1\na,1,<0.2,0.1\na,2,0.05,0.1\na,3,0.4,0.1\na,4,,0.1\na,5,NA,0.1\n"
    )
    (profile,) = read(text).profiles
    assert profile.times.tolist() == [0, 1, 2, 3]
    assert profile.below.tolist() == [True, True, True, False]
    assert profile.limits.tolist() == [0.1, 0.2, 0.1, 0.1]
    (cens,) = read("ID,TIME,DV,CENS,AMT\n1,1,0.3,0,.\n1,2,0.1,1,.\n").profiles
    assert (cens.below.tolist(), cens.limits.tolist()[1]) == ([False, True], 0.1)


def test_units_of_headings_and_options(read):
    found = read("Subject ID;Time (min);Conc (ng/mL);Dose (ug)\nx;0;0;5000\nx;30;100;5000\nx;60;50;5000\n")
    (profile,) = found.profiles
    assert profile.times.tolist() == [0.0, 0.5, 1.0]
    assert profile.values.tolist() == [0.0, 0.1, 0.05]
    assert profile.doses[0].amt == 5.0
    (other,) = read("t,conc\n1,2\n", unit="ug/mL", time_unit="day").profiles
    assert (other.times[0], other.values[0]) == (24.0, 2.0)
    assert read("t,conc\n1,2\n", unit="uM").unit == "nM"
    (molar,) = read("t,conc\n1,2\n", unit="uM", drug="ruxolitinib", route="PO").profiles
    assert molar.values[0] == pytest.approx(2 * 0.30637, rel=1e-3)  # 306.37 g/mol


def test_doses_per_kg(read):
    found = read("subject,time,conc,dose (mg/kg),weight\na,0,0,4,70\na,1,3,4,70\nb,0,0,4,50\nb,1,3,4,50\n")
    assert [p.doses[0].amt for p in found.profiles] == [280.0, 200.0]
    (one,) = read("time,conc,WT\n0,0,70\n1,2,70\n", dose="2 mg/kg").profiles
    assert one.doses[0].amt == 140.0


def test_doses_of_a_spreadsheet(read):
    """Repeated in every row: once at 0. In rows of their own: at their times, in any order of rows."""
    (repeated,) = read("time,conc,dose\n0,0,10\n1,5,10\n2,3,10\n").profiles
    assert [(d.time, d.amt) for d in repeated.doses] == [(0.0, 10.0)]
    (missing,) = read("time,conc,dose\n0,0,10\n1,NA,10\n2,3,10\n").profiles
    assert [(d.time, d.amt) for d in missing.doses] == [(0.0, 10.0)]
    (troughs,) = read("time,conc,dose\n0,0,10\n1,5,\n12,1,20\n13,6,\n").profiles
    assert [(d.time, d.amt) for d in troughs.doses] == [(0.0, 10.0), (12.0, 20.0)]
    assert troughs.before.tolist() == [True, False, True, False]
    (own,) = read("time,conc,dose\n9,2,\n0,,10\n1,5,\n8,,10\n8,1,\n").profiles
    assert [(d.time, d.amt) for d in own.doses] == [(0.0, 10.0), (8.0, 10.0)]
    assert own.before.tolist() == [False, True, False]
    (steady,) = read("time,conc,dose\n0,2,10\n1,5,10\n12,2,10\n", interval="12 h").profiles
    assert (steady.doses[0].ss, steady.doses[0].ii) == (1, 12.0)


def test_occasions_of_a_spreadsheet(read):
    found = read("subject,period,time,conc\na,1,0,1\na,2,0,3\na,1,1,2\na,2,1,4\n")
    assert [p.label for p in found.profiles] == ["a, occasion 1", "a, occasion 2"]


def test_samples_before_a_dose_of_the_same_time(read):
    text = "ID,TIME,AMT,EVID,DV,ADDL,II\n1,0,.,0,0.1,.,.\n1,0,5,1,.,1,12\n1,0,.,0,3,.,.\n1,12,.,0,1,.,.\n"
    (profile,) = read(text).profiles
    assert profile.before.tolist() == [True, False, True]


def test_logarithms(read):
    (profile,) = read("time,conc\n1,-0.5\n2,-1\n", log_values=True).profiles
    assert profile.values == pytest.approx(np.exp([-0.5, -1.0]))


def test_one_compartment_is_chosen(read):
    text = "ID,TIME,AMT,EVID,DV,CMT\n1,0,5,1,.,1\n1,1,.,0,3,2\n1,1,.,0,30,3\n"
    assert samples(read(text, compartment=2)) == {"1": [(1.0, 3.0)]}


BAD = [
    # what was typed, how it was asked, code, line, what the sentence says
    ("time,conc\n1,high\n", {}, "observed.concentration", 2, "BLQ or <0.05"),
    ("time,conc\n1,-3\n", {}, "observed.concentration", 2, "--log-dv"),
    ("time,conc\n1,>100\n", {}, "observed.concentration", 2, "measure it diluted"),
    ("time,conc\n1,5 mg/L\n", {}, "observed.concentration", 2, "its unit in the heading"),
    ("time,conc,BLQ\n1,5,yes\n", {}, "observed.concentration", 2, "1 below the limit"),
    ("time,conc,LLOQ\n1,5,-1\n", {}, "observed.limit", 2, "above 0"),
    ("time,conc\n1,5\n", {"lloq": 0.0}, "observed.limit", None, "above 0"),
    ("time,conc\n1,1e300\n", {}, "observed.concentration", 2, "is the unit right?"),
    ("time,conc\n1,800\n", {"log_values": True}, "observed.concentration", 2, "--log-dv"),
    ("time,conc\n1e9,5\n", {}, "observed.time", 2, "--time-unit"),
    ("time,conc\n3000,5\n", {"time_unit": "week"}, "observed.time", 2, "--time-unit"),
    ("time,conc\nnoon,5\n", {}, "observed.time", 2, "clock time (8:30)"),
    ("time,conc\n,5\n2,4\n", {}, "observed.time", 2, "time of every record"),
    ("time,conc\n1,5\n1,4\n", {}, "observed.twice", 3, "mean"),
    ("DAT1,time,conc\n03/14/2024,1,5\n", {}, "observed.date", 2, "month/day/year"),
    ("DATE,DAT1,time,conc\n1/2/2024,2/1/2024,1,5\n", {}, "observed.date", 1, "leave one"),
    ("time,conc,dose\n0,0,x\n1,5,\n", {}, "observed.dose", 2, "its unit in the heading"),
    ("time,conc,dose\n0,0,10\n1,5,20\n", {}, "observed.dose", 2, "a row of its own"),
    ("time,conc,dose\n0,0,10\n1,5,10\n", {"dose": "5 mg"}, "observed.dose", None, "--dose out"),
    ("time,conc\n1,5\n", {"dose": "5 h"}, "observed.dose", None, "320 mg"),
    ("time,conc\n1,5\n", {"dose": "5 mg/kg"}, "observed.dose", 2, "a column weight"),
    ("time,conc,route\n1,5,nasal\n", {}, "observed.route", 2, "IV infusion"),
    ("time,conc\n1,5\n", {"route": "nose"}, "observed.route", None, "PO, SC, IV"),
    ("time,conc\n1,5\n", {"unit": "mg"}, "observed.unit", None, "ng/mL"),
    ("time,conc\n1,5\n", {"time_unit": "mg"}, "observed.unit", None, "h, min or day"),
    ("time (kg),conc\n1,5\n", {}, "observed.unit", None, "h, min or day"),
    ("time,conc\n1,5\n", {"interval": "soon"}, "number.text", None, "24 h"),
    ("time,conc\n1,5\n", {"ignore": ("DV >",)}, "observed.ignore", None, "(ID.GT.10"),
    ("time,conc\n1,5\n", {"ignore": ("WT.GT.50",)}, "observed.ignore", None, "the file has TIME, DV"),
    ("time,conc\n1,5\n", {"ignore": ("DV.GT.1",)}, "observed.empty", None, "--ignore"),
    ("time,conc\n1,\n", {}, "observed.empty", None, "column of concentrations is empty"),
    ("1,2,3\n", {"columns": ("TIME", "DV")}, "observed.columns", 1, "DROP"),
    ("1,2,3\n", {"columns": ("TIME", "DV", "dv")}, "observed.columns", None, "one name each"),
    ("ID,TIME,EVID,AMT,DV\n1,4,0,.,5\n1,2,0,.,6\n", {}, "observed.order", 3, "EVID 3 or 4"),
    ("ID,TIME,AMT,DV,CMT\n1,0,5,.,1\n1,1,.,3,2\n1,2,.,3,3\n", {}, "observed.compartment", 4, "--cmt"),
    ("ID,TIME,AMT,DV,DVID\n1,1,.,3,1\n1,2,.,3,2\n", {}, "observed.compartment", 3, "DVID.NE.1"),
    ("ID,TIME,AMT,EVID,DV\n1,0,0,1,.\n1,1,.,0,3\n", {}, "dose-table.range", 2, "more than 0 mg"),
    ("ID,TIME,AMT,EVID,DV\n1,0,5,0,.\n1,1,.,0,3\n", {}, "dose-table.event", 2, "EVID 1 is a dose"),
    ("ID,TIME,AMT,EVID,DV\n1,0,5,7,.\n1,1,.,0,3\n", {}, "dose-table.event", 2, "0 (observation)"),
    ("ID,TIME,AMT,RATE,DV\n1,0,5,-2,.\n1,1,.,0,3\n", {}, "dose-table.rate", 2, "mg/h"),
    ("ID,TIME,AMT,ADDL,DV\n1,0,5,3,.\n1,1,.,.,3\n", {}, "dose-table.range", 2, ""),
    ("subject,conc\na,5\n", {}, "table.columns", 1, "no column for the time; the file has 'subject', 'conc'"),
    ("time,S1,S2\n0,1,2\n1,3,4\n", {}, "table.columns", 1, "one row for each sample"),
    ("time,conc,conc\n1,5,6\n", {}, "table.columns", 1, "leave one of them out"),
    ("", {}, "table.empty", None, ""),
]


@pytest.mark.parametrize(("text", "asked", "code", "line", "says"), BAD)
def test_typed_mistakes_are_answered_by_what_mends_them(read, text, asked, code, line, says):
    with pytest.raises(InputError) as caught:
        read(text, **asked)
    first = caught.value.problems[0]
    assert (first.code, first.line) == (code, line), str(first)
    assert says in str(first)


def test_a_drug_with_two_routes_asks_for_one(read):
    with pytest.raises(InputError, match="--route IV or SC"):
        read("time,conc,dose\n1,5,100\n", drug="tocilizumab")
    (found,) = read("time,conc,dose\n1,5,100\n", drug="siltuximab").profiles
    assert (found.route, found.doses[0].duration) == ("infusion", 1.0)
    (found,) = read("time,conc,dose\n1,5,100\n", drug="siltuximab", route="bolus").profiles
    assert found.route == "bolus"


def test_every_problem_is_told_at_once(read):
    with pytest.raises(InputError) as caught:
        read("time,conc\n1,x\n2,y\nz,3\n")
    assert sorted((p.code, p.line) for p in caught.value.problems) == [
        ("observed.concentration", 2), ("observed.concentration", 3), ("observed.time", 4),
    ]  # fmt: skip
