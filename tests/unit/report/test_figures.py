import numpy as np
import pytest
from matplotlib import colors, rcParams

from jakstat.errors import InputError
from jakstat.evidence import validate
from jakstat.experiment.overlay import read_overlay
from jakstat.experiment.run import simulate
from jakstat.knowledge import observations
from jakstat.report import canvas
from jakstat.report.dose_response import dose_response_figure
from jakstat.report.time_courses import Curve, axis_label, compare_courses, time_courses
from jakstat.report.validation import validation_figure


@pytest.fixture(scope="module")
def single():
    return simulate(
        "hepg2", stimuli="IL6=10ng/ml", observe="pSTAT3,SOCS3,SOCS3_mRNA", until="1h", points=13, parts="auto"
    )


@pytest.fixture(scope="module")
def series():
    return simulate("hepg2", stimuli="IL6=0,0.1..500ng/ml:8".replace("0,", ""), observe="pSTAT3",
                    until="1h", points=13, read_at="20min", parts="auto")  # fmt: skip


def texts(figure):
    figure.canvas.draw()
    return [t.get_text() for t in figure.findobj(lambda a: hasattr(a, "get_text"))]


def overlaps(figure):
    """Pairs of panels that lie on each other, labels included, and the foot that a panel covers."""
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    boxes = [a.get_tightbbox(renderer) for a in figure.findobj(lambda x: hasattr(x, "get_xlabel"))]
    boxes += [t.get_window_extent(renderer) for t in figure.texts if "research" in t.get_text()]
    inner = [b.padded(-3) for b in boxes]
    return [(i, j) for i, a in enumerate(inner) for j, b in enumerate(inner) if i < j and a.overlaps(b)]


def within(figure):
    figure.canvas.draw()
    box = figure.get_tightbbox().padded(-0.02)
    width, height = figure.get_size_inches()
    return box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height


def check(figure):
    found = texts(figure)
    assert any("For research; not for treating a patient." in t for t in found)
    assert any("sobotta2017" in t or "zeilfelder2025" in t for t in found)
    assert overlaps(figure) == []
    assert within(figure)


def test_time_courses(single):
    figure = time_courses(single)
    check(figure)
    found = texts(figure)
    assert "time (min)" in found
    assert "pSTAT3\n(molecules per cell)" in found
    assert len(figure.axes) == 3
    assert all(a.get_ylim()[0] == 0 for a in figure.axes)


def test_units_of_time_follow_the_span():
    long = simulate("hepg2", until="48h", points=4, observe="SOCS3", parts="auto")
    days = simulate("hepg2", until="8d", points=4, observe="SOCS3", parts="auto")
    assert "time (h)" in texts(time_courses(long))
    assert "time (d)" in texts(time_courses(days))


def test_a_series_has_a_scale_of_doses_and_a_few_lanes_a_legend(series):
    check(time_courses(series))
    few = simulate("hepg2", stimuli="IL6=0,1,10ng/ml", observe="pSTAT3", until="1h", points=4, parts="auto")
    figure = time_courses(few)
    check(figure)
    assert [t.get_text() for t in figure.axes[0].get_legend().get_texts()] == ["0", "1", "10"]
    assert "IL6 (ng/ml)" in texts(figure)


def test_a_factor_series_is_called_so():
    few = simulate("hepg2", perturb="SOCS3=0,1", observe="pSTAT3", until="10min", points=3, parts="auto")
    assert "SOCS3 (factor)" in texts(time_courses(few))


def test_the_overlay_lies_on_the_curves_and_its_scaling_is_stated(single, tmp_path):
    table = tmp_path / "my.csv"
    table.write_text("time,time_unit,observable,value,sd\n20,min,pSTAT3,5,1\n40,min,pSTAT3,4,1\n")
    overlay = read_overlay(table, single)
    figure = time_courses(single, overlay=overlay)
    check(figure)
    assert any("own measurements" in t for t in texts(figure))
    scaled = overlay.__class__(overlay.points, {"pSTAT3": 2.0})
    assert any(t == "own measurements x 2" for t in texts(time_courses(single, overlay=scaled)))


def test_dose_response_marks_the_half_maximum(series):
    figure = dose_response_figure(series)
    check(figure)
    assert any(t.startswith("EC50 ") and "ng/ml" in t for t in texts(figure))
    assert figure.axes[0].get_xscale() == "log"


def test_dose_response_of_two_series_and_of_no_response():
    two = simulate("hepg2", stimuli="IL6=0,0.1,1,10,100,500ng/ml", drugs="ruxolitinib=0,1000nM@-60min",
                   observe="pSTAT3,STAT3_total", until="1h", points=13, parts="auto")  # fmt: skip
    figure = dose_response_figure(two)
    check(figure)
    found = texts(figure)
    assert any(t.startswith("ruxolitinib 1000 nM: EC50") for t in found)
    assert any("no " in t and "50" in t for t in found)


def test_compare(single):
    other = simulate("hepg2", observe="pSTAT3,SOCS3,SOCS3_mRNA", until="1h", points=13, parts="auto")
    figure = compare_courses([Curve("IL-6", single), Curve("none", other)], title="two", marks={0.5: "here"})
    check(figure)
    assert {"IL-6", "none", "here"} <= set(texts(figure))
    assert any(t.startswith("two\nhepg2; no stimulus") for t in texts(figure))


@pytest.mark.long
def test_validation_figure():
    wanted = {"CT01", "CT03", "CT09", "CT10", "CT11", "CT20", "CT24", "CT28", "CT33", "CT34", "CT36", "CT50"}
    rows = [o for o in observations() if o.id in wanted]
    cannot = rows[0].model_copy(update={"observable": "nothing"})
    figure = validation_figure(validate(rows=[*rows, cannot]))
    check(figure)
    assert "?" in texts(figure)
    assert sum("molecules" in t or "1/cell" in t for t in texts(figure)) >= 5


def test_a_figure_of_nothing():
    validation_figure(validate(rows=[])).canvas.draw()


@pytest.mark.parametrize("kind", ["png", "pdf", "svg"])
def test_saving_twice_gives_the_same_bytes(single, tmp_path, kind):
    first = canvas.save(time_courses(single), tmp_path / f"a.{kind}").read_bytes()
    again = canvas.save(time_courses(single), tmp_path / f"b.{kind}").read_bytes()
    assert len(first) > 1000
    if kind != "svg":
        assert first == again


@pytest.mark.parametrize(
    ("name", "code"), [("a.gif", "figure.format"), ("a", "figure.format"), ("no/a.png", "file.folder")]
)
def test_targets_that_cannot_be_written(tmp_path, name, code):
    with pytest.raises(InputError) as caught:
        canvas.check_figure(tmp_path / name, replace=False)
    assert caught.value.problems[0].code == code


def test_an_existing_file_is_kept(single, tmp_path):
    target = tmp_path / "a.png"
    target.write_bytes(b"mine")
    with pytest.raises(InputError, match="is there already"):
        canvas.save(time_courses(single), target)
    assert target.read_bytes() == b"mine"
    canvas.save(time_courses(single), target, replace=True)
    assert target.read_bytes()[:4] == b"\x89PNG"


def test_figures_change_no_global_setting(single):
    before = dict(rcParams)
    time_courses(single)
    assert dict(rcParams) == before


def test_colours_are_told_apart_without_red_and_green():
    """Luminance and blue differ for every pair that is drawn together most."""
    rgb = np.array([colors.to_rgb(c) for c in canvas.COLOURS[:3]])
    light = rgb @ [0.2126, 0.7152, 0.0722]
    assert min(abs(light[0] - light[1]), abs(light[1] - light[2])) > 0.005
    assert abs(rgb[0, 2] - rgb[1, 2]) > 0.3


def test_axis_labels():
    assert axis_label("SOCS3_mRNA", "1/cell") == "SOCS3 mRNA (molecules per cell)"
    assert axis_label("IL6", "nM") == "IL6 (nM)"
