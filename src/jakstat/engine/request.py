"""What a caller asks of a simulation, checked and made regular."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jakstat.engine.doses import Dose
from jakstat.engine.reference.reference_solver import Settings
from jakstat.engine.reference.reference_system import System
from jakstat.errors import InputError, Problem, problem
from jakstat.limits import LIMITS

__all__ = [
    "Doses",
    "Request",
    "Values",
    "lanes_of",
    "read_outputs",
    "read_request",
    "read_settings",
    "read_times",
    "repeated",
    "slice_of",
]

Values = Mapping[str, ArrayLike]
"""Values by id: one number for all lanes, or an array of shape (lanes,)."""

Doses = Sequence[Dose] | Sequence[Sequence[Dose]]
"""One table of doses for all lanes, or one per lane."""

METHODS = ("LSODA", "BDF", "Radau", "rodas5p", "rodas4", "radau9")
TIGHT = 1e-7
"""Relative tolerance below which ``auto`` takes radau9, which then costs less at the same error."""


@dataclass(frozen=True, slots=True)
class Request:
    """Lanes and what is given in each; arrays have shape (lanes,), ``doses`` 0, 1 or ``lanes`` tables."""

    lanes: int
    parameters: Mapping[str, NDArray[np.float64]]
    initial: Mapping[str, NDArray[np.float64]]
    doses: Sequence[Sequence[Dose]]


def read_request(
    system: System, parameters: Values | None, initial: Values | None, doses: Doses | None
) -> Request:
    """Check ids and lengths of everything that is given.

    Raises
    ------
    InputError
        ``value.unknown``, ``value.ruled``, ``value.type``, ``lanes.length``, ``dose.target`` and the like.
    """
    problems: list[Problem] = []
    given = _arrays(parameters or {}, "parameters", problems)
    first = _arrays(initial or {}, "initial", problems)
    network = system.network
    stored = system.initially
    problems += _unknown(given, system.settable, "parameters", system)
    problems += _unknown(first, stored, "initial", system)
    tables = _dose_tables(doses)
    for table in {id(t): t for t in tables}.values():  # lanes often share one table
        problems += _dose_targets(system, table, stored)
    lengths = {len(v) for v in (*given.values(), *first.values())} | ({len(tables)} if tables else set())
    lanes = max(lengths, default=1)
    if lengths - {1, lanes}:
        message = f"values are given for {sorted(lengths)} lanes"
        problems.append(Problem("lanes.length", message, hint="give one value or one per lane"))
    if problems:
        raise InputError(problems)
    for size in (c.id for c in network.compartments if c.id in given):
        given[size] = np.where(given[size] > 0, given[size], np.nan)  # concentrations divide by it
    return Request(lanes, _spread(given, lanes), _spread(first, lanes), tables)


def _spread(values: Mapping[str, NDArray[np.float64]], lanes: int) -> dict[str, NDArray[np.float64]]:
    """Every value in all lanes."""
    return {k: v if len(v) == lanes else np.broadcast_to(v, lanes) for k, v in values.items()}


def repeated(request: Request, lanes: int) -> Request:
    """The request of a single lane for a number of lanes."""
    return Request(lanes, _spread(request.parameters, lanes), _spread(request.initial, lanes), request.doses)


def slice_of(request: Request, part: slice) -> Request:
    """The request of some of its lanes."""
    tables = request.doses[part] if len(request.doses) > 1 else request.doses
    cut = [{k: v[part] for k, v in table.items()} for table in (request.parameters, request.initial)]
    return Request(len(range(*part.indices(request.lanes))), cut[0], cut[1], tables)


def lanes_of(request: Request, lanes: Sequence[int]) -> Request:
    """The request of some of its lanes, by number."""
    tables = [request.doses[k] for k in lanes] if len(request.doses) > 1 else request.doses
    cut = [{k: v[list(lanes)] for k, v in t.items()} for t in (request.parameters, request.initial)]
    return Request(len(lanes), cut[0], cut[1], tables)


def _dose_targets(system: System, table: Sequence[Dose], stored: Set[str]) -> Iterable[Problem]:
    species = system.roles.species
    sizes = {c.id for c in system.network.compartments}
    for dose in table:
        name = dose.target
        if name not in stored:
            yield _no_such(name, stored, "dose.target", "a dose cannot go to", "doses")
        elif dose.action == "add" and name not in species:
            yield Problem("dose.target", f"'{name}' is not a species", field="doses", hint="use action='set'")
        elif dose.duration > 0 and name in system.roles.rated:
            message = f"'{name}' follows a rate rule and cannot be infused"
            yield Problem("dose.target", message, field="doses")
        elif dose.action == "set" and name in sizes and not dose.amount > 0:
            yield Problem("dose.size", f"the size of '{name}' is {dose.amount!r}", field="doses")
        elif dose.action == "set" and name in species and dose.amount < 0:
            yield Problem("dose.negative", f"the amount is {dose.amount!r}", field="doses")


def read_outputs(system: System, outputs: Iterable[str] | None) -> list[str]:
    """The ids to keep; all of the network when nothing is asked for.

    Raises
    ------
    InputError
        ``output.unknown``.
    """
    known = system.quantities
    if outputs is None:
        return list(known)
    wanted = list(dict.fromkeys(outputs))
    unknown = sorted(set(wanted) - set(known))
    if unknown:
        raise InputError(_no_such(n, known, "output.unknown", "no quantity", "outputs") for n in unknown)
    return wanted


def _no_such(name: str, known: Iterable[str], code: str, words: str, place: str) -> Problem:
    near = difflib.get_close_matches(name, list(known), n=1)
    return Problem(code, f"{words} '{name}'", field=place, hint=f"did you mean '{near[0]}'?" if near else "")


def read_settings(
    rtol: float, atol: float | None, method: str, max_steps: int, *, directions: bool = False
) -> Settings:
    """Tolerances, method and step limit, checked; ``directions`` are derivatives to be carried along."""
    method = _chosen_method(method, rtol, directions=directions)
    problems = []
    for name, value in {"rtol": rtol, **({} if atol is None else {"atol": atol})}.items():
        if not 0 < value < 1:
            problems.append(
                Problem(
                    "tolerance.range",
                    f"{name} is {value!r}",
                    field=name,
                    hint="give a number between 0 and 1",
                )
            )
    if method not in METHODS:
        hint = "one of " + ", ".join(METHODS)
        problems.append(Problem("method.unknown", f"no method '{method}'", field="method", hint=hint))
    if max_steps < 1:
        problems.append(Problem("count.range", f"max_steps is {max_steps}", field="max_steps"))
    if problems:
        raise InputError(problems)
    return Settings(float(rtol), None if atol is None else float(atol), method, int(max_steps))


def _chosen_method(method: str, rtol: float, *, directions: bool) -> str:
    """What ``auto`` stands for; derivatives along directions are carried by rodas5p alone."""
    if method != "auto":
        return method
    return "radau9" if rtol < TIGHT and not directions else "rodas5p"


def read_times(times: ArrayLike) -> NDArray[np.float64]:
    """Output times as an increasing array, shape (T,)."""
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
            array = np.array(value, dtype=float, ndmin=1, copy=None)
        except (TypeError, ValueError):
            problems.append(Problem("value.type", f"'{name}' is not a number", field=place))
            continue
        if array.ndim != 1 or array.size == 0:
            problems.append(
                Problem("value.type", f"'{name}' is not a number or a list of numbers", field=place)
            )
            continue
        found[name] = array
    return found


def _unknown(values: Iterable[str], known: Set[str], place: str, system: System) -> Iterable[Problem]:
    for name in values:
        if name in known:
            continue
        if name in system.nodes:
            message = f"'{name}' is worked out from a formula and cannot be set"
            if name in system.roles.species and name not in system.roles.assigned:
                message = f"'{name}' is a species: give its amount in initial"
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
    seen: set[int] = set()
    for table in doses:
        if id(table) in seen:
            tables.append(table)  # type: ignore[arg-type]
            continue
        seen.add(id(table))
        if isinstance(table, Dose) or not all(isinstance(d, Dose) for d in table):
            raise problem("dose.type", "doses are one list, or one list per lane", field="doses")
        tables.append(table)
    return tables
