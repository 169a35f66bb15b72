"""Claims on markers of stem-like cells: a tumour sorted by a marker, and what each sort holds.

Single cells spread log-normally about the level of their kind, and the brightest tenth is the positive sort.
Only stem-like cells found a tumour, so the frequencies of founding cells are as the shares of stem-like ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import numpy as np

from jakstat.arrays import Floats
from jakstat.biology.draws import draw_vectors
from jakstat.biology.states import state
from jakstat.biology.variability import spread_of
from jakstat.errors import problem
from jakstat.evidence.claim_experiment import ClaimReading
from jakstat.evidence.verdicts import Finding, judged
from jakstat.extras import needs
from jakstat.population.claims.claim_courses import ClaimCourse, CourseCondition
from jakstat.population.claims.course_runs import run_course

with needs("trial"):
    from scipy.optimize import brentq
    from scipy.special import ndtr

__all__ = ["sorted_findings", "sorted_shares"]

_MARKERS = {"C157": "PROM1", "C158": "CD24", "C159": "EPCAM", "C160": "CD44"}
_POSITIVE = 0.1
_OF_A_SURFACE = "abundance_IL6R_surface"
"""Whose spread between cells stands for that of a protein at the surface."""


@dataclass(frozen=True, slots=True)
class _SortedClaim:
    id: str
    readout: str
    expect: str = "up"
    reading: str = "brightest tenth against the rest"
    low: float | None = None
    high: float | None = None


def sorted_findings(
    wanted: Collection[str], *, lanes: int, seed: int, progress: Callable[[str], None] = lambda _: None
) -> Mapping[str, list[Finding]]:
    """Findings on markers of stem-like cells, by claim; a lane draws how much more of the marker they have.

    Examples
    --------
    >>> sorted_findings({"C001"}, lanes=2, seed=1)
    {}
    """
    claims = {claim: marker for claim, marker in _MARKERS.items() if claim in wanted}
    if not claims:
        return {}
    progress("cells sorted by a marker")
    stem = _level("stem_share", lanes, seed)
    found: dict[str, list[Finding]] = {}
    for claim, marker in claims.items():
        row = next(r for r in state("stem_like").rows if r.id == f"factor_{marker}")
        more = draw_vectors([row], lanes=lanes, seed=seed)[row.id] / row.value
        ratio = more * _level(f"S_{marker}/B_{marker}", lanes, seed)
        positive, negative = sorted_shares(ratio, stem, _log_spread())
        e = _SortedClaim(claim, f"share that founds, by {marker}")
        found[claim] = [judged(e, negative, positive, unit="fraction")]
    return found


def sorted_shares(ratio: Floats, stem: Floats, spread: float) -> tuple[Floats, Floats]:
    """Shares of stem-like cells in the brightest tenth and in the rest.

    Parameters
    ----------
    ratio : array (lanes,)
        Median level of the marker on stem-like cells over that on bulk cells.
    stem : array (lanes,)
        Share of all cells that are stem-like.
    spread : float
        Standard deviation of the logarithm of the level between cells of a kind.

    Examples
    --------
    >>> positive, negative = sorted_shares(np.array([1.0, 1e9]), np.array([0.04, 0.04]), 0.5)
    >>> positive.round(6).tolist(), negative.round(6).tolist()  # no difference; all of them in the tenth
    ([0.04, 0.4], [0.04, 0.0])
    """
    both = [_sorted(math.log(r), s, spread) for r, s in zip(ratio, stem, strict=True)]
    positive = np.array([stem_bright / _POSITIVE for stem_bright, _ in both])
    return positive, np.array([dim / (1.0 - _POSITIVE) for _, dim in both])


def _sorted(shift: float, stem: float, spread: float) -> tuple[float, float]:
    """Stem-like cells that are bright and that are not, as shares of all cells."""

    def above(level: float) -> float:
        return float(stem * ndtr((shift - level) / spread) + (1.0 - stem) * ndtr(-level / spread))

    least, most = min(shift, 0.0) - 10.0 * spread, max(shift, 0.0) + 10.0 * spread
    gate = brentq(lambda level: above(level) - _POSITIVE, least, most)
    bright = float(stem * ndtr((shift - gate) / spread))
    return bright, stem - bright


def _log_spread() -> float:
    """Standard deviation of the logarithm, from the coefficient of variation of a protein at the surface."""
    row = spread_of(_OF_A_SURFACE)
    if row is None:
        raise problem("parameter.unknown", f"no spread of {_OF_A_SURFACE}", file="biology/variability.csv")
    return math.sqrt(math.log(1.0 + row.value**2))


def _level(readout: str, lanes: int, seed: int) -> Floats:
    """A reading of the usual patient's tumour in every lane."""
    e = ClaimCourse(
        id="C157", readout=readout, reading=ClaimReading.parse("value(1d)"), control=None,
        perturbed=CourseCondition(), expect="value", low=0.0, high=1e9,
    )  # fmt: skip
    return run_course(e, lanes=lanes, seed=seed).perturbed
