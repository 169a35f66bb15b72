"""A context's model, and the steady state in which its cells rest before an experiment."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.biology import CORE_PARTS, Assembly, Context, assemble
from jakstat.biology import context as find_context
from jakstat.engine.load import load_sbml
from jakstat.errors import Outcome
from jakstat.identity import content_key

if TYPE_CHECKING:
    from jakstat.engine.model import Model
    from jakstat.engine.result import Result
    from jakstat.knowledge.parameter_table import Row

__all__ = [
    "AT_REST",
    "HORIZON_HOURS",
    "REST_RELATIVE",
    "SOLVERS",
    "Loaded",
    "Resting",
    "loaded_cell",
    "rest_totals",
    "resting_state",
    "solved_with_fallback",
]

HORIZON_HOURS = 2000.0
"""Long against most turnovers of the model; a lane that moves still is run again, longer."""
_PATIENT_HOURS = 1e5
"""Long against every loss in its own range, the slowest of which is 0.01 per hour."""
REST_RELATIVE = 1e-8
"""Tolerances of the way to rest."""
_KEPT_NUMBERS = 2_000_000
"""Amounts of steady states that are kept with a model, the latest ones."""
SOLVERS = ("rodas5p", "BDF")
_FEW = 12
"""From this many lanes on, a failed one is left out and not solved again by the plain solver."""
AT_REST: Mapping[str, float] = MappingProxyType({"counting": 0.0})
"""Parameters that differ while cells come to rest: what only accumulates stands still then."""


@dataclass(frozen=True)
class Loaded:
    """A context's assembly, the model that the engine made of it, and its latest steady states."""

    assembly: Assembly
    model: Model
    rests: dict[str, Resting] = field(default_factory=dict, repr=False, compare=False)

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows of the parameter table that the model has."""
        network = self.model.network
        known = {p.id for p in network.parameters} | {c.id for c in network.compartments}
        return tuple(row for row in self.assembly.parameters if row.id in known)


@dataclass(frozen=True)
class Resting:
    """The steady state of every lane: amounts by species (lanes,), and how each lane ended (lanes,).

    A lane without rest has finite amounts all the same, to be carried along and masked afterwards.
    """

    amounts: Mapping[str, Floats]
    outcomes: NDArray[np.int64]

    @property
    def numbers(self) -> int:
        """How many amounts it holds."""
        return sum(len(v) for v in self.amounts.values())


def rest_totals(model: Model, values: Mapping[str, Floats]) -> dict[str, Floats]:
    """Parameter ``values`` of a run as they are while its cells come to rest.

    Examples
    --------
    >>> rest_totals(loaded_cell("hepg2").model, {"k": np.ones(2)})
    {'k': array([1., 1.])}
    """
    known = {p.id for p in model.network.parameters}
    return {**values, **{name: np.array([v]) for name, v in AT_REST.items() if name in known}}


def solved_with_fallback(
    run: Callable[[str], Result], *, lanes: int = 1, solvers: Sequence[str] = SOLVERS
) -> Result:
    """The result of ``run`` with the first solver, or with the next when a lane met a NaN.

    A trial step from an amount of 0 may reach a negative one, of which a fractional power is NaN;
    the plain BDF takes other steps there. Of many ``lanes`` one that fails stays failed, unless all do.
    """
    for method in solvers:
        result = run(method)
        if Outcome.NOT_A_NUMBER not in result.outcomes or (lanes >= _FEW and result.ok.any()):
            break
    return result


def resting_state(cell: Loaded, values: Mapping[str, Floats], *, lanes: int = 1) -> Resting:
    """The steady state in which the cells of every lane rest; what only accumulates stands still.

    Parameters
    ----------
    cell : Loaded
    values : mapping of id to array (1,) or (n,)
        Parameters in force while the cells come to rest.
    lanes : int
        How many come to rest in all, should these be a piece of them.

    Returns
    -------
    Resting
        A lane that moves still after 100,000 h is ``NOT_STEADY``.

    Examples
    --------
    >>> resting_state(loaded_cell("hepg2"), {}).outcomes
    array([0])
    """
    key = content_key([(name, hashlib.sha256(v.tobytes()).hexdigest()) for name, v in sorted(values.items())])
    if key in cell.rests:
        return cell.rests[key]
    amounts, outcomes = _at_rest(cell, values, lanes, HORIZON_HOURS)
    slow = np.flatnonzero(outcomes == Outcome.NOT_STEADY)
    if slow.size:
        own = {name: v[slow] if len(v) > 1 else v for name, v in values.items()}
        later, ended = _at_rest(cell, own, lanes, _PATIENT_HOURS)
        rested = ended == Outcome.OK
        outcomes[slow[rested]] = Outcome.OK
        for name, v in amounts.items():
            v[slow[rested]] = later[name][rested]
    final = {k: np.where(np.isfinite(v), v, 0.0) for k, v in amounts.items()}
    found = Resting(final, outcomes)
    while cell.rests and found.numbers + sum(r.numbers for r in cell.rests.values()) > _KEPT_NUMBERS:
        cell.rests.pop(next(iter(cell.rests)))
    if found.numbers <= _KEPT_NUMBERS:
        cell.rests[key] = found
    return found


def _at_rest(
    cell: Loaded, values: Mapping[str, Floats], lanes: int, horizon: float
) -> tuple[dict[str, Floats], NDArray[np.int64]]:
    """Amounts by species (n,), NaN where a lane failed, and outcomes (n,)."""
    result = solved_with_fallback(
        lambda method: cell.model.equilibrate(
            parameters=rest_totals(cell.model, values) or None,
            horizon=horizon,
            rtol=REST_RELATIVE,
            method=method,
        ),
        lanes=lanes,
    )
    final = {name: np.array(v) for name, v in result.final().items()}
    return final, np.array(result.outcomes, dtype=np.int64)


def loaded_cell(context: str, parts: tuple[str, ...] = CORE_PARTS) -> Loaded:
    """The assembled and loaded model of a context with the given parts (made once per process).

    Examples
    --------
    >>> loaded_cell("hepg2").assembly.context.species
    'human'
    """
    return _loaded(find_context(context), parts)


@lru_cache(maxsize=16)
def _loaded(cell: Context, parts: tuple[str, ...]) -> Loaded:  # the cell, as a user may replace his own
    assembly = assemble(cell.name, parts=parts)
    return Loaded(assembly, load_sbml(assembly.sbml, trusted=True))
