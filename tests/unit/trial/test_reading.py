"""The document of a trial, from tables whose ratio of hazards is known."""

import json

import numpy as np
import pyarrow as pa
import pytest

from jakstat.errors import InputError
from jakstat.places import place_of
from jakstat.population.survival import SurvivalCurve
from jakstat.population.two_groups import two_group_ratio
from jakstat.trial.reading import read_trial_run, trial_document
from jakstat.trial.run_record import RunRecord, write_record
from jakstat.trial.run_tables import from_arrow
from trial_tables import MONTH, fake_arrow, fake_question, fake_tables, written_run

ARMS = ("placebo", "drug", "both")


def asked():
    return fake_question(ARMS, patients=600, size=300, strata=("pSTAT3_bulk", "aetiology"))


@pytest.fixture(scope="module")
def tables():
    return fake_tables(ARMS, patients=600, seed=3)


@pytest.fixture(scope="module")
def document(tables):
    return trial_document(asked(), tables)


def test_a_randomised_comparison_uses_each_patient_in_his_own_arm(document, tables):
    own = tables["assigned"].astype(bool)
    time = np.concatenate([tables["OS_h"][k][own[k]] for k in (0, 1)])
    event = np.concatenate([tables["OS_event"][k][own[k]] for k in (0, 1)])
    group = np.repeat([0, 1], [own[0].sum(), own[1].sum()])
    found = document["endpoints"]["OS"]["compared"]["drug"]
    assert found["hazard_ratio"] == pytest.approx(np.exp(two_group_ratio(time, event, group).log))
    assert [document["flow"][a]["assigned"] for a in ARMS] == own.sum(axis=1).tolist()
    assert sum(document["flow"][a]["assigned"] for a in ARMS) == 600
    lost = own & ~tables["OS_event"] & (tables["alive_h"] < 24 * MONTH)
    assert [document["flow"][a]["lost"] for a in ARMS] == lost.sum(axis=1).tolist()
    assert document["endpoints"]["OS"]["arms"]["drug"]["n"] == own[1].sum()


def test_the_counterfactual_has_all_patients_and_no_interval(document, tables):
    found = document["endpoints"]["OS"]["compared"]["drug"]["counterfactual_hazard_ratio"]
    assert found["patients"] == 600
    assert found["interval"] is None
    assert "same patients in both arms" in found["why"]
    time, event = (np.concatenate([tables[c][k] for k in (0, 1)]) for c in ("OS_h", "OS_event"))
    assert found["value"] == pytest.approx(np.exp(two_group_ratio(time, event, np.repeat([0, 1], 600)).log))
    assert found["value"] == pytest.approx(0.7, rel=0.03)  # the known one: the same draws in both arms


def test_curves_medians_and_numbers_at_risk(document, tables):
    found = document["endpoints"]["OS"]["arms"]["placebo"]
    own = tables["assigned"][0].astype(bool)
    curve = SurvivalCurve.of(tables["OS_h"][0][own], tables["OS_event"][0][own])
    assert found["median_months"] == pytest.approx(curve.median / MONTH)
    assert found["curve"]["at_risk"]["n"][0] == own.sum()
    grids = [arm["curve"]["at_risk"]["months"] for arm in document["endpoints"]["OS"]["arms"].values()]
    assert all(grid == grids[0] for grid in grids)
    six = found["curve"]["at_risk"]["months"].index(6.0)
    assert found["curve"]["at_risk"]["n"][six] == (tables["OS_h"][0][own] >= 6 * MONTH).sum()
    share = np.interp(12.0, found["curve"]["months"], found["curve"]["share"])
    assert share == pytest.approx(1 - curve.share_by([12 * MONTH])[0], abs=0.02)


def test_time_to_progression_says_what_share_dies_before(document):
    found = document["endpoints"]["TTP"]["arms"]["placebo"]["cumulative_incidence"]
    free = document["endpoints"]["PFS"]["arms"]["placebo"]["curve"]
    total = found["progression"][-1] + found["death before it"][-1]
    assert total == pytest.approx(1.0 - free["share"][-1], abs=1e-9)
    assert found["death before it"][-1] > 0.05


def test_levels_stand_over_the_options_and_ratios_beside(document):
    found = document["endpoints"]["OS"]
    options = found["compared"]["drug"]["model"]["options"]
    assert len(options) == 9
    medians = [o["median_months"]["placebo"] for o in options]
    level = found["levels"]["arms"]["placebo"]
    assert (level["low_months"], level["high_months"]) == (min(medians), max(medians))
    assert found["compared"]["drug"]["model"]["low"] is None


def test_the_model_interval_lies_around_the_counterfactual_ratio(tables):
    one = {"relative": {"low": 0.9, "high": 1.2}, "level": 0.9, "vectors": 8, "patients": 32, "of": "vectors"}
    model = {"endpoints": {"OS": {"drug": one}}}
    found = trial_document({**asked(), "endpoints": ["OS"], "strata": []}, tables, model=model)
    compared = found["endpoints"]["OS"]["compared"]
    middle = compared["drug"]["counterfactual_hazard_ratio"]["value"]
    assert compared["drug"]["model"]["low"] == pytest.approx(0.9 * middle)
    assert compared["drug"]["model"]["high"] == pytest.approx(1.2 * middle)
    assert compared["drug"]["model"]["vectors"] == 8
    assert compared["both"]["model"]["low"] is None


def test_responders_and_their_difference(document, tables):
    own = tables["assigned"][1].astype(bool)
    share = (tables["best"][1][own] == "PR").mean()
    found = document["endpoints"]["ORR"]
    assert found["arms"]["drug"]["share"] == pytest.approx(share)
    low, high = found["arms"]["drug"]["low"], found["arms"]["drug"]["high"]
    assert low < share < high
    assert found["compared"]["drug"]["risk_difference"] == pytest.approx(
        share - (tables["best"][0][tables["assigned"][0].astype(bool)] == "PR").mean()
    )
    assert sum(document["best_response"]["drug"].values()) == pytest.approx(1.0)


def test_responders_are_not_compared_as_if_drawn_at_random(document):
    assert document["endpoints"]["DoR"]["compared"] == {}
    assert "not at random" in document["endpoints"]["DoR"]["why"]


def test_strata_share_out_the_patients(document):
    found = document["strata"]["pSTAT3_bulk"]
    assert found["low"]["n"] + found["high"]["n"] == 600
    assert found["groups"] == ["low", "high"]
    assert set(document["strata"]["aetiology"]["groups"]) == {"HBV", "HCV"}
    assert "sampling" not in found["low"]["endpoints"]["OS"]["compared"]["drug"]
    assert 0.0 <= found["interaction"]["OS"]["drug"] <= 1.0


def test_waterfall_and_spider_are_of_the_assigned_arm(document, tables):
    arms = {int(i): ARMS[k] for k, i in np.argwhere(tables["assigned"].astype(bool))}
    assert all(arms[one["patient"]] == one["arm"] for one in document["waterfall"])
    own = [one["change_percent"] for one in document["waterfall"] if one["arm"] == "drug"]
    assert own == sorted(own, reverse=True)
    assert len(document["spider"]) == 60
    assert all(one["weeks"][0] == 0.0 and one["change_percent"][0] == 0.0 for one in document["spider"])


def test_the_document_is_json_and_the_same_again(document, tables):
    again = trial_document(asked(), tables)
    assert json.dumps(again, allow_nan=False) == json.dumps(document, allow_nan=False)


def test_failed_and_ineligible_patients_are_counted_and_left_out():
    patients, options, visits = fake_arrow(patients=300, seed=5)
    rows = patients.to_pydict()
    for k, (who, arm) in enumerate(zip(rows["patient"], rows["arm"], strict=True)):
        why = {3: "INELIGIBLE", 4: "QUARANTINED"}.get(who, "NAN" if who == 5 and arm == "drug" else "")
        if why:
            rows["failed"][k] = why
            for name in ("OS_h", "TTP_h", "PFS_h", "DoR_h", "base_age"):
                rows[name][k] = float("nan")
            rows["assigned"][k] = rows["assigned"][k] and why != "INELIGIBLE"
    found = trial_document(fake_question(), from_arrow(("placebo", "drug"), pa.table(rows), options, visits))
    assert found["population"]["screened_out"] == 1
    assert found["population"]["n"] == 299
    assert sum(f["assigned"] for f in found["flow"].values()) == 299
    assert [f["quarantined"] for f in found["flow"].values()] == [1, 1]
    told = {(one["patient"], one["arm"], one["outcome"]) for one in found["failed"]}
    assert told == {(4, "placebo", "QUARANTINED"), (4, "drug", "QUARANTINED"), (5, "drug", "NAN")}
    compared = found["endpoints"]["OS"]["compared"]["drug"]
    assert compared["counterfactual_hazard_ratio"]["patients"] == 297


def test_weights_count_in_every_part():
    # one in two counts nothing: the trial of the other half
    weights = np.tile([2.0, 0.0], 150)
    heavy = trial_document(fake_question(), fake_tables(patients=300, weights=weights))
    patients, options, visits = fake_arrow(patients=300)
    even = [t.filter(np.asarray(t.column("patient")) % 2 == 0) for t in (patients, options, visits)]
    half = trial_document(fake_question(), from_arrow(("placebo", "drug"), *even))
    assert heavy["population"]["effective_sample_size"] == pytest.approx(150.0)
    for end in ("OS", "TTP"):
        for part, key in (("compared", "hazard_ratio"), ("arms", "median_months"), ("arms", "rmst_months")):
            one, two = (d["endpoints"][end][part]["drug"][key] for d in (heavy, half))
            assert one == pytest.approx(two), (end, key)
    one, two = (d["endpoints"]["ORR"]["arms"]["drug"] for d in (heavy, half))
    assert (one["share"], one["low"]) == (pytest.approx(two["share"]), pytest.approx(two["low"]))


def test_what_was_observed_of_the_population_stands_beside_the_patients_that_were_let_in():
    weights = np.tile([2.0, 0.0], 150)
    tables = fake_tables(patients=300, weights=weights)
    found = {one["what"]: one for one in trial_document(fake_question(), tables)["population"]["match"]}
    high = tables.first("base_IL6") >= 18.49
    assert found["IL6 >= 18.49 pg/ml"]["wanted"] == 0.152  # population/observed.csv, read in yang2023
    assert found["IL6 >= 18.49 pg/ml"]["got"] == pytest.approx(high[::2].mean())
    assert found["female"]["got"] == pytest.approx(tables.first("base_female")[::2].mean())
    assert "ECOG" not in found, "the run has no such column"
    of_a_file = {**fake_question(), "population": "mine.yaml"}
    assert trial_document(of_a_file, tables)["population"]["match"] == []


@pytest.mark.parametrize("where", ["folder", "memory"])
def test_a_run_is_read_from_where_it_lies(tmp_path, document, where):
    folder = tmp_path if where == "folder" else "memory://trial/read"
    written_run(folder, asked(), fake_arrow(ARMS, patients=600, seed=3), document=False)
    found = read_trial_run(folder)
    assert found.pop("manifest")["kind"] == "trial"
    assert found == {k: v for k, v in document.items() if k != "manifest"}


def test_an_arm_without_patients_and_a_folder_without_tables_are_refused(tmp_path):
    patients, options, visits = fake_arrow(patients=40)
    gone = patients.set_column(patients.column_names.index("assigned"), "assigned", pa.array([False] * 80))
    with pytest.raises(InputError) as told:
        trial_document(fake_question(), from_arrow(("placebo", "drug"), gone, options, visits))
    assert told.value.problems[0].code == "trial.nobody"
    with pytest.raises(InputError) as told:
        read_trial_run(tmp_path)
    assert told.value.problems[0].code == "trial.none"
    write_record(place_of(tmp_path), RunRecord({"inputs": {"question": fake_question()}}, 1, 1))
    with pytest.raises(InputError) as told:
        read_trial_run(tmp_path)
    assert told.value.problems[0].code == "trial.tables"
    write_record(place_of(tmp_path), RunRecord({"inputs": {}}, 1, 1))
    with pytest.raises(InputError) as told:
        read_trial_run(tmp_path)
    assert told.value.problems[0].code == "trial.manifest"
    with pytest.raises(InputError, match="the design has not"):
        from_arrow(("placebo", "other"), patients)


def test_the_pathway_is_read_in_the_same_patients_and_in_responders(document, tables):
    """In the fake tables CRP falls by a fifth of the control's for each further arm."""
    pictures = {p["title"]: p for p in document["pathway"]}
    for arm, ratio in (("drug", 0.8), ("both", 0.6)):
        found = pictures[f"{arm} over placebo at week 6, the same patients in both"]
        assert (found["first"], found["second"]) == ("placebo", arm)
        assert found["values"]["CRP"]["ratio"] == pytest.approx(ratio, rel=1e-12)
        assert found["values"]["CRP"]["unit"] == "mg/L"
    own = tables["assigned"][1].astype(bool)
    responded = own & (tables["best"][1] == "PR")
    il6 = tables["base_IL6"][1]
    found = pictures["drug: responders over others, at the first visit"]["values"]["IL6_serum"]
    assert found["second"] == pytest.approx(np.median(il6[responded]), rel=1e-12)
    assert found["first"] == pytest.approx(np.median(il6[own & ~responded]), rel=1e-12)
    assert found["ratio"] == pytest.approx(found["second"] / found["first"], rel=1e-12)


def test_recurrence_is_told_under_every_option():
    """Where an option's recurrences are the patients' own, its ratio is that of the same patients."""
    patients, options, visits = fake_arrow(patients=300, seed=4)
    rows, under = patients.to_pydict(), options.to_pydict()
    own = {key: k for k, key in enumerate(zip(rows["patient"], rows["arm"], strict=True))}
    place = [own[key] for key in zip(under["patient"], under["arm"], strict=True)]
    for name in ("h", "event"):
        rows[f"RFS_{name}"] = rows[f"PFS_{name}"]
        under[f"RFS_{name}"] = [rows[f"PFS_{name}"][k] for k in place]
    never = [b == "beta_low" for b in under["burden"]]  # under one option nobody in the drug's arm recurs
    gone = [n and arm == "drug" for n, arm in zip(never, under["arm"], strict=True)]
    under["RFS_event"] = [not g and e for g, e in zip(gone, under["RFS_event"], strict=True)]
    run = from_arrow(("placebo", "drug"), pa.table(rows), pa.table(under), visits)
    compared = trial_document(fake_question(endpoints=("RFS",)), run)["endpoints"]["RFS"]["compared"]["drug"]
    by = {o["burden"]: o["hazard_ratio"] for o in compared["model"]["options"]}
    assert by["beta_middle"] == pytest.approx(compared["counterfactual_hazard_ratio"]["value"], rel=1e-12)
    assert by["beta_low"] < 1e-3
