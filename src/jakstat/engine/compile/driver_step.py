"""One Rosenbrock step of a group of lanes, as LLVM IR."""

from __future__ import annotations

from collections.abc import Mapping

from jakstat.engine.compile.layout import LANE
from jakstat.engine.compile.method import Collocation, Method, Rosenbrock
from jakstat.engine.compile.routine import Routine
from jakstat.engine.tolerance import TINY

# The formulas are those of Method's docstring: the transformed Rosenbrock scheme of Hairer and Wanner,
# Solving ODEs II, section IV.7 (doi:10.1007/978-3-642-05221-7), in which no product J v is formed.

__all__ = [
    "attempt",
    "call_kernel",
    "choose_step",
    "combining",
    "control",
    "emit_measure",
    "error_array",
    "error_scale",
    "inside_step",
    "lane_get",
    "lane_put",
    "larger",
    "least_scale",
    "reciprocal",
    "stage_arrays",
    "weighted",
]

SAFETY = 0.9
LARGE = 1e300
SHRINK, GROW = 0.2, 6.0

Context = Mapping[str, str]


def lane_get(r: Routine, c: Context, name: str) -> str:
    """A vector of the lane block."""
    return r.vload(c["w_lane"], LANE[name])


def lane_put(r: Routine, c: Context, name: str, value: str) -> None:
    """Write a vector of the lane block."""
    r.vstore(value, c["w_lane"], LANE[name])


def call_kernel(r: Routine, kernel: str, *arrays: str) -> None:
    """Call a kernel with its six arrays."""
    r.lines.append(f"  call void {kernel}({', '.join('ptr ' + a for a in arrays)})")


def choose_step(r: Routine, c: Context, method: Method) -> str:
    """The step to try: whole or half of what is left before the next stop, if that is near."""
    time, wish, stop = (lane_get(r, c, name) for name in ("time", "step", "stop"))
    left = r.op("fsub", stop, time)
    longest = r.splat(c["longest"])
    wish = r.choose(r.test("olt", wish, longest), wish, longest)
    # a last sliver before a stop is never left over: take all of what is left, or half of it
    all_of_it = r.test("oge", wish, r.op("fmul", left, r.num(0.999)))
    half = r.test("ogt", wish, r.op("fmul", left, r.num(0.5)))
    step = r.choose(half, r.op("fmul", left, r.num(0.5)), wish)
    step = r.choose(all_of_it, left, step)
    lane_put(r, c, "tried", step)
    lane_put(r, c, "reached", r.choose(all_of_it, stop, r.op("fadd", time, step)))
    inverse = r.op("fdiv", r.num(1.0), step)
    lane_put(r, c, "inverse", inverse)
    # g = 1 / (gamma h), the diagonal of M = g I - J, stands in place 0 of aux
    r.vstore(r.op("fmul", inverse, r.num(1.0 / method.gamma)), c["w_a"])
    return step


def weighted(r: Routine, weights: tuple[float, ...], stages: list[str], start: str | None) -> str | None:
    """A weighted sum, added to ``start``; None if there is nothing to add."""
    total = start
    for weight, stage in zip(weights, stages, strict=False):
        if weight == 0.0:
            continue
        if total is None:
            total = r.op("fmul", r.num(weight), stage)
        elif weight == 1.0:
            total = r.op("fadd", total, stage)
        else:
            total = r.fma(r.num(weight), stage, total)
    return total


def stage_arrays(r: Routine, c: Context, count: int) -> list[str]:
    """Where U_1 .. U_count lie; stage j starts j*n vectors into ``w_k``."""
    return [r.at(c["w_k"], r.arith("mul", c["n"], j), r.width * 8) if j else c["w_k"] for j in range(count)]


def combining(method: Method, width: int) -> list[str]:
    """Functions of their own for the sums of stages: all that they read is then in registers."""
    if isinstance(method, Collocation):
        return []
    return [_combining(method, i, width) for i in range(1, method.stages)]


def _combining(method: Rosenbrock, i: int, width: int) -> str:
    """Argument of stage i into ``u`` and the sum of its C terms into ``s``."""
    r = Routine(width)
    # argument: y + sum_j a_ij U_j; added to its rates: sum_j C_ij U_j / h. Stiffly accurate methods have
    # a_i = (a_(i-1), 1): then it is the last argument plus the last stage
    follows = i > 1 and method.a[i] == (*method.a[i - 1], 1.0)
    arrays = stage_arrays(r, {"n": "%n", "w_k": "%k"}, i)
    with r.loop("%n") as k:
        stages = [r.vload(array, k) for array in arrays]
        if follows:
            argument: str | None = r.op("fadd", r.vload("%u", k), stages[-1])
        else:
            argument = weighted(r, method.a[i], stages, r.vload("%y", k))
        total = weighted(r, method.c[i], stages, None)
        assert argument is not None
        assert total is not None
        r.vstore(argument, "%u", k)
        r.vstore(r.op("fmul", "%inverse", total), "%s", k)
    r.lines.append("  ret void")
    arguments = f"ptr noalias %y, ptr noalias %k, ptr noalias %u, ptr noalias %s, i64 %n, {r.v} %inverse"
    return r.text(f"define internal void @combine_{i}({arguments}) noinline nounwind")


def _combine(r: Routine, c: Context, i: int) -> None:
    """Argument of stage i into ``w_u`` and the sum of its C terms into ``w_s``."""
    arrays = ", ".join(f"ptr {c[name]}" for name in ("w_y", "w_k", "w_u", "w_s"))
    inverse = lane_get(r, c, "inverse")
    r.lines.append(f"  call void @combine_{i}({arrays}, i64 {c['n']}, {r.v} {inverse})")


def _forcing(r: Routine, c: Context, method: Rosenbrock, i: int, step: str) -> None:
    """Add infusions and the explicit time derivative to ``w_s``, when there are any."""
    with r.when(r.compare("ne", c["has_rate"], 0)), r.loop(c["n"]) as k:
        r.vstore(r.op("fadd", r.vload(c["w_s"], k), r.vload(c["w_r"], k)), c["w_s"], k)
    if method.slopes[i] != 0.0:  # + h d_i df/dt, for rates that depend on the time itself
        with r.when(r.compare("ne", c["has_dt"], 0)):
            factor = r.op("fmul", step, r.num(method.slopes[i]))
            with r.loop(c["n"]) as k:
                by_time = r.vload(c["w_a"], r.arith("add", k, 1))
                r.vstore(r.fma(factor, by_time, r.vload(c["w_s"], k)), c["w_s"], k)


def inside_step(r: Routine, c: Context, time: str) -> tuple[str, str]:
    """The ends of the step a few bits inwards: a switch at an end belongs to one stretch only."""
    reached = lane_get(r, c, "reached")
    sizes = r.call("fabs", time), r.call("fabs", reached)
    slack = r.op("fmul", r.num(8 * 2.0**-52), r.choose(r.test("ogt", *sizes), *sizes))
    middle = r.fma(r.num(0.5), lane_get(r, c, "tried"), time)
    low, high = r.op("fadd", time, slack), r.op("fsub", reached, slack)
    narrow = r.test("oge", low, high)
    return r.choose(narrow, middle, low), r.choose(narrow, middle, high)


def attempt(r: Routine, c: Context, method: Rosenbrock) -> None:
    """All stages of a step; the new state lands in ``w_u``."""
    step = choose_step(r, c, method)
    # stage 1: M U_1 = f(t, y) + h d_1 df/dt; stage i: M U_i = f(t + c_i h, argument) + sum C_ij U_j / h + ...
    # with one factorisation of M for all of them
    time = lane_get(r, c, "time")
    low, high = inside_step(r, c, time)
    r.vstore(low, c["w_t"])
    call_kernel(r, c["k_jac"], c["w_t"], c["w_y"], c["w_c"], c["w_f"], c["w_a"], c["w_x"])
    with r.loop(c["n"]) as k:
        r.vstore(r.num(0.0), c["w_s"], k)
    _forcing(r, c, method, 0, step)
    call_kernel(r, c["k_solve"], c["w_t"], c["w_f"], c["w_s"], c["w_k"], c["w_a"], c["w_x"])
    for i in range(1, method.stages):
        _combine(r, c, i)
        _forcing(r, c, method, i, step)
        if method.times[i] != method.times[i - 1]:
            when = r.fma(step, r.num(method.times[i]), time)
            when = r.choose(r.test("ogt", when, low), when, low)
            r.vstore(r.choose(r.test("olt", when, high), when, high), c["w_t"])
        call_kernel(r, c["k_rhs"], c["w_t"], c["w_u"], c["w_c"], c["w_f"], c["w_a"], c["w_x"])
        stage = r.at(c["w_k"], r.arith("mul", c["n"], i), r.width * 8)
        call_kernel(r, c["k_solve"], c["w_t"], c["w_f"], c["w_s"], stage, c["w_a"], c["w_x"])


def larger(r: Routine, most: str, value: str) -> str:
    """The larger of a size and the size of a value; what is no number changes nothing."""
    size = r.call("fabs", value)
    return r.choose(r.test("ogt", size, most), size, most)


def error_scale(r: Routine, c: Context, k: str, size: str, floor: str) -> str:
    """What an error of state ``k`` of this ``size`` is measured by, by :mod:`jakstat.engine.tolerance`."""
    top = larger(r, r.vload(c["w_typical"], k), size)
    scales = r.at(c["w_c"], c["scales"], r.width * 8)
    given = r.fma(r.splat(c["atol"]), r.vload(scales, k), floor)
    return r.fma(r.splat(c["rtol"]), size, r.fma(r.splat(c["share"]), top, given))


def least_scale(r: Routine, c: Context) -> str:
    """What the error of a state that is 0 is measured by, as far as it rests on the lane as a whole."""
    return r.fma(r.splat(c["floor"]), lane_get(r, c, "reach"), r.num(TINY))


def reciprocal(r: Routine, x: str) -> str:
    """1/x to about four digits for normal x > 0: enough for an error norm, and no division."""
    # bits of x taken from a constant are about those of 1/x; x' = x (2 - a x) squares the error (recalled)
    guess = r.double(r.iop("sub", r.whole(0x7FDE623822FC16E6), r.bits(x)))
    for _ in range(2):
        guess = r.op("fmul", guess, r.fma(r.neg(x), guess, r.num(2.0)))
    return guess


def _error_stage(method: Method) -> int | None:
    """The stage that is the error estimate itself, if one is."""
    if isinstance(method, Collocation):
        return None
    last = len(method.e) - 1
    return last if method.e == (*[0.0] * last, 1.0) else None


def error_array(r: Routine, c: Context, method: Method) -> str:
    """Where the error estimates of a measured step lie."""
    stage = _error_stage(method)
    return c["w_s"] if stage is None else stage_arrays(r, c, stage + 1)[stage]


def _ends(r: Routine, c: Context, method: Method, arrays: list[str], k: str) -> tuple[str, str]:
    """The new value of a state and its error."""
    if isinstance(method, Collocation):
        last, damped = r.vload(arrays[-1], k), r.vload(c["w_moves"], k)
        between = r.op("fmul", lane_get(r, c, "miss"), r.op("fsub", last, r.vload(c["w_ahead"], k)))
        bigger = r.test("ogt", r.call("fabs", between), r.call("fabs", damped))
        return r.op("fadd", r.vload(c["w_y"], k), last), r.choose(bigger, between, damped)
    stages = [r.vload(array, k) for array in arrays]
    if method.b == (*method.a[-1], 1.0):
        new: str | None = r.op("fadd", r.vload(c["w_u"], k), stages[-1])
    else:
        new = weighted(r, method.b, stages, r.vload(c["w_y"], k))
    error = weighted(r, method.e, stages, None)
    assert new is not None
    assert error is not None
    return new, error


def emit_measure(r: Routine, c: Context, method: Method) -> str:
    """Finish the new state and store the mean square of its scaled error; NaN if it is not finite."""
    total, broken = r.slot(r.v, r.num(0.0)), r.slot(r.v, r.num(0.0))
    tried = r.slot(r.v, r.num(0.0))
    reach = lane_get(r, c, "reach")
    floor = r.fma(r.splat(c["floor"]), reach, r.num(TINY))
    arrays = stage_arrays(r, c, method.stages)
    with r.loop(c["n"]) as k:
        old = r.vload(c["w_y"], k)
        new, error = _ends(r, c, method, arrays, k)
        r.vstore(new, c["w_u"], k)
        if _error_stage(method) is None:
            r.vstore(error, c["w_s"], k)
        # scale_k = atol_k + rtol max(|y_k|, |y_new,k|), norm = mean of (error_k / scale_k)^2, as in the code
        # RODAS (Hairer and Wanner II, section IV.7)
        size = larger(r, r.call("fabs", old), new)
        r.set(r.v, tried, larger(r, r.get(r.v, tried), size))
        scale = error_scale(r, c, k, size, floor)
        ratio = r.op("fmul", error, reciprocal(r, scale))
        r.set(r.v, total, r.fma(ratio, ratio, r.get(r.v, total)))
        r.set(r.v, broken, r.fma(new, r.num(0.0), r.get(r.v, broken)))
    # where all was zero, what is tried is all that is known of the lane's reach
    first = r.both("and", r.test("oeq", reach, r.num(0.0)), r.test("olt", r.get(r.v, tried), r.num(LARGE)))
    lane_put(r, c, "reach", r.choose(first, r.get(r.v, tried), reach))
    some = r.put(f"call i64 @llvm.smax.i64(i64 {c['n']}, i64 1)")
    count = r.put(f"sitofp i64 {some} to double")
    mean = r.op("fdiv", r.get(r.v, total), r.splat(count))
    mean = r.op("fadd", mean, r.get(r.v, broken))
    if isinstance(method, Collocation):
        astray = r.both("and", r.test("une", lane_get(r, c, "astray"), r.num(0.0)), r.test("ord", mean, mean))
        mean = r.choose(astray, r.num(1e12), mean)
    lane_put(r, c, "error", mean)
    return mean


def control(r: Routine, c: Context, method: Method, accepted: str) -> None:
    """The next step from the error of this one; no growth after a refusal.

    A memory of earlier errors was measured and costs 5 to 10 % more steps at the same achieved error.
    """
    error = lane_get(r, c, "error")
    tried, wish, grow = lane_get(r, c, "tried"), lane_get(r, c, "step"), lane_get(r, c, "grow")
    small = r.num(1e-12)
    bounded = r.choose(r.test("ogt", error, small), error, small)
    bounded = r.choose(r.test("olt", bounded, r.num(1e12)), bounded, r.num(1e12))
    # h_new = h min(grow, max(0.2, 0.9 err^(-1/(q + 1)))), q the order of the error estimate, err its root
    # mean square (Hairer, Norsett and Wanner, Solving ODEs I, section II.4,
    # doi:10.1007/978-3-540-78862-1); "error" is the mean square, hence half the exponent
    log = r.jk("log", bounded)
    order = method.error_order + 1.0
    factor = r.op("fmul", r.num(SAFETY), r.jk("exp", r.op("fmul", r.num(-0.5 / order), log)))
    lane_put(r, c, "best", r.op("fmul", tried, factor))
    factor = r.choose(r.test("olt", factor, grow), factor, grow)
    factor = r.choose(r.test("ogt", factor, r.num(SHRINK)), factor, r.num(SHRINK))
    odd = r.test("uno", error, error)
    factor = r.choose(odd, r.num(0.1), factor)
    step = r.op("fmul", tried, factor)
    clipped = r.both("and", accepted, r.test("olt", tried, wish))
    longer = r.choose(r.test("ogt", step, wish), step, wish)
    lane_put(r, c, "step", r.choose(clipped, longer, step))
    lane_put(r, c, "grow", r.choose(accepted, r.num(GROW), r.num(1.0)))
