"""Which kinds of questions the pages have, and the command that each is."""

from __future__ import annotations

from collections.abc import Mapping

from jakstat.lab.lab_questions import (
    CellQuestion,
    CombineQuestion,
    DoseResponseQuestion,
    EvidenceQuestion,
    ExposureQuestion,
    LabQuestion,
    MapQuestion,
    PatientQuestion,
    ScheduleQuestion,
    TrialQuestion,
)
from jakstat.lab.own_questions import (
    OwnCellQuestion,
    OwnCurvesQuestion,
    OwnDrugQuestion,
    OwnExposureQuestion,
    OwnFitQuestion,
    OwnMatrixQuestion,
)

__all__ = ["QUESTIONS"]

QUESTIONS: Mapping[str, tuple[str, type[LabQuestion]]] = {
    "cell": ("simulate", CellQuestion),
    "map": ("map", MapQuestion),
    "dose_response": ("dose-response", DoseResponseQuestion),
    "combine": ("combine", CombineQuestion),
    "schedule": ("schedule", ScheduleQuestion),
    "exposure": ("pk", ExposureQuestion),
    "patient": ("patient", PatientQuestion),
    "trial": ("trial", TrialQuestion),
    "evidence": ("evidence", EvidenceQuestion),
    "own_curves": ("dose-response", OwnCurvesQuestion),
    "own_matrix": ("combine", OwnMatrixQuestion),
    "own_exposure": ("pk", OwnExposureQuestion),
    "own_fit": ("fit", OwnFitQuestion),
    "own_cell": ("contexts", OwnCellQuestion),
    "own_drug": ("drugs", OwnDrugQuestion),
}
"""By kind: the command, and the fields."""
