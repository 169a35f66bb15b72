"""The time courses behind a claim, for drawing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from jakstat.errors import problem
from jakstat.evidence.batch import DrawnCell, JobCurves, drawn_cell, job_key, jobs, missing, run_job
from jakstat.evidence.claim_experiment import ClaimExperiment, experiments

__all__ = ["ClaimTrace", "claim_traces"]


@dataclass(frozen=True, slots=True)
class ClaimTrace:
    """One experiment with the runs of its control (None without one) and of what was changed."""

    experiment: ClaimExperiment
    control: JobCurves | None
    perturbed: JobCurves
    sources: tuple[str, ...]


def claim_traces(claim: str, *, lanes: int, seed: int) -> tuple[ClaimTrace, ...]:
    """The runs of every experiment of a claim.

    Raises
    ------
    InputError
        ``claim.not-run``: the claim has no experiment, or one that no part can run yet.

    Examples
    --------
    >>> trace = claim_traces("C024", lanes=2, seed=1)[0]
    >>> trace.perturbed.values["pJAK1"].shape[:2]
    (2, 1)
    """

    @lru_cache(maxsize=8)
    def place(context: str, parts: tuple[str, ...]) -> DrawnCell:
        return drawn_cell(context, parts, lanes=lanes, seed=seed)

    rows = [e for e in experiments() if e.claim == claim.upper()]
    if not rows or any(missing(e, place) for e in rows):
        hint = f"jakstat evidence --claim {claim} says what it waits for"
        raise problem("claim.not-run", f"claim {claim[:20]!r} has no run to draw", field="--plot", hint=hint)
    found = {j.key: run_job(j, place(j.context, j.parts)) for j in jobs(rows)}
    return tuple(
        ClaimTrace(
            e,
            None if e.control is None else found[job_key(e, e.control)],
            found[job_key(e, e.perturbed)],
            place(*job_key(e, e.perturbed)[:2]).cell.assembly.sources,
        )
        for e in rows
    )
