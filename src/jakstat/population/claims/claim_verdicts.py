"""Verdicts on claims about tumours and patients, by the rules of those about cells."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from jakstat.errors import problem
from jakstat.evidence.claim_experiment import experiments
from jakstat.evidence.roles import Role, encoded_by
from jakstat.evidence.verdicts import Finding, Report, judged, verdict_on
from jakstat.knowledge import knowledge
from jakstat.knowledge.claim import Claim
from jakstat.knowledge.queries import claims as find_claims
from jakstat.limits import LIMITS, check_count
from jakstat.patients.bodies import body_of, cell_of
from jakstat.patients.patient_record import make_patient
from jakstat.population.claims.claim_courses import claim_courses
from jakstat.population.claims.cohort_claims import DRAWN_AS_SAID, cohort_findings
from jakstat.population.claims.course_runs import run_course
from jakstat.population.claims.founder_claims import founder_findings
from jakstat.population.claims.liver_claims import liver_findings
from jakstat.population.claims.sorted_cells import sorted_findings
from jakstat.streams import check_seed

__all__ = ["patient_claim_verdicts"]

_SCALES = ("tumour", "patient")


def patient_claim_verdicts(
    *,
    module: str | None = None,
    claim: str | None = None,
    lanes: int = 64,
    seed: int = 1,
    threads: int = 1,
    progress: Callable[[str], None] = lambda _: None,
) -> Report:
    """Put the claims about tumours and patients to the test.

    Parameters
    ----------
    module, claim : str, optional
        Only the claims of one module, or one claim.
    lanes : int
        Number of patients that differ by the numbers of the tumour's parts.
    seed, threads : int
    progress : callable
        Told what is being run.

    Raises
    ------
    InputError
        ``claim.module``, ``claim.unknown``, ``claim.scale``, ``count.range``, ``seed.range``.

    Examples
    --------
    >>> [v.verdict for v in patient_claim_verdicts(claim="C045", lanes=2).verdicts]
    ['supported']
    """
    check_count(lanes, most=LIMITS.lanes, field="--lanes")
    check_seed(seed)
    of_cells = {e.claim for e in experiments()}
    chosen = [c for c in _chosen(module, claim) if c.scale in _SCALES and c.id not in of_cells]
    if claim is not None and not chosen:
        message = f"{claim.upper()} is no claim about tumours or patients"
        raise problem("claim.scale", message, field="--claim", hint="leave --scale out")
    wanted = {c.id for c in chosen}
    findings: dict[str, list[Finding]] = {}
    simulations = 0
    courses = [e for e in claim_courses() if e.claim in wanted]
    for number, e in enumerate(courses, start=1):
        progress(f"experiment {number} of {len(courses)}: {e.id}")
        run = run_course(e, lanes=lanes, seed=seed, threads=threads)
        findings.setdefault(e.claim, []).append(judged(e, run.control, run.perturbed, unit=run.unit))
        simulations += lanes * len(e.conditions)
    liver = liver_findings(wanted, lanes=lanes, seed=seed, progress=progress)
    groups = [liver.findings]
    for others in (cohort_findings, sorted_findings, founder_findings):
        groups.append(others(wanted, lanes=lanes, seed=seed, progress=progress))
    for key, found in (pair for group in groups for pair in group.items()):
        findings.setdefault(key, []).extend(found)
        simulations += lanes
    diseases = {"hcc", *(e.disease for e in courses)}
    roles = {**_roles(set(findings) - set(liver.findings), diseases), **liver.roles}
    roles |= dict.fromkeys(DRAWN_AS_SAID & findings.keys(), "encoded")
    verdicts = tuple(verdict_on(c, tuple(findings.get(c.id, ())), roles.get(c.id)) for c in chosen)
    return Report(verdicts, lanes, seed, simulations)


def _chosen(module: str | None, claim: str | None) -> Iterable[Claim]:
    if claim is None:
        return find_claims(module=module)
    found = knowledge().claims.get(claim.upper())
    if found is None:
        hint = "claims are C001 to C374; see: jakstat claims"
        raise problem("claim.unknown", f"there is no claim {claim[:20]!r}", field="--claim", hint=hint)
    return (found,)


def _roles(wanted: Collection[str], diseases: Iterable[str]) -> Mapping[str, Role]:
    """Encoded where a reaction or rule of the patient's document works as the claim says, else emergent."""
    found: dict[str, Role] = {}
    encoded: set[str] = set()
    for disease in sorted(diseases) if wanted else ():
        body = body_of(cell_of(make_patient({"disease": disease})), disease)
        encoded |= set(encoded_by(body.model, body.assembly.evidence, body.assembly.rules))
    for key in wanted:
        found[key] = "encoded" if key in encoded else "emergent"
    return found
