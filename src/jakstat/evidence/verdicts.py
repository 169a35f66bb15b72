"""Claims put to the test: every experiment in every lane, and what that says about each claim.

- supported: at least 90 % of the lanes show what is expected, by 5 % of the control or more
  (less than 5 % where no effect is expected).
- contradicted: at least 90 % of the lanes show the opposite.
- inconclusive: anything between, an effect too small or one that parameters decide.
- not_yet: a part that it needs does not exist; the reason names it.
- untestable: a check of the records, not an experiment.

Claims about the drugs as a whole are counted in the drug library, without lanes.

A claim with several experiments gets the worst of their verdicts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.engine.model import Model
from jakstat.errors import problem
from jakstat.evidence.batch import (
    DrawnCell,
    JobCurves,
    Key,
    Place,
    drawn_cell,
    experiment_parts,
    job_key,
    jobs,
    missing,
    run_job,
)
from jakstat.evidence.claim_experiment import ClaimExperiment, experiments, reasons, waits_for
from jakstat.evidence.library_checks import library_checks
from jakstat.evidence.readings import read, read_pair
from jakstat.evidence.roles import Role, encoded_by, role
from jakstat.knowledge import knowledge
from jakstat.knowledge.claim import Claim
from jakstat.knowledge.queries import claims as find_claims
from jakstat.store import json_ready

__all__ = [
    "ClaimVerdict",
    "Finding",
    "Report",
    "Verdict",
    "agreement",
    "claim_verdict",
    "judged",
    "verdict_on",
]

Verdict = Literal["supported", "contradicted", "inconclusive", "not_yet", "untestable"]

NOTICEABLE = 0.05
"""An effect below this share of the control is none."""
AGREE = 0.9
"""Share of lanes that must agree."""
_WORST: tuple[Verdict, ...] = ("contradicted", "not_yet", "inconclusive", "supported", "untestable")
_TINY = 1e-30


@dataclass(frozen=True, slots=True)
class Finding:
    """What one experiment gave; numbers are those of the table's own vector, None when it failed.

    ``agree`` and ``opposite`` are shares of all lanes, failed ones included.
    """

    id: str
    readout: str
    reading: str
    expect: str
    control: float | None
    perturbed: float | None
    effect: float | None
    low: float | None
    high: float | None
    unit: str
    agree: float
    opposite: float
    failed: int
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class ClaimVerdict:
    """What the model says about one claim."""

    claim: Claim
    verdict: Verdict
    role: Role | None
    findings: tuple[Finding, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """The verdicts of all chosen claims, and how they were had."""

    verdicts: tuple[ClaimVerdict, ...]
    lanes: int
    seed: int
    simulations: int

    def counts(self) -> dict[str, dict[str, int]]:
        """Numbers of claims by verdict, by role of those that ran, and by verdict within each scale."""
        ran = [v for v in self.verdicts if v.findings]
        scales = sorted({v.claim.scale for v in self.verdicts})
        found = {
            "verdict": dict(Counter(str(v.verdict) for v in self.verdicts)),
            "role": dict(Counter(str(v.role) for v in ran)),
        }
        for scale in scales:
            here = (str(v.verdict) for v in self.verdicts if v.claim.scale == scale)
            found[f"scale_{scale}"] = dict(Counter(here))
        return found


def claim_verdict(
    *,
    module: str | None = None,
    claim: str | None = None,
    lanes: int = 200,
    seed: int = 1,
    progress: Callable[[str], None] = lambda _: None,
    model: Callable[[str, tuple[str, ...]], Model | None] = lambda _, __: None,
) -> Report:
    """Run the experiments of the chosen claims over an ensemble of parameter vectors.

    Parameters
    ----------
    module, claim : str, optional
        Only the claims of one module, or one claim.
    lanes : int
        Number of parameter vectors.
    seed : int
    progress : callable
        Told what is being run.
    model : callable
        Gives another model for a context and its parts, for tests that break it on purpose.

    Raises
    ------
    InputError
        ``claim.module``, ``claim.unknown``, ``count.range``, ``seed.range``.

    Examples
    --------
    >>> [v.verdict for v in claim_verdict(claim="C007", lanes=2).verdicts]
    ['not_yet']
    """
    chosen = find_claims(module=module) if claim is None else (_one(claim),)

    @lru_cache(maxsize=64)
    def place(context: str, parts: tuple[str, ...]) -> DrawnCell:
        return drawn_cell(context, parts, lanes=lanes, seed=seed, model=model(context, parts))

    wanted = {c.id for c in chosen}
    declared: dict[str, list[ClaimExperiment]] = {}
    for e in experiments():
        if e.claim in wanted:
            declared.setdefault(e.claim, []).append(e)
    absent = {e.id: missing(e, place) for rows in declared.values() for e in rows}
    # an experiment runs only when the whole claim can be put to the test
    runs = [e for rows in declared.values() if not any(absent[r.id] for r in rows) for e in rows]
    curves = _simulated(runs, place, progress)
    findings = {e.id: _finding(e, curves) for e in runs}
    roles = _roles(runs, declared, place)
    verdicts = tuple(_verdict(c, declared.get(c.id, []), absent, findings, roles) for c in chosen)
    return Report(verdicts, lanes, seed, sum(c.levels.size * lanes for c in curves.values()))


def _one(claim: str) -> Claim:
    found = knowledge().claims.get(claim.upper())
    if found is None:
        hint = "claims are C001 to C374; see: jakstat claims"
        raise problem("claim.unknown", f"there is no claim {claim[:20]!r}", field="--claim", hint=hint)
    return found


def _simulated(
    runs: Iterable[ClaimExperiment], place: Place, progress: Callable[[str], None]
) -> dict[Key, JobCurves]:
    found = {}
    todo = jobs(runs)
    for i, job in enumerate(todo, start=1):
        progress(f"condition {i} of {len(todo)}: {job.context}, {job.condition}")
        found[job.key] = run_job(job, place(job.context, job.parts))
    return found


def _roles(
    runs: Iterable[ClaimExperiment],
    declared: Mapping[str, list[ClaimExperiment]],
    place: Place,
) -> dict[str, Role]:
    """The role of each claim that ran; encoded when the model of any of its experiments encodes it."""
    claims = knowledge().claims
    found: dict[str, set[str]] = {}
    models: dict[tuple[str, tuple[str, ...]], set[str]] = {}
    for e in runs:
        where = (e.perturbed.cells(e.context), experiment_parts(e))
        if where not in models:
            here = place(*where).cell
            models[where] = set(encoded_by(here.model, here.assembly.evidence, here.assembly.rules))
        found.setdefault(e.claim, set()).update(models[where])
    return {c: role(claims[c], dict.fromkeys(encoded), declared[c]) for c, encoded in found.items()}


def _unit(e: ClaimExperiment, curves: JobCurves) -> str:
    """The unit of a reading whose experiment gives none."""
    if e.reading.name == "half_rise":
        return "h"
    if e.reading.name in ("ec50", "ic50"):
        return curves.unit
    plain = "/" in e.readout or e.reading.name in ("share_of_peak", "peak_over_start", "hill")
    return "1" if plain else curves.units[e.readouts[0]]


def _finding(e: ClaimExperiment, curves: Mapping[Key, JobCurves]) -> Finding:
    after = curves[job_key(e, e.perturbed)]
    control: Floats | None = None
    if e.expect == "order":
        control, perturbed = read_pair(e, after)
    else:
        perturbed = read(e, after)
        control = None if e.control is None else read(e, curves[job_key(e, e.control)])
    return judged(e, control, perturbed, unit=e.unit or _unit(e, after))


class _Judged(Protocol):
    """What an experiment on a claim says of itself."""

    @property
    def id(self) -> str: ...
    @property
    def readout(self) -> str: ...
    @property
    def reading(self) -> object: ...
    @property
    def expect(self) -> str: ...
    @property
    def low(self) -> float | None: ...
    @property
    def high(self) -> float | None: ...


def judged(e: _Judged, control: Floats | None, perturbed: Floats, *, unit: str) -> Finding:
    """What readings in all lanes say about an experiment.

    Parameters
    ----------
    e : ClaimExperiment or the like
        With id, readout, reading, expect, low and high.
    control, perturbed : array (lanes,)
        Readings; NaN where a lane failed. A value has no control; of an order the first is the control.
    unit : str
    """
    effect: Floats | None = None
    if e.expect == "order":
        assert control is not None
        agrees, opposite = perturbed > control, perturbed < control
    elif e.expect == "value":
        assert e.low is not None
        assert e.high is not None
        agrees = (perturbed >= e.low) & (perturbed <= e.high)
        opposite = np.isfinite(perturbed) & ~agrees
    else:
        assert control is not None
        effect = (perturbed - control) / np.maximum(np.abs(control), _TINY)
        effect = np.where((control == 0) & (perturbed == 0), 0.0, effect)
        agrees, opposite = agreement(e.expect, effect)
    agree, against = float(np.mean(agrees)), float(np.mean(opposite))
    verdict: Verdict = (
        "supported" if agree >= AGREE else "contradicted" if against >= AGREE else "inconclusive"
    )
    return Finding(
        id=e.id,
        readout=e.readout,
        reading=str(e.reading),
        expect=e.expect,
        control=None if control is None else json_ready(control[0]),
        perturbed=json_ready(perturbed[0]),
        effect=None if effect is None else json_ready(effect[0]),
        low=e.low,
        high=e.high,
        unit=unit,
        agree=agree,
        opposite=against,
        failed=int(np.sum(~np.isfinite(perturbed))),
        verdict=verdict,
    )


def agreement(expect: str, effect: Floats) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which lanes agree with a direction, and which show the opposite; a failed lane does neither.

    Parameters
    ----------
    expect : {"up", "down", "no_effect"}
    effect : array (lanes,)
        Change over control.

    Examples
    --------
    >>> agrees, opposite = agreement("down", np.array([-0.5, -0.01, 0.3, np.nan]))
    >>> agrees.tolist(), opposite.tolist()
    ([True, False, False, False], [False, False, True, False])
    """
    up, down = effect >= NOTICEABLE, effect <= -NOTICEABLE
    if expect == "up":
        return up, down
    if expect == "down":
        return down, up
    return np.abs(effect) < NOTICEABLE, up | down


def _verdict(
    claim: Claim,
    rows: list[ClaimExperiment],
    absent: Mapping[str, tuple[str, ...]],
    findings: Mapping[str, Finding],
    roles: Mapping[str, Role],
) -> ClaimVerdict:
    if claim.scale == "record" and claim.id in library_checks():
        return _library_verdict(claim)
    if claim.scale == "record":
        return ClaimVerdict(claim, "untestable", None, (), "a check of the records, not an experiment")
    lacking = list(dict.fromkeys(name for row in rows for name in absent[row.id]))
    found = () if lacking else tuple(findings[row.id] for row in rows)
    return verdict_on(claim, found, roles.get(claim.id), lacking=lacking)


def verdict_on(
    claim: Claim, found: tuple[Finding, ...], of_role: Role | None, *, lacking: Iterable[str] = ()
) -> ClaimVerdict:
    """The verdict on a claim from what its experiments found; without any, what it waits for.

    Examples
    --------
    >>> verdict_on(knowledge().claims["C007"], (), None).verdict
    'not_yet'
    """
    if claim.expected == "annotation":
        return ClaimVerdict(claim, "untestable", None, (), "an annotation: nothing is expected of a model")
    if not found:
        wait = waits_for(claim)
        absent = ", ".join(lacking)
        lack = f"; lacking: {absent}" if absent else ""
        return ClaimVerdict(claim, "not_yet", None, (), f"waits for {wait.part}: {wait.what}{lack}")
    verdict = min((f.verdict for f in found), key=_WORST.index)
    reason = _explained(verdict, found)
    if verdict in ("contradicted", "inconclusive"):
        reason = "; ".join(x for x in (reasons().get(claim.id, ""), reason) if x)
    return ClaimVerdict(claim, verdict, of_role, found, reason)


def _library_verdict(claim: Claim) -> ClaimVerdict:
    """A claim about the drugs as a whole: the classes that have a drug in the library, counted."""
    check = library_checks()[claim.id]
    present = check.present()
    verdict: Verdict = "supported" if present == check.claimed else "contradicted"
    said = "; ".join(", ".join(names) or "none" for names in check.members())
    found = Finding(
        id=claim.id,
        readout="drug library",
        reading="classes with a drug",
        expect="value",
        control=None,
        perturbed=float(present),
        effect=None,
        low=float(check.claimed),
        high=float(check.claimed),
        unit="classes",
        agree=float(present == check.claimed),
        opposite=float(present != check.claimed),
        failed=0,
        verdict=verdict,
    )
    return ClaimVerdict(claim, verdict, "encoded", (found,), f"{check.note}: {said}")


def _explained(verdict: Verdict, found: Iterable[Finding]) -> str:
    """In words, what made the verdict."""
    said = []
    for f in found:
        if f.verdict != verdict:
            continue
        share = f.opposite if verdict == "contradicted" else f.agree
        what = "show the opposite" if verdict == "contradicted" else "agree"
        small = verdict == "inconclusive" and f.effect is not None and abs(f.effect) < NOTICEABLE
        note = "; the effect is below 5 % of the control" if small else ""
        failed = f"; {f.failed} failed" if f.failed else ""
        said.append(f"{f.readout} {f.reading}: {share:.0%} of lanes {what}{note}{failed}")
    return "; ".join(said)
