"""Finding the instant at which a watched condition changes within a step, as LLVM IR.

After a step that its error estimate accepts, the conditions are evaluated on the dense output at four
places; where one differs from its value at the start of the stretch, the first change is
bisected to the last bit. A change well inside the step makes the step be taken again so that it ends
there (aimed), because the ends of a step are more accurate than its middle; then it is cut there.
"""

from __future__ import annotations

from collections.abc import Mapping

from jakstat.engine.compile.driver_output import dense_weights
from jakstat.engine.compile.driver_step import call_kernel, error_scale, lane_get, lane_put, least_scale
from jakstat.engine.compile.layout import LANE
from jakstat.engine.compile.method import Method
from jakstat.engine.compile.routine import Routine

__all__ = ["CHATTER", "find_changes", "look_afresh"]

LOOKS = (0.25, 0.5, 0.75, 1.0)
BISECTIONS = 52  # bits of a double: the share of the step is known to its last one
CHATTER = 30

Context = Mapping[str, str]


def _time_at(r: Routine, c: Context, theta: str) -> str:
    inside = r.fma(theta, lane_get(r, c, "tried"), lane_get(r, c, "time"))
    return r.choose(r.test("oge", theta, r.num(1.0)), lane_get(r, c, "reached"), inside)


def _differs(r: Routine, c: Context, method: Method, theta: str | None) -> str:
    """Lanes in which a condition at ``theta`` (or at the end) is not what it was when the stretch began."""
    weights = [] if theta is None else dense_weights(r, method, theta)
    with r.loop(c["nwatch_needs"]) as k:
        state = r.load("i64", c["watch_needs"], k)
        value = _interpolated(r, c, weights, state) if weights else r.vload(c["w_u"], state)
        r.vstore(value, c["w_v"], state)
    r.vstore(lane_get(r, c, "reached") if theta is None else _time_at(r, c, theta), c["w_t"])
    call_kernel(r, c["k_watch"], c["w_t"], c["w_v"], c["w_p"], c["w_b"], c["w_a"], c["w_x"])
    found = r.slot(r.v, r.num(0.0))
    # conditions of rates that chatter are no longer looked for; triggers always are
    calm = r.test("olt", lane_get(r, c, "chatter"), r.num(float(CHATTER)))
    for first, last, mask in (("ntimed", "ntriggers", None), ("ntriggers", "nwatch", calm)):
        with r.loop(r.arith("sub", c[last], c[first])) as other:
            k = r.arith("add", other, c[first])
            turned = r.test("une", r.vload(c["w_b"], k), r.vload(c["w_g"], k))
            turned = turned if mask is None else r.both("and", turned, mask)
            r.set(r.v, found, r.choose(turned, r.num(1.0), r.get(r.v, found)))
    return r.test("une", r.get(r.v, found), r.num(0.0))


def _interpolated(r: Routine, c: Context, weights: list[str], state: str) -> str:
    total, place = r.vload(c["w_y"], state), state
    for j, weight in enumerate(weights):
        total = r.fma(weight, r.vload(c["w_k"], place), total)
        if j + 1 < len(weights):
            place = r.arith("add", place, c["n"])
    return total


def _bracket(r: Routine, c: Context, method: Method, accepted: str) -> None:
    """``low`` and ``high`` around the first change at the four looks; ``hit`` marks lanes that have one."""
    lane_put(r, c, "hit", r.num(0.0))
    before = 0.0
    for look in LOOKS:
        theta = None if look == 1.0 else r.num(look)
        differs = r.both("and", _differs(r, c, method, theta), accepted)
        hit = lane_get(r, c, "hit")
        new = r.both("and", differs, r.test("oeq", hit, r.num(0.0)))
        lane_put(r, c, "low", r.choose(new, r.num(before), lane_get(r, c, "low")))
        lane_put(r, c, "high", r.choose(new, r.num(look), lane_get(r, c, "high")))
        lane_put(r, c, "hit", r.choose(new, r.num(1.0), hit))
        before = look
    past = r.both("and", accepted, r.test("oeq", lane_get(r, c, "hit"), r.num(0.0)))
    lane_put(r, c, "aimed", r.choose(past, r.num(0.0), lane_get(r, c, "aimed")))


def _bisect(r: Routine, c: Context, method: Method) -> None:
    with r.loop(str(BISECTIONS)):
        low, high = lane_get(r, c, "low"), lane_get(r, c, "high")
        middle = r.op("fmul", r.num(0.5), r.op("fadd", low, high))
        differs = _differs(r, c, method, middle)
        lane_put(r, c, "high", r.choose(differs, middle, high))
        lane_put(r, c, "low", r.choose(differs, low, middle))


def _round_up(r: Routine, c: Context, method: Method) -> None:
    """A change that comes before a stop by less than the states' own tolerance belongs to the stop."""
    high = lane_get(r, c, "high")
    weights = dense_weights(r, method, high)
    floor = least_scale(r, c)
    apart = r.slot(r.v, r.num(0.0))
    with r.loop(c["n"]) as k:
        last = r.vload(c["w_u"], k)
        gap = r.call("fabs", r.op("fsub", last, _interpolated(r, c, weights, k)))
        allowed = error_scale(r, c, k, r.call("fabs", last), floor)
        r.set(r.v, apart, r.choose(r.test("ole", gap, allowed), r.get(r.v, apart), r.num(1.0)))
    close = r.test("oeq", r.get(r.v, apart), r.num(0.0))
    stop = r.both("and", _flag(r, c, "hit"), r.test("oge", lane_get(r, c, "reached"), lane_get(r, c, "stop")))
    close = r.both("and", close, stop)
    with r.when(r.any(close)):
        close = r.both("and", close, _differs(r, c, method, None))
        lane_put(r, c, "high", r.choose(close, r.num(1.0), high))


def _flag(r: Routine, c: Context, name: str) -> str:
    return r.test("une", lane_get(r, c, name), r.num(0.0))


def _cut(r: Routine, c: Context, method: Method, accepted: str) -> None:
    """Aim again at changes inside the step, cut the step at those near its end."""
    hit = r.test("une", lane_get(r, c, "hit"), r.num(0.0))
    high, aimed = lane_get(r, c, "high"), lane_get(r, c, "aimed")
    # the dense output is an order less accurate than the end of a step: a change well inside is aimed at
    inside = r.both("and", r.test("olt", high, r.num(0.999)), r.test("ogt", high, r.num(1e-3)))
    inside = r.both("and", inside, r.test("olt", aimed, r.num(3.0)))
    # a step that would be lost in rounding (driver._failed) is no aim
    tried, time = lane_get(r, c, "tried"), lane_get(r, c, "time")
    aimed_at = r.op("fmul", tried, high)
    inside = r.both("and", inside, r.test("une", r.fma(aimed_at, r.num(0.1), time), time))
    aim = r.both("and", hit, inside)
    cut = r.both("and", hit, r.flip(inside))
    r.set(r.v, accepted, r.choose(aim, r.num(0.0), r.get(r.v, accepted)))
    lane_put(r, c, "step", r.choose(aim, aimed_at, lane_get(r, c, "step")))
    again = r.op("fadd", aimed, r.num(1.0))
    lane_put(r, c, "aimed", r.choose(aim, again, r.choose(cut, r.num(0.0), aimed)))
    weights = dense_weights(r, method, high)
    with r.loop(c["n"]) as k:
        ends = r.both("and", cut, r.test("olt", high, r.num(1.0)))
        state = r.choose(ends, _interpolated(r, c, weights, k), r.vload(c["w_u"], k))
        r.vstore(state, c["w_u"], k)
    when = _time_at(r, c, high)
    passed = r.op("fsub", when, lane_get(r, c, "met"))
    lane_put(r, c, "met", r.choose(cut, when, lane_get(r, c, "met")))
    near = r.test("ole", passed, r.fma(r.num(1e-9), r.call("fabs", when), lane_get(r, c, "moment")))
    count = lane_get(r, c, "chatter")
    count = r.choose(cut, r.choose(near, r.op("fadd", count, r.num(1.0)), r.num(0.0)), count)
    lane_put(r, c, "chatter", count)
    lane_put(r, c, "reached", r.choose(cut, when, lane_get(r, c, "reached")))
    lane_put(r, c, "hit", r.choose(cut, r.num(1.0), r.num(0.0)))


def find_changes(r: Routine, c: Context, method: Method, accepted: str) -> None:
    """Shorten accepted steps at the first change; ``accepted`` is a slot of 1 and 0 by lane."""
    lane_put(r, c, "hit", r.num(0.0))
    with r.when(r.compare("ne", c["nwatch"], c["ntimed"])):
        _bracket(r, c, method, r.test("une", r.get(r.v, accepted), r.num(0.0)))
        found = r.test("une", lane_get(r, c, "hit"), r.num(0.0))
        with r.when(r.any(found)):
            _bisect(r, c, method)
            with r.when(r.compare("ne", c["ntriggers"], 0)):
                _round_up(r, c, method)
            _cut(r, c, method, accepted)


def look_afresh(r: Routine, c: Context) -> None:
    """Conditions as they stand now, in lanes that have just started or changed."""
    with r.when(r.compare("ne", c["nwatch"], c["ntriggers"])):
        look = r.icompare("ne", r.iload(c["w_lane"], LANE["look"]), r.whole(0))
        with r.when(r.any(look)):
            r.vstore(lane_get(r, c, "time"), c["w_t"])
            call_kernel(r, c["k_watch"], c["w_t"], c["w_y"], c["w_p"], c["w_b"], c["w_a"], c["w_x"])
            with r.loop(r.arith("sub", c["nwatch"], c["ntriggers"])) as other:
                k = r.arith("add", other, c["ntriggers"])  # triggers are settled before
                r.vstore(r.choose(look, r.vload(c["w_b"], k), r.vload(c["w_g"], k)), c["w_g"], k)
            r.istore(r.whole(0), c["w_lane"], LANE["look"])
