from itertools import pairwise

import numpy as np
import pytest
from scipy.optimize import linprog

from jakstat.response import bimodality
from jakstat.response.bimodality import dip, dip_test


def by_definition(sample):
    """Least distance to a function that is convex, then concave: a linear program for every mode."""
    u = np.sort(sample)
    n, best = len(u), 1.0
    for mode in range(n):
        # g_0 .. g_mode-1, left limit at the mode, value at the mode, g_mode+1 .., distance
        names = n + 2
        left = [(u[i], i) for i in range(mode + 1)]
        right = [(u[mode], mode + 1)] + [(u[i], i + 1) for i in range(mode + 1, n)]
        rows, bounds = [], []

        def add(entries, bound, rows=rows, bounds=bounds, names=names):
            row = np.zeros(names)
            for place, value in entries:
                row[place] += value
            rows.append(row)
            bounds.append(bound)

        add([(mode, 1.0), (mode + 1, -1.0)], 0.0)
        for side, sign in ((left, 1.0), (right, -1.0)):
            for (_, i), (_, j) in pairwise(side):
                add([(i, 1.0), (j, -1.0)], 0.0)
            for (a, i), (b, j), (c, k) in zip(side, side[1:], side[2:], strict=False):
                p, q = sign / (b - a), sign / (c - b)
                add([(i, -p), (j, p + q), (k, -q)], 0.0)
        for i in range(n):
            low, high = i / n, (i + 1) / n
            for place, height in (
                ((mode, low), (mode + 1, high))
                if i == mode
                else ((i + (i > mode), low), (i + (i > mode), high))
            ):
                add([(place, 1.0), (names - 1, -1.0)], height)
                add([(place, -1.0), (names - 1, -1.0)], -height)
        aim = np.zeros(names)
        aim[-1] = 1.0
        solved = linprog(aim, A_ub=np.array(rows), b_ub=bounds, bounds=[(0, 1)] * names)
        best = min(best, solved.fun)
    return best


@pytest.mark.parametrize("seed", range(24))
def test_the_dip_is_the_distance_that_it_is_defined_as(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(4, 16))
    kinds = (
        rng.normal(size=n),
        rng.random(n),
        np.concatenate([rng.normal(size=n // 2), rng.normal(5, 1, n - n // 2)]),
    )
    sample = kinds[seed % 3]
    assert dip(sample)[0] == pytest.approx(by_definition(sample), abs=1e-9)


def test_known_values_and_invariance():
    assert dip(np.arange(20.0))[0] == pytest.approx(1 / 40)
    x = np.random.default_rng(0).gamma(2.0, size=101)
    assert dip(3.0 * x - 7.0)[0] == pytest.approx(dip(x)[0])
    assert dip(-x)[0] == pytest.approx(dip(x)[0])
    clumps = np.concatenate([np.linspace(0, 1e-6, 50), np.linspace(1, 1 + 1e-6, 50)])
    assert dip(clumps)[0] == pytest.approx(0.25, abs=0.01)


def test_the_p_value_is_calibrated_for_uniform_samples():
    rng = np.random.default_rng(5)
    p = np.array([dip_test(rng.random(40), draws=399).p for _ in range(400)])
    # binomial: 0.1 +- 4.5 standard errors
    assert abs((p <= 0.1).mean() - 0.1) < 0.068
    assert abs((p <= 0.5).mean() - 0.5) < 0.12


def test_one_mode_is_not_called_two_and_two_are_found():
    rng = np.random.default_rng(2)
    for one in (rng.normal(size=500), rng.exponential(size=500), rng.lognormal(0, 1, 500)):
        assert dip_test(one).p > 0.05
    two = np.concatenate([rng.normal(0, 1, 350), rng.normal(5, 1, 150)])
    found = dip_test(two)
    assert found.p == 1 / 500  # none of 499 uniform samples
    assert found.n == 500


def test_too_few_and_repeated_values_give_no_p():
    assert np.isnan(dip_test([1.0, 2.0, np.nan]).p)
    assert np.isnan(dip_test(np.repeat([0.0, 1.0, 2.0], 30)).p)


def test_the_same_seed_gives_the_same_p():
    x = np.random.default_rng(3).normal(size=60)
    assert dip_test(x, draws=99, seed=1) == dip_test(x, draws=99, seed=1)


def test_corners_left_out_at_once_are_those_left_out_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    samples = [rng.random(900), np.exp(3 * rng.normal(size=900)), np.round(rng.normal(size=900), 1),
               np.round(rng.normal(size=2000), 2)]  # fmt: skip
    at_once = [dip(x) for x in samples]
    monkeypatch.setattr(bimodality, "_MANY", 3000)
    assert at_once == [dip(x) for x in samples]


def test_a_sample_that_is_dense_where_it_ends_has_one_mode_there():
    """Square roots of 1 to 400: every point is a corner, and half a step is the distance."""
    assert dip(np.sqrt(np.arange(1.0, 401.0)))[0] == pytest.approx(1 / 800)


def test_the_mode_may_carry_a_jump():
    """1, 3, 4, 4: 1/8 at 1, 3/8 at 3 and a jump from 1/2 to 1 at 4 is nowhere further than 1/8."""
    assert dip([1.0, 3.0, 4.0, 4.0])[0] == pytest.approx(1 / 8)


def test_repeats_of_5_percent_have_a_p_and_no_dip_is_below_the_least():
    x = np.arange(20.0)
    x[1] = 0.0  # 19 values of 20
    assert np.isfinite(dip_test(x, draws=19).p)
    x[3] = 2.0
    assert np.isnan(dip_test(x, draws=19).p)
    # 1/8 is the least that four values can have, and many uniform samples have it
    assert dip_test([1.0, 2.0, 3.0, 4.0], draws=99).p == 1.0
