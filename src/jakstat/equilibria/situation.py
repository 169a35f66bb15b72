"""A cell held in constant surroundings: the model in which ligands and drugs stay at their dose.

In an experiment cells use up what is in their medium, so the only steady state of a stimulated
cell is that of a starved one. Here every ligand and drug that is given is held constant
(a boundary species), as in a medium that is renewed without end; so is everything else in the
medium that the cells only take up. What they secrete is free to build up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from jakstat.engine.batched.steady_state import NEAR, Settled, polish
from jakstat.engine.model import Model
from jakstat.engine.network.expression import symbols
from jakstat.engine.network.network import Network
from jakstat.equilibria.newton import on_totals, reduced
from jakstat.errors import InputError, Outcome, Problem, problem
from jakstat.experiment.lanes import bench_for
from jakstat.experiment.protocol import Protocol
from jakstat.experiment.readouts import Readout
from jakstat.experiment.resting import AT_REST, HORIZON_HOURS, REST_RELATIVE, SOLVERS, Loaded
from jakstat.limits import LIMITS

__all__ = ["SEARCH_STEPS", "Situation", "held_constant", "settled_lanes", "settled_next", "situation"]

Reals = NDArray[np.float64]
Values = Mapping[str, Reals | float]

_MEDIUM = "medium"
SEARCH_STEPS = 20_000
"""Ten times what a cell takes to rest; only one that goes on oscillating, or all but does, takes more."""


@dataclass(frozen=True)
class Situation:
    """A cell in constant surroundings.

    Parameters
    ----------
    cell : Loaded
        The context's assembly and its model as experiments use it.
    model : Model
        The same with the given ligands and drugs held constant.
    parameters : mapping of id to value
        Factors of genes, treatments.
    held : mapping of species to amount
        The ligands and drugs that were given, zmol.
    read : tuple of Readout
    notes : tuple of str
    """

    cell: Loaded
    model: Model
    parameters: Mapping[str, float]
    held: Mapping[str, float]
    read: tuple[Readout, ...]
    notes: tuple[str, ...] = ()


def held_constant(model: Model, species: Iterable[str]) -> Model:
    """The model in which these species keep their amount, whatever reacts with them.

    Examples
    --------
    >>> from jakstat.experiment.resting import loaded_cell
    >>> model = held_constant(loaded_cell("hepg2").model, ["IL6"])
    >>> next(s.boundary for s in model.network.species if s.id == "IL6")
    True
    """
    names = set(species)
    if not names:
        return model
    changed = tuple(replace(s, boundary=True) if s.id in names else s for s in model.network.species)
    return Model(replace(model.network, species=changed))


def situation(protocol: Protocol, *, also_held: Iterable[str] = ()) -> Situation:
    """The situation that a protocol without times describes.

    Parameters
    ----------
    protocol : Protocol
        One level each; everything is there from the beginning and stays.
    also_held : iterable of str
        Further species to hold constant.

    Raises
    ------
    InputError
        Unknown names; a series, a pulse or a time, which a steady state cannot have.

    Examples
    --------
    >>> from jakstat.experiment.describe import make_protocol
    >>> s = situation(make_protocol("hepg2", stimuli="IL6=10ng/ml", perturb="SOCS3=0", parts="core"))
    >>> round(s.held["IL6"], 1), s.parameters
    (476.2, {'factor_SOCS3': 0.0})
    """
    _refuse_times(protocol)
    bench = bench_for(protocol)
    cell, plan = bench.cell, bench.plan
    parameters = {name: float(v[0]) for name, v in plan.parameters.items()}
    held: dict[str, float] = {}
    known = {s.id for s in cell.model.network.species}
    for dose in plan.doses[0]:
        if dose.target in known:
            held[dose.target] = held.get(dose.target, 0.0) + dose.amount
        else:
            parameters[dose.target] = dose.amount
    model = held_constant(_uncounted(cell.model), [*held, *also_held, *_only_taken_up(cell.model.network)])
    return Situation(
        cell, model, parameters, held, bench.read, (*plan.notes, *_cut(cell.model.network, held))
    )


def _cut(network: Network, held: Iterable[str]) -> list[str]:
    """A note on each given ligand that the cells also make: held, it closes no loop."""
    made = {r.species for reaction in network.reactions for r in reaction.products}
    return [
        f"{name} is held at its dose: what cells secrete of it does not count, and a loop through it is cut"
        for name in held
        if name in made
    ]


def _uncounted(model: Model) -> Model:
    """The model without what only accumulates, such as the number of cells: it has no steady state."""
    network = model.network
    counted = {r.variable for r in network.rate_rules if AT_REST.keys() & symbols(r.expression)}
    if not counted:
        return model
    rules = tuple(r for r in network.rate_rules if r.variable not in counted)
    still = tuple(replace(p, constant=True) if p.id in counted else p for p in network.parameters)
    return Model(replace(network, rate_rules=rules, parameters=still))


def _only_taken_up(network: Network) -> list[str]:
    """Species of the medium that no reaction makes."""
    made = {r.species for reaction in network.reactions for r in reaction.products}
    return [s.id for s in network.species if s.compartment == _MEDIUM and s.id not in made]


def _refuse_times(protocol: Protocol) -> None:
    hint = "give everything without a time"
    found: list[Problem] = []
    for a in protocol.additions:
        field = "--stimulus" if a.origin else "--drug"
        if len(a.values) > 1:
            told = next(text for text in protocol.series if text.startswith(f"{a.name} ("))
            found.append(Problem("steady.series", f"{told} is a series", field=field, hint="give one dose"))
        if a.schedule.stop is not None or a.schedule.starts != (0.0,):
            found.append(Problem("steady.timed", f"{a.name} is given at a time", field=field, hint=hint))
    for t in protocol.treatments:
        if t.off is not None or t.on != 0.0:
            found.append(Problem("steady.timed", f"{t.name} is timed", field="--treatment", hint=hint))
    for p in protocol.perturbations:
        if p.time is not None or len(p.factors) > 1:
            message = f"the factor on {p.gene} is timed or a series"
            found.append(Problem("steady.timed", message, field="--knockdown", hint=hint))
    if protocol.medium_changes:
        found.append(Problem("steady.timed", "the medium is changed at a time", field="--medium-change"))
    if found:
        raise InputError(found)


def settled_lanes(
    model: Model,
    *,
    parameters: Values,
    initial: Values,
    states: Reals | None = None,
    horizon: float = HORIZON_HOURS,
    max_steps: int = LIMITS.max_steps,
) -> Settled:
    """Integrate every lane until it rests, then Newton's method to the point.

    Parameters
    ----------
    model : Model
    parameters, initial : mapping of id to value or array (lanes,)
        As in :meth:`jakstat.engine.Model.simulate`; they set the conserved totals.
    states : array, shape (lanes, states), optional
        Where the lanes start instead; moved onto the totals first.
    horizon : float
        Longest time, in the model's unit (hours).
    max_steps : int
        Most steps of a lane; a search among many starts gives up after :data:`SEARCH_STEPS`.

    Returns
    -------
    Settled
        As :meth:`jakstat.engine.model.Model.steady_state` gives it.
    """
    if states is not None:
        field = model.vector_field(parameters or None, initial or None)
        states, met = on_totals(states, field.laws, field.totals)
        if not met.all():
            raise problem("steady.totals", "the starts do not have the conserved totals of the model")
    return model.steady_state(
        parameters or None, initial or None, states=states, horizon=horizon,
        rtol=REST_RELATIVE, methods=SOLVERS, max_steps=max_steps,
    )  # fmt: skip


def settled_next(
    model: Model, *, parameters: Values, initial: Values, states: Reals, horizon: float
) -> Settled:
    """:func:`settled_lanes` for lanes that start where they rested at a neighbouring level of an input.

    A lane that still moves after :data:`SEARCH_STEPS` is followed on to the common limit where the steady
    state beside its start is stable: it may be coming to it in many small swings.
    """
    found = settled_lanes(
        model, parameters=parameters, initial=initial, states=states, horizon=horizon, max_steps=SEARCH_STEPS
    )
    moving = np.array([o is Outcome.STEP_LIMIT for o in found.outcomes])
    if not moving.any():
        return found
    beside, converged = polish(found.field, states)
    near = np.linalg.norm(beside - states, axis=1) <= NEAR * np.linalg.norm(states, axis=1)
    inner, _ = reduced(found.field, np.where(converged[:, None], beside, states))
    stable = np.linalg.eigvals(inner).real.max(axis=1, initial=-np.inf) < 0
    if not (moving & converged & near & stable).any():
        return found
    return settled_lanes(model, parameters=parameters, initial=initial, states=states, horizon=horizon)
