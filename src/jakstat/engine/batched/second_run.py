"""Lanes that meet a NaN are run a second time, with equations that reach a little further.

Whether and how a lane is run again rests on its own first run only, so that its bits do not depend on others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.engine.batched.fast_result import Lazy
from jakstat.engine.result import Result
from jakstat.errors import Outcome

__all__ = ["second_run"]

ROUNDING = 1e-6
"""How far below 0 a base may come, as a share of the largest it reaches."""
NOISE = 1e-9
"""The same as a share of the largest that any base reaches: some are nothing but rounding."""


def second_run(
    first: Result, again: Callable[[Sequence[int]], Result], bases: Sequence[str], atol: float | None
) -> Result:
    """The result with lanes that met a NaN run again.

    Parameters
    ----------
    first : Result
        Of all lanes.
    again : callable
        Runs some of the lanes with eased equations.
    bases : sequence of str
        Names of bases and of their sizes in that result, in pairs.
    atol : float or None
        Amounts below this are nothing, if it was given.

    Returns
    -------
    Result
        ``eased`` lists the lanes that came to their end in the second run.
    """
    odd = np.flatnonzero(first.outcomes == int(Outcome.NOT_A_NUMBER))
    second = again(odd.tolist())
    good = second.ok & ~_outside(second, bases, atol)
    if not good.any():
        return first
    rows, taken = odd[good], np.flatnonzero(good)
    outcomes = first.outcomes.copy()
    outcomes[rows] = second.outcomes[taken]
    place = {int(k): int(row) for k, row in zip(taken, rows, strict=True)}

    def joined(before: Mapping[str, Floats], after: Mapping[str, Floats]) -> Mapping[str, Floats]:
        return Lazy({name: partial(_patched, before, after, name, rows, taken) for name in before})

    return replace(
        first,
        outcomes=outcomes,
        values=joined(first.values, second.values),
        amounts=joined(first.amounts, second.amounts),
        sizes=joined(first.sizes, second.sizes),
        last=joined(first.last, second.last),
        violations=(
            *first.violations,
            *(replace(v, lane=place[v.lane]) for v in second.violations if v.lane in place),
        ),
        failures=tuple(f for f in first.failures if outcomes[f.lane] != Outcome.OK),
        eased=tuple(int(row) for row in rows),
    )


def _patched(
    before: Mapping[str, Floats], after: Mapping[str, Floats], name: str,
    rows: NDArray[np.int64], taken: NDArray[np.int64],
) -> Floats:  # fmt: skip
    array = np.array(before[name])
    array[rows] = after[name][taken]
    return array


def _outside(run: Result, bases: Sequence[str], atol: float | None) -> NDArray[np.bool_]:
    """Lanes in which a base was below 0 by more than rounding: there the formula has no value."""
    found = np.zeros(run.lanes, dtype=bool)
    if not bases:
        return found
    with np.errstate(all="ignore"):
        reach = np.stack([np.max(run.values[size], axis=1) for size in bases[1::2]])
        lowest = np.stack([np.min(run.values[base], axis=1) for base in bases[::2]])
        limit = ROUNDING * reach + NOISE * reach.max(axis=0) + 10.0 * (atol or 0.0)
        found |= ~(lowest >= -limit).all(axis=0)
    return found & run.ok
