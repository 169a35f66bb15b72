"""Questions to data of one's own: ``data`` is the key of an upload, the rest as the options of ``--data``."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from jakstat.lab.lab_questions import Count, DrawSeed, Entry, LabQuestion, Real, Words

__all__ = [
    "OwnCellQuestion",
    "OwnCurvesQuestion",
    "OwnDrugQuestion",
    "OwnExposureQuestion",
    "OwnFitQuestion",
    "OwnMatrixQuestion",
]

FileKey = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class OwnQuestion(LabQuestion):
    """What all of them have."""

    uploads: ClassVar[tuple[str, ...]] = ("data",)

    data: FileKey


class OwnCurvesQuestion(OwnQuestion):
    """As `jakstat dose-response --data`: own curves, beside the model's where a cell is named."""

    arguments: ClassVar[tuple[str, ...]] = ("context",)

    context: Words | None = None
    state: Entry = Field(default_factory=list)
    stimulus: Entry = Field(default_factory=list)
    drug: Entry = Field(default_factory=list)
    knockdown: Entry = Field(default_factory=list)
    treatment: Entry = Field(default_factory=list)
    parts: Words | None = None
    response: Words | None = None
    sheet: Words | None = None
    normalise: Words | None = None
    model: Words | None = None
    compare: Words | None = None
    level: Real | None = None
    unit: Words | None = None
    readout: Words = "pSTAT3"
    at: Words = "20min"
    pre: Words | None = None
    renew: Words | None = None
    until: Words = "2h"
    interval: Count = 0
    seed: DrawSeed = 1


class OwnMatrixQuestion(OwnQuestion):
    """As `jakstat combine --data`: own dose matrices, beside the model's where a cell is named."""

    arguments: ClassVar[tuple[str, ...]] = ("context",)

    context: Words | None = None
    state: Entry = Field(default_factory=list)
    stimulus: Entry = Field(default_factory=list)
    drug: Entry = Field(default_factory=list)
    knockdown: Entry = Field(default_factory=list)
    treatment: Entry = Field(default_factory=list)
    parts: Words | None = None
    response: Words | None = None
    unit: Entry = Field(default_factory=list)
    by: Entry = Field(default_factory=list)
    only: Words | None = None
    sheet: Words | None = None
    sd: Real | None = None
    readout: Words = "pSTAT3"
    at: Words = "peak"
    pre: Words = "60min"
    until: Words = "2h"
    interval: Count = 40
    seed: DrawSeed = 1


class OwnExposureQuestion(OwnQuestion):
    """As `jakstat pk --data`: own concentrations, beside the model's where a drug is named."""

    arguments: ClassVar[tuple[str, ...]] = ("drug",)

    drug: Words | None = None
    population: Words | None = None
    weight: Real | None = None
    covariate: Entry = Field(default_factory=list)
    unit: Words = ""
    time_unit: Words = ""
    dose_unit: Words = ""
    route: Words = ""
    dose: Words = ""
    dose_time: Words = ""
    duration: Words = ""
    interval: Words = ""
    steady_state: bool = False
    rule: Words = "linear-up log-down"
    peak_in_slope: bool = False
    blq: Words = "pknca"
    lloq: Real | None = None
    log_dv: bool = False
    cmt: Count | None = None
    ignore: Entry = Field(default_factory=list)
    columns: Words = ""
    sheet: Words | None = None
    check: bool = False
    corrected: bool = False
    since_last: bool = False
    bins: Words = ""
    sets: Count = 500
    fit: bool = False
    error: Words = ""
    seed: DrawSeed = 1


class OwnFitQuestion(OwnQuestion):
    """As `jakstat fit --data`: own time courses fitted, and kept as a cell of one's own with ``save``."""

    context: Words
    free: Words
    stimulus: Words | None = None
    parts: Words = "core"
    noise: Words = "additive"
    background: bool = True
    scale_per: Words = "readout"
    prior: Words = "flat"
    cell: Words | None = None
    hold_out: Entry = Field(default_factory=list)
    predict: Words | None = None
    save: Words | None = None
    starts: Count | None = None
    seed: DrawSeed = 1
    profiles: bool = True


class OwnCellQuestion(OwnQuestion):
    """As `jakstat contexts --from`: a cell of one's own from abundances, kept with ``save``."""

    options: ClassVar[dict[str, str]] = {"data": "--from"}

    like: Words
    save: Words | None = None
    column: Words | None = None
    reference: Words | None = None
    log2: Real | None = None
    title: Words | None = None
    sheet: Words | None = None


class OwnDrugQuestion(LabQuestion):
    """As `jakstat drugs --add`: a drug of one's own from its file."""

    uploads: ClassVar[tuple[str, ...]] = ("data",)
    options: ClassVar[dict[str, str]] = {"data": "--add"}

    data: FileKey
