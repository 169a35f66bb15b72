"""A method: what the product computes with, and who described it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from jakstat.knowledge.cell_values import SourceKeys
from jakstat.knowledge.table_record import TableRecord

__all__ = ["Method"]


class Method(TableRecord):
    """One method or library.

    Examples
    --------
    >>> Method.model_validate({"id": "M001", "what": "solver", "used_in": "engine", "source": "lsoda"}).source
    ('lsoda',)
    """

    id: Annotated[str, Field(pattern=r"^M\d{3}$")]
    what: Annotated[str, Field(min_length=3, max_length=200)]
    used_in: Annotated[str, Field(pattern=r"^[a-z]+(;[a-z]+)*$", description="Rooms of the product.")]
    source: SourceKeys
