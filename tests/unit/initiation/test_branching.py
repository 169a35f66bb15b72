"""Chances of dying out: closed forms, and the equation itself."""

import numpy as np
import pytest

from jakstat.biology.lineage_document import lineage_rows
from jakstat.errors import InputError
from jakstat.initiation.branching import dies_out, dies_out_after, founding_share, takes, worst_chances
from jakstat.initiation.lineage import Lineage, Signal

PLAIN = {
    "kdiv_S": 1.0, "share_SS": 0.4, "share_SP": 0.4, "kdeath_S": 0.1,
    "kdiv_P": 0.5, "kdeath_P": 0.2, "kmature_P": 0.5, "kreturn_P": 0.0, "kdeath_D": 0.1,
}  # fmt: skip


def lineage(**given):
    return Lineage(**PLAIN | given)


def mapped(x, q):
    """What the equation of the study makes of chances."""
    s, p = q
    both = x.share_SS * s * s + x.share_SP * s * p + (1 - x.share_SS - x.share_SP) * p * p
    lost = x.kdeath_P + x.kmature_P
    return np.array([
        (x.kdeath_S + x.kdiv_S * both) / (x.kdiv_S + x.kdeath_S),
        (lost + x.kdiv_P * p * p + x.kreturn_P * s) / (x.kdiv_P + lost + x.kreturn_P),
    ])  # fmt: skip


def test_without_return_the_root_is_a_quotient():
    """(l p0 + d)/(l p2) = (0.2 + 0.1)/0.4, and progenitors that only lose die out."""
    assert dies_out(lineage()) == pytest.approx([0.75, 1.0], abs=1e-12)


def test_the_lineage_of_the_study():
    """(0.06 x 0.12 + 0.003)/(0.06 x 0.27) = 0.6296 at 0.06 and 0.003 a day; shares 3.8, 27, 69 %."""
    x = Lineage.of_table(kreturn_P=0.0)
    assert dies_out(x)[0] == pytest.approx(0.0102 / 0.0162, rel=1e-6)
    assert x.growth * 24 == pytest.approx(0.006, rel=1e-6)
    after = 0.06 * 0.85 / (0.006 + 0.04 + 0.011 - 0.05)  # progenitors for each stem-like cell
    last = after * 0.04 / (0.006 + 0.01)
    assert x.composition == pytest.approx(
        np.array([1, after, last]) / (1 + after + last), rel=1e-4
    )  # of rounded rates


@pytest.mark.parametrize(
    "given",
    [{"kreturn_P": 0.01}, {"kdiv_P": 1.0}, {"kdiv_P": 1.0, "kreturn_P": 0.3}, {"kdeath_S": 0.0},
     {"kdeath_S": 2.0, "kreturn_P": 0.1}, {"kdiv_P": 0.0, "kreturn_P": 0.5}],
)  # fmt: skip
def test_the_root_is_the_smallest(given):
    """Plain iteration from 0 rises to the smallest root, if slowly."""
    x, q = lineage(**given), np.zeros(2)
    for _ in range(20_000):
        q = mapped(x, q)
    found = dies_out(x)
    assert found == pytest.approx(q, abs=1e-9)
    assert mapped(x, found) == pytest.approx(found, abs=1e-12)


def test_a_lineage_that_only_just_holds_dies_out():
    """At l p2 = l p0 + d one is a double root, which Newton nears by halves."""
    assert dies_out(lineage(kdeath_S=0.2))[0] == pytest.approx(1.0, abs=1e-6)


def test_many_tumours_at_once_are_the_same():
    deaths = np.array([0.05, 0.1, 0.3])
    together = dies_out(lineage(kdeath_S=deaths))
    assert together == pytest.approx(np.array([dies_out(lineage(kdeath_S=d)) for d in deaths]), abs=1e-14)


def test_a_drug_that_stops_all_division_only_adds_death():
    """Cells that do not divide for T die with 1 - exp(-d T); those left start anew."""
    x, still = lineage(), lineage(kdiv_S=0.0)
    stay = np.exp(-0.1 * 12.0)
    assert dies_out_after(still, x, 12.0)[0] == pytest.approx(1 - stay + stay * 0.75, abs=1e-9)


def test_one_type_under_a_drug_has_kendalls_chance():
    """With SS only: dead at T with d (e - 1)/(l e - d), e = exp((l - d) T); later no cell dies."""
    one = {"share_SS": 1.0, "share_SP": 0.0}
    grown = np.exp((1.0 - 0.6) * 3.0)
    dead = 0.6 * (grown - 1) / (grown - 0.6)
    found = dies_out_after(lineage(**one, kdeath_S=0.6), lineage(**one, kdeath_S=0.0), 3.0)
    assert found[0] == pytest.approx(dead, abs=1e-9)


def test_no_time_and_no_end_are_the_two_roots():
    x = lineage(kreturn_P=0.01)
    drug = lineage(kreturn_P=0.01, share_SS=0.3)
    assert dies_out_after(drug, x, 0.0).tolist() == dies_out(x).tolist()
    assert dies_out_after(drug, x, 2000.0) == pytest.approx(dies_out(drug), abs=1e-8)
    start, worst = worst_chances(drug, x, 5.0)
    assert (worst >= start).all()
    helped = worst_chances(x, drug, 5.0)[1]
    assert helped == pytest.approx(dies_out(drug), abs=1e-12)


def test_halving_the_founders():
    """1 - 1/R is halved where R falls from 1.5 to 1.2: at l = 1, d = 0, shares 0.6 and 0.5454."""
    high, low = (lineage(share_SS=s, share_SP=0.0, kdeath_S=0.0) for s in (0.6, 1.2 / 2.2))
    assert dies_out(low)[0] == pytest.approx(1 / 1.2, abs=1e-9)
    share = [founding_share(dies_out(x), np.array([1.0, 0.0, 0.0])) for x in (high, low)]
    assert share[1] / share[0] == pytest.approx(0.5, abs=1e-9)


def test_take():
    assert takes(np.array([0.0, 10.0]), 0.1).tolist() == pytest.approx([0.0, 1 - np.exp(-1.0)])


def test_signals_change_rates_by_the_shares_of_the_table():
    n = {name: row.value for name, row in lineage_rows().items()}
    x = lineage()
    weak = x.under(Signal(stemness=0.5, division=2.0, apoptosis=n["K_apoptosis"]))
    kept = 1 - n["share_renewal_STAT3"] * (1 - 0.5 ** n["hill_SS"])
    assert weak.share_SS / weak.share_PP == pytest.approx(2.0 * kept)
    assert weak.share_SS + weak.share_PP == pytest.approx(0.6)
    assert weak.kdiv_S == pytest.approx(1 + n["share_division_STAT3"])
    assert weak.kdeath_S == pytest.approx(
        0.1 * (1 + n["gain_apoptosis"] * (0.5 - 1 / (1 + n["K_apoptosis"])))
    )
    still = x.under(Signal())
    assert (still.share_SS, still.kdiv_S, still.kdeath_S) == pytest.approx((0.4, 1.0, 0.1), rel=1e-12)


def test_numbers_grow_as_their_worth_says():
    """The expected numbers, by plain small steps, beside worth x growth."""
    x = lineage(kreturn_P=0.05)
    step = np.eye(3) + 0.001 * (np.eye(3) + 0.0005 * x.means) @ x.means
    for start in ([1.0, 0.0, 0.0], [0.0, 1.0, 0.0]):
        now = np.array(start) @ np.linalg.matrix_power(step, 40_000)
        expected = float(np.array(start) @ x.worth * np.exp(40.0 * x.growth))
        assert now.sum() == pytest.approx(expected, rel=1e-3)
        assert now / now.sum() == pytest.approx(x.composition, rel=2e-3)


def test_what_no_lineage_can_be():
    for given, code in (({"share_SS": 0.7}, "lineage.share"), ({"kdiv_P": -1.0}, "lineage.rate"),
                        ({"kdeath_S": float("nan")}, "lineage.rate")):  # fmt: skip
        with pytest.raises(InputError, match=code):
            lineage(**given)
    with pytest.raises(InputError, match=r"lineage\.rate"):
        dies_out(lineage(kdiv_S=0.0, kdeath_S=0.0))
    with pytest.raises(InputError, match=r"time\.span"):
        dies_out_after(lineage(), lineage(), -1.0)
