"""Conservation laws: weighted sums of states that no reaction changes.

They are the left null space of the stoichiometry, found by exact elimination in fractions
(doi:10.1038/npg.els.0003435 explains the moieties behind them).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from jakstat.engine.network.network import Network

__all__ = ["Laws", "conservation_laws"]

Row = dict[int, Fraction]


@dataclass(frozen=True, slots=True)
class Laws:
    """``weights`` (laws, states), and for each law the state that it gives from the others."""

    weights: NDArray[np.float64]
    dependent: tuple[int, ...]


def _changes(network: Network, states: Sequence[str]) -> list[Row | None]:
    """What each reaction does to each state; None for states that obey no fixed stoichiometry."""
    place = {name: i for i, name in enumerate(states)}
    rows: list[Row | None] = [{} for _ in states]
    loose = {a.variable for a in network.rate_rules}
    factors = {s.id: s.conversion_factor or network.conversion_factor for s in network.species}
    for number, reaction in enumerate(network.reactions):
        if reaction.rate is None:
            continue
        for sign, references in ((-1, reaction.reactants), (1, reaction.products)):
            for reference in references:
                i = place.get(reference.species)
                if i is None:
                    continue
                if reference.id is not None or factors[reference.species] is not None:
                    loose.add(reference.species)
                amount = 1.0 if reference.stoichiometry is None else reference.stoichiometry
                row = rows[i]
                if row is not None and np.isfinite(amount):
                    row[number] = row.get(number, Fraction(0)) + sign * Fraction(amount)
    return [None if name in loose else row for name, row in zip(states, rows, strict=True)]


def _reduced(row: Row, basis: dict[int, tuple[Row, Row]], combination: Row) -> tuple[Row, Row]:
    """The row after elimination by the basis, with the combination of states that made it."""
    row, combination = {k: v for k, v in row.items() if v}, dict(combination)
    while True:
        pivot = next((k for k in sorted(row) if k in basis), None)
        if pivot is None:
            return row, combination
        base, made = basis[pivot]
        factor = row[pivot] / base[pivot]
        for target, source in ((row, base), (combination, made)):
            for k, v in source.items():
                new = target.get(k, Fraction(0)) - factor * v
                if new:
                    target[k] = new
                else:
                    target.pop(k, None)


def conservation_laws(network: Network, states: Sequence[str]) -> Laws:
    """All independent conservation laws among the states of a network.

    Examples
    --------
    >>> from jakstat.engine.network.network import Network
    >>> empty = Network("", "", 3, 2, (), (), (), (), (), (), (), (), None, "", "", "")
    >>> conservation_laws(empty, []).weights.shape
    (0, 0)
    """
    basis: dict[int, tuple[Row, Row]] = {}
    laws: list[tuple[Row, int]] = []
    for i, changes in enumerate(_changes(network, states)):
        if changes is None:
            continue
        row, combination = _reduced(changes, basis, {i: Fraction(1)})
        if row:
            basis[min(row)] = (row, combination)
        else:
            laws.append((combination, i))
    weights = np.zeros((len(laws), len(states)))
    for k, (combination, _) in enumerate(laws):
        for i, value in combination.items():
            weights[k, i] = float(value)
    return Laws(weights, tuple(i for _, i in laws))
