"""exp, log, pow and a few more as vector functions in LLVM IR, the same bits in every lane.

``exp`` and ``log`` take a short table and a polynomial; ``pow`` carries its logarithm in two doubles.
Errors stay below 1.2 units in the last place, those of ``pow`` below 4 over the whole range, subnormal
numbers included (tested against mpmath). The result of a lane is never taken by a branch: ``pow`` leaves out
its special cases where no lane has one, and where one has, the others keep what they had.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from functools import lru_cache

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


_SHIFT = 6755399441055744.0  # 1.5 * 2**52: adding it rounds to a whole number in the low bits
_SHIFT_BITS = 0x4338000000000000
_COARSE = 1.5 * 2.0**48  # adding it rounds to a whole number of sixteenths
_COARSE_BITS = 0x42F8000000000000
_PLACES = 16  # entries of each table: what one permutation of two AVX-512 registers reaches

# 32 / c for the sixteenth of a binade that holds m, 3/4 <= m < 3/2. With so few bits r = m / c - 1 is exact,
# -1/32 <= r < 1/16; where m is near 1, c = 1, so that nothing is lost there
_NEAR = (32, 30, 28, 27, 25, 24, 23, 22, 42, 40, 39, 38, 36, 35, 34, 32)
# log(1 + r) = r - r^2/2 + r^3 (q0 + q1 r + ...) to 2^-66 of it, exp(r) = 1 + r + r^2 (e0 + ...) to 2^-56
# for |r| <= ln 2 / 32: both have the least largest error (Remez's exchange, our own fit)
_LOG_KERNEL = tuple(map(float.fromhex, (
    "0x1.5555555555553p-2", "-0x1.0000000000004p-2", "0x1.99999999a165ep-3", "-0x1.555555558c0d5p-3",
    "0x1.249248e6a39b9p-3", "-0x1.fffff91abd7adp-4", "0x1.c71de5f9b7b93p-4", "-0x1.99b922c1c86e3p-4",
    "0x1.734d7bc40b67ap-4", "-0x1.2921a2129230fp-4",
)))  # fmt: skip
_EXP_KERNEL = tuple(map(float.fromhex, (
    "0x1.0000000000005p-1", "0x1.555555548ebfdp-3", "0x1.555555545d5dap-5", "0x1.11123b45feee6p-7",
    "0x1.6c185ef9f495bp-10",
)))  # fmt: skip


def _two_parts(exact: Decimal, step: int) -> tuple[float, float]:
    """A number as a multiple of 2**-step and the rest."""
    high = round(exact * 2**step) / 2.0**step
    return high, float(exact - Decimal(high))


@lru_cache(maxsize=1)
def _tables() -> dict[str, tuple[float, ...]]:
    """The tables by name: 1 / c, log c in two parts, and 2^(i/16)."""
    with localcontext() as precise:
        precise.prec = 50
        logs = [_two_parts((Decimal(32) / n).ln(), 42) for n in _NEAR]
        roots = tuple(float(Decimal(2) ** (Decimal(i) / _PLACES)) for i in range(_PLACES))
    return {"near": tuple(n / 32 for n in _NEAR), "high": tuple(h for h, _ in logs),
            "low": tuple(rest for _, rest in logs), "roots": roots}  # fmt: skip


@lru_cache(maxsize=1)
def _log_of_two() -> tuple[float, float]:
    """Ln 2 in two parts; k times the first is exact for every exponent k, its sixteenths too."""
    with localcontext() as precise:
        precise.prec = 50
        return _two_parts(Decimal(2).ln(), 38)


def _look_up(w: BodyWriter, name: str, place: str) -> str:
    """The entry of a table at the low four bits of ``place``."""
    table = _tables()[name]
    if w.width == 8:
        low, high = (
            "<" + ", ".join(f"double {literal(x)}" for x in half) + ">" for half in (table[:8], table[8:])
        )
        return w.put(
            f"call {w.v} @llvm.x86.avx512.vpermi2var.pd.512({w.v} {low}, {w.i} {place}, {w.v} {high})"
        )
    inside = w.iop("and", place, w.whole(_PLACES - 1))
    where = w.put(f"getelementptr double, ptr @jk_table_{name}, {w.i} {inside}")
    mask = "<" + ", ".join(["i1 true"] * w.width) + ">"
    return w.put(
        f"call {w.v} @llvm.masked.gather.v{w.width}f64.v{w.width}p0(<{w.width} x ptr> {where}, i32 8, "
        f"<{w.width} x i1> {mask}, {w.v} poison)"
    )


def _split(w: BodyWriter, x: str) -> tuple[str, str]:
    """(k, m) with |x| = 2**k m, 3/4 <= m < 3/2; x finite, not 0 (k is -inf there), subnormals too."""
    if w.width == 8:
        same = f"{w.v} zeroinitializer, i8 -1, i32 4"
        k = w.put(f"call {w.v} @llvm.x86.avx512.mask.getexp.pd.512({w.v} {x}, {same})")
        # 7: m between 3/4 and 3/2, without its sign
        m = w.put(f"call {w.v} @llvm.x86.avx512.mask.getmant.pd.512({w.v} {x}, i32 7, {same})")
        return w.choose(w.test("olt", m, w.num(1.0)), w.op("fadd", k, w.num(1.0)), k), m
    size = w.call("fabs", x)
    tiny = w.test("olt", size, w.num(2.2250738585072014e-308))
    bits = w.bits(w.choose(tiny, w.op("fmul", size, w.num(2.0**54)), size))
    exponent = w.iop("ashr", w.iop("sub", bits, w.whole(0x3FE8000000000000)), w.whole(52))
    m = w.double(w.iop("sub", bits, w.iop("shl", exponent, w.whole(52))))
    k = w.op("fsub", w.double(w.iop("add", exponent, w.whole(_SHIFT_BITS))), w.num(_SHIFT))
    k = w.op("fsub", k, w.choose(tiny, w.num(54.0), w.num(0.0)))
    return w.choose(w.test("oeq", size, w.num(0.0)), w.num(-math.inf), k), m


def _scaled(w: BodyWriter, x: str, n: str, shifted: str) -> str:
    """X times 2^floor(n) for |n| < 2000, rounded once; ``shifted`` is n in sixteenths above ``_COARSE``."""
    if w.width == 8:
        return w.put(
            f"call {w.v} @llvm.x86.avx512.mask.scalef.pd.512({w.v} {x}, {w.v} {n}, {w.v} zeroinitializer, "
            "i8 -1, i32 4)"
        )
    k = w.iop("ashr", w.iop("sub", w.bits(shifted), w.whole(_COARSE_BITS)), w.whole(4))
    half = w.iop("ashr", k, w.whole(1))
    rest = w.iop("sub", k, half)
    return w.op("fmul", w.op("fmul", x, _power_of_two(w, half)), _power_of_two(w, rest))


def _power_of_two(w: BodyWriter, whole: str) -> str:
    """2**k for the integers k (given as i64, -1022..1023)."""
    return w.double(w.iop("shl", w.iop("add", whole, w.whole(1023)), w.whole(52)))


def _series(w: BodyWriter, x: str, square: str, coefficients: tuple[float, ...]) -> str:
    """A polynomial in pairs, then pairs of pairs (Estrin): shorter to wait for than Horner's rule."""
    terms = [w.num(c) for c in coefficients]
    power = x
    while len(terms) > 1:
        pairs = [w.fma(b, power, a) for a, b in zip(terms[::2], terms[1::2], strict=False)]
        terms = [*pairs, *terms[len(pairs) * 2 :]]
        if len(terms) > 1:
            power = square if power == x else w.op("fmul", power, power)
    return terms[0]


def _exp_of(w: BodyWriter, x: str, extra: str | None) -> str:
    """exp(x + extra) for x in about [-1300, 1300], extra below 2."""
    # x = n ln 2 + r, n in sixteenths, exp(x) = 2^n exp(r), 2^(n - floor n) from a table (Tang,
    # doi:10.1145/63522.214389)
    two, two_low = _log_of_two()
    whole = x if extra is None else w.op("fadd", x, extra)
    shifted = w.fma(whole, w.num(1.0 / math.log(2.0)), w.num(_COARSE))
    n = w.op("fsub", shifted, w.num(_COARSE))
    r = w.fma(n, w.num(-two), x)
    if extra is None:
        r = w.fma(n, w.num(-two_low), r)
    else:
        r = w.op("fadd", r, w.fma(n, w.num(-two_low), extra))
    square = w.op("fmul", r, r)
    root = _look_up(w, "roots", w.bits(shifted))
    rest = w.fma(_series(w, r, square, _EXP_KERNEL), square, r)
    return _scaled(w, w.fma(root, rest, root), n, shifted)


def _exp(w: BodyWriter) -> str:
    # bounds from which on the result is infinite or 0 anyway; a NaN passes both comparisons
    x = w.choose(w.test("olt", w.num(710.0), "%a"), w.num(710.0), "%a")
    return _exp_of(w, w.choose(w.test("ogt", w.num(-746.0), x), w.num(-746.0), x), None)


def _near(w: BodyWriter, x: str) -> tuple[str, str, str]:
    """(high, low, r) with ln |x| = high + low + log(1 + r); high + r loses nothing in two doubles."""
    # |x| = 2^k c (1 + r), log x = k ln 2 + log c + log(1 + r) (Tang, doi:10.1145/98267.98294)
    k, m = _split(w, x)
    two, two_low = _log_of_two()
    place = w.iop("lshr", w.bits(m), w.whole(48))
    r = w.fma(m, _look_up(w, "near", place), w.num(-1.0))
    high = w.fma(k, w.num(two), _look_up(w, "high", place))
    return high, w.fma(k, w.num(two_low), _look_up(w, "low", place)), r


def _log(w: BodyWriter) -> str:
    x = "%a"
    high, low, r = _near(w, x)
    square = w.op("fmul", r, r)
    total = w.op("fadd", high, r)
    lost = w.op("fadd", w.op("fsub", high, total), r)  # Dekker, doi:10.1007/BF01397083
    curve = w.fma(_series(w, r, square, _LOG_KERNEL), r, w.num(-0.5))
    inside = w.op("fadd", total, w.fma(curve, square, w.op("fadd", lost, low)))
    ordinary = w.both("and", w.test("ogt", x, w.num(0.0)), w.test("olt", x, w.num(math.inf)))
    odd = w.choose(w.test("oeq", x, w.num(0.0)), w.num(-math.inf), w.num(math.nan))
    odd = w.choose(w.test("ogt", x, w.num(0.0)), x, odd)
    return w.choose(ordinary, inside, odd)


def _log_pair(w: BodyWriter, x: str) -> tuple[str, str]:
    """Ln |x| as a double and a rest of at most 1/700 of it, for finite x; -inf and NaN for 0."""
    high, low, r = _near(w, x)
    square = w.op("fmul", r, r)
    half = w.op("fmul", r, w.num(-0.5))
    # total = high + r - r^2/2, rounded; what that lost is found exactly, because high and total, and then
    # their difference and -r, are within a factor of two of each other (Sterbenz) or high is 0
    total = w.fma(half, r, w.op("fadd", high, r))
    lost = w.fma(half, r, w.op("fadd", w.op("fsub", high, total), r))
    cube = w.op("fmul", square, r)
    return total, w.fma(_series(w, r, square, _LOG_KERNEL), cube, w.op("fadd", lost, low))


def _pow(w: BodyWriter) -> str:
    x, y = "%a", "%b"
    # x^y = exp(y log x): the logarithm needs about 10 bits more than a double for a result to a few ulp
    high, low = _log_pair(w, x)
    product = w.op("fmul", y, high)
    rest = w.fma(y, low, w.fma(y, high, w.neg(product)))
    inside = _exp_of(w, product, rest)
    inside = w.choose(w.test("ogt", product, w.num(-746.0)), inside, w.num(0.0))
    # x >= +0 (its bits are a whole number below those of infinity) and no overflow: nothing else is looked
    # at; where a lane is not so, its result alone is replaced
    plain = w.put(f"icmp ult {w.i} {w.bits(x)}, {w.whole(0x7FF0000000000000)}")
    plain = w.both("and", plain, w.test("olt", product, w.num(1000.0)))
    all_plain = w.put(f"icmp eq i{w.width} {w.put(f'bitcast <{w.width} x i1> {plain} to i{w.width}')}, -1")
    w.lines += [f"  br i1 {all_plain}, label %done, label %rare", "rare:"]
    result = w.choose(w.test("ogt", product, w.num(709.79)), w.num(math.inf), inside)
    result = w.choose(plain, inside, _pow_edges(w, x, y, w.call("fabs", x), result))
    w.lines += ["  br label %done", "done:"]
    return w.put(f"phi {w.v} [ {inside}, %begin ], [ {result}, %rare ]")


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


def _table_text(name: str) -> str:
    entries = ", ".join(f"double {literal(x)}" for x in _tables()[name])
    return f"@jk_table_{name} = internal constant [{_PLACES} x double] [{entries}]"


def vector_functions(names: set[str], width: int) -> str:
    """The definitions of the named functions and of those they call.

    Examples
    --------
    >>> "define internal <8 x double> @jk_exp" in vector_functions({"exp"}, 8)
    True
    """
    wanted = set(names)
    for name in names:
        wanted.update(FUNCTIONS[name][2])
    texts = [] if width == 8 else [_table_text(name) for name in _tables()]
    for name in sorted(wanted):
        arity, body, _ = FUNCTIONS[name]
        writer = BodyWriter(width)
        result = body(writer)
        args = ", ".join(f"{writer.v} %{a}" for a in "ab"[:arity])
        head = f"define internal {writer.v} @jk_{name}({args}) nounwind {{"
        texts.append("\n".join([head, "begin:", *writer.lines, f"  ret {writer.v} {result}", "}"]))
    return "\n".join(texts)
