import pytest

from jakstat.knowledge import knowledge
from jakstat.knowledge.nearness import FACETS, FACTORS, SPREADS, Range, widened


@pytest.mark.parametrize("facet", FACETS)
def test_a_facet_that_is_not_shared_widens_by_its_factor(facet):
    near = [f for f in FACETS if f != facet]
    got = widened(10.0, 5.0, 20.0, grade="measured", near=near)
    assert got == Range(5.0 / FACTORS[facet], 20.0 * FACTORS[facet])


@pytest.mark.parametrize("grade", sorted(SPREADS))
def test_a_number_without_range_is_spread_by_its_grade(grade):
    got = widened(10.0, None, None, grade=grade, near=FACETS)
    assert got == Range(10.0 / SPREADS[grade], 10.0 * SPREADS[grade])


def test_a_recalled_range_is_widened_and_shares_end_at_one():
    assert widened(0.5, 0.4, 0.8, grade="assumed", near=FACETS, at_most=1.0) == Range(0.2, 1.0)


def test_signed_numbers_are_widened_about_their_value():
    assert widened(-2.0, -3.0, -1.0, grade="measured", near=("species", "cell")) == Range(-4.0, 0.0)
    assert widened(0.0, None, None, grade="measured", near=FACETS) == Range(0.0, 0.0)


def test_every_quantity_lies_in_the_range_it_may_be_used_in():
    for q in knowledge().quantities.values():
        if q.used_range is None:
            assert q.grade == "missing"
            assert q.note
        else:
            assert q.used_range.low <= q.value <= q.used_range.high, q.id
            if q.low is not None and q.high is not None:
                assert q.used_range.low <= q.low
                assert q.used_range.high >= min(q.high, 1.0 if q.unit == "fraction" else q.high)


def test_far_is_what_near_is_not():
    q = knowledge().quantities["Q047"]
    assert set(q.far) | set(q.near) == set(FACETS)
    assert "species" in q.far
