"""What the figures draw: positions and heights worked out by hand from small made-up results."""

from types import SimpleNamespace as Made

import numpy as np
import pytest
import xarray as xr

from jakstat.evidence.measures import Run
from jakstat.evidence.validate import Trace, ValidatedRow
from jakstat.experiment.protocol import Protocol
from jakstat.experiment.question import question
from jakstat.report import fit_figures
from jakstat.report.cell_histograms import cell_histograms
from jakstat.report.combination_surface import combination_surface
from jakstat.report.dose_map import short_dose
from jakstat.report.exposure_curves import exposure_curves
from jakstat.report.fit_figures import profile_figure, residual_figure, waterfall_figure
from jakstat.report.schedule_front import schedule_front
from jakstat.report.sensitivity_bars import sensitivity_bars
from jakstat.report.steady_state_chart import steady_state_chart
from jakstat.report.target_ranks import target_ranks
from jakstat.report.validation import validation_figure
from jakstat.response.cell_statistics import Distribution

ASKED = question(Protocol("hepg2", parts=("auto",)), ["stat3"])
NONE = np.nan


def near(values):
    return pytest.approx(np.asarray(values, dtype=float), nan_ok=True)


def title(figure):
    return figure.get_suptitle().replace("\n", " ")


def filled(bins):
    return {int(k): float(bins.values[k]) for k in np.flatnonzero(bins.values)}


def line(axes, number=0):
    found = axes.lines[number]
    return np.asarray(found.get_xdata(), dtype=float), np.asarray(found.get_ydata(), dtype=float)


def widths(axes):
    return [patch.get_width() for patch in axes.patches]


def segments(axes):
    """Both ends of every error bar, by horizontal position."""
    return [
        sorted(np.asarray(s)[:, 0].tolist())
        for bars in axes.collections
        if hasattr(bars, "get_segments")
        for s in bars.get_segments()
    ]


def exposed(hours, subjects, **more):
    curve = np.array([[0.0, 4.0, 2.0, 1.0]])
    data = {
        "total": (("subject", "time"), np.array([1.0, 2.0, 3.0])[:, None] * curve, {"units": "mg/l"}),
        "unbound": (("subject", "time"), 0.1 * np.ones((3, 1)) * curve, {"units": "nM"}),
    }
    attrs = {"target": "IL6", "subjects": subjects, "seed": 7, "fixed": [], "population": "healthy",
             "failed": 0, "drug": "x", "regimen": "5 mg PO", "until_h": hours[-1], "grade": "measured",
             "sources": ["someone"], "unbound_grade": "assumed"}  # fmt: skip
    return xr.Dataset(data, coords={"time": np.array(hours, dtype=float)}, attrs={**attrs, **more})


def test_exposure_is_the_median_in_a_band_of_5_to_95_percent_over_days():
    figure = exposure_curves(exposed([0, 24, 48, 120], 3, failed=2))
    [axes] = figure.axes
    x, y = line(axes)
    assert x == near([0, 1, 2, 5])
    assert y == near([8e-5, 8, 4, 2])  # nothing below 1e-5 of the peak is drawn
    corners = axes.collections[0].get_paths()[0].vertices
    at_one = sorted({round(float(v), 9) for u, v in corners if abs(u - 1) < 1e-9})
    assert at_one == near([4.4, 11.6])  # 1.1 and 2.9 times 4, by linear interpolation between three
    assert axes.get_ylim() == near([0.7 * 1.1, 1.4 * 11.6])
    assert axes.get_xlabel() == "time since the first dose (days)"
    assert title(figure).endswith("5 days, seed 7; band 5 to 95 %; 2 failed; numbers measured")


def test_a_short_exposure_is_in_hours_and_of_one_subject_without_a_band():
    figure = exposure_curves(exposed([0, 24, 48, 96], 0).isel(subject=[2]), unbound=True)
    [axes] = figure.axes
    x, y = line(axes)
    assert x == near([0, 24, 48, 96])
    assert y[1:] == near([0.4, 0.2, 0.1])
    assert len(axes.collections) == 0
    assert axes.get_xlabel() == "time since the first dose (h)"
    assert axes.get_ylabel() == "unbound drug in plasma (nM)"
    assert title(figure).endswith("typical subject of healthy, 4 days; numbers ASSUMED")


def test_a_histogram_is_the_share_of_the_cells_in_each_bin():
    rest, given = [1, 2, 2, 20, NONE], [2, 200, 200, 1e6, NONE]
    data = {
        "x": (("dose", "reading", "cell"), [[given]], {"units": "1/cell"}),
        "x_rest": (("one", "cell"), [rest]),
        "dose_A": ("dose", [3.0], {"units": "nM"}),
    }
    attrs = {"readouts": ["x"], "cells": 5, "failed_cells": 1, "title": "t", "seed": 4, "question": ASKED,
             "sources": ["someone"]}  # fmt: skip
    said = Distribution("x", "1/cell", {"A": 3.0}, "peak", 1.0, 1.0, 1.25, 1.0, 1.0, 1.0, 1.0, 0.75, 50.0,
                        0.1, 0.01, "one mode", 5, 1, p_corrected=0.02)  # fmt: skip
    figure = cell_histograms(xr.Dataset(data, coords={"reading": ["peak"]}, attrs=attrs), [said])
    [axes] = figure.axes
    at_rest, treated = (patch.get_data() for patch in axes.patches)
    # 60 bins over 6 decades: ten a decade
    assert at_rest.edges[[0, 10, 60]] == near([1, 10, 1e6])
    assert filled(at_rest) == {0: 0.25, 3: 0.5, 13: 0.25}
    assert filled(treated) == {3: 0.25, 23: 0.5, 59: 0.25}
    assert line(axes)[0] == near([50, 50])
    shown = [t.get_text() for t in axes.get_legend().get_texts()]
    assert shown == ["at rest", "A 3 nM, peak: CV 1.25, 75% respond, dip p 0.02"]
    assert title(figure).startswith("t: 5 cells per dose, 1 failed, seed 4")


def shares(**columns):
    data = {name: ("parameter", values) for name, values in columns.items()}
    data |= {"grade": ("parameter", ["measured", "assumed"]), "source": ("parameter", ["a", "b"])}
    attrs = {"at": "20min", "readout": "x", "unit": "1/cell", "title": "t", "simulations": 9, "failed": 1,
             "reliable": False, "question": ASKED, "notes": [], "logarithmic": False}  # fmt: skip
    return xr.Dataset(data, coords={"parameter": ["p", "q"]}, attrs=attrs)


def test_bars_of_a_share_of_variance_reach_over_their_intervals():
    found = shares(total=[0.6, 0.3], total_low=[0.5, 0.3], total_high=[0.7, 0.45], first=[0.4, 0.1],
                   first_low=[0.2, -0.05], first_high=[0.5, 0.2])  # fmt: skip
    figure = sensitivity_bars(found.assign_attrs(method="sobol"))
    [axes] = figure.axes
    assert widths(axes) == near([0.6, 0.3])
    assert segments(axes) == [near([0.5, 0.7]), near([0.3, 0.45]), near([0.2, 0.5]), near([-0.05, 0.2])]
    diamonds = next(one for one in axes.lines if one.get_marker() == "D")
    assert np.asarray(diamonds.get_xdata()) == near([0.4, 0.1])
    assert np.asarray(diamonds.get_ydata()) == near([0, 1])
    assert axes.get_xlim()[0] == pytest.approx(-0.05)
    assert (
        "Sobol' sensitivity of x (molecules per cell) at 20min (9 simulations, 1 failed; not reliable)"
        in (title(figure))
    )


def test_a_local_bar_that_two_steps_do_not_agree_on_has_a_cross():
    found = shares(elasticity=[0.9, -0.4], elasticity_check=[0.9, -0.1], reliable=[1.0, 0.0])
    [axes] = sensitivity_bars(found.assign_attrs(method="local", at="peak", reliable=True)).axes
    assert widths(axes) == near([0.9, -0.4])
    assert line(axes) == (near([-0.1]), near([1]))


def test_schedules_over_exposure_and_their_last_cycle():
    times = np.arange(0.0, 97.0, 12.0)
    left = np.array([50.0, 30.0, 60.0])[:, None] * np.ones((1, times.size))
    data = {
        "AUC_unbound": ("schedule", [100.0, 400.0, 200.0]), "suppression": ("schedule", [50.0, 70.0, 40.0]),
        "front": ("schedule", [True, True, False]),
        "kind": ("schedule", ["continuous", "pulsed", "intermittent"]),
        "weekly_dose": ("schedule", [105.0, 105.0, 70.0]), "window_start": ("schedule", [24.0] * 3),
        "window_end": ("schedule", [72.0] * 3), "x": (("schedule", "time"), left),
        "untreated_x": ("time", np.full(times.size, 200.0)),
    }  # fmt: skip
    attrs = {"failed": 1, "potency_grade": "assumed", "exposure_grade": "measured", "title": "t",
             "stimuli": ["IL6 1 nM"], "drug": "d", "population": "liver_cancer", "pk_sources": ["b"],
             "sources": ["a", "b"], "readout": "x", "suppress": 80.0, "unstimulated": 95.0}  # fmt: skip
    names = {"schedule": ["one", "two", "three"], "time": times}
    figure = schedule_front(xr.Dataset(data, coords=names, attrs=attrs))
    front, key, curves = figure.axes
    assert line(front) == (near([100, 400]), near([50, 70]))
    open_at = {
        tuple(at): bool((one.get_facecolor() == 1.0).all())
        for one in front.collections
        for at in np.asarray(one.get_offsets()).tolist()
    }
    assert open_at == {(100, 50): False, (400, 70): False, (200, 40): True}  # filled on the front
    numbers = {t.get_text(): tuple(t.xy) for t in front.texts}
    assert numbers == {"1": (100, 50), "2": (400, 70), "3": (200, 40)}
    assert [t.split("\n") for t in (key.texts[0].get_text(),)] == [
        ["1  one *", "2  two *", "3  three", "", "* on the front"]
    ]
    drawn = [(one.get_label(), line(curves, k)) for k, one in enumerate(curves.lines[:3])]
    days = near([0, 0.5, 1, 1.5, 2])
    # the strongest of those with the most common weekly dose first
    assert drawn == [("2  two", (days, near([15] * 5))), ("1  one", (days, near([25] * 5))),
                     ("3  three", (days, near([30] * 5)))]  # fmt: skip
    assert [line(curves, k)[1][0] for k in (3, 4, 5)] == near([100, 5, 20])
    assert curves.get_xlim() == near([0, 2])
    assert "potency ASSUMED, exposure measured; 1 failed" in title(figure)
    assert "Rests on: b, a" in figure.texts[-1].get_text()


def test_steady_states_beside_each_other_and_the_time_constants_of_their_modes():
    data = {
        "x": ("state", [10.0, 1000.0], {"units": "1/cell"}), "y": ("state", [0.0, 5.0], {"units": "1/cell"}),
        "z": ("state", [7.0, 8.0], {"units": "nM"}),
        "mode_rate": (("state", "mode"), [[-0.5, NONE], [0.25, -2.0]]),
        "mode_states": (("state", "mode"), [["slow", ""], ["grows", "fast"]]),
        "situation": ("state", ["given", "given"]), "stability": ("state", ["stable", "unstable"]),
    }  # fmt: skip
    attrs = {"readouts": ["x", "z", "y"], "title": "t", "verdict": {"given": "two states"}, "question": ASKED,
             "sources": ["a"]}  # fmt: skip
    left, other, right = steady_state_chart(xr.Dataset(data, attrs=attrs)).axes
    assert line(left, 0) == (near([10, NONE]), near([-0.175, 0.825]))  # nothing at 0 on a logarithmic axis
    assert line(left, 1) == (near([1000, 5]), near([0.175, 1.175]))
    assert line(other, 1) == (near([8]), near([0.175]))  # another unit has an axis of its own
    assert [t.get_text() for t in other.get_yticklabels()] == ["z (nM)"]
    assert [one.get_label() for one in left.lines] == ["given 1 (stable)", "given 2 (unstable)"]
    assert widths(right) == near([2, 4, 0.5])
    assert [p.get_hatch() or "" for p in right.patches] == ["", "//", ""]
    assert [t.get_text() for t in right.get_yticklabels()] == ["slow", "grows", "fast"]


def fitted():
    """Two observables; the second is measured at 4 h and in the steady state."""
    rows = [(1.0, 0), (2.0, 0), (4.0, 1), (np.inf, 1)]
    problem = Made(
        measurements=[Made(time=t, observable=o) for t, o in rows],
        observables=[Made(id="first"), Made(id="second")],
        model=Made(network=Made(time_unit="h")),
        outer=[Made(unit="1/h", scale="log10"), Made(unit="", scale="lin")],
    )
    noise = Made(residual=lambda simulated, sigma: np.array([[1.0, -3.0, 0.5, 2.0]]))
    return Made(problem=problem, noise=noise, names=["k", "offset"])


def test_residuals_over_time_with_the_steady_state_behind_the_last_time():
    figure = residual_figure(fitted(), Made(simulated=None, sigma=None), title="t")
    first, second = figure.axes
    assert line(first, 1) == (near([1, 2]), near([1, -3]))
    assert line(second, 1) == (near([4, 4.4]), near([0.5, 2]))
    assert first.get_title() == "first\nchi2/n 5, n 2"
    assert second.get_title() == "second\nchi2/n 2.12, n 2"
    assert first.get_xlabel() == "time (h)"
    assert title(figure) == "t: weighted residuals, chi2/n 3.56 over 4 points"


def test_profiles_stand_above_the_lowest_of_all():
    one = Made(
        name="k", value=np.array([-1.0, 0.0, 1.0]), cost=np.array([7.0, 5.0, 6.0]), best=0.0, verdict="a"
    )
    two = Made(name="offset", value=np.array([1.0, 2.0]), cost=np.array([4.5, NONE]), best=1.0, verdict="b")
    left, right = profile_figure(fitted(), [one, two], title="t").axes
    assert line(left) == (near([-1, 0, 1]), near([2.5, 0.5, 1.5]))
    assert line(right) == (near([1, 2]), near([0, NONE]))
    assert line(left, 1)[0] == near([0, 0])
    # half of the 95 % point of chi-square with one degree of freedom, 3.8415
    assert line(left, 2)[1] == pytest.approx([1.92073] * 2, abs=1e-5)
    assert left.get_ylim() == pytest.approx((-0.2, 5.76219), abs=1e-5)
    assert (left.get_xlabel(), right.get_xlabel()) == ("log10 of k (1/h)", "offset (unit not given)")


@pytest.mark.parametrize(("count", "grid"), [(1, (1, 1)), (4, (1, 4)), (5, (2, 4)), (8, (2, 4)), (9, (3, 4))])
def test_panels_stand_in_rows_of_four(count, grid):
    assert fit_figures._grid(count)[1] == grid


def test_the_waterfall_is_above_the_best_and_shows_the_starts():
    ended = [Made(found=Made(cost=c, start_cost=s)) for c, s in ((2.0, 9.0), (2.0, 30.0), (5.0, 4.0))]
    figure = waterfall_figure(Made(ranked=ended, wanted=4, failed=1), title="t")
    [axes] = figure.axes
    assert line(axes) == (near([1, 2, 3]), near([1e-4, 1e-4, 3]))
    assert line(axes, 1) == (near([1, 2, 3]), near([7, 28, 2]))
    assert title(figure) == "t: 3 of 4 searches, best 2, 1 failed"


def combined():
    excess = np.array([[0.10, -0.2], [0.0, NONE]])
    kinds = dict.fromkeys(("hsa", "loewe", "zip"), (("a", "b"), excess))
    data = {
        "effect": (("row", "column"), [[0.0, 0.1, 0.2], [0.4, 0.5, 0.6], [0.72, 0.8, 0.9]]),
        "bliss": (("a", "b"), excess), **kinds,
        "bliss_low": (("a", "b"), excess - 0.04), "bliss_high": (("a", "b"), excess + 0.04),
    }  # fmt: skip
    drugs = [
        {"name": "A", "label": "A", "doses": [0.0, 1000.0, 3000.0], "unit": "nM", "sources": ["a"]},
        {"name": "B", "label": "B", "doses": [0.0, 1.0, 10.0], "unit": "nM", "sources": ["b"]},
    ]
    attrs = {
        "drugs": drugs, "readout": "x", "effect": "loss of x", "title": "t", "question": ASKED, "notes": [],
        "negligible": 0.05, "sources": ["c"], "verdicts": {k: {"word": "mixed"} for k in ("bliss", *kinds)},
        "curves": [{"half": 1000.0, "plateau": 0.8, "slope": 2.0},
                   {"half": NONE, "plateau": 0.2, "slope": 1.0}],
        "isobole": {"dose_a": [500.0, 1000.0], "dose_b": [4.0, 2.0], "alone_a": 2000.0, "alone_b": 8.0,
                    "level": 0.5},
    }  # fmt: skip
    return xr.Dataset(data, attrs=attrs)


def test_the_surface_of_a_combination():
    figure = combination_surface(combined())
    panels = [a for a in figure.axes if a.get_title()]
    effect, bliss, isobole, first, second = (panels[k] for k in (0, 1, 5, 6, 7))
    assert np.asarray(effect.images[0].get_array()) == near(combined()["effect"].values)
    assert [t.get_text() for t in effect.get_yticklabels()] == ["0", "1", "3"]  # µM
    assert [t.get_text() for t in effect.get_xticklabels()] == ["0", "1", "10"]
    assert (effect.get_xlabel(), effect.get_ylabel()) == ("B (nM)", "A (µM)")
    shown = np.ma.filled(bliss.images[0].get_array(), NONE)
    assert shown == near(combined()["bliss"].values)
    assert [t.get_text() for t in bliss.get_yticklabels()] == ["1", "3"]
    # 0.10 - 0.04 is above 0.05 and -0.2 + 0.04 below -0.05; the undefined one has a cross
    assert line(bliss) == (near([0, 1]), near([0, 0]))
    assert [tuple(t.get_position()) for t in bliss.texts] == [(1, 1)]
    assert bliss.images[0].norm.vmax == pytest.approx(0.2)
    assert line(isobole) == (near([0.5, 1.0]), near([4, 2]))
    assert line(isobole, 1) == (near([0, 2]), near([8, 0]))
    assert isobole.get_xlim() == near([0, 2.16])
    assert isobole.get_ylim() == near([0, 8.64])
    assert line(first) == (near([1, 3]), near([0.4, 0.72]))
    curve = line(first, 1)
    assert (curve[0][0], curve[0][-1]) == near([1, 3])
    assert (curve[1][0], curve[1][-1]) == near([0.4, 0.72])  # 0.8/2 and 0.8 * 9/10
    assert line(first, 2) == (near([1, 3]), near([0.5, 0.8]))  # beside 1 nM of B
    assert line(first, 3)[1] == near([0.1, 0.1])
    assert first.lines[2].get_label() == "with B 1 nM"
    assert line(second) == (near([1, 10]), near([0.1, 0.2]))
    assert line(second, 1) == (near([1, 10]), near([0.5, 0.6]))  # beside 1 µM of A
    assert second.lines[1].get_label() == "with A 1 µM"
    assert "Rests on: a, b, c" in figure.texts[-1].get_text()


def test_excesses_share_the_scale_of_the_largest_and_an_effect_above_1_is_on_its_axis():
    found = combined()
    found["zip"] = found["zip"] * 3  # -0.6
    found["effect"] = found["effect"] * 2  # 1.8
    figure = combination_surface(found)
    panels = [a for a in figure.axes if a.get_title()]
    assert [a.images[0].norm.vmax for a in panels[1:5]] == pytest.approx([0.6] * 4)
    assert panels[6].get_ylim() == near([-0.03, 1.32 * 1.8])


@pytest.mark.parametrize(
    ("dose", "text"), [(0.123, "0.12"), (99.0, "99"), (123.0, "120"), (99000.0, "99000"), (1e5, "1e+05")]
)
def test_doses_of_a_map_have_two_digits(dose, text):
    assert short_dose(dose) == text


@pytest.mark.parametrize(("alone_a", "alone_b", "where"), [(2000.0, NONE, [2, 2]), (NONE, 8.0, [0, 1])])
def test_an_isobole_with_one_drug_that_reaches_the_effect_alone(alone_a, alone_b, where):
    found = combined()
    found.attrs["isobole"] |= {"alone_a": alone_a, "alone_b": alone_b}
    [axes] = [a for a in combination_surface(found).axes if "isobole" in a.get_title()]
    assert line(axes, 1)[0] == near(where)
    assert axes.lines[1].get_label() == ("A alone" if np.isfinite(alone_a) else "B alone")


def row(id, model, *, role="fit", low=10.0, high=30.0, published=20.0, unit="min"):
    ok = model is not None and low <= model <= high
    return ValidatedRow(id, "hepg2", "what", role, published, low, high, unit, model, ok, "someone")


def test_validation_places_each_row_in_its_bracket_and_draws_its_curve():
    rows = [
        row("R1", 15.0),
        row("R2", 500.0),
        row("R3", -500.0),
        row("R4", None),
        row("R5", 28.0, role="predict"),
    ]
    time = np.array([-0.5, 0.0, 0.25, 0.5, 1.0])
    run, control = Run(time, np.array([[1.0, 1.0, 5.0, 3.0, 2.0]])), Run(time, np.full((1, 5), 0.5))
    trace = Trace(rows[0], "x", "1/cell", "time_of_peak", (0.0, 1.0), run, control)
    found = Made(rows=rows, traces=[trace], passed=2, counted=rows, sources=["someone"])
    figure = validation_figure(found)
    overview, panel = figure.subfigs[0].axes[0], figure.subfigs[1].axes[0]
    marks = [
        (float(o.get_xdata()[0]), round(float(o.get_ydata()[0]), 6), o.get_marker()) for o in overview.lines
    ]
    assert [(x, y) for x, y, m in marks if m == "_"] == [(k, 0.5) for k in range(5)]
    # (15 - 10)/20, beyond the axis above and below, (28 - 10)/20; without a value a question mark
    assert [m for m in marks if m[2] in "o^vX"] == [
        (0, 0.25, "o"),
        (1, 1.6, "^"),
        (2, -0.6, "v"),
        (4, 0.9, "o"),
    ]
    faces = [o.get_markerfacecolor() for o in overview.lines if o.get_marker() in "o^v"]
    assert [face == "white" for face in faces] == [False, False, False, True]  # what was predicted is open
    assert [tuple(t.get_position()) for t in overview.texts] == [(3, 0.5)]
    assert line(panel) == (near([-30, 0, 15, 30, 60]), near([1, 1, 5, 3, 2]))
    assert line(panel, 1)[1] == near([0.5] * 5)
    assert line(panel, 2)[0] == near([20, 20])
    assert panel.get_title() == "R1 hepg2\n15 v 20 min"
    assert title(figure) == "Published observations: 2 of 5 within their bracket"


@pytest.mark.parametrize(
    ("measure", "unit", "times", "middle"),
    [
        ("share_of_peak", "%", (1.0,), 0.2 * 5.0),  # of the peak, 5
        ("share_of_start", "%", (0.5,), 0.2 * 1.0),
        ("peak_over_start", "1", (0.0, 1.0), 20.0 * 1.0),
        ("value", "%", (0.5,), 0.2),
        ("value", "1/cell", (0.5,), 20.0),
        ("mean_ratio", "1", (0.0, 1.0), 20.0 * 0.5),  # times the mean of the control
    ],
)
def test_a_published_value_is_drawn_in_the_panels_own_unit(measure, unit, times, middle):
    time = np.array([0.0, 0.25, 0.5, 1.0])
    run, control = Run(time, np.array([[1.0, 5.0, 3.0, 2.0]])), Run(time, np.full((1, 4), 0.5))
    shown = row("R1", 15.0, unit=unit)
    trace = Trace(shown, "x", "1/cell", measure, times, run, control)
    figure = validation_figure(Made(rows=[shown], traces=[trace], passed=1, counted=[shown], sources=[]))
    panel = figure.subfigs[1].axes[0]
    point = next(one for one in panel.lines if one.get_marker() == "s")
    assert np.asarray(point.get_ydata(), dtype=float) == near([middle])
    assert np.asarray(point.get_xdata(), dtype=float) == near([60 * sum(times) / len(times)])
    ends = [np.asarray(s)[:, 1] for bars in panel.collections for s in bars.get_segments()]
    assert [sorted(e.tolist()) for e in ends if e[0] != e[1]] == [near([middle / 2, 1.5 * middle])]


def test_a_published_dose_is_a_line_in_a_band():
    shown = row("R1", 12.0, unit="nM")
    doses = np.array([1.0, 10.0, 100.0])
    run = Run(np.array([0.0, 1.0]), np.array([[5.0, 9.0], [5.0, 6.0], [5.0, 1.0]]), doses, "nM")
    control = Run(np.array([0.0, 1.0]), np.array([[5.0, 8.0]]))
    trace = Trace(shown, "x", "1/cell", "ic50", (1.0,), run, control)
    figure = validation_figure(Made(rows=[shown], traces=[trace], passed=1, counted=[shown], sources=[]))
    panel = figure.subfigs[1].axes[0]
    assert line(panel) == (near([1, 10, 100]), near([9, 6, 1]))
    assert line(panel, 1)[1] == near([8, 8])
    assert [line(panel, k)[0][0] for k in (2, 3)] == near([20, 12])
    assert panel.get_xlabel() == "dose (nM)"


def test_targets_are_drawn_as_powers_of_two_and_a_cross_where_nothing_is_left():
    def target(name, kind, rank, fold, idle=False, grade="measured", why=""):
        return Made(name=name, kind=kind, rank=rank, folds=(fold,), idle=idle, grade=grade, dose="x", why=why)

    some = [target("G", "gene", 1, 0.25), target("D", "drug", 1, 0.0, grade="assumed", why="no exposure"),
            target("H", "gene", 2, 2.0), target("N", "gene", 3, 1.0, idle=True)]  # fmt: skip
    found = Made(targets=some, readouts=("x",), ats=("1h",), title="t", question=ASKED, sources=["a"],
                 notes=[], multiple=10.0)  # fmt: skip
    figure = target_ranks(found)
    [axes] = figure.axes
    assert widths(axes) == near([-2, NONE, 1])
    assert line(axes) == (near([0]), near([1]))
    assert line(axes, 1)[0] == near([0, 0])  # where nothing changes
    assert [t.get_text() for t in axes.get_yticklabels()] == ["G  x", "D  x *", "H  x"]
    assert axes.get_ylim() == near([2.7, -0.7])  # the strongest on top
    assert title(figure).startswith("t: what a hit leaves; 1 nodes change nothing")
    assert "dose of a drug: 10 x its potency" in figure.texts[-1].get_text()
