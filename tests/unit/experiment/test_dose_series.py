import math
import re

import numpy as np
import pytest
from scipy.optimize import curve_fit

from jakstat.experiment.dose_series import NotHalved, half_maxima_of, half_maximum, halving_dose
from jakstat.experiment.hill_fit import hill
from jakstat.experiment.records import half_maxima
from jakstat.experiment.run import simulate

DOSES = np.geomspace(0.1, 500, 12)


@pytest.mark.parametrize("half", [1.0, 5.0, 50.0])
@pytest.mark.parametrize("slope", [0.7, 1.0, 3.0])
@pytest.mark.parametrize(("bottom", "top", "kind"), [(1.0, 10.0, "EC50"), (10.0, 1.0, "IC50")])
def test_a_hill_curve_gives_its_own_numbers(half, slope, bottom, top, kind):
    found = half_maximum(DOSES, hill(DOSES, bottom, top, half, slope), unit="nM")
    assert found.method == "hill"
    assert found.kind == kind
    assert found.value == pytest.approx(half, rel=1e-4)
    assert found.hill == pytest.approx(slope, rel=1e-3)
    assert (found.bottom, found.top) == pytest.approx((bottom, top), rel=1e-2)
    assert found.note == ""


def test_the_fit_is_that_of_scipy():
    """Noise that no curve describes: least squares by another program, from the true values."""
    rng = np.random.default_rng(1)
    for _ in range(20):
        y = hill(DOSES, 100.0, 4.0, 8.0, 1.3) + rng.normal(0, 3.0, DOSES.size)
        found = half_maximum(DOSES, y, unit="nM")
        wanted = curve_fit(
            lambda d, a, b, k, n: hill(d, a, b, np.exp(k), n), DOSES, y, [100.0, 4.0, np.log(8.0), 1.3],
            xtol=1e-12, ftol=1e-12, gtol=1e-12,
        )[0]  # fmt: skip
        assert [found.bottom, found.top, np.log(found.value), found.hill] == pytest.approx(wanted, rel=1e-5)


def test_many_series_are_fitted_as_one_by_one():
    y = np.stack([hill(DOSES, 0.0, 1.0, k, 1.5) for k in (2.0, 8.0, 1e5)] + [np.full(12, 3.0)])
    y[1, 4] = np.nan
    together = half_maxima_of(DOSES, y, unit="nM")
    for row, found in zip(y, together, strict=True):
        alone = half_maximum(DOSES, row, unit="nM")
        assert (found.method, found.note) == (alone.method, alone.note)
        assert found.value == pytest.approx(alone.value, rel=1e-9, nan_ok=True)


def test_a_dose_of_zero_is_the_bottom():
    doses = np.concatenate([[0.0], DOSES])
    found = half_maximum(doses, hill(doses, 2.0, 9.0, 3.0, 1.0), unit="nM")
    assert found.value == pytest.approx(3.0, rel=1e-4)


def test_order_of_the_doses_does_not_matter():
    y = hill(DOSES, 0.0, 1.0, 3.0, 1.0)
    there = half_maximum(DOSES, y, unit="nM")
    back = half_maximum(DOSES[::-1], y[::-1], unit="nM")
    assert there == back


@pytest.mark.parametrize(
    ("half", "words"), [(5e3, "highest dose, so the EC50 lies above 2"), (2e-3, "lowest dose")]
)
def test_without_a_plateau_there_is_no_half_maximum(half, words):
    found = half_maximum(DOSES, hill(DOSES, 0.0, 1.0, half, 1.0), unit="nM")
    assert found.method == "none"
    assert math.isnan(found.value)
    assert words in found.note


@pytest.mark.parametrize("half", [0.2, 2.0, 20.0, 200.0, 2000.0])
@pytest.mark.parametrize("slope", [0.7, 1.0, 2.5])
@pytest.mark.parametrize("zero", [True, False])
def test_a_half_maximum_is_right_or_left_out_and_its_bound_is_right(half, slope, zero):
    for last in range(3, 12):
        doses = np.concatenate([[0.0] if zero else [], np.geomspace(0.1, 1e5, 13)[:last]])
        found = half_maximum(doses, hill(doses, 100.0, 4.0, half, slope), unit="nM")
        if found.method == "none":
            assert np.isnan(found.value)
            bound = re.search(r"lies (above|below) ([\d.e+-]+) nM", found.note)
            if bound is not None:
                assert (float(bound[2]) < half) if bound[1] == "above" else (float(bound[2]) > half)
        else:
            assert found.value == pytest.approx(half, rel=1e-6)


def test_three_doses_that_show_no_plateau_have_none():
    """0, 100 and 1000 nM of an inhibitor of 893 nM: half of what is seen is no half of the whole."""
    doses = np.array([0.0, 100.0, 1000.0])
    found = half_maximum(doses, hill(doses, 1.0, 0.0, 893.0, 1.0), unit="nM")
    assert found.method == "none"
    assert "too few" in found.note


def test_a_flat_series_has_none():
    found = half_maximum(DOSES, np.full(12, 3.0), unit="nM")
    assert found.method == "none"
    assert math.isnan(found.value)
    assert "does not change" in found.note
    assert half_maximum(DOSES, np.zeros(12), unit="nM").method == "none"


def test_too_few_doses_have_none():
    assert "2 doses above 0 of 2 are too few" in half_maximum(DOSES[:2], np.array([1.0, 2.0]), unit="nM").note
    assert half_maximum(np.zeros(4), np.arange(4.0), unit="nM").method == "none"


def test_failed_lanes_are_left_out():
    y = hill(DOSES, 0.0, 1.0, 5.0, 1.0)
    y[3] = np.nan
    assert half_maximum(DOSES, y, unit="nM").value == pytest.approx(5.0, rel=1e-4)


def test_a_bell_has_no_half_way():
    x = np.array([1.0, 10.0, 100.0, 1000.0, 1e4])
    found = half_maximum(x, np.array([0.0, 10.0, 0.5, 10.0, 1.0]), unit="nM")
    assert found.method == "none"
    assert "not monotonic" in found.note


def test_steps_that_are_no_hill_curve_are_interpolated_between_their_plateaus():
    """Two stairs, at 3 and at 300: half-way lies on the second, log-linear between 100 and 1000."""
    x = np.array([0.0, 0.1, 1.0, 10.0, 100.0, 1000.0, 1e4, 1e5])
    stairs = np.array([0.0, 0.0, 0.0, 4.0, 4.0, 10.0, 10.0, 10.0])
    found = half_maximum(x, stairs, unit="nM")
    assert found.method == "interpolation"
    assert found.value == pytest.approx(100.0 * 10 ** (1 / 6))
    assert "between 100 and 1e+03 nM" in found.note
    assert half_maximum(x[:6], stairs[:6], unit="nM").method == "none", "the last stair may not be the top"


@pytest.mark.parametrize(
    ("doses", "shares", "value", "bound"),
    [
        ([0.0, 1.0, 100.0], [1.0, 0.75, 0.25], 10.0, 10.0),
        ([0.0, 1.0, 1e4], [1.0, 0.8, 0.4], 1e3, 1e3),  # 0.3 of 0.4 lie before the half: 3 of 4 decades
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


def test_of_the_shipped_model_a_coarse_series_gives_the_half_maximum_of_a_fine_one_or_none():
    """Fewer and fewer doses of ruxolitinib: within 15 % of the value of 31 over five decades, or left out."""

    def found(doses):
        result = simulate(
            "hepg2", stimuli="IL6=10ng/ml", drugs=f"ruxolitinib={doses}", observe="pSTAT3", parts="auto"
        )
        return half_maxima(result)[0][1]["pSTAT3"]

    right = found("1..100000nM:31").value
    for doses in ("0,10,100,1000,10000", "0,30,300,3000,30000", "0,100,316,1000,3160", "0,32,128,506,2024"):
        assert found(f"{doses}nM").value == pytest.approx(right, rel=0.15)
    for doses in ("0,100,1000", "0,1,10,100,1000", "0,1,3,10,30,100", "0,8,32,128,506"):
        assert math.isnan(found(f"{doses}nM").value), doses
    assert "lies above" in found("0,1,10,100,1000nM").note
