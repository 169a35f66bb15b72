"""What is stored, what is worked out, and in which order.

A solver keeps amounts, rate-rule variables, sizes and parameters; everything
else (rules, concentrations, reaction rates, rates of change) follows from those
in a fixed order. This module says which is which; it does no arithmetic.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from jakstat.engine.network.expression import Apply, Expression, Symbol, Time, walk
from jakstat.engine.network.network import Network, Species, SpeciesReference

__all__ = [
    "AMOUNT",
    "RATE",
    "Change",
    "FormulaNode",
    "Node",
    "Ratio",
    "Roles",
    "Term",
    "in_order",
    "names_in",
    "start_needs",
    "uses_time",
]

AMOUNT = "amount:"
"""Prefix of the name under which the amount of a species with concentrations is kept."""

RATE = "rate_of:"
"""Prefix of the name of a quantity's rate of change."""


@dataclass(frozen=True, slots=True)
class FormulaNode:
    """Worked out from an expression."""

    expression: Expression


@dataclass(frozen=True, slots=True)
class Ratio:
    """A concentration: the quantity ``amount`` over the size of ``compartment``."""

    amount: str
    compartment: str


@dataclass(frozen=True, slots=True)
class Term:
    """What one species reference adds to a species: ``sign * stoichiometry * factor * rate``."""

    sign: float
    reference: SpeciesReference
    reaction: str
    factor: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """The rate of change of a quantity that is not given by a rate rule.

    ``terms`` add up to the rate of the amount; with ``compartment`` it is turned
    into that of the concentration, ``growth`` naming the rate of change of the size.
    """

    symbol: str
    terms: tuple[Term, ...]
    compartment: str | None
    growth: str | None


Node = FormulaNode | Ratio | Change


def names_in(expression: Expression) -> set[str]:
    """Names the value of an expression rests on; rates of change carry the prefix :data:`RATE`.

    Examples
    --------
    >>> sorted(names_in(Apply("add", (Symbol("a"), Apply("rate_of", (Symbol("b"),))))))
    ['a', 'rate_of:b']
    """
    found: set[str] = set()
    stack = [expression]
    while stack:
        node = stack.pop()
        if isinstance(node, Symbol):
            found.add(node.id)
        elif isinstance(node, Apply):
            if node.op == "rate_of" and isinstance(node.args[0], Symbol):
                found.add(RATE + node.args[0].id)
            else:
                stack.extend(node.args)
    return found


def uses_time(expression: Expression) -> bool:
    """Whether the time itself appears in an expression.

    Examples
    --------
    >>> uses_time(Apply("neg", (Time(),)))
    True
    """
    return any(isinstance(node, Time) for node in walk(expression))


class Roles:
    """The part every name of a network plays.

    Parameters
    ----------
    network : Network
        A checked network.
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        self.species: dict[str, Species] = {s.id: s for s in network.species}
        self.assigned = {a.variable: a.expression for a in network.assignment_rules}
        self.rated = {a.variable: a.expression for a in network.rate_rules}
        self.terms: dict[str, list[Term]] = {s.id: [] for s in network.species}
        self.references: dict[str, SpeciesReference] = {}
        for reaction in network.reactions:
            for sign, refs in ((-1.0, reaction.reactants), (1.0, reaction.products)):
                for ref in refs:
                    if ref.id is not None:
                        self.references[ref.id] = ref
                    self._term(sign, ref, reaction.id)

    def _term(self, sign: float, ref: SpeciesReference, reaction: str) -> None:
        species = self.species[ref.species]
        if not species.boundary and not species.constant:
            factor = species.conversion_factor or self.network.conversion_factor
            self.terms[species.id].append(Term(sign, ref, reaction, factor))

    def keeps_amount(self, name: str) -> bool:
        """Whether a species' symbol is a concentration while its amount is what is stored."""
        species = self.species.get(name)
        return (
            species is not None
            and not species.substance_only
            and name not in self.assigned
            and name not in self.rated
        )

    def stored_name(self, name: str) -> str:
        """The name under which the changing quantity behind an id is stored."""
        return AMOUNT + name if self.keeps_amount(name) else name

    def states(self) -> list[str]:
        """Stored names that change continuously, in the order of the network."""
        moved = [self.stored_name(s.id) for s in self.network.species if self.terms[s.id]]
        return moved + [name for name in self.rated if name not in moved]

    def lasting(self) -> list[str]:
        """Species and other quantities that carry a state from one run into the next."""
        return self._lasting

    @cached_property
    def _lasting(self) -> list[str]:
        network = self.network
        changing = [p.id for p in network.parameters if not p.constant]
        changing += [c.id for c in network.compartments if not c.constant]
        changing += [name for name, ref in self.references.items() if not ref.constant]
        names = [s.id for s in network.species] + changing
        return [name for name in names if name not in self.assigned]

    def computed(self) -> dict[str, Node]:
        """Everything that is worked out from stored values, by name."""
        nodes: dict[str, Node] = {n: FormulaNode(e) for n, e in self.assigned.items()}
        for s in self.network.species:
            if self.keeps_amount(s.id):
                nodes[s.id] = Ratio(AMOUNT + s.id, s.compartment)
        for reaction in self.network.reactions:
            if reaction.rate is not None:
                nodes[reaction.id] = FormulaNode(reaction.rate)
        for name in self._rates_asked_for():
            self._add_rate(name, nodes)
        return nodes

    def _rates_asked_for(self) -> set[str]:
        network = self.network
        formulas = [r.rate for r in network.reactions if r.rate is not None]
        rules = (*network.assignment_rules, *network.rate_rules, *network.initial_assignments)
        formulas += [a.expression for a in rules]
        for event in network.events:
            formulas += [e for e in (event.trigger, event.delay, event.priority) if e is not None]
            formulas += [a.expression for a in event.assignments]
        return {
            node.args[0].id
            for formula in formulas
            for node in walk(formula)
            if isinstance(node, Apply) and node.op == "rate_of" and isinstance(node.args[0], Symbol)
        }

    def _add_rate(self, name: str, nodes: dict[str, Node]) -> None:
        if RATE + name in nodes:
            return
        if name in self.rated:
            nodes[RATE + name] = FormulaNode(self.rated[name])
            return
        home = self.species[name].compartment if self.keeps_amount(name) else None
        growth = RATE + home if home is not None and home in self.rated else None
        nodes[RATE + name] = Change(name, tuple(self.terms.get(name, ())), home, growth)
        if growth is not None and home is not None:
            self._add_rate(home, nodes)

    def needs(self, node: Node) -> set[str]:
        """Names a node is worked out from."""
        if isinstance(node, FormulaNode):
            return names_in(node.expression)
        if isinstance(node, Ratio):
            return {node.amount, node.compartment}
        needed = {t.reaction for t in node.terms}
        needed |= {t.reference.id for t in node.terms if t.reference.id}
        needed |= {t.factor for t in node.terms if t.factor}
        if node.compartment is not None:
            needed |= {node.compartment, node.symbol}
        return needed | ({node.growth} if node.growth else set())


def _start_needs(roles: Roles, s: Species, needs: dict[str, set[str]]) -> None:
    """What a species' first value follows from, given what the file says of it."""
    by_concentration = s.amount is None and s.concentration is not None
    if s.id in roles.assigned:
        return
    if s.substance_only:
        if by_concentration:
            needs[s.id] = {s.compartment}
    elif s.id in roles.rated:
        needs[s.id] = set() if by_concentration else {s.compartment}
    elif by_concentration:
        needs[s.id] = set()
        needs[AMOUNT + s.id] = {s.id, s.compartment}


def start_needs(roles: Roles, nodes: Mapping[str, Node], overridden: frozenset[str]) -> dict[str, set[str]]:
    """What everything rests on at the first instant.

    There a species may be given by its concentration, from which its amount follows,
    and initial assignments join the rules; those of ``overridden`` names do not count.
    """
    needs = {name: roles.needs(node) for name, node in nodes.items()}
    for s in roles.network.species:
        _start_needs(roles, s, needs)
    for assignment in roles.network.initial_assignments:
        name = assignment.variable
        if name not in overridden:
            needs[name] = names_in(assignment.expression)
            if roles.keeps_amount(name):
                needs[AMOUNT + name] = {name, roles.species[name].compartment}
    return needs


def in_order(needs: Mapping[str, Iterable[str]]) -> tuple[list[str], list[str]]:
    """Names in an order in which each comes after those it needs, and those on a circle.

    Examples
    --------
    >>> in_order({"a": {"b"}, "b": {"c"}})
    (['b', 'a'], [])
    >>> in_order({"a": {"b"}, "b": {"a"}})
    ([], ['a', 'b'])
    """
    left = {name: {n for n in needed if n in needs} for name, needed in needs.items()}
    users: dict[str, list[str]] = {name: [] for name in needs}
    for name, needed in left.items():
        for n in needed:
            users[n].append(name)
    count = {name: len(needed) for name, needed in left.items()}
    ready = [name for name in needs if count[name] == 0]
    order: list[str] = []
    for name in ready:  # grows while it is walked
        order.append(name)
        for user in users[name]:
            count[user] -= 1
            if count[user] == 0:
                ready.append(user)
    return order, sorted(name for name in needs if count[name] > 0)
