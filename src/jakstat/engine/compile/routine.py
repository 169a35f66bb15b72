"""Writing loops and branches in LLVM IR: what the step loop needs beyond straight-line code."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from jakstat.engine.compile.vector_math import BodyWriter, literal

__all__ = ["Routine"]


@dataclass(slots=True)
class Routine(BodyWriter):
    """One function under construction; mutable scalars live in stack slots."""

    entry: list[str] = field(default_factory=list)
    labels: int = 0

    def label(self, hint: str) -> str:
        """A fresh block name."""
        self.labels += 1
        return f"{hint}{self.labels}"

    def start(self, label: str) -> None:
        """Begin a block."""
        self.lines.append(f"{label}:")

    def jump(self, label: str) -> None:
        """Go to a block."""
        self.lines.append(f"  br label %{label}")

    def branch(self, condition: str, yes: str, no: str) -> None:
        """Go to one of two blocks."""
        self.lines.append(f"  br i1 {condition}, label %{yes}, label %{no}")

    def slot(self, kind: str, value: str) -> str:
        """A stack variable of a type, set here."""
        name = f"%s{len(self.entry)}"
        self.entry.append(f"  {name} = alloca {kind}")
        self.set(kind, name, value)
        return name

    def set(self, kind: str, slot: str, value: str) -> None:
        """Assign to a stack variable."""
        self.lines.append(f"  store {kind} {value}, ptr {slot}")

    def get(self, kind: str, slot: str) -> str:
        """Read a stack variable."""
        return self.put(f"load {kind}, ptr {slot}")

    @contextmanager
    def when(self, condition: str) -> Iterator[None]:
        """A block run only if the scalar condition holds."""
        inside, after = self.label("then"), self.label("after")
        self.branch(condition, inside, after)
        self.start(inside)
        yield
        self.jump(after)
        self.start(after)

    @contextmanager
    def loop(self, count: str) -> Iterator[str]:
        """A block run for i = 0 .. count-1; yields i."""
        head, body, after = self.label("head"), self.label("body"), self.label("done")
        counter = self.slot("i64", "0")
        self.jump(head)
        self.start(head)
        index = self.get("i64", counter)
        self.branch(self.put(f"icmp slt i64 {index}, {count}"), body, after)
        self.start(body)
        yield index
        self.set("i64", counter, self.put(f"add i64 {index}, 1"))
        self.jump(head)
        self.start(after)

    @contextmanager
    def repeat(self, condition: Callable[[], str]) -> Iterator[None]:
        """A block run while the scalar condition holds."""
        head, body, after = self.label("head"), self.label("body"), self.label("done")
        self.jump(head)
        self.start(head)
        self.branch(condition(), body, after)
        self.start(body)
        yield
        self.jump(head)
        self.start(after)

    def at(self, pointer: str, index: str | int, size: int) -> str:
        """The address of an element of ``size`` bytes."""
        if isinstance(index, int):
            return pointer if index == 0 else self.put(f"getelementptr i8, ptr {pointer}, i64 {index * size}")
        return self.put(f"getelementptr [{size} x i8], ptr {pointer}, i64 {index}")

    def vload(self, pointer: str, index: str | int = 0) -> str:
        """The vector at a place of an array of vectors."""
        where = self.at(pointer, index, self.width * 8)
        return self.put(f"load {self.v}, ptr {where}, align {self.width * 8}")

    def vstore(self, value: str, pointer: str, index: str | int = 0) -> None:
        """Write a vector."""
        where = self.at(pointer, index, self.width * 8)
        self.lines.append(f"  store {self.v} {value}, ptr {where}, align {self.width * 8}")

    def replace(self, mask: str, value: str, pointer: str, index: str | int = 0) -> str:
        """Write a vector in the lanes of a mask; returns what then stands there."""
        # the others are written back: LLVM would leave them out by a masked store, were it not volatile, and
        # such a store takes many times as long where vectors have four lanes (a third of radau9's time)
        where = self.at(pointer, index, self.width * 8)
        made = self.choose(mask, value, self.vload(where))
        self.lines.append(f"  store volatile {self.v} {made}, ptr {where}, align {self.width * 8}")
        return made

    def iload(self, pointer: str, index: str | int = 0) -> str:
        """A vector of integers."""
        where = self.at(pointer, index, self.width * 8)
        return self.put(f"load {self.i}, ptr {where}, align {self.width * 8}")

    def istore(self, value: str, pointer: str, index: str | int = 0) -> None:
        """Write a vector of integers."""
        where = self.at(pointer, index, self.width * 8)
        self.lines.append(f"  store {self.i} {value}, ptr {where}, align {self.width * 8}")

    def load(self, kind: str, pointer: str, index: str | int = 0) -> str:
        """A scalar (8 bytes) of an array."""
        where = self.at(pointer, index, 8)
        return self.put(f"load {kind}, ptr {where}")

    def store(self, kind: str, value: str, pointer: str, index: str | int = 0) -> None:
        """Write a scalar."""
        where = self.at(pointer, index, 8)
        self.lines.append(f"  store {kind} {value}, ptr {where}")

    def arith(self, name: str, a: str, b: str | int) -> str:
        """A scalar integer operation."""
        return self.put(f"{name} i64 {a}, {b}")

    def compare(self, order: str, a: str, b: str | int) -> str:
        """A scalar integer comparison."""
        return self.put(f"icmp {order} i64 {a}, {b}")

    def real(self, name: str, a: str, b: str) -> str:
        """A scalar floating-point operation or comparison (``fcmp olt`` ...)."""
        return self.put(f"{name} double {a}, {b}")

    def splat(self, scalar: str) -> str:
        """A scalar double in every lane."""
        one = self.put(f"insertelement {self.v} poison, double {scalar}, i64 0")
        zeros = ", ".join(["i32 0"] * self.width)
        return self.put(f"shufflevector {self.v} {one}, {self.v} poison, <{self.width} x i32> <{zeros}>")

    def any(self, mask: str) -> str:
        """Whether any lane of a mask is set."""
        bits = self.put(f"bitcast <{self.width} x i1> {mask} to i{self.width}")
        return self.put(f"icmp ne i{self.width} {bits}, 0")

    def flip(self, mask: str) -> str:
        """The opposite of a mask."""
        ones = "<" + ", ".join(["i1 true"] * self.width) + ">"
        return self.both("xor", mask, ones)

    def icompare(self, order: str, a: str, b: str) -> str:
        """A comparison of integer vectors."""
        return self.put(f"icmp {order} {self.i} {a}, {b}")

    def jk(self, name: str, a: str) -> str:
        """One of our vector functions."""
        return self.put(f"call {self.v} @jk_{name}({self.v} {a})")

    def text(self, head: str) -> str:
        """The whole function."""
        return "\n".join(
            [head + " {", "entry:", *self.entry, "  br label %begin", "begin:", *self.lines, "}"]
        )

    @property
    def permutes(self) -> bool:
        """Whether vectors can be permuted in one instruction (AVX-512)."""
        return self.width == 8

    def permuted(self, a: str, order: str) -> str:
        """Element ``order[i]`` in place i; without the instruction ``order`` must be 0, 1, 2, ..."""
        if not self.permutes:
            return a
        return self.put(f"call {self.v} @llvm.x86.avx512.permvar.df.512({self.v} {a}, {self.i} {order})")

    def whole_numbers(self) -> str:
        """0, 1, 2, ... as integers."""
        return "<" + ", ".join(f"i64 {lane}" for lane in range(self.width)) + ">"

    def transposed(self, rows: list[str]) -> list[str]:
        """The columns of as many vectors as a vector is wide: blocks of 1, 2, 4, ... change sides."""
        found, size = list(rows), self.width
        step = 1
        while step < size:
            low = [k if not k & step else k - step + size for k in range(size)]
            high = [k + step if not k & step else k + size for k in range(size)]
            for i in (i for i in range(size) if not i & step):
                a, b = found[i], found[i + step]
                found[i], found[i + step] = self._picked(a, b, low), self._picked(a, b, high)
            step *= 2
        return found

    def _picked(self, a: str, b: str, places: list[int]) -> str:
        chosen = ", ".join(f"i32 {k}" for k in places)
        return self.put(f"shufflevector {self.v} {a}, {self.v} {b}, <{self.width} x i32> <{chosen}>")

    @staticmethod
    def real_literal(number: float) -> str:
        """A scalar literal."""
        return literal(number)
