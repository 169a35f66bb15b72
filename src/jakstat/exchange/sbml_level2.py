"""A document of Level 3 as SBML Level 2 Version 4, for programs that read no newer one.

libSBML does the writing; before it may, everything that Level 2 has no word for and that would change a
number is looked for and refused by name, because the converter leaves some of it out without one. What only
loses a remark becomes a note (SBML Level 2 Version 4, doi:10.2390/biecoll-jib-2015-271 for Version 5;
Level 3 Version 2, doi:10.1515/jib-2019-0021).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import libsbml

from jakstat.errors import InputError, Note, Problem, problem

__all__ = ["to_level_2"]

_OPERATORS = ("max", "min", "quotient", "rem", "implies", "rateOf", "avogadro")


def to_level_2(sbml: str, *, version: int = 4, file: str = "") -> tuple[str, tuple[Note, ...]]:
    """The document in SBML Level 2, with a note of what it can say no more.

    Parameters
    ----------
    sbml : str
        A document that the product itself has written, of Level 3.
    version : int
        Of Level 2: 1 to 5.
    file : str
        Named in the notes.

    Returns
    -------
    str
    tuple of Note
        ``level2.units-of-numbers``.

    Raises
    ------
    InputError
        ``level2.meaning``, one for each thing that Level 2 cannot say and that changes numbers: conversion
        factors, priorities of events, triggers that are false at the start or do not persist, operators of
        Level 3, stoichiometries that change, an extent that is counted in another unit than substance,
        packages; ``level2.conversion`` when libSBML gives up.

    Examples
    --------
    >>> from jakstat.biology import assemble
    >>> text, notes = to_level_2(assemble("hepg2", parts="core").sbml)
    >>> 'level="2" version="4"' in text, [note.code for note in notes]
    (True, ['level2.units-of-numbers'])
    """
    document = libsbml.readSBMLFromString(sbml)
    model = document.getModel()
    faults = [
        Problem(
            "level2.meaning", f"Level 2 cannot say {what}", file or None, None, None, where, "--level 3.2"
        )
        for what, where in _unsayable(document, model)
    ]
    if faults:
        raise InputError(faults[:50])
    notes = tuple(_lost(sbml, file))
    before = _counts(model)
    done = document.setLevelAndVersion(2, version, False)
    model = document.getModel()
    if not done or model is None or _counts(model) != before:
        raise problem("level2.conversion", f"libSBML cannot write this model as Level 2 Version {version}")
    return str(libsbml.writeSBMLToString(document)), notes


def _unsayable(document: Any, model: Any) -> Iterator[tuple[str, str | None]]:
    for place in range(document.getNumPlugins()):
        name = document.getPlugin(place).getPackageName()
        if name not in ("layout", "render", "l3v2extendedmath"):
            yield f"what the package {name} says", None
    if model.isSetConversionFactor():
        yield "the conversion factor of the model", None
    if model.getExtentUnits() != model.getSubstanceUnits():
        yield "that reactions are counted in another unit than substance", None
    for species in model.getListOfSpecies():
        if species.isSetConversionFactor():
            yield "a conversion factor of a species", species.getId()
    for event in model.getListOfEvents():
        trigger = event.getTrigger()
        if event.isSetPriority():
            yield "the priority of an event", event.getId() or None
        if trigger is not None and not (trigger.getInitialValue() and trigger.getPersistent()):
            yield "a trigger that is false at the start or does not persist", event.getId() or None
    ruled = {rule.getVariable() for rule in model.getListOfRules()}
    ruled |= {a.getSymbol() for a in model.getListOfInitialAssignments()}
    for reaction in model.getListOfReactions():
        for reference in (*reaction.getListOfReactants(), *reaction.getListOfProducts()):
            if reference.isSetId() and reference.getId() in ruled:
                yield "a stoichiometry that is computed", reference.getId()
    text = document.toSBML()
    for operator in _OPERATORS:
        if f"<{operator}/>" in text or f"/symbols/{operator}" in text:
            yield f"the operator {operator}", None


def _lost(sbml: str, file: str) -> Iterator[Note]:
    numbers = sbml.count(" sbml:units=")
    if numbers:
        text = f"{numbers} numbers in formulas lose their unit, for which Level 2 has no place"
        yield Note("level2.units-of-numbers", file, f"{text}; their values stay")


def _counts(model: Any) -> tuple[int, ...]:
    """How much of each kind there is: nothing may get lost but units, which get more."""
    return (
        model.getNumCompartments(), model.getNumSpecies(), model.getNumParameters(), model.getNumReactions(),
        model.getNumRules(), model.getNumInitialAssignments(), model.getNumEvents(),
        model.getNumFunctionDefinitions(), model.getNumConstraints(),
        sum(1 for r in model.getListOfReactions() if r.isSetKineticLaw()),
    )  # fmt: skip
