"""A fit of one's own time courses: known numbers come back, and what is written does the same elsewhere."""

import hashlib
import json
import warnings

import numpy as np
import pytest
from typer.testing import CliRunner

from jakstat.biology import context, parameters
from jakstat.calibration.lanes import Points, Wiring
from jakstat.calibration.objective import Objective
from jakstat.calibration.own_fit import FitAsked, fit_prepared, prepare_fit
from jakstat.calibration.own_points import CourseReading
from jakstat.calibration.own_problem import OwnModel
from jakstat.calibration.own_situations import course_protocol
from jakstat.calibration.own_tables import course_table
from jakstat.calibration.time_courses import TimeCourseFit
from jakstat.cli.main import app
from jakstat.experiment.lanes import bench_for, run_vectors
from own_courses import csv_text, plain, simulated

pytestmark = pytest.mark.usefixtures("documents_read_once")
TRUTH = {"kcat_STAT3": 15_000.0, "kdeg_SOCS3_mRNA": 2.2}
FREE = ",".join(TRUTH)
FEW = ["--starts", "2", "--json"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("own")
    (place / "blots.csv").write_text(csv_text(simulated(TRUTH, seed=7)), encoding="utf-8")
    return place


@pytest.fixture(scope="module")
def options(folder):
    return ["fit", "--data", str(folder / "blots.csv"), "--context", "hepg2", "--free", FREE, *FEW]


@pytest.fixture(scope="module")
def document(folder, options):
    out = ["--out", str(folder / "out"), "--hold-out", "dose=50", "--predict", "SOCS3"]
    done = CliRunner().invoke(app, [*options, *out, "--csv", str(folder / "points.csv")])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_known_numbers_come_back_in_their_intervals(document):
    for row in document["numbers"]:
        assert row["verdict"] == "identified"
        assert row["low"] < TRUTH[row["parameter"]] < row["high"]
        assert row["low"] < row["value"] < row["high"]
        assert row["grade"] == "user"
    lost = document["numbers"][1]
    assert not lost["low"] < lost["model"] < lost["high"]  # the cells were not those of the model
    assert "lies outside" in lost["sentence"]


def test_the_noise_that_was_put_in_comes_out(document):
    """Standard deviations of 5 and 0.4; that of 16 values with two numbers taken up varies by some 20 %."""
    solved = {name: v["value"] for row in document["readouts"] for name, v in row["solved_within"].items()}
    assert solved["noise_pSTAT3"] == pytest.approx(5.0, rel=0.6)
    assert solved["noise_SOCS3_mRNA"] == pytest.approx(0.4, rel=0.6)
    assert solved["background_pSTAT3"] == pytest.approx(10.0, abs=4 * 5 / 4)


def test_what_is_kept_out_is_predicted(document):
    held = [p for p in document["points"] if p["use"] == "held out"]
    assert {p["situation"] for p in held} == {"IL6 50 ng/ml"}
    assert len(held) == 16
    assert document["question"]["data"] == {**document["question"]["data"], "fitted": 32, "held_out": 16}
    for row in document["readouts"]:
        if row["use"] == "held out":
            assert row["inside_band"] >= 6  # of 8; within the band and two standard deviations
            assert row["chi2"] == pytest.approx(
                sum(p["residual"] ** 2 for p in held if p["readout"] == row["readout"])
            )
    predicted = [c for c in document["courses"] if c["readout"] == "SOCS3"]
    assert {c["situation"] for c in predicted} == {"IL6 1 ng/ml", "IL6 10 ng/ml", "IL6 50 ng/ml"}
    for c in document["courses"]:
        assert all(
            low <= best <= high for low, best, high in zip(c["low"], c["best"], c["high"], strict=True)
        )


@pytest.mark.long
def test_a_saved_cell_is_taken_by_every_command_and_says_whose_it_is(document, folder, options, monkeypatch):
    monkeypatch.setenv("JAKSTAT_HOME", str(folder / "home"))
    monkeypatch.setattr(TimeCourseFit, "whole_cell", None)  # compiling it takes long
    out = ["--out", str(folder / "out"), "--hold-out", "dose=50", "--predict", "SOCS3", "--resume"]
    for name, code in (("HEPG2", "own.name"), ("my cell", "own.name")):
        refused = json.loads(CliRunner().invoke(app, [*options, *out, "--save", name]).stdout)
        assert refused["problems"][0]["code"] == code
    done = json.loads(CliRunner().invoke(app, [*options, *out, "--save", "mine"]).stdout)
    assert done["saved"]["context"] == "mine"
    again = json.loads(CliRunner().invoke(app, [*options, *out, "--save", "mine"]).stdout)
    assert again["problems"][0]["code"] == "own.exists"
    key = hashlib.sha256((folder / "blots.csv").read_bytes()).hexdigest()
    assert done["question"]["data"]["sha256"] == key
    rows = {r.id: r for r in context("mine").rows}
    for n in document["numbers"]:
        row = rows[n["parameter"]]
        assert (row.value, row.low, row.high, row.grade) == (n["value"], n["low"], n["high"], "user")
    run = CliRunner().invoke(
        app, ["simulate", "mine", "--parts", "core", "--until", "10min", "--points", "3"]
    )
    assert f"mine (your own, like hepg2, data {key[:8]})" in run.stdout.replace("\n", " ")
    shipped = {r.id: r for r in (*parameters(), *context("hepg2").rows)}
    assert {shipped[n["parameter"]].value for n in document["numbers"]} == {
        n["model"] for n in document["numbers"]
    }


def test_files_are_there(document, folder):
    names = {p.rpartition("/")[2] for p in document["files"]}
    assert names == {
        "waterfall.png", "residuals.png", "profiles.png", "fit.png", "problem.yaml", "points.csv",
        "courses.csv",
    }  # fmt: skip
    assert json.loads((folder / "out" / "own-fit.json").read_text())["numbers"] == document["numbers"]
    table = (folder / "points.csv").read_text().splitlines()
    assert table[2].startswith("parameter,unit,value,low,high,verdict")
    assert len(table) == 3 + len(TRUTH)


@pytest.mark.long
def test_the_written_problem_gives_the_same_fit(document, folder):
    written = folder / "out" / "problem" / "problem.yaml"
    done = CliRunner().invoke(app, ["fit", str(written), "--out", str(folder / "again"), *FEW])
    assert done.exit_code == 0, done.output
    again = json.loads(done.stdout)
    assert again["costs"] == document["searches"]["costs"]
    kcat = again["best"]["parameters"]["kcat_STAT3"]
    assert kcat == document["numbers"][0]["value"]


def test_libpetab_reads_the_written_problem(document, folder):
    from petab.v2 import Problem
    from petab.v2.lint import ValidationIssueSeverity, lint_problem

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        read = Problem.from_yaml(folder / "out" / "problem" / "problem.yaml")
        issues = [i for i in lint_problem(read) if i.level > ValidationIssueSeverity.WARNING]
    assert not issues
    assert len(read.measurements) == 32
    assert set(TRUTH) < set(read.x_free_ids)


@pytest.mark.long
def test_a_folder_with_a_fit_is_gone_on_with_and_not_overwritten(document, folder, options):
    out = ["--out", str(folder / "out"), "--hold-out", "dose=50", "--predict", "SOCS3"]
    assert CliRunner().invoke(app, [*options, *out]).exit_code == 2
    again = json.loads(CliRunner().invoke(app, [*options, *out, "--resume"]).stdout)
    assert again["numbers"] == document["numbers"]
    other = [*options[:-2], "3", "--json", *out, "--resume"]
    refused = json.loads(CliRunner().invoke(app, other).stdout)
    assert refused["problems"][0]["code"] == "store.other"


@pytest.mark.long
def test_a_fit_that_is_stopped_goes_on_with_nothing_lost(document, folder, tmp_path):
    asked = FitAsked("hepg2", tuple(TRUTH), hold_out=("dose=50",), predict=("SOCS3",), starts=2)
    prepared = prepare_fit(course_table(folder / "blots.csv", field="--data"), asked)

    def stop(what, done, _all):
        if what.startswith("searches") and done == 1:
            raise KeyboardInterrupt

    first = TimeCourseFit(fit_prepared(prepared, tmp_path / "fit", tell=stop))
    assert first.fit.report.interrupted
    assert first.findings is None
    assert not first.to_dict()["complete"]
    assert not first.to_dict()["numbers"]
    second = TimeCourseFit(fit_prepared(prepared, tmp_path / "fit", resume=True))
    assert second.to_dict()["searches"]["costs"] == document["searches"]["costs"]
    assert second.to_dict()["numbers"] == document["numbers"]
    frame = second.to_dataframe()
    assert list(frame["parameter"]) == list(TRUTH)
    assert len(second.point_rows()) == 48
    assert "kcat_STAT3" in second._repr_html_()


def test_a_fit_gives_the_cells_what_simulate_gives_them():
    """Stimulus, drug before it, pulse and knockdown: the problem's curves are those of a protocol."""
    given = [
        {"stimulus": "IL6=10ng/ml"},
        {"stimulus": "IL6=10ng/ml@0min..15min", "knockdown": "SOCS3=0.1"},
        {"stimulus": "IL6=10ng/ml", "drug": "ruxolitinib=300nM@-60min"},
    ]
    minutes = (0, 10, 20, 30, 60, 90)
    rows = [
        {"time (min)": t, "readout": "pSTAT3", "value": 1 + t, **situation}
        for situation in given for t in minutes
    ]  # fmt: skip
    prepared = prepare_fit(course_table(rows), FitAsked("hepg2", ("kcat_STAT3",)))
    laid, problem = prepared.laid, prepared.problem
    assert laid.words[1] == "IL6 10 ng/ml from 0 to 15 min, SOCS3 x 0.1"
    points = Points(np.repeat(np.arange(3), len(minutes)), np.tile(np.array(minutes) / 60, 3))
    objective = Objective(problem)
    wiring = Wiring(problem, points, {"observable_pSTAT3": np.ones(18, dtype=bool)}, objective.solving)
    ours = wiring.run(objective.table(problem.nominal)).values["observable_pSTAT3"].reshape(3, -1)
    for k, situation in enumerate(laid.situations):
        protocol = course_protocol(
            "hepg2", situation, parts=laid.cell.assembly.parts, until=1.5, observe=["pSTAT3"],
            times=[m / 60 for m in minutes],
        )  # fmt: skip
        bench = bench_for(protocol)
        found = run_vectors(bench, {}, rtol=1e-8).values["pSTAT3"][0, 0] / bench.read[0].scale
        at = [int(np.argmin(np.abs(bench.plan.times - m / 60))) for m in minutes]
        assert ours[k] == pytest.approx(found[at], rel=1e-4)


def inner_of(rows, **more):
    model = more.pop("model", OwnModel())
    asked = FitAsked("hepg2", ("kcat_STAT3",), model=model, reading=CourseReading(noise=model.noise), **more)
    return prepare_fit(course_table(rows), asked).problem


def test_what_is_estimated_besides():
    names = {p.id: p.role for p in inner_of(plain()).inner}
    assert names == {"scaling_pSTAT3": "scaling", "background_pSTAT3": "offset", "noise_pSTAT3": "sigma"}
    names = {p.id for p in inner_of(plain(), model=OwnModel(background=False)).inner}
    assert names == {"scaling_pSTAT3", "noise_pSTAT3"}
    assert not inner_of([{**r, "unit": "1/cell", "sd": 3} for r in plain()]).inner
    two = [{**r, "replicate": n} for n in ("a", "b") for r in plain()]
    names = {p.id for p in inner_of(two, model=OwnModel(scale_per="replicate")).inner}
    assert names == {"scaling_pSTAT3_1", "background_pSTAT3_1", "scaling_pSTAT3_2", "background_pSTAT3_2",
                     "noise_pSTAT3"}  # fmt: skip
    assert {p.id for p in inner_of(two).inner} == {"scaling_pSTAT3", "background_pSTAT3", "noise_pSTAT3"}


def test_bounds_and_priors_are_those_of_the_models_table():
    from jakstat.biology import assemble

    row = next(r for r in assemble("hepg2", parts="core").parameters if r.id == "kcat_STAT3")
    (free,) = inner_of(plain()).outer
    assert (free.low, free.high, free.nominal, free.prior) == (row.low, row.high, row.value, None)
    (free,) = inner_of(plain(), model=OwnModel(prior="range")).outer
    # two standard deviations to either side make the range
    assert free.prior.numbers == pytest.approx(
        (np.log10(row.value), np.log10(row.high / row.low) / 4), rel=1e-12
    )


def test_noise_in_proportion_is_that_of_the_logarithm():
    rows = [{**r, "sd": 2.0} for r in plain()]
    problem = inner_of(rows, model=OwnModel(noise="log"))
    assert problem.observables[0].transform == "log"
    assert [m.noise_overrides[0].number for m in problem.measurements] == [2.0 / r["value"] for r in rows]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--data", "x.csv", "--free", "kcat_STAT3"], "option.missing"),
        (["--data", "x.csv", "--context", "hepg2"], "option.missing"),
        ([], "option.missing"),
        (["p.yaml", "--data", "x.csv"], "option.clash"),
        (["p.yaml", "--free", "kcat_STAT3"], "option.alone"),
        (["--data", "x.csv", "--context", "hepg2", "--free", "kcat_STAT3", "--sample", "5"], "option.alone"),
        (["--data", "x.csv", "--context", "hepg2", "--free", "kcat_STAT3", "--starts", "0"], "count.range"),
        (["--data", "x.csv", "--context", "hepg2", "--free", "kcat_STAT3", "--noise", "lin"], "option.value"),
        (["--data", "x.csv", "--context", "hepg2", "--free", "kcat_STAT3"], "file.missing"),
    ],
)
def test_options_that_do_not_go_together(options, code, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["fit", *options, "--json"])
    assert done.exit_code == 2
    assert json.loads(done.stdout)["problems"][0]["code"] == code
    assert not list(tmp_path.iterdir())


def test_nothing_is_written_when_the_table_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.csv").write_text(csv_text(plain(readout="pSTAT")), encoding="utf-8")
    done = CliRunner().invoke(app, ["fit", "--data", "x.csv", "--context", "hepg2", "--free", "kcat_STAT3"])
    assert done.exit_code == 2
    assert "did you mean pSTAT3" in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["x.csv"]
