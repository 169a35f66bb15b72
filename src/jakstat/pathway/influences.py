"""Which species speed up or slow down a reaction without taking part, and which reactions run backwards.

Read off the rate laws, with the assignment rules written out: a rate is worked out
at states drawn over eight decades of concentration, and again with twice of one
species. A sign that holds at every state is the influence's sign. Doubling shows
a sign that a derivative at rest, where most species are absent, would miss.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from jakstat.engine.network.expression import Expression, Symbol, substitute, symbols
from jakstat.engine.network.network import Network, Reaction
from jakstat.engine.reference.closures import Closure, closure
from jakstat.streams import stream

__all__ = ["DECADES", "Influence", "Kinetics", "kinetics"]

DECADES = (-4.0, 4.0)
"""Of nM or zmol/um^2: below and above every constant of a rate law of a cell."""


@dataclass(frozen=True, slots=True)
class Influence:
    """``species`` acts on a reaction: ``sign`` is 1, -1, or 0 when it depends on the state.

    ``needed`` says that the reaction stands still without it: ``alone``, or, where none does so
    alone, together with all others of its sign.
    """

    species: str
    sign: int
    needed: bool
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Kinetics:
    """What a rate law says: who influences it, and whether it can run backwards."""

    influences: tuple[Influence, ...]
    reversible: bool


def kinetics(
    network: Network, *, states: int = 24, seed: int = 0, decades: tuple[float, float] = DECADES
) -> Mapping[str, Kinetics]:
    """Influences and direction of every reaction.

    Parameters
    ----------
    network : Network
    states : int
        How many states the rates are worked out at.
    seed : int
        Of the states.
    decades : tuple of float
        Powers of ten between which the states are drawn.

    Returns
    -------
    mapping of reaction id to Kinetics

    Examples
    --------
    >>> from jakstat.experiment.resting import loaded_cell
    >>> found = kinetics(loaded_cell("hepg2").model.network)["STAT3_phosphorylation"]
    >>> [i.sign for i in found.influences if i.species in ("SOCS3", "hexamer_cc_pgp130")]
    [-1, 1]
    """
    slots, values = _places(network)
    rules = {rule.variable: rule.expression for rule in network.assignment_rules}
    species = [s.id for s in network.species]
    draws = stream(seed, "map", "states").uniform(*decades, size=(states, len(species)))
    table = []
    for row in draws:
        state = list(values)
        for name, exponent in zip(species, row, strict=True):
            state[slots[name]] = 10.0 ** float(exponent)
        table.append(state)
    return {r.id: _of(r, rules, slots, frozenset(species), table) for r in network.reactions}


def _places(network: Network) -> tuple[dict[str, int], list[float]]:
    """A place for every name, and the values of those that are no species."""
    slots: dict[str, int] = {}
    values = [0.0]
    named: list[tuple[str, float | None]] = [(c.id, c.size) for c in network.compartments]
    named += [(p.id, p.value) for p in network.parameters]
    named += [(s.id, None) for s in network.species]
    for name, value in named:
        slots[name] = len(values)
        values.append(1.0 if value is None else value)
    return slots, values


def _written_out(expression: Expression, rules: Mapping[str, Expression]) -> Expression:
    """The expression in species and constants alone."""

    def replace(symbol: Symbol) -> Expression:
        rule = rules.get(symbol.id)
        return symbol if rule is None else substitute(rule, replace)

    return substitute(expression, replace)


def _of(
    reaction: Reaction,
    rules: Mapping[str, Expression],
    slots: Mapping[str, int],
    species: frozenset[str],
    states: Sequence[list[float]],
) -> Kinetics:
    if reaction.rate is None:
        return Kinetics((), False)
    law = _written_out(reaction.rate, rules)
    rate = closure(law, slots)
    ends = {r.species for r in (*reaction.reactants, *reaction.products)}
    others = sorted((symbols(law) & species) - ends)
    signs = {name: _sign(rate, slots[name], states) for name in others}
    signs = {name: sign for name, sign in signs.items() if sign is not None}
    alone = {name for name, sign in signs.items() if sign == 1 and _stops(rate, [slots[name]], states)}
    together = not alone and _stops(rate, [slots[n] for n, sign in signs.items() if sign == 1], states)
    found = tuple(
        Influence(n, s, n in alone or (s == 1 and together), n in alone)
        for n, s in signs.items()
        if s is not None
    )
    sources = [slots[r.species] for r in reaction.reactants]
    return Kinetics(found, bool(sources) and _turns(rate, sources, states))


def _sign(rate: Closure, place: int, states: Sequence[list[float]]) -> int | None:
    """1, -1, 0 for both, None when doubling the value at ``place`` changes nothing."""
    seen: set[int] = set()
    for state in states:
        before = rate(state)
        after = rate([*state[:place], 2.0 * state[place], *state[place + 1 :]])
        change = after - before
        if math.isfinite(change) and abs(change) > 1e-12 * (abs(before) + abs(after)):
            seen.add(1 if change > 0.0 else -1)
    return None if not seen else seen.pop() if len(seen) == 1 else 0


def _without(state: list[float], places: Iterable[int]) -> list[float]:
    changed = list(state)
    for place in places:
        changed[place] = 0.0
    return changed


def _stops(rate: Closure, places: Sequence[int], states: Sequence[list[float]]) -> bool:
    return all(rate(_without(state, places)) == 0.0 for state in states)


def _turns(rate: Closure, places: Sequence[int], states: Sequence[list[float]]) -> bool:
    """Whether the rate is negative when nothing is there to be consumed."""
    return any(rate(_without(state, places)) < 0.0 for state in states)
