"""The order of elimination that keeps a sparse LU sparse.

Greedy Markowitz choice on the diagonal (doi:10.1287/mnsc.3.3.255): at each step the
pivot with the smallest product of remaining row and column counts, ties by index.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["markowitz_order"]


def markowitz_order(size: int, entries: Iterable[tuple[int, int]]) -> list[int]:
    """The elimination order of a square pattern whose diagonal is structurally full.

    Parameters
    ----------
    size : int
        Number of rows.
    entries : iterable of (row, column)
        Structural non-zeros; the diagonal is implied.

    Returns
    -------
    list of int
        Rows (and columns) in the order in which they are eliminated.

    Examples
    --------
    >>> markowitz_order(3, [(0, 1), (0, 2), (1, 0), (2, 0)])
    [1, 0, 2]
    """
    columns: list[set[int]] = [set() for _ in range(size)]  # of row i
    rows: list[set[int]] = [set() for _ in range(size)]  # of column j
    for i, j in entries:
        if i != j:
            columns[i].add(j)
            rows[j].add(i)
    left = set(range(size))
    order: list[int] = []
    while left:
        pivot = min(left, key=lambda k: (len(columns[k]) * len(rows[k]), len(columns[k]) + len(rows[k]), k))
        left.remove(pivot)
        order.append(pivot)
        for i in rows[pivot]:
            columns[i].discard(pivot)
            new = columns[pivot] - columns[i] - {i}
            columns[i] |= new
            for j in new:
                rows[j].add(i)
        for j in columns[pivot]:
            rows[j].discard(pivot)
        columns[pivot], rows[pivot] = set(), set()
    return order
