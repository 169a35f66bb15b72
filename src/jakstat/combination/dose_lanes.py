"""From drugs and doses to lanes of one model: without stimulus, without drugs, and every mixture.

A drug's doses are planned once; the dose table of a mixture is that of the experiment with those of its
drugs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.biology import context
from jakstat.combination.matrix_doses import DrugDoses
from jakstat.engine.doses import Dose
from jakstat.errors import problem
from jakstat.experiment.describe import Entries, make_protocol
from jakstat.experiment.lanes import Bench, VectorRun, run_vectors
from jakstat.experiment.plan import make_plan, protocol_parts
from jakstat.experiment.protocol import Addition, Protocol
from jakstat.experiment.reading import Reading, parse_reading
from jakstat.experiment.readouts import find_readouts
from jakstat.experiment.resting import loaded_cell
from jakstat.units import parse_time

__all__ = [
    "Asked",
    "DoseLanes",
    "Experiment",
    "Table",
    "dose_lanes",
    "has_floor",
    "read_experiment",
    "share_affected",
]

Table = tuple[Dose, ...]

_POINTS = 121
_STIMULUS_COUNTS = 0.05
"""A stimulus that changes the readout by less than this share sets no floor for the effect."""
_BEYOND = 0.1
"""Drugs that take the readout beyond its level without stimulus by more than this share of the way there do
something else than undo the stimulus."""


class Asked(TypedDict, total=False):
    """What :func:`read_experiment` takes beside the kind of cell, as text."""

    stimuli: Entries
    perturb: Entries
    treatments: Entries
    readout: str
    at: str
    pre: str
    until: str
    parts: Iterable[str] | str | None


@dataclass(frozen=True)
class Experiment:
    """What is done to the cells beside the two drugs, and how one number is read of it.

    Parameters
    ----------
    protocol : Protocol
        Without drugs.
    reading : Reading
        A time, a peak or an area; it makes one number (lanes, 1) of each trajectory (lanes, T).
    before : float
        Hours before time 0 at which drugs are given.
    """

    protocol: Protocol
    reading: Reading
    before: float

    @property
    def at(self) -> str:
        """The reading as it was written."""
        return self.reading.at

    @property
    def hour(self) -> float | None:
        """When the readout is read; None for a peak or an area."""
        return self.reading.hour


def read_experiment(
    context_name: str,
    *,
    stimuli: Entries = None,
    perturb: Entries = None,
    treatments: Entries = None,
    readout: str = "pSTAT3",
    at: str = "peak",
    pre: str = "60min",
    until: str = "2h",
    parts: Iterable[str] | str | None = None,
) -> Experiment:
    """An experiment from text; ``at`` and ``pre`` as ``jakstat combine`` takes them.

    Raises
    ------
    InputError
        As :func:`jakstat.experiment.make_protocol`; ``time.span``, ``combine.series``.

    Examples
    --------
    >>> e = read_experiment("hepg2", stimuli="IL6=10ng/ml", at="20min", parts="core")
    >>> e.protocol.until == e.hour, e.before
    (True, 1.0)
    """
    context(context_name)
    reading = parse_reading(at, readout=readout, assays=False)
    hour = reading.hour
    if hour is not None and hour <= 0:
        raise problem("time.span", f"the readout is read at {hour:g} h", field="--at", hint="above 0")
    before = parse_time(pre, field="--pre")
    if before < 0:
        message = "the drugs are given before the stimulus by less than nothing"
        raise problem("time.span", message, field="--pre", hint="write e.g. 60min, or @20min after a dose")
    protocol = make_protocol(
        context_name,
        stimuli=stimuli,
        perturb=perturb,
        treatments=treatments,
        until=until if hour is None else at,
        observe=[reading.readout],
        points=_POINTS if hour is None else 2,
        parts=parts,
    )
    if protocol.series or protocol.drugs:
        named = ", ".join(protocol.series or [d.name for d in protocol.drugs])
        hint = "only the two drugs have several doses"
        raise problem("combine.series", f"{named} cannot vary here", field="--stimulus", hint=hint)
    return Experiment(protocol, reading, before)


@dataclass(frozen=True)
class DoseLanes:
    """A model with everything needed to lay out mixtures.

    Parameters
    ----------
    experiment : Experiment
    bench : Bench
        The model, with the drugs in its parts, and the times at which it is sampled.
    bare, plain : tuple of Dose
        The experiment without its stimuli, and with them; no drug in either.
    own : mapping of drug to tuple of tuple of Dose
        What each dose level of a drug adds; level 0 is dose 0.
    """

    experiment: Experiment
    bench: Bench
    bare: Table
    plain: Table
    own: Mapping[str, tuple[Table, ...]]

    def mixture(self, levels: Mapping[str, int]) -> Table:
        """The dose table of a mixture, each drug at one of its levels."""
        given = [dose for name, level in levels.items() for dose in self.own[name][level]]
        return _in_order([*self.plain, *given])

    def matrix(self, first: str, second: str) -> list[Table]:
        """All mixtures of two drugs, the second running fastest."""
        return [
            self.mixture({first: i, second: j})
            for i in range(len(self.own[first]))
            for j in range(len(self.own[second]))
        ]

    def run(self, tables: Sequence[Table], *, threads: int = 1) -> tuple[Floats, NDArray[np.int64]]:
        """Readings (lanes,) in the readout's unit and outcomes (lanes,); a failed lane is NaN."""
        run = self._run(tables, {}, threads=threads)
        return run.values[self.bench.read[0].name][0, :, 0], run.outcomes[0]

    def run_vectors(
        self,
        tables: Sequence[Table],
        vectors: Mapping[str, Floats],
        *,
        threads: int = 1,
        progress: Callable[[int, int], None] | None = None,
    ) -> tuple[Floats, int]:
        """Readings (vectors, lanes) over parameter vectors, and how many lanes failed."""
        run = self._run(tables, vectors, threads=threads, progress=progress)
        return run.values[self.bench.read[0].name][:, :, 0], int((~run.ok).sum())

    def _run(self, tables: Sequence[Table], vectors: Mapping[str, Floats], **options: Any) -> VectorRun:
        bench = replace(self.bench, plan=replace(self.bench.plan, doses=tuple(tables)))
        return run_vectors(bench, vectors, self.experiment.reading, **options)


def dose_lanes(experiment: Experiment, drugs: Sequence[DrugDoses]) -> DoseLanes:
    """The lanes that mixtures of ``drugs`` need, on one model that has all of them.

    Raises
    ------
    InputError
        Unknown names; doses without a molar mass; times that do not fit.

    Examples
    --------
    >>> from jakstat.combination.matrix_doses import read_drug
    >>> e = read_experiment("hepg2", stimuli="IL6=10ng/ml", at="20min", parts="core")
    >>> lanes = dose_lanes(e, [read_drug("ruxolitinib=100,1000nM", before=1.0)])
    >>> r, ended = lanes.run([lanes.bare, lanes.plain, lanes.mixture({"ruxolitinib": 2})])
    >>> bool(r[0] < r[2] < r[1])
    True
    """
    base = experiment.protocol
    given = tuple(_one_level(d) for d in drugs)
    full = replace(base, drugs=given)
    late = [d.name for d in drugs if max(d.schedule.starts) > base.until]
    if late:
        message = f"{late[0]} is given after the end at {base.until:g} h"
        raise problem("time.late", message, field="--drug", hint="give a later --at or --until")
    cell = loaded_cell(base.context, protocol_parts(full))
    read = find_readouts(base.observe, cell)
    network = cell.model.network

    def tables(protocol: Protocol) -> tuple[Table, ...]:
        return make_plan(protocol, cell.assembly, network).doses

    plan = make_plan(full, cell.assembly, network)
    notes = make_plan(base, cell.assembly, network).notes + tuple(d.note for d in drugs if d.note)
    plain = replace(plan, notes=notes)
    own = {}
    for drug in drugs:
        alone = Protocol(base.context, until=base.until, depletion=base.depletion)
        levels = () if drug.addition is None else drug.addition.values
        doses = [_at_level(drug, v) for v in (0.0, *levels)]
        own[drug.name] = tuple(tables(replace(alone, drugs=(one,)))[0] for one in doses)
    bench = Bench(full, cell, plain, read)
    return DoseLanes(experiment, bench, tables(replace(base, stimuli=()))[0], tables(base)[0], own)


def _one_level(drug: DrugDoses) -> Addition:
    return _at_level(drug, 0.0)


def _at_level(drug: DrugDoses, value: float) -> Addition:
    addition = drug.addition or Addition(drug.name, (), drug.schedule)
    return replace(addition.at([value]), name=drug.name)


def _in_order(doses: Iterable[Dose]) -> Table:
    """At one moment what is set comes before what is added."""
    return tuple(sorted(doses, key=lambda dose: (dose.time, dose.action != "set")))


def has_floor(plain: float, bare: float, readings: Floats, *, stimulated: bool) -> bool:
    """Whether the level without stimulus is where the effect is full.

    The stimulus must move the readout, and the drugs must not take it far beyond that level, as drugs do
    that kill cells; the effect is then a share of the readout itself.

    Parameters
    ----------
    plain, bare : float
        Readings without drugs, and without drugs and stimulus.
    readings : array (n,)
        Under drugs; NaN are left out.
    stimulated : bool
        Whether a stimulus is given.

    Examples
    --------
    >>> seen = np.array([60.0, 12.0])
    >>> has_floor(100.0, 10.0, seen, stimulated=True), has_floor(100.0, 99.0, seen, stimulated=True)
    (True, False)
    """
    span = plain - bare
    if not stimulated or not abs(span) > _STIMULUS_COUNTS * abs(plain):
        return False
    known = readings[np.isfinite(readings)]
    return not bool(np.any((plain - known) / span > 1.0 + _BEYOND))


def share_affected(readings: Floats, plain: Floats, bare: Floats, *, floor: bool) -> Floats:
    """The effect as a share of the full one: 0 without drugs, 1 at the floor, or at 0 where there is none.

    Parameters
    ----------
    readings : array (n, ...)
    plain, bare : array (n,)
        Readings without drugs, and without drugs and stimulus.
    floor : bool
        Whether ``bare`` is the floor.

    Examples
    --------
    >>> share_affected(np.array([[100.0, 55.0]]), np.array([100.0]), np.array([10.0]), floor=True)
    array([[0. , 0.5]])
    """
    span = plain - (bare if floor else np.zeros_like(plain))
    shape = (-1,) + (1,) * (readings.ndim - 1)
    usable = np.abs(span) > 1e-9 * np.abs(plain)
    return np.asarray(
        (plain.reshape(shape) - readings) / np.where(usable, span, np.nan).reshape(shape), dtype=float
    )
