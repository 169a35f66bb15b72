"""Each drug acts by its own mechanism, and only by that: what a mechanism must show."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from jakstat.biology import parameters
from jakstat.errors import InputError
from jakstat.experiment.resting import loaded_cell
from jakstat.experiment.run import simulate
from jakstat.pharmacology import agent, library_agents, misprint_note

pytestmark = pytest.mark.long

DRUGS = tuple(a for a in library_agents() if a.kind == "drug")
JAK_DRUGS = tuple(a for a in DRUGS if a.group == "JAK")
PARTS = "core,drugs,antisense,olamkicept,gp130_dimeriser,cytokine_LIF,cytokine_IFNG,gene_BCL2L1,gene_MYC"
IL6 = {"IL6": "10 ng/ml"}
LESS_IL6 = {"IL6": "1 ng/ml"}
"""Near the EC50, where the cell has no receptors to spare."""


def _run(
    drug: str = "", stimuli: Any = None, until: str = "2 h", observe: str = "pSTAT3", **more: Any
) -> Any:
    context = more.pop("context", "hepg2")
    run = simulate(
        context,
        stimuli=stimuli or {},
        drugs=[drug] if drug else [],
        until=until,
        points=more.pop("points", 121),
        observe=observe.split(","),
        parts=more.pop("parts", PARTS),
        **more,
    )
    assert set(run["outcome"].values.tolist()) == {"OK"}
    return run


def _curve(run: Any, readout: str) -> np.ndarray:
    return np.asarray(run[readout].values[0], dtype=float)


def _at(run: Any, readout: str, hour: float) -> float:
    return float(np.interp(hour, run["time"].values, _curve(run, readout)))


def _rise(run: Any, readout: str) -> float:
    curve = _curve(run, readout)
    return float(curve.max() - curve[0])


def _peak_share(drug: str, readout: str, stimuli: Any = None, **more: Any) -> float:
    """The peak under a drug over that without."""
    with_drug, without = (
        _curve(_run(d, stimuli or IL6, observe=readout, **more), readout).max() for d in (drug, "")
    )
    return float(with_drug / without)


# The library


def test_every_drug_names_its_potency_by_rows_of_the_tables() -> None:
    known = {row.id for row in parameters()}
    for drug in DRUGS:
        assert drug.potency, drug.name
        assert set(drug.potency) <= known, drug.name


@pytest.mark.parametrize("name", [a.name for a in DRUGS])
def test_every_drug_runs_at_ten_times_its_potency(name: str) -> None:
    drug = agent(name)
    rows = {row.id: row for row in parameters()}
    strongest = next(rows[p] for p in drug.potency if rows[p].unit == "nM")
    run = _run(f"{name}={10 * strongest.value!r}nM@-60min", IL6, observe="pSTAT3,SOCS3_mRNA")
    for readout in ("pSTAT3", "SOCS3_mRNA"):
        assert np.isfinite(_curve(run, readout)).all()
        assert (_curve(run, readout) >= -1e-6).all()


@pytest.mark.parametrize(("wrong", "right"), [("S31-201", "S3I-201"), ("AZG1480", "AZD1480")])
def test_misprinted_names_are_understood_with_a_note(wrong: str, right: str) -> None:
    assert agent(wrong).name == right
    assert misprint_note(right) is None
    run = _run(f"{wrong}=10uM@-60min", IL6)
    assert f"{wrong!r} is a misprint; the drug is {right}" in str(run.attrs["notes"])
    np.testing.assert_array_equal(_curve(run, "pSTAT3"), _curve(_run(f"{right}=10uM@-60min", IL6), "pSTAT3"))


def test_an_unknown_drug_names_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'tocilizumab'"):
        simulate("hepg2", drugs={"tocilizumob": "10 nM"}, parts="auto")


# Kinases


def test_ruxolitinib_halves_pstat3_of_hepg2_at_the_cellular_dose_of_the_claim() -> None:
    """C290: half-way near 100 to 300 nM in cells, where the enzyme has 3 nM."""
    doses = (100, 300)
    left = [_at(_run(f"ruxolitinib={d}nM@-60min", LESS_IL6), "pSTAT3", 1 / 3) for d in doses]
    full = _at(_run("", LESS_IL6), "pSTAT3", 1 / 3)
    assert left[0] > 0.5 * full > left[1]


@pytest.mark.parametrize("name", [a.name for a in JAK_DRUGS])
def test_cellular_constants_keep_the_order_of_the_enzymes(name: str) -> None:
    """Where two kinases differ more than two-fold: less than that, their hold on ATP decides."""
    drug = agent(name).model_symbol
    rows = {row.id: row.value for row in parameters()}
    kinases = ("JAK1", "JAK2", "JAK3", "TYK2")
    cell = loaded_cell("hepg2", ("receptor", "jak", "stat3", "feedback", "targets", f"jak_inhibitor_{drug}"))
    names = [f"K_{drug}_{k}" for k in kinases]
    result = cell.model.simulate([0.0], outputs=names)
    constants = [float(np.ravel(result.value(n))[0]) for n in names]
    enzyme = [rows[f"IC50_{drug}_{k}"] for k in kinases]
    for i, j in ((i, j) for i in range(4) for j in range(4)):
        if 2 * enzyme[i] < enzyme[j]:
            assert constants[i] < constants[j], (kinases[i], kinases[j])


def test_a_jak2_drug_hits_thrombopoietin_more_than_il6_and_ruxolitinib_both() -> None:
    parts = "core,jak_inhibitor_fedratinib,jak_inhibitor_ruxolitinib,cytokine_THPO"

    def share(drug: str, stimulus: dict[str, str], readout: str) -> float:
        def read(text: str) -> float:
            run = _run(text, stimulus, observe=readout, context="megakaryocyte", parts=parts)
            return _at(run, readout, 1 / 3) - _curve(run, readout)[0]

        return read(drug) / read("")

    tpo, il6 = {"THPO": "0.1 ng/ml"}, {"IL6": "10 ng/ml", "sIL6R": "2 nM"}
    fedratinib, ruxolitinib = "fedratinib=3uM@-60min", "ruxolitinib=3uM@-60min"
    assert share(fedratinib, tpo, "pSTAT5A") < 0.5 < share(fedratinib, il6, "pSTAT3")
    assert share(ruxolitinib, tpo, "pSTAT5A") < 0.5
    assert share(ruxolitinib, il6, "pSTAT3") < 0.5


@pytest.mark.parametrize("name", ["ruxolitinib", "tofacitinib", "momelotinib", "AZD1480"])
def test_jak_inhibitors_stop_interferon_too(name: str) -> None:
    ifn = {"IFNG": "10 ng/ml"}
    assert _peak_share(f"{name}=10uM@-60min", "pSTAT1", ifn) < 0.5


@pytest.mark.parametrize(
    "name", [a.name for a in DRUGS if a.group in ("IL-6", "IL-6R")] + ["olamkicept", "bazedoxifene"]
)
def test_antibodies_on_il6_leave_interferon_alone(name: str) -> None:
    assert _peak_share(f"{name}=100nM@-60min", "pSTAT1", {"IFNG": "10 ng/ml"}) == pytest.approx(1, rel=1e-3)


# STAT3


@pytest.mark.parametrize(
    "drug", ["C188-9=10uM@-60min", "LLL12=10uM@-60min", "S3I-201=100uM@-60min", "S3I-1757=100uM@-60min"]
)
def test_an_sh2_blocker_lowers_pstat3_and_its_dimer(drug: str) -> None:
    run, free = (_run(d, IL6, observe="pSTAT3,pSTAT3_nuclear,SOCS3_mRNA") for d in (drug, ""))
    assert _at(run, "pSTAT3", 1 / 3) < 0.5 * _at(free, "pSTAT3", 1 / 3)
    # nuclear pSTAT3 is all dimer; it falls by more than what is phosphorylated, as pairing is hit too
    nuclear = _curve(run, "pSTAT3_nuclear").max() / _curve(free, "pSTAT3_nuclear").max()
    assert nuclear < _curve(run, "pSTAT3").max() / _curve(free, "pSTAT3").max()
    assert _curve(run, "SOCS3_mRNA").max() < 0.5 * _curve(free, "SOCS3_mRNA").max()


def test_a_blocker_of_the_dna_binding_domain_leaves_early_pstat3_and_raises_the_late() -> None:
    """Genes fall; with them SOCS3, so the receptor stays active."""
    genes = ("SOCS3_mRNA", "HAMP_mRNA", "CRP_mRNA", "BCL2L1_mRNA", "MYC_mRNA")
    read = ",".join(("pSTAT3", "SOCS3", *genes))
    run, free = (_run(d, IL6, "6 h", read, points=361) for d in ("DBD_inhibitor=100uM@-60min", ""))
    for gene in genes:
        assert _rise(run, gene) < 0.6 * _rise(free, gene), gene
    assert _rise(run, "SOCS3") < 0.25 * _rise(free, "SOCS3")
    assert _at(run, "pSTAT3", 1 / 3) == pytest.approx(_at(free, "pSTAT3", 1 / 3), rel=0.1)
    assert _at(run, "pSTAT3", 2.0) > 1.3 * _at(free, "pSTAT3", 2.0)


@pytest.mark.parametrize("drug", ["NTD_inhibitor=100uM@-60min", "STAT3_decoy=500nM@-60min"])
def test_other_blocks_of_transcription_leave_early_pstat3_too(drug: str) -> None:
    run, free = (_run(d, IL6, observe="pSTAT3,SOCS3_mRNA") for d in (drug, ""))
    assert _curve(run, "SOCS3_mRNA").max() < 0.7 * _curve(free, "SOCS3_mRNA").max()
    assert _at(run, "pSTAT3", 1 / 3) == pytest.approx(_at(free, "pSTAT3", 1 / 3), rel=0.1)


def test_danvatirsen_takes_days() -> None:
    run = _run("danvatirsen=1uM", until="72 h", observe="STAT3_total,STAT3_mRNA", points=145)
    start = _curve(run, "STAT3_total")[0]
    assert _at(run, "STAT3_total", 1.0) == pytest.approx(start, rel=0.02)
    assert _at(run, "STAT3_total", 24.0) < 0.9 * start
    assert _at(run, "STAT3_total", 72.0) < 0.4 * start
    assert _at(run, "STAT3_mRNA", 24.0) / _curve(run, "STAT3_mRNA")[0] < _at(run, "STAT3_total", 24.0) / start


def test_the_pias3_peptide_lowers_stat3_and_its_genes() -> None:
    read = "STAT3_total,SOCS3_mRNA"
    run, free = (_run(d, IL6, "48 h", read, points=289) for d in ("PIAS3_peptide=100uM@-60min", ""))
    assert _at(run, "STAT3_total", 48.0) < 0.7 * _at(free, "STAT3_total", 48.0)
    assert _curve(run, "SOCS3_mRNA").max() < 0.5 * _curve(free, "SOCS3_mRNA").max()


def test_napabucasin_lowers_transcription_more_than_phosphorylation() -> None:
    drug = "napabucasin=1uM@-60min"
    assert _peak_share(drug, "SOCS3_mRNA") < 0.8 * _peak_share(drug, "pSTAT3")


# IL-6 and its receptor


def test_olamkicept_hits_trans_signalling_more_than_classic() -> None:
    drug = "olamkicept=10nM@-60min"
    classic = _peak_share(drug, "pSTAT3", LESS_IL6)
    trans = _peak_share(drug, "pSTAT3", LESS_IL6 | {"sIL6R": "2 nM"}, perturb={"IL6R": 0.0})
    assert trans < 0.7 * classic


def test_olamkicept_halves_classic_signalling_below_the_concentrations_used() -> None:
    """IC50 20 to 200 times below them (Widjaja 2024): 600 mg of 186 kg/mol in 3.5 l are 922 nM."""
    used = 600e-3 / 186e3 / 3.5 * 1e9
    high, low = (_peak_share(f"olamkicept={used / fold}nM@-60min", "pSTAT3", IL6) for fold in (20, 200))
    assert high < 0.5 < low


def test_siltuximab_raises_total_il6_while_the_free_falls() -> None:
    """Cells with IL-6 of their own: what the antibody holds is no longer taken up."""
    read, parts = "IL6_medium,IL6_total_medium,pSTAT3", "core,ligand_antibody_siltuximab"
    run = _run("siltuximab=100nM", until="24 h", observe=read, context="hepg2+IL6_autocrine", parts=parts)
    assert _at(run, "IL6_medium", 24.0) < 0.01 * _curve(run, "IL6_medium")[0]
    assert _at(run, "IL6_total_medium", 24.0) > 1.5 * _curve(run, "IL6_total_medium")[0]
    assert _at(run, "pSTAT3", 24.0) < 0.8 * _curve(run, "pSTAT3")[0]


@pytest.mark.parametrize(
    ("drug", "stimulus", "note"),
    [
        ("tocilizumab", "IL6=10ng/ml", "tocilizumab does not act on mouse cells; it was left out"),
        ("tocilizumab", "IL6(mouse)=10ng/ml", "tocilizumab does not act on mouse cells; it was left out"),
        ("siltuximab", "IL6(mouse)=10ng/ml", "siltuximab does not act on mouse IL6; it was left out"),
    ],
)
def test_human_antibodies_do_nothing_on_mouse_targets(drug: str, stimulus: str, note: str) -> None:
    parts = "core,receptor_antibody_tocilizumab,ligand_antibody_siltuximab"
    more = {"context": "mouse_hepatocyte", "parts": parts}
    run, free = (_run(d, [stimulus], **more) for d in (f"{drug}=1uM", ""))
    assert note in str(run.attrs["notes"])
    np.testing.assert_allclose(_curve(run, "pSTAT3"), _curve(free, "pSTAT3"), rtol=1e-4)


def test_siltuximab_holds_human_il6_in_a_mouse_dish() -> None:
    parts = "core,receptor_antibody_tocilizumab,ligand_antibody_siltuximab"
    more = {"context": "mouse_hepatocyte", "parts": parts}
    assert _peak_share("siltuximab=100nM@-60min", "pSTAT3", {"IL6": "1 ng/ml"}, **more) < 0.7


def test_bazedoxifene_spares_lif() -> None:
    drug = "bazedoxifene=20uM@-60min"
    assert _peak_share(drug, "pSTAT3", LESS_IL6) < 0.5
    assert _peak_share(drug, "pSTAT3", {"LIF": "10 ng/ml"}) == pytest.approx(1, abs=0.02)


# Partners


@pytest.mark.parametrize("name", ["atezolizumab", "durvalumab", "nivolumab", "pembrolizumab"])
def test_checkpoint_antibodies_give_t_cells_their_killing_back(name: str) -> None:
    run, free = (_run(d, IL6, "24 h", "T_cell_inhibition") for d in (f"{name}=100nM", ""))
    assert _at(run, "T_cell_inhibition", 24.0) < 0.2 * _at(free, "T_cell_inhibition", 24.0)


@pytest.mark.parametrize("name", ["ipilimumab", "tremelimumab"])
def test_antibodies_on_ctla4_leave_the_second_signal_to_cd28(name: str) -> None:
    run, free = (_run(d, observe="CD28_signal") for d in (f"{name}=1uM", ""))
    assert _at(run, "CD28_signal", 1.0) > 1.5 * _at(free, "CD28_signal", 1.0)


def test_bevacizumab_lowers_the_signal_of_vegfr2() -> None:
    vegf = {"VEGFA": "20 ng/ml"}
    assert _peak_share("bevacizumab=100nM@-60min", "pKDR", vegf) < 0.5


def test_sorafenib_halves_perk_between_the_two_measured_lines() -> None:
    """Thesis: SMMC-7721 keeps 82, 72 and 18 % at 5, 10 and 20 uM after 24 h, HCCLM6 78, 28 and 4 %.

    The model keeps 69, 54 and 38 %: half lies where it was fitted, but the curve is not as steep.
    """

    def perk(dose: int) -> float:
        drug = f"sorafenib={dose}uM" if dose else ""
        return _at(_run(drug, IL6, "24 h", "pERK", parts="core,blocker_sorafenib"), "pERK", 24.0)

    left = [perk(dose) / perk(0) for dose in (5, 8, 13, 20)]
    assert left == sorted(left, reverse=True)
    assert 0.6 < left[0] < 0.9
    assert left[1] > 0.5 > left[2]
    assert left[3] < 0.45


def test_sorafenib_kills_and_il6_protects() -> None:
    """carr2012: half of Hep3B at 7.5 uM after 96 h; with IL-6 HepG2 needs more."""

    def cells(dose: str, stimuli: Any = None, context: str = "hepg2", until: str = "72 h") -> float:
        run = _run(
            f"sorafenib={dose}" if dose else "",
            stimuli,
            until,
            "cell_number",
            context=context,
            parts="core,blocker_sorafenib,phenotype",
        )
        return float(_curve(run, "cell_number")[-1])

    half = cells("7.5uM", context="hep3b", until="96 h") / cells("", context="hep3b", until="96 h")
    assert half == pytest.approx(0.5, abs=0.1)
    assert cells("5uM", IL6) / cells("", IL6) > 1.5 * cells("5uM") / cells("")
