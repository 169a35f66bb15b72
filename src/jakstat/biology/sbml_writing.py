"""Writing a cell's document: Antimony text to SBML L3V2 with units and annotations."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import antimony
import libsbml

from jakstat.biology.annotate import annotate, mark_dimensionless
from jakstat.biology.contexts import Context
from jakstat.biology.parts import Annotation
from jakstat.biology.sbml_units import MODEL_UNITS, amount_unit, set_model_units, unit_id
from jakstat.errors import problem
from jakstat.knowledge.parameter_table import Row

__all__ = ["body_document", "cell_document", "started_document", "translated", "with_initial_values"]


def cell_document(
    name: str,
    text: str,
    cell: Context,
    rows: Iterable[Row],
    units: Mapping[str, str],
    annotations: Iterable[Annotation],
    compartments: Mapping[str, int],
) -> str:
    """The document of a cell.

    Parameters
    ----------
    name, text : str
        Name of the model and its Antimony text.
    cell : Context
    rows : iterable of Row
        Every number of it.
    units : mapping of str to str
        Units of what its rules define.
    annotations : iterable of Annotation
    compartments : mapping of str to int
        Their dimensions.
    """
    rows = tuple(rows)
    document = libsbml.readSBMLFromString(translated(name, text))
    document.setLevelAndVersion(3, 2, False)
    model = document.getModel()
    model.setName(f"IL-6/JAK/STAT3 signalling in {cell.title}")
    _set_units(model, rows, compartments)
    _set_derived_units(model, {row.id for row in rows}, units)
    mark_dimensionless(model)
    annotate(model, annotations, cell.species, {row.id: (row.source,) for row in rows})
    return str(libsbml.writeSBMLToString(document))


def started_document(sbml: str, numbers: Mapping[str, float], amounts: Mapping[str, float]) -> str:
    """A document with other numbers and another start.

    Parameters
    ----------
    sbml : str
    numbers : mapping of str to float
        Values of parameters and sizes of compartments.
    amounts : mapping of str to float
        Amounts of species, and values of other changing quantities, at time 0.

    Examples
    --------
    >>> text = "model tiny\\ncompartment C = 1;\\nspecies S in C = 1;\\nk = 1;\\nS -> ; k*S;\\nend"
    >>> text = translated("tiny", text)
    >>> changed = started_document(text, {"k": 3.0}, {"S": 2.0})
    >>> 'id="k" value="3"' in changed, 'initialAmount="2"' in changed
    (True, True)
    """
    document = libsbml.readSBMLFromString(sbml)
    model = document.getModel()
    for name, value in numbers.items():
        element = model.getElementBySId(name)
        element.setSize(value) if model.getCompartment(name) is not None else element.setValue(value)
    for name, value in amounts.items():
        species = model.getSpecies(name)
        model.removeInitialAssignment(name)
        if species is None:
            model.getElementBySId(name).setValue(value)
        elif model.getAssignmentRuleByVariable(name) is None:
            species.unsetInitialConcentration()
            species.setInitialAmount(value)
    return str(libsbml.writeSBMLToString(document))


def with_initial_values(sbml: str) -> str:
    """A document in which every species has an initial value of its own, beside an initial assignment.

    The assignment counts all the same; a change by path (SED-ML) needs an attribute that it can find.

    Examples
    --------
    >>> text = translated("tiny", "model tiny\\ncompartment C = 2;\\nspecies S in C = 3*k;\\nk = 2;\\nend")
    >>> 'initialConcentration="6"' in with_initial_values(text)
    True
    """
    document = libsbml.readSBMLFromString(sbml)
    worked_out = document.clone()
    worked_out.expandInitialAssignments()
    model = document.getModel()
    for species in model.getListOfSpecies():
        name = species.getId()
        if species.isSetInitialConcentration() or species.isSetInitialAmount():
            continue
        if model.getAssignmentRuleByVariable(name) is not None:
            continue
        value = worked_out.getModel().getSpecies(name)
        if value.isSetInitialConcentration():
            species.setInitialConcentration(value.getInitialConcentration())
        elif value.isSetInitialAmount():
            species.setInitialAmount(value.getInitialAmount())
    return str(libsbml.writeSBMLToString(document))


def translated(name: str, text: str) -> str:
    """The Antimony text as SBML.

    Raises
    ------
    InputError
        ``antimony``: the text is no Antimony.

    Examples
    --------
    >>> 'id="x"' in translated("tiny", "model tiny\\nx = 1;\\nend")
    True
    """
    antimony.clearPreviousLoads()
    if antimony.loadAntimonyString(text) < 0:
        raise problem("antimony", f"the parts do not join: {antimony.getLastError()}")
    return str(antimony.getSBMLString(name))


def _set_units(model: Any, rows: Iterable[Row], compartments: Mapping[str, int]) -> None:
    set_model_units(model, MODEL_UNITS)
    for row in rows:
        model.getElementBySId(row.id).setUnits(unit_id(model, row.unit))
    for identifier, dimensions in compartments.items():
        model.getCompartment(identifier).setSpatialDimensions(dimensions)
    for species in model.getListOfSpecies():
        species.setSubstanceUnits(unit_id(model, MODEL_UNITS["substance"]))
        species.setHasOnlySubstanceUnits(False)
        if model.getInitialAssignmentBySymbol(species.getId()) is None:
            species.setInitialConcentration(0.0)


def _set_derived_units(model: Any, known: Collection[str], declared: Mapping[str, str]) -> None:
    """Units of parameters that rules define: those of their formula, as parts and tables say them."""
    for parameter in model.getListOfParameters():
        identifier = parameter.getId()
        if identifier not in known:
            parameter.setUnits(unit_id(model, declared.get(identifier, "dimensionless")))


def body_document(
    name: str,
    title: str,
    text: str,
    rows: Iterable[Row],
    units: Mapping[str, str],
    annotations: Iterable[Annotation],
    membranes: Collection[str],
) -> str:
    """The document of cells in a body, where not everything is counted in one unit.

    Each species says in what it is counted, and factors of 1 with a unit stand between that and the one unit
    of extent that SBML gives all reactions of a model.

    Parameters
    ----------
    name, title : str
    text : str
        Antimony text.
    rows : iterable of Row
        Every number of it.
    units : mapping of str to str
        Units of what its rules define, and of species in a formula where it is not zmol/pL.
    annotations : iterable of Annotation
    membranes : collection of str
        Compartments that are areas.
    """
    document = libsbml.readSBMLFromString(translated(name, text))
    document.setLevelAndVersion(3, 2, False)
    model = document.getModel()
    model.setName(title)
    set_model_units(model, MODEL_UNITS)
    given = {row.id: row.unit for row in rows}
    for identifier, unit in given.items():
        model.getElementBySId(identifier).setUnits(unit_id(model, unit))
    for compartment in model.getListOfCompartments():
        compartment.setSpatialDimensions(2 if compartment.getId() in membranes else 3)
    for species in model.getListOfSpecies():
        identifier = species.getId()
        counted = units.get(identifier, MODEL_UNITS["substance"])
        if identifier in units and not species.getHasOnlySubstanceUnits():
            counted = amount_unit(counted, given[species.getCompartment()])
        species.setSubstanceUnits(unit_id(model, counted))
        bare = not (species.isSetInitialConcentration() or species.isSetInitialAmount())
        ruled = model.getAssignmentRuleByVariable(identifier) is not None
        if bare and not ruled and model.getInitialAssignmentBySymbol(identifier) is None:
            species.setInitialAmount(0.0)
    _set_derived_units(model, given, units)
    mark_dimensionless(model)
    _join_extents(model)
    annotate(model, annotations, "human", {row.id: (row.source,) for row in rows})
    return str(libsbml.writeSBMLToString(document))


def _join_extents(model: Any) -> None:
    """Laws and species of another unit than that of extent, joined to it by factors of 1.

    A law times 1 zmol/mg is in zmol/h; ``mg_of_extent``, 1 mg/zmol, is the conversion factor of its species
    (SBML L3V2, 4.6.7).
    """
    plain = unit_id(model, MODEL_UNITS["extent"])
    counted = {species.getId(): species.getSubstanceUnits() for species in model.getListOfSpecies()}
    names = {u.getId(): u.getName() for u in model.getListOfUnitDefinitions()} | {"dimensionless": "1"}
    for reaction in model.getListOfReactions():
        moved = [*reaction.getListOfReactants(), *reaction.getListOfProducts()]
        found = {counted[reference.getSpecies()] for reference in moved}
        if len(found) > 1:
            raise problem("antimony", f"the reaction {reaction.getId()} joins {', '.join(sorted(found))}")
        (unit,) = found
        if unit == plain:
            continue
        one = libsbml.ASTNode(libsbml.AST_REAL)
        one.setValue(1.0)
        one.setUnits(unit_id(model, f"{MODEL_UNITS['extent']}/{names[unit]}"))
        product = libsbml.ASTNode(libsbml.AST_TIMES)
        product.addChild(one)
        product.addChild(reaction.getKineticLaw().getMath().deepCopy())
        reaction.getKineticLaw().setMath(product)
    for species in model.getListOfSpecies():
        unit = species.getSubstanceUnits()
        if unit != plain and not species.getBoundaryCondition():
            species.setConversionFactor(_conversion(model, unit, names[unit]))


def _conversion(model: Any, unit: str, name: str) -> str:
    """The factor of species that are counted in a unit, made when it is missing."""
    identifier = "dimensionless_of_extent" if unit == "dimensionless" else f"{name}_of_extent"
    if model.getParameter(identifier) is None:
        made = model.createParameter()
        made.setId(identifier)
        made.setValue(1.0)
        made.setConstant(True)
        made.setUnits(unit_id(model, f"{name}/{MODEL_UNITS['extent']}"))
    return identifier
