"""The hepatitis part, alone and in the tumour: virus, death of hepatocytes, fibrosis, p53."""

import numpy as np
import pytest

import jakstat as js
import tumour_model as whole
from jakstat.biology.sbml_writing import translated
from tumour_model import tumour_part, tumour_rows

YEAR = 8760.0
GIVEN = {f"given_{port}": formula for port, formula in tumour_part("hepatitis").gives}


@pytest.fixture(scope="module")
def model():
    """The part alone, with what it gives to others as numbers that can be read."""
    part, rows = tumour_part("hepatitis"), tumour_rows("hepatitis")
    lines = [f"{row.id} = {row.value!r};" for row in rows] + [port.rule(()) for port in part.ports]
    given = [f"{name} := {formula};" for name, formula in GIVEN.items()]
    return js.load_sbml(translated("liver", "\n".join(["model liver", part.text, *lines, *given, "end"])))


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


def test_threefold_death_means_more_divisions_and_more_scar(model):
    """C205 and C204: death of hepatocytes x 3 for 10 years; C185: stellate cells that answer x 3."""
    base = course(model, 10 * YEAR, "compensatory_division", "fibrosis", HCV_load=1.0)
    # death in hepatitis is 1 + 2 times that at rest: three times as much is 1 + 8
    more = course(
        model, 10 * YEAR, "compensatory_division", "fibrosis", HCV_load=1.0, gain_hepatitis_death=8.0
    )
    assert more[0][-1] == pytest.approx(3.0 * base[0][-1], rel=1e-3)
    assert more[1][-1] > base[1][-1]
    scarred = course(model, 10 * YEAR, "fibrosis", HCV_load=1.0, kscar=3 * row("kscar"))
    assert scarred[0][-1] > base[1][-1]


def row(name):
    return next(r.value for r in tumour_rows("hepatitis") if r.id == name)


def test_in_the_whole_an_exacerbation_raises_serum_il6_and_the_rise_goes(model):
    """C175, with C173: fivefold death for 14 days; macrophages of the liver make the IL-6."""
    patient, names = {"HBV_load": 1.0}, ("IL6_serum", "Kupffer")
    tumour = whole.tumour_model()
    flare = tumour.simulate(
        np.linspace(0.0, 14 * 24.0, 8), parameters={**patient, "flare": 4.0, "growth_held": 1.0}
    )
    after = tumour.simulate(
        np.linspace(0.0, 90 * 24.0, 8),
        parameters={**patient, "growth_held": 1.0},
        initial={k: v[0] for k, v in flare.final().items()},
        outputs=names,
    )
    off = whole.course(
        tumour, 14 * 24.0, *names, points=8, flare=4.0, growth_held=1.0, gain_hepatitis_Kupffer=0.0,
        gain_phagocytosis=0.0, **patient,
    )  # fmt: skip
    start = flare.value("IL6_serum")[0, 0]
    assert flare.value("IL6_serum")[0, -1] > 1.3 * start
    assert after.value("IL6_serum")[0, -1] < 1.1 * start
    assert off[0][-1] == pytest.approx(off[0][0], rel=0.02)  # the loop does it
