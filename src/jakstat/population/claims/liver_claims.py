"""Findings on claims about the way from hepatitis to cancer, from the hazards of decades."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from jakstat.evidence.roles import Role
from jakstat.evidence.verdicts import Finding, judged
from jakstat.progression.liver_claims import LiverClaim, liver_claims

__all__ = ["LiverFindings", "liver_findings"]


@dataclass(frozen=True, slots=True)
class LiverFindings:
    """Findings and roles by claim: encoded where the direction of any of its rows was built in."""

    findings: Mapping[str, list[Finding]]
    roles: Mapping[str, Role]


@dataclass(frozen=True, slots=True)
class _JudgedLiver:
    id: str
    readout: str
    expect: str
    reading: str = "over draws"
    low: float | None = None
    high: float | None = None


def liver_findings(
    wanted: Collection[str], *, lanes: int, seed: int, progress: Callable[[str], None] = lambda _: None
) -> LiverFindings:
    """Findings on claims about the liver over decades; lanes are draws of its hazards.

    Examples
    --------
    >>> found = liver_findings({"C042"}, lanes=8, seed=1)
    >>> [f.verdict for f in found.findings["C042"]], found.roles["C042"]
    (['supported'], 'encoded')
    """
    progress("liver over decades")
    rows = [row for row in liver_claims(draws=max(lanes, 2), seed=seed) if row.claim in wanted]
    found: dict[str, list[Finding]] = {}
    roles: dict[str, Role] = {}
    for row in rows:
        found.setdefault(row.claim, []).append(_finding(row))
        built_in = "encoded" in (row.role, roles.get(row.claim))
        roles[row.claim] = "encoded" if built_in else "emergent"
    return LiverFindings(found, roles)


def _finding(row: LiverClaim) -> Finding:
    return judged(_JudgedLiver(row.id, row.what, row.expected), row.against, row.values, unit="")
