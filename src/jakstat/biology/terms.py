"""What an assembled document says its species and reactions are: names, SBO terms, proteins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

__all__ = ["AnnotationTerm", "terms"]

_UNIPROT = "uniprot:"


@dataclass(frozen=True, slots=True)
class AnnotationTerm:
    """Name, SBO term (``"SBO:0000252"`` or empty) and UniProt accessions of one element."""

    name: str
    sbo: str
    uniprot: tuple[str, ...]


def terms(sbml: str) -> Mapping[str, AnnotationTerm]:
    """The terms of every species and reaction of a document, by id.

    Parameters
    ----------
    sbml : str
        A document as :func:`jakstat.biology.assemble` writes it.

    Examples
    --------
    >>> from jakstat.biology import assemble
    >>> terms(assemble("hepg2", parts="core").sbml)["STAT3"]
    AnnotationTerm(name='STAT3 in cytoplasm', sbo='SBO:0000252', uniprot=('P40763',))
    """
    import libsbml

    document = libsbml.readSBMLFromString(sbml)
    model = document.getModel()
    elements = [*model.getListOfSpecies(), *model.getListOfReactions()]
    return MappingProxyType({e.getId(): _term(e) for e in elements})


def _term(element: Any) -> AnnotationTerm:
    found: list[str] = []
    for i in range(element.getNumCVTerms()):
        term = element.getCVTerm(i)
        uris = (term.getResourceURI(k) for k in range(term.getNumResources()))
        found += [uri.rsplit(_UNIPROT, 1)[1] for uri in uris if _UNIPROT in uri]
    return AnnotationTerm(element.getName() or element.getId(), element.getSBOTermID(), tuple(found))
