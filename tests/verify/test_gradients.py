"""Gradients of published fits against central differences of sharper runs."""

import numpy as np
import pytest

from jakstat.calibration.lanes import Solving
from jakstat.calibration.load import load_problem
from jakstat.calibration.objective import Objective
from shared_data import SHARED, needs_shared

pytestmark = pytest.mark.long
SHARP = Solving(rtol=1e-10, atol=1e-14, max_steps=200_000)


@needs_shared
@pytest.mark.parametrize("name", ["Boehm", "Raia", "Bachmann", "Lucarelli"])
def test_exact_slopes_are_those_of_differences(name):
    yaml = next((SHARED / "data" / "petab").glob(f"{name}*/*.yaml"))
    exact = Objective(load_problem(yaml), solving=SHARP)
    low, high = exact.problem.bounds
    # away from the optimum, where the slopes would be differences of large terms
    x = np.clip(exact.problem.nominal + 0.05 * np.cos(np.arange(len(low))), low + 0.01, high - 0.01)
    found = exact.local(x)
    assert found.how == "exact"
    step, slopes = 2e-3, []
    for k in range(len(x)):
        moved = x + step * np.outer([1, -1, 2, -2], np.arange(len(x)) == k)
        a, b, c, d = exact.evaluate(moved).cost
        slopes.append((8 * (a - b) - (c - d)) / (12 * step))  # Abramowitz and Stegun 25.3.21 (recalled)
    assert found.gradient == pytest.approx(slopes, rel=1e-5, abs=1e-7 * np.abs(slopes).max())
    curved = Objective(exact.problem, solving=SHARP, difference="central").local(x)
    assert found.hessian == pytest.approx(curved.hessian, rel=1e-4, abs=1e-5 * np.abs(curved.hessian).max())
