"""Pathway maps as SBGN-ML 0.3, out and in (doi:10.1093/bioinformatics/bts270, doi:10.1515/jib-2020-0016).

What the language has no place for (ids of the model, whether an arc is drawn to a port of a
vertical process) stands in an extension of our own namespace, which other tools pass over.
"""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from jakstat.errors import InputError, Problem, problem
from jakstat.limits import LIMITS
from jakstat.numbers import read_number
from jakstat.pathway.records import MODULATIONS, PROCESSES, Arc, Box, Glyph, PathwayMap, ProcessPort
from jakstat.store import NOTICE

__all__ = ["NAMESPACE", "OWN", "map_of", "read_sbgn", "sbgn_root", "to_sbgn"]

NAMESPACE = "http://sbgn.org/libsbgn/0.3"
"""XML namespace of SBGN-ML 0.3."""

OWN = "urn:jakstat:map"
"""XML namespace of our extension."""

_VERSION = "http://identifiers.org/combine.specifications/sbgn.pd.level-1.version-1.3"
_RENDER = "http://www.sbml.org/sbml/level3/version1/render/version1"
_OLDER = (b"http://sbgn.org/libsbgn/0.2", b"http://sbgn.org/libsbgn/pd/0.1", b"http://sbgn.org/libsbgn/0.1")
_XHTML = "http://www.w3.org/1999/xhtml"
_ARCS = frozenset({"consumption", "production", "logic arc", "equivalence arc", *MODULATIONS})
_POOLS = frozenset(
    {"macromolecule", "macromolecule multimer", "complex", "complex multimer", "nucleic acid feature"}
    | {"nucleic acid feature multimer", "simple chemical", "simple chemical multimer", "unspecified entity"}
    | {"source and sink", "perturbing agent", "compartment", "state variable", "unit of information"}
    | {"and", "or", "not", "cardinality", "phenotype", "submap", "terminal", "tag", *PROCESSES}
)


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def to_sbgn(drawn: PathwayMap, fills: Mapping[str, str] | None = None) -> str:
    """The map as an SBGN-ML document.

    Parameters
    ----------
    drawn : PathwayMap
    fills : mapping of glyph id to colour, optional
        Written as render information, e.g. ``{"glyph__STAT3": "#FFCC00"}``.

    Examples
    --------
    >>> from jakstat.pathway.build import pathway_map
    >>> from jakstat.biology import assemble
    >>> drawn = pathway_map(assemble("hepg2", parts="core"))
    >>> read_sbgn(to_sbgn(drawn)).arcs == drawn.arcs
    True
    """
    ET.register_namespace("", NAMESPACE)
    ET.register_namespace("jakstat", OWN)
    root = ET.Element(_tag("sbgn"))
    attributes = {"id": drawn.id, "language": "process description", "version": _VERSION}
    body = ET.SubElement(root, _tag("map"), attributes)
    sources = f"Rests on: {', '.join(drawn.sources)}." if drawn.sources else ""
    _notes(body, [drawn.title, sources, NOTICE])
    extension = ET.SubElement(body, _tag("extension"))
    own = {
        "title": drawn.title,
        "unconnected": " ".join(drawn.unconnected),
        "sources": " ".join(drawn.sources),
    }
    ET.SubElement(extension, f"{{{OWN}}}map", own)
    if fills:
        _render(extension, fills)
    _box(body, Box(0.0, 0.0, drawn.width, drawn.height))
    for glyph in (*drawn.compartments, *drawn.glyphs):
        _write_glyph(body, glyph, drawn.names)
    for arc in drawn.arcs:
        _write_arc(body, arc)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _notes(parent: ET.Element, lines: list[str]) -> None:
    notes = ET.SubElement(parent, _tag("notes"))
    for line in filter(None, lines):
        ET.SubElement(notes, f"{{{_XHTML}}}p").text = line


def _render(parent: ET.Element, fills: Mapping[str, str]) -> None:
    """Colours of glyphs, in the render extension of SBML that SBGN-ML 0.3 borrows."""
    information = ET.SubElement(parent, f"{{{_RENDER}}}renderInformation", {"id": "values"})
    colours = ET.SubElement(information, f"{{{_RENDER}}}listOfColorDefinitions")
    styles = ET.SubElement(information, f"{{{_RENDER}}}listOfStyles")
    by_colour: dict[str, list[str]] = {}
    for glyph, colour in fills.items():
        by_colour.setdefault(colour, []).append(glyph)
    for i, (colour, glyphs) in enumerate(by_colour.items()):
        ET.SubElement(colours, f"{{{_RENDER}}}colorDefinition", {"id": f"colour{i}", "value": colour})
        style = ET.SubElement(styles, f"{{{_RENDER}}}style", {"id": f"style{i}", "idList": " ".join(glyphs)})
        ET.SubElement(
            style, f"{{{_RENDER}}}g", {"fill": f"colour{i}", "stroke": "#222222", "strokeWidth": "1.3"}
        )


def _number(value: float) -> str:
    return repr(float(value))


def _box(parent: ET.Element, box: Box) -> None:
    ET.SubElement(parent, _tag("bbox"), {k: _number(getattr(box, k)) for k in "xywh"})


def _write_glyph(parent: ET.Element, glyph: Glyph, names: Mapping[str, str]) -> None:
    attributes = {"id": glyph.id, "class": glyph.kind}
    if glyph.vertical:
        attributes["orientation"] = "vertical"
    if glyph.compartment:
        attributes["compartmentRef"] = glyph.compartment
    element = ET.SubElement(parent, _tag("glyph"), attributes)
    if glyph.stands_for in names:
        _notes(element, [names[glyph.stands_for]])
    if glyph.stands_for:
        extension = ET.SubElement(element, _tag("extension"))
        ET.SubElement(extension, f"{{{OWN}}}element", {"ref": glyph.stands_for})
    if glyph.kind == "state variable":
        state = {"value": glyph.label} | ({"variable": glyph.variable} if glyph.variable else {})
        ET.SubElement(element, _tag("state"), state)
    elif glyph.label:
        ET.SubElement(element, _tag("label"), {"text": glyph.label})
    if glyph.clone:
        ET.SubElement(element, _tag("clone"))
    _box(element, glyph.box)
    for part in glyph.parts:
        _write_glyph(element, part, names)
    for port in glyph.ports:
        ET.SubElement(element, _tag("port"), {"id": port.id, "x": _number(port.x), "y": _number(port.y)})


def _write_arc(parent: ET.Element, arc: Arc) -> None:
    attributes = {"id": arc.id, "class": arc.kind, "source": arc.source, "target": arc.target}
    element = ET.SubElement(parent, _tag("arc"), attributes)
    if arc.count and arc.count_box is not None:
        count = Glyph(f"{arc.id}__count", "cardinality", arc.count_box, label=arc.count)
        _write_glyph(element, count, {})
    names = ["start", *["next"] * (len(arc.points) - 2), "end"]
    for name, (x, y) in zip(names, arc.points, strict=True):
        ET.SubElement(element, _tag(name), {"x": _number(x), "y": _number(y)})


def read_sbgn(text: str | bytes | Path) -> PathwayMap:
    """The map that an SBGN-ML 0.3 document of the Process Description language holds.

    Parameters
    ----------
    text : str, bytes or Path
        The document, or where it lies.

    Returns
    -------
    PathwayMap
        Names of the model's elements are read from the notes.

    Raises
    ------
    InputError
        ``sbgn.size``, ``sbgn.xml``, ``sbgn.doctype``, ``sbgn.depth``, ``sbgn.root``, ``sbgn.language``,
        ``sbgn.class``, ``sbgn.attribute``, ``sbgn.end``, ``sbgn.id``.
    """
    data = text.read_bytes() if isinstance(text, Path) else text.encode() if isinstance(text, str) else text
    file = text.name if isinstance(text, Path) else None
    return map_of(sbgn_root(data, file), file)


def map_of(root: ET.Element, file: str | None) -> PathwayMap:
    """The map below the root of a document; raises as :func:`read_sbgn`."""
    body = root.find(_tag("map"))
    if root.tag != _tag("sbgn") or body is None:
        raise problem(
            "sbgn.root", "this is no SBGN-ML 0.3 with a map", file=file, hint=f"namespace {NAMESPACE}"
        )
    if body.get("language") not in (None, "process description") or ".pd." not in body.get("version", ".pd."):
        raise problem("sbgn.language", "only process descriptions can be read", file=file)
    return _Reader(file).map(body)


def sbgn_root(data: bytes, file: str | None) -> ET.Element:
    """The document's root; what could exhaust the reader is refused. Older versions of SBGN-ML become 0.3."""
    older = any(old in data for old in _OLDER)
    for old in _OLDER:
        data = data.replace(old, NAMESPACE.encode())
    if len(data) > LIMITS.sbml_bytes:
        hint = f"at most {LIMITS.sbml_bytes}"
        raise problem("sbgn.size", f"the document has {len(data)} bytes", file=file, hint=hint)
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data or b"\0" in data:
        raise problem("sbgn.doctype", "the document declares a type or entities, or is not UTF-8", file=file)
    depth = 0
    root: ET.Element | None = None
    try:
        for event, element in ET.iterparse(io.BytesIO(data), events=("start", "end")):
            root = element if root is None else root
            depth += 1 if event == "start" else -1
            if depth > LIMITS.xml_depth:
                raise problem("sbgn.depth", "elements lie too deep in each other", file=file)
    except ET.ParseError as error:
        line, column = error.position
        raise problem("sbgn.xml", "this is no XML", file=file, line=line, column=column + 1) from None
    if root is None:
        raise problem("sbgn.xml", "the document is empty", file=file)
    if older:  # in which arcs need no id
        for number, arc in enumerate(root.iter(_tag("arc")), 1):
            arc.set("id", arc.get("id") or f"arc__{number}")
    return root


class _Reader:
    """Reads elements and gathers every problem."""

    def __init__(self, file: str | None) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.names: dict[str, str] = {}

    def map(self, body: ET.Element) -> PathwayMap:
        glyphs = tuple(self.glyph(e) for e in body.findall(_tag("glyph")))
        arcs = tuple(self.arc(e) for e in body.findall(_tag("arc")))
        self._check_ids(glyphs, arcs)
        own = body.find(f"{_tag('extension')}/{{{OWN}}}map")
        own_values = own.attrib if own is not None else {}
        size = self.box(body) if body.find(_tag("bbox")) is not None else _bounds(glyphs)
        if self.problems:
            raise InputError(self.problems)
        return PathwayMap(
            id=body.get("id", "map"),
            title=own_values.get("title", ""),
            width=size.w,
            height=size.h,
            compartments=tuple(g for g in glyphs if g.kind == "compartment"),
            glyphs=tuple(g for g in glyphs if g.kind != "compartment"),
            arcs=arcs,
            unconnected=tuple(own_values.get("unconnected", "").split()),
            sources=tuple(own_values.get("sources", "").split()),
            names=MappingProxyType(self.names),
        )

    def wrong(self, code: str, message: str, field: str) -> None:
        self.problems.append(Problem(code, message, self.file, field=field[:80]))

    def number(self, element: ET.Element, name: str) -> float:
        text = element.get(name, "")
        value = read_number(text)
        if value is None or not abs(value) < 1e9:
            self.wrong(
                "sbgn.attribute", f"{name} is {text[:40]!r}, not a number", element.tag.rpartition("}")[2]
            )
            return 0.0
        return value

    def box(self, element: ET.Element) -> Box:
        found = element.find(_tag("bbox"))
        if found is None:
            self.wrong("sbgn.attribute", "there is no bbox", element.get("id", ""))
            return Box(0.0, 0.0, 0.0, 0.0)
        return Box(*(self.number(found, k) for k in "xywh"))

    def glyph(self, element: ET.Element) -> Glyph:
        kind, identifier = element.get("class", ""), element.get("id", "")
        kind = "source and sink" if kind == "empty set" else kind
        if kind not in _POOLS:
            self.wrong("sbgn.class", f"no glyph of class {kind[:40]!r} in a process description", identifier)
        own = element.find(f"{_tag('extension')}/{{{OWN}}}element")
        stands_for = "" if own is None else own.get("ref", "")
        note = element.find(f"{_tag('notes')}/{{{_XHTML}}}p")
        if stands_for and note is not None:
            self.names[stands_for] = note.text or ""
        label, state = element.find(_tag("label")), element.find(_tag("state"))
        text = label.get("text", "") if label is not None else ""
        if state is not None:
            text = state.get("value", "")
        ports = (
            ProcessPort(p.get("id", ""), self.number(p, "x"), self.number(p, "y"))
            for p in element.findall(_tag("port"))
        )
        return Glyph(
            id=identifier,
            kind=kind,
            box=self.box(element),
            label=text,
            variable="" if state is None else state.get("variable", ""),
            stands_for=stands_for,
            compartment=element.get("compartmentRef", ""),
            clone=element.find(_tag("clone")) is not None,
            parts=tuple(self.glyph(e) for e in element.findall(_tag("glyph"))),
            ports=tuple(ports),
            vertical=element.get("orientation") == "vertical",
        )

    def arc(self, element: ET.Element) -> Arc:
        kind, identifier = element.get("class", ""), element.get("id", "")
        if kind not in _ARCS:
            self.wrong("sbgn.class", f"no arc of class {kind[:40]!r} in a process description", identifier)
        places = [e for e in element if e.tag in (_tag("start"), _tag("next"), _tag("end"))]
        points = tuple((self.number(e, "x"), self.number(e, "y")) for e in places)
        if len(points) < 2:
            self.wrong("sbgn.attribute", "the arc has no start and end", identifier)
        counted = element.find(_tag("glyph"))
        count = None if counted is None else self.glyph(counted)
        return Arc(
            id=identifier,
            kind=kind,
            source=element.get("source", ""),
            target=element.get("target", ""),
            points=points,
            count="" if count is None else count.label,
            count_box=None if count is None else count.box,
        )

    def _check_ids(self, glyphs: tuple[Glyph, ...], arcs: tuple[Arc, ...]) -> None:
        seen: set[str] = set()
        for identifier in (*_ids(glyphs), *(a.id for a in arcs)):
            if not identifier or identifier in seen:
                self.wrong("sbgn.id", f"the id {identifier[:60]!r} is missing or used twice", "id")
            seen.add(identifier)
        for arc in arcs:
            for end in (arc.source, arc.target):
                if end not in seen:
                    self.wrong("sbgn.end", f"an arc ends at {end[:60]!r}, which is not there", arc.id)
        for glyph in glyphs:
            if glyph.compartment and glyph.compartment not in seen:
                self.wrong("sbgn.end", f"there is no compartment {glyph.compartment[:60]!r}", glyph.id)


def _ids(glyphs: tuple[Glyph, ...]) -> Iterator[str]:
    for glyph in glyphs:
        yield glyph.id
        yield from (port.id for port in glyph.ports)
        yield from _ids(glyph.parts)


def _bounds(glyphs: tuple[Glyph, ...]) -> Box:
    largest: Callable[[str], float] = lambda side: max((getattr(g.box, side) for g in glyphs), default=0.0)  # noqa: E731
    return Box(0.0, 0.0, largest("right"), largest("bottom"))
