"""Stochastic paths as the lanes of `jakstat run`: every path is a lane with its own random stream."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.engine.batched.summaries import KINDS
from jakstat.engine.model import Model
from jakstat.engine.network.network import Network
from jakstat.engine.result import Failure, Result
from jakstat.engine.stochastic.stochastic_model import STOCHASTIC
from jakstat.errors import Outcome, problem
from jakstat.limits import LIMITS, check_count
from jakstat.streams import check_seed
from jakstat.units import convert

__all__ = ["PathOptions", "PathPiece", "particles_per_amount", "sampled"]

AVOGADRO = 6.02214076e23
"""Particles in a mole (SI, doi:10.1088/1681-7575/aa950a)."""


@dataclass(frozen=True, slots=True)
class PathOptions:
    """How many paths there are, the seed of them all, and the particles in one unit of amount.

    ``per_amount`` of None stands for what the model's unit of substance says.
    """

    paths: int
    seed: int = 1
    per_amount: float | None = None
    method: str = "ssa"

    def check(self) -> None:
        """Refuse what no model could make sense of.

        Raises
        ------
        InputError
            ``count.range``, ``seed.range``, ``method.unknown``.

        Examples
        --------
        >>> PathOptions(100).check()
        """
        check_count(self.paths, most=LIMITS.run_lanes, field="--paths")
        check_seed(self.seed)
        if self.method not in STOCHASTIC:
            message, hint = f"no method '{self.method[:40]}' draws paths", " or ".join(STOCHASTIC)
            raise problem("method.unknown", message, field="--method", hint=hint)
        if self.per_amount is not None and not (math.isfinite(self.per_amount) and self.per_amount > 0):
            message = f"{self.per_amount!r} particles in a unit of amount"
            raise problem("count.range", message, field="--per-amount", hint="give a number above 0")


def particles_per_amount(network: Network) -> float:
    """Particles in one unit of the species' amounts: 1 for items and for amounts without a unit.

    Raises
    ------
    InputError
        ``unit.clash`` when the unit does not count particles, or species differ in it.

    Examples
    --------
    >>> from jakstat.experiment.resting import loaded_cell
    >>> round(particles_per_amount(loaded_cell("hepg2").model.network), 6)
    602.214076
    """
    units = sorted({s.unit for s in network.species} - {""})
    if len(units) > 1 or (units and units[0] == "g"):
        message = f"amounts are in {' and '.join(units)}"
        raise problem("unit.clash", message, field="--per-amount", hint="say how many particles 1 stands for")
    if not units or units[0] in ("count", "dimensionless"):
        return 1.0
    return float(f"{convert(1.0, units[0], 'mol') * AVOGADRO:.12g}")


@dataclass(frozen=True)
class PathPiece:
    """Some consecutive paths: values by name, shape (paths, T) or (paths,), and how each ended."""

    values: dict[str, Floats]
    outcomes: NDArray[np.int64]
    failures: tuple[Failure, ...]


def sampled(
    model: Model,
    options: PathOptions,
    times: Floats,
    outputs: tuple[str, ...],
    reduce: tuple[str, ...],
    *,
    first: int,
    count: int,
    threads: int = 1,
) -> PathPiece:
    """Paths ``first`` to ``first + count - 1``; their bits do not depend on the others or on ``threads``.

    Examples
    --------
    >>> from jakstat.experiment.resting import loaded_cell
    >>> model, times = loaded_cell("hepg2").model, np.array([0.0, 0.001])
    >>> found = sampled(model, PathOptions(2), times, ("STAT3",), (), first=0, count=2)
    >>> found.values["STAT3"].shape
    (2, 2)
    """
    scale = options.per_amount or particles_per_amount(model.network)
    edges = np.linspace(0, count, min(threads, count) + 1).astype(int).tolist()

    def run(part: tuple[int, int]) -> Result:
        return model.sample_paths(
            times, outputs=outputs, seed=options.seed, lanes=part[1] - part[0], first=first + part[0],
            per_amount=scale, method=options.method,
        )  # fmt: skip

    parts = list(pairwise(edges))
    if len(parts) == 1:
        found = [run(parts[0])]
    else:
        with ThreadPoolExecutor(len(parts)) as pool:
            found = list(pool.map(run, parts))
    outcomes = np.concatenate([r.outcomes for r in found])
    values = {name: np.concatenate([r.value(name) for r in found]) for name in outputs}
    if reduce:
        good = outcomes == int(Outcome.OK)
        values = {
            f"{kind}_{name}": np.where(good, KINDS[kind](times, values[name]), math.nan)
            for name in outputs
            for kind in reduce
        }
    failures = (
        replace(f, lane=f.lane + part[0]) for part, r in zip(parts, found, strict=True) for f in r.failures
    )
    return PathPiece(values, outcomes, tuple(failures))
