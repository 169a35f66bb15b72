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
    figure = drug_curves(dose_responses(P, ["ruxolitinib", "doxorubicin"], interval=interval))
    [axes] = figure.axes
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
