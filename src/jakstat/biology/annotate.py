"""MIRIAM identifiers, SBO terms and evidence keys on an assembled document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import libsbml

from jakstat.biology.parts import Annotation

__all__ = ["NAMESPACE", "annotate", "mark_dimensionless"]

NAMESPACE = "urn:jakstat:evidence"
"""XML namespace of the annotation that lists the records an element rests on."""

_IDENTIFIERS = "https://identifiers.org/"


def _resource(element: Any, uri: str, qualifier: int) -> None:
    term = libsbml.CVTerm(libsbml.BIOLOGICAL_QUALIFIER)
    term.setBiologicalQualifierType(qualifier)
    term.addResource(uri)
    element.addCVTerm(term)


def _evidence(element: Any, keys: Iterable[str]) -> None:
    records = "".join(f'<record key="{key}"/>' for key in keys)
    element.appendAnnotation(f'<evidence xmlns="{NAMESPACE}">{records}</evidence>')


def annotate(
    model: Any, annotations: Iterable[Annotation], organism: str, sources: Mapping[str, Iterable[str]]
) -> None:
    """Put names, SBO terms, identifiers and evidence keys on species and reactions.

    Parameters
    ----------
    model : libsbml.Model
    annotations : iterable of Annotation
        One for each species and reaction.
    organism : {"human", "mouse"}
        Which UniProt accession to use.
    sources : mapping of parameter id to source keys
        Evidence for parameters and compartments.
    """
    for entry in annotations:
        element = model.getElementBySId(entry.id)
        element.setMetaId(f"meta_{entry.id}")
        element.setName(entry.name)
        element.setSBOTerm(entry.sbo)
        accessions = entry.uniprot.get(organism, ())
        qualifier = libsbml.BQB_IS if len(accessions) == 1 else libsbml.BQB_HAS_PART
        if entry.sbo == "SBO:0000250":  # a messenger RNA encodes the protein, it is not the protein
            qualifier = libsbml.BQB_ENCODES
        for accession in accessions:
            _resource(element, f"{_IDENTIFIERS}uniprot:{accession}", qualifier)
        if entry.chebi:
            _resource(element, f"{_IDENTIFIERS}{entry.chebi}", libsbml.BQB_IS)
        if entry.go:
            _resource(element, f"{_IDENTIFIERS}{entry.go}", libsbml.BQB_IS_VERSION_OF)
        _evidence(element, entry.evidence)
    for identifier, keys in sources.items():
        element = model.getElementBySId(identifier)
        element.setMetaId(f"meta_{identifier}")
        _evidence(element, keys)


def mark_dimensionless(model: Any) -> None:
    """Give every bare number in the model's formulas the unit "dimensionless".

    Without it SBML calls the unit of a formula such as ``1 - x`` undeclared. A rule that is nothing
    but a number takes the unit of its parameter.
    """
    for rule in model.getListOfRules():
        parameter = model.getParameter(rule.getVariable())
        if rule.getMath().isNumber() and parameter is not None:
            rule.getMath().setUnits(parameter.getUnits())
    holders = [*model.getListOfRules(), *model.getListOfInitialAssignments()]
    holders += [reaction.getKineticLaw() for reaction in model.getListOfReactions()]
    for holder in holders:
        stack = [holder.getMath()]
        while stack:
            node = stack.pop()
            if node.isNumber() and not node.isSetUnits():
                node.setUnits("dimensionless")
            stack.extend(node.getChild(i) for i in range(node.getNumChildren()))
