"""The hepatitis part of the tumour, alone: virus, death of hepatocytes, fibrosis, p53."""

from importlib.resources import files

import numpy as np
import pytest

import jakstat as js
from jakstat.biology.parts import read_part
from jakstat.biology.sbml_writing import translated
from jakstat.knowledge.parameter_table import read_table

YEAR = 8760.0
BIOLOGY = files("jakstat.biology")
PART = read_part(
    "hepatitis", BIOLOGY.joinpath("parts", "tumour", "hepatitis.ant").read_text("utf-8"), entries={}
)
ROWS = read_table(BIOLOGY.joinpath("parameters", "hepatitis.csv").read_text("utf-8"), file="hepatitis.csv")


@pytest.fixture(scope="module")
def model():
    lines = [f"{row.id} = {row.value!r};" for row in ROWS] + [port.rule(()) for port in PART.ports]
    given = [f"given_{port} := {formula};" for port, formula in PART.gives]
    text = "\n".join(["model liver", PART.text, *lines, *given, "end"])
    return js.load_sbml(translated("liver", text))


def course(model, until, *names, points=41, **numbers):
    found = model.simulate(np.linspace(0.0, until, points), parameters=numbers, outputs=names)
    assert found.ok.all()
    return [found.value(name)[0] for name in names]


def test_a_healthy_liver_rests(model):
    cells, division, engulfed, scar = course(
        model, 40 * YEAR, "Hepatocytes", "compensatory_division", "engulfed", "fibrosis"
    )
    for flat in (cells, division, engulfed):
        assert flat == pytest.approx(np.ones(41), rel=1e-6)
    assert scar[-1] < 0.25  # below stage 1


def test_untreated_virus_keeps_its_load(model):
    hbv, hcv, active = course(model, YEAR, "HBV_serum", "HCV_serum", "hepatitis", HBV_load=1.0, HCV_load=2.0)
    assert hbv == pytest.approx(np.ones(41), rel=1e-4)
    assert hcv == pytest.approx(np.full(41, 2.0), rel=1e-4)
    assert active == pytest.approx(np.full(41, 2.0), rel=1e-4)


def test_division_balances_death_in_hepatitis(model):
    """1 + gain (1 - H) = 1 + death: with the table's 20 and 2, H = 0.9 and division is 3-fold."""
    cells, division, engulfed = course(
        model, YEAR, "Hepatocytes", "compensatory_division", "engulfed", HBV_load=1.0
    )
    assert cells[-1] == pytest.approx(0.9, rel=1e-4)
    assert division[-1] == pytest.approx(3.0, rel=1e-4)
    assert engulfed[-1] == pytest.approx(2.7, rel=1e-4)  # 3 times the death of 0.9 of the cells


def test_cirrhosis_takes_decades_of_active_hepatitis_and_less_with_twice_as_much(model):
    (one,) = course(model, 60 * YEAR, "cirrhosis", points=61, HCV_load=1.0)
    (two,) = course(model, 60 * YEAR, "cirrhosis", points=61, HCV_load=1.0, other_injury=1.0)
    (calm,) = course(model, 60 * YEAR, "cirrhosis", points=61, HCV_load=1.0, immune_pressure=0.1)
    assert 20 < np.argmax(one > 0.5) < 45
    assert 0 < np.argmax(two > 0.5) < np.argmax(one > 0.5)
    assert calm.max() < 0.01


@pytest.mark.parametrize(
    ("gain", "reader"),
    [("gain_engulfed_fibrosis", "fibrosis"), ("gain_compensation", "compensatory_division")],
)
def test_a_loop_is_off_without_its_gain(model, gain, reader):
    (on,) = course(model, YEAR, reader, HBV_load=1.0)
    (off,) = course(model, YEAR, reader, HBV_load=1.0, **{gain: 0.0})
    (well,) = course(model, YEAR, reader)
    assert abs(off[-1] - well[-1]) < 0.01 * abs(on[-1] - well[-1])


def test_a_flare_kills_hepatocytes_and_is_over_with_it(model):
    """C175: death x 5 for 14 days; what macrophages get rises, and falls when the flare has ended."""
    times = np.linspace(0.0, 14 * 24.0, 15)
    names = ("Hepatocytes", "given_Kupffer_activation", "given_IL6_hepatocytes", "Apoptotic_bodies")
    calm = model.simulate(times, parameters={"HBV_load": 1.0}, outputs=names)
    flare = model.simulate(times, parameters={"HBV_load": 1.0, "flare": 4.0})
    after = model.simulate(
        times,
        parameters={"HBV_load": 1.0},
        initial={k: v[0] for k, v in flare.final().items()},
        outputs=names,
    )
    drive = "given_Kupffer_activation"
    assert flare.value(drive)[0] == pytest.approx(5 * calm.value(drive)[0], rel=1e-3)
    assert flare.value("Hepatocytes")[0, -1] < calm.value("Hepatocytes")[0, -1]
    assert after.value(drive)[0] == pytest.approx(calm.value(drive)[0], rel=1e-3)
    assert after.value("Hepatocytes")[0, -1] > flare.value("Hepatocytes")[0, -1]


def test_direct_antivirals_cure_and_nucleosides_suppress(model):
    """Twelve weeks clear hepatitis C for good; hepatitis B is back a year after they stop."""
    both = {"HBV_load": 10.0, "HCV_load": 1.0, "antiviral_HBV": 1.0, "antiviral_HCV": 1.0}
    treated = model.simulate(np.linspace(0.0, 84 * 24.0, 13), parameters=both)
    stopped = {**both, "antiviral_HBV": 0.0, "antiviral_HCV": 0.0}
    after = model.simulate(
        np.linspace(0.0, YEAR, 13),
        parameters=stopped,
        initial={k: v[0] for k, v in treated.final().items()},
    )
    assert treated.value("HBV_serum")[0, -1] < 1e-3 * 10.0
    assert abs(after.value("HCV_serum")[0, -1]) < 1e-6
    assert np.log10(after.value("HBV_serum")[0, -1]) == pytest.approx(1.0, abs=0.2)
    scar = model.simulate(
        np.linspace(0.0, 5 * YEAR, 6), parameters={"fibrosis_start": 0.9, **both}, outputs=["fibrosis"]
    )
    assert scar.value("fibrosis")[0, -1] < 0.9


def test_no_virus_means_no_drive(model):
    drive, source, afp = course(
        model, YEAR, "given_Kupffer_activation", "given_IL6_hepatocytes", "given_AFP_output"
    )
    assert not drive.any()
    assert not source.any()
    assert afp == pytest.approx(np.ones(41))


def test_hbx_holds_p53_and_lifts_afp_only_where_there_is_p53(model):
    """C195, C196: with HBx at 1.5 times the level that holds half, 1/2.5 of p53 is free."""
    (free, afp) = course(model, 1.0, "p53_free", "given_AFP_output", points=2, HBX_here=1.0)
    assert free[0] == pytest.approx(0.4)
    assert afp[0] > 1.5
    (free, afp) = course(model, 1.0, "p53_free", "given_AFP_output", points=2, HBX_here=1.0, p53_here=0.0)
    assert free[0] == 0.0
    assert afp[0] == 1.0
