"""A cytokine: which receptor, JAKs, STATs and SOCS it uses."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from jakstat.knowledge.cell_values import Name, Names, Prose, SourceKeys, split
from jakstat.knowledge.parameter_table import RecordGrade
from jakstat.knowledge.table_record import TableRecord

__all__ = ["Cytokine"]

_SYMBOL = r"^[A-Z][A-Z0-9]{1,9}$"
Symbol = Annotated[str, Field(pattern=_SYMBOL)]
Symbols = Annotated[tuple[Symbol, ...], BeforeValidator(split)]
Chains = Annotated[
    tuple[Annotated[str, Field(pattern=r"^s?[A-Z][A-Z0-9]{1,9}$")], ...], BeforeValidator(split)
]


class Cytokine(TableRecord):
    """How one cytokine signals; a second receptor it may use stands in ``other_receptor``.

    Examples
    --------
    >>> row = {"id": "il2", "name": "IL-2", "ligand": "IL2", "receptor": "IL2RA;IL2RB;IL2RG"}
    >>> row |= {"jaks": "JAK1;JAK3", "stats": "STAT5A;STAT5B", "grade": "measured", "source": "cst_table"}
    >>> Cytokine.model_validate(row).jaks
    ('JAK1', 'JAK3')
    """

    id: Name
    name: Annotated[str, Field(min_length=1, max_length=60)]
    ligand: Annotated[Symbols, Field(description="Genes of the ligand.")]
    receptor: Annotated[Chains, Field(description="Chains; s in front marks a soluble one.")]
    other_receptor: Chains = ()
    jaks: Annotated[Symbols, Field(description="Kinases of the receptor; empty when it uses none.")] = ()
    other_jaks: Annotated[Symbols, Field(description="Those of the other receptor, or minor ones.")] = ()
    jak_note: Prose = ""
    stats: Annotated[Symbols, Field(description="STATs it mainly phosphorylates.")] = ()
    other_stats: Annotated[Symbols, Field(description="STATs it phosphorylates too.")] = ()
    feedback: Annotated[Symbols, Field(description="Proteins that turn it off.")] = ()
    in_figure: Literal["yes", "no"] = "no"
    entities: Annotated[Names, Field(description="The ligand among the entities, where it is one.")] = ()
    note: Prose = ""
    grade: RecordGrade
    source: SourceKeys

    @model_validator(mode="after")
    def _agree(self) -> Cytokine:
        strange = [s for s in (*self.stats, *self.other_stats) if not s.startswith("STAT")]
        strange += [j for j in (*self.jaks, *self.other_jaks) if j not in ("JAK1", "JAK2", "JAK3", "TYK2")]
        if strange:
            raise ValueError(f"{', '.join(strange)}: no JAK or STAT")
        return self
