"""The assembled document: valid, unit-clean, annotated, and the same every time."""

from __future__ import annotations

import math

import libsbml
import pytest

from jakstat.biology import assemble, context, contexts, observables, parameters, part_names, parts
from jakstat.engine.load import load_sbml
from jakstat.errors import InputError
from jakstat.experiment.describe import make_protocol
from jakstat.experiment.plan import protocol_parts
from jakstat.knowledge import knowledge, sources

CONTEXTS = contexts()


def _document(name: str) -> libsbml.SBMLDocument:
    return libsbml.readSBMLFromString(assemble(name, parts="core").sbml)


@pytest.mark.parametrize("name", CONTEXTS)
def test_document_has_no_error_and_no_unit_warning(name: str) -> None:
    document = _document(name)
    document.setConsistencyChecks(libsbml.LIBSBML_CAT_UNITS_CONSISTENCY, True)
    document.checkConsistency()
    messages = [document.getError(i) for i in range(document.getNumErrors())]
    practice = libsbml.LIBSBML_CAT_MODELING_PRACTICE
    assert [m.getMessage() for m in messages if m.getCategory() != practice] == []
    assert (document.getLevel(), document.getVersion()) == (3, 2)


@pytest.mark.parametrize("name", CONTEXTS)
def test_every_species_and_reaction_is_identified_and_rests_on_known_records(name: str) -> None:
    document = _document(name)  # owns the model: without it libSBML frees the memory
    model = document.getModel()
    known = set(sources())
    for element in [*model.getListOfSpecies(), *model.getListOfReactions()]:
        assert element.getSBOTermID().startswith("SBO:"), element.getId()
        assert 'record key="' in element.getAnnotationString(), element.getId()
    for species in model.getListOfSpecies():
        uris = [
            species.getCVTerm(i).getResourceURI(j)
            for i in range(species.getNumCVTerms())
            for j in range(species.getCVTerm(i).getNumResources())
        ]
        assert uris or species.getId() == "Stattic", species.getId()
        assert all(u.startswith("https://identifiers.org/") for u in uris)
    assembly = assemble(name, parts="core")
    assert set(assembly.sources) <= known
    cited = {key for keys in assembly.evidence.values() for key in keys}
    assert all(knowledge().sources_of(key) for key in cited)
    assert set(assembly.evidence) == {r.getId() for r in model.getListOfReactions()}


def test_mouse_and_human_documents_name_their_own_proteins() -> None:
    human, mouse = assemble("hepg2", parts="core").sbml, assemble("mouse_hepatocyte", parts="core").sbml
    assert "uniprot:P40763" in human
    assert "uniprot:P40763" not in mouse
    assert "uniprot:P42227" in mouse


def test_abundances_become_amounts() -> None:
    row = next(r for r in assemble("hepg2", parts="core").parameters if r.id == "abundance_STAT3")
    copies = context("hepg2").row("abundance_STAT3").value
    assert row.unit == "zmol"
    assert row.value == pytest.approx(copies / 602.214076, rel=1e-15)


def test_changed_parameter_changes_document_and_key() -> None:
    changed = assemble("hepg2", parts="core", parameters={"KD_IL6_IL6R": 1.0})
    document = libsbml.readSBMLFromString(changed.sbml)
    model = document.getModel()
    assert model.getParameter("KD_IL6_IL6R").getValue() == 1.0
    assert changed.model_key != assemble("hepg2", parts="core").model_key
    assert (
        assemble("hepg2", parts="core").model_key == assemble("hepg2", parts="core", parameters={}).model_key
    )


def test_unknown_names_are_refused_with_a_hint() -> None:
    with pytest.raises(InputError) as caught:
        assemble("hepg3", parts="core")
    assert "hepg2" in caught.value.problems[0].hint
    with pytest.raises(InputError, match="no parameter 'kd_IL6'"):
        assemble("hepg2", parts="core", parameters={"kd_IL6": 1.0})


def test_contexts_share_all_constants_but_the_documented() -> None:
    """A context that replaces a shared constant says why in its note."""
    shared = {row.id for row in parameters()}
    for name in CONTEXTS:
        for row in context(name).rows:
            if row.id in shared:
                assert len(row.note) > 20, f"{name} {row.id} differs without a reason"


def test_observables_are_rules_of_the_document() -> None:
    document = libsbml.readSBMLFromString(assemble("hepg2", parts=part_names()).sbml)
    model = document.getModel()
    for observable in observables():
        assert model.getAssignmentRuleByVariable(observable.symbol) is not None
        assert observable.title


def test_every_part_states_limits_and_expected_numbers() -> None:
    for piece in parts():
        assert piece.summary
        assert piece.limits
        assert piece.expected


def test_parts_hold_no_biological_constant() -> None:
    """Numbers in formulas are 1, 2 (stoichiometry) or 0; everything else sits in a table."""
    document = _document("hepg2")
    model = document.getModel()
    holders = [r.getKineticLaw().getMath() for r in model.getListOfReactions()]
    holders += [r.getMath() for r in model.getListOfRules()]
    while holders:
        node = holders.pop()
        if node.isNumber():
            assert node.getValue() in (0.0, 1.0, 2.0)
        holders.extend(node.getChild(i) for i in range(node.getNumChildren()))


def test_ranges_hold_their_values() -> None:
    for name in CONTEXTS:
        for row in assemble(name, parts="core").parameters:
            assert math.isfinite(row.value)
            assert row.low <= row.value <= row.high


def test_without_parts_it_is_the_whole_cell_as_in_a_simulation():
    whole = assemble("hepg2").parts
    assert whole == protocol_parts(make_protocol("hepg2", stimuli="IL6=10ng/ml"))
    assert {"stat3", "nfkb", "phenotype"} <= set(whole)
    assert assemble("hepg2", parts="core, nfkb").parts == assemble("hepg2", parts=["core", "nfkb"]).parts


def test_translation_of_SOCS3_saturates_at_half_where_the_table_says():
    rows = {r.id: r.value for r in assemble("hepg2", parts="core").parameters}
    model = load_sbml(assemble("hepg2", parts="core").sbml, trusted=True)
    full = rows["ktranslation_SOCS3"] * rows["cytoplasm"]  # of each nM of mRNA, as long as there is little
    hours = 1e-4
    for times in (0.01, 1.0, 9.0):
        mrna = times * rows["K_translation"]
        start = {"SOCS3": 0.0, "SOCS3_mRNA": mrna * rows["cytoplasm"]}
        run = model.simulate([0.0, hours], initial=start, rtol=1e-9, atol=1e-15)
        assert run.amount("SOCS3")[0, 1] / hours == pytest.approx(full * mrna / (1 + times), rel=1e-2)
