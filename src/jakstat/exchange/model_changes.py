"""The models of a SED-ML document with their changes made: on the XML, as the specification says.

A new initial value of a species or parameter takes the place of its initial assignment too, which would
otherwise hide it without a word (simulators differ there); a note says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from jakstat.errors import Note, problem
from jakstat.exchange.element_paths import PathParts, found_by, path_parts
from jakstat.exchange.mathml import evaluated
from jakstat.exchange.plain_xml import attribute_of, elements, namespaces_at, parsed_xml
from jakstat.exchange.sedml_records import ModelChange, SedExperiment, SedFormula, SedModel, XPath
from jakstat.limits import LIMITS
from jakstat.numbers import read_number

__all__ = ["changed_models"]

_INITIAL = {"initialConcentration": "initialAmount", "initialAmount": "initialConcentration"}
_SIZED = {*_INITIAL, "value", "size"}


@dataclass(frozen=True)
class _ModelText:
    """A model as it lies in its file, and as a tree once something is changed or asked of it."""

    data: bytes
    file: str


def changed_models(
    experiment: SedExperiment, source: Callable[[str, str], tuple[bytes, str]], *, file: str
) -> tuple[Mapping[str, tuple[bytes, str]], tuple[Note, ...]]:
    """The SBML of every model, with the name of the file it comes from.

    Parameters
    ----------
    experiment : SedExperiment
    source : callable
        ``source(text, model_id)`` gives the bytes and the name of what a model's source names.
    file : str
        Of the SED-ML document, for messages.

    Raises
    ------
    InputError
        ``sedml.path`` for a change that finds nothing, ``sedml.reference``, ``sedml.unsupported``.

    Examples
    --------
    >>> experiment = SedExperiment(4, (SedModel("m", "", "m.xml"),), (), (), (), ())
    >>> changed_models(experiment, lambda name, _: (b"<sbml/>", name), file="a.sedml")[0]
    {'m': (b'<sbml/>', 'm.xml')}
    """
    return _SourcedModels(experiment, source, file).all()


class _SourcedModels:
    def __init__(
        self, experiment: SedExperiment, source: Callable[[str, str], tuple[bytes, str]], file: str
    ) -> None:
        self.by_id = {m.id: m for m in experiment.models}
        self.source, self.file = source, file
        self.made: dict[str, _ModelText] = {}
        self.notes: list[Note] = []
        self.under_way: list[str] = []

    def all(self) -> tuple[Mapping[str, tuple[bytes, str]], tuple[Note, ...]]:
        found = {name: self.text(name) for name in self.by_id}
        return {n: (t.data, t.file) for n, t in found.items()}, tuple(self.notes)

    def text(self, name: str) -> _ModelText:
        if name in self.made:
            return self.made[name]
        if len(self.under_way) > LIMITS.sedml_nesting:
            message, hint = "models are derived of models too often", f"at most {LIMITS.sedml_nesting} times"
            raise problem("sedml.reference", message, file=self.file, field=name, hint=hint)
        if name in self.under_way:
            message = "models are derived of each other in a circle: " + " -> ".join([*self.under_way, name])
            raise problem("sedml.reference", message, file=self.file, field=name)
        self.under_way.append(name)
        model = self.by_id[name]
        _check_language(model, self.file)
        base = model.source.removeprefix("#")
        if model.source.startswith("#") or (base in self.by_id and base != name and "." not in base):
            start = self.text(base)  # phraSED-ML leaves the # out
        else:
            start = _ModelText(*self.source(model.source, model.id))
        self.made[name] = self.changed(model, start) if model.changes else start
        self.under_way.pop()
        return self.made[name]

    def changed(self, model: SedModel, start: _ModelText) -> _ModelText:
        root = parsed_xml(start.data, file=start.file)
        for number, change in enumerate(model.changes, 1):
            where = f"{model.id}: change {number}"
            parts = path_parts(change.target, file=self.file, where=where)
            found = found_by(parts, root)
            if not found:
                message = f"'{change.target.text[:120]}' finds nothing in '{start.file}'"
                raise problem("sedml.path", message, file=self.file, field=where)
            self.apply(change, parts, found, root, where)
        return _ModelText(root.ownerDocument.toxml(encoding="utf-8"), start.file)

    def apply(self, change: ModelChange, parts: PathParts, found: list[Any], root: Any, where: str) -> None:
        if change.kind in ("attribute", "compute"):
            if not parts.attribute:
                message = f"'{change.target.text[-80:]}' names no attribute"
                raise problem("sedml.path", message, file=self.file, field=where)
            value = change.value
            if change.formula is not None:
                value = repr(self.computed(change.formula, root, where))
            for element in found:
                self.set(element, parts.attribute, value, root, where)
            return
        for element in found:
            if change.kind == "remove" and parts.attribute:
                if element.hasAttribute(parts.attribute):
                    element.removeAttribute(parts.attribute)
            elif change.kind == "add":
                for new in change.xml:
                    element.appendChild(_brought(new, root))
            else:
                for new in change.xml if change.kind == "replace" else ():
                    element.parentNode.insertBefore(_brought(new, root), element)
                _taken_out(element)

    def set(self, element: Any, attribute: str, value: str, root: Any, where: str) -> None:
        element.setAttribute(attribute, value)
        other = _INITIAL.get(attribute)
        if other is not None and element.hasAttribute(other):
            element.removeAttribute(other)  # a species has one of the two
        if attribute not in _SIZED:
            return
        name = attribute_of(element, "id")
        for assignment in list(root.getElementsByTagNameNS("*", "initialAssignment")):
            if attribute_of(assignment, "symbol") == name:
                _taken_out(assignment)
                text = (
                    f"{name} had an initial assignment, which would have hidden the change; the change counts"
                )
                self.notes.append(Note("sedml.assigned", where, text))
        for rule in root.getElementsByTagNameNS("*", "assignmentRule"):
            if attribute_of(rule, "variable") == name:
                text = f"{name} follows an assignment rule, so that the change of its value does nothing"
                self.notes.append(Note("sedml.assigned", where, text))

    def computed(self, formula: SedFormula, root: Any, where: str) -> float:
        values: dict[str, float] = dict(formula.constants)
        for variable in formula.variables:
            of = root
            if variable.model and self.by_id.get(variable.model) and variable.model not in self.under_way:
                text = self.text(variable.model)
                of = parsed_xml(text.data, file=text.file)
            values[variable.id] = self.value(variable.target or XPath(""), of, where)
        return float(evaluated(formula.math, values, file=self.file, where=where))

    def value(self, target: XPath, root: Any, where: str) -> float:
        parts = path_parts(target, file=self.file, where=where)
        for element in found_by(parts, root):
            names = [parts.attribute] if parts.attribute else ["value", "size", *_INITIAL]
            numbers = [read_number(attribute_of(element, n)) for n in names if element.hasAttribute(n)]
            if numbers and numbers[0] is not None:
                return numbers[0]
        message = f"'{target.text[:120]}' finds no number"
        raise problem("sedml.path", message, file=self.file, field=where)


def _taken_out(element: Any) -> None:
    """Remove an element, and the list that it leaves empty: SBML Level 3 Version 1 allows no empty list."""
    parent = element.parentNode
    parent.removeChild(element)
    if str(parent.localName).startswith("listOf") and not any(elements(parent)):
        parent.parentNode.removeChild(parent)


def _check_language(model: SedModel, file: str) -> None:
    told = model.language.strip().lower()
    if told and "sbml" not in told:
        message = f"the model is in {model.language[:80]}"
        raise problem("sedml.unsupported", message, file=file, field=model.id, hint="SBML is read")


def _brought(new: Any, root: Any) -> Any:
    """A copy of an element in another document, with the namespaces that held where it stood."""
    copy = root.ownerDocument.importNode(new, True)
    for prefix, space in namespaces_at(new).items():
        name = f"xmlns:{prefix}" if prefix else "xmlns"
        if not copy.hasAttribute(name) and not space.startswith("http://sed-ml.org/"):
            copy.setAttribute(name, space)
    return copy
