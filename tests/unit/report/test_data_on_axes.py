"""Figures are tested by the data they draw: what lies on an axis, in the unit that the axis names."""

# ruff: noqa: E501 - a small data set on one line reads best

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

from jakstat.combination.surface import combine
from jakstat.evidence.batch import JobCurves
from jakstat.evidence.claim_traces import ClaimTrace, claim_traces
from jakstat.evidence.validate import validate
from jakstat.experiment.dose_series import HalfMaximum
from jakstat.experiment.overlay import Overlay, OverlayPoint
from jakstat.experiment.protocol import Protocol
from jakstat.experiment.question import question
from jakstat.knowledge import observations
from jakstat.report.branch_diagram import branch_diagram
from jakstat.report.canvas import new_figure
from jakstat.report.cell_histograms import cell_histograms
from jakstat.report.claim_figure import _panel as claim_panel
from jakstat.report.claim_figure import claim_figure
from jakstat.report.combination_surface import combination_surface
from jakstat.report.dose_response import _digits, dose_response_figure, drug_curves
from jakstat.report.exposure_curves import _logarithmic
from jakstat.report.schedule_front import schedule_front
from jakstat.report.screen_map import screen_map
from jakstat.report.sensitivity_bars import sensitivity_bars
from jakstat.report.steady_state_chart import steady_state_chart
from jakstat.report.target_ranks import target_ranks
from jakstat.report.time_courses import Curve, compare_courses, time_courses
from jakstat.report.validation import validation_figure
from jakstat.response.cell_statistics import distributions
from jakstat.response.dose_curve import DoseResponse
from jakstat.response.schedules import compare_schedules
from jakstat.response.target_scan import Target, TargetScan
from jakstat.store import attribute

ASKED = question(Protocol("hepg2"), ["stat3"])
ATTRS = {
    "title": "t",
    "sources": ["someone2001"],
    "notes": [],
    "question": ASKED,
    "axes": [],
    "read_at_h": None,
}


def course(hours, values, **attrs):
    """One readout over hours; a lane for each row of values."""
    data = {"x": (("lane", "time"), np.atleast_2d(values), {"units": "nM"})}
    return xr.Dataset(data, coords={"time": np.asarray(hours, dtype=float)}, attrs=ATTRS | attrs)


def line(axes, index=0):
    return np.asarray(axes.lines[index].get_xdata()), np.asarray(axes.lines[index].get_ydata())


@pytest.mark.parametrize(
    ("last", "label", "shown"),
    [(2.0, "time (min)", 120.0), (24.0, "time (h)", 24.0), (240.0, "time (d)", 10.0)],
)
def test_time_is_drawn_in_the_unit_of_its_axis(last, label, shown):
    hours = [0.0, last / 4, last]
    for figure in (
        time_courses(course(hours, [1.0, 5.0, 2.0])),
        compare_courses([Curve("one", course(hours, [1.0, 5.0, 2.0]))], title="t"),
    ):
        [axes] = figure.axes
        x, y = line(axes)
        assert axes.get_xlabel() == label
        np.testing.assert_allclose(x, [0.0, shown / 4, shown])
        np.testing.assert_array_equal(y, [1.0, 5.0, 2.0])
        assert axes.get_ylabel() == "x\n(nM)"


def test_measurements_band_and_control_lie_at_their_own_values():
    result = course([0.0, 1.0, 2.0], [1.0, 5.0, 2.0], interval={"vectors": 9}, control=["drugA"])
    for name, shift in (("low", -0.5), ("median", 0.0), ("high", 0.5)):
        result[f"x_{name}"] = (
            ("lane", "time"),
            result["x"].values + shift,
            {"units": "nM", "interval_of": "x"},
        )
    result["x_control"] = (("lane", "time"), [[1.0, 9.0, 4.0]], {"units": "nM", "control_of": "x"})
    overlay = Overlay((OverlayPoint(0.5, "x", 3.0, 0.25, None),), {"x": 0.125})
    [axes] = time_courses(result, overlay=overlay).axes
    np.testing.assert_array_equal(line(axes, 1)[1], [1.0, 9.0, 4.0])
    np.testing.assert_allclose(line(axes, 1)[0], [0.0, 60.0, 120.0])
    points = axes.containers[0].lines[0]
    assert (points.get_xdata()[0], points.get_ydata()[0]) == (30.0, 3.0)
    band = axes.collections[0].get_paths()[0].vertices
    assert {(60.0, 4.5), (60.0, 5.5)} <= {(float(a), float(b)) for a, b in band}
    legend = [text.get_text() for text in axes.get_legend().get_texts()]
    assert legend == ["with drugA", "untreated (no drugA)", "own measurements x 0.125"]


def test_a_dose_series_is_drawn_over_its_doses():
    doses = np.array([1.0, 10.0, 100.0, 1000.0])
    peaks = 100.0 / (1.0 + doses / 50.0)  # a Hill curve with IC50 50 nM
    result = course([0.0, 1.0], np.stack([np.zeros(4), peaks], axis=1), axes=["drugA"])
    result = result.assign_coords(dose_drugA=("lane", doses, {"units": "nM", "kind": "drug"}))
    [axes] = dose_response_figure(result).axes
    assert axes.get_xlabel() == "drugA (nM)"
    x, y = line(axes)
    np.testing.assert_array_equal(x, doses)
    np.testing.assert_allclose(y, peaks)


def curve(drug, unit, doses, half):
    doses = np.array([0.0, *doses])
    responses = 200.0 / (1.0 + doses / half)
    nothing = np.full(len(doses), np.nan)
    fitted = HalfMaximum("IC50", half, unit, 1.0, 200.0, 0.0, "hill", "")
    return DoseResponse(
        context="hepg2", title="t", question=ASKED | {"drugs": [drug]}, drug=drug, at="20min", readout="pSTAT3",
        unit="1/cell", kind="time", grade="fitted", dose_unit=unit, doses=doses, responses=responses,
        low=nothing, high=nothing, half=fitted, gr=nothing, interval=None, stimulus=(), failed=0, notes=(),
        sources=(), manifest={},
    )  # fmt: skip


def test_curves_of_drugs_share_one_unit():
    """1 uM is 1000 nM; 145 ug/ml of siltuximab (145 kDa) are 1000 nM."""
    found = [
        curve("ruxolitinib", "nM", [1.0, 10.0, 1000.0], 100.0),
        curve("Stattic", "uM", [1.0, 10.0, 100.0], 20.0),
        curve("siltuximab", "ug/ml", [0.145, 1.45, 14.5], 1.45),
    ]
    [axes] = drug_curves(found).axes
    assert axes.get_xlabel() == "dose in the medium (nM)"
    points = [
        (np.asarray(one.get_xdata()), np.asarray(one.get_ydata()))
        for one in axes.lines
        if one.get_marker() == "o"
    ]
    for (x, _), right in zip(points, ([1, 10, 1000], [1e3, 1e4, 1e5], [1, 10, 100]), strict=True):
        np.testing.assert_allclose(x, right, rtol=0.01)
    np.testing.assert_allclose(points[1][1], [1 / 1.05, 1 / 1.5, 1 / 6.0])
    halves = [one.get_xdata()[0] for one in axes.lines if one.get_linestyle() == "--"]
    np.testing.assert_allclose(halves, [100.0, 2e4, 10.0], rtol=0.01)
    alone = drug_curves(found[1:2]).axes[0]
    assert alone.get_xlabel() == "dose in the medium (uM)"
    np.testing.assert_array_equal(line(alone)[0], [1.0, 10.0, 100.0])


def test_ranks_are_the_logarithm_to_base_two_of_the_fold():
    def target(name, kind, fold, rank):
        return Target(name, kind, "x 0.1", "knocked down", (fold,), (fold,), 1.0, rank, (), "fitted")

    scan = TargetScan(
        context="hepg2", title="t", question=ASKED, readouts=("pSTAT3",), ats=("20min",), units=("1/cell",),
        factor=0.1, multiple=None, controls=(1.0,), stimulus=(), failed=0, notes=(), sources=(), manifest={},
        targets=(target("A", "gene", 0.25, 1), target("B", "drug", 2.0, 2), target("C", "gene", 1.0, 3)),
    )  # fmt: skip
    [axes] = target_ranks(scan).axes
    assert [bar.get_width() for bar in axes.patches] == [-2.0, 1.0]
    assert axes.get_xlabel().startswith("log2 of pSTAT3")


def test_steady_states_have_an_axis_for_each_unit():
    found = xr.Dataset(
        {
            "x": ("state", [2.0, 20.0], {"units": "nM"}),
            "n": ("state", [300.0, 3000.0], {"units": "1/cell"}),
            "mode_rate": (("state", "mode"), [[-0.5], [-0.25]]),
            "mode_states": (("state", "mode"), np.array([["X"], ["Y"]], dtype=object)),
        },
        coords={"situation": ("state", ["resting", "stimulated"]), "stability": ("state", ["stable"] * 2)},
        attrs=ATTRS | {"readouts": ["x", "n"], "verdict": {"resting": "one"}},
    )
    first, second, modes = steady_state_chart(found).axes
    assert (first.get_xlabel(), second.get_xlabel()) == (
        "steady state (nM)",
        "steady state (molecules per cell)",
    )
    assert [float(one.get_xdata()[0]) for one in first.lines] == [2.0, 20.0]
    assert [float(one.get_xdata()[0]) for one in second.lines] == [300.0, 3000.0]
    assert [bar.get_width() for bar in modes.patches] == [2.0, 4.0]  # time constants in h of rates in 1/h


def test_branches_lie_at_their_levels():
    found = xr.Dataset(
        {"x_up": ("level", [1.0, 3.0]), "x_down": ("level", [2.0, 3.0]), "x": ("point", [1.0, 2.0, 3.0], {"units": "nM"})},
        coords={"level": [0.0, 4.0], "point_level": ("point", [0.0, 2.0, 4.0]), "curve": ("point", [0, 0, 0]),
                "stable": ("point", [True, True, True]), "fold": ("point", [False, False, False])},
        attrs=ATTRS | {"readouts": ["x"], "unit": "ng/ml", "input": "IL6", "windows": [], "logarithmic": False,
                       "sentence": "s"},
    )  # fmt: skip
    [axes] = branch_diagram(found).axes
    by_label = {str(one.get_label()): (list(one.get_xdata()), list(one.get_ydata())) for one in axes.lines}
    assert by_label["sweep up"] == ([0.0, 4.0], [1.0, 3.0])
    assert by_label["sweep down"] == ([0.0, 4.0], [2.0, 3.0])
    assert by_label["stable"] == ([0.0, 2.0, 4.0], [1.0, 2.0, 3.0])
    assert axes.get_xlabel() == "IL6 (ng/ml)"


@pytest.mark.parametrize(
    ("method", "name"), [("local", "elasticity"), ("sobol", "total"), ("morris", "size")]
)
def test_bars_are_as_long_as_the_measure(method, name):
    columns = {name: [0.75, -0.5 if method == "local" else 0.5]}
    if method == "local":
        columns |= {"elasticity_check": columns[name], "reliable": [1, 1]}
    for own in ("total", "first", "size") if method != "local" else ():
        columns.setdefault(own, [0.2, 0.1])
        columns |= {f"{own}_low": np.array(columns[own]) - 0.1, f"{own}_high": np.array(columns[own]) + 0.2}
    found = xr.Dataset(
        {k: ("parameter", np.asarray(v, dtype=float)) for k, v in columns.items()},
        coords={"parameter": ["k1", "k2"], "grade": ("parameter", ["fitted", "assumed"]),
                "source": ("parameter", ["s1", "s2"])},
        attrs=ATTRS | {"method": method, "at": "peak", "readout": "x", "unit": "nM", "simulations": 4, "failed": 0,
                       "reliable": True, "logarithmic": False},
    )  # fmt: skip
    [axes] = sensitivity_bars(found).axes
    assert [bar.get_width() for bar in axes.patches] == list(found[name].values)
    if method != "local":
        ends = axes.collections[0].get_segments()[0][:, 0]
        np.testing.assert_allclose(ends, [0.65, 0.95])  # 0.75 - 0.1 and 0.75 + 0.2


def test_a_histogram_holds_shares_of_the_cells():
    rng = np.random.default_rng(1)
    rest, later = np.exp(rng.normal(0.0, 0.3, 400)), np.exp(rng.normal(2.0, 0.3, 400))
    found = xr.Dataset(
        {"x": (("dose", "reading", "cell"), later[None, None], {"units": "nM"}),
         "x_rest": (("dose", "cell"), rest[None], {"units": "nM"})},
        coords={"reading": ["20 min"], "outcome": (("dose", "cell"), [["OK"] * 400])},
        attrs=ATTRS | {"readouts": ["x"], "cells": 400, "failed_cells": 0, "seed": 1, "given": True},
    )  # fmt: skip
    [axes] = cell_histograms(found, distributions(found, draws=9)).axes
    for patch, values in zip(axes.patches, (rest, later), strict=True):
        shares, edges, _ = patch.get_data()
        assert shares.sum() == pytest.approx(1.0)
        np.testing.assert_allclose(shares, np.histogram(values, edges)[0] / 400)
    assert axes.get_xlabel() == "x (nM)"


@pytest.fixture(scope="module")
def pair():
    return combine("hepg2", ["ruxolitinib=60..6000nM:4", "Stattic=5..500uM:4"], stimuli="IL6=10ng/ml", at="20min",
                   vectors=0, parts="core")  # fmt: skip


def test_a_surface_shows_the_effect_the_excesses_and_the_drugs_alone(pair):
    axes = {one.get_title().split(":")[0]: one for one in combination_surface(pair).axes if one.get_title()}
    np.testing.assert_array_equal(axes["effect"].images[0].get_array(), pair["effect"].values)
    for name, title in (("bliss", "Bliss"), ("hsa", "HSA"), ("loewe", "Loewe"), ("zip", "ZIP")):
        drawn = axes[f"excess over {title}"].images[0].get_array()
        np.testing.assert_array_equal(drawn.filled(np.nan), pair[name].values)
    alone = axes["Stattic over its dose"]
    drawn = next(one for one in alone.lines if one.get_marker() == "o")
    assert "(µM)" in alone.get_xlabel()
    np.testing.assert_allclose(drawn.get_xdata(), [5.0, 5 * 100 ** (1 / 3), 5 * 100 ** (2 / 3), 500.0])
    np.testing.assert_allclose(drawn.get_ydata(), pair["effect"].values[0, 1:])


def test_an_isobole_joins_the_mixtures_in_the_units_of_its_axes(pair):
    [axes] = [a for a in combination_surface(pair).axes if "isobole" in a.get_title()]
    x, y = line(axes)
    told = attribute(pair.attrs, "isobole")
    for drawn, key, drug, label in ((x, "dose_a", 0, axes.get_xlabel()), (y, "dose_b", 1, axes.get_ylabel())):
        assert attribute(pair.attrs, "drugs")[drug]["unit"] == "nM"
        np.testing.assert_allclose(drawn, np.asarray(told[key]) / (1e3 if "µM" in label else 1.0))


def test_schedules_lie_at_their_exposure_and_suppression():
    found = compare_schedules("hepg2", "ruxolitinib", ["20 mg PO BID", "40 mg PO QD"], days=7, parts="core")
    scatter, _, courses = schedule_front(found).axes[:3]
    points = np.concatenate([np.asarray(c.get_offsets()) for c in scatter.collections])
    want = np.column_stack([found["AUC_unbound"].values, found["suppression"].values])
    np.testing.assert_allclose(
        np.sort(points[np.isfinite(points).all(axis=1)], axis=0), np.sort(want, axis=0)
    )
    assert scatter.get_xscale() == "log"
    exposures = found["AUC_unbound"].values
    ticks = [v for v in scatter.get_xticks() if exposures.min() / 3 < v < 3 * exposures.max()]
    assert {float(f"{v:.0e}"[0]) for v in ticks} == {1.0, 2.0, 5.0}  # two exposures of one decade
    assert courses.get_xlabel() == "time in the last full cycle (days)"
    x, y = line(courses)
    assert x[0] == pytest.approx(0.0, abs=0.05)
    assert x[-1] == pytest.approx(7.0, abs=0.05)
    assert y.max() <= 100.5


def test_observations_and_claims_are_drawn_in_the_unit_of_their_time_axis():
    row = next(o for o in observations() if o.measure.name == "time_of_peak")
    found = validate(rows=[row])
    panel = validation_figure(found).axes[1]
    assert panel.get_xlabel() == "time (min)"
    end = max([*found.traces[0].times, 0.5])
    assert line(panel)[0][-1] == pytest.approx(60.0 * end, rel=0.01)
    top = line(panel)[0][line(panel)[1].argmax()]
    assert top == pytest.approx(found.rows[0].model, abs=0.2)  # minutes, as the row says
    [axes] = claim_figure("C024", lanes=3).axes
    assert axes.get_xlabel().startswith("time (h)")
    traces = claim_traces("C024", lanes=3, seed=1)
    np.testing.assert_array_equal(line(axes, 0)[0], traces[0].perturbed.time)


def test_a_screen_has_bliss_above_and_loewe_below_the_diagonal():
    excess = {"bliss_most": [0.3], "bliss_least": [-0.1], "loewe_most": [0.1], "loewe_least": [-0.4]}
    found = xr.Dataset(
        {k: ("pair", v) for k, v in excess.items()},
        coords={"drug_a": ("pair", ["A"]), "drug_b": ("pair", ["B"])},
        attrs=ATTRS
        | {"drugs": [{"name": n, "label": n, "sources": []} for n in "AB"], "effect": "share lost"},
    )
    image = screen_map(found).axes[0].images[0].get_array()
    assert image[0, 1] == 0.3
    assert image[1, 0] == -0.4
    assert image.mask[0, 0]


def test_an_unstable_stretch_is_dashed_and_joins_the_stable_ones():
    stable = [True, True, False, False, True]
    found = xr.Dataset(
        {"x_up": ("level", [1.0, 5.0]), "x_down": ("level", [1.0, 5.0]),
         "x": ("point", [1.0, 2.0, 3.0, 4.0, 5.0], {"units": "nM"})},
        coords={"level": [0.0, 4.0], "point_level": ("point", [0.0, 1.0, 2.0, 3.0, 4.0]), "curve": ("point", [0] * 5),
                "stable": ("point", stable), "fold": ("point", [False] * 5)},
        attrs=ATTRS | {"readouts": ["x"], "unit": "ng/ml", "input": "IL6", "windows": [], "logarithmic": False,
                       "sentence": "s"},
    )  # fmt: skip
    [axes] = branch_diagram(found).axes
    drawn = [(one.get_linestyle(), list(one.get_xdata())) for one in axes.lines if one.get_color() == "0.15"]
    assert drawn == [("-", [0.0, 1.0]), ("--", [1.0, 2.0, 3.0]), ("-", [3.0, 4.0])]


@pytest.mark.parametrize(("doses", "scale"), [((0.1, 0.4, 1.0), "log"), ((100.0, 150.0, 200.0), "linear")])
def test_doses_that_span_more_than_threefold_have_a_logarithmic_axis(doses, scale):
    peaks = [8.0, 6.0, 5.0]
    result = course([0.0, 1.0], np.stack([np.zeros(3), peaks], axis=1), axes=["drugA"])
    result = result.assign_coords(dose_drugA=("lane", np.array(doses), {"units": "nM", "kind": "drug"}))
    [axes] = dose_response_figure(result).axes
    assert axes.get_xscale() == scale
    assert axes.get_ylim()[0] == 0.0


@pytest.mark.parametrize(
    ("value", "text"),
    [(1234.0, "1,230"), (999.0, "999"), (0.012345, "0.0123"), (2e9, "2e+09"), (1e9, "1e+09"), (1e3, "1,000")],
)
def test_numbers_have_three_digits_and_no_power_where_people_write_none(value, text):
    assert _digits(value) == text


def test_the_legend_of_targets_names_the_grades_of_the_drugs_in_their_colours():
    def target(name, kind, grade, rank):
        return Target(name, kind, "x 0.1", "knocked down", (0.5,), (0.5,), 1.0, rank, (), grade)

    kinds = [
        ("A", "gene", "fitted"),
        ("B", "drug", "measured"),
        ("C", "drug", "assumed"),
        ("D", "drug", "fitted"),
    ]
    scan = TargetScan(
        context="hepg2", title="t", question=ASKED, readouts=("pSTAT3",), ats=("20min",), units=("1/cell",),
        factor=0.1, multiple=None, controls=(1.0,), stimulus=(), failed=0, notes=(), sources=(), manifest={},
        targets=tuple(target(*k, rank) for rank, k in enumerate(kinds, 1)),
    )  # fmt: skip
    [axes] = target_ranks(scan).axes
    keys = {
        t.get_text(): h.get_facecolor()
        for t, h in zip(axes.get_legend().get_texts(), axes.get_legend().legend_handles, strict=True)
    }
    bars = [bar.get_facecolor() for bar in axes.patches]
    said = ["gene, knocked down", "drug, potency measured", "drug, potency assumed", "drug, potency fitted"]
    assert [keys[text] for text in said] == bars
    assert len(set(bars)) == 4
    [axes] = target_ranks(replace(scan, targets=scan.targets[:2])).axes
    assert [t.get_text() for t in axes.get_legend().get_texts()] == said[:2]


@pytest.mark.parametrize(
    ("high", "marks"), [(200.0, [1, 2, 5, 10, 20, 50, 100, 200]), (1e4, [1, 10, 100, 1000, 1e4])]
)
def test_an_axis_of_few_decades_is_marked_at_1_2_and_5(high, marks):
    axes = new_figure(4.0, 3.0).subplots()
    _logarithmic(axes, 1.0, high)
    assert axes.get_yscale() == "log"
    assert [v for v in axes.get_yticks() if 1.0 <= v <= high * 1.001] == pytest.approx(marks)


def test_a_series_without_a_half_maximum_is_a_line_from_dose_to_dose():
    doses, peaks = np.array([0.0, 1.0, 10.0, 100.0, 1000.0]), np.array([4.0, 5.0, 9.0, 5.0, 4.5])
    result = course([0.0, 1.0], np.stack([np.zeros(5), peaks], axis=1), axes=["drugA"])
    result = result.assign_coords(dose_drugA=("lane", doses, {"units": "nM", "kind": "drug"}))
    [axes] = dose_response_figure(result).axes
    points, control, drawn = axes.lines  # and no vertical one
    for one in (points, drawn):
        np.testing.assert_array_equal(one.get_xdata(), doses[1:])
        np.testing.assert_array_equal(one.get_ydata(), peaks[1:])
    assert list(control.get_ydata()) == [4.0, 4.0]
    assert "no EC50" in axes.get_legend().get_texts()[0].get_text()


def test_many_doses_have_a_scale_from_the_smallest_one_above_0():
    doses = np.array([0.0, 1.0, *np.geomspace(2.0, 1000.0, 10)])
    result = course([0.0, 1.0], np.stack([doses, doses + 1.0], axis=1), axes=["drugA"])
    result = result.assign_coords(dose_drugA=("lane", doses, {"units": "nM", "kind": "drug"}))
    axes, bar = time_courses(result).axes
    colours = [tuple(one.get_color()) for one in axes.lines]
    assert colours[0] == colours[1], "no dose is drawn as the smallest"
    assert len(set(colours)) == 11
    assert bar.get_ylim() == pytest.approx((1.0, 1000.0))
    assert bar.get_ylabel() == "drugA (nM)"


def test_compared_courses_rest_on_the_sources_of_all_by_name():
    one, two = (course([0.0, 1.0], [1.0, 2.0], sources=s) for s in (["c2001", "a2001"], ["b2001", "c2001"]))
    figure = compare_courses([Curve("one", one), Curve("two", two)], title="t", marks={0.5: "half"})
    assert "Rests on: a2001, b2001, c2001" in figure.texts[-1].get_text()
    [axes] = figure.axes
    assert list(axes.lines[2].get_xdata()) == [30.0, 30.0]  # minutes
    assert [t.get_text() for t in axes.texts] == ["half"]


def test_curves_of_a_claim_say_whose_they_are_where_an_axis_has_several():
    times = np.array([0.0, 1.0])
    values = {n: np.array([[[1.0, v]], [[1.0, v + 1]], [[np.nan, v]]]) for n, v in (("a", 2.0), ("b", 4.0))}
    curves = JobCurves(times, values, np.array([np.nan]), "", {"a": "nM", "b": "nM"})
    trace = ClaimTrace(
        SimpleNamespace(control="rest", perturbed="IL6", readouts=("a", "b")), curves, curves, ()
    )
    axes, alone = new_figure(4.0, 3.0).subplots(1, 2)
    claim_panel(axes, trace, ["a", "b"])
    claim_panel(alone, trace, ["b"])
    told = [[t.get_text() for t in one.get_legend().get_texts()] for one in (axes, alone)]
    assert told == [["a: rest", "b: rest", "a: IL6", "b: IL6"], ["rest", "IL6"]]
    np.testing.assert_array_equal(line(axes, 3)[1], [1.0, 4.0])
    # 90 % of the two that ran: 0.05 and 0.95 of the way from 4 to 5
    assert sorted({float(v) for _, v in alone.collections[0].get_paths()[0].vertices}) == pytest.approx(
        [1.0, 4.05, 4.95]
    )
    assert axes.get_ylabel() == "a (nM)\nb (nM)"
