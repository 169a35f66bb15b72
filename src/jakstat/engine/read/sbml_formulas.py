"""All formulas of one document: function definitions, local parameters, rates and rules."""

from __future__ import annotations

from typing import Any

import libsbml

from jakstat.engine.network.expression import Expression, Symbol, walk
from jakstat.engine.network.network import Parameter
from jakstat.engine.network.unsupported import refused
from jakstat.engine.read.guard import ReadLimits
from jakstat.engine.read.mathml import Formula, FormulaError, Function, Scope, to_expression
from jakstat.engine.read.sbml_document import definition_order
from jakstat.errors import InputError, Problem

__all__ = ["Formulas", "check_sizes"]


def check_sizes(document: Any, file: str | None, limits: ReadLimits) -> None:
    """Refuse formulas that grow beyond the caps when functions are written out, or lack arguments.

    Raises
    ------
    InputError
        ``math.size``, ``math.depth`` or ``math.arguments`` (which can end libSBML).
    """
    formulas = Formulas(document.getModel(), file, limits)
    for element in document.getListOfAllElements():
        if element.getElementName() in _WITH_MATH and element.isSetMath():
            formulas.formula(element, element.getElementName())
    problems = [p for p in formulas.problems if p.code in ("math.size", "math.depth", "math.arguments")]
    if problems:
        raise InputError(problems[: limits.problems])


_WITH_MATH = frozenset(
    [
        "assignmentRule",
        "algebraicRule",
        "constraint",
        "delay",
        "eventAssignment",
        "initialAssignment",
        "kineticLaw",
        "priority",
        "rateRule",
        "stoichiometryMath",
        "trigger",
    ]
)


def _seen_everywhere(element: Any) -> bool:
    """Whether an id means something in every formula: not one of a local parameter, nor of a unit."""
    return (
        element.getTypeCode() != libsbml.SBML_UNIT_DEFINITION
        and element.getAncestorOfType(libsbml.SBML_KINETIC_LAW) is None
    )


class Formulas:
    """Converts the formulas of one model and collects what is wrong with them.

    Parameters
    ----------
    model : libsbml.Model
        The model whose function definitions are in force.
    file : str or None
        Name of the document, for messages.
    limits : ReadLimits
        Caps on the size of formulas.
    """

    def __init__(self, model: Any, file: str | None, limits: ReadLimits) -> None:
        self.file = file
        self.limits = limits
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []
        self.local_parameters: list[Parameter] = []
        self.lines: dict[str, int] = {}
        self._total = 0
        named = [e for e in model.getListOfAllElements() if e.getIdAttribute()]
        self._taken = {str(e.getIdAttribute()) for e in named}
        self._global_ids = {str(e.getIdAttribute()) for e in named if _seen_everywhere(e)}
        self._functions: dict[str, Function] = {}
        self._define(model)

    def note(self, element: Any) -> None:
        """Remember where an element with an id stands."""
        if element.isSetIdAttribute() and element.getLine():
            self.lines.setdefault(str(element.getIdAttribute()), int(element.getLine()))

    def _fault(self, code: str, message: str, element: Any, where: str) -> None:
        line = int(element.getLine()) or None
        self.problems.append(Problem(code, message, self.file, line, None, where))

    def _define(self, model: Any) -> None:
        """Convert function definitions, each after those it calls."""
        for name in definition_order(model)[0]:
            self._functions[name] = self._function(name, model.getFunctionDefinition(name))

    def _function(self, name: str, definition: Any) -> Function:
        count = definition.getNumArguments()
        arguments = tuple(str(definition.getArgument(i).getName()) for i in range(count))
        body = definition.getBody()
        formula = None if body is None else self._converted(body, definition, f"function '{name}'", {})
        uses: dict[str, int] = {}
        if formula is not None:
            for node in walk(formula.expression):
                if isinstance(node, Symbol):
                    uses[node.id] = uses.get(node.id, 0) + 1
            free = sorted(uses.keys() - set(arguments))
            if free:
                self._fault(
                    "function.free_name",
                    f"function '{name}' uses '{free[0]}', not an argument",
                    definition,
                    name,
                )
        return Function(arguments, formula, uses)

    def _converted(self, node: Any, element: Any, where: str, rename: dict[str, str]) -> Formula | None:
        try:
            formula = to_expression(node, Scope(self._functions, rename, self.limits))
        except FormulaError as error:
            if error.feature:
                line = int(element.getLine()) or None
                detail = f"{where} ({error.message})"
                self.problems.append(refused(error.feature, detail, file=self.file, line=line))
            else:
                self._fault(error.code, f"{where}: {error.message}", element, where)
            return None
        self._total += formula.size
        if self._total > self.limits.total_nodes:
            self._fault("math.size", "the formulas of the document are too large together", element, where)
            return None
        return formula

    def formula(self, element: Any, where: str, rename: dict[str, str] | None = None) -> Expression | None:
        """The formula of a rule, trigger, delay and so on; None where the element has none."""
        if element is None:
            return None
        if not element.isSetMath():
            self.warnings.append(
                Problem(
                    "math.missing",
                    f"{where} has no formula and is ignored",
                    self.file,
                    int(element.getLine()) or None,
                )
            )
            return None
        formula = self._converted(element.getMath(), element, where, rename or {})
        return None if formula is None else formula.expression

    def rate(self, reaction: Any) -> Expression | None:
        """The rate law of a reaction; its local parameters join :attr:`local_parameters`."""
        law = reaction.getKineticLaw()
        if law is None:
            return None
        rename: dict[str, str] = {}
        for i in range(law.getNumParameters()):
            local = law.getParameter(i)
            name = str(local.getId())
            long_name = f"{reaction.getId()}__{name}"
            while long_name in self._taken:
                long_name += "_"
            if name in rename:
                self._fault(
                    "id.duplicate", f"local parameter '{name}' appears twice", local, str(reaction.getId())
                )
            rename[name] = long_name
            self._taken.add(long_name)
            self.lines[long_name] = int(local.getLine())
            self._shadow(name, local, str(reaction.getId()))
            value = float(local.getValue()) if local.isSetValue() else None
            unit = str(local.getUnits()) if local.isSetUnits() else ""
            self.local_parameters.append(Parameter(long_name, str(local.getName()), value, True, unit))
        return self.formula(law, f"rate of '{reaction.getId()}'", rename)

    def _shadow(self, name: str, local: Any, reaction: str) -> None:
        if name in self._global_ids:
            self.warnings.append(
                Problem(
                    "id.shadowed",
                    f"local parameter '{name}' of reaction '{reaction}' hides the global '{name}'",
                    self.file,
                    int(local.getLine()) or None,
                    None,
                    f"{reaction}__{name}",
                )
            )
