"""The map of a model: from the assembled document to places."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from jakstat.biology import Assembly
from jakstat.biology.terms import AnnotationTerm, terms
from jakstat.engine.load import load_sbml
from jakstat.engine.network.network import Network
from jakstat.experiment.describe import make_protocol
from jakstat.pathway.draw import MapLayout, place
from jakstat.pathway.ends import PORT, facing
from jakstat.pathway.entities import DrawnEntity, drawn_entities
from jakstat.pathway.influences import DECADES, kinetics
from jakstat.pathway.plan import Link, MapPlan, Node, plan
from jakstat.pathway.ranks import folded, hubs, ranks
from jakstat.pathway.reactions import Step, steps
from jakstat.pathway.records import Arc, Box, Glyph, PathwayMap, ProcessPort
from jakstat.pathway.shapes import SMALL_FONT, pool_glyph, text_width
from jakstat.pathway.values import assembly_of

__all__ = ["draw_network", "pathway_map"]

_OUTSIDE_IN = ("medium", "membrane", "cytoplasm", "nucleus")
_INSET = 18.0
_HEAD = 44.0


def pathway_map(assembly: Assembly | str, **asked: Any) -> PathwayMap:
    """The map of an assembled model.

    Parameters
    ----------
    assembly : Assembly or str
        Or a kind of cell, with what is done to it as :func:`jakstat.experiment.run.simulate` takes it; the
        core and what is named are drawn unless ``parts`` says which.

    Returns
    -------
    PathwayMap

    Notes
    -----
    SBGN Process Description Level 1: doi:10.1515/jib-2019-0022.

    Examples
    --------
    >>> from jakstat.biology import assemble
    >>> drawn = pathway_map(assemble("hepg2", parts="core"))
    >>> [c.label for c in drawn.compartments]
    ['medium', 'membrane', 'cytoplasm', 'nucleus']
    >>> len(pathway_map("hepg2", drug="ruxolitinib=1uM").arcs) > len(drawn.arcs)
    True
    """
    if isinstance(assembly, str):
        assembly = assembly_of(make_protocol(assembly, **{"parts": "core,auto", **asked}))
    network = load_sbml(assembly.sbml, trusted=True).network
    title = f"IL-6/JAK/STAT3 signalling in {assembly.context.title}"
    return draw_network(network, terms(assembly.sbml), title=title, sources=assembly.sources)


def draw_network(
    network: Network,
    known: Mapping[str, AnnotationTerm],
    *,
    title: str,
    sources: Sequence[str] = (),
    decades: tuple[float, float] = DECADES,
) -> PathwayMap:
    """The map of any network whose species and reactions have terms.

    Parameters
    ----------
    network : Network
    known : mapping of id to AnnotationTerm
    title : str
    sources : sequence of str
        Keys of the sources to name.
    decades : tuple of float
        Of the states at which influences are read, as in :func:`jakstat.pathway.influences.kinetics`.
    """
    found = drawn_entities(network, known)
    all_steps = steps(
        network, known, kinetics(network, decades=decades), {k: e.kind for k, e in found.items()}
    )
    touched = {n for s in all_steps for n in (*s.ends, *s.influences)}
    drawn = [s.id for s in network.species if s.id in touched]
    cut = hubs(all_steps)
    rank = ranks(drawn, all_steps, _present(network, all_steps), cut)
    home = {s.id: s.compartment for s in network.species}
    rank = folded(rank, all_steps, home)
    order = _order({home[n] for n in drawn})
    planned = plan(all_steps, rank, home, cut, order)
    layout = place(planned, found, order)
    return _assembled(network, known, found, all_steps, planned, layout, order, title, sources)


def _present(network: Network, all_steps: Iterable[Step]) -> frozenset[str]:
    """Species that are there before anything is given: with a start value, or made from nothing."""
    given = {a.variable for a in network.initial_assignments}
    there = {s.id for s in network.species if s.id in given or s.amount or s.concentration}
    there.update(s.ends[0] for s in all_steps if s.stub and s.products)
    return frozenset(there)


def _order(used: set[str]) -> list[str]:
    """Compartments from the outside to the nucleus; those without a known place before the nucleus."""
    outer = [c for c in _OUTSIDE_IN[:-1] if c in used]
    return [*outer, *sorted(used - set(_OUTSIDE_IN)), *(c for c in _OUTSIDE_IN[-1:] if c in used)]


def _assembled(
    network: Network,
    known: Mapping[str, AnnotationTerm],
    found: Mapping[str, DrawnEntity],
    all_steps: Sequence[Step],
    planned: MapPlan,
    layout: MapLayout,
    order: Sequence[str],
    title: str,
    sources: Sequence[str],
) -> PathwayMap:
    compartments = _compartments(network, layout, order)
    kinds = {s.id: s.kind for s in all_steps}
    glyphs: list[Glyph] = []
    arcs: list[Arc] = []
    for node in planned.nodes.values():
        glyphs.append(_glyph(node, planned, layout, found, kinds))
        _stubs(node, planned, layout, glyphs, arcs)
    for number, link in enumerate(planned.links):
        arcs.append(_arc(number, link, planned, layout))
    drawn = {g.stands_for for g in glyphs}
    shifted = _lowered(compartments, glyphs, arcs)
    return PathwayMap(
        id=f"map_{network.id}",
        title=title,
        width=layout.width,
        height=max(c.box.bottom for c in shifted[0]) + 24.0,
        compartments=shifted[0],
        glyphs=shifted[1],
        arcs=shifted[2],
        unconnected=tuple(s.id for s in network.species if s.id not in drawn),
        sources=tuple(sources),
        names=MappingProxyType({k: t.name for k, t in known.items()}),
    )


def _compartments(network: Network, layout: MapLayout, order: Sequence[str]) -> list[Glyph]:
    """One box each, stacked; the nucleus lies inside the cytoplasm."""
    names = {c.id: c.name or c.id.replace("_", " ") for c in network.compartments}
    bottoms = dict(zip(order, (b for _, b in layout.edges), strict=True))
    boxes = {}
    for identifier, (top, bottom) in zip(order, layout.edges, strict=True):
        boxes[identifier] = Box(12.0, top, layout.width - 24.0, bottom - top - 4.0)
    if "nucleus" in boxes and "cytoplasm" in boxes:
        inner, outer = boxes["nucleus"], boxes["cytoplasm"]
        boxes["nucleus"] = Box(inner.x + _INSET, inner.y, inner.w - 2 * _INSET, inner.h)
        last = bottoms[order[-1]]
        boxes["cytoplasm"] = Box(outer.x, outer.y, outer.w, last - outer.y + 8.0)
    return [Glyph(f"compartment__{c}", "compartment", boxes[c], label=names[c], stands_for=c) for c in order]


def _glyph(
    node: Node,
    planned: MapPlan,
    layout: MapLayout,
    found: Mapping[str, DrawnEntity],
    kinds: Mapping[str, str],
) -> Glyph:
    box, home = layout.boxes[node.id], f"compartment__{node.compartment}"
    if node.kind == "pool":
        return pool_glyph(found[node.of], f"glyph__{node.id}", box, home, clone=node.clone)
    if node.kind == "sink":
        return Glyph(node.id, "source and sink", box, compartment=home)
    if node.kind in ("or", "and"):
        return _gate(node, planned, box, home)
    own = [link for link in planned.links if link.process == node.id]
    sides = facing(node, own, planned.nodes, frozenset(planned.reverse))
    return _process(node.id, kinds[node.of], node.of, box, home, sides)


def _gate(node: Node, planned: MapPlan, box: Box, home: str) -> Glyph:
    """A logical operator with its ports: what it joins, what comes of it."""
    process = next(link.target for link in planned.links if link.source == node.id)
    sides = ("L", "R") if planned.nodes[process].rank > node.rank else ("R", "L")
    return replace(_process(node.id, node.kind, node.of, box, home, sides), stands_for="")


def _process(identifier: str, kind: str, of: str, box: Box, home: str, sides: tuple[str, str]) -> Glyph:
    x, y = box.centre
    reach = box.w / 2 + PORT
    at = {"L": (x - reach, y), "R": (x + reach, y), "T": (x, y - reach), "B": (x, y + reach)}
    ports = tuple(
        ProcessPort(f"{identifier}__{n}", *at[s]) for n, s in zip(("in", "out"), sides, strict=True)
    )
    return Glyph(
        identifier, kind, box, stands_for=of, compartment=home, ports=ports, vertical=sides[0] in "TB"
    )


def _arc(number: int, link: Link, planned: MapPlan, layout: MapLayout) -> Arc:
    ends = []
    for node in (link.source, link.target):
        kind = planned.nodes[node].kind
        if kind == "pool":
            ends.append(f"glyph__{node}")
        elif kind in ("or", "and"):
            ends.append(f"{node}__{'out' if node == link.source else 'in'}")
        elif kind == "process" and link.kind in ("consumption", "production"):
            out = link.kind == "production" and (link.source, link.target) not in planned.reverse
            ends.append(f"{node}__{'out' if out else 'in'}")
        else:
            ends.append(node)
    points = layout.paths[number]
    count = "" if link.count == 1.0 else f"{link.count:g}"
    source, target = ends
    box = _count_box(count, link, points)
    return Arc(f"arc__{number}", link.kind, source, target, points, count, box)


def _count_box(count: str, link: Link, points: Sequence[tuple[float, float]]) -> Box | None:
    """The box of a stoichiometry: on the arc, near the process."""
    if not count:
        return None
    (ax, ay), (bx, by) = points[:2] if link.kind == "production" else (points[-1], points[-2])
    length = abs(ax - bx) + abs(ay - by) or 1.0
    share = min(0.5, 9.0 / length)
    x, y = ax + (bx - ax) * share, ay + (by - ay) * share
    w = text_width(count, SMALL_FONT) + 4.0
    return Box(x - w / 2, y - 5.5, w, 11.0)


def _stubs(node: Node, planned: MapPlan, layout: MapLayout, glyphs: list[Glyph], arcs: list[Arc]) -> None:
    """Synthesis above a pool and degradation below it: a process, and a source or sink."""
    box, home = layout.boxes[node.id], f"compartment__{node.compartment}"
    stubs = planned.stubs.get(node.id, ())
    for removes in (False, True):
        chosen = [s for s in stubs if bool(s.reactants) == removes]
        for i, step in enumerate(chosen):
            x = box.x + box.w * (i + 0.5) / len(chosen)
            edge = box.bottom if removes else box.y
            down = 1.0 if removes else -1.0
            _stub(step, f"glyph__{node.id}", (x, edge), down, home, glyphs, arcs)


def _stub(
    step: Step,
    pool: str,
    start: tuple[float, float],
    down: float,
    home: str,
    glyphs: list[Glyph],
    arcs: list[Arc],
) -> None:
    x, edge = start
    half, port, far = 5.0, 3.0, 12.0
    y = edge + down * (9.0 + port + half)
    name = f"process__{step.id}"
    box = Box(x - half, y - half, 2 * half, 2 * half)
    near_port, far_port = (x, y - down * (half + port)), (x, y + down * (half + port))
    inward, outward = (near_port, far_port) if down > 0 else (far_port, near_port)
    ports = (ProcessPort(f"{name}__in", *inward), ProcessPort(f"{name}__out", *outward))
    glyphs.append(
        Glyph(name, step.kind, box, stands_for=step.id, compartment=home, ports=ports, vertical=True)
    )
    top = far_port[1] + down * 8.0
    sink_box = Box(x - far / 2, min(top, top + down * far), far, far)
    sink = f"{'sink' if down > 0 else 'source'}__{step.id}"
    glyphs.append(Glyph(sink, "source and sink", sink_box, compartment=home))
    (number,) = (*step.reactants.values(), *step.products.values())
    count = "" if number == 1.0 else f"{number:g}"
    if down > 0:
        arcs.append(Arc(f"{name}__from", "consumption", pool, ports[0].id, ((x, edge), near_port), count))
        arcs.append(Arc(f"{name}__to", "production", ports[1].id, sink, (far_port, (x, top))))
    else:
        arcs.append(Arc(f"{name}__from", "consumption", sink, ports[0].id, ((x, top), far_port)))
        arcs.append(Arc(f"{name}__to", "production", ports[1].id, pool, (near_port, (x, edge)), count))


def _lowered(
    compartments: Sequence[Glyph], glyphs: Sequence[Glyph], arcs: Sequence[Arc]
) -> tuple[tuple[Glyph, ...], tuple[Glyph, ...], tuple[Arc, ...]]:
    """Everything further down, to leave room for the title."""

    def box(b: Box) -> Box:
        return Box(round(b.x, 2), round(b.y + _HEAD, 2), round(b.w, 2), round(b.h, 2))

    def glyph(g: Glyph) -> Glyph:
        ports = tuple(ProcessPort(p.id, round(p.x, 2), round(p.y + _HEAD, 2)) for p in g.ports)
        return replace(g, box=box(g.box), parts=tuple(glyph(p) for p in g.parts), ports=ports)

    def arc(a: Arc) -> Arc:
        points = tuple((round(x, 2), round(y + _HEAD, 2)) for x, y in a.points)
        return replace(a, points=points, count_box=None if a.count_box is None else box(a.count_box))

    return tuple(map(glyph, compartments)), tuple(map(glyph, glyphs)), tuple(map(arc, arcs))
