"""A model: a network, the report of its import, and what can be done with them."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jakstat.engine.dependencies import AMOUNT
from jakstat.engine.doses import Dose, Instant, schedule
from jakstat.engine.import_report import ImportReport
from jakstat.engine.network import Network
from jakstat.engine.reference import LaneResult, ReferenceSolver, Settings
from jakstat.engine.reference_system import System
from jakstat.engine.result import Failure, Result, Violation
from jakstat.engine.wire import content_key
from jakstat.errors import InputError, Outcome, Problem, problem
from jakstat.limits import LIMITS

__all__ = ["Model"]

Values = Mapping[str, ArrayLike]
Doses = Sequence[Dose] | Sequence[Sequence[Dose]]
METHODS = ("LSODA", "BDF", "Radau")


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
        return content_key(self.network)

    @cached_property
    def _plain(self) -> ReferenceSolver:
        return ReferenceSolver(System(self.network))

    def _solver(self, infused: frozenset[str]) -> ReferenceSolver:
        states = {name.removeprefix(AMOUNT) for name in self._plain.system.states}
        return self._plain if infused <= states else ReferenceSolver(System(self.network, sorted(infused)))

    def simulate(
        self,
        times: ArrayLike,
        parameters: Values | None = None,
        initial: Values | None = None,
        doses: Doses | None = None,
        outputs: Iterable[str] | None = None,
        *,
        rtol: float = 1e-6,
        atol: float = 1e-9,
        method: str = "LSODA",
        max_steps: int = LIMITS.max_steps,
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
        rtol, atol : float
            Relative tolerance, and absolute tolerance of amounts and of concentrations,
            whichever asks for more.
        method : {"LSODA", "BDF", "Radau"}
            Which of SciPy's stiff solvers to use.
        max_steps : int
            Most steps a lane may take.

        Returns
        -------
        Result
            Arrays of shape (lanes, T); a lane that fails holds NaN and its outcome.

        Raises
        ------
        InputError
            For times out of order, unknown ids, values of unequal length, impossible doses.

        Examples
        --------
        >>> from jakstat.engine import load_sbml
        >>> text = '''<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2">
        ... <model><listOfParameters><parameter id="x" value="1" constant="false"/></listOfParameters>
        ... <listOfRules><rateRule variable="x"><math xmlns="http://www.w3.org/1998/Math/MathML">
        ... <apply><minus/><ci>x</ci></apply></math></rateRule></listOfRules></model></sbml>'''
        >>> model = load_sbml(text, trusted=True)
        >>> result = model.simulate([0.0, 1.0], initial={"x": [1.0, 2.0]}, rtol=1e-9, atol=1e-12)
        >>> [round(float(x), 6) for x in result.value("x")[:, -1]]
        [0.367879, 0.735759]
        """
        settings = _settings(rtol, atol, method, max_steps)
        grid = _grid(times)
        lanes, given, first, tables = self._lanes(parameters, initial, doses)
        instants = [schedule(table, start=float(grid[0])) for table in tables]
        infused = frozenset(i.target for lane in instants for i in lane if i.kind == "rate")
        solver = self._solver(infused)
        names = self._outputs(outputs)
        columns = _columns(solver.system, names)
        places = [solver.system.slots[c] for c in columns]
        done = []
        for lane in range(lanes):
            p, i = ({k: float(v[lane]) for k, v in table.items()} for table in (given, first))
            table = instants[lane if len(instants) > 1 else 0] if instants else []
            done.append(_one(solver, grid, places, settings, p, i, table))
        return _gather(solver.system, grid, names, columns, done)

    def equilibrate(
        self,
        parameters: Values | None = None,
        initial: Values | None = None,
        doses: Doses | None = None,
        *,
        horizon: float = 1e4,
        rtol: float = 1e-6,
        atol: float = 1e-9,
        method: str = "LSODA",
        max_steps: int = LIMITS.max_steps,
    ) -> Result:
        """Integrate until nothing changes any more.

        The lane runs to ``horizon`` at a hundredth of the tolerances; it is steady when no state has changed
        by more than ``rtol * |x| + atol`` over its second half, so that the mean
        rate of change there is below that divided by ``horizon / 2``.

        Parameters
        ----------
        parameters, initial, doses
            As in :meth:`simulate`.
        horizon : float
            How long to integrate at most, in the model's time unit.
        rtol, atol : float
            How little may change.

        Returns
        -------
        Result
            One time point; ``Outcome.NOT_STEADY`` and NaN where no steady state was reached.

        Raises
        ------
        InputError
            As :meth:`simulate`.
        """
        if not (math.isfinite(horizon) and horizon > 0):
            raise problem("time.span", f"the horizon is {horizon!r}", field="horizon", hint="give a time above 0")
        run = self.simulate(
            [0.0, 0.5 * horizon, horizon],
            parameters, initial, doses,
            rtol=max(rtol * 1e-2, 1e-12), atol=atol * 1e-2, method=method, max_steps=max_steps,
        )  # fmt: skip
        return _steady(run, self._plain.system, rtol, atol)

    # -------------------------------------------------------------- checking what was asked

    def _lanes(
        self, parameters: Values | None, initial: Values | None, doses: Doses | None
    ) -> tuple[int, dict[str, NDArray[np.float64]], dict[str, NDArray[np.float64]], list[Sequence[Dose]]]:
        problems: list[Problem] = []
        given = _arrays(parameters or {}, "parameters", problems)
        first = _arrays(initial or {}, "initial", problems)
        system = self._plain.system
        sizes = {c.id for c in self.network.compartments} | {p.id for p in self.network.parameters}
        sizes |= set(system.roles.references)
        stored = {n.removeprefix(AMOUNT) for n in system.stored} - {r.id for r in self.network.reactions}
        problems += _unknown(given, sizes & stored, "parameters", system)
        problems += _unknown(first, stored, "initial", system)
        tables = _dose_tables(doses)
        for table in tables:
            problems += self._dose_targets(table, stored)
        lengths = {len(v) for v in (*given.values(), *first.values())} | ({len(tables)} if tables else set())
        lanes = max(lengths, default=1)
        if lengths - {1, lanes}:
            message = f"values are given for {sorted(lengths)} lanes"
            problems.append(Problem("lanes.length", message, hint="give one value or one per lane"))
        if problems:
            raise InputError(problems)
        spread = [{k: np.broadcast_to(v, lanes) for k, v in table.items()} for table in (given, first)]
        return lanes, spread[0], spread[1], tables

    def _dose_targets(self, table: Sequence[Dose], stored: set[str]) -> Iterable[Problem]:
        system = self._plain.system
        species = system.roles.species
        for dose in table:
            name = dose.target
            if name not in stored:
                yield _no_such(name, stored, "dose.target", "a dose cannot go to", "doses")
            elif dose.action == "add" and name not in species:
                yield Problem("dose.target", f"'{name}' is not a species", field="doses", hint="use action='set'")
            elif dose.duration > 0 and name in system.roles.rated:
                yield Problem("dose.target", f"'{name}' follows a rate rule and cannot be infused", field="doses")
            elif dose.action == "set" and name in species and dose.amount < 0:
                yield Problem("dose.negative", f"the amount is {dose.amount!r}", field="doses")

    def _outputs(self, outputs: Iterable[str] | None) -> list[str]:
        network = self.network
        parts = (*network.compartments, *network.species, *network.parameters, *network.reactions)
        known = [p.id for p in parts] + list(self._plain.system.roles.references)
        if outputs is None:
            return known
        wanted = list(dict.fromkeys(outputs))
        unknown = [_no_such(n, known, "output.unknown", "no quantity", "outputs") for n in set(wanted) - set(known)]
        if unknown:
            raise InputError(sorted(unknown, key=lambda p: p.message))
        return wanted


def _no_such(name: str, known: Iterable[str], code: str, words: str, place: str) -> Problem:
    near = difflib.get_close_matches(name, list(known), n=1)
    return Problem(code, f"{words} '{name}'", field=place, hint=f"did you mean '{near[0]}'?" if near else "")


def _settings(rtol: float, atol: float, method: str, max_steps: int) -> Settings:
    problems = []
    for name, value in (("rtol", rtol), ("atol", atol)):
        if not 0 < value < 1:
            problems.append(
                Problem("tolerance.range", f"{name} is {value!r}", field=name, hint="give a number between 0 and 1")
            )
    if method not in METHODS:
        hint = "one of " + ", ".join(METHODS)
        problems.append(Problem("method.unknown", f"no method '{method}'", field="method", hint=hint))
    if max_steps < 1:
        problems.append(Problem("count.range", f"max_steps is {max_steps}", field="max_steps"))
    if problems:
        raise InputError(problems)
    return Settings(float(rtol), float(atol), method, int(max_steps))


def _grid(times: ArrayLike) -> NDArray[np.float64]:
    grid = np.array(times, dtype=float, ndmin=1)
    if grid.ndim != 1 or grid.size == 0 or not np.all(np.isfinite(grid)):
        raise problem("time.value", "times must be a list of finite numbers", field="times")
    if grid.size > LIMITS.time_points:
        raise problem("time.count", f"{grid.size} times", field="times", hint=f"at most {LIMITS.time_points}")
    if np.any(np.diff(grid) <= 0):
        raise problem("time.order", "times do not increase", field="times", hint="sort them and drop doubles")
    return grid


def _arrays(values: Values, place: str, problems: list[Problem]) -> dict[str, NDArray[np.float64]]:
    found = {}
    for name, value in values.items():
        try:
            array = np.array(value, dtype=float, ndmin=1)
        except (TypeError, ValueError):
            problems.append(Problem("value.type", f"'{name}' is not a number", field=place))
            continue
        if array.ndim != 1 or array.size == 0:
            problems.append(Problem("value.type", f"'{name}' is not a number or a list of numbers", field=place))
            continue
        found[name] = array
    return found


def _unknown(values: Iterable[str], known: set[str], place: str, system: System) -> Iterable[Problem]:
    for name in values:
        if name in known:
            continue
        if name in system.nodes:
            message = f"'{name}' is worked out from a formula and cannot be set"
            yield Problem("value.ruled", message, field=place)
        else:
            yield _no_such(name, known, "value.unknown", "no value to set", place)


def _dose_tables(doses: Doses | None) -> list[Sequence[Dose]]:
    if doses is None:
        return []
    if not doses:
        return [[]]
    if all(isinstance(d, Dose) for d in doses):
        return [[d for d in doses if isinstance(d, Dose)]]
    tables: list[Sequence[Dose]] = []
    for table in doses:
        if isinstance(table, Dose) or not all(isinstance(d, Dose) for d in table):
            raise problem("dose.type", "doses are one list, or one list per lane", field="doses")
        tables.append(table)
    return tables


# ------------------------------------------------------------------ running and gathering


def _one(
    solver: ReferenceSolver,
    grid: NDArray[np.float64],
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


def _columns(system: System, names: list[str]) -> list[str]:
    columns = list(names)
    for name in names:
        species = system.roles.species.get(name)
        if species is not None:
            columns.append(species.compartment)
            if system.roles.keeps_amount(name):
                columns.append(AMOUNT + name)
    return list(dict.fromkeys(columns))


def _gather(
    system: System,
    grid: NDArray[np.float64],
    names: list[str],
    columns: list[str],
    done: list[LaneResult],
) -> Result:
    block = np.array([lane.record for lane in done])
    outcomes = np.array([int(lane.outcome) for lane in done], dtype=np.int64)
    block[outcomes != Outcome.OK] = math.nan
    values = {name: block[:, :, i] for i, name in enumerate(columns)}
    species = [system.roles.species[n] for n in names if n in system.roles.species]
    amounts = {}
    for s in species:
        if s.substance_only:
            amounts[s.id] = values[s.id]
        elif AMOUNT + s.id in values:
            amounts[s.id] = values[AMOUNT + s.id]
        else:
            amounts[s.id] = values[s.id] * values[s.compartment]
    last = {
        name: np.array([lane.last.get(name, math.nan) if lane.outcome == 0 else math.nan for lane in done])
        for name in system.roles.lasting()
    }
    return Result(
        times=grid,
        outcomes=outcomes,
        values={n: values[n] for n in names},
        amounts=amounts,
        sizes={s.compartment: values[s.compartment] for s in species},
        homes={s.id: s.compartment for s in species},
        violations=tuple(
            Violation(i, *lowest) for i, lane in enumerate(done) for lowest in lane.lowest
        ),
        failures=tuple(
            Failure(i, lane.time, lane.outcome, lane.fastest) for i, lane in enumerate(done) if lane.outcome
        ),
        last=last,
    )


def _steady(run: Result, system: System, rtol: float, atol: float) -> Result:
    """The last instant of a run whose states no longer change; other lanes are masked."""
    outcomes = run.outcomes.copy()
    for name in system.states:
        plain = name.removeprefix(AMOUNT)
        track = run.amounts[plain] if plain in run.amounts else run.values[plain]
        with np.errstate(invalid="ignore"):
            moved = np.abs(track[:, 2] - track[:, 1]) > rtol * np.abs(track[:, 2]) + atol
        outcomes[moved & (outcomes == Outcome.OK)] = Outcome.NOT_STEADY
    bad = outcomes != Outcome.OK

    def ends(table: Mapping[str, NDArray[np.float64]]) -> dict[str, NDArray[np.float64]]:
        return {name: np.where(bad[:, None], math.nan, track[:, -1:]) for name, track in table.items()}

    new = [
        Failure(int(i), float(run.times[-1]), Outcome.NOT_STEADY, "")
        for i in np.flatnonzero(outcomes == Outcome.NOT_STEADY)
    ]
    return Result(
        times=run.times[-1:],
        outcomes=outcomes,
        values=ends(run.values),
        amounts=ends(run.amounts),
        sizes=ends(run.sizes),
        homes=run.homes,
        violations=run.violations,
        failures=(*run.failures, *new),
        last={name: np.where(bad, math.nan, value) for name, value in run.last.items()},
    )
