"""Readings against closed forms worked out here, and against what must not change them.

One compartment with absorption (Bateman 1910) and two compartments with infusion are those of Gibaldi and
Perrier, Pharmacokinetics, 2nd ed. (1982), chapters 1 and 2; repeated doses are sums of single ones.
"""

import numpy as np
import pytest

from jakstat.pharmacology.dose_intervals import interval_readings, interval_times, turns
from jakstat.pharmacology.exposure import exposure
from jakstat.pharmacology.exposure_summary import METRICS, left_out, readings, summary
from jakstat.pharmacology.noncompartmental import slope_half_life
from jakstat.pharmacology.pk_library import pk_models

LN2 = np.log(2.0)
BZA = {"CL": 300.0, "V": 13000.0, "ka": 0.6}  # bazedoxifene: one compartment, absorbed whole


def read(drug, regimen, days=None, **options):
    told = readings(exposure(drug, regimen, subjects=0, days=days, rtol=1e-8, **options))
    return {name: float(told[name][0]) for name in METRICS}, left_out(told)


def swallowed(t, dose, CL, V, ka):
    """Concentration t hours after a dose that is absorbed whole; 0 before it."""
    k, late = CL / V, np.maximum(t, 0.0)
    return np.where(t < 0, 0.0, dose * ka / (V * (ka - k)) * (np.exp(-k * late) - np.exp(-ka * late)))


def infused(t, dose, length, CL, V1, Q2, V2):
    """Concentration in two compartments t hours after the start of an infusion, and its area so far."""
    k10, k12, k21 = CL / V1, Q2 / V1, Q2 / V2
    total, product = k10 + k12 + k21, k10 * k21
    root = np.sqrt(total * total - 4 * product)
    alpha, beta = (total + root) / 2, (total - root) / 2
    shares = {alpha: (alpha - k21) / (alpha - beta), beta: (k21 - beta) / (alpha - beta)}
    rate, given = dose / length / V1, min(t, length)
    after = t - given
    level = sum(
        rate * share / slope * (1 - np.exp(-slope * given)) * np.exp(-slope * after)
        for slope, share in shares.items()
    )
    area = sum(
        rate * share / slope * (given - (1 - np.exp(-slope * given)) / slope)
        + rate * share / slope**2 * (1 - np.exp(-slope * given)) * (1 - np.exp(-slope * after))
        for slope, share in shares.items()
    )
    return level, area


PEM = {"CL": 0.22 / 24, "V1": 3.48, "Q2": 0.795 / 24, "V2": 4.06}  # of its table, in L and h


def pembrolizumab(**options):
    """Its numbers in the typical subject, who has the weight and albumin of the fit."""
    one = exposure("pembrolizumab", "200 mg IV once", subjects=0, days=1.0, **options)
    return {name: float(one[f"number_{name}"][0]) for name in PEM}


@pytest.mark.parametrize("days", [1.0, 3.0, 7.0, 40.0, 100.0])
def test_the_peak_of_a_swallowed_dose_is_that_of_its_formula_whatever_is_shown(days):
    k = BZA["CL"] / BZA["V"]
    when = np.log(BZA["ka"] / k) / (BZA["ka"] - k)
    told, _ = read("bazedoxifene", "20 mg PO once", days)
    assert told["Tmax_first"] == pytest.approx(when, rel=1e-4)
    assert told["Cmax"] == told["Cmax_first"] == pytest.approx(swallowed(when, 20, **BZA), rel=2e-6)
    assert told["half_life"] == pytest.approx(LN2 / k, rel=1e-9)


@pytest.mark.parametrize("days", [0.5, 1, 2, 3, 10, 40, 365])
def test_one_dose_of_ruxolitinib_peaks_at_0_155(days):
    told, _ = read("ruxolitinib", "15 mg PO once", days)
    assert told["Cmax"] == pytest.approx(0.15533, abs=5e-6)


@pytest.mark.parametrize(
    "regimen", ["then 0.000001 mg PO once from day 101", "then 0.000001 mg PO QD from day 9"]
)
def test_negligible_doses_later_leave_the_first_peak_where_it_was(regimen):
    told, _ = read("ruxolitinib", f"15 mg PO once {regimen}", 102.0)
    assert told["Cmax_first"] == pytest.approx(0.15533, abs=5e-6)
    assert told["AUC_first"] == pytest.approx(0.67851, abs=5e-6)


def test_times_that_are_shown_change_no_reading():
    usual = readings(exposure("fedratinib", "400 mg PO QD x 5", subjects=3))
    few = readings(exposure("fedratinib", "400 mg PO QD x 5", subjects=3, times_h=[3.0, 50.0, 120.0]))
    for name in set(METRICS) - {"half_life"}:
        assert few[name].values == pytest.approx(usual[name].values, rel=1e-5, nan_ok=True)


def test_repeated_doses_are_sums_of_single_ones():
    count, tau = 12, 24.0
    told, _ = read("bazedoxifene", f"20 mg PO QD x {count}")
    at = np.linspace(0.0, tau, 20_001)

    def after(doses):
        return sum(swallowed(at + n * tau, 20, **BZA) for n in range(doses))

    first, last = after(1), after(count)
    assert told["Cmax_first"] == pytest.approx(first.max(), rel=2e-6)
    assert told["Cmax"] == pytest.approx(last.max(), rel=2e-6)
    assert told["trough_first"] == pytest.approx(first[-1], rel=2e-6)
    assert told["trough"] == pytest.approx(last[-1], rel=2e-6)
    assert told["AUC_first"] == pytest.approx(np.trapezoid(first, at), rel=2e-6)
    assert told["AUC_tau"] == pytest.approx(np.trapezoid(last, at), rel=2e-6)
    assert told["accumulation"] == pytest.approx(np.trapezoid(last, at) / np.trapezoid(first, at), rel=2e-6)
    troughs = np.cumsum([swallowed((n + 1) * tau, 20, **BZA) for n in range(400)])
    assert told["steady_state"] == tau * int(np.argmax(troughs >= 0.9 * troughs[-1]))


def test_an_infusion_into_two_compartments():
    numbers = pembrolizumab()
    count, tau = 10, 504.0
    told, _ = read("pembrolizumab", f"200 mg IV over 30 min q3w x {count}")

    def after(t, doses):
        return np.sum([infused(t + n * tau, 200, 0.5, **numbers) for n in range(doses)], axis=0)

    assert told["Tmax_first"] == pytest.approx(0.5)
    assert told["Cmax_first"] == pytest.approx(after(0.5, 1)[0], rel=1e-6)
    assert told["Cmax"] == pytest.approx(after(0.5, count)[0], rel=1e-6)
    assert told["trough"] == pytest.approx(after(tau, count)[0], rel=1e-6)
    assert told["AUC_first"] == pytest.approx(after(tau, 1)[1], rel=1e-6)
    assert told["AUC_tau"] == pytest.approx(after(tau, count)[1] - after(0.0, count)[1], rel=1e-6)
    assert told["AUC_total"] == pytest.approx(after(tau, count)[1], rel=1e-6)


@pytest.mark.parametrize("days", [70.0, 90.0, 200.0])
def test_the_area_to_infinity_is_the_dose_over_the_clearance(days):
    """Where up to a fifth of it lies behind the end."""
    told, _ = read("pembrolizumab", "200 mg IV once", days)
    assert told["AUC_inf"] == pytest.approx(200.0 / pembrolizumab()["CL"], rel=1e-5)
    if days == 70.0:
        assert told["AUC_total"] < 0.9 * told["AUC_inf"]


def test_half_life_under_IL6():
    """IL-6 at its half-maximum, 24 ng/L: (1 - 0.63/2) / (1 - 0.63*10/34) of 4 L/h, from 35 L."""
    clearance = 4.0 * (1 - 0.63 / 2) / (1 - 0.63 * 10 / 34)
    told, _ = read("ifosfamide", "1 g IV over 3 h once", 3.0, covariates={"IL6": 24.0})
    assert told["half_life"] == pytest.approx(LN2 * 35.0 / clearance, rel=1e-9)
    assert told["AUC_inf"] == pytest.approx(1000.0 / clearance, rel=1e-5)


def test_half_life_when_absorption_is_slower_than_elimination():
    one = exposure("tofacitinib", "10 mg PO once", subjects=0, days=2.0)
    k, ka = float(one["number_CL"][0] / one["number_V1"][0]), float(one["number_ka"][0])
    assert ka > k
    slow = readings(one.assign(number_ka=("subject", [k / 3])))
    assert float(slow["half_life"][0]) == pytest.approx(3 * LN2 / k, rel=1e-6)


@pytest.mark.parametrize(
    ("drug", "regimen", "days", "names", "reason"),
    [
        ("siltuximab", "11 mg/kg IV q3w x 2", None, ("accumulation", "steady_state"), "steady state is not"),
        (
            "siltuximab",
            "8 mg/kg IV q3w x 2 then 4 mg/kg IV q3w x 8",
            None,
            ("accumulation",),
            "doses or inter",
        ),
        (
            "siltuximab",
            "8 mg/kg IV q2w x 2 then 8 mg/kg IV q4w x 8",
            None,
            ("accumulation",),
            "doses or inter",
        ),
        ("danvatirsen", "3 mg/kg IV day 1,3,5 q3w x 9", None, ("accumulation", "steady_state"), "doses or"),
        ("siltuximab", "11 mg/kg IV once", 28.0, ("AUC_inf",), "more than 20%"),
        ("siltuximab", "11 mg/kg IV q3w x 10", None, ("AUC_inf",), "single dose"),
        ("siltuximab", "11 mg/kg IV once", 200.0, ("trough", "AUC_tau", "AUC_first"), "a single dose has no"),
        ("siltuximab", "11 mg/kg IV q3w", 10.0, ("trough", "AUC_tau", "AUC_first"), "cut short"),
        ("siltuximab", "11 mg/kg IV q3w", 30.0, ("accumulation", "steady_state"), "cut short"),
        ("tocilizumab", "162 mg SC qw x 12", None, ("half_life",), "no terminal phase"),
        ("tocilizumab", "8 mg/kg IV q4w x 2", None, ("accumulation", "steady_state"), "steady state is not"),
        ("ruxolitinib", "15 mg PO once", 0.01, ("Cmax", "Cmax_first", "Tmax_first"), "still rises"),
    ],
)
def test_a_reading_whose_condition_fails_is_left_out_with_a_word(drug, regimen, days, names, reason):
    told, why = read(drug, regimen, days)
    for name in names:
        assert np.isnan(told[name])
        assert why[name].startswith(reason) or reason in why[name]
    assert set(why) == {name for name in METRICS if np.isnan(told[name])}


def test_two_doses_tell_the_steady_state_of_a_drug_that_is_gone_in_a_day():
    told, why = read("ruxolitinib", "15 mg PO QD x 2")
    assert told["accumulation"] == pytest.approx(1.0, rel=1e-3)
    assert told["steady_state"] == 0.0
    assert set(why) == {"AUC_inf"}


@pytest.mark.parametrize(("left", "start"), [(0.5, 3), (0.8, None)])
def test_troughs_of_a_geometric_series_tell_their_limit(left, start):
    """10 (1 - left^n): with 0.5 the fourth is 9 or more; with 0.8 the seventh is 7.9."""
    found = exposure("tocilizumab", "8 mg/kg IV q4w x 7", subjects=0)
    troughs = 10.0 * (1.0 - left ** np.arange(1, 8))
    told = readings(found.assign(trough=(("subject", "dose"), troughs[None, :])))
    steady = float(told["steady_state"][0])
    assert np.isnan(steady) if start is None else steady == start * 672.0


def test_a_slope_is_that_of_the_last_half_and_needs_something_left():
    times = np.arange(5.0)
    curve = np.exp([[0.0, -1.0, -2.0, -4.0, -6.0]])
    assert slope_half_life(times, curve, change=0.01)[0] == pytest.approx(LN2 / 2.0)
    late = np.linspace(0.0, 80.0, 81)
    assert np.isnan(slope_half_life(late, np.exp(-late)[None], change=1.0)[0])  # 1e-35 mg/L is nothing
    assert np.isnan(slope_half_life(times, np.exp([times]), change=1.0)[0])


def test_readings_left_out_for_some_subjects_say_for_how_many():
    found = exposure("siltuximab", "11 mg/kg IV q3w x 4", subjects=60)
    told = readings(found)
    lost = int(np.isnan(told["accumulation"].values).sum())
    assert 0 < lost < 60
    assert left_out(told)["accumulation"] == f"steady state is not reached ({lost} of 60 subjects)"
    assert summary(told)["accumulation"]["subjects"] == 60 - lost


def test_a_peak_between_points_and_behind_a_kink():
    """A parabola has its top where it has it; a curve with a kink at its top has it there."""
    edges, ends = np.array([0.0, 8.0]), np.array([24.0])
    times = interval_times(edges, np.array([0.0, 24.0]), 24.0)
    round_top = 9.0 - (times - 3.21) ** 2
    kinked = np.where(times < 8.0, times, 16.0 - times)
    found = interval_readings(
        times, np.array([round_top, kinked]), np.zeros((2, len(times))), edges, np.array([0.0]), ends
    )
    assert found.peak[:, 0] == pytest.approx([9.0, 8.0], rel=1e-12)
    assert found.peak_time[:, 0] == pytest.approx([3.21, 8.0], rel=1e-9)


def test_turns_are_those_of_the_doses():
    from jakstat.engine.doses import Dose

    table = [Dose(1.0, "Drug", 3.0, duration=2.0, interval=10.0, count=3), Dose(6.0, "Depot", 1.0)]
    assert turns([table], 22.0).tolist() == [0.0, 1.0, 3.0, 6.0, 11.0, 13.0, 21.0]


def test_the_top_of_a_skewed_polynomial_is_a_root_of_its_slope():
    """(t - 1)^2 (9 - t)^3: its slope is 0 where 2 (9 - t) = 3 (t - 1), at 4.2."""
    edges = np.array([0.0])
    times = interval_times(edges, np.array([0.0, 9.0]), 9.0)
    curve = np.where(times >= 1.0, (times - 1.0) ** 2 * (9.0 - times) ** 3, 0.0)
    found = interval_readings(times, curve[None], curve[None], edges, edges, np.array([9.0]))
    assert found.peak_time[0, 0] == pytest.approx(4.2, rel=1e-10)
    assert found.peak[0, 0] == pytest.approx(3.2**2 * 4.8**3, rel=1e-13)


def test_half_life_where_the_clearance_falls_is_that_at_the_end():
    """Hill's law in time: CL exp(change t^h / (T50^h + t^h))."""
    days = 120.0
    one = exposure("nivolumab", "3 mg/kg IV q2w x 6", subjects=0, days=days)
    n = {
        k.removeprefix("number_"): float(one[k][0])
        for k in map(str, one.data_vars)
        if k.startswith("number_")
    }
    t = (days * 24.0) ** n["CL_hill"]
    k10 = n["CL"] * np.exp(n["CL_change"] * t / (n["CL_T50"] ** n["CL_hill"] + t)) / n["V1"]
    k12, k21 = n["Q2"] / n["V1"], n["Q2"] / n["V2"]
    total = k10 + k12 + k21
    slow = (total - np.sqrt(total**2 - 4 * k10 * k21)) / 2
    assert float(readings(one)["half_life"][0]) == pytest.approx(LN2 / slow, rel=1e-9)


@pytest.mark.parametrize("troughs", [[1.0, 2.0, 4.0], [4.0, 2.0, 3.0]])
def test_troughs_that_are_no_falling_series_lead_nowhere(troughs):
    """Differences that double, or change sign, have no sum; 4 mg/L then tells no steady state."""
    drug = next(m.id for m in pk_models() if "saturable" in m.parts and "IV" in m.routes)
    found = exposure(drug, "8 mg/kg IV q4w x 3", subjects=0)
    told = readings(found.assign(trough=(("subject", "dose"), np.array([troughs]))))
    assert np.isnan(told["steady_state"][0])
    assert left_out(told)["steady_state"] == "steady state is not reached"
