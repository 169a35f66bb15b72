import math
from dataclasses import replace

import mpmath
import numpy as np
import pytest

from jakstat.engine.compile.machine import host
from jakstat.engine.compile.program import Builder
from jakstat.engine.compile.vector_math import FUNCTIONS, literal, vector_functions
from kernel_calls import call_rows

SPECIAL = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    2.0,
    -2.0,
    0.5,
    -0.5,
    3.0,
    -3.0,
    math.inf,
    -math.inf,
    math.nan,
    1e308,
    5e-324,
    1e-310,
]


def apply(name: str, *inputs: np.ndarray, width: int | None = None) -> np.ndarray:
    machine = host() if width is None else replace(host(), width=width)
    builder = Builder()
    builder.store("out", 0, builder.do(name, *(builder.load("y", i) for i in range(len(inputs)))))
    return call_rows(builder.operations, np.column_stack(inputs), 1, machine)[:, 0]


def units(found: np.ndarray, exact: list[mpmath.mpf]) -> float:
    """Largest error in units in the last place of the double nearest to the exact value."""
    worst = 0.0
    for a, b in zip(found, exact, strict=True):
        near = float(b)
        if near == 0.0 or math.isinf(near):
            worst = max(worst, 0.0 if a == near or abs(a - near) <= 5e-324 else math.inf)
        else:
            worst = max(
                worst, abs(float((mpmath.mpf(float(a)) - b) / mpmath.mpf(float(np.spacing(abs(near))))))
            )
    return worst


@pytest.fixture(autouse=True)
def digits():
    with mpmath.workprec(200):
        yield


draw = np.random.default_rng(5)
WIDE = {
    "exp": np.concatenate(
        [draw.uniform(-745.2, 709.7, 1500), draw.uniform(-1, 1, 500), draw.normal(size=300) * 1e-9]
    ),
    "log": np.concatenate(
        [
            10 ** draw.uniform(-323, 308, 1500),
            draw.uniform(0.5, 2, 1000),
            draw.uniform(0.93, 1.1, 1000),
            1 + draw.normal(size=300) * 1e-9,
        ]
    ),
    "log1p": np.concatenate([draw.uniform(-0.99, 3, 500), draw.normal(size=300) * 1e-9]),
    "asinh": draw.normal(size=500) * 10 ** draw.uniform(-10, 10, 500),
    "acosh": 1 + 10 ** draw.uniform(-8, 8, 500),
    "atanh": draw.uniform(-1, 1, 500),
    "factorial": np.arange(0.0, 25.0),
}


@pytest.mark.parametrize("name", sorted(WIDE))
def test_error_below_four_units_in_the_last_place(name: str) -> None:
    function = getattr(mpmath, name)
    limit = 1.2 if name in ("exp", "log") else 4.0
    assert units(apply(name, WIDE[name]), [function(mpmath.mpf(float(x))) for x in WIDE[name]]) <= limit


def _reaching(base: np.ndarray, log: float) -> np.ndarray:
    """Exponents that make exp(-log) .. exp(log) of the bases."""
    return draw.uniform(-log, log, len(base)) / np.log(base)


def test_power_error_below_four_units_subnormal_results_included() -> None:
    bases = {
        "around 1": draw.uniform(0.9, 1.13, 2000),
        "very near 1": 1 + draw.normal(size=500) * 1e-9,
        "anywhere": 10 ** draw.uniform(-300, 300, 1000),
        "subnormal": 10 ** draw.uniform(-323, -308, 500),
        "middling": draw.uniform(0.5, 2, 1000),
    }
    pairs = {name: (base, _reaching(base, 746.0)) for name, base in bases.items()}
    pairs["of a rate"] = 10 ** draw.uniform(-6, 6, 2000), draw.uniform(-8, 8, 2000)
    for name, (base, exponent) in pairs.items():
        exact = [mpmath.power(mpmath.mpf(float(a)), float(b)) for a, b in zip(base, exponent, strict=True)]
        assert units(apply("pow", base, exponent), exact) <= (1.2 if name == "of a rate" else 4.0), name


def test_special_values_are_those_of_c() -> None:
    pairs = [(a, b) for a in SPECIAL for b in SPECIAL]
    base, exponent = (np.array(column) for column in zip(*pairs, strict=True))
    with np.errstate(all="ignore"):
        expected = np.power(base, exponent)
    found = apply("pow", base, exponent)
    assert np.allclose(found, expected, rtol=1e-15, atol=0, equal_nan=True)
    zeros = expected == 0
    assert (np.signbit(found[zeros]) == np.signbit(expected[zeros])).all()
    x = np.array(SPECIAL)
    with np.errstate(all="ignore"):
        assert np.allclose(apply("exp", x), np.exp(x), rtol=1e-15, atol=0, equal_nan=True)
        assert np.allclose(apply("log", x), np.log(x), rtol=1e-15, atol=0, equal_nan=True)
    assert list(apply("sign", np.array([-3.0, 0.0, 2.0]))) == [-1.0, 0.0, 1.0]
    assert np.isnan(apply("factorial", np.array([1.5, -1.0]))).all()
    assert np.isinf(apply("factorial", np.array([171.0]))).all()


@pytest.mark.parametrize("name", ["exp", "log", "pow"])
def test_bits_do_not_depend_on_lane_or_neighbours(name: str) -> None:
    count = FUNCTIONS[name][0]
    values = [10 ** draw.uniform(-2, 2, 64) for _ in range(count)]
    whole = apply(name, *values)
    order = draw.permutation(64)
    assert (apply(name, *(v[order] for v in values)) == whole[order]).all()
    spoilt = [v.copy() for v in values]
    for v in spoilt:
        v[::2] = [math.nan, math.inf, 1e308, 5e-324, -1.0, 0.0, -math.inf, 1e-310] * 4
    assert (apply(name, *spoilt)[1::2] == whole[1::2]).all()
    odd = apply(name, *spoilt)
    assert (apply(name, *spoilt, width=4).view(np.int64) == odd.view(np.int64))[~np.isnan(odd)].all()
    for lane in range(8):  # one special lane among seven ordinary ones
        spoilt = [v.copy() for v in values]
        spoilt[0][lane::8] = -2.0
        others = np.arange(64) % 8 != lane
        assert (apply(name, *spoilt) == whole)[others].all()
    assert (apply(name, *values, width=4) == whole).all()


def test_literals_are_bit_exact() -> None:
    assert literal(1.0) == "0x3FF0000000000000"
    assert literal(-0.0) == "0x8000000000000000"
    assert "jk_log1p" in vector_functions({"asinh"}, 4)
