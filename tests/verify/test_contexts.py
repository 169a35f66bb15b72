"""Cells and states behave as what is known of them: expected numbers, run through the public interface."""

from __future__ import annotations

import numpy as np
import pytest

from jakstat.biology import context, contexts
from jakstat.experiment.run import simulate

pytestmark = pytest.mark.long

NEW = [name for name in contexts() if name not in ("hepg2", "mouse_hepatocyte", "human_hepatocyte")]
TRANS = {"IL6": "10 ng/ml", "sIL6R": "2 nM"}
CLASSIC = {"IL6": "10 ng/ml"}


def _share(name: str, **kwargs: object) -> np.ndarray:
    """Phosphorylated share of STAT3 over six hours."""
    run = simulate(
        name,
        until="6 h",
        points=121,
        observe=["pSTAT3", "STAT3_total"],
        **{"parts": "auto", **kwargs},
    )
    assert set(run["outcome"].values.tolist()) == {"OK"}
    return run["pSTAT3"].values[0] / run["STAT3_total"].values[0]


@pytest.mark.parametrize("name", NEW)
def test_a_new_cell_rests_low_and_answers_its_way_of_signalling(name: str) -> None:
    rest, trans = _share(name)[0], _share(name, stimuli=TRANS).max()
    assert 1e-5 < rest < 0.15
    assert trans > 3 * rest
    assert 0.3 < trans < 1


@pytest.mark.parametrize("name", ["hepatic_stellate", "caf"])
def test_stromal_cells_need_soluble_receptor(name: str) -> None:
    """Membrane IL-6R is scarce there (Widjaja 2020): trans-signalling is tenfold the classic one."""
    rest = _share(name)[0]
    classic, trans = _share(name, stimuli=CLASSIC).max(), _share(name, stimuli=TRANS).max()
    assert trans - rest > 10 * (classic - rest)


def test_macrophage_answers_il6_below_one_nanogram() -> None:
    """Half of the response to 10 ng/ml at 20 min lies below 1 ng/ml, and above 0.1 (macrophage2024)."""
    courses = (_share("macrophage", stimuli=f"IL6={dose} ng/ml") for dose in (0.1, 1, 10))
    low, middle, high = (course[120 * 20 // 360] for course in courses)
    assert low < high / 2 < middle
    assert high > 10 * _share("macrophage")[0]


def test_cancer_rests_above_the_normal_cell() -> None:
    normal = _share("human_hepatocyte")[0]
    for name in ("hepg2", "huh7", "hep3b", "hcc_stem_like"):
        assert _share(name)[0] > 2 * normal, name
    assert _share("hcc_stem_like")[0] > 2 * _share("huh7")[0]


def test_methylated_socs3_prolongs_the_answer() -> None:
    plain, methylated = (_share(c, stimuli=CLASSIC) for c in ("hepg2", "hepg2+SOCS3_methylated"))
    late = slice(20, None)  # from one hour on
    assert methylated[late].mean() > 1.5 * plain[late].mean()
    assert methylated[0] < 1.5 * plain[0]


@pytest.mark.parametrize(
    ("state", "fold"), [("JAK1_mutant", 5), ("gp130_mutant", 10), ("HBV", 2), ("HCV", 2)]
)
def test_states_that_activate_without_ligand(state: str, fold: float) -> None:
    for cell in ("hepg2", "human_hepatocyte"):
        assert _share(f"{cell}+{state}")[0] > fold * _share(cell)[0], cell


def test_a_gp130_mutant_stays_under_socs3_and_needs_jak1() -> None:
    """Poussin 2013: SOCS3 still acts on the mutant, and without JAK1 it is silent."""
    active = _share("hepg2+gp130_mutant")[0]
    assert _share("hepg2+gp130_mutant", perturb={"SOCS3": 0.0})[0] > 1.5 * active
    assert _share("hepg2+gp130_mutant", perturb={"JAK1": 0.0})[0] < 0.01 * active


def test_stat3c_keeps_its_dimer_in_the_nucleus_without_ligand() -> None:
    plain, lasting = (
        simulate(c, until="1 h", points=3, observe=["pSTAT3_nuclear", "SOCS3_mRNA"], parts="auto")
        for c in ("hepg2", "hepg2+STAT3C")
    )
    for readout in ("pSTAT3_nuclear", "SOCS3_mRNA"):
        assert float(lasting[readout][0, 0]) > 3 * float(plain[readout][0, 0]), readout


def test_autocrine_il6_raises_resting_pstat3_and_its_knockdown_removes_it() -> None:
    """The expected number of the part: more than a twentieth above the cell without secretion."""
    plain, autocrine = _share("hepg2")[0], _share("hepg2+IL6_autocrine")[0]
    assert 1.05 < autocrine / plain < 100
    assert _share("hepg2+IL6_autocrine", perturb={"IL6": 0.0})[0] == pytest.approx(plain, rel=1e-3)
    assert _share("hepg2+IL6_autocrine", perturb={"IL6R": 0.0})[0] < 1.2 * plain


def test_osteosarcoma_is_mostly_unphosphorylated_and_rests_above_a_normal_mesenchymal_cell() -> None:
    for name in ("osteosarcoma_u2os", "osteosarcoma_143b"):
        assert _share(name)[0] < 0.1
        assert _share(name)[0] > _share("hepatic_stellate")[0]


def test_an_activated_t_cell_answers_less() -> None:
    """Betz 1998: IL-6R and gp130 fall when the antigen receptor is engaged."""
    resting, activated = (
        _share(c, stimuli={"IL6": "1 ng/ml"}).max() for c in ("cd8_t_cell", "cd8_t_cell+T_cell_activated")
    )
    assert activated < 0.7 * resting


def test_only_cells_of_the_blood_carry_cd45() -> None:
    carriers = {
        c for c in contexts() if any(r.id == "presence_PTPRC" and r.value > 0 for r in context(c).rows)
    }
    assert carriers == {"macrophage", "kupffer", "neutrophil", "megakaryocyte", "cd8_t_cell"}


@pytest.mark.parametrize("states", ["JAK1_mutant+SOCS3_methylated", "IL6_autocrine+HBV", "HBV+HCV+STAT3C"])
def test_order_of_states_changes_nothing(states: str) -> None:
    turned = "+".join(reversed(states.split("+")))
    one, other = _share(f"hepg2+{states}", stimuli=CLASSIC), _share(f"hepg2+{turned}", stimuli=CLASSIC)
    np.testing.assert_array_equal(one, other)
