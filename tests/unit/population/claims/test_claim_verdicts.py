"""Verdicts on claims about tumours and patients."""

import pytest

from jakstat.errors import InputError
from jakstat.patients.bodies import body_of
from jakstat.population.blood_behaviours import founders_behaviour
from jakstat.population.claims.claim_courses import ClaimCourse, CourseCondition, claim_courses
from jakstat.population.claims.claim_verdicts import patient_claim_verdicts
from jakstat.population.claims.course_runs import run_course


def _course(name: str) -> ClaimCourse:
    return next(e for e in claim_courses() if e.id == name)


def _closed(experiment: ClaimCourse, clause: str) -> ClaimCourse:
    """The experiment with one number closed in control and perturbed."""

    def with_clause(condition: CourseCondition) -> CourseCondition:
        more = CourseCondition.parse(clause)
        return condition.model_copy(update={"fixed": (*condition.fixed, *more.fixed)})

    assert experiment.control is not None
    update = {"control": with_clause(experiment.control), "perturbed": with_clause(experiment.perturbed)}
    return experiment.model_copy(update=update)


@pytest.mark.parametrize(
    ("name", "clause"), [("C032b", "set gain_IL6_MDSC=0"), ("C202b", "set gain_IL6_TAM=0")]
)
def test_a_loop_that_is_closed_takes_the_effect_away(name: str, clause: str) -> None:
    whole = run_course(_course(name), lanes=2, seed=1)
    broken = run_course(_closed(_course(name), clause), lanes=2, seed=1)
    assert whole.control is not None
    assert broken.control is not None
    first = (whole.perturbed / whole.control - 1.0)[0]
    left = (broken.perturbed / broken.control - 1.0)[0]
    assert abs(first) > 0.05
    assert abs(left) < 0.6 * abs(first)


def test_the_same_seed_gives_the_same_lanes_and_the_first_is_the_table() -> None:
    few, more = (run_course(_course("C045"), lanes=n, seed=3) for n in (2, 4))
    other = run_course(_course("C045"), lanes=2, seed=4)
    assert few.perturbed.tolist() == more.perturbed[:2].tolist()
    assert few.perturbed[0] == other.perturbed[0]
    assert few.perturbed[1] != other.perturbed[1]


def test_a_claim_on_cells_is_refused() -> None:
    with pytest.raises(InputError, match="no claim about tumours or patients"):
        patient_claim_verdicts(claim="C025")


def test_a_claim_that_no_experiment_is_declared_for_says_what_it_waits_for() -> None:
    found = patient_claim_verdicts(claim="C221", lanes=2).verdicts[0]
    assert (found.verdict, found.findings) == ("not_yet", ())
    assert found.reason.startswith("waits for ")


@pytest.mark.long
def test_a_share_that_patients_are_drawn_by_is_encoded() -> None:
    """Four of five liver cancers are hepatocellular (Rumgay 2022), between 75 and 85 % from lane to lane."""
    found = patient_claim_verdicts(claim="C004", lanes=4).verdicts[0]
    assert (found.verdict, found.role) == ("supported", "encoded")
    value = found.findings[0].perturbed
    assert value is not None
    assert abs(value - 0.8) < 4.0 * (0.8 * 0.2 / 1000) ** 0.5


def test_founders_of_the_first_lane_are_those_of_the_validation() -> None:
    found = patient_claim_verdicts(claim="C018", lanes=2).verdicts[0].findings[0]
    body = body_of("hepg2", "hcc", ("ruxolitinib",))
    assert found.perturbed == pytest.approx(founders_behaviour(body)["founders_ratio"], rel=1e-4)
