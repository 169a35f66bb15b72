"""Records of domains: form, links, listing."""

from __future__ import annotations

import itertools

import pytest
from pydantic import ValidationError

from jakstat.biology import parameters, part, part_names
from jakstat.evidence.why import why
from jakstat.knowledge import knowledge
from jakstat.knowledge.domain import Domain
from jakstat.knowledge.queries import domains

ROW = {
    "id": "STAT3_SH2",
    "protein": "stat3_sh2",
    "name": "SH2 domain",
    "first": "586",
    "last": "688",
    "uniprot": "P40763",
    "role": "docks",
    "agents": "stattic; c188_9",
    "symbols": "Km_STAT3",
    "grade": "assumed",
    "source": "xu2021",
    "note": "",
}


def test_row_becomes_a_record():
    found = Domain.model_validate(ROW)
    assert found.agents == ("stattic", "c188_9")
    assert found.residues == "586-688"


@pytest.mark.parametrize(
    "change",
    [
        {"last": "500"},
        {"first": "0"},
        {"first": "x"},
        {"uniprot": "P4076"},
        {"source": ""},
        {"grade": "sure"},
        {"extra": "1"},
    ],
)
def test_what_is_wrong_is_refused(change):
    with pytest.raises(ValidationError):
        Domain.model_validate(ROW | change)


def test_six_domains_and_three_pockets_of_stat3_are_there():
    known = {d.id for d in domains(like="P40763")}
    assert {f"STAT3_{n}" for n in ("NTD", "CCD", "DBD", "linker", "SH2", "TAD")} <= known
    assert len([d for d in known if d.startswith("STAT3_SH2_")]) == 3


def test_domains_of_the_chain_follow_without_overlap():
    chain = [knowledge().domains[f"STAT3_{n}"] for n in ("NTD", "CCD", "DBD", "linker", "SH2", "TAD")]
    assert all(a.last < b.first for a, b in itertools.pairwise(chain))
    assert chain[-1].last == 770


def test_symbols_of_domains_are_those_of_the_model():
    numbers = {row.id for row in parameters()}
    ports = {port.name for name in part_names() for port in part(name).ports}
    for domain in domains():
        assert set(domain.symbols) <= numbers | ports


def test_why_answers_for_a_domain():
    found = why("STAT3_SH2")
    assert found.kind == "domain"
    assert "C095" in [c.id for c in found.claims]
    assert "c188_9" in found.used_by
