"""The document of a patient in another simulator: cells, tumour and drug in one, with a dose in the gut."""

from __future__ import annotations

import numpy as np
import pytest

from jakstat.biology.patient_assembly import assemble_patient
from jakstat.biology.patient_start import patient_model
from jakstat.engine.doses import Dose
from jakstat.pharmacology.body_drugs import body_drug

TIMES = np.linspace(0.0, 240.0, 7)


@pytest.mark.long
def test_a_patient_under_two_drugs_agrees_with_libroadrunner() -> None:
    import roadrunner

    patient = assemble_patient("hepg2+HBV", drugs=[body_drug("sorafenib"), body_drug("siltuximab")])
    doses = {"sorafenib_Depot": 400.0, "siltuximab_Drug": 800.0}
    ours = patient_model(patient.sbml).simulate(
        TIMES, doses=[Dose(0.0, target, amount) for target, amount in doses.items()], rtol=1e-9
    )
    roadrunner.Logger.setLevel(roadrunner.Logger.LOG_FATAL)
    runner = roadrunner.RoadRunner(patient.sbml)
    for target, amount in doses.items():
        runner[target] = amount
    names = list(runner.model.getFloatingSpeciesIds())
    runner.integrator.relative_tolerance = 1e-10
    runner.integrator.absolute_tolerance = 1e-13
    runner.integrator.maximum_num_steps = 200_000
    runner.timeCourseSelections = ["time", *names]
    theirs = np.array(runner.simulate(times=list(TIMES)))
    assert len(names) > 290
    compared = 0
    for place, name in enumerate(names, start=1):
        track, own = theirs[:, place], ours.amount(name)[0]
        largest = float(np.max(np.abs(track)))
        if largest > 1e-6:
            compared += 1
            assert float(np.max(np.abs(own - track))) < 1e-6 * largest, name
    assert compared > 250
