"""Frequencies of founders: statmod 1.5.0 on six tables, and identities."""

import numpy as np
import pytest
from scipy.optimize import minimize

from jakstat.errors import InputError
from jakstat.initiation.limiting_dilution import Dilution, analyse_dilution

DOSES = [1000, 100, 10]


def one(dose, tested, positive, **more):
    [found] = analyse_dilution(Dilution.of(dose, tested, positive), **more).frequencies
    return found


def test_tables_of_statmod_to_every_digit_it_prints():
    """The function elda of statmod 1.5.0 (R)."""
    first, second = one(DOSES, [8] * 3, [8, 5, 1]), one(DOSES, [8] * 3, [6, 2, 0])
    assert round(1 / first.value, 5) == 97.07745
    assert (round(1 / first.high, 4), round(1 / first.low, 4)) == (42.1633, 223.5127)
    assert round(1 / second.value, 4) == 626.3853
    assert (round(1 / second.high, 2), round(1 / second.low, 2)) == (290.13, 1352.33)


def test_nothing_grew():
    """statmod: no estimate, upper 1/2203.134, which is -sum(dose n)/ln 0.05 of 6 x 1000 and 6 x 100."""
    found = one([1000, 100], [6, 6], [0, 0])
    assert (found.value, found.low) == (0.0, 0.0)
    assert round(1 / found.high, 3) == 2203.134


def test_all_grew():
    """statmod: estimate 1, lower 1/107.07; at that frequency all twelve grow with a chance of 0.05."""
    found = one([1000, 100], [6, 6], [6, 6])
    assert (found.value, found.high) == (1.0, 1.0)
    assert round(1 / found.low, 2) == 107.07
    assert np.prod((1 - np.exp(-found.low * np.array([1000, 100]))) ** 6) == pytest.approx(0.05, rel=1e-9)


def test_groups_differ_as_statmod_says():
    both = Dilution.of(DOSES * 2, [8] * 6, [8, 5, 1, 6, 2, 0], ["a"] * 3 + ["b"] * 3)
    found = analyse_dilution(both).difference
    assert (round(found.chi2, 2), found.df, round(found.p, 4)) == (10.06, 1, 0.0015)


def test_a_group_without_any_and_one_with_all():
    """Each is fitted without error, so that the likelihood ratio is that of one share of 1/2 against both."""
    found = analyse_dilution(Dilution.of([10, 10], [8, 8], [0, 8], ["a", "b"]))
    assert found.difference.chi2 == pytest.approx(2 * 16 * np.log(2))
    assert found.single_hit is None


def test_slope_is_that_of_a_plain_maximum():
    dose, positive = np.array(DOSES * 2, dtype=float), np.array([8, 5, 1, 6, 2, 0])
    group = np.repeat([0, 1], 3)

    def cost(x):
        hits = np.exp(x[group] + x[2] * np.log(dose))
        return -(
            np.where(positive > 0, positive * np.log(-np.expm1(-hits)), 0.0) - (8 - positive) * hits
        ).sum()

    start, settings = [-4.0, -6.0, 1.0], {"xatol": 1e-9, "fatol": 1e-13, "maxiter": 9000}
    best = minimize(cost, start, method="Nelder-Mead", options=settings)
    found = analyse_dilution(Dilution.of(dose, [8] * 6, positive, group)).single_hit
    assert found.slope == pytest.approx(best.x[2], abs=1e-6)
    assert 0.5 < found.p < 0.6
    bent = np.array([[_second(cost, best.x, a, b) for a in range(3)] for b in range(3)])
    assert found.error == pytest.approx(np.sqrt(np.linalg.inv(bent)[2, 2]), rel=0.1)  # expected, observed


def _second(cost, x, a, b, step=1e-3):
    """Second derivative by differences."""
    u, v = step * np.eye(3)[a], step * np.eye(3)[b]
    return (cost(x + u + v) - cost(x + u - v) - cost(x - u + v) + cost(x - u - v)) / (4 * step**2)


def test_two_hits_are_seen():
    """Where two cells are needed the slope is above 1; 400 wells of each dose, hand-made expected numbers."""
    dose = np.array([5.0, 10.0, 20.0, 40.0])
    mean = dose * 0.05
    grew = np.round(400 * (1 - np.exp(-mean) * (1 + mean)))
    found = analyse_dilution(Dilution.of(dose, [400] * 4, grew)).single_hit
    assert found.slope > 1.3
    assert found.p < 1e-6


@pytest.mark.parametrize(
    ("doses", "positive"),
    [([100, 10], [8, 0]), ([100, 10], [5, 0]), ([100, 10], [8, 3]), ([10, 100], [8, 3])],
)
def test_doses_that_part_the_wells_have_no_slope(doses, positive):
    found = analyse_dilution(Dilution.of(doses, [8, 8], positive)).single_hit
    assert np.isnan(found.slope)
    assert np.isfinite(found.chi2)
    assert 0 < found.p <= 1


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_a_frequency_knows_no_unit_of_cells(scale):
    """Cells by the million give a million-fold smaller share, as long as no share passes 1."""
    doses = np.array([1e9, 1e8, 1e7]) * scale
    assert one(doses, [8] * 3, [8, 5, 1]).value * scale == pytest.approx(1 / 97.07745e6, rel=1e-6)


def test_a_share_is_at_most_one():
    found = one([0.01], [8], [7])
    assert (found.value, found.low, found.high) == (1.0, 1.0, 1.0)


def test_wells_without_cells_say_nothing():
    assert one([0, *DOSES], [8] * 4, [0, 8, 5, 1]) == one(DOSES, [8] * 3, [8, 5, 1])


def test_a_wider_confidence_is_a_wider_interval():
    """1.959964 and 2.575829 standard errors of the logarithm."""
    narrow, wide = (one(DOSES, [8] * 3, [8, 5, 1], confidence=c) for c in (0.95, 0.99))
    ratio = np.log(wide.high / wide.low) / np.log(narrow.high / narrow.low)
    assert ratio == pytest.approx(2.575829 / 1.959964, rel=1e-6)


def test_every_row_that_is_wrong_is_told():
    with pytest.raises(InputError) as caught:
        Dilution.of([-1, 10, 10, 0, 10], [8, 8, 2.5, 8, 0], [1, 9, 1, 1, 0])
    codes = [p.code for p in caught.value.problems]
    assert codes == ["dilution.dose", "dilution.count", "dilution.count", "dilution.dose", "dilution.count"]
    assert [p.place.split()[1] for p in caught.value.problems] == ["1", "2", "3", "4", "5"]
    for columns in (([10], [8, 8], [1]), ([], [], [])):
        with pytest.raises(InputError, match=r"dilution\.length"):
            Dilution.of(*columns)
    with pytest.raises(InputError, match=r"dilution\.dose"):
        Dilution.of([0], [8], [0])
    with pytest.raises(InputError, match=r"dilution\.confidence"):
        one(DOSES, [8] * 3, [8, 5, 1], confidence=95.0)
