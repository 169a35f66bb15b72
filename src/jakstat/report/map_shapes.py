"""A pathway map as simple shapes, for any surface: outlines, discs and texts with their colours.

What each glyph and arc looks like follows SBGN Process Description Level 1
(doi:10.1515/jib-2019-0022).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from jakstat.pathway.records import OPERATORS, PROCESSES, Arc, Box, Glyph, PathwayMap
from jakstat.pathway.shapes import FONT, SMALL_FONT
from jakstat.report.map_arrows import arc_shapes
from jakstat.report.map_pieces import INK, Outline, Shape, Text, disc, polygon, rounded

__all__ = ["Paint", "glyph_shapes", "map_shapes"]

Paint = Callable[[Glyph], tuple[str, str]]
"""Fill colour and hover text of a glyph."""

_PLACES = ("#EEF4FA", "#FBF3E4", "#F4F4F1", "#EDEBF5")
_POOLS = {
    "macromolecule": "#D6E6F4",
    "macromolecule multimer": "#D6E6F4",
    "complex": "#E6EFE3",
    "nucleic acid feature": "#F6E3C5",
    "simple chemical": "#F3DCEB",
    "unspecified entity": "#ECECEC",
}
_AUX = "#FFFFFF"
_AUXILIARY = ("state variable", "unit of information")
_CLONE = "#5A5A5A"


def plain_shape(glyph: Glyph) -> tuple[str, str]:
    """The colour of a glyph's class; no hover text."""
    return _POOLS.get(glyph.kind, "#FFFFFF"), ""


def map_shapes(drawn: PathwayMap, paint: Paint | None = None) -> Iterator[Shape]:
    """Every shape of a map, from the back to the front.

    Parameters
    ----------
    drawn : PathwayMap
    paint : Paint, optional
        Colours of the pools; those of their classes when not given.
    """
    for i, place in enumerate(drawn.compartments):
        yield from _compartment(place, _PLACES[i % len(_PLACES)])
    flux = [a for a in drawn.arcs if a.kind in ("consumption", "production")]
    for arc in [*flux, *(a for a in drawn.arcs if a.kind not in ("consumption", "production"))]:
        yield from arc_shapes(arc)
    for glyph in drawn.glyphs:
        yield from glyph_shapes(glyph, paint or plain_shape, drawn.names)
    for arc in drawn.arcs:
        yield from _count(arc)
    for place in drawn.compartments:
        yield Text(
            place.box.x + 14.0, place.box.y + 17.0, place.label, 13.0, "start", bold=True, colour="#333333"
        )


def _compartment(place: Glyph, fill: str) -> Iterator[Shape]:
    yield Outline(rounded(place.box, 16.0), fill, "#8A8A80", 3.0)


def glyph_shapes(
    glyph: Glyph, paint: Paint = plain_shape, names: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Shape]:
    """The shapes of one glyph, its parts upon it."""
    if glyph.kind in PROCESSES:
        yield from _process(glyph, names)
    elif glyph.kind == "source and sink":
        yield from _sink(glyph)
    elif glyph.kind in OPERATORS:
        yield from _operator(glyph)
    else:
        yield from _pool(glyph, paint, names)


def _process(glyph: Glyph, names: Mapping[str, str]) -> Iterator[Shape]:
    x, y = glyph.box.centre
    half = glyph.box.w / 2
    title = names.get(glyph.stands_for, "")
    for port in glyph.ports:
        yield Outline((("M", port.x, port.y), ("L", x, y)), None, INK, 1.2)
    if glyph.kind == "association":
        yield disc(x, y, half, INK, INK, 1.0, title)
        return
    if glyph.kind == "dissociation":
        yield disc(x, y, half, "#FFFFFF", INK, 1.2, title)
        yield disc(x, y, half * 0.6, "#FFFFFF", INK, 1.2, title)
        return
    b = glyph.box
    yield Outline(
        polygon((b.x, b.y), (b.right, b.y), (b.right, b.bottom), (b.x, b.bottom)), "#FFFFFF", INK, 1.2, title
    )
    if glyph.kind == "omitted process":
        for shift in (-2.5, 2.5):
            yield Outline((("M", x - 3 + shift, y - 4), ("L", x + 3 + shift, y + 4)), None, INK, 1.0)
    elif glyph.kind == "uncertain process":
        yield Text(x, y + 4.0, "?", FONT)


def _operator(glyph: Glyph) -> Iterator[Shape]:
    x, y = glyph.box.centre
    for port in glyph.ports:
        yield Outline((("M", port.x, port.y), ("L", x, y)), None, INK, 1.2)
    yield disc(x, y, glyph.box.w / 2, "#FFFFFF", INK, 1.2)
    yield Text(x, y + SMALL_FONT * 0.36, glyph.kind.upper(), SMALL_FONT, bold=True)


def _sink(glyph: Glyph) -> Iterator[Shape]:
    x, y = glyph.box.centre
    radius = glyph.box.w / 2 - 1.0
    yield disc(x, y, radius, "#FFFFFF", INK, 1.1)
    yield Outline((("M", x - radius, y + radius), ("L", x + radius, y - radius)), None, INK, 1.1)


def _pool(glyph: Glyph, paint: Paint, names: Mapping[str, str]) -> Iterator[Shape]:
    fill, extra = paint(glyph)
    name = names.get(glyph.stands_for, "")
    title = "; ".join(t for t in (glyph.stands_for, name, extra) if t)
    if glyph.kind.endswith("multimer"):
        behind = Box(glyph.box.x + 4.0, glyph.box.y + 4.0, glyph.box.w - 1.0, glyph.box.h - 1.0)
        yield Outline(_contour(glyph.kind, behind), fill, INK, 1.1)
    yield Outline(_contour(glyph.kind, glyph.box), fill, INK, 1.3, title)
    if glyph.clone:
        yield Outline(_foot(glyph), _CLONE, INK, 1.3, title)
    x, y = glyph.box.centre
    ink = _ink_on(fill)
    members = [p for p in glyph.parts if p.kind not in _AUXILIARY]
    if members:
        y = (max(m.box.bottom for m in members) + glyph.box.bottom - (7.0 if glyph.clone else 0.0)) / 2
    elif glyph.clone:
        y -= 3.0
    for part in members:
        yield from _member(part)
    lines = glyph.label.splitlines() or [""]
    for k, line in enumerate(lines):
        shift = 1.1 * FONT * (k - (len(lines) - 1) / 2)
        yield Text(x, y + FONT * 0.36 + shift, line, FONT, colour=ink, bold=True)
    yield from _aux(glyph)


def _ink_on(fill: str) -> str:
    """Black or white, whichever can be read on the colour."""
    red, green, blue = (int(fill[k : k + 2], 16) for k in (1, 3, 5))
    return "#FFFFFF" if 0.3 * red + 0.59 * green + 0.11 * blue < 120.0 else "#111111"


def _contour(kind: str, box: Box) -> tuple[tuple[str | float, ...], ...]:
    if kind == "complex":
        c = 7.0
        return polygon(
            (box.x + c, box.y), (box.right - c, box.y), (box.right, box.y + c), (box.right, box.bottom - c),
            (box.right - c, box.bottom), (box.x + c, box.bottom), (box.x, box.bottom - c), (box.x, box.y + c),
        )  # fmt: skip
    if kind == "phenotype":
        side = min(box.h, box.w) / 3
        middle = box.y + box.h / 2
        return polygon(
            (box.x + side, box.y), (box.right - side, box.y), (box.right, middle),
            (box.right - side, box.bottom), (box.x + side, box.bottom), (box.x, middle),
        )  # fmt: skip
    if kind == "perturbing agent":
        side = min(box.h, box.w) / 4
        middle = box.y + box.h / 2
        return polygon(
            (box.x, box.y), (box.right, box.y), (box.right - side, middle),
            (box.right, box.bottom), (box.x, box.bottom), (box.x + side, middle),
        )  # fmt: skip
    if kind.startswith("nucleic acid feature"):
        return rounded(box, 8.0, upper=False)
    return rounded(box, box.h / 2 if kind.startswith(("simple", "unspecified")) else 7.0)


def _foot(glyph: Glyph) -> tuple[tuple[str | float, ...], ...]:
    """The clone marker: the lowest part of the shape."""
    box = glyph.box
    low = Box(box.x, box.bottom - 7.0, box.w, 7.0)
    if glyph.kind == "complex":
        return polygon(
            (low.x, low.y), (low.right, low.y), (low.right - 7, low.bottom), (low.x + 7, low.bottom)
        )
    inset = 5.5 if glyph.kind.startswith("simple") else 0.0
    return rounded(Box(low.x + inset, low.y, low.w - 2 * inset, low.h), 6.5, upper=False)


def _member(glyph: Glyph) -> Iterator[Shape]:
    x, y = glyph.box.centre
    inner = [p for p in glyph.parts if p.kind not in _AUXILIARY]
    plain = glyph.kind == "macromolecule"
    yield Outline(rounded(glyph.box, 4.0) if plain else _contour(glyph.kind, glyph.box), "#FFFFFF", INK, 0.8)
    for part in inner:
        yield from _member(part)
    if inner:
        y = (max(p.box.bottom for p in inner) + glyph.box.bottom) / 2
    shift = 0.75 if glyph.parts else 0.36
    yield Text(x, y + SMALL_FONT * shift, glyph.label, SMALL_FONT)
    yield from _aux(glyph)


def _aux(glyph: Glyph) -> Iterator[Shape]:
    for part in glyph.parts:
        if part.kind not in _AUXILIARY:
            continue
        radius = part.box.h / 2 if part.kind == "state variable" else 0.5
        yield Outline(rounded(part.box, radius), _AUX, INK, 0.8)
        x, y = part.box.centre
        text = f"{part.label}@{part.variable}" if part.variable else part.label
        yield Text(x, y + SMALL_FONT * 0.36, text, SMALL_FONT)


def _count(arc: Arc) -> Iterator[Shape]:
    if arc.count_box is not None:
        x, y = arc.count_box.centre
        yield Outline(rounded(arc.count_box, 0.5), "#FFFFFF", INK, 0.7)
        yield Text(x, y + SMALL_FONT * 0.36, arc.count, SMALL_FONT)
