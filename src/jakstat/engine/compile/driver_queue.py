"""The events of one lane that wait to be carried out, as LLVM IR (scalar code, run rarely).

Each lane has a table of ``pending`` rows: number of the event, when it is due, and its values if they are
those of the time of its trigger. Rows stay in the order in which the events were triggered.
"""

from __future__ import annotations

from collections.abc import Mapping

from jakstat.engine.compile.driver_scalars import LaneScalars
from jakstat.engine.compile.driver_tangent import clear_directions
from jakstat.engine.compile.driver_watch import CHATTER
from jakstat.engine.compile.layout import (
    AT_TRIGGER,
    CHANGE_FOLLOWS,
    CHANGE_INPUT,
    CHANGE_STATE,
    PENDING_FULL,
    PERSISTENT,
    TIES,
)
from jakstat.engine.compile.routine import Routine
from jakstat.errors import Outcome

__all__ = ["carry_out", "note_triggers"]

Context = Mapping[str, str]
ULPS = 8 * 2.0**-52
AT_ONCE = 1e-9
"""A trigger that its event turned false and that is true again after so short a time (relatively) never
left its threshold: it counts as true from the start."""


class _Pending:
    """The table of one lane."""

    def __init__(self, r: Routine, c: Context, lane: str) -> None:
        self.r, self.c, self.s = r, c, LaneScalars(r, c, lane)
        rows = r.arith("mul", lane, r.arith("mul", c["pending"], c["pending_row"]))
        self.start = r.at(c["w_pend"], rows, 8)

    def row(self, number: str) -> str:
        """The address of a row."""
        return self.r.at(self.start, self.r.arith("mul", number, self.c["pending_row"]), 8)

    def copy(self, source: str, target: str) -> None:
        """Copy a row."""
        r = self.r
        one, other = self.row(source), self.row(target)
        with r.loop(self.c["pending_row"]) as k:
            r.store("i64", r.load("i64", one, k), other, k)

    def remove(self, unwanted: str, *, event: bool) -> None:
        """Close the gap of one row, or of all rows of one event."""
        r, s = self.r, self.s
        kept = r.slot("i64", "0")
        with r.loop(s.whole("waiting")) as number:
            found = r.load("i64", self.row(number), 0) if event else number
            with r.when(r.compare("ne", found, unwanted)):
                with r.when(r.compare("ne", number, r.get("i64", kept))):
                    self.copy(number, r.get("i64", kept))
                r.set("i64", kept, r.arith("add", r.get("i64", kept), 1))
        s.set_whole("waiting", r.get("i64", kept))

    def refresh_due(self) -> None:
        """When the first of them is due."""
        r = self.r
        first = r.slot("double", r.real_literal(float("inf")))
        with r.loop(self.s.whole("waiting")) as number:
            due, best = r.load("double", self.row(number), 1), r.get("double", first)
            sooner = r.real("fcmp olt", due, best)
            r.set("double", first, r.put(f"select i1 {sooner}, double {due}, double {best}"))
        self.s.set_real("due", r.get("double", first))


def _column(r: Routine, c: Context, array: str, place: str, lane: str) -> str:
    """A lane's element of an array of vectors."""
    return r.load("double", c[array], r.arith("add", r.arith("mul", place, r.width), lane))


def _optional(r: Routine, c: Context, table: str, event: str, lane: str, default: float) -> str:
    """A result of an event's formula, or the default where it has none."""
    place = r.load("i64", c[table], event)
    given = r.compare("sge", place, 0)
    safe = r.put(f"select i1 {given}, i64 {place}, i64 0")
    value = _column(r, c, "w_e", safe, lane)
    return r.put(f"select i1 {given}, double {value}, double {r.real_literal(default)}")


def _has(r: Routine, c: Context, event: str, flag: int) -> str:
    return r.compare("ne", r.arith("and", r.load("i64", c["ev_flags"], event), flag), 0)


def _wait(r: Routine, c: Context, pending: _Pending, event: str, lane: str) -> None:
    """A triggered event joins the table."""
    s = pending.s
    delay = _optional(r, c, "ev_delay", event, lane, 0.0)
    with r.when(r.real("fcmp ult", delay, "0.0")):
        odd = r.real("fcmp uno", delay, delay)
        fault = f"i64 {int(Outcome.NOT_A_NUMBER)}, i64 {int(Outcome.BAD_PARAMETER)}"
        s.set_whole("fault", r.put(f"select i1 {odd}, {fault}"))
    number = s.whole("waiting")
    full = r.compare("sge", number, c["pending"])
    with r.when(full):
        s.set_whole("fault", str(PENDING_FULL))
    with r.when(r.put(f"xor i1 {full}, true")):
        row = pending.row(number)
        r.store("i64", event, row, 0)
        r.store("double", r.real("fadd", s.real("time"), delay), row, 1)
        first = r.load("i64", c["ev_values"], event)
        with r.loop(r.load("i64", c["ev_widths"], event)) as k:
            value = _column(r, c, "w_e", r.arith("add", first, k), lane)
            r.store("double", value, row, r.arith("add", k, 2))
        s.set_whole("waiting", r.arith("add", number, 1))


def note_triggers(r: Routine, c: Context, lane: str) -> None:
    """Triggers of a lane that have turned: events begin to wait, or no longer do."""
    pending = _Pending(r, c, lane)
    s = pending.s
    time = s.real("time")
    # found on the way, not caused by what was carried out at this instant
    met = r.put(
        f"and i1 {r.real('fcmp une', s.real('hit'), '0.0')}, {r.compare('eq', s.whole('chained'), 0)}"
    )
    storm = r.real("fcmp oge", s.real("chatter"), r.real_literal(float(CHATTER)))
    size = r.put(f"call double @llvm.fabs.f64(double {time})")
    slack = r.real("fadd", r.real("fmul", size, r.real_literal(AT_ONCE)), s.real("moment"))
    with r.loop(c["ntriggers"]) as event:
        place = r.arith("add", r.arith("mul", r.load("i64", c["ev_trigger"], event), r.width), lane)
        now, before = r.load("double", c["w_b"], place), r.load("double", c["w_g"], place)
        with r.when(r.real("fcmp une", now, before)):
            r.store("double", now, c["w_g"], place)
            rising = r.real("fcmp une", now, "0.0")
            since = r.real("fsub", time, _column(r, c, "w_j", event, lane))
            again = r.put(f"or i1 {storm}, {r.real('fcmp ole', since, slack)}")
            again = r.put(f"and i1 {met}, {again}")
            with r.when(r.put(f"and i1 {rising}, {r.put(f'xor i1 {again}, true')}")):
                _wait(r, c, pending, event, lane)
            fickle = r.put(f"xor i1 {_has(r, c, event, PERSISTENT)}, true")
            with r.when(r.put(f"and i1 {r.put(f'xor i1 {rising}, true')}, {fickle}")):
                pending.remove(event, event=True)


def _rank(r: Routine, c: Context, event: str, lane: str) -> str:
    """An event's priority; without one, or without a value, it is the last."""
    priority = _optional(r, c, "ev_priority", event, lane, float("-inf"))
    odd = r.real("fcmp uno", priority, priority)
    return r.put(f"select i1 {odd}, double {r.real_literal(float('-inf'))}, double {priority}")


def _draw(r: Routine, c: Context, s: LaneScalars, count: str) -> str:
    """A number below ``count``: the leading bits of the next word of the series, again if it is too large."""
    # as Random.choice of Python's library draws it, so that the reference solver agrees
    zeros = r.put(f"call i64 @llvm.ctlz.i64(i64 {count}, i1 false)")
    shift = r.arith("add", r.arith("sub", zeros, 64), 32)
    drawn = r.slot("i64", count)

    def too_large() -> str:
        return r.compare("sge", r.get("i64", drawn), count)

    with r.repeat(too_large):
        cursor = s.whole("drawn")
        word = r.load("i64", c["draws"], r.arith("and", cursor, TIES - 1))
        r.set("i64", drawn, r.arith("lshr", word, shift))
        s.set_whole("drawn", r.arith("add", cursor, 1))
    return r.get("i64", drawn)


def _choose(r: Routine, c: Context, pending: _Pending, lane: str) -> tuple[str, str]:
    """How many rows are due, and the one to be carried out first."""
    s = pending.s
    time = s.real("time")
    size = r.put(f"call double @llvm.fabs.f64(double {time})")
    reach = r.real("fadd", time, r.real("fmul", size, r.real_literal(ULPS)))
    count, ties, chosen = (r.slot("i64", "0") for _ in range(3))
    best = r.slot("double", r.real_literal(float("-inf")))
    with r.loop(s.whole("waiting")) as number:
        row = pending.row(number)
        with r.when(r.real("fcmp ole", r.load("double", row, 1), reach)):
            rank, top = _rank(r, c, r.load("i64", row, 0), lane), r.get("double", best)
            first = r.compare("eq", r.get("i64", count), 0)
            better = r.put(f"or i1 {first}, {r.real('fcmp ogt', rank, top)}")
            same = r.put(f"and i1 {r.real('fcmp oeq', rank, top)}, {r.put(f'xor i1 {first}, true')}")
            r.set("i64", chosen, r.put(f"select i1 {better}, i64 {number}, i64 {r.get('i64', chosen)}"))
            r.set("double", best, r.put(f"select i1 {better}, double {rank}, double {top}"))
            more = r.arith("add", r.get("i64", ties), r.put(f"zext i1 {same} to i64"))
            r.set("i64", ties, r.put(f"select i1 {better}, i64 1, i64 {more}"))
            r.set("i64", count, r.arith("add", r.get("i64", count), 1))
    drawing = r.put(
        f"and i1 {r.compare('sgt', r.get('i64', count), 1)}, "
        f"{r.real('fcmp ogt', r.get('double', best), r.real_literal(float('-inf')))}"
    )
    with r.when(drawing):
        left = r.slot("i64", _draw(r, c, s, r.get("i64", ties)))
        with r.loop(s.whole("waiting")) as number:
            row = pending.row(number)
            rank = _rank(r, c, r.load("i64", row, 0), lane)
            of_them = r.put(
                f"and i1 {r.real('fcmp ole', r.load('double', row, 1), reach)}, "
                f"{r.real('fcmp oeq', rank, r.get('double', best))}"
            )
            with r.when(of_them):
                with r.when(r.compare("eq", r.get("i64", left), 0)):
                    r.set("i64", chosen, number)
                r.set("i64", left, r.arith("sub", r.get("i64", left), 1))
    return r.get("i64", count), r.get("i64", chosen)


def _write_changes(r: Routine, c: Context, row: str, lane: str, prepare: str) -> None:
    """Carry out the event of a row."""
    event = r.load("i64", row, 0)
    kept = _has(r, c, event, AT_TRIGGER)
    values = r.load("i64", c["ev_values"], event)
    begin, end = (r.load("i64", c["ev_change"], r.arith("add", event, k)) for k in (0, 1))
    with r.loop(r.arith("sub", end, begin)) as k:
        change = r.arith("add", begin, k)
        number = r.load("i64", c["ev_from"], change)
        then = r.load("double", row, r.arith("add", number, 2))
        now = _column(r, c, "w_e", r.arith("add", values, number), lane)
        value = r.put(f"select i1 {kept}, double {then}, double {now}")
        size = _optional(r, c, "ev_size", change, lane, 1.0)
        target = r.load("i64", c["ev_target"], change)
        place = r.arith("add", r.arith("mul", target, r.width), lane)
        kind = r.load("i64", c["ev_kind"], change)
        amount = r.real("fmul", value, size)
        for code, array in ((CHANGE_STATE, "w_y"), (CHANGE_INPUT, "w_p")):
            with r.when(r.compare("eq", kind, code)):
                r.store("double", amount, c[array], place)
                clear_directions(r, c, array, target, lane)
        with r.when(r.compare("eq", kind, CHANGE_FOLLOWS)), r.when(r.real("fcmp une", value, size)):
            old = r.load("double", c["w_y"], place)
            r.store("double", r.real("fmul", old, r.real("fdiv", size, value)), c["w_y"], place)
        changed = r.put(f"or i1 {r.get('i1', prepare)}, {r.compare('eq', kind, CHANGE_INPUT)}")
        r.set("i1", prepare, changed)


def carry_out(r: Routine, c: Context, lane: str, prepare: str) -> None:
    """The first of the events that are due in a lane, if any is and nothing is at fault."""
    pending = _Pending(r, c, lane)
    s = pending.s
    with r.when(r.compare("eq", s.whole("fault"), 0)):
        count, chosen = _choose(r, c, pending, lane)
        with r.when(r.compare("sgt", count, 0)):
            row = pending.row(chosen)
            _write_changes(r, c, row, lane, prepare)
            event = r.load("i64", row, 0)
            place = r.arith("add", r.arith("mul", event, r.width), lane)
            r.store("double", s.real("time"), c["w_j"], place)
            key = r.put(f"sitofp i64 {event} to double")
            key = r.real("fmul", r.real("fadd", key, r.real_literal(0.5)), r.real_literal(1.618033988749895))
            s.set_real("key", r.real("fadd", s.real("key"), key))
            pending.remove(chosen, event=False)
            chained = r.arith("add", s.whole("chained"), 1)
            s.set_whole("chained", chained)
            with r.when(r.compare("sge", chained, c["chain"])):
                s.set_whole("fault", str(int(Outcome.EVENT_STORM)))
    pending.refresh_due()
    with r.when(r.compare("ne", s.whole("fault"), 0)):
        s.set_real("acting", "0.0")
