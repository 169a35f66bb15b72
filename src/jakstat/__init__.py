"""jakstat: an executable, evidence-linked laboratory for IL-6/JAK/STAT3 signalling in cancer.

``import jakstat as js`` costs next to nothing; a name is loaded when it is first used.
For research; not for treating a patient.

Examples
--------
>>> import jakstat as js
>>> "load_sbml" in dir(js)
True
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jakstat.biology import assemble as assemble
    from jakstat.biology import context as context
    from jakstat.biology import contexts as contexts
    from jakstat.biology import parameters as parameters
    from jakstat.biology import parts as parts
    from jakstat.biology import states as states
    from jakstat.calibration import fit as fit
    from jakstat.calibration import load_problem as load_problem
    from jakstat.combination.surface import combine as combine
    from jakstat.engine.doses import Dose as Dose
    from jakstat.engine.load import load_sbml as load_sbml
    from jakstat.equilibria.bistability import bistability as bistability
    from jakstat.equilibria.steady_states import steady_states as steady_states
    from jakstat.errors import InputError as InputError
    from jakstat.errors import Outcome as Outcome
    from jakstat.errors import Problem as Problem
    from jakstat.evidence import validate as validate
    from jakstat.experiment.describe import make_protocol as make_protocol
    from jakstat.experiment.protocol_file import read_protocol as read_protocol
    from jakstat.experiment.records import half_maxima as half_maxima
    from jakstat.experiment.run import run_protocol as run_protocol
    from jakstat.experiment.run import simulate as simulate
    from jakstat.identity import VERSION as __version__
    from jakstat.influence.sensitivity import sensitivity as sensitivity
    from jakstat.knowledge import observations as observations
    from jakstat.knowledge import sources as sources
    from jakstat.knowledge.citation import citations as cite
    from jakstat.pathway.build import pathway_map as pathway_map
    from jakstat.pharmacology.exposure import exposure as exposure
    from jakstat.response.dose_response import dose_response as dose_response

# The public names and where each lives; at most thirty.
_HOMES = {
    "Dose": ("jakstat.engine.doses", "Dose"),
    "InputError": ("jakstat.errors", "InputError"),
    "Outcome": ("jakstat.errors", "Outcome"),
    "Problem": ("jakstat.errors", "Problem"),
    "__version__": ("jakstat.identity", "VERSION"),
    "assemble": ("jakstat.biology", "assemble"),
    "bistability": ("jakstat.equilibria.bistability", "bistability"),
    "combine": ("jakstat.combination.surface", "combine"),
    "dose_response": ("jakstat.response.dose_response", "dose_response"),
    "exposure": ("jakstat.pharmacology.exposure", "exposure"),
    "cite": ("jakstat.knowledge.citation", "citations"),
    "context": ("jakstat.biology", "context"),
    "contexts": ("jakstat.biology", "contexts"),
    "fit": ("jakstat.calibration", "fit"),
    "half_maxima": ("jakstat.experiment.records", "half_maxima"),
    "load_problem": ("jakstat.calibration", "load_problem"),
    "load_sbml": ("jakstat.engine.load", "load_sbml"),
    "make_protocol": ("jakstat.experiment.describe", "make_protocol"),
    "observations": ("jakstat.knowledge", "observations"),
    "parameters": ("jakstat.biology", "parameters"),
    "parts": ("jakstat.biology", "parts"),
    "pathway_map": ("jakstat.pathway.build", "pathway_map"),
    "read_protocol": ("jakstat.experiment.protocol_file", "read_protocol"),
    "run_protocol": ("jakstat.experiment.run", "run_protocol"),
    "sensitivity": ("jakstat.influence.sensitivity", "sensitivity"),
    "simulate": ("jakstat.experiment.run", "simulate"),
    "sources": ("jakstat.knowledge", "sources"),
    "states": ("jakstat.biology", "states"),
    "steady_states": ("jakstat.equilibria.steady_states", "steady_states"),
    "validate": ("jakstat.evidence", "validate"),
}

__all__ = [  # noqa: RUF022  (the order of a first reading, not of the alphabet)
    "simulate",
    "read_protocol",
    "run_protocol",
    "half_maxima",
    "dose_response",
    "combine",
    "exposure",
    "make_protocol",
    "steady_states",
    "sensitivity",
    "bistability",
    "pathway_map",
    "load_problem",
    "fit",
    "validate",
    "contexts",
    "context",
    "states",
    "parts",
    "assemble",
    "parameters",
    "load_sbml",
    "Dose",
    "observations",
    "sources",
    "cite",
    "InputError",
    "Problem",
    "Outcome",
    "__version__",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'jakstat' has no attribute {name!r}")
    module, attribute = _HOMES[name]
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    return sorted(__all__)
