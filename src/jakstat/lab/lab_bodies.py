"""What the calls of the laboratory carry, and what they give, for its own description."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from jakstat.lab.lab_questions import (
    CellQuestion,
    CombineQuestion,
    DoseResponseQuestion,
    EvidenceQuestion,
    ExposureQuestion,
    LabQuestion,
    Lines,
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

__all__ = ["AskedBody", "ProblemsBody", "TrialMappingBody", "TrialTextBody", "question_schemas"]

View = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
Number = Annotated[int, Field(ge=0, le=2**53)]
FileFormat = Literal["png", "svg", "pdf", "csv", "xlsx", "json"]


class _LabBody(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _AskedBody(_LabBody):
    view: View = "page"
    number: Number = 0
    format: FileFormat = "json"


class CellAsked(_AskedBody):
    """A question to a cell."""

    kind: Literal["cell"]
    question: CellQuestion


class MapAsked(_AskedBody):
    """The map of a cell or of a tumour."""

    kind: Literal["map"]
    question: MapQuestion


class DoseResponseAsked(_AskedBody):
    """Dose-response curves."""

    kind: Literal["dose_response"]
    question: DoseResponseQuestion


class CombineAsked(_AskedBody):
    """Two drugs at once."""

    kind: Literal["combine"]
    question: CombineQuestion


class ScheduleAsked(_AskedBody):
    """Schedules of a drug."""

    kind: Literal["schedule"]
    question: ScheduleQuestion


class ExposureAsked(_AskedBody):
    """What a regimen makes of a drug in plasma."""

    kind: Literal["exposure"]
    question: ExposureQuestion


class PatientAsked(_AskedBody):
    """A patient under treatment."""

    kind: Literal["patient"]
    question: PatientQuestion


class TrialAsked(_AskedBody):
    """A trial."""

    kind: Literal["trial"]
    question: TrialQuestion


class EvidenceAsked(_AskedBody):
    """Claims of the literature."""

    kind: Literal["evidence"]
    question: EvidenceQuestion


class OwnCurvesAsked(_AskedBody):
    """Own dose-response curves."""

    kind: Literal["own_curves"]
    question: OwnCurvesQuestion


class OwnMatrixAsked(_AskedBody):
    """Own dose matrices."""

    kind: Literal["own_matrix"]
    question: OwnMatrixQuestion


class OwnExposureAsked(_AskedBody):
    """Own concentrations."""

    kind: Literal["own_exposure"]
    question: OwnExposureQuestion


class OwnFitAsked(_AskedBody):
    """Own time courses."""

    kind: Literal["own_fit"]
    question: OwnFitQuestion


class OwnCellAsked(_AskedBody):
    """A cell of one's own."""

    kind: Literal["own_cell"]
    question: OwnCellQuestion


class OwnDrugAsked(_AskedBody):
    """A drug of one's own."""

    kind: Literal["own_drug"]
    question: OwnDrugQuestion


AskedBody = Annotated[
    CellAsked
    | MapAsked
    | DoseResponseAsked
    | CombineAsked
    | ScheduleAsked
    | ExposureAsked
    | PatientAsked
    | TrialAsked
    | EvidenceAsked
    | OwnCurvesAsked
    | OwnMatrixAsked
    | OwnExposureAsked
    | OwnFitAsked
    | OwnCellAsked
    | OwnDrugAsked,
    Field(discriminator="kind"),
]


class TrialTextBody(_LabBody):
    """A trial file."""

    text: Lines


class TrialMappingBody(_LabBody):
    """What a form of a trial holds."""

    mapping: dict[str, JsonValue]


class ProblemTold(BaseModel):
    """One fault, as on the command line."""

    code: str
    message: str
    file: str | None
    line: int | None
    column: int | None
    field: str | None
    hint: str


class ProblemsBody(BaseModel):
    """Why a call was refused."""

    problems: list[ProblemTold]


def question_schemas(questions: Mapping[str, tuple[str, type[LabQuestion]]]) -> dict[str, Any]:
    """JSON Schema of the question of every kind."""
    return {kind: question.model_json_schema() for kind, (_, question) in questions.items()}
