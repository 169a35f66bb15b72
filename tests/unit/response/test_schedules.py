import numpy as np
import pytest

from jakstat.errors import InputError, Outcome
from jakstat.pharmacology.pk_library import pk_model, pk_models
from jakstat.pharmacology.regimen_text import parse_regimen
from jakstat.report.schedule_front import schedule_front
from jakstat.response.drug_course import Course, drug_course, pieces
from jakstat.response.pareto import pareto_front
from jakstat.response.schedule_document import schedule_document
from jakstat.response.schedule_set import ComparedSchedule, default_schedules, kind_of_schedule, last_cycle
from jakstat.response.schedules import compare_schedules


def made(text):
    regimen = parse_regimen(text)
    return ComparedSchedule(text, kind_of_schedule(regimen), regimen)


def weekly(schedule):
    return sum(schedule.regimen.segments[g.segment].amount for g in schedule.regimen.given(14 * 24.0)) / 2


def test_the_default_set_of_a_daily_drug():
    found = default_schedules(pk_model("ruxolitinib"))
    assert [s.kind for s in found].count("continuous") == 7
    assert [s.kind for s in found].count("intermittent") == 3
    assert [s.kind for s in found].count("pulsed") == 2
    # split and pulsed schedules give the dose of 20 mg BID
    assert [weekly(s) for s in found if weekly(s) == pytest.approx(280.0)] == pytest.approx([280.0] * 5)
    assert "20 mg PO BID day 1-5 qw" in [s.text for s in found]


def test_the_default_set_of_an_antibody_moves_its_cap_along():
    found = default_schedules(pk_model("tocilizumab"))
    assert {s.kind for s in found} == {"continuous"}
    assert "16 mg/kg IV over 1 h q4w max 1600 mg" in [s.text for s in found]
    assert "4 mg/kg IV over 1 h q2w max 400 mg" in [s.text for s in found]


def test_every_drug_has_schedules_that_read_back():
    for model in pk_models():
        try:
            found = default_schedules(model)
        except InputError as error:
            assert error.problems[0].code == "schedule.none"
            continue
        assert len(found) >= 5
        assert all(parse_regimen(s.text) == s.regimen for s in found), model.name


def test_loading_doses_are_scaled_with_the_rest():
    first = default_schedules(pk_model("danvatirsen"))[0].regimen
    assert {s.amount for s in first.segments} == {0.25 * 3.0}


@pytest.mark.parametrize(
    ("text", "days", "window"),
    [
        ("15 mg PO BID", 10, (3, 10)),
        ("15 mg PO QD day 1-7 q2w", 30, (14, 28)),
        ("8 mg/kg IV q4w", 60, (28, 56)),
        ("3 mg/kg IV day 1,3,5 then 3 mg/kg IV qw", 30, (21, 28)),
        ("15 mg PO BID x 20", 28, (3, 10)),
        ("15 mg PO once", 5, (0, 5)),
    ],
)
def test_the_last_full_cycle(text, days, window):
    assert last_cycle(made(text), 24.0 * days) == tuple(24.0 * d for d in window)


def test_too_short_a_run_says_how_long_it_should_be():
    with pytest.raises(InputError, match=r"no full cycle of 28 days within 20 days.*--days 28 or more"):
        last_cycle(made("8 mg/kg IV q4w"), 480.0)


def test_pieces_keep_the_area_and_follow_the_curve():
    course = drug_course(pk_model("ruxolitinib"), made("20 mg PO BID"), 168.0, change=0.1, floor=0.01)
    starts, held = pieces(course, change=0.1, floor=0.01)
    ends = np.append(starts[1:], 168.0)
    assert (held * (ends - starts)).sum() == pytest.approx(
        np.trapezoid(course.unbound, course.times), rel=1e-9
    )
    middle = np.interp((starts + ends) / 2, course.times, course.unbound)
    seen = middle > 0.05
    assert np.abs(held / middle - 1)[seen].max() < 0.1
    assert (course.total * 0.03)[5] == pytest.approx(course.unbound[5])


def test_exposure_in_the_window_is_that_of_the_formulas():
    """Ruxolitinib: 22.1073 L/h, 72 L, 2.5/h, 306.4 g/mol, 0.03 unbound. The area of an interval at steady
    state is dose over clearance; the peak is that of a sum of Bateman functions (Gibaldi and Perrier 1982).
    """
    course = drug_course(pk_model("ruxolitinib"), made("20 mg PO BID"), 336.0, change=0.5, floor=0.01)
    per = 1e6 / 306.4  # nM of 1 mg/L
    assert course.fraction_unbound == 0.03
    assert course.AUC_total == pytest.approx(280.0 / 22.1073 * per, rel=1e-5)
    k, ka, t = 22.1073 / 72.0, 2.5, np.linspace(0.0, 12.0, 100_001)
    level = (
        20
        * ka
        / 72.0
        / (ka - k)
        * (np.exp(-k * t) / (1 - np.exp(-k * 12)) - np.exp(-ka * t) / (1 - np.exp(-ka * 12)))
    )
    assert course.Cmax_total == pytest.approx(level.max() * per, rel=1e-5)


def test_exposure_counts_from_the_start_of_the_window():
    """4 days on, 3 off: the second week, with nothing left of the first; the peak is in its first days."""
    course = drug_course(
        pk_model("ruxolitinib"), made("20 mg PO BID 4 days on 3 off"), 336.0, change=0.5, floor=0.01
    )
    assert course.window == (168.0, 336.0)
    assert course.weekly_mg == 160.0
    assert course.AUC_total == pytest.approx(160.0 / 22.1073 * 1e6 / 306.4, rel=1e-4)
    daily = drug_course(pk_model("ruxolitinib"), made("20 mg PO BID"), 336.0, change=0.5, floor=0.01)
    assert course.Cmax_total == pytest.approx(daily.Cmax_total, rel=1e-3)


def test_what_lies_below_the_floor_is_one_piece():
    t = np.linspace(0.0, 100.0, 1001)
    c = np.exp(-t)
    course = Course(made("1 mg IV once"), t, c, c, (0.0, 100.0), 1.0, Outcome.OK)
    assert len(pieces(course, change=0.1, floor=1e-2)[0]) < 60
    assert pieces(course, change=0.1, floor=1e-2)[0][-1] < 5.0


def test_front():
    assert pareto_front([1.0, 1.0001, 2.0], [5.0, 6.0, 6.0]).tolist() == [False, True, False]
    assert pareto_front([1.0, 2.0, np.nan], [np.nan, 6.0, 7.0]).tolist() == [False, True, False]
    assert pareto_front([], []).tolist() == []


def test_readings_of_a_comparison():
    found = compare_schedules(
        "hepg2",
        "Jakafi",
        ["20 mg PO BID", "40 mg PO BID"],
        days=14,
        suppress=10,
        readout="pSTAT3,SOCS3_mRNA",
        parts="auto",
    )
    assert found.attrs["drug"] == "ruxolitinib"
    assert found.attrs["failed"] == 0
    low, high = found["suppression"].values
    assert 0 < low < high < 100
    assert (found["shallowest"].values <= found["suppression"].values).all()
    assert (found["suppression"].values <= found["deepest"].values).all()
    assert found["AUC_unbound"].values[1] == pytest.approx(2 * found["AUC_unbound"].values[0], rel=1e-3)
    assert found["AUC_unbound"].values / found["AUC_total"].values == pytest.approx([0.03, 0.03])
    assert found["front"].values.all()
    # the share is that of the curve
    t, inside = found["time"].values, found["time"].values >= 168.0
    assert t[inside][0] == 168.0
    down = found["pSTAT3"].values[:, inside] <= 0.9 * found["untreated_pSTAT3"].values[inside]
    assert found["share_suppressed"].values == pytest.approx(100 * down.mean(axis=1), abs=0.5)
    document = schedule_document(found)
    assert set(document["schedules"][0]["also"]) == {"SOCS3_mRNA"}
    assert len(document["schedules"][0]["values"]) == len(document["schedules"][0]["time_h"])
    assert [document["schedules"][0]["time_h"][k] for k in (0, -1)] == [168.0, 336.0]
    bare = found["untreated_pSTAT3"].values
    assert found.attrs["unstimulated"] == pytest.approx(100 * (1 - bare[0] / bare[-1]))
    assert any("ASSUMED" in note for note in document["notes"])
    figure = schedule_front(found)
    assert "exposure ASSUMED" in figure.get_suptitle().replace("\n", " ")
    low, high = figure.axes[0].get_xlim()
    assert low < found["AUC_unbound"].values.min() <= found["AUC_unbound"].values.max() < high
    same = found.assign(AUC_unbound=found["AUC_unbound"] * 0.0 + 1240.0)
    assert schedule_front(same).axes[0].get_xlim() == pytest.approx((620.0, 2480.0))


@pytest.mark.long
def test_a_finer_grid_changes_little():
    texts = ["20 mg PO BID", "20 mg PO BID day 1-5 qw", "140 mg PO BID day 1 qw"]
    usual = compare_schedules("hepg2", "ruxolitinib", texts, days=14, parts="auto")
    fine = compare_schedules("hepg2", "ruxolitinib", texts, days=14, change=0.03, parts="auto")
    assert usual["suppression"].values == pytest.approx(fine["suppression"].values, abs=0.1)
    assert usual["deepest"].values == pytest.approx(fine["deepest"].values, abs=1.0)


def test_an_antibody_that_does_not_know_the_cells_is_left_out():
    found = compare_schedules("mouse_hepatocyte", "tocilizumab", ["8 mg/kg IV q4w"], days=28, parts="auto")
    assert float(abs(found["suppression"].values[0])) < 0.05
    assert any("does not act on mouse" in note for note in found.attrs["notes"])
    assert any("in no schedule" in note for note in found.attrs["notes"])


def test_an_absent_readout_is_refused():
    with pytest.raises(InputError, match=r"readout\.silent"):
        compare_schedules(
            "hepg2",
            "ruxolitinib",
            ["20 mg PO BID"],
            days=7,
            readout="pSTAT3",
            perturb={"STAT3": 0.0},
            parts="auto",
        )
