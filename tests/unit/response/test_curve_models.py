"""Curves fitted to wells, against what R says of the same wells.

The ryegrass data are those of Inderjit, Streibig and Olofsdotter 2002 as the R package drc ships them.
Expected values:
``drc`` from its documentation (version 3.3, article "A Practical Workflow for Dose-Response Analysis"), and
R 4.2.2 ``nls`` with ``confint`` of MASS 7.3.58.2, run on the same wells.
"""

import numpy as np
import pytest
from scipy.optimize import curve_fit

from jakstat.response.curve_models import MODELS, DoseMeans, Limbs, fit_model, sigmoid
from jakstat.response.curve_profiles import absolute_dose, absolute_intervals, half_intervals
from ryegrass import RYEGRASS

ZERO_END = Limbs(np.array([np.nan]), np.array([0.0]))
ONE = np.ones((1, 1))


def fitted(name):
    points = DoseMeans.of([RYEGRASS])
    return points, fit_model(points, ZERO_END, MODELS[name])


def test_four_parameters_are_those_of_drc():
    """drc LL.4: b 2.98222, c 0.48141, d 7.79296, e 3.05795, residual standard error 0.5196256 on 20."""
    points, found = fitted("hill4")
    said = [found.slope[0], found.end[0], found.start[0], found.half[0]]
    assert said == pytest.approx([2.98222, 0.48141, 7.79296, 3.05795], abs=1e-5)
    assert np.sqrt(found.rss[0] / 20) == pytest.approx(0.5196256, abs=1e-7)
    assert points.within[0] == pytest.approx(5.1799, abs=5e-5)


def test_other_models_are_those_of_R():
    """nls: LL.3 and the five-parameter curve, whose sum of squares gives drc's log-likelihood -15.87828."""
    _, three = fitted("hill3")
    assert [three.slope[0], three.start[0], three.half[0]] == pytest.approx(
        [2.470339, 7.855427, 3.263351], rel=1e-5
    )
    assert three.rss[0] == pytest.approx(6.62281982, rel=1e-8)
    _, five = fitted("hill5")
    assert five.rss[0] == pytest.approx(5.277047271, rel=1e-7)
    assert [five.asymmetry[0], five.slope[0]] == pytest.approx([0.46794, 3.93014], rel=1e-4)
    # nls has the logarithm of c = EC50 / (2^(1/f) - 1)^(1/b): 0.7951384
    middle = five.half[0] / (2 ** (1 / five.asymmetry[0]) - 1) ** (1 / five.slope[0])
    assert np.log(middle) == pytest.approx(0.7951384, abs=2e-5)


def test_interval_of_the_ec50_is_that_of_confint():
    """confint(nls), which interpolates the profile by splines: 2.691097 to 3.475402."""
    points, found = fitted("hill4")
    ends = half_intervals(points, ZERO_END, [found], ONE, 0.95)
    assert [ends.low[0], ends.high[0]] == pytest.approx([2.691097, 3.475402], rel=1e-4)


def test_absolute_interval_holds_the_curves_that_fit():
    """At its ends the best curve through half of the start has the allowed sum of squares, by scipy."""
    points, found = fitted("hill4")
    half = np.array([np.nan])
    ends = absolute_intervals(points, ZERO_END, [found], ONE, half, 0.95)
    middle = absolute_dose(found, half)[0]
    assert found.at(np.array([middle]))[0] == pytest.approx(0.5 * found.start[0], rel=1e-9)
    dose, read = RYEGRASS
    for end in (ends.low[0], ends.high[0]):

        def curve(d, start, low, slope, end=end):
            # half of the start is reached at `end`: the EC50 follows
            half_way = end / ((start - low) / (0.5 * start - low) - 1.0) ** (1.0 / slope)
            return low + (start - low) / (1.0 + (d / half_way) ** slope)

        best, _ = curve_fit(curve, dose, read, p0=[7.8, 0.4, 3.0])
        rss = np.sum((read - curve(dose, *best)) ** 2)
        assert rss == pytest.approx(found.rss[0] * (1.0 + 4.35124 / 20.0), rel=1e-4)  # F(0.95; 1, 20)


@pytest.mark.parametrize("seed", range(6))
def test_fits_are_as_good_as_scipys(seed):
    """From the true values scipy finds no better curve."""
    draw = np.random.default_rng(seed)
    dose = np.repeat(np.geomspace(1.0, 3000.0, 8), 3)
    true = (100.0, draw.uniform(0, 40), draw.uniform(10, 500), draw.uniform(0.6, 3))
    read = sigmoid(dose, *true) + draw.normal(0.0, 6.0, dose.size)
    points, free = DoseMeans.of([(dose, read)]), Limbs(np.array([np.nan]), np.array([np.nan]))
    found = fit_model(points, free, MODELS["hill4"])
    best, _ = curve_fit(
        lambda d, a, b, c, h: b + (a - b) / (1.0 + (d / c) ** h), dose, read, p0=true, maxfev=20_000,
        bounds=([-1e5, -1e5, 1e-3, 0.1], [1e5, 1e5, 3e6, 20.0]),
    )  # fmt: skip
    rss = np.sum((read - sigmoid(dose, *best)) ** 2)
    assert found.rss[0] <= rss * (1 + 1e-8)
    assert np.sum((read - found.at(dose)) ** 2) == pytest.approx(found.rss[0], rel=1e-9)


def test_rising_curves_and_other_scales():
    dose = np.array([0.0, 1.0, 3.0, 10.0, 30.0, 100.0])
    read = sigmoid(dose, 2e5, 9e6, 8.0, 1.5)
    points, free = DoseMeans.of([(dose, read)]), Limbs(np.array([np.nan]), np.array([np.nan]))
    found = fit_model(points, free, MODELS["hill4"])
    said = [found.start[0], found.end[0], found.half[0], found.slope[0]]
    assert said == pytest.approx([2e5, 9e6, 8.0, 1.5], rel=1e-5)


def test_doses_that_end_before_the_half_leave_the_interval_open():
    """An EC50 three times above the highest dose is bounded below only."""
    draw = np.random.default_rng(3)
    dose = np.repeat(np.geomspace(1.0, 300.0, 8), 3)
    read = sigmoid(dose, 100.0, 0.0, 1000.0, 1.2) + draw.normal(0.0, 2.0, dose.size)
    points, free = DoseMeans.of([(dose, read)]), Limbs(np.array([np.nan]), np.array([np.nan]))
    found = fit_model(points, free, MODELS["hill4"])
    ends = half_intervals(points, free, [found], ONE, 0.95)
    assert np.isnan(ends.high[0])
    assert 10.0 < ends.low[0] < 1000.0
