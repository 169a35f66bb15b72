"""Own curves: what a file of wells gives, and what is said to a file that is wrong."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from jakstat.errors import InputError
from jakstat.response.curve_models import sigmoid
from jakstat.response.own_curve_document import own_curves_document
from jakstat.response.own_curve_rows import curve_rows
from jakstat.response.own_curves import fit_curves
from ryegrass import RYEGRASS

EXAMPLES = Path(__file__).resolve().parents[3] / "examples" / "own"
DOSES = np.repeat([0.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0], 2)
NOISE = np.array([2, -1, 1, -2, -1, 2, 0, 1, -1, 1, 2, -2, 1, -1], dtype=float)


def wells(half=50.0, *, start=100.0, end=0.0, slope=1.2, noise=NOISE, **columns):
    read = sigmoid(DOSES, start, end, half, slope) + noise
    return pd.DataFrame({"dose (nM)": DOSES, "response": read, **columns})


def faults(data, **options):
    with pytest.raises(InputError) as caught:
        fit_curves(data, **options)
    return caught.value.problems


def test_several_drugs_and_cells_of_a_file():
    frame = pd.concat(
        [wells(half, drug=drug, cell=cell) for half, drug, cell in
         ((50, "A", "HepG2"), (150, "A", "Huh7"), (50, "B", "HepG2"))]
    )  # fmt: skip
    found = fit_curves(frame, response="percent")
    assert [one.wells.name for one in found.curves] == ["A on HepG2", "A on Huh7", "B on HepG2"]
    assert [one.EC50 for one in found.curves] == pytest.approx([50, 150, 50], rel=0.1)
    assert found["A on Huh7"].kind == "IC50"
    same = next(c for c in found.comparisons if (c.first, c.second) == (0, 2))
    assert same.F_half == pytest.approx(0.0, abs=1e-6)
    assert same.p_curve == pytest.approx(1.0)
    others = [c for c in found.comparisons if c is not same]
    assert all(c.p_half_holm < 1e-6 for c in others)
    assert [c.ratio for c in others] == pytest.approx([3.0, 1 / 3], rel=0.1)
    assert found.summary().shape[0] == 3
    assert found.to_dataframe().shape[0] == 3 * 7


def test_f_test_is_the_one_done_by_hand():
    """Two hill4 curves against one through both, with scipy's fits: F = ((RSS0 - RSS) / 4) / (RSS / 20)."""
    from scipy.optimize import curve_fit

    draw = np.random.default_rng(5)
    frames = [wells(50, drug="A", noise=3 * draw.normal(size=14)),
              wells(80, drug="B", noise=3 * draw.normal(size=14))]  # fmt: skip
    found = fit_curves(pd.concat(frames), model="hill4")
    [test] = found.comparisons

    def rss(frame):
        x, y = frame["dose (nM)"].to_numpy(), frame["response"].to_numpy()
        best, _ = curve_fit(
            lambda d, a, b, c, h: b + (a - b) / (1 + (d / c) ** h), x, y, p0=[100, 0, 60, 1.2]
        )
        return np.sum((y - (best[1] + (best[0] - best[1]) / (1 + (x / best[2]) ** best[3]))) ** 2)

    apart = rss(frames[0]) + rss(frames[1])
    assert test.freedom_curve == (4, 20)
    assert test.F_curve == pytest.approx((rss(pd.concat(frames)) - apart) / 4 / (apart / 20), rel=1e-4)

    x = [f["dose (nM)"].to_numpy() for f in frames]
    y = np.concatenate([f["response"].to_numpy() for f in frames])

    def shared(_, a, b, c, h, a2, b2, h2):
        return np.concatenate([b + (a - b) / (1 + (x[0] / c) ** h), b2 + (a2 - b2) / (1 + (x[1] / c) ** h2)])

    best, _ = curve_fit(shared, np.concatenate(x), y, p0=[100, 0, 65, 1.2, 100, 0, 1.2])
    one_half = np.sum((y - shared(None, *best)) ** 2)
    assert test.F_half == pytest.approx((one_half - apart) / (apart / 20), rel=1e-4)


def test_controls_of_each_plate():
    """A plate twice as bright gives the same percents; (y - blank) / (vehicle - blank) by hand."""
    rows = []
    for plate, bright in (("P1", 1.0), ("P2", 2.0)):
        rows += [
            {"plate": plate, "role": "negative", "dose (nM)": "", "response": bright * y} for y in (990, 1010)
        ]
        rows += [{"plate": plate, "role": "blank", "dose (nM)": "", "response": bright * 100}]
        read = 100 + 9 * sigmoid(DOSES[2:], 100, 0, 50, 1.2)
        rows += [
            {"plate": plate, "role": "", "dose (nM)": d, "response": bright * y}
            for d, y in zip(DOSES[2:], read, strict=True)
        ]
    found = fit_curves(rows, normalise="plate")
    assert pytest.approx(50.0, rel=1e-4) == found[0].EC50
    assert found[0].points.mean[0][0] == pytest.approx(float(sigmoid(np.array([3.0]), 100, 0, 50, 1.2)[0]))
    assert found[0].points.within[0] == pytest.approx(0.0, abs=1e-9)
    assert "100 %" in found.question


def test_wells_without_drug_serve_every_drug():
    frame = pd.concat([wells(drug="A").iloc[2:], wells(150, drug="B").iloc[2:]])
    vehicle = pd.DataFrame({"dose (nM)": [0, 0], "response": [101.0, 99.0], "drug": ["", ""]})
    found = fit_curves(pd.concat([frame, vehicle]))
    assert [one.count for one in found.curves] == [14, 14]


@pytest.mark.long
def test_units_of_one_drug_are_converted():
    frame = wells()
    frame = frame.rename(columns={"dose (nM)": "dose"}).assign(dose_unit="nM")
    high = frame["dose"] >= 300
    frame.loc[high, "dose"] /= 1000.0
    frame.loc[high, "dose_unit"] = "\u00b5M"
    assert pytest.approx(fit_curves(wells())[0].EC50, rel=1e-9) == fit_curves(frame)[0].EC50


def test_units_are_read_as_people_write_them():
    """A dose in um is no length, and the answer says uM."""
    found = fit_curves(wells().rename(columns={"dose (nM)": "Dose (um)"}), model="hill4")
    assert found[0].wells.unit == "uM"
    assert "doses in uM" in found.question


def test_doses_that_differ_by_rounding_are_one():
    """0.003 uM is 3 nM: seven levels and not eight."""
    frame = wells().rename(columns={"dose (nM)": "dose"}).assign(unit="nM")
    frame.loc[2, ["dose", "unit"]] = [0.003, "uM"]
    assert fit_curves(frame, model="hill4")[0].points.used.sum() == 7


def test_what_is_fixed_stays_what_it_is():
    found = fit_curves(wells(noise=1.1 * NOISE), response="percent", model="hill2")[0]
    assert (found.start, found.end) == (100.0, 0.0)


def test_lack_of_fit_is_that_of_drc():
    """Of the ryegrass data: modelFit of drc 3.3 gives F 0.2411 on 3 and 17, p 0.8665."""
    dose, read = RYEGRASS
    found = fit_curves({"dose (mM)": dose, "response": read}, model="hill4")[0]
    assert found.lack_p == pytest.approx(0.8665, abs=5e-5)
    # nls of R 4.2.2: standard errors 0.4584, 0.2095, 0.1897 times t(0.975; 20) = 2.0860
    said = [found.errors[name] for name in ("slope", "end", "start")]
    assert said == pytest.approx([2.0860 * x for x in (0.4584262, 0.2095066, 0.1897334)], rel=1e-3)


def test_a_flat_drug_has_no_ec50():
    found = fit_curves(wells(start=100.0, end=100.0), response="percent")[0]
    assert (found.model, found.kind) == ("flat", "none")
    assert np.isnan(found.EC50)
    assert np.isnan(found.EC50_low)
    assert "no EC50" in found.notes[0]
    assert found.effect_p > 0.05
    assert found.errors["start"] > 0


def test_an_ec50_beyond_the_doses_is_one_sided():
    found = fit_curves(wells(3000.0), model="hill4")[0]
    assert np.isnan(found.EC50_high)
    assert 100.0 < found.EC50_low < 3000.0
    assert any(note.startswith("one-sided: the EC50 is above") for note in found.notes)


def test_growth_metrics_by_hand():
    """x0 = 1000, control 8000 (3 doublings): 2000 cells are GR 2^(1/3) - 1, 500 are 2^(-1/3) - 1."""
    rows = [{"dose (nM)": d, "count": y, "time0": 1000} for d, y in
            ((0, 8000), (1, 8000), (10, 4000), (100, 2000), (1000, 1000), (10000, 500))]  # fmt: skip
    growth = fit_curves(rows)[0].growth
    expected = [1.0, 2 ** (2 / 3) - 1, 2 ** (1 / 3) - 1, 0.0, 2 ** (-1 / 3) - 1]
    assert growth.values == pytest.approx(expected)
    assert growth.GRmax == pytest.approx(expected[-1])
    # trapezoids over four decades of equal width
    one = 1 - np.array(expected)
    assert pytest.approx((one[:-1] + one[1:]).sum() / 2 / 4) == growth.GR_AOC
    crossed = growth.GRinf + (1 - growth.GRinf) / (1 + (growth.GR50 / growth.GEC50) ** growth.h_GR)
    assert crossed == pytest.approx(0.5)


def test_growth_metrics_do_not_depend_on_how_fast_cells_divide():
    """The example: two cells that follow one GR curve, GR50 27.1 nM by its formula, at 3 and 1 doublings."""
    fast, slow = fit_curves(EXAMPLES / "growth_counts.csv", model="hill4", compare="none").curves
    assert fast.EC50 * 1.8 < slow.EC50
    # 5 % of noise in a count are 0.05 / ln 2 = 7 % of one doubling
    assert [one.growth.GR50 for one in (fast, slow)] == pytest.approx([27.1, 27.1], rel=0.2)
    assert [one.growth.GRinf for one in (fast, slow)] == pytest.approx([-0.2, -0.2], abs=0.05)


def test_document_and_tables():
    found = fit_curves(EXAMPLES / "pstat3.csv", response="percent")
    document = own_curves_document(found)
    assert document["kind"] == "own-curves"
    assert len(document["data_key"]) == 64
    assert [c["name"] for c in document["curves"][0]["candidates"]][:3] == ["flat", "hill2", "hill3"]
    assert curve_rows(found.curves)[0]["dose_unit"] == "nM"
    assert any("the model knows ruxolitinib on HepG2" in note for note in document["notes"])


def test_the_model_stands_beside():
    """With the drug's own curve as data, from the same experiment, the two agree."""
    experiment = {"stimuli": "IL6=10ng/ml", "at": "20min", "parts": "core"}
    from jakstat.experiment.describe import make_protocol
    from jakstat.response.dose_response import dose_response

    doses = [10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0]
    text = f"ruxolitinib={','.join(map(str, doses))}nM"
    protocol = make_protocol("hepg2", stimuli="IL6=10ng/ml", parts="core")
    model = dose_response(protocol, text, at="20min")
    data = {
        "dose (nM)": [0.0, *doses],
        "response": [100.0, *(100 * model.effects[1:])],
        "drug": ["Jakafi"] * 7,
    }
    found = fit_curves(data, response="percent", context="hepg2", **experiment)[0].beside
    assert found.drug == "ruxolitinib"
    assert found.rms == pytest.approx(0.0, abs=1e-9)
    assert found.ratio == pytest.approx(1.0, rel=0.05)
    lower = {**data, "response": [100.0, *(100 * model.effects[1:] - 10.0)]}
    assert fit_curves(lower, response="percent", context="hepg2", **experiment)[
        0
    ].beside.rms == pytest.approx(0.1)


def bare(**columns):
    """Wells whose doses have no unit."""
    return wells().rename(columns={"dose (nM)": "dose"}).assign(**columns)


LOGS = np.where(DOSES > 0, np.log10(DOSES + 1e-9) - 9.0, 0.0)
SHARES = wells(start=1.0, noise=0.0)
BAD = {
    "no unit": (bare(), {}, "unit.missing", "--unit nM"),
    "a unit of time": (bare(unit="h"), {}, "unit.clash", "nM"),
    "an amount for a concentration": (bare(unit="nmol"), {}, "unit.clash", "nM"),
    "no such unit": (bare(unit="bananas"), {}, "unit.unknown", "nM"),
    "molar and mass": (bare(unit=["nM"] * 8 + ["ng/ml"] * 6), {}, "unit.clash", "all of them as molar"),
    "logarithms": (wells().assign(**{"dose (nM)": LOGS}), {}, "dose.negative", "not their logarithms"),
    "text": (wells().assign(response=["ca. 100", *[50.0] * 13]), {}, "table.number", "plain digits"),
    "a cell with unit": (wells().assign(**{"dose (nM)": ["10 nM", *DOSES[1:]]}), {}, "table.number", "head"),
    "one dose": (wells()[:4], {}, "curve.doses", "4 levels of dose"),
    "all equal": (wells().assign(response=100.0), {}, "curve.equal", "copied down"),
    "fractions called percents": (SHARES, {"response": "percent"}, "response.scale", "--response fraction"),
    "percents called fractions": (wells(), {"response": "viability"}, "response.scale", "percent-viability"),
    "both scales": (
        pd.concat([wells(plate="P1"), SHARES.assign(plate="P2")]), {}, "response.scale", "all of them"
    ),
    "a heading twice": ([{"dose (nM)": 1, "Conc (nM)": 1, "response": 1}], {}, "table.columns", "leave one"),
    "no response": (
        wells().rename(columns={"response": "pSTAT3"}), {}, "table.columns", "measured numbers response"
    ),
    "a logarithmic heading": (
        wells().rename(columns={"dose (nM)": "log dose (M)"}), {}, "table.columns", "not their logarithms"
    ),
    "no control": (wells()[2:], {"normalise": "plate"}, "wells.control", "dose 0"),
    "an unknown role": (wells(role="ctrl?"), {}, "wells.role", "negative"),
    "negative counts": (wells(noise=-5.0, time0=10.0), {}, "wells.count", "counts"),
    "no cells at time zero": (wells(time0=0.0), {}, "wells.count", "cells counted"),
    "an unknown model": (wells(), {"model": "hill6"}, "option.value", "hill4"),
    "a start that is not known": (wells(), {"model": "hill2"}, "curve.model", "--response"),
    "an unknown response": (wells(), {"response": "inhibition"}, "option.value", "percent-effect"),
    "normalised twice": (
        wells(), {"response": "percent", "normalise": "plate"}, "option.value", "leave out --response"
    ),
    "compared with nobody": (
        pd.concat([wells(drug="A"), wells(drug="B")]), {"compare": "C"}, "compare.unknown", "A"
    ),
    "too few doses for a model": (wells()[:8], {"model": "hill5"}, "curve.model", "fewer parameters"),
    "no dose": (wells().assign(**{"dose (nM)": ["", *DOSES[1:]]}), {}, "table.number", "negative"),
    "a unit told twice": (wells(), {"unit": "nM"}, "option.alone", "leave it out"),
    "a drug told twice": (wells(drug="A"), {"drug": "B"}, "option.alone", "leave it out"),
    "yes or no": (wells(exclude="perhaps"), {}, "wells.exclude", "yes"),
    "nothing measured": (wells().assign(response=""), {}, "table.empty", "fill the column response"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_mistakes_are_answered_by_the_sentence_that_mends_them(name):
    data, options, code, hint = BAD[name]
    found = faults(data, **options)
    assert code in {p.code for p in found}
    assert any(hint in p.hint for p in found if p.code == code), [str(p) for p in found]


def test_few_wells_have_a_curve_and_not_a_mean():
    """Four wells on a clear curve; AICc, which has no value here, does not choose."""
    found = fit_curves({"dose (nM)": [0, 1, 10, 100], "response": [100, 90, 50, 10]})[0]
    assert found.model == "hill3s"
    assert 5.0 < found.EC50_low < 10.0 < found.EC50_high < 20.0
    assert any("too few wells for AICc" in note for note in found.notes)


@pytest.mark.long
def test_replicates_beside_each_other():
    """As GraphPad's tables have them: the same wells as a long table."""
    wide = pd.DataFrame({"Dose (nM)": DOSES[::2], "Rep1": 0.0, "Rep 2": 0.0})
    wide["Rep1"], wide["Rep 2"] = wells()["response"][::2].to_numpy(), wells()["response"][1::2].to_numpy()
    found, long = fit_curves(wide)[0], fit_curves(wells())[0]
    assert (found.count, found.EC50, found.EC50_low) == (long.count, long.EC50, long.EC50_low)


def test_one_bad_curve_is_left_out_of_many():
    found = fit_curves(pd.concat([wells(drug="A"), wells(drug="B")[:4]]))
    assert len(found) == 1
    assert any(note.startswith("left out: B has 1 dose above 0") for note in found.notes)


def test_excluded_wells_and_negative_responses_are_told():
    frame = wells(exclude=[""] * 13 + ["yes"])
    found = fit_curves(frame)
    assert found[0].count == 13
    assert "1 wells without response or marked" in found.question
    assert any("below 0, the lowest" in note for note in fit_curves(wells(noise=NOISE - 3)).notes)
