"""How exactly a lane is integrated, and the absolute tolerance that fits the model.

A published model may count in mol (1e-12) or in molecules (1e6), so no number can be the absolute tolerance
of all of them. Unless the user gives one, each state k has its own, from what its lane has shown so far:

    atol_k = rtol (SHARE top_k + FLOOR max_j top_j),   top_k = largest |y_k| so far

The second term lets a state that starts at 0 begin at all; one that stays below it may end up wrong.
Therefore the local errors of the accepted steps are summed up by state, and a lane in which that sum
says that a state was not followed (by more than DOUBT rtol top_k a step) is run again, with the largest
values now known as ``top`` from the start and no floor. No other lane plays a part in any of it.

A tolerance that the user gives is absolute and kept as it is: it holds for amounts and for
concentrations, whichever asks for more, as models in litres with cells of picolitres have tiny amounts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from jakstat.arrays import Floats

__all__ = ["BY_SPECIES", "DOUBT", "FLOOR", "LOOKS", "SHARE", "TINY", "Tolerance", "idle_tolerance"]

SHARE = 1e-3
"""Absolute over relative tolerance, in units of the largest value of the state."""
FLOOR = 1e-6
"""The same for a state that is nothing yet, in units of the largest state of the lane."""
TINY = 1e-200
"""Where every state is nothing yet."""
DOUBT = 10.0
"""Mean local error of a state, over rtol and its largest value, above which the lane is run again."""
LOOKS = 3
"""How often a lane is run at most."""
SHOWN = 5
"""How many states a warning names."""
BY_SPECIES = "by species"
"""What is told of a tolerance that fits each state."""


@dataclass(frozen=True, slots=True)
class Tolerance:
    """What a run was asked for and what came of it.

    Parameters
    ----------
    rtol : float
        Relative tolerance.
    atol : float or None
        Absolute tolerance in the model's units; None for one that fits each state.
    largest : mapping of str to float
        The largest size of every state over all lanes, in what is integrated (amounts of species).
    beyond : mapping of str to float
        States that an ``atol`` given by the user exceeds all along, and their largest size.
    repeated : int
        Lanes that were run again, since a state had not been followed.

    Examples
    --------
    >>> Tolerance(1e-6, None).absolute(np.array([2.0, 0.0]))
    array([2.002e-09, 2.000e-12])
    """

    rtol: float
    atol: float | None = None
    largest: Mapping[str, float] = field(default_factory=dict)
    beyond: Mapping[str, float] = field(default_factory=dict)
    repeated: int = 0

    def absolute(self, largest: Floats) -> Floats:
        """Absolute tolerances from the largest sizes so far, shape (..., states)."""
        if self.atol is not None:
            return np.full(largest.shape, self.atol)
        reach = largest.max(axis=-1, keepdims=True, initial=0.0)
        return np.asarray(self.rtol * (SHARE * largest + FLOOR * reach) + TINY)

    def followed(self, largest: Floats) -> bool:
        """Whether the floor was far below every state that became anything."""
        some = largest[largest > 0.0]
        return self.atol is not None or not some.size or bool(FLOOR * some.max() <= DOUBT * some.min())

    def joined(self, other: Tolerance) -> Tolerance:
        """With that of further lanes of the same run."""
        largest = {k: max(v, other.largest.get(k, 0.0)) for k, v in self.largest.items()}
        said = self.beyond.keys() & other.beyond.keys()
        for one, two in ((self, other), (other, self)):
            said |= {k for k in one.beyond if not two.largest.get(k, 0.0)}
        beyond = {k: top for k, top in largest.items() if k in said}
        return replace(self, largest=largest, beyond=beyond, repeated=self.repeated + other.repeated)

    def document(self) -> dict[str, object]:
        """What JSON tells of it."""
        return {"rtol": self.rtol, "atol": BY_SPECIES if self.atol is None else self.atol,
                "beyond": dict(self.beyond), "repeated": self.repeated}  # fmt: skip

    def warnings(self) -> list[str]:
        """A sentence on states that the absolute tolerance exceeds all along, if there are any."""
        if not self.beyond:
            return []
        told = ", ".join(f"{name} (at most {top:.3g})" for name, top in list(self.beyond.items())[:SHOWN])
        more = f" and {len(self.beyond) - SHOWN} more" if len(self.beyond) > SHOWN else ""
        return [f"warning: atol {self.atol:g} is more than these ever reach: {told}{more}; leave it out or "
                "give a smaller one"]  # fmt: skip


def idle_tolerance(atol: float, largest: Mapping[str, float], sizes: Mapping[str, float]) -> dict[str, float]:
    """States that become something, and never as much as the absolute tolerance.

    Parameters
    ----------
    atol : float
        As the user gave it.
    largest : mapping of str to float
        The largest size of each state.
    sizes : mapping of str to float
        Volume of the compartment of each species that is kept as an amount.

    Examples
    --------
    >>> idle_tolerance(1e-9, {"A": 1e-12, "B": 1.0, "C": 0.0}, {"A": 1.0})
    {'A': 1e-12}
    """
    scale = {name: size if 0.0 < size < 1.0 else 1.0 for name, size in sizes.items()}
    return {k: top for k, top in largest.items() if 0.0 < top < atol * scale.get(k, 1.0)}
