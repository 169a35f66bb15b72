import numpy as np
import pytest

from jakstat import curves
from jakstat.engine.batched.summaries import KINDS
from jakstat.evidence.measures import Run, measure
from jakstat.experiment.reading import parse_reading

TIMES = np.array([-1.0, 0.0, 1.0, 2.0, 4.0])
TWO = np.array([[9.0, 1.0, 3.0, 2.0, 0.0], [9.0, 2.0, 2.0, 8.0, 4.0]])


def nan_row(values):
    return np.vstack([values, np.full(len(TIMES), np.nan)])


@pytest.mark.parametrize(
    ("read", "wanted"),
    [
        (curves.peak, [3.0, 8.0]),
        (curves.trough, [0.0, 2.0]),
        (curves.time_of_peak, [1.0, 2.0]),
        (curves.time_of_trough, [4.0, 0.0]),
        (curves.area, [2.0 + 2.5 + 2.0, 2.0 + 5.0 + 12.0]),
        (curves.time_mean, [6.5 / 4.0, 19.0 / 4.0]),
        (curves.half_rise, [0.5, 1.5]),
    ],
)
def test_readings_of_the_part_from_time_0_on(read, wanted):
    times, values = curves.window(TIMES, nan_row(TWO), 0.0)
    assert read(times, values)[:2].tolist() == wanted
    assert np.isnan(read(times, values)[2]), "a failed lane has no reading"
    assert read(times, values[:2, None, :]).tolist() == [[w] for w in wanted], "leading axes stay"


def test_a_value_between_samples_is_linear_and_shares_need_a_whole():
    assert curves.value_at(TIMES, TWO, 3.0).tolist() == [1.0, 6.0]
    assert curves.value_at(TIMES, TWO, 2.0).tolist() == [2.0, 8.0]
    assert curves.share_of_peak(TIMES, TWO, 4.0).tolist() == [0.0, 0.5]
    assert curves.peak_over_start(TIMES, TWO, 1.0, 2.0).tolist() == [3.0, 4.0]
    assert np.isnan(curves.share(np.array([1.0, 1.0]), np.array([0.0, -1e-12]))).all()


def test_one_name_has_one_meaning_wherever_it_is_asked_for():
    """`--reduce`, `--at` and the measures of observations read the same curve alike."""
    times, values = curves.window(TIMES, TWO, 0.0)
    assert KINDS["max"](times, values).tolist() == [3.0, 8.0]
    assert parse_reading("peak").numbers(TIMES, {"pSTAT3": TWO}, None).tolist() == [3.0, 8.0]
    assert measure("peak_over_start", Run(TIMES, TWO[:1]), (0.0, 4.0)) == 3.0
    assert KINDS["auc"](times, values).tolist() == [6.5, 19.0]
    assert parse_reading("auc").numbers(TIMES, {"pSTAT3": TWO}, None).tolist() == [6.5, 19.0]
    assert 60 * KINDS["time_of_max"](times, values)[1] == measure(
        "time_of_peak", Run(TIMES, TWO[1:]), (0.0, 4.0)
    )


def test_a_corner_is_no_turning_point():
    """Up to 1 at 1 h, then down: with the corner told the peak is its sample, without it a wave runs over."""
    t = np.array([0.0, 0.25, 0.5, 0.7, 0.8, 0.9, 0.95, 1.0, 1.3, 1.6, 1.9, 2.2, 2.5])
    tent = np.where(t <= 1.0, t, 1.0 - 0.1 * (t - 1.0))[None]
    height, when = curves.smooth_peak(t, tent, [0.0, 1.0])
    assert (height[0], when[0]) == pytest.approx((1.0, 1.0), abs=1e-12)
    assert curves.smooth_peak(t, tent)[0][0] > 1.001
    lost = np.where(t > 2.0, np.nan, tent)
    assert np.isnan(curves.smooth_peak(t, lost)).all()
    assert curves.smooth_peak(t[:3], tent[:, :3])[0] == [0.5]
