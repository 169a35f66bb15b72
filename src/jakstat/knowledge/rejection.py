"""A rejection: a name or link that must not enter the network, and why."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from jakstat.knowledge.cell_values import Name, split
from jakstat.knowledge.table_record import TableRecord

__all__ = ["Rejection"]


class Rejection(TableRecord):
    """One entry of the reject list.

    Examples
    --------
    >>> row = {"id": "R01", "names": ["SOAT1"], "reason": "a false reading of STAT", "claims": ["C371"]}
    >>> Rejection.model_validate(row).names
    ('SOAT1',)
    """

    id: Annotated[str, Field(pattern=r"^R\d{2}$")]
    names: Annotated[
        tuple[str, ...],
        BeforeValidator(split),
        Field(description="Symbols that may stand in no entity."),
    ] = ()
    link: Annotated[
        tuple[Name, ...],
        BeforeValidator(split),
        Field(description="Subject and object of a link that may not be drawn, instead of the names."),
    ] = ()
    reason: Annotated[str, Field(min_length=10, max_length=500)]
    claims: Annotated[
        tuple[str, ...], BeforeValidator(split), Field(min_length=1, description="Claims that name it.")
    ]
