"""Events within the step loop, as LLVM IR: lanes at an instant are settled before they go on.

Follows SBML Level 3 Version 2, section 4.12, as the reference solver does: an event is triggered when its
condition turns from false to true; it is carried out after its delay, unless it is not persistent and
its condition has turned false meanwhile; among those due at one instant the highest priority goes first,
priorities are worked out anew after each, and ties are drawn from one fixed series. Conditions and values
come from kernels for all lanes at once; what follows from them is done lane by lane.
"""

from __future__ import annotations

from collections.abc import Mapping

from jakstat.engine.compile.driver_output import sample_now, write_rows
from jakstat.engine.compile.driver_pull import pull_along
from jakstat.engine.compile.driver_queue import carry_out, note_triggers
from jakstat.engine.compile.driver_step import call_kernel, lane_get, lane_put, larger
from jakstat.engine.compile.driver_tangent import fix_directions, sample_directions_now
from jakstat.engine.compile.layout import LANE
from jakstat.engine.compile.routine import Routine

__all__ = ["ULPS", "refresh_inputs", "settle_instants"]

Context = Mapping[str, str]
ULPS = 8 * 2.0**-52
"""Times that differ by less, relatively, are one instant."""


def refresh_inputs(r: Routine, c: Context, prepare: str) -> None:
    """What rests on inputs alone, after they have changed in some lane."""
    with r.when(r.get("i1", prepare)):
        call_kernel(r, c["k_prep"], c["w_t"], c["w_p"], c["w_c"], c["w_c"], c["w_a"], c["w_x"])
        fix_directions(r, c)
        r.set("i1", prepare, "false")


def _flag(r: Routine, c: Context, name: str) -> str:
    return r.test("une", lane_get(r, c, name), r.num(0.0))


def _put_flag(r: Routine, c: Context, name: str, mask: str) -> None:
    lane_put(r, c, name, r.choose(mask, r.num(1.0), r.num(0.0)))


def _look(r: Routine, c: Context) -> None:
    """All conditions as they are now, into ``w_b``."""
    r.vstore(lane_get(r, c, "time"), c["w_t"])
    for kernel in ("k_timed", "k_watch"):
        call_kernel(r, c[kernel], c["w_t"], c["w_y"], c["w_p"], c["w_b"], c["w_a"], c["w_x"])


def _differing(r: Routine, c: Context, count: str, *, rising: bool = False) -> str:
    """Lanes in which one of the first conditions is not what it was (or has turned true)."""
    found = r.slot(r.v, r.num(0.0))
    with r.loop(count) as k:
        now, before = r.vload(c["w_b"], k), r.vload(c["w_g"], k)
        other = r.test("ogt" if rising else "une", now, before)
        r.set(r.v, found, r.choose(other, r.num(1.0), r.get(r.v, found)))
    return r.test("une", r.get(r.v, found), r.num(0.0))


def _due(r: Routine, c: Context) -> str:
    """Lanes in which an event that waits is due."""
    time = lane_get(r, c, "time")
    reach = r.fma(r.call("fabs", time), r.num(ULPS), time)
    return r.test("ole", lane_get(r, c, "due"), reach)


def _act(r: Routine, c: Context, prepare: str, working: str) -> None:
    """One round of the lanes in which something is to be done: note triggers, carry out one event."""
    call_kernel(r, c["k_events"], c["w_t"], c["w_y"], c["w_p"], c["w_e"], c["w_a"], c["w_x"])
    _put_flag(r, c, "ended", working)
    with r.loop(str(r.width)) as lane:
        flag = r.load("double", c["w_lane"], r.arith("add", lane, LANE["ended"] * r.width))
        with r.when(r.real("fcmp une", flag, "0.0")):
            note_triggers(r, c, lane)
            carry_out(r, c, lane, prepare)


def _step_past(r: Routine, c: Context, calm: str) -> None:
    """Lanes that have settled: a condition that turns behind this instant is met a few bits later.

    ``time > 3`` is false at 3 and true behind it. What is to be told of 3 itself is written before.
    """
    time = lane_get(r, c, "time")
    later = r.op("fadd", r.fma(r.call("fabs", time), r.num(ULPS), time), r.num(1e-300))
    asked = r.both("and", calm, _flag(r, c, "turning"))
    asked = r.both("and", asked, r.test("olt", later, lane_get(r, c, "end")))
    lane_put(r, c, "turning", r.choose(calm, r.num(0.0), lane_get(r, c, "turning")))
    _put_flag(r, c, "acting", r.both("and", _flag(r, c, "acting"), r.flip(calm)))
    with r.when(r.any(asked)):
        r.vstore(later, c["w_t"])
        call_kernel(r, c["k_timed"], c["w_t"], c["w_y"], c["w_p"], c["w_b"], c["w_a"], c["w_x"])
        past = r.both("and", asked, _differing(r, c, c["ntimed"]))
        with r.when(r.any(past)):
            _put_flag(r, c, "ended", past)
            sample_directions_now(r, c, "time")
            sample_now(r, c)
            write_rows(r, c, "time")
            lane_put(r, c, "time", r.choose(past, later, time))
            _put_flag(r, c, "acting", r.both("or", past, _flag(r, c, "acting")))


def _settle(r: Routine, c: Context, prepare: str) -> None:
    arrived = r.icompare("ne", r.iload(c["w_lane"], LANE["arrived"]), r.whole(0))
    _put_flag(r, c, "acting", arrived)
    _put_flag(r, c, "turning", arrived)
    _put_flag(r, c, "pulled", r.flip(arrived))
    r.istore(r.whole(0), c["w_lane"], LANE["chained"])

    def acting() -> str:
        return r.any(_flag(r, c, "acting"))

    with r.repeat(acting):
        _look(r, c)
        due = _due(r, c)
        acting_now, turned = _flag(r, c, "acting"), _differing(r, c, c["ntriggers"])
        work = r.both("and", acting_now, r.both("or", due, turned))
        calm = r.both("and", acting_now, r.flip(work))
        risen = _differing(r, c, c["ntriggers"], rising=True)
        firing = r.both("and", work, r.both("or", due, risen))
        # where only conditions on states have turned, what turns with time right behind belongs to it
        known = r.both("or", due, _differing(r, c, c["ntimed"]))
        eager = r.both("and", r.both("and", firing, _flag(r, c, "turning")), r.flip(known))
        first = r.both("and", firing, r.flip(_flag(r, c, "pulled")))
        waiting = r.both("or", first, eager)
        working = r.both("and", work, r.flip(waiting))
        with r.when(r.any(working)):
            _act(r, c, prepare, working)
        with r.when(r.any(r.both("and", first, r.flip(eager)))):
            pull_along(r, c, r.both("and", first, r.flip(eager)))
        with r.when(r.any(r.both("or", calm, eager))):
            _step_past(r, c, r.both("or", calm, eager))
            _put_flag(r, c, "acting", r.both("or", eager, _flag(r, c, "acting")))


def _next_stops(r: Routine, c: Context) -> None:
    """The next instant at which something is known to happen, in lanes that have arrived at one."""
    time = lane_get(r, c, "time")
    first = lane_get(r, c, "end")
    for name in ("upcoming", "due"):
        other = lane_get(r, c, name)
        first = r.choose(r.test("olt", other, first), other, first)
    stop = r.slot(r.v, first)

    # clocks as they run right behind this instant: 27 - (t - 28 floor(t / 28)) is one for each whole part
    r.vstore(r.fma(r.call("fabs", time), r.num(ULPS), time), c["w_t"])
    call_kernel(r, c["k_clocks"], c["w_t"], c["w_p"], c["w_c"], c["w_q"], c["w_a"], c["w_x"])

    def sooner(turn: str) -> None:
        better = r.both("and", r.test("ogt", turn, time), r.test("olt", turn, r.get(r.v, stop)))
        r.set(r.v, stop, r.choose(better, turn, r.get(r.v, stop)))

    with r.loop(c["nturns"]) as k:
        sooner(r.vload(c["w_q"], k))
    with r.loop(c["nwholes"]) as k:
        place = r.arith("add", c["nturns"], r.arith("mul", k, 2))
        sooner(_next_whole(r, c, r.vload(c["w_q"], place), r.vload(c["w_q"], r.arith("add", place, 1))))
    soon = r.op("fadd", r.fma(r.call("fabs", time), r.num(2.0**-52), time), r.num(1e-300))
    after = r.choose(r.test("ogt", r.get(r.v, stop), soon), r.get(r.v, stop), soon)
    arrived = r.icompare("ne", r.iload(c["w_lane"], LANE["arrived"]), r.whole(0))
    lane_put(r, c, "stop", r.choose(arrived, after, lane_get(r, c, "stop")))
    lane_put(r, c, "hit", r.choose(arrived, r.num(0.0), lane_get(r, c, "hit")))


MAX_TURNS = 100_000.0


def _next_whole(r: Routine, c: Context, offset: str, slope: str) -> str:
    """When ``offset + slope * time`` is a whole number next; NaN if that is too often to stop at."""
    time = lane_get(r, c, "time")
    now = r.fma(slope, time, offset)
    sign = r.choose(r.test("olt", slope, r.num(0.0)), r.num(-1.0), r.num(1.0))
    near = r.call("floor", r.op("fadd", now, r.num(0.5)))
    ahead = r.test("ogt", r.op("fmul", r.op("fsub", near, now), sign), r.num(1e-9))
    target = r.choose(ahead, near, r.op("fadd", near, sign))
    turn = r.op("fdiv", r.op("fsub", target, offset), slope)
    span = r.op("fsub", lane_get(r, c, "end"), lane_get(r, c, "begin"))
    seldom = r.test("ole", r.call("fabs", r.op("fmul", slope, span)), r.num(MAX_TURNS))
    return r.choose(seldom, turn, r.num(float("nan")))


def _reach_now(r: Routine, c: Context) -> None:
    """The largest size in a lane so far, with what doses and events have set."""
    arrived = r.icompare("ne", r.iload(c["w_lane"], LANE["arrived"]), r.whole(0))
    reach = r.slot(r.v, lane_get(r, c, "reach"))
    with r.loop(c["n"]) as k:
        most = larger(r, r.get(r.v, reach), r.vload(c["w_y"], k))
        r.set(r.v, reach, r.choose(arrived, most, r.get(r.v, reach)))
    lane_put(r, c, "reach", r.get(r.v, reach))


def settle_instants(r: Routine, c: Context, prepare: str) -> None:
    """Events of lanes that have arrived at an instant, then where they stop next."""
    refresh_inputs(r, c, prepare)
    with r.when(r.compare("ne", c["ntriggers"], 0)):
        _settle(r, c, prepare)
        refresh_inputs(r, c, prepare)
    _reach_now(r, c)
    _next_stops(r, c)
