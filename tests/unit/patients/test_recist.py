"""RECIST 1.1 by hand; the shares under noise come from a program written apart from this one."""

from dataclasses import replace

import numpy as np
import pytest

from jakstat.patients.recist import (
    Response,
    best_responses,
    criteria,
    lesion_diameters,
    noisy_sums,
    overall_responses,
    sphere_volume,
    sums_of_diameters,
    target_responses,
    times_to_event,
)

NE, PD, SD, PR, CR = Response
WEEK = 168.0
VISITS = np.arange(6) * 6 * WEEK


def named(row):
    return [Response(int(r)).name for r in row]


@pytest.mark.parametrize(
    ("sums", "expected"),
    [
        ([50, 59.9, 60], ["SD", "PD"]),  # 20 % of 50 is 10
        ([20, 24, 25], ["SD", "PD"]),  # 20 % of 20 is only 4 mm: 5 mm are needed
        ([100, 70, 50, 59, 60], ["PR", "PR", "PR", "PD"]),  # over the nadir of 50, though below the baseline
        ([100, 70.1, 70], ["SD", "PR"]),  # 30 % from the baseline
        ([100, 90, 81, 85, 97.2], ["SD", "SD", "SD", "PD"]),  # nadir 81: 97.2 is exactly 20 % more
        ([30, 0, 0, 5], ["CR", "CR", "PD"]),  # what comes back after a complete response is progression
        ([40, np.nan, 20, 30], ["NE", "PR", "PD"]),  # an unread visit is no nadir
        ([np.nan, 40, 20], ["NE", "NE"]),  # without a baseline nothing can be said
    ],
)
def test_responses_of_target_lesions(sums, expected):
    assert named(target_responses([sums])[0]) == expected


def test_growth_of_volume_that_is_progression():
    """20 % in diameter are 1.728 in volume, 30 % less are 0.343."""
    growth = np.array([[1.0, 1.727, 1.729], [1.0, 0.344, 0.342]])
    sums = sums_of_diameters(lesion_diameters([[60.0, 40.0], [60.0, 40.0]], growth))
    assert [named(row) for row in target_responses(sums)] == [["SD", "PD"], ["SD", "PR"]]
    assert sphere_volume(20.0) / sphere_volume(10.0) == pytest.approx(8.0)


def test_patients_with_fewer_lesions_and_unread_visits():
    diameters = np.array([[[30.0, 36.0], [np.nan, np.nan]], [[30.0, np.nan], [10.0, 10.0]]])
    assert sums_of_diameters(diameters)[0].tolist() == [30.0, 36.0]
    assert np.isnan(sums_of_diameters(diameters)[1]).tolist() == [False, True]


@pytest.mark.parametrize(
    ("row", "confirmed", "plain"),
    [
        ([SD, SD, PD, PR, PR], SD, SD),  # what follows progression does not count
        ([PR, PR, PD, NE, NE], PR, PR),
        ([PR, SD, PR, PD, NE], SD, PR),  # the next reading does not confirm it
        ([PR, NE, PR, PD, NE], PR, PR),  # an unread visit is passed over
        ([CR, CR, PD, NE, NE], CR, CR),
        ([PR, CR, CR, PD, NE], CR, CR),
        ([PR, CR, PD, NE, NE], PR, CR),  # CR stands alone, and confirms the partial response
        ([PD, SD, SD, SD, SD], PD, PD),
        ([NE, NE, NE, NE, NE], NE, NE),
        ([SD, SD, SD, SD, PR], SD, PR),  # nothing follows the last visit
    ],
)
def test_best_overall_response(row, confirmed, plain):
    assert named(best_responses([row], VISITS)) == [confirmed.name]
    assert named(best_responses([row], VISITS, confirmed=False)) == [plain.name]


def test_confirmation_waits_four_weeks():
    """A reading after two weeks that is as good does not confirm, and one that is worse refutes."""
    times = np.array([0.0, 6, 8, 10, 16]) * WEEK
    assert named(best_responses([[PR, PR, SD, PD]], times)) == ["SD"]
    assert named(best_responses([[PR, PR, PR, PD]], times)) == ["PR"]


def test_disease_is_stable_from_six_weeks_on():
    times = np.array([0.0, 4, 8]) * WEEK
    assert named(best_responses([[SD, PD], [SD, SD]], times)) == ["PD", "SD"]


def test_new_lesion_is_progression_at_the_next_visit():
    responses = overall_responses([[PR, PR, PR], [PR, PR, PR]], VISITS[:4], [7 * WEEK, np.inf])
    assert [named(row) for row in responses] == [["PR", "PD", "PD"], ["PR", "PR", "PR"]]


def test_times_to_progression_and_progression_free_survival():
    rows = [[SD, PD, SD], [SD, SD, SD], [SD, NE, NE], [NE, PD, PD]]
    death = np.array([np.inf, np.inf, 8 * WEEK, np.inf])
    found = times_to_event(rows, VISITS[:4], death)
    assert (found.time / WEEK).tolist() == [12, 18, 6, 12]
    assert found.happened.tolist() == [True, False, False, True]
    assert (found.after / WEEK).tolist() == [6, 18, 6, 0]
    free = times_to_event(rows, VISITS[:4], death, death_counts=True)
    assert (free.time / WEEK).tolist() == [12, 18, 8, 12]
    assert free.happened.tolist() == [True, False, True, True]


def test_progression_seen_after_death_does_not_count():
    found = times_to_event([[SD, PD]], VISITS[:3], [7 * WEEK], death_counts=True)
    assert (found.time / WEEK, found.happened) == ([7.0], [True])


@pytest.mark.parametrize(("cv", "progressive"), [(0.05, 0.074), (0.07, 0.356), (0.10, 0.70)])
def test_noise_alone_calls_stable_disease_progressive(cv, progressive):
    """Within six visits, nadir rule, no rule of 5 mm; shares of a prototype written apart from this one."""
    many = 10_000
    sums = noisy_sums(np.full((many, 7), 100.0), cv, seed=3, patients=range(many))
    found = target_responses(sums, replace(criteria(), progression_rise=0.0))
    share = float((found == PD).any(axis=1).mean())
    spread = np.sqrt(progressive * (1 - progressive) / many)
    assert abs(share - progressive) < 4 * spread + 0.004  # the prototype drew 20,000 and told three digits


def test_noise_has_the_spread_and_the_mean_that_it_says():
    factor = noisy_sums(np.full((20_000, 1), 80.0), 0.04, seed=5, patients=range(20_000)) / 80.0
    assert factor.mean() == pytest.approx(1.0, abs=4 * 0.04 / np.sqrt(20_000))
    assert factor.std() == pytest.approx(0.04, rel=0.03)
    assert (noisy_sums([[80.0, 81.0]], 0.0, seed=5, patients=[1]) == [[80.0, 81.0]]).all()
