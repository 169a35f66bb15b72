"""Single tumours cell by cell: exact paths of the lineage, each with its own random stream.

The document of the lineage (:mod:`jakstat.biology.lineage_document`) is simulated by the direct method of the
engine (:mod:`jakstat.engine.stochastic`), by tau-leaping from :data:`LARGE` cells on. A path ends when no
stem-like cell and no progenitor is left, or when the chance that so many die out is tiny.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.biology.lineage_document import lineage_document
from jakstat.engine.load import load_sbml
from jakstat.engine.model import Model
from jakstat.errors import Outcome
from jakstat.initiation.branching import dies_out, worst_chances
from jakstat.initiation.lineage import Lineage
from jakstat.limits import LIMITS, check_count
from jakstat.streams import check_seed, stream

__all__ = ["Fates", "fates", "numbers_after"]

LARGE = 100_000
"""Stem-like cells and progenitors of a start from which on paths leap."""
ESCAPED = 1e-9
"""Chance of dying out that is left to a path that is counted as a tumour."""
_FOREVER = 1e9
_STEPS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Fates:
    """How many of the paths died out.

    Parameters
    ----------
    dead, chances : array (paths,)
        Whether each died out, and its chance to by the formula.
    left : float
        Most that the counted share can be too low, because paths stop before they could die out.
    failed : int
        Paths that reached the limit of events; they count neither way.
    """

    dead: NDArray[np.bool_]
    chances: Floats
    left: float
    failed: int

    @property
    def share(self) -> float:
        """Share of the paths that died out."""
        return float(self.dead.mean())

    @property
    def chance(self) -> float:
        """Share that dies out by the formula."""
        return float(self.chances.mean())

    @property
    def z(self) -> float:
        """Difference of the share from the chance, in its standard errors.

        Examples
        --------
        >>> Fates(np.array([True, False, False, False]), np.full(4, 0.5), 0.0, 0).z
        -1.0
        """
        error = np.sqrt((self.chances * (1.0 - self.chances)).sum())
        return float((self.dead.sum() - self.chances.sum()) / error) if error > 0 else 0.0


@lru_cache(maxsize=1)
def _model() -> Model:
    return load_sbml(lineage_document(), trusted=True)


def _seed(seed: int, leg: str) -> int:
    return int(stream(check_seed(seed), "lineage", leg).integers(LIMITS.seed))


def numbers_after(
    lineage: Lineage,
    hours: float,
    start: Floats,
    *,
    seed: int,
    leg: str = "only",
    first: int = 0,
    weights: Floats | None = None,
) -> tuple[Floats, NDArray[np.int64]]:
    """Cells of every tumour after some hours.

    Parameters
    ----------
    lineage : Lineage
        Rates as numbers or arrays (paths,).
    hours : float
    start : array (paths, 3)
        Stem-like cells, progenitors and differentiated cells.
    seed : int
    leg : str
        What the draws decide: paths of one seed and another leg are independent.
    first : int
        Number of the first path; path i has the stream of its number, in whatever batch it runs.
    weights : array (2,) or (paths, 2), optional
        A path stops where weights x (S, P) is 1 or more.

    Returns
    -------
    numbers : array (paths, 3)
        NaN where a path failed.
    outcomes : array (paths,)

    Examples
    --------
    >>> now, _ = numbers_after(Lineage.of_table(), 24.0, np.array([[5.0, 0.0, 0.0]]), seed=1)
    >>> now.shape
    (1, 3)
    """
    start = np.atleast_2d(np.asarray(start, dtype=float))
    check_count(len(start), most=LIMITS.run_lanes, field="paths")
    rates = {f.name: np.asarray(getattr(lineage, f.name), dtype=float) for f in fields(lineage)}
    if weights is not None:
        rates["weight_S"], rates["weight_P"] = np.moveaxis(np.asarray(weights, dtype=float), -1, 0)
    every = {name: np.broadcast_to(v, len(start)).copy() for name, v in rates.items()}
    found, outcomes = np.full((len(start), 3), np.nan), np.zeros(len(start), np.int64)
    large = start[:, :2].sum(axis=1) >= LARGE
    # a path that leaps stands in the exact batch without a cell, so that every path keeps its number
    runs = [("ssa", slice(0, len(start)), np.where(large[:, np.newaxis], 0.0, start))]
    runs += [("tau", slice(i, i + 1), start[i : i + 1]) for i in np.flatnonzero(large).tolist()]
    for method, part, begun in runs:
        result = _model().sample_paths(
            [0.0, hours], parameters={name: v[part] for name, v in every.items()},
            initial=dict(zip("SPD", begun.T, strict=True)), outputs=["S", "P", "D"], seed=_seed(seed, leg),
            lanes=len(begun), first=first + part.start, method=method, max_steps=_STEPS,
        )  # fmt: skip
        found[part] = np.stack([result.amount(name)[:, -1] for name in "SPD"], axis=-1)
        outcomes[part] = result.outcomes
    return found, outcomes


def fates(
    without: Lineage,
    *,
    paths: int,
    seed: int,
    start: tuple[int, int] | Floats = (1, 0),
    drug: Lineage | None = None,
    hours: float = 0.0,
    first: int = 0,
    group: str = "",
    left: float = ESCAPED,
) -> Fates:
    """Follow tumours until they have died out or are as good as certain, under a drug at first.

    Parameters
    ----------
    without : Lineage
        Without a drug.
    paths, seed : int
    start : tuple of int or array (paths, 2)
        Stem-like cells and progenitors of each.
    drug : Lineage, optional
        The lineage under the drug, which is there for ``hours``.
    hours : float
    first : int
        Number of the first path.
    group : str
        Paths of another group have other streams.
    left : float
        Chance of dying out at which a path counts as a tumour. With S and P cells the chance is
        q_S^S q_P^P, with q the largest chances of that leg by the backward equation.

    Returns
    -------
    Fates

    Notes
    -----
    Direct method (doi:10.1021/j100540a008). The error made by stopping is at most ``left``.

    Examples
    --------
    >>> f = fates(Lineage.of_table(), paths=200, seed=1)
    >>> abs(f.z) < 4
    True
    """
    clean = dies_out(without)
    chances, worst = (clean, clean) if drug is None else worst_chances(drug, without, hours)
    check_count(paths, most=LIMITS.run_lanes, field="paths")
    begun = np.broadcast_to(np.asarray(start, dtype=float), (paths, 2))
    now = np.column_stack([begun, np.zeros(paths)])
    outcomes = np.zeros(paths, np.int64)
    legs = [("without", without, _FOREVER / _fastest(without), clean)]
    if drug is not None and hours > 0:
        legs.insert(0, ("drug", drug, hours, worst))
    for name, lineage, length, most in legs:
        weights = np.log(np.maximum(most, 1e-300)) / np.log(left)
        now[:, 2] = 0.0
        now, ended = numbers_after(
            _uncounted(lineage), length, np.nan_to_num(now),
            seed=seed, leg=f"{group}{name}", first=first, weights=weights,
        )  # fmt: skip
        outcomes = np.maximum(outcomes, ended)
    fine = outcomes == int(Outcome.OK)
    chance = np.prod(chances**begun, axis=1)[fine]
    return Fates((now[fine, :2].sum(axis=1) == 0), chance, left, int((~fine).sum()))


def _fastest(lineage: Lineage) -> float:
    return float(np.max([np.max(getattr(lineage, f.name)) for f in fields(lineage) if f.name[0] == "k"]))


def _uncounted(lineage: Lineage) -> Lineage:
    """Without the loss of differentiated cells, which decide nothing."""
    return replace(lineage, kdeath_D=0.0)
