"""The interval over parameter vectors, of ratios that are known, and once of patients themselves."""

import numpy as np
import pytest

from jakstat.errors import InputError
from jakstat.population.cohort import cohort
from jakstat.population.two_groups import expected_ratio, two_group_ratio
from jakstat.trial.model_interval import ArmRatios, few_patients, model_interval, rerun_ratios
from jakstat.trial.trial_file import read_trial

OPTIONS = [(b, e) for b in ("beta_low", "beta_middle") for e in ("era_none", "era_tumour")]


def design(**more):
    return read_trial({
        "trial": "sorafenib", "population": "sharp", "patients": 40, "dosing": "mean_rate",
        "arms": {"placebo": {}, "sorafenib": {"regimen": ["sorafenib 400 mg PO BID"]}},
        "visits": {"every": "6w", "until": "24w"}, "endpoints": ["OS", "PFS"], "primary": "OS", **more,
    })  # fmt: skip


def rerun(asked, patients, *, vector):
    own = np.log(0.7) + 0.05 * vector
    by_option = {o: {"sorafenib": own + 0.01 * k} for k, o in enumerate(OPTIONS)}
    return ArmRatios(by_option, {"PFS": {"sorafenib": own}}, vector, {}, np.ones(1))


def test_limits_are_those_of_vectors_and_options_over_the_model_as_it_is():
    found = model_interval(design(), cohort("sharp", 40, seed=1), vectors=4, count=10, rerun=rerun)
    logs = np.log([r["hazard_ratio"] for r in found["endpoints"]["OS"]["sorafenib"]["each"]])
    assert len(logs) == 20  # five vectors, four options
    base = np.log(0.7) + 0.01 * OPTIONS.index(("beta_middle", "era_none"))
    low, high = np.quantile(logs - base, [0.05, 0.95])
    told = found["endpoints"]["OS"]["sorafenib"]
    assert np.log(told["relative"]["low"]) == pytest.approx(low)
    assert np.log(told["relative"]["high"]) == pytest.approx(high)
    assert (told["vectors"], told["patients"], found["failed"]) == (4, 10, [0, 1, 2, 3, 4])
    pfs = found["endpoints"]["PFS"]["sorafenib"]
    assert pfs["relative"]["low"] == pytest.approx(np.exp(0.05 * 0.05 * 4))


def test_expected_deaths_give_the_ratio_of_endlessly_many():
    # two kinds of patients, hazards 1 and 4, both times 0.6 in the second arm: Cox's ratio is nearer to 1
    times = np.linspace(0.0, 2.0, 1001)
    alive = np.array([np.exp(-np.outer([1.0, 4.0], times) * r).mean(axis=0) for r in (1.0, 0.6)])
    draws = np.random.default_rng(1)
    n = 200_000
    hazard = np.tile([1.0, 4.0], n) * np.repeat([1.0, 0.6], n)
    time = draws.exponential(1.0 / hazard)
    found = two_group_ratio(np.minimum(time, 2.0), time <= 2.0, np.repeat([0, 1], n))
    assert expected_ratio(alive, np.ones(1001)) == pytest.approx(found.log, abs=4 * found.error)
    assert np.log(0.6) < found.log < 0.0


def test_expected_deaths_heed_the_end_of_following():
    times = np.linspace(0.0, 2.0, 2001)
    # hazards cross at 1: who is followed to there sees one half of it
    late = np.where(times < 1.0, 0.5 * times, 0.5 + 3.0 * (times - 1.0))
    alive = np.stack([np.exp(-times), np.exp(-late)])
    assert expected_ratio(alive, (times < 1.0) * 1.0) == pytest.approx(np.log(0.5), abs=0.01)
    assert expected_ratio(alive, np.ones(2001)) > np.log(0.6)


def test_the_model_as_it_is_has_the_same_ratio_again():
    few = few_patients(design(), cohort("sharp", 40, seed=1), 6)
    one, two = (rerun_ratios(design(), few) for _ in range(2))
    assert (one.options, one.others) == (two.options, two.others)
    assert one.alone(two, "placebo") == 0.0
    logs = {o: r["sorafenib"] for o, r in one.options.items()}
    assert len(logs) == 9
    assert all(-1.0 < log < 0.0 for log in logs.values())
    assert (one.alive["sorafenib"][1:] > one.alive["placebo"][1:]).all()


def test_a_drug_that_does_nothing_has_a_ratio_of_one():
    few = few_patients(design(), cohort("sharp", 40, seed=1), 6)
    off = {f"Emax_sorafenib_{what}": 0.0 for what in ("kill_TKI", "vessel_growth_left")}
    found = rerun_ratios(design(), few, changes=off)
    weaker = rerun_ratios(design(), few).options["beta_middle", "era_none"]["sorafenib"]
    assert weaker < found.options["beta_middle", "era_none"]["sorafenib"] <= 0.0


def test_ineligible_patients_are_passed_over_and_nobody_is_refused():
    asked = design(eligible=[{"number": "IL6", "above": "8 pg/ml"}])
    people = cohort("sharp", 40, seed=1)
    few = few_patients(asked, people, 5)
    assert few.count == 5
    assert (few.numbers["IL6"] > 8.0).all()
    with pytest.raises(InputError) as told:
        few_patients(design(eligible=[{"number": "IL6", "above": "900 pg/ml"}]), people)
    assert told.value.problems[0].code == "trial.nobody"
    with pytest.raises(InputError) as told:
        model_interval(design(), people, vectors=0)
    assert told.value.problems[0].code == "count.range"
