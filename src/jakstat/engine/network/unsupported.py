"""What the engine refuses, by name: the one table behind every such message.

A feature listed here is never computed approximately; a document that uses it
is refused when it is read.
"""

from __future__ import annotations

from types import MappingProxyType

from jakstat.errors import Problem

__all__ = ["UNSUPPORTED", "refused"]

UNSUPPORTED = MappingProxyType(
    {
        "algebraic_rule": "an algebraic rule that cannot be solved for one quantity",
        "delay": "the delay() function (delay differential equations)",
        "fast_reaction": "fast reactions",
        "flux_balance": "flux balance problems (package fbc)",
        "external_model": "models defined in other files (package comp)",
        "distribution": "random distributions (package distrib)",
        "rate_of_assigned": "rateOf of a quantity that an assignment rule governs",
        "cycle_through_rate": "a rule that depends on its own rate of change",
        "no_rate": "reactions without a rate law",
        "missing_stoichiometry": "reactions with an unset stoichiometry",
        "package": "a required SBML package the engine does not know",
        "level": "this SBML level and version",
        "operator": "a mathematical operator outside SBML Level 3 Version 2",
    }
)
"""Feature key to the words used in messages."""


def refused(
    feature: str,
    detail: str = "",
    *,
    file: str | None = None,
    line: int | None = None,
    field: str | None = None,
) -> Problem:
    """The problem that says a feature of :data:`UNSUPPORTED` is not supported.

    Parameters
    ----------
    feature : str
        A key of :data:`UNSUPPORTED`.
    detail : str
        What in the file uses it, e.g. an id.

    Examples
    --------
    >>> refused("delay", "event 'e1'").code
    'sbml.unsupported.delay'
    """
    words = UNSUPPORTED[feature]
    tail = f": {detail}" if detail else ""
    return Problem(
        f"sbml.unsupported.{feature}",
        f"not supported: {words}{tail}",
        file,
        line,
        None,
        field,
        "remove it from the model or use a simulator that supports it",
    )
