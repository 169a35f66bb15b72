"""The first instant: initial values and assignments in an order in which they can be worked out.

At the start a species may be given by its concentration, from which its amount
follows, and initial assignments may rest on rules and rates and the other way
round; so this order is its own.
"""

from __future__ import annotations

from jakstat.engine.closures import Closure, closure, divide
from jakstat.engine.dependencies import AMOUNT, Formula, in_order, names_in
from jakstat.engine.network import Species
from jakstat.engine.reference_system import Plan, System

__all__ = ["start_plan"]

Step = tuple[set[str], Closure]
"""The names something needs, and how it is worked out."""


def start_plan(system: System, overridden: frozenset[str]) -> Plan:
    """Places and closures that complete the first instant once the file's numbers are stored.

    Parameters
    ----------
    system : System
        The layout.
    overridden : frozenset of str
        Names whose initial assignment is replaced by a value the user gave.
    """
    steps: dict[str, Step] = {
        name: (set(system.needs[name]), system.closures[name]) for name in system.nodes
    }
    for s in system.network.species:
        _species(system, s, steps)
    for assignment in system.network.initial_assignments:
        name, expression = assignment.variable, assignment.expression
        if name in overridden:
            continue
        steps[name] = (names_in(expression), closure(expression, system.slots))
        if system.roles.keeps_amount(name):
            steps[AMOUNT + name] = _amount(system, system.roles.species[name])
    order, circle = in_order({name: needs for name, (needs, _) in steps.items()})
    assert not circle, "the reader orders initial assignments"
    return [(system.slots[name], steps[name][1]) for name in order]


def _amount(system: System, s: Species) -> Step:
    symbol, size = system.slots[s.id], system.slots[s.compartment]
    return {s.id, s.compartment}, lambda v: v[symbol] * v[size]


def _species(system: System, s: Species, steps: dict[str, Step]) -> None:
    """How a species' first value follows from what the file gives."""
    if s.id in system.roles.assigned:
        return
    size = system.slots[s.compartment]
    if s.amount is None and s.concentration is not None:
        concentration = s.concentration
        if s.substance_only:
            steps[s.id] = ({s.compartment}, lambda v: concentration * v[size])
            return
        steps[s.id] = (set(), lambda v: concentration)
        if system.roles.keeps_amount(s.id):
            steps[AMOUNT + s.id] = _amount(system, s)
    elif s.amount is not None and s.id in system.roles.rated and not s.substance_only:
        amount = s.amount
        steps[s.id] = ({s.compartment}, lambda v: divide(amount, v[size]))
