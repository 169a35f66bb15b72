"""Model parts, parameters and contexts, assembled into one SBML document."""

from jakstat.biology.assembly import Assembly, assemble
from jakstat.biology.contexts import (
    Context,
    State,
    context,
    contexts,
    parameters,
    read_context,
    shipped_contexts,
    state,
    states,
)
from jakstat.biology.observables import Observable, observables
from jakstat.biology.parts import CORE_PARTS, Part, cell_parts, part, part_names, parts
from jakstat.biology.selection import chosen_parts, dissolved, genes
from jakstat.biology.words import GivenName, given_as, loosened, read_as, read_word

__all__ = [
    "CORE_PARTS",
    "Assembly",
    "Context",
    "GivenName",
    "Observable",
    "Part",
    "State",
    "assemble",
    "cell_parts",
    "chosen_parts",
    "context",
    "contexts",
    "dissolved",
    "genes",
    "given_as",
    "loosened",
    "observables",
    "parameters",
    "part",
    "part_names",
    "parts",
    "read_as",
    "read_context",
    "read_word",
    "shipped_contexts",
    "state",
    "states",
]
