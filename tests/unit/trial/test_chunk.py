"""Chunks of a trial: a patient's rows are his own, and tables hold what their columns say."""

from dataclasses import replace

import numpy as np
import pytest

from jakstat.patients.treatment import parse_prescriptions
from jakstat.population.arms import follow_arm
from jakstat.population.cohort import cohort
from jakstat.population.cohort_lanes import cohort_course, settled_cohort
from jakstat.population.outcome_numbers import outcome_numbers
from jakstat.population.trial_behaviours import tumour_course
from jakstat.trial.arm_courses import trial_body
from jakstat.trial.chunk import run_chunk
from jakstat.trial.columns import trial_column
from jakstat.trial.design import (
    Eligibility,
    Occasion,
    Rule,
    RuleAct,
    Stratum,
    TreatmentLine,
    TrialArm,
    TrialDesign,
)
from jakstat.trial.run_tables import SCREENED_OUT

WEEK, MONTH = 168.0, 730.5
SORAFENIB = parse_prescriptions(["sorafenib 400 mg PO BID"])
STOP = Rule(Occasion.PROGRESSION, RuleAct.STOP)
REDUCE = Rule(Occasion.TOXICITY, RuleAct.REDUCE, ("sorafenib",), 0.5)
PLACEBO = TrialArm("placebo", TreatmentLine("placebo"))
TREATED = TrialArm("sorafenib", TreatmentLine("sorafenib", SORAFENIB, (STOP, REDUCE)))
DESIGN = TrialDesign(
    name="a trial", disease="hcc", population="sharp", patients=6, size=6, seed=3, arms=(PLACEBO, TREATED),
    lines=(), visits_h=tuple(k * 6 * WEEK for k in range(5)), until_h=24 * WEEK, endpoints=("OS", "TTP"),
    primary="OS", strata=(Stratum("pSTAT3_bulk"),), accrual_h=3 * MONTH, dropout=0.02 / MONTH, courses=4,
)  # fmt: skip
TABLES = ("patients", "options", "visits", "courses")


@pytest.fixture(scope="module")
def patients():
    return cohort("sharp", 6, seed=3)


@pytest.fixture(scope="module")
def chunk(patients):
    return run_chunk(DESIGN, patients)


def rows(chunk, table, arm=None, patient=None):
    found = getattr(chunk, table).to_pandas()
    if arm is not None:
        found = found[found.arm == arm]
    if patient is not None:
        found = found[found.patient == patient]
    return found.reset_index(drop=True)


@pytest.fixture(scope="module")
def alone():
    return run_chunk(DESIGN, cohort("sharp", 1, seed=3, first=2))


@pytest.fixture(scope="module")
def wider(patients):
    free = TrialArm("no rules", TreatmentLine("no rules", SORAFENIB))
    return run_chunk(replace(DESIGN, arms=(*DESIGN.arms, free)), patients)


@pytest.mark.parametrize("table", TABLES)
def test_a_patient_alone_has_the_same_rows_to_the_last_bit(chunk, alone, table):
    assert rows(alone, table).equals(rows(chunk, table, patient=2))


@pytest.mark.parametrize("table", TABLES)
def test_another_arm_changes_no_row_of_the_others(chunk, wider, table):
    for arm in ("placebo", "sorafenib"):
        mine, others = rows(chunk, table, arm), rows(wider, table, arm)
        if table == "patients":  # randomised among three
            mine, others = (t.drop(columns="assigned") for t in (mine, others))
        assert mine.equals(others)


def test_fewer_outputs_and_another_dropout_change_no_other_draw(chunk, patients):
    """Biomarkers, kept courses and loss from sight are beside the course: deaths and readings stay."""
    other = run_chunk(replace(DESIGN, biomarkers=("AFP",), courses=0, strata=(), dropout=0.0), patients)
    assert rows(other, "options").equals(rows(chunk, "options"))
    mine, others = rows(chunk, "visits"), rows(other, "visits")
    seen = mine.sum_read.notna()
    assert (mine.sum_read[seen] == others.sum_read[seen]).all()
    assert (mine.AFP[seen] == others.AFP[seen]).all()
    for name in ("assigned", "entry_h"):
        assert rows(other, "patients")[name].equals(rows(chunk, "patients")[name])


def test_every_patient_is_assigned_to_one_arm(chunk):
    found = rows(chunk, "patients")
    assert found.groupby("patient").assigned.sum().tolist() == [1] * 6
    assert found.arm.tolist() == ["placebo", "sorafenib"] * 6
    assert len(rows(chunk, "options")) == 6 * 2 * 9
    assert sorted(set(rows(chunk, "courses").patient)) == [0, 1, 2, 3]


def test_times_of_events_are_finite_and_within_what_is_followed(chunk):
    found = rows(chunk, "patients")
    for name in ("OS", "PFS", "TTP"):
        assert np.isfinite(found[f"{name}_h"]).all()
        assert (found[f"{name}_h"] <= found.alive_h).all()
    assert (found.PFS_left_h <= found.PFS_h).all()
    assert (found.alive_h <= DESIGN.until_h).all()
    assert (found[found.OS_event].cause != "").all()
    main = rows(chunk, "options").query("burden == 'beta_middle' and era == 'era_none'")
    dead = main.death_h.to_numpy() <= found.alive_h.to_numpy()
    assert (dead == found.OS_event.to_numpy()).all()


def test_every_column_is_described(chunk):
    for table in TABLES:
        for name in getattr(chunk, table).column_names:
            assert trial_column(table, name).what


def test_nothing_is_read_behind_death_or_loss(chunk):
    found = rows(chunk, "visits")
    gone = found.dead | found.left
    assert gone.any()
    assert found[gone][["sum_read", "CRP"]].isna().all().all()
    assert (found[gone].response == "").all()
    assert found[~gone].sum_read.notna().all()


def test_the_untreated_arm_is_the_cohort_of_the_validation(chunk, patients):
    """Courses in legs from visit to visit against one run to the end, read afterwards."""
    body = trial_body("hcc")
    times = np.arange(0.0, 25.0) * WEEK
    names = ["tumour_volume", "albumin"]
    run = cohort_course(patients, body, settled_cohort(patients, body), (), times, names)
    expected = follow_arm(tumour_course(run.values, times), patients, outcome_numbers())
    found = rows(chunk, "options", "placebo").query("burden == 'beta_middle' and era == 'era_none'")
    assert found.death_h.to_numpy() == pytest.approx(expected.death, rel=2e-3)
    seen = rows(chunk, "patients", "placebo")
    progressed = seen.TTP_event.to_numpy()
    assert progressed.sum() >= 2
    assert (expected.progression.time[progressed] == seen.TTP_h[progressed]).all()


def test_treatment_ends_at_progression(chunk):
    """The drug is there until the visit that shows progression, and gone six weeks later."""
    treated = rows(chunk, "patients", "sorafenib")
    stopped = treated[np.isfinite(treated.stopped_h) & (treated.patient < 4)]
    assert len(stopped)
    for one in stopped.itertuples():
        assert one.stopped_h == one.TTP_h
        course = rows(chunk, "courses", "sorafenib", one.patient)
        level = dict(zip(course.time_h, course.sorafenib_total, strict=True))
        assert level[one.stopped_h - WEEK] > 1.0
        if np.isfinite(level[one.stopped_h + 6 * WEEK]):
            assert level[one.stopped_h + 6 * WEEK] < 1e-3


def test_schemas_do_not_rest_on_who_is_in_a_chunk(chunk):
    """Nobody let in, and patients whose courses are not kept."""
    nobody = run_chunk(replace(DESIGN, eligible=(Eligibility("IL6", low=1e9),)), cohort("sharp", 2, seed=3))
    later = run_chunk(DESIGN, cohort("sharp", 2, seed=3, first=100))
    for table in TABLES:
        schema = getattr(chunk, table).schema
        assert schema.equals(getattr(nobody, table).schema, check_metadata=True)
        assert schema.equals(getattr(later, table).schema, check_metadata=True)
    assert [getattr(nobody, t).num_rows for t in TABLES] == [4, 0, 0, 0]
    assert set(rows(nobody, "patients").failed) == {SCREENED_OUT}
    assert later.courses.num_rows == 0


def test_patients_who_are_not_let_in_are_not_simulated(patients):
    threshold = float(np.median(patients.numbers["IL6"]))
    found = run_chunk(
        replace(DESIGN, arms=(PLACEBO,), strata=(), eligible=(Eligibility("IL6", low=threshold),)), patients
    )
    table = rows(found, "patients")
    out = table.failed == SCREENED_OUT
    assert out.tolist() == (patients.numbers["IL6"] < threshold).tolist()
    assert table[out].OS_h.isna().all()
    assert not table[out].assigned.any()
    assert set(rows(found, "visits").patient) == set(table[~out].patient)
