"""Assays of founders on simulated tumours, beside the formula."""

import numpy as np
import pytest

from jakstat.errors import InputError
from jakstat.initiation.branching import dies_out, dies_out_after, takes
from jakstat.initiation.founder_assays import (
    arms_of,
    composition_of,
    culture_clock,
    dilute,
    founder_frequency,
    graft,
    pass_spheres,
    xenograft_clock,
)
from jakstat.initiation.limiting_dilution import analyse_dilution
from jakstat.initiation.lineage import Lineage, Signal
from jakstat.initiation.lineage_paths import numbers_after
from tumour_model import course, tumour_model

PURE = np.array([1.0, 0.0, 0.0])
WEAK = {"control": Signal(), "treated": Signal(stemness=0.6)}


def test_the_lineage_is_that_of_the_tumour_part():
    """Rules of tumour/lineage at the start of the same tumour under two signals, by the engine."""
    ports = {"stemness_stem": "given_s", "division_stem": "given_d", "apoptosis_stem": "given_a"}
    model = tumour_model(given=ports, numbers=tuple(ports.values()))
    names = ("self_renewal", "division_S", "loss_S")
    rest = course(model, 1.0, *names, points=2, given_s=1.0, given_d=1.0, given_a=1.0)
    found = course(model, 1.0, *names, points=2, given_s=0.7, given_d=0.9, given_a=20.0)
    table = Lineage.of_table()
    ours = table.under(Signal(stemness=0.7, division=0.9, apoptosis=20.0))
    assert ours.share_SS == pytest.approx(found[0][0], rel=1e-9)
    assert ours.kdiv_S / table.kdiv_S == pytest.approx(found[1][0] / rest[1][0], rel=1e-9)
    assert ours.kdeath_S / table.kdeath_S - 1 == pytest.approx(found[2][0] - rest[2][0], rel=1e-9)


def test_arms():
    control, treated = arms_of(WEAK, hours=500.0)
    assert (control.hours, treated.hours, treated.later) == (np.inf, 500.0, control.lineage)
    assert founder_frequency(control, PURE) == pytest.approx(1 - dies_out(control.lineage)[0])
    q = dies_out_after(treated.lineage, control.lineage, 500.0)[0]
    assert founder_frequency(treated, PURE) == pytest.approx(1 - q)
    always = arms_of(WEAK)[1]
    assert (
        founder_frequency(always, PURE) < founder_frequency(treated, PURE) < founder_frequency(control, PURE)
    )


def test_cells_that_are_given():
    assert composition_of(None) == pytest.approx(Lineage.of_table().composition)
    half = composition_of(0.5)
    assert (half[0], half.sum()) == (0.5, pytest.approx(1.0))
    for share in (0.0, 1.5, float("nan")):
        with pytest.raises(InputError, match=r"assay\.stem-share"):
            composition_of(share)


def test_wells_grow_as_often_as_the_formula_says():
    """1,000 wells of each dose and arm: four binomial errors around 1 - (1 - f)^dose."""
    arms = arms_of(WEAK, hours=2000.0)
    found = dilute(arms, PURE, doses=[3, 1], wells=1000, seed=2)
    for arm in arms:
        rows = found.of_group(arm.name)
        chance = 1 - (1 - founder_frequency(arm, PURE)) ** rows.dose
        assert (np.abs(rows.positive / 1000 - chance) < 4 * np.sqrt(chance * (1 - chance) / 1000)).all()


def test_the_estimator_finds_the_frequency_that_was_put_in():
    """Of cells of a tumour, 2,000 wells: within four standard errors of the logarithm."""
    arms = arms_of(WEAK)
    composition = composition_of(None)
    found = analyse_dilution(dilute(arms, composition, doses=[200, 50], wells=1000, seed=3))
    for arm, one in zip(arms, found.frequencies, strict=True):
        error = np.log(one.high / one.low) / (2 * 1.96)
        assert abs(np.log(one.value / founder_frequency(arm, composition))) < 4 * error
    assert found.difference.p < 1e-4


def test_wells_are_the_same_in_every_run_and_differ_between_arms():
    same = {"a": Signal(), "b": Signal()}
    first, again = (dilute(arms_of(same), PURE, doses=[1], wells=400, seed=5) for _ in range(2))
    assert first.positive.tolist() == again.positive.tolist()
    assert first.positive[0] != first.positive[1]


def test_first_spheres_are_single_cells_with_twenty_descendants():
    """Single stem-like cells followed by themselves; three errors of the difference."""
    [control] = arms_of({"control": Signal()})
    clocked = control.lineage.faster(0.03 / 0.0025)
    apart, _ = numbers_after(clocked, 240.0, np.tile([1.0, 0.0, 0.0], (3000, 1)), seed=77)
    share = (apart.sum(axis=1) >= 20).mean()
    [found] = pass_spheres([control], PURE, division=0.03, cells=3000, passages=1, seed=1)
    assert abs(found.spheres / 3000 - share) < 3 * np.sqrt(2 * share * (1 - share) / 3000)


@pytest.mark.long
def test_spheres_without_renewal_lose_their_stem_like_cells_first():
    """Progenitors nearly keep themselves up, so spheres of theirs are left for some passages."""
    arms = arms_of({"control": Signal(), "treated": Signal(stemness=0.1)})
    found = pass_spheres(arms, PURE, division=0.03, cells=4000, passages=6, seed=1)
    assert [one.stem_share for one in found if one.passage == 1] == [1.0, 1.0]
    control, treated = (one for one in found if one.passage == 6)
    assert treated.stem_share < 0.2 * control.stem_share
    assert control.spheres - treated.spheres > 3 * np.sqrt(control.spheres + treated.spheres)


def test_no_sphere_no_passage():
    found = pass_spheres(arms_of({"control": Signal()}), np.array([0.0, 0.0, 1.0]), division=0.03, cells=50,
                         passages=3, seed=1)  # fmt: skip
    assert [(one.passage, one.spheres) for one in found] == [(1, 0)]


def test_animals_take_as_the_formula_says():
    arms = arms_of(WEAK)
    found = graft(arms, PURE, doses=[3, 1], animals=500, seed=4)
    for one in found:
        exact = 1 - (1 - founder_frequency(next(a for a in arms if a.name == one.arm), PURE)) ** one.cells
        took = np.isfinite(one.day).mean()
        assert abs(took - exact) < 4 * np.sqrt(exact * (1 - exact) / 500)
        f = founder_frequency(next(a for a in arms if a.name == one.arm), PURE)
        assert one.expected == pytest.approx(float(takes(one.cells, f)))


def test_untreated_xenografts_double_as_the_table_says():
    """From 1e6 cells of a tumour to 1e8: log2(100) doublings of 7 days."""
    [one] = graft(arms_of({"control": Signal()}), composition_of(None), doses=[1_000_000], animals=5, seed=1)
    assert one.day == pytest.approx(7 * np.log2(100.0), rel=0.02)
    assert one.palpable(60.0) == 5
    assert one.palpable(30.0) == 0


def test_a_drug_for_some_weeks_delays_less_than_one_for_ever():
    doses = {"doses": [10_000], "animals": 20, "seed": 1}
    days = [
        np.median(graft(arms, composition_of(None), **doses)[1].day)
        for arms in (arms_of(WEAK, hours=14 * 24 * xenograft_clock()), arms_of(WEAK))
    ]
    plain = np.median(graft(arms_of(WEAK), composition_of(None), **doses)[0].day)
    assert plain < days[0] < days[1]


def test_clocks():
    assert culture_clock(0.03) == pytest.approx(12.0)
    assert xenograft_clock() * Lineage.of_table().growth == pytest.approx(np.log(2) / 168.0)


def test_refusals():
    arms = arms_of(WEAK)
    for doses in ([], [0], [1.5], [-3], [1e13]):
        with pytest.raises(InputError, match=r"dilution\.dose"):
            dilute(arms, PURE, doses=doses, wells=8, seed=1)
    with pytest.raises(InputError, match=r"count\.range"):
        dilute(arms, PURE, doses=[10], wells=0, seed=1)
    with pytest.raises(InputError, match=r"time\.span"):
        arms_of(WEAK, hours=0.0)
    with pytest.raises(InputError, match=r"count\.range"):
        pass_spheres(arms, PURE, division=0.03, cells=10, passages=21, seed=1)
