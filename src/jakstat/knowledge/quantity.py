"""A quantity: one number of the literature, how sure it is, and how near to its use."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from jakstat.knowledge.cell_values import Name, Number, Prose, SourceKeys, split
from jakstat.knowledge.nearness import FACETS, Facet, Range, widened
from jakstat.knowledge.table_record import TableRecord, check_bracket

__all__ = ["QuantityGrade", "QuantityRecord"]

QuantityGrade = Literal["measured", "fitted", "assumed", "missing"]


class QuantityRecord(TableRecord):
    """One number, its published range, and the wider range in which it may be used.

    Examples
    --------
    >>> row = {"id": "Q030", "name": "kd_il6_il6r", "about": "il6r", "value": "5", "unit": "nM"}
    >>> row |= {"grade": "fitted", "use": "hepg2", "near": "species;assay", "source": "dwivedi2014"}
    >>> QuantityRecord.model_validate(row).used_range
    Range(low=1.6..., high=15.0)
    """

    id: Annotated[str, Field(pattern=r"^Q\d{3}[a-z]?$")]
    name: Name
    about: Annotated[Name, Field(description="Id of an entity.")]
    value: Number = None
    low: Annotated[Number, Field(description="Lowest published value.")] = None
    high: Annotated[Number, Field(description="Highest published value.")] = None
    unit: Annotated[str, Field(max_length=30)]
    grade: QuantityGrade
    context: Annotated[str, Field(max_length=300, description="In what it was found.")] = ""
    use: Annotated[str, Field(max_length=60, description="What it is used for: a cell, a disease, a drug.")]
    near: Annotated[
        tuple[Facet, ...],
        BeforeValidator(split),
        Field(description="In which respects it was found in what it is used for."),
    ] = ()
    parameters: Annotated[
        tuple[str, ...], BeforeValidator(split), Field(description="Model parameters that rest on it.")
    ] = ()
    doubtful: Prose = ""
    source: SourceKeys
    note: Prose = ""

    @model_validator(mode="after")
    def _agree(self) -> QuantityRecord:
        if (self.value is None) != (self.grade == "missing"):
            raise ValueError("a quantity without a value has the grade missing, and only such a one")
        if self.grade == "missing" and not self.note:
            raise ValueError("a missing quantity says in its note what is known")
        check_bracket(self.value, self.low, self.high)
        return self

    @property
    def far(self) -> tuple[Facet, ...]:
        """In which respects it is not near to its use."""
        return tuple(f for f in FACETS if f not in self.near)

    @property
    def used_range(self) -> Range | None:
        """The range in which it may be used; see :mod:`jakstat.knowledge.nearness`."""
        if self.value is None:
            return None
        share = self.unit in ("%", "fraction", "probability")
        top = {"%": 100.0, "fraction": 1.0, "probability": 1.0}.get(self.unit) if share else None
        return widened(self.value, self.low, self.high, grade=self.grade, near=self.near, at_most=top)
