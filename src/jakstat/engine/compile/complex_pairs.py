"""Straight-line programs over complex numbers, written as real operations on pairs.

It has the operations of :class:`~jakstat.engine.compile.program.Builder` that the factorisation uses, so
that the same elimination is written for complex matrices. A complex array holds the real and the
imaginary part of element i at 2 i and 2 i + 1; a value that is known to be real stays one number.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from jakstat.engine.compile.program import Builder

__all__ = ["PairBuilder"]

Pair = tuple[int, int | None]


@dataclass(slots=True)
class PairBuilder:
    """Writes complex operations into ``real``; a value is the number of a pair."""

    real: Builder
    _pairs: list[Pair] = field(default_factory=list)
    _known: dict[Pair, int] = field(default_factory=dict)

    def pair(self, real: int, imaginary: int | None = None) -> int:
        """The complex value with these parts; without the second it is real."""
        key = (real, imaginary)
        if key not in self._known:
            self._known[key] = len(self._pairs)
            self._pairs.append(key)
        return self._known[key]

    def load(self, array: str, index: int) -> int:
        """The element of a complex array."""
        return self.pair(self.real.load(array, 2 * index), self.real.load(array, 2 * index + 1))

    def store(self, array: str, index: int, value: int) -> None:
        """Write to a complex array."""
        one, two = self.parts(value)
        self.real.store(array, 2 * index, one)
        self.real.store(array, 2 * index + 1, self.real.const(0.0) if two is None else two)

    def parts(self, value: int) -> Pair:
        """Real and imaginary part; None for a real value."""
        return self._pairs[value]

    def do(self, name: str, *args: int) -> int:
        """An operation on complex values: neg, sub, mul, inv, or fnma (c - a b)."""
        a, b = self._pairs[args[0]]
        do = self.real.do
        if name == "neg":
            return self.pair(do("neg", a), None if b is None else do("neg", b))
        if name == "inv":
            return self._inverse(a, b)
        c, d = self._pairs[args[1]]
        if name == "sub":
            assert d is None
            return self.pair(do("sub", a, c), b)
        if name == "mul":
            return self._product(a, b, c, d)
        assert name == "fnma"
        x, y = self._pairs[args[2]]
        one = do("fnma", a, c, x)
        if b is not None and d is not None:
            one = do("fma", b, d, one)
        for left, right in ((a, d), (b, c)):
            if left is not None and right is not None:
                y = do("neg", do("mul", left, right)) if y is None else do("fnma", left, right, y)
        return self.pair(one, y)

    def _product(self, a: int, b: int | None, c: int, d: int | None) -> int:
        do = self.real.do
        one = do("mul", a, c)
        if b is not None and d is not None:
            one = do("fnma", b, d, one)
        two: int | None = None
        for left, right in ((a, d), (b, c)):
            if left is not None and right is not None:
                two = do("mul", left, right) if two is None else do("fma", left, right, two)
        return self.pair(one, two)

    def _inverse(self, a: int, b: int | None) -> int:
        # 1 / (a + i b) = (a - i b) / (a^2 + b^2): pivots of g I - J are as large as 1 / h and never near
        # the ends of the range of doubles
        do = self.real.do
        if b is None:
            return self.pair(do("inv", a))
        size = do("inv", do("fma", a, a, do("mul", b, b)))
        return self.pair(do("mul", a, size), do("neg", do("mul", b, size)))
