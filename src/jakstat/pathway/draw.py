"""From a plan to places: columns, heights, tracks, and the points of every arc."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from jakstat.pathway.columns import ArcPiece, Item, arrange, bands, heights
from jakstat.pathway.ends import PORT, Touch, touches
from jakstat.pathway.entities import DrawnEntity
from jakstat.pathway.plan import Link, MapPlan, Node
from jakstat.pathway.reactions import Step
from jakstat.pathway.records import Box
from jakstat.pathway.routes import Crossing, tracks
from jakstat.pathway.shapes import STUB, pool_size

__all__ = ["MapLayout", "place"]

GAP, PADS = 13.0, (30.0, 16.0)
_TRACK, _EDGE, _MARGIN = 7.0, 12.0, 46.0
_SINK, _GATE = 16.0, 26.0
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class MapLayout:
    """Places of everything.

    ``boxes`` by node id; ``paths`` by number of link, from source to target; ``edges``
    top and bottom of each compartment's band; ``vertical`` processes whose ports lie above and below;
    ``touch`` by (link, node).
    """

    boxes: Mapping[str, Box]
    paths: Mapping[int, tuple[Point, ...]]
    edges: Sequence[tuple[float, float]]
    width: float
    touch: Mapping[tuple[int, str], Touch]


@dataclass(slots=True)
class _DrawState:
    plan: MapPlan
    column: dict[str, int]
    items: dict[str, Item] = field(default_factory=dict)
    size: dict[str, tuple[float, float]] = field(default_factory=dict)
    touch: dict[tuple[int, str], Touch] = field(default_factory=dict)
    chains: list[tuple[int, list[str]]] = field(default_factory=list)
    pieces: list[ArcPiece] = field(default_factory=list)
    y: dict[str, float] = field(default_factory=dict)


def place(plan: MapPlan, entities: Mapping[str, DrawnEntity], order: Sequence[str]) -> MapLayout:
    """Places of all that a plan holds.

    Parameters
    ----------
    plan : MapPlan
    entities : mapping of species to DrawnEntity
    order : sequence of str
        Compartments from top to bottom.
    """
    used = sorted({n.rank for n in plan.nodes.values()})
    state = _DrawState(plan, {n.id: used.index(n.rank) for n in plan.nodes.values()})
    lower: frozenset[int] = frozenset()
    columns: list[list[str]] = []
    edges: list[tuple[float, float]] = []
    for _ in range(3):  # sides of influences and order of arcs depend on heights, and these on them
        _measure(state, entities, order, lower)
        if not columns:
            _chains(state)
        _pieces(state)
        columns = columns or arrange(state.items, state.pieces)
        edges = bands(columns, state.items, len(order), gap=GAP, pads=PADS)
        state.y = heights(columns, state.items, state.pieces, edges, gap=GAP, pads=PADS)
        lower = _from_below(state)
    _measure(state, entities, order, lower)
    _pieces(state)
    edges = bands(columns, state.items, len(order), gap=GAP, pads=PADS)
    state.y = heights(columns, state.items, state.pieces, edges, gap=GAP, pads=PADS)
    _measure(state, entities, order, lower)
    _pieces(state)
    return _finish(state, columns, edges)


def _measure(
    state: _DrawState, entities: Mapping[str, DrawnEntity], order: Sequence[str], lower: frozenset[int]
) -> None:
    """Sizes and touching points of every node, as far as heights are known."""
    plan = state.plan
    of: dict[str, list[tuple[int, Link]]] = {n: [] for n in plan.nodes}
    for number, link in enumerate(plan.links):
        of[link.source].append((number, link))
        of[link.target].append((number, link))
    reverse = frozenset(plan.reverse)
    for node in plan.nodes.values():
        if node.kind == "process":
            side, found, above, below = touches(node, of[node.id], plan.nodes, reverse, lower)
            state.size[node.id] = (side, side)
            state.touch.update({(n, node.id): t for n, t in found.items()})
        else:
            above, below = _measure_pool(state, node, of[node.id], entities)
        band = order.index(node.compartment)
        state.items[node.id] = Item(node.id, state.column[node.id], band, above, below)


def _measure_pool(
    state: _DrawState, node: Node, links: Sequence[tuple[int, Link]], entities: Mapping[str, DrawnEntity]
) -> tuple[float, float]:
    sides: dict[int, list[tuple[int, Link]]] = {-1: [], 1: []}
    for number, link in links:
        other = link.target if link.source == node.id else link.source
        sides[1 if state.column[other] > state.column[node.id] else -1].append((number, link))
    if node.kind in ("or", "and"):
        w = h = _GATE
    elif node.kind == "sink":
        w = h = _SINK
    else:
        size = pool_size(entities[node.of], max(len(v) for v in sides.values()))
        w, h = size.w, size.h
        stubs = state.plan.stubs.get(node.id, ())
        w = max(w, 40.0 * max(_count(stubs, True), _count(stubs, False)))
    state.size[node.id] = (w, h)
    for side, entries in sides.items():
        entries.sort(key=lambda e: (_far_height(state, node, e[0]), e[0]))
        for i, (number, _) in enumerate(entries):
            at = ((i + 1) / (len(entries) + 1) - 0.5) * h if node.kind == "pool" else 0.0
            reach = w / 2 + (PORT if node.kind in ("or", "and") else 0.0)
            state.touch[(number, node.id)] = Touch(side, at, side * reach, at)
    stubs = state.plan.stubs.get(node.id, ())
    above = h / 2 + (STUB if _count(stubs, False) else 6.0)
    return above, h / 2 + (STUB if _count(stubs, True) else 3.0)


def _count(stubs: Sequence[Step], removes: bool) -> int:
    return sum(bool(s.reactants) == removes for s in stubs)


def _far_height(state: _DrawState, node: Node, number: int) -> float:
    """The height from which an arc comes: that of its next item along the way."""
    for arc, names in state.chains:
        if arc == number and state.y:
            place = names.index(node.id)
            near = names[1] if place == 0 else names[-2]
            touch = state.touch.get((number, near))
            return state.y[near] + (touch.level if touch else 0.0)
    return 0.0


def _chains(state: _DrawState) -> None:
    """The items that each arc passes, from left to right; long ones get passages."""
    load: dict[tuple[int, int], int] = {}
    for item in state.items.values():
        load[(item.column, item.band)] = load.get((item.column, item.band), 0) + 1
    for number, link in enumerate(state.plan.links):
        left, right = sorted((link.source, link.target), key=lambda n: state.column[n])
        names = [left]
        choices = {state.items[left].band, state.items[right].band}
        between = range(state.column[left] + 1, state.column[right])
        band = min(choices, key=lambda b: (sum(load.get((k, b), 0) for k in between), b))
        for k in between:
            name = f"passage__{number}__{k}"
            state.items[name] = Item(name, k, band, 1.0, 1.0, True)
            load[(k, band)] = load.get((k, band), 0) + 1
            names.append(name)
        state.chains.append((number, [*names, right]))


def _pieces(state: _DrawState) -> None:
    state.pieces = []
    for number, names in state.chains:
        for left, right in pairwise(names):
            offsets = []
            for name in (left, right):
                touch = state.touch.get((number, name))
                offsets.append(touch.level if touch else 0.0)
            state.pieces.append(ArcPiece(number, left, right, *offsets))


def _from_below(state: _DrawState) -> frozenset[int]:
    """Links to a process whose other end lies below it."""
    return frozenset(
        number
        for number, link in enumerate(state.plan.links)
        if state.y[_next(state, number, link)] > state.y[link.process]
    )


def _next(state: _DrawState, number: int, link: Link) -> str:
    names = state.chains[number][1]
    return names[1] if names[0] == link.process else names[-2]


def _finish(
    state: _DrawState, columns: Sequence[Sequence[str]], edges: Sequence[tuple[float, float]]
) -> MapLayout:
    channel: list[list[tuple[int, Crossing]]] = [[] for _ in columns]
    for i, piece in enumerate(state.pieces):
        left = state.y[piece.left] + piece.left_offset
        right = state.y[piece.right] + piece.right_offset
        channel[state.items[piece.left].column].append((i, Crossing(piece.arc, left, right)))
    turn: dict[int, tuple[Crossing, float]] = {}
    x, centre, span = _MARGIN, [], []
    for k, column in enumerate(columns):
        width = max((_wide(state, n) for n in column), default=0.0)
        centre.append(x + width / 2)
        span.append((x, x + width))
        x += width
        found = tracks([c for _, c in channel[k]])
        for (i, crossing), track in zip(channel[k], found, strict=True):
            turn[i] = (crossing, x + _EDGE + _TRACK * max(track, 0))
        x += 2 * _EDGE + _TRACK * max([0, *found]) if k + 1 < len(columns) else 0.0
    boxes = {}
    for node in state.plan.nodes.values():
        w, h = state.size[node.id]
        boxes[node.id] = Box(centre[state.column[node.id]] - w / 2, state.y[node.id] - h / 2, w, h)
    paths = _paths(state, centre, turn)
    return MapLayout(boxes, paths, edges, x + _MARGIN, state.touch)


def _wide(state: _DrawState, name: str) -> float:
    if name not in state.size:
        return 4.0
    return state.size[name][0] + (14.0 if state.plan.nodes[name].kind in ("process", "or", "and") else 0.0)


def _paths(
    state: _DrawState, centre: Sequence[float], turn: Mapping[int, tuple[Crossing, float]]
) -> dict[int, tuple[Point, ...]]:
    points: dict[int, list[Point]] = {}
    for number, names in state.chains:
        points[number] = _end(state, number, names[0], centre)
    for i, piece in enumerate(state.pieces):
        crossing, x = turn[i]
        if not crossing.flat:
            points[piece.arc] += [(x, crossing.left), (x, crossing.right)]
    done = {}
    for number, names in state.chains:
        path = [*points[number], *reversed(_end(state, number, names[-1], centre))]
        if names[0] != state.plan.links[number].source:
            path.reverse()
        done[number] = _simple(path)
    return done


def _end(state: _DrawState, number: int, name: str, centre: Sequence[float]) -> list[Point]:
    """Points from where an arc touches a node to where it leaves the node's column."""
    touch = state.touch[(number, name)]
    x, y = centre[state.column[name]], state.y[name]
    start = (x + touch.x, y + touch.y)
    return [start, (x + touch.x, y + touch.level)] if touch.turns else [start]


def _simple(path: Sequence[Point]) -> tuple[Point, ...]:
    """The path without points on a straight line between their neighbours."""
    kept: list[Point] = []
    for point in path:
        if kept and abs(kept[-1][0] - point[0]) < 0.01 and abs(kept[-1][1] - point[1]) < 0.01:
            continue
        while len(kept) > 1 and any(
            abs(kept[-2][k] - kept[-1][k]) < 0.01 and abs(kept[-1][k] - point[k]) < 0.01 for k in (0, 1)
        ):
            kept.pop()
        kept.append(point)
    return tuple((round(a, 2), round(b, 2)) for a, b in kept)
