"""Power by drawn trials, beside Schoenfeld's formula."""

import numpy as np
import pytest

from jakstat.errors import InputError
from jakstat.trial.power import PowerQuestion, schoenfeld, trial_power
from trial_tables import fake_question, fake_tables


@pytest.fixture(scope="module")
def run():
    return fake_tables(("placebo", "drug", "both"), patients=1200, seed=2)


ASKED = fake_question(("placebo", "drug", "both"), patients=1200, size=450)


def test_the_formula():
    # Schoenfeld 1983: 4 (1.960 + 0.842)^2 / ln(0.7)^2 = 247 events at 1:1
    found = schoenfeld(0.7, 0.5, 494, allocation=0.5, wanted=0.8, alpha=0.05)
    assert found.events == pytest.approx(246.8, abs=0.1)
    assert found.power == pytest.approx(0.8, abs=0.001)
    assert schoenfeld(0.7, 0.5, 100, allocation=2 / 3, wanted=0.8, alpha=0.05).events == pytest.approx(
        found.events * 9 / 8
    )
    assert schoenfeld(1.0, 0.5, 100, allocation=0.5, wanted=0.8, alpha=0.05).events == np.inf


def test_drawn_trials_agree_with_the_formula_when_hazards_are_proportional(run):
    found = trial_power(run, ASKED, PowerQuestion("OS", "drug", trials=400))
    theory = found["schoenfeld"]
    assert found["at_design"]["patients"] == 300  # two arms of three
    assert found["at_design"]["low"] - 0.02 < theory["power_at_design"] < found["at_design"]["high"] + 0.02
    assert found["needed"]["low"] < found["needed"]["patients"] < found["needed"]["high"]
    assert found["needed"]["patients"] == pytest.approx(theory["patients"], rel=0.12)
    assert found["needed"]["events"] == pytest.approx(theory["events"], rel=0.12)


def test_a_given_effect_stands_in_for_the_models(run):
    found = trial_power(run, ASKED, PowerQuestion("OS", "drug", effect=0.6, trials=300))
    assert found["effect"] == {"hazard_ratio": 0.6, "from": "given"}
    theory = schoenfeld(0.6, found["share_of_events"], 300, allocation=0.5, wanted=0.8, alpha=0.05)
    assert found["needed"]["patients"] == pytest.approx(theory.patients, rel=0.15)


@pytest.mark.long
def test_no_effect_has_the_power_of_alpha_and_no_size(run):
    found = trial_power(run, ASKED, PowerQuestion("OS", "drug", effect=1.0, trials=400))
    assert found["at_design"]["power"] == pytest.approx(0.05, abs=0.03)
    assert found["needed"]["patients"] is None
    assert "no size" in found["needed"]["why"]


def test_a_larger_wanted_power_needs_more(run):
    sizes = [
        trial_power(run, ASKED, PowerQuestion("TTP", "both", wanted=w, trials=100))["needed"]["patients"]
        for w in (0.7, 0.95)
    ]
    assert sizes[1] > 1.5 * sizes[0]  # ((1.96 + 1.64) / (1.96 + 0.52))^2 = 2.1


def test_the_same_again_and_weights_count(run):
    question = PowerQuestion("OS", "drug", trials=60)
    assert trial_power(run, ASKED, question) == trial_power(run, ASKED, question)
    # patients whose drug does nothing count nothing
    weights = np.where(np.arange(400) < 200, 1.0, 0.0)
    heavy = fake_tables(patients=400, weights=weights, seed=4)
    found = trial_power(heavy, fake_question(patients=400), question)
    own = fake_tables(patients=400, seed=4)
    event = np.concatenate([own["OS_event"][k][:200] for k in (0, 1)])
    assert found["share_of_events"] == pytest.approx(event.mean(), abs=0.03)


@pytest.mark.parametrize(
    ("question", "code"),
    [
        (lambda: PowerQuestion("OS", "drug", wanted=1.0), "power.range"),
        (lambda: PowerQuestion("OS", "drug", effect=-1.0), "power.range"),
        (lambda: PowerQuestion("OS", "drug", alpha=0.9), "power.range"),
        (lambda: PowerQuestion("OS", "drug", trials=3), "power.range"),
        (lambda: PowerQuestion("OS", "placebo"), "power.arm"),
        (lambda: PowerQuestion("ORR", "drug"), "power.endpoint"),
    ],
)
def test_what_makes_no_sense_is_refused(run, question, code):
    with pytest.raises(InputError) as told:
        trial_power(run, ASKED, question())
    assert told.value.problems[0].code == code
