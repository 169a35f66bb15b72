"""The step loop: advances a group of lanes until the queue is empty.

It is compiled once per machine and method and works for every model, whose kernels it
calls through pointers. Lanes never exchange a number: each has its own time, step, error and
dose cursor, and every vector operation acts on each lane alone, so a lane's bits
do not depend on its neighbours.
"""

from __future__ import annotations

import math

from jakstat.engine.compile.driver_collocation import attempt_collocation, keep_stages
from jakstat.engine.compile.driver_events import settle_instants
from jakstat.engine.compile.driver_lanes import close_lanes, depart, fill_lanes, finish_lanes, start_steps
from jakstat.engine.compile.driver_memory import note_step
from jakstat.engine.compile.driver_output import sample_step
from jakstat.engine.compile.driver_step import (
    attempt,
    combining,
    control,
    emit_measure,
    error_array,
    lane_get,
    lane_put,
    larger,
)
from jakstat.engine.compile.driver_tangent import advance_directions, commit_directions
from jakstat.engine.compile.driver_watch import find_changes, look_afresh
from jakstat.engine.compile.layout import (
    CONTEXT,
    DIRECTION_POINTERS,
    DIRECTIONS,
    LANE,
    NO_LANE,
    POINTERS,
    REALS,
)
from jakstat.engine.compile.method import Collocation, Method, Rosenbrock
from jakstat.engine.compile.routine import Routine
from jakstat.engine.compile.vector_math import vector_functions

__all__ = ["driver_text"]


def _context(r: Routine, directions: bool) -> dict[str, str]:
    """Every entry of the context block as a value; those of derivatives only in the loop that has them."""
    values = {}
    for name, place in CONTEXT.items():
        if name in DIRECTIONS and not directions:
            continue
        kind = (
            "ptr" if name in POINTERS or name in DIRECTION_POINTERS else "double" if name in REALS else "i64"
        )
        values[name] = r.load(kind, "%context", place)
    return values


def _commit(r: Routine, c: dict[str, str], method: Method, accepted: str) -> None:
    """Move accepted lanes to their new state and time; count the step."""
    reach = r.slot(r.v, lane_get(r, c, "reach"))
    with r.loop(c["n"]) as k:
        old = r.vload(c["w_y"], k)
        new = r.replace(accepted, r.vload(c["w_u"], k), c["w_y"], k)
        top = larger(r, larger(r, r.vload(c["w_top"], k), old), new)
        r.vstore(top, c["w_top"], k)
        r.set(r.v, reach, larger(r, r.get(r.v, reach), top))
    lane_put(r, c, "reach", r.get(r.v, reach))
    doubted = r.real("fcmp olt", c["doubt"], r.real_literal(math.inf))
    errors = error_array(r, c, method)
    with r.when(doubted), r.loop(c["n"]) as k:
        error = r.choose(accepted, r.call("fabs", r.vload(errors, k)), r.num(0.0))
        r.vstore(r.op("fadd", r.vload(c["w_drift"], k), error), c["w_drift"], k)
    lane_put(r, c, "time", r.choose(accepted, lane_get(r, c, "reached"), lane_get(r, c, "time")))
    steps = r.iload(c["w_lane"], LANE["steps"])
    r.istore(r.iop("add", steps, r.whole(1)), c["w_lane"], LANE["steps"])


def _failed(r: Routine, c: dict[str, str], accepted: str, alive: str) -> str:
    """Lanes that cannot go on: too many steps, or a step lost in rounding."""
    time = lane_get(r, c, "time")
    step = lane_get(r, c, "step")
    # a step is lost when a tenth of it no longer changes the time (as in RODAS)
    stuck = r.test("oeq", r.fma(step, r.num(0.1), time), time)
    tiny = r.test("ult", step, r.num(1e-290))
    stuck = r.both("and", r.both("or", stuck, tiny), r.flip(accepted))
    limit = r.splat(r.put(f"sitofp i64 {c['max_steps']} to double"))
    count = r.put(f"sitofp {r.i} {r.iload(c['w_lane'], LANE['steps'])} to {r.v}")
    spent = r.test("oge", count, limit)
    unfinished = r.test("olt", time, lane_get(r, c, "end"))
    return r.both("and", alive, r.both("or", stuck, r.both("and", spent, unfinished)))


def driver_text(method: Method, width: int, *, directions: bool = False) -> str:
    """The IR of ``drive(context)``; returns when no lane is left."""
    r = Routine(width)
    c = _context(r, directions)
    prepare = r.slot("i1", "false")
    r.istore(r.whole(NO_LANE), c["w_lane"], LANE["lane"])
    fill, step, close, leave = "fill", "step", "close", "leave"
    failed, taken = r.slot(r.v, r.num(0.0)), r.slot(r.v, r.num(0.0))
    r.jump(fill)
    r.start(fill)
    fill_lanes(r, c, prepare)
    settle_instants(r, c, prepare)
    depart(r, c)
    finish_lanes(r, c)
    alive = r.icompare("sge", r.iload(c["w_lane"], LANE["lane"]), r.whole(0))
    r.set(r.v, failed, r.num(0.0))
    free = r.icompare("eq", r.iload(c["w_lane"], LANE["lane"]), r.whole(NO_LANE))
    again, go = r.label("again"), r.label("go")
    r.branch(r.any(free), fill, again)
    r.start(again)
    r.branch(r.any(alive), go, leave)
    r.start(go)
    look_afresh(r, c)
    start_steps(r, c)
    r.jump(step)
    r.start(step)
    if isinstance(method, Collocation):
        attempt_collocation(r, c, method)
    else:
        attempt(r, c, method)
    error = emit_measure(r, c, method)
    alive = r.icompare("sge", r.iload(c["w_lane"], LANE["lane"]), r.whole(0))
    accepted = r.both("and", r.test("ole", error, r.num(1.0)), alive)
    if directions and isinstance(method, Rosenbrock):
        accepted = advance_directions(r, c, method, accepted)
    calm = r.test("ogt", lane_get(r, c, "grow"), r.num(1.0))
    control(r, c, method, accepted)
    r.set(r.v, taken, r.choose(accepted, r.num(1.0), r.num(0.0)))
    find_changes(r, c, method, taken)
    accepted = r.test("une", r.get(r.v, taken), r.num(0.0))
    note_step(r, c, accepted, calm)
    sample_step(r, c, method, accepted)
    if isinstance(method, Collocation):
        keep_stages(r, c, method, accepted)
    _commit(r, c, method, accepted)
    if directions:
        commit_directions(r, c, accepted)
    lost = _failed(r, c, accepted, alive)
    r.set(r.v, failed, r.choose(lost, r.num(1.0), r.num(0.0)))
    stopped = r.both("and", alive, r.test("oge", lane_get(r, c, "time"), lane_get(r, c, "stop")))
    stopped = r.both("or", stopped, r.test("une", lane_get(r, c, "hit"), r.num(0.0)))
    ends = r.both("or", lost, stopped)
    lane_put(r, c, "past", r.choose(ends, r.num(0.0), lane_get(r, c, "past")))  # whatever happens there
    r.branch(r.any(ends), close, step)
    r.start(close)
    close_lanes(r, c, r.test("une", r.get(r.v, failed), r.num(0.0)), prepare)
    r.jump(fill)
    r.start(leave)
    r.lines.append("  ret i64 0")
    whole = r.text("define i64 @drive(ptr %context) nounwind")
    return "\n".join([vector_functions({"exp", "log"}, width), *combining(method, width), whole])
