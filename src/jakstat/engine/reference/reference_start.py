"""The first instant: closures that turn what the file gives into all values."""

from __future__ import annotations

import math

from jakstat.engine.network.arithmetic import divide
from jakstat.engine.network.dependencies import AMOUNT, in_order, start_needs
from jakstat.engine.network.network import Species
from jakstat.engine.reference.closures import Closure, closure
from jakstat.engine.reference.reference_system import Plan, System

__all__ = ["start_plan"]


def start_plan(system: System, overridden: frozenset[str]) -> Plan:
    """Places and closures that complete the first instant once the file's numbers are stored.

    Parameters
    ----------
    system : System
        The layout.
    overridden : frozenset of str
        Names whose initial assignment is replaced by a value the user gave.
    """
    given = {
        a.variable: closure(a.expression, system.slots)
        for a in system.network.initial_assignments
        if a.variable not in overridden
    }
    order, circle = in_order(start_needs(system.roles, system.nodes, overridden))
    assert not circle, "the reader refuses circular initial assignments"
    return [(system.slots[name], _closure(system, name, given)) for name in order]


def _closure(system: System, name: str, given: dict[str, Closure]) -> Closure:
    if name in given:
        return given[name]
    slots, species = system.slots, system.roles.species
    if name.startswith(AMOUNT):
        s = species[name.removeprefix(AMOUNT)]
        symbol, size = slots[s.id], slots[s.compartment]
        return lambda v: v[symbol] * v[size]
    s_or_none = species.get(name)
    if s_or_none is not None and name not in system.roles.assigned:
        first = _first_value(system, s_or_none)
        if first is not None:
            return first
    return system.closures[name]


def _first_value(system: System, s: Species) -> Closure | None:
    """The first value of a species' symbol, where it is not simply its amount over the volume."""
    size = system.slots[s.compartment]
    if s.amount is not None:
        amount = s.amount
        ruled = s.id in system.roles.rated and not s.substance_only
        return (lambda v: divide(amount, v[size])) if ruled else None
    if s.concentration is None:
        return (lambda _v: math.nan) if s.id not in system.closures else None
    concentration = s.concentration
    return (lambda v: concentration * v[size]) if s.substance_only else (lambda _v: concentration)
