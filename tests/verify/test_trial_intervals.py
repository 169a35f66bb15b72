"""Intervals and tests of trials whose truth is known: how often they hold."""

import numpy as np
import pytest

from jakstat.population.two_groups import log_rank
from jakstat.trial.endpoints import endpoint_document
from trial_tables import fake_question, fake_tables

pytestmark = pytest.mark.long

TRIALS, PATIENTS, RATIO = 500, 160, 0.7


@pytest.fixture(scope="module")
def compared():
    asked = fake_question(patients=PATIENTS)
    found = []
    for seed in range(TRIALS):
        tables = fake_tables(patients=PATIENTS, ratio=RATIO, seed=seed)
        one = endpoint_document(tables, "OS", {**asked, "seed": seed})
        found.append(one["compared"]["drug"])
    return found


def test_sampling_intervals_cover_the_truth(compared):
    covered = np.mean([c["sampling"]["low"] < RATIO < c["sampling"]["high"] for c in compared])
    assert 0.87 <= covered <= 0.93


def test_the_spread_of_the_counterfactual_would_not_do(compared):
    # an interval as wide as the counterfactual ratio varies covers no trial: it is never given
    logs = np.log([c["counterfactual_hazard_ratio"]["value"] for c in compared])
    own = np.log([c["hazard_ratio"] for c in compared])
    assert logs.std() < 0.4 * own.std()
    assert all(c["counterfactual_hazard_ratio"]["interval"] is None for c in compared)
    width = np.median([np.log(c["sampling"]["high"] / c["sampling"]["low"]) for c in compared])
    assert width == pytest.approx(2 * 1.645 * own.std(), rel=0.15)
    narrow = np.mean(np.abs(own - np.log(RATIO)) < 1.645 * logs.std())
    assert narrow < 0.6


def test_the_log_rank_test_has_its_size():
    hits = 0
    for seed in range(5000):
        draws = np.random.default_rng([seed, 9])
        time = draws.exponential(size=120)
        end = np.minimum(draws.exponential(3.0, 120), 2.0)
        hits += log_rank(np.minimum(time, end), time <= end, draws.random(120) < 0.5).p < 0.05
    assert 0.04 <= hits / 5000 <= 0.06
