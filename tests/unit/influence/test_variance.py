import numpy as np
import pytest
from scipy import stats

from jakstat.influence.variance import effects, morris_design, sobol_design, sobol_indices


def ishigami(x):
    """doi:10.1109/ISUMA.1990.151285 with a = 7, b = 0.1 over the unit cube."""
    z = (2 * x - 1) * np.pi
    return np.sin(z[:, 0]) + 7 * np.sin(z[:, 1]) ** 2 + 0.1 * z[:, 2] ** 4 * np.sin(z[:, 0])


def test_the_indices_of_ishigamis_function():
    found = sobol_indices(ishigami(sobol_design(3, 4096, seed=1)), 3, seed=1)
    assert found.first == pytest.approx([0.3139, 0.4424, 0.0], abs=0.02)
    assert found.total == pytest.approx([0.5576, 0.4424, 0.2437], abs=0.02)
    assert (found.first_low <= found.first).all()
    assert (found.total <= found.total_high).all()
    assert (found.rows, found.lost) == (4096, 0)


def test_the_estimators_are_those_of_scipy():
    rows, d = 256, 3
    y = ishigami(sobol_design(d, rows, seed=2)).reshape(d + 2, rows)
    blocks = {"f_A": y[None, 0], "f_B": y[None, 1], "f_AB": y[2:, None, :]}
    other = stats.sobol_indices(func=blocks, n=rows)
    mine = sobol_indices(y.ravel(), d, seed=1)
    assert mine.first == pytest.approx(np.ravel(other.first_order), abs=1e-9)
    assert mine.total == pytest.approx(np.ravel(other.total_order), abs=1e-9)


def test_a_failed_simulation_costs_its_design_row_in_every_block():
    rows, d = 64, 3
    y = ishigami(sobol_design(d, rows, seed=3))
    broken = y.copy()
    broken[rows * 2 + 5] = np.nan
    kept = np.delete(y.reshape(d + 2, rows), 5, axis=1)
    found, expected = sobol_indices(broken, d, seed=1), sobol_indices(kept.ravel(), d, seed=1)
    assert (found.rows, found.lost) == (63, 1)
    assert found.total == pytest.approx(expected.total)


def test_nothing_left_is_said():
    found = sobol_indices(np.full(20, np.nan), 3, seed=1)
    assert np.isnan(found.total).all()
    assert found.lost == 4


def test_elementary_effects_of_a_plane_are_its_slopes():
    points, order = morris_design(4, 12, seed=1)
    assert points.min() >= 0
    assert points.max() <= 1
    found = effects(points @ np.array([3.0, -2.0, 0.5, 0.0]), points, order, seed=1)
    assert found.size == pytest.approx([3.0, 2.0, 0.5, 0.0])
    assert found.spread == pytest.approx(0.0, abs=1e-9)


def test_a_lost_walk_is_left_out():
    points, order = morris_design(2, 10, seed=1)
    y = points[:, 0] ** 2
    y[4] = np.nan
    assert effects(y, points, order, seed=1).lost == 1
