"""Sparse LU without pivoting, written out as a straight-line program.

For the matrix M = g I - J of a Rosenbrock step the pattern is known, so elimination
is planned once: rows are taken in Markowitz order and reduced against the rows above
(up-looking: T. A. Davis, Direct Methods for Sparse Linear Systems,
doi:10.1137/1.9780898718881). The diagonal of M grows as the step shrinks, and a step whose
factors went wrong is refused by its error estimate, so pivoting is not needed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from jakstat.engine.compile.complex_pairs import PairBuilder
from jakstat.engine.compile.program import Builder

__all__ = ["Factors", "factorise", "solve"]


@dataclass(frozen=True, slots=True)
class Factors:
    """Where a factorisation keeps its numbers in array ``aux``.

    ``order`` is the elimination order; ``lower`` and ``upper`` list, for each row in
    that order, ``(column, place)``; ``pivot`` the place of each reciprocal pivot.
    """

    order: tuple[int, ...]
    lower: tuple[tuple[tuple[int, int], ...], ...]
    upper: tuple[tuple[tuple[int, int], ...], ...]
    pivot: tuple[int, ...]
    size: int


def factorise(
    builder: Builder | PairBuilder,
    order: list[int],
    row: Callable[[int], Mapping[int, int]],
    first: int,
) -> Factors:
    """Write the elimination of a matrix into ``builder``.

    Parameters
    ----------
    builder : Builder or PairBuilder
        The program, over real or complex numbers; factors are stored to its array ``aux``.
    order : list of int
        Elimination order.
    row : callable
        Gives the non-zero values of a row (by column), writing them on demand.
    first : int
        First free place of ``aux``.

    Returns
    -------
    Factors
        The places of the factors.
    """
    position = {r: i for i, r in enumerate(order)}
    places: dict[int, int] = {}

    def place(value: int) -> int:
        if value not in places:
            places[value] = first + len(places)
            builder.store("aux", places[value], value)
        return places[value]

    lower: list[tuple[tuple[int, int], ...]] = []
    upper: list[tuple[tuple[int, int], ...]] = []
    upper_values: list[dict[int, int]] = []
    pivot_values: list[int] = []
    pivots: list[int] = []
    for i, r in enumerate(order):
        work = {position[c]: v for c, v in row(r).items()}
        below: list[tuple[int, int]] = []
        while (k := min((c for c in work if c < i), default=-1)) >= 0:
            # l_ik = m_ik / u_kk, then row i loses l_ik times row k of U (fill-in where row i had nothing)
            factor = builder.do("mul", work.pop(k), pivot_values[k])
            below.append((k, place(factor)))
            for j, value in upper_values[k].items():
                if j in work:
                    work[j] = builder.do("fnma", factor, value, work[j])
                else:
                    work[j] = builder.do("neg", builder.do("mul", factor, value))
        pivot = builder.do("inv", work.pop(i))
        pivot_values.append(pivot)
        pivots.append(place(pivot))
        upper_values.append(dict(sorted(work.items())))
        upper.append(tuple((j, place(v)) for j, v in sorted(work.items())))
        lower.append(tuple(below))
    return Factors(tuple(order), tuple(lower), tuple(upper), tuple(pivots), first + len(places))


def solve(
    builder: Builder | PairBuilder, factors: Factors, right: Callable[[int], int], out: str, count: int = 1
) -> None:
    """Write the solutions of L U x = b into ``builder`` for ``count`` right sides that lie side by side.

    ``right`` gives b by place: row r of right side v is at r times ``count`` plus v, and so is the solution.
    """
    values: list[list[int]] = []
    # L z = b forwards, then U x = z backwards; the pivots are kept as reciprocals
    for i, r in enumerate(factors.order):
        totals = [right(r * count + v) for v in range(count)]
        for k, place in factors.lower[i]:
            entry = builder.load("aux", place)
            totals = [builder.do("fnma", entry, values[k][v], t) for v, t in enumerate(totals)]
        values.append(totals)
    for i in reversed(range(len(values))):
        totals = values[i]
        for j, place in factors.upper[i]:
            entry = builder.load("aux", place)
            totals = [builder.do("fnma", entry, values[j][v], t) for v, t in enumerate(totals)]
        pivot = builder.load("aux", factors.pivot[i])
        values[i] = [builder.do("mul", t, pivot) for t in totals]
        for v, value in enumerate(values[i]):
            builder.store(out, factors.order[i] * count + v, value)
