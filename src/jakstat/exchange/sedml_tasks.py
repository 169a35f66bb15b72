"""Doing the tasks of a SED-ML document: one after the other, repeats in the order of their range."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from jakstat.engine.load import load_sbml
from jakstat.errors import InputError, Note, Outcome, Problem, problem
from jakstat.exchange.element_paths import PathParts, path_parts
from jakstat.exchange.elsewhere import elsewhere
from jakstat.exchange.kisao_methods import SolvingMethod, chosen_method
from jakstat.exchange.mathml import evaluated
from jakstat.exchange.model_instance import ModelInstance, ReadAs, form_of
from jakstat.exchange.sedml_records import (
    ModelVariable,
    OneModel,
    RepeatedTask,
    SedExperiment,
    SedFormula,
    SetValue,
    TaskRange,
)
from jakstat.limits import LIMITS

__all__ = ["TaskPiece", "TaskRunner"]

_Setting = tuple[str, PathParts, float]
"""A model, what is set in it, and to what."""


@dataclass(frozen=True)
class TaskPiece:
    """What one simulation gave.

    Parameters
    ----------
    repeats : tuple of int
        Numbers of the repeats it was done in, the outermost first; and of the task among its subtasks.
    values : mapping
        Arrays of shape (times,) by (model id, quantity).
    outcome : Outcome
    """

    repeats: tuple[int, ...]
    values: Mapping[tuple[str, ReadAs], NDArray[np.float64]]
    outcome: Outcome


@dataclass
class TaskRunner:
    """The tasks of a document with their models.

    Parameters
    ----------
    experiment : SedExperiment
    texts : mapping of model id to (SBML, name of its file)
    file : str
        The document, for messages.
    assume_zero, assume_one_stoichiometry : bool
        As in :func:`~jakstat.engine.load.load_sbml`.
    """

    experiment: SedExperiment
    texts: Mapping[str, tuple[bytes, str]]
    file: str
    assume_zero: bool = False
    assume_one_stoichiometry: bool = False
    notes: list[Note] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    runs: int = 0

    def __post_init__(self) -> None:
        self.tasks = {t.id: t for t in self.experiment.tasks}
        self.simulations = {s.id: s for s in self.experiment.simulations}
        self.methods: dict[str, SolvingMethod] = {}
        for simulation in self.experiment.simulations:
            self.methods[simulation.id], told = chosen_method(simulation, file=self.file)
            self.notes += told
        self.instances: dict[str, ModelInstance] = {}
        self._circles()

    def instance(self, name: str) -> ModelInstance:
        """The model of an id, loaded when it is first needed."""
        if name not in self.instances:
            data, file = self.texts[name]
            try:
                model = load_sbml(
                    data, assume_zero=self.assume_zero, assume_one_stoichiometry=self.assume_one_stoichiometry
                )
            except InputError as error:
                raise InputError(_in_file(p, file) for p in error.problems) from None
            self.warnings += [_in_file(p, file) for p in model.report.warnings]
            self.notes += elsewhere(model.network, model.report)
            self.instances[name] = ModelInstance(name, model, self.file, notes=self.notes)
        return self.instances[name]

    def done(self, task_id: str, wanted: Iterable[ModelVariable]) -> list[TaskPiece]:
        """Do a task from fresh models, and read what is wanted.

        Raises
        ------
        InputError
            ``sedml.reference`` for tasks that repeat each other; ``sedml.path``; ``lanes.too-many``.
        """
        reads: dict[str, set[ReadAs]] = {}
        for variable in wanted:
            for model, read in self.reads(task_id, variable).items():
                reads.setdefault(model, set()).add(read)
        for name in self.models_of(task_id):
            self.instance(name).reset()
        return self._do(task_id, reads, ())

    def models_of(self, task_id: str) -> list[str]:
        """Ids of the models that a task uses."""
        return self.models[task_id]

    def reads(self, task_id: str, variable: ModelVariable) -> dict[str, ReadAs]:
        """What a variable reads, in each model of its task that has it."""
        models = [variable.model] if variable.model in self.texts else self.models_of(task_id)
        form = form_of(variable.symbol, file=self.file, where=variable.id)
        if form == "time":
            return {m: ReadAs("", "time") for m in models}
        if variable.target is None:
            message = f"the variable '{variable.id}' has neither target nor symbol"
            raise problem("sedml.value", message, file=self.file, field=variable.id)
        parts = path_parts(variable.target, file=self.file, where=variable.id)
        if parts.attribute in ("initialConcentration", "initialAmount"):
            form = {"initialConcentration": "concentration", "initialAmount": "amount"}[parts.attribute]
        return {m: self.instance(m).read(parts, form, variable.id) for m in models}

    def _circles(self) -> None:
        """Refuse tasks that repeat themselves, and more than is done in one go."""
        sizes: dict[str, tuple[int, int, int]] = {}
        models: dict[str, list[str]] = {}

        def size(name: str, above: tuple[str, ...]) -> tuple[int, int, int]:
            """Simulations and values of a quantity in all repeats, and how deep the repeats go."""
            task = self.tasks[name]
            if name in above:
                raise problem("sedml.reference", f"task '{name}' repeats itself", file=self.file, field=name)
            if name not in sizes:
                if isinstance(task, OneModel):
                    sizes[name] = (1, self.simulations[task.simulation].steps + 1, 0)
                    models[name] = [task.model]
                else:
                    deep = len(above) > LIMITS.sedml_nesting
                    parts = [] if deep else [size(s.task, (*above, name)) for s in task.subtasks]
                    level = max((p[2] for p in parts), default=0) + 1
                    if deep or level > LIMITS.sedml_nesting:
                        message, hint = "repeats are nested too deeply", f"at most {LIMITS.sedml_nesting}"
                        raise problem("sedml.reference", message, file=self.file, field=name, hint=hint)
                    times = self._length(task)
                    sizes[name] = (times * sum(p[0] for p in parts), times * sum(p[1] for p in parts), level)
                    models[name] = list(dict.fromkeys(m for s in task.subtasks for m in models[s.task]))
            return sizes[name]

        found = [size(name, ()) for name in self.tasks]
        runs, values = sum(f[0] for f in found), sum(f[1] for f in found)
        if runs > LIMITS.lanes or values * 8 > LIMITS.result_bytes:
            message = f"{runs} simulations with {values} times in all are too many"
            hint = f"at most {LIMITS.lanes} and {LIMITS.result_bytes // 8}"
            raise problem("lanes.too-many", message, file=self.file, hint=hint)
        self.models = models

    def _length(self, task: RepeatedTask) -> int:
        """How many values a range has that is a formula of another."""
        by_id = {r.id: r for r in task.ranges}
        found, seen = _range_of(task), set[str]()
        while found.of and found.id not in seen:
            seen.add(found.id)
            if found.of not in by_id:
                message = f"there is no range '{found.of[:60]}'"
                raise problem("sedml.reference", message, file=self.file, field=task.id)
            found = by_id[found.of]
        return len(found.values)

    def _do(
        self,
        name: str,
        reads: Mapping[str, set[ReadAs]],
        repeats: tuple[int, ...],
        outer: tuple[_Setting, ...] = (),
    ) -> list[TaskPiece]:
        task = self.tasks[name]
        if isinstance(task, OneModel):
            model = self.instance(task.model)
            simulation = self.simulations[task.simulation]
            wanted = reads.get(task.model, set())
            values, outcome = model.done(simulation, self.methods[simulation.id], wanted)
            self.runs += 1
            return [TaskPiece(repeats, {(task.model, w): v for w, v in values.items()}, outcome)]
        found = []
        for repeat in range(self._length(task)):
            if task.reset:
                for model_id in self.models_of(name):
                    self.instance(model_id).reset()
                self._again(outer, name)
            ranges = self._ranges(task, repeat)
            given = self._set(task.changes, ranges, task.id)
            for number, sub in enumerate(task.subtasks):
                more = self._set(sub.changes, ranges, task.id)
                inner = (*repeats, repeat, number) if len(task.subtasks) > 1 else (*repeats, repeat)
                found += self._do(sub.task, reads, inner, (*outer, *given, *more))
        return found

    def _ranges(self, task: RepeatedTask, repeat: int) -> dict[str, float]:
        """The value of every range in a repeat."""
        values: dict[str, float] = {}
        pending = list(task.ranges)
        while pending:
            ready = [r for r in pending if not r.of or r.of in values]
            if not ready:
                message = "ranges are formulas of each other in a circle"
                raise problem("sedml.reference", message, file=self.file, field=task.id)
            for one in ready:
                if one.formula is not None:
                    values[one.id] = self._value(one.formula, values, one.id)
                elif repeat < len(one.values):
                    values[one.id] = one.values[repeat]
                else:
                    message = f"range '{one.id}' has {len(one.values)} values, fewer than there are repeats"
                    raise problem("sedml.value", message, file=self.file, field=task.id)
                pending.remove(one)
        return values

    def _again(self, outer: tuple[_Setting, ...], name: str) -> None:
        """What outer repeats have set stays set when an inner one begins anew."""
        for model, parts, value in outer:
            self.instance(model).set(parts, value, name)
        text = "a reset keeps what the outer repeated task has set; other programs lose a part of it"
        if outer and (note := Note("sedml.reset", name, text)) not in self.notes:
            self.notes.append(note)

    def _set(
        self, changes: Iterable[SetValue], ranges: Mapping[str, float], where: str
    ) -> tuple[_Setting, ...]:
        """Make changes, all worked out before the first is made."""
        given = tuple(
            (
                change.model,
                path_parts(change.target, file=self.file, where=where),
                self._value(change.formula, ranges, where),
            )
            for change in changes
        )
        for model, parts, value in given:
            self.instance(model).set(parts, value, where)
        return given

    def _value(self, formula: SedFormula, ranges: Mapping[str, float], where: str) -> float:
        values = {**ranges, **formula.constants}
        for variable in formula.variables:
            model = (
                variable.model or next(iter(self.models_of(variable.task)), "")
                if variable.task
                else variable.model
            )
            if model not in self.texts or variable.target is None:
                message = f"the variable '{variable.id}' names no model and target"
                raise problem("sedml.reference", message, file=self.file, field=where)
            instance = self.instance(model)
            parts = path_parts(variable.target, file=self.file, where=where)
            values[variable.id] = instance.value(instance.read(parts, "value", where))
        return float(evaluated(formula.math, values, file=self.file, where=where))


def _range_of(task: RepeatedTask) -> TaskRange:
    return next(r for r in task.ranges if r.id == task.range)


def _in_file(found: Problem, file: str) -> Problem:
    return replace(found, file=file)
