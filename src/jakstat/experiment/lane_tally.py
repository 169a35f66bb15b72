"""What is known of a long run after each piece: how far it is, how its lanes ended, simple statistics."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jakstat.errors import Outcome

__all__ = ["FIRST_FAILURES", "LaneFailure", "Spread", "Tally"]

FIRST_FAILURES = 10
"""How many failed lanes a summary lists; the file has all of them."""


@dataclass(frozen=True, slots=True)
class LaneFailure:
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
    >>> s = Spread().joined(np.array([1.0, 2.0])).joined(np.array([3.0, float("nan")]))
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

    def joined(self, values: NDArray[np.float64]) -> Spread:
        """With the values of further lanes, shape (lanes,); NaN is left out (doi:10.1007/BF01890836)."""
        kept = values[~np.isnan(values)]
        if not len(kept):
            return self
        with np.errstate(all="ignore"):
            mean = float(kept.mean())
            squares = float(((kept - mean) ** 2).sum())
            low, high = float(kept.min()), float(kept.max())
            if not self.count:
                return Spread(len(kept), mean, squares, low, high)
            count = self.count + len(kept)
            apart = mean - self.mean
            return Spread(
                count,
                self.mean + apart * (len(kept) / count),
                self.squares + squares + float(np.float64(apart) ** 2) * (self.count * len(kept) / count),
                min(self.low, low),
                max(self.high, high),
            )


@dataclass(frozen=True)
class Tally:
    """How far a run is.

    Parameters
    ----------
    piece : int
        Lanes per piece.
    lanes_done : int
        Lanes that are in the file, counted from the first.
    outcomes : mapping of str to int
        How many lanes ended how.
    failures : tuple of LaneFailure
        The first few that failed.
    spreads : mapping of str to Spread
        By column: of the last value of each lane, or of its summary.
    """

    piece: int
    lanes_done: int = 0
    outcomes: Mapping[str, int] = field(default_factory=dict)
    failures: tuple[LaneFailure, ...] = ()
    spreads: Mapping[str, Spread] = field(default_factory=dict)

    @property
    def failed(self) -> int:
        """Number of lanes that did not end well."""
        return sum(count for name, count in self.outcomes.items() if name != Outcome.OK.name)

    def joined(
        self,
        outcomes: NDArray[np.int64],
        failures: Sequence[LaneFailure],
        numbers: Mapping[str, NDArray[np.float64]],
    ) -> Tally:
        """With the lanes of one more piece."""
        counts = dict(self.outcomes)
        for code, count in zip(*np.unique(outcomes, return_counts=True), strict=True):
            name = Outcome(int(code)).name
            counts[name] = counts.get(name, 0) + int(count)
        spreads = {name: self.spreads.get(name, Spread()).joined(v) for name, v in numbers.items()}
        return replace(
            self,
            lanes_done=self.lanes_done + len(outcomes),
            outcomes=counts,
            failures=(*self.failures, *failures)[:FIRST_FAILURES],
            spreads=spreads,
        )

    def to_dict(self) -> dict[str, Any]:
        """As JSON-ready fields that read back to the same bits."""
        spreads = {
            name: {k: v if math.isfinite(v) else str(v) for k, v in asdict(s).items()}
            for name, s in self.spreads.items()
        }
        return {
            "piece": self.piece,
            "lanes_done": self.lanes_done,
            "outcomes": dict(self.outcomes),
            "failures": [asdict(f) for f in self.failures],
            "spreads": spreads,
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
        >>> tally = Tally(4).joined(np.array([0, 0]), [], {"x": np.array([1.0, 2.0])})
        >>> Tally.from_dict(tally.to_dict()) == tally
        True
        """
        spreads = {
            str(name): Spread(int(s["count"]), *(float(s[k]) for k in ("mean", "squares", "low", "high")))
            for name, s in fields["spreads"].items()
        }
        piece, done = int(fields["piece"]), int(fields["lanes_done"])
        if piece < 1 or done < 0:
            raise ValueError("a count is negative")
        return cls(
            piece,
            done,
            {Outcome[name].name: int(count) for name, count in fields["outcomes"].items()},
            tuple(LaneFailure(**f) for f in fields["failures"]),
            spreads,
        )
