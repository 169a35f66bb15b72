"""The figure of own curves: panels, points with their spread, and the model's dashes."""

from pathlib import Path

import numpy as np
import pytest

from jakstat.report.own_curves import measured_curves
from jakstat.response.own_curves import fit_curves

EXAMPLES = Path(__file__).resolve().parents[3] / "examples" / "own"


@pytest.fixture(scope="module")
def beside():
    return fit_curves(
        EXAMPLES / "pstat3.csv",
        response="percent",
        model="hill4",
        stimuli="IL6=10ng/ml",
        at="20min",
        parts="core",
    )


def test_one_panel_holds_curves_of_one_unit():
    found = fit_curves(EXAMPLES / "curves.csv", normalise="plate", model="hill4")
    figure = measured_curves(found)
    [axes] = figure.axes
    assert axes.get_xscale() == "log"
    assert axes.get_ylabel() == "response (% of control)"
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert [label.partition(":")[0] for label in labels] == ["drug X on HepG2", "drug Y on HepG2"]
    assert len(axes.containers) == 2  # error bars


def test_growth_values_have_a_panel_of_their_own():
    found = fit_curves(EXAMPLES / "growth_counts.csv", model="hill4", compare="none")
    left, right = measured_curves(found).axes
    assert "GR value" in right.get_ylabel()
    assert "GR50" in right.get_legend().get_texts()[0].get_text()
    assert "dose 0 at the left end" in left.get_xlabel()


def test_the_model_is_drawn_in_dashes_on_the_scale_of_the_data(beside):
    [axes] = measured_curves(beside).axes
    [dashed] = [line for line in axes.lines if line.get_linestyle() == "--"]
    assert "rms" in dashed.get_label()
    # its first point is near to the control, which is 100 of these percents
    assert 90.0 < dashed.get_ydata()[0] < 101.0
    squares = [line for line in axes.lines if line.get_marker() == "s"]
    assert np.allclose(squares[0].get_ydata(), 100.0 * beside[0].beside.simulated)
