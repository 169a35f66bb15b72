"""Gillespie's direct method for a group of paths, as LLVM IR: one firing per path and turn.

For every path (doi:10.1021/j100540a008): the next firing is after ln(1/r1) / a0, and it is that of the
reaction m with a_1 + ... + a_(m-1) < r2 a0 <= a_1 + ... + a_m. r1 and r2 come from the path's own generator,
xoshiro256++ (doi:10.1145/3460772), so its numbers depend on its seed only. A path that has ended makes room
for the next.
"""

from __future__ import annotations

from collections.abc import Mapping

from jakstat.engine.compile.routine import Routine
from jakstat.engine.compile.vector_math import vector_functions
from jakstat.errors import Outcome

__all__ = ["PATH", "WALK_ARGUMENTS", "walk_text"]

_POINTERS = (
    "kernel", "needed", "index", "change", "start", "inputs", "seeds", "times", "out", "outcomes", "steps",
    "queue", "w_path", "w_t", "w_states", "w_y", "w_c", "w_out", "w_aux", "w_x", "w_sums",
)  # fmt: skip
_NUMBERS = (
    "nneeded", "nstates", "ninputs", "nreactions", "nchanges", "ntimes", "paths", "max_steps", "turns",
)  # fmt: skip
_REALS = ("scale",)
WALK_ARGUMENTS = (*_POINTERS, *_NUMBERS, *_REALS)
"""Arguments of ``walk``, one place of 8 bytes each in a block.

``kernel`` gives the propensities in units of amount from the ``needed`` states (``w_y``) and the inputs
(``w_c``); ``scale`` is the particles in one unit. ``index`` and ``change`` have a row of ``nchanges`` places
and changes for each reaction. ``start``, ``inputs``, ``seeds``, ``outcomes`` and ``steps`` have a row for
each path, ``out`` one for each path and time. ``queue`` holds the number of the next path. ``w_`` arrays are
vectors: ``w_path`` those of :data:`PATH`. After ``turns`` firings the call returns, 1 if paths are left.
"""

PATH = {
    name: place
    for place, name in enumerate(("clock", "next", "number", "row", "steps", "s0", "s1", "s2", "s3"))
}
"""State of the loop, path by path; ``number`` is -1 where there is no path."""

Arguments = Mapping[str, str]


def _place(r: Routine, a: Arguments, name: str, lane: str) -> str:
    """The address of one path's place in a vector of :data:`PATH`."""
    return r.at(a["w_path"], r.arith("add", lane, PATH[name] * r.width), 8)


def _fill(r: Routine, a: Arguments) -> None:
    """Give every free lane the next path, if one is left."""
    with r.loop(str(r.width)) as lane:
        free = r.compare("slt", r.load("i64", _place(r, a, "number", lane)), 0)
        path = r.load("i64", a["queue"])
        left = r.compare("slt", path, a["paths"])
        with r.when(r.put(f"and i1 {free}, {left}")):
            r.store("i64", r.arith("add", path, 1), a["queue"])
            r.store("i64", path, _place(r, a, "number", lane))
            for name in ("row", "steps"):
                r.store("i64", "0", _place(r, a, name, lane))
            first = r.load("double", a["times"])
            for name in ("clock", "next"):
                r.store("double", first, _place(r, a, name, lane))
            for word in range(4):
                seed = r.load("i64", a["seeds"], r.arith("add", r.arith("mul", path, 4), word))
                r.store("i64", seed, _place(r, a, f"s{word}", lane))
            for source, count, target in (("start", "nstates", "w_states"), ("inputs", "ninputs", "w_c")):
                row = r.at(a[source], r.arith("mul", path, a[count]), 8)
                with r.loop(a[count]) as k:
                    place = r.arith("add", r.arith("mul", k, r.width), lane)
                    r.store("double", r.load("double", row, k), a[target], place)


def _rotated(r: Routine, a: str, left: int) -> str:
    high, low = r.iop("shl", a, r.whole(left)), r.iop("lshr", a, r.whole(64 - left))
    return r.iop("or", high, low)


def _uniform(r: Routine, a: Arguments) -> str:
    """The next number in (0, 1] of every path, with 52 bits (xoshiro256++, Blackman and Vigna)."""
    s = [r.iload(a["w_path"], PATH[f"s{k}"]) for k in range(4)]
    result = r.iop("add", _rotated(r, r.iop("add", s[0], s[3]), 23), s[0])
    shifted = r.iop("shl", s[1], r.whole(17))
    s[2] = r.iop("xor", s[2], s[0])
    s[3] = r.iop("xor", s[3], s[1])
    s[1] = r.iop("xor", s[1], s[2])
    s[0] = r.iop("xor", s[0], s[3])
    s[2] = r.iop("xor", s[2], shifted)
    s[3] = _rotated(r, s[3], 45)
    for k, value in enumerate(s):
        r.istore(value, a["w_path"], PATH[f"s{k}"])
    # the top 52 bits behind the exponent of 1: a number in [1, 2)
    bits = r.iop("or", r.iop("lshr", result, r.whole(12)), r.whole(0x3FF0000000000000))
    return r.op("fsub", r.num(2.0), r.double(bits))


def _propensities(r: Routine, a: Arguments) -> tuple[str, str]:
    """Running sums of the propensities into ``w_sums``; their total and the least of them."""
    scale = r.splat(a["scale"])
    inverse = r.op("fdiv", r.num(1.0), scale)
    with r.loop(a["nneeded"]) as k:
        amount = r.op("fmul", r.vload(a["w_states"], r.load("i64", a["needed"], k)), inverse)
        r.vstore(amount, a["w_y"], k)
    arrays = (a["w_t"], a["w_y"], a["w_c"], a["w_out"], a["w_aux"], a["w_x"])
    r.lines.append(f"  call void {a['kernel']}({', '.join('ptr ' + x for x in arrays)})")
    total, least = r.slot(r.v, r.num(0.0)), r.slot(r.v, r.num(0.0))
    with r.loop(a["nreactions"]) as m:
        rate = r.op("fmul", r.vload(a["w_out"], m), scale)
        r.set(r.v, total, r.op("fadd", r.get(r.v, total), rate))
        low = r.get(r.v, least)
        r.set(r.v, least, r.choose(r.test("olt", rate, low), rate, low))
        r.vstore(r.get(r.v, total), a["w_sums"], m)
    return r.get(r.v, total), r.get(r.v, least)


def _ichoose(r: Routine, mask: str, a: str, b: str) -> str:
    return r.put(f"select <{r.width} x i1> {mask}, {r.i} {a}, {r.i} {b}")


def _outcome(r: Routine, a: Arguments, total: str, least: str) -> str:
    """How each path would end here for want of meaningful propensities or of steps; 0 if it goes on."""
    limit = r.splat(r.put(f"sitofp i64 {a['max_steps']} to double"))
    steps = r.put(f"sitofp {r.i} {r.iload(a['w_path'], PATH['steps'])} to {r.v}")
    found = r.whole(0)
    infinite = r.test("oeq", r.call("fabs", total), r.num(float("inf")))
    for mask, outcome in (
        (r.test("oge", steps, limit), Outcome.STEP_LIMIT),
        (r.test("olt", least, r.num(0.0)), Outcome.NEGATIVE_STATE),
        (infinite, Outcome.INFINITE),
        (r.test("uno", total, total), Outcome.NOT_A_NUMBER),
    ):
        found = _ichoose(r, mask, r.whole(int(outcome)), found)
    return found


def _record(r: Routine, a: Arguments, until: str, going: str) -> None:
    """Write the states held at the output times before ``until``."""

    def due() -> str:
        early = r.test("olt", r.vload(a["w_path"], PATH["next"]), until)
        return r.both("and", early, going)

    flags = r.slot(r.i, r.whole(0))
    with r.repeat(lambda: r.any(due())):
        r.set(r.i, flags, r.put(f"zext <{r.width} x i1> {due()} to {r.i}"))
        with r.loop(str(r.width)) as lane:
            flag = r.load("i64", flags, lane)
            with r.when(r.compare("ne", flag, 0)):
                path = r.load("i64", _place(r, a, "number", lane))
                row = r.load("i64", _place(r, a, "row", lane))
                place = r.arith("add", r.arith("mul", path, a["ntimes"]), row)
                target = r.at(a["out"], r.arith("mul", place, a["nstates"]), 8)
                with r.loop(a["nstates"]) as k:
                    state = r.arith("add", r.arith("mul", k, r.width), lane)
                    r.store("double", r.load("double", a["w_states"], state), target, k)
                after = r.arith("add", row, 1)
                r.store("i64", after, _place(r, a, "row", lane))
                # past the last row stands infinity
                r.store("double", r.load("double", a["times"], after), _place(r, a, "next", lane))


def _pointers(r: Routine, base: str, places: str) -> str:
    return r.put(f"getelementptr double, ptr {base}, {r.i} {places}")


def _gather(r: Routine, kind: str, pointers: str, mask: str) -> str:
    name = f"@llvm.masked.gather.v{r.width}{'f64' if kind == r.v else 'i64'}.v{r.width}p0"
    given = f"<{r.width} x ptr> {pointers}, i32 8, <{r.width} x i1> {mask}, {kind} zeroinitializer"
    return r.put(f"call {kind} {name}({given})")


def _fire(r: Routine, a: Arguments, target: str, going: str) -> None:
    """Find the reaction that fires in each path and change its states."""
    if r.width == 1:
        _fire_alone(r, a, target, going)
        return
    fired = r.slot(r.i, r.whole(0))
    with r.loop(a["nreactions"]) as m:
        below = r.test("olt", r.vload(a["w_sums"], m), target)
        one = r.put(f"zext <{r.width} x i1> {below} to {r.i}")
        r.set(r.i, fired, r.iop("add", r.get(r.i, fired), one))
    many = r.put(f"insertelement {r.i} poison, i64 {a['nchanges']}, i64 0")
    zeros = ", ".join(["i32 0"] * r.width)
    many = r.put(f"shufflevector {r.i} {many}, {r.i} poison, <{r.width} x i32> <{zeros}>")
    first = r.iop("mul", r.get(r.i, fired), many)
    lanes = "<" + ", ".join(f"i64 {lane}" for lane in range(r.width)) + ">"
    with r.loop(a["nchanges"]) as k:
        step = r.put(f"insertelement {r.i} poison, i64 {k}, i64 0")
        step = r.put(f"shufflevector {r.i} {step}, {r.i} poison, <{r.width} x i32> <{zeros}>")
        place = r.iop("add", first, step)
        state = _gather(r, r.i, _pointers(r, a["index"], place), going)
        change = _gather(r, r.v, _pointers(r, a["change"], place), going)
        where = r.iop("add", r.iop("mul", state, r.whole(r.width)), lanes)
        where = _pointers(r, a["w_states"], where)
        new = r.op("fadd", _gather(r, r.v, where, going), change)
        name = f"@llvm.masked.scatter.v{r.width}f64.v{r.width}p0"
        given = f"{r.v} {new}, <{r.width} x ptr> {where}, i32 8, <{r.width} x i1> {going}"
        r.lines.append(f"  call void {name}({given})")


def _fire_alone(r: Routine, a: Arguments, target: str, going: str) -> None:
    """The same for one path: plain loads and stores."""
    goal = r.put(f"extractelement {r.v} {target}, i64 0")
    fired = r.slot("i64", "0")
    with r.loop(a["nreactions"]) as m:
        below = r.real("fcmp olt", r.load("double", a["w_sums"], m), goal)
        r.set("i64", fired, r.arith("add", r.get("i64", fired), r.put(f"zext i1 {below} to i64")))
    with r.when(r.any(going)):
        row = r.arith("mul", r.get("i64", fired), a["nchanges"])
        with r.loop(a["nchanges"]) as k:
            place = r.arith("add", row, k)
            state = r.load("i64", a["index"], place)
            new = r.real("fadd", r.load("double", a["w_states"], state), r.load("double", a["change"], place))
            r.store("double", new, a["w_states"], state)


def _finish(r: Routine, a: Arguments, ended: str, outcome: str) -> None:
    """Note how paths ended and free their lanes."""
    flags = r.slot(r.i, r.put(f"zext <{r.width} x i1> {ended} to {r.i}"))
    codes = r.slot(r.i, outcome)
    with r.loop(str(r.width)) as lane, r.when(r.compare("ne", r.load("i64", flags, lane), 0)):
        path = r.load("i64", _place(r, a, "number", lane))
        r.store("i64", r.load("i64", codes, lane), a["outcomes"], path)
        r.store("i64", r.load("i64", _place(r, a, "steps", lane)), a["steps"], path)
        r.store("i64", "-1", _place(r, a, "number", lane))
        r.store("double", "0x7FF0000000000000", _place(r, a, "next", lane))
    _fill(r, a)


def _active(r: Routine, a: Arguments) -> str:
    return r.icompare("sge", r.iload(a["w_path"], PATH["number"]), r.whole(0))


def _turn(r: Routine, a: Arguments) -> None:
    """One firing of every path, or its end."""
    active = _active(r, a)
    total, least = _propensities(r, a)
    outcome = _outcome(r, a, total, least)
    fine = r.both("and", active, r.icompare("eq", outcome, r.whole(0)))
    first, second = _uniform(r, a), _uniform(r, a)
    clock = r.vload(a["w_path"], PATH["clock"])
    # ln(1/r1) / a0; where nothing can happen any more, never
    wait = r.op("fdiv", r.neg(r.jk("log", first)), total)
    when = r.op("fadd", clock, wait)
    last = r.splat(r.load("double", a["times"], r.arith("sub", a["ntimes"], 1)))
    inside = r.test("ole", when, last)
    going = r.both("and", fine, inside)
    _record(r, a, r.choose(inside, when, r.num(float("inf"))), fine)
    _fire(r, a, r.op("fmul", second, total), going)
    r.vstore(r.choose(going, when, clock), a["w_path"], PATH["clock"])
    steps = r.iload(a["w_path"], PATH["steps"])
    r.istore(
        r.iop("add", steps, r.put(f"zext <{r.width} x i1> {going} to {r.i}")), a["w_path"], PATH["steps"]
    )
    ended = r.both("and", active, r.flip(going))
    with r.when(r.any(ended)):
        _finish(r, a, ended, outcome)


def walk_text(width: int) -> str:
    """The IR of ``walk(block)``; it returns 1 while paths are left."""
    r = Routine(width)
    a = {}
    for place, name in enumerate(WALK_ARGUMENTS):
        a[name] = r.load(
            "ptr" if name in _POINTERS else "i64" if name in _NUMBERS else "double", "%block", place
        )
    _fill(r, a)
    turn = r.slot("i64", "0")

    def goes_on() -> str:
        some = r.any(_active(r, a))
        return r.put(f"and i1 {some}, {r.compare('slt', r.get('i64', turn), a['turns'])}")

    with r.repeat(goes_on):
        r.set("i64", turn, r.arith("add", r.get("i64", turn), 1))
        _turn(r, a)
    left = r.put(f"zext i1 {r.any(_active(r, a))} to i64")
    r.lines.append(f"  ret i64 {left}")
    head = vector_functions({"log"}, width)
    p, v, i, m = f"<{width} x ptr>", r.v, r.i, f"<{width} x i1>"
    declared = (
        []
        if width == 1
        else [
            f"declare {v} @llvm.masked.gather.v{width}f64.v{width}p0({p}, i32, {m}, {v})",
            f"declare {i} @llvm.masked.gather.v{width}i64.v{width}p0({p}, i32, {m}, {i})",
            f"declare void @llvm.masked.scatter.v{width}f64.v{width}p0({v}, {p}, i32, {m})",
        ]
    )
    return "\n".join([head, *declared, r.text("define i64 @walk(ptr %block) nounwind")])
