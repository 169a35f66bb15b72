"""A tumour sorted by a marker."""

import numpy as np
import pytest

from jakstat.population.claims.sorted_cells import sorted_findings, sorted_shares


@pytest.mark.parametrize("stem", [0.01, 0.04, 0.3])
def test_no_cell_is_lost_in_sorting_and_more_marker_sorts_better(stem: float) -> None:
    ratios = np.array([1.0, 2.0, 5.0, 50.0])
    positive, negative = sorted_shares(ratios, np.full(4, stem), 0.42)
    assert 0.1 * positive + 0.9 * negative == pytest.approx(stem)
    assert np.all(np.diff(positive) > 0.0)
    assert positive[-1] <= min(1.0, stem / 0.1) + 1e-9


def test_the_gate_is_the_brightest_tenth_of_drawn_cells() -> None:
    draws = np.random.default_rng(1)
    stem = draws.random(400_000) < 0.05
    level = np.exp(0.42 * draws.standard_normal(400_000)) * np.where(stem, 3.0, 1.0)
    bright = level > np.quantile(level, 0.9)
    positive, negative = sorted_shares(np.array([3.0]), np.array([0.05]), 0.42)
    assert positive[0] == pytest.approx(stem[bright].mean(), rel=0.02)
    assert negative[0] == pytest.approx(stem[~bright].mean(), rel=0.1)


def test_sorted_by_a_marker_the_bright_cells_found_more_tumours() -> None:
    found = sorted_findings({"C160"}, lanes=2, seed=1)["C160"][0]
    assert found.control is not None
    assert found.perturbed is not None
    assert found.perturbed > 3.0 * found.control
