import numpy as np
import pytest

from jakstat.evidence.measures import MEASURES, Run, Unmeasured, measure
from jakstat.experiment.hill_fit import hill
from jakstat.knowledge.observation import MeasureName

TIME = np.linspace(0, 4, 241)
DOSES = np.geomspace(0.1, 500, 12)


def curve(values, **more):
    return Run(TIME, np.atleast_2d(values), **more)


def series(half, top=10.0, bottom=0.0, slope=1.2):
    levels = hill(DOSES, bottom, top, half, slope)
    return Run(TIME, np.repeat(levels[:, None], TIME.size, axis=1), DOSES, "nM")


BUMP = 1 + 9 * np.exp(-(((TIME - 1) / 0.3) ** 2))


def test_every_measure_of_the_schema_is_defined():
    assert set(MEASURES) == set(MeasureName.__args__)


def test_time_of_peak_lies_in_the_window():
    assert measure("time_of_peak", curve(BUMP), (0.0, 4.0)) == pytest.approx(60.0)
    assert measure("time_of_peak", curve(BUMP), (1.5, 4.0)) == pytest.approx(90.0)


def test_shares():
    run = curve(BUMP)
    assert measure("share_of_peak", run, (1.0,)) == pytest.approx(100.0)
    assert measure("share_of_peak", run, (3.0, 4.0)) == pytest.approx(10.0, rel=1e-6)
    assert measure("share_of_start", run, (1.0,)) == pytest.approx(1000.0, rel=1e-3)
    assert measure("peak_over_start", run, (0.0, 2.0)) == pytest.approx(10.0, rel=1e-3)


def test_the_peak_of_a_share_is_not_after_the_reading():
    rising = curve(TIME + 1.0)
    assert measure("share_of_peak", rising, (2.0,)) == pytest.approx(100.0)


def test_values_between_samples_are_linear():
    assert measure("value", curve(TIME), (0.01,)) == pytest.approx(0.01)
    assert measure("abundance", curve(BUMP), ()) == pytest.approx(BUMP[0])


def test_a_series_of_curves_takes_the_median():
    run = curve(np.array([np.roll(BUMP, k) for k in (0, 6, 12)]))
    assert measure("time_of_peak", run, (0.0, 4.0)) == pytest.approx(66.0)


def test_half_maximal_doses():
    assert measure("ec50", series(5.0), (1.0,)) == pytest.approx(5.0, rel=1e-3)
    assert measure("ec50_ratio", series(20.0), (1.0,), series(5.0)) == pytest.approx(4.0, rel=1e-3)


def test_ic50_halves_the_reading_without_drug():
    inhibited = series(30.0, top=0.0, bottom=10.0, slope=1.0)
    found = measure("ic50", inhibited, (1.0,), curve(np.full(TIME.size, 10.0)))
    assert found == pytest.approx(30.0, rel=0.03)


def test_mean_ratio():
    assert measure("mean_ratio", curve(3 * BUMP), (0.5, 1.5), curve(BUMP)) == pytest.approx(3.0)


@pytest.mark.parametrize(
    ("name", "run", "times", "control", "reason"),
    [
        ("value", curve(np.full(TIME.size, np.nan)), (1.0,), None, "simulation failed"),
        ("mean_ratio", curve(BUMP), (0.0, 1.0), curve(np.full(TIME.size, np.nan)), "control failed"),
        ("mean_ratio", curve(BUMP), (0.0, 1.0), None, "no control"),
        ("mean_ratio", curve(BUMP), (0.0, 1.0), curve(np.zeros(TIME.size)), "is zero"),
        ("ec50_ratio", series(1.0), (1.0,), None, "no control"),
        ("ic50", series(1.0), (1.0,), None, "no control"),
        ("ec50", curve(BUMP), (1.0,), None, "no dose series"),
        ("ec50", series(1e5), (1.0,), None, "no plateau"),
        ("ec50", series(1.0, top=0.0), (1.0,), None, "does not change"),
        ("share_of_start", curve(TIME), (1.0,), None, "is zero"),
        ("ic50", series(1e4, top=0.0, bottom=10.0), (1.0,), curve(np.full(TIME.size, 10.0)), "highest dose"),
        ("ic50", series(1e-3, top=0.0, bottom=10.0), (1.0,), curve(np.full(TIME.size, 10.0)), "lowest dose"),
    ],
)
def test_what_cannot_be_read_says_why(name, run, times, control, reason):
    with pytest.raises(Unmeasured, match=reason):
        measure(name, run, times, control)


def test_period_is_the_mean_distance_of_maxima_above_the_mean():
    assert measure("period", curve(np.cos(2 * np.pi * TIME / 0.8)), (0.1, 4.0)) == pytest.approx(
        48.0, abs=0.5
    )
    ripples = np.cos(2 * np.pi * TIME / 0.8) + 0.3 * np.cos(2 * np.pi * TIME / 0.4)
    assert measure("period", curve(ripples), (0.1, 4.0)) == pytest.approx(48.0, abs=0.5)


def test_one_peak_has_no_period():
    with pytest.raises(Unmeasured, match="too few"):
        measure("period", curve(BUMP), (0.0, 4.0))
