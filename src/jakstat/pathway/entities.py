"""How each species is drawn: its class, its label, its members, its state variables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from jakstat.biology.terms import AnnotationTerm
from jakstat.engine.network.network import Network
from jakstat.knowledge import knowledge

__all__ = ["DrawnEntity", "StateVariable", "drawn_entities"]

_RNA, _COMPLEX, _CHEMICAL, _PROTEIN = "SBO:0000250", "SBO:0000253", "SBO:0000247", "SBO:0000252"
_CLASSES = {
    _RNA: "nucleic acid feature",
    "SBO:0000251": "nucleic acid feature",
    "SBO:0000278": "nucleic acid feature",
    "SBO:0000354": "nucleic acid feature",
    _COMPLEX: "complex",
    _CHEMICAL: "simple chemical",
    "SBO:0000240": "unspecified entity",
    _PROTEIN: "macromolecule",
    "SBO:0000245": "macromolecule",
    "SBO:0000297": "complex",
}
_ASSOCIATION, _TRANSPORT = "SBO:0000177", "SBO:0000185"
_SITE = re.compile(r"phosphorylated on ((?:(?:Tyr|Ser|Thr)\d+)(?:(?:,| and) (?:Tyr|Ser|Thr)\d+)*)")
_ONE_SITE = re.compile(r"(?:Tyr|Ser|Thr)\d+")
_ACTIVE = re.compile(r"\bactive ([A-Za-z0-9]+)")
_PHOSPHO = re.compile(r"\bphosphorylated ([A-Za-z0-9]+)")
_PLACE = re.compile(r"_(nuc|cyt|mito|medium|surface)$")


@dataclass(frozen=True, slots=True)
class StateVariable:
    """A state variable: ``value`` (``P``, ``active``) at ``variable`` (``Tyr705``, or empty)."""

    value: str
    variable: str = ""

    @property
    def text(self) -> str:
        """As it is written in the map."""
        return f"{self.value}@{self.variable}" if self.variable else self.value


@dataclass(frozen=True, slots=True)
class DrawnEntity:
    """A species as the language sees it.

    ``members`` are the labels of a complex's members with their states; ``info`` is
    a unit of information such as ``ct:mRNA`` or ``N:2``.
    """

    species: str
    kind: str
    label: str
    name: str
    states: tuple[StateVariable, ...] = ()
    members: tuple[tuple[str, tuple[StateVariable, ...]], ...] = ()
    info: str = ""


def drawn_entities(network: Network, terms: Mapping[str, AnnotationTerm]) -> Mapping[str, DrawnEntity]:
    """One entity for each species.

    Parameters
    ----------
    network : Network
    terms : mapping of id to AnnotationTerm
        Of the same document.

    Examples
    --------
    >>> from jakstat.biology.terms import terms
    >>> from jakstat.experiment.resting import loaded_cell
    >>> cell = loaded_cell("hepg2")
    >>> drawn_entities(cell.model.network, terms(cell.assembly.sbml))["pSTAT3"].states
    (StateVariable(value='P', variable='Tyr705'),)
    """
    proteins = _protein_labels(network, terms)
    ids = frozenset(s.id for s in network.species)
    first = {s.id: _entity(s.id, terms[s.id], proteins, ids) for s in network.species}
    return _inherited(network, terms, first)


def _protein_labels(network: Network, terms: Mapping[str, AnnotationTerm]) -> Mapping[str, str]:
    """The label of each accession: the shortest id among its free proteins, else its HGNC symbol."""
    found: dict[str, str] = {}
    for entity in knowledge().entities.values():
        if len(entity.hgnc) == 1:
            found.update(dict.fromkeys(entity.uniprot, entity.hgnc[0]))
    free: dict[str, list[str]] = {}
    for species in network.species:
        term = terms[species.id]
        if len(term.uniprot) == 1 and term.sbo not in (_RNA, _COMPLEX):
            free.setdefault(term.uniprot[0], []).append(species.id)
    found.update({code: min(ids, key=lambda i: (len(i), i)) for code, ids in free.items()})
    return found


def _entity(
    species: str, term: AnnotationTerm, proteins: Mapping[str, str], ids: frozenset[str]
) -> DrawnEntity:
    kind = _CLASSES.get(term.sbo, "unspecified entity")
    label = _PLACE.sub("", species)
    if kind == "nucleic acid feature":
        label = re.sub(r"_?m?RNA$", "", label).replace("_", " ")
        return DrawnEntity(species, kind, label, term.name, info="ct:mRNA" if term.sbo == _RNA else "ct:gene")
    if kind != "complex":
        states = _site_states(term.name)
        if states and label.startswith("p") and label[1:] in ids:
            label = label[1:]
        return DrawnEntity(species, kind, label.replace("_", " "), term.name, states)
    members = tuple(proteins.get(code, code) for code in term.uniprot)
    if len(members) == 1:
        return DrawnEntity(species, "macromolecule multimer", members[0], term.name, _any_state(term.name))
    named = tuple((m, _member_states(term.name, m)) for m in members)
    label = label.removeprefix("p") if label.removeprefix("p") in ids else label
    return DrawnEntity(species, kind, _complex_label(label, members), term.name, members=named)


def _complex_label(label: str, members: Iterable[str]) -> str:
    pieces = label.split("_")
    return (":" if set(pieces) <= {*members, *("s" + m for m in members)} else " ").join(pieces)


def _site_states(name: str) -> tuple[StateVariable, ...]:
    match = _SITE.search(name)
    return () if match is None else tuple(StateVariable("P", site) for site in _ONE_SITE.findall(match[1]))


def _any_state(name: str) -> tuple[StateVariable, ...]:
    sites = _site_states(name)
    return sites or ((StateVariable("P"),) if "phosphorylated" in name else ())


def _member_states(name: str, member: str) -> tuple[StateVariable, ...]:
    active = any(found == member for found in _ACTIVE.findall(name.replace("-", " active ")))
    active = active and "active" in name
    phospho = member in _PHOSPHO.findall(name)
    return ((StateVariable("P"),) if phospho else ()) + ((StateVariable("active"),) if active else ())


def _inherited(
    network: Network, terms: Mapping[str, AnnotationTerm], known: Mapping[str, DrawnEntity]
) -> Mapping[str, DrawnEntity]:
    """Multimers take the sites, and the number, of what they are made of; transport keeps both."""
    found = dict(known)
    for _ in range(2):
        for reaction in network.reactions:
            sbo = terms[reaction.id].sbo
            if len(reaction.reactants) != 1 or len(reaction.products) != 1:
                continue
            (before,), (after,) = reaction.reactants, reaction.products
            source, target = found[before.species], found[after.species]
            if target.kind != "macromolecule multimer":
                continue
            if sbo == _ASSOCIATION and before.stoichiometry:
                made = replace(target, info=f"N:{before.stoichiometry:.0f}")
            elif sbo == _TRANSPORT and source.kind == target.kind:
                made = replace(target, info=source.info)
            else:
                continue
            found[target.species] = replace(made, states=source.states or made.states)
    return found
