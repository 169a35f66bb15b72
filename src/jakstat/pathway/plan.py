"""What is drawn: every pool, clone, process and source or sink, in which column and in which compartment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from jakstat.pathway.ranks import Hubs, gate_of
from jakstat.pathway.reactions import Step

__all__ = ["Link", "MapPlan", "Node", "plan"]

_FAR = 3
"""An influence that would run over more ranks than this starts at a clone instead."""

_MANY = 8
"""The most arcs that one drawing of a species is given where it may have several."""


@dataclass(frozen=True, slots=True)
class Node:
    """Something that takes a place; ``of`` is what it stands for.

    ``kind`` is ``pool``, ``process``, ``sink``, ``or`` or ``and``.
    """

    id: str
    kind: str
    of: str
    rank: int
    compartment: str
    clone: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """An arc to be: from a pool to a process or back (``production``), by node id."""

    kind: str
    source: str
    target: str
    count: float = 1.0

    @property
    def process(self) -> str:
        """The node of its process."""
        return self.source if self.kind == "production" else self.target

    @property
    def pool(self) -> str:
        """The node at its other end."""
        return self.target if self.kind == "production" else self.source


@dataclass(slots=True)
class MapPlan:
    """Nodes, links, and the stubs of each pool's node."""

    nodes: dict[str, Node] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)
    stubs: dict[str, list[Step]] = field(default_factory=dict)
    reverse: set[tuple[str, str]] = field(default_factory=set)


def plan(
    steps: Sequence[Step],
    rank: Mapping[str, int],
    home: Mapping[str, str],
    cut: Hubs,
    order: Sequence[str],
) -> MapPlan:
    """Nodes and links of the map.

    Parameters
    ----------
    steps : sequence of Step
    rank : mapping of species and step ids to rank
    home : mapping of species to compartment
    cut : Hubs
    order : sequence of str
        Compartments from top to bottom.
    """
    made = MapPlan()
    for step in steps:
        if not step.stub:
            _place(made, step, rank, home, cut, order)
    for step in steps:
        if step.stub:
            (name,) = step.ends
            node = made.nodes.get(name) or _first_clone(made, name)
            if node is None:
                node = _pool(made, name, rank[name], rank, home)
            made.stubs.setdefault(node.id, []).append(step)
    _share_out(made, cut)
    _mark_clones(made)
    return made


def _first_clone(made: MapPlan, name: str) -> Node | None:
    return next((n for n in made.nodes.values() if n.kind == "pool" and n.of == name), None)


def _pool(made: MapPlan, name: str, at: int, rank: Mapping[str, int], home: Mapping[str, str]) -> Node:
    """The node of a species at a rank: its own one, or a clone."""
    identifier = name if at == rank[name] else f"{name}__{at}"
    if identifier not in made.nodes:
        made.nodes[identifier] = Node(identifier, "pool", name, at, home[name])
    return made.nodes[identifier]


def _place(
    made: MapPlan,
    step: Step,
    rank: Mapping[str, int],
    home: Mapping[str, str],
    cut: Hubs,
    order: Sequence[str],
) -> None:
    at = rank[step.id]
    where = _compartment(step, home, order)
    process = Node(f"process__{step.id}", "process", step.id, at, where)
    made.nodes[process.id] = process
    back = _runs_back(step, rank, cut)
    before, behind = (at + 1, at - 1) if back else (at - 1, at + 1)
    for name, count in step.reactants.items():
        pool = _pool(made, name, before if name in cut.used else rank[name], rank, home)
        reverse = step.reversible and step.kind not in ("association", "dissociation")
        link = (
            Link("production", process.id, pool.id, count)
            if reverse
            else Link("consumption", pool.id, process.id, count)
        )
        if reverse:
            made.reverse.add((process.id, pool.id))
        made.links.append(link)
    for name, count in step.products.items():
        pool = _pool(made, name, behind if name in cut.made else rank[name], rank, home)
        made.links.append(Link("production", process.id, pool.id, count))
    for empty, place in ((step.reactants, "source"), (step.products, "sink")):
        if not empty:
            side = before if place == "source" else behind
            sink = Node(f"{place}__{step.id}", "sink", step.id, side, where)
            made.nodes[sink.id] = sink
            ends = (sink.id, process.id) if place == "source" else (process.id, sink.id)
            made.links.append(Link("consumption" if place == "source" else "production", *ends))
    if step.gate:
        _gate(made, step, process, rank, home)
    for name, kind in step.influences.items():
        if name in step.gated:
            continue
        near = abs(at - rank[name]) <= _FAR
        pool = _pool(made, name, rank[name] if near else before, rank, home)
        made.links.append(Link(kind, pool.id, process.id))


def _gate(made: MapPlan, step: Step, process: Node, rank: Mapping[str, int], home: Mapping[str, str]) -> None:
    """A logical operator that joins what a step cannot do without."""
    at = rank[gate_of(step)]
    gate = Node(f"gate__{step.id}", step.gate, step.id, at, process.compartment)
    made.nodes[gate.id] = gate
    side = 1 if at > process.rank else -1
    for name in step.gated:
        near = 0 < side * (rank[name] - at) <= _FAR
        pool = _pool(made, name, rank[name] if near else at + side, rank, home)
        made.links.append(Link("logic arc", pool.id, gate.id))
    kinds = {step.influences[name] for name in step.gated}
    kind = "catalysis" if kinds == {"catalysis"} else "necessary stimulation"
    made.links.append(Link(kind, gate.id, process.id))


def _runs_back(step: Step, rank: Mapping[str, int], cut: Hubs) -> bool:
    """Whether a step stands to the left of what it consumes, or to the right of what it alone makes."""
    at = rank[step.id]
    consumed = [rank[n] for n in step.reactants if n not in cut.used]
    if consumed:
        return all(k > at for k in consumed)
    made = [rank[n] for n in step.products if n not in cut.made]
    return bool(made) and all(k < at for k in made)


def _compartment(step: Step, home: Mapping[str, str], order: Sequence[str]) -> str:
    """Where most of a reaction's ends are; where that is a tie, on the side of the larger compartments."""
    count = Counter(home[n] for n in step.ends)
    most = max(count.values())
    tied = [c for c, k in count.items() if k == most]
    wide = [c for c in tied if c != "membrane"]
    return max(wide or tied, key=order.index)


def _share_out(made: MapPlan, cut: Hubs) -> None:
    """No pool has more than ``_MANY`` arcs, as far as influences and hubs can go to clones beside it."""
    at: dict[str, list[int]] = {}
    for number, link in enumerate(made.links):
        at.setdefault(link.pool, []).append(number)
    for node in [n for n in made.nodes.values() if n.kind == "pool"]:
        numbers = at.get(node.id, [])
        flux = ("consumption", "production")
        hub = node.of in cut.made or node.of in cut.used
        loose = [k for k in numbers if hub or made.links[k].kind not in flux]
        spare = loose[max(_MANY - (len(numbers) - len(loose)), 0) :]
        for start in range(0, len(spare), _MANY):
            clone = replace(node, id=f"{node.id}__{node.rank}_{start // _MANY}")
            made.nodes[clone.id] = clone
            for k in spare[start : start + _MANY]:
                _move(made, k, node.id, clone.id)


def _move(made: MapPlan, number: int, old: str, new: str) -> None:
    link = made.links[number]
    source, target = (new if end == old else end for end in (link.source, link.target))
    if (link.source, link.target) in made.reverse:
        made.reverse.add((source, target))
    made.links[number] = replace(link, source=source, target=target)


def _mark_clones(made: MapPlan) -> None:
    count = Counter(n.of for n in made.nodes.values() if n.kind == "pool")
    for node in list(made.nodes.values()):
        if node.kind == "pool" and count[node.of] > 1:
            made.nodes[node.id] = Node(node.id, node.kind, node.of, node.rank, node.compartment, True)
