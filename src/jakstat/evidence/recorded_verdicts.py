"""Verdicts on the claims as they were last measured, for pages and reports that cannot run them all.

`make docs` writes the table; a long test runs every claim again and compares.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from jakstat.tables import read_cells

if TYPE_CHECKING:
    from jakstat.evidence.verdicts import ClaimVerdict, Report

__all__ = ["FILE", "RecordedVerdict", "read_verdicts", "recorded_verdicts", "verdict_table"]

FILE = "verdicts.csv"
"""Name of the table, in the folder of this room's data."""
_COLUMNS = ("claim", "verdict", "role", "agree", "lanes")


class RecordedVerdict(NamedTuple):
    """What was found of a claim: its verdict, and whether it is built in or came out; empty where neither."""

    verdict: str
    role: str


def verdict_table(*reports: Report) -> str:
    """Verdict, role and share of agreeing lanes of every claim as CSV.

    Parameters
    ----------
    *reports : Report
        Of the same claims, at one scale each; a claim has the verdict of the scale that it can be run at.

    Examples
    --------
    >>> from jakstat.evidence.verdicts import claim_verdict
    >>> verdict_table(claim_verdict(claim="C007", lanes=1)).splitlines()[1]
    'C007,not_yet,,,'
    """
    found: dict[str, tuple[ClaimVerdict, int]] = {}
    for report in reports:
        for one in report.verdicts:
            if one.claim.id not in found or found[one.claim.id][0].verdict == "not_yet":
                found[one.claim.id] = (one, report.lanes)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for key in sorted(found):
        v, lanes = found[key]
        agree = f"{min(f.agree for f in v.findings):.2f}" if v.findings else ""
        writer.writerow([key, v.verdict, v.role or "", agree, lanes if v.findings else ""])
    return out.getvalue()


@lru_cache(maxsize=1)
def recorded_verdicts() -> Mapping[str, RecordedVerdict]:
    """The shipped table, by claim.

    Examples
    --------
    >>> recorded_verdicts()["C117"].verdict
    'supported'
    """
    return MappingProxyType(read_verdicts(files("jakstat.evidence").joinpath("data", FILE).read_bytes()))


def read_verdicts(table: bytes) -> dict[str, RecordedVerdict]:
    """What :func:`verdict_table` wrote, by claim."""
    rows = read_cells(table, file=f"evidence/data/{FILE}", columns=_COLUMNS).sound().lines
    return {line.cells["claim"]: RecordedVerdict(line.cells["verdict"], line.cells["role"]) for line in rows}
