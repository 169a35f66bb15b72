"""All questions take the same words, and their answers are frames, tables and files."""

import inspect

import numpy as np
import pytest
import xarray as xr

import jakstat as js
from jakstat.errors import InputError
from jakstat.experiment import run
from jakstat.experiment.protocol import Protocol
from jakstat.response import dose_response as dose_response_room

CELLS = {"parts": "core", "stimulus": "IL6=10ng/ml"}


@pytest.mark.parametrize(
    "name",
    ["simulate", "dose_response", "steady_states", "sensitivity", "bistability", "combine", "make_protocol"],
)
def test_every_question_says_its_words(name):
    """Those of the command line stand in the signature under their plural."""
    shown = inspect.signature(getattr(js, name)).parameters
    if name != "combine":
        assert {"stimuli", "perturb", "treatments", "parts"} <= set(shown)
    function = getattr(js, name)
    with pytest.raises(InputError, match=r"takes no argument 'stimulis'. did you mean 'stimul") as caught:
        function("hepg2", "ruxolitinib", stimulis="IL6=10ng/ml")
    assert [p.code for p in caught.value.problems] == ["argument.unknown"]


@pytest.mark.parametrize(
    "given",
    [
        {"stimuli": {"IL6": "10 ng/ml"}, "perturb": {"SOCS3": 0.5}},
        {"stimulus": "IL6=10ng/ml", "knockdown": "SOCS3=0.5"},
        {"stimulus": ["IL6=10ng/ml"], "perturbation": ["SOCS3=0.5"]},
    ],
)
def test_words_of_the_command_line(given, monkeypatch):
    asked = []
    monkeypatch.setattr(run, "run_protocol", lambda protocol, **how: asked.append(protocol))
    monkeypatch.setattr(
        dose_response_room, "dose_responses", lambda protocol, drugs, **how: [asked.append(protocol)]
    )
    js.simulate("hepg2", state="HBV", **given)
    js.dose_response("hepg2", "ruxolitinib", states=["HBV"], **given)
    assert asked == [js.make_protocol("hepg2+HBV", **given)] * 2
    assert asked[0].stimuli[0].values == (10.0,)


def test_a_protocol_is_taken_as_before(monkeypatch):
    asked = []
    monkeypatch.setattr(dose_response_room, "dose_responses", lambda *given, **how: [asked.append(given)])
    protocol = Protocol("hepg2")
    js.dose_response(protocol, drugs="ruxolitinib")
    assert asked == [(protocol, ["ruxolitinib"])]
    with pytest.raises(InputError, match=r"takes no argument 'stimuli'"):
        js.dose_response(protocol, "ruxolitinib", stimuli="IL6=10ng/ml")


def test_twice_is_not_once():
    with pytest.raises(InputError, match=r"got stimuli twice"):
        js.simulate("hepg2", stimuli="IL6=10ng/ml", stimulus="IL6=1ng/ml")
    with pytest.raises(InputError, match=r"did you mean 'regimen'"):
        js.exposure("tocilizumab", regimn="8 mg/kg IV")


def test_answers_are_kept_and_read_again(tmp_path):
    made = js.simulate("hepg2", points=3, until="30 min", drug="ruxolitinib=1,10,100nM", **CELLS)
    made.to_netcdf(tmp_path / "r.nc", engine="h5netcdf")
    back = js.read_result(tmp_path / "r.nc")
    xr.testing.assert_identical(made, back)
    assert repr(js.half_maxima(back)) == repr(js.half_maxima(made))
    assert set(made.to_dataframe().columns) >= {"pSTAT3", "SOCS3_mRNA", "outcome"}
    assert "pSTAT3" in made._repr_html_()


def test_a_curve_is_a_frame_a_table_and_a_file(tmp_path):
    found = js.dose_response("hepg2", "ruxolitinib=1..10000nM:5", at="20min", **CELLS)
    frame = found.to_dataframe()
    assert list(frame["dose"]) == list(found.doses)
    assert set(frame["dose_unit"]) == set(frame["IC50_unit"]) == {"nM"}
    found.to_netcdf(tmp_path / "c.nc")
    with xr.open_dataset(tmp_path / "c.nc", engine="h5netcdf") as kept:
        np.testing.assert_array_equal(kept["response"], found.responses)
        assert {str(v) for v in kept["drug"].values} == {"ruxolitinib"}
    assert "<td>ruxolitinib</td>" in found._repr_html_()


def test_what_is_no_result(tmp_path):
    path = tmp_path / "a.nc"
    path.write_text("no netCDF")
    with pytest.raises(InputError, match=r"no netCDF result"):
        js.read_result(path)


def test_answers_to_questions_in_other_words_are_kept_too(tmp_path):
    words = {"parts": "core", "observe": "p-STAT3"}
    found = [
        js.simulate("HepG2", points=3, until="30 min", drug="Jakafi=1,10nm", stimulus="IL-6=1ng/ml", **words),
        js.bistability("HepG2", "IL-6=0.1..10ng/ml:5", starts=0, **words),
        js.steady_states("HepG2", starts=0, **words),
    ]
    for made in found:
        made.to_netcdf(tmp_path / "r.nc", engine="h5netcdf")
        assert js.read_result(tmp_path / "r.nc").attrs["question"] == made.attrs["question"]
        assert "hepg2 (HepG2)" in made.attrs["question"]
        assert any("read as" in note for note in made.attrs["notes"])
