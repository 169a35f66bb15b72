"""Running many lanes through the compiled step loop.

Arrays cross into compiled code here and nowhere else: everything is checked, contiguous and
alive for the length of the call. Threads share one queue of lanes; each has its own workspace.
"""

from __future__ import annotations

import ctypes
import math
import random
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.engine.batched.direction_call import DirectionCall
from jakstat.engine.batched.dose_table import DoseTable
from jakstat.engine.compile.driver import driver_text
from jakstat.engine.compile.driver_map import MAP_ARGUMENTS, map_text
from jakstat.engine.compile.kernel_cache import Entry, KernelCache
from jakstat.engine.compile.kernels import ModelKernels, OutputKernel, compiled
from jakstat.engine.compile.layout import BANKS, CONTEXT, LANE, NOTES, PENDING_FULL, TIES
from jakstat.engine.compile.machine import Library, Machine, compile_object, load_object
from jakstat.engine.compile.method import Collocation, Method, Rosenbrock
from jakstat.engine.tolerance import DOUBT, FLOOR, SHARE
from jakstat.errors import Outcome
from jakstat.limits import LIMITS

__all__ = ["LOOPS", "Drive", "LaneResults", "Start", "compile_drive", "map_lanes", "run_lanes"]

Integers = NDArray[np.int64]
_ALIGN = 64
SHARES = 100
ROOM, MOST_ROOM = 64, 1 << 18
"""Events that may wait in a lane: so many more than there are events, and at most."""
LOOPS = 1
"""LLVM's level for the step loop where it runs long."""
AT_ONCE = 20_000
"""Lanes times states that are run without a thread of their own: a fraction of a second at most."""


@dataclass(frozen=True, slots=True)
class Drive:
    """The loaded step loop of a method, and the lane map."""

    machine: Machine
    method: Method
    library: Library


def compile_drive(
    method: Method, machine: Machine, cache: KernelCache, *, directions: bool = False, level: int = LOOPS
) -> Drive:
    """The step loop of a method on this machine, with or without derivatives along directions.

    At ``level`` 0 it is made in a fifth of the time and runs up to a quarter slower, to the same bits.
    """

    def build() -> Entry:
        text = driver_text(method, machine.width, directions=directions) + "\n" + map_text(machine.width)
        return Entry({}, compile_object(text, machine, level=level, loops=level > 0))

    parts = ("drive", repr(method), *(["directions"] if directions else []))
    entry = compiled(cache, machine, parts, level, build, best=LOOPS)
    return Drive(machine, method, load_object(entry.code, machine))


@dataclass(frozen=True, slots=True)
class Start:
    """Where each lane starts: arrays with one row per lane."""

    inputs: Floats
    states: Floats
    time: Floats
    end: Floats
    step: Floats
    output: Integers

    def of(self, rows: NDArray[np.intp]) -> Start:
        """The starts of some of the lanes."""
        held = {f.name: getattr(self, f.name) for f in fields(self)}
        return replace(self, **{name: array[rows] for name, array in held.items() if array is not None})


@dataclass(frozen=True, slots=True)
class LaneResults:
    """Outputs (lanes, times, outputs) and how each lane ended.

    ``states`` and ``inputs`` are the last good ones, ``next`` the number of the first output not written,
    ``lowest`` a value that no output of any lane is below (0 at most), ``largest`` the
    largest sizes of the states, ``doubt`` whether one of them was not followed, ``repeated`` how many lanes
    were run again for that.
    """

    outputs: Floats
    outcomes: Integers
    steps: Integers
    time: Floats
    states: Floats
    inputs: Floats
    next: Integers
    lowest: Floats
    largest: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    doubt: Integers = field(default_factory=lambda: np.zeros(0, np.int64))
    repeated: int = 0

    def put(self, lanes: NDArray[np.intp], others: LaneResults, chosen: NDArray[np.intp]) -> None:
        """Take over the results of ``chosen`` rows of others into ``lanes``."""
        for name in (f.name for f in fields(self) if f.name not in ("lowest", "repeated")):
            mine = getattr(self, name)
            if len(mine) == len(self.time):  # what was not asked for has no rows
                mine[lanes] = getattr(others, name)[chosen]
        np.fmin(self.lowest, others.lowest, out=self.lowest)


def _aligned(count: int) -> Floats:
    """A zeroed array on a cache-line boundary."""
    raw = np.zeros(count + _ALIGN // 8)
    offset = (-raw.ctypes.data % _ALIGN) // 8
    return raw[offset : offset + count]


@dataclass(slots=True)
class _Call:
    """One context block and everything its pointers refer to."""

    block: Integers
    alive: list[Any]

    @staticmethod
    def new() -> _Call:
        return _Call(np.zeros(len(CONTEXT), np.int64), [])

    def copy(self) -> _Call:
        return _Call(self.block.copy(), list(self.alive))

    def array(self, name: str, array: NDArray[Any]) -> None:
        self.alive.append(array)
        self.block[CONTEXT[name]] = array.ctypes.data

    def number(self, name: str, value: int) -> None:
        self.block[CONTEXT[name]] = value

    def real(self, name: str, value: float) -> None:
        self.block[CONTEXT[name]] = np.float64(value).view(np.int64)


def _workspace(
    call: _Call, drive: Drive, kernels: ModelKernels, outputs: OutputKernel, room: int,
    more: Mapping[str, int],
) -> Floats:  # fmt: skip
    """Vectors of one group of lanes, with ``room`` for events that wait; those of the lowest outputs."""
    width, n = drive.machine.width, kernels.states
    sizes = {
        "w_lane": len(LANE),
        "w_t": 1,
        "w_p": kernels.inputs,
        "w_y": n,
        "w_u": n,
        "w_s": n,
        "w_f": n,
        "w_k": n * drive.method.stages,
        "w_c": kernels.constants + n,
        "w_a": kernels.aux,
        "w_x": max(kernels.scratch, outputs.scratch),
        "w_o": outputs.count,
        "w_n": outputs.count,
        "w_spare": outputs.count // width + 1,
        "w_given": kernels.inputs,
        "w_d": len(outputs.needed),
        "w_r": n,
        "w_v": n,
        "w_b": kernels.timed + kernels.watched,
        "w_g": kernels.timed + kernels.watched,
        "w_h": kernels.timed + kernels.watched,
        "w_q": kernels.turns + 2 * kernels.wholes,
        "w_e": kernels.event_results,
        "w_j": kernels.triggers,
        "w_pend": room * (2 + kernels.widest),
        "w_m": 2 * BANKS * (NOTES + 1),
        "w_top": n,
        "w_typical": n,
        "w_drift": n,
        "w_before": n,
        **more,
    }
    if isinstance(drive.method, Collocation):
        sizes |= dict.fromkeys(("w_rates", "w_forms", "w_moves", "w_last"), n * drive.method.stages)
        sizes["w_ahead"] = n
        sizes["w_pairs"] = kernels.complex_aux * len(drive.method.pairs)
    total = _aligned(sum(size + 1 for size in sizes.values()) * width)
    call.alive.append(total)
    base, start = total.ctypes.data, 0
    lowest = total[:0]
    for name, size in sizes.items():
        call.number(name, base + start * total.itemsize)
        if name == "w_n":
            lowest = total[start : start + size * width].reshape(size, width)
        start += (size + 1) * width
    if not call.block[CONTEXT["has_typical"]]:
        call.block[CONTEXT["w_typical"]] = call.block[CONTEXT["w_top"]]
    return lowest


def _checked(array: NDArray[Any], kind: type, shape: tuple[int, ...]) -> NDArray[Any]:
    checked: NDArray[Any] = np.ascontiguousarray(array, dtype=kind)
    if checked.shape != shape:
        raise ValueError(f"array of shape {checked.shape} where {shape} is needed")
    return checked


def _inputs(
    call: _Call, start: Start, doses: DoseTable, times: Floats, kernels: ModelKernels, along: bool
) -> None:
    lanes = len(start.time)
    reals: dict[str, tuple[NDArray[Any], tuple[int, ...]]] = {
        "in_p": (start.inputs, (lanes, kernels.inputs)), "in_y": (start.states, (lanes, kernels.states)),
        "in_t": (start.time, (lanes,)), "in_end": (start.end, (lanes,)), "in_h": (start.step, (lanes,)),
        "times": (times, times.shape), "dose_time": (doses.time, doses.time.shape),
        "dose_value": (doses.value, doses.time.shape),
    }  # fmt: skip
    wholes: dict[str, tuple[NDArray[Any], tuple[int, ...]]] = {
        "in_next": (start.output, (lanes,)),
        "dose_from": (doses.first, (lanes,)),
        "dose_to": (doses.last, (lanes,)),
        "dose_kind": (doses.kind, doses.time.shape),
        "dose_index": (doses.index, doses.time.shape),
    }
    for table, kind in ((reals, np.float64), (wholes, np.int64)):
        for name, (array, shape) in table.items():
            call.array(name, _checked(array, kind, shape))
    # a switch whose times are not known beforehand must not be stepped over
    span = float(times[-1] - times[0]) / SHARES
    call.real("longest", span if kernels.unforeseen and span > 0 else math.inf)
    call.number("lanes", lanes)
    call.number("ntimes", len(times))
    turns = kernels.turns + kernels.wholes + kernels.triggers
    call.number("recalls", int(len(doses.time) > 2 or turns > 1))  # the last row is no dose
    call.number("has_rate", int(doses.infusions))
    rests = kernels.autonomous and not along
    cycle, left = doses.cycles(kernels.trailing) if rests else (np.zeros(1, np.int64),) * 2
    call.array("cycle_rows", cycle)
    call.array("cycles_left", left)
    call.array("trailing", np.array([*kernels.trailing, 0], np.int64))
    call.number("cycles", int(cycle.any()))


@lru_cache(maxsize=8)
def _fixed(kernels: ModelKernels, outputs: OutputKernel) -> _Call:
    """What a context says of a model and its outputs, whatever is run."""
    call = _Call.new()
    for name in ("prep", "jac", "rhs", "solve", "watch", "timed", "clocks", "events"):
        call.number("k_" + name, kernels.address(name))
    call.number("k_out", outputs.address)
    if kernels.complex_aux:
        for name in ("complex_jac", "complex_solve"):
            call.number("k_" + name, kernels.address(name))
        call.number("pair_size", kernels.complex_aux)
    call.number("n", kernels.states)
    call.number("np", kernels.inputs)
    call.number("nout", outputs.count)
    call.number("nneed", len(outputs.needed))
    call.number("scales", kernels.constants)
    call.number("nwatch", kernels.timed + kernels.watched)
    call.number("ntriggers", kernels.triggers)
    call.number("ntimed", kernels.timed)
    call.number("nturns", kernels.turns)
    call.number("nwholes", kernels.wholes)
    for name, numbers in kernels.events.items():
        call.array(f"ev_{name}", np.array([*numbers, 0], np.int64))
    call.array("ev_before", np.array([*kernels.before, 0.0]))
    ranked = any(place >= 0 for place in kernels.events["priority"])
    call.array("draws", _draws() if ranked else np.zeros(1, np.int64))
    call.number("nwatch_needs", len(kernels.watch_needs))
    call.array("watch_needs", np.array([*kernels.watch_needs, 0], np.int64))
    call.number("has_dt", int(kernels.time_dependent))
    call.array("need", np.array([*outputs.needed, 0], np.int64))
    call.array("need_p", np.array([*outputs.given, 0], np.int64))
    call.number("nneed_p", len(outputs.given))
    return call


@lru_cache(maxsize=1)
def _draws() -> Integers:
    """Words of the generator of Python's library with seed 0, by which events of one priority are ordered."""
    generator = random.Random(0)
    return np.array([generator.getrandbits(32) for _ in range(TIES)], np.int64)


def _empty(start: Start, times: int, outputs: int, *, keep_inputs: bool) -> LaneResults:
    """Results before anything is run: every lane counts as interrupted."""
    lanes = len(start.time)
    return LaneResults(
        np.empty((lanes, times, outputs)),
        np.full(lanes, int(Outcome.INTERRUPTED), np.int64),
        np.zeros(lanes, np.int64),
        np.array(start.time),
        np.array(start.states),
        np.array(start.inputs) if keep_inputs else np.zeros((1, 1)),
        np.zeros(lanes, np.int64),
        np.zeros(outputs),
        np.zeros(start.states.shape),
        np.zeros(lanes, np.int64),
    )


def _targets(call: _Call, results: LaneResults) -> None:
    """Where the step loop writes."""
    call.number("keep_y", 1)
    call.number("out_lane", results.outputs.shape[1] * results.outputs.shape[2])
    call.number("out_row", results.outputs.shape[2])
    for name, array in (
        ("out", results.outputs),
        ("o_status", results.outcomes),
        ("o_steps", results.steps),
        ("o_t", results.time),
        ("o_y", results.states),
        ("o_p", results.inputs),
        ("o_next", results.next),
        ("o_top", results.largest),
        ("o_doubt", results.doubt),
    ):
        call.array(name, array)


def run_lanes(
    drive: Drive,
    kernels: ModelKernels,
    outputs: OutputKernel,
    start: Start,
    doses: DoseTable,
    times: Floats,
    *,
    rtol: float,
    atol: float | None,
    max_steps: int,
    threads: int = 1,
    keep_inputs: bool = False,
    typical: Floats | None = None,
    directions: DirectionCall | None = None,
) -> LaneResults:
    """Integrate every lane from its start to its end, sampling the outputs at ``times``.

    A lane's numbers depend on its own inputs only: not on the other lanes, their order or
    the number of threads. ``typical`` are sizes of the states, one row per lane, that stand for the
    largest so far.
    """
    fits = atol is None

    def attempt(
        start: Start, doses: DoseTable, typical: Floats | None, room: int, along: DirectionCall | None
    ) -> LaneResults:
        results = _empty(start, len(times), outputs.count, keep_inputs=keep_inputs)
        common = _fixed(kernels, outputs).copy()
        common.number("chain", LIMITS.event_chain + kernels.triggers)
        common.real("atol", 0.0 if atol is None else atol)
        common.real("share", SHARE * rtol if fits else 0.0)
        common.real("floor", FLOOR * rtol if fits and typical is None else 0.0)
        common.real("doubt", DOUBT * rtol if fits else math.inf)
        if typical is not None:
            common.array("in_typical", _checked(typical, np.float64, start.states.shape))
            common.number("has_typical", 1)
        common.real("rtol", rtol)
        common.number("max_steps", max_steps)
        common.number("keep_p", int(keep_inputs))
        _inputs(common, start, doses, np.ascontiguousarray(times, np.float64), kernels, along is not None)
        more = {}
        if along is not None and isinstance(drive.method, Rosenbrock):
            more = along.attach(common, kernels, drive.method)
        _drive(drive, kernels, outputs, common, results, threads, room, more)
        return results

    room = kernels.triggers + ROOM if kernels.triggers else 0
    results = attempt(start, doses, typical, room, directions)
    while len(full := np.flatnonzero(results.outcomes == PENDING_FULL)):
        room *= 8
        if room > MOST_ROOM:
            results.outcomes[full] = int(Outcome.EVENT_STORM)
            break
        sizes = None if typical is None else typical[full]
        along = None if directions is None else directions.of(full)
        again = attempt(start.of(full), doses.of(full), sizes, room, along)
        results.put(full, again, np.arange(len(full)))
        if directions is not None and along is not None:
            directions.put(full, along)
    results.outputs[results.outcomes != int(Outcome.OK)] = np.nan
    return results


def _drive(
    drive: Drive, kernels: ModelKernels, outputs: OutputKernel, common: _Call, results: LaneResults,
    threads: int, room: int, more: Mapping[str, int],
) -> None:  # fmt: skip
    """Run the step loop on a context; ``room`` is for events that wait in a lane."""
    lanes = len(results.time)
    queue, halt = np.zeros(1, np.int64), np.zeros(1, np.int64)
    common.number("pending", room)
    common.number("pending_row", 2 + kernels.widest)
    _targets(common, results)
    common.array("queue", queue)
    common.array("stop", halt)
    function = drive.library.function("drive", ctypes.c_void_p)
    calls, least = [], []
    for _ in range(max(1, threads)):
        call = common.copy()
        least.append(_workspace(call, drive, kernels, outputs, room, more))
        calls.append(call)
    _run(function, calls, halt, apart=threads > 1 or lanes * kernels.states > AT_ONCE)
    results.lowest[:] = np.min([vectors.min(axis=1, initial=0.0) for vectors in least], axis=0)


def _run(function: Any, calls: Sequence[_Call], halt: Integers, *, apart: bool) -> None:
    """Run the contexts, one thread each; an interrupt stops them after the lanes in hand.

    Compiled code does not see an interrupt, so anything that may take long runs ``apart`` from this thread.
    """
    if not apart:
        function(calls[0].block.ctypes.data)
        return
    workers = [threading.Thread(target=function, args=(call.block.ctypes.data,)) for call in calls]
    for worker in workers:
        worker.start()
    try:
        for worker in workers:
            worker.join()
    except BaseException:
        halt[0] = 1
        for worker in workers:
            worker.join()
        raise


def map_lanes(
    drive: Drive,
    kernel: int,
    sizes: tuple[int, int, int],
    source: Floats,
    fixed: Floats,
    time: float,
    scratch: int,
) -> Floats:
    """Apply a kernel to every row of ``source`` (array ``y``) and ``fixed`` (array ``c``).

    ``sizes`` are the numbers of inputs, of fixed inputs and of outputs.
    """
    lanes, width = len(source), drive.machine.width
    inputs, inputs_c, count = sizes
    source, fixed = (
        _checked(source, np.float64, (lanes, inputs)),
        _checked(fixed, np.float64, (lanes, inputs_c)),
    )
    target = np.empty((lanes, count))
    work = [_aligned((size + 1) * width) for size in (1, inputs, inputs_c, count, 1, scratch)]
    work[0][:] = time
    named: dict[str, int] = {
        "kernel": kernel, "source": source.ctypes.data, "inputs": inputs, "target": target.ctypes.data,
        "outputs": count, "lanes": lanes, "source_c": fixed.ctypes.data, "inputs_c": inputs_c,
    }  # fmt: skip
    for name, array in zip(("w_t", "w_in", "w_c", "w_out", "w_a", "w_x"), work, strict=True):
        named[name] = array.ctypes.data
    if lanes:
        drive.library.function("map", *[ctypes.c_int64] * len(MAP_ARGUMENTS))(
            *(named[a] for a in MAP_ARGUMENTS)
        )
    return target
