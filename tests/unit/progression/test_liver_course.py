"""What is asked and what comes out: every problem at once, directions that the claims say."""

import numpy as np
import pytest

from jakstat.errors import InputError
from jakstat.progression.liver_course import liver_course
from jakstat.progression.liver_documents import course_document, course_rows
from jakstat.progression.treatments import LiverTreatment, parse_liver_treatment, parse_years


def end(name, *args, arm=-1, **more):
    return float(liver_course(*args, draws=1, **more)[name].values[arm, -1])


def test_every_problem_at_once():
    with pytest.raises(InputError) as caught:
        liver_course(
            "HDV", age=-3, sex="x", until="0y", treat=["foo", "STAT3=x", "IL6=0.1@70y"], load=-1, infected=9,
            course="here", draws=0, people=-1, seed=-1,
        )  # fmt: skip
    assert [p.code for p in caught.value.problems] == [
        "person.aetiology", "person.sex", "person.course", "person.age", "person.age", "person.load",
        "time.range", "treatment.unknown", "treatment.share", "count.range", "count.range", "seed.range",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"aetiology": "HBV", "treat": "DAA"}, "treatment.idle"),
        ({"aetiology": "HCV", "treat": "DAA@30y"}, "treatment.idle"),
        ({"aetiology": "HBV", "course": "clinic"}, "option.alone"),
        ({"aetiology": "none", "stage": "cirrhosis"}, "person.stage"),
        ({"aetiology": "HCV", "stage": "normal"}, "person.stage"),
        ({"aetiology": "HBV", "treat": ["entecavir", "entecavir@5y"]}, "name.twice"),
        ({"aetiology": "HBV", "age": 90, "until": "40y"}, "time.range"),
        ({"aetiology": "HBV", "stage": "dead_of_other"}, "person.stage"),
        ({"aetiology": "HBV", "age": float("nan")}, "person.age"),
        ({"aetiology": "HBV", "until": "200y"}, "time.range"),
        ({"aetiology": "HBV", "until": "20 kg"}, "unit.clash"),
        ({"aetiology": "HBV", "load": float("inf")}, "person.load"),
    ],
)
def test_what_cannot_be_followed(asked, code):
    with pytest.raises(InputError) as caught:
        liver_course(**asked)
    assert [p.code for p in caught.value.problems] == [code]


def test_times_and_treatments_are_read():
    assert parse_years("1.5 years", field="--until") == 1.5
    assert parse_years("0", field="--until") == 0.0
    assert parse_liver_treatment("il6 = 2 @ 6y") == LiverTreatment("IL6", 2.0, 6.0)
    assert parse_liver_treatment("daa") == LiverTreatment("DAA", None, 0.0)


def test_no_cancer_within_a_year_without_a_driver():
    """C020."""
    assert end("cancer", "none", age=45, until="1y") < 0.01


@pytest.mark.parametrize("virus", ["HBV", "HCV"])
def test_virus_and_hepatitis_bring_cancer(virus):
    """C042, C043, C170: more in 30 years with the virus, and more in active hepatitis than in a carrier."""
    without, active = (end("cancer", who, age=40, until="30y") for who in ("none", virus))
    assert active > 10 * without
    if virus == "HBV":
        assert end("cancer", virus, stage="normal", age=40, until="30y") < active


def test_three_times_the_il6_shortens_the_way():
    """C176: cirrhosis and cancer come earlier; C047: later without STAT3."""
    more = liver_course("HCV", age=40, until="30y", treat="IL6=3", draws=1)
    for name, sign in (("cirrhosis", 1), ("cancer", 1), ("years_without_cancer", -1)):
        untreated, treated = more[name].values[:, -1]
        assert sign * (treated - untreated) > 0, name
    less = liver_course("HCV", age=40, until="30y", treat="STAT3=0", draws=1)
    assert less["cancer"].values[1, -1] < 0.5 * less["cancer"].values[0, -1]


def test_sex_age_load_and_both_viruses():
    base = end("cancer", "HBV", stage="cirrhosis")
    assert end("cancer", "HBV", stage="cirrhosis", sex="female") < base
    assert end("cancer", "HBV", stage="cirrhosis", age=35) < base
    assert end("cancer", "HBV", stage="cirrhosis", load=1e4) < base
    assert end("cancer", "HBV+HCV", stage="cirrhosis") > base
    assert end("cirrhosis", "HCV", course="community") < end("cirrhosis", "HCV", course="clinic")


def test_a_treatment_acts_when_it_begins_and_early_is_better():
    late = liver_course("HBV", until="20y", treat="entecavir@10y", draws=1)
    before = late["time"].values <= 10.0
    for name in ("cancer", "cirrhosis", "death"):
        assert late[name].values[0, before] == pytest.approx(late[name].values[1, before], abs=1e-12)
    early = end("cancer", "HBV", until="20y", treat="entecavir")
    assert early < late["cancer"].values[1, -1] < late["cancer"].values[0, -1]


def test_of_two_drugs_for_one_virus_the_stronger_counts():
    one = end("cancer", "HBV", until="20y", treat="entecavir")
    both = end("cancer", "HBV", until="20y", treat=["entecavir", "tenofovir"])
    assert both == one  # the table gives them the same shares
    block = end("cancer", "HBV", until="20y", treat=["IL6=0.5", "siltuximab"])
    assert block < end("cancer", "HBV", until="20y", treat="siltuximab")


def test_the_oldest_are_followed_to_the_end():
    """Hazards per year rise above 10 in some draws: probabilities stay probabilities."""
    found = liver_course("HBV+HCV", age=60, until="50y", stage="cirrhosis", draws=40)
    assert (found["death"].values <= 100.0 + 1e-6).all()
    assert found["probability"].values.min() > -1e-9
    assert found["death_high"].values[0, -1] > 99.9


def test_the_value_is_that_of_the_table_and_draws_hold_it():
    one = liver_course("HBV", until="10y", treat="siltuximab", draws=1)
    many = liver_course("HBV", until="10y", treat="siltuximab", draws=80)
    assert many["cancer"].values == pytest.approx(one["cancer"].values, abs=1e-12)
    assert "cancer_low" not in one
    assert (many["cancer_low"].values <= many["cancer"].values).all()
    assert (many["cancer"].values <= many["cancer_high"].values).all()


def test_the_document_has_a_row_for_each_arm_and_time():
    found = liver_course("HCV", until="2y", treat="DAA", draws=4, people=20)
    document = course_document(found)
    rows = course_rows(document)
    assert len(rows) == 2 * len(document["years"])
    assert rows[0]["probability_hepatitis"] == 1.0
    assert {"cancer_ratio", "cancer_difference"} <= set(document["effects"])
    assert found["drawn_cancer"].dims == ("arm", "time")
    assert np.isfinite(found["cancer_hazard"].values).all()
