"""Two runs side by side."""

import numpy as np
import pytest

from jakstat.trial.compare import compare_trials, comparison_rows
from trial_tables import fake_arrow, fake_question, written_run


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    top = tmp_path_factory.mktemp("runs")
    return {
        "a": written_run(top / "a", fake_question(patients=200), fake_arrow(patients=200)),
        "b": written_run(
            top / "b", fake_question(patients=300, size=150), fake_arrow(patients=200, ratio=0.5, lost=50.0)
        ),
        "c": written_run(top / "c", fake_question(patients=200, seed=2), fake_arrow(patients=200, seed=2)),
    }


def test_designs_and_results_stand_side_by_side(folders):
    found = compare_trials(folders["a"], folders["b"])
    assert {d["field"]: (d["a"], d["b"]) for d in found["design"]} == {
        "patients": (200, 300), "size": (200, 150),
    }  # fmt: skip
    both = found["endpoints"]["OS"]["compared"]["drug"]
    assert both["b"]["hazard_ratio"] < both["a"]["hazard_ratio"]
    rows = {(r["endpoint"], r["arm"], r["number"]): (r["a"], r["b"]) for r in comparison_rows(found)}
    assert rows["OS", "drug", "hazard_ratio"] == (both["a"]["hazard_ratio"], both["b"]["hazard_ratio"])
    assert ("ORR", "drug", "risk_difference") in rows


def test_the_same_patients_are_compared_one_by_one(folders):
    found = compare_trials(folders["a"], folders["b"])
    assert found["same_patients"] == {
        "shared": 200,
        "same": True,
        "why": "the same numbers and the same first visit",
    }
    arms = {one["a"]: one["endpoints"]["OS"] for one in found["counterfactual"]["arms"]}
    assert arms["placebo"]["hazard_ratio"] == pytest.approx(1.0, abs=0.05)
    assert arms["drug"]["hazard_ratio"] == pytest.approx(0.5 / 0.7, rel=0.1)
    assert arms["drug"]["rmst_difference"] > 0
    assert found["counterfactual"]["interval"] is None


def test_a_run_beside_itself_differs_in_nothing(folders):
    found = compare_trials(folders["a"], folders["a"])
    assert found["design"] == []
    for one in found["counterfactual"]["arms"]:
        assert {e["hazard_ratio"] for e in one["endpoints"].values()} == {1.0}
        assert {e["rmst_difference"] for e in one["endpoints"].values()} == {0.0}


def test_other_patients_are_not_compared_one_by_one(folders):
    found = compare_trials(folders["a"], folders["c"])
    assert not found["same_patients"]["same"]
    assert "differ at their first visit" in found["same_patients"]["why"]
    assert "counterfactual" not in found


def test_arms_of_other_names_stand_alone(folders, tmp_path):
    other = written_run(
        tmp_path / "d",
        fake_question(("placebo", "new"), patients=200),
        fake_arrow(("placebo", "new"), patients=200),
    )
    found = compare_trials(folders["a"], other)
    assert found["endpoints"]["OS"]["arms"]["new"]["a"] is None
    assert {(one["a"], one["b"]) for one in found["counterfactual"]["arms"]} == {
        ("placebo", "placebo"), ("drug", "new"),
    }  # fmt: skip
    assert {d["field"] for d in found["design"]} == {"arms.drug", "arms.new"}
    last = found["counterfactual"]["arms"][-1]["endpoints"]["OS"]
    assert last["hazard_ratio"] == 1.0
    assert np.isfinite(last["rmst_difference"])
