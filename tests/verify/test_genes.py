"""Target genes and what the cell does with them: the parts' own numbers, and what a biologist would check."""

from __future__ import annotations

import numpy as np
import pytest

from jakstat.biology import Part, part, part_names
from jakstat.evidence.validate import validate
from jakstat.experiment.run import simulate
from jakstat.knowledge import Observation, sources
from long_rows import rest_long

pytestmark = pytest.mark.long

PLAIN = ("p53", "phenotype", "invasion", "efflux", "stemness", "immune_evasion", "fibroblast", "virus")
OWN = tuple(
    name
    for name in part_names()
    if part(name).pattern in ("gene", "transcript", "cytotoxic") or name in PLAIN
)
FEW = ("gene_BCL2L1", "gene_TP53", "transcript_SRC", "cytotoxic_doxorubicin", *PLAIN)
"""One part of each pattern, two of the many genes, and those that follow none."""
IL6 = {"IL6": "10 ng/ml"}


def _observations(piece: Part) -> list[Observation]:
    return [
        Observation.model_validate(
            {
                "id": f"EX{i}{len(piece.expected)}",
                "context": e["context"],
                "what": f"expected number of the part {piece.name}",
                "protocol": e["protocol"],
                "against": "",
                "observable": e["observable"],
                "measure": e["measure"],
                "value": sum(e["between"]) / 2,
                "low": e["between"][0],
                "high": e["between"][1],
                "unit": e["unit"],
                "role": "predict",
                "source": e["source"],
                "note": "",
            }
        )
        for i, e in enumerate(piece.expected)
    ]


@pytest.mark.parametrize("name", rest_long(OWN, FEW))
def test_numbers_that_a_part_states_are_those_that_it_gives(name: str) -> None:
    piece = part(name)
    assert piece.expected
    assert {e["source"] for e in piece.expected} <= set(sources())
    for row in validate(rows=_observations(piece)).rows:
        assert row.ok, row.reason


def _end(context: str, readout: str, hours: int = 72, **how: object) -> float:
    found = simulate(context, until=f"{hours} h", observe=[readout], **{"parts": "auto", **how})[readout]  # type: ignore[arg-type]
    return float(found.values.ravel()[-1])


def _start(context: str, readout: str, **how: object) -> float:
    found = simulate(context, until="1 h", observe=[readout], **{"parts": "auto", **how})[readout]  # type: ignore[arg-type]
    return float(found.values.ravel()[0])


@pytest.mark.parametrize("gene", ["BCL2L1", "MCL1", "BIRC5", "CCND1", "MYC", "CD274", "SNAI1", "ABCB1"])
def test_il6_raises_a_target_through_stat3_only(gene: str) -> None:
    rest, driven = _end("hepg2", gene), _end("hepg2", gene, stimuli=IL6)
    assert driven > 1.3 * rest
    without = {"STAT3": 0.0}
    assert _end("hepg2", gene, stimuli=IL6, perturb=without) == pytest.approx(
        _end("hepg2", gene, perturb=without), rel=1e-3
    )


@pytest.mark.parametrize("gene", ["TP53", "CDH1", "CDKN1A"])
def test_il6_lowers_what_stat3_and_its_targets_repress(gene: str) -> None:
    assert _end("hepg2", gene, stimuli=IL6) < 0.9 * _end("hepg2", gene)


def test_short_lived_proteins_go_first_without_translation() -> None:
    """Survivin and cyclin D1 are lost within hours under cycloheximide, Bcl-xL is not."""

    def left(gene: str) -> float:
        run = simulate("hepg2", until="3 h", observe=[gene], treatments=["cycloheximide@0h"], parts="auto")[
            gene
        ].values
        return float(run.ravel()[-1] / run.ravel()[0])

    assert left("BIRC5") == pytest.approx(0.5**6, rel=0.05)  # six half-lives of 30 min
    assert left("CCND1") < 0.05
    assert left("BCL2L1") > 0.85


def test_knockdown_of_a_gene_lowers_its_protein_and_not_its_mrna() -> None:
    assert _start("hepg2", "MCL1", perturb={"MCL1": 0.1}) == pytest.approx(
        0.1 * _start("hepg2", "MCL1"), rel=1e-6
    )
    assert _start("hepg2", "MCL1_mRNA", perturb={"MCL1": 0.1}) == pytest.approx(_start("hepg2", "MCL1_mRNA"))


def test_cells_double_as_published_and_hepatocytes_stay() -> None:
    assert np.log(2) / _start("hepg2", "net_growth_rate") == pytest.approx(48, rel=0.15)
    assert abs(_end("mouse_hepatocyte", "cell_number") - 1) < 0.01


def test_cells_are_counted_from_the_start_of_the_experiment() -> None:
    run = simulate("hepg2", until="48 h", observe=["cell_number", "net_growth_rate"], parts="auto")
    number = run["cell_number"].values.ravel()
    assert number[0] == pytest.approx(1.0)
    assert np.log(number[-1]) == pytest.approx(48 * float(run["net_growth_rate"].values.ravel()[0]), rel=1e-4)


def test_apoptosis_is_a_switch_of_the_balance() -> None:
    """Death rises little while the load of BH3 proteins doubles, and much when it passes the threshold."""
    loads = (1.0, 1.5, 3.0, 6.0)
    rates = [_start("hepg2", "apoptosis_rate", perturb={"BAX": load}) for load in loads]
    assert rates == sorted(rates)
    steep = [
        np.log(b / a) / np.log(y / x) for a, b, x, y in zip(rates, rates[1:], loads, loads[1:], strict=False)
    ]
    assert max(steep) > 2.5
    assert _start("hepg2", "apoptosis_rate", perturb={"BIRC5": 0.0}) > rates[0]


def test_il6_protects_from_trail_and_needs_stat3_for_it() -> None:
    trail = {"TNFSF10": "50 ng/ml"}
    plain = _end("hepg2", "cell_number", stimuli=trail)
    assert _end("hepg2", "cell_number", stimuli={**trail, **IL6}) > 1.2 * plain
    silent = {"STAT3": 0.0}
    assert _end("hepg2", "cell_number", stimuli={**trail, **IL6}, perturb=silent) == pytest.approx(
        _end("hepg2", "cell_number", stimuli=trail, perturb=silent), rel=1e-3
    )


def test_doxorubicin_kills_through_p53_and_pumps_carry_it_out() -> None:
    drug = {"doxorubicin": "10 uM"}
    assert _end("hepg2", "TP53_activity", drugs=drug) > 2 * _end("hepg2", "TP53_activity")
    assert _end("hepg2", "cell_number", drugs=drug, perturb={"TP53": 0.0}) > _end(
        "hepg2", "cell_number", drugs=drug
    )
    pumps = {"ABCB1": 3.0, "ABCC1": 3.0, "ABCG2": 3.0}
    assert _end("hepg2", "doxorubicin_cell", drugs=drug, perturb=pumps) < 0.6 * _end(
        "hepg2", "doxorubicin_cell", drugs=drug
    )


def test_hbx_lifts_afp_only_where_there_is_p53() -> None:
    assert _start("hepg2+HBV", "AFP") > 1.2 * _start("hepg2", "AFP")
    assert _start("hep3b+HBV", "AFP") == pytest.approx(_start("hep3b", "AFP"), rel=1e-3)
    assert _start("hepg2+HBV", "TP53_free") < 0.5 * _start("hepg2", "TP53_free")


@pytest.mark.long  # `make test` joins them with all the others, in test_neutral_parts
@pytest.mark.parametrize(("context", "dose"), [("hepg2", "10 ng/ml"), ("mouse_hepatocyte", "40 ng/ml")])
def test_no_part_of_these_moves_the_core(context: str, dose: str) -> None:
    """With the table's numbers the calibrated readouts stay where they are."""
    observe = ["pSTAT3", "SOCS3_mRNA"]
    core = simulate(context, stimuli={"IL6": dose}, until="6 h", observe=observe, parts="auto")
    more = simulate(context, stimuli={"IL6": dose}, until="6 h", observe=observe, parts=("core", *OWN))
    for name in observe:
        was, now = core[name].values.ravel(), more[name].values.ravel()
        assert np.max(np.abs(now - was)) < 0.03 * np.max(was), name
