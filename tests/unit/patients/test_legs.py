"""Legs against one run, on a small model with every kind of dose."""

import itertools

import numpy as np
import pytest

from jakstat.biology.pk_assembly import assemble_pk
from jakstat.engine.doses import Dose
from jakstat.engine.load import load_sbml
from jakstat.errors import InputError, Outcome
from jakstat.patients.legs import Stop, doses_within, dosing_ended, dosing_later, dosing_reduced, run_legs
from jakstat.patients.treatment import parse_prescription, parse_prescriptions, parse_residual

NUMBERS = {"V1": 5.0, "CL": 0.5, "V2": 3.0, "Q2": 0.4, "ka": 0.3, "F": 0.7, "site": 1.0}
MODEL = load_sbml(assemble_pk("x", ["central", "peripheral_1", "absorption"], NUMBERS).sbml, trusted=True)
TABLE = [
    Dose(0.0, "Depot", 20.0, interval=12.0, count=40),
    Dose(30.0, "Drug", 50.0, duration=20.0, interval=100.0, count=4),
    Dose(100.0, "Drug", 7.0),
]
TIMES = np.linspace(0.0, 480.0, 97)


def run(stops, tables=(TABLE,), **more):
    return run_legs(MODEL, TIMES, {}, {}, tables, ["Drug", "AUC"], stops, rtol=1e-9, **more)


@pytest.mark.parametrize(
    "ends", [[120.0], [7.3, 35.0, 41.7, 100.0, 333.3], list(np.arange(12.0, 480.0, 12.0))]
)
def test_legs_give_what_one_run_gives(ends):
    """Ends within an infusion, at a dose, and off every interval: no dose is lost, doubled or moved."""
    whole = MODEL.simulate(TIMES, doses=TABLE, outputs=["Drug", "AUC"], rtol=1e-10)
    legs = run([Stop(t) for t in ends])
    for name in ("Drug", "AUC"):
        expected = whole.value(name)
        assert np.abs(legs.values[name] - expected).max() < 1e-7 * expected.max()


def test_a_parameter_that_a_dose_sets_stays_set_in_the_legs_that_follow():
    """Clearance set once, and set anew in the middle of a leg, against one run."""
    table = [
        *TABLE,
        Dose(50.0, "CL", 0.1, action="set"),
        Dose(260.0, "CL", 2.0, action="set", interval=90.0, count=2),
    ]
    whole = MODEL.simulate(TIMES, doses=table, outputs=["Drug", "AUC"], rtol=1e-10)
    legs = run([Stop(t) for t in (50.0, 120.0, 240.0, 360.0, 420.0)], (table,))
    for name in ("Drug", "AUC"):
        expected = whole.value(name)
        assert np.abs(legs.values[name] - expected).max() < 1e-7 * expected.max()


def test_doses_of_all_legs_are_those_of_the_timetable():
    """Counted by hand: 40 + 4 + 1 doses, and what infusions hold whatever cuts them."""
    edges = [0.0, 11.99, 12.0, 40.0, 131.0, 480.0]
    legs = [doses_within(TABLE, a, b) for a, b in itertools.pairwise(edges)]
    oral = [
        d.time + k * d.interval for leg in legs for d in leg if d.target == "Depot" for k in range(d.count)
    ]
    assert oral == [12.0 * k for k in range(40)]
    # the infusions of 50 mg from 30 and 130 h are cut at 40 and 131 h: what is left of them goes on there
    rests = [
        (d.time, d.amount, d.duration) for leg in legs for d in leg if d.target == "Drug" and d.count == 1
    ]
    assert (40.0, 25.0, 10.0) in rests
    assert (131.0, pytest.approx(47.5), 19.0) in rests


def test_a_stop_of_treatment_stops_the_doses_and_nothing_else():
    stopped = run(
        [Stop(120.0, doses=lambda t, v, now: [dosing_ended(now[0], "", t[-1]), now[1]])], [TABLE, TABLE]
    )
    before = TIMES < 120.0
    assert np.allclose(stopped.values["Drug"][0, before], stopped.values["Drug"][1, before], rtol=1e-7)
    after = MODEL.simulate(TIMES, doses=doses_within(TABLE, 0.0, 120.0), outputs=["Drug"], rtol=1e-10)
    assert np.allclose(stopped.values["Drug"][0], after.value("Drug")[0], rtol=1e-6, atol=1e-9)
    assert stopped.stopped.tolist() == [120.0, np.inf]


def test_a_decision_sees_what_was_until_then_only():
    seen = []

    def look(times, values, tables):
        seen.append((times[-1], values["Drug"].shape))
        return tables

    run([Stop(120.0, doses=look), Stop(240.0, doses=look)])
    assert seen == [(120.0, (1, 25)), (240.0, (1, 49))]


def test_states_are_replaced_at_a_stop():
    halved = run([Stop(240.0, states=lambda s: {"Drug": s["Drug"] * 0.5})])
    plain = run([Stop(240.0)])
    at = np.searchsorted(TIMES, 240.0)
    assert halved.values["Drug"][0, at] == pytest.approx(0.5 * plain.values["Drug"][0, at], rel=1e-6)


def test_numbers_change_at_a_stop():
    slower = run_legs(
        MODEL, TIMES, {"CL": np.array([0.5])}, {}, [TABLE], ["Drug", "AUC"],
        [Stop(240.0, numbers=lambda now: {"CL": 0.5 * now["CL"]})], rtol=1e-9,
    )  # fmt: skip
    before, after = TIMES[TIMES <= 240.0], TIMES[TIMES >= 240.0]
    first = MODEL.simulate(before, doses=doses_within(TABLE, 0.0, 240.0), outputs=["Drug"], rtol=1e-10)
    second = MODEL.simulate(
        after, {"CL": 0.25}, dict(first.final()), doses_within(TABLE, 240.0, 481.0), ["Drug"], rtol=1e-10
    )
    assert np.allclose(slower.values["Drug"][0, TIMES < 240.0], first.value("Drug")[0, :-1], rtol=1e-6)
    assert np.allclose(slower.values["Drug"][0, TIMES >= 240.0], second.value("Drug")[0], rtol=1e-6)


def test_a_failed_lane_is_nan_and_the_others_go_on():
    bad = np.array([int(Outcome.OK), int(Outcome.NOT_A_NUMBER)])
    found = run([Stop(120.0)], [TABLE, TABLE], outcomes=bad)
    assert np.isnan(found.values["Drug"]).all(axis=1).tolist() == [False, True]
    assert found.outcomes.tolist() == bad.tolist()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("sorafenib 400 mg PO BID", "sorafenib 400 mg PO BID"),
        ("Nexavar 400mg PO BID", "sorafenib (Nexavar) 400 mg PO BID"),
        ("CNTO 328 11 mg/kg IV q3w x 6", "siltuximab (CNTO 328) 11 mg/kg IV q3w x 6"),
    ],
)
def test_prescriptions(text, told):
    assert parse_prescription(text).told == told


def test_every_problem_of_every_prescription():
    with pytest.raises(InputError) as caught:
        parse_prescriptions(
            ["sorafenb 400 mg PO BID", "siltuximab 11 mg/kg PO q3w", "ruxolitinib", "Stattic 5 mg PO QD",
             "tofacitinib 5 mg PO BID", "tofacitinib 10 mg PO QD"]
        )  # fmt: skip
    assert [p.code for p in caught.value.problems] == [
        "drug.unknown", "regimen.route", "regimen.text", "pk.none", "drug.twice",
    ]  # fmt: skip
    assert {p.field for p in caught.value.problems} == {"--regimen"}


def test_residual_disease_in_cells_volume_or_diameter():
    assert parse_residual("1e8 cells", cells_per_ml=1000.0) == 100.0
    assert parse_residual("2 mL", cells_per_ml=500.0) == 1000.0
    # a sphere of 1 cm is 0.5236 mL
    assert parse_residual("10 mm", cells_per_ml=1000.0) == pytest.approx(523.6, abs=0.1)
    for text, code in (("5 mg", "unit.clash"), ("-1 cells", "dose.range"), ("few", "number.text")):
        with pytest.raises(InputError) as caught:
            parse_residual(text, cells_per_ml=1.0)
        assert [p.code for p in caught.value.problems] == [code]


def test_one_drug_is_changed_and_the_other_goes_on():
    """By hand: 50 mg over 20 h from 0 and 100 h; halved at 105 h, ended at 110 h."""
    table = [Dose(0.0, "a_Drug", 50.0, duration=20.0, interval=100.0, count=2), Dose(0.0, "b_Depot", 3.0)]
    halved = dosing_reduced(table, "a_", 0.5, 105.0)
    assert [(d.target, d.time, d.amount, d.duration, d.count) for d in halved] == [
        ("b_Depot", 0.0, 3.0, 0.0, 1),
        ("a_Drug", 0.0, 50.0, 20.0, 1),
        ("a_Drug", 100.0, 12.5, 5.0, 1),
        ("a_Drug", 105.0, 18.75, 15.0, 1),
    ]
    stopped = dosing_ended(halved, "a_", 110.0)
    assert [(d.time, d.amount, d.duration) for d in stopped if d.target == "a_Drug"][-1] == (105.0, 6.25, 5.0)
    assert [d.target for d in stopped].count("b_Depot") == 1
    assert [d.time for d in dosing_later(table, 300.0)] == [300.0, 300.0]


def test_what_a_dose_sets_goes_on_for_a_day_behind_the_end():
    table = [Dose(6.0, "a_valve", 1.0, action="set", interval=12.0, count=40)]
    (left,) = dosing_ended(table, "a_", 100.0)
    assert (left.time, left.count) == (6.0, 10)  # 6 .. 114 h: those before 124 h
