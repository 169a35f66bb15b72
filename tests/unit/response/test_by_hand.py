"""Steps of the analyses of drugs on numbers that can be followed by hand."""

from types import SimpleNamespace as Made

import numpy as np
import pytest
import xarray as xr

from jakstat.errors import InputError
from jakstat.response import cell_statistics, dose_response, potency, schedule_words, schedules
from jakstat.response.dose_curve import DoseResponse
from jakstat.response.drug_doses import found_range
from jakstat.response.target_scan import Target

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
    """3 nM at 40 uM Km, 2.5 mM ATP in the cell and 1 mM in the assay; shift 2, half of it bound."""
    numbers = {"IC50_x_JAK1": 3.0, "Km_ATP_JAK1": 40.0, "ATP_cell": 2500.0, "ATP_assay_x": 1000.0,
               "potency_shift_x": 2.0}  # fmt: skip
    rows = {name: Made(value=value) for name, value in numbers.items()}
    drug = Made(model_symbol="x", fraction_unbound_medium=0.5)
    assert potency._effective(rows, drug) == pytest.approx(3 * 2540 / 1040 * 2 / 0.5)


@pytest.mark.parametrize(("fold", "idle"), [(1.0005, True), (0.9995, True), (1.002, False), (0.5, False)])
def test_a_target_is_idle_within_a_thousandth(fold, idle):
    assert Target("x", "gene", "x 0.1", "", (1.0,), (fold,), 0.0, 1, (), "").idle == idle


@pytest.mark.parametrize(("modes", "verdict"), [(1, "one mode"), (2, "more than one mode")])
def test_statistics_of_cells(modes, verdict):
    x = 10.0 ** np.linspace(1, 2, 101)
    x = np.concatenate([x, 1e4 * x]) if modes == 2 else x
    found = cell_statistics._one(
        "x", "1/cell", {}, "peak", np.append(x, np.nan), np.arange(101.0), True, 199, 1
    )
    assert found.verdict == verdict
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
