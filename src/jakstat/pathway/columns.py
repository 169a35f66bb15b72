"""Order and height within the columns: fewest crossings, then straightest arcs.

Long arcs hold a place in every column they pass, so that none runs under a box. The
order follows the barycentres of neighbours (doi:10.1109/TSMC.1981.4308636); heights
are the least-squares ones that keep the order (pool-adjacent-violators,
doi:10.1214/aoms/1177728423).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

__all__ = ["ArcPiece", "Item", "arrange", "bands", "crossings", "heights"]


@dataclass(frozen=True, slots=True)
class Item:
    """Something with a place in a column: a node, or the passage of a long arc.

    ``above`` and ``below`` are its extents from its centre line, with what stands out.
    """

    id: str
    column: int
    band: int
    above: float
    below: float
    passage: bool = False


@dataclass(frozen=True, slots=True)
class ArcPiece:
    """The part of an arc between two neighbouring columns; offsets are from the items' centre lines."""

    arc: int
    left: str
    right: str
    left_offset: float = 0.0
    right_offset: float = 0.0


def _neighbours(pieces: Sequence[ArcPiece]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    before: dict[str, list[str]] = {}
    after: dict[str, list[str]] = {}
    for piece in pieces:
        after.setdefault(piece.left, []).append(piece.right)
        before.setdefault(piece.right, []).append(piece.left)
    return before, after


def crossings(columns: Sequence[Sequence[str]], pieces: Sequence[ArcPiece]) -> int:
    """How many pairs of pieces cross.

    Examples
    --------
    >>> crossings([["a", "b"], ["c", "d"]], [ArcPiece(0, "a", "d"), ArcPiece(1, "b", "c")])
    1
    """
    place = {name: i for column in columns for i, name in enumerate(column)}
    where = {name: k for k, column in enumerate(columns) for name in column}
    by_gap: dict[int, list[tuple[int, int]]] = {}
    for piece in pieces:
        by_gap.setdefault(where[piece.left], []).append((place[piece.left], place[piece.right]))
    total = 0
    for ends in by_gap.values():
        ends.sort()
        total += sum(1 for i, (a, b) in enumerate(ends) for c, d in ends[i + 1 :] if (a - c) * (b - d) < 0)
    return total


def arrange(items: Mapping[str, Item], pieces: Sequence[ArcPiece], *, rounds: int = 24) -> list[list[str]]:
    """The order of each column from top to bottom; compartments keep theirs.

    Parameters
    ----------
    items : mapping of id to Item
        In the order to begin with.
    pieces : sequence of ArcPiece
    rounds : int
        Sweeps to the right and back.
    """
    count = 1 + max((i.column for i in items.values()), default=-1)
    columns: list[list[str]] = [[] for _ in range(count)]
    for item in items.values():
        columns[item.column].append(item.id)
    for column in columns:
        column.sort(key=lambda name: items[name].band)
    before, after = _neighbours(pieces)
    best, fewest = [list(c) for c in columns], crossings(columns, pieces)
    for turn in range(rounds):
        near, sweep = (before, range(count)) if turn % 2 == 0 else (after, range(count - 1, -1, -1))
        for k in sweep:
            _sort(columns, k, items, near)
        now = crossings(columns, pieces)
        if now < fewest:
            best, fewest = [list(c) for c in columns], now
    return best


def _sort(
    columns: list[list[str]], k: int, items: Mapping[str, Item], near: Mapping[str, Sequence[str]]
) -> None:
    share = {
        name: (i + 0.5) / len(column)
        for j in (k - 1, k + 1)
        if 0 <= j < len(columns)
        for column in (columns[j],)
        for i, name in enumerate(column)
    }
    own = {name: (i + 0.5) / len(columns[k]) for i, name in enumerate(columns[k])}

    def key(name: str) -> tuple[int, float]:
        around = [share[n] for n in near.get(name, ()) if n in share]
        return items[name].band, sum(around) / len(around) if around else own[name]

    columns[k].sort(key=key)


def bands(
    columns: Sequence[Sequence[str]],
    items: Mapping[str, Item],
    count: int,
    *,
    gap: float,
    pads: tuple[float, float],
) -> list[tuple[float, float]]:
    """Top and bottom of each compartment's band: as high as its fullest column asks."""
    need = [40.0] * count
    for column in columns:
        for band in range(count):
            here = [items[n] for n in column if items[n].band == band]
            need[band] = max(need[band], sum(i.above + i.below for i in here) + gap * max(len(here) - 1, 0))
    top, found = 0.0, []
    for height in need:
        bottom = top + pads[0] + height + pads[1]
        found.append((top, bottom))
        top = bottom
    return found


def heights(
    columns: Sequence[Sequence[str]],
    items: Mapping[str, Item],
    pieces: Sequence[ArcPiece],
    edges: Sequence[tuple[float, float]],
    *,
    gap: float,
    pads: tuple[float, float],
    rounds: int = 60,
) -> dict[str, float]:
    """The y of every item's centre line, within its band and in the order given."""
    links: dict[str, list[tuple[str, float, float]]] = {}
    for piece in pieces:
        shift = piece.left_offset - piece.right_offset
        weight = 4.0 if items[piece.left].passage or items[piece.right].passage else 1.0
        links.setdefault(piece.left, []).append((piece.right, -shift, weight))
        links.setdefault(piece.right, []).append((piece.left, shift, weight))
    chains = _chains(items, pieces)
    y: dict[str, float] = {}
    for column in columns:
        for band, (top, bottom) in enumerate(edges):
            names = [n for n in column if items[n].band == band]
            middle = dict.fromkeys(names, (top + bottom) / 2)
            y.update(_spread(names, items, middle, (top + pads[0], bottom - pads[1]), gap))
    for turn in range(rounds):
        sweep = range(len(columns)) if turn % 2 == 0 else range(len(columns) - 1, -1, -1)
        for k in sweep:
            for band, (top, bottom) in enumerate(edges):
                names = [n for n in columns[k] if items[n].band == band]
                wanted = {n: _wanted(n, links, y, chains) for n in names}
                y.update(_spread(names, items, wanted, (top + pads[0], bottom - pads[1]), gap))
    return y


def _chains(items: Mapping[str, Item], pieces: Sequence[ArcPiece]) -> dict[str, tuple[list[str], list[str]]]:
    """For each passage, all passages of its arc and the two nodes at its ends."""
    of: dict[int, tuple[list[str], list[str]]] = {}
    for piece in pieces:
        if items[piece.left].passage or items[piece.right].passage:
            passages, ends = of.setdefault(piece.arc, ([], []))
            for name in (piece.left, piece.right):
                kept = passages if items[name].passage else ends
                if name not in kept:
                    kept.append(name)
    return {name: found for found in of.values() for name in found[0]}


def _wanted(
    name: str,
    links: Mapping[str, Sequence[tuple[str, float, float]]],
    y: Mapping[str, float],
    chains: Mapping[str, tuple[list[str], list[str]]],
) -> float:
    if name in chains:  # one height for the whole of a long arc
        passages, ends = chains[name]
        flat = sum(y[n] for n in passages) / len(passages)
        return 0.8 * flat + 0.2 * sum(y[n] for n in ends) / len(ends)
    around = links.get(name)
    if not around:
        return y[name]
    return sum(w * (y[n] + shift) for n, shift, w in around) / sum(w for _, _, w in around)


def _spread(
    names: Sequence[str],
    items: Mapping[str, Item],
    wanted: Mapping[str, float],
    edges: tuple[float, float],
    gap: float,
) -> dict[str, float]:
    """The places nearest to the wanted ones that keep order and distances within the edges."""
    if not names:
        return {}
    shifts = [0.0]
    for upper, lower in pairwise(names):
        shifts.append(shifts[-1] + items[upper].below + gap + items[lower].above)
    blocks: list[tuple[float, int]] = []
    for name, shift in zip(names, shifts, strict=True):
        mean, size = wanted[name] - shift, 1
        while blocks and blocks[-1][0] > mean:
            other, number = blocks.pop()
            mean, size = (mean * size + other * number) / (size + number), size + number
        blocks.append((mean, size))
    low = edges[0] + items[names[0]].above
    high = edges[1] - items[names[-1]].below - shifts[-1]
    flat = [min(max(mean, low), max(high, low)) for mean, size in blocks for _ in range(size)]
    return {name: z + shift for name, z, shift in zip(names, flat, shifts, strict=True)}
