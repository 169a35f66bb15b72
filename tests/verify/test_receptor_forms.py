"""Shed and spliced IL-6R balance, antibodies find their sites, and a pair of gp130 signals without IL-6."""

from __future__ import annotations

import pytest

from jakstat.biology import part
from jakstat.experiment.run import simulate

MORE_SHEDDING = {"ADAM17": 5.0, "ADAM10": 5.0}


def _peak(context: str = "hepg2", dose: str = "10 ng/ml", name: str = "pSTAT3", **kwargs: object) -> float:
    run = simulate(
        context,
        stimuli={"IL6": dose},
        until="1 h",
        observe=[name],
        **{"parts": "auto", **kwargs},
    )
    return float(run.sel(time=slice(0, None))[name].max())


def _rest(*names: str, **kwargs: object) -> list[float]:
    run = simulate("hepg2", until="1 h", observe=list(names), parts=["core", "shedding"], **kwargs)
    return [float(run[name].values.ravel()[0]) for name in names]


def test_the_medium_loses_what_the_membrane_sheds_and_splicing_makes() -> None:
    shed, lost, surface = _rest("IL6R_shed_rate", "sIL6R_loss_rate", "IL6_binding_sites")
    assert lost == pytest.approx(shed / 0.3 * (0.3 + 0.05 / 0.95), rel=1e-3)
    low, high = part("shedding").expected[0]["between"]
    assert low < shed * 602.214076 / (0.401157 * surface) < high
    core = simulate("hepg2", until="1 h", observe=["IL6_binding_sites"], parts=["core"])
    assert surface == pytest.approx(float(core["IL6_binding_sites"].values.ravel()[0]), rel=1e-6)


def test_fivefold_shedding_moves_receptor_from_membrane_to_medium() -> None:
    names = ("sIL6R_medium", "IL6_binding_sites")
    (medium, surface), (more_medium, less_surface) = _rest(*names), _rest(*names, perturb=MORE_SHEDDING)
    assert more_medium > 1.5 * medium
    assert less_surface < 0.7 * surface
    assert _peak(dose="0.3 ng/ml", perturb=MORE_SHEDDING) < 0.9 * _peak(dose="0.3 ng/ml")


def test_no_shedding_without_its_proteases() -> None:
    (shed,) = _rest("IL6R_shed_rate", perturb={"ADAM17": 0.0, "ADAM10": 0.0})
    assert shed == 0


@pytest.mark.parametrize(
    "drug", ["siltuximab=100nM", "olokizumab=10nM", "tocilizumab=100nM", "anti_gp130=100nM"]
)
def test_each_site_blocks_human_cells(drug: str) -> None:
    assert _peak(drugs=[f"{drug}@-60min"]) < 0.5 * _peak()


def test_an_antibody_on_human_il6r_does_not_act_on_mouse_cells() -> None:
    low, high = part("receptor_antibody_tocilizumab").expected[0]["between"]
    treated = _peak("mouse_hepatocyte", "40 ng/ml", drugs=["tocilizumab=100nM@-60min"])
    assert low < treated / _peak("mouse_hepatocyte", "40 ng/ml") < high


def test_olamkicept_blocks_trans_before_classic_signalling() -> None:
    def mean(classic: bool, drugs: list[str]) -> float:
        chains = {} if classic else {"sIL6R": "2 nM"}
        knocked = {} if classic else {"IL6R": 0.0}
        run = simulate(
            "hepg2",
            stimuli={"IL6": "1 ng/ml", **chains},
            perturb=knocked,
            drugs=drugs,
            until="1 h",
            observe=["pSTAT3"],
            parts="auto",
        )
        return float(run["pSTAT3"].max())

    few, some = ["olamkicept=1nM"], ["olamkicept=10nM"]
    assert mean(True, few) > 0.9 * mean(True, [])
    classic, trans = (mean(way, some) / mean(way, []) for way in (True, False))
    assert trans < 0.7 * classic


def test_paired_gp130_is_active_without_il6() -> None:
    low, high = part("gp130_dimeriser").expected[0]["between"]
    kwargs = {"until": "1 h", "observe": ["pJAK1", "pSTAT3"]}
    rest = simulate("hepg2", **{"parts": "auto", **kwargs})
    paired = simulate("hepg2", drugs=["gp130_dimeriser=100nM"], **{"parts": "auto", **kwargs})
    for name in ("pJAK1", "pSTAT3"):
        assert low < float(paired[name].max()) / float(rest[name].max()) < high
