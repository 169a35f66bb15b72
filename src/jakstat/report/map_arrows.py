"""Arcs of a map: lines with round bends and a light border, and heads that say what they do."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from jakstat.pathway.records import Arc
from jakstat.report.map_pieces import Outline, Path, Shape, disc, polygon

__all__ = ["COLOURS", "arc_shapes"]

COLOURS = {
    "consumption": "#3A3A3A",
    "production": "#3A3A3A",
    "equivalence arc": "#3A3A3A",
    "logic arc": "#0072B2",
    "catalysis": "#0072B2",
    "stimulation": "#0072B2",
    "necessary stimulation": "#0072B2",
    "inhibition": "#D55E00",
    "modulation": "#7A5195",
}
"""Grey for what is consumed and produced, blue for what speeds up, vermilion for what slows down."""

_HEAD = {
    "production": 9.0,
    "stimulation": 9.0,
    "necessary stimulation": 12.0,
    "modulation": 10.0,
    "catalysis": 8.0,
}
Point = tuple[float, float]


def arc_shapes(arc: Arc) -> Iterator[Shape]:
    """The line of an arc and its head."""
    points = list(arc.points)
    colour = COLOURS[arc.kind]
    (ax, ay), (bx, by) = points[-2:]
    length = math.hypot(bx - ax, by - ay) or 1.0
    ux, uy = (bx - ax) / length, (by - ay) / length
    gap = 2.0 if arc.kind == "inhibition" else 0.0
    tip = (bx - gap * ux, by - gap * uy)
    back = min(_HEAD.get(arc.kind, 0.0), length)
    points[-1] = (tip[0] - back * ux, tip[1] - back * uy)
    path = _bent(points, 5.0)
    yield Outline(path, None, "#FFFFFF", 4.0)
    yield Outline(path, None, colour, 1.4)
    yield from _head(arc.kind, tip, (ux, uy), colour)


def _bent(points: Sequence[Point], radius: float) -> Path:
    made: list[tuple[str | float, ...]] = [("M", *points[0])]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        made.append(("L", *_towards(corner, before, radius)))
        made.append(("Q", *corner, *_towards(corner, after, radius)))
    made.append(("L", *points[-1]))
    return tuple(made)


def _towards(start: Point, goal: Point, radius: float) -> Point:
    length = math.dist(start, goal)
    share = min(radius, length / 2) / length if length else 0.0
    return start[0] + (goal[0] - start[0]) * share, start[1] + (goal[1] - start[1]) * share


def _head(kind: str, tip: Point, along: Point, colour: str) -> Iterator[Shape]:
    def at(back: float, side: float) -> Point:
        return tip[0] - back * along[0] - side * along[1], tip[1] - back * along[1] + side * along[0]

    if kind == "production":
        yield Outline(polygon(tip, at(9.0, 4.0), at(9.0, -4.0)), colour, colour, 0.8)
    elif kind in ("stimulation", "necessary stimulation"):
        yield Outline(polygon(tip, at(9.0, 4.2), at(9.0, -4.2)), "#FFFFFF", colour, 1.3)
        if kind == "necessary stimulation":
            yield Outline((("M", *at(12.0, 5.0)), ("L", *at(12.0, -5.0))), None, colour, 1.4)
    elif kind == "catalysis":
        yield disc(*at(4.0, 0.0), 4.0, "#FFFFFF", colour, 1.3)
    elif kind == "modulation":
        yield Outline(polygon(tip, at(5.0, 4.0), at(10.0, 0.0), at(5.0, -4.0)), "#FFFFFF", colour, 1.3)
    elif kind == "inhibition":
        yield Outline((("M", *at(0.0, 5.5)), ("L", *at(0.0, -5.5))), None, colour, 2.2)
