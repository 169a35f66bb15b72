"""Events that belong to one instant although rounding and step errors part them, as LLVM IR.

When something is carried out at an instant, a condition on states that turns true within the error
tolerance of the states themselves counts as true there: the states are moved that little, so that priorities
rule. What moved is far below what the tolerance leaves open.
"""

from __future__ import annotations

from collections.abc import Mapping

from jakstat.engine.compile.driver_step import call_kernel, error_scale, lane_get, lane_put, least_scale
from jakstat.engine.compile.routine import Routine

__all__ = ["pull_along"]

Context = Mapping[str, str]
BISECTIONS = 52


def _reach(r: Routine, c: Context) -> str:
    """How long no state moves by more than its tolerance, into ``high``; the rates into ``w_f``."""
    time = lane_get(r, c, "time")
    r.vstore(time, c["w_t"])
    call_kernel(r, c["k_rhs"], c["w_t"], c["w_y"], c["w_c"], c["w_f"], c["w_a"], c["w_x"])
    floor = least_scale(r, c)
    reach = r.slot(r.v, r.op("fmul", r.splat(c["rtol"]), r.call("fabs", time)))
    with r.loop(c["n"]) as k:
        rate = r.op("fadd", r.vload(c["w_f"], k), r.vload(c["w_r"], k))
        r.vstore(rate, c["w_f"], k)
        allowed = error_scale(r, c, k, r.call("fabs", r.vload(c["w_y"], k)), floor)
        limit = r.op("fdiv", allowed, r.call("fabs", rate))
        least = r.get(r.v, reach)
        # a rate that is no number lets nothing be moved
        limit = r.choose(r.test("uno", limit, limit), r.num(0.0), limit)
        limit = r.choose(r.test("oeq", rate, r.num(0.0)), least, limit)
        r.set(r.v, reach, r.choose(r.test("olt", limit, least), limit, least))
    return r.get(r.v, reach)


def _moved(r: Routine, c: Context, reach: str, k: str) -> str:
    return r.fma(reach, r.vload(c["w_f"], k), r.vload(c["w_y"], k))


def _risen(r: Routine, c: Context, reach: str) -> str:
    """How many conditions on states turn true when the states move on for that long."""
    with r.loop(c["nwatch_needs"]) as k:
        state = r.load("i64", c["watch_needs"], k)
        r.vstore(_moved(r, c, reach, state), c["w_v"], state)
    call_kernel(r, c["k_watch"], c["w_t"], c["w_v"], c["w_p"], c["w_h"], c["w_a"], c["w_x"])
    count = r.slot(r.v, r.num(0.0))
    with r.loop(r.arith("sub", c["ntriggers"], c["ntimed"])) as other:
        k = r.arith("add", other, c["ntimed"])
        new = r.both(
            "and",
            r.test("ogt", r.vload(c["w_h"], k), r.vload(c["w_g"], k)),
            r.test("ogt", r.vload(c["w_h"], k), r.vload(c["w_b"], k)),
        )
        r.set(r.v, count, r.op("fadd", r.get(r.v, count), r.choose(new, r.num(1.0), r.num(0.0))))
    return r.get(r.v, count)


def pull_along(r: Routine, c: Context, lanes: str) -> None:
    """In these lanes, once per instant: move the states so that conditions which turn at once have turned."""
    some = r.compare("sgt", r.arith("sub", c["ntriggers"], c["ntimed"]), 0)
    lane_put(r, c, "pulled", r.choose(lanes, r.num(1.0), lane_get(r, c, "pulled")))
    with r.when(r.put(f"and i1 {some}, {r.any(lanes)}")):
        reach = _reach(r, c)
        all_of_them = _risen(r, c, reach)
        found = r.both("and", lanes, r.test("ogt", all_of_them, r.num(0.0)))
        with r.when(r.any(found)):
            low, high = r.slot(r.v, r.num(0.0)), r.slot(r.v, r.num(1.0))
            with r.loop(str(BISECTIONS)):
                middle = r.op("fmul", r.num(0.5), r.op("fadd", r.get(r.v, low), r.get(r.v, high)))
                turned = r.test("oge", _risen(r, c, r.op("fmul", middle, reach)), all_of_them)
                r.set(r.v, high, r.choose(turned, middle, r.get(r.v, high)))
                r.set(r.v, low, r.choose(turned, r.get(r.v, low), middle))
            shift = r.op("fmul", r.get(r.v, high), reach)
            with r.loop(c["n"]) as k:
                r.vstore(r.choose(found, _moved(r, c, shift, k), r.vload(c["w_y"], k)), c["w_y"], k)
