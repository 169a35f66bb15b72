"""Derivatives of a run in given directions, carried along by the step loop, as LLVM IR.

A direction moves the states and inputs of a lane. The directions of a lane fill vectors of their own, which
are moved several at a time (:data:`~.layout.DIRECTION_BLOCK`): they all share the lane's factors of the step
and the matrices of its stages (:mod:`~.tangent`). A block of m such vectors holds (``d_block``) the argument
of a stage and in the end the new derivatives of the states (n m, those of a state side by side), those at the
start of the step (n m), for each vector the derivatives of the inputs, and (m) units of the directions
for their tolerance. Outputs are written before it is known whether the derivatives pass their own error
test; a step taken again writes them again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from jakstat.engine.compile.driver_output import dense_weights, refresh_next
from jakstat.engine.compile.driver_scalars import LaneScalars
from jakstat.engine.compile.driver_step import (
    call_kernel,
    error_scale,
    inside_step,
    lane_get,
    lane_put,
    larger,
    least_scale,
    reciprocal,
    weighted,
)
from jakstat.engine.compile.layout import (
    DIRECTION_BLOCK,
    DOSE_ADD,
    DOSE_INPUT,
    DOSE_INPUT_ADD,
    DOSE_SET,
    LANE,
)
from jakstat.engine.compile.method import Rosenbrock
from jakstat.engine.compile.routine import Routine

__all__ = [
    "advance_directions",
    "clear_directions",
    "commit_directions",
    "dose_directions",
    "end_directions",
    "fix_directions",
    "sample_directions_now",
    "take_directions",
]

Context = Mapping[str, str]
_LEAST = 1e-290
"""What an error is measured by at least, so that one over it is a number."""


def _on(c: Context) -> bool:
    """Whether the loop that is written has directions at all."""
    return "d_blocks" in c


@dataclass(frozen=True, slots=True)
class _DirectionBlock:
    """A block of ``count`` vectors of directions of a lane, from vector ``first`` on."""

    lane: str
    number: str
    first: str
    count: str
    length: str
    new: str
    old: str
    inputs: str
    unit: str
    push: str
    solves: str

    def inputs_of(self, r: Routine, c: Context, v: str) -> str:
        """The derivatives of the inputs in one of the vectors."""
        return r.at(self.inputs, r.arith("mul", v, c["np"]), r.width * 8)

    def states_at(self, r: Routine, index: str, v: str) -> str:
        """The place of a state's derivatives in one of the vectors."""
        return r.arith("add", r.arith("mul", index, self.count), v)


def _of_lane(r: Routine, c: Context, lane: str) -> str:
    """Where the blocks of a lane begin."""
    vectors = r.arith("mul", c["d_vectors"], c["d_size"])
    return r.at(c["d_block"], r.arith("mul", lane, vectors), r.width * 8)


@contextmanager
def _blocks(r: Routine, c: Context, lane: str) -> Iterator[_DirectionBlock]:
    """What is done for every block of a lane."""
    whole, bytes_each = _of_lane(r, c, lane), r.width * 8
    past = r.arith("sub", c["d_blocks"], 1)
    with r.loop(c["d_blocks"]) as number:
        last = r.compare("eq", number, past)
        count = r.put(f"select i1 {last}, i64 {c['d_rest']}, i64 {DIRECTION_BLOCK}")
        first, length = r.arith("mul", number, DIRECTION_BLOCK), r.arith("mul", count, c["n"])
        new = r.at(whole, r.arith("mul", first, c["d_size"]), bytes_each)
        old = r.at(new, length, bytes_each)
        inputs = r.at(old, length, bytes_each)
        unit = r.at(inputs, r.arith("mul", count, c["np"]), bytes_each)
        push, solves = (
            r.put(f"select i1 {last}, ptr {c[name + '_rest']}, ptr {c[name]}")
            for name in ("k_push", "k_solves")
        )
        yield _DirectionBlock(lane, number, first, count, length, new, old, inputs, unit, push, solves)


def _copied(r: Routine, source: str, target: str, count: str) -> None:
    """Copy vectors that need not lie on whole lines."""
    with r.loop(count) as k:
        value = r.put(f"load {r.v}, ptr {r.at(source, k, r.width * 8)}, align 8")
        r.lines.append(f"  store {r.v} {value}, ptr {r.at(target, k, r.width * 8)}, align 8")


def _row(r: Routine, c: Context, array: str, number: str) -> tuple[str, str]:
    """The row of a lane in an array with a row of all its blocks, and its length."""
    size = r.arith("mul", c["d_vectors"], c["d_size"])
    return r.at(c[array], r.arith("mul", number, size), r.width * 8), size


def take_directions(r: Routine, c: Context, number: str, lane: str) -> None:
    """The derivatives that a lane starts with."""
    if _on(c):
        row, size = _row(r, c, "d_start", number)
        _copied(r, row, _of_lane(r, c, lane), size)


def end_directions(r: Routine, c: Context, number: str, lane: str) -> None:
    """Keep the derivatives of the last states and inputs of a lane."""
    if _on(c):
        row, size = _row(r, c, "d_end", number)
        _copied(r, _of_lane(r, c, lane), row, size)


def fix_directions(r: Routine, c: Context) -> None:
    """Constants of the kernels of derivatives, from the inputs of all lanes."""
    if _on(c):
        call_kernel(r, c["k_fixed"], c["w_t"], c["w_p"], c["w_c"], c["d_fixed"], c["w_a"], c["d_scratch"])


def dose_directions(r: Routine, c: Context, cursor: str, kind: str, index: str, lane: str) -> None:
    """What a dose does to the derivatives: an added amount adds its own, a set value replaces them."""
    if not _on(c):
        return
    row = r.at(c["d_dose"], r.arith("mul", cursor, c["d_vectors"]), r.width * 8)
    with _blocks(r, c, lane) as b, r.loop(b.count) as v:
        place = r.at(row, r.arith("add", b.first, v), r.width * 8)
        own = r.put(f"load {r.v}, ptr {place}, align 8")
        states = r.at(b.old, b.states_at(r, index, v), r.width * 8)
        inputs = r.at(b.inputs_of(r, c, v), index, r.width * 8)
        for code, target in ((DOSE_ADD, states), (DOSE_INPUT_ADD, inputs)):
            with r.when(r.compare("eq", kind, code)):
                r.vstore(r.op("fadd", r.vload(target), own), target)
        for code, target in ((DOSE_SET, states), (DOSE_INPUT, inputs)):
            with r.when(r.compare("eq", kind, code)):
                r.vstore(own, target)


def clear_directions(r: Routine, c: Context, array: str, index: str, lane: str) -> None:
    """An event sets a state or an input (``w_y`` or ``w_p``) to what rests on nothing that moves."""
    if not _on(c):
        return
    with _blocks(r, c, lane) as b, r.loop(b.count) as v:
        if array == "w_y":
            r.vstore(r.num(0.0), b.old, b.states_at(r, index, v))
        else:
            r.vstore(r.num(0.0), b.inputs_of(r, c, v), index)


def _stages(r: Routine, array: str, count: int, k: str, apart: str) -> list[str]:
    """The first stages of one place; each stage takes ``apart`` vectors of the array."""
    found, place = [], k
    for _ in range(count):
        found.append(r.vload(array, place))
        place = r.arith("add", place, apart)
    return found


def _linearise(r: Routine, c: Context, method: Rosenbrock) -> None:
    """The matrices of every stage, at the places and times of the stage itself."""
    time, step = lane_get(r, c, "time"), lane_get(r, c, "tried")
    low, high = inside_step(r, c, time)
    bytes_each = r.width * 8
    argument, start = c["d_state"], r.at(c["d_state"], c["n"], bytes_each)
    own = r.at(start, c["n"], bytes_each)
    with r.loop(c["n"]) as k:
        r.vstore(r.vload(c["w_y"], k), start, k)
    for i in range(method.stages):
        stage = r.at(c["w_k"], r.arith("mul", c["n"], i), bytes_each)
        with r.loop(c["n"]) as k:
            stages = _stages(r, c["w_k"], i, k, c["n"])
            if i > 1 and method.a[i] == (*method.a[i - 1], 1.0):
                total: str | None = r.op("fadd", r.vload(argument, k), stages[-1])
            else:
                total = weighted(r, method.a[i], stages, r.vload(c["w_y"], k))
            assert total is not None
            r.vstore(total, argument, k)
            r.vstore(r.vload(stage, k), own, k)
        when = r.fma(step, r.num(method.times[i]), time)
        when = r.choose(r.test("ogt", when, low), when, low)
        r.vstore(r.choose(r.test("olt", when, high), when, high), c["d_time"])
        matrix = r.at(c["d_matrix"], r.arith("mul", c["d_matrices"], i), bytes_each)
        rest = (c["d_fixed"], matrix, c["w_a"], c["d_scratch"])
        call_kernel(r, c["k_slope"], c["d_time"], argument, *rest)
        r.vstore(low, c["d_time"])
        r.vstore(r.op("fmul", step, r.num(method.slopes[i])), c["d_time"], 1)
        call_kernel(r, c["k_bend"], c["d_time"], start, *rest)
    floor = least_scale(r, c)
    with r.loop(c["n"]) as k:  # what an error of a state may be without its relative part
        r.vstore(error_scale(r, c, k, r.num(0.0), floor), c["d_least"], k)


def _move(r: Routine, c: Context, method: Rosenbrock, b: _DirectionBlock, inverse: str) -> None:
    """The derivatives of all stages in the directions of a block, and of the new states."""
    bytes_each = r.width * 8
    factors = r.at(c["w_a"], b.lane, 8)
    with r.loop(b.length) as k:
        r.vstore(r.vload(b.old, k), b.new, k)
        r.vstore(r.num(0.0), c["d_sum"], k)
    for i in range(method.stages):
        if i:
            arrays = ", ".join(f"ptr {array}" for array in (b.old, c["d_stage"], b.new, c["d_sum"]))
            r.lines.append(f"  call void @combine_{i}({arrays}, i64 {b.length}, {r.v} {inverse})")
        matrix = r.at(c["d_matrix"], r.arith("mul", c["d_matrices"], i), bytes_each)
        matrix = r.at(matrix, b.lane, 8)
        _add_inputs(r, c, b, matrix)
        call_kernel(r, b.push, c["w_t"], b.new, b.old, c["d_rate"], matrix, c["d_scratch"])
        stage = r.at(c["d_stage"], r.arith("mul", b.length, i), bytes_each)
        call_kernel(r, b.solves, c["w_t"], c["d_rate"], c["d_sum"], stage, factors, c["d_scratch"])
    follows = method.b == (*method.a[-1], 1.0)
    with r.loop(b.length) as k:
        stages = _stages(r, c["d_stage"], method.stages, k, b.length)
        total = (
            r.op("fadd", r.vload(b.new, k), stages[-1])
            if follows
            else weighted(r, method.b, stages, r.vload(b.old, k))
        )
        assert total is not None
        r.vstore(total, b.new, k)


def _add_inputs(r: Routine, c: Context, b: _DirectionBlock, matrix: str) -> None:
    """B p' to what is added to the rates: only the inputs that move in a direction, most often one."""
    number = r.load("i64", c["w_lane"], _scalar(r, "lane", b.lane))
    place = r.arith("add", r.arith("mul", number, c["d_blocks"]), b.number)
    begin, end = (r.load("i64", c["d_begin"], p) for p in (place, r.arith("add", place, 1)))
    with r.loop(r.arith("sub", end, begin)) as one:
        k = r.arith("add", begin, one)
        entry, source, target = (r.load("i64", c[name], k) for name in ("d_entry", "d_source", "d_target"))
        slope = r.load("double", matrix, r.arith("mul", entry, r.width))
        numbers = slope, r.load("double", b.inputs, source), r.load("double", c["d_sum"], target)
        given = ", ".join(f"double {x}" for x in numbers)
        r.store("double", r.put(f"call double @llvm.fma.f64({given})"), c["d_sum"], target)


def _worst_error(r: Routine, c: Context, method: Rosenbrock, b: _DirectionBlock, worst: str) -> None:
    """Raise the lane's ``worst`` to the largest mean square of the scaled errors in a direction."""
    some = r.put(f"call i64 @llvm.smax.i64(i64 {c['n']}, i64 1)")
    share = r.real(
        "fmul", r.put(f"sitofp i64 {some} to double"), r.real("fmul", c["d_looser"], c["d_looser"])
    )
    rtol, share = r.splat(c["rtol"]), r.splat(share)
    total, means = r.slot(r.v, r.num(0.0)), r.slot(r.v, r.num(0.0))
    with r.loop(b.count) as v:
        r.set(r.v, total, r.num(0.0))
        unit = r.vload(b.unit, v)
        with r.loop(c["n"]) as state:
            k = b.states_at(r, state, v)
            error = weighted(r, method.e, _stages(r, c["d_stage"], method.stages, k, b.length), None)
            assert error is not None
            size = larger(r, r.call("fabs", r.vload(b.new, k)), r.vload(b.old, k))
            least = r.splat(r.load("double", c["d_least"], _column(r, state, b.lane)))
            scale = r.fma(rtol, size, r.op("fmul", unit, least))
            scale = r.choose(r.test("ogt", scale, r.num(_LEAST)), scale, r.num(_LEAST))
            ratio = r.op("fmul", error, reciprocal(r, scale))
            r.set(r.v, total, r.fma(ratio, ratio, r.get(r.v, total)))
        r.set(r.v, means, r.op("fdiv", r.get(r.v, total), share))
        with r.loop(str(r.width)) as k:
            mean, most = r.load("double", means, k), r.load("double", worst, b.lane)
            # a derivative that is no number is reported as such: it does not end the lane
            more = r.real("fcmp ogt", mean, most)
            r.store("double", r.put(f"select i1 {more}, double {mean}, double {most}"), worst, b.lane)


def _column(r: Routine, index: str, lane: str) -> str:
    return r.arith("add", r.arith("mul", index, r.width), lane)


def _scalar(r: Routine, name: str, lane: str) -> str:
    return r.arith("add", lane, LANE[name] * r.width)


def _given(r: Routine, c: Context, lane: str, weights: list[str]) -> None:
    """The states that outputs need, within the step, and the inputs of a lane, for all directions alike."""
    with r.loop(c["d_nneed"]) as k:
        place = _column(r, r.load("i64", c["d_need"], k), lane)
        total = r.splat(r.load("double", c["w_y"], place))
        apart = r.arith("mul", c["n"], r.width)
        for weight in weights:
            total = r.fma(weight, r.splat(r.load("double", c["w_k"], place)), total)
            place = r.arith("add", place, apart)
        r.vstore(total, c["d_given"], k)
    with r.loop(c["np"]) as k:
        r.vstore(r.splat(r.load("double", c["w_p"], _column(r, k, lane))), c["d_input"], k)


def _outputs(r: Routine, c: Context, b: _DirectionBlock, time: str, weights: list[str]) -> None:
    """Derivatives of outputs within the step (without weights: of the present states) to the lane's row."""
    _given(r, c, b.lane, weights)
    r.vstore(r.splat(time), c["d_time"])
    number, row = (r.load("i64", c["w_lane"], _scalar(r, name, b.lane)) for name in ("lane", "output"))
    line = r.arith("add", r.arith("mul", number, c["ntimes"]), row)
    line = r.arith("mul", r.arith("mul", line, c["d_nout"]), c["d_vectors"])
    with r.loop(b.count) as v:
        with r.loop(c["d_nneed"]) as k:
            place = b.states_at(r, r.load("i64", c["d_need"], k), v)
            total = r.vload(b.old, place)
            for weight in weights:
                total = r.fma(weight, r.vload(c["d_stage"], place), total)
                place = r.arith("add", place, b.length)
            r.vstore(total, c["d_given"], r.arith("add", k, c["d_nneed"]))
        moved = b.inputs_of(r, c, v)
        call_kernel(
            r, c["k_along"], c["d_time"], c["d_given"], c["d_input"], c["d_out"], moved, c["d_scratch"]
        )
        target = r.arith("add", line, r.arith("add", b.first, v))
        with r.loop(c["d_nout"]) as k:
            place = r.arith("add", target, r.arith("mul", k, c["d_vectors"]))
            where = r.at(c["d_row"], place, r.width * 8)
            r.lines.append(f"  store {r.v} {r.vload(c['d_out'], k)}, ptr {where}, align 8")


def _next_row(r: Routine, c: Context, s: LaneScalars) -> None:
    """Count a row that was written."""
    s.set_whole("output", r.arith("add", s.whole("output"), 1))
    refresh_next(r, c, s.lane)


def _sample(r: Routine, c: Context, method: Rosenbrock, b: _DirectionBlock, s: LaneScalars) -> None:
    """Derivatives of every output of a lane that falls into [t, t + h)."""
    time, step, inverse, reached = (s.real(name) for name in ("time", "tried", "inverse", "reached"))
    with r.repeat(lambda: r.real("fcmp olt", s.real("next"), reached)):
        theta = r.real("fmul", r.real("fsub", s.real("next"), time), inverse)
        when = r.put(f"call double @llvm.fma.f64(double {theta}, double {step}, double {time})")
        _outputs(r, c, b, when, dense_weights(r, method, r.splat(theta)))
        _next_row(r, c, s)


def _advance_lane(r: Routine, c: Context, method: Rosenbrock, lane: str, worst: str) -> None:
    """Move all directions of a lane over its step and sample them."""
    s = LaneScalars(r, c, lane)
    upcoming, output, inverse = s.real("next"), s.whole("output"), r.splat(s.real("inverse"))
    controlled = r.real("fcmp ogt", c["d_looser"], "0.0")
    with _blocks(r, c, lane) as b:
        _move(r, c, method, b, inverse)
        with r.when(controlled):
            _worst_error(r, c, method, b, worst)
        _sample(r, c, method, b, s)
        s.set_real("next", upcoming)  # each block, and the states after them, sample anew
        s.set_whole("output", output)


@contextmanager
def _marked(r: Routine, mask: str) -> Iterator[str]:
    """What is done for every lane of a mask."""
    flags = r.slot(r.v, r.choose(mask, r.num(1.0), r.num(0.0)))
    with r.loop(str(r.width)) as lane, r.when(r.real("fcmp une", r.load("double", flags, lane), "0.0")):
        yield lane


def advance_directions(r: Routine, c: Context, method: Rosenbrock, accepted: str) -> str:
    """Move all directions over an accepted step and sample them; lanes whose step is still accepted."""
    worst = r.slot(r.v, r.num(0.0))
    with r.when(r.any(accepted)):
        _linearise(r, c, method)
        with _marked(r, accepted) as lane:
            _advance_lane(r, c, method, lane, worst)
    error = lane_get(r, c, "error")
    ruling = r.both("and", accepted, r.test("ogt", r.get(r.v, worst), error))
    lane_put(r, c, "error", r.choose(ruling, r.get(r.v, worst), error))
    return r.both("and", accepted, r.test("ole", r.get(r.v, worst), r.num(1.0)))


def commit_directions(r: Routine, c: Context, accepted: str) -> None:
    """Move the derivatives of accepted lanes to the end of the step."""
    with _marked(r, accepted) as lane, _blocks(r, c, lane) as b, r.loop(b.length) as k:
        r.vstore(r.vload(b.new, k), b.old, k)


def sample_directions_now(r: Routine, c: Context, until: str) -> None:
    """In lanes marked ``ended``: derivatives of the outputs for times up to an entry of the lane block."""
    if not _on(c):
        return
    with _marked(r, r.test("une", lane_get(r, c, "ended"), r.num(0.0))) as lane:
        s = LaneScalars(r, c, lane)
        upcoming, output = s.real("next"), s.whole("output")
        with _blocks(r, c, lane) as b:
            with r.repeat(lambda: r.real("fcmp ole", s.real("next"), s.real(until))):
                _outputs(r, c, b, s.real("time"), [])
                _next_row(r, c, s)
            s.set_real("next", upcoming)
            s.set_whole("output", output)
