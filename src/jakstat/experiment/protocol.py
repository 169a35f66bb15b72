"""What is done to the cells: the typed form of an experiment.

Everything here is checked already; text becomes a :class:`Protocol` in
:mod:`jakstat.experiment.grammar` and nowhere else. Times are hours after the
reference time 0 and may be negative; the cells rest at their steady state before
the earliest of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Addition", "Dimension", "Perturbation", "Protocol", "Sampling", "Schedule", "Treatment"]

Dimension = Literal["molar", "mass"]


@dataclass(frozen=True, slots=True)
class Schedule:
    """When something is given.

    Parameters
    ----------
    starts : tuple of float
        Hours at which it is given; more than one repeats the same dose.
    stop : float or None
        Hour at which the medium is changed for one that lacks it; None keeps it.
    """

    starts: tuple[float, ...] = (0.0,)
    stop: float | None = None


@dataclass(frozen=True, slots=True)
class Addition:
    """A ligand or drug put into the medium.

    Parameters
    ----------
    name : str
        As users see it, e.g. ``"IL6"``.
    values : tuple of float
        Dose levels in ``unit``; more than one makes a dose series.
    unit : str
        The unit they were given in.
    dimension : {"molar", "mass"}
        Whether ``unit`` is amount per volume or mass per volume.
    schedule : Schedule
    origin : str
        Species that a ligand comes from (``"human"`` or ``"mouse"``); empty for a drug.
    """

    name: str
    values: tuple[float, ...]
    unit: str
    dimension: Dimension
    schedule: Schedule = Schedule()
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Treatment:
    """A treatment that is only on or off, e.g. actinomycin D, between ``on`` and ``off`` (hours)."""

    name: str
    on: float = 0.0
    off: float | None = None


@dataclass(frozen=True, slots=True)
class Perturbation:
    """A factor on the synthesis or abundance of a gene's product.

    ``time`` None applies it before the cells come to their steady state; a number
    (hours) applies it then. More than one factor makes a series.
    """

    gene: str
    factors: tuple[float, ...]
    time: float | None = None


@dataclass(frozen=True, slots=True)
class Sampling:
    """How densely the result is sampled: ``points`` evenly spaced times; ``times`` (hours) are added."""

    points: int = 241
    times: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Protocol:
    """One experiment on one kind of cell.

    Parameters
    ----------
    context : str
        Cell line or tissue.
    stimuli, drugs : tuple of Addition
    treatments : tuple of Treatment
    perturbations : tuple of Perturbation
    medium_changes : tuple of float
        Hours at which the whole medium is replaced by a plain one.
    until : float
        Last time, in hours.
    observe : tuple of str
        Readouts to report; empty reports the context's default ones.
    sampling : Sampling
    depletion : bool
        Whether the cells use up the ligand in their medium (True), or the medium is
        so large that they cannot.
    read_at : float or None
        Hour at which a dose series is read; None reads each curve's largest change.
    parts : tuple of str
        Parts or sets of parts of the model; empty takes the core and what the protocol names.
    """

    context: str
    stimuli: tuple[Addition, ...] = ()
    drugs: tuple[Addition, ...] = ()
    treatments: tuple[Treatment, ...] = ()
    perturbations: tuple[Perturbation, ...] = ()
    medium_changes: tuple[float, ...] = ()
    until: float = 6.0
    observe: tuple[str, ...] = ()
    sampling: Sampling = field(default_factory=Sampling)
    depletion: bool = True
    read_at: float | None = None
    parts: tuple[str, ...] = ()

    @property
    def additions(self) -> tuple[Addition, ...]:
        """Stimuli, then drugs."""
        return self.stimuli + self.drugs

    def moments(self) -> Iterator[float]:
        """Every hour at which something is done to the cells."""
        for addition in self.additions:
            yield from addition.schedule.starts
            if addition.schedule.stop is not None:
                yield addition.schedule.stop
        for treatment in self.treatments:
            yield treatment.on
            if treatment.off is not None:
                yield treatment.off
        yield from (p.time for p in self.perturbations if p.time is not None)
        yield from self.medium_changes

    @property
    def start(self) -> float:
        """The first hour of the simulation: 0, or the earliest moment before it."""
        return min(0.0, *self.moments(), 0.0)
