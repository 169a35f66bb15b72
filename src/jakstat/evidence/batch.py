"""All conditions of all experiments, each simulated once for every parameter vector."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jakstat.biology import CORE_PARTS, Assembly, chosen_parts, context
from jakstat.biology.draws import draw
from jakstat.engine.model import Model
from jakstat.errors import InputError, Outcome
from jakstat.evidence.claim_experiment import ClaimExperiment, Condition
from jakstat.experiment.describe import make_protocol
from jakstat.experiment.plan import Plan, make_plan
from jakstat.experiment.resting import brought_to_rest, loaded, solved
from jakstat.pharmacology import find_agent
from jakstat.units import MOLECULES_PER_ZMOL

__all__ = [
    "Bench",
    "Curves",
    "Job",
    "Key",
    "Place",
    "bench",
    "experiment_parts",
    "job_key",
    "jobs",
    "missing",
    "run_job",
]

Floats = NDArray[np.float64]

_POINTS = 181
_EARLY = 60
_FIRST_HOURS = 2e-5
"""The earliest sample, below a tenth of a second, so that the order of fast events can be read."""
_SPECIES = "species:"
_FLAT = 2
_ABSENT = (".unknown",)
"""Endings of the codes of problems that mean that something does not exist yet."""


Key = tuple[str, tuple[str, ...], str]
Place = Callable[[str, tuple[str, ...]], "Bench"]


@dataclass(frozen=True)
class Bench:
    """A context's model with its parameter vectors; ``rest`` keeps steady states by what was changed."""

    assembly: Assembly
    model: Model
    draws: Mapping[str, Floats]
    lanes: int
    rest: dict[object, tuple[Mapping[str, Floats], NDArray[np.bool_]]]


@dataclass(frozen=True, slots=True)
class Job:
    """One condition in one context, on the parts that it needs: how long, and what is read."""

    context: str
    parts: tuple[str, ...]
    condition: Condition
    until: float
    readouts: tuple[str, ...]

    @property
    def key(self) -> Key:
        """What tells its curves from those of other jobs."""
        return (self.context, self.parts, str(self.condition))


@dataclass(frozen=True)
class Curves:
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
    """

    time: Floats
    values: Mapping[str, Floats]
    levels: Floats
    unit: str
    units: Mapping[str, str]


def bench(
    context: str,
    parts: tuple[str, ...] = CORE_PARTS,
    *,
    lanes: int,
    seed: int,
    model: Model | None = None,
) -> Bench:
    """A context's model and its vectors; ``model`` takes the place of the shipped one (mutation tests)."""
    cell = loaded(context, parts)
    network = cell.model.network
    known = {p.id for p in network.parameters} | {c.id for c in network.compartments}
    draws = draw(cell.assembly.parameters, lanes=lanes, seed=seed, known=known)
    return Bench(cell.assembly, model or cell.model, draws, lanes, {})


@dataclass(frozen=True, slots=True)
class _Symbol:
    """What a readout is called in the model, its unit, and the factor to that unit."""

    name: str
    unit: str
    scale: float = 1.0


def _symbol(readout: str, place: Bench) -> _Symbol | None:
    """The model's symbol for a readout, or None when there is none."""
    if readout.startswith(_SPECIES):
        name = readout.removeprefix(_SPECIES)
        network = place.model.network
        flat = {c.id for c in network.compartments if c.dimensions == _FLAT}
        for s in network.species:
            if s.id == name:
                return _Symbol(name, "zmol/um^2" if s.compartment in flat else "nM")
        return None
    found = place.assembly.observables.get(readout)
    if found is None:
        return None
    if found.unit == "zmol":
        return _Symbol(found.symbol, "1/cell", MOLECULES_PER_ZMOL)
    return _Symbol(found.symbol, found.unit)


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
    return chosen_parts((), names)


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


def _absent(found: Bench, cells: str, condition: Condition, experiment: ClaimExperiment) -> Iterable[str]:
    """What one condition of an experiment names and its model does not have."""
    yield from (f"readout {r}" for r in experiment.readouts if _symbol(r, found) is None)
    parameters = {p.id for p in found.model.network.parameters}
    yield from (f"parameter {name}" for name, _ in condition.factors if name not in parameters)
    try:
        _plan(found, cells, condition, experiment.reading.until)
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
    readouts: dict[Key, dict[str, None]] = {}
    conditions: dict[Key, Condition] = {}
    for e in chosen:
        for condition in (e.control, e.perturbed):
            if condition is None:
                continue
            key = job_key(e, condition)
            conditions[key] = condition
            until[key] = max(until.get(key, 0.0), e.reading.until)
            readouts.setdefault(key, {}).update(dict.fromkeys(e.readouts))
    return tuple(Job(k[0], k[1], conditions[k], until[k], tuple(readouts[k])) for k in conditions)


def _plan(place: Bench, context: str, condition: Condition, until: float) -> Plan:
    said = condition.protocol
    protocol = make_protocol(
        context,
        stimuli=said.stimuli,
        drugs=said.drugs,
        perturb=said.perturbations,
        treatments=said.treatments,
        until=f"{until!r}h",
        points=_POINTS,
        at=tuple(float(t) for t in np.geomspace(_FIRST_HOURS, until, _EARLY)[:-1]),
    )
    return make_plan(protocol, place.assembly, place.model.network)


def run_job(job: Job, place: Bench) -> Curves:
    """Simulate one condition for every vector and, in a dose series, every level.

    Returns
    -------
    Curves
        A lane whose steady state or run failed holds NaN.
    """
    plan = _plan(place, job.context, job.condition, job.until)
    values = dict(place.draws)
    nominal = {row.id: row.value for row in place.assembly.parameters}
    for name, factor in job.condition.factors:
        values[name] = np.asarray(values.get(name, np.full(place.lanes, nominal[name])) * factor)
    values |= {name: np.broadcast_to(v[:1], place.lanes) for name, v in plan.parameters.items()}
    rest, rested = _rest(place, job.condition, values)
    levels = plan.lanes

    def spread(v: Floats) -> Floats:
        return np.repeat(v, levels)

    fine = np.repeat(rested, levels)

    symbols = {r: s for r in job.readouts if (s := _symbol(r, place)) is not None}
    result = solved(
        lambda method: place.model.simulate(
            plan.times,
            parameters={k: spread(v) for k, v in values.items()},
            initial={k: spread(v) for k, v in rest.items()},
            doses=list(plan.doses) * place.lanes if levels > 1 else plan.doses[0],
            outputs=sorted({s.name for s in symbols.values()}),
            rtol=1e-6,
            atol=1e-9,
            method=method,
        ),
        lanes=place.lanes * levels,
    )
    good = np.array([Outcome(int(c)) is Outcome.OK for c in result.outcomes]) & fine
    shape = (place.lanes, levels, len(plan.times))
    read = {
        r: np.where(good[:, None], s.scale * np.asarray(result.value(s.name), dtype=float), np.nan).reshape(
            shape
        )
        for r, s in symbols.items()
    }
    axis = plan.levels[0] if plan.axes else np.array([np.nan])
    units = {r: s.unit for r, s in symbols.items()}
    return Curves(plan.times, read, axis, plan.axes[0].unit if plan.axes else "", units)


def _rest(
    place: Bench, condition: Condition, values: Mapping[str, Floats]
) -> tuple[Mapping[str, Floats], NDArray[np.bool_]]:
    key = (condition.factors, condition.protocol.perturbations)
    if key not in place.rest:
        result = brought_to_rest(place.model, values, lanes=place.lanes)
        good = np.array([Outcome(int(c)) is Outcome.OK for c in result.outcomes])
        # a lane without rest still needs finite amounts to be carried along; it is masked afterwards
        final = {k: np.where(np.isfinite(v), v, 0.0) for k, v in result.final().items()}
        place.rest[key] = (final, good)
    return place.rest[key]
