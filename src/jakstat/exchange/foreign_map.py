"""Somebody's SBGN map in our drawing, with the entities of our records that its glyphs stand for.

A glyph is matched by an identifier in its annotation (MIRIAM: a URN or identifiers.org), else by its label as
`jakstat entities` finds names, with and without the Greek letter of an isoform at its end.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from urllib.parse import unquote

from jakstat.errors import InputError, problem
from jakstat.exchange.sbgn import map_of, sbgn_root
from jakstat.knowledge import knowledge
from jakstat.knowledge.entity import Entity
from jakstat.knowledge.queries import named
from jakstat.limits import LIMITS
from jakstat.pathway.records import Arc, Box, Glyph, PathwayMap

__all__ = ["GlyphMatch", "foreign_map"]

_RESOURCE = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}resource"
_URI = re.compile(r"(?:urn:miriam:|https?://identifiers\.org/)([\w.]+)[:/](.+)", re.ASCII)
_GREEK = re.compile(r"\s*-?[α-ω]\Z")
_MARGIN, _TITLE = 14.0, 40.0
_POOLS = (
    "macromolecule", "nucleic acid feature", "simple chemical", "complex", "unspecified entity",
    "perturbing agent", "phenotype", "terminal", "tag",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class GlyphMatch:
    """A label, the entity it stands for (empty if none is known), and by what that was found."""

    label: str
    entity: str
    name: str
    by: str


def foreign_map(path: Path) -> tuple[PathwayMap, tuple[GlyphMatch, ...]]:
    """The map in a file, its pools named after our entities where one fits.

    Parameters
    ----------
    path : Path
        SBGN-ML 0.1 to 0.3, a process description.

    Returns
    -------
    PathwayMap
        Glyphs that were matched stand for an entity's id; its name is in ``names``.
    tuple of GlyphMatch
        One for each label, in the order of the file.

    Raises
    ------
    InputError
        As :func:`jakstat.exchange.sbgn.read_sbgn`; ``map.size``.
    """
    data = path.read_bytes()
    root = sbgn_root(data, path.name)
    drawn = map_of(root, path.name)
    if not 0 < max(drawn.width, drawn.height) <= LIMITS.map_points:
        message, hint = (
            f"the map is {drawn.width:g} by {drawn.height:g}",
            f"at most {LIMITS.map_points} points",
        )
        raise problem("map.size", message, file=path.name, hint=hint)
    found = _Matches(_resources(root))
    drawn = _inside(drawn)
    glyphs = tuple(found.glyph(g) for g in drawn.glyphs)
    names = {**drawn.names, **{m.entity: m.name for m in found.seen.values() if m.entity}}
    title = drawn.title or path.stem
    return replace(drawn, glyphs=glyphs, names=MappingProxyType(names), title=title), tuple(
        found.seen.values()
    )


class _Matches:
    """Goes through glyphs; keeps what each label was matched with."""

    def __init__(self, resources: Mapping[str, tuple[str, ...]]) -> None:
        self.resources = resources
        self.seen: dict[str, GlyphMatch] = {}
        self.by_identifier = {
            identifier.casefold(): entity
            for entity in knowledge().entities.values()
            for identifier in entity.identifiers_org
        }

    def glyph(self, glyph: Glyph) -> Glyph:
        parts = tuple(self.glyph(part) for part in glyph.parts)
        if glyph.stands_for or glyph.kind.removesuffix(" multimer") not in _POOLS:
            return replace(glyph, parts=parts)
        entity, by = self.entity(glyph)
        label = " ".join(glyph.label.split())
        if label and (label not in self.seen or not self.seen[label].entity):
            known = ("", "") if entity is None else (entity.id, entity.name)
            self.seen[label] = GlyphMatch(label, *known, by)
        return replace(glyph, parts=parts, stands_for="" if entity is None else entity.id)

    def entity(self, glyph: Glyph) -> tuple[Entity | None, str]:
        """The entity of a glyph and by what it was found."""
        for resource in self.resources.get(glyph.id, ()):
            entity = self.by_identifier.get(resource.casefold())
            if entity is not None:
                return entity, resource
        label = " ".join(glyph.label.split())
        for text in dict.fromkeys([label, _GREEK.sub("", label)]):
            entity = _named(text)
            if entity is not None:
                return entity, "name"
        return None, ""


def _inside(drawn: PathwayMap) -> PathwayMap:
    """The map moved so that all of it is seen, below the title."""
    boxes = [g.box for g in (*drawn.compartments, *drawn.glyphs)]
    left, top = min(b.x for b in boxes), min(b.y for b in boxes)
    x, y = max(0.0, _MARGIN - left), max(0.0, _TITLE - top)

    def box(at: Box) -> Box:
        return replace(at, x=at.x + x, y=at.y + y)

    def glyph(one: Glyph) -> Glyph:
        ports = tuple(replace(p, x=p.x + x, y=p.y + y) for p in one.ports)
        return replace(one, box=box(one.box), ports=ports, parts=tuple(glyph(p) for p in one.parts))

    def arc(one: Arc) -> Arc:
        points = tuple((a + x, b + y) for a, b in one.points)
        return replace(one, points=points, count_box=None if one.count_box is None else box(one.count_box))

    return replace(
        drawn,
        width=max(b.right for b in boxes) + x + _MARGIN,
        height=max(b.bottom for b in boxes) + y + _MARGIN,
        compartments=tuple(glyph(g) for g in drawn.compartments),
        glyphs=tuple(glyph(g) for g in drawn.glyphs),
        arcs=tuple(arc(a) for a in drawn.arcs),
    )


def _named(text: str) -> Entity | None:
    if not any(c.isalnum() for c in text):
        return None
    try:
        found = named(text)[0]
    except InputError:
        return None
    return None if found.kind == "reject" else found


def _resources(root: ET.Element) -> dict[str, tuple[str, ...]]:
    """Identifiers that annotations give to glyphs, as ``prefix:accession``."""
    found: dict[str, tuple[str, ...]] = {}
    for element in root.iter():
        if not element.tag.endswith("}glyph"):
            continue
        told = [uri for child in element if not child.tag.endswith("}glyph") for uri in _uris(child)]
        if told:
            found[element.get("id", "")] = tuple(dict.fromkeys(told))
    return found


def _uris(element: ET.Element) -> Iterator[str]:
    for inside in element.iter():
        matched = _URI.fullmatch(inside.get(_RESOURCE, ""))
        if matched:
            prefix, accession = matched[1], unquote(matched[2])
            # CHEBI and GO repeat their name before the number
            yield (
                accession
                if accession.casefold().startswith(f"{prefix.casefold()}:")
                else f"{prefix}:{accession}"
            )
