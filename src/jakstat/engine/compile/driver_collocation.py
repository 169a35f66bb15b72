"""One step of a collocation method for a group of lanes, as LLVM IR: Newton's method, each lane by itself.

A lane that has converged keeps its bits while others go on. The first guess is the polynomial of the
lane's last step, carried on; a lane without one starts from rest.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from jakstat.engine.compile.driver_output import dense_weights
from jakstat.engine.compile.driver_step import (
    call_kernel,
    choose_step,
    error_scale,
    inside_step,
    lane_get,
    lane_put,
    least_scale,
    reciprocal,
    stage_arrays,
    weighted,
)
from jakstat.engine.compile.method import Collocation
from jakstat.engine.compile.routine import Routine

__all__ = ["attempt_collocation", "keep_stages"]

Context = Mapping[str, str]
ITERATIONS = 12
ENOUGH = 1e-2
"""Newton's method ends when what is left is below this share of the tolerance (kappa in section IV.8)."""
FIRST = 0.1
"""Share of that miss taken for the error of a first step."""
STALLED = 0.1
"""A correction that no longer shrinks is rounding if it is below this share of the tolerance."""


def _blocks(r: Routine, c: Context, name: str, count: int) -> list[str]:
    """Where each of ``count`` arrays of states lies."""
    return [r.at(c[name], r.arith("mul", c["n"], j), r.width * 8) if j else c[name] for j in range(count)]


def _factors(r: Routine, c: Context, method: Collocation) -> list[str]:
    """Rates, real and complex factors at the start of the step; where the complex ones are."""
    call_kernel(r, c["k_jac"], c["w_t"], c["w_y"], c["w_c"], c["w_f"], c["w_a"], c["w_x"])
    with r.loop(c["n"]) as k:
        r.vstore(r.num(0.0), c["w_s"], k)
    with r.when(r.compare("ne", c["has_rate"], 0)), r.loop(c["n"]) as k:
        r.vstore(r.op("fadd", r.vload(c["w_f"], k), r.vload(c["w_r"], k)), c["w_f"], k)
    inverse = lane_get(r, c, "inverse")
    places = []
    for number, (alpha, beta) in enumerate(method.pairs):
        place = r.at(c["w_pairs"], r.arith("mul", c["pair_size"], number), r.width * 8)
        # ((alpha - i beta) / h - J) (x1 + i x2) = r1 + i r2 is the pair of real equations
        r.vstore(r.op("fmul", inverse, r.num(alpha)), place, 0)
        r.vstore(r.op("fmul", inverse, r.num(-beta)), place, 1)
        call_kernel(r, c["k_complex_jac"], c["w_t"], c["w_y"], c["w_c"], c["w_u"], place, c["w_x"])
        places.append(place)
    return places


def _guess(r: Routine, c: Context, method: Collocation) -> None:
    """Z from the last step's polynomial, and W = T^-1 Z.

    How far that polynomial misses the end of the step also tells the error between the nodes, which the
    estimate, damped in what is stiff, does not see: ``miss`` is the one over the other. A first step is
    measured by how far the polynomial of all stages but the last misses the last, which is an order less.
    """
    past = lane_get(r, c, "past")
    known = r.test("ogt", past, r.num(0.0))
    ratio = r.op("fdiv", lane_get(r, c, "tried"), r.choose(known, past, r.num(1.0)))
    weights = []
    for node in method.nodes:
        row = dense_weights(r, method, r.fma(r.num(node), ratio, r.num(1.0)))
        weights.append([*row[:-1], r.op("fsub", row[-1], r.num(1.0))])  # from the end of that step on
    # both errors are y^(6) h^6 / 6! s prod (s - c_i), at the end of this step and inside it
    end = r.op("fadd", ratio, r.num(1.0))
    product, power = end, r.op("fmul", ratio, r.op("fmul", ratio, ratio))
    for node in method.nodes:
        product = r.op("fmul", product, r.op("fsub", end, r.num(node)))
    share = r.op("fdiv", r.op("fmul", r.num(method.inside), r.op("fmul", power, power)), product)
    lane_put(r, c, "miss", r.choose(known, share, r.num(FIRST)))
    last, stages = _blocks(r, c, "w_last", method.stages), stage_arrays(r, c, method.stages)
    forms = _blocks(r, c, "w_forms", method.stages)
    with r.loop(c["n"]) as k:
        old = [r.vload(array, k) for array in last]
        made = []
        for row in weights:
            total = r.op("fmul", row[0], old[0])
            for weight, value in zip(row[1:], old[1:], strict=True):
                total = r.fma(weight, value, total)
            made.append(r.choose(known, total, r.num(0.0)))
        r.vstore(made[-1], c["w_ahead"], k)
        _store(r, stages, made, k)
        _store(r, forms, [_sum(r, row, made) for row in method.inverse], k)


def _sum(r: Routine, weights: tuple[float, ...], values: list[str]) -> str:
    total = weighted(r, weights, values, None)
    assert total is not None
    return total


def _store(r: Routine, arrays: Sequence[str], values: Sequence[str], k: str) -> None:
    for array, value in zip(arrays, values, strict=True):
        r.vstore(value, array, k)


def _residual(r: Routine, c: Context, method: Collocation, limits: tuple[str, str]) -> None:
    """T^-1 F - (Lambda / h) W into ``w_rates``."""
    time, step, inverse = (lane_get(r, c, name) for name in ("time", "tried", "inverse"))
    stages, rates = stage_arrays(r, c, method.stages), _blocks(r, c, "w_rates", method.stages)
    forms = _blocks(r, c, "w_forms", method.stages)
    for node, stage, rate in zip(method.nodes, stages, rates, strict=True):
        with r.loop(c["n"]) as k:
            r.vstore(r.op("fadd", r.vload(c["w_y"], k), r.vload(stage, k)), c["w_u"], k)
        when = r.fma(step, r.num(node), time)
        when = r.choose(r.test("ogt", when, limits[0]), when, limits[0])
        r.vstore(r.choose(r.test("olt", when, limits[1]), when, limits[1]), c["w_t"])
        call_kernel(r, c["k_rhs"], c["w_t"], c["w_u"], c["w_c"], rate, c["w_a"], c["w_x"])
        with r.when(r.compare("ne", c["has_rate"], 0)), r.loop(c["n"]) as k:
            r.vstore(r.op("fadd", r.vload(rate, k), r.vload(c["w_r"], k)), rate, k)
    with r.loop(c["n"]) as k:
        found = [r.vload(array, k) for array in rates]
        w = [r.op("fmul", inverse, r.vload(array, k)) for array in forms]
        right = [_sum(r, row, found) for row in method.inverse]
        right[0] = r.fma(r.num(-method.real), w[0], right[0])
        for i, (alpha, beta) in enumerate(method.pairs):
            one, two = 1 + 2 * i, 2 + 2 * i
            right[one] = r.fma(r.num(-alpha), w[one], r.fma(r.num(-beta), w[two], right[one]))
            right[two] = r.fma(r.num(-alpha), w[two], r.fma(r.num(beta), w[one], right[two]))
        _store(r, rates, right, k)


def _correct(r: Routine, c: Context, method: Collocation, factors: list[str], open_: str) -> str:
    """Solve for the corrections and add them in open lanes; their root mean square over the tolerance."""
    rates, moves = (_blocks(r, c, name, method.stages) for name in ("w_rates", "w_moves"))
    call_kernel(r, c["k_solve"], c["w_t"], rates[0], c["w_s"], moves[0], c["w_a"], c["w_x"])
    for i, place in enumerate(factors):
        call_kernel(
            r, c["k_complex_solve"], c["w_t"], rates[1 + 2 * i], c["w_s"], moves[1 + 2 * i], place, c["w_x"]
        )
    stages, forms = stage_arrays(r, c, method.stages), _blocks(r, c, "w_forms", method.stages)
    total = r.slot(r.v, r.num(0.0))
    r.set(r.v, total, r.num(0.0))
    floor = least_scale(r, c)
    with r.loop(c["n"]) as k:
        found = [r.vload(array, k) for array in moves]
        for array, move in zip(forms, found, strict=True):
            r.replace(open_, r.op("fadd", r.vload(array, k), move), array, k)
        scale = reciprocal(r, error_scale(r, c, k, r.call("fabs", r.vload(c["w_y"], k)), floor))
        for array, row in zip(stages, method.transform, strict=True):
            move = _sum(r, row, found)
            r.replace(open_, r.op("fadd", r.vload(array, k), move), array, k)
            part = r.op("fmul", move, scale)
            r.set(r.v, total, r.fma(part, part, r.get(r.v, total)))
    some = r.put(f"call i64 @llvm.smax.i64(i64 {c['n']}, i64 1)")
    count = r.splat(r.put(f"sitofp i64 {r.arith('mul', some, method.stages)} to double"))
    return r.call("sqrt", r.op("fdiv", r.get(r.v, total), count))


def _newton(r: Routine, c: Context, method: Collocation, factors: list[str], limits: tuple[str, str]) -> None:
    """Iterate until no lane is open; ``astray`` marks those in which it went astray."""
    waiting, before = r.slot(r.v, r.num(1.0)), r.slot(r.v, r.num(0.0))
    rounds = r.slot("i64", "0")
    r.set(r.v, waiting, r.num(1.0))
    r.set(r.v, before, r.num(0.0))
    r.set("i64", rounds, "0")
    lane_put(r, c, "astray", r.num(0.0))

    def going() -> str:
        some = r.any(r.test("une", r.get(r.v, waiting), r.num(0.0)))
        return r.put(f"and i1 {some}, {r.compare('slt', r.get('i64', rounds), ITERATIONS)}")

    with r.repeat(going):
        r.set("i64", rounds, r.arith("add", r.get("i64", rounds), 1))
        open_ = r.test("une", r.get(r.v, waiting), r.num(0.0))
        _residual(r, c, method, limits)
        size = _correct(r, c, method, factors, open_)
        last = r.get(r.v, before)
        later = r.test("ogt", last, r.num(0.0))
        rate = r.op("fdiv", size, r.choose(later, last, r.num(1.0)))
        # what is left is about size rate / (1 - rate)
        left = r.op("fdiv", rate, r.op("fsub", r.num(1.0), rate))
        left = r.op("fmul", size, r.choose(later, left, r.num(1.0)))
        stuck = r.both("and", later, r.test("uge", rate, r.num(0.99)))
        near = r.both("and", r.flip(stuck), r.test("olt", left, r.num(ENOUGH)))
        near = r.both("or", near, r.test("olt", size, r.num(1e-3 * ENOUGH)))
        near = r.both("or", near, r.both("and", stuck, r.test("olt", size, r.num(STALLED))))
        lost = r.both("or", r.both("and", stuck, r.flip(near)), r.test("uno", size, size))
        lost = r.both("and", open_, lost)
        lane_put(r, c, "astray", r.choose(lost, r.num(1.0), lane_get(r, c, "astray")))
        ends = r.both("or", near, lost)
        r.set(r.v, waiting, r.choose(ends, r.num(0.0), r.get(r.v, waiting)))
        r.set(r.v, before, size)
    open_ = r.test("une", r.get(r.v, waiting), r.num(0.0))
    lane_put(r, c, "astray", r.choose(open_, r.num(1.0), lane_get(r, c, "astray")))


def _onward(nodes: tuple[float, ...]) -> tuple[float, ...]:
    """Weights of all stages but the last in their polynomial (0 at the start) at the last node."""
    known = (0.0, *nodes[:-1])
    return tuple(
        math.prod((nodes[-1] - other) / (node - other) for other in known if other != node)
        for node in known[1:]
    )


def attempt_collocation(r: Routine, c: Context, method: Collocation) -> None:
    """A step: Z into ``w_k``, its error into ``w_moves``."""
    choose_step(r, c, method)
    limits = inside_step(r, c, lane_get(r, c, "time"))
    r.vstore(limits[0], c["w_t"])
    factors = _factors(r, c, method)
    _guess(r, c, method)
    _newton(r, c, method, factors, limits)
    # (g/h I - J)^-1 (f(t, y) + g/h sum e_j Z_j), section IV.8 with an embedded method of order 5
    gain = r.op("fmul", lane_get(r, c, "inverse"), r.num(method.real))
    stages = stage_arrays(r, c, method.stages)
    known = r.test("ogt", lane_get(r, c, "past"), r.num(0.0))
    onward = _onward(method.nodes)
    with r.loop(c["n"]) as k:
        values = [r.vload(array, k) for array in stages]
        ahead = r.choose(known, r.vload(c["w_ahead"], k), _sum(r, onward, values[:-1]))
        r.vstore(ahead, c["w_ahead"], k)
        total = _sum(r, method.e, values)
        r.vstore(r.fma(gain, total, r.vload(c["w_f"], k)), c["w_rates"], k)
    call_kernel(r, c["k_solve"], c["w_t"], c["w_rates"], c["w_s"], c["w_moves"], c["w_a"], c["w_x"])


def keep_stages(r: Routine, c: Context, method: Collocation, accepted: str) -> None:
    """Keep the polynomial of accepted steps for the next guess."""
    with r.loop(r.arith("mul", c["n"], method.stages)) as k:
        r.replace(accepted, r.vload(c["w_k"], k), c["w_last"], k)
    lane_put(r, c, "past", r.choose(accepted, lane_get(r, c, "tried"), lane_get(r, c, "past")))
