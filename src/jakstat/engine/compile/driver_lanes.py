"""Taking lanes from the queue, giving doses and ending lanes, as LLVM IR (scalar code, run rarely)."""

from __future__ import annotations

from collections.abc import Mapping

from jakstat.engine.compile.driver_cycles import leave_out_cycles
from jakstat.engine.compile.driver_memory import forget, note_dose, recall
from jakstat.engine.compile.driver_output import refresh_next, sample_now, write_rows
from jakstat.engine.compile.driver_scalars import LaneScalars
from jakstat.engine.compile.driver_step import (
    call_kernel,
    error_scale,
    lane_get,
    lane_put,
    larger,
    least_scale,
)
from jakstat.engine.compile.driver_tangent import (
    dose_directions,
    end_directions,
    sample_directions_now,
    take_directions,
)
from jakstat.engine.compile.layout import (
    DOSE_ADD,
    DOSE_INPUT,
    DOSE_INPUT_ADD,
    DOSE_RATE,
    DOSE_SET,
    LANE,
    NO_LANE,
    SPENT,
)
from jakstat.engine.compile.routine import Routine
from jakstat.errors import Outcome

__all__ = ["close_lanes", "depart", "fill_lanes", "finish_lanes", "start_steps"]

Context = Mapping[str, str]
_INFINITY = float("inf")
_MOMENT = 1e-12
"""A share of the whole span that counts as no time at all, where the time itself is near 0."""
_TURN = 0.25
"""What the memory of steps knows a stop by at which nothing is given."""


def _copy_in(r: Routine, source: str, number: str, count: str, target: str, lane: str) -> None:
    """Row ``number`` of a lane-major array into a lane's column of an array of vectors."""
    row = r.at(source, r.arith("mul", number, count), 8)
    with r.loop(count) as k:
        r.store("double", r.load("double", row, k), target, r.arith("add", r.arith("mul", k, r.width), lane))


def _next_dose(r: Routine, c: Context, s: LaneScalars) -> str:
    """The time of the lane's next dose, or infinity."""
    cursor = s.whole("dose")
    left = r.compare("slt", cursor, s.whole("doses"))
    safe = r.put(f"select i1 {left}, i64 {cursor}, i64 0")
    time = r.load("double", c["dose_time"], safe)
    return r.put(f"select i1 {left}, double {time}, double {r.real_literal(_INFINITY)}")


def _give(r: Routine, c: Context, cursor: str, lane: str, prepare: str) -> None:
    """Carry out the dose at ``cursor`` in a lane."""
    kind = r.load("i64", c["dose_kind"], cursor)
    index = r.load("i64", c["dose_index"], cursor)
    value = r.load("double", c["dose_value"], cursor)
    place = r.arith("add", r.arith("mul", index, r.width), lane)
    for code, array in ((DOSE_ADD, "w_y"), (DOSE_INPUT_ADD, "w_p")):
        with r.when(r.compare("eq", kind, code)):
            r.store("double", r.real("fadd", r.load("double", c[array], place), value), c[array], place)
    for code, array in ((DOSE_SET, "w_y"), (DOSE_INPUT, "w_p"), (DOSE_RATE, "w_r")):
        with r.when(r.compare("eq", kind, code)):
            r.store("double", value, c[array], place)
    dose_directions(r, c, cursor, kind, index, lane)
    changed = r.put(f"or i1 {r.compare('eq', kind, DOSE_INPUT)}, {r.compare('eq', kind, DOSE_INPUT_ADD)}")
    r.set("i1", prepare, r.put(f"or i1 {changed}, {r.get('i1', prepare)}"))


def give_doses(r: Routine, c: Context, lane: str, prepare: str) -> None:
    """Give every dose due at the lane's time."""
    s = LaneScalars(r, c, lane)
    first = r.slot("i64", s.whole("dose"))

    def due() -> str:
        return r.real("fcmp ole", _next_dose(r, c, s), s.real("time"))

    with r.repeat(due):
        cursor = s.whole("dose")
        _give(r, c, cursor, lane, prepare)
        key = r.slot("double", s.real("key"))
        note_dose(r, c, key, cursor)
        s.set_real("key", r.get("double", key))
        s.set_whole("dose", r.arith("add", cursor, 1))
    with r.when(r.compare("ne", s.whole("dose"), r.get("i64", first))):
        leave_out_cycles(r, c, lane)
    s.set_real("upcoming", _next_dose(r, c, s))
    s.set_whole("arrived", "1")


def depart(r: Routine, c: Context) -> None:
    """Lanes that were settled go on: their memory of steps is asked, and faults end them."""
    with r.loop(str(r.width)) as lane:
        s = LaneScalars(r, c, lane)
        with r.when(r.compare("ne", s.whole("arrived"), 0)):
            s.set_whole("arrived", "0")
            given = s.real("key")
            with r.when(r.real("fcmp une", given, "0.0")):
                s.set_whole("fresh", "1")
                s.set_whole("look", "1")
                recall(r, c, lane, r.slot("double", given))
                s.set_real("key", "0.0")
            with r.when(r.compare("ne", s.whole("fault"), 0)):
                _end(r, c, lane, s.whole("fault"))


def _take(r: Routine, c: Context, lane: str, number: str, prepare: str) -> None:
    s = LaneScalars(r, c, lane)
    s.set_whole("lane", number)
    _copy_in(r, c["in_p"], number, c["np"], c["w_p"], lane)
    _copy_in(r, c["in_y"], number, c["n"], c["w_y"], lane)
    take_directions(r, c, number, lane)
    with r.loop(c["n"]) as k:
        for array in ("w_r", "w_top", "w_drift"):
            r.store("double", "0.0", c[array], r.arith("add", r.arith("mul", k, r.width), lane))
    with r.when(r.compare("ne", c["has_typical"], 0)):
        _copy_in(r, c["in_typical"], number, c["n"], c["w_typical"], lane)
    for name, array in (("time", "in_t"), ("end", "in_end"), ("step", "in_h")):
        s.set_real(name, r.load("double", c[array], number))
    s.set_whole("output", r.load("i64", c["in_next"], number))
    s.set_whole("dose", r.load("i64", c["dose_from"], number))
    s.set_whole("doses", r.load("i64", c["dose_to"], number))
    s.set_whole("steps", "0")
    s.set_whole("look", "1")
    with r.loop(c["ntriggers"]) as k:
        place = r.arith("add", r.arith("mul", k, r.width), lane)
        r.store("double", r.load("double", c["ev_before"], k), c["w_g"], place)
        r.store("double", r.real_literal(-_INFINITY), c["w_j"], place)
    for name in ("aimed", "chatter", "hit", "key"):
        s.set_real(name, "0.0")
    for name in ("waiting", "drawn", "fault", "cycled"):
        s.set_whole(name, "0")
    begin = s.real("time")
    s.set_real("begin", begin)
    s.set_real("moment", r.real("fmul", r.real("fsub", s.real("end"), begin), r.real_literal(_MOMENT)))
    s.set_real("due", r.real_literal(_INFINITY))
    s.set_real("met", r.real_literal(-_INFINITY))
    given = r.real("fcmp ogt", s.real("step"), "0.0")
    s.set_whole("fresh", r.put(f"select i1 {given}, i64 0, i64 1"))
    s.set_real("grow", r.real_literal(10.0))
    s.set_real("reach", "0.0")
    forget(r, c, lane)
    give_doses(r, c, lane, prepare)
    refresh_next(r, c, lane)
    r.set("i1", prepare, "true")


def _retire(r: Routine, c: Context, lane: str) -> None:
    """Leave a lane idle: nothing is due in it any more."""
    s = LaneScalars(r, c, lane)
    s.set_whole("lane", str(SPENT))
    for name in ("end", "stop", "next", "due", "upcoming"):
        s.set_real(name, r.real_literal(_INFINITY))
    s.set_real("time", "0.0")
    s.set_real("step", r.real_literal(1.0))
    s.set_whole("fresh", "0")


def fill_lanes(r: Routine, c: Context, prepare: str) -> None:
    """Give every waiting lane the next entry of the queue, or retire it."""
    with r.loop(str(r.width)) as lane:
        s = LaneScalars(r, c, lane)
        with r.when(r.compare("eq", s.whole("lane"), NO_LANE)):
            number = r.put(f"atomicrmw add ptr {c['queue']}, i64 1 seq_cst")
            halted = r.compare("ne", r.load("i64", c["stop"]), 0)
            limit = r.put(f"select i1 {halted}, i64 0, i64 {c['lanes']}")
            taken = r.compare("slt", number, limit)
            with r.when(taken):
                _take(r, c, lane, number, prepare)
            with r.when(r.put(f"xor i1 {taken}, true")):
                _retire(r, c, lane)


def start_steps(r: Routine, c: Context) -> None:
    """A first step for lanes that have just started or been dosed, from their rates of change."""
    fresh = r.icompare("ne", r.iload(c["w_lane"], LANE["fresh"]), r.whole(0))
    with r.when(r.any(fresh)):
        r.vstore(lane_get(r, c, "time"), c["w_t"])
        call_kernel(r, c["k_rhs"], c["w_t"], c["w_y"], c["w_c"], c["w_f"], c["w_a"], c["w_x"])
        # h = 0.01 |y| / |f| in the norm of the error: the first guess of Hairer, Norsett and Wanner I,
        # section II.4 (doi:10.1007/978-3-540-78862-1); the error of the step corrects it
        sizes, speeds = r.slot(r.v, r.num(0.0)), r.slot(r.v, r.num(0.0))
        floor = least_scale(r, c)
        unknown = r.test("ogt", r.splat(c["share"]), r.num(0.0))
        with r.loop(c["n"]) as k:
            state = r.vload(c["w_y"], k)
            rate = r.op("fadd", r.vload(c["w_f"], k), r.vload(c["w_r"], k))
            scale = error_scale(r, c, k, r.call("fabs", state), floor)
            # a state that has been nothing so far says nothing of how fast it changes
            known = larger(r, r.vload(c["w_typical"], k), state)
            zero = r.both("and", unknown, r.test("oeq", known, r.num(0.0)))
            for slot, value in ((sizes, state), (speeds, rate)):
                part = r.choose(zero, r.num(0.0), r.op("fdiv", value, scale))
                r.set(r.v, slot, r.fma(part, part, r.get(r.v, slot)))
        size, speed = (r.call("sqrt", r.get(r.v, slot)) for slot in (sizes, speeds))
        left = r.op("fsub", lane_get(r, c, "end"), lane_get(r, c, "time"))
        relative = r.op("fmul", size, r.num(0.01))
        relative = r.choose(r.test("ogt", relative, r.num(1.0)), relative, r.num(1.0))
        guess = r.op("fdiv", relative, speed)
        guess = r.choose(r.test("olt", guess, left), guess, left)
        guess = r.choose(r.test("ogt", guess, r.num(0.0)), guess, r.op("fmul", left, r.num(1e-6)))
        lane_put(r, c, "step", r.choose(fresh, guess, lane_get(r, c, "step")))
        lane_put(r, c, "grow", r.choose(fresh, r.num(10.0), lane_get(r, c, "grow")))
        r.istore(r.whole(0), c["w_lane"], LANE["fresh"])


def _failure(r: Routine, c: Context, s: LaneScalars) -> str:
    """The outcome of a lane that cannot go on."""
    error = s.real("error")
    worst = r.put(
        f"select i1 {r.real('fcmp uno', error, error)}, i64 {int(Outcome.NOT_A_NUMBER)}, "
        f"i64 {int(Outcome.STEP_SIZE_UNDERFLOW)}"
    )
    limit = r.compare("sge", s.whole("steps"), c["max_steps"])
    return r.put(f"select i1 {limit}, i64 {int(Outcome.STEP_LIMIT)}, i64 {worst}")


def _end(r: Routine, c: Context, lane: str, status: str) -> None:
    """Report a lane and free its place."""
    s = LaneScalars(r, c, lane)
    number = s.whole("lane")
    largest = r.at(c["o_top"], r.arith("mul", number, c["n"]), 8)
    limit = r.real("fmul", c["doubt"], r.put(f"sitofp i64 {s.whole('steps')} to double"))
    doubtful = r.slot("i64", "0")
    with r.loop(c["n"]) as k:
        place = r.arith("add", r.arith("mul", k, r.width), lane)
        most, drift = r.load("double", c["w_top"], place), r.load("double", c["w_drift"], place)
        r.store("double", most, largest, k)
        beyond = r.real("fcmp ogt", drift, r.real("fmul", limit, most))
        r.set("i64", doubtful, r.put(f"select i1 {beyond}, i64 1, i64 {r.get('i64', doubtful)}"))
    r.store("i64", r.get("i64", doubtful), c["o_doubt"], number)
    r.store("i64", status, c["o_status"], number)
    r.store("i64", s.whole("steps"), c["o_steps"], number)
    r.store("double", s.real("time"), c["o_t"], number)
    r.store("i64", s.whole("output"), c["o_next"], number)
    for keep, source, count, target in (("keep_y", "w_y", "n", "o_y"), ("keep_p", "w_p", "np", "o_p")):
        with r.when(r.compare("ne", c[keep], 0)):
            row = r.at(c[target], r.arith("mul", number, c[count]), 8)
            with r.loop(c[count]) as k:
                value = r.load("double", c[source], r.arith("add", r.arith("mul", k, r.width), lane))
                r.store("double", value, row, k)
    end_directions(r, c, number, lane)
    s.set_whole("lane", str(NO_LANE))


def close_lanes(r: Routine, c: Context, failed: str, prepare: str) -> None:
    """Doses for lanes at a stop; reports for lanes that failed."""
    r.vstore(r.choose(failed, r.num(1.0), r.num(0.0)), c["w_lane"], LANE["ended"])
    with r.loop(str(r.width)) as lane:
        s = LaneScalars(r, c, lane)
        alive = r.compare("sge", s.whole("lane"), 0)
        sound = r.real("fcmp oeq", s.real("ended"), "0.0")
        hit = r.real("fcmp une", s.real("hit"), "0.0")
        stopped = r.put(f"or i1 {hit}, {r.real('fcmp oge', s.real('time'), s.real('stop'))}")
        with r.when(r.put(f"and i1 {alive}, {r.put(f'and i1 {sound}, {stopped}')}")):
            s.set_whole("fresh", "1")
            s.set_whole("look", "1")
            with r.when(r.real("fcmp oge", s.real("time"), s.real("stop"))):
                s.set_real("key", r.real_literal(_TURN))
            give_doses(r, c, lane, prepare)
        with r.when(r.put(f"and i1 {alive}, {r.put(f'xor i1 {sound}, true')}")):
            _end(r, c, lane, _failure(r, c, s))


def finish_lanes(r: Routine, c: Context) -> None:
    """Last outputs and reports of lanes that have come to their end."""
    done = r.test("oge", lane_get(r, c, "time"), lane_get(r, c, "end"))
    alive = r.icompare("sge", r.iload(c["w_lane"], LANE["lane"]), r.whole(0))
    done = r.both("and", done, alive)
    with r.when(r.any(done)):
        r.vstore(r.choose(done, r.num(1.0), r.num(0.0)), c["w_lane"], LANE["ended"])
        sample_directions_now(r, c, "end")
        sample_now(r, c)
        write_rows(r, c, "end")
        with r.loop(str(r.width)) as lane:
            ended = LaneScalars(r, c, lane).real("ended")
            with r.when(r.real("fcmp une", ended, "0.0")):
                _end(r, c, lane, str(int(Outcome.OK)))
