"""Where arcs touch glyphs: sides of pools, ports of processes, the way round to a port that faces away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jakstat.pathway.plan import Link, Node

__all__ = ["PORT", "PROCESS", "Touch", "facing", "process_size", "touches"]

PROCESS, PORT = 16.0, 7.0
"""Side of a process's square, and how far its ports stand out."""

_LEVEL, _FIRST = 9.0, 13.0


@dataclass(frozen=True, slots=True)
class Touch:
    """How an arc meets a node.

    ``side`` is the channel it comes from (-1 left, 1 right). Seen from the node's
    centre, it runs at height ``level`` and ends at ``x``, ``y``.
    """

    side: int
    level: float
    x: float
    y: float

    @property
    def turns(self) -> bool:
        """Whether it comes in at another height than that at which it ends."""
        return abs(self.level - self.y) > 0.01


def facing(
    process: Node, links: Sequence[Link], nodes: Mapping[str, Node], reverse: frozenset[tuple[str, str]]
) -> tuple[str, str]:
    """Sides (``L``, ``R``, ``T``, ``B``) of the ports for what is consumed and for what is produced."""
    votes = [0, 0]
    for link in links:
        if link.process != process.id or link.kind not in ("consumption", "production"):
            continue
        made = link.kind == "production" and (link.source, link.target) not in reverse
        votes[int(made)] += 1 if nodes[link.pool].rank > process.rank else -1
    consumed, produced = ("R" if v > 0 else "L" for v in votes)
    return ("T", "B") if consumed == produced else (consumed, produced)


def process_size(above: int, below: int) -> float:
    """Side of a process's square that gives each influence its own place.

    Examples
    --------
    >>> process_size(1, 0)
    16.0
    """
    return max(PROCESS, 11.0 * max(above, below) + 5.0)


def touches(
    process: Node,
    links: Sequence[tuple[int, Link]],
    nodes: Mapping[str, Node],
    reverse: frozenset[tuple[str, str]],
    lower: frozenset[int],
) -> tuple[float, Mapping[int, Touch], float, float]:
    """How each arc of a process meets it.

    Parameters
    ----------
    process : Node
    links : sequence of (number, Link)
        Those of the process.
    nodes : mapping of id to Node
    reverse : set of (process, pool)
        Productions that begin at the port of what is consumed.
    lower : set of int
        Numbers of links that come from below.

    Returns
    -------
    side, touches, above, below
        Side of the square; touch by number of link; extents from the centre.
    """
    ports = facing(process, [link for _, link in links], nodes, reverse)
    flux, round_about = {}, {False: [], True: []}  # type: ignore[var-annotated]
    for number, link in links:
        if link.kind in ("consumption", "production"):
            made = link.kind == "production" and (link.source, link.target) not in reverse
            port = ports[int(made)]
            side = 1 if nodes[link.pool].rank > process.rank else -1
            if port == ("R" if side > 0 else "L"):
                flux[number] = side
                continue
            round_about[port == "B" or (port != "T" and number in lower)].append((number, side, port))
        else:
            side = 1 if nodes[link.pool].rank > process.rank else -1
            round_about[number in lower].append((number, side, ""))
    size = process_size(*(sum(1 for _, _, p in round_about[k] if not p) for k in (False, True)))
    half, reach = size / 2, size / 2 + PORT
    found = {n: Touch(s, 0.0, s * reach, 0.0) for n, s in flux.items()}
    extents = [half, half]
    for down, entries in round_about.items():
        sign = 1.0 if down else -1.0
        spread = _places([e for e in entries if not e[2]], size)
        entries.sort(key=lambda e: (e[1] * spread.get(e[0], _port_x(e[2], reach)), e[0]), reverse=False)
        for k, (number, side, port) in enumerate(_nested(entries, spread, reach)):
            level = sign * (max(half, reach if port in ("T", "B") else half) + _FIRST + k * _LEVEL)
            x = spread.get(number, _port_x(port, reach))
            y = {"": sign * half, "T": -reach, "B": reach}.get(port, 0.0)
            found[number] = Touch(side, level, x, y)
            extents[int(down)] = max(extents[int(down)], abs(level) + 4.0)
    if ports == ("T", "B"):
        extents = [max(e, reach) for e in extents]
    return size, found, extents[0], extents[1]


def _port_x(port: str, reach: float) -> float:
    return {"L": -reach, "R": reach}.get(port, 0.0)


def _places(entries: Sequence[tuple[int, int, str]], size: float) -> dict[int, float]:
    """Places along the square for influences: those from the left to the left."""
    ordered = sorted(entries, key=lambda e: (e[1], e[0]))
    step = min(11.0, size / max(len(ordered), 1))
    return {e[0]: (i - (len(ordered) - 1) / 2) * step for i, e in enumerate(ordered)}


def _nested(
    entries: Sequence[tuple[int, int, str]], spread: Mapping[int, float], reach: float
) -> list[tuple[int, int, str]]:
    """Nearest level first: what ends nearest to the side it comes from."""

    def depth(entry: tuple[int, int, str]) -> tuple[float, int]:
        number, side, port = entry
        return -side * spread.get(number, _port_x(port, reach)), number

    return sorted(entries, key=depth)
