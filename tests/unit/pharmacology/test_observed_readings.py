"""Noncompartmental readings: hand-worked tables, and what PKNCA and WinNonlin print for data that R ships."""

import csv
import io
import math
import shutil
import subprocess
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from jakstat.pharmacology.observed_file import ObservedReading, read_observed
from jakstat.pharmacology.observed_readings import observed_readings, over_subjects

LN2 = math.log(2)
OWN = Path(__file__).resolve().parents[3] / "examples" / "own"


def read(text, **how):
    rows = list(csv.DictReader(io.StringIO(text)))
    asked = {k: how.pop(k) for k in list(how) if k in ObservedReading.__dataclass_fields__}
    return observed_readings(read_observed(rows, ObservedReading(**asked)), **how)


ORAL = """\
subject,time,conc,dose
a,0,0,100
a,1,4,100
a,2,8,100
a,4,4,100
a,6,2,100
a,8,1,100
"""


def test_an_oral_profile_by_hand():
    """0, 4, 8 up in straight lines (2 + 6), then halved every 2 h: 4 + 2 + 1 over ln 2 / 2 = 14/ln 2.

    The tail is 1/(ln 2/2). The moment of the way up is (0 x 0 + 1 x 4)/2 + (1 x 4 + 2 x 8)/2 = 12; that of
    8 exp(-k(t-2)) from 2 on is 8 (2/k + 1/k^2) with k = ln 2/2.
    """
    (one,) = read(ORAL)
    k = LN2 / 2
    told = one.values
    assert (told["Cmax"], told["Tmax"], told["Clast"], told["Tlast"], told["points"]) == (8, 2, 1, 8, 3)
    assert told["AUC_last"] == pytest.approx(8 + 14 / LN2, rel=1e-12)
    assert told["half_life"] == pytest.approx(2.0, rel=1e-12)
    whole = 8 + 16 / LN2
    assert told["AUC_inf"] == pytest.approx(whole, rel=1e-12)
    assert told["AUC_inf_pred"] == pytest.approx(whole, rel=1e-12)
    assert told["extrapolated"] == pytest.approx(100 * (2 / LN2) / whole, rel=1e-12)
    assert told["CL"] == pytest.approx(100 / whole, rel=1e-12)
    assert told["Vz"] == pytest.approx(100 / whole / k, rel=1e-12)
    assert told["MRT"] == pytest.approx((12 + 8 * (2 / k + 1 / k**2)) / whole, rel=1e-12)
    assert told["span"] == pytest.approx(2.0, rel=1e-12)
    assert "Vss" not in told
    assert "C0" not in told


def test_the_linear_rule_by_hand():
    """2 + 6 up; down 2 (8 + 4)/2 + 2 (4 + 2)/2 + 2 (2 + 1)/2 = 12 + 6 + 3."""
    (one,) = read(ORAL, rule="linear")
    assert one.values["AUC_last"] == 29.0
    assert one.values["half_life"] == pytest.approx(2.0)


BOLUS = "time,conc\n0.5,8\n1.5,4\n2.5,2\n4.5,0.5\n"


def test_a_bolus_by_hand():
    """Halved every hour: C0 = 8 sqrt 2, area C0/ln 2, (C0 - 8)/ln 2 before the first sample; V = dose/C0."""
    (one,) = read(BOLUS, route="IV", dose="80 mg")
    c0, told = 8 * math.sqrt(2), one.values
    assert told["C0"] == pytest.approx(c0, rel=1e-12)
    assert (told["Cmax"], told["Tmax"]) == (8.0, 0.5)
    assert told["AUC_inf"] == pytest.approx(c0 / LN2, rel=1e-12)
    assert told["back_extrapolated"] == pytest.approx(100 * (c0 - 8) / c0, rel=1e-12)
    assert told["MRT"] == pytest.approx(1 / LN2, rel=1e-12)
    assert told["Vz"] == pytest.approx(80 / c0, rel=1e-12)
    assert told["Vss"] == pytest.approx(80 / c0, rel=1e-12)
    assert told["points"] == 3
    (with_peak,) = read(BOLUS, route="IV", dose="80 mg", with_peak=True)
    assert with_peak.values["points"] == 4


def test_C0_where_the_first_two_do_not_fall():
    (one,) = read("time,conc\n0.5,4\n1,5\n2,3\n3,2\n4,1\n", route="IV", dose="8 mg")
    assert one.values["C0"] == 4.0
    assert any("C0 is the first" in flag for flag in one.flags)


def test_an_infusion_loses_half_its_length():
    """From 0 in a straight line to 8 at 1 h, then halved every hour: moment (0 + 8)/2 + 8 (1/k + 1/k^2)."""
    (one,) = read("time,conc\n1,8\n2,4\n3,2\n4,1\n", route="infusion", duration="1 h", dose="16 mg")
    whole = 4 + 8 / LN2
    assert one.values["AUC_inf"] == pytest.approx(whole, rel=1e-12)
    moment = 4 + 8 * (1 / LN2 + 1 / LN2**2)
    assert one.values["MRT"] == pytest.approx(moment / whole - 0.5, rel=1e-12)
    assert one.route == "infusion"


def test_a_steady_state_by_hand():
    """12 h at steady state: 2, 8, 4, 2: straight 1 h x 5, then 4/k + 2/k with k = ln 2/5 and ln 2/6."""
    text = "time,conc,dose\n0,2,60\n1,8,60\n6,4,60\n12,2,60\n"
    (one,) = read(text, interval="12 h", rule="linear")
    told = one.values
    area = 5 + 30 + 18
    assert (told["AUC_tau"], told["Cavg"]) == (area, area / 12)
    assert (told["Cmin"], told["Ctrough"], told["Cmax"], told["tau"]) == (2.0, 2.0, 8.0, 12.0)
    assert told["fluctuation"] == pytest.approx(100 * 6 / (area / 12))
    assert told["swing"] == 300.0
    assert told["CL"] == pytest.approx(60 / area)
    assert "AUC_inf" not in told
    assert "accumulation" not in told


REPEATED = """\
ID,TIME,AMT,EVID,DV,ADDL,II
1,0,10,1,.,2,8
1,0.5,.,0,4,.,.
1,4,.,0,2,.,.
1,8,.,0,1,.,.
1,16,.,0,1.5,.,.
1,16.5,.,0,6,.,.
1,20,.,0,3,.,.
1,24,.,0,1.5,.,.
"""


def test_accumulation_and_the_intervals_of_repeated_doses():
    """Straight lines: first 0.5 x 2 + 3.5 x 3 + 4 x 1.5 = 17.5; third from the trough 1.5:
    0.5 x 3.75 + 3.5 x 4.5 + 4 x 2.25 = 26.625. The sample at 8 h is the trough of the first dose.
    """
    first, third = read(REPEATED, rule="linear")
    assert (first.number, third.number, third.of) == (1, 3, 3)
    assert first.values["AUC_tau"] == pytest.approx(17.5)
    assert first.values["Ctrough"] == 1.0
    assert third.values["AUC_tau"] == pytest.approx(26.625)
    assert third.values["accumulation"] == pytest.approx(26.625 / 17.5)
    assert "CL" not in third.values
    assert "steady state" in third.left_out["CL"]
    (_, told) = read(REPEATED, rule="linear", steady=True)
    assert told.values["CL"] == pytest.approx(10 / 26.625)


BELOW = "time,conc,dose\n0,BLQ,10\n1,BLQ,10\n2,4,10\n3,BLQ,10\n4,2,10\n6,1,10\n8,BLQ,10\n10,BLQ,10\n"


@pytest.mark.parametrize(
    ("blq", "area", "last"),
    [
        # 0 at 0 and 1 (area 2 up to 2 h), 3 h left out: (4-2) 2/ln 2, (2-1) 2/ln 2; the rest is behind Tlast
        ("pknca", 2 + 4 / LN2 + 2 / LN2, 6),
        ("M3", 2 + 4 / LN2 + 2 / LN2, 6),
        # left out: straight from 0 at the dose to 4 at 2 h
        ("M1", 4 + 4 / LN2 + 2 / LN2, 6),
        # 0 everywhere: 4 to 0 and 0 to 2 in straight lines
        ("M7", 2 + 2 + 1 + 2 / LN2, 6),
        # 0.25 everywhere: 0.25 + 2.125, 3.75/ln 16, 1.125, 2/ln 2, 2 x 0.75/ln 4, 2 x 0.25
        ("M5", 0.25 + 2.125 + 3.75 / math.log(16) + 1.125 + 2 / LN2 + 1.5 / math.log(4) + 0.5, 10),
        # as M5, but 0 h and 10 h are not next to a measured value: from 0 at the dose to 0.25 at 1 h
        ("M6", 0.125 + 2.125 + 3.75 / math.log(16) + 1.125 + 2 / LN2 + 1.5 / math.log(4), 8),
    ],
)
def test_rules_below_the_limit_by_hand(blq, area, last):
    (one,) = read(BELOW, blq=blq, lloq=0.5)
    assert one.values["AUC_last"] == pytest.approx(area, rel=1e-12)
    assert one.values["Tlast"] == last


def test_what_is_doubtful_is_flagged():
    (one,) = read("time,conc,dose\n0,0,10\n1,8,10\n2,7,10\n3,6.5,10\n4,5.9,10\n")
    assert any("of AUC_inf is extrapolated, more than 20 %" in flag for flag in one.flags)
    assert any("half-lives, less than 2" in flag for flag in one.flags)
    (clean,) = read("time,conc,dose\n0,0,10\n1,8,10\n2,4,10\n4,1,10\n6,0.25,10\n")
    assert clean.flags == ()


def test_no_slope_no_infinity():
    (one,) = read("time,conc,dose\n0,0,10\n1,1,10\n2,2,10\n3,3,10\n")
    assert "AUC_inf" not in one.values
    assert "terminal slope" in one.left_out["AUC_inf"]


def test_over_subjects_by_hand():
    """1 and e: geometric mean sqrt e, s = 1/sqrt 2, CV 100 sqrt(exp(1/2) - 1)."""
    rows = [
        {"ID": i, "TIME": t, "DV": v * c}
        for i, c in ((1, 1), (2, math.e))
        for t, v in ((1, 1), (2, 0.5), (3, 0.2))
    ]
    over = over_subjects(observed_readings(read_observed(rows)))
    assert over["Cmax"]["geometric_mean"] == pytest.approx(math.exp(0.5))
    assert over["Cmax"]["geometric_cv"] == pytest.approx(100 * math.sqrt(math.exp(0.5) - 1))
    assert over["Tmax"] == {"count": 2.0, "median": 1.0, "low": 1.0, "high": 1.0}


@lru_cache
def of_R(name):
    """A data set that comes with R, as rows by subject; the test is skipped where R is not."""
    if shutil.which("Rscript") is None:
        pytest.skip("R is not installed")
    code = f"write.csv(as.data.frame(datasets::{name}), row.names=FALSE)"
    done = subprocess.run(["Rscript", "--vanilla", "-e", code], capture_output=True, check=True, text=True)
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    return sorted(rows, key=lambda row: int(row["Subject"]))


def of_subjects(rows, **how):
    asked = {k: how.pop(k) for k in list(how) if k in ObservedReading.__dataclass_fields__}
    return observed_readings(read_observed(rows, ObservedReading(**asked)), **how)


# PKNCA, aucinf.obs of datasets::Theoph with its defaults, as printed in a published course
PKNCA_AUC_INF = [214.92363, 97.37793, 106.12767, 114.21620, 136.30473, 82.17588, 100.98763, 102.15330,
                 97.52000, 167.86003, 86.90262, 125.83154]  # fmt: skip
# WinNonlin 6.3 and 7.0, linear-up log-down, as printed in the published validation of NonCompart 0.4.4
HALF_LIVES = [14.3043776, 6.6593416, 6.7660874, 6.9812467, 8.0022640, 7.8949979, 7.8466683, 8.5100379,
              8.4059988, 9.2469158, 7.2612365, 6.2865082]  # fmt: skip
AUC_LAST = [147.2347485, 88.7312755, 95.8781978, 102.6336232, 118.1793538, 71.6970150, 87.9692274, 86.8065635,
            83.9374360, 135.5760701, 77.8934723, 115.2202082]  # fmt: skip
POINTS = [3, 4, 3, 3, 4, 7, 4, 6, 3, 3, 3, 3]
R2_ADJUSTED = [0.9999995, 0.9957931, 0.9986499, 0.9978483, 0.9979708, 0.9978896, 0.9980053, 0.9887655,
               0.9988873, 0.9990174, 0.9999965, 0.9987936]  # fmt: skip


def test_theophylline_as_PKNCA_and_WinNonlin():
    rows = of_subjects([{**r, "Dose": 320} for r in of_R("Theoph")])
    assert len(rows) == 12

    def all_of(name):
        return [row.values[name] for row in rows]

    assert all_of("AUC_inf") == pytest.approx(PKNCA_AUC_INF, abs=5.1e-6)
    assert all_of("half_life") == pytest.approx(HALF_LIVES, abs=5.1e-8)
    assert all_of("AUC_last") == pytest.approx(AUC_LAST, abs=5.1e-8)
    assert all_of("R2_adjusted") == pytest.approx(R2_ADJUSTED, abs=5.1e-8)
    assert all_of("points") == POINTS
    assert rows[0].values["CL"] == pytest.approx(320 / 214.92363, rel=1e-7)
    assert [row.profile for row in rows if any("extrapolated" in f for f in row.flags)] == ["1"]


def test_theophylline_by_the_linear_rule_as_NonCompart():
    """sNCA(Theoph of subject 1, dose 320): AUCLST, AUCIFO, AUCIFP, AUMC as MRTEVIFO, VZFO, CLFO."""
    rows = [{**r, "Dose": 320} for r in of_R("Theoph") if r["Subject"] == "1"]
    one = of_subjects(rows, rule="linear")[0].values
    expected = {
        "AUC_last": 148.9230500, "AUC_inf": 216.6119330, "AUC_inf_pred": 216.6149558, "MRT": 20.8000305,
        "Vz": 30.4867482, "CL": 1.4772963, "extrapolated": 31.2489169,
    }  # fmt: skip
    assert {k: one[k] for k in expected} == pytest.approx(expected, abs=5.1e-8)


# WinNonlin, indomethacin 25 mg, linear-up log-down: infusion over 0.25 h, then bolus
INFUSED = {
    "AUC_last": [1.7193653, 2.8891436, 2.8817113, 2.4442459, 1.9211984, 2.8413138],
    "AUC_inf_pred": [2.0367500, 3.1364504, 2.9764572, 2.5245343, 2.1173287, 3.0004063],
    "Vz": [77.5889712, 26.2238573, 19.2935053, 22.3460171, 45.8229078, 22.8422576],
    "CL": [12.2839234, 7.9269481, 8.1397881, 9.5881430, 11.5816384, 8.0752068],
    "MRT": [3.7163591, 2.8558604, 2.1547159, 2.2085200, 2.9178858, 2.5670666],
    "Vss": [45.6514707, 22.6382575, 17.5389306, 21.1756058, 33.7938980, 20.7295934],
    "half_life": [4.3781270, 2.2930632, 1.6429468, 1.6154409, 2.7424461, 1.9606986],
    "points": [3, 9, 10, 10, 8, 9],
}
GIVEN_AT_ONCE = {
    "C0": [2.3936170, 2.5281595, 4.9653691, 2.4622302, 4.0408654, 3.7056250],
    "AUC_last": [2.0098984, 3.2028878, 3.4743971, 2.7483832, 2.3983736, 3.2908266],
    "AUC_inf": [2.3257135, 3.4675431, 3.6640188, 2.9020789, 2.6357645, 3.5454087],
    "extrapolated": [13.5792780, 7.6323571, 5.1752381, 5.2960545, 9.0065258, 7.1806138],
    "half_life": [4.3781270, 2.2930632, 1.6429468, 1.5219104, 2.7424461, 1.9606986],
    "points": [3, 9, 10, 11, 8, 9],
}


@pytest.mark.parametrize(
    ("how", "expected"),
    [({"route": "IV", "duration": "0.25 h"}, INFUSED), ({"route": "IV", "with_peak": True}, GIVEN_AT_ONCE)],
)
def test_indomethacin_as_WinNonlin(how, expected):
    rows = of_subjects(of_R("Indometh"), dose="25 mg", **how)
    found = {name: [row.values[name] for row in rows] for name in expected}
    for name, values in expected.items():
        assert found[name] == pytest.approx(values, abs=5.1e-8), name


def test_share_before_the_first_sample_as_WinNonlin():
    rows = of_subjects(of_R("Indometh"), dose="25 mg", route="IV", with_peak=True)
    told = [row.values["back_extrapolated"] for row in rows[:4]]
    assert told == pytest.approx([20.5542573, 16.3658871, 25.4552663, 18.4484084], abs=5.1e-8)


def test_points_are_kept_as_they_were_used():
    (one,) = read(BELOW, lloq=0.5)
    assert one.times.tolist() == [0, 1, 2, 4, 6, 8, 10]
    assert np.array_equal(one.points, [0, 0, 4, 2, 1, 0, 0])


def test_the_example_as_openpkflow_reads_it():
    """Another program on the file of examples/own: openpkflow 2.9.0, run once."""
    rows = observed_readings(read_observed(OWN / "concentrations.csv", ObservedReading(lloq=2)))
    expected = {
        "half_life": [3.2763978041, 1.8308716933, 1.7170468381, 2.0872253009, 4.1996697713, 2.4192510623],
        "AUC_last": [0.8460180687, 0.4890299403, 0.6828339429, 1.2201454056, 1.0398210498, 0.8654617883],
        "R2_adjusted": [0.9989576391, 0.9987514834, 0.9999832833, 0.9983757761, 0.9954984676, 0.9970704723],
        "points": [3, 3, 3, 5, 3, 4],
    }
    found = {name: [row.values[name] for row in rows] for name in expected}
    for name, values in expected.items():
        assert found[name] == pytest.approx(values, abs=5.1e-11), name


def test_a_steady_state_as_openpkflow_reads_it():
    """openpkflow 2.9.0, steady_state_parameters, linear-up log-down, run once."""
    pairs = zip([0, 1, 2, 4, 8, 12], [2, 9, 7, 5, 3, 2], strict=True)
    rows = [{"time": t, "conc": c, "dose": 10} for t, c in pairs]
    (one,) = observed_readings(read_observed(rows, ObservedReading(interval="12 h")))
    expected = {
        "AUC_tau": 50.87234729596526,
        "Cavg": 4.239362274663772,
        "fluctuation": 165.11917468896138,
        "swing": 350.0,
    }
    assert {name: one.values[name] for name in expected} == pytest.approx(expected, rel=1e-12)
