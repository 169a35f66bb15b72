"""How the quantities that a user asks for are read from the model."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from jakstat.biology import observables
from jakstat.engine.network.network import Network
from jakstat.errors import InputError, Problem
from jakstat.experiment.resting import Loaded
from jakstat.pharmacology import unknown
from jakstat.units import MOLECULES_PER_ZMOL

__all__ = ["DEFAULT_READOUTS", "Readout", "find_readouts"]

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


def find_readouts(names: Iterable[str], cell: Loaded) -> tuple[Readout, ...]:
    """What to read for each asked-for name: an observable, or any species by its id.

    Raises
    ------
    InputError
        ``observable.unknown``.

    Examples
    --------
    >>> from jakstat.experiment.resting import loaded
    >>> find_readouts(["pSTAT3"], loaded("hepg2"))[0].unit
    '1/cell'
    """
    known = cell.assembly.observables
    species = {s.id: s for s in cell.model.network.species}
    found: list[Readout] = []
    problems: list[Problem] = []
    for name in dict.fromkeys(n.strip() for n in names):
        if name in known:
            o = known[name]
            per_cell = o.unit == "zmol"
            unit = {"zmol": "1/cell", "dimensionless": "1"}.get(o.unit, o.unit)
            found.append(Readout(name, o.symbol, unit, o.title, MOLECULES_PER_ZMOL if per_cell else 1.0))
        elif name in species:
            found.append(Readout(name, name, _density(species[name].compartment, cell.model.network), name))
        else:
            every = [o.name for o in observables()]
            problems.append(unknown("observable", name, every, field="--observe"))
    if problems:
        raise InputError(problems)
    return tuple(found)


def _density(compartment: str, network: Network) -> str:
    flat = any(c.id == compartment and c.dimensions == 2 for c in network.compartments)
    return "zmol/um^2" if flat else "nM"
