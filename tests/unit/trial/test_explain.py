"""Why a trial came out as it did, from tables whose truth is known."""

import numpy as np
import pyarrow as pa
import pytest

from jakstat.errors import InputError
from jakstat.population.cohort import cohort
from jakstat.trial.explain import explain_run, explain_tables, explanation_rows
from jakstat.trial.model_interval import ArmRatios
from jakstat.trial.reaction_effects import knockdown_rows, reaction_effects
from jakstat.trial.responders import responders_document
from jakstat.trial.run_tables import from_arrow
from jakstat.trial.separation import Features, area_under_curve, rank_correlation, separating
from jakstat.trial.tornado import spread_by_source
from jakstat.trial.trial_file import read_trial
from trial_tables import fake_arrow, fake_question, fake_tables, written_run

WEEK = 168.0


def responding(n=2000, seed=1):
    """A response that does nothing, at a random visit of those still alive."""
    draws = np.random.default_rng(seed)
    life = draws.exponential(40.0, n) * WEEK
    when = 6.0 * WEEK * draws.integers(1, 15, n)
    responds = (draws.random(n) < 0.5) & (when < life)
    end = np.full(n, 100.0 * WEEK)
    rows = {
        "patient": np.tile(np.arange(n), 2), "arm": np.repeat(["a", "b"], n), "failed": [""] * 2 * n,
        "assigned": np.tile([True, False], n), "weight": np.ones(2 * n),
        "OS_h": np.tile(np.minimum(life, end), 2), "OS_event": np.tile(life < end, 2),
    }  # fmt: skip
    visits = {
        "patient": np.tile(np.flatnonzero(responds), 2), "arm": np.repeat(["a", "b"], responds.sum()),
        "visit_h": np.tile(when[responds], 2), "response": ["PR"] * (2 * int(responds.sum())),
    }  # fmt: skip
    return from_arrow(("a", "b"), pa.table(rows), None, pa.table(visits)), life, responds


def test_a_response_that_does_nothing_has_a_ratio_of_one_once_time_is_heeded():
    from jakstat.population.two_groups import two_group_ratio

    run, life, responds = responding()
    naive = np.exp(two_group_ratio(life, np.ones(len(life)), responds).log)
    assert naive < 0.75  # the fallacy: as if it lengthened life
    found = responders_document(run)
    assert found["naive"] is None
    one = found["arms"]["a"]
    assert one["responders"] == responds.sum()
    for told in (*one["landmarks"], one["time_dependent"]):
        assert told["low"] < 1.0 < told["high"]
        assert told["hazard_ratio"] == pytest.approx(1.0, abs=0.15)
    assert str(naive)[:6] not in repr(found)


def test_a_landmark_counts_those_alive_by_what_they_had_shown():
    run, life, _ = responding(400)
    landmark = responders_document(run)["arms"]["a"]["landmarks"][0]
    assert landmark["alive"] == (life > 12 * WEEK).sum()
    visits = run.visits
    early = (visits["arm"] == 0) & (visits["visit_h"] <= 12 * WEEK)
    assert landmark["responders"] == (life[visits["patient"][early]] > 12 * WEEK).sum()


def test_what_changes_the_effect_is_found():
    run = fake_tables(patients=600, seed=2, ratio=0.6, modifier=-0.5)
    found = explain_tables(run, fake_question(patients=600))
    first = found["modifiers"]["drug"]["survival"]["features"][0]
    assert first["name"] == "IL6"
    assert first["low"] > 0.2  # more IL-6, more months gained
    assert first["coefficient"] > 0.2
    assert found["modifiers"]["drug"]["survival"]["mean"] > 0
    assert found["modifiers"]["drug"]["survival"]["explained"] > 0.1


def test_what_goes_with_a_response_is_found():
    # in these tables who is older than a bound responds
    found = explain_tables(fake_tables(patients=600, seed=2), fake_question(patients=600))
    one = found["separating"]["drug"]
    assert one["features"][0]["name"] == "age"
    assert one["features"][0]["alone"] > 0.95
    assert all(row["importance"] < 0.05 for row in one["features"][1:] if "aetiology" not in row["name"])


def test_areas_and_correlations_are_those_of_other_programs():
    # by hand: of nine pairs six are in order and one is tied; scipy.stats.spearmanr
    from scipy.stats import spearmanr

    values = np.array([1.0, 3.0, 4.0, 2.0, 4.0, 6.0])
    positive = np.array([False, False, False, True, True, True])
    assert area_under_curve(values, positive)[0] == pytest.approx(6.5 / 9)
    x, y = np.random.default_rng(1).normal(size=(2, 40))
    y = y + x
    r, low, high = rank_correlation(x, y)
    assert r == pytest.approx(spearmanr(x, y).statistic)
    assert low < r < high


def test_noise_explains_nothing_and_shuffles_are_keyed():
    draws = np.random.default_rng(3)
    features = Features.of({f"x{k}": draws.normal(size=300) for k in range(10)})
    noise = separating(features, draws.normal(size=300), seed=1, name=("noise",))
    assert noise["explained"] < 0.05
    target = features.values[:, 4] + draws.normal(size=300)
    one, two = (separating(features, target, seed=1, name=("x",)) for _ in range(2))
    assert one == two
    assert one["features"][0]["name"] == "x4"
    # another number changes no draw of this one: what shuffling x4 costs stays nearly the same
    fewer = separating(Features.of({k: features.values[:, int(k[1:])] for k in ("x3", "x4")}), target, seed=1,
                       name=("x",))  # fmt: skip
    assert fewer["features"][0]["importance"] == pytest.approx(one["features"][0]["importance"], rel=0.1)


def design():
    return read_trial({
        "trial": "sorafenib", "population": "sharp", "patients": 12, "dosing": "mean_rate",
        "arms": {"placebo": {}, "sorafenib": {"regimen": ["sorafenib 400 mg PO BID"]}},
        "visits": {"every": "6w", "until": "18w"}, "endpoints": ["OS"], "primary": "OS",
    })  # fmt: skip


def ratios(log, alive=1.0):
    burdens, eras = ("beta_low", "beta_middle", "beta_high"), ("era_none", "era_progressed", "era_tumour")
    options = {(b, e): {"sorafenib": log + 0.1 * (b == "beta_high")} for b in burdens for e in eras}
    times = np.arange(5.0)
    return ArmRatios(options, {}, 0, {"placebo": np.exp(-0.1 * alive * times)}, np.ones(5))


def test_reactions_are_held_down_one_at_a_time():
    asked = []

    def rerun(trial, patients, *, changes):
        asked.append(changes)
        return ratios(-0.6 if "gain_IL6_TAM" in changes else -0.5, 2.0 if "gain_IL6_TAM" in changes else 1.0)

    found = reaction_effects(design(), cohort("sharp", 3, seed=1), ratios(-0.5), rerun=rerun)
    assert len(found) == len(asked) == len(knockdown_rows())
    assert found[0]["id"] == "IL6_TAM"
    assert found[0]["arms"]["sorafenib"]["change"] == pytest.approx(np.exp(-0.1))
    assert found[0]["control"] == pytest.approx(2.0, rel=0.02)
    assert found[1]["arms"]["sorafenib"]["change"] == 1.0
    assert {"gain_IL6_TAM": 0.0} in asked
    stat3 = next(one for one in asked if "S_factor_STAT3" in one)
    assert stat3 == {"S_factor_STAT3": 0.1, "B_factor_STAT3": 0.1}


@pytest.mark.long
def test_the_spread_is_shared_out_among_groups_of_numbers():
    def rerun(trial, patients, *, changes):
        return ratios(-0.5 + (0.3 if "gain_IL6_MDSC" in changes else 0.0))

    found = spread_by_source(design(), cohort("sharp", 3, seed=1), ratios(-0.5), vectors=2, rerun=rerun)
    rows = {row["group"]: row for row in found["sorafenib"]}
    assert {"signalling", "drugs", "immunity", "burden", "era"} <= set(rows)
    assert rows["immunity"]["high"] == pytest.approx(np.exp(0.3))
    assert rows["burden"]["high"] == pytest.approx(np.exp(0.1))
    assert rows["era"]["spread"] == 0.0
    assert sum(row["share"] for row in rows.values()) == pytest.approx(1.0)
    assert found["sorafenib"][0]["group"] == "immunity"


def test_a_run_is_explained_from_its_tables_alone(tmp_path):
    folder = written_run(tmp_path, fake_question(patients=200), fake_arrow(patients=200), document=False)
    found = explain_run(folder, patients=0)
    assert "reactions" not in found
    assert {row["part"] for row in explanation_rows(found)} == {
        "separating", "modifiers, survival", "modifiers, size",
    }  # fmt: skip
    with pytest.raises(InputError) as told:
        explain_run(folder, patients=4)
    assert told.value.problems[0].code == "trial.manifest"  # it does not say how it was made
    with pytest.raises(InputError) as told:
        explain_run(folder, patients=-1)
    assert told.value.problems[0].code == "count.range"


def test_patients_of_a_run_go_through_its_arms_again(tmp_path, monkeypatch):
    from jakstat.trial import reaction_effects as module
    from jakstat.trial.trial_mapping import trial_mapping

    monkeypatch.setattr(module, "knockdown_rows", lambda: knockdown_rows()[:1])
    arms = ("placebo", "sorafenib")
    folder = written_run(
        tmp_path, fake_question(arms, patients=60), fake_arrow(arms, patients=60), document=False,
        trial=trial_mapping(design()),
    )  # fmt: skip
    found = explain_run(folder, patients=4, vectors=0)
    assert found["rerun"] == {"patients": 4, "vectors": 0, "failed": 0}
    one = found["reactions"][0]
    assert one["id"] == "STAT3_cancer"
    assert one["control"] < 0.95  # without STAT3 of cancer cells patients live longer
    assert 0.3 < one["arms"]["sorafenib"]["base"] < 1.0
