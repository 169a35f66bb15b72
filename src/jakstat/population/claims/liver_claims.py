"""Findings on claims about the way from hepatitis to cancer, from the hazards of decades."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from jakstat.evidence.verdicts import Finding
from jakstat.progression.liver_claims import LiverClaim, liver_claims

__all__ = ["liver_findings"]

_TINY = 1e-30


def liver_findings(
    wanted: Collection[str], *, lanes: int, seed: int, progress: Callable[[str], None] = lambda _: None
) -> Mapping[str, list[Finding]]:
    """Findings on claims about the liver over decades, by claim; lanes are draws of its hazards.

    Examples
    --------
    >>> [f.verdict for f in liver_findings({"C042"}, lanes=8, seed=1)["C042"]]
    ['supported']
    """
    progress("liver over decades")
    found: dict[str, list[Finding]] = {}
    for row in liver_claims(draws=max(lanes, 2), seed=seed):
        if row.claim in wanted:
            found.setdefault(row.claim, []).append(_finding(row))
    return found


def _finding(row: LiverClaim) -> Finding:
    return Finding(
        id=row.id,
        readout=row.what,
        reading="over draws",
        expect=row.expected,
        control=row.against,
        perturbed=row.value,
        effect=(row.value - row.against) / max(abs(row.against), _TINY),
        low=None,
        high=None,
        unit="",
        agree=row.share,
        opposite=1.0 - row.share,
        failed=0,
        verdict=row.verdict,  # type: ignore[arg-type]
    )
