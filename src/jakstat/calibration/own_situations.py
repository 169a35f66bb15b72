"""What was done to a user's cells, as the experiments of a calibration problem.

Names, units and doses go through the plan of a protocol, as in ``jakstat simulate``, so that both give the
cells the same.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from jakstat.biology import part_names
from jakstat.biology.contexts import context
from jakstat.biology.selection import defined_in
from jakstat.calibration.formula import constant_formula
from jakstat.calibration.own_points import CourseSituation, OwnPoint, OwnPoints, lines_in_words
from jakstat.calibration.problem import ConditionChange, FitExperiment, Period
from jakstat.engine.doses import Dose
from jakstat.errors import InputError, Problem
from jakstat.experiment.plan import Plan, make_plan, protocol_parts
from jakstat.experiment.protocol import Protocol, Sampling
from jakstat.experiment.question import question
from jakstat.experiment.readouts import Readout, find_readouts, read_readout
from jakstat.experiment.resting import AT_REST, Loaded, loaded_cell
from jakstat.pharmacology import nearest_names, unknown

__all__ = ["LaidOut", "course_protocol", "lay_out"]

_MEDIUM = "medium"


@dataclass(frozen=True)
class LaidOut:
    """The model that the points are of, and an experiment for each situation.

    Parameters
    ----------
    context : str
    cell : Loaded
    situations : tuple of CourseSituation
    experiments : tuple of FitExperiment
        In their order; ids ``situation_1``, ``situation_2``, ...
    words : tuple of str
        What was done, in words.
    readouts : mapping of name in the table to Readout
    notes : tuple of str
    """

    context: str
    cell: Loaded
    situations: tuple[CourseSituation, ...]
    experiments: tuple[FitExperiment, ...]
    words: tuple[str, ...]
    readouts: dict[str, Readout]
    notes: tuple[str, ...]


def course_protocol(
    name: str, situation: CourseSituation, *, parts: Sequence[str], until: float, observe: Iterable[str] = (),
    times: Iterable[float] = (),
) -> Protocol:  # fmt: skip
    """A situation as a protocol.

    Examples
    --------
    >>> course_protocol("hepg2", CourseSituation(), parts=["core"], until=2.0).until
    2.0
    """
    found = Protocol(
        name, situation.stimuli, situation.drugs, perturbations=situation.perturbations, until=until,
        observe=tuple(observe), sampling=Sampling(2, tuple(times)), parts=tuple(parts),
    )  # fmt: skip
    return replace(found, until=max(until, *found.moments(), until))


def lay_out(
    name: str, found: OwnPoints, *, parts: Sequence[str] = ("core",), more: Sequence[str] = ()
) -> tuple[LaidOut | None, list[Problem]]:
    """The experiments of a table on the model of a cell, and everything that does not fit the two together.

    Parameters
    ----------
    name : str
        The context.
    found : OwnPoints
    parts : sequence of str
        Parts of the cell, or sets of them; a drug brings its own.
    more : sequence of str
        Readouts to predict, besides those of the table.

    Raises
    ------
    InputError
        ``context.unknown``, ``part.unknown``.
    """
    name = context(name).name
    by_situation: dict[CourseSituation, list[OwnPoint]] = {}
    for point in found.points:
        by_situation.setdefault(point.situation, []).append(point)
    problems: list[Problem] = []
    brought: dict[str, None] = dict.fromkeys(protocol_parts(Protocol(name, parts=tuple(parts))))
    for situation in by_situation:
        brought |= dict.fromkeys(protocol_parts(course_protocol(name, situation, parts=parts, until=1.0)))
    cell = loaded_cell(name, tuple(p for p in part_names() if p in brought))
    readouts = _readouts(cell, found, more, problems)
    experiments: list[FitExperiment] = []
    words: list[str] = []
    notes: list[str] = []
    for number, (situation, points) in enumerate(by_situation.items(), 1):
        until = max((p.time_h for p in points), default=0.0)
        protocol = course_protocol(name, situation, parts=cell.assembly.parts, until=max(until, 1e-3))
        try:
            plan = make_plan(protocol, cell.assembly, cell.model.network)
            experiments.append(_experiment(f"situation_{number}", plan, cell))
        except InputError as error:
            where = lines_in_words(p.line for p in points)
            problems += [
                replace(p, message=f"{p.message} ({where})", file=found.file, line=points[0].line, field=None)
                for p in error.problems
            ]
            continue
        notes += plan.notes
        asked = question(protocol, cell.assembly.parts)
        words.append(", ".join([*asked["stimuli"], *asked["drugs"], *asked["perturb"]]) or "no stimulus")
    if problems or not experiments:
        return None, problems
    laid = LaidOut(
        name, cell, tuple(by_situation), tuple(experiments), tuple(words), readouts,
        tuple(dict.fromkeys(notes)),
    )  # fmt: skip
    return laid, problems


def _experiment(name: str, plan: Plan, cell: Loaded) -> FitExperiment:
    """A plan as periods: rest under what is in force from the first, then what is given at its time."""
    values = {p.id: p.value for p in cell.model.network.parameters}
    held = {k: float(v[0]) for k, v in plan.parameters.items()}
    rest = {**held, **{k: v for k, v in AT_REST.items() if k in values}}
    running = {**held, **{k: values[k] for k in AT_REST if values.get(k) is not None}}
    start = float(plan.times[0])
    by_time: dict[float, dict[str, float]] = {start: {k: v for k, v in running.items() if v is not None}}
    volume = next(row.value for row in cell.assembly.parameters if row.id == _MEDIUM)
    there: set[str] = set()
    for dose in plan.doses[0]:
        by_time.setdefault(dose.time, {})[dose.target] = _level(dose, volume, there, cell)
    periods = [Period(-math.inf, _changes(rest))]
    periods += [Period(time, _changes(by_time[time])) for time in sorted(by_time)]
    return FitExperiment(name, tuple(periods))


def _level(dose: Dose, volume: float, there: set[str], cell: Loaded) -> float:
    """The value that a dose sets: of a species of the medium its concentration."""
    species = {s.id: s for s in cell.model.network.species}
    if dose.target not in species:
        return dose.amount
    if dose.action == "add" and dose.amount > 0:
        if dose.target in there:
            message = f"{dose.target} is given twice in one course"
            hint = "a fit takes one dose of each; wash it out in between, or fit the first part"
            raise InputError([Problem("courses.dose", message, hint=hint)])
        there.add(dose.target)
    if dose.action == "set" and dose.amount == 0:
        there.discard(dose.target)
    size = volume if species[dose.target].compartment == _MEDIUM else 1.0
    return dose.amount / size


def _changes(values: dict[str, float]) -> tuple[ConditionChange, ...]:
    return tuple(ConditionChange(k, constant_formula(v)) for k, v in sorted(values.items()))


def _readouts(
    cell: Loaded, found: OwnPoints, more: Sequence[str], problems: list[Problem]
) -> dict[str, Readout]:
    """How each readout of the table, and each that is asked for, is read."""
    lines = found.named
    result: dict[str, Readout] = {}
    for name in dict.fromkeys([*lines, *(str(read_readout(text)) for text in more)]):
        read = _readout(name, cell)
        if read is not None:
            result[name] = replace(read, name=str(read.name))
            continue
        problem = _missing(name, cell)
        if name in lines:
            message = f"{problem.message} ({lines_in_words(lines[name])})"
            problems.append(replace(problem, message=message, file=found.file, line=lines[name][0]))
        else:
            problems.append(replace(problem, field="--predict"))
    return result


def _readout(name: str, cell: Loaded) -> Readout | None:
    """How a readout is read; None when the model does not have it."""
    try:
        return find_readouts([name], cell)[0]
    except InputError:
        return None


def _missing(name: str, cell: Loaded) -> Problem:
    """A readout that the model does not have: which part has it, or what it may have meant."""
    part = defined_in().get(name, "")
    if part and part not in cell.assembly.parts:
        hint = f"add --parts core,{part}"
        return Problem("observable.unknown", f"{name} is read from part {part}, not taken here", hint=hint)
    near = nearest_names(name, [*cell.assembly.observables])
    found = unknown("observable", name, cell.assembly.observables)
    return replace(found, hint=f"did you mean {' or '.join(near)}?") if near else found
