"""A network as equations over one graph: states, inputs, rates of change, outputs, start values.

States are amounts of the species that reactions change, and the variables of rate rules
(a species under a rate rule is kept as its symbol's value). Everything else that has a
value is an input ``p``, constant between doses and events. A second graph computes ``p`` and the
states at the start from the raw values ``q`` of the file and the lane's overrides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from jakstat.engine.compile.dag import STATE, TIME, Graph, Node, from_expression
from jakstat.engine.network.expression import Expression
from jakstat.engine.network.network import Event, Network, Reaction, Species

__all__ = ["Equations", "StartValues", "equations", "start_values"]


@dataclass(frozen=True, slots=True)
class EventChange:
    """One write of an event: to a state or an input (``y`` or ``p`` and its number).

    The number ``value`` of the event's values is written, times ``size`` if there is one. With ``follows``
    the target is a concentration that keeps its amount while a volume goes from ``size`` to the value.
    """

    target: tuple[str, int]
    value: int
    size: Node | None
    follows: bool = False


@dataclass(frozen=True, slots=True)
class EventNodes:
    """An event: its formulas as nodes, and what it writes, in order."""

    event: Event
    trigger: Node
    delay: Node | None
    priority: Node | None
    values: tuple[Node, ...]
    changes: tuple[EventChange, ...]


@dataclass(frozen=True, slots=True)
class Equations:
    """The right-hand side and everything an output may refer to.

    ``states`` and ``inputs`` name the elements of arrays ``y`` and ``p``; a species held
    as an input is held as its amount. ``rates`` are the derivatives of the states;
    ``amounts``, ``values`` the nodes of species amounts and of every symbol; ``by_value`` the
    species kept as concentrations; ``events`` the events; ``scales`` what the absolute tolerance of each
    state is multiplied with; ``eased`` how many bases were eased (None: all is as written).
    """

    graph: Graph
    states: tuple[str, ...]
    inputs: tuple[str, ...]
    rates: tuple[Node, ...]
    amounts: Mapping[str, Node]
    values: Mapping[str, Node]
    time: Node
    by_value: frozenset[str]
    events: tuple[EventNodes, ...]
    scales: tuple[Node, ...]
    eased: int | None = None


def _rules(network: Network) -> dict[str, Expression]:
    return {rule.variable: rule.expression for rule in network.assignment_rules}


def _changed(network: Network) -> list[str]:
    """Species that reactions change, in the order of the file."""
    touched = {
        reference.species
        for reaction in network.reactions
        if reaction.rate is not None
        for reference in (*reaction.reactants, *reaction.products)
    }
    ruled = {r.variable for r in (*network.assignment_rules, *network.rate_rules)}
    return [
        s.id for s in network.species
        if s.id in touched and not s.boundary and not s.constant and s.id not in ruled
    ]  # fmt: skip


def _references(network: Network) -> dict[str, float | None]:
    """Species references that can be named, with their number in the file."""
    return {
        reference.id: reference.stoichiometry
        for reaction in network.reactions
        for reference in (*reaction.reactants, *reaction.products)
        if reference.id is not None
    }


@dataclass(slots=True)
class _Maker:
    """Resolves ids to nodes while the equations are put together."""

    network: Network
    graph: Graph
    states: dict[str, int]
    inputs: dict[str, int]
    time: Node
    species: dict[str, Species]
    compartments: dict[str, float]
    reactions: dict[str, Reaction]
    rules: dict[str, Expression]
    rate_rules: dict[str, Expression]
    leaf: Callable[[str], Node] | None = None
    known: dict[str, Node] = field(default_factory=dict)
    changers: dict[str, list[Reaction]] = field(init=False)
    """Reactions that have a species among their reactants or products, in the order of the file."""

    def __post_init__(self) -> None:
        self.changers = {}
        for reaction in self.reactions.values():
            for name in dict.fromkeys(r.species for r in (*reaction.reactants, *reaction.products)):
                self.changers.setdefault(name, []).append(reaction)

    def held(self, id: str) -> Node:
        """The state or input that holds an id."""
        if id in self.states:
            return self.graph.input("y", self.states[id], STATE)
        return self.graph.input("p", self.inputs[id])

    def amount(self, id: str) -> Node:
        """The amount of a species."""
        species = self.species[id]
        if id in self.rules or id in self.rate_rules:
            value = self.value(id)
            return value if self.bare(species) else self.graph.mul(value, self.value(species.compartment))
        return self.held(id)

    def bare(self, species: Species) -> bool:
        """Whether the symbol stands for the amount."""
        return species.substance_only or self.compartments.get(species.compartment) == 0.0

    def value(self, id: str) -> Node:
        """What the id means in a formula."""
        if self.leaf is not None:
            return self.leaf(id)
        found = self.known.get(id)
        if found is None:
            found = self._value(id)
            self.known[id] = found
        return found

    def _value(self, id: str) -> Node:
        if id in self.rules:
            return self.node(self.rules[id])
        if id in self.species and id not in self.rate_rules:
            amount, species = self.held(id), self.species[id]
            return amount if self.bare(species) else self.graph.div(amount, self.value(species.compartment))
        if id in self.reactions:
            rate = self.reactions[id].rate
            return self.graph.number(0.0) if rate is None else self.node(rate)
        return self.held(id)

    def node(self, expression: Expression) -> Node:
        return from_expression(self.graph, expression, self.value, self.time, self.rate_of)

    def rate_of(self, id: str) -> Node:
        """The rate of change of a symbol's value."""
        if id in self.rate_rules:
            return self.node(self.rate_rules[id])
        if id not in self.species or id in self.rules:
            return self.graph.number(0.0)
        species = self.species[id]
        rate = self.net_rate(id) if id in self.states else self.graph.number(0.0)
        if self.bare(species):
            return rate
        size = self.value(species.compartment)
        change = self.graph.mul(self.value(id), self.rate_of(species.compartment))
        return self.graph.div(self.graph.sub(rate, change), size)

    def net_rate(self, id: str) -> Node:
        """The rate of change of a state."""
        if id in self.rate_rules:
            return self.node(self.rate_rules[id])
        terms = [term for reaction in self.changers.get(id, []) for term in self._terms(id, reaction)]
        factor = self.species[id].conversion_factor or self.network.conversion_factor
        total = self.graph.net(terms)
        return self.graph.mul(total, self.value(factor)) if factor else total

    def _terms(self, id: str, reaction: Reaction) -> list[tuple[Node, float]]:
        terms: list[tuple[Node, float]] = []
        for sign, references in ((-1.0, reaction.reactants), (1.0, reaction.products)):
            for reference in references:
                if reference.species != id or reaction.rate is None:
                    continue
                rate = self.value(reaction.id)
                if reference.id is not None:
                    terms.append((self.graph.mul(self.value(reference.id), rate), sign))
                else:
                    terms.append(
                        (rate, sign * (1.0 if reference.stoichiometry is None else reference.stoichiometry))
                    )
        return terms


def equations(network: Network, infused: Iterable[str] = ()) -> Equations:
    """The equations of a network; ``infused`` species become states even if nothing else moves them."""
    rules = _rules(network)
    rate_rules = {rule.variable: rule.expression for rule in network.rate_rules}
    states = list(dict.fromkeys((*_changed(network), *rate_rules, *infused)))
    ids = [
        *(c.id for c in network.compartments), *(p.id for p in network.parameters),
        *(s.id for s in network.species), *_references(network),
    ]  # fmt: skip
    inputs = [i for i in ids if i not in rules and i not in set(states)]
    graph = Graph()
    maker = _Maker(
        network,
        graph,
        {s: i for i, s in enumerate(states)},
        {s: i for i, s in enumerate(inputs)},
        graph.input("t", 0, TIME),
        {s.id: s for s in network.species},
        {c.id: c.dimensions for c in network.compartments},
        {r.id: r for r in network.reactions},
        rules,
        rate_rules,
    )
    _index_reactions(maker)
    rates = tuple(maker.net_rate(s) for s in states)
    amounts = {s.id: maker.amount(s.id) for s in network.species}
    values = {i: maker.value(i) for i in (*ids, *maker.reactions)}
    by_value = frozenset(s for s in rate_rules if s in maker.species and not maker.bare(maker.species[s]))
    events = tuple(_event_nodes(maker, event) for event in network.events)
    scales = tuple(_scale(maker, s) for s in states)
    return Equations(
        graph, tuple(states), tuple(inputs), rates, amounts, values, maker.time, by_value, events, scales
    )


def _scale(maker: _Maker, state: str) -> Node:
    """The size of a small compartment, so that concentrations meet the tolerance as well; else 1."""
    graph, one = maker.graph, maker.graph.number(1.0)
    species = maker.species.get(state)
    if species is None or state in maker.rate_rules or maker.bare(species):
        return one
    size = maker.value(species.compartment)
    if graph.depends[size]:
        return one
    inside = graph.function(
        "and", graph.function("lt", graph.number(0.0), size), graph.function("lt", size, one)
    )
    return graph.function("select", inside, size, one)


def _event_nodes(maker: _Maker, event: Event) -> EventNodes:
    """An event's nodes; sizes are written last, as a concentration means the volume before the event."""
    given = sorted(event.assignments, key=lambda a: a.variable in maker.compartments)
    changes = []

    def target(name: str) -> tuple[str, int]:
        return ("y", maker.states[name]) if name in maker.states else ("p", maker.inputs[name])

    for number, assignment in enumerate(given):
        name = assignment.variable
        species, size = maker.species.get(name), None
        if species is not None and name not in maker.rate_rules and not maker.bare(species):
            size = maker.value(species.compartment)
        for other in maker.rate_rules:  # amounts outlast a change of volume, so concentrations follow it
            home = maker.species.get(other)
            if home is not None and home.compartment == name and not maker.bare(home):
                changes.append(EventChange(target(other), number, maker.value(name), follows=True))
        changes.append(EventChange(target(name), number, size))
    optional = [None if e is None else maker.node(e) for e in (event.delay, event.priority)]
    values = tuple(maker.node(a.expression) for a in given)
    return EventNodes(event, maker.node(event.trigger), optional[0], optional[1], values, tuple(changes))


def _index_reactions(maker: _Maker) -> None:
    """Resolve assignment rules in their order first, so that recursion stays shallow."""
    for rule in maker.network.assignment_rules:
        maker.value(rule.variable)


@dataclass(frozen=True, slots=True)
class StartValues:
    """How the states and inputs at the start follow from raw values.

    ``raw`` names the elements of array ``q`` and ``defaults`` their values in the file (NaN
    when it gives none); ``concentrations`` are the species given as such.
    """

    graph: Graph
    raw: tuple[str, ...]
    defaults: tuple[float, ...]
    roots: tuple[Node, ...]
    concentrations: frozenset[str]


@dataclass(slots=True)
class _StartResolver:
    """Resolves values at the start time."""

    maker: _Maker
    raw: dict[str, int]
    initial: dict[str, Expression]
    given: dict[str, str]
    graph: Graph
    known: dict[str, Node] = field(default_factory=dict)

    def quantity(self, id: str) -> Node:
        return self.graph.input("q", self.raw[id])

    def value(self, id: str) -> Node:
        found = self.known.get(id)
        if found is None:
            found = self._value(id)
            self.known[id] = found
        return found

    def _value(self, id: str) -> Node:
        maker, graph = self.maker, self.graph
        if id in maker.rules:
            return self.node(maker.rules[id])
        if id in self.initial:
            return self.node(self.initial[id])
        if id in maker.reactions:
            rate = maker.reactions[id].rate
            return graph.number(0.0) if rate is None else self.node(rate)
        if id not in maker.species:
            return self.quantity(id)
        species, raw = maker.species[id], self.quantity(id)
        bare = maker.bare(species)
        if self.given[id] == "concentration":
            return graph.mul(raw, self.value(species.compartment)) if bare else raw
        return raw if bare else graph.div(raw, self.value(species.compartment))

    def node(self, expression: Expression) -> Node:
        return from_expression(self.graph, expression, self.value, self.maker.time, self.rate_of)

    def rate_of(self, id: str) -> Node:
        return self.maker.rate_of(id)

    def held(self, id: str, by_value: bool) -> Node:
        """The value of a state or input: a species' amount unless kept by value."""
        maker = self.maker
        if id not in maker.species or by_value:
            return self.value(id)
        species = maker.species[id]
        if id not in self.initial and self.given[id] == "amount":
            return self.quantity(id)
        value = self.value(id)
        return value if maker.bare(species) else self.graph.mul(value, self.value(species.compartment))


def start_values(network: Network, system: Equations, replaced: frozenset[str] = frozenset()) -> StartValues:
    """The start program of a network: ``p`` first, then the states.

    ``replaced`` are the ids whose initial assignment gives way to a value of the user's.
    """
    raw: dict[str, float | None] = {c.id: c.size for c in network.compartments}
    raw |= {p.id: p.value for p in network.parameters}
    given: dict[str, str] = {}
    for species in network.species:
        given[species.id] = "concentration" if species.concentration is not None else "amount"
        raw[species.id] = species.concentration if species.concentration is not None else species.amount
    raw |= _references(network)
    graph = Graph()
    maker = _Maker(
        network, graph, {}, {}, graph.input("t", 0, TIME), {s.id: s for s in network.species},
        {c.id: c.dimensions for c in network.compartments}, {r.id: r for r in network.reactions},
        _rules(network), {rule.variable: rule.expression for rule in network.rate_rules},
    )  # fmt: skip
    initial = {a.variable: a.expression for a in network.initial_assignments if a.variable not in replaced}
    start = _StartResolver(maker, {id: i for i, id in enumerate(raw)}, initial, given, graph)
    maker.states = {s: i for i, s in enumerate(system.states)}
    maker.leaf = start.value  # rates at the start are formulas over start values
    return StartValues(
        graph,
        tuple(raw),
        tuple(float("nan") if v is None else v for v in raw.values()),
        _held_roots(start, system),
        frozenset(s for s, kind in given.items() if kind == "concentration"),
    )


def _held_roots(start: _StartResolver, system: Equations) -> tuple[Node, ...]:
    for assignment in (*start.maker.network.initial_assignments, *start.maker.network.assignment_rules):
        start.value(assignment.variable)
    return tuple(start.held(i, i in system.by_value) for i in (*system.inputs, *system.states))
