"""`python -m benchmarks.patient`: a patient over 24 months with 1,460 doses, alone and in a batch of 64.

Beside libRoadRunner on the same document, whose event gives the same doses; it is run for the first
``--doses`` of them, and so is ours for the ratio.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.trees import written
from jakstat.biology.patient_assembly import PatientAssembly, assemble_patient
from jakstat.biology.patient_start import patient_model, patient_start
from jakstat.biology.sbml_writing import started_document
from jakstat.engine.doses import Dose
from jakstat.patients.bodies import ABSOLUTE_OF_PATIENTS, RELATIVE_OF_PATIENTS
from jakstat.pharmacology.body_drugs import body_drug

_GUT, _MG, _EVERY_H, _ALL = "ruxolitinib_Depot", 20.0, 12.0, 1460
_READ = ["tumour_volume", "CRP", "observable_S_pSTAT3"]


def _doses(count: int) -> list[Dose]:
    return [Dose(0.0, _GUT, _MG, interval=_EVERY_H, count=count)]


def _ours(
    patient: PatientAssembly, lanes: int, count: int, rtol: float = RELATIVE_OF_PATIENTS
) -> tuple[float, Any]:
    """Processor time per patient in seconds, and the result."""
    model = patient_model(patient.sbml)
    start = patient_start(patient, {"pace": 2.0 ** np.linspace(-1.0, 1.0, lanes) if lanes > 1 else 1.0})
    times = np.linspace(0.0, count * _EVERY_H, 25)
    tight = {"atol": ABSOLUTE_OF_PATIENTS * rtol / RELATIVE_OF_PATIENTS}
    begin = time.process_time()
    run = model.simulate(times, start.parameters, start.initial, _doses(count), _READ, rtol=rtol, **tight)
    return (time.process_time() - begin) / lanes, run


def _with_event(patient: PatientAssembly) -> str:
    """The document with an event that gives the doses, and the patient at rest at its start."""
    import libsbml

    start = {name: float(value[0]) for name, value in patient_start(patient).initial.items()}
    document = libsbml.readSBMLFromString(started_document(patient.sbml, {}, start))
    model = document.getModel()
    following = model.createParameter()
    following.setId("next_dose")
    following.setConstant(False)
    following.setValue(_EVERY_H)
    event = model.createEvent()
    event.setUseValuesFromTriggerTime(True)
    trigger = event.createTrigger()
    trigger.setInitialValue(False)
    trigger.setPersistent(True)
    trigger.setMath(libsbml.parseL3Formula("time >= next_dose"))
    for variable, formula in ((_GUT, f"{_GUT} + {_MG}"), ("next_dose", f"next_dose + {_EVERY_H}")):
        assignment = event.createEventAssignment()
        assignment.setVariable(variable)
        assignment.setMath(libsbml.parseL3Formula(formula))
    model.getSpecies(_GUT).setInitialAmount(_MG)
    return str(libsbml.writeSBMLToString(document))


def _roadrunner(sbml: str, count: int) -> tuple[float, Any]:
    import roadrunner

    roadrunner.Logger.setLevel(roadrunner.Logger.LOG_FATAL)
    runner = roadrunner.RoadRunner(sbml)
    runner.integrator.relative_tolerance = RELATIVE_OF_PATIENTS
    runner.integrator.absolute_tolerance = ABSOLUTE_OF_PATIENTS
    runner.integrator.maximum_num_steps = 1_000_000
    runner.timeCourseSelections = ["time", *(f"[{n}]" if n == "CRP" else n for n in _READ)]
    times = list(np.linspace(0.0, count * _EVERY_H, 25))
    begin = time.process_time()
    rows = np.array(runner.simulate(times=times))
    return time.process_time() - begin, rows


def _error(found: Any, exact: Any) -> dict[str, float]:
    """The largest deviation of each reading over its largest value."""
    error = np.abs(found - exact)[1:-1].max(axis=0) / np.abs(exact).max(axis=0)
    return dict(zip(_READ, error.tolist(), strict=True))


def main() -> None:
    """Measure and write ``patient.json``."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--rounds", type=int, default=2)
    reader.add_argument("--doses", type=int, default=60)
    reader.add_argument("--out", type=Path)
    asked, _ = reader.parse_known_args()
    patient = assemble_patient(drugs=[body_drug("ruxolitinib")])
    model = patient_model(patient.sbml)
    states = len(model.vector_field().names)
    for _ in range(2):
        _ours(patient, 8, _ALL)  # kernels are compiled in full once lanes are long
    alone = min(_ours(patient, 1, _ALL)[0] for _ in range(asked.rounds))
    batch = min(_ours(patient, 64, _ALL)[0] for _ in range(asked.rounds))
    found: dict[str, Any] = {
        "limits (s)": {"alone": 0.6, "in a batch": 60e-3, "times libRoadRunner": 20},
        "states": states,
        "alone (s)": alone,
        "in a batch (s)": batch,
    }
    written("patient", found, asked.out)
    short = [_ours(patient, 1, asked.doses) for _ in range(3)]
    many = min(_ours(patient, 64, asked.doses)[0] for _ in range(asked.rounds))
    peer, theirs = _roadrunner(_with_event(patient), asked.doses)
    exact = _ours(patient, 1, asked.doses, 1e-8)[1]

    def read(run: Any) -> Any:
        return np.column_stack([run.value(name)[0] for name in _READ])

    mine = min(cost for cost, _ in short)
    found["doses of the comparison"] = asked.doses
    found["comparison (s)"] = {"ours alone": mine, "ours in a batch": many, "libRoadRunner": peer}
    found["times libRoadRunner"] = {"alone": peer / mine, "in a batch": peer / many}
    found["error"] = {
        "ours": _error(read(short[0][1]), read(exact)), "libRoadRunner": _error(theirs[:, 1:], read(exact)),
    }  # fmt: skip
    written("patient", found, asked.out)


if __name__ == "__main__":
    main()
