"""Algebraic rules that can be solved for one quantity, as assignment rules.

An algebraic rule says that a formula is zero and leaves open which quantity it determines. Each rule is
matched with a quantity that nothing else determines (SBML Level 3 Version 2 Core, section 4.11.5,
doi:10.1515/jib-2019-0021) and solved for it where the formula is linear in that quantity; the solution is put
into the rules that are left, as in Gauss's elimination.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from jakstat.engine.network.expression import Apply, Expression, Number, Symbol, substitute, symbols
from jakstat.engine.network.network import Assignment, Network
from jakstat.engine.network.unsupported import refused
from jakstat.errors import Problem

__all__ = ["AlgebraicRule", "linear_in", "solve_algebraic"]

ZERO, ONE = Number(0.0), Number(1.0)


@dataclass(frozen=True, slots=True)
class AlgebraicRule:
    """A formula that is zero at all times, and where it stands."""

    expression: Expression
    line: int | None = None


def _add(a: Expression, b: Expression) -> Expression:
    if ZERO in (a, b):
        return b if a == ZERO else a
    if isinstance(a, Number) and isinstance(b, Number):
        return Number(a.value + b.value)
    return Apply("add", (a, b))


def _negative(a: Expression) -> Expression:
    return Number(0.0 - a.value) if isinstance(a, Number) else Apply("neg", (a,))


def _times(a: Expression, b: Expression) -> Expression:
    if ZERO in (a, b):
        return ZERO
    if ONE in (a, b):
        return b if a == ONE else a
    if isinstance(a, Number) and isinstance(b, Number):
        return Number(a.value * b.value)
    return Apply("mul", (a, b))


def linear_in(expression: Expression, name: str) -> tuple[Expression, Expression] | None:
    """``(a, b)`` with the expression equal to ``a * name + b``, or None where it is not of that form.

    Examples
    --------
    >>> linear_in(Apply("sub", (Symbol("k"), Symbol("x"))), "x")
    (Number(value=-1.0), Symbol(id='k'))
    >>> linear_in(Apply("exp", (Symbol("x"),)), "x") is None
    True
    """
    if name not in symbols(expression):
        return ZERO, expression
    if isinstance(expression, Symbol):
        return ONE, ZERO
    if not isinstance(expression, Apply):
        return None
    parts = [linear_in(a, name) for a in expression.args]
    if any(p is None for p in parts):
        return None
    known = [p for p in parts if p is not None]
    if expression.op == "neg":
        return _negative(known[0][0]), _negative(known[0][1])
    if expression.op == "sub":
        (a, b), (c, d) = known
        return _add(a, _negative(c)), _add(b, _negative(d)) if d != ZERO else b
    if expression.op == "add":
        slope: Expression = ZERO
        rest: Expression = ZERO
        for a, b in known:
            slope, rest = _add(slope, a), _add(rest, b)
        return slope, rest
    if expression.op == "mul" and sum(a != ZERO for a, _ in known) == 1:
        slope, rest = next((a, b) for a, b in known if a != ZERO)
        for a, b in known:
            if a == ZERO:
                slope, rest = _times(slope, b), _times(rest, b)
        return slope, rest
    if expression.op == "div" and known[1][0] == ZERO:
        (a, b), (_, under) = known
        return Apply("div", (a, under)), b if b == ZERO else Apply("div", (b, under))
    return None


def _solved(expression: Expression, name: str) -> Expression | None:
    form = linear_in(expression, name)
    if form is None or form[0] == ZERO:
        return None
    slope, rest = form
    if slope == Number(-1.0):
        return rest
    if slope == ONE:
        return _negative(rest)
    return Apply("div", (_negative(rest), slope))


def _free(network: Network) -> set[str]:
    """Quantities that may change and that no other rule and no reaction determines."""
    moved = {r.species for x in network.reactions for r in (*x.reactants, *x.products)}
    free = {s.id for s in network.species if not s.constant and (s.boundary or s.id not in moved)}
    free |= {c.id for c in network.compartments if not c.constant}
    free |= {p.id for p in network.parameters if not p.constant}
    free |= {r.id for x in network.reactions for r in (*x.reactants, *x.products) if r.id and not r.constant}
    return free - {a.variable for a in (*network.assignment_rules, *network.rate_rules)}


def _matching(candidates: Mapping[int, list[str]]) -> dict[int, str]:
    """A quantity for each rule, no quantity twice, as many rules as can be served (Kuhn's method)."""
    owner: dict[str, int] = {}

    def place(rule: int, seen: set[str]) -> bool:
        for name in candidates[rule]:
            if name not in seen:
                seen.add(name)
                if name not in owner or place(owner[name], seen):
                    owner[name] = rule
                    return True
        return False

    for rule in candidates:
        place(rule, set())
    return {rule: name for name, rule in owner.items()}


def solve_algebraic(
    network: Network, rules: Iterable[AlgebraicRule], file: str | None
) -> tuple[Network, list[Problem]]:
    """The network with every algebraic rule solved, or the rules that cannot be, refused by name.

    Parameters
    ----------
    network : Network
        The network without its algebraic rules.
    rules : iterable of AlgebraicRule
        Those rules.
    file : str or None
        Name of the document, for messages.

    Examples
    --------
    >>> from jakstat.engine.network.network import Parameter
    >>> names = (Parameter("x", "", None, False, ""), Parameter("k", "", 2.0, True, ""))
    >>> model = Network("m", "", 3, 2, (), (), names, (), (), (), (), (), None, "", "", "")
    >>> rule = AlgebraicRule(Apply("sub", (Symbol("x"), Symbol("k"))))
    >>> solve_algebraic(model, [rule], None)[0].assignment_rules[0].variable
    'x'
    """
    left = list(rules)
    if not left:
        return network, []
    free = _free(network)
    by_event = {a.variable for e in network.events for a in e.assignments}
    started = {a.variable for a in network.initial_assignments}
    # what an event or an initial assignment sets is taken last: it is more likely meant to be given
    candidates = {
        i: sorted(symbols(r.expression) & free, key=lambda n: (n in by_event, n in started, n))
        for i, r in enumerate(left)
    }
    chosen = _matching(candidates)
    problems = []
    solved: list[Assignment] = []
    for i, rule in enumerate(left):
        name = chosen.get(i)
        if name is None:
            problems.append(refused("algebraic_rule", "it determines no quantity", file=file, line=rule.line))
            continue
        value = _solved(rule.expression, name)
        if value is None:
            detail = f"it is not linear in '{name}'"
            problems.append(refused("algebraic_rule", detail, file=file, line=rule.line))
            continue
        for j in range(i + 1, len(left)):
            if name in symbols(left[j].expression):
                put = substitute(left[j].expression, lambda s, n=name, v=value: v if s.id == n else s)  # type: ignore[misc]
                left[j] = replace(left[j], expression=put)
        solved.append(Assignment(name, value))
    names = {a.variable for a in solved}
    kept = tuple(a for a in network.initial_assignments if a.variable not in names)
    network = replace(
        network, assignment_rules=(*network.assignment_rules, *solved), initial_assignments=kept
    )
    return network, problems
