"""The values of one lane of the reference solver, and its right-hand side and Jacobian."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from jakstat.engine.network.arithmetic import divide
from jakstat.engine.reference.reference_start import start_plan
from jakstat.engine.reference.reference_system import Derivative, Plan, RuleDerivative, System
from jakstat.errors import Outcome

__all__ = ["LaneState"]

Vector = NDArray[np.float64]


class LaneState:
    """All current values of one lane.

    Parameters
    ----------
    system : System
        The layout.
    parameters : mapping of str to float
        Values of parameters and sizes of compartments that replace those of the
        file, before initial assignments are worked out.
    initial : mapping of str to float
        Amounts of species, or values of other stored quantities, set afterwards.
    start : float
        Time of the first instant.
    """

    def __init__(
        self, system: System, parameters: Mapping[str, float], initial: Mapping[str, float], start: float
    ) -> None:
        self.system = system
        self.v: list[float] = [math.nan] * system.size
        self.n = len(system.states)
        self.low, self.high = -math.inf, math.inf
        self.frozen = False
        self.lost: Outcome | None = None  # set once a rate has been no finite number
        self.flows: list[tuple[int, float]] = []
        self.inflow: Vector = np.zeros(self.n)
        self.matrix: Vector = np.zeros((self.n, len(system.reactions)))
        self.varying = [c for c in system.coefficients if c.varies]
        self._derivatives: list[Derivative] | None = None
        self._rule_parts: list[RuleDerivative] | None = None
        self._begin(parameters, start)
        self.refresh(start)
        for name, value in initial.items():
            self.set_amount(name, value)
        self.refresh(start)

    # -------------------------------------------------------------- the first instant

    def _begin(self, parameters: Mapping[str, float], start: float) -> None:
        """Store the values of the file, then work out what depends on them."""
        system, network = self.system, self.system.network
        self.v[0] = start
        for c in network.compartments:
            self._store(c.id, c.size)
        for p in network.parameters:
            self._store(p.id, p.value)
        for name, ref in system.roles.references.items():
            self._store(name, ref.stoichiometry)
        for s in network.species:
            self._store(system.roles.stored_name(s.id), s.amount)
        for r in network.reactions:
            if r.rate is None:
                self.v[system.slots[r.id]] = 0.0
        for name, number in parameters.items():
            self.v[system.slots[name]] = number
        overridden = frozenset(a.variable for a in network.initial_assignments if a.variable in parameters)
        if overridden not in system.starts:
            system.starts[overridden] = start_plan(system, overridden)
        self._run(system.starts[overridden])

    def _store(self, name: str, value: float | None) -> None:
        if value is not None and name in self.system.stored:
            self.v[self.system.slots[name]] = value

    # -------------------------------------------------------------- reading and writing

    @property
    def y(self) -> Vector:
        """The states, as an array."""
        return np.array(self.v[1 : self.n + 1])

    def refresh(self, time: float) -> None:
        """Work out everything after a stored value has changed."""
        self.v[0] = time
        self._run(self.system.static_plan)
        self._run(self.system.dynamic_plan)
        self.matrix[:] = 0.0
        for c in self.system.coefficients:
            if not c.varies:
                self.matrix[c.state, c.reaction] += c.value(self.v)

    def look(self, time: float, y: Vector, plan: Plan) -> list[float]:
        """All values at a state; only what ``plan`` fills is up to date."""
        v = self.v
        v[0] = time
        v[1 : self.n + 1] = y.tolist()
        for place, value in plan:
            v[place] = value(v)
        return v

    def _run(self, plan: Plan) -> None:
        v = self.v
        for place, value in plan:
            v[place] = value(v)

    def set_amount(self, name: str, value: float) -> None:
        """Set a species' amount, or the value of any other stored quantity."""
        system = self.system
        stored = system.roles.stored_name(name)
        species = system.roles.species.get(name)
        if species is not None and stored == name and not species.substance_only:
            value = divide(value, self.v[system.slots[species.compartment]])
        self._put(stored, value)

    def assign(self, values: Mapping[str, float]) -> None:
        """Carry out event assignments: values of symbols, all at one instant.

        A concentration means the volume before the event, as the SBML test suite (case 01780) has it.
        """
        system = self.system
        sizes = {c.id for c in system.network.compartments}
        for name in sorted(values, key=lambda n: n in sizes):
            value = values[name]
            stored = system.roles.stored_name(name)
            if stored != name:
                value *= self.v[system.slots[system.roles.species[name].compartment]]
            self._put(stored, value)

    def _put(self, stored: str, value: float) -> None:
        system = self.system
        place = system.slots[stored]
        if value != self.v[place]:
            for s in system.network.species:
                # amounts outlast a change of volume, so a stored concentration must follow it
                if s.compartment == stored and s.id in system.roles.rated and not s.substance_only:
                    self.v[system.slots[s.id]] *= divide(self.v[place], value)
        self.v[place] = value

    def amount_of(self, name: str) -> float:
        """The amount of a species, or the value of another stored quantity."""
        system = self.system
        species = system.roles.species.get(name)
        value = self.v[system.slots[system.roles.stored_name(name)]]
        if species is None or species.substance_only or system.roles.keeps_amount(name):
            return value
        return value * self.v[system.slots[species.compartment]]

    def flow(self, name: str, rate: float) -> None:
        """Start (or, with the negative of an earlier rate, stop) a constant inflow into a species."""
        state = self.system.states.index(self.system.roles.stored_name(name))
        if (state, -rate) in self.flows:
            self.flows.remove((state, -rate))
        else:
            self.flows.append((state, rate))
        for i in range(self.n):
            self.inflow[i] = math.fsum(r for s, r in self.flows if s == i)

    def freeze(self, time: float, y: Vector) -> None:
        """Keep all watched conditions as they are now, until the next call."""
        self.look(time, y, self.system.dynamic_plan)
        self._run(self.system.condition_places)
        self.frozen = bool(self.system.conditions)

    # -------------------------------------------------------------- derivatives

    def rhs(self, time: float, y: Vector) -> Vector:
        """Rates of change of the states."""
        v = self.v
        # one-sided at both ends of a stretch: a switch there belongs to one stretch only
        v[0] = self.low if time < self.low else self.high if time > self.high else time
        v[1 : self.n + 1] = y.tolist()
        for place, value in self.system.frozen_plan if self.frozen else self.system.rhs_plan:
            v[place] = value(v)
        dy: Vector = self.matrix @ np.array(v[self.system.reaction_places]) + self.inflow
        first = self.system.reaction_places.start
        for c in self.varying:
            dy[c.state] += c.value(v) * v[first + c.reaction]
        for rule in self.system.rate_rules:
            dy[rule.state] += rule.frozen(v) if self.frozen else rule.live(v)
        if not np.isfinite(dy).all():
            self.lost = Outcome.NOT_A_NUMBER if np.isnan(dy).any() else self.lost or Outcome.INFINITE
        return dy

    def forget_lost(self) -> None:
        """Forget rates that were no finite numbers."""
        self.lost = None

    def prepare_jacobian(self) -> bool:
        """Whether an exact Jacobian is available (formulas are not too large for it)."""
        derivatives, rules = self.system.jacobian_parts
        self._derivatives = derivatives
        self._rule_parts = rules
        return derivatives is not None and rules is not None

    def jacobian(self, time: float, y: Vector) -> Vector:
        """Derivatives of :meth:`rhs` by the states, by the chain rule along the plan."""
        self.rhs(time, y)
        if not self.frozen:
            self._run(self.system.condition_places)
        v, n = self.v, self.n
        slopes = np.zeros((self.system.size, n))
        slopes[1 : n + 1] = np.eye(n)
        for derivative in self._derivatives or ():
            row = slopes[derivative.place]
            for other, part in derivative.parts:
                row += part(v) * slopes[other]
        jacobian: Vector = self.matrix @ slopes[self.system.reaction_places]
        first = self.system.reaction_places.start
        for c in self.varying:
            jacobian[c.state] += c.value(v) * slopes[first + c.reaction]
        for number, parts in self._rule_parts or ():
            for other, part in parts:
                jacobian[number] += part(v) * slopes[other]
        return np.nan_to_num(jacobian, nan=0.0, posinf=0.0, neginf=0.0)
