"""A clinical target: one outcome of patients that the trial model must come near to."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from jakstat.knowledge.cell_values import Name, Number, Prose, SourceKeys
from jakstat.knowledge.parameter_table import RecordGrade
from jakstat.knowledge.table_record import TableRecord, check_bracket

__all__ = ["ClinicalTarget"]


class ClinicalTarget(TableRecord):
    """One endpoint in one arm of one trial or cohort.

    Examples
    --------
    >>> row = {"id": "P004", "arm": "sorafenib", "trial": "SHARP", "endpoint": "median OS", "value": "10.7"}
    >>> row |= {"unit": "month", "grade": "measured", "source": "llovet2008"}
    >>> ClinicalTarget.model_validate(row).arm
    'sorafenib'
    """

    id: Annotated[str, Field(pattern=r"^P\d{3}[a-z]?$")]
    arm: Annotated[Name, Field(description="Id of an entity: treatment, marker or no treatment.")]
    trial: Annotated[str, Field(min_length=1, max_length=60)]
    endpoint: Annotated[str, Field(min_length=1, max_length=80)]
    value: Number = None
    low: Annotated[Number, Field(description="Lower confidence bound or bracket.")] = None
    high: Number = None
    unit: Annotated[str, Field(max_length=20)] = ""
    direction: Annotated[str, Field(max_length=80, description="In words, where no number was seen.")] = ""
    context: Annotated[str, Field(max_length=400)] = ""
    grade: RecordGrade
    doubtful: Prose = ""
    source: SourceKeys

    @model_validator(mode="after")
    def _agree(self) -> ClinicalTarget:
        if (self.value is None) != bool(self.direction):
            raise ValueError("an outcome is either a number or a direction")
        check_bracket(self.value, self.low, self.high)
        return self
