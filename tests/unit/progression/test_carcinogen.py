"""The mouse given a carcinogen: the size of a clone, and what STAT3 of its hepatocytes does to tumours."""

import numpy as np
import pytest

from jakstat.errors import InputError
from jakstat.progression.carcinogen import carcinogen_mice, carcinogen_rows, clone_above
from jakstat.streams import stream


def test_a_clone_that_never_dies_is_geometric():
    """Yule: more than n cells with probability (1 - exp(-b t))^n."""
    cells = np.arange(6.0)
    found = clone_above(cells, np.array(1.5), np.array(0.0), np.array(0.8))
    assert found == pytest.approx((1.0 - np.exp(-1.2)) ** cells, rel=1e-12)


def test_the_chance_to_live_is_the_published_one():
    """In the end 1 - d/b of founders have a clone."""
    assert clone_above(np.array(0.0), np.array(3.0), np.array(1.0), np.array(50.0)) == pytest.approx(2 / 3)


def test_the_size_of_a_clone_agrees_with_clones_drawn_one_by_one():
    b, d, t, people = 2.0, 1.2, 2.5, 4000
    sizes = np.zeros(people)
    for k in range(people):
        draws, now, cells = stream(11, "clone", k), 0.0, 1
        while cells:
            now += draws.exponential() / ((b + d) * cells)
            if now > t:
                break
            cells += 1 if draws.random() < b / (b + d) else -1
        sizes[k] = cells
    for n in (0, 5, 20):
        p = float(clone_above(np.array(float(n)), np.array(b), np.array(d), np.array(t)))
        z = ((sizes > n).mean() - p) / np.sqrt(p * (1.0 - p) / people)
        assert abs(z) < 3.0, n


@pytest.fixture(scope="module")
def males():
    return carcinogen_mice(("SOCS3=0",), draws=60)


def test_without_socs3_more_tumours_and_earlier(males):
    """C127; riehle2008 and ogata2006 saw the direction."""
    assert (males.exposure_changed > males.exposure).all()
    assert (males.ratio() > 1.0).all()
    both = np.isfinite(males.half_age(changed=False))
    assert (males.half_age(changed=True)[both] < males.half_age(changed=False)[both]).all()


def test_the_two_fitted_numbers_come_out(males):
    assert males.count[0] == pytest.approx(carcinogen_rows()["tumours_male"].value, rel=1e-6)
    silent = carcinogen_mice(("STAT3=0.001",), draws=1)  # nothing above rest is left, nor rest itself
    assert silent.count_changed[0] < -np.log1p(-carcinogen_rows()["incidence_no_IL6"].value)


def test_half_of_socs3_lies_between_and_less_stat3_means_fewer(males):
    half = carcinogen_mice(("SOCS3=0.5",), draws=1)
    less = carcinogen_mice(("STAT3=0.5",), draws=1)
    assert 1.0 < half.ratio()[0] < males.ratio()[0]
    assert less.ratio()[0] < 0.5


def test_females_have_fewer(males):
    females = carcinogen_mice(("SOCS3=0",), sex="female", draws=1)
    assert females.count[0] < 0.2 * males.count[0]


def test_every_problem_at_once():
    with pytest.raises(InputError) as caught:
        carcinogen_mice((), sex="x", until=9.0)
    assert [p.code for p in caught.value.problems] == ["person.sex", "time.range", "mouse.unchanged"]
    with pytest.raises(InputError, match="NOGENE"):
        carcinogen_mice(("NOGENE=0",), draws=1)
