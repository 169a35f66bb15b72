import numpy as np
import pytest

from jakstat.errors import InputError
from jakstat.experiment.describe import make_protocol
from jakstat.experiment.dose_series import half_maximum
from jakstat.experiment.hill_fit import hill
from jakstat.experiment.run import simulate
from jakstat.pharmacology import agent
from jakstat.response.dose_response import dose_response, dose_responses
from jakstat.response.drug_doses import found_range, parse_drugs

HEPATOCYTE = make_protocol("mouse_hepatocyte", stimuli="IL6=40ng/ml", parts="auto")


@pytest.fixture(scope="module")
def found():
    return dose_response(HEPATOCYTE, "ruxolitinib")


def test_ruxolitinib_in_hepatocytes_without_a_range(found):
    """The published range is that of the observation CT33."""
    assert found.half.kind == "IC50"
    assert 190 < found.half.value < 760
    assert np.isnan(found.bounds).all(), "nothing was drawn, so there is no interval"
    assert found.doses[0] == 0.0
    assert found.effects[1] > 0.97
    assert found.effects[-1] < 0.03
    assert 0.97 < found.emax <= 1.0
    assert found.grade == agent("ruxolitinib").grade
    assert found.absolute == pytest.approx(found.half.value, rel=0.05)
    assert found.notes == ()
    assert list(found.sources) == sorted(found.sources)
    assert set(agent("ruxolitinib").sources) < set(found.sources)


def test_the_wells_are_those_of_simulate(found):
    r = simulate("mouse_hepatocyte", stimuli="IL6=40ng/ml", drugs={"ruxolitinib": f"0,{found.doses[6]}nM"},
                 until="20min", observe="pSTAT3", points=5, parts="auto")  # fmt: skip
    assert r["pSTAT3"].values[:, -1] == pytest.approx(found.responses[[0, 6]], rel=1e-4)


def test_a_given_range_says_the_same_and_keeps_its_unit(found):
    other = dose_response(HEPATOCYTE, "ruxolitinib=0.01..100uM:13")
    assert other.dose_unit == "uM"
    assert 1000 * other.half.value == pytest.approx(found.half.value, rel=0.05)


def test_given_earlier_a_drug_does_not_act_less(found):
    earlier = dose_response(HEPATOCYTE, "ruxolitinib", pre="60min")
    assert earlier.half.value != found.half.value
    assert earlier.half.value == pytest.approx(found.half.value, rel=0.2)


def test_doses_that_do_not_reach_the_plateau_have_no_half_maximum(found):
    short = dose_response(HEPATOCYTE, "ruxolitinib=1,3,10,30,60nM")
    assert np.isnan(short.half.value)
    [note] = short.notes
    bound = float(note.split("the IC50 lies above ")[1].split(" nM")[0])
    assert 1.0 < bound < found.half.value
    at_bound, at_most = 1 - dose_response(HEPATOCYTE, f"ruxolitinib=1,{bound},60nM").effects[-2:]
    assert at_bound == pytest.approx(at_most / 2, rel=0.05)  # half of the effect of the highest dose


def test_a_flat_curve_has_no_half_and_says_so():
    flat = dose_response(make_protocol("hepg2", stimuli="IL6=10ng/ml", parts="auto"), "doxorubicin")
    assert flat.half.method == "none"
    assert np.isnan(flat.half.value)
    assert np.isnan(flat.emax)
    assert any("does not change" in note for note in flat.notes)
    assert flat.grade == agent("doxorubicin").grade


def test_an_activator_has_an_ec50():
    rises = dose_response(make_protocol("hepg2", parts="auto"), "gp130_dimeriser")
    assert rises.half.kind == "EC50"
    assert rises.emax > 10
    assert any("EC50" in note for note in rises.notes)


def test_several_drugs_share_one_control_and_a_single_dose_is_in_every_well():
    p = make_protocol("hepg2", stimuli="IL6=10ng/ml", parts="auto")
    one, two = dose_responses(p, ["ruxolitinib=1..100000nM:7", "tocilizumab=0.01..1000nM:7"])
    assert one.baseline == pytest.approx(two.baseline, rel=1e-6)
    [blocked] = dose_responses(p, ["ruxolitinib=1..100000nM:7", "tocilizumab=150nM"])
    assert blocked.baseline < 0.6 * one.baseline
    assert "tocilizumab=150nM" in blocked.stimulus


def test_vectors_give_an_interval_that_holds_their_half_maxima():
    p = make_protocol("hepg2", stimuli="IL6=10ng/ml", parts="auto")
    found = dose_response(p, "ruxolitinib=1..100000nM:9", interval=12, seed=4)
    said = found.interval
    assert said is not None
    assert (said.vectors, said.failed, said.without) == (12, 0, 0)
    assert said.low < found.half.value * 1.5
    assert said.high > found.half.value / 1.5
    assert said.low < said.high
    assert found.bounds == (said.low, said.high)
    assert (found.low <= found.high).all()
    again = dose_response(p, "ruxolitinib=1..100000nM:9", interval=12, seed=4)
    assert again.interval == said
    assert dose_response(p, "ruxolitinib=1..100000nM:9", interval=12, seed=5).interval != said


@pytest.mark.parametrize("half", [1e-4, 3.0, 4e4])
@pytest.mark.parametrize("slope", [0.6, 1.0, 3.0])
@pytest.mark.parametrize("top", [0.0, 30.0])
def test_a_range_is_found_wherever_the_drug_acts(half, slope, top):
    def respond(doses):
        return hill(doses, 10.0, top, half, slope)

    doses = found_range(1.0, respond)
    found = half_maximum(np.concatenate([[0.0], doses]), respond(np.concatenate([[0.0], doses])), unit="nM")
    assert found.value == pytest.approx(half, rel=0.02)


def test_a_range_stops_at_the_highest_dose():
    assert found_range(1e6, lambda d: np.ones(len(d)))[-1] <= 1e7
    assert found_range(1e12, lambda d: np.ones(len(d)))[-1] <= 1e7


@pytest.mark.parametrize(
    ("drugs", "code"),
    [
        ([], "drug.none"),
        (["ruxolitinib=5nM"], "drug.none"),
        (["ruxolitinb"], "drug.unknown"),
        (["cycloheximide"], "drug.dose"),
        (["ruxolitinib", "jakafi=1..9nM"], "name.twice"),
        (["ruxolitinib=1,2nM"], "series.short"),
        (["ruxolitinib=1..2h:5"], "unit.clash"),
        (["=1nM"], "name.unreadable"),
    ],
)
def test_drugs_that_make_no_curve(drugs, code):
    with pytest.raises(InputError) as caught:
        parse_drugs(drugs)
    assert caught.value.problems[0].code == code


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"pre": "-5min"}, "time.span"),
        ({"pre": "soon"}, "number.text"),
        ({"interval": -1}, "count.range"),
        ({"seed": -1}, "seed.range"),
        ({"readout": "pSTAT"}, "observable.unknown"),
        ({"at": "72h:soup"}, "option.value"),
        ({"renew": "1s", "at": "72h:growth"}, "renew.interval"),
    ],
)
def test_options_that_cannot_be(options, code):
    with pytest.raises(InputError) as caught:
        dose_response(HEPATOCYTE, "ruxolitinib", **options)
    assert caught.value.problems[0].code == code


def test_only_the_drug_is_varied():
    with pytest.raises(InputError, match="several levels"):
        dose_response(make_protocol("hepg2", stimuli="IL6=1,10ng/ml", parts="auto"), "ruxolitinib")
    with pytest.raises(InputError, match="two times"):
        dose_response(HEPATOCYTE, "ruxolitinib@-30min", pre="60min")
