"""The null models on surfaces made by hand, for which the answer is known."""

import numpy as np
import pytest

from jakstat.combination.bliss import bliss_excess
from jakstat.combination.hsa import hsa_excess
from jakstat.combination.isobole import isobole
from jakstat.combination.loewe import loewe
from jakstat.combination.musyc import MUSYC_NAMES, fit_musyc, musyc_effect
from jakstat.combination.null_models import excesses
from jakstat.combination.verdicts import self_excess
from jakstat.combination.zip_delta import zip_delta
from jakstat.experiment.hill_fit import fit_hill

DOSE_A = np.concatenate([[0.0], np.geomspace(3.0, 3000.0, 8)])
DOSE_B = np.concatenate([[0.0], np.geomspace(0.05, 20.0, 7)])


def hill(d, top, half, slope):
    return top * d**slope / (half**slope + d**slope)


def alone(first=(0.95, 90.0, 1.4), second=(0.8, 1.1, 0.9)):
    return hill(DOSE_A, *first)[:, None], hill(DOSE_B, *second)[None, :]


def curves(effect):
    return fit_hill(DOSE_A[1:], effect[:, 1:, 0]), fit_hill(DOSE_B[1:], effect[:, 0, 1:])


def independent():
    a, b = alone()
    return (a + b - a * b)[None]


def slow_musyc(d1, d2, p):
    """The four states by their rate equations, one mixture at a time."""
    e1, e2, e3, c1, c2, h1, h2, a12, a21 = p
    x, y = (d1 / c1) ** h1, (d2 / c2) ** h2
    x2, y1 = (a21 * d1 / c1) ** h1, (a12 * d2 / c2) ** h2
    rates = np.zeros((4, 4))  # from column to row: none, 1, 2, both
    for start, end, rate in [
        (0, 1, x), (1, 0, 1), (0, 2, y), (2, 0, 1), (1, 3, y1), (3, 1, 1), (2, 3, x2), (3, 2, 1),
    ]:  # fmt: skip
        rates[end, start] += rate
        rates[start, start] -= rate
    system = np.vstack([rates[:3], np.ones(4)])
    share = np.linalg.solve(system, [0.0, 0.0, 0.0, 1.0])
    return share @ [0.0, e1, e2, e3]


def test_independent_drugs_have_no_bliss_excess_and_no_zip_delta():
    effect = independent()
    assert np.abs(bliss_excess(effect)).max() < 1e-14
    assert np.abs(zip_delta(DOSE_A, DOSE_B, effect, *curves(effect))).max() < 1e-6


def test_a_shift_of_potency_shows_in_zip():
    effect = independent()
    shifted = musyc_effect(DOSE_A, DOSE_B, np.array([[0.95, 0.8, 0.99, 90.0, 1.1, 1.4, 0.9, 5.0, 5.0]]))
    assert zip_delta(DOSE_A, DOSE_B, shifted, *curves(shifted)).max() > 0.1
    assert bliss_excess(shifted).max() > 0.1 > np.abs(bliss_excess(effect)).max()


def test_the_better_drug_has_no_hsa_excess():
    a, b = alone()
    assert np.abs(hsa_excess(np.maximum(a, b)[None])).max() == 0.0


@pytest.mark.parametrize("slope", [0.7, 1.0, 2.5])
@pytest.mark.parametrize("relative", [40.0, 200.0])
def test_a_drug_with_itself_has_combination_index_1(slope, relative):
    """The sham combination, also when the second bottle is diluted."""
    total = DOSE_A[:, None] + relative * DOSE_B[None, :]
    effect = hill(total, 0.9, 90.0, slope)[None]
    found = loewe(DOSE_A, DOSE_B, effect, *curves(effect))
    known = np.isfinite(found.index)
    assert known.mean() > 0.95
    assert np.abs(found.index[known] - 1.0).max() < 1e-6
    assert np.nanmax(np.abs(found.excess)) < 1e-6


def test_loewe_is_undefined_beyond_the_weaker_plateau_and_for_an_inert_drug():
    a, b = alone(second=(0.3, 1.1, 0.9))
    effect = (a + b - a * b)[None]
    found = loewe(DOSE_A, DOSE_B, effect, *curves(effect))
    assert np.isnan(found.index[effect[:, 1:, 1:] > 0.3]).all()
    assert np.isfinite(found.index[effect[:, 1:, 1:] < 0.29]).all()
    inert = (a + 0.0 * b)[None]
    assert np.isnan(loewe(DOSE_A, DOSE_B, inert, *curves(inert)).excess).all()


def test_bliss_of_a_drug_with_itself_depends_on_the_slope():
    for slope, sign in ((0.7, -1.0), (3.0, 1.0)):
        curve = fit_hill(DOSE_A[1:], hill(DOSE_A[1:], 1.0, 90.0, slope)[None])
        assert sign * self_excess(DOSE_A[1:], curve) > 0.05


def test_musyc_solves_its_rate_equations():
    p = np.array([0.7, 0.5, 0.9, 80.0, 2.0, 1.3, 0.8, 4.0, 0.3])
    fast = musyc_effect(DOSE_A, DOSE_B, p[None])[0]
    slow = [[slow_musyc(a, b, p) for b in DOSE_B] for a in DOSE_A]
    np.testing.assert_allclose(fast, slow, rtol=1e-10, atol=1e-14)


def test_musyc_gives_its_own_parameters_back():
    generator = np.random.default_rng(5)
    n = 40
    p = np.empty((n, 9))
    p[:, :3] = generator.uniform(0.4, 1.0, (n, 3))
    p[:, 3] = 90.0 * np.exp(generator.uniform(-1.0, 1.0, n))
    p[:, 4] = 1.1 * np.exp(generator.uniform(-1.0, 1.0, n))
    p[:, 5:7] = generator.uniform(0.7, 2.0, (n, 2))
    p[:, 7:] = np.exp(generator.uniform(-2.0, 2.0, (n, 2)))
    effect = musyc_effect(DOSE_A, DOSE_B, p)
    found = fit_musyc(DOSE_A, DOSE_B, effect, *curves(effect))
    assert found.explained.min() > 1.0 - 1e-9
    np.testing.assert_allclose(found.values, p, rtol=1e-4)
    stronger = np.maximum(p[:, 0], p[:, 1])
    np.testing.assert_allclose(found.beta, (p[:, 2] - stronger) / stronger, atol=1e-4)


def test_musyc_interval_holds_the_truth_under_noise():
    p = np.array([[0.9, 0.8, 0.95, 90.0, 1.1, 1.4, 0.9, 3.0, 0.5]])
    effect = np.repeat(musyc_effect(DOSE_A, DOSE_B, p), 60, axis=0)
    noise = np.random.default_rng(1).normal(0.0, 0.01, effect.shape)
    noise[:, 0, 0] = 0.0
    effect = effect + noise
    found = fit_musyc(DOSE_A, DOSE_B, effect, *curves(effect))
    inside = (found.low <= p) & (p <= found.high)
    assert 0.85 <= inside.mean() <= 1.0
    assert inside[:, MUSYC_NAMES.index("alpha12")].mean() >= 0.85


def test_failed_mixtures_are_left_out():
    effect = independent()
    effect[0, 3, 4] = effect[0, 5, 2] = np.nan
    found = excesses(DOSE_A, DOSE_B, effect)
    assert np.isnan(found.bliss).sum() == 2
    assert np.nanmax(np.abs(found.bliss)) < 1e-14
    assert found.first.top[0] == pytest.approx(0.95, rel=1e-5)
    assert np.isfinite(found.musyc.explained[0])


def test_few_doses_give_nan_and_not_a_guess():
    effect = independent()[:, :3, :3]
    found = excesses(DOSE_A[:3], DOSE_B[:3], effect)
    assert np.isfinite(found.bliss).all()
    for values in (found.loewe, found.index, found.zip, found.musyc.explained):
        assert np.isnan(values).all()


def test_isobole_of_additive_drugs_is_the_line():
    total = DOSE_A[:, None] / 90.0 + DOSE_B[None, :] / 1.1
    line = isobole(DOSE_A, DOSE_B, total / (1.0 + total))
    assert len(line.dose_a) > 6
    assert np.abs(line.index - 1.0).max() < 0.08  # the points between doses are interpolated
    assert line.alone_a == pytest.approx(90.0, rel=0.02)


def test_units_of_the_doses_change_nothing():
    effect = musyc_effect(DOSE_A, DOSE_B, np.array([[0.9, 0.8, 0.95, 90.0, 1.1, 1.4, 0.9, 3.0, 0.5]]))
    one, other = excesses(DOSE_A, DOSE_B, effect), excesses(DOSE_A / 1e3, DOSE_B * 1e3, effect)
    for name in ("bliss", "hsa", "loewe", "zip"):
        np.testing.assert_allclose(one.by_model(name), other.by_model(name), atol=1e-9, equal_nan=True)
    for name in ("alpha12", "alpha21", "beta"):
        np.testing.assert_allclose(one.musyc.column(name), other.musyc.column(name), rtol=1e-9, atol=1e-9)


# ZIP's delta, the combination index and Loewe's excess of one surface by another program: `synergy` 1.0.0
# (doi:10.1093/bioinformatics/btac050), MuSyC(E0=1, E1=.1, E2=.3, E3=.05, h1=1.4, h2=.9, C1=90, C2=1.1,
# alpha12=5, alpha21=.4, gamma12=gamma21=1), with the drugs' own Hill curves given; its E is 1 - effect.
OTHER_A, OTHER_B = (np.concatenate([[0.0], np.geomspace(x, 100 * x, 5)]) for x in (10.0, 0.1))
OTHER_ZIP = [
    [0.002183, 0.001327, -0.003322, -0.008095, -0.009332],
    [0.006996, 0.003002, -0.014097, -0.031893, -0.037447],
    [0.010477, 0.002064, -0.028659, -0.064785, -0.082794],
    [0.007081, 0.002711, -0.01772, -0.046107, -0.065625],
    [0.007208, 0.007172, -0.002654, -0.018094, -0.029583],
]
OTHER_INDEX = [
    [1.029893, 1.025703, 1.015817, 1.002508, 0.975654],
    [0.92915, 0.905478, 0.902132, 0.887951, 0.796454],
    [0.88374, 0.790663, 0.691838, 0.560296, np.nan],
    [np.nan] * 5,
    [np.nan] * 5,
]
OTHER_LOEWE = [
    [-0.003013, -0.003736, -0.002658, -0.000324, 0.001642],
    [0.015196, 0.021025, 0.019619, 0.015366, 0.014271],
    [0.036433, 0.061829, 0.074261, 0.069253, 0.062969],
    [np.nan] * 5,
    [np.nan] * 5,
]


def test_zip_and_loewe_are_those_of_another_program():
    effect = musyc_effect(OTHER_A, OTHER_B, np.array([[0.9, 0.7, 0.95, 90.0, 1.1, 1.4, 0.9, 5.0, 0.4]]))
    found = excesses(OTHER_A, OTHER_B, effect, musyc=False)
    np.testing.assert_allclose(found.zip[0], OTHER_ZIP, atol=2e-6)
    np.testing.assert_allclose(found.index[0], OTHER_INDEX, atol=2e-6)
    np.testing.assert_allclose(found.loewe[0], OTHER_LOEWE, atol=3e-6)


def test_drugs_that_raise_the_readout_have_the_excess_of_their_mirror_image():
    """Where additive drugs have -0.5, an effect of -0.45 lacks 0.05: an excess of +0.05, an index above 1."""
    total = DOSE_A[:, None] + 80.0 * DOSE_B[None, :]
    effect = -hill(total, 0.9, 90.0, 1.2)[None]
    singles = curves(effect)
    effect[:, 1:, 1:] += 0.05
    found = loewe(DOSE_A, DOSE_B, effect, *singles)
    known = np.isfinite(found.excess) & (effect[:, 1:, 1:] < 0)
    assert known.sum() > 30
    np.testing.assert_allclose(found.excess[known], 0.05, atol=1e-6)
    assert (found.index[known & np.isfinite(found.index)] > 1.0).all()
