"""Shapes of a map against coordinates worked out by hand."""

import io
import math

import numpy as np
import pytest
from matplotlib.image import imread

from jakstat.pathway.records import Arc, Box, Glyph
from jakstat.report.canvas import new_figure
from jakstat.report.map_arrows import _bent, arc_shapes
from jakstat.report.map_canvas import _add, to_bitmap, to_svg
from jakstat.report.map_pieces import Disc, Outline, Text, polygon, rounded
from jakstat.report.map_shapes import glyph_shapes
from jakstat.report.pathway_map import _CELL_KINDS, _TUMOUR_KINDS, _bar, _legend, mixed_colour

KINDS = ("production", "stimulation", "necessary stimulation", "modulation", "catalysis", "inhibition")


def corners(shape):
    return [step[-2:] for step in shape.path if step[0] != "Z"]


def test_a_bend_begins_and_ends_its_radius_from_the_corner():
    assert _bent([(0.0, 0.0), (10.0, 0.0), (10.0, 30.0)], 2.0) == (
        ("M", 0.0, 0.0), ("L", 8.0, 0.0), ("Q", 10.0, 0.0, 10.0, 2.0), ("L", 10.0, 30.0),
    )  # fmt: skip
    # 13 of a leg of 26, and of one of 3-4-5 by 10
    assert _bent([(5.0, 7.0), (5.0, 33.0), (35.0, 73.0)], 13.0) == (
        ("M", 5.0, 7.0), ("L", 5.0, 20.0), ("Q", 5.0, 33.0, 12.8, 43.4), ("L", 35.0, 73.0),
    )  # fmt: skip
    # a leg of 6 leaves 3 at most
    assert _bent([(0.0, 0.0), (6.0, 0.0), (6.0, 30.0)], 5.0)[1:3] == (
        ("L", 3.0, 0.0), ("Q", 6.0, 0.0, 6.0, 5.0),
    )  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("along", [(1.0, 0.0), (0.0, 1.0), (0.6, -0.8)])
def test_a_head_ends_at_its_tip_and_is_the_same_on_both_sides_of_its_line(kind, along):
    tip = (30.0 * along[0], 30.0 * along[1])
    _, line, *head = arc_shapes(Arc("a", kind, "", "", ((0.0, 0.0), tip)))

    def seen(point):  # how far along the line and how far beside it
        x, y = point
        return round(x * along[0] + y * along[1], 9), round(y * along[0] - x * along[1], 9)

    if kind == "catalysis":
        [circle] = head
        assert seen((circle.x, circle.y)) == (30.0 - circle.radius, 0.0)
        assert seen(corners(line)[-1]) == (30.0 - 2 * circle.radius, 0.0)
        return
    points = [seen(p) for shape in head for p in corners(shape)]
    assert {(far, -side) for far, side in points} == set(points)
    furthest = max(far for far, _ in points)
    assert furthest == (28.0 if kind == "inhibition" else 30.0)  # a bar stands 2 before what it stops
    end = seen(corners(line)[-1])
    assert end == (min(far for far, _ in points), 0.0)


def test_corners_are_no_rounder_than_half_of_the_box():
    path = rounded(Box(0.0, 0.0, 20.0, 6.0), 5.0)
    assert path[0] == ("M", 0.0, 3.0)
    assert path[1] == ("Q", 0.0, 0.0, 3.0, 0.0)
    assert rounded(Box(0.0, 0.0, 4.0, 60.0), 5.0)[0] == ("M", 0.0, 2.0)


def test_a_dissociation_is_a_circle_in_a_circle():
    outer, inner = (
        s for s in glyph_shapes(Glyph("d", "dissociation", Box(0.0, 0.0, 16.0, 16.0))) if isinstance(s, Disc)
    )
    assert (outer.x, outer.y, outer.radius) == (inner.x, inner.y, 8.0)
    assert 0 < inner.radius < outer.radius


def test_a_multimer_shows_a_second_outline_below_and_to_the_right():
    box = Box(10.0, 20.0, 60.0, 30.0)
    behind, front = [
        s
        for s in glyph_shapes(Glyph("m", "macromolecule multimer", box, label="x"))
        if isinstance(s, Outline)
    ][:2]
    for shape, right, bottom in ((behind, 73.0, 53.0), (front, 70.0, 50.0)):
        assert max(x for x, _ in corners(shape)) == right
        assert max(y for _, y in corners(shape)) == bottom


def test_a_state_has_round_ends_and_a_unit_of_information_corners():
    box = Box(0.0, 0.0, 30.0, 12.0)
    for kind, corner in (("state variable", 6.0), ("unit of information", 0.5)):
        part = Glyph("p", kind, box, label="P", variable="Y705" if kind == "state variable" else "")
        whole = Glyph("m", "macromolecule", Box(0.0, 0.0, 60.0, 30.0), label="x", parts=(part,))
        shapes = list(glyph_shapes(whole))
        assert [s.path for s in shapes if isinstance(s, Outline)][-1] == rounded(box, corner)
        assert [s.text for s in shapes if isinstance(s, Text)][-1] == ("P@Y705" if part.variable else "P")


def test_a_bitmap_has_two_dots_a_point_from_the_top_left_corner():
    """A black box from (10, 0) to (40, 20) points in a picture of 60 by 30."""
    box = Outline(polygon((10.0, 0.0), (40.0, 0.0), (40.0, 20.0), (10.0, 20.0)), "#000000", None, 0.0)
    image = imread(io.BytesIO(to_bitmap([box], 60.0, 30.0, "png")))[..., 0]
    assert image.shape == (60, 120)
    rows, columns = np.nonzero(image < 0.5)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (0, 39, 20, 79)
    assert rows.size == 40 * 60


def test_words_are_bold_where_they_are_said_to_be():
    axes = new_figure(2.0, 2.0).subplots()
    for order, bold in enumerate((True, False)):
        _add(axes, Text(1.0, 2.0, "x", 9.0, "end", bold=bold), order)
    assert [t.get_weight() for t in axes.texts] == ["bold", "normal"]
    assert [(t.get_position(), t.get_horizontalalignment()) for t in axes.texts] == [
        ((1.0, 2.0), "right")
    ] * 2
    assert 'font-weight="bold"' in to_svg([Text(1.0, 2.0, "x", 9.0, bold=True)], 9.0, 9.0, "t")
    assert "bold" not in to_svg([Text(1.0, 2.0, "x", 9.0)], 9.0, 9.0, "t")


@pytest.mark.parametrize("kinds", [_CELL_KINDS, _TUMOUR_KINDS], ids=["cell", "tumour"])
def test_words_of_the_legend_stand_beside_what_they_say(kinds):
    shapes = list(_legend(100.0, kinds))
    words = {s.text: s for s in shapes if isinstance(s, Text)}
    lines = [
        corners(s) for s in shapes if isinstance(s, Outline) and s.fill is None and s.stroke != "#FFFFFF"
    ]
    for text, start in (("is used", 20.0), ("is made", None), ("slows down", None)):
        own = words[text]
        ends = [line for line in lines if line[0][1] == line[-1][1] and line[0][0] < own.x]
        first, _ = max(ends, key=lambda line: line[0][0])
        assert abs(own.y - first[1]) < 0.5 * own.size  # its middle lies on the arrow
        assert 0 < own.x - first[0] - 36.0 < 12.0
        assert start is None or first[0] == start


def test_the_colour_bar_has_its_middle_at_1_and_its_words_below():
    shapes = list(_bar(50.0, 10.0))
    words = {s.text: s for s in shapes if isinstance(s, Text)}
    patches = [s for s in shapes if isinstance(s, Outline) and s.stroke is None]
    assert [patches[0].fill, patches[-1].fill] == [
        mixed_colour(2 * 0.5 / 60 - 1),
        mixed_colour(2 * 59.5 / 60 - 1),
    ]
    assert [words[t].x for t in ("1/100", "1/10", "1", "10", "100")] == [50, 105, 160, 215, 270]
    label = words["concentration / concentration at rest (1)"]
    assert label.x == words["1"].x
    assert label.y > words["1"].y > max(y for _, y in corners(patches[0]))
    boxes = [s for s in shapes if isinstance(s, Outline) and min(x for x, _ in corners(s)) > 271]
    tops = sorted(min(y for _, y in corners(s)) for s in boxes)
    for text, top in zip(("absent at rest, now there", "absent"), tops, strict=True):
        assert top < words[text].y < top + 14.0
    assert math.isclose(tops[1] - tops[0], 20.0)
