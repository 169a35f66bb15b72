"""From left to right in the order of the signal: a rank for each species and each reaction.

A reaction can first happen once all that it consumes is there; that gives each
species a level. Reactions that lead to a higher level point forward, and the longest
path along them (doi:10.1109/TSMC.1981.4308636) gives the ranks: species even, reactions odd.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from jakstat.pathway.reactions import Step

__all__ = ["Hubs", "folded", "gate_of", "hubs", "ranks"]

_TRANSMITS = ("catalysis", "necessary stimulation")
_HOP = "before "


@dataclass(frozen=True, slots=True)
class Hubs:
    """Species made, or used up, by so many reactions that each of these gets a clone of it."""

    made: frozenset[str]
    used: frozenset[str]


def hubs(steps: Iterable[Step], *, made: int = 3, used: int = 6) -> Hubs:
    """Species that more than ``made`` reactions produce, or more than ``used`` consume."""
    products: dict[str, int] = {}
    reactants: dict[str, int] = {}
    for step in steps:
        if step.stub:
            continue
        for name in step.products:
            products[name] = products.get(name, 0) + 1
        for name in step.reactants:
            reactants[name] = reactants.get(name, 0) + 1
    return Hubs(
        frozenset(n for n, k in products.items() if k > made),
        frozenset(n for n, k in reactants.items() if k > used),
    )


def ranks(
    species: Sequence[str], steps: Sequence[Step], present: Collection[str], cut: Hubs
) -> Mapping[str, int]:
    """A rank for every species and every step that is no stub.

    Parameters
    ----------
    species : sequence of str
        In the model's order.
    steps : sequence of Step
    present : collection of str
        Species that are there from the start.
    cut : Hubs
        Species that are cloned and so tie nothing together.
    """
    full = [s for s in steps if not s.stub]
    level = _levels(species, full, present)
    after: dict[str, set[str]] = {name: set() for name in (*species, *(s.id for s in full))}
    backward = []
    for step in full:
        top = max((level[n] for n in step.reactants), default=-1)
        later = [n for n in step.products if level[n] > top and n not in cut.made]
        if step.products and step.reactants and not any(level[n] > top for n in step.products):
            backward.append(step)
            continue
        for name in step.reactants:
            if name not in cut.used:
                after[name].add(step.id)
        after[step.id].update(later)
    _transmit(after, full)
    found = _tightened(after, _longest(after), full)
    for step in backward:
        found[step.id] = _between(step, found, cut)
    for step in full:
        if step.gate:
            found[gate_of(step)] = found[step.id] - 2
            del found[_HOP + step.id]
    return _from_zero(found)


def folded(rank: Mapping[str, int], steps: Iterable[Step], home: Mapping[str, str]) -> Mapping[str, int]:
    """What follows the last import into the nucleus runs back to the left, below the signal's way there.

    Parameters
    ----------
    rank : mapping of species and step ids to rank
    steps : iterable of Step
    home : mapping of species to compartment
    """
    every = list(steps)
    imports = [
        rank[s.id]
        for s in every
        if s.reactants
        and not s.stub
        and all(home[n] == "nucleus" for n in s.products)
        and all(home[n] != "nucleus" and rank[n] < rank[s.id] for n in s.reactants)
    ]
    if not imports:
        return rank
    turn = max(imports) + 1
    found = {name: 2 * turn - k if k > turn else k for name, k in rank.items()}
    for step in every:
        if step.gate:
            found[gate_of(step)] = found[step.id] + (2 if rank[step.id] > turn else -2)
    return _from_zero(found)


def _from_zero(found: Mapping[str, int]) -> dict[str, int]:
    lowest = min(found.values(), default=0)
    lowest -= lowest % 2
    return {name: rank - lowest for name, rank in found.items()}


def gate_of(step: Step) -> str:
    """The name of a step's operator among the ranks."""
    return f"gate {step.id}"


def _levels(species: Sequence[str], full: Sequence[Step], present: Collection[str]) -> Mapping[str, int]:
    """How many reactions lie between the start and each species."""
    produced = {n for s in full for n in s.products}
    level = {n: 0 for n in species if n in present or n not in produced}
    waiting = list(full)
    while True:
        ready = [s for s in waiting if all(n in level for n in s.reactants)]
        ready.sort(key=lambda s: max((level[n] for n in s.reactants), default=0))
        if ready:
            lowest = max((level[n] for n in ready[0].reactants), default=0)
            for step in ready:
                if max((level[n] for n in step.reactants), default=0) == lowest:
                    waiting.remove(step)
                    for name in step.products:
                        level.setdefault(name, lowest + 1)
            continue
        missing = next((n for n in species if n not in level), None)
        if missing is None:
            return level
        level[missing] = 0


def _transmit(after: dict[str, set[str]], full: Sequence[Step]) -> None:
    """Let what a reaction cannot do without come before it, unless that closes a circle."""
    for step in full:
        if step.gate:
            gate, hop = gate_of(step), _HOP + step.id
            after[gate], after[hop] = {hop}, {step.id}
            for name in step.gated:
                if not _reaches(after, step.id, name):
                    after[name].add(gate)
        for name, kind in step.influences.items():
            if name in step.gated:
                continue
            wanted = kind in _TRANSMITS or (kind == "stimulation" and not step.reactants)
            if wanted and not _reaches(after, step.id, name):
                after[name].add(step.id)


def _reaches(after: Mapping[str, set[str]], start: str, goal: str) -> bool:
    seen, stack = {start}, [start]
    while stack:
        for name in after[stack.pop()]:
            if name == goal:
                return True
            if name not in seen:
                seen.add(name)
                stack.append(name)
    return False


def _order(after: Mapping[str, set[str]]) -> list[str]:
    waits = dict.fromkeys(after, 0)
    for names in after.values():
        for name in names:
            waits[name] += 1
    ready = [n for n, k in waits.items() if k == 0]
    done = []
    while ready:
        name = ready.pop(0)
        done.append(name)
        for following in sorted(after[name]):
            waits[following] -= 1
            if waits[following] == 0:
                ready.append(following)
    return done


def _longest(after: Mapping[str, set[str]]) -> dict[str, int]:
    rank = dict.fromkeys(after, 0)
    for name in _order(after):
        for following in after[name]:
            rank[following] = max(rank[following], rank[name] + 1)
    return rank


def _tightened(after: Mapping[str, set[str]], rank: dict[str, int], full: Sequence[Step]) -> dict[str, int]:
    """Move what nothing holds back towards what follows it; then place what only influences."""
    before: dict[str, set[str]] = {name: set() for name in after}
    for name, names in after.items():
        for following in names:
            before[following].add(name)
    processes = {s.id for s in full}
    for name, k in list(rank.items()):
        if name in processes and k % 2 == 0:
            rank[name] = k + 1
    for name in _order(after):  # the steps without reactants start at 0; make their successors even again
        for following in after[name]:
            rank[following] = max(rank[following], rank[name] + 1)
    for name in reversed(_order(after)):
        if after[name] and len(before[name]) <= len(after[name]):
            rank[name] = min(rank[n] for n in after[name]) - 1
    for name, names in after.items():
        if name not in processes and not names and not before[name]:
            targets = [rank[s.id] for s in full if name in s.influences]
            rank[name] = min(targets) - 1 if targets else rank[name]
    return rank


def _between(step: Step, rank: Mapping[str, int], cut: Hubs) -> int:
    """A backward reaction stands just before the first of what it consumes; behind it when all are level."""
    start = min(rank[n] for n in step.reactants)
    ends = [rank[n] for n in step.products if n not in cut.made]
    return start + 1 if not ends or min(ends) > start else start - 1
