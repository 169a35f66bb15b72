import numpy as np
import pytest

from jakstat.biology import CORE_PARTS
from jakstat.evidence.batch import Job, JobCurves, drawn_cell, run_job
from jakstat.evidence.claim_experiment import ClaimExperiment, Condition
from jakstat.evidence.readings import read, read_pair

TIME = np.linspace(0.0, 4.0, 401)
RISE = 1.0 - np.exp(-TIME)
PULSE = TIME * np.exp(1.0 - TIME)


def curves(**values):
    shaped = {k: np.stack([v, np.full_like(v, np.nan)])[:, None, :] for k, v in values.items()}
    return JobCurves(TIME, shaped, np.array([np.nan]), "", dict.fromkeys(values, "nM"))


def reading(text, readout="a", unit="", expect="value"):
    bounds = {"low": "0", "high": "9"} if expect == "value" else {}
    row = {"id": "C001", "context": "hepg2", "readout": readout, "reading": text, "perturbed": "none"}
    return ClaimExperiment.model_validate(row | {"expect": expect, "unit": unit} | bounds)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("value(1h)", 1.0),
        ("level", 0.0),
        ("peak(0h..4h)", 1.0),
        ("time_of_peak(0h..4h)", 60.0),
        ("share_of_peak(2h)", 2 * np.exp(-1.0)),
        ("mean(0h..4h)", np.e * (1 - 5 * np.exp(-4.0)) / 4),
    ],
)
def test_readings_of_a_pulse(text, expected):
    got = read(reading(text), curves(a=PULSE))
    assert got[0] == pytest.approx(expected, rel=1e-3, abs=1e-9)
    assert np.isnan(got[1]), "a failed lane has no number"


def test_percent_and_ratio():
    assert read(reading("share_of_peak(2h)", unit="%"), curves(a=PULSE))[0] == pytest.approx(73.58, rel=1e-3)
    assert read(reading("value(1h)", "a/b"), curves(a=PULSE, b=2 * PULSE))[0] == pytest.approx(0.5)
    assert read(reading("peak_over_start(0h..4h)"), curves(a=1 + PULSE))[0] == pytest.approx(2.0, rel=1e-4)


def test_order_reads_both_half_rises():
    first, second = read_pair(
        reading("half_rise(0h..4h)", "a then b", expect="order"), curves(a=PULSE, b=RISE)
    )
    assert first[0] == pytest.approx(0.2320, abs=2e-3)
    assert first[0] < second[0]
    flat = read_pair(reading("half_rise(0h..4h)", "a then b", expect="order"), curves(a=0 * TIME, b=RISE))
    assert np.isnan(flat[0][0]), "what does not rise has no half rise"


def test_half_maximal_dose():
    doses = np.geomspace(0.1, 100, 9)
    values = np.stack([np.outer(doses / (doses + 3.0), np.ones_like(TIME)), np.full((9, len(TIME)), np.nan)])
    got = read(reading("ec50(1h)"), JobCurves(TIME, {"a": values}, doses, "nM", {"a": "nM"}))
    assert got[0] == pytest.approx(3.0, rel=0.05)
    assert np.isnan(got[1])


@pytest.mark.parametrize("slope", [1.0, 3.0])
def test_hill_is_the_steepness_of_the_dose_response(slope):
    doses = np.geomspace(0.01, 100, 13)
    response = doses**slope / (1 + doses**slope)
    values = np.repeat(response[None, :, None], 3, axis=2)
    series = JobCurves(np.array([0.0, 1.0, 2.0]), {"a": values}, doses, "nM", {"a": "1"})
    assert read(reading("hill(1h)"), series)[0] == pytest.approx(slope, rel=1e-3)


def test_halving_dose_is_absolute_and_bounded_by_the_series():
    doses = np.geomspace(1.0, 100.0, 5)
    kills = np.outer([8.0, 6.0, 3.0, 1.0, 0.0], np.ones_like(TIME))
    weak = np.outer([8.0, 7.0, 6.0, 5.0, 4.5], np.ones_like(TIME))
    values = np.stack([kills, weak, np.full_like(kills, np.nan)])
    got = read(reading("ic50(1h)"), JobCurves(TIME, {"a": values}, doses, "uM", {"a": "1"}))
    assert got[0] == pytest.approx(doses[1] * 10 ** (0.5 * 2 / 3)), "half of 8 lies between 6 and 3"
    assert got[1] == 100.0, "never halved: the highest dose is the bound"
    assert np.isnan(got[2])


def test_halving_dose_of_a_series_that_starts_at_dose_0():
    """Between 0 and the first dose there is no logarithm: the first dose is the bound."""
    doses = np.array([0.0, 1.0, 10.0])
    values = np.stack([np.outer(v, np.ones_like(TIME)) for v in ([8.0, 3.0, 1.0], [8.0, 6.0, 3.0])])
    got = read(reading("ic50(1h)"), JobCurves(TIME, {"a": values}, doses, "uM", {"a": "1"}))
    assert got.tolist() == pytest.approx([1.0, 10 ** (2 / 3)])


def test_a_peak_between_coarse_samples_is_that_of_the_curve():
    """Of exp(-t/4) - exp(-t): at 4/3 ln 4 hours, of height 4^(-1/3) - 4^(-4/3)."""
    time = np.linspace(0.0, 12.0, 25)
    wave = np.exp(-time / 4) - np.exp(-time)
    made = JobCurves(time, {"a": wave[None, None]}, np.array([np.nan]), "", {"a": "nM"}, (0.0,))
    height = 4 ** (-1 / 3) - 4 ** (-4 / 3)
    for text, right in (
        ("peak(0h..12h)", height),
        ("time_of_peak(0h..12h)", 80 * np.log(4)),
        ("share_of_peak(12h)", wave[-1] / height),
    ):
        assert read(reading(text), made)[0] == pytest.approx(right, rel=1e-3), text
    assert wave.max() < 0.998 * height


def test_what_is_read_does_not_depend_on_how_long_was_run():
    """A pulse of 20 min, run for 2 h and for 3 days; the reading at 50 min is a sample of both."""
    drawn = drawn_cell("hepg2", lanes=2, seed=1)
    found = []
    for until in (2.0, 72.0):
        said = Condition.parse("stimulus IL6=10ng/ml@0min..20min")
        job = Job("hepg2", CORE_PARTS, said, until, ("pSTAT3",), (0.0, 5 / 6, 2.0))
        curves = run_job(job, drawn)
        assert {0.0, 1 / 3, 5 / 6, 2.0} <= set(curves.time.tolist())
        assert curves.turns == (0.0, 1 / 3)
        rows = ("peak(0h..2h)", "time_of_peak(0h..2h)", "value(50min)", "mean(0h..2h)")
        found.append([read(reading(text, "pSTAT3"), curves) for text in rows])
    short, long = np.array(found)
    for k, close in enumerate((1e-4, 1e-2, 1e-5, 1e-3)):  # a flat top leaves the time of a peak some seconds
        assert long[k] == pytest.approx(short[k], rel=close), rows[k]
