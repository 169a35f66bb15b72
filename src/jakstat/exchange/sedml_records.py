"""A simulation experiment as SED-ML (Level 1) says it, checked and typed.

The words are those of the specification (sed-ml.org, Level 1 Version 4; doi:10.1186/1752-0509-5-198).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = [
    "Algorithm",
    "DataGenerator",
    "DataSet",
    "ModelChange",
    "ModelVariable",
    "OneModel",
    "PlotCurve",
    "RepeatedTask",
    "SedExperiment",
    "SedFormula",
    "SedModel",
    "SedOutput",
    "SetValue",
    "Simulation",
    "SubTask",
    "TaskRange",
    "XPath",
]


@dataclass(frozen=True, slots=True)
class XPath:
    """A path to an element or attribute of a model, with the namespaces of its prefixes."""

    text: str
    spaces: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ModelVariable:
    """A value of a model: what ``target`` points to, or a ``symbol`` such as the time.

    ``task`` or ``model`` says whose; ``symbol`` beside a target says as what (amount or concentration).
    """

    id: str
    target: XPath | None = None
    symbol: str = ""
    task: str = ""
    model: str = ""


@dataclass(frozen=True, slots=True)
class SedFormula:
    """MathML (a DOM element) over variables and constants."""

    math: Any
    variables: tuple[ModelVariable, ...] = ()
    constants: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ModelChange:
    """One change of a model: ``kind`` is attribute, add, remove, replace or compute."""

    kind: str
    target: XPath
    value: str = ""
    xml: tuple[Any, ...] = ()
    formula: SedFormula | None = None


@dataclass(frozen=True, slots=True)
class SedModel:
    """A model: a file, or another model by ``#id``, and what is changed in it."""

    id: str
    language: str
    source: str
    changes: tuple[ModelChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Algorithm:
    """A method by its KiSAO number (0 where none is given), and its parameters by theirs."""

    kisao: int = 0
    parameters: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Simulation:
    """What is done with a model: ``kind`` is uniform, step or steady.

    Parameters
    ----------
    id, kind : str
    algorithm : Algorithm
    initial, start, end : float
        Where the model begins, and the first and last time that is kept.
    steps : int
        Steps from ``start`` to ``end``: one less than the times.
    step : float
        Length of the one step.
    """

    id: str
    kind: str
    algorithm: Algorithm = Algorithm()
    initial: float = 0.0
    start: float = 0.0
    end: float = 0.0
    steps: int = 0
    step: float = 0.0


@dataclass(frozen=True, slots=True)
class OneModel:
    """A task: one simulation of one model."""

    id: str
    model: str
    simulation: str


@dataclass(frozen=True, slots=True)
class TaskRange:
    """What a repeated task goes through: numbers, or a formula of another range."""

    id: str
    values: tuple[float, ...] = ()
    of: str = ""
    formula: SedFormula | None = None


@dataclass(frozen=True, slots=True)
class SetValue:
    """A value given to a model before a repeat."""

    model: str
    target: XPath
    range: str
    formula: SedFormula


@dataclass(frozen=True, slots=True)
class SubTask:
    """A task that is done in each repeat, in ``order``, after changes of its own."""

    task: str
    order: int
    changes: tuple[SetValue, ...] = ()


@dataclass(frozen=True, slots=True)
class RepeatedTask:
    """Tasks done again for every value of a range."""

    id: str
    range: str
    reset: bool
    ranges: tuple[TaskRange, ...]
    changes: tuple[SetValue, ...]
    subtasks: tuple[SubTask, ...]


@dataclass(frozen=True, slots=True)
class DataGenerator:
    """A formula of what tasks gave."""

    id: str
    name: str
    formula: SedFormula


@dataclass(frozen=True, slots=True)
class DataSet:
    """A column of a report."""

    id: str
    label: str
    data: str


@dataclass(frozen=True, slots=True)
class PlotCurve:
    """A line or surface of a plot by its data generators, and which axes are logarithmic."""

    id: str
    name: str
    data: tuple[str, ...]
    logarithmic: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class SedOutput:
    """A report or a plot: ``kind`` is report, plot2D or plot3D."""

    id: str
    name: str
    kind: str
    sets: tuple[DataSet, ...] = ()
    curves: tuple[PlotCurve, ...] = ()


@dataclass(frozen=True, slots=True)
class SedExperiment:
    """A whole document."""

    version: int
    models: tuple[SedModel, ...]
    simulations: tuple[Simulation, ...]
    tasks: tuple[OneModel | RepeatedTask, ...]
    generators: tuple[DataGenerator, ...]
    outputs: tuple[SedOutput, ...]
