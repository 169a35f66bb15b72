"""A network laid out for the reference solver: places, closures and their order.

Made once per model; holds no values. One list of floats per lane keeps the time
(place 0), the states (from place 1), the reaction rates and everything else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from jakstat.engine.network.arithmetic import divide
from jakstat.engine.network.dependencies import (
    AMOUNT,
    Change,
    FormulaNode,
    Node,
    Ratio,
    Roles,
    Term,
    in_order,
    names_in,
    uses_time,
)
from jakstat.engine.network.expression import Apply, Expression, symbols, walk
from jakstat.engine.network.network import Network
from jakstat.engine.network.unsupported import refused
from jakstat.engine.reference.closures import Closure, closure
from jakstat.engine.reference.conditions import watched
from jakstat.engine.reference.partials import partial
from jakstat.errors import InputError

__all__ = ["Coefficient", "Derivative", "Plan", "System"]

Plan = list[tuple[int, Closure]]
"""Places to fill, in order, each with its closure."""

RuleDerivative = tuple[int, tuple[tuple[int, Closure], ...]]
"""Number of a state with a rate rule, and the partial derivatives of that rule."""

_LARGE = 3000


@dataclass(frozen=True, slots=True)
class Coefficient:
    """How one reaction (by its number) moves one state (by its number)."""

    state: int
    reaction: int
    value: Closure
    varies: bool


@dataclass(frozen=True, slots=True)
class Derivative:
    """How one worked-out place depends on others: places and partial derivatives."""

    place: int
    parts: tuple[tuple[int, Closure], ...]


@dataclass(frozen=True, slots=True)
class RateRule:
    """A rate rule: number of its state, its formula, and the formula with and without working conditions."""

    state: int
    expression: Expression
    live: Closure
    frozen: Closure


class System:
    """The layout of one network.

    Parameters
    ----------
    network : Network
        A checked network.
    infused : iterable of str
        Species that doses feed over a time, which makes them states.
    """

    def __init__(self, network: Network, infused: Iterable[str] = ()) -> None:
        self.network = network
        self.roles = Roles(network)
        self.starts: dict[frozenset[str], Plan] = {}  # filled by the lanes, one plan per set of overrides
        self.nodes = self.roles.computed()
        self.states = self.roles.states()
        for name in map(self.roles.stored_name, infused):
            if name not in self.states:
                self.states.append(name)
        self.reactions = [r.id for r in network.reactions if r.rate is not None]
        self._lay_out()
        needs = {name: self.roles.needs(node) for name, node in self.nodes.items()}
        self.order, circle = in_order(needs)
        if circle:
            raise InputError([refused("cycle_through_rate", ", ".join(circle[:8]))])
        self._find_dynamic(needs)
        self._find_conditions()
        self.closures: dict[str, Closure] = {n: self.node_closure(self.nodes[n]) for n in self.order}
        self.rate_rules = [
            RateRule(self.states.index(n), e, closure(e, self.slots), closure(e, self.slots, self.frozen))
            for n, e in self.roles.rated.items()
        ]
        self.coefficients = [
            self._coefficient(number, term)
            for number, name in enumerate(self.states)
            for term in self.roles.terms.get(name.removeprefix(AMOUNT), ())
            if term.reaction in self.reaction_number and name.removeprefix(AMOUNT) not in self.roles.rated
        ]
        self.static_plan = self.plan(n for n in self.order if n not in self.dynamic)
        self.dynamic_plan = self.plan(n for n in self.order if n in self.dynamic)
        asked = self._asked_by_rhs()
        self.rhs_plan = self.plan_for(asked)
        self.frozen_plan = self.plan_for(asked, frozen=True) if self.frozen else self.rhs_plan

    @cached_property
    def quantities(self) -> list[str]:
        """Every id of the network that has a value, in its order."""
        network = self.network
        known = [c.id for c in network.compartments] + [s.id for s in network.species]
        known += [p.id for p in network.parameters] + [r.id for r in network.reactions]
        return known + list(self.roles.references)

    @cached_property
    def initially(self) -> frozenset[str]:
        """Ids that are given a value at the start, whether by the file or by a request."""
        rates = {r.id for r in self.network.reactions}
        return frozenset({n.removeprefix(AMOUNT) for n in self.stored} - rates)

    @cached_property
    def settable(self) -> frozenset[str]:
        """Those of them that are sizes, parameters or stoichiometries."""
        network = self.network
        own = {c.id for c in network.compartments} | {p.id for p in network.parameters}
        return self.initially & (own | set(self.roles.references))

    def _lay_out(self) -> None:
        network = self.network
        names = [*self.states, *self.reactions]
        names += [c.id for c in network.compartments] + [p.id for p in network.parameters]
        names += list(self.roles.references)
        for s in network.species:
            names += [s.id] + ([AMOUNT + s.id] if self.roles.keeps_amount(s.id) else [])
        names += [r.id for r in network.reactions] + list(self.nodes)
        self.slots: dict[str, int] = {}
        for name in names:
            self.slots.setdefault(name, len(self.slots) + 1)
        self.size = len(self.slots) + 1
        self.reaction_number = {name: i for i, name in enumerate(self.reactions)}
        first = len(self.states) + 1
        self.reaction_places = slice(first, first + len(self.reactions))
        self.stored = {n for n in self.slots if n not in self.nodes}

    def _find_dynamic(self, needs: dict[str, set[str]]) -> None:
        dynamic = set(self.states)
        for name in self.order:
            node = self.nodes[name]
            timed = isinstance(node, FormulaNode) and uses_time(node.expression)
            if timed or needs[name] & dynamic:
                dynamic.add(name)
        self.dynamic = dynamic
        self.needs = needs

    def _find_conditions(self) -> None:
        """Conditions that are kept as they are while the solver goes on; each gets a place."""
        formulas = [n.expression for n in self.nodes.values() if isinstance(n, FormulaNode)]
        formulas += list(self.roles.rated.values())
        self.formulas = formulas
        self.conditions = watched(self.roles, self.dynamic, formulas)
        places = {c: self.size + i for i, c in enumerate(self.conditions)}
        self.size += len(places)
        self.condition_places = [(place, closure(c, self.slots)) for c, place in places.items()]
        self.frozen = {
            id(node): places[node]
            for formula in (formulas if places else [])
            for node in walk(formula)
            if isinstance(node, Apply) and node in places
        }

    def plan(self, names: Iterable[str]) -> Plan:
        """Places and closures of worked-out names, as given."""
        return [(self.slots[n], self.closures[n]) for n in names]

    def plan_for(self, wanted: Iterable[str], *, frozen: bool = False) -> Plan:
        """The changing part of what the wanted names rest on, in order."""
        found: set[str] = set()
        stack = list(wanted)
        while stack:
            name = stack.pop()
            if name in self.nodes and name in self.dynamic and name not in found:
                found.add(name)
                stack.extend(self.needs[name])
        names = [n for n in self.order if n in found]
        if not frozen:
            return self.plan(names)
        return [(self.slots[n], self.node_closure(self.nodes[n], self.frozen)) for n in names]

    def _asked_by_rhs(self) -> set[str]:
        asked = {self.reactions[c.reaction] for c in self.coefficients}
        for name in self.states:
            for term in self.roles.terms.get(name.removeprefix(AMOUNT), ()):
                asked |= {n for n in (term.reference.id, term.factor) if n}
        for rule in self.rate_rules:
            asked |= names_in(rule.expression)
        return asked

    def node_closure(self, node: Node, frozen: Mapping[int, int] | None = None) -> Closure:
        """The closure that works out one name, with conditions worked out or read from their places."""
        if isinstance(node, FormulaNode):
            return closure(node.expression, self.slots, frozen)
        if isinstance(node, Ratio):
            return _ratio(self.slots[node.amount], self.slots[node.compartment])
        return self._change(node)

    def _change(self, node: Change) -> Closure:
        terms = [
            (self._term_value(t), self.slots[t.reaction])
            for t in node.terms
            if t.reaction in self.reaction_number
        ]
        place = self.slots[node.symbol]
        size = None if node.compartment is None else self.slots[node.compartment]
        growth = None if node.growth is None else self.slots[node.growth]

        def change(v: list[float]) -> float:
            rate = 0.0
            for value, reaction in terms:
                rate += value(v) * v[reaction]
            if size is None:
                return rate
            if growth is not None:
                rate -= v[place] * v[growth]
            return divide(rate, v[size])

        return change

    def _term_value(self, term: Term) -> Closure:
        sign, ref = term.sign, term.reference
        factor = None if term.factor is None else self.slots[term.factor]
        if ref.id is None:
            number = sign * (ref.stoichiometry if ref.stoichiometry is not None else 1.0)
            if factor is None:
                return lambda _v: number
            return lambda v: number * v[factor]
        place = self.slots[ref.id]
        if factor is None:
            return lambda v: sign * v[place]
        return lambda v: sign * v[place] * v[factor]

    def _coefficient(self, number: int, term: Term) -> Coefficient:
        varies = any(n in self.dynamic for n in (term.reference.id, term.factor) if n)
        return Coefficient(number, self.reaction_number[term.reaction], self._term_value(term), varies)

    @cached_property
    def jacobian_parts(self) -> tuple[list[Derivative] | None, list[RuleDerivative] | None]:
        """Everything the Jacobian needs, worked out when first asked for."""
        return self.derivatives(), self.rate_rule_derivatives()

    def derivatives(self) -> list[Derivative] | None:
        """Partial derivatives along :attr:`rhs_plan`; None when formulas are too large for that."""
        names = {place: name for name, place in self.slots.items()}
        found = []
        for place, _ in self.rhs_plan:
            node = self.nodes[names[place]]
            parts = self._parts(node)
            if parts is None:
                return None
            found.append(Derivative(place, parts))
        return found

    def rate_rule_derivatives(self) -> list[RuleDerivative] | None:
        """For each rate rule, the number of its state and its partial derivatives."""
        found = []
        for rule in self.rate_rules:
            parts = self._formula_parts(rule.expression)
            if parts is None:
                return None
            found.append((rule.state, parts))
        return found

    def _parts(self, node: Node) -> tuple[tuple[int, Closure], ...] | None:
        if isinstance(node, FormulaNode):
            return self._formula_parts(node.expression)
        if isinstance(node, Ratio):
            amount, size = self.slots[node.amount], self.slots[node.compartment]
            by_amount = [(amount, _inverse(size))] if node.amount in self.dynamic else []
            by_size = [(size, _minus_ratio(amount, size))] if node.compartment in self.dynamic else []
            return tuple(by_amount + by_size)
        return ()

    def _formula_parts(self, expression: Expression) -> tuple[tuple[int, Closure], ...] | None:
        if sum(1 for _ in walk(expression)) > _LARGE:
            return None
        return tuple(
            (self.slots[name], closure(partial(expression, name), self.slots, self.frozen))
            for name in sorted(symbols(expression))
            if name in self.dynamic
        )


def _ratio(amount: int, size: int) -> Closure:
    def ratio(v: list[float]) -> float:
        return v[amount] / v[size] if v[size] else divide(v[amount], v[size])

    return ratio


def _inverse(size: int) -> Closure:
    return lambda v: divide(1.0, v[size])


def _minus_ratio(amount: int, size: int) -> Closure:
    return lambda v: -divide(v[amount], v[size] * v[size])
