"""Holm's correction, worked by hand, and what it keeps."""

import math

import numpy as np
import pytest

from jakstat.significance import holm


def test_by_hand():
    """4 x 0.005, 3 x 0.01, then 2 x 0.03, and no smaller than the one before."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.5, 0.9]) == (1.0, 1.0)
    assert holm([]) == ()


def test_on_a_printed_example():
    """p.adjust(c(0.01, 0.02, 0.03, 0.04, 0.05), "holm") of R 4.2.2 gives 0.05 0.08 0.09 0.09 0.09."""
    assert holm([0.01, 0.02, 0.03, 0.04, 0.05]) == pytest.approx([0.05, 0.08, 0.09, 0.09, 0.09])


def test_what_was_not_tested_does_not_count():
    found = holm([0.02, math.nan, 0.04])
    assert found[0] == pytest.approx(0.04)
    assert math.isnan(found[1])
    assert found[2] == pytest.approx(0.04)


def test_it_keeps_the_order_and_lies_between_the_p_and_bonferroni():
    rng = np.random.default_rng(1)
    for _ in range(50):
        p = rng.uniform(size=int(rng.integers(1, 20))) ** 3
        found = np.array(holm(p))
        assert (found >= p).all()
        assert (found <= np.minimum(1.0, len(p) * p) + 1e-15).all()
        assert (np.diff(found[np.argsort(p)]) >= 0).all()


def test_chance_alone_alarms_no_more_often_than_one_test():
    """12 tests without an effect: some corrected p <= 0.05 in about 1 - (1 - 0.05/12)^12 = 4.9 % of sets."""
    rng = np.random.default_rng(2)
    alarms = sum(min(holm(rng.uniform(size=12))) <= 0.05 for _ in range(4000)) / 4000
    assert abs(alarms - 0.0489) < 5 * math.sqrt(0.0489 * 0.9511 / 4000)
