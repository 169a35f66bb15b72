"""Lives one by one: the next event of a person drawn directly, as a check of the integrated probabilities.

Candidates come at the highest total hazard of a stage within a piece of time and are thinned (Lewis &
Shedler 1979, doi:10.1002/nav.3800260304). Nothing but the table of hazards is shared with
:mod:`jakstat.progression.occupation`. Each person draws from a stream of his own, so that a longer list
of people changes nobody's life.
"""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from jakstat.arrays import Floats
from jakstat.limits import LIMITS, check_count
from jakstat.progression.transitions import PASSAGES, STAGES, Arm, Liver, span_from, steps_of
from jakstat.streams import check_seed, stream

__all__ = ["Lives", "sample_lives"]

_STEP = 0.05
_OUT = tuple(tuple(k for k, (start, _) in enumerate(PASSAGES) if start == stage) for stage in STAGES)
_TO = tuple(STAGES.index(to) for _, to in PASSAGES)


@dataclass(frozen=True, slots=True)
class Lives:
    """When each person first entered each stage, and where he was at the end.

    Parameters
    ----------
    entered : array, shape (people, stages)
        Years from the start; NaN for a stage never entered; 0 for the first.
    last : array, shape (people,)
        Index of the stage at the end.
    until : float
    """

    entered: Floats
    last: Floats
    until: float

    def share_entered(self, stage: str, years: Floats) -> Floats:
        """Share of people who have entered a stage by then, shape of ``years``."""
        when = self.entered[:, STAGES.index(stage)]
        return np.asarray([(when <= year).mean() for year in np.atleast_1d(years)], dtype=float)


@dataclass(frozen=True, slots=True)
class _HazardPiece:
    """A span in which no treatment changes: times, and hazards by passage at each."""

    times: list[float]
    rates: list[list[float]]
    most: list[float]


def sample_lives(
    numbers: Mapping[str, Floats], liver: Liver, arm: Arm, start: str, until: float, *, people: int, seed: int
) -> Lives:
    """Draw the lives of people who start in one stage.

    Parameters
    ----------
    numbers : mapping of str to array, shape (1,)
        One vector of numbers.
    liver : Liver
    arm : Arm
    start : str
        A stage.
    until : float
        Years.
    people : int
    seed : int

    Raises
    ------
    InputError
        ``count.range``, ``seed.range``.

    Examples
    --------
    >>> from jakstat.progression.hazard_numbers import hazard_draws
    >>> man = Liver(("HCV",), 50.0, True, {"HCV": 1e6}, {"HCV": 25.0})
    >>> few = sample_lives(hazard_draws(1, 1), man, Arm(), "cirrhosis", 10.0, people=3, seed=1)
    >>> more = sample_lives(hazard_draws(1, 1), man, Arm(), "cirrhosis", 10.0, people=5, seed=1)
    >>> bool(np.array_equal(few.entered, more.entered[:3], equal_nan=True))
    True
    """
    check_count(people, most=LIMITS.lanes, field="--people")
    check_seed(seed)
    pieces = tuple(_pieces(numbers, liver, arm, until))
    entered, last = np.full((people, len(STAGES)), np.nan), np.zeros(people)
    for person in range(people):
        draws = stream(seed, "progression", "life", person)
        last[person] = first = STAGES.index(start)
        entered[person, first] = 0.0
        for when, stage in _events(draws, pieces, first):
            last[person] = stage
            if np.isnan(entered[person, stage]):
                entered[person, stage] = when
    return Lives(entered, last, until)


def _pieces(numbers: Mapping[str, Floats], liver: Liver, arm: Arm, until: float) -> Iterator[_HazardPiece]:
    edges = (0.0, *steps_of((arm,), until), until)
    for begun, ended in itertools.pairwise(edges):
        times = np.linspace(begun, ended, max(2, int(np.ceil((ended - begun) / _STEP)) + 1))
        span = span_from(numbers, liver, arm, begun)
        table = [span.hazards(float(t))[:, 0] for t in times]
        highest = np.stack(table).max(axis=0)
        most = [float(highest[list(out)].sum()) for out in _OUT]
        yield _HazardPiece(times.tolist(), [row.tolist() for row in table], most)


def _events(
    draws: np.random.Generator, pieces: tuple[_HazardPiece, ...], stage: int
) -> Iterator[tuple[float, int]]:
    """Time and stage of every passage of one life."""
    for piece in pieces:
        now = piece.times[0]
        while piece.most[stage] > 0.0:
            now += draws.exponential() / piece.most[stage]
            if now >= piece.times[-1]:
                break
            rates = _between(piece, now, _OUT[stage])
            level = draws.random() * piece.most[stage]
            for k, rate in zip(_OUT[stage], rates, strict=True):
                level -= rate
                if level < 0.0:
                    stage = _TO[k]
                    yield now, stage
                    break


def _between(piece: _HazardPiece, now: float, wanted: tuple[int, ...]) -> list[float]:
    k = bisect_right(piece.times, now)
    share = (now - piece.times[k - 1]) / (piece.times[k] - piece.times[k - 1])
    before, after = piece.rates[k - 1], piece.rates[k]
    return [before[p] + share * (after[p] - before[p]) for p in wanted]
