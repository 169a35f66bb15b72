"""The pathway map as a picture: title, legend, colours of values with their bar, and the source line."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from jakstat.errors import problem
from jakstat.pathway.records import Arc, Box, Glyph, PathwayMap
from jakstat.pathway.shapes import text_width
from jakstat.pathway.values import Level, Levels
from jakstat.report.map_arrows import arc_shapes
from jakstat.report.map_canvas import to_bitmap, to_svg
from jakstat.report.map_pieces import Outline, Shape, Text, rounded
from jakstat.report.map_shapes import glyph_shapes, map_shapes
from jakstat.store import NOTICE, write_bytes, write_text

__all__ = ["FORMATS", "colour_of", "fills", "map_picture", "mixed_colour", "save_map"]

FORMATS = ("svg", "png", "pdf")

_LOW, _REST, _HIGH = (33, 102, 172), (247, 247, 247), (179, 88, 6)
_ABSENT, _NEW = "#FFFFFF", "#8C4FA3"
_DECADES = 2.0
"""The bar ends at a hundredth of, and a hundred times, the level at rest."""

_FOOT = 150.0

_CELL_KINDS = (
    ("macromolecule", "protein", ""),
    ("macromolecule multimer", "multimer", ""),
    ("complex", "complex", ""),
    ("nucleic acid feature", "RNA", ""),
    ("simple chemical", "drug", ""),
    ("macromolecule", "drawn elsewhere too", "clone"),
)
_TUMOUR_KINDS = (
    ("unspecified entity", "cells and levels", ""),
    ("macromolecule", "protein", ""),
    ("simple chemical", "virus, bilirubin", ""),
    ("unspecified entity", "drawn elsewhere too", "clone"),
)


def colour_of(level: Level) -> str:
    """Blue below the level at rest, orange above it, purple for what a cell at rest lacks, white for nothing.

    Examples
    --------
    >>> colour_of(Level(1.0, 1.0, "nM", 5.0, 1.0))
    '#F7F7F7'
    """
    if level.fold is None:
        return _NEW if level.molecules >= 1e-3 else _ABSENT
    if level.fold <= 0.0:
        return mixed_colour(-1.0)
    return mixed_colour(max(-1.0, min(1.0, math.log10(level.fold) / _DECADES)))


def mixed_colour(share: float) -> str:
    """From blue at -1 over near white at 0 to orange at 1.

    Examples
    --------
    >>> mixed_colour(-1.0), mixed_colour(0.0), mixed_colour(1.0)
    ('#2166AC', '#F7F7F7', '#B35806')
    """
    goal = _HIGH if share > 0 else _LOW
    parts = (round(a + (b - a) * abs(share)) for a, b in zip(_REST, goal, strict=True))
    return "#" + "".join(f"{p:02X}" for p in parts)


def fills(drawn: PathwayMap, found: Levels) -> Mapping[str, str]:
    """The colour of each pool's glyph, by glyph id."""
    return {
        g.id: colour_of(found.by_species[g.stands_for])
        for g in drawn.pools()
        if g.stands_for in found.by_species
    }


def map_picture(drawn: PathwayMap, found: Levels | None = None) -> tuple[list[Shape], float, float]:
    """All shapes of the picture, its width and its height in points."""
    shapes = list(map_shapes(drawn, None if found is None else _painter(found)))
    shapes.append(Text(14.0, 22.0, drawn.title, 17.0, "start", bold=True))
    if found is not None:
        shapes.append(Text(14.0, 39.0, found.title, 12.0, "start"))
    top = drawn.height
    shapes += _legend(top, _TUMOUR_KINDS if drawn.left_out else _CELL_KINDS)
    if found is not None:
        shapes += _bar(min(drawn.width - 330.0, 1160.0), top)
    shapes += _source_line(drawn, top + 92.0)
    return shapes, max(drawn.width, 1150.0), top + _FOOT


def _painter(found: Levels):  # type: ignore[no-untyped-def]
    def paint(glyph: Glyph) -> tuple[str, str]:
        level = found.by_species.get(glyph.stands_for)
        if level is None:
            return "#FFFFFF", ""
        ratio = "absent at rest" if level.fold is None else f"{level.fold:.3g} x rest"
        return colour_of(
            level
        ), f"{level.now:.3g} {level.unit} ({level.molecules:.3g} molecules per cell), {ratio}"

    return paint


def _legend(top: float, kinds: Iterable[tuple[str, str, str]]) -> Iterator[Shape]:
    """What the glyphs and the heads of arcs mean."""
    x = 20.0
    for kind, text, clone in kinds:
        width = text_width(text, 11.0) + 22.0
        glyph = Glyph(f"legend {text}", kind, Box(x, top + 6.0, width, 28.0), label=text, clone=bool(clone))
        yield from glyph_shapes(glyph)
        x += width + 16.0
    small = (
        ("process", "reaction"),
        ("association", "binding (reversible)"),
        ("source and sink", "nothing: made or broken down"),
    )
    for kind, text in small:
        yield from glyph_shapes(Glyph(f"legend {kind}", kind, Box(x, top + 12.0, 16.0, 16.0)))
        yield Text(x + 22.0, top + 24.0, text, 10.0, "start")
        x += 22.0 + text_width(text, 10.0) + 14.0
    x = 20.0
    arcs = (
        ("consumption", "is used"),
        ("production", "is made"),
        ("catalysis", "catalyses"),
        ("stimulation", "speeds up"),
        ("necessary stimulation", "is needed"),
        ("inhibition", "slows down"),
        ("modulation", "either, by state"),
    )
    for kind, text in arcs:
        yield from arc_shapes(Arc("", kind, "", "", ((x, top + 56.0), (x + 36.0, top + 56.0))))
        yield Text(x + 44.0, top + 60.0, text, 10.0, "start")
        x += 44.0 + text_width(text, 10.0) + 18.0


def _bar(x: float, top: float) -> Iterator[Shape]:
    """The colour bar, with its unit."""
    steps, width, y = 60, 220.0, top + 48.0
    for i in range(steps):
        share = 2.0 * (i + 0.5) / steps - 1.0
        place = Box(x + width * i / steps, y, width / steps + 0.4, 14.0)
        yield Outline(rounded(place, 0.0), mixed_colour(share), None, 0.0)
    yield Outline(rounded(Box(x, y, width, 14.0), 0.0), None, "#222222", 0.8)
    for share, text in ((0.0, "1/100"), (0.25, "1/10"), (0.5, "1"), (0.75, "10"), (1.0, "100")):
        yield Text(x + width * share, y + 26.0, text, 9.0)
    yield Text(x + width / 2, y + 39.0, "concentration / concentration at rest (1)", 10.0)
    for k, (colour, text) in enumerate(((_NEW, "absent at rest, now there"), (_ABSENT, "absent"))):
        box = Box(x + width + 24.0, y - 2.0 + 20.0 * k, 14.0, 14.0)
        yield Outline(rounded(box, 0.0), colour, "#222222", 0.8)
        yield Text(box.right + 6.0, box.y + 11.0, text, 10.0, "start")


def _source_line(drawn: PathwayMap, y: float) -> Iterator[Shape]:
    rests = f"Rests on: {', '.join(drawn.sources)}" if drawn.sources else ""
    lines = textwrap.wrap(rests, width=max(40, int(drawn.width / 5.6)), max_lines=3)
    if drawn.unconnected:
        lines.append(f"Not drawn, because no reaction involves it: {', '.join(drawn.unconnected)}.")
    if drawn.left_out:
        lines.append(drawn.left_out)
    lines.append(f"jakstat. SBGN Process Description. {NOTICE}")
    for k, line in enumerate(lines):
        yield Text(14.0, y + 12.0 * k, line, 8.5, "start", colour="#595959")


def save_map(
    drawn: PathwayMap, path: str | Path, found: Levels | None = None, *, replace: bool = False
) -> Path:
    """Write the picture; the name's ending decides the format.

    Raises
    ------
    InputError
        ``figure.format``, and those of writing.
    """
    kind = Path(path).suffix.lower().lstrip(".")
    if kind not in FORMATS:
        raise problem("figure.format", f"'{Path(path).name}' is no picture", hint=", ".join(FORMATS))
    shapes, width, height = map_picture(drawn, found)
    if kind == "svg":
        return write_text(path, to_svg(shapes, width, height, drawn.title), replace=replace)
    return write_bytes(path, to_bitmap(shapes, width, height, kind), replace=replace)
