"""What a SED-ML document shows: its data generators worked out, as columns of reports and lines of plots."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jakstat.errors import Note, Outcome, Problem, problem
from jakstat.exchange.mathml import evaluated
from jakstat.exchange.model_changes import changed_models
from jakstat.exchange.sedml_records import DataGenerator, DataSet, SedExperiment, SedOutput
from jakstat.exchange.sedml_tasks import TaskPiece, TaskRunner

__all__ = ["DataPiece", "Shown", "ShownOutput", "shown"]


@dataclass(frozen=True)
class DataPiece:
    """Values of a data generator in one simulation, shape (times,), with the numbers of its repeats."""

    repeats: tuple[int, ...]
    values: NDArray[np.float64]


@dataclass(frozen=True)
class ShownOutput:
    """One output: columns by label, each a tuple of pieces; for a plot the axes that are logarithmic.

    ``lines`` are (name, labels of the data on its axes, which of them are logarithmic).
    """

    id: str
    name: str
    kind: str
    columns: Mapping[str, tuple[DataPiece, ...]]
    lines: tuple[tuple[str, tuple[str, ...], tuple[bool, ...]], ...] = ()

    def rows(self) -> Iterator[dict[str, Any]]:
        """The columns side by side: a row per point, with the number of the repeat where there are some."""
        pieces = list(self.columns.values())
        for number in range(max(map(len, pieces), default=0)):
            here = {
                label: found[number if len(found) > 1 else 0]
                for label, found in self.columns.items()
                if number < len(found) or len(found) == 1
            }
            repeats = max((p.repeats for p in here.values()), key=len)
            length = max(len(p.values) for p in here.values())
            for point in range(length):
                row: dict[str, Any] = {f"repeat_{i}" if i else "repeat": n + 1 for i, n in enumerate(repeats)}
                for label, piece in here.items():
                    at = 0 if len(piece.values) == 1 else point
                    value = float(piece.values[at]) if at < len(piece.values) else math.nan
                    row[label] = value if math.isfinite(value) else None
                yield row


@dataclass(frozen=True)
class Shown:
    """Everything a document shows, how its simulations ended, and what was replaced on the way."""

    outputs: tuple[ShownOutput, ...]
    outcomes: tuple[Outcome, ...]
    notes: tuple[Note, ...]
    warnings: tuple[Problem, ...]
    tasks: tuple[str, ...] = field(default=())


def shown(
    experiment: SedExperiment,
    source: Callable[[str, str], tuple[bytes, str]],
    *,
    file: str,
    task: str | None = None,
    assume_zero: bool = False,
    assume_one_stoichiometry: bool = False,
) -> Shown:
    """Do the tasks of a document and work out its outputs.

    Parameters
    ----------
    experiment : SedExperiment
    source : callable
        As in :func:`~jakstat.exchange.model_changes.changed_models`.
    file : str
        For messages.
    task : str, optional
        Do this task alone, and show the outputs that need no other.
    assume_zero, assume_one_stoichiometry : bool
        As in :func:`~jakstat.engine.load.load_sbml`.

    Raises
    ------
    InputError
        Everything that is not understood or not done, by name; ``sedml.task`` for an unknown ``task``;
        ``sedml.empty`` where there is nothing to show.
    """
    texts, notes = changed_models(experiment, source, file=file)
    runner = TaskRunner(
        experiment, texts, file, assume_zero=assume_zero, assume_one_stoichiometry=assume_one_stoichiometry
    )
    runner.notes[:0] = notes
    known = [t.id for t in experiment.tasks]
    if task is not None and task not in known:
        raise problem(
            "sedml.task", f"no task '{task[:60]}'", field="--task", hint="one of " + ", ".join(known)
        )
    generators = {g.id: g for g in experiment.generators}
    everything = SedOutput(
        "data", "", "report", tuple(DataSet(g.id, g.name or g.id, g.id) for g in experiment.generators)
    )
    outputs = [
        o
        for o in experiment.outputs or (everything,)
        if task is None or all(_tasks_of(generators[d]) <= {task} for d in _data_of(o))
    ]
    if not any(_data_of(o) for o in outputs):
        hint = "an output (report or plot) says what is to be computed"
        raise problem("sedml.empty", "the document shows nothing", file=file, hint=hint)
    needed = list(dict.fromkeys(d for o in outputs for d in _data_of(o)))
    used = [t for t in known if any(t in _tasks_of(generators[d]) for d in needed)]
    pieces: dict[str, list[TaskPiece]] = {}
    for name in used:
        wanted = [v for d in needed for v in generators[d].formula.variables if v.task == name]
        pieces[name] = runner.done(name, wanted)
    values = {d: _generated(generators[d], pieces, runner) for d in needed}
    ends = tuple(p.outcome for name in used for p in pieces[name])
    made = tuple(_shown(o, values, generators) for o in outputs)
    return Shown(made, ends, tuple(dict.fromkeys(runner.notes)), tuple(runner.warnings), tuple(used))


def _tasks_of(generator: DataGenerator) -> set[str]:
    return {v.task for v in generator.formula.variables}


def _data_of(output: SedOutput) -> list[str]:
    return [*(s.data for s in output.sets), *(d for c in output.curves for d in c.data)]


def _generated(
    generator: DataGenerator, pieces: Mapping[str, list[TaskPiece]], runner: TaskRunner
) -> tuple[DataPiece, ...]:
    """The formula of a data generator over what its tasks gave, simulation by simulation."""
    formula = generator.formula
    tasks = sorted(_tasks_of(generator))
    count = max((len(pieces[t]) for t in tasks), default=1)
    longest = next((t for t in tasks if len(pieces[t]) == count), None)
    found = []
    for number in range(count):
        values: dict[str, Any] = dict(formula.constants)
        for variable in formula.variables:
            of = pieces[variable.task]
            piece = of[number] if len(of) == count else of[0]
            reads = runner.reads(variable.task, variable)
            here = [piece.values[key] for key in reads.items() if key in piece.values]
            if not here:
                message = f"the variable '{variable.id}' is of a model that its task does not use"
                raise problem("sedml.reference", message, file=runner.file, field=generator.id)
            values[variable.id] = here[0]
        arrays = [v for v in values.values() if isinstance(v, np.ndarray)]
        lengths = {len(a) for a in arrays} - {1}
        if len(lengths) > 1:
            message = f"data of {' and '.join(map(str, sorted(lengths)))} points are joined in one formula"
            raise problem("sedml.value", message, file=runner.file, field=generator.id)
        value = np.asarray(evaluated(formula.math, values, file=runner.file, where=generator.id), dtype=float)
        repeats = pieces[longest][number].repeats if longest is not None else ()
        found.append(DataPiece(repeats, np.atleast_1d(value)))
    return tuple(found)


def _shown(
    output: SedOutput, values: Mapping[str, tuple[DataPiece, ...]], generators: Mapping[str, DataGenerator]
) -> ShownOutput:
    if output.kind == "report":
        columns: dict[str, tuple[DataPiece, ...]] = {}
        for one in output.sets:
            columns[one.label if one.label not in columns else one.id] = values[one.data]
        return ShownOutput(output.id, output.name, output.kind, columns)
    columns, lines = {}, []
    for curve in output.curves:
        labels = tuple(generators[d].name or d for d in curve.data)
        labels = tuple(
            d if columns.get(n, values[d]) is not values[d] else n
            for d, n in zip(curve.data, labels, strict=True)
        )
        columns.update((n, values[d]) for d, n in zip(curve.data, labels, strict=True))
        lines.append((curve.name or labels[-1], labels, curve.logarithmic))
    return ShownOutput(output.id, output.name, output.kind, columns, tuple(lines))
