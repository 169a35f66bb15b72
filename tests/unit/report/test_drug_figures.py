import numpy as np
import pytest

from jakstat.biology.selection import needed_parts
from jakstat.experiment.describe import make_protocol
from jakstat.pharmacology import agent
from jakstat.report.dose_response import drug_curves
from jakstat.report.target_ranks import target_ranks
from jakstat.response.dose_response import dose_responses
from jakstat.response.target_scan import target_scan

P = make_protocol("hepg2", stimuli="IL6=10ng/ml", parts="auto")


def texts(figure):
    return " ".join(t.get_text() for t in figure.texts)


@pytest.mark.parametrize("interval", [0, 5])
def test_curves_carry_grade_unit_and_interval(interval):
    found = dose_responses(P, ["ruxolitinib", "doxorubicin"], interval=interval)
    figure = drug_curves(found)
    [axes] = figure.axes
    points, curve, middle, idle, *_ = axes.lines
    one = found[0]
    assert np.asarray(points.get_xdata()) == pytest.approx(one.doses[one.doses > 0])
    assert np.asarray(points.get_ydata()) == pytest.approx(one.effects[one.doses > 0])
    assert middle.get_xdata()[0] == one.half.value
    # a Hill curve is half way between its ends at the half-maximal dose
    at_half = np.interp(np.log(one.half.value), np.log(curve.get_xdata()), curve.get_ydata())
    assert at_half * one.baseline == pytest.approx((one.half.top + one.half.bottom) / 2, rel=1e-3)
    assert np.asarray(idle.get_ydata()) == pytest.approx(found[1].effects[found[1].doses > 0])
    for band in axes.collections:
        assert band.get_paths()[0].vertices[:, 1].min() == pytest.approx(np.nanmin(one.low[one.doses > 0]))
        break
    shown = [t.get_text() for t in axes.get_legend().get_texts()]
    assert shown[0].startswith(f"ruxolitinib [{agent('ruxolitinib').grade}]: IC50 ")
    assert (" nM (" in shown[0]) == bool(interval)
    assert ("no interval" in texts(figure)) != bool(interval)
    assert shown[1] == f"doxorubicin [{agent('doxorubicin').grade}]: no half-maximal dose"
    assert axes.get_xlabel() == "dose in the medium (nM)"
    assert "no unit" in axes.get_ylabel()
    assert axes.get_xscale() == "log"
    assert "Rests on:" in texts(figure)
    assert ("bands: 5 to 95 % of 5" in texts(figure).replace("\n", " ")) == bool(interval)


def test_bars_of_targets_carry_dose_grade_and_unit():
    core = make_protocol("hepg2", stimuli="IL6=10ng/ml", parts=needed_parts(["ruxolitinib"]))
    found = target_scan(core, readouts="pSTAT3,SOCS3_mRNA")
    figure = target_ranks(found)
    left, right = figure.axes
    names = [t.get_text() for t in left.get_yticklabels()]
    assert any(n.startswith("ruxolitinib  ") and n.endswith("nM") for n in names)
    assert "STAT3  x 0.1" in names
    assert "no unit" in left.get_xlabel()
    assert "SOCS3_mRNA" in right.get_xlabel()
    shown = [t.get_text() for t in right.get_legend().get_texts()]
    assert f"drug, potency {agent('ruxolitinib').grade}" in shown
    assert "Rests on:" in texts(figure)
