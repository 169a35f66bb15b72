"""R-hat and effective size against ArviZ (Apache-2.0), on chains of many kinds."""

import math

import numpy as np
import pytest
from arviz_stats.base import array_stats

from jakstat.calibration.convergence import effective_size, split_r_hat

RNG = np.random.default_rng(20261129)


def slow(chains, draws, memory):
    """Autoregressive chains of unit variance."""
    x = RNG.normal(size=(chains, draws))
    for i in range(1, draws):
        x[:, i] = memory * x[:, i - 1] + math.sqrt(1 - memory**2) * x[:, i]
    return x


CHAINS = {
    "independent": RNG.normal(size=(4, 500)),
    "slow": slow(4, 1000, 0.9),
    "very slow": slow(4, 300, 0.999),
    "antithetic": slow(4, 1000, -0.5),
    "strongly antithetic": slow(4, 400, -0.95),
    "apart": RNG.normal(size=(4, 500)) + 0.3 * np.arange(4)[:, None],
    "of other widths": RNG.normal(size=(4, 500)) * np.array([1.0, 1.0, 1.0, 4.0])[:, None],
    "odd": RNG.normal(size=(3, 501)),
    "without a mean": RNG.standard_cauchy(size=(4, 1000)),
    "with ties": np.round(RNG.normal(size=(4, 300))),
    "many": slow(40, 100, 0.5),
    "short": RNG.normal(size=(2, 9)),
    "shorter": RNG.normal(size=(3, 14)),
}


@pytest.mark.parametrize("kind", CHAINS)
def test_both_are_those_of_arviz(kind):
    chains = CHAINS[kind]
    wanted = array_stats.rhat(chains, chain_axis=0, draw_axis=1, method="rank")
    assert split_r_hat(chains) == pytest.approx(float(wanted), rel=1e-12)
    wanted = array_stats.ess(chains, chain_axis=0, draw_axis=1, method="bulk")
    assert effective_size(chains) == pytest.approx(float(wanted), rel=1e-9)


def test_chains_that_stand_still_have_neither():
    assert math.isnan(split_r_hat(np.ones((4, 100))))
    assert math.isnan(effective_size(np.ones((4, 100))))
