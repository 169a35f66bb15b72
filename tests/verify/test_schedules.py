"""What schedules of known drugs do to cells. What is reported stands with each test."""

import numpy as np
import pytest

from jakstat.response.schedules import compare_schedules


@pytest.fixture(scope="module")
def ruxolitinib():
    texts = ["20 mg PO BID", "40 mg PO QD", "10 mg PO QID", "140 mg PO BID day 1 qw"]
    return compare_schedules("hepg2", "ruxolitinib", texts, days=14, suppress=10, parts="auto")


@pytest.mark.xfail(strict=True, reason="7.4 % lower at 10 h since the shift of HepG2 is that of whole blood")
def test_ruxolitinib_suppresses_between_doses_only(ruxolitinib):
    """Reported: pSTAT3 is lowest 2 h after a dose and near its baseline at 10 h (alomedika). Ours: 0.75 h."""
    time = ruxolitinib["time"].values - 13 * 24.0
    lower = 100 * (1 - ruxolitinib["pSTAT3"].values[0] / ruxolitinib["untreated_pSTAT3"].values)
    first = (time >= 0) & (time < 12)
    deepest = time[first][np.argmax(lower[first])]
    assert 0.5 <= deepest <= 2.5
    at_ten = lower[np.argmin(np.abs(time - 10))]
    assert at_ten < 0.25 * lower[first].max()
    assert at_ten < 5.0


@pytest.mark.xfail(
    strict=True,
    reason="suppression still deepens 1.2-fold from 0.75 to 2 h: receptors lose their phosphate slowly",
)
def test_loss_of_socs3_brings_pstat3_back_under_the_drug(ruxolitinib):
    """From 0.75 to 2 h the drug falls by a fifth only; without SOCS3 suppression lasts."""
    bare = compare_schedules(
        "hepg2", "ruxolitinib", ["20 mg PO BID"], days=14, perturb={"SOCS3": 0.0}, parts="auto"
    )
    kept = []
    for found in (ruxolitinib, bare):
        lower = 1 - found["pSTAT3"].values[0] / found["untreated_pSTAT3"].values
        time = found["time"].values - 13 * 24.0
        early, late = (lower[np.argmin(np.abs(time - hour))] for hour in (0.75, 2.0))
        kept.append(late / early)
    assert kept[0] < 0.7
    assert kept[1] > 0.9


def test_the_same_dose_in_more_pieces_suppresses_longer(ruxolitinib):
    bid, qd, qid, pulsed = range(4)
    mean, share = ruxolitinib["suppression"].values, ruxolitinib["share_suppressed"].values
    assert np.ptp(ruxolitinib["AUC_unbound"].values) < 0.01 * ruxolitinib["AUC_unbound"].values.max()
    assert mean[qid] > mean[bid] > mean[qd] > mean[pulsed]
    assert share[qid] > share[bid] > share[qd] > share[pulsed]
    assert ruxolitinib["deepest"].values[pulsed] > ruxolitinib["deepest"].values[qid]
    assert ruxolitinib["front"].values.tolist() == [False, False, True, False]


@pytest.mark.parametrize(
    ("drug", "regimen", "spread"),
    [("siltuximab", "11 mg/kg IV q3w", 0.5), ("tocilizumab", "8 mg/kg IV q4w", 5.0)],
)
def test_an_antibody_suppresses_continuously(drug, regimen, spread):
    found = compare_schedules("hepg2", drug, [regimen], parts="auto")
    most = found.attrs["unstimulated"]
    assert float(found["shallowest"].values[0]) > most - spread
    assert float(found["deepest"].values[0] - found["shallowest"].values[0]) < spread


@pytest.mark.xfail(
    strict=True, reason="siltuximab holds 89.1 % at IL-6 10 ng/ml since the core was fitted anew"
)
def test_more_il6_outweighs_a_low_trough_of_tocilizumab_but_not_siltuximab():
    shares = {}
    for drug, regimen in (("siltuximab", "11 mg/kg IV q3w"), ("tocilizumab", "8 mg/kg IV q4w")):
        found = compare_schedules("hepg2", drug, [regimen], stimuli="IL6=10ng/ml", parts="auto")
        shares[drug] = float(found["shallowest"].values[0])
    assert shares["siltuximab"] > 90
    assert shares["tocilizumab"] < 60
