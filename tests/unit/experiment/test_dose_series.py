import math

import numpy as np
import pytest

from jakstat.experiment.dose_series import NotHalved, half_maximum, halving_dose, hill

DOSES = np.geomspace(0.1, 500, 12)


@pytest.mark.parametrize("half", [0.5, 5.0, 50.0])
@pytest.mark.parametrize("slope", [0.7, 1.0, 3.0])
@pytest.mark.parametrize(("bottom", "top", "kind"), [(1.0, 10.0, "EC50"), (10.0, 1.0, "IC50")])
def test_a_hill_curve_gives_its_own_numbers(half, slope, bottom, top, kind):
    found = half_maximum(DOSES, hill(DOSES, bottom, top, half, slope), unit="nM")
    assert found.method == "hill"
    assert found.kind == kind
    assert found.value == pytest.approx(half, rel=1e-4)
    assert found.hill == pytest.approx(slope, rel=1e-3)
    assert (found.bottom, found.top) == pytest.approx((bottom, top), rel=1e-2)
    assert found.low <= found.value <= found.high
    assert found.bracketed
    assert found.note == ""


def test_noise_widens_the_interval_and_it_covers():
    rng = np.random.default_rng(1)
    hits = 0
    for _ in range(60):
        y = hill(DOSES, 0.0, 1.0, 8.0, 1.3) + rng.normal(0, 0.03, DOSES.size)
        found = half_maximum(DOSES, y, unit="nM")
        hits += found.low <= 8.0 <= found.high
    assert hits >= 51


def test_a_dose_of_zero_is_the_bottom():
    doses = np.concatenate([[0.0], DOSES])
    found = half_maximum(doses, hill(doses, 2.0, 9.0, 3.0, 1.0), unit="nM")
    assert found.value == pytest.approx(3.0, rel=1e-4)


def test_order_of_the_doses_does_not_matter():
    y = hill(DOSES, 0.0, 1.0, 3.0, 1.0)
    there = half_maximum(DOSES, y, unit="nM")
    back = half_maximum(DOSES[::-1], y[::-1], unit="nM")
    assert there == back


@pytest.mark.parametrize("half", [5e3, 2e-3])
def test_what_is_not_bracketed_says_so(half):
    found = half_maximum(DOSES, hill(DOSES, 0.0, 1.0, half, 1.0), unit="nM")
    assert not found.bracketed
    assert found.note


def test_a_flat_series_has_none():
    found = half_maximum(DOSES, np.full(12, 3.0), unit="nM")
    assert found.method == "none"
    assert math.isnan(found.value)
    assert "does not change" in found.note
    assert half_maximum(DOSES, np.zeros(12), unit="nM").method == "none"


def test_too_few_doses_have_none():
    assert "too few" in half_maximum(DOSES[:2], np.array([1.0, 2.0]), unit="nM").note
    assert half_maximum(np.zeros(4), np.arange(4.0), unit="nM").method == "none"


def test_failed_lanes_are_left_out():
    y = hill(DOSES, 0.0, 1.0, 5.0, 1.0)
    y[3] = np.nan
    assert half_maximum(DOSES, y, unit="nM").value == pytest.approx(5.0, rel=1e-4)


def test_a_bell_is_interpolated():
    x = np.array([1.0, 10.0, 100.0, 1000.0, 1e4])
    found = half_maximum(x, np.array([0.0, 10.0, 0.5, 10.0, 1.0]), unit="nM")
    assert found.method == "interpolation"
    assert found.low <= found.value <= found.high
    assert "not monotonic" in found.note


def test_interpolation_from_dose_zero_is_linear():
    found = half_maximum(np.array([0.0, 2.0, 4.0]), np.array([0.0, 1.0, 1.0]), unit="nM")
    assert (found.method, found.value) == ("interpolation", 1.0)


def test_three_doses_are_interpolated_on_a_log_scale():
    found = half_maximum(np.array([1.0, 10.0, 100.0]), np.array([0.0, 1.0, 4.0]), unit="nM")
    assert found.value == pytest.approx(10 ** (1 + 1 / 3))


@pytest.mark.parametrize(
    ("doses", "shares", "value", "bound"),
    [
        ([0.0, 1.0, 100.0], [1.0, 0.75, 0.25], 10.0, 10.0),
        ([0.0, 1.0, 100.0], [1.0, 0.9, 0.8], math.nan, 100.0),
        ([0.0, 1.0, 100.0], [1.0, 0.2, 0.1], math.nan, 1.0),
        ([1.0, 100.0], [0.4, 0.1], math.nan, 1.0),
        ([100.0, 0.0, 1.0], [0.25, 1.0, 0.75], 10.0, 10.0),
        ([0.0, 1.0, 5.0, 100.0], [1.0, 0.75, math.nan, 0.25], 10.0, 10.0),
    ],
)
def test_beyond_the_doses_a_halving_dose_is_what_is_asked_for(doses, shares, value, bound):
    x, y = np.array(doses), np.array(shares)
    assert halving_dose(x, y, beyond="nan") == pytest.approx(value, nan_ok=True)
    assert halving_dose(x, y, beyond="bound") == pytest.approx(bound)
    if math.isnan(value):
        with pytest.raises(NotHalved, match="lowest" if bound == 1.0 else "highest dose leaves 80 %"):
            halving_dose(x, y, beyond="refuse")
    else:
        assert halving_dose(x, y, beyond="refuse") == pytest.approx(value)
