"""A cohort in the engine: what a patient's numbers become, and drugs at their mean rate."""

from dataclasses import replace

import numpy as np
import pytest

from jakstat.patients.bodies import body_of
from jakstat.patients.recist import sphere_volume
from jakstat.patients.treatment import parse_prescriptions
from jakstat.population.blood_behaviours import founders_behaviour
from jakstat.population.cohort import cohort
from jakstat.population.cohort_lanes import cohort_course, cohort_lanes, cohort_treatment, settled_cohort
from jakstat.population.patient_validation import behaviour_rows
from jakstat.population.trial_behaviours import doubling_months, tumour_course

WEEKS = np.arange(0.0, 13.0) * 168.0


@pytest.fixture(scope="module")
def body():
    return body_of("hepg2", "hcc", ("ruxolitinib", "siltuximab", "sorafenib"))


@pytest.fixture(scope="module")
def few():
    return cohort("sharp", 8, seed=1)


@pytest.fixture(scope="module")
def settled(few, body):
    return settled_cohort(few, body)


def test_numbers_become_those_of_the_document(few, body):
    lanes = cohort_lanes(few, body)
    assert lanes.names == tuple(range(8))
    assert lanes.numbers["tumour_volume_start"] == pytest.approx(
        np.nansum(sphere_volume(few.lesions), axis=1)
    )
    assert lanes.numbers["IL6_serum_start"] == pytest.approx(few.numbers["IL6"] * 1e-3 / 21.0, rel=0.02)
    silenced = few.numbers["SOCS3_methylated"] > 0
    assert 0 < silenced.sum() < 8
    ratio = lanes.numbers["S_promoter_SOCS3"] / body.value("S_promoter_SOCS3")
    assert ratio[silenced] == pytest.approx(0.1)  # as the state of the cell
    assert ratio[~silenced] == pytest.approx(1.0)


def test_measured_AFP_is_met_and_volume_is_that_of_the_lesions(few, body, settled):
    run = cohort_course(few, body, settled, (), WEEKS[:2], ["AFP", "tumour_volume", "albumin"]).values
    expected = np.maximum(few.numbers["AFP"], body.value("AFP_normal"))
    assert run["AFP"][:, 0] == pytest.approx(expected, rel=1e-6)
    assert run["tumour_volume"][:, 0] == pytest.approx(
        np.nansum(sphere_volume(few.lesions), axis=1), rel=1e-3
    )


def test_a_patient_has_the_same_course_in_any_cohort(few, body, settled):
    """Lane 5 of eight patients and patient 5 alone."""
    one = cohort("sharp", 1, seed=1, first=5)
    alone = cohort_course(one, body, settled_cohort(one, body), (), WEEKS, ["tumour_volume"])
    many = cohort_course(few, body, settled, (), WEEKS, ["tumour_volume"])
    assert alone.values["tumour_volume"][0] == pytest.approx(many.values["tumour_volume"][5], rel=1e-4)


def test_sorafenib_acts_by_its_mean_level(few, body, settled):
    """400 mg twice a day and the same amount as an infusion: volumes after twelve weeks."""
    rx = parse_prescriptions(["sorafenib 400 mg PO BID"])
    runs = [
        cohort_course(few, body, settled, rx, WEEKS, ["tumour_volume"], even=even).values["tumour_volume"]
        for even in (False, True)
    ]
    assert runs[1] == pytest.approx(runs[0], rel=5e-3)
    free = cohort_course(few, body, settled, (), WEEKS, ["tumour_volume"]).values["tumour_volume"]
    assert (runs[0][:, -1] < free[:, -1]).all()


def test_tumours_drawn_to_double_in_half_the_time_grow_faster(few, body, settled):
    """The same patients with another draw; those that shrink under many CD8 cells shrink faster."""
    halved = {**few.numbers, "doubling_time": few.numbers["doubling_time"] / 2}
    other = replace(few, numbers=halved)
    names = ["tumour_volume", "albumin"]
    runs = [
        cohort_course(one, body, at, (), WEEKS, names)
        for one, at in ((few, settled), (other, settled_cohort(other, body)))
    ]
    slow, fast = (
        np.log(run.values["tumour_volume"][:, 9] / run.values["tumour_volume"][:, 0]) for run in runs
    )
    assert (np.abs(fast) > np.abs(slow)).all()
    assert (np.sign(fast) == np.sign(slow)).all()
    months = doubling_months(tumour_course(runs[1].values, runs[1].times))
    assert (np.isfinite(months) == (fast > 0)).all()


def test_a_micromolar_inhibitor_leaves_about_half_of_the_founders(body):
    """Published: half (Q165); none is lost without the drug."""
    assert 0.35 <= founders_behaviour(body)["founders_ratio"] <= 0.65
    assert founders_behaviour(body, 1e-6)["founders_ratio"] == pytest.approx(1.0, abs=1e-2)


def test_the_table_of_behaviours_is_whole():
    rows = behaviour_rows()
    assert len({row.id for row in rows}) == len(rows)
    assert {row.key[1] for row in rows} == {"yes", "no"}
    must = {row.id for row in rows if row.key[1] == "yes"}
    assert {
        "siltuximab_CRP_fall",
        "siltuximab_response",
        "siltuximab_response_18",
        "siltuximab_progression",
        "sorafenib_response",
        "CD8_sign",
        "CD68_sign",
    } <= must


@pytest.mark.long
def test_an_osteosarcoma_has_its_measured_size_and_doubles_as_it_was_drawn():
    body = body_of("osteosarcoma_u2os", "osteosarcoma", ())
    drawn = cohort("osteosarcoma", 4, seed=1)
    times = np.array([0.0, 1440.0])  # over which doubling times are read
    run = cohort_course(drawn, body, settled_cohort(drawn, body), (), times, ["tumour_volume"]).values
    volume = run["tumour_volume"]
    assert volume[:, 0] == pytest.approx(np.nansum(sphere_volume(drawn.lesions), axis=1), rel=1e-3)
    days = 60.0 * np.log(2.0) / np.log(volume[:, 1] / volume[:, 0])
    assert days == pytest.approx(drawn.numbers["doubling_time"], rel=0.1)


def test_other_numbers_of_a_drug_keep_how_sensitive_each_tumour_is(few, body):
    """Twice the kill, half the level at which vessels stop; every tumour as sensitive as it was drawn."""
    rx = parse_prescriptions(["sorafenib 400 mg PO BID"])
    names = ("Emax_sorafenib_kill_TKI", "EC50_sorafenib_vessel_growth_left")
    changed = {names[0]: 2.0 * body.value(names[0]), names[1]: 0.5 * body.value(names[1])}
    _, usual = cohort_treatment(few, body, rx, 100.0)
    _, found = cohort_treatment(few, body, rx, 100.0, changes={**changed, "K_apoptosis": 1.0})
    assert usual[names[0]] == pytest.approx(body.value(names[0]) * few.numbers["TKI_kill"])
    assert found[names[0]] == pytest.approx(2.0 * usual[names[0]])
    assert found[names[1]] == pytest.approx(0.5 * usual[names[1]])
    assert set(found) == set(usual)
