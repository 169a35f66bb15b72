import pytest

from jakstat.errors import InputError
from jakstat.knowledge.queries import agents, claims, dependents, entities, named


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("stat3", "stat3"),
        ("STAT3", "stat3"),
        ("CNTO 136", "sirukumab"),
        ("PTPN11", "shp2"),
        ("danvatirsen", "azd9150"),
        ("P40763", "stat3"),
    ],
)
def test_names_people_use_are_found(name, first):
    assert named(name)[0].id == first


def test_unknown_name_gets_a_hint():
    with pytest.raises(InputError) as caught:
        named("STAT33")
    assert "STAT3" in caught.value.problems[0].hint


def test_claims_are_chosen_by_module_and_subject():
    assert {c.module for c in claims(module="virus")} == {"virus"}
    about = {c.id for c in claims(about="STAT3")}
    assert {"C025", "C084", "C106"} <= about
    assert {c.id for c in claims(about="SHP2")} >= {"C138", "C139"}
    for bad in ({"module": "nosuch"}, {"about": "nosuch"}):
        with pytest.raises(InputError):
            claims(**bad)


def test_entities_by_kind_and_text():
    assert all(e.kind == "virus" for e in entities(kind="virus"))
    assert "socs3" in {e.id for e in entities(like="cytokine signalling 3")}
    with pytest.raises(InputError):
        entities(kind="nosuch")


def test_agents_carry_facts_and_claims():
    by_id = {a.entity.id: a for a in agents()}
    assert len(by_id) == 60
    assert "C291" in by_id["ruxolitinib"].claims


def test_unknown_source_is_refused():
    with pytest.raises(InputError):
        dependents("nobody1900")
