"""Which numbers of a cell say how much of a gene's product it has, and the names that genes go by."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Literal, cast

from jakstat.biology.contexts import parameters
from jakstat.biology.parts import part, part_names
from jakstat.biology.words import read_word
from jakstat.knowledge import knowledge
from jakstat.tables import read_cells

__all__ = ["Counted", "GeneLevel", "gene_levels", "gene_of", "modelled_genes"]

Counted = Literal["total", "surface", "nucleus", "relative", "unit"]
_FACTOR = "factor_"
_ISOFORM = re.compile(r"-\d+$")


@dataclass(frozen=True, slots=True)
class GeneLevel:
    """A number of a cell that says how much of a gene's product it has.

    Parameters
    ----------
    id : str
        The parameter.
    genes : tuple of str
        HGNC symbols; more than one are counted together.
    counts : {"total", "surface", "nucleus", "relative", "unit"}
        Copies per cell in all, at its surface or in its nucleus; relative to HepG2; or only the unit in which
        a product is counted whose level is 1 in every cell at rest.
    """

    id: str
    genes: tuple[str, ...]
    counts: Counted


@lru_cache(maxsize=1)
def gene_levels() -> tuple[GeneLevel, ...]:
    """Every such number.

    Examples
    --------
    >>> next(level for level in gene_levels() if "IL6R" in level.genes)
    GeneLevel(id='abundance_IL6R_surface', genes=('IL6R',), counts='surface')
    """
    data = files("jakstat.biology").joinpath("gene_levels.csv").read_bytes()
    table = read_cells(data, file="biology/gene_levels.csv", columns=("id", "genes", "counts"))
    return tuple(
        GeneLevel(c["id"], tuple(c["genes"].split(";")), cast("Counted", c["counts"]))
        for c in (line.cells for line in table.sound().lines)
    )


@lru_cache(maxsize=1)
def modelled_genes() -> frozenset[str]:
    """The genes whose product the model has, whether or not a number says how much of it there is.

    Examples
    --------
    >>> {"SOCS3", "STAT3"} <= modelled_genes(), "ACTB" in modelled_genes()
    (True, False)
    """
    factors = (row.id.removeprefix(_FACTOR) for row in parameters() if row.id.startswith(_FACTOR))
    return frozenset([*factors, *(gene for level in gene_levels() for gene in level.genes)])


def _plain(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


@lru_cache(maxsize=1)
def _names() -> Mapping[str, str]:
    """Genes of the model by their names without signs and case; a name of two genes is none."""
    genes = modelled_genes()
    found: dict[str, set[str]] = {}
    for entity in knowledge().entities.values():
        if entity.kind == "protein" and len(entity.hgnc) == 1 and entity.hgnc[0] in genes:
            for name in (entity.id, entity.name, *entity.uniprot, *entity.synonyms):
                found.setdefault(_plain(name), set()).add(entity.hgnc[0])
    for name in part_names():
        for species in part(name).species:
            if species.id in genes:
                for accession in (a for organism in species.uniprot.values() for a in organism):
                    found.setdefault(_plain(accession), set()).add(species.id)
    found.update({_plain(gene): {gene} for gene in genes})  # a symbol is never another gene's alias
    return {name: next(iter(those)) for name, those in found.items() if len(those) == 1}


def gene_of(name: str) -> str | None:
    """The gene of the model that goes by a name: HGNC symbol, alias or UniProt accession, in any case.

    Parameters
    ----------
    name : str
        Several joined by ``;``, as of a protein group, are one gene if they all are.

    Examples
    --------
    >>> gene_of("stat-3"), gene_of("P40763-2"), gene_of("gp130"), gene_of("ACTB")
    ('STAT3', 'STAT3', 'IL6ST', None)
    >>> gene_of("P40763;P42224") is None
    True
    """
    found = set()
    for text in (t.strip() for t in re.split(r"[;,|]", name)):
        if text:
            word = read_word("gene", text, sorted(modelled_genes()))
            here = _names().get(_plain(text)) or _names().get(_plain(_ISOFORM.sub("", text)))
            found.add(here if word is None else str(word))
    return found.pop() if len(found) == 1 else None
