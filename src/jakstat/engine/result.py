"""The answer of a simulation: trajectories of all lanes, how each ended, and what was odd."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.engine.tolerance import Tolerance
from jakstat.errors import Outcome, problem

__all__ = ["Failure", "Result", "Sensitivities", "Violation", "with_undefined"]


@dataclass(frozen=True, slots=True)
class Violation:
    """An amount that fell below zero by more than the tolerance allows; it was not clipped.

    Parameters
    ----------
    lane : int
        Number of the lane.
    species : str
        Id.
    time : float
        When the amount was lowest, in the model's time unit.
    amount : float
        The lowest amount, in the model's substance unit.
    limit : float
        Minus ten times the absolute tolerance of the species.
    """

    lane: int
    species: str
    time: float
    amount: float
    limit: float


@dataclass(frozen=True, slots=True)
class Failure:
    """Where a lane ended early: the time reached, why, and the species then changing fastest."""

    lane: int
    time: float
    outcome: Outcome
    species: str


@dataclass(frozen=True)
class Sensitivities:
    """Derivatives of the values of a run.

    Parameters
    ----------
    names : tuple of str
        Directions: parameters, or species whose initial amount moves.
    values : mapping of str to array, shape (lanes, T, D)
        Derivatives of the quantities that were asked for; NaN in failed lanes.
    last : mapping of str to array, shape (lanes, D)
        Derivatives of what ``final()`` of the result holds.
    how : str
        ``"exact"``, or that they are central differences, and why.
    """

    names: tuple[str, ...]
    values: Mapping[str, Floats]
    last: Mapping[str, Floats] = field(default_factory=dict)
    how: str = "exact"

    @property
    def exact(self) -> bool:
        """Whether they are derivatives of the scheme itself and no differences."""
        return self.how == "exact"


@dataclass(frozen=True)
class Result:
    """Trajectories of one or many lanes.

    Parameters
    ----------
    times : array, shape (T,)
        Output times in the model's time unit.
    outcomes : int array, shape (lanes,)
        An :class:`~jakstat.errors.Outcome` per lane; lanes that are not ``OK`` hold NaN.
    values : mapping of str to array, shape (lanes, T)
        Values of the symbols that were asked for.
    amounts, sizes : mapping of str to array, shape (lanes, T)
        Amounts of species, and sizes of the compartments they lie in.
    homes : mapping of str to str
        The compartment of each species.
    violations : tuple of Violation
        Negative excursions, in all lanes.
    failures : tuple of Failure
        One per failed lane.
    last : mapping of str to array, shape (lanes,)
        Amounts of species and values of other changing quantities at the last time.
    summaries : mapping of str to array, shape (lanes,)
        What was kept instead of trajectories, if that was asked for; NaN in failed lanes.
    eased : tuple of int
        Lanes that met a NaN and came to their end in a second run, in which broken powers of negative
        amounts count as those of 0 and infinite slopes as 0.
    tolerance : Tolerance or None
        Tolerances used, and what the states reached.
    sensitivities : Sensitivities or None
        Derivatives of ``values``, if they were asked for.
    """

    times: Floats
    outcomes: NDArray[np.int64]
    values: Mapping[str, Floats]
    amounts: Mapping[str, Floats]
    sizes: Mapping[str, Floats]
    homes: Mapping[str, str]
    violations: tuple[Violation, ...] = ()
    failures: tuple[Failure, ...] = ()
    last: Mapping[str, Floats] = field(default_factory=dict)
    summaries: Mapping[str, Floats] = field(default_factory=dict)
    eased: tuple[int, ...] = ()
    tolerance: Tolerance | None = None
    sensitivities: Sensitivities | None = None

    @property
    def lanes(self) -> int:
        """Number of lanes."""
        return len(self.outcomes)

    @property
    def ok(self) -> NDArray[np.bool_]:
        """Which lanes reached the end, shape (lanes,)."""
        return np.asarray(self.outcomes == Outcome.OK)

    def value(self, name: str) -> Floats:
        """Values of any id as its symbol means it, shape (lanes, T); NaN in failed lanes."""
        return self._found(self.values, name, "quantity")

    def amount(self, name: str) -> Floats:
        """Amounts of a species, shape (lanes, T), in its substance unit; NaN in failed lanes."""
        return self._found(self.amounts, name, "species")

    def concentration(self, name: str) -> Floats:
        """Concentrations of a species, shape (lanes, T), substance per size; NaN in failed lanes."""
        amount = self.amount(name)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(amount / self.sizes[self.homes[name]])

    def final(self) -> Mapping[str, Floats]:
        """State at the last time, shape (lanes,) each: the ``initial`` of a run that goes on from here."""
        return self.last

    @staticmethod
    def _found(table: Mapping[str, Floats], name: str, kind: str) -> Floats:
        if name not in table:
            near = difflib.get_close_matches(name, table, n=1)
            hint = f"did you mean '{near[0]}'?" if near else "ask for it with outputs=[...]"
            raise problem("output.unknown", f"the result has no {kind} '{name}'", field=name, hint=hint)
        return table[name]


def with_undefined(outcomes: NDArray[np.int64], values: Iterable[Floats]) -> NDArray[np.int64]:
    """The outcomes, with ``UNDEFINED_VALUE`` where a lane ended well and has a value that is no number.

    Parameters
    ----------
    outcomes : int array, shape (lanes,)
    values : arrays, shape (lanes, T) or (lanes,)
        What was asked for. A model may mean NaN or infinity; whoever asked is told.

    Examples
    --------
    >>> with_undefined(np.array([0, 0, 3]), [np.array([1.0, np.inf, np.nan])]).tolist()
    [0, 10, 3]
    """
    found = outcomes.copy()
    for array in values:
        odd = ~np.isfinite(array.reshape(len(found), -1)).all(axis=1)
        found[odd & (found == int(Outcome.OK))] = int(Outcome.UNDEFINED_VALUE)
    return found
