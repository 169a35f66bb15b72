"""Sampling the dense output at the requested times, as LLVM IR."""

from __future__ import annotations

from collections.abc import Mapping

from jakstat.engine.compile.driver_step import call_kernel, lane_get, lane_put, stage_arrays
from jakstat.engine.compile.layout import LANE
from jakstat.engine.compile.method import Collocation, Method
from jakstat.engine.compile.routine import Routine

__all__ = ["dense_weights", "refresh_next", "sample_now", "sample_step", "write_rows"]

Context = Mapping[str, str]


def dense_weights(r: Routine, method: Method, theta: str) -> list[str]:
    """Weight of each stage in the solution a fraction ``theta`` into the step."""
    # y(s) = y + sum_j s (b_j + (1 - s) (H_1j + s (H_2j + ...))) U_j: the continuous extension of RODAS
    # (Hairer and Wanner II, section IV.7, doi:10.1007/978-3-642-05221-7), by Horner's rule;
    # collocation: y + sum_j s (D_1j + s D_2j + ...) Z_j
    rest = r.op("fsub", r.num(1.0), theta)
    weights = []
    for j in range(method.stages):
        inner = r.num(method.dense[-1][j])
        for row in reversed(method.dense[:-1]):
            inner = r.fma(inner, theta, r.num(row[j]))
        if not isinstance(method, Collocation):
            inner = r.fma(rest, inner, r.num(method.b[j]))
        weights.append(r.op("fmul", theta, inner))
    return weights


def _interpolate(r: Routine, c: Context, method: Method, slots: str, theta: str) -> None:
    """The needed states of each slot's lane, a fraction ``theta`` into its step, into ``w_d``."""
    weights = dense_weights(r, method, theta)
    arrays = stage_arrays(r, c, method.stages)
    with r.loop(c["nneed"]) as k:
        place = r.load("i64", c["need"], k)
        total = r.permuted(r.vload(c["w_y"], place), slots)
        for weight, array in zip(weights, arrays, strict=True):
            total = r.fma(weight, r.permuted(r.vload(array, place), slots), total)
        r.vstore(total, c["w_d"], k)


def write_row(r: Routine, c: Context, lane: str) -> None:
    """Copy one lane's outputs from ``w_o`` to its row of ``out`` and count the row."""
    where = _scalar(r, "output", lane)
    row = r.load("i64", c["w_lane"], where)
    target = _row(r, c, lane)
    source = r.at(c["w_o"], lane, 8)
    with r.loop(c["nout"]) as k:
        value = r.load("double", source, r.arith("mul", k, r.width))
        r.store("double", value, target, k)
    r.store("i64", r.arith("add", row, 1), c["w_lane"], where)


def write_rows(r: Routine, c: Context, until: str) -> None:
    """In lanes marked ``ended``: the outputs in ``w_o`` for times up to an entry of the lane block."""
    with r.loop(str(r.width)) as lane:
        marked = r.load("double", c["w_lane"], _scalar(r, "ended", lane))
        with r.when(r.real("fcmp une", marked, "0.0")):

            def due(lane: str = lane) -> str:
                times = [r.load("double", c["w_lane"], _scalar(r, name, lane)) for name in ("next", until)]
                return r.real("fcmp ole", *times)

            with r.repeat(due):
                write_row(r, c, lane)
                refresh_next(r, c, lane)


def _row(r: Routine, c: Context, lane: str) -> str:
    """Where the next row of a lane's outputs stands."""
    number = r.load("i64", c["w_lane"], _scalar(r, "lane", lane))
    row = r.load("i64", c["w_lane"], _scalar(r, "output", lane))
    start = r.arith("add", r.arith("mul", number, c["out_lane"]), r.arith("mul", row, c["out_row"]))
    return r.at(c["out"], start, 8)


def _scalar(r: Routine, name: str, lane: str) -> str:
    return r.arith("add", lane, LANE[name] * r.width)


def refresh_next(r: Routine, c: Context, lane: str) -> None:
    """The time of a lane's next output (infinity when there is none left)."""
    row = r.load("i64", c["w_lane"], _scalar(r, "output", lane))
    left = r.compare("slt", row, c["ntimes"])
    safe = r.put(f"select i1 {left}, i64 {row}, i64 0")
    time = r.load("double", c["times"], safe)
    upcoming = r.put(f"select i1 {left}, double {time}, double {r.real_literal(float('inf'))}")
    r.store("double", upcoming, c["w_lane"], _scalar(r, "next", lane))


def _fill_slot(r: Routine, c: Context, lane: str, slot: str) -> None:
    """Put the lane's next output into a slot: where in the step it is, when, and where its row goes."""
    block = c["w_lane"]

    def real(name: str) -> str:
        return r.load("double", block, _scalar(r, name, lane))

    time = real("time")
    theta = r.real("fmul", r.real("fsub", real("next"), time), real("inverse"))
    r.store("double", theta, block, _scalar(r, "slot_share", slot))
    when = r.put(f"call double @llvm.fma.f64(double {theta}, double {real('tried')}, double {time})")
    r.store("double", when, block, _scalar(r, "slot_time", slot))
    r.store("i64", lane, block, _scalar(r, "slot_lane", slot))
    row = _row(r, c, lane)
    r.store("i64", r.put(f"ptrtoint ptr {row} to i64"), block, _scalar(r, "slot_row", slot))
    with r.loop(r.arith("sdiv", r.arith("add", c["nout"], r.width - 1), r.width)) as square:
        line = r.at(row, square, r.width * 8)
        r.lines.append(f"  call void @llvm.prefetch.p0(ptr {line}, i32 1, i32 3, i32 1)")
    number = _scalar(r, "output", lane)
    r.store("i64", r.arith("add", r.load("i64", block, number), 1), block, number)
    refresh_next(r, c, lane)


def _fill_slots(r: Routine, c: Context) -> None:
    """As many due outputs as there are slots; a lane may have several where vectors can be permuted."""
    spare = r.put(f"ptrtoint ptr {c['w_spare']} to i64")
    r.istore(r.whole_numbers(), c["w_lane"], LANE["slot_lane"])
    for name in ("slot_share", "slot_time"):
        r.vstore(r.num(0.0), c["w_lane"], LANE[name])
    with r.loop(str(r.width)) as slot:
        r.store("i64", spare, c["w_lane"], _scalar(r, "slot_row", slot))
    filled = r.slot("i64", "0")
    with r.loop(str(r.width)) as lane:
        waits = r.real("fcmp une", r.load("double", c["w_lane"], _scalar(r, "ended", lane)), "0.0")
        if r.permutes:
            with r.repeat(lambda: _fits(r, c, lane, waits, filled)):
                slot = r.get("i64", filled)
                _fill_slot(r, c, lane, slot)
                r.set("i64", filled, r.arith("add", slot, 1))
        else:
            with r.when(waits):
                _fill_slot(r, c, lane, lane)


def _fits(r: Routine, c: Context, lane: str, waits: str, filled: str) -> str:
    """Whether the lane's next output is due in this step and a slot is left for it."""
    ahead = r.load("double", c["w_lane"], _scalar(r, "next", lane))
    inside = r.real("fcmp olt", ahead, r.load("double", c["w_lane"], _scalar(r, "reached", lane)))
    room = r.compare("slt", r.get("i64", filled), r.width)
    return r.put(f"and i1 {r.put(f'and i1 {waits}, {inside}')}, {room}")


def _write_slots(r: Routine, c: Context) -> None:
    """The outputs of every slot to its row: whole squares turned over, what is left one by one."""
    block, size = c["w_lane"], r.width
    rows = []
    for slot in range(size):
        address = r.load("i64", block, LANE["slot_row"] * size + slot)
        rows.append(r.put(f"inttoptr i64 {address} to ptr"))
    squares = r.arith("sdiv", c["nout"], size)
    with r.loop(squares) as square:
        first = r.arith("mul", square, size)
        columns = [r.vload(c["w_o"], r.arith("add", first, j)) for j in range(size)]
        for row, values in zip(rows, r.transposed(columns), strict=True):
            r.lines.append(f"  store {r.v} {values}, ptr {r.at(row, first, 8)}, align 8")
    whole = r.arith("mul", squares, size)
    with r.loop(r.arith("sub", c["nout"], whole)) as rest:
        k = r.arith("add", whole, rest)
        for slot, row in enumerate(rows):
            value = r.load("double", c["w_o"], r.arith("add", r.arith("mul", k, size), slot))
            r.store("double", value, row, k)


def _note_lowest(r: Routine, c: Context) -> None:
    """Keep the least value of each output: whether any is too far below zero is asked afterwards."""
    with r.loop(c["nout"]) as k:
        value, least = r.vload(c["w_o"], k), r.vload(c["w_n"], k)
        r.replace(r.test("olt", value, least), value, c["w_n"], k)


def sample_step(r: Routine, c: Context, method: Method, accepted: str) -> None:
    """Write every output that falls into [t, t + h) of an accepted step.

    Outputs of the group are worked out together, a slot for each: one lane may be near its end with many due
    in one step while another has just started.
    """
    reached = lane_get(r, c, "reached")

    def waiting() -> str:
        due = r.both("and", accepted, r.test("olt", lane_get(r, c, "next"), reached))
        lane_put(r, c, "ended", r.choose(due, r.num(1.0), r.num(0.0)))
        return r.any(due)

    with r.repeat(waiting):
        _fill_slots(r, c)
        slots = r.iload(c["w_lane"], LANE["slot_lane"])
        r.vstore(lane_get(r, c, "slot_time"), c["w_t"])
        _interpolate(r, c, method, slots, lane_get(r, c, "slot_share"))
        with r.loop(c["nneed_p"]) as k:
            place = r.load("i64", c["need_p"], k)
            r.vstore(r.permuted(r.vload(c["w_p"], place), slots), c["w_given"], place)
        call_kernel(r, c["k_out"], c["w_t"], c["w_d"], c["w_given"], c["w_o"], c["w_a"], c["w_x"])
        _note_lowest(r, c)
        _write_slots(r, c)


def sample_now(r: Routine, c: Context) -> None:
    """The outputs of the present states, into ``w_o``."""
    with r.loop(c["nneed"]) as k:
        r.vstore(r.vload(c["w_y"], r.load("i64", c["need"], k)), c["w_d"], k)
    r.vstore(lane_get(r, c, "time"), c["w_t"])
    call_kernel(r, c["k_out"], c["w_t"], c["w_d"], c["w_p"], c["w_o"], c["w_a"], c["w_x"])
    _note_lowest(r, c)
