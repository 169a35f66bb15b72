"""Steps remembered from the last time the same dose was given, as LLVM IR (scalar code).

After a dose steps grow over many orders of magnitude, and a step control that only knows the last
step lags behind all the way. A regimen repeats its doses, so each lane notes the step it could have taken
(by its error estimate) at every time since a dose, and after the next equal dose follows that
curve. The error estimate guards every step as ever; after a refused step the plain control goes on.
"""

from __future__ import annotations

from collections.abc import Mapping

from jakstat.engine.compile.driver_step import lane_put
from jakstat.engine.compile.layout import BANKS, LANE, NOTES
from jakstat.engine.compile.routine import Routine

__all__ = ["forget", "note_dose", "note_step", "recall"]

Context = Mapping[str, str]
LEAST, MOST = 0.25, 6.0
"""Bounds of a remembered step, as multiples of what the plain control would take."""

NONE = -1


class _Memory:
    """One lane's banks: for each its key and number of notes, then notes of (time since the dose, step)."""

    def __init__(self, r: Routine, c: Context, lane: str) -> None:
        self.r, self.c, self.lane = r, c, lane

    def _place(self, index: str) -> str:
        return self.r.arith("add", self.r.arith("mul", index, self.r.width), self.lane)

    def _note(self, bank: str, number: str, which: int) -> str:
        first = self.r.arith("add", self.r.arith("mul", bank, 2 * NOTES), 2 * BANKS + which)
        return self._place(self.r.arith("add", first, self.r.arith("mul", number, 2)))

    def key(self, bank: str) -> str:
        """What was given when the bank was filled; NaN if it is empty."""
        return self.r.load("double", self.c["w_m"], self._place(bank))

    def set_key(self, bank: str, value: str) -> None:
        """Label a bank."""
        self.r.store("double", value, self.c["w_m"], self._place(bank))

    def count(self, bank: str) -> str:
        """How many notes a bank holds."""
        return self.r.load("i64", self.c["w_m"], self._place(self.r.arith("add", bank, BANKS)))

    def set_count(self, bank: str, value: str) -> None:
        """Set the number of notes."""
        self.r.store("i64", value, self.c["w_m"], self._place(self.r.arith("add", bank, BANKS)))

    def read(self, bank: str, number: str) -> tuple[str, str]:
        """A note: time since the dose, and the step that could be taken."""
        one, two = (self.r.load("double", self.c["w_m"], self._note(bank, number, which)) for which in (0, 1))
        return one, two

    def write(self, bank: str, number: str, since: str, step: str) -> None:
        """Write a note."""
        for which, value in ((0, since), (1, step)):
            self.r.store("double", value, self.c["w_m"], self._note(bank, number, which))

    def lane_place(self, name: str) -> str:
        """The place of an entry of the lane block."""
        return self.r.arith("add", self.lane, LANE[name] * self.r.width)

    def real(self, name: str) -> str:
        """A real of the lane block."""
        return self.r.load("double", self.c["w_lane"], self.lane_place(name))

    def whole(self, name: str) -> str:
        """A whole number of the lane block."""
        return self.r.load("i64", self.c["w_lane"], self.lane_place(name))

    def put(self, kind: str, name: str, value: str) -> None:
        """Write to the lane block."""
        self.r.store(kind, value, self.c["w_lane"], self.lane_place(name))


def forget(r: Routine, c: Context, lane: str) -> None:
    """A lane that is just taken remembers nothing."""
    memory = _Memory(r, c, lane)
    with r.loop(str(BANKS)) as bank:
        memory.set_key(bank, r.real_literal(float("nan")))
    memory.put("double", "given", r.real_literal(float("nan")))
    for name, value in (("writing", 0), ("reading", NONE), ("noted", 0)):
        memory.put("i64", name, str(value))


def note_dose(r: Routine, c: Context, key: str, cursor: str) -> None:
    """Add a dose to what is given at this instant; ``key`` is a slot that holds one number for all of it."""
    kind, index = (r.load("i64", c[name], cursor) for name in ("dose_kind", "dose_index"))
    # equal doses have equal keys; unequal ones that happen to have them only get a poor first guess
    weight = r.put(f"sitofp i64 {r.arith('add', r.arith('mul', index, 8), kind)} to double")
    value = r.real("fadd", r.load("double", c["dose_value"], cursor), r.real_literal(0.7548776662466927))
    part = r.real("fmul", value, r.real("fadd", weight, r.real_literal(1.618033988749895)))
    r.set("double", key, r.real("fadd", r.get("double", key), part))


def recall(r: Routine, c: Context, lane: str, key: str) -> None:
    """After doses: close the notes of the stretch that ends, look for those of a like one, start new ones."""
    memory = _Memory(r, c, lane)
    given, writing, noted = memory.real("given"), memory.whole("writing"), memory.whole("noted")
    nothing = r.real_literal(float("nan"))
    whole = r.put(f"and i1 {r.compare('sge', noted, 2)}, {r.compare('slt', noted, NOTES)}")
    with r.loop(str(BANKS)) as bank:  # older notes of the same dose are superseded
        same = r.real("fcmp oeq", memory.key(bank), given)
        kept = r.put(f"and i1 {whole}, {same}")
        memory.set_key(bank, r.put(f"select i1 {kept}, double {nothing}, double {memory.key(bank)}"))
    memory.set_key(writing, r.put(f"select i1 {whole}, double {given}, double {nothing}"))
    memory.set_count(writing, noted)
    now = r.get("double", key)
    reading, free = r.slot("i64", str(NONE)), r.slot("i64", "0")
    r.set("i64", reading, str(NONE))
    # where the next notes go: an empty bank, or the one after the last that is not read
    with r.loop(str(BANKS)) as bank, r.when(r.real("fcmp oeq", memory.key(bank), now)):
        r.set("i64", reading, bank)
    after = r.put(f"urem i64 {r.arith('add', writing, 1)}, {BANKS}")
    second = r.put(f"urem i64 {r.arith('add', writing, 2)}, {BANKS}")
    taken = r.compare("eq", after, r.get("i64", reading))
    r.set("i64", free, r.put(f"select i1 {taken}, i64 {second}, i64 {after}"))
    with r.loop(str(BANKS)) as bank:
        key_there = memory.key(bank)
        with r.when(r.real("fcmp uno", key_there, key_there)):
            r.set("i64", free, bank)
    chosen = r.get("i64", reading)
    memory.set_key(r.get("i64", free), nothing)
    memory.put("i64", "writing", r.get("i64", free))
    memory.put("i64", "reading", chosen)
    memory.put("i64", "noted", "0")
    memory.put("i64", "seek", "0")
    memory.put("double", "given", now)
    memory.put("double", "since", memory.real("time"))
    with r.when(r.compare("sge", chosen, 0)):
        memory.put("double", "step", memory.read(chosen, "0")[1])
        memory.put("double", "grow", r.real_literal(MOST))
        memory.put("i64", "fresh", "0")


def note_step(r: Routine, c: Context, accepted: str, calm: str) -> None:
    """Note accepted steps; where a like stretch is remembered, take the next step from it.

    ``calm`` are lanes whose step was not refused before.
    """
    with r.when(r.compare("ne", c["recalls"], 0)):
        lane_put(r, c, "ended", r.choose(accepted, r.choose(calm, r.num(2.0), r.num(1.0)), r.num(0.0)))
        with r.loop(str(r.width)) as lane:
            memory = _Memory(r, c, lane)
            flag, since = memory.real("ended"), memory.real("since")
            dosed = r.real("fcmp ord", memory.real("given"), r.real_literal(0.0))
            with r.when(r.put(f"and i1 {dosed}, {r.real('fcmp ogt', flag, r.real_literal(0.0))}")):
                noted = memory.whole("noted")
                with r.when(r.compare("slt", noted, NOTES)):
                    age = r.real("fsub", memory.real("time"), since)
                    memory.write(memory.whole("writing"), noted, age, memory.real("best"))
                    memory.put("i64", "noted", r.arith("add", noted, 1))
                known = r.compare("sge", memory.whole("reading"), 0)
                with r.when(r.put(f"and i1 {known}, {r.real('fcmp ogt', flag, r.real_literal(1.5))}")):
                    _follow(r, memory, r.real("fsub", memory.real("reached"), since))


def _follow(r: Routine, memory: _Memory, age: str) -> None:
    """The step of the remembered curve at an age; beyond its last note the plain control goes on."""
    bank = memory.whole("reading")
    last = r.arith("sub", memory.count(bank), 1)

    def behind() -> str:
        seek = memory.whole("seek")
        more = r.compare("slt", seek, last)
        safe = r.put(f"select i1 {more}, i64 {r.arith('add', seek, 1)}, i64 0")
        passed = r.real("fcmp ole", memory.read(bank, safe)[0], age)
        return r.put(f"and i1 {more}, {passed}")

    with r.repeat(behind):
        memory.put("i64", "seek", r.arith("add", memory.whole("seek"), 1))
    seek = memory.whole("seek")
    with r.when(r.compare("slt", seek, last)):
        low, high = memory.read(bank, seek), memory.read(bank, r.arith("add", seek, 1))
        share = r.real("fdiv", r.real("fsub", age, low[0]), r.real("fsub", high[0], low[0]))
        step = r.real("fadd", low[1], r.real("fmul", share, r.real("fsub", high[1], low[1])))
        wish = memory.real("step")
        for order, bound in (("fcmp ogt", LEAST), ("fcmp olt", MOST)):
            limit = r.real("fmul", wish, r.real_literal(bound))
            step = r.put(f"select i1 {r.real(order, step, limit)}, double {step}, double {limit}")
        memory.put("double", "step", step)
