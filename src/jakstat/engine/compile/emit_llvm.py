"""Straight-line programs as LLVM IR over vectors of lanes.

Every kernel has the same signature: six pointers to arrays of ``<W x double>``
(``t``, ``y``, ``c``, ``out``, ``aux``, ``scratch``). A long program is cut into functions of about
:data:`CHUNK` operations, because LLVM's code generator takes more than linear time; a
value needed in a later piece passes through memory.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jakstat.engine.compile.program import Operation
from jakstat.engine.compile.vector_math import FUNCTIONS, constant, vector

__all__ = ["CHUNK", "Kernel", "emit_kernel"]

CHUNK = 500
RELOAD = 40
"""A value in memory is loaded again when it was last touched this many operations ago."""
UNDIVIDED = 2
"""One inverse in so many is worked out without a division (in vectors of eight)."""

_ARRAYS = ("t", "y", "c", "out", "aux", "scratch")
_SIGNATURE = ", ".join(f"ptr noalias %{name}" for name in _ARRAYS)
_COMPARE = {"lt": "olt", "le": "ole", "eq": "oeq", "neq": "une"}
_BINARY = {"add": "fadd", "sub": "fsub", "mul": "fmul", "div": "fdiv", "rem": "frem"}
_INTRINSIC = {
    "abs": "fabs", "floor": "floor", "ceil": "ceil", "trunc": "trunc",
    "sin": "sin", "cos": "cos", "tan": "tan", "asin": "asin", "acos": "acos", "atan": "atan",
    "sinh": "sinh", "cosh": "cosh", "tanh": "tanh",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kernel:
    """The text of one kernel and how many scratch vectors it needs."""

    name: str
    text: str
    scratch: int
    operations: int


@dataclass(slots=True)
class _Chunk:
    """State while one piece is written: names of values that are in registers."""

    width: int
    lines: list[str]
    names: dict[int, str]
    touched: dict[int, int]
    single: frozenset[str] = frozenset()
    fresh: int = 0
    inverses: int = 0

    def line(self, text: str) -> str:
        name = f"%v{self.fresh}"
        self.fresh += 1
        self.lines.append(f"  {name} = {text}")
        return name

    def address(self, array: str, index: int) -> str:
        if index == 0:
            return f"%{array}"
        return self.line(f"getelementptr i8, ptr %{array}, i64 {index * self.width * 8}")

    def load(self, array: str, index: int) -> str:
        where, width, v = self.address(array, index), self.width, vector(self.width)
        if array not in self.single:
            return self.line(f"load {v}, ptr {where}, align {width * 8}")
        one = self.line(f"insertelement {v} poison, double {self.line(f'load double, ptr {where}')}, i64 0")
        zeros = ", ".join(["i32 0"] * width)
        return self.line(f"shufflevector {v} {one}, {v} poison, <{width} x i32> <{zeros}>")

    def store(self, array: str, index: int, name: str) -> None:
        where = self.address(array, index)
        self.lines.append(f"  store {vector(self.width)} {name}, ptr {where}, align {self.width * 8}")


def _inverse(chunk: _Chunk, x: str) -> str:
    """1 / x: every other one by multiplications, so that the divider is not waited for.

    A processor divides one vector of eight in the time of 30 multiplications, beside which it can do these.
    """
    width, v = chunk.width, vector(chunk.width)
    one = constant(1.0, width)
    chunk.inverses += 1
    if width != 8 or chunk.inverses % UNDIVIDED:
        return chunk.line(f"fdiv {v} {one}, {x}")

    def fma(a: str, b: str, c: str) -> str:
        return chunk.line(f"call {v} @llvm.fma.v{width}f64({v} {a}, {v} {b}, {v} {c})")

    # from 14 bits r: with e = 1 - x r, r (1 + e + e^2) has 42, and one more step, e anew, is 1 / x rounded as
    # the division rounds it (but for one number in some 10^9)
    minus = chunk.line(f"fneg {v} {x}")
    guess = chunk.line(f"call {v} @llvm.x86.avx512.rcp14.pd.512({v} {x}, {v} zeroinitializer, i8 -1)")
    miss = fma(minus, guess, one)
    near = fma(guess, fma(miss, miss, miss), guess)
    best = fma(near, fma(minus, near, one), near)
    # 1 / 0, 1 / infinity: the guess is exact, the steps are no numbers
    sound = chunk.line(f"fcmp ord {v} {best}, {best}")
    return chunk.line(f"select <{width} x i1> {sound}, {v} {best}, {v} {guess}")


def _write(chunk: _Chunk, name: str, args: Sequence[str]) -> str:
    """One operation as IR; returns the name of its value."""
    width = chunk.width
    v = vector(width)
    if name in _BINARY:
        return chunk.line(f"{_BINARY[name]} {v} {args[0]}, {args[1]}")
    if name in ("fma", "fnma"):
        first = args[0] if name == "fma" else chunk.line(f"fneg {v} {args[0]}")
        return chunk.line(f"call {v} @llvm.fmuladd.v{width}f64({v} {first}, {v} {args[1]}, {v} {args[2]})")
    if name == "neg":
        return chunk.line(f"fneg {v} {args[0]}")
    if name == "inv":
        return _inverse(chunk, args[0])
    if name in _COMPARE:
        bit = chunk.line(f"fcmp {_COMPARE[name]} {v} {args[0]}, {args[1]}")
        return _truth(chunk, bit)
    if name == "select":
        bit = _bit(chunk, args[0])
        return chunk.line(f"select <{width} x i1> {bit}, {v} {args[1]}, {v} {args[2]}")
    if name in ("and", "or", "xor"):
        bit = chunk.line(f"{name} <{width} x i1> {_bit(chunk, args[0])}, {_bit(chunk, args[1])}")
        return _truth(chunk, bit)
    if name == "not":
        return _truth(chunk, chunk.line(f"fcmp oeq {v} {args[0]}, {constant(0.0, width)}"))
    if name == "finite":  # 0 for what is not: x - x is 0 for every finite x
        apart = chunk.line(f"fsub {v} {args[0]}, {args[0]}")
        sound = chunk.line(f"fcmp oeq {v} {apart}, {constant(0.0, width)}")
        return chunk.line(f"select <{width} x i1> {sound}, {v} {args[0]}, {v} {constant(0.0, width)}")
    if name == "times":  # 0 times anything is 0
        none = chunk.line(f"fcmp oeq {v} {args[0]}, {constant(0.0, width)}")
        product = chunk.line(f"fmul {v} {args[0]}, {args[1]}")
        return chunk.line(f"select <{width} x i1> {none}, {v} {constant(0.0, width)}, {v} {product}")
    if name in ("max", "min"):
        order = "ogt" if name == "max" else "olt"
        bit = chunk.line(f"fcmp {order} {v} {args[0]}, {args[1]}")
        odd = chunk.line(f"fcmp uno {v} {args[0]}, {args[0]}")
        both = chunk.line(f"or <{width} x i1> {bit}, {odd}")
        return chunk.line(f"select <{width} x i1> {both}, {v} {args[0]}, {v} {args[1]}")
    if name == "sqrt":  # x**0.5 as C's pow has it: 0.0 for -0.0 and inf for -inf
        root = chunk.line(f"call {v} @llvm.sqrt.v{width}f64({v} {args[0]})")
        plain = chunk.line(f"fadd {v} {root}, {constant(0.0, width)}")
        endless = chunk.line(f"fcmp oeq {v} {args[0]}, {constant(-math.inf, width)}")
        return chunk.line(f"select <{width} x i1> {endless}, {v} {constant(math.inf, width)}, {v} {plain}")
    if name in _INTRINSIC:
        return chunk.line(f"call {v} @llvm.{_INTRINSIC[name]}.v{width}f64({v} {args[0]})")
    if name in FUNCTIONS:
        inner = ", ".join(f"{v} {a}" for a in args)
        return chunk.line(f"call {v} @jk_{name}({inner})")
    raise AssertionError(f"operation {name!r} has no vector form")


def _bit(chunk: _Chunk, value: str) -> str:
    return chunk.line(f"fcmp une {vector(chunk.width)} {value}, {constant(0.0, chunk.width)}")


def _truth(chunk: _Chunk, bit: str) -> str:
    width = chunk.width
    one, zero = constant(1.0, width), constant(0.0, width)
    return chunk.line(f"select <{width} x i1> {bit}, {vector(width)} {one}, {vector(width)} {zero}")


def _homes(operations: Sequence[Operation], pieces: Sequence[int]) -> tuple[dict[int, tuple[str, int]], int]:
    """Where each value can be read again: its array, a store in its own piece, or a scratch place."""
    homes: dict[int, tuple[str, int]] = {}
    for i, operation in enumerate(operations):
        if operation.name == "load":
            homes[i] = (operation.array, operation.index)
        elif operation.name == "store" and pieces[operation.args[0]] == pieces[i]:
            homes.setdefault(operation.args[0], (operation.array, operation.index))
    used = 0
    for i, operation in enumerate(operations):
        for arg in operation.args:
            if pieces[arg] != pieces[i] and arg not in homes and operations[arg].name != "const":
                homes[arg] = ("scratch", used)
                used += 1
    return homes, used


def _pieces(operations: Sequence[Operation]) -> list[int]:
    """The piece each operation belongs to."""
    pieces, count, current = [], 0, 0
    for operation in operations:
        pieces.append(current)
        count += operation.name not in ("load", "const")
        if count >= CHUNK:
            count, current = 0, current + 1
    return pieces


def _argument(
    chunk: _Chunk,
    value: int,
    now: int,
    operations: Sequence[Operation],
    homes: dict[int, tuple[str, int]],
    stored: set[int],
) -> str:
    operation = operations[value]
    if operation.name == "const":
        return constant(operation.number, chunk.width)
    known = chunk.names.get(value)
    stale = now - chunk.touched.get(value, now) > RELOAD and value in homes and value in stored
    if known is None or stale:
        known = chunk.load(*homes[value])
        chunk.names[value] = known
    chunk.touched[value] = now
    return known


def _bodies(
    operations: Sequence[Operation], width: int, single: frozenset[str]
) -> Iterator[tuple[list[str], int]]:
    """The lines of each piece, and the scratch places in use."""
    pieces = _pieces(operations)
    homes, scratch = _homes(operations, pieces)
    stored = {i for i, operation in enumerate(operations) if operation.name == "load"}
    chunk, current = _Chunk(width, [], {}, {}, single), 0
    for i, operation in enumerate(operations):
        if pieces[i] != current:
            yield chunk.lines, scratch
            chunk, current = _Chunk(width, [], {}, {}, single), pieces[i]
        if operation.name in ("load", "const"):
            continue
        args = [_argument(chunk, a, i, operations, homes, stored) for a in operation.args]
        if operation.name == "store":
            chunk.store(operation.array, operation.index, args[0])
            stored.add(operation.args[0])
            continue
        chunk.names[i] = _write(chunk, operation.name, args)
        chunk.touched[i] = i
        home = homes.get(i)
        if home is not None and home[0] == "scratch":
            chunk.store(*home, chunk.names[i])
            stored.add(i)
    yield chunk.lines, scratch


def emit_kernel(
    name: str, operations: Sequence[Operation], width: int, single: frozenset[str] = frozenset()
) -> Kernel:
    """A program as an LLVM function ``name`` over ``<width x double>``.

    Of the arrays in ``single`` only the first element of each vector is read, for all lanes.

    Examples
    --------
    >>> from jakstat.engine.compile.program import Builder
    >>> b = Builder()
    >>> b.store("out", 0, b.do("add", b.load("y", 0), b.load("y", 1)))
    >>> "fadd <4 x double>" in emit_kernel("rhs", b.operations, 4).text
    True
    """
    text: list[str] = []
    calls: list[str] = []
    scratch = 0
    passed = ", ".join(f"ptr %{array}" for array in _ARRAYS)
    for number, (lines, scratch) in enumerate(_bodies(operations, width, single)):  # noqa: B007
        piece = f"{name}_{number}"
        text += [f"define internal void @{piece}({_SIGNATURE}) nounwind {{", *lines, "  ret void", "}"]
        calls.append(f"  call void @{piece}({passed})")
    text += [f"define void @{name}({_SIGNATURE}) nounwind {{", *calls, "  ret void", "}"]
    return Kernel(name, "\n".join(text), scratch, len(operations))
