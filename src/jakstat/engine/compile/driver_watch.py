"""Finding the instant at which a watched condition changes within a step, as LLVM IR.

After a step that its error estimate accepts, the conditions are evaluated on the dense output at four
places; where one differs from its value at the start of the stretch, the first change is
bisected to the last bit. A change well inside the step makes the step be taken again so that it ends
there (aimed), because the ends of a step are more accurate than its middle; then it is cut there.
"""

from __future__ import annotations

from collections.abc import Mapping

from jakstat.engine.compile.driver_output import dense_weights
from jakstat.engine.compile.driver_step import call_kernel, lane_get, lane_put
from jakstat.engine.compile.layout import LANE
from jakstat.engine.compile.method import Rosenbrock
from jakstat.engine.compile.routine import Routine

__all__ = ["find_changes", "look_afresh"]

LOOKS = (0.25, 0.5, 0.75, 1.0)
BISECTIONS = 52  # bits of a double: the share of the step is known to its last one
CHATTER = 30

Context = Mapping[str, str]


def _time_at(r: Routine, c: Context, theta: str) -> str:
    inside = r.fma(theta, lane_get(r, c, "tried"), lane_get(r, c, "time"))
    return r.choose(r.test("oge", theta, r.num(1.0)), lane_get(r, c, "reached"), inside)


def _differs(r: Routine, c: Context, method: Rosenbrock, theta: str) -> str:
    """Lanes in which a condition at ``theta`` is not what it was at the start of the stretch."""
    weights = dense_weights(r, method, theta)
    with r.loop(c["nwatch_needs"]) as k:
        state = r.load("i64", c["watch_needs"], k)
        r.vstore(_interpolated(r, c, weights, state), c["w_v"], state)
    r.vstore(_time_at(r, c, theta), c["w_t"])
    call_kernel(r, c["k_watch"], c["w_t"], c["w_v"], c["w_p"], c["w_b"], c["w_a"], c["w_x"])
    found = r.slot(r.v, r.num(0.0))
    with r.loop(c["nwatch"]) as k:
        other = r.test("une", r.vload(c["w_b"], k), r.vload(c["w_g"], k))
        r.set(r.v, found, r.choose(other, r.num(1.0), r.get(r.v, found)))
    return r.test("une", r.get(r.v, found), r.num(0.0))


def _interpolated(r: Routine, c: Context, weights: list[str], state: str) -> str:
    total, place = r.vload(c["w_y"], state), state
    for j, weight in enumerate(weights):
        total = r.fma(weight, r.vload(c["w_k"], place), total)
        if j + 1 < len(weights):
            place = r.arith("add", place, c["n"])
    return total


def _bracket(r: Routine, c: Context, method: Rosenbrock, accepted: str) -> None:
    """``low`` and ``high`` around the first change at the four looks; ``hit`` marks lanes that have one."""
    lane_put(r, c, "hit", r.num(0.0))
    calm = r.test("olt", lane_get(r, c, "chatter"), r.num(float(CHATTER)))
    watching = r.both("and", accepted, r.both("or", calm, _hosted(r, c)))
    before = 0.0
    for look in LOOKS:
        differs = r.both("and", _differs(r, c, method, r.num(look)), watching)
        hit = lane_get(r, c, "hit")
        new = r.both("and", differs, r.test("oeq", hit, r.num(0.0)))
        lane_put(r, c, "low", r.choose(new, r.num(before), lane_get(r, c, "low")))
        lane_put(r, c, "high", r.choose(new, r.num(look), lane_get(r, c, "high")))
        lane_put(r, c, "hit", r.choose(new, r.num(1.0), hit))
        before = look


def _hosted(r: Routine, c: Context) -> str:
    """All lanes, if a host handles what happens; else none."""
    flag = r.put(f"sitofp i64 {c['hosted']} to double")
    return r.test("une", r.splat(flag), r.num(0.0))


def _bisect(r: Routine, c: Context, method: Rosenbrock) -> None:
    with r.loop(str(BISECTIONS)):
        low, high = lane_get(r, c, "low"), lane_get(r, c, "high")
        middle = r.op("fmul", r.num(0.5), r.op("fadd", low, high))
        differs = _differs(r, c, method, middle)
        lane_put(r, c, "high", r.choose(differs, middle, high))
        lane_put(r, c, "low", r.choose(differs, low, middle))


def _cut(r: Routine, c: Context, method: Rosenbrock, accepted: str) -> None:
    """Aim again at changes inside the step, cut the step at those near its end."""
    hit = r.test("une", lane_get(r, c, "hit"), r.num(0.0))
    high, aimed = lane_get(r, c, "high"), lane_get(r, c, "aimed")
    # the dense output is an order less accurate than the end of a step: a change well inside is aimed at
    inside = r.both("and", r.test("olt", high, r.num(0.999)), r.test("ogt", high, r.num(1e-3)))
    inside = r.both("and", inside, r.test("olt", aimed, r.num(3.0)))
    aim = r.both("and", hit, inside)
    cut = r.both("and", hit, r.flip(inside))
    r.set(r.v, accepted, r.choose(aim, r.num(0.0), r.get(r.v, accepted)))
    tried = lane_get(r, c, "tried")
    # a host may see a trigger some bits later than we do: always get a few bits on
    least = r.op(
        "fmul",
        r.op("fmul", r.num(2.0**-50), r.call("fabs", lane_get(r, c, "time"))),
        lane_get(r, c, "inverse"),
    )
    least = r.choose(r.test("olt", least, r.num(1.0)), least, r.num(1.0))
    high = r.choose(r.test("ogt", high, least), high, least)
    lane_put(r, c, "step", r.choose(aim, r.op("fmul", tried, high), lane_get(r, c, "step")))
    lane_put(r, c, "aimed", r.choose(aim, r.op("fadd", aimed, r.num(1.0)), r.num(0.0)))
    weights = dense_weights(r, method, high)
    with r.loop(c["n"]) as k:
        ends = r.both("and", cut, r.test("olt", high, r.num(1.0)))
        state = r.choose(ends, _interpolated(r, c, weights, k), r.vload(c["w_u"], k))
        r.vstore(state, c["w_u"], k)
    when = _time_at(r, c, high)
    near = r.test(
        "ole", r.op("fsub", when, lane_get(r, c, "time")), r.op("fmul", r.num(1e-9), r.call("fabs", when))
    )
    count = lane_get(r, c, "chatter")
    count = r.choose(cut, r.choose(near, r.op("fadd", count, r.num(1.0)), r.num(0.0)), count)
    lane_put(r, c, "chatter", count)
    lane_put(r, c, "reached", r.choose(cut, when, lane_get(r, c, "reached")))
    lane_put(r, c, "hit", r.choose(cut, r.num(1.0), r.num(0.0)))


def find_changes(r: Routine, c: Context, method: Rosenbrock, accepted: str) -> None:
    """Shorten accepted steps at the first change; ``accepted`` is a slot of 1 and 0 by lane."""
    lane_put(r, c, "hit", r.num(0.0))
    with r.when(r.compare("ne", c["nwatch"], 0)):
        _bracket(r, c, method, r.test("une", r.get(r.v, accepted), r.num(0.0)))
        found = r.test("une", lane_get(r, c, "hit"), r.num(0.0))
        with r.when(r.any(found)):
            _bisect(r, c, method)
            _cut(r, c, method, accepted)


def look_afresh(r: Routine, c: Context) -> None:
    """Conditions as they stand now, in lanes that have just started or changed."""
    with r.when(r.compare("ne", c["nwatch"], 0)):
        look = r.icompare("ne", r.iload(c["w_lane"], LANE["look"]), r.whole(0))
        with r.when(r.any(look)):
            r.vstore(lane_get(r, c, "time"), c["w_t"])
            call_kernel(r, c["k_watch"], c["w_t"], c["w_y"], c["w_p"], c["w_b"], c["w_a"], c["w_x"])
            with r.loop(r.arith("sub", c["nwatch"], c["ntriggers"])) as other:
                k = r.arith("add", other, c["ntriggers"])  # triggers are as the host sees them
                r.vstore(r.choose(look, r.vload(c["w_b"], k), r.vload(c["w_g"], k)), c["w_g"], k)
            r.istore(r.whole(0), c["w_lane"], LANE["look"])
