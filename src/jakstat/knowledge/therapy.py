"""A therapy fact: one property of a drug or regimen, as a number or in words."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from jakstat.knowledge.cell_values import Name, Number, Prose, SourceKeys
from jakstat.knowledge.parameter_table import RecordGrade
from jakstat.knowledge.table_record import TableRecord, check_bracket

__all__ = ["Therapy"]


class Therapy(TableRecord):
    """One property of one agent; population and covariates stand in ``context``.

    Examples
    --------
    >>> row = {"id": "T001", "agent": "siltuximab", "property": "clearance", "value": "0.23"}
    >>> row |= {"unit": "L/day", "grade": "measured", "source": "sylvant_label"}
    >>> Therapy.model_validate(row).value
    0.23
    """

    id: Annotated[str, Field(pattern=r"^T\d{3}[a-z]?$")]
    agent: Annotated[Name, Field(description="Id of an entity.")]
    property: Annotated[str, Field(min_length=1, max_length=60)]
    value: Number = None
    low: Number = None
    high: Number = None
    unit: Annotated[str, Field(max_length=30)] = ""
    schedule: Annotated[str, Field(max_length=60, description="Route and interval of a dose.")] = ""
    text: Annotated[Prose, Field(description="The property in words, where it is no number.")] = ""
    context: Annotated[str, Field(max_length=400, description="Population, covariates, conditions.")] = ""
    grade: RecordGrade
    doubtful: Prose = ""
    source: SourceKeys

    @model_validator(mode="after")
    def _agree(self) -> Therapy:
        if (self.value is None) != bool(self.text):
            raise ValueError("a property is either a number or words")
        check_bracket(self.value, self.low, self.high)
        return self
