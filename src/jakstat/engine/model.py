"""A model: a network, the report of its import, and what can be done with them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from jakstat.arrays import Floats
from jakstat.engine.batched.batched_model import BatchedModel
from jakstat.engine.batched.fast import METHODS as FAST
from jakstat.engine.batched.gather import columns_for, gather
from jakstat.engine.batched.steady_state import Settled, settle, still
from jakstat.engine.batched.summaries import in_pieces, read_summaries
from jakstat.engine.batched.vector_field import VectorField
from jakstat.engine.differences import SHARPER, by_differences
from jakstat.engine.directions import Directions, movable, named_directions
from jakstat.engine.doses import Instant, schedules
from jakstat.engine.network.dependencies import AMOUNT
from jakstat.engine.network.network import Network
from jakstat.engine.network.wire import network_key
from jakstat.engine.read.import_report import ImportReport
from jakstat.engine.reference.reference_solver import LaneResult, ReferenceSolver, Settings
from jakstat.engine.reference.reference_system import System
from jakstat.engine.request import (
    Doses,
    Request,
    Values,
    read_outputs,
    read_request,
    read_settings,
    read_times,
    repeated,
    slice_of,
)
from jakstat.engine.result import Result, Sensitivities
from jakstat.engine.tolerance import Tolerance
from jakstat.errors import Outcome, problem
from jakstat.limits import LIMITS
from jakstat.streams import check_seed

__all__ = ["Model"]

Tables = Sequence[Sequence[Instant]]


@dataclass(frozen=True)
class Model:
    """A reaction network that can be simulated.

    Parameters
    ----------
    network : Network
        What the document says.
    report : ImportReport
        What reading it turned up.
    """

    network: Network
    report: ImportReport = field(default_factory=ImportReport)

    @cached_property
    def key(self) -> str:
        """Content key: SHA-256 of the network's canonical JSON."""
        return network_key(self.network)

    @cached_property
    def _plain(self) -> ReferenceSolver:
        return ReferenceSolver(System(self.network))

    def _solver(self, infused: frozenset[str]) -> ReferenceSolver:
        states = {name.removeprefix(AMOUNT) for name in self._plain.system.states}
        return self._plain if infused <= states else ReferenceSolver(System(self.network, sorted(infused)))

    @cached_property
    def _batched(self) -> BatchedModel:
        return BatchedModel(self.network, self.key)

    def simulate(
        self,
        times: ArrayLike,
        parameters: Values | None = None,
        initial: Values | None = None,
        doses: Doses | None = None,
        outputs: Iterable[str] | None = None,
        *,
        rtol: float = 1e-6,
        atol: float | None = None,
        method: str = "auto",
        max_steps: int = LIMITS.max_steps,
        threads: int = 1,
        reduce: Mapping[str, tuple[str, str]] | None = None,
        sensitivities: Iterable[str] | Directions | None = None,
    ) -> Result:
        """Integrate the model; one lane per set of values.

        Parameters
        ----------
        times : array_like, shape (T,)
            Output times in the model's time unit, increasing; the first is where the integration starts.
        parameters : mapping of str to float or array, shape (lanes,), optional
            Values of parameters (and stoichiometries) and sizes of compartments that replace those of
            the file, and their initial assignments, before other initial assignments are worked out.
        initial : mapping of str to float or array, shape (lanes,), optional
            Amounts of species, or values of other changing quantities, set after initial assignments.
        doses : sequence of Dose, or one such sequence per lane, optional
            What is given when. The output at the time of a dose is the value after it.
        outputs : iterable of str, optional
            Ids to keep; all when not given.
        rtol : float
            Relative tolerance.
        atol : float, optional
            Absolute tolerance of amounts and of concentrations, whichever asks for more, in the model's
            units. When not given each state has its own (:mod:`jakstat.engine.tolerance`): a thousandth of
            ``rtol`` times the largest size it has had so far.
        method : {"auto", "LSODA", "BDF", "Radau", "rodas5p", "rodas4", "radau9"}
            One of SciPy's stiff solvers, or the batched one (radau9 for ``rtol`` below 1e-7, or rodas5p).
        max_steps : int
            Most steps a lane may take.
        threads : int
            Threads of the batched solver; they change no number.
        reduce : mapping of str to (kind, id), optional
            Summaries over ``times`` to keep instead of trajectories, e.g. ``{"peak": ("max", "x")}``;
            kinds are max, min, time_of_max, time_of_min, auc, mean and final. Memory then
            hardly grows with the number of lanes. They are in ``summaries`` of the result.
        sensitivities : iterable of str, or Directions, optional
            Parameters, sizes of compartments, and species (their initial amounts) to differentiate by.
            The derivatives are in ``sensitivities`` of the result; they are those of the numerical
            scheme itself, or central differences where the batched solver cannot carry
            them (events and switches that depend on the state or on what moves), and say which.

        Returns
        -------
        Result
            Arrays of shape (lanes, T); a lane that fails holds NaN and its outcome. ``tolerance`` says what
            was used, and which states never became as much as an ``atol`` that was given.

        Raises
        ------
        InputError
            For times out of order, unknown ids, values of unequal length, impossible doses.

        Examples
        --------
        >>> from jakstat.engine.load import load_sbml
        >>> text = '''<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2">
        ... <model><listOfParameters><parameter id="x" value="1" constant="false"/></listOfParameters>
        ... <listOfRules><rateRule variable="x"><math xmlns="http://www.w3.org/1998/Math/MathML">
        ... <apply><minus/><ci>x</ci></apply></math></rateRule></listOfRules></model></sbml>'''
        >>> model = load_sbml(text, trusted=True)
        >>> result = model.simulate([0.0, 1.0], initial={"x": [1.0, 2.0]}, rtol=1e-9, atol=1e-12)
        >>> [round(float(x), 6) for x in result.value("x")[:, -1]]
        [0.367879, 0.735759]
        """
        settings = read_settings(rtol, atol, method, max_steps, directions=sensitivities is not None)
        grid = read_times(times)
        asked = read_request(self._plain.system, parameters, initial, doses)
        instants = schedules(asked.doses, start=float(grid[0]))
        infused = frozenset(i.target for lane in instants for i in lane if i.kind == "rate")
        solver = self._solver(infused)
        chosen = read_summaries(reduce or {})
        names = read_outputs(
            self._plain.system, outputs if reduce is None else [s.id for s in chosen.values()]
        )

        def solve(lanes: Request, tables: Tables, s: Settings, along: Directions | None) -> Result:
            if s.method in FAST:
                return self._batched.simulate(solver, grid, lanes, tables, names, s, threads, along)
            return _one_by_one(solver, grid, lanes, tables, names, s)

        def run(part: slice) -> Result:
            tables = instants[part] if len(instants) > 1 else instants
            return solve(slice_of(asked, part), tables, settings, None)

        if sensitivities is not None:
            if reduce is not None:
                raise problem("option.clash", "summaries have no sensitivities", field="sensitivities")
            return self._differentiated(solve, solver, asked, settings, sensitivities, float(grid[0]))
        everything = slice(0, asked.lanes)
        return run(everything) if reduce is None else in_pieces(run, asked.lanes, chosen, grid)

    def _differentiated(
        self, solve: Callable[..., Result], plain: ReferenceSolver, asked: Request, settings: Settings,
        wanted: Iterable[str] | Directions, time: float,
    ) -> Result:  # fmt: skip
        """A run with its derivatives: carried along, or by differences where the batched solver cannot."""

        def begun(
            parameters: Mapping[str, Floats], initial: Mapping[str, Floats], lanes: int
        ) -> dict[str, Floats]:
            at = self._batched.solver(plain).begin(FAST["rodas5p"], parameters, initial, lanes, time)
            return {n: at.column(n) * at.size(n) for n in movable(plain.system)}

        along, assigned = wanted, {a.variable for a in self.network.initial_assignments}
        if not isinstance(along, Directions) or assigned & set(along.parameters):
            start = begun(asked.parameters, asked.initial, asked.lanes)
            if not isinstance(along, Directions):
                along = named_directions(along, asked, plain.system, start)
            # what an initial assignment gives is moved as a value of its own
            given = {n: start[n] for n in sorted(assigned) if n in along.parameters}
            asked = replace(asked, parameters={**given, **asked.parameters})
        result: Result = solve(asked, schedules(asked.doses, start=time), settings, along)
        if (found := result.sensitivities) is not None and found.exact:
            return result
        why = found.how if found is not None else f"{settings.method} carries none"
        if not along.differences:
            return replace(result, sensitivities=Sensitivities(along.names, {}, how=why))
        sharp = replace(
            settings,
            rtol=settings.rtol * SHARPER,
            atol=None if settings.atol is None else settings.atol * SHARPER,
        )

        def run(request: Request) -> Result:
            return solve(request, schedules(request.doses, start=time), sharp, None)

        return replace(result, sensitivities=by_differences(run, asked, along, begun, settings.rtol, why))

    def equilibrate(
        self,
        parameters: Values | None = None,
        initial: Values | None = None,
        doses: Doses | None = None,
        *,
        horizon: float = 1e4,
        rtol: float = 1e-6,
        atol: float | None = None,
        method: str = "rodas5p",
        max_steps: int = LIMITS.max_steps,
        sensitivities: Iterable[str] | Directions | None = None,
    ) -> Result:
        """Integrate until nothing changes any more.

        The lane runs to ``horizon`` at a hundredth of the tolerances; it is steady when no state has changed
        by more than ``rtol * |x|`` and the absolute tolerance over its second half, so that the mean
        rate of change there is below that divided by ``horizon / 2``.

        Parameters
        ----------
        parameters, initial, doses
            As in :meth:`simulate`.
        horizon : float
            How long to integrate at most, in the model's time unit.
        rtol, atol : float
            How little may change; as in :meth:`simulate`.
        sensitivities
            As in :meth:`simulate`; they come to rest with the states.

        Returns
        -------
        Result
            One time point; ``Outcome.NOT_STEADY`` and NaN where no steady state was reached.

        Raises
        ------
        InputError
            As :meth:`simulate`.
        """
        _check_horizon(horizon)
        run = self.simulate(
            [0.0, 0.5 * horizon, horizon],
            parameters, initial, doses,
            rtol=max(rtol * 1e-2, 1e-12), atol=None if atol is None else atol * 1e-2,
            method=method, max_steps=max_steps, sensitivities=sensitivities,
        )  # fmt: skip
        return still(run, self._plain.system, Tolerance(rtol, atol))

    def steady_state(
        self,
        parameters: Values | None = None,
        initial: Values | None = None,
        *,
        states: Floats | None = None,
        horizon: float = 1e4,
        rtol: float = 1e-9,
        atol: float | None = None,
        methods: Sequence[str] = ("rodas5p",),
        max_steps: int = LIMITS.max_steps,
    ) -> Settled:
        """The steady state that each lane comes to, to the last digit.

        Integration brings a lane near rest, Newton's method with the exact Jacobian and the conserved totals
        to the point. It is kept only near where the lane stands, on its totals and nowhere negative; a lane
        that does not come to rest is ``Outcome.NOT_STEADY``.

        Parameters
        ----------
        parameters, initial
            As in :meth:`simulate`; they set the conserved totals.
        states : array, shape (lanes, states), optional
            Where the lanes start instead, with the same totals.
        horizon : float
            How long to integrate, in the model's time unit.
        rtol, atol : float
            Tolerances of the integration, as in :meth:`simulate`.
        methods : sequence of str
            Methods of the integration; the next one is taken where a lane meets a NaN.
        max_steps : int
            Most steps of a lane.

        Returns
        -------
        Settled
            States, outcomes and the field around them.

        Raises
        ------
        InputError
            As :meth:`simulate`; ``steady.events`` and ``steady.time`` for models that cannot come to rest.

        Examples
        --------
        >>> from jakstat.engine.load import load_sbml
        >>> text = '''<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2">
        ... <model><listOfParameters><parameter id="x" value="1" constant="false"/></listOfParameters>
        ... <listOfRules><rateRule variable="x"><math xmlns="http://www.w3.org/1998/Math/MathML">
        ... <apply><minus/><cn>3</cn><ci>x</ci></apply></math></rateRule></listOfRules></model></sbml>'''
        >>> load_sbml(text, trusted=True).steady_state().states.tolist()
        [[3.0]]
        """
        _check_horizon(horizon)
        field = self.vector_field(parameters, initial)
        if states is not None and len(field.start) == 1:
            field = field.lane(0, len(states))

        def integrate(first: Values) -> Result:
            for method in methods:
                run = self.simulate(
                    [0.0, 0.5 * horizon, horizon], parameters, {**(initial or {}), **first},
                    outputs=list(field.names), rtol=rtol, atol=atol, method=method, max_steps=max_steps,
                )  # fmt: skip
                if Outcome.NOT_A_NUMBER not in run.outcomes:
                    break
            return run

        begin = field.start if states is None else states
        return settle(field, begin, integrate, self._plain.system, atol=atol)

    def vector_field(self, parameters: Values | None = None, initial: Values | None = None) -> VectorField:
        """The equations themselves, for methods that look for their roots: rates, Jacobian, conserved totals.

        Parameters
        ----------
        parameters, initial
            As in :meth:`simulate`.

        Raises
        ------
        InputError
            As :meth:`simulate`; ``steady.events`` and ``steady.time`` for models that cannot come to rest.

        Examples
        --------
        >>> from jakstat.engine.load import load_sbml
        >>> text = '''<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2">
        ... <model><listOfParameters><parameter id="x" value="1" constant="false"/></listOfParameters>
        ... <listOfRules><rateRule variable="x"><math xmlns="http://www.w3.org/1998/Math/MathML">
        ... <apply><minus/><cn>3</cn><ci>x</ci></apply></math></rateRule></listOfRules></model></sbml>'''
        >>> field = load_sbml(text, trusted=True).vector_field()
        >>> field.rates(field.start).tolist(), field.jacobian(field.start).tolist()
        ([[2.0]], [[[-1.0]]])
        """
        self._can_rest()
        asked = read_request(self._plain.system, parameters, initial, None)
        solver, method = self._batched.solver(self._plain), FAST["rodas5p"]
        lanes = solver.begin(method, asked.parameters, asked.initial, asked.lanes, 0.0)
        return VectorField(solver, method, lanes.inputs, lanes.states)

    def _can_rest(self) -> None:
        if self.network.events:
            raise problem("steady.events", "the model has events", hint="use equilibrate")
        if self._batched.solver(self._plain).kernels.time_dependent:
            raise problem("steady.time", "rates depend on the time itself", hint="use equilibrate")

    def sample_paths(
        self,
        times: ArrayLike,
        parameters: Values | None = None,
        initial: Values | None = None,
        outputs: Iterable[str] | None = None,
        *,
        seed: int,
        lanes: int = 1,
        first: int = 0,
        per_amount: float = 1.0,
        method: str = "ssa",
        max_steps: int = 10_000_000,
    ) -> Result:
        """Random paths of the network as a jump process, one per lane.

        Parameters
        ----------
        times, parameters, initial, outputs
            As in :meth:`simulate`.
        seed : int
            Seed; path i has its own stream, whatever the other paths do.
        lanes : int
            Number of paths, if the values given do not say it.
        first : int
            Number of the first path: the streams of paths ``first``, ``first + 1``, ... are drawn from.
        per_amount : float
            Particles in one unit of amount (602.2 for zmol).
        method : {"ssa", "tau"}
            Exact simulation (doi:10.1021/j100540a008) or tau-leaping (doi:10.1063/1.2159468).
        max_steps : int
            Most firings or leaps of a lane.

        Returns
        -------
        Result
            The state held at each output time.

        Raises
        ------
        InputError
            As :meth:`simulate`; ``stochastic.*`` for models that are no jump process.

        Examples
        --------
        >>> from jakstat.engine.load import load_sbml
        >>> text = '''<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2">
        ... <model><listOfParameters><parameter id="x" value="1" constant="true"/></listOfParameters>
        ... </model></sbml>'''
        >>> float(load_sbml(text, trusted=True).sample_paths([0.0, 1.0], seed=1).value("x")[0, 1])
        1.0
        """
        from jakstat.engine.stochastic.stochastic_model import STOCHASTIC, simulate_paths

        grid = read_times(times)
        if method not in STOCHASTIC:
            hint = " or ".join(STOCHASTIC)
            raise problem("method.unknown", f"no method '{method}'", field="method", hint=hint)
        if not (math.isfinite(per_amount) and per_amount > 0 and lanes > 0):
            raise problem("count.range", "per_amount and lanes must be above 0", field="per_amount")
        asked = read_request(self._plain.system, parameters, initial, None)
        if asked.lanes == 1:
            asked = repeated(asked, lanes)
        self.check_paths()
        solver = self._batched.solver(self._plain)
        names = read_outputs(self._plain.system, outputs)
        return simulate_paths(
            solver, self._plain.system.roles, FAST["rodas5p"], grid, asked, names, kind=method,
            seed=check_seed(seed), first=first, per_amount=per_amount, max_steps=max_steps,
        )  # fmt: skip

    def check_paths(self) -> None:
        """Refuse a model that is no jump process.

        Raises
        ------
        InputError
            ``stochastic.events``, ``.rate_rules``, ``.time`` or ``.stoichiometry``.
        """
        from jakstat.engine.stochastic.stochastic_model import check_stochastic

        check_stochastic(self.network, self._batched.solver(self._plain).kernels.time_dependent)


def _check_horizon(horizon: float) -> None:
    if not (math.isfinite(horizon) and horizon > 0):
        raise problem("time.span", f"the horizon is {horizon!r}", field="horizon", hint="give a time above 0")


def _one_by_one(
    solver: ReferenceSolver,
    grid: Floats,
    asked: Request,
    instants: Sequence[Sequence[Instant]],
    names: list[str],
    settings: Settings,
) -> Result:
    """All lanes by the reference solver, one after the other."""
    columns = columns_for(solver.system, names)
    places = [solver.system.slots[c] for c in columns]
    done = []
    for lane in range(asked.lanes):
        p, i = ({k: float(v[lane]) for k, v in table.items()} for table in (asked.parameters, asked.initial))
        table = instants[lane if len(instants) > 1 else 0] if instants else []
        done.append(_one(solver, grid, places, settings, p, i, table))
    return gather(solver.system, grid, names, columns, done, settings.tolerance)


def _one(
    solver: ReferenceSolver,
    grid: Floats,
    places: list[int],
    settings: Settings,
    parameters: dict[str, float],
    initial: dict[str, float],
    instants: Sequence[Instant],
) -> LaneResult:
    if not all(math.isfinite(x) for x in (*parameters.values(), *initial.values())):
        empty = np.full((len(grid), len(places)), math.nan)
        return LaneResult(Outcome.BAD_PARAMETER, empty, float(grid[0]), "", (), {})
    return solver.run(grid, places, settings, parameters=parameters, initial=initial, instants=instants)
