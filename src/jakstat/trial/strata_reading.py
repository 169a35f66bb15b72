"""The endpoints of a trial within groups of patients: those above a cut and those below, or by aetiology."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from jakstat.extras import needs
from jakstat.trial.endpoints import endpoint_document
from jakstat.trial.run_tables import RunTables

with needs("trial"):
    from scipy.stats import chi2

__all__ = ["strata_document", "stratum_groups"]

_CATEGORY = "aetiology"
_FEWEST = 10
_LIMITS = 3.919927969080108  # width of an interval of 95 % in standard errors


def stratum_groups(
    run: RunTables, number: str, cut: float | None
) -> tuple[dict[str, NDArray[np.bool_]], float | None]:
    """The groups of a stratum by name, and the cut between them.

    Parameters
    ----------
    run : RunTables
    number : str
        A number of the first visit, or ``aetiology``.
    cut : float, optional
        The median of those let in when it is not given.

    Returns
    -------
    groups : dict of str to bool array (patients,)
        Empty when the tables do not have the number.
    cut : float or None
    """
    if number == _CATEGORY:
        names = run.first(_CATEGORY)
        return {str(n): np.asarray(names == n) for n in np.unique(names[run.eligible]) if n}, None
    column = f"base_{number}"
    if column not in run.columns:
        return {}, cut
    values = run.first(column)
    own = values[run.eligible & np.isfinite(values)]
    if not len(own):
        return {}, cut
    at = float(np.median(own)) if cut is None else cut
    return {"low": values <= at, "high": values > at}, at


def strata_document(run: RunTables, question: dict[str, Any], units: dict[str, str]) -> dict[str, Any]:
    """Each stratum with the endpoints of its groups, and a test whether the ratios of hazards differ.

    Parameters
    ----------
    run : RunTables
    question : dict
    units : dict
        Unit by the name of a number.
    """
    found = {}
    ends = [e for e in question["endpoints"] if e in ("OS", "PFS", "TTP", "RFS") and run.has(e)]
    for asked in question["strata"]:
        number = asked["number"]
        groups, cut = stratum_groups(run, number, asked["cut"])
        one: dict[str, Any] = {"number": number, "unit": units.get(number, ""), "cut": cut,
                               "groups": list(groups)}  # fmt: skip
        for name, members in groups.items():
            counted = int((members & run.assigned.any(axis=0)).sum())
            one[name] = {"n": counted, "endpoints": {}}
            if counted >= _FEWEST:
                one[name]["endpoints"] = {
                    e: endpoint_document(run, e, question, members=members) for e in ends
                }
        one["interaction"] = {e: _interaction(one, e, run.arms[1:]) for e in ends}
        found[number] = one
    return found


def _interaction(stratum: dict[str, Any], endpoint: str, arms: tuple[str, ...]) -> dict[str, float]:
    """Chance of ratios as different as these or more if all groups had the same, by arm (Cochran's Q)."""
    found = {}
    for arm in arms:
        each = [
            stratum[g]["endpoints"][endpoint]["compared"][arm]
            for g in stratum["groups"]
            if stratum[g]["endpoints"]
        ]
        logs = np.log([e["hazard_ratio"] for e in each])
        with np.errstate(invalid="ignore", divide="ignore"):
            errors = (np.log([e["cox_high"] for e in each]) - np.log([e["cox_low"] for e in each])) / _LIMITS
        if len(each) < 2 or not np.isfinite(logs).all() or not np.isfinite(errors).all():
            continue
        found[arm] = _heterogeneity(logs, errors)
    return found


def _heterogeneity(logs: NDArray[np.float64], errors: NDArray[np.float64]) -> float:
    """Cochran 1954, doi:10.2307/3001666.

    Examples
    --------
    >>> round(_heterogeneity(np.array([0.0, 1.96 * 2**0.5]), np.ones(2)), 3)
    0.05
    """
    share = errors**-2 / (errors**-2).sum()
    q = float((((logs - (share * logs).sum()) / errors) ** 2).sum())
    return float(chi2.sf(q, len(logs) - 1))
