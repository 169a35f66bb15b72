"""The questions of the pages: fields as the options of the command line, texts in its grammar."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from jakstat.limits import LIMITS

__all__ = [
    "CellQuestion",
    "CombineQuestion",
    "DoseResponseQuestion",
    "EvidenceQuestion",
    "ExposureQuestion",
    "LabQuestion",
    "MapQuestion",
    "PatientQuestion",
    "ScheduleQuestion",
    "SituationQuestion",
    "TrialQuestion",
    "is_default",
]

_CONTROLS = {chr(n) for n in (*range(32), 127)}
_LINES = {"\n", "\t", "\r"}


def _plain(text: str) -> str:
    if _CONTROLS & set(text):
        raise ValueError("control characters are not allowed")
    return text


def _plain_lines(text: str) -> str:
    if (_CONTROLS - _LINES) & set(text):
        raise ValueError("control characters are not allowed")
    return text


Words = Annotated[str, Field(max_length=LIMITS.text_length), AfterValidator(_plain)]
Entry = Annotated[list[Words], Field(max_length=LIMITS.entries)]
Lines = Annotated[str, Field(max_length=LIMITS.protocol_bytes // 4), AfterValidator(_plain_lines)]
Count = Annotated[int, Field(ge=0, le=10**9)]
DrawSeed = Annotated[int, Field(ge=0, le=2**53)]
Real = Annotated[float, Field(allow_inf_nan=False)]


class LabQuestion(BaseModel):
    """What every question has: no field but its own, and no value of another type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    arguments: ClassVar[tuple[str, ...]] = ()
    """Fields that the command takes by their place."""
    lab_only: ClassVar[tuple[str, ...]] = ()
    """Fields that no option stands for."""
    files: ClassVar[dict[str, str]] = {}
    """Fields whose text is a file of the command, with its name."""
    options: ClassVar[dict[str, str]] = {}
    """Fields whose option has another name."""
    uploads: ClassVar[tuple[str, ...]] = ()
    """Fields that hold the key of an upload."""


class SituationQuestion(LabQuestion):
    """Which cells are meant, and what is done to them."""

    arguments: ClassVar[tuple[str, ...]] = ("context",)

    context: Words = "hepg2"
    state: Entry = []
    stimulus: Entry = []
    drug: Entry = []
    knockdown: Entry = []
    treatment: Entry = []
    parts: Words | None = None

    @property
    def cell(self) -> str:
        """The kind of cell with its states."""
        return "+".join([self.context, *self.state])


class CellQuestion(SituationQuestion):
    """As `jakstat simulate`; ``cloud`` adds the curve of every parameter vector of the interval."""

    lab_only: ClassVar[tuple[str, ...]] = ("cloud",)

    until: Words = "6h"
    observe: Words | None = None
    points: Count = 241
    medium_change: Entry = []
    depletion: bool = True
    read_at: Words | None = None
    interval: Count | None = None
    seed: DrawSeed = 1
    cloud: bool = False


class MapQuestion(SituationQuestion):
    """As `jakstat map`."""

    arguments: ClassVar[tuple[str, ...]] = ()

    parts: Words = "core,auto"
    at: Words | None = None
    scale: Literal["cell", "patient"] = "cell"


class DoseResponseQuestion(SituationQuestion):
    """As `jakstat dose-response`."""

    readout: Words = "pSTAT3"
    at: Words = "20min"
    pre: Words | None = None
    renew: Words | None = None
    until: Words = "2h"
    interval: Count = 0
    seed: DrawSeed = 1


class CombineQuestion(SituationQuestion):
    """As `jakstat combine` with two drugs."""

    readout: Words = "pSTAT3"
    at: Words = "peak"
    pre: Words = "60min"
    until: Words = "2h"
    doses: Count = 8
    interval: Count = 40
    seed: DrawSeed = 1


class ScheduleQuestion(LabQuestion):
    """As `jakstat schedule`."""

    arguments: ClassVar[tuple[str, ...]] = ("context",)

    context: Words = "hepg2"
    state: Entry = []
    stimulus: Entry = []
    knockdown: Entry = []
    parts: Words | None = None
    drug: Words
    regimen: Entry = []
    days: Real | None = None
    readout: Words = "pSTAT3"
    population: Words | None = None
    suppress: Real | None = None


class ExposureQuestion(LabQuestion):
    """As `jakstat pk` with a regimen."""

    arguments: ClassVar[tuple[str, ...]] = ("drug", "regimen")

    drug: Words
    regimen: Words
    days: Real | None = None
    subjects: Annotated[int, Field(ge=0, le=20_000)] = 1000
    population: Words | None = None
    weight: Real | None = None
    covariate: Entry = []
    target: bool = False
    seed: DrawSeed = 1


class PatientQuestion(LabQuestion):
    """As `jakstat patient`; ``text`` is a patient file."""

    arguments: ClassVar[tuple[str, ...]] = ("text",)
    files: ClassVar[dict[str, str]] = {"text": "patient.yaml"}

    text: Lines | None = None
    regimen: Entry = []
    until: Words = "24mo"
    visits: Words = "6w"
    resect: Words | None = None
    residual: Words | None = None
    stop_at_progression: bool = False
    noise: Real | None = None
    aetiology: Words | None = None
    stage: Words | None = None
    disease: Words | None = None
    seed: DrawSeed = 1


class TrialQuestion(LabQuestion):
    """As `jakstat trial`; ``text`` is a trial file."""

    arguments: ClassVar[tuple[str, ...]] = ("text",)
    files: ClassVar[dict[str, str]] = {"text": "trial.yaml"}

    text: Lines
    patients: Count | None = None
    size: Count | None = None
    seed: DrawSeed | None = None
    vectors: Count | None = None


class EvidenceQuestion(LabQuestion):
    """As `jakstat evidence`."""

    module: Words | None = None
    claim: Words | None = None
    scale: Literal["cell", "patient"] = "cell"
    lanes: Annotated[int, Field(ge=1, le=10_000)] | None = None
    seed: DrawSeed = 1


def is_default(question: LabQuestion, field: str) -> bool:
    """Whether a field holds what the command takes when it is not given.

    Examples
    --------
    >>> is_default(CellQuestion(context="huh7"), "until"), is_default(CellQuestion(points=11), "points")
    (True, False)
    """
    value: Any = getattr(question, field)
    return bool(value == type(question).model_fields[field].get_default(call_default_factory=True))
