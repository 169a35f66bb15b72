"""Probabilities of the stages against hand-worked hazards, another integrator and lives drawn one by one."""

import itertools

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from jakstat.progression.hazard_numbers import hazard_draws, hazard_rows
from jakstat.progression.microsimulation import sample_lives
from jakstat.progression.occupation import occupation
from jakstat.progression.transitions import PASSAGES, STAGES, Arm, Liver, span_from
from jakstat.progression.treatments import parse_liver_treatment, treated_arm

HBV = Liver(("HBV",), 45.0, True, {"HBV": 1e6}, {"HBV": 0.0})
HCV = Liver(("HCV",), 45.0, True, {"HCV": 1e6}, {"HCV": 25.0})
RATES = [name for name, row in hazard_rows().items() if row.unit == "1/year"]
QUIET = {**dict.fromkeys(RATES, 0.0), "age_power": 0.0, "age_power_cirrhosis": 0.0, "male": 1.0}
FLAT = {**QUIET, "other_death_doubling": 1e9}
YEARS = np.linspace(0.0, 20.0, 41)


def numbers(**given):
    return hazard_draws(1, 1, given)


def test_competing_constant_hazards_have_a_closed_form():
    """h/(h + o) (1 - exp(-(h + o) t)) of them get the cancer, and the rest of the deaths are the other."""
    flat = numbers(**{**FLAT, "cancer_cirrhosis_HCV": 0.04, "other_death": 0.02})
    found = occupation(flat, HCV, Arm(), {"cirrhosis": 1.0}, YEARS)
    gone = -np.expm1(-0.06 * YEARS)
    assert found.reached("cancer")[:, 0] == pytest.approx(gone * 4 / 6, abs=1e-9)
    assert found.probability("cirrhosis")[:, 0] == pytest.approx(1.0 - gone, abs=1e-9)
    assert found.years_in("cirrhosis")[:, 0] == pytest.approx(gone / 0.06, abs=1e-8)
    assert found.cancer_hazard()[:, 0] == pytest.approx(np.full(41, 0.04), abs=1e-12)


def test_a_chain_of_two_constant_hazards_has_a_closed_form():
    flat = numbers(**{**FLAT, "cancer_cirrhosis_HCV": 0.04, "death_cancer": 0.6})
    found = occupation(flat, HCV, Arm(), {"cirrhosis": 1.0}, YEARS)
    ill = 0.04 / (0.6 - 0.04) * (np.exp(-0.04 * YEARS) - np.exp(-0.6 * YEARS))
    assert found.probability("cancer")[:, 0] == pytest.approx(ill, abs=1e-7)


def test_a_power_of_age_has_a_closed_form():
    """The integral of h (a/50)^k is h 50/(k + 1) ((a2/50)^(k+1) - (a1/50)^(k+1))."""
    powered = {**QUIET, "cancer_cirrhosis_HCV": 0.01, "age_power": 4.0, "male": 2.0}
    found = occupation(numbers(**powered), HCV, Arm(), {"cirrhosis": 1.0}, YEARS)
    ages = 45.0 + YEARS
    integral = 2.0 * 0.01 * 50.0 / 5.0 * ((ages / 50.0) ** 5 - (45.0 / 50.0) ** 5)
    assert found.reached("cancer")[:, 0] == pytest.approx(-np.expm1(-integral), abs=1e-8)


def test_other_death_is_gompertz():
    """With 8 years of doubling the integral is h 8/ln 2 (2^((a2 - 50)/8) - 2^((a1 - 50)/8))."""
    table = {**QUIET, "other_death": 0.004, "other_death_doubling": 8.0, "other_death_female": 0.6}
    woman = Liver((), 45.0, False, {}, {})
    found = occupation(numbers(**table), woman, Arm(), {"normal": 1.0}, YEARS)
    at = 2.0 ** ((45.0 + YEARS - 50.0) / 8.0)
    integral = 0.6 * 0.004 * 8.0 / np.log(2.0) * (at - at[0])
    assert found.died()[:, 0] == pytest.approx(-np.expm1(-integral), abs=1e-8)


@pytest.mark.parametrize("treat", [[], ["entecavir@3.33y", "IL6=0.5@7y"]])
def test_another_integrator_finds_the_same(treat):
    """SciPy's Dormand-Prince at 1e-11, started anew where a treatment begins."""
    table = numbers()
    arm = treated_arm([parse_liver_treatment(t) for t in treat], table)
    found = occupation(table, HBV, arm, {"hepatitis": 1.0}, YEARS)
    state, edges = np.eye(len(STAGES))[STAGES.index("hepatitis")], [0.0, 3.33, 7.0, 20.0]
    starts, ends = zip(*((STAGES.index(a), STAGES.index(b)) for a, b in PASSAGES), strict=True)
    for begun, ended in itertools.pairwise(edges):

        def flow(t, p, begun=begun):
            change, rates = np.zeros_like(p), span_from(table, HBV, arm, begun).hazards(t)[:, 0]
            for rate, a, b in zip(rates, starts, ends, strict=True):
                change[a] -= rate * p[a]
                change[b] += rate * p[a]
            return change

        state = solve_ivp(flow, (begun, ended), state, method="DOP853", rtol=1e-11, atol=1e-13).y[:, -1]
    assert found.stages[-1, :, 0] == pytest.approx(state, abs=1e-7)


def test_probabilities_stay_probabilities_in_every_draw():
    found = occupation(hazard_draws(60, 3), HBV, Arm(), {"hepatitis": 1.0}, YEARS)
    assert found.stages.sum(axis=1) == pytest.approx(np.ones((41, 60)), abs=1e-9)
    assert found.stages.min() > -1e-12


def test_what_a_virus_has_done_stays():
    """With 1e-4 of the load left, after t years the mean of its power is (45 + t 1e-4^p)/(45 + t)."""
    table = numbers(**{**QUIET, "cancer_cirrhosis_HBV": 0.01, "load_power_HBV": 0.5, "share_IL6": 0.0})
    arm = Arm("less", ((0.0, "load_HBV", np.asarray(1e-4)),))
    k = PASSAGES.index(("cirrhosis", "cancer"))
    at = span_from(table, HBV, arm, 0.0).hazards(5.0)[k, 0]
    assert at == pytest.approx(0.01 * (45.0 + 5.0 * 1e-2) / 50.0)


@pytest.mark.parametrize(("left", "share"), [(0.0, 0.1), (1.0, 1.0)])
def test_without_il6_the_share_that_it_drives_is_gone(left, share):
    arm = Arm("less", ((0.0, "IL6", np.asarray(left)),))
    k = PASSAGES.index(("hepatitis", "cancer"))
    plain, less = (span_from(numbers(), HCV, a, 0.0).hazards(1.0)[k, 0] for a in (Arm(), arm))
    assert less / plain == pytest.approx(share)  # share_IL6 is 0.9 in the table


def test_lives_drawn_one_by_one_agree():
    """Keyed, so that the result is the same every time; the long suite draws ten times as many."""
    table, years = numbers(), np.array([5.0, 12.0, 20.0])
    found = occupation(table, HCV, Arm(), {"hepatitis": 1.0}, np.array([0.0, *years]))
    lives = sample_lives(table, HCV, Arm(), "hepatitis", 20.0, people=2000, seed=5)
    for stage in ("cirrhosis", "cancer", "decompensated", "dead_of_other"):
        expected = found.reached(stage)[1:, 0]
        z = (lives.share_entered(stage, years) - expected) / np.sqrt(expected * (1.0 - expected) / 2000)
        assert np.abs(z).max() < 3.0, stage
