"""Rules at visits, by hand: what is read is given, and what is done to treatment is counted."""

from dataclasses import replace

import numpy as np
import pytest

from jakstat.engine.doses import Dose
from jakstat.patients.recist import Response
from jakstat.patients.treatment import parse_prescriptions
from jakstat.population.cohort import cohort
from jakstat.population.outcome_numbers import outcome_numbers
from jakstat.trial.design import Occasion, Rule, RuleAct, TreatmentLine, TrialArm, TrialDesign
from jakstat.trial.follow_up import ArmFollowUp, LineDoses, lines_of_arm
from jakstat.trial.toxicity import toxicity_hazard, toxicity_rows, toxicity_thresholds

VISIT = 1008.0
VISITS = tuple(VISIT * k for k in range(5))
BOTH = parse_prescriptions(["sorafenib 400 mg PO BID", "nivolumab 240 mg IV q2w"])
LATER = TreatmentLine("later", parse_prescriptions(["pembrolizumab 200 mg IV q3w"]))
EXACT = outcome_numbers().changed(reading_cv=0.0, new_lesion=0.0)
PATIENTS = cohort("sharp", 3, seed=2)
TABLE = [
    Dose(0.0, "sorafenib_Depot", 400.0, interval=12.0, count=400),
    Dose(0.0, "nivolumab_Drug", 240.0, duration=1.0, interval=336.0, count=15),
]
AFTER = [Dose(0.0, "pembrolizumab_Drug", 200.0, duration=0.5, interval=504.0, count=9)]


def followed(*rules, lines=(LATER,), constants=EXACT):
    arm = TrialArm("both", TreatmentLine("both", BOTH, rules))
    design = TrialDesign(
        name="t", disease="hcc", population="sharp", patients=3, size=3, seed=2, arms=(arm,), lines=lines,
        visits_h=VISITS, until_h=5 * VISIT, endpoints=("OS",), primary="OS",
    )  # fmt: skip
    given = [
        LineDoses(line, [TABLE if k == 0 else AFTER] * 3) for k, line in enumerate(lines_of_arm(design, arm))
    ]
    return ArmFollowUp(design, PATIENTS, given, constants)


def visit(follow_up, diameters, tables, areas=None):
    """The visit that follows the diameters so far, as shares of the first, of each patient."""
    sizes = np.array(diameters, dtype=float)
    times = np.array(VISITS[: sizes.shape[1]])
    values = {"tumour_volume": 50.0 * sizes**3}
    for drug in ("sorafenib", "nivolumab", "pembrolizumab"):
        values[f"{drug}_AUC"] = np.zeros(sizes.shape) if areas is None else np.array(areas[drug])
    return follow_up.decide(times, values, tables)


def doses(table, target, start):
    times = [d.time + k * d.interval for d in table if d.target == target for k in range(d.count)]
    return [t for t in times if t >= start]


def test_one_drug_stops_at_progression_and_the_other_goes_on():
    found = followed(Rule(Occasion.PROGRESSION, RuleAct.STOP, ("nivolumab",)))
    tables = visit(found, [[1, 1.0], [1, 1.5], [1, 0.5]], [TABLE] * 3)
    assert found.responses[:, 1].tolist() == [Response.SD, Response.PD, Response.PR]
    assert tables[0] is TABLE
    assert tables[2] is TABLE
    assert doses(tables[1], "nivolumab_Drug", VISIT) == []
    assert doses(tables[1], "nivolumab_Drug", 0.0) == [0.0, 336.0, 672.0]
    assert len(doses(tables[1], "sorafenib_Depot", 0.0)) == 400
    assert found.is_off(1, 1e9) == np.inf  # sorafenib goes on
    again = visit(found, [[1, 1.0, 1.0], [1, 1.5, 2.5], [1, 0.5, 0.5]], tables)
    assert again[1] is tables[1]  # a second progression under one line changes nothing


def test_a_switch_starts_its_own_clock_and_its_own_smallest_sum():
    found = followed(Rule(Occasion.PROGRESSION, RuleAct.SWITCH, to="later"))
    tables = visit(found, [[1, 1.5], [1, 1.0], [1, 1.0]], [TABLE] * 3)
    assert doses(tables[0], "sorafenib_Depot", VISIT) == []
    assert doses(tables[0], "pembrolizumab_Drug", 0.0) == [VISIT + 504.0 * k for k in range(9)]
    starts = found.first_doses({"pembrolizumab_first_dose": np.zeros(3)})["pembrolizumab_first_dose"]
    assert starts.tolist() == [VISIT, 0.0, 0.0]
    assert [(c.lane, c.time, c.to) for c in found.changes] == [(0, VISIT, "later")]
    assert found.is_off(0, 1e9) == np.inf
    assert found.progressed_h.tolist() == [VISIT, np.inf, np.inf]


def test_progression_under_the_later_line_is_over_its_own_start():
    """From 1.5 to 1.7 is + 13 %: progression of the trial, none of the line; 1.9 is + 27 %: of both."""
    line = replace(LATER, rules=(Rule(Occasion.PROGRESSION, RuleAct.STOP),))
    found = followed(Rule(Occasion.PROGRESSION, RuleAct.SWITCH, to="later"), lines=(line,))
    tables = visit(found, [[1, 1.5], [1, 1], [1, 1]], [TABLE] * 3)
    second = visit(found, [[1, 1.5, 1.7], [1, 1, 1], [1, 1, 1]], tables)
    assert second[0] is tables[0]
    third = visit(found, [[1, 1.5, 1.7, 1.9], [1, 1, 1, 1], [1, 1, 1, 1]], second)
    assert doses(third[0], "pembrolizumab_Drug", 3 * VISIT) == []
    assert found.is_off(0, 1e9) == 3 * VISIT


def test_a_switch_before_progression_leaves_the_trials_own_progression():
    """Switched at + 14 %; at + 25 % over the first sum the trial progresses, at + 10 % the line does not."""
    found = followed(Rule(Occasion.TIME, RuleAct.SWITCH, to="later", at_h=2 * VISIT))
    tables = visit(found, [[1, 1.0]] * 3, [TABLE] * 3)
    tables = visit(found, [[1, 1.0, 1.14]] * 3, tables)
    assert [c.to for c in found.changes] == ["later"] * 3
    visit(found, [[1, 1.0, 1.14, 1.25]] * 3, tables)
    assert found.responses[:, 3].tolist() == [Response.PD] * 3
    assert found.progressed_h.tolist() == [3 * VISIT] * 3
    assert not found._progressed.any()


def test_a_lesion_that_is_new_since_the_switch_ends_the_later_line():
    line = replace(LATER, rules=(Rule(Occasion.PROGRESSION, RuleAct.STOP),))
    many = outcome_numbers().changed(reading_cv=0.0, new_lesion=1e3)
    found = followed(
        Rule(Occasion.TIME, RuleAct.SWITCH, to="later", at_h=VISIT), lines=(line,), constants=many
    )
    tables = visit(found, [[1, 1.01]] * 3, [TABLE] * 3)
    tables = visit(found, [[1, 1.01, 1.02]] * 3, tables)
    assert all(doses(table, "pembrolizumab_Drug", 2 * VISIT) == [] for table in tables)


def test_a_rule_in_time_waits_for_it():
    found = followed(Rule(Occasion.TIME, RuleAct.REDUCE, ("sorafenib",), 0.5, at_h=2 * VISIT))
    first = visit(found, [[1, 1]] * 3, [TABLE] * 3)
    assert all(table is TABLE for table in first)
    second = visit(found, [[1, 1, 1]] * 3, first)
    for table in second:
        before = [d for d in table if d.target == "sorafenib_Depot" and d.time < 2 * VISIT]
        behind = [d for d in table if d.target == "sorafenib_Depot" and d.time >= 2 * VISIT]
        assert (sum(d.count for d in before), sum(d.count for d in behind)) == (168, 232)
        assert {d.amount for d in behind} == {200.0}


def test_adverse_events_come_at_the_thresholds_of_the_hazard():
    """Level as on the label: the hazard is that of the table; at half of it, half (power 1)."""
    rows = toxicity_rows()
    label, rate = rows["sorafenib", "label_level"].value, rows["sorafenib", "hazard"].value / 730.5
    limits = toxicity_thresholds(2, PATIENTS.ids, "sorafenib")
    found = followed(Rule(Occasion.TOXICITY, RuleAct.REDUCE, ("sorafenib",), 0.5))
    tables, area = [TABLE] * 3, np.zeros((3, 1))
    expected, total = [[] for _ in range(3)], np.zeros(3)
    for k in range(1, 5):
        level = np.array([label, 40 * label, 20 * label])
        area = np.concatenate([area, area[:, -1:] + (level * VISIT)[:, None]], axis=1)
        others = {d: np.zeros(area.shape) for d in ("nivolumab", "pembrolizumab")}
        tables = visit(found, np.ones(area.shape), tables, {"sorafenib": area, **others})
        step = rate * level / label * VISIT
        for lane in range(3):
            within = (limits[lane] > total[lane]) & (limits[lane] <= total[lane] + step[lane])
            expected[lane] += (VISIT * (k - 1 + (limits[lane][within] - total[lane]) / step[lane])).tolist()
        total = total + step
    for lane in range(3):
        mine = [e.time for e in found.toxicities if e.lane == lane and e.drug == "sorafenib"]
        assert mine == pytest.approx(expected[lane][:7])
    assert sum(len(e) for e in expected) > 5
    visits_with = len({int(np.ceil(t / VISIT)) for t in expected[1][:7]})
    reductions = [c.factor for c in found.changes if c.lane == 1]
    assert reductions == [0.5] * visits_with


def test_the_hazard_ends_with_the_drug_and_falls_with_its_level():
    label = toxicity_rows()["sorafenib", "label_level"].value
    found = toxicity_hazard("sorafenib", np.array([label, 0.5 * label, label]), np.array([True, True, False]))
    assert found == pytest.approx(0.08 / 730.5 * np.array([1.0, 0.5, 0.0]))
    assert toxicity_hazard("olokizumab", np.ones(1), np.array([True]))[0] == pytest.approx(0.015 / 730.5)


def test_a_drug_whose_course_is_over_does_no_more_harm():
    """Nivolumab for six weeks, then gone: no event comes later, however long it is looked for."""
    found = followed(Rule(Occasion.PROGRESSION, RuleAct.STOP), constants=EXACT)
    found._limits["nivolumab"] = (
        np.array([[0.5, 1.5, 9e9, 9e9, 9e9, 9e9, 9e9, 9e9]] * 3) * 0.02 / 730.5 * VISIT
    )
    area, none = np.array([[0.0, 9000.0, 9000.0, 9000.0]] * 3), np.zeros((3, 4))
    for k in range(2, 5):
        areas = {"sorafenib": none[:, :k], "nivolumab": area[:, :k], "pembrolizumab": none[:, :k]}
        visit(found, np.ones((3, k)), [TABLE] * 3, areas)
    assert [(e.lane, e.time) for e in found.toxicities] == [(lane, 0.5 * VISIT) for lane in range(3)]


def test_a_share_of_the_patients_decides_once_and_alike_in_every_arm():
    rule = Rule(Occasion.PROGRESSION, RuleAct.SWITCH, to="later", share=0.5)
    many = [followed(rule)._chosen(rule).tolist() for _ in range(2)]
    assert many[0] == many[1]
    wider = replace(rule, share=0.9)
    assert all(not few or more for few, more in zip(many[0], followed(wider)._chosen(wider), strict=True))


def test_events_stop_where_a_patient_has_failed():
    found = followed(Rule(Occasion.PROGRESSION, RuleAct.STOP))
    tables = visit(found, [[1, np.nan], [1, 1.5], [1, 1]], [TABLE] * 3)
    assert found.responses[0, 1] == Response.NE
    assert tables[0] is TABLE
    assert doses(tables[1], "sorafenib_Depot", VISIT) == []
