"""Steps of the analyses of drugs on numbers that can be followed by hand."""

from dataclasses import replace
from types import SimpleNamespace as Made

import numpy as np
import pytest
import xarray as xr

from jakstat.errors import InputError, Outcome
from jakstat.experiment.cells import simulate_cells
from jakstat.experiment.describe import make_protocol
from jakstat.experiment.reading import parse_reading
from jakstat.limits import LIMITS
from jakstat.pharmacology import agent
from jakstat.pharmacology.pk_library import pk_model
from jakstat.pharmacology.regimen_text import parse_regimen
from jakstat.response import (
    cell_statistics,
    dose_response,
    potency,
    schedule_set,
    schedule_words,
    schedules,
    target_scan,
)
from jakstat.response.bimodality import dip
from jakstat.response.documents import cells_document
from jakstat.response.dose_curve import DoseResponse
from jakstat.response.drug_course import Course, drug_course, pieces
from jakstat.response.drug_doses import found_range, parse_drugs
from jakstat.response.pareto import pareto_front
from jakstat.response.patient_doses import compared_dose
from jakstat.response.schedule_set import ComparedSchedule
from jakstat.response.target_scan import Target
from jakstat.store import attribute

FLOOR, EMAX = DoseResponse.floor.fget, DoseResponse.emax.fget
DOSES = np.array([0.0, *np.geomspace(0.1, 1e4, 21)])


def falling(half):
    return 1.0 / (1.0 + DOSES / half)


def interval(responses):
    return dose_response._interval(DOSES, np.array(responses), "nM", 0, 1, "key")


def test_an_interval_is_5_to_95_percent_of_the_half_maximal_doses():
    found = interval([falling(half) for half in (10.0, 20.0, 40.0)])
    # by linear interpolation between three: 10 + 0.1 * 10 and 40 - 0.1 * 20
    assert (found.low, found.high) == pytest.approx((11.0, 38.0), rel=1e-3)
    assert (found.vectors, found.without) == (3, 0)


@pytest.mark.parametrize(("flat", "told"), [(1, True), (2, False)])
def test_an_interval_needs_a_half_maximum_in_95_percent_of_the_vectors(flat, told):
    """19 of 20 are enough, 18 are not."""
    found = interval([falling(20.0)] * (20 - flat) + [np.ones(DOSES.size)] * flat)
    assert found.without == flat
    assert np.isfinite(found.low) == told


def test_a_band_is_over_each_vectors_own_control():
    lost = np.nan
    low, high = dose_response._band(np.array([[2.0, 0.5, lost], [4.0, 2.0, lost], [8.0, 6.0, lost]]))
    assert low == pytest.approx([1, 0.275, 0])
    assert high == pytest.approx([1, 0.725, 0])


@pytest.mark.parametrize(("top", "least", "floor"), [(-0.2, 0.0, 0.0), (-0.2, -0.1, -0.2), (0.3, 0.0, 0.3)])
def test_a_plateau_below_zero_is_zero_where_no_response_is_below(top, least, floor):
    curve = Made(half=Made(method="hill", top=top, kind="IC50"), responses=np.array([2.0, 1.0, least]))
    assert FLOOR(curve) == floor
    curve.floor, curve.baseline = floor, 2.0
    assert EMAX(curve) == pytest.approx(1 - floor / 2)


def test_without_a_fit_the_floor_is_the_last_response_and_a_rise_counts_upwards():
    curve = Made(half=Made(method="interpolated", kind="EC50"), responses=np.array([2.0, 3.0, 5.0]))
    assert FLOOR(curve) == 5.0
    curve.floor, curve.baseline = 5.0, 2.0
    assert EMAX(curve) == pytest.approx(1.5)


def test_the_range_begins_below_2_percent_of_the_effect_and_ends_above_98():
    """Two doses a decade: 3.16 has 1.0 % of the effect and 31,623 has 99.1 %; a factor of 3 on each side."""
    doses = found_range(10.0, lambda d: 1.0 / (1.0 + d / 300.0))
    assert doses[[0, -1]] == pytest.approx([10**0.5 / 3, 3 * 10**4.5], rel=1e-6)
    assert np.diff(np.log(doses)) == pytest.approx(np.log(9 * 10**4) / (len(doses) - 1))
    wide = found_range(10.0, lambda d: 1.0 / (1.0 + d / 300.0), wide=True)
    assert wide[[0, -1]] == pytest.approx([10**0.5 / 30, 30 * 10**4.5], rel=1e-6)
    assert len(wide) == len(doses) + 4


def test_the_constant_in_the_medium():
    """3 nM on the enzyme; shift 2 of the cell, half of the drug bound; y has a factor of its own."""
    numbers = {"IC50_x_JAK1": 3.0, "IC50_y_JAK1": 3.0, "potency_shift": 2.0, "potency_shift_y": 0.1}
    rows = {name: Made(value=value) for name, value in numbers.items()}
    drug = Made(model_symbol="x", fraction_unbound_medium=0.5)
    assert potency._effective(rows, drug) == pytest.approx(12.0)
    other = Made(model_symbol="y", fraction_unbound_medium=0.5)
    assert potency._effective(rows, other) == pytest.approx(0.6)


@pytest.mark.parametrize(("fold", "idle"), [(1.0005, True), (0.9995, True), (1.0015, False), (0.5, False)])
def test_a_target_is_idle_within_a_thousandth(fold, idle):
    assert Target("x", "gene", "x 0.1", "", (1.0,), (fold,), 0.0, 1, (), "").idle == idle


@pytest.mark.parametrize(("modes", "verdict"), [(1, "one mode"), (2, "more than one mode")])
def test_statistics_of_cells(modes, verdict):
    x = 10.0 ** np.linspace(1, 2, 101)
    x = np.concatenate([x, 1e4 * x]) if modes == 2 else x
    found = cell_statistics._one(
        "x", "1/cell", {}, "peak", np.append(x, np.nan), np.arange(101.0), True, 199, 1
    )
    assert cell_statistics._judged(found, found.p).verdict == verdict
    assert cell_statistics._judged(found, 0.06).verdict == "one mode"
    assert found.gate == pytest.approx(99.0)
    assert found.responders == pytest.approx(float((x > 99.0).mean()))
    assert (found.cells, found.failed) == (x.size, 1)
    if modes == 1:
        assert (found.median, found.p5, found.p25, found.p95) == pytest.approx(
            (10**1.5, 10**1.05, 10**1.25, 10**1.95)
        )
        assert found.cv == pytest.approx(np.sqrt(x.var() * 101 / 100) / x.mean())


def test_the_floor_is_a_share_of_the_smallest_constant_in_nanomolar():
    known = {"a": (5.0, "nM"), "b": (2.0, "nM"), "c": (0.0, "nM"), "d": (0.1, "1/h"), "other": (0.5, "nM")}
    rows = [Made(id=name, value=value, unit=unit) for name, (value, unit) in known.items()]
    bench = Made(cell=Made(assembly=Made(parameters=rows)))
    drug = Made(potency=("a", "b", "c", "d", "absent"))
    share = schedules.schedule_constants()["floor"].value
    assert schedules._floor(drug, bench) == pytest.approx(2 * share)


@pytest.mark.parametrize(
    ("drift", "suppression", "moves", "nothing"),
    [
        (1.0, 60.0, False, False),
        (-1.5, 60.0, True, False),
        (0.0, -5.0, False, False),
        (0.0, -0.04, False, True),
    ],
)
def test_notes_say_what_still_moves_and_what_changes_nothing(drift, suppression, moves, nothing):
    data = {"drift": ("schedule", [drift]), "suppression": ("schedule", [suppression])}
    found = xr.Dataset(data, coords={"schedule": ["one"]}, attrs={"unstimulated": 95.0, "readout": "x"})
    drug = Made(name="d", grade="measured", fraction_unbound_medium=1.0)
    model = Made(fraction_unbound=0.1, unbound_grade="measured", kind="small molecule")
    notes = " ".join(schedule_words.schedule_notes(found, drug, model, usual=False))
    assert ("not at steady state" in notes) == moves
    assert ("d changes x in no schedule" in notes) == nothing
    assert "x of untreated cells without the stimulus is 95 % lower" in notes
    assert "ASSUMED" not in notes


def test_a_slight_change_is_told_against_the_control():
    """104 over 100 is 4 %; over itself it would be 3.8."""
    half = Made(method="hill", kind="EC50", note="")
    told = list(dose_response._notes(half, np.array([100.0, 104.0, 102.0]), None, 0, Made(assay="")))
    assert "no dose changes the response by more than 4 %" in told


def test_a_range_without_any_effect_was_looked_through_up_to_the_highest_dose():
    doses = found_range(10.0, lambda d: np.ones_like(d))
    assert doses[-1] == pytest.approx(1e7)  # nM: 10 mM, the row of the table


@pytest.mark.parametrize("days", [0.0, -1.0, 1e9])
def test_a_schedule_lasts_a_time_that_can_be_run(days):
    with pytest.raises(InputError) as caught:
        schedules.compare_schedules("hepg2", "ruxolitinib", ["15 mg PO BID"], days=days, parts="core")
    assert [p.code for p in caught.value.problems] == ["time.range"]


def test_what_is_beside_the_untreated_cells():
    """The median of 1, 2 and 9 is 2 (their mean 4); a distribution around 3 is 150 % of it."""
    x = np.array([1.0, 3.0, 5.0])
    found = cell_statistics._one("x", "1/cell", {}, "peak", x, x, False, 9, 1)
    beside = cell_statistics._beside(found, np.array([1.0, np.nan, 9.0, 2.0]))
    assert (beside.untreated, beside.percent) == (2.0, 150.0)
    assert np.isnan(cell_statistics._beside(found, np.zeros(3)).percent)
    assert np.isnan(cell_statistics._beside(found, np.full(3, np.nan)).untreated)


def test_what_is_not_finite_is_null_in_a_document():
    lost = cell_statistics._one(
        "x", "1/cell", {"IL6": 2.0}, "peak", np.full(3, np.nan), np.ones(3), True, 9, 1
    )
    kept = lost.to_dict()
    assert (kept["median"], kept["responders"], kept["cells"], kept["failed"]) == (None, None, 0, 3)
    assert (kept["dose"], kept["unit"]) == ({"IL6": 2.0}, "1/cell")
    x = np.array([1.0, 3.0, 5.0])
    kept = cell_statistics._one("x", "1/cell", {}, "peak", x, x, True, 9, 1).to_dict()
    assert (kept["mean"], kept["p25"], kept["p75"], kept["p"]) == (3.0, 2.0, 4.0, None)
    assert kept["cv"] == pytest.approx(2 / 3)
    assert (kept["gate"], kept["responders"]) == (pytest.approx(4.96), pytest.approx(1 / 3))


def test_where_a_cell_has_none_the_dip_is_that_of_the_values():
    x = np.array([0.0, 0.1, 0.2, 0.3, 0.7, 0.75, 0.8])
    found = cell_statistics._one("x", "1/cell", {}, "peak", x, x, False, 19, 1)
    assert found.dip == dip(x)[0]
    above = cell_statistics._one("x", "1/cell", {}, "peak", x + 0.1, x, False, 19, 1)
    assert above.dip == dip(np.log10(x + 0.1))[0] != found.dip
    # the mean is 2.85 / 7: a spread of less than one molecule is a spread
    assert found.cv == pytest.approx(x.std(ddof=1) / (2.85 / 7))


def test_a_single_cell_has_no_spread():
    found = cell_statistics._one("x", "1/cell", {}, "peak", np.array([4.0]), np.ones(2), True, 9, 1)
    assert (found.mean, found.responders) == (4.0, 1.0)
    assert np.isnan(found.cv)


ONCE = parse_regimen("1 mg IV once")


def course(times, values):
    one = ComparedSchedule(ONCE.text, "pulsed", ONCE)
    return Course(one, times, values, values, (0.0, float(times[-1])), 1.0, Outcome.OK)


@pytest.mark.parametrize("over", [0, 1])
def test_a_course_has_as_many_pieces_as_leave_500_doses_for_the_rest(over):
    """1 and 2 nM in turn: every step is ln 2, so a piece at each time but the last."""
    count = LIMITS.doses - 500 + over
    times = np.arange(count + 1.0)
    values = np.where(times % 2 == 0, 1.0, 2.0)
    if not over:
        starts, held = pieces(course(times, values), change=0.5, floor=1e-3)
        assert starts == pytest.approx(times[:-1])
        assert held == pytest.approx(1.5)
        return
    with pytest.raises(InputError, match="changes too often") as caught:
        pieces(course(times, values), change=0.5, floor=1e-3)
    assert [p.code for p in caught.value.problems] == ["dose.count"]


def test_a_piece_holds_the_mean_of_the_curve_over_it():
    """8, 4, 2, 1 nM at 0, 1, 2 and 4 h, a piece a halving: areas of 6, 3 and 3 over 1, 1 and 2 h."""
    made = course(np.array([0.0, 1.0, 2.0, 4.0]), np.array([8.0, 4.0, 2.0, 1.0]))
    starts, held = pieces(made, change=np.log(2), floor=1e-3)
    assert starts.tolist() == [0.0, 1.0, 2.0]
    assert held == pytest.approx([6.0, 3.0, 1.5])
    # a floor of 4 nM hides the later halvings: (6 + 3 + 3) / 4 h, but for the first hour
    starts, held = pieces(made, change=np.log(2), floor=4.0)
    assert starts.tolist() == [0.0, 1.0]
    assert held == pytest.approx([6.0, 2.0])


def test_a_range_begins_above_2_percent_and_ends_at_98():
    """A share of exactly 2 % is none yet, one of 98 % the whole: on a ladder of half decades from 1e-4 on."""
    shares = np.array([0.0] * 7 + [0.02, 0.5, 0.98] + [1.0] * 10)
    doses = found_range(1.0, lambda d: shares[: d.size])
    assert doses[[0, -1]] == pytest.approx([0.1 / 3, 3 * 1.0])


def test_doses_of_a_series_are_sorted_and_once():
    given = parse_drugs(["ruxolitinib=9,3,8,3nM"]).curves[0]
    assert given.values == (3.0, 8.0, 9.0)
    assert parse_drugs(["ruxolitinib=0,0.1,0.2,0.3nM"]).curves[0].values == (0.0, 0.1, 0.2, 0.3)
    with pytest.raises(InputError, match="make no curve"):
        parse_drugs(["ruxolitinib=0,1,2nM"])


def test_the_first_look_is_four_decades_down_and_five_up_at_two_doses_a_decade():
    seen = []

    def respond(doses):
        seen.append(doses)
        return 1.0 / (1.0 + doses)

    found_range(1.0, respond)
    assert seen[0][0] == 0.0
    assert np.log10(seen[0][1:]) == pytest.approx(np.arange(-4, 5.1, 0.5))


@pytest.mark.parametrize(
    ("drug", "regimen", "days", "hours"),
    [
        ("ruxolitinib", "15 mg PO BID", None, 28 * 24),
        ("tocilizumab", "8 mg/kg IV q4w", None, 3 * 28 * 24),
        ("ruxolitinib", "15 mg PO BID", 2.5, 60),
        ("ruxolitinib", "15 mg PO BID", 0.03125, 0.75),
    ],
)
def test_a_comparison_lasts_28_days_or_three_cycles(drug, regimen, days, hours):
    asked = schedules._asked(drug, [regimen], days=days, population=None, suppress=None, change=None)
    assert asked.hours == hours
    assert (asked.level, asked.change) == (80.0, 0.1)
    assert asked.drug.name == drug


def test_readings_of_a_window():
    """Untreated 10; treated 2 from 0 to 10 h, then 4 but for 1 at 15 h: means by trapezoids of 1 h."""
    times = np.arange(21.0)
    treated = np.where(times < 10, 2.0, 4.0)
    treated[15] = 1.0
    found = schedules._readings(times, treated, np.full(21, 10.0), (10.0, 20.0), 80.0)
    assert found["suppression"] == pytest.approx(100 - (40 - 3) / 10 * 10)
    assert (found["deepest"], found["shallowest"]) == pytest.approx((90.0, 60.0))
    assert found["share_suppressed"] == pytest.approx(10.0)  # a triangle of 1 h of 10
    # the ten hours before: 2 nine times, and a last trapezoid from 2 to 4
    assert found["drift"] == pytest.approx(100 * (3.7 / 2.1 - 1))
    first = schedules._readings(times, treated, np.full(21, 10.0), (8.0, 20.0), 80.0)
    assert np.isnan(first["drift"])
    lost = schedules._readings(times, np.full(21, np.nan), np.full(21, 10.0), (10.0, 20.0), 80.0)
    assert np.isnan(lost["share_suppressed"])


def test_schedules_are_compared_over_their_own_windows():
    """Untreated 0.5 of x and 4 of y; the first schedule halves x, the second takes 80 % and 75 %."""
    times = np.linspace(0.0, 48.0, 49)
    rows = {"x": [0.5, 0.25, 0.1], "y": [4.0, 4.0, 1.0]}
    values = {name: np.outer(levels, np.ones(49)) for name, levels in rows.items()}
    made = [
        replace(
            course(times, times), window=w, AUC_total=100.0, Cmax_total=8.0, fraction_unbound=f, outcome=o
        )
        for w, f, o in (((0.0, 24.0), 0.5, Outcome.OK), ((24.0, 48.0), 0.25, Outcome.NOT_A_NUMBER))
    ]
    bench = Made(read=[Made(name="x"), Made(name="y")])
    found = schedules._table(bench, Made(level=60.0), made, times, values)
    assert found["suppression"] == pytest.approx([50.0, 80.0])
    assert found["suppression_y"] == pytest.approx([0.0, 75.0])
    assert found["share_suppressed"] == pytest.approx([0.0, 100.0])
    assert (found["window_start"].tolist(), found["window_end"].tolist()) == ([0.0, 24.0], [24.0, 48.0])
    for name, first in (
        ("AUC_total", 100.0),
        ("AUC_unbound", 50.0),
        ("Cmax_total", 8.0),
        ("Cmax_unbound", 4.0),
    ):
        assert found[name][0] == first
        assert np.isnan(found[name][1])
    for lane, code in ((np.nan, "lane.failed"), (0.0, "readout.silent")):
        lost = {**values, "x": np.where(np.arange(3)[:, None] == 0, lane, values["x"])}
        with pytest.raises(InputError) as caught:
            schedules._table(bench, Made(level=60.0), made, times, lost)
        assert [p.code for p in caught.value.problems] == [code]


def test_a_bound_drug_needs_more_in_the_medium():
    usual = compared_dose(agent("ruxolitinib"), [])
    half = compared_dose(Made(id="ruxolitinib", fraction_unbound_medium=0.5), [])
    assert half.nanomolar == pytest.approx(2 * usual.nanomolar)


def test_a_lost_course_is_one_without_drug():
    starts, held = pieces(course(np.arange(4.0), np.full(4, np.nan)), change=0.5, floor=1e-3)
    assert (starts.tolist(), held.tolist()) == ([0.0], [0.0])


def test_a_dose_at_the_start_of_the_window_counts():
    """100 mg of ruxolitinib once a week: the peak of Bateman's function of one dose, the first one gone."""
    weekly = parse_regimen("100 mg PO QD day 1 qw")
    found = drug_course(
        pk_model("ruxolitinib"), ComparedSchedule("w", "pulsed", weekly), 336.0, change=0.5, floor=0.01
    )
    k, ka = 22.1073 / 72.0, 2.5
    when = np.log(ka / k) / (ka - k)
    peak = 100 * ka / 72.0 / (ka - k) * (np.exp(-k * when) - np.exp(-ka * when)) * 1e6 / 306.4
    assert (found.window, found.weekly_mg) == ((168.0, 336.0), 100.0)
    assert found.Cmax_total == pytest.approx(peak, rel=1e-4)


def test_a_front_compares_benefit_to_a_tenth_and_cost_to_three_digits():
    assert pareto_front([1.0, 2.0, 3.0], [10.0, 10.04, 10.06]).tolist() == [True, False, True]
    assert pareto_front([1.0, 1.004, 1.006], [10.0, 10.0, 10.0]).tolist() == [True, True, False]


def test_a_series_is_even_across_the_end_of_its_cycle():
    """Day 2 and 9 of 14: 7 days to the next one both times; day 2 and 8 are 6 and 8 days apart."""
    kinds = [schedule_set.kind_of_schedule(parse_regimen(f"15 mg PO day {d} q2w")) for d in ("2,9", "2,8")]
    assert kinds == ["continuous", "pulsed"]


@pytest.mark.parametrize("usual", [True, False])
def test_a_stimulus_that_nobody_asked_for_is_told(usual):
    data = {"drift": ("schedule", [0.0]), "suppression": ("schedule", [50.0])}
    found = xr.Dataset(data, coords={"schedule": ["one"]}, attrs={"unstimulated": 95.0, "readout": "x"})
    drug = Made(name="d", grade="assumed", fraction_unbound_medium=1.0)
    model = Made(fraction_unbound=0.1, unbound_grade="measured", kind="antibody")
    notes = schedule_words.schedule_notes(found, drug, model, usual=usual)
    assert ("no stimulus was given: IL6 at 50 pg/ml (assumed)" in notes) == usual
    assert "d: potency ASSUMED" in notes
    assert any("upper bound" in note for note in notes)


def test_schedules_have_one_level_of_everything_else():
    with pytest.raises(InputError) as caught:
        schedules.compare_schedules(
            "hepg2", "ruxolitinib", ["15 mg PO BID"], days=7, stimuli="IL6=1,3ng/ml", parts="core"
        )
    assert [p.code for p in caught.value.problems] == ["schedule.series"]


def test_a_suppression_of_just_what_is_asked_counts():
    times = np.arange(5.0)
    found = schedules._readings(times, np.full(5, 5.0), np.full(5, 10.0), (0.0, 4.0), 50.0)
    assert found["share_suppressed"] == 100.0


@pytest.mark.parametrize(
    ("parts", "held"), [((), ()), (("core",), ("core", "auto")), (("core", "auto"), ("core", "auto"))]
)
def test_few_parts_get_what_is_named_and_the_whole_cell_stays_whole(parts, held):
    asked = replace(make_protocol("hepg2", stimuli="IL6=1nM", until="3h"), parts=parts)
    base = dose_response._base(asked, parse_reading("20min"), ())
    assert base.parts == held
    assert (base.until, base.observe) == (pytest.approx(1 / 3), ("pSTAT3",))
    assert dose_response._base(asked, parse_reading("peak"), ()).until == 3.0


@pytest.mark.parametrize(("kind", "told"), [("growth", True), ("colony", False)])
def test_a_control_that_does_not_grow_has_no_gr_value(kind, told):
    half = Made(method="none", kind="IC50", note="flat")
    said = list(dose_response._notes(half, np.array([0.9, 0.5]), None, 2, Made(assay=True, kind=kind)))
    assert ("the control does not grow, so there is no GR value" in said) == told
    assert "no half-maximal dose: flat" in said
    assert "2 simulations failed and were left out" in said


def test_knockdowns_and_drugs_run_apart_and_come_back_in_their_places(monkeypatch):
    hits = [Made(parameter=p, value=v) for p, v in (("factor_A", 2.0), (None, 3.0), ("factor_B", 5.0))]
    monkeypatch.setattr(target_scan, "_lanes", lambda bench, chosen, factor, before: chosen)
    monkeypatch.setattr(
        target_scan,
        "read_lanes",
        lambda lanes, vectors, readings: (np.array([[[1.0, *(h.value for h in lanes)]]]), len(lanes)),
    )
    numbers, failed = target_scan._numbers(None, ["x"], hits, 0.1, 1.0)
    assert (numbers.tolist(), failed) == ([[1.0, 2.0, 3.0, 5.0]], 3)


def test_the_document_of_cells():
    asked = make_protocol("hepg2", stimuli="IL6=10ng/ml", observe="pSTAT3", until="30min", parts="core")
    result = simulate_cells(asked, cells=10, seed=3)
    said = cell_statistics.distributions(result, draws=9)
    document = cells_document(result, said)
    assert (document["cells"], document["seed"], document["failed_cells"]) == (10, 3, 0)
    assert document["spreads"] == attribute(result.attrs, "spreads")
    assert document["distributions"] == [d.to_dict() for d in said]


@pytest.mark.parametrize(
    ("drug", "options", "code", "field"),
    [
        ("Stattic", {}, "pk.none", "--drug"),
        ("ruxolitinib", {"population": "livr_cancer"}, "population.unknown", "--population"),
        ("ruxolitinib", {"suppress": 0.0}, "option.value", "--suppress"),
        ("ruxolitinib", {"suppress": 0.5}, None, None),
    ],
)
def test_what_a_comparison_cannot_be_of(drug, options, code, field):
    asked = {"days": None, "population": None, "suppress": None, "change": None, **options}
    if code is None:
        assert schedules._asked(drug, [], **asked).level == options["suppress"]
        return
    with pytest.raises(InputError) as caught:
        schedules._asked(drug, ["15 mg PO BID"], **asked)
    assert [(p.code, p.field) for p in caught.value.problems] == [(code, field)]
