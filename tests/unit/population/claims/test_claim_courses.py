"""The table of experiments on patients, and how a condition is read."""

import pytest

from jakstat.knowledge import knowledge
from jakstat.population.claims.claim_courses import ClaimCourse, CourseCondition, claim_courses


def test_every_row_is_about_tumours_or_patients() -> None:
    claims = knowledge().claims
    assert {claims[e.claim].scale for e in claim_courses()} <= {"tumour", "patient"}
    assert all(claims[e.claim].expected != "annotation" for e in claim_courses())


def test_a_condition_is_read_clause_by_clause() -> None:
    found = CourseCondition.parse("scale TAM_start=3; set pace=10; then flare=4; state HBV; aetiology HBV")
    assert found.factors == (("TAM_start", 3.0),)
    assert found.fixed == (("pace", 10.0),)
    assert found.then == (("flare", 4.0),)
    assert found.states == ("HBV",)
    assert found.patient == (("aetiology", "HBV"),)


@pytest.mark.parametrize("text", ["give TAM=2", "set TAM_start=many", "set TAM_start=1_0", "state"])
def test_what_is_no_clause_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="is no clause"):
        CourseCondition.parse(text)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"control": ""}, "a direction needs a control"),
        ({"expect": "value", "control": ""}, "a value needs low and high"),
        ({"readout": "A then B"}, "readout"),
    ],
)
def test_rows_that_contradict_themselves_are_refused(changes: dict[str, str], said: str) -> None:
    row = {"id": "C045", "readout": "IL6_tumour", "reading": "value(30d)", "control": "none",
           "perturbed": "scale TAM_start=5", "expect": "up"}  # fmt: skip
    with pytest.raises(ValueError, match=said):
        ClaimCourse.model_validate({**row, **changes})
