"""Model parts, parameters and contexts, assembled into one SBML document."""

from jakstat.biology.assembly import Assembly, assemble
from jakstat.biology.contexts import (
    Context,
    State,
    context,
    contexts,
    parameters,
    shipped_contexts,
    state,
    states,
)
from jakstat.biology.observables import Observable, observables
from jakstat.biology.parts import CORE_PARTS, Part, cell_parts, part, part_names, parts
from jakstat.biology.selection import chosen_parts, dissolved

__all__ = [
    "CORE_PARTS",
    "Assembly",
    "Context",
    "Observable",
    "Part",
    "State",
    "assemble",
    "cell_parts",
    "chosen_parts",
    "context",
    "contexts",
    "dissolved",
    "observables",
    "parameters",
    "part",
    "part_names",
    "parts",
    "shipped_contexts",
    "state",
    "states",
]
