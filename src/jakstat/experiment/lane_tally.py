"""What is known of a long run after each piece: how far it is, how its lanes ended, simple statistics."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jakstat.errors import Outcome

__all__ = ["FIRST_FAILURES", "FailedLane", "Spread", "Tally"]

FIRST_FAILURES = 10
"""How many failed lanes a summary lists; the file has all of them."""


@dataclass(frozen=True, slots=True)
class FailedLane:
    """Which lane failed, when, why, and the quantity then changing fastest."""

    lane: str
    time: float | None
    outcome: str
    species: str


@dataclass(frozen=True, slots=True)
class Spread:
    """Mean, spread and range of one number over lanes, gathered piece by piece.

    Examples
    --------
    >>> s = Spread.of(np.array([1.0, 2.0])).joined(Spread.of(np.array([3.0, float("nan")])))
    >>> s.count, s.mean, s.sd, s.low, s.high
    (3, 2.0, 1.0, 1.0, 3.0)
    """

    count: int = 0
    mean: float = math.nan
    squares: float = 0.0
    low: float = math.nan
    high: float = math.nan

    @property
    def sd(self) -> float:
        """Standard deviation of a sample; NaN below two lanes."""
        return math.sqrt(self.squares / (self.count - 1)) if self.count > 1 else math.nan

    @classmethod
    def of(cls, values: NDArray[np.float64]) -> Spread:
        """Of some lanes, shape (lanes,); NaN is left out."""
        kept = values[~np.isnan(values)]
        if not len(kept):
            return cls()
        with np.errstate(all="ignore"):
            mean = float(kept.mean())
            squares = float(((kept - mean) ** 2).sum())
            return cls(len(kept), mean, squares, float(kept.min()), float(kept.max()))

    def joined(self, other: Spread) -> Spread:
        """With further lanes (pairwise update of Chan, Golub and LeVeque, doi:10.1007/BF01890836)."""
        if not other.count or not self.count:
            return other if other.count else self
        count = self.count + other.count
        with np.errstate(all="ignore"):
            apart = other.mean - self.mean
            return Spread(
                count,
                self.mean + apart * (other.count / count),
                self.squares
                + other.squares
                + float(np.float64(apart) ** 2) * (self.count * other.count / count),
                min(self.low, other.low),
                max(self.high, other.high),
            )


@dataclass(frozen=True)
class Tally:
    """How the lanes of a piece, or of a run, ended.

    Parameters
    ----------
    lanes_done : int
        How many there are.
    outcomes : mapping of str to int
        How many lanes ended how.
    failures : tuple of FailedLane
        The first few that failed.
    spreads : mapping of str to Spread
        By column: of the last value of each lane, or of its summary.
    eased : int
        How many lanes came to their end in a second run only, with eased equations.
    """

    lanes_done: int = 0
    outcomes: Mapping[str, int] = field(default_factory=dict)
    failures: tuple[FailedLane, ...] = ()
    spreads: Mapping[str, Spread] = field(default_factory=dict)
    eased: int = 0

    @property
    def failed(self) -> int:
        """Number of lanes that did not end well."""
        return sum(count for name, count in self.outcomes.items() if name != Outcome.OK.name)

    @classmethod
    def of(
        cls,
        outcomes: NDArray[np.int64],
        failures: Sequence[FailedLane],
        numbers: Mapping[str, NDArray[np.float64]],
        eased: int = 0,
    ) -> Tally:
        """Of the lanes of one piece."""
        codes, counts = np.unique(outcomes, return_counts=True)
        return cls(
            len(outcomes),
            {Outcome(int(code)).name: int(count) for code, count in zip(codes, counts, strict=True)},
            tuple(failures[:FIRST_FAILURES]),
            {name: Spread.of(v) for name, v in numbers.items()},
            eased,
        )

    def joined(self, other: Tally) -> Tally:
        """With the lanes of the next piece."""
        names = dict.fromkeys([*self.outcomes, *other.outcomes])
        columns = dict.fromkeys([*self.spreads, *other.spreads])
        none = Spread()
        return Tally(
            self.lanes_done + other.lanes_done,
            {n: self.outcomes.get(n, 0) + other.outcomes.get(n, 0) for n in names},
            (*self.failures, *other.failures)[:FIRST_FAILURES],
            {c: self.spreads.get(c, none).joined(other.spreads.get(c, none)) for c in columns},
            self.eased + other.eased,
        )

    @classmethod
    def total(cls, pieces: Mapping[int, Tally]) -> Tally:
        """Of pieces by number, joined in their order, so that the bits do not depend on who was first."""
        return reduce(cls.joined, (pieces[k] for k in sorted(pieces)), cls())

    def to_dict(self) -> dict[str, Any]:
        """As JSON-ready fields that read back to the same bits."""
        spreads = {
            name: {k: v if math.isfinite(v) else str(v) for k, v in asdict(s).items()}
            for name, s in self.spreads.items()
        }
        return {
            "lanes_done": self.lanes_done,
            "outcomes": dict(self.outcomes),
            "failures": [asdict(f) for f in self.failures],
            "spreads": spreads,
            "eased": self.eased,
        }

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Tally:
        """The inverse of :meth:`to_dict`.

        Raises
        ------
        KeyError, TypeError, ValueError
            When the fields are not those of a tally.

        Examples
        --------
        >>> tally = Tally.of(np.array([0, 0]), [], {"x": np.array([1.0, 2.0])})
        >>> Tally.from_dict(tally.to_dict()) == tally
        True
        """
        spreads = {
            str(name): Spread(int(s["count"]), *(float(s[k]) for k in ("mean", "squares", "low", "high")))
            for name, s in fields["spreads"].items()
        }
        return cls(
            int(fields["lanes_done"]),
            {Outcome[name].name: int(count) for name, count in fields["outcomes"].items()},
            tuple(FailedLane(**f) for f in fields["failures"]),
            spreads,
            int(fields.get("eased", 0)),
        )
