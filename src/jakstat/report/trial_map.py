"""Maps of the pathway in the colours of a trial: a treatment over control, or responders over others."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from jakstat.biology import assemble
from jakstat.extras import needs
from jakstat.pathway.build import pathway_map
from jakstat.pathway.records import Box, Glyph, PathwayMap
from jakstat.report.map_canvas import to_svg
from jakstat.report.map_pieces import Outline, Shape, Text, rounded
from jakstat.report.map_shapes import map_shapes
from jakstat.report.number_titles import number_title
from jakstat.report.page_blocks import (
    Block,
    PageFigure,
    PageParagraph,
    PageSection,
    PageTable,
    in_words,
    ratio_told,
)
from jakstat.report.page_figure import page_figure
from jakstat.report.pathway_map import mixed_colour
from jakstat.report.pathway_sketch import SKETCHED, colour_of_ratio, pathway_sketch

with needs("trial"):
    from markupsafe import Markup

__all__ = ["pathway_section", "species_values"]

_SPECIES: Mapping[str, tuple[str, ...]] = {
    "IL6_serum": ("IL6",),
    "pSTAT3_bulk": ("pSTAT3", "pSTAT3_dimer", "pSTAT3_dimer_nuc"),
    "CRP": ("CRP_mRNA",),
    "hepcidin": ("HAMP_mRNA",),
}
"""Species of the cell's map that an output colours."""
_SEEN = 1.05
"""Ratios nearer to 1 have the colour of 1."""
_SIGNAL, _AROUND = {"pSTAT3"}, {"IL6", "CRP_mRNA"}
"""Species of which some must be known for the cell's map to say anything; as it is large, one is shown."""


def species_values(values: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """What each species of the cell's map is coloured by, of the outputs of a trial.

    Examples
    --------
    >>> sorted(species_values({"CRP": {"ratio": 0.5}, "TAM": {"ratio": 1.0}, "hepcidin": {"ratio": None}}))
    ['CRP_mRNA']
    """
    found: dict[str, Mapping[str, Any]] = {}
    for name, value in values.items():
        if isinstance(value, Mapping) and (value.get("ratio") or 0.0) > 0.0:
            found |= {species: {"output": name, **value} for species in _SPECIES.get(name, ())}
    return found


def pathway_section(document: Mapping[str, Any]) -> PageSection | None:
    """Maps and their numbers, or None where the run has none."""
    pictures = [p for p in document.get("pathway") or [] if isinstance(p, Mapping) and p.get("values")]
    if not pictures:
        return None
    words = (
        "Orange is more, blue is less. A ratio goes with the treatment or the response; that it is the "
        "cause is not said."
    )
    blocks: list[Block] = [PageParagraph(words)]
    mapped = _most_telling(pictures)
    disease = (document.get("question") or {}).get("disease")
    for k, picture in enumerate(pictures):
        title, values = str(picture.get("title")), picture["values"]
        blocks.append(PageParagraph(title, "heading"))
        if SKETCHED & set(values):
            blocks.append(_sketch(f"sketch-{k}", values, title))
        if k == mapped:
            cell = "osteosarcoma_u2os" if disease == "osteosarcoma" else "hepg2"
            blocks.append(_figure(f"pathway-{k}", _cell(cell), species_values(values), title))
        blocks.append(_numbers(picture))
    return PageSection("pathway", "The pathway in the colours of the trial", tuple(blocks))


def _most_telling(pictures: Sequence[Mapping[str, Any]]) -> int | None:
    """The picture whose colours in the cell's map are strongest; None when no map would say anything."""
    strengths = {}
    for k, picture in enumerate(pictures):
        found = species_values(picture["values"])
        if set(found) >= _SIGNAL or set(found) >= _AROUND:
            strengths[k] = max(abs(math.log(value["ratio"])) for value in found.values())
    strengths = {k: strength for k, strength in strengths.items() if strength > math.log(_SEEN)}
    return max(strengths, key=lambda k: strengths[k], default=None)


def _sketch(key: str, values: Mapping[str, Any], title: str) -> PageFigure:
    there = [name for name in values if name in SKETCHED]
    return page_figure(
        key,
        lambda width: pathway_sketch(values, width),
        caption=f"{title}: ratio of medians of each output; dashed: not read in this run. The arrows are "
        "the main ways of IL-6; the whole map is drawn by jakstat map --scale patient.",
        label=f"Sketch of the way of IL-6 with the ratios of {', '.join(there)}",
        source="this run",
    )


def _numbers(picture: Mapping[str, Any]) -> PageTable:
    rows = []
    for name, v in picture["values"].items():
        unit = str(v.get("unit") or "")
        first, second = in_words(v.get("first"), unit=unit), in_words(v.get("second"), unit=unit)
        rows.append((number_title(name), first, second, ratio_told(v.get("ratio"))))
    head = ("output", f"median, {picture.get('first')}", f"median, {picture.get('second')}", "ratio")
    return PageTable(head, tuple(rows), str(picture.get("title")))


@lru_cache(maxsize=2)
def _cell(context: str) -> PathwayMap:
    return pathway_map(assemble(context, parts="core"))


def _figure(key: str, drawn: PathwayMap, found: Mapping[str, Any], title: str) -> PageFigure:
    coloured = [v["output"] for v in found.values()]
    there = {g.stands_for for g in drawn.pools()} & set(found)
    shapes = list(map_shapes(drawn, _painter(found)))
    shapes += _bar(20.0, drawn.height + 12.0)
    width, height = max(drawn.width, 420.0), drawn.height + 66.0
    svg = to_svg(shapes, width, height, title)
    label = f"Map of {len(list(drawn.pools()))} pools, {len(there)} of them coloured by {title}"
    start = Markup('<svg role="img" aria-label="{}" viewBox="0 0 {} {}">').format(
        label, f"{width:g}", f"{height:g}"
    )
    body = Markup(svg[svg.index(">") + 1 :])
    named = ", ".join(dict.fromkeys(o for o in coloured if o))
    caption = (
        f"The pathway inside a cell ({drawn.title}); colours: {title}, ratio of {named}. IL-6 is the free "
        "IL-6 of serum, pSTAT3 that of the bulk cancer cell; the messages of CRP and hepcidin bear the "
        "colour of the protein in blood. White was not read in this run. Symbols: SBGN process description."
    )
    return PageFigure(key, caption, label, ", ".join(drawn.sources), start + body, Markup(""), None, True)


def _painter(found: Mapping[str, Any]):  # type: ignore[no-untyped-def]
    def paint(glyph: Glyph) -> tuple[str, str]:
        value = found.get(glyph.stands_for)
        if value is None:
            return "#FFFFFF", "not read in this run"
        words = f"{value['output']}: {in_words(value.get('first'))} and {in_words(value.get('second'))}"
        return colour_of_ratio(
            value["ratio"]
        ), f"{words} {value.get('unit') or ''}, ratio {value['ratio']:.3g}"

    return paint


def _bar(x: float, top: float) -> Iterator[Shape]:
    """The colour bar."""
    steps, width = 60, 260.0
    for i in range(steps):
        place = Box(x + width * i / steps, top, width / steps + 0.4, 14.0)
        yield Outline(rounded(place, 0.0), mixed_colour(2.0 * (i + 0.5) / steps - 1.0), None, 0.0)
    yield Outline(rounded(Box(x, top, width, 14.0), 0.0), None, "#222222", 0.8)
    for share, text in ((0.0, "1/4"), (0.25, "1/2"), (0.5, "1"), (0.75, "2"), (1.0, "4")):
        yield Text(x + width * share, top + 26.0, text, 9.0)
    yield Text(x + width / 2, top + 40.0, "ratio of medians (1)", 10.0)
