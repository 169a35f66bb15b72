"""The interval between trials: as wide as theory says, and never that of the same patients in both arms."""

import numpy as np
import pytest

from jakstat.trial.endpoints import endpoint_document
from jakstat.trial.intervals import Events, binomial_limits, difference_limits, sampling_interval
from trial_tables import fake_question, fake_tables


def exponential(n, hazard, seed):
    return Events(np.random.default_rng(seed).exponential(1.0 / hazard, n), np.ones(n, dtype=bool))


def test_it_is_as_wide_as_events_allow():
    # log HR has variance 1/d1 + 1/d2 without censoring at a ratio of 1: 2 x 1.645 x sqrt(2 / 200)
    found = sampling_interval(
        exponential(200, 1.0, 1), exponential(200, 1.0, 2), (200, 200), seed=1, name=("OS",)
    )
    assert np.log(found.high / found.low) == pytest.approx(2 * 1.645 * 0.1, rel=0.12)


def test_a_smaller_trial_has_a_wider_one():
    arms = exponential(400, 1.0, 1), exponential(400, 0.7, 2)
    wide, narrow = (sampling_interval(*arms, (n, n), seed=1, name=("OS",)) for n in (50, 400))
    ratio = np.log(wide.high / wide.low) / np.log(narrow.high / narrow.low)
    assert ratio == pytest.approx(8**0.5, rel=0.15)


def test_fewer_patients_than_the_trial_enrols_do_not_make_it_narrower():
    arms = exponential(30, 1.0, 1), exponential(30, 0.7, 2)
    found = sampling_interval(*arms, (300, 300), seed=1, name=("OS",))
    assert found.patients == (30, 30)


def test_it_is_drawn_from_a_stream_of_its_own_and_the_same_again():
    arms = exponential(60, 1.0, 1), exponential(60, 0.7, 2)
    one, two, other = (
        sampling_interval(*arms, (60, 60), seed=1, name=name)
        for name in (("OS", "a"), ("OS", "a"), ("OS", "b"))
    )
    assert one == two
    assert one != other


def test_the_counterfactual_of_shared_draws_is_never_the_interval_of_a_trial():
    # a drug of a known ratio in many patients: the same ones in both arms hardly vary, trials do
    asked = fake_question(patients=300)
    found = [
        endpoint_document(fake_tables(patients=300, seed=s), "OS", asked)["compared"]["drug"]
        for s in range(6)
    ]
    counterfactual = np.log([c["counterfactual_hazard_ratio"]["value"] for c in found])
    half = 0.5 * np.mean([np.log(c["sampling"]["high"] / c["sampling"]["low"]) for c in found])
    assert np.abs(counterfactual - np.log(0.7)).max() < 0.4 * half
    for one in found:
        assert one["counterfactual_hazard_ratio"]["interval"] is None
        assert one["sampling"]["high"] / one["sampling"]["low"] > 1.3
        assert one["sampling"]["low"] < one["hazard_ratio"] < one["sampling"]["high"]


def test_weights_draw_patients():
    # those who count nothing are never drawn
    heavy = exponential(100, 1.0, 1)
    mixed = Events(
        np.concatenate([heavy.time, np.full(50, 1e-3)]),
        np.ones(150, dtype=bool),
        np.repeat([1.5, 0.0], [100, 50]),
    )
    other = exponential(100, 1.0, 2)
    even = Events(other.time, other.happened, np.ones(100))
    found = sampling_interval(mixed, even, (100, 100), seed=1, name=("OS",))
    plain = sampling_interval(heavy, other, (100, 100), seed=2, name=("OS",))
    assert np.log(found.low) == pytest.approx(np.log(plain.low), abs=0.1)


def test_limits_of_shares_are_the_published_ones():
    # Newcombe 1998, table II, method 10: 56/70 - 48/80 and 9/10 - 3/10; binom.test(2, 20) of R 4.2.2
    assert difference_limits((48, 80), (56, 70)) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert difference_limits((3, 10), (9, 10)) == pytest.approx((0.1705, 0.8090), abs=5e-5)
    assert binomial_limits(2, 20) == pytest.approx((0.01234853, 0.31698271), abs=1e-8)
    assert binomial_limits(0, 10)[0] == 0.0
    assert binomial_limits(10, 10)[1] == 1.0
