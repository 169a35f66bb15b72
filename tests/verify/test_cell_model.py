"""The cell model keeps its conserved totals, stays non-negative, and shows the brakes built into it."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from jakstat.biology import assemble, contexts, parts
from jakstat.engine.doses import Dose
from jakstat.engine.load import load_sbml
from jakstat.errors import Outcome
from jakstat.experiment.run import simulate
from long_rows import CELLS, rest_long

HOURS = np.linspace(0.0, 24.0, 97)
ATOL = 1e-9


def _stimulated(name: str):
    model = load_sbml(assemble(name, parts="core").sbml, trusted=True)
    rest = model.equilibrate()
    assert list(rest.outcomes) == [Outcome.OK]
    doses = [Dose(0.0, "IL6", 2000.0), Dose(2.0, "sIL6R", 1000.0), Dose(4.0, "sgp130", 4000.0)]
    return model, model.simulate(HOURS, initial=rest.final(), doses=doses, atol=ATOL)


@pytest.mark.parametrize("name", rest_long(contexts(), CELLS))
def test_totals_are_conserved_and_nothing_is_negative(name: str) -> None:
    model, result = _stimulated(name)
    assert list(result.outcomes) == [Outcome.OK]
    for total in ("STAT3_total", "JAK1_total"):
        values = result.value(f"observable_{total}")[0]
        assert np.max(np.abs(values / values[0] - 1)) < 1e-9, total
    assert not result.violations
    lowest = min(np.min(result.amount(s.id)) for s in model.network.species)
    assert lowest >= -10 * ATOL


def test_soluble_gp130_blocks_trans_more_than_classic_signalling() -> None:
    """Jostock 2001: soluble gp130 holds IL-6 that is bound to soluble IL-6R, not the membrane pair."""

    def peak(**chains: str) -> float:
        run = simulate(
            "hepg2", stimuli={"IL6": "1 ng/ml", **chains}, until="1 h", observe=["pSTAT3"], parts="auto"
        )
        return float(run["pSTAT3"].max())

    base = float(simulate("hepg2", until="1 h", observe=["pSTAT3"], parts="auto")["pSTAT3"].max())
    classic, classic_blocked = peak(), peak(sgp130="50 nM")
    knocked = {"IL6R": 0.0}

    def trans(**chains: str) -> float:
        stimuli = {"IL6": "1 ng/ml", "sIL6R": "2 nM", **chains}
        run = simulate(
            "hepg2", stimuli=stimuli, perturb=knocked, until="1 h", observe=["pSTAT3"], parts="auto"
        )
        return float(run["pSTAT3"].max())

    assert trans() > 3 * base  # a cell without membrane IL-6R answers once soluble IL-6R is there
    lost_classic = 1 - (classic_blocked - base) / (classic - base)
    lost_trans = 1 - (trans(sgp130="50 nM") - base) / (trans() - base)
    assert lost_trans > 0.5
    assert lost_classic < 0.5 * lost_trans


def test_membrane_receptor_is_needed_for_classic_signalling() -> None:
    run = simulate(
        "hepg2",
        stimuli={"IL6": "10 ng/ml"},
        perturb={"IL6R": 0.0},
        until="1 h",
        observe=["pSTAT3"],
        parts="auto",
    )
    assert float(run["pSTAT3"].max()) < 1.05 * float(run["pSTAT3"][..., 0].max())


def test_ligand_is_depleted_by_default_and_kept_when_asked() -> None:
    kwargs = {"stimuli": {"IL6": "0.1 ng/ml"}, "until": "48 h", "observe": ["IL6_medium"]}
    depleted = simulate("mouse_hepatocyte", **{"parts": "auto", **kwargs})["IL6_medium"].values.ravel()
    kept = simulate("mouse_hepatocyte", **kwargs, depletion=False, parts="auto")["IL6_medium"].values.ravel()
    assert depleted[-1] < 0.98 * depleted[1]
    assert kept[-1] > 0.999 * kept[1]


def test_expected_numbers_of_the_parts_name_their_sources() -> None:
    """The numbers a part states are those of the observations, which `jakstat validate` runs."""
    for piece in parts():
        for expected in piece.expected:
            assert expected["source"] in assemble(expected["context"], parts=[piece.name]).sources


@pytest.mark.long
def test_share_of_free_ligand_is_that_of_the_decision_page() -> None:
    """The table of docs/decisions/0009 is what the model gives at the levels of soluble chains in serum."""
    page = Path(__file__).parents[2] / "docs" / "decisions" / "0009-affinities-in-conflict.md"
    rows = re.findall(r"^\| ([\d.]+) \| ([\d.]+) % \| ([\d.]+) % \|$", page.read_text(encoding="utf-8"), re.M)
    assert len(rows) == 3
    serum = [Dose(0.0, "IL6", 0.24), Dose(0.0, "sIL6R", 1060.0), Dose(0.0, "sgp130", 3900.0)]
    for first, *shares in rows:
        for second, share in zip((0.05, 0.5), shares, strict=True):
            no_cell = {"abundance_IL6R_surface": 1e-6, "abundance_IL6ST": 1e-6}
            constants = {"KD_IL6_IL6R": float(first), "KD_IL6_sIL6R_gp130": second, **no_cell}
            model = load_sbml(
                assemble("human_hepatocyte", parts="core", parameters=constants).sbml, trusted=True
            )
            result = model.simulate([0.0, 200.0], doses=serum, rtol=1e-8, atol=1e-11)
            free = result.value("observable_IL6_free_share")[0, -1]
            assert 100 * free == pytest.approx(float(share), abs=0.06)
