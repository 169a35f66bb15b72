"""Recurrence from occult foci, with and without an adjuvant therapy."""

from dataclasses import replace

import numpy as np
import pytest

from jakstat.errors import InputError
from jakstat.initiation.branching import dies_out
from jakstat.initiation.foci import draw_foci, foci_option, foci_options, recurred_by
from jakstat.initiation.lineage import Lineage
from jakstat.initiation.recurrence import MONTHS, Adjuvant, recurrence

PATIENTS = 2000


@pytest.fixture(scope="module")
def plain():
    return {name: recurrence(name, patients=PATIENTS, seed=4) for name in foci_options()}


@pytest.mark.parametrize("name", foci_options())
def test_simulated_foci_follow_the_curve_that_was_fitted(plain, name):
    """Three binomial errors, and 0.02 for chance in the first divisions, which the curve leaves out."""
    expected = recurred_by(foci_option(name), np.array(MONTHS))
    slack = 3 * np.sqrt(expected * (1 - expected) / PATIENTS) + 0.02
    assert (np.abs(plain[name].share_by(MONTHS) - expected) < slack).all()
    assert plain[name].failed == 0


@pytest.mark.parametrize("name", foci_options())
def test_recurrence_at_five_years(plain, name):
    """55 to 75 % under either assumption (the resections of Guangzhou: 66 %, Samsung: 60 %)."""
    assert 0.55 < plain[name].share_by((60.0,))[0] < 0.75


def test_a_large_focus_doubles_as_the_patient_says(plain):
    """Its composition is that of long growth: month = doubling time x log2(detection/size)."""
    foci = draw_foci(foci_option("large"), patients=PATIENTS, seed=4)
    there = foci.numbers.sum(axis=1) > 0
    size, doubling = foci.numbers.sum(axis=1)[there], foci.doubling[there]
    by_hand = doubling * np.log2(5e8 / size) / 30.4375
    assert plain["large"].month[there] == pytest.approx(by_hand, rel=0.01)
    assert np.isinf(plain["large"].month[~there]).all()


def test_few_cells_die_out_as_the_formula_says():
    option = replace(foci_option("few_10"), size_median=3.0, size_spread=1e-9)
    found = recurrence(option, patients=4000, seed=6)
    chance = 1 - dies_out(Lineage.of_table())[0] ** 3
    assert abs(np.isfinite(found.month).mean() - chance) < 3 * np.sqrt(chance * (1 - chance) / 4000)


def test_patients_keep_their_fate_in_any_batch():
    whole = recurrence("few_10", patients=60, seed=3, adjuvant=Adjuvant(growth=0.5, founders=0.5))
    rest = recurrence("few_10", patients=20, seed=3, adjuvant=Adjuvant(growth=0.5, founders=0.5), first=40)
    assert whole.month[40:].tolist() == rest.month.tolist()


def test_half_the_growth_for_a_year_costs_half_a_year(plain):
    """Of large foci: what came later than 6 months comes 6 months later, what came before twice as late."""
    slow = recurrence("large", patients=PATIENTS, seed=4, adjuvant=Adjuvant(growth=0.5)).month
    fast = plain["large"].month
    late = np.isfinite(fast) & (fast > 7.0)
    early = fast < 5.5
    assert slow[late] - fast[late] == pytest.approx(6.0, abs=0.05)
    assert slow[early] == pytest.approx(2 * fast[early], rel=0.03, abs=0.02)


def test_fewer_founders_prevent_and_delay_none(plain):
    half = recurrence("few_10", patients=PATIENTS, seed=4, adjuvant=Adjuvant(founders=0.5)).month
    kept = np.isfinite(half)
    assert half[kept].tolist() == plain["few_10"].month[kept].tolist()
    # each of n cells founds with f = 1 - q, or with f/2: the share of tumours that are left
    stem = draw_foci(foci_option("few_10"), patients=PATIENTS, seed=4).numbers[:, 0]
    f = 1 - dies_out(Lineage.of_table())[0]
    expected = (1 - (1 - f / 2) ** stem).mean()
    assert abs(kept.mean() - expected) < 3 * np.sqrt(expected * (1 - expected) / PATIENTS)
    none = recurrence("few_10", patients=200, seed=4, adjuvant=Adjuvant(founders=0.0))
    assert np.isinf(none.month).all()


def test_large_foci_are_past_founding(plain):
    half = recurrence("large", patients=PATIENTS, seed=4, adjuvant=Adjuvant(founders=0.5))
    assert half.month.tolist() == plain["large"].month.tolist()


def test_less_stemness_for_a_year_prevents_some_of_the_few_and_delays_the_large(plain):
    weak = Adjuvant(stemness=0.75)
    few = recurrence("few_10", patients=PATIENTS, seed=4, adjuvant=weak)
    large = recurrence("large", patients=PATIENTS, seed=4, adjuvant=weak)
    assert np.isfinite(few.month).sum() < np.isfinite(plain["few_10"].month).sum()
    there = np.isfinite(plain["large"].month)
    assert np.isfinite(large.month).sum() == there.sum()
    assert (large.month[there] >= plain["large"].month[there] - 1e-9).all()


def test_a_drug_that_ends_the_lineage_ends_recurrence():
    """Without any stem-like division for ten years only foci that are seen soon come back."""
    found = recurrence("few_10", patients=300, seed=4, adjuvant=Adjuvant(stemness=1e-3, months=120.0))
    assert np.isfinite(found.month).mean() < 0.2


def test_what_no_therapy_can_be():
    with pytest.raises(InputError) as caught:
        Adjuvant(months=-1.0, growth=0.0, founders=2.0)
    assert [p.field for p in caught.value.problems] == ["--months", "--growth", "--founders"]
    with pytest.raises(InputError, match=r"count\.range"):
        recurrence("large", patients=0, seed=1)
