"""What is done to the cells: the typed form of an experiment.

Everything here is checked already; text becomes a :class:`Protocol` in
:mod:`jakstat.experiment.grammar` and nowhere else. Times are hours after the
reference time 0 and may be negative; the cells rest at their steady state before
the earliest of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from jakstat.units import Kind, Quantity, kind_of

__all__ = ["Addition", "Perturbation", "Protocol", "Sampling", "Schedule", "Treatment"]

_SHOWN = 4
_NANOMOLAR = Quantity(1.0, "nM", Kind.MOLAR)


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
    levels : tuple of Quantity
        Doses as they were given, in one unit; more than one makes a dose series, none is a dose in nM
        that is still to be chosen.
    schedule : Schedule
    origin : str
        Species that a ligand comes from (``"human"`` or ``"mouse"``); empty for a drug.
    """

    name: str
    levels: tuple[Quantity, ...]
    schedule: Schedule = Schedule()
    origin: str = ""

    @property
    def values(self) -> tuple[float, ...]:
        """The levels in their unit."""
        return tuple(level.value for level in self.levels)

    @property
    def unit(self) -> str:
        """The unit of the levels."""
        return self.levels[0].unit if self.levels else _NANOMOLAR.unit

    def at(self, values: Iterable[float], unit: str | None = None) -> Addition:
        """The same with other levels, in its own unit or another concentration's.

        Examples
        --------
        >>> Addition("IL6", ()).at([1.0, 10.0]).levels[1].to("pM")
        10000.0
        """
        level = self.levels[0] if self.levels else _NANOMOLAR
        kind = level.kind if unit is None else kind_of(unit)
        assert kind is not None
        unit = unit or level.unit
        return replace(self, levels=tuple(Quantity(float(v), unit, kind) for v in values))


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

    @property
    def series(self) -> tuple[str, ...]:
        """What has several levels, with the levels as they were read."""
        given = [(a.name, a.values, f" {a.unit}") for a in self.additions]
        given += [(p.gene, p.factors, "") for p in self.perturbations]
        return tuple(
            f"{name} ({', '.join(f'{v:g}' for v in levels[:_SHOWN])}{', ...' * (len(levels) > _SHOWN)}{unit})"
            for name, levels, unit in given
            if len(levels) > 1
        )

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
