"""The model's reactions as the map needs them: ends, influences, class, and whether they are stubs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from jakstat.biology.terms import AnnotationTerm
from jakstat.engine.network.network import Network, SpeciesReference
from jakstat.pathway.influences import Influence, Kinetics

__all__ = ["Step", "arc_class", "steps"]

_CLASSES = {
    "SBO:0000177": "association",
    "SBO:0000180": "dissociation",
    "SBO:0000397": "omitted process",
    "SBO:0000396": "uncertain process",
}
_CATALYSED = frozenset({"SBO:0000216", "SBO:0000330", "SBO:0000176", "SBO:0000172"})
"""Phosphorylation, dephosphorylation and other reactions that an enzyme carries out."""


@dataclass(frozen=True, slots=True)
class Step:
    """One reaction.

    Parameters
    ----------
    id, kind : str
        Reaction, and the class of its glyph.
    reactants, products : mapping of species to number of molecules
    influences : mapping of species to class of arc
    reversible : bool
        Whether its rate can turn negative.
    gate : {"", "or", "and"}
        Which operator joins the species that the reaction cannot do without, when they are many.
    gated : tuple of str
        These species.
    stub : bool
        Whether it makes or removes one species and is influenced by none, so that it is drawn at that one.
    """

    id: str
    kind: str
    reactants: Mapping[str, float]
    products: Mapping[str, float]
    influences: Mapping[str, str]
    reversible: bool
    stub: bool
    gate: str = ""
    gated: tuple[str, ...] = ()

    @property
    def ends(self) -> tuple[str, ...]:
        """Species that take part."""
        return tuple(dict.fromkeys((*self.reactants, *self.products)))


def arc_class(influence: Influence, sbo: str, pool: str) -> str:
    """The class of the arc from a species of class ``pool`` to a reaction.

    Examples
    --------
    >>> arc_class(Influence("SOCS3", -1, False), "SBO:0000216", "macromolecule")
    'inhibition'
    """
    if influence.sign == 0:
        return "modulation"
    if influence.sign < 0:
        return "inhibition"
    if not influence.needed:
        return "stimulation"
    enzyme = sbo in _CATALYSED and pool != "nucleic acid feature"
    return "catalysis" if enzyme else "necessary stimulation"


def steps(
    network: Network,
    terms: Mapping[str, AnnotationTerm],
    found: Mapping[str, Kinetics],
    pools: Mapping[str, str],
) -> tuple[Step, ...]:
    """Every reaction as a step.

    Parameters
    ----------
    network : Network
    terms : mapping of id to AnnotationTerm
    found : mapping of reaction id to Kinetics
    pools : mapping of species to class of glyph
    """
    made = []
    for reaction in network.reactions:
        sbo, law = terms[reaction.id].sbo, found[reaction.id]
        reactants, products = _count(reaction.reactants), _count(reaction.products)
        kind = _CLASSES.get(sbo, "process")
        if (kind == "association" and len(products) != 1) or (kind == "dissociation" and len(reactants) != 1):
            kind = "process"
        if not reactants or not products:
            kind = "process" if kind in ("association", "dissociation") else kind
        influences = {i.species: arc_class(i, sbo, pools[i.species]) for i in law.influences}
        stub = len(reactants) + len(products) == 1 and not influences
        gate, gated = _gate(law)
        made.append(
            Step(reaction.id, kind, reactants, products, influences, law.reversible, stub, gate, gated)
        )
    return _limited(made)


def _gate(law: Kinetics, *, many: int = 3) -> tuple[str, tuple[str, ...]]:
    """One operator instead of ``many`` arcs or more, when any of them is enough or each is needed."""
    needed = [i for i in law.influences if i.needed]
    alone = {i.alone for i in needed}
    if len(needed) < many or len(alone) != 1:
        return "", ()
    return "and" if alone == {True} else "or", tuple(i.species for i in needed)


def _count(references: Iterable[SpeciesReference]) -> Mapping[str, float]:
    total: Counter[str] = Counter()
    for reference in references:
        total[reference.species] += 1.0 if reference.stoichiometry is None else reference.stoichiometry  # type: ignore[assignment]
    return dict(total)


def _limited(made: Sequence[Step], *, room: int = 2) -> tuple[Step, ...]:
    """At most ``room`` stubs above (synthesis) and below (degradation) a species; the rest become steps."""
    seen: Counter[tuple[str, bool]] = Counter()
    kept = []
    for step in made:
        stub = step.stub
        if stub:
            place = (step.ends[0], bool(step.reactants))
            seen[place] += 1
            stub = seen[place] <= room
        kept.append(replace(step, stub=stub))
    return tuple(kept)
