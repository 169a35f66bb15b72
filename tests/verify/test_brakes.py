"""Phosphatases, PIAS and the SOCS family act where they should, and leave the fitted cell as it was."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from jakstat.biology import assemble, part
from jakstat.engine.doses import Dose
from jakstat.engine.load import load_sbml
from jakstat.experiment.run import simulate

IL6 = {"IL6": "10 ng/ml"}
NEUTRAL = (
    "phosphatases",
    "pias",
    "socs_family",
    "shedding",
    "stat3_turnover",
    "serine727",
    "isoforms",
    "docking",
    "gp130_dimeriser",
)


def _run(
    *observe: str, perturb: Mapping[str, float] | None = None, context: str = "hepg2", until: str = "6 h"
):
    return simulate(
        context, stimuli=IL6, perturb=dict(perturb or {}), until=until, observe=list(observe), parts="auto"
    )


def _mean(name: str, **genes: float) -> float:
    return float(_run(name, perturb=genes)[name].mean())


@pytest.mark.long  # `make test` joins them with all the others, in test_neutral_parts
@pytest.mark.parametrize(("context", "dose"), [("hepg2", "10 ng/ml"), ("mouse_hepatocyte", "40 ng/ml")])
def test_all_these_parts_together_leave_the_fitted_cell_as_it_was(context: str, dose: str) -> None:
    kwargs = {"stimuli": {"IL6": dose}, "until": "6 h", "observe": ["pSTAT3", "SOCS3_mRNA"]}
    core = simulate(context, **kwargs, parts=["core"])
    more = simulate(context, **kwargs, parts=["core", *NEUTRAL])
    for name in ("pSTAT3", "SOCS3_mRNA"):
        change = np.max(np.abs(more[name].values - core[name].values)) / np.max(core[name].values)
        assert change < 0.03, (name, change)


def test_silencing_shp2_raises_pstat3_and_more_of_it_lowers_it() -> None:
    """The expected number of the part, and its mirror."""
    low, high = part("phosphatases").expected[0]["between"]
    control = _mean("pSTAT3")
    assert low < _mean("pSTAT3", PTPN11=0.1) / control < high
    assert _mean("pSTAT3", PTPN11=5) / control < 0.95


def test_shp2_on_the_receptor_needs_active_receptor_shp2_and_tyr759() -> None:
    run = _run("SHP2_on_receptor", until="1 h")["SHP2_on_receptor"].values.ravel()
    assert run.max() > 10 * run[0]
    assert _mean("SHP2_on_receptor", PTPN11=0) == 0
    model = load_sbml(assemble("hepg2", parts=["phosphatases"]).sbml, trusted=True)
    doses = [Dose(0.0, "IL6", 480.0)]
    out = ["observable_SHP2_on_receptor", "observable_pgp130"]
    mutated = model.simulate([0.0, 0.2], parameters={"share_Tyr759": [0.0]}, doses=doses, outputs=out)
    assert mutated.value("observable_SHP2_on_receptor")[0, -1] == 0
    assert mutated.value("observable_pgp130")[0, -1] > 0


def test_cd45_acts_only_where_it_is_present() -> None:
    control = _mean("pSTAT3")
    assert _mean("pSTAT3", PTPRC=0) == pytest.approx(control, rel=1e-6)
    model = assemble("hepg2", parts=["phosphatases"], parameters={"presence_PTPRC": 1.0})
    cell = load_sbml(model.sbml, trusted=True)
    rest = cell.equilibrate().value("pgp130_JAK1")[0, -1]
    without = cell.equilibrate(parameters={"factor_PTPRC": [0.0]}).value("pgp130_JAK1")[0, -1]
    assert rest < 0.9 * without


def test_pias3_covers_dimers_and_lowers_targets_not_phosphorylation() -> None:
    low, high = part("pias").expected[0]["between"]
    control, more = _run("SOCS3_mRNA", "pSTAT3"), _run("SOCS3_mRNA", "pSTAT3", perturb={"PIAS3": 5})
    cover = float(_run("PIAS3_cover", perturb={"PIAS3": 5}, until="1 h")["PIAS3_cover"].values.ravel()[0])
    free = float(_run("PIAS3_cover", until="1 h")["PIAS3_cover"].values.ravel()[0])
    assert low < (1 - cover) / (1 - free) < high
    assert float(more["SOCS3_mRNA"].mean()) < 0.8 * float(control["SOCS3_mRNA"].mean())
    assert float(more["pSTAT3"].mean()) > 0.95 * float(control["pSTAT3"].mean())


def test_socs1_made_a_hundredfold_lowers_pstat3_and_none_of_it_changes_little() -> None:
    low, high = part("socs_family").expected[0]["between"]
    control = _mean("pSTAT3")
    assert low < _mean("pSTAT3", SOCS1=100) / control < high
    assert _mean("pSTAT3", SOCS1=0) == pytest.approx(control, rel=0.03)
    run = _run("SOCS1_mRNA")["SOCS1_mRNA"].values.ravel()
    assert run.max() > 3 * run[0]  # IL-6 induces it


def test_cis_waits_for_stat5() -> None:
    run = _run("CISH_mRNA")["CISH_mRNA"].values.ravel()
    assert run.max() == pytest.approx(run[0], rel=1e-6)
