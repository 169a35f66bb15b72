"""A domain or site of a protein: where it lies, what it does, and which drugs act there."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from jakstat.knowledge.cell_values import Name, Names, Prose, SourceKeys, plain_number, split
from jakstat.knowledge.parameter_table import RecordGrade
from jakstat.knowledge.table_record import TableRecord

__all__ = ["Domain"]


class Domain(TableRecord):
    """A stretch of a protein's chain.

    ``first`` and ``last`` are residues of the human sequence ``uniprot``, both in; ``protein`` is the
    entity that claims name for it, ``agents`` the drugs that act there, ``symbols`` what stands for
    it in the model.

    Examples
    --------
    >>> row = {"id": "STAT3_Tyr705", "protein": "stat3_tyr705", "name": "Tyr705", "first": "705"}
    >>> row |= {"last": "705", "uniprot": "P40763", "role": "phosphorylated by JAK", "grade": "measured"}
    >>> Domain.model_validate(row | {"source": "uniprot"}).residues
    '705'
    """

    id: Annotated[str, Field(pattern=r"^[A-Z][A-Za-z0-9_]{1,39}$")]
    protein: Annotated[Name, Field(description="Id of an entity.")]
    name: Annotated[str, Field(min_length=1, max_length=80)]
    first: Annotated[int, Field(ge=1, le=5000, description="Residue number."), BeforeValidator(plain_number)]
    last: Annotated[int, Field(ge=1, le=5000), BeforeValidator(plain_number)]
    uniprot: Annotated[str, Field(pattern=r"^[OPQ][0-9][A-Z0-9]{3}[0-9]$")]
    role: Annotated[str, Field(min_length=3, max_length=300, description="What it does.")]
    agents: Annotated[Names, Field(description="Ids of entities.")] = ()
    symbols: Annotated[
        tuple[str, ...], BeforeValidator(split), Field(description="Parameters or ports of the model.")
    ] = ()
    grade: RecordGrade
    source: SourceKeys
    note: Prose = ""

    @model_validator(mode="after")
    def _runs_forward(self) -> Self:
        if self.last < self.first:
            raise ValueError(f"residues {self.first} .. {self.last} run backward")
        return self

    @property
    def residues(self) -> str:
        """The residues as text, such as ``586-688``."""
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"
