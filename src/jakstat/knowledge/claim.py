"""A claim: one statement of a text, with the experiment that would test it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, model_validator

from jakstat.knowledge.cell_values import Name, Prose, SourceKeys
from jakstat.knowledge.table_record import TableRecord

__all__ = ["SIGNS", "Claim", "Expected", "Module", "Relation", "Scale"]

Module = Literal[
    "clinical", "crosstalk", "drugs", "feedback", "jak_stat_core", "knowledge", "ligand_sources",
    "phenotypes", "receptor", "stem", "targets", "tme_immune", "virus",
]  # fmt: skip
Relation = Literal[
    "activates", "binds", "causes", "confers_resistance", "confers_sensitivity", "dephosphorylates",
    "dimerises", "downregulates", "fraction", "inhibits", "marker_of", "phosphorylates", "reduces_growth",
    "secretes", "self_renews", "translocates", "upregulates",
]  # fmt: skip
Expected = Literal["up", "down", "no_effect", "value", "order", "annotation"]
Scale = Literal["cell", "tumour", "patient", "record"]

SIGNS: Mapping[str, int] = {
    "activates": 1, "binds": 1, "causes": 1, "confers_resistance": 1, "confers_sensitivity": 1,
    "dephosphorylates": -1, "dimerises": 1, "downregulates": -1, "fraction": 0, "inhibits": -1,
    "marker_of": 0, "phosphorylates": 1, "reduces_growth": -1, "secretes": 1, "self_renews": 1,
    "translocates": 1, "upregulates": 1,
}  # fmt: skip
"""The sign with which each relation says that the subject acts on the object; 0 is no action."""


class Claim(TableRecord):
    """What a text says, in our words.

    ``expected`` is what the test must show for the claim to hold, which need not have the
    sign of the relation: an inhibitor of an inhibitor makes things go up. ``correction``
    tells why scale or expectation differ from the first assignment, ``doubtful`` what is
    wrong or uncertain in the text itself.

    Examples
    --------
    >>> row = {"id": "C025", "module": "jak_stat_core", "subject": "jak1", "relation": "phosphorylates"}
    >>> row |= {"object": "stat3", "statement": "Active JAK1 phosphorylates STAT3.", "expected": "up"}
    >>> row |= {"scale": "cell", "test": "IL-6: pSTAT3 must rise.", "source": "xu2021"}
    >>> Claim.model_validate(row).sign
    1
    """

    id: Annotated[str, Field(pattern=r"^C\d{3}$")]
    module: Module
    subject: Annotated[Name, Field(description="Id of an entity.")]
    relation: Relation
    object: Annotated[Name, Field(description="Id of an entity.")]
    context: Annotated[str, Field(max_length=120, description="Where it is said to hold.")] = ""
    statement: Annotated[str, Field(min_length=10, max_length=400)]
    expected: Expected
    scale: Scale
    test: Annotated[str, Field(min_length=4, max_length=500, description="The experiment, in words.")]
    correction: Annotated[Prose, Field(description="Why scale or expected were changed.")] = ""
    doubtful: Annotated[Prose, Field(description="What is wrong or uncertain in the text.")] = ""
    reference: Annotated[
        str, Field(pattern=r"^[0-9;-]{0,40}$", description="Numbers in the text's own list.")
    ] = ""
    source: SourceKeys

    @model_validator(mode="after")
    def _agree(self) -> Claim:
        if self.scale == "record" and self.expected not in ("annotation", "value"):
            raise ValueError("a claim of scale record expects an annotation or a value")
        return self

    @property
    def sign(self) -> int:
        """1, -1 or 0: how the relation lets the subject act on the object."""
        return SIGNS[self.relation]
