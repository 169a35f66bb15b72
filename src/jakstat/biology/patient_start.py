"""Where a patient starts: cells and cytokines at rest, the tumour as large as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from jakstat.arrays import Floats
from jakstat.biology.patient_assembly import PatientAssembly

if TYPE_CHECKING:
    from jakstat.engine.model import Model

__all__ = ["PatientStart", "patient_model", "patient_start"]

_HELD = "growth_held"
"""The number of the tumour's parts that stops its growth where it is 1."""

_BURN_IN_H = 2000.0


@dataclass(frozen=True, slots=True)
class PatientStart:
    """Values to simulate patients from, by lane: ``parameters``, and ``initial`` amounts of states."""

    parameters: Mapping[str, Floats]
    initial: Mapping[str, Floats]


@lru_cache(maxsize=16)
def patient_model(sbml: str) -> Model:
    """The compiled model of a patient's document."""
    from jakstat.engine.load import load_sbml

    return load_sbml(sbml, trusted=True)


def patient_start(
    assembly: PatientAssembly, parameters: Mapping[str, float | Floats] | None = None
) -> PatientStart:
    """The state of patients before their first dose.

    The tumour neither grows nor shrinks until its cells, cytokines and the cells that come and go are at rest
    with each other, without drugs, at what the patient's own numbers set.

    Parameters
    ----------
    assembly : PatientAssembly
    parameters : mapping of str to float or array, shape (lanes,), optional
        Numbers of the patients.

    Returns
    -------
    PatientStart
    """
    values = {key: np.atleast_1d(np.asarray(v, dtype=float)) for key, v in (parameters or {}).items()}
    known = {row.id for row in assembly.parameters}
    model = patient_model(assembly.sbml)
    held = {_HELD: 1.0} if _HELD in known else {}
    run = model.simulate([0.0, _BURN_IN_H], {**values, **held}, rtol=1e-6)
    return PatientStart(values, run.final())
