"""Areas and terminal slopes of points: by hand, and by what PKNCA and WinNonlin print."""

import math

import numpy as np
import pytest

from jakstat.pharmacology.noncompartmental import between, terminal_slope, trapezoids


def area(values, rule="linear-up log-down"):
    values = np.array(values, dtype=float)
    return trapezoids(np.arange(len(values), dtype=float), values, rule=rule)[0]


def test_areas_by_hand():
    """0, 2, 0, 1, 2, 1 at 0..5: what PKNCA's own tests of pk.calc.auc state (zeros kept, and dropped)."""
    assert area([0, 2, 0, 1, 2, 1], "linear") == 1 + 1 + 0.5 + 1.5 + 1.5
    assert area([0, 2, 0, 1, 2, 1]) == pytest.approx(1 + 1 + 0.5 + 1.5 + 1 / math.log(2), rel=1e-14)
    times, values = np.array([0.0, 1, 3, 4, 5]), np.array([0.0, 2, 1, 2, 1])
    assert trapezoids(times, values)[0] == pytest.approx(1 + 2 / math.log(2) + 1.5 + 1 / math.log(2))
    assert trapezoids(times, values, rule="linear")[0] == 1 + 3 + 1.5 + 1.5


def test_an_exponential_is_integrated_exactly():
    """Of 8 exp(-0.3 t) from 0 to 10: area 8 (1 - e)/0.3 and moment 8 (1 - e (1 + 3))/0.09, e = exp(-3)."""
    times = np.array([0.0, 0.7, 2.0, 4.5, 10.0])
    whole, moment = trapezoids(times, 8 * np.exp(-0.3 * times))
    e = math.exp(-3)
    assert whole == pytest.approx(8 * (1 - e) / 0.3, rel=1e-13)
    assert moment == pytest.approx(8 * (1 - 4 * e) / 0.09, rel=1e-12)


def test_a_straight_line_is_integrated_exactly():
    """Of 3 t from 0 to 2, in one piece: area 6; the moment by trapezoids is 2 (0 + 6 x 2)/2 = 12."""
    assert trapezoids(np.array([0.0, 2.0]), np.array([0.0, 6.0])) == (6.0, 12.0)


def test_between_points():
    times, values = np.array([0.0, 2.0, 4.0]), np.array([0.0, 8.0, 2.0])
    assert between(times, values, 1.0) == 4.0
    assert between(times, values, 3.0) == pytest.approx(4.0)
    assert between(times, values, 3.0, rule="linear") == 5.0
    assert between(times, values, 4.0) == 2.0
    assert math.isnan(between(times, values, 4.1))


HALVES = np.array([1, 0.5, 0.25, 0.1251])


@pytest.mark.parametrize(("with_peak", "half_life", "points"), [(True, 1.000346, 4), (False, 1.000577, 3)])
def test_slopes_that_PKNCA_prints(with_peak, half_life, points):
    """tests/testthat/test-half.life.R of PKNCA 0.12."""
    found = terminal_slope(np.arange(4.0), HALVES, with_peak=with_peak)
    assert found.half_life == pytest.approx(half_life, abs=5e-7)
    assert found.points == points


def test_the_rest_of_what_PKNCA_prints():
    found = terminal_slope(np.arange(4.0), HALVES, with_peak=True)
    assert found.rate == pytest.approx(0.6929073, abs=5e-8)
    assert found.at(3.0) == pytest.approx(0.12507, abs=5e-6)
    assert found.span == pytest.approx(2.998962, abs=5e-7)
    assert found.r2_adjusted == pytest.approx(0.9999999, abs=5e-8)


@pytest.mark.parametrize(("bend", "points"), [(0.0, 4), (0.03, 4), (0.035, 3)])
def test_the_tie_goes_to_more_points_and_not_further(bend, points):
    """Behind the peak logarithms d, -1, -2, -3: three points lie on a line (adjusted r2 1); of all four the
    rest is 0.3 d^2 (leverage 0.7) of 5 + 3 d + 0.75 d^2, so 1 - adjusted r2 = 0.45 d^2/(5 + 3 d + 0.75 d^2):
    7.96e-5 at d = 0.03, which is a tie, and 1.08e-4 at d = 0.035, which is none.
    """
    found = terminal_slope(np.arange(5.0), np.exp([9.0, bend, -1.0, -2.0, -3.0]))
    assert found.points == points
    lost = 0.45 * bend**2 / (5 + 3 * bend + 0.75 * bend**2) if points == 4 else 0.0
    assert 1 - found.r2_adjusted == pytest.approx(lost, abs=1e-12)


@pytest.mark.parametrize("values", [[3, 2, 1], [1, 2, 3, 4], [4, 1, 2, 3], [0, 0, 0, 0], []])
def test_no_terminal_slope(values):
    values = np.array(values, dtype=float)
    assert terminal_slope(np.arange(len(values), dtype=float), values) is None
