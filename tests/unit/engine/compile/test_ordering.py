from hypothesis import given
from hypothesis import strategies as st

from jakstat.engine.compile.ordering import markowitz_order


def fill(size: int, entries: set[tuple[int, int]], order: list[int]) -> int:
    pattern = {(i, j) for i, j in entries} | {(i, i) for i in range(size)}
    done: set[int] = set()
    for pivot in order:
        done.add(pivot)
        rows = [i for i in range(size) if i not in done and (i, pivot) in pattern]
        columns = [j for j in range(size) if j not in done and (pivot, j) in pattern]
        pattern |= {(i, j) for i in rows for j in columns}
    return len(pattern)


def test_an_arrow_is_eliminated_from_its_tips() -> None:
    size = 30
    arrow = {(0, i) for i in range(size)} | {(i, 0) for i in range(size)}
    assert (
        markowitz_order(size, arrow)[-1] == 0
        or fill(size, arrow, markowitz_order(size, arrow)) == 3 * size - 2
    )
    assert fill(size, arrow, list(range(size))) == size * size


@given(
    st.integers(1, 12).flatmap(
        lambda n: st.tuples(st.just(n), st.sets(st.tuples(*[st.integers(0, n - 1)] * 2)))
    )
)
def test_every_row_is_eliminated_once(case: tuple[int, set[tuple[int, int]]]) -> None:
    size, entries = case
    order = markowitz_order(size, entries)
    assert sorted(order) == list(range(size))
    assert order == markowitz_order(size, sorted(entries))
