"""Reading SED-ML Level 1, Versions 1 to 4; what is not done is refused by name, all of it at once."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from jakstat.errors import InputError, Problem, problem
from jakstat.exchange.plain_xml import attribute_of, elements, namespaces_at, parsed_xml
from jakstat.exchange.sedml_records import (
    Algorithm,
    DataGenerator,
    DataSet,
    ModelChange,
    ModelVariable,
    OneModel,
    PlotCurve,
    RepeatedTask,
    SedExperiment,
    SedFormula,
    SedModel,
    SedOutput,
    SetValue,
    Simulation,
    SubTask,
    TaskRange,
    XPath,
)
from jakstat.limits import LIMITS
from jakstat.numbers import read_number, read_whole

__all__ = ["read_sedml"]

_SPACE = re.compile(r"http://sed-ml\.org/(?:sed-ml/level1/version([234]))?$")
_V4 = 4
_CHANGES = {
    "changeAttribute": "attribute", "addXML": "add", "removeXML": "remove", "changeXML": "replace",
    "computeChange": "compute",
}  # fmt: skip
_NOT_DONE = {
    "analysis": "an analysis task", "parameterEstimationTask": "a parameter estimation",
    "parameterEstimationResultPlot": "a plot of a parameter estimation",
    "spatialSimulation": "a spatial simulation",
    "parameterEstimationReport": "a report of a parameter estimation", "waterfallPlot": "a waterfall plot",
}  # fmt: skip


def read_sedml(data: bytes, *, file: str) -> SedExperiment:
    """The experiment that a document describes.

    Parameters
    ----------
    data : bytes
    file : str
        For messages.

    Raises
    ------
    InputError
        As :func:`~jakstat.exchange.plain_xml.parsed_xml`; ``sedml.root``, ``sedml.level``; with every
        ``sedml.unsupported`` (what is not done, by name), ``sedml.value`` and ``sedml.reference``.

    Examples
    --------
    >>> text = b'<sedML xmlns="http://sed-ml.org/sed-ml/level1/version4" level="1" version="4"/>'
    >>> read_sedml(text, file="a.sedml").version
    4
    """
    root = parsed_xml(data, file=file)
    if root.localName != "sedML":
        raise problem("sedml.root", f"the document is <{root.tagName[:40]}>, not <sedML>", file=file)
    space = _SPACE.match(root.namespaceURI or "")
    version = read_whole(attribute_of(root, "version") or "0")
    if space is None or version is None or version != int(space[1] or 1):
        told = f"{root.namespaceURI}, version {attribute_of(root, 'version')}"
        hint = "Level 1 Versions 1 to 4 are read"
        raise problem("sedml.level", f"SED-ML of {told[:120]} is not known", file=file, hint=hint)
    return _SedReader(file, version).experiment(root)


class _SedReader:
    """One reading: notes every problem and goes on."""

    def __init__(self, file: str, version: int) -> None:
        self.file, self.version = file, version
        self.problems: list[Problem] = []

    def experiment(self, root: Any) -> SedExperiment:
        for found in elements(root, "listOfDataDescriptions"):
            if any(elements(found)):
                self.wrong(
                    "unsupported", "data files (dataDescription) are not read", "listOfDataDescriptions"
                )
        made = SedExperiment(
            self.version,
            tuple(map(self.model, self.listed(root, "listOfModels"))),
            tuple(filter(None, map(self.simulation, self.listed(root, "listOfSimulations")))),
            tuple(filter(None, map(self.task, self.listed(root, "listOfTasks")))),
            tuple(map(self.generator, self.listed(root, "listOfDataGenerators"))),
            tuple(filter(None, map(self.output, self.listed(root, "listOfOutputs")))),
        )
        self.check(made)
        if self.problems:
            raise InputError(self.problems[:50])
        return made

    def wrong(self, code: str, message: str, where: str, hint: str = "") -> None:
        known = {
            "unsupported": "sedml.unsupported", "value": "sedml.value", "reference": "sedml.reference"
        }  # fmt: skip
        self.problems.append(Problem(known[code], message, file=self.file, field=where, hint=hint))

    def listed(self, parent: Any, name: str) -> Iterator[Any]:
        count = 0
        for group in elements(parent, name):
            for child in elements(group):
                if child.localName in ("notes", "annotation"):
                    continue
                count += 1
                if count > LIMITS.sedml_items:
                    self.wrong("value", f"{name} has too many entries", name, f"at most {LIMITS.sedml_items}")
                    return
                yield child

    def number(self, element: Any, name: str, *, least: float = -math.inf, default: str = "") -> float:
        text = attribute_of(element, name) or default
        found = read_number(text)
        if found is None or found < least:
            self.wrong(
                "value",
                f"{name} is '{text[:40]}'",
                _id(element),
                "a finite number" + ("" if least == -math.inf else f" of at least {least:g}"),
            )
            return max(least, 1.0)
        return found

    def steps(self, element: Any) -> int:
        """``numberOfSteps``; in old versions ``numberOfPoints``, which means the same."""
        name = "numberOfSteps" if element.hasAttribute("numberOfSteps") else "numberOfPoints"
        found = read_whole(attribute_of(element, name))
        if found is None or not 1 <= found <= LIMITS.time_points - 1:
            told = attribute_of(element, name)[:40]
            self.wrong("value", f"{name} is '{told}'", _id(element), f"1 to {LIMITS.time_points - 1}")
            return 1
        return found

    def model(self, element: Any) -> SedModel:
        changes = tuple(filter(None, map(self.change, self.listed(element, "listOfChanges"))))
        return SedModel(
            _id(element), attribute_of(element, "language"), attribute_of(element, "source").strip(), changes
        )

    def change(self, element: Any) -> ModelChange | None:
        kind = _CHANGES.get(element.localName)
        if kind is None:
            self.wrong("unsupported", f"the change <{element.localName}> is not known", element.localName)
            return None
        target = self.path(element)
        inner = tuple(e for new in elements(element, "newXML") for e in elements(new))
        formula = self.formula(element) if kind == "compute" else None
        return ModelChange(kind, target, attribute_of(element, "newValue"), inner, formula)

    def path(self, element: Any) -> XPath:
        return XPath(attribute_of(element, "target"), namespaces_at(element))

    def formula(self, element: Any) -> SedFormula:
        maths = list(elements(element, "math"))
        if not maths:
            self.wrong("value", "there is no math", _id(element))
        constants = {_id(p): self.number(p, "value") for p in self.listed(element, "listOfParameters")}
        variables = tuple(map(self.variable, self.listed(element, "listOfVariables")))
        for variable in elements(element, "variable"):  # phraSED-ML writes it so in computeChange
            variables = (*variables, self.variable(variable))
        return SedFormula(maths[0] if maths else None, variables, constants)

    def variable(self, element: Any) -> ModelVariable:
        target = attribute_of(element, "target")
        if target.startswith("#"):
            self.wrong("unsupported", f"the variable reads the data source '{target[:40]}'", _id(element))
        if element.hasAttribute("dimensionTerm") or element.hasAttribute("dimensionDescription"):
            self.wrong("unsupported", "a variable over dimensions is not read", _id(element))
        path = self.path(element) if target else None
        return ModelVariable(
            _id(element), path, attribute_of(element, "symbol") or attribute_of(element, "term"),
            attribute_of(element, "taskReference"), attribute_of(element, "modelReference"),
        )  # fmt: skip

    def simulation(self, element: Any) -> Simulation | None:
        name, kind = _id(element), element.localName
        algorithm = self.algorithm(element)
        if kind == "steadyState":
            return Simulation(name, "steady", algorithm)
        if kind == "oneStep":
            return Simulation(name, "step", algorithm, step=self.number(element, "step", least=0.0))
        if kind == "uniformTimeCourse":
            initial = self.number(element, "initialTime", default="0")
            start = self.number(element, "outputStartTime", least=initial, default="0")
            end = self.number(element, "outputEndTime", least=start)
            return Simulation(name, "uniform", algorithm, initial, start, end, self.steps(element))
        told = _NOT_DONE.get(kind, f"the simulation <{kind}>")
        self.wrong("unsupported", f"{told} is not done", name)
        return None

    def algorithm(self, element: Any) -> Algorithm:
        for found in elements(element, "algorithm"):
            given = {
                _kisao(p): attribute_of(p, "value") for p in self.listed(found, "listOfAlgorithmParameters")
            }
            return Algorithm(_kisao(found), given)
        return Algorithm()

    def task(self, element: Any) -> OneModel | RepeatedTask | None:
        name, kind = _id(element), element.localName
        if kind == "task":
            return OneModel(
                name, attribute_of(element, "modelReference"), attribute_of(element, "simulationReference")
            )
        if kind != "repeatedTask":
            told = _NOT_DONE.get(kind, f"the task <{kind}>")
            self.wrong("unsupported", f"{told} is not done", name)
            return None
        subtasks = [
            SubTask(
                attribute_of(e, "task"), read_whole(attribute_of(e, "order") or "0") or 0, self.settings(e)
            )
            for e in self.listed(element, "listOfSubTasks")
        ]
        return RepeatedTask(
            name,
            attribute_of(element, "range"),
            attribute_of(element, "resetModel").strip() in ("true", "1"),
            tuple(filter(None, map(self.range, self.listed(element, "listOfRanges")))),
            self.settings(element),
            tuple(sorted(subtasks, key=lambda s: s.order)),
        )

    def settings(self, element: Any) -> tuple[SetValue, ...]:
        found = []
        for change in self.listed(element, "listOfChanges"):
            if change.localName != "setValue":
                self.wrong(
                    "unsupported", f"<{change.localName}> in a repeated task is not done", _id(element)
                )
                continue
            found.append(
                SetValue(
                    attribute_of(change, "modelReference"), self.path(change), attribute_of(change, "range"),
                    self.formula(change),
                )
            )  # fmt: skip
        return tuple(found)

    def range(self, element: Any) -> TaskRange | None:
        name, kind = _id(element), element.localName
        if kind == "uniformRange":
            start, end, count = (
                self.number(element, "start"),
                self.number(element, "end"),
                self.steps(element) + 1,
            )
            if count > LIMITS.sedml_repeats:
                self.wrong("value", f"{count} repeats are too many", name, f"at most {LIMITS.sedml_repeats}")
                return None
            if attribute_of(element, "type") in ("", "linear"):
                return TaskRange(name, tuple(np.linspace(start, end, count).tolist()))
            if start > 0 and end > 0:
                return TaskRange(name, tuple(np.geomspace(start, end, count).tolist()))
            self.wrong("value", "a logarithmic range needs numbers above 0", name)
            return None
        if kind == "vectorRange":
            texts = [
                "".join(c.data for c in e.childNodes if c.nodeType == c.TEXT_NODE)
                for e in elements(element, "value")
            ]
            numbers = [read_number(t.strip()) for t in texts]
            if None in numbers or not 1 <= len(numbers) <= LIMITS.sedml_repeats:
                self.wrong("value", "the values are no numbers, none or too many", name)
                return None
            return TaskRange(name, tuple(float(n) for n in numbers if n is not None))
        if kind == "functionalRange":
            return TaskRange(name, (), attribute_of(element, "range"), self.formula(element))
        self.wrong("unsupported", f"the range <{kind}> is not done", name)
        return None

    def generator(self, element: Any) -> DataGenerator:
        return DataGenerator(_id(element), attribute_of(element, "name"), self.formula(element))

    def output(self, element: Any) -> SedOutput | None:
        name, kind = _id(element), element.localName
        title = attribute_of(element, "name")
        if kind == "report":
            sets = tuple(
                DataSet(_id(e), attribute_of(e, "label") or _id(e), attribute_of(e, "dataReference"))
                for e in self.listed(element, "listOfDataSets")
            )
            return SedOutput(name, title, kind, sets)
        if kind == "plot2D":
            return SedOutput(name, title, kind, curves=self.curves(element, "listOfCurves", ("x", "y")))
        if kind == "plot3D":
            return SedOutput(
                name, title, kind, curves=self.curves(element, "listOfSurfaces", ("x", "y", "z"))
            )
        if kind == "figure":  # an arrangement of plots that stand in the list themselves
            return None
        self.wrong("unsupported", f"{_NOT_DONE.get(kind, f'the output <{kind}>')} is not done", name)
        return None

    def curves(self, plot: Any, group: str, axes: tuple[str, ...]) -> tuple[PlotCurve, ...]:
        of_plot = {a: next((attribute_of(e, "type") for e in elements(plot, f"{a}Axis")), "") for a in axes}
        found = []
        for e in self.listed(plot, group):
            if e.localName not in ("curve", "surface"):
                self.wrong("unsupported", f"<{e.localName}> in a plot is not drawn", _id(e))
                continue
            data = tuple(attribute_of(e, f"{a}DataReference") for a in axes)
            logs = tuple(
                of_plot[a].startswith("log") or attribute_of(e, f"log{a.upper()}") in ("true", "1")
                for a in axes
            )
            found.append(PlotCurve(_id(e), attribute_of(e, "name"), data, logs))
        return tuple(found)

    def check(self, made: SedExperiment) -> None:
        """Ids are there, each once, and every reference finds its element."""
        for told, items in (("model", made.models), ("simulation", made.simulations), ("task", made.tasks),
                            ("data generator", made.generators), ("output", made.outputs)):  # fmt: skip
            ids = [item.id for item in items]
            if "" in ids or len(set(ids)) < len(ids):
                self.wrong("reference", f"a {told} has no id, or one that another has", told)
        if self.problems:
            return
        refers = self.referrer()
        models, simulations = {m.id for m in made.models}, {s.id for s in made.simulations}
        tasks, generators = {t.id for t in made.tasks}, {g.id for g in made.generators}
        for model in made.models:
            if model.source.startswith("#"):
                refers(model.source[1:], models, "model", model.id)
        for task in made.tasks:
            if isinstance(task, OneModel):
                refers(task.model, models, "model", task.id)
                refers(task.simulation, simulations, "simulation", task.id)
                continue
            refers(task.range, {r.id for r in task.ranges}, "range", task.id)
            for sub in task.subtasks:
                refers(sub.task, tasks, "task", task.id)
            for setting in (*task.changes, *(c for s in task.subtasks for c in s.changes)):
                refers(setting.model, models, "model", task.id)
        for generator in made.generators:
            for v in generator.formula.variables:
                refers(v.task, tasks, "task", generator.id)
        for output in made.outputs:
            for data in (*(s.data for s in output.sets), *(d for c in output.curves for d in c.data)):
                refers(data, generators, "data generator", output.id)

    def referrer(self) -> Callable[[str, set[str], str, str], None]:
        def refers(name: str, known: set[str], kind: str, where: str) -> None:
            if name not in known:
                self.wrong("reference", f"there is no {kind} '{name[:60]}'", where)

        return refers


def _id(element: Any) -> str:
    return attribute_of(element, "id") or (
        element.localName if element.localName in ("variable", "setValue") else ""
    )


def _kisao(element: Any) -> int:
    found = re.fullmatch(
        r"(?:http://www\.biomodels\.net/kisao/KISAO#)?KISAO[:_](\d{1,7})",
        attribute_of(element, "kisaoID").strip(),
    )
    return int(found[1]) if found else 0
