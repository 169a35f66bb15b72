"""Crosstalk keeps its own expected numbers, leaves the calibrated core alone, and needs its players."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from jakstat.biology import assemble, part
from jakstat.engine.load import load_sbml
from jakstat.evidence.measures import Run, measure
from jakstat.experiment.run import simulate

CROSSTALK = ("ras_mapk", "rtk_src", "akt_mtor", "nfkb", "hypoxia_vegf", "il6_sources")
IL6 = {"IL6": "10 ng/ml"}
EGF = {"EGF": "10 ng/ml"}


def _curve(name: str, until: str = "2 h", context: str = "hepg2", **protocol: Any) -> tuple[Any, Any]:
    run = simulate(context, until=until, observe=[name], **{"parts": "auto", **protocol})
    return run["time"].values, run[name].values.ravel()


def _peak(name: str, **protocol: Any) -> float:
    return float(_curve(name, **protocol)[1].max())


def _last(name: str, **protocol: Any) -> float:
    return float(_curve(name, **protocol)[1][-1])


def _expected(name: str) -> tuple[float, float]:
    (row,) = part(name).expected
    low, high = row["between"]
    return low, high


def _minutes_to_peak(name: str, **protocol: Any) -> float:
    time, values = _curve(name, **protocol)
    return 60.0 * float(time[values.argmax()])


def test_erk_peaks_within_minutes_of_egf() -> None:
    low, high = _expected("ras_mapk")
    assert low <= _minutes_to_peak("pERK", stimuli=EGF) <= high


def test_akt_follows_egf_within_half_an_hour() -> None:
    low, high = _expected("akt_mtor")
    assert low <= _minutes_to_peak("pAKT_T308", stimuli=EGF) <= high


def test_egf_raises_pstat3() -> None:
    low, high = _expected("rtk_src")
    values = _curve("pSTAT3", stimuli=EGF)[1]
    assert low <= values.max() / values[0] <= high
    assert values.max() < 0.5 * _peak("pSTAT3", stimuli=IL6)


def test_nf_kb_cycles_under_steady_tnf_and_rests_without() -> None:
    low, high = _expected("nfkb")
    time, values = _curve("NFKB_nuclear", "12 h", stimuli={"TNF": "10 ng/ml"}, points=2401)
    found = measure("period", Run(time, values[None, :]), (2.0, 12.0))
    assert low <= found <= high
    assert values[0] < 0.05 * values.max()


def test_hif1a_lives_minutes_with_oxygen_and_longer_without() -> None:
    low, high = _expected("hypoxia_vegf")

    def half_life(**protocol: Any) -> float:
        loss = _curve("HIF1A_loss", "1 h", **protocol)[1][-1]
        return 60.0 * float(np.log(2) / loss)

    assert low <= half_life() <= high
    assert half_life(treatments=["hypoxia"]) > 3 * high


def test_macrophages_under_lps_fill_the_medium_with_il6() -> None:
    low, high = _expected("il6_sources")
    dish = {"treatments": ["macrophages"], "parts": ["core", "il6_sources"]}
    found = _last("IL6_medium", until="24 h", stimuli={"LPS": "100 ng/ml"}, **dish)
    assert low <= found <= high
    assert _last("IL6_medium", until="24 h", **dish) < 0.2 * found


@pytest.mark.long
def test_il6_reaches_erk_through_shp2_and_egf_does_not_need_it() -> None:
    rest = _peak("pERK")
    gone = {"PTPN11": 0.0}
    assert _peak("pERK", stimuli=IL6) > 2 * rest
    without = {**gone, "SOCS3": 0.0}  # SOCS3 holds RasGAP back a little, which is no way in for IL-6
    assert _peak("pERK", stimuli=IL6, perturb=without) < 1.05 * rest
    assert _peak("pERK", stimuli=EGF, perturb=gone) > 3 * rest
    assert _peak("pERK", stimuli=EGF, perturb={"MAP2K1": 0.0}) == pytest.approx(0.0, abs=1e-6)


def test_egf_signals_through_src_and_not_through_gp130() -> None:
    both = {"parts": ["core", "rtk_src"]}
    rest = _peak("pSTAT3", **both)
    assert _peak("pSTAT3", stimuli=EGF, perturb={"IL6ST": 0.0}) > 4 * rest
    assert _peak("pSTAT3", stimuli=EGF, perturb={"SRC": 0.0}) < 1.05 * rest


def test_pten_holds_akt_and_mtor_is_needed_downstream() -> None:
    assert _curve("AKT_active_share", perturb={"PTEN": 0.0})[1][0] > 3 * _curve("AKT_active_share")[1][0]
    on = _curve("pRPS6KB1", perturb={"PTEN": 0.0})[1][0]
    assert on > 1.2 * _curve("pRPS6KB1")[1][0]
    assert _curve("pRPS6KB1", perturb={"PTEN": 0.0, "MTOR": 0.0})[1][0] == pytest.approx(0.0, abs=1e-6)


def test_nf_kb_makes_il6_and_needs_ikk() -> None:
    tnf = {"TNF": "10 ng/ml"}
    made = _last("IL6_medium", until="24 h", stimuli=tnf)
    assert made > 1e-4
    assert _last("IL6_medium", until="24 h", stimuli=tnf, perturb={"RELA": 0.0}) < 0.01 * made
    assert _last("IL6_medium", until="24 h", stimuli=tnf, perturb={"IKBKB": 0.0}) < 0.01 * made
    kept = _last("NFKB_nuclear", until="6 h", stimuli=tnf, perturb={"NFKBIA": 0.0})
    assert kept > _last("NFKB_nuclear", until="6 h")


def test_hypoxia_raises_vegf_through_hif1a() -> None:
    low = {"treatments": ["hypoxia"], "until": "24 h"}
    base = _last("VEGFA_mRNA", until="24 h")
    assert _last("VEGFA_mRNA", **low) > 2 * base
    assert _last("VEGFA_mRNA", perturb={"HIF1A": 0.0}, **low) < base
    assert _curve("HIF1A", perturb={"VHL": 0.0})[1][0] > 5 * _curve("HIF1A")[1][0]


def test_vegf_reaches_stat3_through_its_receptor() -> None:
    vegf = {"VEGFA": "50 ng/ml"}
    many = _peak("pSTAT3", stimuli=vegf, perturb={"KDR": 30.0})
    none = _peak("pSTAT3", stimuli=vegf, perturb={"KDR": 0.0})
    assert many > 2 * none


def test_all_parts_together_rest_and_keep_their_totals() -> None:
    model = load_sbml(assemble("hepg2", parts=["targets", *CROSSTALK]).sbml, trusted=True)
    rest = model.equilibrate()
    assert not rest.outcomes.any()
    run = model.simulate([0.0, 6.0, 24.0], initial=rest.final(), rtol=1e-8, atol=1e-11)
    for total in ("ERK_total", "RELA_total", "STAT3_total"):
        values = run.value(f"observable_{total}")[0]
        assert np.max(np.abs(values / values[0] - 1)) < 1e-8
