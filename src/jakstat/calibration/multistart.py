"""Many searches from many starts, each written as it ends, so that a stopped run goes on where it was."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from jakstat.answer_tables import TabledAnswer
from jakstat.calibration.objective import Objective
from jakstat.calibration.optimise import Search, Searched, search
from jakstat.calibration.starts import latin_starts, redrawn
from jakstat.chunks import Chunks
from jakstat.store import Manifest, json_ready, manifest

__all__ = ["Fit", "SearchStart", "fit", "fit_manifest"]

Array = npt.NDArray[np.float64]
_REDRAWS = 20


@dataclass(frozen=True)
class SearchStart:
    """One search: its number, and where it began and ended."""

    number: int
    begun: Array
    found: Searched

    def to_bytes(self) -> bytes:
        """As JSON; floats read back exactly."""
        f = self.found
        table = {
            "number": self.number, "begun": [float(v) for v in self.begun], "x": [float(v) for v in f.x],
            "cost": json_ready(f.cost), "start_cost": json_ready(f.start_cost), "iterations": f.iterations,
            "reason": f.reason,
        }  # fmt: skip
        return json.dumps(table, allow_nan=False).encode("ascii")

    @classmethod
    def from_bytes(cls, data: bytes) -> SearchStart:
        """What :meth:`to_bytes` wrote."""
        t = json.loads(data)
        found = Searched(
            np.array(t["x"]), _number(t["cost"]), _number(t["start_cost"]), t["iterations"], t["reason"]
        )
        return cls(t["number"], np.array(t["begun"]), found)


def _number(value: float | None) -> float:
    return math.nan if value is None else value


@dataclass(frozen=True)
class Fit(TabledAnswer):
    """The searches that ended.

    Parameters
    ----------
    names : tuple of str
        Parameters, in the order of the vectors.
    starts : tuple of SearchStart
        By number.
    wanted : int
        How many were asked for.
    interrupted : bool
    """

    names: tuple[str, ...]
    starts: tuple[SearchStart, ...]
    wanted: int
    interrupted: bool = False

    def table_rows(self) -> list[dict[str, object]]:
        """A row for each search that found a number, best first; parameters as they were searched."""
        return [
            {"start": s.number, "cost": s.found.cost, "iterations": s.found.iterations,
             "reason": s.found.reason, **dict(zip(self.names, map(float, s.found.x), strict=True))}
            for s in self.ranked
        ]  # fmt: skip

    @property
    def ranked(self) -> tuple[SearchStart, ...]:
        """Searches that found a number, best first."""
        good = [s for s in self.starts if math.isfinite(s.found.cost)]
        return tuple(sorted(good, key=lambda s: (s.found.cost, s.number)))

    @property
    def best(self) -> SearchStart | None:
        """The best search."""
        return self.ranked[0] if self.ranked else None

    @property
    def failed(self) -> int:
        """Searches whose start never gave a number."""
        return len(self.starts) - len(self.ranked)

    def agreeing(self, within: float = 1.0) -> int:
        """Searches that ended within some cost of the best."""
        if self.best is None:
            return 0
        return sum(s.found.cost <= self.best.found.cost + within for s in self.ranked)


def fit_manifest(objective: Objective, *, starts: int, seed: int, limits: Search) -> Manifest:
    """What decides every number of a fit."""
    rule = {"iterations": limits.iterations, "cost_change": limits.cost_change, "step": limits.step,
            "gradient": limits.gradient}  # fmt: skip
    return manifest("fit", {**objective.key, "starts": starts, "seed": seed, "search": rule},
                    sources=objective.problem.sources)  # fmt: skip


def fit(
    objective: Objective,
    *,
    starts: int,
    seed: int,
    limits: Search | None = None,
    folder: Path | None = None,
    progress: Callable[[int, float], None] | None = None,
) -> Fit:
    """Search from many starts.

    Parameters
    ----------
    objective : Objective
    starts, seed : int
        Number of starts, and the seed of their draws.
    limits : Search, optional
        When a search ends.
    folder : Path, optional
        Each search is written here as it ends; searches that are here already are not done again.
    progress : callable, optional
        Told how many searches are done and the best cost so far.

    Returns
    -------
    Fit
        After ``KeyboardInterrupt`` too, with the searches that ended.

    Raises
    ------
    InputError
        ``count.range``, ``seed.range``, ``fit.bounds``; ``store.other`` when the folder holds another fit.
    """
    rule = limits or Search()
    points = latin_starts(objective.problem, starts=starts, seed=seed)
    chunks = None
    done: dict[int, SearchStart] = {}
    if folder is not None:
        made = fit_manifest(objective, starts=starts, seed=seed, limits=rule)
        chunks = Chunks.open(folder, made, count=starts)
        missing = set(chunks.missing())
        done = {i: SearchStart.from_bytes(chunks.read(i)) for i in range(starts) if i not in missing}
    best = min((s.found.cost for s in done.values() if math.isfinite(s.found.cost)), default=math.nan)
    tell = progress or (lambda _done, _best: None)
    tell(len(done), best)
    interrupted = False
    try:
        for number in (i for i in range(starts) if i not in done):
            ended = _one(objective, points[number], number, seed, rule)
            if chunks is not None:
                chunks.write(number, ended.to_bytes())
            done[number] = ended
            best = float(np.fmin(best, ended.found.cost))
            tell(len(done), best)
    except KeyboardInterrupt:
        interrupted = True
    return Fit(objective.names, tuple(done[i] for i in sorted(done)), starts, interrupted)


def _one(objective: Objective, point: Array, number: int, seed: int, rule: Search) -> SearchStart:
    """One search; a start at which the model fails is drawn anew, at most twenty times."""
    begun = point
    if not np.isfinite(objective.evaluate(point).cost[0]):
        others = redrawn(objective.problem, start=number, seed=seed, count=_REDRAWS)
        good = np.flatnonzero(np.isfinite(objective.evaluate(others).cost))
        begun = others[good[0]] if len(good) else point
    return SearchStart(number, begun, search(objective, begun, limits=rule))
