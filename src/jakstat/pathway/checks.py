"""What must hold of every map, whatever model it is drawn from."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from jakstat.pathway.records import MODULATIONS, Glyph, PathwayMap

__all__ = ["faults"]


def faults(drawn: PathwayMap, species: Collection[str], reactions: Collection[str]) -> tuple[str, ...]:
    """Every rule that a map breaks, in words; empty when it is sound.

    Parameters
    ----------
    drawn : PathwayMap
    species, reactions : collection of str
        Those of the model.

    Examples
    --------
    >>> from jakstat.pathway.build import pathway_map
    >>> from jakstat.biology import assemble
    >>> from jakstat.engine.load import load_sbml
    >>> cell = assemble("hepg2", parts="core")
    >>> network = load_sbml(cell.sbml, trusted=True).network
    >>> faults(pathway_map(cell), [s.id for s in network.species], [r.id for r in network.reactions])
    ()
    """
    found = [*_complete(drawn, species, reactions), *_ends(drawn), *_places(drawn), *_language(drawn)]
    return tuple(found)


def _complete(drawn: PathwayMap, species: Collection[str], reactions: Collection[str]) -> Iterator[str]:
    pools: dict[str, list[Glyph]] = {}
    for glyph in drawn.pools():
        if glyph.stands_for:
            pools.setdefault(glyph.stands_for, []).append(glyph)
    for name in species:
        here = pools.pop(name, [])
        if not here and name not in drawn.unconnected:
            yield f"species {name} is not drawn"
        if len(here) > 1 and not all(g.clone for g in here):
            yield f"species {name} is drawn {len(here)} times without clone markers"
        if len(here) == 1 and here[0].clone:
            yield f"species {name} has a clone marker and is drawn once"
    yield from (f"no species {name} in the model" for name in pools)
    processes = [g.stands_for for g in drawn.processes()]
    for name in reactions:
        if processes.count(name) != 1:
            yield f"reaction {name} is drawn {processes.count(name)} times"


def _ends(drawn: PathwayMap) -> Iterator[str]:
    ports = {p.id: (p.x, p.y) for g in drawn.glyphs for p in g.ports}
    glyphs = {g.id: g for g in drawn.glyphs}
    touched = set()
    for arc in drawn.arcs:
        for end, point in ((arc.source, arc.points[0]), (arc.target, arc.points[-1])):
            touched.add(end)
            if end in ports:
                if max(abs(a - b) for a, b in zip(ports[end], point, strict=True)) > 0.1:
                    yield f"arc {arc.id} misses its port {end}"
            elif end not in glyphs:
                yield f"arc {arc.id} has no end {end}"
            elif not _on_edge(glyphs[end], point):
                yield f"arc {arc.id} does not touch {end}"
    for glyph in drawn.glyphs:
        if glyph.id not in touched and not touched & {p.id for p in glyph.ports}:
            yield f"nothing leads to {glyph.id}"


def _on_edge(glyph: Glyph, point: tuple[float, float]) -> bool:
    box, (x, y) = glyph.box, point
    inside = box.x - 0.1 <= x <= box.right + 0.1 and box.y - 0.1 <= y <= box.bottom + 0.1
    near = min(abs(x - box.x), abs(x - box.right), abs(y - box.y), abs(y - box.bottom))
    return inside and near < 0.1


def _places(drawn: PathwayMap) -> Iterator[str]:
    homes = {c.id: c.box for c in drawn.compartments}
    for glyph in drawn.glyphs:
        if glyph.compartment not in homes or not homes[glyph.compartment].holds(glyph.box):
            yield f"{glyph.id} lies outside its compartment"
    ordered = sorted(drawn.glyphs, key=lambda g: g.box.x)
    for i, one in enumerate(ordered):
        for other in ordered[i + 1 :]:
            if other.box.x >= one.box.right:
                break
            if one.box.meets(other.box):
                yield f"{one.id} and {other.id} overlap"


def _language(drawn: PathwayMap) -> Iterator[str]:
    """Rules of the language that can be broken by a wrong plan; the official rules are run in the tests."""
    kinds = {g.id: g.kind for g in drawn.glyphs} | {p.id: g.kind for g in drawn.glyphs for p in g.ports}
    for glyph in drawn.processes():
        ends = [a for a in drawn.arcs if {a.source, a.target} & {p.id for p in glyph.ports}]
        if len(ends) < 2:
            yield f"process {glyph.id} has fewer than two arcs"
        made = [a for a in ends if a.kind == "production"]
        if glyph.kind == "association" and len(made) != 1:
            yield f"association {glyph.id} makes {len(made)} things"
    for arc in drawn.arcs:
        if arc.kind == "catalysis" and kinds.get(arc.source, "").startswith("nucleic"):
            yield f"a nucleic acid catalyses {arc.target}"
        if arc.kind in MODULATIONS and kinds.get(arc.source) == "source and sink":
            yield f"nothing influences {arc.target}"
