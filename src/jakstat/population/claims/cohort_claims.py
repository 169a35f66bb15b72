"""Claims about many patients, put to cohorts: means, ranks and shares, with whole cohorts as lanes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.stats import spearmanr

from jakstat.arrays import Floats
from jakstat.evidence.verdicts import Finding, judged
from jakstat.population.cohort import cohort

__all__ = ["cohort_findings"]

_PATIENTS = 200
_POPULATION = "sharp"
_HEALTHY_IL6 = 2.6
"""pg/ml, of the healthy of one cohort (claim C064)."""
_HIGH_AFP = 20.0
"""ng/ml: the usual bound of AFP as a marker."""


@dataclass(frozen=True, slots=True)
class _CohortClaim:
    id: str
    readout: str
    expect: str
    low: float | None = None
    high: float | None = None
    unit: str = ""
    reading: str = "200 patients"


_CLAIMS = (
    _CohortClaim("C021", "IL6_serum", "up", unit="pg/ml"),
    _CohortClaim("C052", "rank correlation of IL-6 and tumour size", "value", 0.05, 1.0),
    _CohortClaim("C190", "share with AFP above 20 ng/ml", "value", 0.4, 0.65),
)


def cohort_findings(
    wanted: Collection[str], *, lanes: int, seed: int, progress: Callable[[str], None] = lambda _: None
) -> Mapping[str, list[Finding]]:
    """Findings on claims about cohorts, by claim; each lane is another cohort of 200.

    Examples
    --------
    >>> [f.verdict for f in cohort_findings({"C021"}, lanes=4, seed=1)["C021"]]
    ['supported']
    """
    rows = [e for e in _CLAIMS if e.id in wanted]
    if not rows:
        return {}
    progress("cohorts of 200 patients")
    people = [cohort(_POPULATION, _PATIENTS, seed=seed + lane) for lane in range(lanes)]
    found: dict[str, list[Finding]] = {}
    for e in rows:
        control = np.full(lanes, _HEALTHY_IL6) if e.expect == "up" else None
        values = np.array([_measured(e.id, dict(one.numbers), one.lesions) for one in people])
        found[e.id] = [judged(e, control, values, unit=e.unit)]
    return found


def _measured(claim: str, numbers: Mapping[str, Floats], lesions: Floats) -> float:
    if claim == "C021":
        return float(np.mean(numbers["IL6"]))
    if claim == "C052":
        size = np.nansum(lesions**3, axis=1)
        return float(spearmanr(numbers["IL6"], size).statistic)
    return float(np.mean(numbers["AFP"] > _HIGH_AFP))
