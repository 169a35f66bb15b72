"""Numbers to colour a map with: each species beside its level at rest, at one time of an experiment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jakstat.errors import Outcome, problem
from jakstat.units import MOLECULES_PER_ZMOL

if TYPE_CHECKING:
    from jakstat.experiment import Protocol

__all__ = ["Level", "Levels", "levels"]


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
    >>> from jakstat.experiment import make_protocol
    >>> found = levels(make_protocol("hepg2", "IL6=10ng/ml", until="20min"), 1 / 3, "IL-6")
    >>> found.by_species["pSTAT3"].fold > 10, found.by_species["pSTAT3"].unit
    (True, 'nM')
    """
    from dataclasses import replace

    from jakstat.experiment import run_protocol
    from jakstat.experiment.protocol import Sampling
    from jakstat.experiment.resting import loaded

    network = loaded(protocol.context).model.network
    sizes = {c.id: c.size or 0.0 for c in network.compartments}
    asked = replace(
        protocol,
        observe=tuple(s.id for s in network.species),
        sampling=Sampling(2, times=(at,)),
    )
    result = run_protocol(asked)
    if result.sizes["lane"] != 1:
        raise problem("map.series", "a map shows one dose, not a series", field="--stimulus")
    if result.attrs["outcome"] != Outcome.OK.name:
        raise problem("map.failed", f"the simulation ended with {result.attrs['outcome']}", field="--at")
    times = np.asarray(result["time"].values)
    place = int(np.argmin(np.abs(times - at)))
    at_rest = _rest(protocol)
    found = {}
    for species in network.species:
        size = sizes[species.compartment]
        now = max(float(result[species.id].values[0, place]), 0.0)
        rest = max(at_rest[species.id] / size, 0.0) if size else 0.0
        scale = size * MOLECULES_PER_ZMOL
        there = rest * scale >= few
        fold = now / rest if there else None
        unit = str(result[species.id].attrs["units"])
        found[species.id] = Level(rest, now, unit, now * scale, fold)
    return Levels(title, float(times[place]), found)


def _rest(protocol: Protocol) -> Mapping[str, float]:
    """Amounts in the untreated cells of the context, in zmol."""
    from jakstat.experiment.resting import resting

    return {name: float(values[0]) for name, values in resting(protocol.context, ()).amounts.items()}
