import numpy as np
import pytest
import xarray as xr

from jakstat.combination.screen import screen
from jakstat.combination.surface import combine
from jakstat.equilibria.bistability import bistability
from jakstat.equilibria.steady_states import steady_states
from jakstat.experiment.cells import simulate_cells
from jakstat.experiment.describe import make_protocol
from jakstat.experiment.protocol import Protocol
from jakstat.experiment.question import question
from jakstat.influence.sensitivity import sensitivity
from jakstat.report.branch_diagram import branch_diagram
from jakstat.report.cell_histograms import cell_histograms
from jakstat.report.combination_surface import combination_surface
from jakstat.report.screen_map import screen_map
from jakstat.report.sensitivity_bars import sensitivity_bars
from jakstat.report.steady_state_chart import steady_state_chart
from jakstat.response.cell_statistics import distributions
from jakstat.store import attribute

IL6 = "IL6=10ng/ml"


def texts(figure):
    return " ".join(t.get_text() for t in figure.texts)


def test_the_steady_state_chart_names_units_and_sources():
    figure = steady_state_chart(steady_states(make_protocol("hepg2", stimuli=IL6, parts="auto"), starts=0))
    left, right = figure.axes
    assert "pSTAT3 (molecules per cell)" in [t.get_text() for t in left.get_yticklabels()]
    assert right.get_xlabel().endswith("(h)")
    assert "Rests on:" in texts(figure)


@pytest.mark.parametrize("method", ["local", "morris"])
def test_bars_carry_grade_and_source(method):
    protocol = make_protocol("hepg2", stimuli=IL6, until="30min", points=7, parts="auto")
    found = sensitivity(protocol, method=method, rows=None if method == "local" else 8)
    [axes] = sensitivity_bars(found).axes
    labels = [t.get_text() for t in axes.get_yticklabels()]
    assert len(labels) == 20
    assert labels[0] == f"{found['parameter'].values[0]}  [{found['source'].values[0]}]"
    assert {t.get_text() for t in axes.get_legend().get_texts()} <= {"measured", "fitted", "assumed"}


def test_a_histogram_for_every_dose_with_its_statistics():
    p = make_protocol(
        "hepg2", stimuli="IL6=0.1,10ng/ml", observe="pSTAT3", until="30min", points=7, parts="auto"
    )
    result = simulate_cells(p, cells=60)
    [axes] = cell_histograms(result.to_dataset(), distributions(result, draws=49)).axes
    shown = [t.get_text() for t in axes.get_legend().get_texts()]
    assert len(shown) == 3
    assert "IL6 10 ng/ml, peak: CV" in shown[2]
    assert axes.get_xscale() == "log"
    assert axes.get_xlabel() == "pSTAT3 (molecules per cell)"


def test_unstable_branches_are_dashed_and_folds_marked():
    plain = bistability(
        make_protocol("hepg2", observe="pSTAT3", parts="auto"), "IL6=0.1..100ng/ml:5", starts=0
    )
    assert [line.get_linestyle() for line in branch_diagram(plain).axes[0].lines[:1]] == ["-"]
    s = np.linspace(0, 1, 31)
    stable = (s < 0.33) | (s > 0.67)
    switch = xr.Dataset(
        {
            "x_up": ("level", [0.1, 0.9], {"units": "nM"}),
            "x_down": ("level", [0.1, 0.9], {"units": "nM"}),
            "x": ("point", s, {"units": "nM"}),
        },
        coords={
            "level": [0.0, 1.0], "point_level": ("point", s), "curve": ("point", np.zeros(31, int)),
            "stable": ("point", stable), "oscillating": ("point", np.zeros(31, bool)),
            "fold": ("point", (s == s[10]) | (s == s[20])),
        },
        attrs={"readouts": ["x"], "unit": "1", "input": "SOCS3", "windows": [{"low": 0.3, "high": 0.6}],
               "logarithmic": False, "title": "t", "sentence": "s", "sources": ["someone2001"], "notes": [],
               "question": question(Protocol("hepg2", parts=("auto",)), ["stat3"])},
    )  # fmt: skip
    axes = branch_diagram(switch).axes[0]
    assert [line.get_linestyle() for line in axes.lines[:3]] == ["-", "--", "-"]
    folds = next(line for line in axes.lines if str(line.get_label()).startswith("fold"))
    assert len(folds.get_xdata()) == 2
    assert axes.get_xlabel() == "SOCS3 (ratio to normal)"


def test_the_figure_of_a_combination_names_units_grades_and_sources():
    found = combine("hepg2", ["ruxolitinib=60..6000nM:4", "tocilizumab=1..100nM:4"], stimuli=IL6, at="20min",
                    vectors=0, parts="auto")  # fmt: skip
    first, second = attribute(found.attrs, "drugs")
    second |= {"label": "tocilizumab (assumed)", "grade": "assumed"}
    found.attrs["drugs"] = [first, second]
    figure = combination_surface(found)
    panels = [a for a in figure.axes if a.get_title()]
    assert [a.get_title() for a in panels][1] == "excess over Bliss: synergy"
    assert len(panels) == 8
    for axes in panels[:6]:
        assert "(assumed) (nM)" in axes.get_xlabel() + axes.get_ylabel()
    assert "Rests on: sobotta2017" in texts(figure)
    [axes] = [a for a in combination_surface(found).axes if "isobole" in a.get_title()]
    assert axes.get_xlabel() == "ruxolitinib (nM)"


def test_a_combination_without_effect_is_drawn_all_the_same():
    drugs = ["ruxolitinib=1e-6..1e-5nM:4", "Stattic=1e-6..1e-5nM:4"]
    found = combine("hepg2", drugs, stimuli=IL6, at="20min", vectors=0, parts="auto")
    assert attribute(found.attrs, "isobole") is None
    assert "no isobole: next to no effect" in [a.get_title() for a in combination_surface(found).axes]


def test_the_map_of_a_screen_has_bliss_above_and_loewe_below():
    found = screen(
        "hepg2", [("ruxolitinib", "Stattic")], doses=4, stimuli=IL6, at="20min", threads=1, parts="auto"
    )
    axes = screen_map(found).axes[0]
    shown = {(round(t.get_position()[0]), round(t.get_position()[1])): t.get_text() for t in axes.texts}
    assert shown[1, 0] == f"{float(found['bliss_most'][0]):+.2f}"
    assert shown[0, 1] == f"{float(found['loewe_most'][0]):+.2f}"
