"""Derivatives of a run in given directions, carried along by the step loop, as LLVM IR.

A direction moves the states and inputs of a lane. Its block (``d_block``) holds three arrays of vectors: the
argument of a stage and in the end the new derivatives of the states (n), those at the start of the step (n),
the derivatives of the inputs, and then a unit of the direction for its tolerance. All directions of
a group share the factors of the step and the matrices of its stages (:mod:`~.tangent`). Outputs are written
before it is known whether the derivatives pass their own error test; a step taken again writes them again.
"""

from __future__ import annotations

from collections.abc import Mapping

from jakstat.engine.compile.driver_output import dense_weights, refresh_next
from jakstat.engine.compile.driver_step import (
    call_kernel,
    error_scale,
    inside_step,
    lane_get,
    lane_put,
    larger,
    least_scale,
    weighted,
)
from jakstat.engine.compile.layout import DOSE_ADD, DOSE_INPUT, DOSE_INPUT_ADD, DOSE_SET, LANE
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


def _on(c: Context) -> bool:
    """Whether the loop that is written has directions at all."""
    return "ndir" in c


def _block(r: Routine, c: Context, direction: str) -> tuple[str, str, str]:
    """The three arrays of a direction."""
    bytes_each = r.width * 8
    new = r.at(c["d_block"], r.arith("mul", direction, c["d_size"]), bytes_each)
    old = r.at(new, c["n"], bytes_each)
    return new, old, r.at(old, c["n"], bytes_each)


def _column(r: Routine, index: str, lane: str) -> str:
    return r.arith("add", r.arith("mul", index, r.width), lane)


def _numbered(r: Routine, c: Context, number: str, direction: str, count: str) -> str:
    """The row of a lane's direction in an array (lanes, directions, count)."""
    return r.arith("mul", r.arith("add", r.arith("mul", number, c["ndir"]), direction), count)


def take_directions(r: Routine, c: Context, number: str, lane: str) -> None:
    """The derivatives that a lane starts with."""
    if not _on(c):
        return
    with r.loop(c["ndir"]) as direction:
        _, old, inputs = _block(r, c, direction)
        for source, count, target in ((c["d_y"], c["n"], old), (c["d_p"], c["np"], inputs)):
            row = r.at(source, _numbered(r, c, number, direction, count), 8)
            with r.loop(count) as k:
                r.store("double", r.load("double", row, k), target, _column(r, k, lane))
        unit = r.load("double", c["d_unit"], r.arith("add", r.arith("mul", number, c["ndir"]), direction))
        r.store("double", unit, inputs, _column(r, c["np"], lane))


def end_directions(r: Routine, c: Context, number: str, lane: str) -> None:
    """Keep the derivatives of the last states of a lane."""
    if not _on(c):
        return
    with r.loop(c["ndir"]) as direction:
        _, old, _ = _block(r, c, direction)
        row = r.at(c["d_end"], _numbered(r, c, number, direction, c["n"]), 8)
        with r.loop(c["n"]) as k:
            r.store("double", r.load("double", old, _column(r, k, lane)), row, k)


def fix_directions(r: Routine, c: Context) -> None:
    """Constants of the kernels of derivatives, from the inputs of all lanes."""
    if _on(c):
        call_kernel(r, c["k_fixed"], c["w_t"], c["w_p"], c["w_c"], c["d_fixed"], c["w_a"], c["d_scratch"])


def dose_directions(r: Routine, c: Context, cursor: str, kind: str, index: str, lane: str) -> None:
    """What a dose does to the derivatives: an added amount adds its own, a set value replaces them."""
    if not _on(c):
        return
    with r.loop(c["ndir"]) as direction:
        own = r.load("double", c["d_dose"], r.arith("add", r.arith("mul", cursor, c["ndir"]), direction))
        _, states, inputs = _block(r, c, direction)
        place = _column(r, index, lane)
        for code, array in ((DOSE_ADD, states), (DOSE_INPUT_ADD, inputs)):
            with r.when(r.compare("eq", kind, code)):
                r.store("double", r.real("fadd", r.load("double", array, place), own), array, place)
        for code, array in ((DOSE_SET, states), (DOSE_INPUT, inputs)):
            with r.when(r.compare("eq", kind, code)):
                r.store("double", own, array, place)


def _stages(r: Routine, c: Context, array: str, count: int, k: str) -> list[str]:
    """The first stages of one state; each stage takes n vectors of the array."""
    found, place = [], k
    for _ in range(count):
        found.append(r.vload(array, place))
        place = r.arith("add", place, c["n"])
    return found


def _argument(
    r: Routine, method: Rosenbrock, i: int, arrays: tuple[str, str], stages: list[str], k: str
) -> None:
    """Argument of stage ``i`` of one state; arrays are the argument and the start of the step."""
    argument, start = arrays
    if i > 1 and method.a[i] == (*method.a[i - 1], 1.0):
        total: str | None = r.op("fadd", r.vload(argument, k), stages[-1])
    else:
        total = weighted(r, method.a[i], stages, r.vload(start, k))
    assert total is not None
    r.vstore(total, argument, k)


def clear_directions(r: Routine, c: Context, array: str, place: str) -> None:
    """An event sets a state or an input (``w_y`` or ``w_p``) to what rests on nothing that moves."""
    if not _on(c):
        return
    with r.loop(c["ndir"]) as direction:
        _, states, inputs = _block(r, c, direction)
        r.store("double", "0.0", states if array == "w_y" else inputs, place)


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
            _argument(r, method, i, (argument, c["w_y"]), _stages(r, c, c["w_k"], i, k), k)
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


def _move(r: Routine, c: Context, method: Rosenbrock, direction: str) -> None:
    """The derivatives of all stages in one direction, and of the new states."""
    new, old, _ = _block(r, c, direction)
    bytes_each = r.width * 8
    inverse = lane_get(r, c, "inverse")
    for i in range(method.stages):
        with r.loop(c["n"]) as k:
            stages = _stages(r, c, c["d_stage"], i, k)
            _argument(r, method, i, (new, old), stages, k)
            total = weighted(r, method.c[i], stages, None)
            r.vstore(r.num(0.0) if total is None else r.op("fmul", inverse, total), c["d_sum"], k)
        matrix = r.at(c["d_matrix"], r.arith("mul", c["d_matrices"], i), bytes_each)
        call_kernel(r, c["k_push"], c["w_t"], new, c["d_sum"], c["d_rate"], matrix, c["d_scratch"])
        _add_inputs(r, c, direction, matrix)
        stage = r.at(c["d_stage"], r.arith("mul", c["n"], i), bytes_each)
        call_kernel(r, c["k_solve"], c["w_t"], c["d_rate"], c["d_sum"], stage, c["w_a"], c["w_x"])
    follows = method.b == (*method.a[-1], 1.0)
    with r.loop(c["n"]) as k:
        stages = _stages(r, c, c["d_stage"], method.stages, k)
        total = (
            r.op("fadd", r.vload(new, k), stages[-1])
            if follows
            else weighted(r, method.b, stages, r.vload(old, k))
        )
        assert total is not None
        r.vstore(total, new, k)


def _add_inputs(r: Routine, c: Context, direction: str, matrix: str) -> None:
    """B p' to the rates: only the inputs that move in the direction in any lane, most often one."""
    _, _, inputs = _block(r, c, direction)
    entries = r.at(matrix, c["d_first"], r.width * 8)
    begin, end = (
        r.load("i64", c["d_moving"], direction),
        r.load("i64", c["d_moving"], r.arith("add", direction, 1)),
    )
    with r.loop(r.arith("sub", end, begin)) as other:
        column = r.load("i64", c["d_column"], r.arith("add", begin, other))
        moves = r.vload(inputs, column)
        first, past = (
            r.load("i64", c["d_entry"], column),
            r.load("i64", c["d_entry"], r.arith("add", column, 1)),
        )
        with r.loop(r.arith("sub", past, first)) as next_one:
            k = r.arith("add", first, next_one)
            row = r.load("i64", c["d_line"], k)
            r.vstore(r.fma(r.vload(entries, k), moves, r.vload(c["d_rate"], row)), c["d_rate"], row)


def _worst_error(r: Routine, c: Context, method: Rosenbrock, direction: str, worst: str) -> None:
    """Raise ``worst`` to the mean square of the scaled errors of the derivatives in one direction."""
    new, old, inputs = _block(r, c, direction)
    unit, total = r.vload(inputs, c["np"]), r.slot(r.v, r.num(0.0))
    floor = least_scale(r, c)
    with r.loop(c["n"]) as k:
        error = weighted(r, method.e, _stages(r, c, c["d_stage"], method.stages, k), None)
        assert error is not None
        size = larger(r, r.call("fabs", r.vload(new, k)), r.vload(old, k))
        # what an error of the state may be without its relative part, in units of the direction
        least = r.op("fmul", unit, error_scale(r, c, k, r.num(0.0), floor))
        ratio = r.op("fdiv", error, r.fma(r.splat(c["rtol"]), size, least))
        r.set(r.v, total, r.fma(ratio, ratio, r.get(r.v, total)))
    some = r.put(f"call i64 @llvm.smax.i64(i64 {c['n']}, i64 1)")
    mean = r.op("fdiv", r.get(r.v, total), r.splat(r.put(f"sitofp i64 {some} to double")))
    mean = r.op("fdiv", mean, r.splat(r.real("fmul", c["d_looser"], c["d_looser"])))
    # a derivative that is no number is reported as such: it does not end the lane
    more = r.test("ogt", mean, r.get(r.v, worst))
    r.set(r.v, worst, r.choose(more, mean, r.get(r.v, worst)))


def _outputs(r: Routine, c: Context, direction: str, time: str, weights: list[str] | None) -> None:
    """Derivatives of outputs within the step (without weights: of the present states) to ``d_out``."""
    _, old, inputs = _block(r, c, direction)
    with r.loop(c["d_nneed"]) as k:
        state = r.load("i64", c["d_need"], k)
        for start, stage, offset in ((c["w_y"], c["w_k"], "0"), (old, c["d_stage"], c["d_nneed"])):
            total, place = r.vload(start, state), state
            for weight in weights or ():
                total = r.fma(weight, r.vload(stage, place), total)
                place = r.arith("add", place, c["n"])
            r.vstore(total, c["d_given"], r.arith("add", k, offset))
    r.vstore(time, c["d_time"])
    call_kernel(r, c["k_along"], c["d_time"], c["d_given"], c["w_p"], c["d_out"], inputs, c["d_scratch"])


def _write(r: Routine, c: Context, direction: str, lane: str) -> None:
    """One lane's derivatives of outputs to its present row, and count the row."""
    number = r.load("i64", c["w_lane"], _scalar(r, "lane", lane))
    where = _scalar(r, "output", lane)
    row = r.load("i64", c["w_lane"], where)
    place = r.arith("add", r.arith("mul", number, c["ntimes"]), row)
    target = r.at(c["d_row"], _numbered(r, c, place, direction, c["d_nout"]), 8)
    with r.loop(c["d_nout"]) as k:
        r.store("double", r.load("double", c["d_out"], _column(r, k, lane)), target, k)
    r.store("i64", r.arith("add", row, 1), c["w_lane"], where)


def _scalar(r: Routine, name: str, lane: str) -> str:
    return r.arith("add", lane, LANE[name] * r.width)


def _sample(r: Routine, c: Context, method: Rosenbrock, direction: str, accepted: str) -> None:
    """Derivatives of every output that falls into [t, t + h) of an accepted step."""
    time, inverse, reached = (lane_get(r, c, name) for name in ("time", "inverse", "reached"))

    def waiting() -> str:
        due = r.both("and", accepted, r.test("olt", lane_get(r, c, "next"), reached))
        lane_put(r, c, "ended", r.choose(due, r.num(1.0), r.num(0.0)))
        return r.any(due)

    with r.repeat(waiting):
        due = r.test("une", lane_get(r, c, "ended"), r.num(0.0))
        theta = r.op("fmul", r.op("fsub", lane_get(r, c, "next"), time), inverse)
        theta = r.choose(due, theta, r.num(0.0))
        when = r.fma(theta, lane_get(r, c, "tried"), time)
        _outputs(r, c, direction, when, dense_weights(r, method, theta))
        with r.loop(str(r.width)) as lane:
            flag = r.load("double", c["w_lane"], _scalar(r, "ended", lane))
            with r.when(r.real("fcmp une", flag, "0.0")):
                _write(r, c, direction, lane)
                refresh_next(r, c, lane)


def advance_directions(r: Routine, c: Context, method: Rosenbrock, accepted: str) -> str:
    """Move all directions over an accepted step and sample them; lanes whose step is still accepted."""
    worst = r.slot(r.v, r.num(0.0))
    upcoming, output = lane_get(r, c, "next"), r.iload(c["w_lane"], LANE["output"])
    controlled = r.real("fcmp ogt", c["d_looser"], "0.0")
    with r.when(r.any(accepted)):
        _linearise(r, c, method)
        with r.loop(c["ndir"]) as direction:
            _move(r, c, method, direction)
            with r.when(controlled):
                _worst_error(r, c, method, direction, worst)
            _sample(r, c, method, direction, accepted)
            lane_put(r, c, "next", upcoming)  # each direction, and the states after them, sample anew
            r.istore(output, c["w_lane"], LANE["output"])
    error = lane_get(r, c, "error")
    ruling = r.both("and", accepted, r.test("ogt", r.get(r.v, worst), error))
    lane_put(r, c, "error", r.choose(ruling, r.get(r.v, worst), error))
    return r.both("and", accepted, r.test("ole", r.get(r.v, worst), r.num(1.0)))


def commit_directions(r: Routine, c: Context, accepted: str) -> None:
    """Move the derivatives of accepted lanes to the end of the step."""
    with r.loop(c["ndir"]) as direction:
        new, old, _ = _block(r, c, direction)
        with r.loop(c["n"]) as k:
            r.replace(accepted, r.vload(new, k), old, k)


def sample_directions_now(r: Routine, c: Context, until: str) -> None:
    """In lanes marked ``ended``: derivatives of the outputs for times up to an entry of the lane block."""
    if not _on(c):
        return
    upcoming, output = lane_get(r, c, "next"), r.iload(c["w_lane"], LANE["output"])
    with r.loop(c["ndir"]) as direction:
        _outputs(r, c, direction, lane_get(r, c, "time"), None)
        with r.loop(str(r.width)) as lane:
            flag = r.load("double", c["w_lane"], _scalar(r, "ended", lane))
            with r.when(r.real("fcmp une", flag, "0.0")):

                def due(lane: str = lane) -> str:
                    ahead = r.load("double", c["w_lane"], _scalar(r, "next", lane))
                    return r.real("fcmp ole", ahead, r.load("double", c["w_lane"], _scalar(r, until, lane)))

                with r.repeat(due):
                    _write(r, c, direction, lane)
                    refresh_next(r, c, lane)
        lane_put(r, c, "next", upcoming)
        r.istore(output, c["w_lane"], LANE["output"])
