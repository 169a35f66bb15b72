"""Claims declared as experiments: the grammar of the table, and that it covers every claim."""

import pytest
from pydantic import ValidationError

from jakstat.evidence.claim_experiment import (
    ClaimExperiment,
    ClaimReading,
    Condition,
    experiments,
    reasons,
    waits_for,
)
from jakstat.evidence.frozen_ranges import check_ranges, frozen_text, write_frozen
from jakstat.knowledge import knowledge, observations

ROW = {
    "id": "C118",
    "context": "hepg2",
    "readout": "pSTAT3",
    "reading": "mean(0h..6h)",
    "control": "stimulus IL6=10ng/ml",
    "perturbed": "stimulus IL6=10ng/ml; perturb SOCS3=5",
    "expect": "down",
}


def test_conditions_say_what_they_were_read_from():
    for text in ("none", "scale K_SOCS3=1e+06", "stimulus IL6=10ng/ml; scale K_SOCS3=0.1"):
        assert str(Condition.parse(text)) == text
    with pytest.raises(ValueError, match="is no clause"):
        Condition.parse("scale K_SOCS3")


def test_a_condition_may_stand_in_other_cells_and_in_a_state():
    text = "stimulus IL6=10ng/ml; cell macrophage; state HBV_exposed; scale K_SOCS3=0.1"
    condition = Condition.parse(text)
    assert str(condition) == text
    assert condition.cells("hepg2") == "macrophage+HBV_exposed"
    assert str(Condition.parse("state HBV")) == "state HBV"
    assert Condition.parse("none").cells("hepg2") == "hepg2"
    for wrong in ("cell hepg2; cell huh7", "state", "cell ../x"):
        with pytest.raises(ValueError):
            Condition.parse(wrong)


@pytest.mark.parametrize("text", ["mean", "mean(1h)", "mean(2h..1h)", "nosuch(1h)", "value(1)", "level(1h)"])
def test_readings_with_the_wrong_times_are_refused(text):
    with pytest.raises(ValueError):
        ClaimReading.parse(text)


def test_readings_are_written_back():
    assert str(ClaimReading.parse("peak(0h..90min)")) == "peak(0h..1.5h)"
    assert str(ClaimReading.parse("level")) == "level"


@pytest.mark.parametrize(
    "change",
    [
        {"control": ""},
        {"expect": "value"},
        {"expect": "order", "control": ""},
        {"low": "1"} | {"expect": "value", "control": ""},
        {"readout": "a b;"},
        {"reading": "x"},
        {"context": "../x"},
    ],
)
def test_rows_that_contradict_themselves_are_refused(change):
    with pytest.raises(ValidationError):
        ClaimExperiment.model_validate(ROW | change)


def test_every_claim_runs_or_names_what_it_waits_for():
    declared = {e.claim for e in experiments()}
    for claim in knowledge().claims.values():
        if claim.scale != "record" and claim.expected != "annotation" and claim.id not in declared:
            assert waits_for(claim).what


def test_experiments_expect_what_their_claims_expect():
    """One row of each claim carries the claim's own expectation; a shape stands for an order."""
    rows = {}
    for e in experiments():
        rows.setdefault(e.claim, set()).add(e.expect)
    for claim, expects in rows.items():
        expected = knowledge().claims[claim].expected
        allowed = {"order": {"order", "value", "down"}}.get(expected, {expected})
        assert expects & allowed, claim


def test_experiments_name_real_observations():
    known = {o.id for o in observations()}
    assert {e.observation for e in experiments()} - {""} <= known
    assert set(reasons()) <= set(knowledge().claims)


def test_ranges_are_frozen(tmp_path):
    assert check_ranges() == []
    assert write_frozen(tmp_path).read_text(encoding="utf-8") == frozen_text()
    row = next(line for line in frozen_text().splitlines() if line.startswith("KD_IL6_IL6R,"))
    name, unit, _, high, grade, source = row.split(",")
    for old in (f"{unit},0.1,{high}", row.split(",", 1)[1].rsplit(",", 2)[0].replace(unit, "pM")):
        (found,) = check_ranges(frozen_text().replace(row, f"{name},{old},{grade},{source}"))
        assert (found.code, found.field) == ("range.changed", "low")
        assert check_ranges(frozen_text().replace(row, f"{name},{old},{grade},another2001")) == []


def test_a_range_may_neither_go_nor_come_unseen():
    more = frozen_text() + "gone,nM,1,2,assumed,x\n"
    assert [p.message for p in check_ranges(more)] == ["gone is gone"]
    [head, first, *rest] = frozen_text().splitlines(keepends=True)
    [found] = check_ranges("".join([head, *rest]))
    assert found.message == f"{first.split(',')[0]} is not frozen"
