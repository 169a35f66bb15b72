"""Opening a document with libSBML: syntax, packages, consistency, one level for all.

Documents of Level 1 and 2 are converted to Level 3, so that the reader knows
one dialect only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import libsbml

from jakstat.engine.network.unsupported import refused
from jakstat.errors import InputError, Problem

__all__ = ["definition_order", "open_document"]

_HARMLESS = frozenset({"layout", "render", "groups", "l3v2extendedmath", "distrib", "fbc", "comp"})
_LEVELS = frozenset([(1, 1), (1, 2), (2, 1), (2, 2), (2, 3), (2, 4), (2, 5), (3, 1), (3, 2)])
_ERROR = 2
_PROBLEMS = 50


def open_document(
    text: str, file: str | None, before_checks: Callable[[Any], None], *, own: bool = False
) -> tuple[Any, list[Problem]]:
    """Parse, refuse what is not supported, check and convert.

    Parameters
    ----------
    text : str
        The document.
    file : str or None
        Its name, for messages.
    before_checks : callable
        Called with the document before libSBML's own checks, which write functions out
        in full; raises where that would not end.
    own : bool
        Whether the product has written it: libSBML's checks, most of the time that reading takes,
        are then left to the tests of what writes such documents.

    Returns
    -------
    libsbml.SBMLDocument
        The document in Level 3.
    list of Problem
        Warnings.

    Raises
    ------
    InputError
        With every problem found.
    """
    document = libsbml.readSBMLFromString(text)
    level = (document.getLevel(), document.getVersion())
    if level not in _LEVELS:
        raise InputError([refused("level", "level {}, version {}".format(*level), file=file, line=1)])
    errors, told = _sorted_log(document, file)
    drawings = [w for w in told if w.code == "drawing.ignored"]
    model = document.getModel()
    features = list(_foreign(text, file))
    features += [] if model is None else list(_unsupported(document, model, file))
    if features or errors:
        raise InputError([*features, *errors][:_PROBLEMS])
    if model is None:
        raise InputError([Problem("sbml.no_model", "the document holds no model", file)])
    _order, circle = definition_order(model)
    if circle:
        raise InputError([_circular(model, circle, file)])
    if not own:
        before_checks(document)
    submodels = _submodels(document, file)
    if _flatten(document, file):
        hidden = list(_unsupported(document, document.getModel(), file))
        if hidden:
            raise InputError(hidden[:_PROBLEMS])
    warnings = [] if own else [*submodels, *drawings, *_consistent(document, file)]
    if document.getLevel() < 3 and not document.setLevelAndVersion(3, 1, False):
        raise InputError([refused("level", f"level {document.getLevel()}", file=file)])
    return document, warnings


def _sorted_log(document: Any, file: str | None) -> tuple[list[Problem], list[Problem]]:
    errors: list[Problem] = []
    warnings: list[Problem] = []
    for i in range(document.getNumErrors()):
        error = document.getError(i)
        drawing = _drawing(error)
        bad = error.getSeverity() >= _ERROR and not (drawing or _of_units(error))
        text = re.sub(r"\s+", " ", str(error.getMessage())).strip()
        text = re.sub(r" ?Reference: L\dV\d[^)]*?Section [\d.]+\.?", "", text)
        if len(text) > 400:
            text = text[:200] + " ... " + text[-195:]
        code = "drawing.ignored" if drawing else _code(int(error.getErrorId()), int(error.getCategory()))
        line = int(error.getLine())
        (errors if bad else warnings).append(
            Problem(code, text or str(error.getShortMessage()), file, line if 0 < line < 10**9 else None)
        )
    return errors, warnings


def _of_units(error: Any) -> bool:
    """Level 2 calls clashing units errors, Level 3 warnings: they change no number."""
    by_units: bool = int(error.getCategory()) == libsbml.LIBSBML_CAT_UNITS_CONSISTENCY
    return by_units or int(error.getErrorId()) == libsbml.InvalidSpeciesSusbstanceUnits


def _drawing(error: Any) -> bool:
    """Whether an error is about where the model is drawn (packages layout and render): no number changes."""
    named = re.search(r"L3 package '([\w.-]+)' cannot be used|Package (\w+) Version", str(error.getMessage()))
    return named is not None and (named[1] or named[2]).split("_")[0] in _DRAWINGS


_DRAWINGS = frozenset({"layout", "render"})

_BY_ID = {
    10301: "id.duplicate", 10302: "id.duplicate", 10303: "id.duplicate", 10304: "rule.duplicate",
    10305: "rule.duplicate", 10214: "math.function", 10215: "reference.unknown", 10216: "reference.unknown",
    10310: "id.syntax", 20906: "rule.circular", 10601: "rule.overdetermined", 21111: "reference.unknown",
    20608: "unit.clash", 10501: "unit.clash", 10503: "unit.clash", 10511: "unit.clash",
    10512: "unit.clash", 10513: "unit.clash", 10521: "unit.clash", 10522: "unit.clash", 10523: "unit.clash",
    10531: "unit.clash", 10532: "unit.clash", 10533: "unit.clash", 10541: "unit.clash", 10551: "unit.clash",
    10561: "unit.clash", 10562: "unit.clash", 10563: "unit.clash", 99505: "unit.missing",
    99508: "unit.missing", 20601: "reference.unknown", 20610: "rule.overdetermined", 10218: "math.arguments",
    10224: "sbml.unsupported.rate_of_assigned", 20912: "sbml.unsupported.cycle_through_rate",
}  # fmt: skip


def _code(number: int, category: int) -> str:
    if number in _BY_ID:
        return _BY_ID[number]
    if number < 10000 or category == libsbml.LIBSBML_CAT_XML:
        return "xml.syntax"
    return f"sbml.rule_{number}"


def _unsupported(document: Any, model: Any, file: str | None) -> Iterator[Problem]:
    yield from _packages(document, model, file)
    for i in range(model.getNumReactions()):
        reaction = model.getReaction(i)
        if reaction.isSetFast() and reaction.getFast():
            name = str(reaction.getId())
            yield refused("fast_reaction", f"'{name}'", file=file, line=int(reaction.getLine()) or None)


def _foreign(text: str, file: str | None) -> Iterator[Problem]:
    """Packages the document says are required and libSBML does not know."""
    root = re.search(r"<(?:\w+:)?sbml\b[^>]*", text)
    known = {libsbml.SBMLExtensionRegistry.getRegisteredPackageName(i) for i in range(_registered())}
    for prefix in re.findall(r"([\w.-]+):required\s*=\s*[\"']true[\"']", root[0] if root else ""):
        address = re.search(rf"xmlns:{re.escape(prefix)}\s*=\s*[\"']([^\"']*)", root[0] if root else "")
        name = address[1] if address else prefix
        if not any(f"/{package}/" in f"{name}/" for package in known):
            yield refused("package", f"'{prefix}' ({name[:200]})", file=file, line=1)


def _registered() -> int:
    return int(libsbml.SBMLExtensionRegistry.getNumRegisteredPackages())


def _packages(document: Any, model: Any, file: str | None) -> Iterator[Problem]:
    for i in range(document.getNumPlugins()):
        name = str(document.getPlugin(i).getPackageName())
        if name not in _HARMLESS and document.getPackageRequired(name):
            yield refused("package", f"'{name}'", file=file, line=1)
    flux = model.getPlugin("fbc")
    if flux is not None and (flux.getNumObjectives() or not _has_rates(model)):
        yield refused("flux_balance", file=file, line=1)
    hierarchy = document.getPlugin("comp")
    if hierarchy is not None and hierarchy.getNumExternalModelDefinitions():
        yield refused("external_model", file=file, line=1)


def _has_rates(model: Any) -> bool:
    rates = [model.getReaction(i).isSetKineticLaw() for i in range(model.getNumReactions())]
    return all(rates)


def definition_order(model: Any) -> tuple[list[str], list[str]]:
    """Function definitions, each after those it calls, and those that call each other in a circle.

    Parameters
    ----------
    model : libsbml.Model
        The model.

    Returns
    -------
    list of str
        Ids in an order in which they can be written out.
    list of str
        Ids on, or behind, a circle; empty for a sound document.
    """
    names = {str(model.getFunctionDefinition(i).getId()) for i in range(model.getNumFunctionDefinitions())}
    calls: dict[str, set[str]] = {}
    for i in range(model.getNumFunctionDefinitions()):
        definition = model.getFunctionDefinition(i)
        calls[str(definition.getId())] = {
            str(n.getName()) for n in _nodes(definition.getMath()) if n.isFunction() and n.getName() in names
        }
    order: list[str] = []
    while calls:
        ready = [name for name, called in calls.items() if not called & calls.keys()]
        if not ready:
            return order, sorted(calls)
        order += ready
        for name in ready:
            del calls[name]
    return order, []


def _nodes(node: Any) -> Iterator[Any]:
    stack = [node] if node is not None else []
    while stack:
        top = stack.pop()
        yield top
        stack.extend(top.getChild(i) for i in range(top.getNumChildren()))


def _circular(model: Any, circle: list[str], file: str | None) -> Problem:
    line = int(model.getFunctionDefinition(circle[0]).getLine()) or None
    names = ", ".join(circle[:8])
    message = f"function definitions call each other in a circle: {names}"
    return Problem("function.circular", message, file, line, None, circle[0])


def _submodels(document: Any, file: str | None) -> list[Problem]:
    """How quantities of submodels will be called; libRoadRunner 2.10 leaves them out without a word."""
    hierarchy = document.getModel().getPlugin("comp")
    names = [] if hierarchy is None else [str(s.getId()) for s in hierarchy.getListOfSubmodels()]
    if not names:
        return []
    more = " and others" if len(names) > 4 else ""
    message = (
        f"submodels ({', '.join(names[:4])}{more}) are read into one model: k of {names[0]} is {names[0]}__k"
    )
    return [Problem("sbml.flattened", message, file)]


def _flatten(document: Any, file: str | None) -> bool:
    """Replace a hierarchical model (package comp) by the flat one it stands for; whether there was one."""
    hierarchy = document.getPlugin("comp")
    if hierarchy is None:
        return False
    wish = libsbml.ConversionProperties()
    wish.addOption("flatten comp", True)
    wish.addOption("performValidation", False)
    wish.addOption("leavePorts", False)
    wish.addOption("abortIfUnflattenable", "none")
    if document.convert(wish) != libsbml.LIBSBML_OPERATION_SUCCESS:
        errors, _ = _sorted_log(document, file)
        told = Problem("sbml.comp", "the hierarchical model cannot be flattened", file, 1)
        raise InputError([told, *errors][:_PROBLEMS])
    return True


def _consistent(document: Any, file: str | None) -> list[Problem]:
    """Run libSBML's checks; errors raise, warnings are returned."""
    document.getErrorLog().clearLog()
    for category, wanted in (
        (libsbml.LIBSBML_CAT_SBO_CONSISTENCY, False),
        (libsbml.LIBSBML_CAT_MODELING_PRACTICE, False),
        (libsbml.LIBSBML_CAT_UNITS_CONSISTENCY, True),
    ):
        document.setConsistencyChecks(category, wanted)
    document.checkConsistency()
    errors, warnings = _sorted_log(document, file)
    if errors:
        raise InputError(errors[:_PROBLEMS])
    return warnings
