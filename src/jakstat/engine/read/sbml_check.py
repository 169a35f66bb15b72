"""What must hold for a network before it may be simulated.

libSBML checks the document's form; these checks look at the network itself, so
that a solver can trust every id, value and order it finds there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from jakstat.engine.network.dependencies import AMOUNT, RATE, Roles, in_order, start_needs
from jakstat.engine.network.expression import Apply, Expression, Symbol, symbols, walk
from jakstat.engine.network.network import Assignment, Network, Species, SpeciesReference
from jakstat.engine.network.unsupported import refused
from jakstat.engine.read.import_report import Assumptions
from jakstat.errors import Problem

__all__ = ["Findings", "check_network", "expressions", "order_assignments", "settle_missing"]


@dataclass(frozen=True, slots=True)
class Findings:
    """Errors, warnings and the ids that were set to zero."""

    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    assumed_zero: tuple[str, ...] = ()
    assumed_one: tuple[str, ...] = ()


def expressions(network: Network) -> Iterator[Expression]:
    """Every formula of the network."""
    for reaction in network.reactions:
        if reaction.rate is not None:
            yield reaction.rate
    for rule in (*network.assignment_rules, *network.rate_rules, *network.initial_assignments):
        yield rule.expression
    for event in network.events:
        yield event.trigger
        yield from (e for e in (event.delay, event.priority) if e is not None)
        yield from (a.expression for a in event.assignments)


def _references(network: Network) -> Iterator[SpeciesReference]:
    for reaction in network.reactions:
        yield from reaction.reactants
        yield from reaction.products


class _Checks:
    """One pass of checks over one network."""

    def __init__(self, network: Network, file: str | None, lines: Mapping[str, int]) -> None:
        self.network = network
        self.file = file
        self.lines = lines
        self.found = Findings()
        self.species = {s.id: s for s in network.species}
        self.constants: dict[str, bool] = {s.id: s.constant for s in network.species}
        self.constants |= {c.id: c.constant for c in network.compartments}
        self.constants |= {p.id: p.constant for p in network.parameters}
        self.constants |= {r.id: r.constant for r in _references(network) if r.id}
        self.known = self.constants.keys() | {r.id for r in network.reactions}

    def error(self, code: str, message: str, name: str) -> None:
        self.found.errors.append(Problem(code, message, self.file, self.lines.get(name), None, name))

    def warn(self, code: str, message: str, name: str) -> None:
        self.found.warnings.append(Problem(code, message, self.file, self.lines.get(name), None, name))

    def run(self) -> Findings:
        self.duplicates()
        self.places()
        self.formulas()
        self.variables()
        self.reactions()
        self.rates_of()
        self.unused()
        return self.found

    def duplicates(self) -> None:
        network = self.network
        seen: set[str] = set()
        ids = [c.id for c in network.compartments] + [s.id for s in network.species]
        ids += [p.id for p in network.parameters] + [r.id for r in network.reactions]
        ids += [r.id for r in _references(network) if r.id]
        for name in ids:
            if name in seen:
                self.error("id.duplicate", f"the id '{name}' is given twice", name)
            seen.add(name)

    def places(self) -> None:
        homes = {c.id: c for c in self.network.compartments}
        for c in self.network.compartments:
            if c.size is not None and not c.size > 0.0 and c.dimensions:
                self.warn("value.size", f"compartment '{c.id}' has size {c.size!r}", c.id)
        for s in self.network.species:
            if s.compartment not in homes:
                self.error("reference.unknown", f"species '{s.id}' lies in no known compartment", s.id)
            if s.conversion_factor is not None and s.conversion_factor not in self.known:
                self.error("reference.unknown", f"no parameter '{s.conversion_factor}'", s.id)
        factor = self.network.conversion_factor
        if factor is not None and factor not in self.known:
            self.error("reference.unknown", f"no parameter '{factor}'", factor)

    def formulas(self) -> None:
        for name in sorted(frozenset[str]().union(*map(symbols, expressions(self.network))) - self.known):
            self.error("reference.unknown", f"a formula uses '{name}', which does not exist", name)

    def variables(self) -> None:
        ruled: dict[str, str] = {}
        assigned = {a.variable for a in self.network.assignment_rules}
        owners = [("rule", a) for a in (*self.network.assignment_rules, *self.network.rate_rules)]
        for kind, rule in owners:
            if rule.variable in ruled:
                self.error("rule.duplicate", f"'{rule.variable}' has two rules", rule.variable)
            ruled[rule.variable] = kind
            self.settable(rule, kind)
        initial: set[str] = set()
        for assignment in self.network.initial_assignments:
            name = assignment.variable
            if name in initial or name in assigned:
                self.error("rule.duplicate", f"'{name}' has two initial values", name)
            initial.add(name)
            if name not in self.constants:
                self.error("reference.unknown", f"initial assignment of unknown '{name}'", name)
        for event in self.network.events:
            for assignment in event.assignments:
                if assignment.variable in assigned:
                    message = f"event '{event.id}' sets '{assignment.variable}', which a rule governs"
                    self.error("rule.overdetermined", message, assignment.variable)
                self.settable(assignment, f"event '{event.id}'")

    def settable(self, assignment: Assignment, kind: str) -> None:
        name = assignment.variable
        if name not in self.constants:
            self.error("reference.unknown", f"a {kind} sets '{name}', which does not exist", name)
        elif self.constants[name]:
            self.error("rule.constant", f"a {kind} sets '{name}', which is constant", name)

    def reactions(self) -> None:
        ruled = {a.variable for a in (*self.network.assignment_rules, *self.network.rate_rules)}
        for reaction in self.network.reactions:
            for ref in (*reaction.reactants, *reaction.products):
                species = self.species.get(ref.species)
                if species is None:
                    message = f"reaction '{reaction.id}' uses unknown species '{ref.species}'"
                    self.error("reference.unknown", message, reaction.id)
                elif not species.boundary and ref.species in ruled:
                    message = f"'{ref.species}' is changed by a rule and by reaction '{reaction.id}'"
                    self.error("rule.overdetermined", message, ref.species)
                elif not species.boundary and species.constant:
                    message = f"reaction '{reaction.id}' changes '{ref.species}', which is constant"
                    self.error("rule.constant", message, ref.species)
            for name in reaction.modifiers:
                if name not in self.species:
                    message = f"reaction '{reaction.id}' uses unknown species '{name}'"
                    self.error("reference.unknown", message, reaction.id)

    def rates_of(self) -> None:
        assigned = {a.variable for a in self.network.assignment_rules}
        assigned |= {r.id for r in self.network.reactions}
        for expression in expressions(self.network):
            for node in walk(expression):
                if isinstance(node, Apply) and node.op == "rate_of":
                    (target,) = node.args
                    if isinstance(target, Symbol) and self.depends(target.id, assigned):
                        self.found.errors.append(
                            refused("rate_of_assigned", f"'{target.id}'", file=self.file)
                        )

    def depends(self, name: str, assigned: set[str]) -> bool:
        """Whether the rate of change of ``name`` is that of something assigned."""
        species = self.species.get(name)
        home = species is not None and not species.substance_only and species.compartment in assigned
        return name in assigned or home

    def unused(self) -> None:
        network = self.network
        used = frozenset[str]().union(*map(symbols, expressions(network)))
        used |= {a.variable for a in (*network.assignment_rules, *network.rate_rules)}
        used |= {s.conversion_factor for s in network.species if s.conversion_factor}
        used |= {network.conversion_factor} if network.conversion_factor else set()
        used |= {r.species for r in _references(network)}
        used |= {m for r in network.reactions for m in r.modifiers}
        for p in network.parameters:
            if p.id not in used:
                self.warn("id.unused", f"parameter '{p.id}' is never used", p.id)
            if not p.unit:
                self.warn("unit.missing", f"parameter '{p.id}' has no unit", p.id)
        for s in network.species:
            if s.id not in used:
                self.warn("id.unused", f"species '{s.id}' is never used", s.id)


def check_network(network: Network, *, file: str | None, lines: Mapping[str, int]) -> Findings:
    """Find dangling references, double definitions and unusable names.

    Parameters
    ----------
    network : Network
        The model as read.
    file : str or None
        Name of the document, for messages.
    lines : mapping of str to int
        Where each id stands.

    Examples
    --------
    >>> rule = Assignment("x", Symbol("y"))
    >>> model = Network("m", "", 3, 2, (), (), (), (), (rule,), (), (), (), None, "", "", "")
    >>> [p.code for p in check_network(model, file=None, lines={}).errors]
    ['reference.unknown', 'reference.unknown']
    """
    return _Checks(network, file, lines).run()


def _needed(network: Network) -> set[str]:
    """Ids whose value some formula, reaction or rule asks for."""
    need = set[str]().union(*map(symbols, expressions(network)))
    need |= {a.variable for a in network.rate_rules}
    by_id = {s.id: s for s in network.species}
    moved = [by_id[r.species] for r in _references(network) if not by_id[r.species].boundary]
    need |= {s.id for s in moved}
    factors = {s.conversion_factor or network.conversion_factor for s in moved}
    need |= {f for f in factors if f}
    for species in network.species:
        by_amount = species.substance_only and species.concentration is None
        if species.id in need and not by_amount:
            need.add(species.compartment)
    return need


def settle_missing(
    network: Network, *, assume: Assumptions, file: str | None, lines: Mapping[str, int]
) -> tuple[Network, Findings]:
    """Find values that are needed and never set; set them to zero only when asked to.

    A compartment of unknown size is an error either way: zero would not be a size.
    """
    need = _needed(network)
    given = {a.variable for a in (*network.assignment_rules, *network.initial_assignments)}
    network, ones = _ones(network, given) if assume.one_stoichiometry else (network, ())
    found = _Missing(need - given, assume.zero, file, lines)
    for c in network.compartments:
        if c.size is None and c.id not in given and c.dimensions:
            found.zero("compartment", c.id, can_be_zero=False)
    parameters = tuple(
        replace(p, value=0.0)
        if p.value is None and p.id not in given and found.zero("parameter", p.id)
        else p
        for p in network.parameters
    )
    species = tuple(
        replace(s, amount=0.0) if _unset(s) and s.id not in given and found.zero("species", s.id) else s
        for s in network.species
    )
    found.errors += _rates_and_stoichiometries(network, given, file, lines)
    settled = replace(network, parameters=parameters, species=species)
    return settled, Findings(found.errors, found.warnings, tuple(found.assumed), ones)


def _ones(network: Network, given: set[str]) -> tuple[Network, tuple[str, ...]]:
    """The network with 1 for every stoichiometry that nothing sets, and where that was."""
    told: list[str] = []

    def one(ref: SpeciesReference, reaction: str) -> SpeciesReference:
        if ref.stoichiometry is not None or ref.id in given:
            return ref
        told.append(f"{ref.species} in {reaction}")
        return replace(ref, stoichiometry=1.0)

    reactions = tuple(
        replace(
            r,
            reactants=tuple(one(ref, r.id) for ref in r.reactants),
            products=tuple(one(ref, r.id) for ref in r.products),
        )
        for r in network.reactions
    )
    return replace(network, reactions=reactions), tuple(told)


class _Missing:
    """Decides about values that are not set: an error, a warning, or zero."""

    def __init__(self, need: set[str], assume: bool, file: str | None, lines: Mapping[str, int]) -> None:
        self.need, self.assume, self.file, self.lines = need, assume, file, lines
        self.errors: list[Problem] = []
        self.warnings: list[Problem] = []
        self.assumed: list[str] = []

    def zero(self, kind: str, name: str, *, can_be_zero: bool = True) -> bool:
        """Whether the value counts as zero; else the problem is noted."""
        line = self.lines.get(name)
        if name not in self.need:
            message = f"{kind} '{name}' has no value"
            self.warnings.append(Problem("value.unset", message, self.file, line, None, name))
            return False
        if self.assume and can_be_zero:
            self.assumed.append(name)
            return True
        hint = "set it, or give --assume-zero (assume_zero=True)" if can_be_zero else "set it"
        message = f"{kind} '{name}' is used but never set"
        self.errors.append(Problem("value.missing", message, self.file, line, None, name, hint))
        return False


def _unset(species: Species) -> bool:
    return species.amount is None and species.concentration is None


def _rates_and_stoichiometries(
    network: Network, given: set[str], file: str | None, lines: Mapping[str, int]
) -> Iterator[Problem]:
    for reaction in network.reactions:
        line = lines.get(reaction.id)
        if reaction.rate is None:
            yield refused("no_rate", f"'{reaction.id}'", file=file, line=line, field=reaction.id)
        for ref in (*reaction.reactants, *reaction.products):
            if ref.stoichiometry is None and ref.id not in given:
                detail = f"'{ref.species}' in '{reaction.id}'"
                problem = refused("missing_stoichiometry", detail, file=file, line=line, field=reaction.id)
                yield replace(problem, hint="set it, or give --assume-one-stoichiometry")


def order_assignments(
    network: Network, *, file: str | None, lines: Mapping[str, int]
) -> tuple[Network, list[Problem]]:
    """Put assignment rules and initial assignments in an order in which each needs only earlier ones.

    Returns
    -------
    Network
        The network in order, or as it was when something is circular.
    list of Problem
        Circles found.

    Examples
    --------
    >>> rules = (Assignment("a", Symbol("b")), Assignment("b", Symbol("c")))
    >>> model = Network("m", "", 3, 2, (), (), (), (), rules, (), (), (), None, "", "", "")
    >>> [a.variable for a in order_assignments(model, file=None, lines={})[0].assignment_rules]
    ['b', 'a']
    """
    roles = Roles(network)
    nodes = roles.computed()
    always, circle = in_order({name: roles.needs(node) for name, node in nodes.items()})
    start: list[str] = []
    if not circle:
        start, circle = in_order(start_needs(roles, nodes, frozenset()))
    if circle:
        names = [n for n in circle if not n.startswith((RATE, AMOUNT))]
        if len(names) < len([n for n in circle if not n.startswith(AMOUNT)]):
            return network, [refused("cycle_through_rate", ", ".join(names[:8]), file=file)]
        message = f"rules or initial assignments depend on each other in a circle: {', '.join(names[:8])}"
        return network, [Problem("rule.circular", message, file, lines.get(names[0]), None, names[0])]
    at = {name: i for i, name in enumerate(always)}
    first = {name: i for i, name in enumerate(start)}
    rules = sorted(network.assignment_rules, key=lambda a: at[a.variable])
    initial = sorted(network.initial_assignments, key=lambda a: first[a.variable])
    return replace(network, assignment_rules=tuple(rules), initial_assignments=tuple(initial)), []
