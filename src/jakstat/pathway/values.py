"""Numbers to colour a map with: each species beside its level at rest, at one time of an experiment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from jakstat.biology import Assembly
from jakstat.curves import value_at
from jakstat.errors import Outcome, problem
from jakstat.experiment.lanes import bench_for, run_vectors
from jakstat.experiment.plan import protocol_parts
from jakstat.experiment.protocol import Protocol, Sampling
from jakstat.experiment.readouts import species_readouts
from jakstat.experiment.resting import Loaded, loaded_cell, resting_state
from jakstat.units import MOLECULES_PER_ZMOL

__all__ = ["Level", "Levels", "assembly_of", "levels"]


@dataclass(frozen=True, slots=True)
class Level:
    """A species' concentration at rest and at the time, in ``unit``, and in molecules per cell.

    ``fold`` is their ratio; None when there is none of it at rest, or neither then nor now.
    """

    rest: float
    now: float
    unit: str
    molecules: float
    fold: float | None


@dataclass(frozen=True, slots=True)
class Levels:
    """Levels by species; ``title`` says of what and when."""

    title: str
    time_h: float
    by_species: Mapping[str, Level]


def levels(protocol: Protocol, at: float, title: str, *, few: float = 1e-3) -> Levels:
    """The levels of every species.

    Parameters
    ----------
    protocol : Protocol
        Of one lane; it must last until ``at``.
    at : float
        Hours.
    title : str
    few : float
        Molecules per cell below which a species counts as absent.

    Raises
    ------
    InputError
        ``map.series`` for more than one lane, ``map.failed`` when the simulation fails.

    Examples
    --------
    >>> from jakstat.experiment.describe import make_protocol
    >>> p = make_protocol("hepg2", stimuli="IL6=10ng/ml", until="20min", parts="core")
    >>> found = levels(p, 1 / 3, "IL-6")
    >>> found.by_species["pSTAT3"].fold > 5, found.by_species["pSTAT3"].unit
    (True, 'nM')
    """
    cell, values = _simulated(replace(protocol, sampling=Sampling(2, times=(at,))), at)
    network = cell.model.network
    sizes = {c.id: c.size or 0.0 for c in network.compartments}
    flat = {c.id for c in network.compartments if c.dimensions == 2}
    untreated = resting_state(cell, {})
    at_rest = {name: float(v[0]) for name, v in untreated.amounts.items()}
    found = {}
    for species in network.species:
        size = sizes[species.compartment]
        now = values[species.id]
        rest = max(at_rest[species.id] / size, 0.0) if size else 0.0
        scale = size * MOLECULES_PER_ZMOL
        there = rest * scale >= few
        fold = now / rest if there else None
        unit = "zmol/um^2" if species.compartment in flat else "nM"
        found[species.id] = Level(rest, now, unit, now * scale, fold)
    return Levels(title, at, found)


def assembly_of(protocol: Protocol) -> Assembly:
    """The assembled model that a protocol runs on.

    Examples
    --------
    >>> assembly_of(Protocol("hepg2", parts=("stat3",))).parts
    ('receptor', 'jak', 'stat3')
    """
    return loaded_cell(protocol.context, protocol_parts(protocol)).assembly


def _simulated(protocol: Protocol, at: float) -> tuple[Loaded, Mapping[str, float]]:
    """The model of a protocol, and every species' concentration at a time.

    Species are read by their own ids: an observable may bear the name of a species and mean more.
    """
    bench = bench_for(protocol)
    if bench.plan.lanes != 1:
        raise problem("map.series", "a map shows one dose, not a series", field="--stimulus")
    read = tuple(species_readouts(bench.cell.model.network).values())
    run = run_vectors(replace(bench, read=read), {}, lambda t, x: value_at(t, x, at)[:, None])
    if not run.ok.all():
        outcome = Outcome(int(run.outcomes[0, 0]))
        raise problem("map.failed", f"the simulation failed: {outcome.sentence}", field="--at")
    return bench.cell, {name: max(float(now[0, 0, 0]), 0.0) for name, now in run.values.items()}
