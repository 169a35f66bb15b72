"""Claims on the cells that found a tumour under a drug, over draws of the tumour's numbers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from jakstat.evidence.verdicts import Finding, judged
from jakstat.patients.bodies import body_of
from jakstat.population.blood_behaviours import founders_ratios
from jakstat.population.claims.course_runs import drawn_numbers

__all__ = ["founder_findings"]

_DRUG = "ruxolitinib"


@dataclass(frozen=True, slots=True)
class _FoundersClaim:
    id: str = "C018"
    readout: str = "founding cells under 1 uM of ruxolitinib over those without"
    expect: str = "value"
    reading: str = "held for 400 h"
    low: float | None = 0.35
    high: float | None = 0.65


def founder_findings(
    wanted: Collection[str], *, lanes: int, seed: int, progress: Callable[[str], None] = lambda _: None
) -> Mapping[str, list[Finding]]:
    """Findings on founding cells, by claim.

    Examples
    --------
    >>> founder_findings({"C001"}, lanes=2, seed=1)
    {}
    """
    e = _FoundersClaim()
    if e.id not in wanted:
        return {}
    progress("cells that found a tumour")
    body = body_of("hepg2", "hcc", (_DRUG,))
    numbers = drawn_numbers(body, (_DRUG,), lanes=lanes, seed=seed)
    return {e.id: [judged(e, None, founders_ratios(body, numbers=numbers), unit="ratio")]}
