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

from functools import cache
from importlib import import_module
from inspect import Parameter, isfunction, signature
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jakstat.biology import assemble as assemble
    from jakstat.biology import context as context
    from jakstat.biology import contexts as contexts
    from jakstat.biology import parameters as parameters
    from jakstat.biology import parts as parts
    from jakstat.biology import states as states
    from jakstat.biology.own_cell import own_cell as own_cell
    from jakstat.calibration import fit as fit
    from jakstat.calibration import load_problem as load_problem
    from jakstat.calibration.time_courses import fit_time_courses as fit_time_courses
    from jakstat.combination.own_matrices import score_matrix as score_matrix
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
    from jakstat.experiment.labelled import read_result as read_result
    from jakstat.experiment.protocol_file import read_protocol as read_protocol
    from jakstat.experiment.records import half_maxima as half_maxima
    from jakstat.experiment.run import run_protocol as run_protocol
    from jakstat.experiment.run import simulate as simulate
    from jakstat.identity import VERSION as __version__  # noqa: F401
    from jakstat.influence.sensitivity import sensitivity as sensitivity
    from jakstat.knowledge import observations as observations
    from jakstat.knowledge import sources as sources
    from jakstat.knowledge.citation import citations as cite  # noqa: F401
    from jakstat.pathway.build import pathway_map as pathway_map
    from jakstat.patients.answer import patient as patient
    from jakstat.pharmacology.exposure import exposure as exposure
    from jakstat.pharmacology.observed_exposure import observed_exposure as observed_exposure
    from jakstat.response.dose_response import dose_response as dose_response
    from jakstat.response.own_curves import fit_curves as fit_curves
    from jakstat.response.own_drugs import own_drug as own_drug

# The public names by where they live, in the order of a first reading; about thirty.
_HOMES = {
    "jakstat.experiment.run": "simulate run_protocol",
    "jakstat.experiment.protocol_file": "read_protocol",
    "jakstat.experiment.records": "half_maxima",
    "jakstat.experiment.labelled": "read_result",
    "jakstat.response.dose_response": "dose_response",
    "jakstat.response.own_curves": "fit_curves",
    "jakstat.response.own_drugs": "own_drug",
    "jakstat.combination.surface": "combine",
    "jakstat.combination.own_matrices": "score_matrix",
    "jakstat.pharmacology.exposure": "exposure",
    "jakstat.pharmacology.observed_exposure": "observed_exposure",
    "jakstat.patients.answer": "patient",
    "jakstat.experiment.describe": "make_protocol",
    "jakstat.equilibria.steady_states": "steady_states",
    "jakstat.influence.sensitivity": "sensitivity",
    "jakstat.equilibria.bistability": "bistability",
    "jakstat.pathway.build": "pathway_map",
    "jakstat.calibration": "load_problem fit",
    "jakstat.calibration.time_courses": "fit_time_courses",
    "jakstat.evidence": "validate",
    "jakstat.biology.own_cell": "own_cell",
    "jakstat.biology": "contexts context states parts assemble parameters",
    "jakstat.engine.load": "load_sbml",
    "jakstat.engine.doses": "Dose",
    "jakstat.knowledge": "observations sources",
    "jakstat.knowledge.citation": "cite",
    "jakstat.errors": "InputError Problem Outcome",
    "jakstat.identity": "__version__",
}
_HOME = {name: module for module, names in _HOMES.items() for name in names.split()}
_INSIDE = {"cite": "citations", "__version__": "VERSION"}

__all__ = list(_HOME)


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'jakstat' has no attribute {name!r}")
    return _loaded(name)


@cache
def _loaded(name: str) -> object:
    """A public name; a function answers a keyword that it does not take with the nearest that it takes."""
    found = getattr(import_module(_HOME[name]), _INSIDE.get(name, name))
    plain = isfunction(found) and not hasattr(found, "__wrapped__")
    if not plain or any(p.kind is Parameter.VAR_KEYWORD for p in signature(found).parameters.values()):
        return found
    from jakstat.calls import one_call

    return one_call(found)


def __dir__() -> list[str]:
    return sorted(__all__)
