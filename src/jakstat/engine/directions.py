"""Directions in which parameters, initial amounts and doses of a run are moved."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from jakstat.arrays import Floats
from jakstat.engine.network.dependencies import AMOUNT
from jakstat.engine.reference.reference_system import System
from jakstat.engine.request import Request
from jakstat.errors import InputError, Problem, problem

__all__ = ["Directions", "movable", "named_directions"]


@dataclass(frozen=True)
class Directions:
    """D directions; in each, the values of a run move at given rates.

    Parameters
    ----------
    names : tuple of str
        One per direction.
    parameters, initial : mapping of str to array, shape (lanes, D)
        How fast each value moves; parameters, and amounts (or other values) at the start.
    unit : array, shape (lanes, D)
        A usual size of a move, e.g. the value of the parameter itself.
    doses : per lane a sequence with an array (D,) for each dose, optional
        How fast the amounts of the doses move.
    differences : bool
        Whether differences are taken where derivatives cannot be carried along; else there are none then.
    looser : float
        How much larger the errors of the derivatives in a step may be than those of the values, each against
        its own size. With 0 the steps look at the values alone and keep their bits, and the
        derivatives are wrong where the values rest and they do not.
    """

    names: tuple[str, ...]
    parameters: Mapping[str, Floats]
    initial: Mapping[str, Floats]
    unit: Floats
    doses: Sequence[Sequence[Floats]] = ()
    differences: bool = True
    looser: float = 10.0


def named_directions(
    names: Iterable[str], asked: Request, system: System, start: Mapping[str, Floats]
) -> Directions:
    """One direction for each id: a parameter or size, or the initial amount of a species.

    ``start`` are values of the ids at the start, shape (lanes,).

    Raises
    ------
    InputError
        ``value.unknown``.
    """
    wanted = tuple(dict.fromkeys(names))
    unknown = [n for n in wanted if n not in start]
    if unknown:
        raise InputError(_unknown(name, start) for name in unknown)
    if not wanted:
        raise problem("value.unknown", "no quantity is named", field="sensitivities")
    network = system.network
    fixed = (
        {c.id for c in network.compartments}
        | {p.id for p in network.parameters}
        | set(system.roles.references)
    )
    fixed -= set(system.roles.rated)
    parameters: dict[str, Floats] = {}
    initial: dict[str, Floats] = {}
    for k, name in enumerate(wanted):
        along = np.zeros((asked.lanes, len(wanted)))
        along[:, k] = 1.0
        (parameters if name in fixed and name not in asked.initial else initial)[name] = along
    unit = np.stack([np.abs(start[name]) for name in wanted], axis=1)
    return Directions(wanted, parameters, initial, np.where(unit > 0, unit, 1.0))


def _unknown(name: str, known: Iterable[str]) -> Problem:
    near = difflib.get_close_matches(name, list(known), n=1)
    hint = f"did you mean '{near[0]}'?" if near else "name a parameter, a compartment or a species"
    return Problem(
        "value.unknown", f"'{name}' has no value that can be moved", field="sensitivities", hint=hint
    )


def movable(system: System) -> tuple[str, ...]:
    """Ids that a direction can move."""
    stored = {n.removeprefix(AMOUNT) for n in system.stored} - {r.id for r in system.network.reactions}
    return tuple(sorted(stored))
