"""Model parts, parameters and contexts, assembled into one SBML document."""

from jakstat.biology.assembly import Assembly, assemble
from jakstat.biology.contexts import Context, context, contexts, parameters
from jakstat.biology.observables import Observable, observables
from jakstat.biology.parts import Part, part, parts

__all__ = [
    "Assembly",
    "Context",
    "Observable",
    "Part",
    "assemble",
    "context",
    "contexts",
    "observables",
    "parameters",
    "part",
    "parts",
]
