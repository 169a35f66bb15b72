"""Combinations on the shipped model: doses, effect, words, documents, screens and their resumption."""

import json
from dataclasses import replace

import numpy as np
import pytest

from jakstat.combination.carriers import carriers
from jakstat.combination.document import combination_document, screen_document
from jakstat.combination.dose_lanes import dose_lanes, has_floor, read_experiment
from jakstat.combination.matrix_doses import chosen_range, read_drug, two_drugs
from jakstat.combination.screen import all_pairs, read_pairs, screen
from jakstat.combination.surface import combine
from jakstat.combination.verdicts import disagreements, verdict
from jakstat.engine.model import Model
from jakstat.errors import InputError, Outcome
from jakstat.experiment.run import simulate
from jakstat.store import attribute

IL6 = "IL6=10ng/ml"
PAIR = ("ruxolitinib=60..6000nM:5", "Stattic=5..500uM:5")


@pytest.fixture(scope="module")
def found():
    return combine("hepg2", PAIR, stimuli=IL6, at="20min", vectors=12, parts="auto")


def test_effect_is_that_of_single_simulations(found):
    """Lanes of the matrix are what `jakstat simulate` gives for the same doses."""
    a, b = found["dose_a"].values, found["dose_b"].values
    wanted = {}
    for name, drugs in {
        "none": {},
        "both": {"ruxolitinib": f"{float(a[3])!r} nM @ -60min", "Stattic": f"{float(b[2])!r} nM @ -60min"},
    }.items():
        r = simulate(
            "hepg2",
            {"IL6": "10 ng/ml"},
            drugs,
            until="20 min",
            observe=["pSTAT3"],
            read_at="20 min",
            parts="auto",
        )
        wanted[name] = float(r["pSTAT3"].values[0, -1])
    rest = float(simulate("hepg2", until="20 min", observe=["pSTAT3"], parts="auto")["pSTAT3"].values[0, -1])
    assert found["reading"].values[0, 0] == pytest.approx(wanted["none"], rel=1e-4)
    share = (wanted["none"] - wanted["both"]) / (wanted["none"] - rest)
    assert found["effect"].values[3, 2] == pytest.approx(share, abs=1e-4)
    assert found.attrs["failed"] == 0


def test_nanomolar_and_micromolar_are_one(found):
    """The same doses in another unit give the same numbers, and more than that, the same bits."""
    other = combine("hepg2", ("ruxolitinib=0.06..6uM:5", "Stattic=5000..500000nM:5"), stimuli=IL6,
                    at="20min", vectors=12, parts="auto")  # fmt: skip
    for name in found.data_vars:
        np.testing.assert_allclose(found[name].values, other[name].values, rtol=1e-9, atol=1e-9)
    for name, entry in attribute(found.attrs, "musyc")["parameters"].items():
        for key, value in entry.items():
            again = attribute(other.attrs, "musyc")["parameters"][name][key]
            assert again == pytest.approx(value, rel=1e-9, abs=1e-9, nan_ok=True)
    assert attribute(other.attrs, "manifest")["key"] == attribute(found.attrs, "manifest")["key"]


def test_order_of_the_drugs_only_transposes():
    one = combine("hepg2", PAIR, stimuli=IL6, at="20min", vectors=0, parts="auto")
    other = combine("hepg2", PAIR[::-1], stimuli=IL6, at="20min", vectors=0, parts="auto")
    for name in ("effect", "bliss", "hsa", "loewe", "zip"):
        np.testing.assert_allclose(one[name].values, other[name].values.T, atol=2e-5)
    first, second = (attribute(r.attrs, "musyc")["parameters"] for r in (one, other))
    assert first["alpha12"]["value"] == pytest.approx(second["alpha21"]["value"], rel=1e-2)


def test_intervals_enclose_and_are_wider_than_nothing(found):
    for name in ("bliss", "hsa", "zip"):
        low, high = found[f"{name}_low"].values, found[f"{name}_high"].values
        assert (low <= high).all()
        assert (high - low).max() > 0.01
        v = attribute(found.attrs, "verdicts")[name]
        assert v["largest_low"] <= v["largest_high"]
    assert attribute(found.attrs, "interval")["vectors"] == 12


def test_document_is_json_and_says_what_the_effect_is(found):
    document = combination_document(found)
    text = json.dumps(document, allow_nan=False)
    assert "1 at its level without stimulus" in text
    assert document["models"]["loewe"]["index"][0][0] == pytest.approx(1.0, abs=0.3)
    assert len(document["models"]["zip"]["excess_low"]) == 5
    assert {d["grade"] for d in document["drugs"]} <= {"measured", "fitted", "assumed"}
    assert len(document["carriers"]["reactions"]) == 8
    assert all(r["evidence"] for r in document["carriers"]["reactions"])


def test_carriers_of_independent_action_have_no_interaction():
    """At dose 0 of one drug nothing interacts, whatever the reaction."""
    experiment = read_experiment("hepg2", stimuli=IL6, at="20min", parts="auto")
    lanes = dose_lanes(experiment, two_drugs(["ruxolitinib=300nM", "Stattic=30uM"], before=1.0, levels=1))
    carried = carriers(lanes, "ruxolitinib", "Stattic", (1, 0))
    assert abs(carried.readout) < 1e-9
    assert max(abs(r.interaction) for r in (*carried.reactions, *carried.readouts)) < 1e-9


def test_carriers_of_a_failed_simulation_are_none(monkeypatch):
    """The mixture fails alone: its three neighbours say nothing about what carries the interaction."""
    experiment = read_experiment("hepg2", stimuli=IL6, at="20min", parts="auto")
    lanes = dose_lanes(experiment, two_drugs(["ruxolitinib=300nM", "Stattic=30uM"], before=1.0, levels=1))
    plain = Model.simulate

    def simulate(self, *args, **more):
        result = plain(self, *args, **more)
        return replace(result, outcomes=np.where(np.arange(result.lanes) == 3, int(Outcome.STEP_LIMIT), 0))

    monkeypatch.setattr(Model, "simulate", simulate)
    assert carriers(lanes, "ruxolitinib", "Stattic", (1, 1)) is None


def test_drug_without_range_is_tried_around_its_half_effect():
    r = combine(
        "hepg2", ["ruxolitinib", "tocilizumab"], stimuli=IL6, at="20min", levels=4, vectors=0, parts="auto"
    )
    for k in (0, 1):
        alone = r["effect"].values[1:, 0] if k == 0 else r["effect"].values[0, 1:]
        assert alone[0] < 0.25
        assert alone[-1] > 0.75
    assert any("doses chosen around" in note for note in r.attrs["notes"])


def test_drug_without_effect_is_tried_around_its_potency():
    drug, said = chosen_range(read_drug("ruxolitinib", before=1.0), np.ones(3), np.zeros(3))
    assert drug.doses[1] < drug.doses[-1]
    assert "next to nothing" in said


def test_floor_needs_a_stimulus_that_does_something():
    seen = np.array([50.0, np.nan, 10.0])
    assert has_floor(100.0, 9.0, seen, stimulated=True)
    assert not has_floor(100.0, 9.0, seen, stimulated=False)
    assert not has_floor(100.0, 97.0, seen, stimulated=True)
    assert not has_floor(100.0, 50.0, seen, stimulated=True)  # a drug that does more than undo the stimulus
    r = combine("hepg2", PAIR, at="20min", vectors=0, parts="auto")
    assert not attribute(r.attrs, "floor")
    assert "where none is left" in r.attrs["effect"]


def test_shared_target_and_disagreement_are_said():
    pair = two_drugs(["siltuximab=1..10nM:4", "anti_IL6_site_III=1..10nM:4"], before=0.0, levels=4)
    high, none = np.full((4, 4), 0.3), np.zeros((4, 4))
    verdicts = {n: verdict(n, pair, none if n == "loewe" else high) for n in ("bliss", "hsa", "loewe", "zip")}
    said = " ".join(disagreements(pair, verdicts, (3.0, 3.0), (1.0, 1.0), (0.3, 0.3)))
    assert "both act on IL6" in said
    assert "Loewe is the right null" in said
    assert "the models differ" in said
    assert "combined with itself synergistic" in said


def test_verdict_follows_the_vectors():
    pair = two_drugs(["ruxolitinib=1..10nM:2", "Stattic=1..10uM:2"], before=0.0, levels=2)
    excess = np.array([[0.0, 0.2], [0.0, 0.1]])
    sure = np.repeat(excess[None], 20, axis=0)
    unsure = sure * np.linspace(-1.0, 1.0, 20)[:, None, None]
    assert verdict("bliss", pair, excess, sure).word == "synergy"
    assert verdict("bliss", pair, excess, unsure).word == "none"
    assert verdict("bliss", pair, -excess, -sure).word == "antagonism"
    assert verdict("loewe", pair, np.full((2, 2), np.nan)).word == "not defined"


def test_assumed_drugs_say_so_in_every_label():
    pair = two_drugs(["ruxolitinib=1nM", "doxorubicin=1nM"], before=0.0, levels=2)
    for drug in pair:
        assert ("(assumed)" in drug.label) == (drug.agent.grade == "assumed")


def test_bad_input_is_named():
    cases = [
        (["ruxolitinib"], {}, "combine.two"),
        (["ruxolitinib", "Jakafi"], {}, "combine.same"),
        (["ruxolitinib", "ruxo"], {}, "drug.unknown"),
        (["ruxolitinib", "actinomycin_D"], {}, "drug.dose"),
        (["ruxolitinib=0nM", "Stattic"], {}, "drug.dose"),
        (["ruxolitinib=1..10h", "Stattic"], {}, "unit.clash"),
        (["ruxolitinib=1nM@2h", "Stattic"], {"at": "20min"}, "time.late"),
        (["ruxolitinib", "Stattic"], {"at": "0min"}, "time.span"),
        (["ruxolitinib", "Stattic"], {"at": "noon"}, "option.value"),
        (["ruxolitinib", "Stattic"], {"pre": "-1h"}, "time.span"),
        (["ruxolitinib", "Stattic"], {"stimuli": "IL6=1..10ng/ml"}, "combine.series"),
        (["ruxolitinib", "Stattic"], {"levels": 0}, "count.range"),
        (["ruxolitinib", "Stattic"], {"vectors": -1}, "count.range"),
    ]
    for drugs, more, code in cases:
        with pytest.raises(InputError) as caught:
            combine("hepg2", drugs, **{"stimuli": IL6, **more}, parts="auto")
        assert code in [p.code for p in caught.value.problems], (drugs, more)


PAIRS = [(PAIR[0], PAIR[1]), (PAIR[0], "siltuximab=1..100nM:5")]
SETTING = {"stimuli": IL6, "at": "20min", "threads": 1}


def test_screen_agrees_with_a_combination(found):
    r = screen("hepg2", PAIRS, **SETTING, musyc=True, parts="auto")
    assert attribute(r.attrs, "complete")
    assert r.attrs["failed"] == 0
    assert r.attrs["simulations"] == 2 + 3 * 5 + 2 * 25
    for name in ("bliss", "hsa", "loewe", "zip"):
        own = attribute(found.attrs, "verdicts")[name]
        assert float(r[f"{name}_most"][0]) == pytest.approx(own["largest"], abs=2e-5)
        assert float(r[f"{name}_mean"][0]) == pytest.approx(own["mean"], abs=2e-5)
    assert float(r["alpha12"][0]) == pytest.approx(
        attribute(found.attrs, "musyc")["parameters"]["alpha12"]["value"], rel=1e-2
    )
    document = screen_document(r)
    json.dumps(document, allow_nan=False)
    assert [row["drug_b"] for row in document["pairs"]] == ["Stattic", "siltuximab"]


def test_screen_goes_on_where_it_was_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr("jakstat.combination.screen._BLOCK_LANES", 24)
    whole = screen("hepg2", PAIRS, **SETTING, parts="auto")

    def stop(done, _total):
        if done >= 48:
            raise KeyboardInterrupt

    first = screen("hepg2", PAIRS, **SETTING, folder=tmp_path / "s", progress=stop, parts="auto")
    assert not attribute(first.attrs, "complete")
    assert np.isnan(first["bliss_mean"].values).any() or np.isfinite(first["bliss_most"].values).any()
    told = []
    second = screen(
        "hepg2", PAIRS, **SETTING, folder=tmp_path / "s", progress=lambda d, n: told.append(d), parts="auto"
    )
    assert attribute(second.attrs, "complete")
    np.testing.assert_array_equal(second["bliss_most"].values, whole["bliss_most"].values)
    with pytest.raises(InputError, match=r"store\.other"):
        screen("hepg2", PAIRS[:1], **SETTING, folder=tmp_path / "s", parts="auto")


def test_screen_of_a_table(tmp_path):
    table = tmp_path / "pairs.csv"
    table.write_text("drug_a,drug_b\nruxolitinib,Stattic\nJakafi,siltuximab\n", encoding="utf-8")
    assert read_pairs(table) == (("ruxolitinib", "Stattic"), ("Jakafi", "siltuximab"))
    assert len(all_pairs()) == len(set(all_pairs())) >= 28
    table.write_text("drug_a,drug_b\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"screen\.empty"):
        read_pairs(table)
    table.write_text("drug_a,drug_b\nruxolitinib,\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"drug_b is empty"):
        read_pairs(table)


def test_bad_pairs_are_all_named():
    bad = [("ruxolitinib", "nosuchdrug"), ("ruxolitinib", "Jakafi"), ("Stattic", "Stattic=1uM")]
    with pytest.raises(InputError) as caught:
        screen("hepg2", bad, **SETTING, parts="auto")
    assert {"drug.unknown", "combine.same", "screen.doses"} <= {p.code for p in caught.value.problems}


@pytest.mark.long
def test_half_the_effect_of_a_drug_is_told_only_where_its_plateau_is_seen():
    weak = ["ruxolitinib=1..100nM:4", "tocilizumab=0.1..1000nM:5"]
    r = combine("hepg2", weak, stimuli=IL6, at="20min", vectors=0)
    one, other = attribute(r.attrs, "curves")
    assert np.isnan(one["half"])
    assert 1.0 < other["half"] < 100.0
    assert combination_document(r)["curves"][0]["half"] is None
    told = {name: v["sentence"] for name, v in attribute(r.attrs, "verdicts").items()}
    for name in ("loewe", "zip"):
        assert told[name].endswith("no plateau of ruxolitinib alone is seen, so its curve is extrapolated")
    assert "extrapolated" not in told["bliss"] + told["hsa"]


def test_a_screen_says_whose_plateau_is_not_seen():
    r = screen("hepg2", [("ruxolitinib=1..100nM", "Stattic=5..500uM")], doses=5, **SETTING, parts="core")
    [said] = [note for note in attribute(r.attrs, "notes") if "extrapolated" in note]
    assert said.startswith("the plateau of ruxolitinib alone is not seen")
