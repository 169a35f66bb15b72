"""A source: something published, or a program, that a number rests on."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from jakstat.knowledge.cell_values import plain_number, split
from jakstat.knowledge.table_record import TableRecord

__all__ = ["Source"]

Kind = Literal["article", "review", "model", "datasheet", "software", "method", "convention", "database"]


class Source(TableRecord):
    """One source, named by its key.

    Examples
    --------
    >>> Source(key="ward1994", kind="article", title="T", authors="Ward, L. D.; others").authors
    ('Ward, L. D.', 'others')
    """

    key: Annotated[
        str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{1,39}$", description="Name used in every table.")
    ]
    kind: Annotated[Kind, Field(description="What it is.")]
    title: Annotated[str, Field(min_length=1, max_length=500)]
    authors: Annotated[
        tuple[str, ...],
        BeforeValidator(split),
        Field(description="Family, given; 'others' stands for the rest."),
    ] = ()
    year: Annotated[Annotated[int, Field(ge=1800, le=2200)] | None, BeforeValidator(plain_number)] = None
    container: Annotated[str, Field(max_length=200, description="Journal, proceedings or repository.")] = ""
    doi: Annotated[str, Field(pattern=r"^(10\.\d{4,9}/\S+)?$")] = ""
    pmid: Annotated[str, Field(pattern=r"^(\d{1,9})?$", description="PubMed number.")] = ""
    accession: Annotated[
        str, Field(pattern=r"^[A-Za-z0-9._:-]{0,60}$", description="Number in a repository.")
    ] = ""
    numbers: Annotated[
        tuple[str, ...],
        BeforeValidator(split),
        Field(description="Numbers of the parameter tables that were read in it."),
    ] = ()
    note: Annotated[str, Field(max_length=1000)] = ""
