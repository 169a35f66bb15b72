"""One SBML document, through libSBML, into a :class:`~jakstat.engine.network.network.Network`.

Runs in the reading child process for documents from outside and in place for
documents the product assembled itself. Everything wrong becomes a Problem.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jakstat.engine.network.network import (
    Assignment,
    Compartment,
    Event,
    Network,
    Parameter,
    Reaction,
    Species,
    SpeciesReference,
)
from jakstat.engine.read.algebraic import AlgebraicRule, solve_algebraic
from jakstat.engine.read.guard import ReadLimits
from jakstat.engine.read.import_report import Assumptions, ImportReport
from jakstat.engine.read.sbml_check import check_network, order_assignments, settle_missing
from jakstat.engine.read.sbml_document import open_document
from jakstat.engine.read.sbml_formulas import Formulas, check_sizes
from jakstat.engine.read.unit_text import in_unit_texts, unit_texts
from jakstat.errors import InputError, Problem

__all__ = ["read_document"]

NOTHING_ASSUMED = Assumptions()


def read_document(
    text: str,
    *,
    assume: Assumptions = NOTHING_ASSUMED,
    file: str | None = None,
    limits: ReadLimits | None = None,
    own: bool = False,
) -> tuple[Network, ImportReport]:
    """Read an SBML document that has passed :func:`~jakstat.engine.read.guard.check_bytes`.

    Parameters
    ----------
    text : str
        The document.
    assume : Assumptions
        What may be assumed where nothing is set.
    file : str, optional
        Its name, for messages.
    own : bool
        Whether the product has written it.

    Returns
    -------
    Network
        The model, with assignments in an order in which they can be evaluated.
    ImportReport
        Warnings and assumed values.

    Raises
    ------
    InputError
        With every problem found.
    """
    caps = limits or ReadLimits()
    document, warnings = open_document(text, file, lambda d: check_sizes(d, file, caps), own=own)
    reading = _DocumentReading(document.getModel(), Formulas(document.getModel(), file, caps), file)
    network = in_unit_texts(reading.network(), unit_texts(reading.model))
    network, unsolved = solve_algebraic(network, reading.algebraic(), file)
    problems = [*reading.formulas.problems, *unsolved]
    if problems:
        raise InputError(problems[: caps.problems])
    lines = reading.formulas.lines
    checked = check_network(network, file=file, lines=lines)
    warnings = [*warnings, *reading.formulas.warnings, *checked.warnings]
    if checked.errors:
        raise InputError(checked.errors[: caps.problems])
    network, settled = settle_missing(network, assume=assume, file=file, lines=lines)
    if settled.errors:
        raise InputError(settled.errors[: caps.problems])
    ordered, problems = order_assignments(network, file=file, lines=lines)
    if problems:
        raise InputError(problems[: caps.problems])
    return ordered, ImportReport((*warnings, *settled.warnings), settled.assumed_zero, settled.assumed_one)


def _units(element: Any, inherited: str = "") -> str:
    return str(element.getUnits()) if element.isSetUnits() else inherited


@dataclass(frozen=True, slots=True)
class _DocumentReading:
    model: Any
    formulas: Formulas
    file: str | None

    def each(self, plural: str, singular: str) -> list[Any]:
        count = getattr(self.model, f"getNum{plural}")()
        return [getattr(self.model, f"get{singular}")(i) for i in range(count)]

    def network(self) -> Network:
        model = self.model
        species = tuple(self.species(s) for s in self.each("Species", "Species"))
        reactions = tuple(self.reaction(r) for r in self.each("Reactions", "Reaction"))
        rules = self.each("Rules", "Rule")
        return Network(
            id=str(model.getId()),
            name=str(model.getName()),
            level=int(model.getLevel()),
            version=int(model.getVersion()),
            compartments=tuple(self.compartment(c) for c in self.each("Compartments", "Compartment")),
            species=species,
            parameters=(
                *(self.parameter(p) for p in self.each("Parameters", "Parameter")),
                *self.formulas.local_parameters,
            ),
            reactions=reactions,
            assignment_rules=self.assignments([r for r in rules if r.isAssignment()], "rule"),
            rate_rules=self.assignments([r for r in rules if r.isRate()], "rate rule"),
            initial_assignments=self.assignments(
                self.each("InitialAssignments", "InitialAssignment"), "initial assignment"
            ),
            events=tuple(
                e for i, event in enumerate(self.each("Events", "Event")) for e in self.event(event, i)
            ),
            conversion_factor=str(model.getConversionFactor()) if model.isSetConversionFactor() else None,
            time_unit=str(model.getTimeUnits()) if model.isSetTimeUnits() else "",
            substance_unit=str(model.getSubstanceUnits()) if model.isSetSubstanceUnits() else "",
            extent_unit=str(model.getExtentUnits()) if model.isSetExtentUnits() else "",
        )

    def algebraic(self) -> list[AlgebraicRule]:
        """Formulas that are zero at all times; a rule without a formula says nothing."""
        rules = [r for r in self.each("Rules", "Rule") if r.isAlgebraic()]
        formulas = [(self.formulas.formula(r, "algebraic rule"), _line(r)) for r in rules]
        return [AlgebraicRule(formula, line) for formula, line in formulas if formula is not None]

    def compartment(self, c: Any) -> Compartment:
        self.formulas.note(c)
        dimensions = float(c.getSpatialDimensionsAsDouble()) if c.isSetSpatialDimensions() else 3.0
        inherited = {
            3.0: self.model.getVolumeUnits(),
            2.0: self.model.getAreaUnits(),
            1.0: self.model.getLengthUnits(),
        }.get(dimensions, "")
        return Compartment(
            id=str(c.getId()),
            name=str(c.getName()),
            dimensions=dimensions,
            size=float(c.getSize()) if c.isSetSize() else None,
            constant=bool(c.getConstant()),
            unit=_units(c, str(inherited)),
        )

    def species(self, s: Any) -> Species:
        self.formulas.note(s)
        amount = float(s.getInitialAmount()) if s.isSetInitialAmount() else None
        concentration = float(s.getInitialConcentration()) if s.isSetInitialConcentration() else None
        home = self.model.getCompartment(s.getCompartment())
        flat = home is not None and home.isSetSpatialDimensions() and home.getSpatialDimensionsAsDouble() == 0
        inherited = self.model.getSubstanceUnits() if self.model.isSetSubstanceUnits() else ""
        return Species(
            id=str(s.getId()),
            name=str(s.getName()),
            compartment=str(s.getCompartment()),
            amount=amount,
            concentration=None if amount is not None else concentration,
            # a place without extent has no concentrations
            substance_only=bool(s.getHasOnlySubstanceUnits()) or (flat and not home.isSetSize()),
            boundary=bool(s.getBoundaryCondition()),
            constant=bool(s.getConstant()),
            conversion_factor=str(s.getConversionFactor()) if s.isSetConversionFactor() else None,
            unit=str(s.getSubstanceUnits()) if s.isSetSubstanceUnits() else str(inherited),
        )

    def parameter(self, p: Any) -> Parameter:
        self.formulas.note(p)
        return Parameter(
            id=str(p.getId()),
            name=str(p.getName()),
            value=float(p.getValue()) if p.isSetValue() else None,
            constant=bool(p.getConstant()),
            unit=_units(p),
        )

    def reaction(self, r: Any) -> Reaction:
        self.formulas.note(r)
        reactants = [self.reference(r.getReactant(i)) for i in range(r.getNumReactants())]
        products = [self.reference(r.getProduct(i)) for i in range(r.getNumProducts())]
        return Reaction(
            id=str(r.getId()),
            name=str(r.getName()),
            reactants=tuple(reactants),
            products=tuple(products),
            modifiers=tuple(str(r.getModifier(i).getSpecies()) for i in range(r.getNumModifiers())),
            rate=self.formulas.rate(r),
            reversible=bool(r.getReversible()),
        )

    def reference(self, ref: Any) -> SpeciesReference:
        self.formulas.note(ref)
        return SpeciesReference(
            species=str(ref.getSpecies()),
            stoichiometry=float(ref.getStoichiometry()) if ref.isSetStoichiometry() else None,
            id=str(ref.getId()) if ref.isSetId() else None,
            constant=bool(ref.getConstant()),
        )

    def assignments(self, elements: list[Any], kind: str) -> tuple[Assignment, ...]:
        found = []
        for element in elements:
            variable = str(element.getSymbol() if kind == "initial assignment" else element.getVariable())
            formula = self.formulas.formula(element, f"{kind} of '{variable}'")
            if formula is not None:
                found.append(Assignment(variable, formula))
        return tuple(found)

    def event(self, e: Any, index: int) -> list[Event]:
        name = str(e.getIdAttribute()) or f"event_{index + 1}"
        where = f"event '{name}'"
        trigger = e.getTrigger()
        condition = self.formulas.formula(trigger, f"trigger of {where}") if trigger is not None else None
        assignments = tuple(
            Assignment(str(a.getVariable()), formula)
            for a in (e.getEventAssignment(i) for i in range(e.getNumEventAssignments()))
            for formula in [self.formulas.formula(a, f"assignment of {where} to '{a.getVariable()}'")]
            if formula is not None
        )
        delay = self.formulas.formula(e.getDelay(), f"delay of {where}") if e.isSetDelay() else None
        priority = (
            self.formulas.formula(e.getPriority(), f"priority of {where}") if e.isSetPriority() else None
        )
        if condition is None:
            self.formulas.warnings.append(
                Problem(
                    "event.no_trigger",
                    f"{where} has no trigger and never fires",
                    self.file,
                    _line(e),
                    None,
                    name,
                )
            )
            return []
        return [
            Event(
                id=name,
                trigger=condition,
                initial_value=bool(trigger.getInitialValue()) if trigger.isSetInitialValue() else True,
                persistent=bool(trigger.getPersistent()) if trigger.isSetPersistent() else True,
                use_trigger_time_values=bool(e.getUseValuesFromTriggerTime()),
                delay=delay,
                priority=priority,
                assignments=assignments,
            )
        ]


def _line(element: Any) -> int | None:
    return int(element.getLine()) or None
