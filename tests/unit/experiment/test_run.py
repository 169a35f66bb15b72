from dataclasses import replace

import numpy as np
import pytest

from jakstat.biology import chosen_parts
from jakstat.errors import InputError, Outcome
from jakstat.experiment import lanes
from jakstat.experiment import resting as resting_module
from jakstat.experiment.resting import loaded_cell, resting_state
from jakstat.experiment.run import simulate
from jakstat.store import attribute

FAST = {"until": "2h", "points": 25}


def at(result, name, hours, lane=0):
    return float(np.interp(hours, result["time"], result[name][lane]))


def test_the_result_is_labelled():
    r = simulate("hepg2", stimuli={"IL6": "10 ng/ml"}, **{"parts": "auto", **FAST})
    assert set(r.data_vars) == {"pSTAT3", "pSTAT3_nuclear", "SOCS3_mRNA", "SOCS3"}
    assert r["pSTAT3"].dims == ("lane", "time")
    assert r["pSTAT3"].attrs["units"] == "1/cell"
    assert "sobotta2017" in r["pSTAT3"].attrs["sources"]
    assert r["time"].attrs["units"] == "h"
    assert r.attrs["outcome"] == "OK"
    assert "not for treating a patient" in r.attrs["notice"]
    inputs = attribute(r.attrs, "manifest")["inputs"]
    assert inputs["seed"] is None
    assert len(inputs["model_key"]) == len(inputs["parameters_key"]) == 64
    assert "sobotta2017" in r.attrs["sources"]
    assert attribute(r.attrs, "manifest")["libraries"]["numpy"]


def test_cells_rest_without_a_stimulus():
    r = simulate("hepg2", until="6h", points=13, parts="auto")
    for name in r.data_vars:
        values = r[name].values[0]
        assert np.abs(values - values[0]).max() <= 1e-4 * max(values[0], 1e-9)


def test_il6_raises_pstat3_and_ruxolitinib_lowers_it():
    alone = simulate("hepg2", stimuli={"IL6": "10 ng/ml"}, **{"parts": "auto", **FAST})
    drugged = simulate(
        "hepg2",
        stimuli={"IL6": "10 ng/ml"},
        drugs={"ruxolitinib": "500nM@-60min"},
        **{"parts": "auto", **FAST},
    )
    assert alone["pSTAT3"].max() > 3 * alone["pSTAT3"][0, 0]
    assert at(drugged, "pSTAT3", 0.4) < 0.95 * at(alone, "pSTAT3", 0.4)
    assert float(drugged["time"][0]) == -1.0


def test_a_second_dose_adds_to_what_the_first_left():
    # loss 0.0582 per hour: at 17 h there are 500 exp(-17 k) + 187 exp(-9 k) + 187 exp(-k) nM
    wanted = 500 * 0.371800 + 187 * 0.592266 + 187 * 0.943461
    r = simulate("hepg2", drugs=["ruxolitinib=500nM", "ruxolitinib=187nM@8h,16h"], until="17h", points=35,
                 observe="ruxolitinib", parts="core")  # fmt: skip
    assert r["ruxolitinib"][0, -1] == pytest.approx(wanted, rel=1e-5)


@pytest.mark.long
@pytest.mark.parametrize("context", ["hepg2", "hcc_stem_like"])
def test_cells_rest_at_both_ends_of_every_range_of_a_loss(context):
    cell = loaded_cell(context, chosen_parts(["cell"]))
    losses = [r for r in cell.rows if r.id.startswith("kdeg_") and r.low < r.high]
    values = {r.id: np.full(2 * len(losses), r.value) for r in losses}
    for i, r in enumerate(losses):
        values[r.id][2 * i : 2 * i + 2] = r.low, r.high
    found = resting_state(cell, values, lanes=2 * len(losses))
    assert len(losses) > 30
    assert not found.outcomes.any()
    # what is made at a constant rate stands at rate over loss
    i = 2 * [r.id for r in losses].index("kdeg_HAMP_mRNA")
    rates = found.amounts["HAMP_mRNA"] * values["kdeg_HAMP_mRNA"]
    assert rates[i] == pytest.approx(rates[i + 1], rel=1e-6)


def test_a_knockdown_acts_before_the_cells_come_to_rest():
    r = simulate(
        "hepg2",
        perturb={"SOCS3": 0.0},
        observe=["SOCS3", "SOCS3_mRNA"],
        **{"parts": "auto", **FAST},
    )
    timed = simulate(
        "hepg2",
        perturb="SOCS3=0@0h",
        observe=["SOCS3", "SOCS3_mRNA"],
        **{"parts": "auto", **FAST},
    )
    assert float(r["SOCS3"].max()) < 1e-3
    assert float(timed["SOCS3"][0, 0]) > 1.0
    assert float(timed["SOCS3"][0, -1]) < float(timed["SOCS3"][0, 0])


def test_an_abundance_factor_scales_the_abundance():
    r = simulate("hepg2", perturb="STAT3=0.5,1", observe="STAT3_total", until="10min", points=3, parts="auto")
    assert float(r["STAT3_total"][0, 0] / r["STAT3_total"][1, 0]) == pytest.approx(0.5, rel=1e-6)


def test_cycloheximide_stops_new_receptor():
    r = simulate(
        "hepg2",
        treatments="cycloheximide@0h",
        observe="IL6_binding_sites",
        **{"parts": "auto", **FAST},
    )
    assert np.all(np.diff(r["IL6_binding_sites"].values[0]) < 0)


def test_a_pulse_is_shorter_than_a_step():
    step = simulate("hepg2", stimuli="IL6=10ng/ml", observe="IL6_medium,pSTAT3", **{"parts": "auto", **FAST})
    pulse = simulate(
        "hepg2",
        stimuli="IL6=10ng/ml@0min..20min",
        observe="IL6_medium,pSTAT3",
        **{"parts": "auto", **FAST},
    )
    changed = simulate(
        "hepg2",
        stimuli="IL6=10ng/ml",
        observe="IL6_medium,pSTAT3",
        medium_changes="20min",
        **FAST,
        parts="auto",
    )
    assert at(pulse, "IL6_medium", 0.2) == pytest.approx(at(step, "IL6_medium", 0.2), rel=1e-4)
    assert at(pulse, "IL6_medium", 0.5) < 0.05 * at(step, "IL6_medium", 0.5)
    np.testing.assert_allclose(pulse["pSTAT3"], changed["pSTAT3"], rtol=1e-4)


def test_a_second_dose_adds_to_what_is_left():
    r = simulate("hepg2", stimuli="IL6=1nM@0h,1h", observe="IL6_medium", **{"parts": "auto", **FAST})
    before = at(r, "IL6_medium", 1.0 - 1 / 12)
    assert 1.0 < at(r, "IL6_medium", 1.0) <= 1.0 + before


def test_without_depletion_the_ligand_stays():
    used = simulate(
        "mouse_hepatocyte",
        stimuli="IL6=0.05nM",
        observe="IL6_medium",
        **{"parts": "auto", **FAST},
    )
    kept = simulate(
        "mouse_hepatocyte",
        stimuli="IL6=0.05nM",
        observe="IL6_medium",
        depletion=False,
        **{"parts": "auto", **FAST},
    )
    assert float(used["IL6_medium"][0, -1]) < float(kept["IL6_medium"][0, -1])
    assert float(kept["IL6_medium"][0, -1]) == pytest.approx(0.05, rel=0.01)


def test_mouse_ligand_does_nothing_to_human_cells():
    r = simulate("hepg2", stimuli="IL6(mouse)=10ng/ml", **{"parts": "auto", **FAST})
    assert r["pSTAT3"].values[0] == pytest.approx(float(r["pSTAT3"][0, 0]), rel=1e-4)
    assert r.attrs["notes"]


def test_a_series_is_one_lane_per_dose_and_each_equals_its_single_run():
    series = simulate("hepg2", stimuli="IL6=0,1,10ng/ml", observe="pSTAT3", **{"parts": "auto", **FAST})
    assert series["dose_IL6"].values.tolist() == [0, 1, 10]
    assert series["dose_IL6"].attrs == {"units": "ng/ml", "kind": "stimulus"}
    single = simulate("hepg2", stimuli="IL6=10ng/ml", observe="pSTAT3", **{"parts": "auto", **FAST})
    np.testing.assert_allclose(series["pSTAT3"][2], single["pSTAT3"][0], rtol=1e-9)


def test_a_factor_series_rests_lane_by_lane():
    r = simulate("hepg2", perturb="SOCS3=0..2:3", observe="SOCS3", until="10min", points=3, parts="auto")
    assert r["SOCS3"].values[:, 0] == pytest.approx(sorted(r["SOCS3"].values[:, 0]))
    assert float(r["SOCS3"][0, 0]) < 1e-3


def test_a_species_may_be_observed_by_its_id():
    r = simulate("hepg2", stimuli="IL6=1nM", observe="IL6,IL6R", until="10min", points=3, parts="auto")
    assert r["IL6"].attrs["units"] == "nM"
    assert r["IL6R"].attrs["units"] == "zmol/um^2"
    assert float(r["IL6"][0, 0]) == pytest.approx(1.0, rel=1e-3)


def test_ratios_have_no_unit():
    r = simulate("hepg2", observe="pSTAT3_share_cytoplasmic", until="10min", points=3, parts="auto")
    assert r["pSTAT3_share_cytoplasmic"].attrs["units"] == "1"


@pytest.mark.parametrize(
    ("context", "more", "code"),
    [("hepg", {}, "context.unknown"), ("hepg2", {"observe": "pSTAT"}, "observable.unknown")],
)
def test_unknown_names(context, more, code):
    with pytest.raises(InputError) as caught:
        simulate(context, **{"parts": "auto", **more})
    assert caught.value.problems[0].code == code
    assert "did you mean" in caught.value.problems[0].hint


def test_the_same_question_gives_the_same_bits_and_manifest():
    first = simulate("hepg2", stimuli="IL6=10ng/ml", **{"parts": "auto", **FAST})
    resting_module._loaded.cache_clear()
    again = simulate("hepg2", stimuli="IL6=10ng/ml", **{"parts": "auto", **FAST})
    assert first.identical(again)


def test_a_lane_that_found_no_rest_is_masked_and_says_why(monkeypatch):
    real = resting_state(loaded_cell("hepg2"), {})
    moving = replace(real, outcomes=np.array([int(Outcome.NOT_STEADY)]))
    monkeypatch.setattr(lanes, "resting_state", lambda *_, **__: moving)
    r = simulate("hepg2", stimuli="IL6=1,10ng/ml", **{"parts": "auto", **FAST})
    assert r.attrs["outcome"] == "NOT_STEADY"
    assert r.attrs["failed_lanes"] == 2
    assert r["outcome"].values.tolist() == ["NOT_STEADY"] * 2
    assert np.isnan(r["pSTAT3"].values).all()


def test_a_drug_comes_along_with_parts_chosen_by_hand():
    alone = simulate("hepg2", stimuli="IL6=10ng/ml", parts=["stat3"], observe="pSTAT3", **FAST)
    drugged = simulate(
        "hepg2",
        stimuli="IL6=10ng/ml",
        drugs="ruxolitinib=10uM@-60min",
        parts=["stat3"],
        observe="pSTAT3",
        **FAST,
    )
    assert float(drugged["pSTAT3"].max()) < 0.5 * float(alone["pSTAT3"].max())
