"""Leaving out cycles of a regimen in which nothing would change any more, as LLVM IR (scalar code).

Where the rates know no time, what a lane does until the next like dose follows from its state right
after a dose. If that state is what it was one cycle of doses ago, the next cycle ends there again,
and so do all that follow as long as the doses stay the same. Then the lane goes on at the last dose before
its next output. States that nothing depends on need not return: they are multiplied or added to
(:mod:`~.trailing_states`).
"""

from __future__ import annotations

from collections.abc import Mapping

from jakstat.engine.compile.driver_scalars import LaneScalars
from jakstat.engine.compile.layout import MULTIPLIED, RETURNING
from jakstat.engine.compile.routine import Routine

__all__ = ["leave_out_cycles"]

Context = Mapping[str, str]
ALIKE = 1e-2
"""What all that is left out may change, as a share of the relative tolerance."""
ROUNDING = 1e-12
"""Relative changes in a cycle that rounding alone may make: above it they have to shrink, so that what grows
from little is not taken for rest."""
SMALLEST = 1e-300


def _size(r: Routine, value: str) -> str:
    return r.put(f"call double @llvm.fabs.f64(double {value})")


def _fma(r: Routine, a: str, b: str, c: str) -> str:
    return r.put(f"call double @llvm.fma.f64(double {a}, double {b}, double {c})")


class _Cycle:
    """One lane at a dose that begins a cycle; ``row`` is the last row of that dose."""

    def __init__(self, r: Routine, c: Context, lane: str, row: str) -> None:
        self.r, self.c, self.lane, self.row = r, c, lane, row
        self.s = LaneScalars(r, c, lane)
        self.left = r.load("i64", c["cycles_left"], row)

    def at(self, array: str, k: str) -> str:
        """A lane's value of state ``k``."""
        return self.r.load("double", self.c[array], self.place(k))

    def place(self, k: str) -> str:
        """Where a lane's value of state ``k`` lies."""
        return self.r.arith("add", self.r.arith("mul", k, self.r.width), self.lane)

    def nothing(self, k: str) -> str:
        """A size of state ``k`` that is far below its absolute tolerance."""
        r, c = self.r, self.c
        given = r.real("fmul", c["atol"], self.at("w_c", r.arith("add", c["scales"], k)))
        by_size = _fma(r, c["share"], self.at("w_typical", k), given)
        total = _fma(r, c["floor"], self.s.real("reach"), by_size)
        return r.real("fmul", total, r.real_literal(ALIKE))

    def far(self, k: str, limit: str) -> tuple[str, str]:
        """Whether state ``k`` has not returned, and its relative change in the last cycle."""
        r = self.r
        now, before = self.at("w_y", k), self.at("w_before", k)
        change = _size(r, r.real("fsub", now, before))
        size = r.real("fadd", _size(r, now), r.real_literal(SMALLEST))
        # what dies away and is nothing already may go on dying away
        fades = r.real("fcmp ole", _size(r, now), _size(r, before))
        stays = r.put(f"and i1 {fades}, {r.real('fcmp ole', _size(r, before), self.nothing(k))}")
        stays = r.put(f"or i1 {stays}, {r.compare('ne', r.load('i64', self.c['trailing'], k), RETURNING)}")
        moves = r.put(f"xor i1 {stays}, true")
        far = r.put(f"and i1 {moves}, {r.real('fcmp ugt', change, r.real('fmul', limit, size))}")
        share = r.put(f"select i1 {moves}, double {r.real('fdiv', change, size)}, double 0.0")
        return far, share

    def limit(self) -> str:
        """The relative change that a cycle may make, many times over."""
        r = self.r
        cycles = r.put(f"sitofp i64 {r.arith('add', self.left, 1)} to double")
        return r.real("fdiv", r.real("fmul", self.c["rtol"], r.real_literal(ALIKE)), cycles)

    def apart(self, limit: str) -> tuple[str, str]:
        """How many states have not returned, and the largest relative change; one of them is remembered."""
        r = self.r
        count, most = r.slot("i64", "0"), r.slot("double", "0.0")
        with r.loop(self.c["n"]) as k:
            far, share = self.far(k, limit)
            with r.when(far):
                r.set("i64", count, r.arith("add", r.get("i64", count), 1))
                self.s.set_whole("restless", k)
            more = r.real("fcmp ogt", share, r.get("double", most))
            r.set("double", most, r.put(f"select i1 {more}, double {share}, double {r.get('double', most)}"))
        return r.get("i64", count), r.get("double", most)

    def keep(self) -> None:
        """Keep the states for the next cycle."""
        r, c = self.r, self.c
        with r.loop(c["n"]) as k:
            r.store("double", self.at("w_y", k), c["w_before"], self.place(k))

    def many(self, rows: str) -> str:
        """How many cycles end before the next output is due."""
        r, c, s = self.r, self.c, self.s
        many = r.slot("i64", "0")
        until = s.real("next")
        until = r.put(f"select i1 {r.real('fcmp olt', until, s.real('end'))}, double {until}, "
                      f"double {s.real('end')}")  # fmt: skip

        def more() -> str:
            further = r.arith("add", r.get("i64", many), 1)
            fits = r.compare("sle", further, self.left)
            ahead = r.arith("add", self.row, r.arith("mul", further, rows))
            safe = r.put(f"select i1 {fits}, i64 {ahead}, i64 {self.row}")
            early = r.real("fcmp ole", r.load("double", c["dose_time"], safe), until)
            return r.put(f"and i1 {fits}, {early}")

        with r.repeat(more):
            r.set("i64", many, r.arith("add", r.get("i64", many), 1))
        return r.get("i64", many)

    def go_on(self, rows: str, many: str) -> None:
        """Stand at the dose so many cycles later."""
        r, c, s = self.r, self.c, self.s
        passed = r.arith("mul", many, rows)
        s.set_real("time", r.load("double", c["dose_time"], r.arith("add", self.row, passed)))
        s.set_whole("dose", r.arith("add", s.whole("dose"), passed))
        with r.loop(c["n"]) as k:
            kind = r.load("i64", c["trailing"], k)
            with r.when(r.compare("ne", kind, RETURNING)):
                now, before = self.at("w_y", k), self.at("w_before", k)
                grows = r.compare("eq", kind, MULTIPLIED)
                some = r.real("fcmp une", before, "0.0")
                safe = r.put(f"select i1 {some}, double {before}, double {r.real_literal(1.0)}")
                ratio = r.real("fdiv", now, safe)
                ratio = r.put(f"select i1 {some}, double {ratio}, double {r.real_literal(1.0)}")
                factor = r.put(f"select i1 {grows}, double {ratio}, double {r.real_literal(1.0)}")
                added = r.real("fsub", now, before)
                added = r.put(f"select i1 {grows}, double {r.real_literal(0.0)}, double {added}")
                value = r.slot("double", now)
                with r.loop(many):
                    r.set("double", value, _fma(r, factor, r.get("double", value), added))
                r.store("double", r.get("double", value), c["w_y"], self.place(k))


def _compare(r: Routine, cycle: _Cycle, rows: str, limit: str) -> None:
    """All states beside those of one cycle ago: go on later if none has changed."""
    s = cycle.s
    count, most = cycle.apart(limit)
    shrinks = r.real("fcmp ole", most, s.real("shift"))
    shrinks = r.put(f"or i1 {shrinks}, {r.real('fcmp ole', most, r.real_literal(ROUNDING))}")
    s.set_real("shift", most)
    # what is set or infused is that of a cycle from the second one on
    rests = r.put(f"and i1 {shrinks}, {r.compare('eq', count, 0)}")
    rests = r.put(f"and i1 {rests}, {r.compare('sgt', s.whole('cycled'), 1)}")
    with r.when(rests):
        many = cycle.many(rows)
        with r.when(r.compare("sgt", many, 0)):
            cycle.go_on(rows, many)
    cycle.keep()


def leave_out_cycles(r: Routine, c: Context, lane: str) -> None:
    """At a dose that begins a cycle: keep the state, and go on later if the last cycle changed nothing.

    As long as a state goes on changing that did so last time, no other is looked at or kept.
    """
    with r.when(r.compare("ne", c["cycles"], 0)):
        s = LaneScalars(r, c, lane)
        row = r.arith("sub", s.whole("dose"), 1)
        rows = r.load("i64", c["cycle_rows"], row)
        with r.when(r.compare("ne", rows, 0)):
            cycle = _Cycle(r, c, lane, row)
            with r.when(r.compare("slt", rows, 0)):  # nothing was kept one cycle ago
                for name in ("cycled", "whole", "restless"):
                    s.set_whole(name, "0")
                cycle.keep()
            with r.when(r.compare("sgt", s.whole("cycled"), 0)):
                limit, known = cycle.limit(), s.whole("restless")
                far, _ = cycle.far(known, limit)
                calm = r.put(f"xor i1 {far}, true")
                whole = r.compare("ne", s.whole("whole"), 0)
                with r.when(far):
                    r.store("double", cycle.at("w_y", known), c["w_before"], cycle.place(known))
                    s.set_real("shift", "0.0")
                with r.when(r.put(f"and i1 {calm}, {whole}")):
                    _compare(r, cycle, rows, limit)
                with r.when(r.put(f"and i1 {calm}, {r.put(f'xor i1 {whole}, true')}")):
                    cycle.keep()
                s.set_whole("whole", r.put(f"zext i1 {calm} to i64"))
            s.set_whole("cycled", r.arith("add", s.whole("cycled"), 1))
