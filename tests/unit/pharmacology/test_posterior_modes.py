"""Modes of individuals: straight lines worked by hand, censored values, and an objective written again."""

import math

import numpy as np
import pytest
from scipy.optimize import brentq, minimize
from scipy.stats import norm

from jakstat.pharmacology.posterior_modes import ErrorModel, posterior_modes, weighted_draws


def counted(values):
    return np.ones(np.shape(values), dtype=bool)


def test_a_straight_line_by_hand():
    """y = 3 + 2 z + e, sd 1, measured 6 and 8: z = (2 x 3 + 2 x 5)/(1 + 4 + 4) = 16/9, variance 1/9."""
    values = np.array([[6.0, 8.0]])
    found = posterior_modes(
        lambda z, rows: np.repeat(3.0 + 2.0 * z, 2, axis=1),
        values,
        ErrorModel(0.0, 1.0),
        draws=1,
        counts=counted(values),
    )
    assert found.draws[0, 0] == pytest.approx(16 / 9, abs=1e-8)
    assert found.covariance[0, 0, 0] == pytest.approx(1 / 9, rel=1e-8)
    rest = (3 - 32 / 9) ** 2 + (5 - 32 / 9) ** 2 + (16 / 9) ** 2 + 2 * math.log(2 * math.pi)
    assert found.objective[0] == pytest.approx(rest, rel=1e-10)
    assert found.converged.all()


def test_a_plane_by_its_normal_equations():
    """Of y = A z + e the mode is (A'A/s^2 + 1)^-1 A'y/s^2; A'A = [[2, 1], [1, 2]], A'y = (5, 4), s = 1/2."""
    lines = np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    values = np.array([[2.0, 3.0, 1.0], [0.0, 0.0, 0.0]])
    found = posterior_modes(
        lambda z, rows: z @ lines.T, values, ErrorModel(0.0, 0.5), draws=2, counts=counted(values)
    )
    # [[9, 4], [4, 9]] z = (20, 16): z = (116, 64)/65
    assert found.draws[0] == pytest.approx([116 / 65, 64 / 65], abs=1e-8)
    assert found.draws[1] == pytest.approx([0, 0], abs=1e-8)
    assert found.covariance[0] == pytest.approx(np.array([[9, -4], [-4, 9]]) / 65, rel=1e-7)


def test_nothing_measured_leaves_the_prior():
    values = np.zeros((1, 1))
    found = posterior_modes(lambda z, rows: z, values, ErrorModel(0.0, 1.0), draws=1, counts=~counted(values))
    assert found.draws[0, 0] == 0.0
    assert found.covariance[0, 0, 0] == pytest.approx(1.0)


def test_a_value_below_the_limit():
    """y = z + e below -1, sd 1/2: z + 2 phi(u)/Phi(u) = 0 with u = 2 (-1 - z)."""
    values, low = np.zeros((1, 1)), np.ones((1, 1), dtype=bool)
    found = posterior_modes(
        lambda z, rows: z,
        values,
        ErrorModel(0.0, 0.5),
        draws=1,
        counts=low,
        below=low,
        limits=np.array([[-1.0]]),
    )
    root = brentq(lambda z: z + 2 * norm.pdf(2 * (-1 - z)) / norm.cdf(2 * (-1 - z)), -5, 5, xtol=1e-12)
    assert found.draws[0, 0] == pytest.approx(root, abs=1e-6)
    assert found.draws[0, 0] < -0.5


def test_an_error_that_follows_the_prediction():
    """A bolus of 100 mg, V 10 L, CL 1 L/h, spreads 0.3, 0.2, errors 15 % and 0.1: the objective again."""
    times = np.array([1.0, 4.0, 12.0, 24.0])

    def curve(z):
        clearance, volume = 1.0 * np.exp(0.3 * z[..., 0]), 10.0 * np.exp(0.2 * z[..., 1])
        return 100.0 / volume[..., None] * np.exp(-(clearance / volume)[..., None] * times)

    values = np.array([[7.0, 6.5, 2.0, 0.9], [12.0, 8.0, 5.0, 1.5], [9.0, 6.0, 3.0, 0.2]])
    low = np.array([[False] * 4, [False] * 4, [False, False, False, True]])
    limits = np.full((3, 4), 0.5)
    found = posterior_modes(
        lambda z, rows: curve(z), values, ErrorModel(0.15, 0.1), draws=2, counts=counted(values), below=low,
        limits=limits,
    )  # fmt: skip
    for k in range(3):

        def objective(z, k=k):
            f = curve(np.asarray(z))
            sd = np.sqrt((0.15 * f) ** 2 + 0.1**2)
            exact = -2 * norm.logpdf(values[k], f, sd)[~low[k]].sum()
            return exact - 2 * norm.logcdf(0.5, f, sd)[low[k]].sum() + z[0] ** 2 + z[1] ** 2

        best = minimize(objective, np.zeros(2), method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12})
        assert found.draws[k] == pytest.approx(best.x, abs=2e-5)
        assert found.objective[k] == pytest.approx(best.fun, abs=1e-8)
    assert found.converged.all()


def test_a_prediction_that_fails_is_told():
    values = np.ones((2, 1))
    found = posterior_modes(
        lambda z, rows: np.where(rows[:, None] == 1, np.nan, 1.0 + z), values, ErrorModel(0.0, 1.0), draws=1,
        counts=counted(values),
    )  # fmt: skip
    assert found.converged.tolist() == [True, False]


def test_weighted_draws_of_a_straight_line_by_hand():
    """As above: mean 16/9 and standard deviation 1/3; of a censored value the mean of its own density."""
    values, error = np.array([[6.0, 8.0]]), ErrorModel(0.0, 1.0)

    def line(z, rows):
        return np.repeat(3.0 + 2.0 * z, 2, axis=1)

    modes = posterior_modes(line, values, error, draws=1, counts=counted(values))
    generator = np.random.default_rng(4)
    z, w = weighted_draws(line, modes, values, error, generator, counts=counted(values), size=20_000)
    mean = float((z[0, :, 0] * w[0]).sum())
    assert mean == pytest.approx(16 / 9, abs=0.01)
    assert math.sqrt(float(((z[0, :, 0] - mean) ** 2 * w[0]).sum())) == pytest.approx(1 / 3, abs=0.01)

    low, limits = np.ones((1, 1), dtype=bool), np.array([[-1.0]])
    same = {"counts": low, "below": low, "limits": limits}
    modes = posterior_modes(lambda z, rows: z, np.zeros((1, 1)), ErrorModel(0.0, 0.5), draws=1, **same)
    z, w = weighted_draws(
        lambda z, rows: z, modes, np.zeros((1, 1)), ErrorModel(0.0, 0.5), generator, size=20_000, **same
    )
    grid = np.linspace(-6, 6, 4001)
    density = norm.pdf(grid) * norm.cdf(2 * (-1 - grid))
    assert float((z[0, :, 0] * w[0]).sum()) == pytest.approx((grid * density).sum() / density.sum(), abs=0.02)
