"""Hazards of death and new lesions, the splice where treatment stops, and arms read at visits."""

import math

import numpy as np
import pytest

from jakstat.errors import InputError
from jakstat.patients.recist import Response
from jakstat.population.arms import TumourCourse, follow_arm
from jakstat.population.cohort import cohort
from jakstat.population.outcome_numbers import BURDENS, ERAS, outcome_numbers, outcome_rows
from jakstat.population.outcomes import (
    cumulated,
    death_hazard,
    first_event,
    new_lesion_times,
    prognosis,
    spliced,
    waiting,
)
from jakstat.population.survival import SurvivalCurve, censored_at, hazard_ratio

WEEK = 168.0
MONTH = 730.5


def test_a_steady_hazard_gives_exponential_deaths():
    """Median ln 2 / h: 20,000 draws against the law, four standard errors."""
    times = np.arange(0.0, 400.0) * WEEK
    total = np.tile(0.01 / MONTH * times, (20000, 1))
    found = first_event(total, times, waiting(1, range(20000), "death"))
    expected = -math.expm1(-0.01 * 24.0)
    assert (found < 24 * MONTH).mean() == pytest.approx(expected, abs=4 * math.sqrt(expected / 20000))


def test_progression_and_burden_multiply_the_hazard():
    constants = outcome_numbers("beta_high").changed(death_liver=0.0)
    seen = np.array([[False, True]])
    found = death_hazard(np.array([[1.0, 1.2**3]]), np.full((1, 2), 39.0), seen, np.zeros(1), constants)
    after = outcome_rows()["beta_high", "death_progressed"].value
    assert found[0, 1] / found[0, 0] == pytest.approx(math.exp(0.8 + after))
    assert found[0, 0] == pytest.approx(outcome_rows()["beta_high", "death_tumour"].value / MONTH)


def test_a_fall_of_albumin_raises_the_hazard_of_the_liver():
    constants = outcome_numbers().changed(death_tumour=0.0)
    still = np.zeros((1, 2), dtype=bool)
    found = death_hazard(np.ones((1, 2)), np.array([[39.0, 29.0]]), still, np.zeros(1), constants)
    assert found[0, 1] / found[0, 0] == pytest.approx(math.e)


def test_new_lesions_come_sooner_with_growth_and_invasion():
    constants = outcome_numbers()
    times = np.arange(0.0, 200.0) * WEEK
    growth = np.exp(np.outer([1e-5, 1e-4, 1e-4], times))
    risk = {"vascular_invasion": np.array([0.0, 0.0, 1.0]), "metastases": np.zeros(3)}
    found = new_lesion_times(growth, times, risk, np.full(3, 0.2), constants)
    assert found[0] > found[1] > found[2]
    assert found[0] / found[1] == pytest.approx(math.sqrt(10.0), rel=1e-6)
    assert found[1] / found[2] == pytest.approx(math.exp(0.329), rel=1e-6)


def test_a_tumour_whose_treatment_stops_grows_as_an_untreated_one_of_its_size():
    """Gompertz growth depends on the volume alone, so the splice is exact up to the grid."""
    times = np.linspace(0.0, 300.0, 3001)

    def gompertz(log_start, rate, when):
        return 5.0 + (log_start - 5.0) * np.exp(-rate * when)

    free, slow = gompertz(0.0, 0.02, times), gompertz(0.0, 0.004, times)
    found = np.log(spliced(np.exp(slow)[None], np.exp(free)[None], times, np.array([100.0])))[0]
    expected = np.where(times <= 100.0, slow, gompertz(gompertz(0.0, 0.004, 100.0), 0.02, times - 100.0))
    assert np.abs(found - expected).max() < 1e-3


def test_an_arm_is_read_at_visits():
    """Diameters x 1.26 at week 6 are progression then; stable and shrinking tumours never progress."""
    few = cohort("sharp", 3, seed=2)
    times = np.arange(0.0, 53.0) * WEEK
    double = np.exp(math.log(2.0) * times / (6 * WEEK))
    shrink = np.where(times > 0, 0.3, 1.0)
    quiet = outcome_numbers().changed(death_tumour=0.0, death_liver=0.0, new_lesion=0.0, reading_cv=0.0)
    arm = follow_arm(
        TumourCourse(times, np.array([double, np.ones_like(times), shrink]), np.full((3, 53), 38.0)),
        few,
        quiet,
    )
    assert arm.progression.time[0] == 6 * WEEK
    assert arm.progression.happened.tolist() == [True, False, False]
    assert arm.best.tolist() == [Response.PD, Response.SD, Response.PR]
    assert np.isinf(arm.death).all()
    assert (arm.survival == 1.0).all()


def test_death_and_survival_agree():
    many = cohort("sharp", 800, seed=8)
    times = np.arange(0.0, 105.0) * WEEK
    course = TumourCourse(times, np.ones((800, 105)), np.full((800, 105), 38.0))
    arm = follow_arm(course, many, outcome_numbers())
    assert (arm.death <= times[-1]).mean() == pytest.approx(1 - arm.survival[:, -1].mean(), abs=0.04)


def test_options_are_complete_and_misspelt_ones_are_told():
    for burden in BURDENS:
        for era in ERAS:
            assert {"death_burden", "death_progressed", "era_progressed", "era_tumour"} <= set(
                outcome_numbers(burden, era).values
            )
    with pytest.raises(InputError) as caught:
        outcome_numbers("beta_hihg")
    assert caught.value.problems[0].code == "option.unknown"


def test_nobody_with_osteosarcoma_dies_of_the_liver():
    """Albumin, AFP and performance change nothing; metastases and progression do."""
    constants = outcome_numbers("beta_low", "era_progressed", "osteosarcoma")
    numbers = {"vascular_invasion": np.zeros(3), "metastases": np.array([0.0, 0.0, 1.0])}
    numbers |= {"ECOG": np.array([0.0, 1.0, 0.0]), "AFP": np.array([3.0, 300.0, 3.0])}
    numbers["albumin"] = np.array([42.0, 28.0, 42.0])
    brought = prognosis(numbers, np.array(["none"] * 3), constants)
    assert brought[0] == brought[1] == 0.0
    assert brought[2] == constants["prognosis_metastases"] > 0.0
    albumin, seen = np.array([[42.0, 10.0]]), np.array([[False, False]])
    hazard = death_hazard(np.ones((1, 2)), albumin, seen, np.zeros(1), constants)
    assert hazard[0, 0] == hazard[0, 1] == pytest.approx(0.002 / MONTH)
    assert constants.in_year(20.0).values == constants.values  # survival has not drifted


def test_an_era_never_makes_progression_protect():
    late = outcome_numbers("beta_high", "era_progressed").in_year(30.0)
    assert late["death_progressed"] == 0.0
    tumour = outcome_numbers("beta_high", "era_tumour").in_year(5.0)
    assert tumour["death_tumour"] / outcome_numbers("beta_high")["death_tumour"] == pytest.approx(
        math.exp(-0.18 * 5.0)
    )


def test_medians_shares_and_ratios_of_hazards():
    """Kaplan-Meier by hand: 1, 2, 3+, 4: 0.75, 0.5, 0.5, 0. The ratio is the root of the score by hand."""
    curve = SurvivalCurve.of([1.0, 2.0, 3.0, 4.0], [1, 1, 0, 1])
    assert curve.median == 2.0
    assert curve.share_by([0.0, 1.0, 3.5, 4.0]) == pytest.approx([0.0, 0.25, 0.5, 1.0])
    found = hazard_ratio([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1] * 6, [1, 0, 1, 0, 1, 0])
    assert found.value == pytest.approx(1.8814668202338884, rel=1e-4)
    assert found.low < 1.0 < found.high
    assert censored_at([2.0, np.inf], 3.0)[1].tolist() == [1.0, 0.0]
    with pytest.raises(InputError):
        hazard_ratio([1.0, 2.0], [1, 0], [1, 1])
    assert cumulated(np.array([[2.0, 2.0]]), np.array([0.0, 3.0])).tolist() == [[0.0, 6.0]]
