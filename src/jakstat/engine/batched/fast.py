"""The batched solver behind ``Model.simulate``: from ids and lanes to arrays and back.

Which quantity lies where is fixed once per model; a run fills arrays with one row per
lane, lets the compiled step loop work, and reads the outputs from its rows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.engine.batched.direction_call import DirectionCall
from jakstat.engine.batched.dose_table import DoseTable
from jakstat.engine.batched.ensemble import (
    LOOPS,
    Drive,
    LaneResults,
    Start,
    compile_drive,
    map_lanes,
    run_lanes,
)
from jakstat.engine.batched.second_look import look_again
from jakstat.engine.compile.eased import base_names, eased
from jakstat.engine.compile.equations import Equations, equations, start_values
from jakstat.engine.compile.kernel_cache import KernelCache, default_folder
from jakstat.engine.compile.kernels import (
    BEST,
    ModelKernels,
    OutputKernel,
    StartKernel,
    compile_model,
    compile_outputs,
    compile_slopes,
    compile_start,
)
from jakstat.engine.compile.layout import DOSE_ADD, DOSE_INPUT, DOSE_INPUT_ADD, DOSE_RATE, DOSE_SET
from jakstat.engine.compile.machine import Machine, host
from jakstat.engine.compile.method import Collocation, Method
from jakstat.engine.compile.radau9 import RADAU9
from jakstat.engine.compile.rodas4 import RODAS4
from jakstat.engine.compile.rodas5p import RODAS5P
from jakstat.engine.compile.tangent import (
    BlockKernels,
    DirectionKernel,
    TangentKernels,
    compile_blocks,
    compile_output_slopes,
    compile_start_slopes,
    compile_tangents,
)
from jakstat.engine.doses import Instant
from jakstat.engine.network.network import Network
from jakstat.errors import Outcome

__all__ = ["METHODS", "FastSolver", "Lanes", "dose_table", "in_blocks"]

METHODS: Mapping[str, Method] = {"rodas5p": RODAS5P, "rodas4": RODAS4, "radau9": RADAU9}
STEPS = 100
"""Steps that a lane is expected to take."""
STEPS_OF_A_DOSE = 10
SMALL = 60
"""Species up to which level 2 takes less than a tenth of a second more than level 0."""
LONG = 1_000_000
"""Steps of lanes after which level 2 has cost about what it has gained."""
SHARED_LONG = 50_000
"""The same for the step loop, which all models share: it is made once per machine."""
Table = Mapping[str, Floats]
Part = TypeVar("Part")
AT_A_TIME = 64


def in_blocks(values: Table) -> Iterator[tuple[Sequence[str], Floats]]:
    """Names, some at a time, and their values as rows.

    Examples
    --------
    >>> next(in_blocks({"a": np.array([1.0, 2.0]), "b": np.array([3.0, 4.0])}))[1].tolist()
    [[1.0, 2.0], [3.0, 4.0]]
    """
    names = list(values)
    for first in range(0, len(names), AT_A_TIME):
        here = names[first : first + AT_A_TIME]
        yield here, np.array([values[name] for name in here])


@dataclass(frozen=True)
class FastSolver:
    """The compiled kernels of one network and what is known about its layout.

    Parameters
    ----------
    network : Network
        What to solve.
    key : str
        Its content key.
    infused : frozenset of str
        Species that doses feed at a rate.
    eased : bool
        Whether powers reach a little beyond where they have a value, for lanes that met a NaN.
    """

    network: Network
    key: str
    infused: frozenset[str] = frozenset()
    eased: bool = False
    cache: KernelCache = field(default_factory=lambda: KernelCache(default_folder()))
    _parts: dict[object, object] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def machine(self) -> Machine:
        """The processor."""
        return host()

    @cached_property
    def _system(self) -> Equations:
        made = equations(self.network, sorted(self.infused))
        return eased(made) if self.eased else made

    @cached_property
    def easier(self) -> FastSolver:
        """The same with eased equations."""
        return replace(self, eased=True, _parts={})

    @cached_property
    def bases(self) -> list[str]:
        """Names of the bases of eased powers and of their sizes."""
        return base_names(self._system.eased or 0)

    @cached_property
    def _name(self) -> str:
        return " ".join([self.key, *sorted(self.infused), *(["eased;"] if self.eased else [])])

    @property
    def level(self) -> int:
        """LLVM's level for this model: 0 until it has run for long, unless level 2 takes no time."""
        small = len(self.network.species) <= SMALL
        return BEST if small or self._lane_steps >= LONG else 0

    @property
    def _lane_steps(self) -> int:
        found = self._parts.get("lane steps", 0)
        return found if isinstance(found, int) else 0

    def once(self, key: object, kind: type[Part], make: Callable[[], Part]) -> Part:
        """What was made under a key, or is made now."""
        found = self._parts.get(key)
        if not isinstance(found, kind):
            found = make()
            self._parts[key] = found
        return found

    def expect(self, lane_steps: int) -> None:
        """Count steps of lanes that were run or are about to be; with many, kernels are compiled anew."""
        self._parts["lane steps"] = self._lane_steps + lane_steps

    @property
    def kernels(self) -> ModelKernels:
        """The model's own kernels."""
        level = self.level
        found = self._parts.get(("kernels", level))
        if not isinstance(found, ModelKernels):
            found = compile_model(lambda: self._system, self._name, self.machine, self.cache, level=level)
            self._parts["kernels", level] = found
        return found

    def kernels_for(self, method: Method) -> ModelKernels:
        """The model's kernels, with complex factors where a method needs them."""
        if not isinstance(method, Collocation):
            return self.kernels
        level = self.level
        found = self._parts.get(("complex kernels", level))
        if not isinstance(found, ModelKernels):
            found = compile_model(
                lambda: self._system, self._name, self.machine, self.cache, level=level, pairs=True
            )
            self._parts["complex kernels", level] = found
        return found

    def drive(self, method: Method, *, directions: bool = False) -> Drive:
        """The step loop of a method, with or without derivatives along directions."""
        level = LOOPS if self._lane_steps >= SHARED_LONG else 0
        found = self._parts.get((method.name, directions, level))
        if not isinstance(found, Drive):
            found = compile_drive(method, self.machine, self.cache, directions=directions, level=level)
            self._parts[method.name, directions, level] = found
        return found

    @cached_property
    def tangents(self) -> TangentKernels:
        """The kernels of derivatives along directions."""
        return compile_tangents(lambda: self._system, self._name, self.machine, self.cache)

    def direction_blocks(self, count: int) -> BlockKernels:
        """The kernels of so many vectors of directions at once."""
        found = self._parts.get(("directions", count))
        if not isinstance(found, BlockKernels):
            made = self.tangents, count, self._name, self.machine, self.cache
            found = self._parts["directions", count] = compile_blocks(lambda: self._system, *made)
        return found

    def output_slopes(self, values: tuple[str, ...]) -> DirectionKernel:
        """The kernel of derivatives of the values of ids."""
        found = self._parts.get(("output slopes", values))
        if not isinstance(found, DirectionKernel):
            found = compile_output_slopes(lambda: self._system, values, self._name, self.machine, self.cache)
            self._parts["output slopes", values] = found
        return found

    def start_slopes(self, replaced: frozenset[str]) -> DirectionKernel:
        """The kernel of derivatives of what lanes start from."""
        found = self._parts.get(("start slopes", replaced))
        if not isinstance(found, DirectionKernel):
            key = " ".join([self._name, "/", *sorted(replaced)])
            found = compile_start_slopes(
                lambda: start_values(self.network, self._system, replaced), key, self.machine, self.cache
            )
            self._parts["start slopes", replaced] = found
        return found

    def start(self, replaced: frozenset[str]) -> StartKernel:
        """The start kernel for a set of replaced initial assignments."""
        found = self._parts.get(("start", replaced))
        if not isinstance(found, StartKernel):
            key = " ".join([self._name, "/", *sorted(replaced)])
            found = compile_start(
                lambda: start_values(self.network, self._system, replaced), key, self.machine, self.cache
            )
            self._parts["start", replaced] = found
        return found

    def outputs(self, wanted: tuple[tuple[str, str], ...], *, machine: Machine | None = None) -> OutputKernel:
        """The kernel of a choice of outputs, each (``amount`` or ``value``, id)."""
        level, machine = self.level, machine or self.machine
        found = self._parts.get(("outputs", level, wanted, machine.width))
        if not isinstance(found, OutputKernel):
            found = compile_outputs(
                lambda: self._system, wanted, self._name, machine, self.cache, level=level
            )
            self._parts["outputs", level, wanted, machine.width] = found
        return found

    @cached_property
    def slopes(self) -> tuple[OutputKernel, tuple[tuple[int, int], ...]]:
        """The kernel of the Jacobian's entries, and the place of each."""
        return compile_slopes(lambda: self._system, self._name, self.machine, self.cache)

    @cached_property
    def places(self) -> Mapping[str, tuple[str, int]]:
        """Where each stored id lies: array (``y`` or ``p``) and place."""
        kernels = self.kernels
        table = {name: ("p", i) for i, name in enumerate(kernels.input_names)}
        return table | {name: ("y", i) for i, name in enumerate(kernels.state_names)}

    @cached_property
    def homes(self) -> Mapping[str, str]:
        """The compartment of each species."""
        return {s.id: s.compartment for s in self.network.species}

    def constants(self, inputs: Floats, method: Method) -> Floats:
        """What a lane's inputs fix, one row per lane: array ``c`` of the kernels."""
        kernels = self.kernels
        sizes = (kernels.inputs, 0, kernels.constants + kernels.states)
        none = np.zeros((len(inputs), 0))
        return map_lanes(
            self.drive(method), kernels.address("prep"), sizes, inputs, none, 0.0, kernels.scratch
        )

    def rates(self, states: Floats, constants: Floats, method: Method) -> Floats:
        """Rates of change of the states at time 0, one row per lane."""
        kernels = self.kernels
        sizes = (kernels.states, constants.shape[1], kernels.states)
        return map_lanes(
            self.drive(method), kernels.address("rhs"), sizes, states, constants, 0.0, kernels.scratch
        )

    def begin(self, method: Method, parameters: Table, initial: Table, lanes: int, time: float) -> Lanes:
        """Inputs and states of all lanes at the start time."""
        start = self.start(self.replaced(parameters))
        raw = self.raw_values(parameters, lanes)
        kernels = self.kernels
        sizes = (len(start.raw), 0, kernels.inputs + kernels.states)
        address = start.library.address("start")
        rows = map_lanes(self.drive(method), address, sizes, raw, np.zeros((lanes, 0)), time, start.scratch)
        made = Lanes(self, rows[:, : kernels.inputs].copy(), rows[:, kernels.inputs :].copy())
        for name, values in initial.items():
            made.set(name, values)
        return made

    def replaced(self, parameters: Iterable[str]) -> frozenset[str]:
        """Given ids whose initial assignment gives way."""
        return frozenset({a.variable for a in self.network.initial_assignments} & set(parameters))

    def raw_values(self, parameters: Table, lanes: int) -> Floats:
        """What the start kernel begins with, one row per lane."""
        start = self.start(self.replaced(parameters))
        raw = np.tile(np.array(start.defaults), (lanes, 1))
        column = {name: i for i, name in enumerate(start.raw)}
        for names, rows in in_blocks(parameters):
            raw[:, [column[name] for name in names]] = rows.T
        return raw

    def moved(self, doses: DoseTable) -> frozenset[int]:
        """Inputs that doses or events change."""
        if len(doses.kind) < 2:  # the last row is no dose
            return self.kernels.event_inputs
        sets = np.isin(doses.kind, (DOSE_INPUT, DOSE_INPUT_ADD))
        return self.kernels.event_inputs | set(doses.index[sets].tolist())

    def run(
        self,
        lanes: Lanes,
        method: Method,
        times: Floats,
        doses: DoseTable,
        wanted: tuple[tuple[str, str], ...],
        *,
        rtol: float,
        atol: float | None,
        max_steps: int,
        threads: int,
        directions: DirectionCall | None = None,
    ) -> LaneResults:
        """Integrate lanes from the first of ``times`` to the last."""
        count = len(lanes.inputs)
        along = 0 if directions is None else directions.layout.directions
        self.expect((count * STEPS + STEPS_OF_A_DOSE * int((doses.last - doses.first).sum())) * (1 + along))
        start = Start(
            lanes.inputs, lanes.states, np.full(count, times[0]), np.full(count, times[-1]), np.zeros(count),
            np.zeros(count, np.int64),
        )  # fmt: skip
        integrate = partial(
            run_lanes, self.drive(method, directions=directions is not None), self.kernels_for(method),
            self.outputs(wanted), times=times,
            rtol=rtol, atol=atol, max_steps=max_steps, threads=threads,
            keep_inputs=bool(self.moved(doses)),
        )  # fmt: skip

        def again(rows: NDArray[np.intp], typical: Floats) -> LaneResults:
            along = None if directions is None else directions.of(rows)
            better = integrate(start.of(rows), doses.of(rows), typical=typical, directions=along)
            if directions is not None and along is not None:
                good = better.outcomes == int(Outcome.OK)  # the others keep their first answer
                directions.put(rows[good], along.of(np.flatnonzero(good)))
            return better

        run = integrate(start, doses, directions=directions)
        return run if atol is not None else look_again(run, again)


@dataclass(frozen=True, slots=True)
class Lanes:
    """Inputs and states of lanes, one row each."""

    solver: FastSolver
    inputs: Floats
    states: Floats

    def column(self, name: str) -> Floats:
        """The stored values of an id, shape (lanes,)."""
        array, place = self.solver.places[name]
        return (self.states if array == "y" else self.inputs)[:, place]

    def size(self, name: str) -> Floats | float:
        """What an amount of a species is divided by to give what is stored."""
        if name not in self.solver.kernels.by_value:
            return 1.0
        return self.column(self.solver.homes[name])

    def set(self, name: str, values: Floats | float) -> None:
        """Set amounts of a species, or values of something else."""
        self.column(name)[:] = values / self.size(name)


Row = tuple[float, int, int, float]


def _rows(lanes: Lanes, lane: int, instants: Sequence[Instant], end: float) -> Iterable[Row]:
    """One lane's doses as rows of a dose table."""
    flows: dict[str, list[float]] = {}
    places = lanes.solver.places
    for time, kind, target, value in instants:
        if time > end:
            continue
        array, place = places[target]
        if kind == "rate":
            active = flows.setdefault(target, [])
            if -value in active:
                active.remove(-value)
            else:
                active.append(value)
            yield time, DOSE_RATE, place, math.fsum(active)
            continue
        size = lanes.size(target)
        amount = value / (float(size) if isinstance(size, float) else float(size[lane]))
        if kind == "add":
            yield time, DOSE_ADD if array == "y" else DOSE_INPUT_ADD, place, amount
        else:
            yield time, DOSE_SET if array == "y" else DOSE_INPUT, place, amount


def dose_table(lanes: Lanes, tables: Sequence[Sequence[Instant]], end: float) -> DoseTable:
    """Dose rows of all lanes; what is the same in all lanes is stored once."""
    count = len(lanes.inputs)
    if not any(tables):
        return DoseTable.empty(count)
    by_value = lanes.solver.kernels.by_value
    shared = len(tables) < 2 and not any(i.target in by_value for t in tables for i in t)
    rows: list[Row] = []
    first, last = np.zeros(count, np.int64), np.zeros(count, np.int64)
    for lane in range(1 if shared else count):
        first[lane] = len(rows)
        rows.extend(_rows(lanes, lane, tables[lane if len(tables) > 1 else 0], end))
        last[lane] = len(rows)
    if shared:
        last[:] = len(rows)
    rows.append((math.inf, DOSE_ADD, 0, 0.0))
    time, kind, index, value = (np.array(column) for column in zip(*rows, strict=True))
    wholes = kind.astype(np.int64), index.astype(np.int64)
    return DoseTable(first, last, time, *wholes, value.astype(float), bool((wholes[0] == DOSE_RATE).any()))
