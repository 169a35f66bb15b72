"""Questions to the records: who, what is claimed about it, what rests on a source."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel

from jakstat.errors import InputError, problem
from jakstat.knowledge.claim import Claim
from jakstat.knowledge.domain import Domain
from jakstat.knowledge.entity import Entity
from jakstat.knowledge.record_set import Knowledge, knowledge
from jakstat.knowledge.therapy import Therapy

__all__ = ["AgentFacts", "agents", "claims", "dependents", "entities", "named"]


@dataclass(frozen=True, slots=True)
class AgentFacts:
    """One drug or regimen with all that is recorded about it."""

    entity: Entity
    facts: tuple[Therapy, ...]
    claims: tuple[str, ...]


def named(text: str, *, known: Knowledge | None = None) -> tuple[Entity, ...]:
    """The entities that go by a name: an id, a gene symbol, an accession, a synonym or the full name.

    Raises
    ------
    InputError
        ``entity.unknown``, with the nearest names.

    Examples
    --------
    >>> [e.id for e in named("STAT3")][:2]
    ['stat3', 'pstat3_dimer']
    """
    base = knowledge() if known is None else known
    wanted = _plain(text)
    by_id = base.entities.get(text.strip().lower())
    found = [e for e in base.entities.values() if wanted in {_plain(n) for n in _names(e)}]
    if by_id is not None:
        found = [by_id, *(e for e in found if e is not by_id)]
    if not found:
        names = {n for e in base.entities.values() for n in _names(e)}
        near = difflib.get_close_matches(text[:60], sorted(names), n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else "see: jakstat entities"
        raise problem("entity.unknown", f"nothing is called {text[:60]!r}", field="name", hint=hint)
    return tuple(sorted(found, key=lambda e: (e.kind == "reject", e is not by_id, e.id)))


def _names(entity: Entity) -> tuple[str, ...]:
    return (entity.id, entity.name, *entity.hgnc, *entity.uniprot, *entity.synonyms)


def _plain(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def entities(*, kind: str | None = None, like: str | None = None) -> tuple[Entity, ...]:
    """The entities of a kind, or those whose names hold a text.

    Raises
    ------
    InputError
        ``entity.kind``.

    Examples
    --------
    >>> [e.id for e in entities(kind="virus")]
    ['hbv', 'hcv', 'hepatitis_virus']
    """
    found = list(knowledge().entities.values())
    if kind is not None:
        kinds = sorted({e.kind for e in found})
        if kind not in kinds:
            raise problem("entity.kind", f"no kind {kind[:40]!r}", field="--kind", hint=", ".join(kinds))
        found = [e for e in found if e.kind == kind]
    if like is not None:
        found = [e for e in found if any(_plain(like) in _plain(n) for n in _names(e))]
    return tuple(found)


def claims(*, module: str | None = None, about: str | None = None) -> tuple[Claim, ...]:
    """The claims of a module, or those about an entity or a group that it belongs to.

    Raises
    ------
    InputError
        ``claim.module``, ``entity.unknown``.

    Examples
    --------
    >>> claims(module="feedback", about="SHP2")[-1].id
    'C139'
    """
    base = knowledge()
    found = list(base.claims.values())
    if module is not None:
        modules = sorted({c.module for c in found})
        if module not in modules:
            raise problem(
                "claim.module", f"no module {module[:40]!r}", field="--module", hint=", ".join(modules)
            )
        found = [c for c in found if c.module == module]
    if about is not None:
        direct = {e.id for e in named(about)}
        direct |= {e.id for e in base.entities.values() if _about_name(e, direct)}
        found = [c for c in found if {c.subject, c.object} & direct]
    return tuple(found)


def _about_name(entity: Entity, direct: set[str]) -> bool:
    """Whether an entity is a form of a wanted one, such as shp2_silencing of shp2."""
    words = entity.id.split("_")
    return any(set(name.split("_")) <= set(words) for name in direct)


def agents() -> tuple[AgentFacts, ...]:
    """Every drug or regimen with its facts and the claims that name it.

    Examples
    --------
    >>> next(len(a.facts) for a in agents() if a.entity.id == "siltuximab")
    30
    """
    base = knowledge()
    found: dict[str, list[Therapy]] = {}
    for fact in base.therapies.values():
        found.setdefault(fact.agent, []).append(fact)
    return tuple(
        AgentFacts(
            base.entities[key],
            tuple(found[key]),
            tuple(c.id for c in base.claims.values() if key in (c.subject, c.object)),
        )
        for key in sorted(found)
    )


def domains(*, like: str | None = None) -> tuple[Domain, ...]:
    """The domains and sites of proteins, or those whose id, name or protein holds a text.

    Examples
    --------
    >>> [d.residues for d in domains(like="Tyr705")]
    ['705']
    """
    found = tuple(knowledge().domains.values())
    if like is None:
        return found
    text = _plain(like)
    return tuple(d for d in found if any(text in _plain(n) for n in (d.id, d.name, d.protein, d.uniprot)))


def dependents(source: str, *, known: Knowledge | None = None) -> tuple[str, ...]:
    """Ids of every record that rests on a source, sorted.

    Raises
    ------
    InputError
        ``source.unknown``.

    Examples
    --------
    >>> dependents("lsoda")
    ('M001',)
    """
    base = knowledge() if known is None else known
    if source not in base.sources:
        near = difflib.get_close_matches(source[:60], base.sources, n=1)
        hint = f"did you mean {near[0]!r}?" if near else "see: jakstat sources"
        raise InputError(problem("source.unknown", f"no source {source[:60]!r}", hint=hint).problems)
    tables: tuple[Mapping[str, BaseModel], ...] = (
        base.claims, base.clinical_targets, base.cytokines, base.domains, base.entities, base.methods,
        base.observations, base.quantities, base.therapies,
    )  # fmt: skip
    found = {
        key for table in tables for key, record in table.items() if source in getattr(record, "source", ())
    }
    return tuple(sorted(found))
