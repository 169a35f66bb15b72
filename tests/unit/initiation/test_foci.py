"""Occult foci: what is drawn, and the course that an option predicts."""

from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest

from jakstat.errors import InputError
from jakstat.initiation.branching import dies_out
from jakstat.initiation.foci import (
    draw_foci,
    foci_option,
    foci_options,
    foci_rows,
    initiation_rows,
    recurred_by,
)
from jakstat.initiation.lineage import Lineage
from jakstat.knowledge.record_set import knowledge


def test_every_number_has_a_known_source():
    keys = {*knowledge().sources, *knowledge().quantities, *knowledge().claims}
    assert {row.source for row in (*foci_rows(), *initiation_rows().values())} <= keys


def test_a_patient_has_the_same_focus_in_any_batch():
    option = foci_option("few_100")
    whole, rest = draw_foci(option, patients=30, seed=5), draw_foci(option, patients=10, seed=5, first=20)
    assert whole.numbers[20:].tolist() == rest.numbers.tolist()
    assert whole.doubling[20:].tolist() == rest.doubling.tolist()


def test_draws_have_the_shares_of_the_table():
    """Binomial errors of 4,000: three of them."""
    option = replace(foci_option("large"), size_spread=1.0)
    foci = draw_foci(option, patients=4000, seed=2)
    there = foci.numbers.sum(axis=1) > 0
    assert abs(there.mean() - option.share) < 3 * np.sqrt(option.share * (1 - option.share) / 4000)
    assert (foci.numbers.sum(axis=1) <= option.largest).all()
    # 35 % below 3 and 37.6 % above 9 months of 30.4375 days: what the two numbers were solved for
    months = foci.doubling / 30.4375
    assert abs((months < 3).mean() - 0.35) < 3 * np.sqrt(0.35 * 0.65 / 4000)
    assert abs((months > 9).mean() - 0.376) < 3 * np.sqrt(0.376 * 0.624 / 4000)


def test_the_published_doubling_times_exactly():
    option, normal = foci_option("large"), NormalDist()
    for months, below in ((3.0, 0.35), (9.0, 1 - 0.376)):
        z = np.log(months * 30.4375 / option.doubling_median) / option.doubling_spread
        assert normal.cdf(z) == pytest.approx(below, abs=0.001)


def test_foci_of_one_size_by_hand():
    """log2(5e8/1e8) = 2.3219 doublings of 167 d: 12.74 months; a normal deviate of the logarithm."""
    option = replace(foci_option("large"), share=0.8, size_median=1e8, size_spread=1e-9)
    found = recurred_by(option, np.array([12.74, 60.0]))
    z = np.log(60.0 * 30.4375 / (167.0 * np.log2(5.0))) / 1.567
    assert found == pytest.approx([0.4, 0.8 * NormalDist().cdf(z)], rel=1e-3)


def test_single_cells_are_there_with_one_less_the_chance_of_all_to_die():
    """In the end 1 - q^10 of foci of ten stem-like cells."""
    option = replace(foci_option("few_10"), size_spread=1e-9)
    assert recurred_by(option, np.array([1e9]))[0] == pytest.approx(
        1 - dies_out(Lineage.of_table())[0] ** 10, rel=1e-6
    )


def test_no_month_no_recurrence():
    for name in foci_options():
        course = recurred_by(foci_option(name), np.array([0.0, 1.0, 12.0, 60.0, 600.0]))
        assert course[0] == pytest.approx(0.0, abs=1e-6)
        assert (np.diff(course) > 0).all()


def test_unknown_option():
    with pytest.raises(InputError, match=r"foci\.unknown"):
        foci_option("big")
