"""Every piece of the model says on what it rests."""

import pytest

from jakstat.biology import (
    assemble,
    context,
    contexts,
    observables,
    parameters,
    part_names,
    parts,
    state,
    states,
)
from jakstat.biology.patient_assembly import assemble_patient
from jakstat.errors import InputError
from jakstat.evidence.why import explained_names, why
from jakstat.pharmacology.body_drugs import body_drug


@pytest.mark.parametrize("name", [row.id for row in parameters()])
def test_every_parameter_answers(name):
    answer = why(name)
    assert answer.records
    assert answer.sources
    assert answer.grades


@pytest.mark.parametrize("context", contexts())
def test_every_reaction_and_number_of_a_model_answers(context):
    model = assemble(context, parts="core")
    for reaction in model.evidence:
        found = why(reaction)
        assert found.kind == "reaction"
        assert found.claims or found.quantities, reaction
        assert found.sources, reaction
    assert all(why(row.id).records for row in model.parameters)


@pytest.mark.long
def test_every_reaction_and_number_of_a_patient_answers() -> None:
    drugs = [
        body_drug(name) for name in ("sorafenib", "siltuximab", "tocilizumab", "nivolumab", "doxorubicin")
    ]
    model = assemble_patient(drugs=drugs, tumour=part_names(instances=False, scale="tumour"))
    assert len(model.evidence) > 500
    for reaction in model.evidence:
        found = why(reaction, "patient")
        assert found.kind == "reaction", reaction
        assert found.sources, reaction
        assert set(model.evidence[reaction]) <= {
            *(c.id for c in found.claims), *(q.id for q in found.quantities), *(s.key for s in found.sources)
        }, reaction  # fmt: skip
    worked_out = [row.id for row in model.parameters if "_usual_" in row.id]
    for row in model.parameters:
        if row.id not in worked_out:
            assert why(row.id, "patient").settings, row.id


def test_what_drugs_do_to_a_tumour_is_told() -> None:
    """By hand: the records of siltuximab's affinity stand behind the IL-6 that is held in plasma."""
    found = why("IL6_held_serum")
    assert {"Q214"} <= {q.id for q in found.quantities}
    assert "vanzaanen1996" in {s.key for s in found.sources}
    assert "sites*siltuximab_unbound/KD_siltuximab" in found.formula


def test_a_scale_is_cell_or_patient() -> None:
    with pytest.raises(InputError) as caught:
        why("STAT3", "organ")
    assert [p.code for p in caught.value.problems] == ["option.value"]


def test_species_rules_and_readouts_answer():
    for name in [*(s.id for p in parts() for s in p.species), *(o.name for o in observables()), "JAK_free"]:
        assert why(name).records, name
    assert "SOCS3_mRNA" in explained_names()


def test_a_parameter_names_its_reactions_and_a_reaction_its_parameters():
    assert "JAK1_activation_cc" in why("kact_JAK1").used_by
    assert "kact_JAK1" in why("JAK1_activation_cc").uses
    assert why("potency_shift").records
    assert {q.id for q in why("KD_IL6_IL6R").quantities} == {"Q030", "Q031"}


def test_unknown_name_gets_a_hint():
    with pytest.raises(InputError) as caught:
        why("STAT3_dimerization")
    assert "STAT3_dimerisation" in caught.value.problems[0].hint


@pytest.mark.parametrize("name", [*contexts(), *states()])
def test_every_cell_and_state_answers(name):
    answer = why(name)
    assert answer.kind == ("state" if name in states() else "context")
    assert answer.sources
    assert answer.settings
    assert name in explained_names()


def test_a_parameter_names_the_states_that_change_it_and_no_row_twice():
    settings = [(s.context, s.acts) for s in why("kbasal_gp130").settings]
    assert ("JAK1_mutant", "times") in settings
    assert ("mouse_hepatocyte", "") in settings
    assert len(set(settings)) == len(settings)
    taken = [s.context for s in why("abundance_STAT3").settings]
    assert "huh7" in [name for name in contexts() if "abundance_STAT3" in context(name).taken]
    assert "huh7" not in taken


def test_what_is_on_record_about_a_state_answers_with_it():
    assert [q.id for q in why("SOCS3_methylated").quantities] == ["Q195"]
    assert "C125" in state("SOCS3_methylated").records
