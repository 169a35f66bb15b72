"""Survival on a tied data set, beside the survival package of R (R 4.2.2, survival 3.5-3).

survfit(Surv(t, e) ~ g, conf.type = "log-log"), print(rmean = 11), survdiff, coxph (Efron), and survfit of a
factor of causes. lifelines is the second oracle of Cox's ratio.
"""

import numpy as np
import pytest
from lifelines import CoxPHFitter
from pandas import DataFrame

from jakstat.population.survival import (
    SurvivalCurve,
    at_risk,
    cumulative_incidence,
    hazard_ratio,
)
from jakstat.population.two_groups import log_rank, two_group_ratio

TIME = np.array([1,1,2,2,2,3,4,4,5,6,6,6,7,8,8,9,10,10,12,12,
                 1,2,3,3,4,5,5,6,7,7,8,8,9,10,11,11,12,12,12,12.0])  # fmt: skip
EVENT = np.array([1,1,1,0,1,1,1,1,0,1,1,1,0,1,1,1,0,1,0,0,
                  1,1,0,1,1,1,0,1,1,1,0,1,1,0,1,1,0,0,0,0])  # fmt: skip
GROUP = np.repeat([0, 1], 20)
STRATUM = np.tile([0, 1, 1, 0, 2], 8)
WEIGHT = np.tile([0.5, 1.5, 1.0, 2.0], 10)
CAUSE = np.where((EVENT == 1) & (np.arange(1, 41) % 3 == 0), 2, EVENT)


def curve(group):
    return SurvivalCurve.of(TIME[group == GROUP], EVENT[group == GROUP])


def test_curve_and_limits_agree_with_r():
    found, at = curve(0), [1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 9.0, 10.0]
    place = np.searchsorted(found.times, at)
    surviving = [0.9, 0.8, 0.746667, 0.64, 0.465455, 0.332468, 0.265974, 0.199481]
    low = [0.6560307, 0.5511456, 0.4939374, 0.3887512, 0.2329334, 0.1297532, 0.0871948, 0.0510941]
    high = [0.974010, 0.919818, 0.886038, 0.809932, 0.669388, 0.552209, 0.487271, 0.417375]
    assert found.surviving[place] == pytest.approx(surviving, abs=1e-6)
    assert found.low[place] == pytest.approx(low, abs=1e-6)
    assert found.high[place] == pytest.approx(high, abs=1e-6)
    error = found.surviving * np.sqrt(found.error)
    assert error[place][[0, 4, 7]] == pytest.approx([0.067082, 0.1170667, 0.1004823], abs=1e-6)


def test_medians_and_their_limits_agree_with_r():
    assert (curve(0).median, *curve(0).median_limits) == (6.0, 3.0, 9.0)
    assert (curve(1).median, *curve(1).median_limits) == (9.0, 5.0, np.inf)


@pytest.mark.parametrize("n", [6, 8, 10, 12, 14, 50, 198, 300])
def test_a_curve_at_exactly_one_half_has_the_first_median_and_the_middle(n):
    # quantile(survfit(Surv(1:6, rep(1, 6)) ~ 1), 0.5) is 3.5 in R; lifelines 0.30.3 itself says 4
    found = SurvivalCurve.of(np.arange(1.0, n + 1.0), np.ones(n))
    assert (found.median, found.median_middle) == (n / 2, n / 2 + 0.5)


def test_means_up_to_an_end_agree_with_r():
    one, two = curve(0).mean_until(11.0), curve(1).mean_until(11.0)
    assert (one.value, one.error) == (pytest.approx(6.45550, abs=1e-5), pytest.approx(0.798010, abs=1e-6))
    assert (two.value, two.error) == (pytest.approx(7.91526, abs=1e-5), pytest.approx(0.769369, abs=1e-6))


def test_weighted_curve_agrees_with_r():
    found = SurvivalCurve.of(TIME, EVENT, WEIGHT)
    r = [0.95, 0.89, 0.8167058824, 0.7414829721, 0.7092445820, 0.5628925254, 0.5178611234, 0.4142888987,
         0.3533640607, 0.3168091578, 0.2304066602, 0.2304066602]  # fmt: skip
    assert found.surviving[1:] == pytest.approx(r, abs=1e-9)


def test_limits_of_a_weighted_curve_are_those_of_the_effective_number():
    # one in two counts nothing: the curve and the limits of the other half
    weights = np.tile([1.0, 0.0], 20)
    all_of_them, half = SurvivalCurve.of(TIME, EVENT, weights), SurvivalCurve.of(TIME[::2], EVENT[::2])
    place = np.searchsorted(all_of_them.times, half.times)
    assert all_of_them.low[place] == pytest.approx(half.low, abs=1e-9)
    assert np.allclose(SurvivalCurve.of(TIME, EVENT, np.full(40, 7.0)).low, SurvivalCurve.of(TIME, EVENT).low)


def test_log_rank_agrees_with_r():
    plain, within = log_rank(TIME, EVENT, GROUP), log_rank(TIME, EVENT, GROUP, strata=STRATUM)
    assert plain.excess == pytest.approx(-2.785510603, abs=1e-9)
    assert plain.variance == pytest.approx(5.782647421, abs=1e-9)
    assert plain.z**2 == pytest.approx(1.341784957, abs=1e-9)
    assert plain.p == pytest.approx(0.24672, abs=1e-5)
    assert within.excess == pytest.approx(-2.423568099, abs=1e-9)
    assert within.variance == pytest.approx(6.12683946, abs=1e-8)


def test_ratio_of_hazards_agrees_with_r():
    found = hazard_ratio(TIME, EVENT, GROUP)
    assert np.log(found.value) == pytest.approx(-0.4588733992, abs=1e-6)
    assert (found.low, found.high) == (
        pytest.approx(0.2904751485, rel=1e-5),
        pytest.approx(1.375050496, rel=1e-5),
    )


@pytest.mark.parametrize(
    ("given", "log", "error"),
    [
        ({}, -0.4588733992, 0.3966214994),
        ({"strata": STRATUM}, -0.387701673, 0.3957998387),
        ({"weights": WEIGHT}, -0.4811612955, 0.414713418),  # robust, as R does with weights
    ],
)
def test_the_fast_ratio_agrees_with_r(given, log, error):
    found = two_group_ratio(TIME, EVENT, GROUP, **given)
    assert found.log == pytest.approx(log, abs=1e-8)
    assert found.error == pytest.approx(error, abs=1e-8)


def test_the_fast_ratio_agrees_with_lifelines_on_grids_of_visits():
    for seed in range(6):
        draws = np.random.default_rng(seed)
        n, group = 60 + 10 * seed, draws.random(60 + 10 * seed) < 0.6
        time = np.ceil(draws.exponential(np.where(group, 6.0, 3.0)))
        event = draws.random(n) < 0.7
        table = DataFrame({"t": time, "e": event, "g": group.astype(float)})
        fitted = CoxPHFitter().fit(table, "t", "e")
        found = two_group_ratio(time, event, group)
        assert found.log == pytest.approx(float(fitted.params_["g"]), abs=1e-6)
        assert found.error == pytest.approx(float(fitted.standard_errors_["g"]), abs=1e-6)


def test_the_score_test_of_the_ratio_without_ties_is_the_log_rank():
    time = np.arange(1.0, 31.0)
    group = np.arange(30) % 3 == 0
    event = np.arange(30) % 4 != 1
    risk = np.array([[(time >= t)[group].sum(), (time >= t).sum()] for t in time[event]])
    share = risk[:, 0] / risk[:, 1]
    found = log_rank(time, event, group)
    assert found.excess == pytest.approx((group[event] - share).sum())
    assert found.variance == pytest.approx((share * (1 - share)).sum())


def test_groups_without_events_have_no_finite_ratio():
    assert two_group_ratio([1.0, 2.0, 3.0, 4.0], [1, 1, 0, 0], [0, 0, 1, 1]).log == -np.inf
    assert (
        two_group_ratio([1.0, 2.0, 3.0, 4.0], [0, 0, 1, 1], [0, 0, 1, 1]).log
        != two_group_ratio([1.0, 2.0, 3.0, 4.0], [1, 1, 0, 0], [0, 0, 1, 1]).log
    )
    assert two_group_ratio([1.0, 2.0, 3.0, 4.0], [1, 1, 0, 0], [1, 1, 0, 0]).log == np.inf
    assert np.isnan(two_group_ratio([1.0, 2.0], [0, 0], [0, 1]).log)


def test_cumulative_incidence_agrees_with_r():
    times, shares = cumulative_incidence(TIME, CAUSE)
    first = [0.05, 0.1, 0.1, 0.1798484848, 0.2064646465, 0.2929671717, 0.3218013468, 0.3828619529,
             0.4157407407, 0.4157407407, 0.4568392256, 0.4568392256]  # fmt: skip
    assert times.tolist() == [0.0, *range(1, 13)]
    assert shares[0, 1:] == pytest.approx(first, abs=1e-9)
    assert shares[1, -1] == pytest.approx(0.2965698653, abs=1e-9)
    assert shares.sum(axis=0) == pytest.approx(1.0 - SurvivalCurve.of(TIME, EVENT).surviving, abs=1e-12)
    weighted = cumulative_incidence(TIME, CAUSE, WEIGHT)[1][:, -1]
    assert weighted == pytest.approx([0.4581366831, 0.3114566566], abs=1e-9)


def test_numbers_at_risk_count_those_whose_time_it_is():
    assert at_risk(TIME[GROUP == 0], [0.0, 1.0, 2.0, 6.0, 12.0, 13.0]).tolist() == [20, 20, 18, 11, 2, 0]


def test_a_curve_of_nobody_is_one():
    assert SurvivalCurve.of([], []).surviving.tolist() == [1.0]
