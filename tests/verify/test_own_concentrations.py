"""Intervals of individual fits cover what they should, over simulated individuals of the library's spread."""

import numpy as np
import pytest

from jakstat.pharmacology.individual_fits import individual_fits
from jakstat.pharmacology.observed_file import read_observed
from jakstat.pharmacology.observed_model import observed_design
from jakstat.pharmacology.pk_library import pk_model
from jakstat.pharmacology.posterior_modes import ErrorModel

pytestmark = pytest.mark.long

PEOPLE = 500
CASES = {
    "ruxolitinib": ([1, 3, 6, 10], {"DOSE": 15}),
    "tofacitinib": ([0.5, 2, 5, 10], {"DOSE": 10}),
    "siltuximab": ([2, 168, 504], {"DOSE": 770}),
}


@pytest.mark.parametrize("drug", CASES)
def test_intervals_of_individual_fits_cover(drug):
    """500 individuals, three or four samples with an error of 20 %: 95 % intervals of all that differs."""
    times, dose = CASES[drug]
    rows = [{"ID": k, "TIME": t, "DV": 1.0, **dose} for k in range(PEOPLE) for t in times]
    model = pk_model(drug)
    blank = observed_design(read_observed(rows, drug=drug), model)
    rng = np.random.default_rng(11)
    z = rng.standard_normal((PEOPLE, len(blank.draws)))
    every = np.arange(PEOPLE)
    exact = blank.predict(z, every)
    noisy = np.maximum(exact * (1 + 0.2 * rng.standard_normal(exact.shape)), 1e-3 * exact)
    measured = [{**row, "DV": v} for row, v in zip(rows, noisy.ravel(), strict=True)]
    design = observed_design(read_observed(measured, drug=drug), model)
    fits = individual_fits(design, ErrorModel(0.2), curves=False)
    assert len(fits.failed) <= PEOPLE // 100
    true = blank.numbers(z, every)
    ok = np.array([name not in fits.failed for name in fits.ids])
    assert set(fits.low) == {s.number for s in model.spreads if s.scale != "correlation"}
    for name, low in fits.low.items():
        covered = np.mean(((low <= true[name]) & (true[name] <= fits.high[name]))[ok])
        assert 0.90 <= covered <= 0.97, (name, covered)
