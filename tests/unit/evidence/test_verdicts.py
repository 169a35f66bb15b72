"""The harness is honest: it says what runs, breaks when the model is broken, and falls when shuffled."""

from dataclasses import replace

import numpy as np
import pytest

from jakstat.biology import CORE_PARTS, assemble
from jakstat.engine.model import Model
from jakstat.errors import InputError
from jakstat.evidence.batch import Job, drawn_cell, run_job
from jakstat.evidence.claim_experiment import Condition, reasons
from jakstat.evidence.roles import edge_signs, encoded_by
from jakstat.evidence.verdicts import agreement, claim_verdict
from jakstat.experiment.resting import loaded_cell
from jakstat.knowledge import knowledge

LANES = 16


# the pathway and its brakes in `make test`, every module in `make verify`
_MODULES = ("receptor", "jak_stat_core", "feedback")
_PLAIN = ("C011", "C024", "C065", "C070", "C072", "C084", "C118", "C350", "C355")


@pytest.fixture(scope="module")
def verdicts():
    return [v for module in _MODULES for v in claim_verdict(module=module, lanes=LANES).verdicts]


@pytest.fixture(scope="module")
def by_id(verdicts):
    return {v.claim.id: v for v in verdicts}


@pytest.mark.long
def test_every_claim_has_a_verdict_and_a_reason_where_it_is_not_supported():
    report = claim_verdict(lanes=LANES)
    assert [v.claim.id for v in report.verdicts] == list(knowledge().claims)
    contradicted = {v.claim.id for v in report.verdicts if v.verdict == "contradicted"}
    assert contradicted <= set(reasons())
    for v in report.verdicts:
        assert v.reason or v.verdict == "supported", v.claim.id
        assert (v.role is None) == (not v.findings)
    counts = report.counts()
    assert sum(counts["verdict"].values()) == 374
    assert sum(counts["role"].values()) == sum(bool(v.findings) for v in report.verdicts)


def test_claims_of_the_records_are_no_experiments(by_id):
    for v in by_id.values():
        if v.claim.scale == "record":
            assert v.verdict == "untestable"


def test_what_cannot_run_names_the_part():
    (verdict,) = claim_verdict(claim="C001", lanes=1).verdicts
    assert "tumour/lineage" in verdict.reason


def test_il17a_is_a_negative_control(by_id):
    """IL-17A meets no JAK: STAT3 rests for an hour, and for a day without the IL-6 receptor."""
    verdict = by_id["C365"]
    assert (verdict.verdict, verdict.role, verdict.claim.expected) == ("supported", "emergent", "no_effect")


def test_none_is_contradicted_without_a_written_reason(verdicts):
    contradicted = {v.claim.id for v in verdicts if v.verdict == "contradicted"}
    assert contradicted <= set(reasons())


def test_the_plain_steps_of_the_pathway_are_supported(by_id):
    (last,) = claim_verdict(claim="C356", lanes=LANES).verdicts
    assert last.verdict == "supported"
    for claim in _PLAIN:
        assert by_id[claim].verdict == "supported", claim
        assert all(f.agree >= 0.9 for f in by_id[claim].findings)


def test_roles_are_computed(by_id):
    assert by_id["C117"].role == "encoded"
    assert by_id["C081"].role == "emergent"
    assert by_id["C126"].role == "held_out"


def test_shuffled_expectations_lose_their_support(verdicts):
    found = [f for v in verdicts for f in v.findings if f.expect in ("up", "down")]
    effects = np.array([f.effect for f in found])
    said = np.array([f.expect for f in found])
    real = np.mean([agreement(s, np.array([e]))[0][0] for s, e in zip(said, effects, strict=True)])
    rng = np.random.default_rng(1)
    shuffled = np.mean(
        [
            np.mean(
                [
                    agreement(s, np.array([e]))[0][0]
                    for s, e in zip(rng.permutation(said), effects, strict=True)
                ]
            )
            for _ in range(200)
        ]
    )
    up = np.mean(said == "up")
    chance = up * np.mean(effects >= 0.05) + (1 - up) * np.mean(effects <= -0.05)
    assert real > 0.85
    assert shuffled == pytest.approx(chance, abs=0.05)
    assert shuffled < real - 0.25


def test_edges_have_the_signs_of_their_rates():
    cell = loaded_cell("hepg2", (*CORE_PARTS, "jak_inhibitor_ruxolitinib"))
    signs = edge_signs(cell.model, ["SOCS3", "ruxolitinib", "pSTAT3_dimer_nuc", "Km_STAT3", "nosuch"])
    assert signs["STAT3_phosphorylation", "SOCS3"] == -1
    assert signs["JAK1_activation_cc", "ruxolitinib"] == -1
    assert ("STAT3_phosphorylation", "ruxolitinib") not in signs
    assert signs["SOCS3_transcription", "pSTAT3_dimer_nuc"] == 1
    assert ("STAT3_import", "SOCS3") not in signs


def flipped(reactions):
    """The model of a context with these reactions running backwards."""

    def make(context, parts=CORE_PARTS):
        network = loaded_cell(context, parts).model.network
        turned = tuple(
            replace(r, reactants=r.products, products=r.reactants) if r.id in reactions else r
            for r in network.reactions
        )
        return Model(replace(network, reactions=turned))

    return make


def without(claim):
    """The model of a context in which every reaction that encodes the claim runs backwards."""

    def make(context, parts=CORE_PARTS):
        cell = loaded_cell(context, parts)
        encoding = encoded_by(cell.model, cell.assembly.evidence).get(claim, ())
        return flipped({r for r, _ in encoding})(context, parts)

    return make


CELL = loaded_cell("hepg2")
ENCODED = encoded_by(CELL.model, assemble("hepg2", parts="core").evidence)


@pytest.mark.long
def test_a_reaction_that_is_flipped_encodes_its_claims_no_more():
    signed = {k for k in ENCODED if knowledge().claims[k].relation != "binds"}
    for claim in sorted(signed):
        model = flipped({r for r, _ in ENCODED[claim]})("hepg2")
        assert claim not in encoded_by(model, CELL.assembly.evidence), claim


# one of each kind in `make test`, all of them in `make verify`
_QUICK = {"C024", "C103", "C118", "C351"}


@pytest.mark.parametrize(
    "claim", [pytest.param(c, marks=() if c in _QUICK else pytest.mark.long) for c in sorted(ENCODED)]
)
def test_flipping_what_encodes_a_claim_flips_its_verdict(claim, by_id):
    nominal = claim_verdict(claim=claim, lanes=1).verdicts[0]
    if nominal.verdict != "supported":
        pytest.skip(f"{claim} is {by_id[claim].verdict}")
    broken = claim_verdict(claim=claim, lanes=1, model=without(claim))
    assert broken.verdicts[0].verdict != "supported"


def test_unknown_names_are_refused():
    for words in ({"claim": "C999"}, {"module": "nosuch"}, {"claim": "C024", "lanes": 0}):
        with pytest.raises(InputError):
            claim_verdict(**words)


def test_a_comparison_of_two_cells_reads_each_in_its_own_model():
    """Cancer against normal at rest, and one state against none: the control is another model."""
    (verdict,) = claim_verdict(claim="C039", lanes=2).verdicts
    (finding,) = verdict.findings
    assert finding.control is not None
    assert finding.perturbed is not None
    assert finding.perturbed > 2 * finding.control
    (autocrine,) = claim_verdict(claim="C058", lanes=2).verdicts
    assert autocrine.role == "encoded"
    assert autocrine.findings[0].effect > 0.05


def test_a_series_of_factors_runs_each_level():
    """SOCS3 is what ends the response: without it pSTAT3 at 2 h is several times as high."""
    said = "stimulus IL6=10ng/ml; perturb SOCS3={}"
    drawn = drawn_cell("hepg2", CORE_PARTS, lanes=2, seed=1)

    def at_two_hours(factors):
        job = Job("hepg2", CORE_PARTS, Condition.parse(said.format(factors)), 2.0, ("pSTAT3",))
        found = run_job(job, drawn)
        return found.levels, found.values["pSTAT3"][:, :, -1]

    levels, values = at_two_hours("0,1")
    assert levels.tolist() == [0.0, 1.0]
    assert values[0, 0] > 3 * values[0, 1]
    for i, factor in enumerate((0, 1)):
        assert np.array_equal(values[:, i], at_two_hours(factor)[1][:, 0])
