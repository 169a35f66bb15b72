"""Cytokines, STATs and JAKs: who uses whom, how long it lasts, and what a knockdown does."""

from __future__ import annotations

import numpy as np
import pytest

from jakstat.biology import assemble, part, part_names
from jakstat.engine.doses import Dose
from jakstat.engine.load import load_sbml
from jakstat.experiment.run import simulate
from jakstat.knowledge import knowledge
from long_rows import rest_long

pytestmark = pytest.mark.long

PARTS = tuple(
    name for name in part_names() if name.startswith(("stat_", "heterodimer_", "cytokine_", "interferon_"))
)
CYTOKINES = tuple(name.removeprefix("cytokine_") for name in PARTS if name.startswith("cytokine_"))
STATS = ("STAT1", "STAT2", "STAT3", "STAT4", "STAT5A", "STAT5B", "STAT6")
TIMES = np.array([0.0, 0.1, 0.2, 0.25, 1 / 3, 0.5, 0.75, 1.0, 1.5, 2.0, 4.0])

RECEPTORS = (
    *("abundance_IL10RA", "abundance_IL2RB", "abundance_IL12RB2", "abundance_IL15RA", "abundance_IL21R"),
    *("abundance_IL23R", "abundance_IL27RA", "abundance_IL7R", "abundance_EPOR", "abundance_MPL"),
    *("abundance_CSF3R", "abundance_CSF2RA"),
)


@pytest.fixture(scope="module")
def responses() -> dict[str, dict[str, float]]:
    """Largest share of each STAT that a cell with every receptor has phosphorylated, by cytokine."""
    changes = dict.fromkeys(RECEPTORS, 3.0) | {"abundance_JAK3": 20.0, "abundance_STAT4": 100.0}
    model = load_sbml(assemble("hepg2", parts=PARTS, parameters=changes).sbml, trusted=True)
    rest = model.equilibrate()
    found = {}
    for cytokine in CYTOKINES:
        result = model.simulate(TIMES, initial=rest.final(), doses=[Dose(0.0, cytokine, 1000.0)])
        assert result.ok.all(), cytokine
        shares = {}
        for stat in STATS:
            total = result.value(f"observable_{stat}_total")[0]
            share = result.value(f"observable_p{stat}")[0] / total
            assert np.max(np.abs(total / total[0] - 1)) < 1e-6, (cytokine, stat)
            shares[stat] = float(share.max() - share[0])
        found[cytokine] = shares
    return found


def peak(context: str, observable: str, cytokine: str, **knocked: float) -> float:
    run = simulate(
        context,
        stimuli={cytokine: "10 ng/ml"},
        perturb=knocked,
        until="2 h",
        observe=[observable],
        parts="auto",
    )
    return float(run[observable].max())


def test_cytokines_are_those_of_the_table() -> None:
    """All 33 but IL-6 (two ways), IL-17A (no JAK) and the three ligands of receptors that are kinases."""
    told = {part(f"cytokine_{name}").pattern for name in CYTOKINES}
    assert told == {"cytokine"}
    assert len(CYTOKINES) == 27


@pytest.mark.parametrize("cytokine", CYTOKINES)
def test_each_cytokine_reaches_its_own_stats_first(
    cytokine: str, responses: dict[str, dict[str, float]]
) -> None:
    """Main STATs of the table answer; every STAT that the table does not name stays at rest."""
    gives = [port.removeprefix("kinases_") for port, _ in part(f"cytokine_{cytokine}").gives]
    named = {stat for stat in gives if stat in STATS}
    main = {
        port.removeprefix("kinases_") for port, f in part(f"cytokine_{cytokine}").gives if "weight_main" in f
    }
    shares = responses[cytokine]
    assert main
    assert all(shares[stat] > 0.05 for stat in main)
    assert all(shares[stat] < 0.01 for stat in STATS if stat not in named)
    assert all(shares[stat] < max(shares[m] for m in main) for stat in named - main)


@pytest.mark.parametrize("cytokine", ["OSM", "LIF", "IL11"])
def test_cytokines_of_the_il6_family_need_gp130(cytokine: str) -> None:
    rest = float(simulate("hepg2", until="1 h", observe=["pSTAT3"], parts="auto")["pSTAT3"].max())
    assert peak("hepg2", "pSTAT3", cytokine) > 1.3 * rest
    assert peak("hepg2", "pSTAT3", cytokine, IL6ST=0.0) < rest


@pytest.mark.parametrize(
    ("cytokine", "observable", "needed", "spared"),
    [
        ("IFNA", "pSTAT1", ("JAK1", "TYK2", "IFNAR1", "IFNAR2"), ("JAK2", "JAK3")),
        ("IFNG", "pSTAT1", ("JAK1", "JAK2", "IFNGR1", "IFNGR2"), ("TYK2", "JAK3")),
        ("IL4", "pSTAT6", ("JAK1", "IL4R"), ("JAK2",)),
        ("GH1", "pSTAT5B", ("JAK2", "GHR"), ("JAK1", "TYK2", "JAK3")),
        ("IL22", "pSTAT3", ("JAK1", "TYK2", "IL10RB"), ("JAK2",)),
    ],
)
def test_receptors_use_their_own_kinases(
    cytokine: str, observable: str, needed: tuple[str, ...], spared: tuple[str, ...]
) -> None:
    whole = peak("hepg2", observable, cytokine)
    for gene in needed:
        assert peak("hepg2", observable, cytokine, **{gene: 0.0}) < 0.05 * whole, gene
    for gene in spared:
        assert peak("hepg2", observable, cytokine, **{gene: 0.0}) == pytest.approx(whole, rel=0.05), gene


def test_gp130_needs_jak1_and_hardly_jak2_or_tyk2() -> None:
    """Guschin 1995: without JAK1 the answer to IL-6 is greatly reduced; JAK2 and TYK2 cannot replace it."""
    whole = peak("hepg2", "pSTAT3", "IL6")
    assert peak("hepg2", "pSTAT3", "IL6", JAK1=0.0) < 0.05 * whole
    for gene in ("JAK2", "TYK2"):
        assert 0.8 * whole <= peak("hepg2", "pSTAT3", "IL6", **{gene: 0.0}) < 1.05 * whole


def test_interferon_gamma_is_quick_and_passes() -> None:
    """Haspel 1996: STAT1 in the nucleus is highest at 20 to 30 min and gone after 4 h."""
    run = simulate(
        "hepg2", stimuli={"IFNG": "10 ng/ml"}, until="4 h", observe=["pSTAT1_nuclear"], parts="auto"
    )
    track = run["pSTAT1_nuclear"].values.ravel()
    minutes = 60 * run["time"].values[int(track.argmax())]
    assert 10 <= minutes <= 45
    assert track[-1] < 0.5 * track.max()


def test_isgf3_needs_its_three_members_and_drives_mx1() -> None:
    whole = peak("hepg2", "MX1_mRNA", "IFNA")
    for gene in ("STAT1", "STAT2", "IRF9"):
        assert peak("hepg2", "MX1_mRNA", "IFNA", **{gene: 0.0}) < 0.05 * whole, gene
    assert peak("hepg2", "MX1_mRNA", "IFNG") < 0.05 * whole
    paired = peak("hepg2", "dimer_STAT1_STAT2", "IFNA")
    assert paired > 0.5 * peak("hepg2", "pSTAT2", "IFNA")


def test_usp18_ends_the_answer_to_type_one_interferon_only() -> None:
    def late(cytokine: str, **knocked: float) -> float:
        run = simulate(
            "hepg2",
            stimuli={cytokine: "10 ng/ml"},
            perturb=knocked,
            until="8 h",
            observe=["pSTAT1"],
            parts=["auto", "interferon_response"],
        )
        return float(run["pSTAT1"].values.ravel()[-1])

    assert late("IFNA", USP18=0.0) > 1.5 * late("IFNA")
    assert late("IFNG", USP18=0.0) == pytest.approx(late("IFNG"), rel=1e-3)


def test_stat1_takes_over_il6_where_stat3_is_missing() -> None:
    """Costa-Pereira 2002: cells without STAT3 answer IL-6 as others do interferon gamma, and for longer."""

    def run(**knocked: float) -> np.ndarray:
        found = simulate(
            "hepg2",
            stimuli={"IL6": "10 ng/ml"},
            perturb=knocked,
            until="2 h",
            observe=["pSTAT1"],
            parts="auto",
        )
        return np.asarray(found["pSTAT1"].values.ravel())

    whole, without = run(), run(STAT3=0.0)
    assert without.max() > 1.5 * whole.max()
    assert without[-1] / without.max() > 3 * whole[-1] / whole.max()


def test_stat1_in_excess_weakens_docking_of_stat3() -> None:
    """A competitor for the docking sites raises the dose of IL-6 that STAT3 needs."""

    def at_low_dose(**changed: float) -> float:
        run = simulate(
            "hepg2",
            stimuli={"IL6": "0.3 ng/ml"},
            perturb=changed,
            until="1 h",
            observe=["pSTAT3"],
            parts=["core", "stat_STAT1"],
        )
        return float(run["pSTAT3"].max())

    assert at_low_dose(STAT1=20.0) < 0.9 * at_low_dose()
    assert at_low_dose(STAT1=0.0) == pytest.approx(at_low_dose(), rel=0.1)


@pytest.mark.parametrize(("context", "dose"), [("hepg2", "10 ng/ml"), ("mouse_hepatocyte", "40 ng/ml")])
@pytest.mark.parametrize(
    "added", rest_long(["jak_family", "heterodimer_STAT1_STAT3", "cytokine_OSM"], ["cytokine_OSM"])
)
def test_parts_leave_the_fitted_cell_alone(context: str, dose: str, added: str) -> None:
    """With the numbers of the tables pSTAT3 and SOCS3 mRNA under IL-6 move by less than 3 % of the peak."""
    runs = [
        simulate(context, stimuli={"IL6": dose}, until="6 h", observe=["pSTAT3", "SOCS3_mRNA"], parts=parts)
        for parts in (["core"], ["core", added])
    ]
    for name in ("pSTAT3", "SOCS3_mRNA"):
        alone, together = (run[name].values.ravel() for run in runs)
        assert np.max(np.abs(together - alone)) < 0.03 * alone.max(), name


def test_ruxolitinib_spares_jak3_more_than_the_other_three() -> None:
    """Enzyme IC50: JAK2 2.8, JAK1 3.3, TYK2 19, JAK3 428 nM."""
    model = load_sbml(assemble("hepg2", parts=["jak_family", "jak_inhibitor_ruxolitinib"]).sbml, trusted=True)
    result = model.simulate([0.0, 1e-6], doses=[Dose(0.0, "ruxolitinib", 20_000.0)])
    free = {k: float(result.value(f"{k}_free")[0, -1]) for k in ("JAK2", "TYK2", "JAK3")}
    free["JAK1"] = float(1 / (1 + result.value("JAK1_occupancy")[0, -1]))
    assert free["JAK2"] < free["JAK1"] < free["TYK2"] < free["JAK3"]


def test_every_cytokine_rests_on_known_records() -> None:
    assembly = assemble("hepg2", parts=PARTS)
    cited = {key for keys in assembly.evidence.values() for key in keys}
    assert all(knowledge().sources_of(key) for key in cited)
