import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from jakstat.engine.compile.factorise import factorise, solve
from jakstat.engine.compile.ordering import markowitz_order
from jakstat.engine.compile.program import Builder
from program_values import run


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 12), st.integers(0, 2**32 - 1), st.floats(0.0, 0.6))
def test_solves_what_numpy_solves(size: int, seed: int, density: float) -> None:
    draw = np.random.default_rng(seed)
    matrix = np.where(draw.random((size, size)) < density, draw.normal(size=(size, size)), 0.0)
    matrix[np.diag_indices(size)] += size + 1.0
    right = draw.normal(size=size)
    entries = [(int(i), int(j)) for i, j in zip(*np.nonzero(matrix), strict=True)]
    builder, first = Builder(), 3
    factors = factorise(
        builder,
        markowitz_order(size, entries),
        lambda i: {j: builder.load("y", r * size + j) for r, j in entries if r == i},
        first,
    )
    stored = run(builder.operations, {"y": list(matrix.ravel())})
    aux = [stored.get(("aux", i), 0.0) for i in range(factors.size)]
    solver = Builder()
    solve(solver, factors, lambda r: solver.load("y", r), "out")
    answer = run(solver.operations, {"y": list(right), "aux": aux})
    assert np.allclose(
        [answer["out", i] for i in range(size)], np.linalg.solve(matrix, right), rtol=1e-10, atol=1e-12
    )
    assert all(index >= first for array, index in stored if array == "aux")


def test_a_diagonal_shared_by_rows_is_inverted_once() -> None:
    builder = Builder()
    factors = factorise(builder, [0, 1, 2], lambda i: {i: builder.load("aux", 0)}, 1)
    assert len(set(factors.pivot)) == 1
    assert sum(op.name == "inv" for op in builder.operations) == 1
