"""An entity: a molecule, cell, process or disease that records speak about."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from jakstat.knowledge.cell_values import Identifier, Name, Names, Prose, split
from jakstat.knowledge.table_record import TableRecord

__all__ = ["IDENTIFIER_PATTERNS", "Entity", "EntityKind"]

EntityKind = Literal[
    "antibody", "cell", "cell_line", "complex", "disease", "drug_class", "family", "gene", "group",
    "intervention", "measure", "molecule", "oligonucleotide", "pathway", "peptide", "place", "process",
    "protein", "reject", "site", "small_molecule", "tissue", "virus",
]  # fmt: skip

IDENTIFIER_PATTERNS: Mapping[str, str] = {
    "CHEBI": r"CHEBI:\d{1,7}",
    "CL": r"CL:\d{7}",
    "GO": r"GO:\d{7}",
    "MONDO": r"MONDO:\d{7}",
    "cellosaurus": r"cellosaurus:CVCL_[A-Z0-9]{4}",
    "chembl": r"chembl:CHEMBL\d{1,9}",
    "drugbank": r"drugbank:DB\d{5}",
    "hgnc.symbol": r"hgnc\.symbol:[A-Z0-9][A-Za-z0-9-]{0,19}",
    "ncbigene": r"ncbigene:\d{1,10}",
    "nsc": r"nsc:\d{1,7}",
    "pubchem.compound": r"pubchem\.compound:\d{1,10}",
    "taxonomy": r"taxonomy:\d{1,10}",
    "uniprot": (
        r"uniprot:([OPQ][0-9][A-Z0-9]{3}[0-9]|[A-NR-Z][0-9]([A-Z][A-Z0-9]{2}[0-9]){1,2})(-[1-9]\d?)?"
    ),
}
"""Identifiers by their identifiers.org prefix (``nsc``, of the National Cancer Institute, has none there)."""

_SYMBOL = re.compile(r"[A-Z0-9][A-Za-z0-9-]{0,19}")


class Entity(TableRecord):
    """One entity, named by its id in every record.

    Examples
    --------
    >>> row = {"id": "jak1", "kind": "protein", "name": "Janus kinase 1", "hgnc": "JAK1"}
    >>> Entity.model_validate(row | {"uniprot": "P23458", "source": "hgnc;uniprot"}).identifiers_org
    ('hgnc.symbol:JAK1', 'uniprot:P23458')
    """

    id: Name
    kind: EntityKind
    name: Annotated[str, Field(min_length=1, max_length=120)]
    hgnc: Annotated[
        tuple[str, ...], BeforeValidator(split), Field(description="Approved symbols of human genes.")
    ] = ()
    uniprot: Annotated[tuple[str, ...], BeforeValidator(split), Field(description="Accessions.")] = ()
    identifiers: Annotated[
        tuple[Identifier, ...], BeforeValidator(split), Field(description="Others, with their prefix.")
    ] = ()
    synonyms: Annotated[tuple[str, ...], BeforeValidator(split)] = ()
    members: Annotated[Names, Field(description="Entities of a family, group or complex.")] = ()
    role: Annotated[Prose, Field(description="What it does in the pathway.")] = ""
    checked: Annotated[
        Literal["yes", "no"], Field(description="Whether the identifiers were seen in a source.")
    ] = "no"
    source: Annotated[
        tuple[str, ...], BeforeValidator(split), Field(description="Where the name or identifiers are from.")
    ] = ()
    note: Prose = ""

    @field_validator("identifiers")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for identifier in value:
            prefix = identifier.partition(":")[0]
            pattern = IDENTIFIER_PATTERNS.get(prefix)
            if pattern is None:
                raise ValueError(f"prefix {prefix!r} is unknown; known: {', '.join(IDENTIFIER_PATTERNS)}")
            if not re.fullmatch(pattern, identifier):
                raise ValueError(f"{identifier!r} does not look like an identifier of {prefix}")
        return value

    @model_validator(mode="after")
    def _shapes(self) -> Entity:
        wrong = [s for s in self.hgnc if not _SYMBOL.fullmatch(s)]
        wrong += [a for a in self.uniprot if not re.fullmatch(IDENTIFIER_PATTERNS["uniprot"], f"uniprot:{a}")]
        if wrong:
            raise ValueError(f"{', '.join(wrong)}: no symbol or accession")
        if not self.source:
            raise ValueError("an entity needs a source for its name or identifiers")
        return self

    @property
    def identifiers_org(self) -> tuple[str, ...]:
        """Every identifier with the prefix under which identifiers.org resolves it."""
        own = [f"hgnc.symbol:{s}" for s in self.hgnc] + [f"uniprot:{a}" for a in self.uniprot]
        return tuple(dict.fromkeys([*own, *(i for i in self.identifiers if not i.startswith("nsc:"))]))
