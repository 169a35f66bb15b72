"""Sampling the dense output at the requested times, as LLVM IR."""

from __future__ import annotations

from collections.abc import Mapping

from jakstat.engine.compile.driver_step import call_kernel, lane_get, lane_put
from jakstat.engine.compile.layout import LANE
from jakstat.engine.compile.method import Rosenbrock
from jakstat.engine.compile.routine import Routine

__all__ = ["dense_weights", "refresh_next", "sample_now", "sample_step", "write_rows"]

Context = Mapping[str, str]


def dense_weights(r: Routine, method: Rosenbrock, theta: str) -> list[str]:
    """Weight of each stage in the solution a fraction ``theta`` into the step."""
    # y(s) = y + sum_j s (b_j + (1 - s) (H_1j + s (H_2j + ...))) U_j: the continuous extension of RODAS
    # (Hairer and Wanner II, section IV.7, doi:10.1007/978-3-642-05221-7), by Horner's rule
    rest = r.op("fsub", r.num(1.0), theta)
    weights = []
    for j in range(method.stages):
        inner = r.num(method.dense[-1][j])
        for row in reversed(method.dense[:-1]):
            inner = r.fma(inner, theta, r.num(row[j]))
        weights.append(r.op("fmul", theta, r.fma(rest, inner, r.num(method.b[j]))))
    return weights


def interpolate(r: Routine, c: Context, method: Rosenbrock, theta: str) -> None:
    """The needed states a fraction ``theta`` into the step, into ``w_d``."""
    weights = dense_weights(r, method, theta)
    with r.loop(c["nneed"]) as k:
        place = r.load("i64", c["need"], k)
        total = r.vload(c["w_y"], place)
        for j, weight in enumerate(weights):
            total = r.fma(weight, r.vload(c["w_k"], place), total)
            if j + 1 < method.stages:
                place = r.arith("add", place, c["n"])
        r.vstore(total, c["w_d"], k)


def write_row(r: Routine, c: Context, lane: str) -> None:
    """Copy one lane's outputs from ``w_o`` to its row of ``out`` and count the row."""
    number = r.load("i64", c["w_lane"], _scalar(r, "lane", lane))
    where = _scalar(r, "output", lane)
    row = r.load("i64", c["w_lane"], where)
    start = r.arith("add", r.arith("mul", number, c["out_lane"]), r.arith("mul", row, c["out_row"]))
    target = r.at(c["out"], start, 8)
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


def sample_step(r: Routine, c: Context, method: Rosenbrock, accepted: str) -> None:
    """Write every output that falls into [t, t + h) of an accepted step."""
    time, inverse, reached = (lane_get(r, c, name) for name in ("time", "inverse", "reached"))

    def waiting() -> str:
        due = r.both("and", accepted, r.test("olt", lane_get(r, c, "next"), reached))
        lane_put(r, c, "ended", r.choose(due, r.num(1.0), r.num(0.0)))
        return r.any(due)

    with r.repeat(waiting):
        due = r.test("une", lane_get(r, c, "ended"), r.num(0.0))
        ahead = r.op("fsub", lane_get(r, c, "next"), time)
        theta = r.choose(due, r.op("fmul", ahead, inverse), r.num(0.0))
        r.vstore(r.fma(theta, lane_get(r, c, "tried"), time), c["w_t"])
        interpolate(r, c, method, theta)
        call_kernel(r, c["k_out"], c["w_t"], c["w_d"], c["w_p"], c["w_o"], c["w_a"], c["w_x"])
        with r.loop(str(r.width)) as lane:
            flag = r.load("double", c["w_lane"], _scalar(r, "ended", lane))
            with r.when(r.real("fcmp une", flag, "0.0")):
                write_row(r, c, lane)
                refresh_next(r, c, lane)


def sample_now(r: Routine, c: Context) -> None:
    """The outputs of the present states, into ``w_o``."""
    with r.loop(c["nneed"]) as k:
        r.vstore(r.vload(c["w_y"], r.load("i64", c["need"], k)), c["w_d"], k)
    r.vstore(lane_get(r, c, "time"), c["w_t"])
    call_kernel(r, c["k_out"], c["w_t"], c["w_d"], c["w_p"], c["w_o"], c["w_a"], c["w_x"])
