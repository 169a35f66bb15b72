"""All conditions of all experiments, each simulated once for every parameter vector."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from jakstat.arrays import Floats
from jakstat.biology import CORE_PARTS, context
from jakstat.biology.draws import draw_vectors
from jakstat.biology.selection import needed_parts
from jakstat.engine.model import Model
from jakstat.errors import InputError
from jakstat.evidence.claim_experiment import ClaimExperiment, Condition
from jakstat.experiment.describe import make_protocol
from jakstat.experiment.lanes import Bench, run_vectors
from jakstat.experiment.plan import make_plan
from jakstat.experiment.protocol import Protocol, Sampling
from jakstat.experiment.readouts import Readout, find_readouts, species_readouts
from jakstat.experiment.resting import Loaded, loaded_cell
from jakstat.pharmacology import find_agent

__all__ = [
    "DrawnCell",
    "Job",
    "JobCurves",
    "Key",
    "Place",
    "drawn_cell",
    "experiment_parts",
    "job_key",
    "jobs",
    "missing",
    "run_job",
]

_EVEN = 180
"""At least so many samples over a whole run, evenly spaced."""
_FIRST_HOURS, _RATIO = 2e-5, 1.12
"""The first sample behind every change, below a tenth of a second so that the order of fast events can be
read, and how far apart the next ones lie until they are evenly spaced."""
_CLOSE = 0.3
"""Share of its own step within which a sample makes room for a time that is asked for."""
_SPECIES = "species:"
_ABSENT = (".unknown",)
"""Endings of the codes of problems that mean that something does not exist yet."""


Key = tuple[str, tuple[str, ...], str]
Place = Callable[[str, tuple[str, ...]], "DrawnCell"]


@dataclass(frozen=True)
class DrawnCell:
    """A context's model with its parameter vectors, by id (vectors,)."""

    cell: Loaded
    vectors: Mapping[str, Floats]


@dataclass(frozen=True, slots=True)
class Job:
    """One condition in one context, on the parts that it needs: how long, what is read, and at what hours."""

    context: str
    parts: tuple[str, ...]
    condition: Condition
    until: float
    readouts: tuple[str, ...]
    times: tuple[float, ...] = ()

    @property
    def key(self) -> Key:
        """What tells its curves from those of other jobs."""
        return (self.context, self.parts, str(self.condition))


@dataclass(frozen=True)
class JobCurves:
    """What a job gave.

    Parameters
    ----------
    time : array (times,)
        Hours.
    values : mapping of readout to array (lanes, levels, times)
        NaN where a simulation failed; one level unless the condition is a dose series.
    levels : array (levels,)
        Doses of the series in ``unit``; one NaN without a series.
    units : mapping of readout to unit
    turns : tuple of float
        Hours at which something is done to the cells, so that a curve may have a corner.
    """

    time: Floats
    values: Mapping[str, Floats]
    levels: Floats
    unit: str
    units: Mapping[str, str]
    turns: tuple[float, ...] = ()


def drawn_cell(
    context: str,
    parts: tuple[str, ...] = CORE_PARTS,
    *,
    lanes: int,
    seed: int,
    model: Model | None = None,
) -> DrawnCell:
    """A context's model and its vectors; ``model`` takes the place of the shipped one (mutation tests)."""
    cell = loaded_cell(context, parts)
    drawn = draw_vectors(cell.rows, lanes=lanes, seed=seed)
    return DrawnCell(cell if model is None else Loaded(cell.assembly, model), drawn)


def _readout(name: str, cell: Loaded) -> Readout | None:
    """How an experiment's readout is read in the model, or None when there is none."""
    species = name.removeprefix(_SPECIES)
    if species != name:
        found = species_readouts(cell.model.network).get(species)
        return None if found is None else replace(found, name=name)
    return find_readouts([name], cell)[0] if name in cell.assembly.observables else None


def experiment_parts(experiment: ClaimExperiment) -> tuple[str, ...]:
    """The parts that an experiment needs: the core, and those that define what it names.

    Examples
    --------
    >>> from jakstat.evidence.claim_experiment import experiments
    >>> experiment_parts(next(e for e in experiments() if e.id == "C011"))
    ('receptor', 'jak', 'stat3', 'feedback', 'targets')
    """
    names = [readout.removeprefix(_SPECIES) for readout in experiment.readouts]
    for condition in (experiment.control, experiment.perturbed):
        if condition is not None:
            names += [name for name, _ in condition.factors]
            names += _named(condition)
    return needed_parts(names)


def _named(condition: Condition) -> Iterable[str]:
    said = condition.protocol
    yield from map(_first_word, said.stimuli)
    yield from (f"factor_{_first_word(text)}" for text in said.perturbations)
    for name in map(_first_word, (*said.drugs, *said.treatments)):
        found = find_agent(name)
        if found is not None:
            yield found.model_symbol


def _first_word(text: str) -> str:
    """The name that a clause is about."""
    return re.split(r"[=@(]", text, maxsplit=1)[0].strip()


def missing(experiment: ClaimExperiment, place: Place) -> tuple[str, ...]:
    """Names in an experiment that the model does not have; empty when it can run.

    Raises
    ------
    InputError
        A condition that could run in no model, such as a dose without a unit.
    """
    names: list[str] = []
    for condition in (experiment.control, experiment.perturbed):
        if condition is None:
            continue
        cells = condition.cells(experiment.context)
        try:
            context(cells)
        except InputError as error:
            names += [p.message.removeprefix("there is no ") for p in error.problems]
            continue
        found = place(cells, experiment_parts(experiment))
        names += _absent(found, cells, condition, experiment)
    return tuple(dict.fromkeys(names))


def _absent(found: DrawnCell, cells: str, condition: Condition, experiment: ClaimExperiment) -> Iterable[str]:
    """What one condition of an experiment names and its model does not have."""
    yield from (f"readout {r}" for r in experiment.readouts if _readout(r, found.cell) is None)
    parameters = {p.id for p in found.cell.model.network.parameters}
    yield from (f"parameter {name}" for name, _ in condition.factors if name not in parameters)
    try:
        _bench(found, Job(cells, (), condition, experiment.reading.until, ()))
    except InputError as error:
        if not all(p.code.endswith(_ABSENT) for p in error.problems):
            raise
        yield from (p.message.removeprefix("there is ") for p in error.problems)


def job_key(experiment: ClaimExperiment, condition: Condition) -> Key:
    """Where the curves of one condition of an experiment are found.

    Examples
    --------
    >>> from jakstat.evidence.claim_experiment import experiments
    >>> e = next(e for e in experiments() if e.id == "C011")
    >>> job_key(e, e.perturbed)[0], job_key(e, e.perturbed)[2]
    ('hepg2', 'stimulus IL6=10ng/ml')
    """
    return (condition.cells(experiment.context), experiment_parts(experiment), str(condition))


def jobs(chosen: Iterable[ClaimExperiment]) -> tuple[Job, ...]:
    """Every condition once, as long as its longest reading, with all readouts that are read from it."""
    until: dict[Key, float] = {}
    times: dict[Key, set[float]] = {}
    readouts: dict[Key, dict[str, None]] = {}
    conditions: dict[Key, Condition] = {}
    for e in chosen:
        for condition in (e.control, e.perturbed):
            if condition is None:
                continue
            key = job_key(e, condition)
            conditions[key] = condition
            until[key] = max(until.get(key, 0.0), e.reading.until)
            times.setdefault(key, set()).update(e.reading.times)
            readouts.setdefault(key, {}).update(dict.fromkeys(e.readouts))
    return tuple(
        Job(k[0], k[1], conditions[k], until[k], tuple(readouts[k]), tuple(times[k])) for k in conditions
    )


def _turns(protocol: Protocol) -> tuple[float, ...]:
    """Hours, from 0 on, at which something is done to the cells."""
    return tuple(sorted({0.0, *(t for t in protocol.moments() if 0.0 < t < protocol.until)}))


def _sample_times(turns: Iterable[float], asked: Iterable[float], until: float) -> Floats:
    """Hours at which curves are sampled: dense behind every turn, and wherever a reading begins or ends."""
    edges = [*turns, until]
    named = np.unique([*edges, *asked])
    step = until / _EVEN
    count = max(int(np.log(step / (_FIRST_HOURS * (_RATIO - 1.0))) / np.log(_RATIO)), 0) + 1
    near = _FIRST_HOURS * _RATIO ** np.arange(count)
    offsets = np.concatenate([near, np.arange(near[-1] + step, until, step)])
    gaps = np.diff(offsets, prepend=0.0)
    found = [named]
    for start, end in pairwise(edges):
        times = start + offsets
        free = np.abs(times[:, None] - named).min(axis=1) > _CLOSE * gaps
        found.append(times[free & (times < end)])
    return np.unique(np.concatenate(found))


def _bench(drawn: DrawnCell, job: Job) -> Bench:
    """The condition of a job on its model, with what is read of it."""
    said = job.condition.protocol
    protocol = make_protocol(
        job.context,
        stimuli=said.stimuli,
        drugs=said.drugs,
        perturb=said.perturbations,
        treatments=said.treatments,
        until=f"{job.until!r}h",
        points=2,
    )
    times = _sample_times(_turns(protocol), job.times, job.until)
    protocol = replace(protocol, sampling=Sampling(2, tuple(times.tolist())))
    read = tuple(r for name in job.readouts if (r := _readout(name, drawn.cell)) is not None)
    plan = make_plan(protocol, drawn.cell.assembly, drawn.cell.model.network)
    return Bench(protocol, drawn.cell, plan, read)


def run_job(job: Job, drawn: DrawnCell) -> JobCurves:
    """Simulate one condition for every vector and, in a dose series, every level.

    Returns
    -------
    JobCurves
        A lane whose steady state or run failed holds NaN.
    """
    bench = _bench(drawn, job)
    vectors = dict(drawn.vectors)
    nominal = {row.id: row.value for row in drawn.cell.assembly.parameters}
    lanes = len(next(iter(vectors.values())))
    for name, factor in job.condition.factors:
        vectors[name] = np.asarray(vectors.get(name, np.full(lanes, nominal[name])) * factor)
    run = run_vectors(bench, vectors)
    plan = bench.plan
    axis = plan.levels[0] if plan.axes else np.array([np.nan])
    units = {r.name: r.unit for r in bench.read}
    unit = plan.axes[0].unit if plan.axes else ""
    return JobCurves(plan.times, run.values, axis, unit, units, _turns(bench.protocol))
