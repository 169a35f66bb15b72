"""The two loops through secreted ligands: what each adds to pSTAT3, and whether a cell switches.

VEGFA - VEGFR2 (KDR) - Src - STAT3 - VEGFA, and TNF - NF-kB - IL-6 - STAT3.
"""

import numpy as np
import pytest

from jakstat.equilibria.bistability import bistability
from jakstat.equilibria.situation import situation
from jakstat.equilibria.steady_states import steady_states
from jakstat.experiment.describe import make_protocol
from jakstat.store import attribute


def resting(context, names, given="", **others):
    """Readouts at rest under factors on genes; the parts follow from what is named."""
    protocol = make_protocol(context, perturb=given or None, observe=names, **{"parts": "auto", **others})
    found = steady_states(protocol, starts=0)
    assert str(found["stability"].values[0]) == "stable"
    return {name: float(found[name].values[-1]) for name in names.split(",")}


def test_vegf_loop_raises_pstat3_and_cutting_it_anywhere_undoes_that():
    factors = ("KDR=30,VEGFA=1", "KDR=30,VEGFA=0", "KDR=0,VEGFA=1")
    loop, no_ligand, no_receptor = (resting("hepg2", "pSTAT3,VEGFA", factor.split(",")) for factor in factors)
    assert loop["pSTAT3"] > 1.5 * no_ligand["pSTAT3"]
    assert no_ligand["pSTAT3"] == pytest.approx(no_receptor["pSTAT3"], rel=1e-3)
    assert no_ligand["VEGFA"] == pytest.approx(0.0, abs=1e-9)


def test_vegf_loop_closes_stat3_makes_the_vegfa_that_feeds_it():
    """Without STAT3 there is less VEGFA mRNA: the way back exists."""
    with_, without = (resting("hepg2", "VEGFA_mRNA", f"STAT3={x}") for x in (1, 0.01))
    assert without["VEGFA_mRNA"] < 0.95 * with_["VEGFA_mRNA"]


def test_vegf_loop_does_not_switch_over_a_thousandfold_range_of_its_receptor():
    found = bistability(make_protocol("hepg2", observe="pSTAT3", parts="auto"), "KDR=0.1..100:7", starts=2)
    assert found.attrs["verdict"] == "monostable"


def test_tnf_reaches_stat3_through_il6_only():
    """At 1 ng/ml TNF the cell rests; without its own IL-6 the TNF does nothing to STAT3."""
    held = {"stimuli": "TNF=1ng/ml"}
    loop = resting("hepg2", "pSTAT3,NFKB_nuclear", **held)
    cut = resting("hepg2", "pSTAT3,NFKB_nuclear", "IL6=0", **held)
    rest = resting("hepg2", "pSTAT3,NFKB_nuclear", "IL6=0")
    assert loop["pSTAT3"] > 1.5 * cut["pSTAT3"]
    assert cut["pSTAT3"] == pytest.approx(rest["pSTAT3"], rel=0.01)
    assert cut["NFKB_nuclear"] > 5 * rest["NFKB_nuclear"]


def test_stat3_feeds_back_on_il6_under_tnf():
    """By IL6 transcription; what STAT3 adds to nuclear NF-kB is taken back at rest by IkB-alpha."""
    names = "IL6_mRNA,NFKB_nuclear"
    loop, cut = (resting("hepg2", names, f"STAT3={x}", stimuli="TNF=1ng/ml") for x in (1, 0.01))
    assert loop["IL6_mRNA"] > 1.02 * cut["IL6_mRNA"]
    assert loop["NFKB_nuclear"] == pytest.approx(cut["NFKB_nuclear"], rel=0.01)


@pytest.mark.long
def test_tnf_held_high_makes_nfkb_oscillate_about_one_steady_state():
    found = bistability(
        make_protocol("hepg2", observe="NFKB_nuclear", parts="auto"), "TNF=0.5..1.7ng/ml:5", starts=0
    )
    assert found.attrs["verdict"] == "oscillating"
    assert 0.8 < attribute(found.attrs, "oscillations")[0]["low"] < 1.6
    assert any("TNF is held" in note for note in found.attrs["notes"])


def after_days(start, **factors):
    """Extremes of nuclear NF-kB of a macrophage in days 17 to 25, from this much TNF (zmol)."""
    place = situation(make_protocol("macrophage", observe="NFKB_nuclear", parts="nfkb"))
    course = place.model.simulate(
        np.linspace(0.0, 600.0, 601), {f"factor_{k}": v for k, v in factors.items()}, {"TNF": start},
        outputs=["RELA_nuc"],
    ).amount("RELA_nuc")[0, -200:]  # fmt: skip
    return float(course.min()), float(course.max())


def test_macrophage_with_more_nfkb_remembers_tnf_because_it_makes_tnf_not_because_of_il6():
    """Beyond the fold at 1.1 times its RELA; at its own RELA it forgets."""
    _, low = after_days(0.0, RELA=1.2)
    _, high = after_days(1000.0, RELA=1.2)
    assert high > 50 * low
    _, without_tnf = after_days(1000.0, RELA=1.2, TNF=0.0)
    assert without_tnf < 2 * low
    _, without_il6 = after_days(1000.0, RELA=1.2, IL6=0.0)
    assert without_il6 == pytest.approx(high, rel=0.05)
    assert after_days(1000.0)[1] == pytest.approx(after_days(0.0)[1], rel=1e-3)
