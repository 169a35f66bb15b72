"""How the quantities that a user asks for are read from the model."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from jakstat.biology import observables, read_word
from jakstat.biology.selection import defined_in
from jakstat.engine.network.network import Network
from jakstat.errors import InputError, Problem
from jakstat.experiment.resting import Loaded
from jakstat.pharmacology import unknown
from jakstat.units import MOLECULES_PER_ZMOL

__all__ = ["DEFAULT_READOUTS", "Readout", "find_readouts", "read_readout", "species_readouts"]

DEFAULT_READOUTS = ("pSTAT3", "pSTAT3_nuclear", "SOCS3_mRNA", "SOCS3")
"""What is reported when nothing is asked for."""


@dataclass(frozen=True, slots=True)
class Readout:
    """How one reported quantity is read from the model: its symbol, times ``scale`` gives ``unit``."""

    name: str
    symbol: str
    unit: str
    title: str
    scale: float = 1.0


def read_readout(text: str) -> str:
    """The observable that a text means; what is unknown, and a species, stays as it is.

    Examples
    --------
    >>> read_readout("p-STAT3"), read_readout("pSTAT3"), read_readout("gp130_JAK1")
    ('pSTAT3', 'pSTAT3', 'gp130_JAK1')
    """
    plain = text.strip()
    if plain in defined_in():
        return plain
    return read_word("readout", plain, tuple(o.name for o in observables())) or plain


def find_readouts(names: Iterable[str], cell: Loaded) -> tuple[Readout, ...]:
    """What to read for each asked-for name: an observable, or any species by its id.

    Raises
    ------
    InputError
        ``observable.unknown``.

    Examples
    --------
    >>> from jakstat.experiment.resting import loaded_cell
    >>> find_readouts(["pSTAT3"], loaded_cell("hepg2"))[0].unit
    '1/cell'
    """
    known = cell.assembly.observables
    species = species_readouts(cell.model.network)
    found: list[Readout] = []
    problems: list[Problem] = []
    for name in dict.fromkeys(n.strip() for n in names):
        if name in known:
            o = known[name]
            per_cell = o.unit == "zmol"
            unit = {"zmol": "1/cell", "dimensionless": "1"}.get(o.unit, o.unit)
            found.append(Readout(name, o.symbol, unit, o.title, MOLECULES_PER_ZMOL if per_cell else 1.0))
        elif name in species:
            found.append(species[name])
        else:
            every = [o.name for o in observables()]
            problems.append(unknown("observable", name, every, field="--observe"))
    if problems:
        raise InputError(problems)
    return tuple(found)


def species_readouts(network: Network) -> dict[str, Readout]:
    """How every species is read by its id, whatever an observable of that name may mean.

    Examples
    --------
    >>> from jakstat.experiment.resting import loaded_cell
    >>> species_readouts(loaded_cell("hepg2").model.network)["IL6R"].unit
    'zmol/um^2'
    """
    flat = {c.id for c in network.compartments if c.dimensions == 2}
    unit = {True: "zmol/um^2", False: "nM"}
    return {s.id: Readout(s.id, s.id, unit[s.compartment in flat], s.id) for s in network.species}
