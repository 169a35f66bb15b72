import pytest

from jakstat.biology import assemble, chosen_parts
from jakstat.engine.load import load_sbml
from jakstat.errors import InputError
from jakstat.knowledge import sources
from jakstat.pharmacology import acts_on, agent, drug_names, library_agents


@pytest.fixture(scope="module")
def network():
    symbols = [a.model_symbol for a in library_agents()]
    return load_sbml(assemble("hepg2", parts=chosen_parts(("auto",), symbols)).sbml, trusted=True).network


@pytest.mark.parametrize("spelling", ["ruxolitinib", "RUXOLITINIB", "Jakafi", " INCB018424 ", "rux"])
def test_every_spelling_finds_the_drug(spelling):
    assert agent(spelling).id == "ruxolitinib"


def test_unknown_name_suggests_the_nearest():
    with pytest.raises(InputError) as caught:
        agent("ruxolitinb", field="--drug")
    (found,) = caught.value.problems
    assert found.code == "drug.unknown"
    assert found.field == "--drug"
    assert "did you mean 'ruxolitinib'" in found.hint


def test_every_agent_becomes_something_in_the_model(network):
    species = {s.id for s in network.species}
    switches = {p.id for p in network.parameters}
    for a in library_agents():
        assert a.model_symbol in (species if a.kind == "drug" else switches)


def test_every_number_has_a_source_and_a_range():
    known = sources()
    for a in library_agents():
        assert set(a.sources) <= set(known)
        for row in a.properties.values():
            assert row.source in known
            assert row.low <= row.value <= row.high


def test_a_grade_is_the_weakest_of_the_numbers_of_potency():
    """Ruxolitinib and fedratinib: measured, with a shift of the cell that is fitted."""
    assert agent("ruxolitinib").grade == "fitted"
    assert agent("fedratinib").grade == "fitted"
    assert agent("cycloheximide").grade == "assumed"


def test_names_and_aliases_are_unique():
    spellings = [
        s.casefold() for a in library_agents() for s in {a.id, a.name.casefold(), *a.aliases, *a.misprints}
    ]
    assert len(spellings) == len(set(spellings))
    assert "Stattic" in drug_names()


def test_drugs_have_a_molar_mass_and_an_unbound_share():
    assert agent("ruxolitinib").molar_mass == 306.4
    assert agent("ruxolitinib").fraction_unbound_medium == 1.0
    assert agent("cycloheximide").molar_mass is None
    assert agent("cycloheximide").fraction_unbound_medium == 1.0


@pytest.mark.parametrize(
    ("ligand", "origin", "cells", "acts"),
    [
        ("IL6", "human", "human", True),
        ("IL6", "human", "mouse", True),
        ("IL6", "mouse", "mouse", True),
        ("IL6", "mouse", "human", False),
        ("sgp130", "mouse", "human", True),
    ],
)
def test_whose_ligand_acts_on_whose_cells(ligand, origin, cells, acts):
    assert acts_on(ligand, origin=origin, cells=cells) is acts
