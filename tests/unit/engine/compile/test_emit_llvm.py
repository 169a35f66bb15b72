from dataclasses import replace

import numpy as np
import pytest

from jakstat.engine.compile import emit_llvm
from jakstat.engine.compile.emit_llvm import CHUNK, emit_kernel
from jakstat.engine.compile.machine import host
from jakstat.engine.compile.program import Builder
from kernel_calls import Compiled, call_rows
from program_values import run

UNARY = ["neg", "inv", "abs", "sqrt", "exp", "log", "sin", "tanh", "floor", "ceil", "trunc", "not", "sign"]
BINARY = ["add", "sub", "mul", "div", "max", "min", "lt", "le", "eq", "neq", "and", "or", "xor"]


def random_program(count: int, seed: int) -> Builder:
    """A long chain of operations whose values stay in (0, 4)."""
    draw = np.random.default_rng(seed)
    builder = Builder()
    values = [builder.load("y", i) for i in range(6)]
    half, one = builder.const(0.25), builder.const(1.0)
    for i in range(count):
        a, b, c = (values[int(k)] for k in draw.integers(0, len(values), 3))
        kind = i % 5
        if kind == 0:
            new = builder.do("fma", half, a, builder.do("mul", half, b))
        elif kind == 1:
            new = builder.do("inv", builder.do("add", one, a))
        elif kind == 2:
            new = builder.do("select", builder.do("lt", a, b), c, builder.do("mul", half, a))
        elif kind == 3:
            new = builder.do("abs", builder.do("fnma", half, a, b))
        else:
            new = builder.do("add", half, builder.do("mul", half, builder.do("max", a, b)))
        values.append(new)
        if i % 50 == 0:
            builder.store("out", i // 50, new)
    builder.store("out", -(-count // 50), values[-1])
    return builder


@pytest.mark.parametrize("width", [2, 4, 8])
def test_long_programs_agree_with_plain_evaluation(width: int) -> None:
    if width > host().width:
        pytest.skip("this processor has shorter vectors")
    count = 3 * CHUNK
    builder = random_program(count, 3)
    outputs = -(-count // 50) + 1
    rows = np.random.default_rng(1).uniform(0.1, 2.0, (width, 6))
    found = call_rows(builder.operations, rows, outputs, replace(host(), width=width))
    for row, got in zip(rows, found, strict=True):
        stored = run(builder.operations, {"y": list(row)})
        assert np.allclose(got, [stored["out", i] for i in range(outputs)], rtol=1e-12, atol=1e-15)


def test_pieces_pass_values_through_memory() -> None:
    kernel = emit_kernel("k", random_program(3 * CHUNK, 4).operations, 4)
    assert kernel.scratch > 0
    assert kernel.text.count("define internal void @k_") >= 3


def test_every_operation_has_a_vector_form() -> None:
    builder = Builder()
    x, y = builder.load("y", 0), builder.load("y", 1)
    names = UNARY + ["pow", *BINARY]
    for i, name in enumerate(names):
        builder.store("out", i, builder.do(name, x) if name in UNARY else builder.do(name, x, y))
    for x_value, y_value in ((0.5, 2.0), (2.0, 0.5), (1.5, 1.5)):
        got = call_rows(builder.operations, np.array([[x_value, y_value]]), len(names), host())[0]
        stored = run(builder.operations, {"y": [x_value, y_value]})
        assert np.allclose(got, [stored["out", i] for i in range(len(names))], rtol=1e-14)


def test_inverses_without_a_division_are_those_with_one() -> None:
    draw = np.random.default_rng(7)
    values = draw.choice([-1.0, 1.0], 4000) * 2.0 ** draw.uniform(-1020.0, 1020.0, 4000)
    odd = [0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, 2.0 - 2.0**-52, 2.0**-1022, 2.0**1021]
    values = np.concatenate([values, odd])
    builder = Builder()
    for i in range(4):  # of neighbours in a program, some are divided and some are not
        builder.store("out", i, builder.do("inv", builder.load("y", i)))
    found = call_rows(builder.operations, np.repeat(values[:, None], 4, axis=1), 4, host())
    with np.errstate(all="ignore"):
        exact = 1.0 / values
    for column in found.T:
        same = (column.view(np.int64) == exact.view(np.int64)) | (np.isnan(column) & np.isnan(exact))
        assert np.count_nonzero(~same) <= 1  # the all but halfway case 2 - 2^-52 may round otherwise
        assert np.allclose(column[~same], exact[~same], rtol=2.0**-52, atol=0.0)


def test_not_a_number_passes_through_extremes() -> None:
    builder = Builder()
    builder.store("out", 0, builder.do("max", builder.load("y", 0), builder.load("y", 1)))
    builder.store("out", 1, builder.do("min", builder.load("y", 0), builder.load("y", 1)))
    found = call_rows(builder.operations, np.array([[np.nan, 1.0]]), 2, host())
    assert np.isnan(found).all()


def test_unknown_operations_are_a_fault_of_ours() -> None:
    builder = Builder()
    builder.store("out", 0, builder.do("nonsense", builder.load("y", 0)))
    with pytest.raises(AssertionError, match="nonsense"):
        emit_kernel("k", builder.operations, 4)


def test_a_value_stored_in_a_later_piece_is_not_read_before_it_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(emit_llvm, "CHUNK", 3)
    builder = Builder()
    early = builder.do("add", builder.load("y", 0), builder.load("y", 1))
    late = early
    for _ in range(8):
        late = builder.do("mul", late, early)
    builder.store("out", 0, early)
    builder.store("out", 1, late)
    blocks = Compiled(builder.operations, host())({"y": np.full((2, host().width), 0.75)}, {"out": 2})
    assert blocks["out"][0][0] == 1.5
    assert blocks["out"][1][0] == pytest.approx(1.5**9)
