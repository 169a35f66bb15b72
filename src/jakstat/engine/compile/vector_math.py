"""exp, log, pow and a few more as vector functions in LLVM IR, the same bits in every lane.

Argument reduction and kernels follow fdlibm (log) and the usual two-part reduction by
ln 2 (exp); ``pow`` carries its logarithm in two doubles. Errors stay below 4 units in
the last place over the whole range, subnormal results included (tested against
mpmath). A function never branches on its argument, so a lane cannot alter its neighbours.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from dataclasses import dataclass, field

__all__ = ["FUNCTIONS", "BodyWriter", "constant", "vector", "vector_functions"]


def vector(width: int) -> str:
    """The LLVM type of one vector of lanes."""
    return f"<{width} x double>"


def literal(number: float) -> str:
    """A double as LLVM reads it back bit for bit."""
    return f"0x{struct.unpack('<Q', struct.pack('<d', number))[0]:016X}"


def constant(number: float, width: int) -> str:
    """The same number in every lane."""
    return "<" + ", ".join([f"double {literal(number)}"] * width) + ">"


@dataclass(slots=True)
class BodyWriter:
    """Writes one function body; every method appends a line and returns the value's name."""

    width: int
    lines: list[str] = field(default_factory=list)
    count: int = 0

    def put(self, text: str) -> str:
        """A line defining a new value."""
        name = f"%x{self.count}"
        self.count += 1
        self.lines.append(f"  {name} = {text}")
        return name

    @property
    def v(self) -> str:
        """Vector of doubles."""
        return vector(self.width)

    @property
    def i(self) -> str:
        """Vector of 64-bit integers."""
        return f"<{self.width} x i64>"

    def num(self, number: float) -> str:
        """A literal in every lane."""
        return constant(number, self.width)

    def whole(self, number: int) -> str:
        """An integer literal in every lane."""
        return "<" + ", ".join([f"i64 {number}"] * self.width) + ">"

    def op(self, name: str, a: str, b: str) -> str:
        """``fadd``, ``fsub``, ``fmul`` or ``fdiv``."""
        return self.put(f"{name} {self.v} {a}, {b}")

    def iop(self, name: str, a: str, b: str) -> str:
        """An integer operation."""
        return self.put(f"{name} {self.i} {a}, {b}")

    def neg(self, a: str) -> str:
        """``-a``."""
        return self.put(f"fneg {self.v} {a}")

    def fma(self, a: str, b: str, c: str) -> str:
        """``a * b + c`` rounded once."""
        return self.put(f"call {self.v} @llvm.fma.v{self.width}f64({self.v} {a}, {self.v} {b}, {self.v} {c})")

    def call(self, name: str, a: str) -> str:
        """A one-argument intrinsic."""
        return self.put(f"call {self.v} @llvm.{name}.v{self.width}f64({self.v} {a})")

    def test(self, order: str, a: str, b: str) -> str:
        """A comparison (``olt``, ``oeq``, ``uno``, ...)."""
        return self.put(f"fcmp {order} {self.v} {a}, {b}")

    def both(self, name: str, a: str, b: str) -> str:
        """``and``, ``or``, ``xor`` of masks."""
        return self.put(f"{name} <{self.width} x i1> {a}, {b}")

    def choose(self, mask: str, a: str, b: str) -> str:
        """``a`` where the mask holds, else ``b``."""
        return self.put(f"select <{self.width} x i1> {mask}, {self.v} {a}, {self.v} {b}")

    def bits(self, a: str) -> str:
        """Doubles seen as integers."""
        return self.put(f"bitcast {self.v} {a} to {self.i}")

    def double(self, a: str) -> str:
        """Integers seen as doubles."""
        return self.put(f"bitcast {self.i} {a} to {self.v}")


_LN2_HI = 6.93147180369123816490e-01
_LN2_LO = 1.90821492927058770002e-10
_SHIFT = 6755399441055744.0  # 1.5 * 2**52: adding it rounds to a whole number in the low bits
_SHIFT_BITS = 0x4338000000000000


def _power_of_two(w: BodyWriter, whole: str) -> str:
    """2**k for the integers k (given as i64, -1022..1023)."""
    return w.double(w.iop("shl", w.iop("add", whole, w.whole(1023)), w.whole(52)))


def _exp_of(w: BodyWriter, x: str, extra: str | None) -> str:
    """exp(x + extra) for x in about [-746, 710]; extra is tiny."""
    # exp(x) = 2^k exp(r), k = round(x / ln 2), r = x - k ln 2 with ln 2 in two parts (Cody and Waite,
    # recalled); exp(r) by its Taylor series to r^13, |r| <= 0.35
    shifted = w.fma(x, w.num(1.0 / math.log(2.0)), w.num(_SHIFT))
    k = w.iop("sub", w.bits(shifted), w.whole(_SHIFT_BITS))
    n = w.op("fsub", shifted, w.num(_SHIFT))
    r = w.fma(n, w.num(-_LN2_HI), x)
    low = w.op("fmul", n, w.num(-_LN2_LO))
    if extra is not None:
        low = w.op("fadd", low, extra)
    r_all = w.op("fadd", r, low)
    low = w.op("fsub", low, w.op("fsub", r_all, r))
    r2 = w.op("fmul", r_all, r_all)
    odd, even = w.num(1.0 / math.factorial(13)), w.num(1.0 / math.factorial(12))
    for degree in (11, 9, 7, 5, 3):
        odd = w.fma(odd, r2, w.num(1.0 / math.factorial(degree)))
        even = w.fma(even, r2, w.num(1.0 / math.factorial(degree - 1)))
    tail = w.fma(odd, r_all, even)  # (exp(r) - 1 - r) / r**2
    correction = w.fma(tail, r2, w.fma(low, r_all, low))
    total = w.op("fadd", w.num(1.0), w.op("fadd", r_all, correction))
    half = w.iop("ashr", k, w.whole(1))
    rest = w.iop("sub", k, half)
    return w.op("fmul", w.op("fmul", total, _power_of_two(w, half)), _power_of_two(w, rest))


def _clamp(w: BodyWriter, x: str) -> str:
    """X within [-746, 710], NaN becoming 0 (restored by the caller)."""
    top = w.choose(w.test("olt", x, w.num(710.0)), x, w.num(710.0))
    low = w.choose(w.test("ogt", top, w.num(-746.0)), top, w.num(-746.0))
    return w.choose(w.test("ord", x, x), low, w.num(0.0))


def _exp(w: BodyWriter) -> str:
    x = "%a"
    inside = _exp_of(w, _clamp(w, x), None)
    top = w.choose(w.test("ogt", x, w.num(709.782712893384)), w.num(math.inf), inside)
    return w.choose(w.test("uno", x, x), x, top)


def _mantissa(w: BodyWriter, x: str) -> tuple[str, str]:
    """(k, f) with x = 2**k (1 + f), 1 + f in [sqrt(1/2), sqrt(2)); x > 0, subnormals too."""
    tiny = w.test("olt", x, w.num(2.2250738585072014e-308))
    grown = w.choose(tiny, w.op("fmul", x, w.num(2.0**54)), x)
    bits = w.bits(grown)
    exponent = w.iop("ashr", w.iop("sub", bits, w.whole(0x3FE6A09E667F3BCD)), w.whole(52))
    mantissa = w.double(w.iop("sub", bits, w.iop("shl", exponent, w.whole(52))))
    shifted = w.double(w.iop("add", exponent, w.whole(_SHIFT_BITS)))
    k = w.op("fsub", shifted, w.num(_SHIFT))
    k = w.op("fsub", k, w.choose(tiny, w.num(54.0), w.num(0.0)))
    return k, w.op("fsub", mantissa, w.num(1.0))


# Lg1 .. Lg7 of fdlibm's e_log.c (Sun Microsystems 1993):
# log(1 + f) = f - f^2/2 + s (f^2/2 + R(s^2)), s = f/(2 + f)
_LOG_KERNEL = (
    6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01,
    2.222219843214978396e-01, 1.818357216161805012e-01, 1.531383769920937332e-01,
    1.479819860511658591e-01,
)  # fmt: skip


def _log(w: BodyWriter) -> str:
    x = "%a"
    k, f = _mantissa(w, x)
    s = w.op("fdiv", f, w.op("fadd", f, w.num(2.0)))
    z = w.op("fmul", s, s)
    series = w.num(_LOG_KERNEL[-1])
    for coefficient in reversed(_LOG_KERNEL[:-1]):
        series = w.fma(series, z, w.num(coefficient))
    series = w.op("fmul", series, z)
    half = w.op("fmul", w.num(0.5), w.op("fmul", f, f))
    inner = w.fma(s, w.op("fadd", half, series), w.op("fmul", k, w.num(_LN2_LO)))
    inside = w.op("fsub", w.op("fmul", k, w.num(_LN2_HI)), w.op("fsub", w.op("fsub", half, inner), f))
    return _log_edges(w, x, inside)


def _log_edges(w: BodyWriter, x: str, inside: str) -> str:
    result = w.choose(w.test("oeq", x, w.num(math.inf)), x, inside)
    result = w.choose(w.test("oeq", x, w.num(0.0)), w.num(-math.inf), result)
    return w.choose(w.test("uge", x, w.num(0.0)), w.choose(w.test("uno", x, x), x, result), w.num(math.nan))


def _two_product(w: BodyWriter, a: str, b: str) -> tuple[str, str]:
    high = w.op("fmul", a, b)  # the error of a product is a double (Dekker, doi:10.1007/BF01397083)
    return high, w.fma(a, b, w.neg(high))


def _quick_sum(w: BodyWriter, a: str, b: str) -> tuple[str, str]:
    """A + b in two doubles, |a| >= |b|."""
    high = w.op("fadd", a, b)
    return high, w.op("fsub", b, w.op("fsub", high, a))


def _log_pair(w: BodyWriter, x: str) -> tuple[str, str]:
    """Ln x in two doubles for finite x > 0."""
    # log(1 + f) = 2 artanh(s) = 2 s + 2 s^3/3 + 2 s^5/5 + ..., s = f / (2 + f); first terms in two doubles
    k, f = _mantissa(w, x)
    d, d_low = _quick_sum(w, w.num(2.0), f)
    s = w.op("fdiv", f, d)
    s_low = w.op("fdiv", w.fma(w.neg(s), d_low, w.fma(w.neg(s), d, f)), d)
    z, z_low = _two_product(w, s, s)
    z_low = w.fma(w.op("fadd", s, s), s_low, z_low)
    series = w.num(2.0 / 23.0)
    for degree in (21, 19, 17, 15, 13, 11, 9, 7, 5):
        series = w.fma(series, z, w.num(2.0 / degree))
    third = 2.0 / 3.0
    third_low = 3.700743415417188e-17  # 2/3 - third
    q, q_low = _quick_sum(w, w.num(third), w.fma(series, z, w.num(third_low)))
    p, p_low = _two_product(w, z, q)
    p_low = w.fma(z, q_low, w.fma(z_low, q, p_low))
    u, u_low = _two_product(w, s, p)
    u_low = w.fma(s, p_low, w.fma(s_low, p, u_low))
    high, low = _quick_sum(w, w.op("fmul", s, w.num(2.0)), u)
    low = w.op("fadd", low, w.fma(s_low, w.num(2.0), u_low))
    base = w.op("fmul", k, w.num(_LN2_HI))  # exact: ln2_hi has 32 trailing zero bits
    total = w.op("fadd", base, high)
    back = w.op("fsub", total, base)
    error = w.op("fadd", w.op("fsub", base, w.op("fsub", total, back)), w.op("fsub", high, back))
    return _quick_sum(w, total, w.op("fadd", error, w.fma(k, w.num(_LN2_LO), low)))


def _pow(w: BodyWriter) -> str:
    x, y = "%a", "%b"
    size = w.call("fabs", x)
    # x^y = exp(y log x): the logarithm needs about 11 bits more than a double for a result to 1 ulp
    high, low = _log_pair(w, size)
    product = w.op("fmul", y, high)
    rest = w.fma(y, low, w.fma(y, high, w.neg(product)))
    clear = w.both("and", w.test("olt", product, w.num(710.0)), w.test("ogt", product, w.num(-746.0)))
    inside = _exp_of(w, _clamp(w, product), w.choose(clear, rest, w.num(0.0)))
    result = w.choose(w.test("ogt", product, w.num(709.79)), w.num(math.inf), inside)
    result = w.choose(w.test("olt", product, w.num(-745.2)), w.num(0.0), result)
    return _pow_edges(w, x, y, size, result)


def _pow_edges(w: BodyWriter, x: str, y: str, size: str, result: str) -> str:
    """The special cases of C's ``pow``."""
    zero, one, inf = w.num(0.0), w.num(1.0), w.num(math.inf)
    grows = w.test("ogt", y, zero)
    at_zero = w.choose(grows, zero, inf)
    at_inf = w.choose(grows, inf, zero)
    result = w.choose(w.test("oeq", size, zero), at_zero, result)
    result = w.choose(w.test("oeq", size, inf), at_inf, result)
    endless = w.test("oeq", w.call("fabs", y), inf)
    above = w.test("ogt", size, one)
    far = w.choose(w.both("xor", above, grows), zero, inf)
    result = w.choose(endless, w.choose(w.test("oeq", size, one), one, far), result)
    whole = w.test("oeq", w.call("floor", y), y)
    half = w.op("fmul", y, w.num(0.5))
    odd = w.both("and", whole, w.test("une", w.call("floor", half), half))
    negative = w.put(f"icmp slt {w.i} {w.bits(x)}, {w.whole(0)}")
    result = w.choose(w.both("and", negative, odd), w.neg(result), result)
    broken = w.both("and", w.test("olt", x, zero), w.put(f"xor <{w.width} x i1> {whole}, {_ones(w)}"))
    broken = w.both("and", broken, w.test("olt", size, inf))
    result = w.choose(broken, w.num(math.nan), result)
    odd_one = w.both("or", w.test("uno", x, x), w.test("uno", y, y))
    result = w.choose(odd_one, w.num(math.nan), result)
    trivial = w.both("or", w.test("oeq", y, zero), w.test("oeq", x, one))
    return w.choose(trivial, one, result)


def _ones(w: BodyWriter) -> str:
    return "<" + ", ".join(["i1 true"] * w.width) + ">"


def _sign(w: BodyWriter) -> str:
    zero = w.num(0.0)
    below = w.choose(w.test("olt", "%a", zero), w.num(-1.0), "%a")
    return w.choose(w.test("ogt", "%a", zero), w.num(1.0), below)


def _call(w: BodyWriter, name: str, a: str) -> str:
    return w.put(f"call {w.v} @jk_{name}({w.v} {a})")


def _copysign(w: BodyWriter, size: str, sign: str) -> str:
    return w.put(f"call {w.v} @llvm.copysign.v{w.width}f64({w.v} {size}, {w.v} {sign})")


def _asinh(w: BodyWriter) -> str:
    # asinh x = log1p(x + x^2 / (1 + sqrt(x^2 + 1))), which loses no digits near 0 (fdlibm's s_asinh.c)
    x = w.call("fabs", "%a")
    square = w.op("fmul", x, x)
    root = w.call("sqrt", w.op("fadd", square, w.num(1.0)))
    more = w.op("fadd", x, w.op("fdiv", square, w.op("fadd", root, w.num(1.0))))
    small = w.put(f"call {w.v} @jk_log1p({w.v} {more})")
    large = w.op("fadd", _call(w, "log", x), w.num(math.log(2.0)))
    return _copysign(w, w.choose(w.test("ogt", x, w.num(1e150)), large, small), "%a")


def _acosh(w: BodyWriter) -> str:
    below = w.op("fsub", "%a", w.num(1.0))
    root = w.call("sqrt", w.op("fmul", below, w.op("fadd", "%a", w.num(1.0))))
    small = w.put(f"call {w.v} @jk_log1p({w.v} {w.op('fadd', below, root)})")
    large = w.op("fadd", _call(w, "log", "%a"), w.num(math.log(2.0)))
    return w.choose(w.test("ogt", "%a", w.num(1e150)), large, small)


def _atanh(w: BodyWriter) -> str:
    x = w.call("fabs", "%a")
    # atanh x = log1p(2 x / (1 - x)) / 2 (fdlibm's e_atanh.c)
    ratio = w.op("fdiv", w.op("fadd", x, x), w.op("fsub", w.num(1.0), x))
    half = w.op("fmul", w.num(0.5), w.put(f"call {w.v} @jk_log1p({w.v} {ratio})"))
    return _copysign(w, half, "%a")


def _log1p(w: BodyWriter) -> str:
    # log(1 + x) with what 1 + x lost in rounding put back to first order: log(t) + (x - (t - 1)) / t
    total = w.op("fadd", w.num(1.0), "%a")
    lost = w.op("fsub", "%a", w.op("fsub", total, w.num(1.0)))
    log = w.op("fadd", _call(w, "log", total), w.op("fdiv", lost, total))
    return w.choose(w.test("oeq", total, w.num(math.inf)), total, log)


def _factorial(w: BodyWriter) -> str:
    """N! for whole n in 0..170 by products, infinity above, NaN elsewhere."""
    result = w.num(1.0)
    for k in range(2, 171):
        here = w.test("oge", "%a", w.num(float(k)))
        result = w.choose(here, w.op("fmul", result, w.num(float(k))), result)
    result = w.choose(w.test("ogt", "%a", w.num(170.0)), w.num(math.inf), result)
    whole = w.both("and", w.test("oeq", w.call("floor", "%a"), "%a"), w.test("oge", "%a", w.num(0.0)))
    return w.choose(whole, result, w.num(math.nan))


FUNCTIONS: dict[str, tuple[int, Callable[[BodyWriter], str], tuple[str, ...]]] = {
    "exp": (1, _exp, ()),
    "log": (1, _log, ()),
    "pow": (2, _pow, ()),
    "sign": (1, _sign, ()),
    "log1p": (1, _log1p, ("log",)),
    "asinh": (1, _asinh, ("log", "log1p")),
    "acosh": (1, _acosh, ("log", "log1p")),
    "atanh": (1, _atanh, ("log", "log1p")),
    "factorial": (1, _factorial, ()),
}
"""Name: (number of arguments, body, functions it calls)."""


def vector_functions(names: set[str], width: int) -> str:
    """The definitions of the named functions and of those they call.

    Examples
    --------
    >>> vector_functions({"exp"}, 4).startswith("define internal <4 x double> @jk_exp")
    True
    """
    wanted = set(names)
    for name in names:
        wanted.update(FUNCTIONS[name][2])
    texts = []
    for name in sorted(wanted):
        arity, body, _ = FUNCTIONS[name]
        writer = BodyWriter(width)
        result = body(writer)
        args = ", ".join(f"{writer.v} %{a}" for a in "ab"[:arity])
        head = f"define internal {writer.v} @jk_{name}({args}) nounwind {{"
        texts.append("\n".join([head, *writer.lines, f"  ret {writer.v} {result}", "}"]))
    return "\n".join(texts)
