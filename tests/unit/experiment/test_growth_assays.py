"""The birth-death process against closed forms and against a plain stochastic simulation."""

import numpy as np
import pytest

from jakstat.errors import InputError
from jakstat.experiment.assay_numbers import assay_number, assay_rows
from jakstat.experiment.birth_death import probability_of_at_least
from jakstat.experiment.growth_assays import (
    DeathSwitch,
    colonies,
    death_without_hold,
    growth_rate_inhibition,
    spheres,
)
from jakstat.streams import stream

HOURS = np.linspace(0.0, 48.0, 4801)
ONE = np.ones_like(HOURS)


def closed_form(birth, death, hours, count):
    """Bailey's solution for constant rates (in any textbook), written apart from Kendall's integrals."""
    if birth == death:
        alpha = beta = birth * hours / (1.0 + birth * hours)
    else:
        grown = np.exp((birth - death) * hours)
        alpha = death * (grown - 1.0) / (birth * grown - death)
        beta = birth * (grown - 1.0) / (birth * grown - death)
    return (1.0 - alpha) * beta ** (count - 1)


@pytest.mark.parametrize(("birth", "death"), [(0.06, 0.01), (0.02, 0.05), (0.03, 0.03), (0.05, 0.0)])
@pytest.mark.parametrize("count", [1, 2, 10, 50])
def test_constant_rates_have_a_closed_form(birth, death, count):
    found = probability_of_at_least(HOURS, birth * ONE, death * ONE, count=count)
    assert found == pytest.approx(closed_form(birth, death, 48.0, count), rel=2e-5, abs=1e-300)


def simulated(birth, death, most, hours, count, founders, seed):
    """Share of founders with at least `count` living descendants, one event at a time, rates thinned."""
    random = stream(seed, "birth-death")
    reached = 0
    for _ in range(founders):
        cells, time = 1, 0.0
        while cells:
            time += random.exponential(1.0 / (most * cells))
            if time >= hours:
                break
            pick = random.random() * most
            cells += 1 if pick < birth(time) else -1 if pick < birth(time) + death(time) else 0
        reached += cells >= count
    return reached / founders


@pytest.mark.parametrize("count", [1, 5, 12])
def test_changing_rates_agree_with_single_events(count):
    """A drug that comes at 12 h and is lost again: division falls, death rises."""

    def birth(t):
        return 0.07 - 0.05 * (t > 12) * np.exp(-(t - 12) / 10)

    def death(t):
        return 0.01 + 0.06 * (t > 12) * np.exp(-(t - 12) / 10)

    founders = 1500
    share = simulated(birth, death, 0.14, 48.0, count, founders, seed=3)
    found = float(probability_of_at_least(HOURS, birth(HOURS), death(HOURS), count=count))
    assert abs(share - found) < 4 * np.sqrt(found * (1 - found) / founders)
    assert 0.02 < found < 0.95
    constant = closed_form(0.07, 0.01, 48.0, count)
    assert abs(share - constant) > 4 * np.sqrt(found * (1 - found) / founders)  # the test can fail


def test_the_probabilities_add_up_to_the_mean():
    birth, death = 0.05 + 0.02 * np.sin(HOURS), 0.02 * ONE
    tail = [float(probability_of_at_least(HOURS, birth, death, count=n)) for n in range(1, 400)]
    assert sum(tail) == pytest.approx(float(np.exp(np.trapezoid(birth - death, HOURS))), rel=1e-4)


def test_lanes_are_kept_apart_and_nan_stays_nan():
    birth = np.stack([0.05 * ONE, np.nan * ONE, 0.02 * ONE])
    found = probability_of_at_least(HOURS, birth, 0.01 * ONE, count=5)
    assert np.isnan(found).tolist() == [False, True, False]
    assert found[0] > found[2]


@pytest.mark.parametrize("count", [0, -3, float("nan")])
def test_a_threshold_below_one_cell_is_refused(count):
    with pytest.raises(InputError, match="give 1 or more"):
        probability_of_at_least(HOURS, ONE, ONE, count=count)


def test_gr_values():
    assert growth_rate_inhibition(np.array([4.0, 2.0, 1.0, 0.5]), 4.0) == pytest.approx(
        [1.0, 2**0.5 - 1, 0.0, 2**-0.5 - 1]
    )
    assert np.isnan(growth_rate_inhibition(np.array([0.5]), 0.9)).all()
    # a slow and a fast line whose rate of division is halved have the same GR value, not the same viability
    slow, fast = growth_rate_inhibition(np.array([2.0]), 4.0), growth_rate_inhibition(np.array([8.0]), 64.0)
    assert slow == pytest.approx(fast)


def test_colonies_fall_with_division_and_with_death():
    hours = np.linspace(0, 336, 673)
    plated, cells = assay_number("plating_efficiency"), int(assay_number("colony_threshold"))
    found = []
    for birth, death in ((0.02, 0.001), (0.01, 0.001), (0.02, 0.01)):
        per_seeded = colonies(hours, np.full(673, birth), np.full(673, death))
        assert per_seeded == pytest.approx(plated * closed_form(birth, death, 336.0, cells), rel=1e-3)
        found.append(per_seeded)
    assert plated > found[0] > max(found[1:])


def test_cells_without_a_hold_die_on_the_same_switch():
    switch = DeathSwitch(0.1, 4.0)
    load = np.array([0.2, 1.0, 3.0, 30.0])

    def rate(load):
        return 0.1 * load**4 / (3.0**4 + load**4)

    wanted = rate(assay_number("anoikis_load") * load)
    assert death_without_hold(rate(load), switch) == pytest.approx(wanted)
    assert death_without_hold(np.array([0.1]), switch) == pytest.approx([0.1])


def test_spheres_need_founders_and_survival():
    hours, one = np.linspace(0, 240, 481), np.ones(481)
    switch = DeathSwitch(0.1, 4.0)
    safe, doomed = 1e-5 * one, 0.03 * one
    few = spheres(hours, 0.03 * one, doomed, one, switch)
    assert few < spheres(hours, 0.03 * one, safe, one, switch) / 50
    half = spheres(hours, 0.03 * one, safe, np.linspace(0, 1, 481), switch)
    assert half == pytest.approx(spheres(hours, 0.03 * one, safe, one, switch) / 2)
    crowd = spheres(hours, 0.03 * one, safe, 1e6 * one, switch)
    assert crowd <= 1.0


def test_the_table_is_assumed_where_it_is_recalled():
    for row in assay_rows().values():
        assert row.grade == "assumed" if row.source == "recalled" else row.source == "protocol"
        assert row.note
